"""Attacks on withheld counts that share no code with the kit, and silence where nothing is small."""

from itertools import combinations, product
from math import prod

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from mtss_analysis.disclosure import (
    Relation,
    audit,
    code_share,
    get_profile,
    protect_counts,
    protect_shares,
    relations_by,
)
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.across import compare_levels

N10 = get_profile("n10")
BEYOND = 10_000
DIMENSIONS = ("school", "group", "grade")
COUNTS = st.one_of(st.integers(0, 25), st.integers(0, 80), st.integers(10, 200))
SLOW = settings(
    max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def tabulate(inner, values=None):
    """Return all cells of a table with all its margins, and its relations; ``values`` are a second count."""
    names = DIMENSIONS[: inner.ndim]
    rows = []
    for place in product(*(range(size + 1) for size in inner.shape)):
        where = tuple(slice(None) if i == size else i for i, size in zip(place, inner.shape, strict=True))
        labels = ["all" if i == size else str(i) for i, size in zip(place, inner.shape, strict=True)]
        second = [] if values is None else [int(values[where].sum())]
        rows.append([*labels, int(inner[where].sum()), *second])
    cells = pd.DataFrame(rows, columns=[*names, "n", *([] if values is None else ["k"])])
    relations = [
        relation
        for name in names
        for relation in relations_by(cells, over=name, total="all", within=[n for n in names if n != name])
    ]
    return cells, relations


def solve_ranges(*, low, high, equations, wanted):
    """Return the exact range of each wanted count that satisfies ``sum(parts) = total`` in whole numbers."""
    matrix = np.zeros((len(equations), len(low)))
    for row, (total, parts) in enumerate(equations):
        matrix[row, total] = -1
        matrix[row, list(parts)] = 1
    held = [LinearConstraint(matrix, 0, 0)] if len(equations) else []
    ranges = {}
    for cell in wanted:
        ends = []
        for sense in (1, -1):
            cost = np.zeros(len(low))
            cost[cell] = sense
            solved = milp(cost, constraints=held, integrality=np.ones(len(low)), bounds=Bounds(low, high))
            assert solved.status == 0
            ends.append(round(solved.x[cell]))
        ranges[cell] = tuple(ends)
    return ranges


def attack(cells, relations, statuses):
    """Work out the range of every withheld count from the published ones."""
    published = (statuses == "ok").to_numpy()
    counts = cells["n"].to_numpy(float)
    return solve_ranges(
        low=np.where(published, counts, 0),
        high=np.where(published, counts, BEYOND),
        equations=[(relation.total, relation.parts) for relation in relations],
        wanted=np.flatnonzero(~published),
    )


def check_protected(cells, relations, statuses, profile=N10):
    """Assert that the attack leaves every withheld count as uncertain as the profile demands."""
    assert ((statuses == "primary") == cells["n"].map(profile.hides)).all()
    for cell, (low, high) in attack(cells, relations, statuses).items():
        assert high - low >= profile.minimum - 1
        if statuses.iloc[cell] == "primary":
            assert low == 0
            assert high >= profile.minimum


@st.composite
def inner_tables(draw, *, shapes):
    """Draw the inner cells of a table."""
    shape = draw(shapes)
    counts = draw(st.lists(COUNTS, min_size=prod(shape), max_size=prod(shape)))
    return np.array(counts).reshape(shape)


@SLOW
@given(inner_tables(shapes=st.tuples(st.integers(1, 9), st.integers(1, 7))))
def test_attack_gains_nothing_in_two_dimensions(inner):
    """In a table with margins, no withheld count can be placed more narrowly than demanded."""
    cells, relations = tabulate(inner)
    check_protected(cells, relations, protect_counts(cells, count="n", relations=relations, profile=N10))


@SLOW
@given(inner_tables(shapes=st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))))
def test_attack_gains_nothing_in_three_dimensions(inner):
    """In a table of three dimensions with all margins, no withheld count can be placed closer either."""
    cells, relations = tabulate(inner)
    check_protected(cells, relations, protect_counts(cells, count="n", relations=relations, profile=N10))


@SLOW
@given(
    inner_tables(shapes=st.tuples(st.integers(2, 5), st.integers(2, 4))),
    st.sampled_from(["delaware", "utah"]),
)
def test_attack_gains_nothing_under_the_states_profiles(inner, name):
    """Other minimums are protected as well."""
    profile = get_profile(name)
    cells, relations = tabulate(inner)
    statuses = protect_counts(cells, count="n", relations=relations, profile=profile)
    check_protected(cells, relations, statuses, profile)


@SLOW
@given(inner_tables(shapes=st.tuples(st.integers(1, 6), st.integers(1, 5))), st.randoms(use_true_random=False))
def test_audit_agrees_with_the_attack(inner, random):
    """On random patterns the audit passes exactly those counts that the other attack leaves uncertain."""
    cells, relations = tabulate(inner)
    small = cells["n"].map(N10.hides)
    statuses = pd.Series(
        ["primary" if one else random.choice(["ok", "ok", "complementary"]) for one in small],
        index=cells.index,
    )
    result = audit(cells, statuses, count="n", relations=relations, profile=N10, exact=True)
    for cell, (low, high) in attack(cells, relations, statuses).items():
        wide = high - low >= 9 and (not small[cell] or (low == 0 and high >= 10))
        found = result.ranges.loc[cell]
        assert found["safe"] == wide
        assert found["low"] == low
        assert found["high"] == high or (np.isinf(found["high"]) and high > BEYOND / 2)
    assert result.passed == bool(result.ranges["safe"].all())


@SLOW
@given(
    inner_tables(shapes=st.tuples(st.integers(2, 5), st.integers(2, 4))),
    st.lists(st.integers(-5, 15), min_size=6, max_size=6),
    st.booleans(),
)
def test_protection_passes_the_audit_where_totals_do_not_add_up(inner, missing, shows_zero):
    """Students without a group or counted twice, and shown zeros, leave the audit nothing to get behind."""
    profile = type(N10)(name="own", minimum=10, shows_zero=shows_zero)
    cells, relations = tabulate(inner)
    margin = cells.index[(cells["group"] == "all") & (cells["school"] != "all")]
    shift = pd.Series(missing[: len(margin)], index=margin)
    cells.loc[margin, "n"] = (cells.loc[margin, "n"] + shift).clip(lower=0)
    statuses = protect_counts(cells, count="n", relations=relations, profile=profile)
    result = audit(cells, statuses, count="n", relations=relations, profile=profile)
    assert result.passed or (statuses != "ok")[cells["n"] > 0].all()


@SLOW
@given(inner_tables(shapes=st.tuples(st.integers(1, 8), st.integers(1, 6))))
def test_nothing_small_nothing_withheld(inner):
    """Where every count reaches the minimum, all are published."""
    cells, relations = tabulate(inner + 10)
    assert (protect_counts(cells, count="n", relations=relations, profile=N10) == "ok").all()


@SLOW
@given(inner_tables(shapes=st.tuples(st.integers(1, 6), st.integers(1, 5))), st.randoms(use_true_random=False))
def test_pattern_does_not_depend_on_names(inner, random):
    """The pattern is the same for any labels, and the same each time."""
    cells, relations = tabulate(inner)
    names = list(range(1000, 1000 + len(cells)))
    random.shuffle(names)
    renamed = [
        Relation(total=names[relation.total], parts=tuple(names[part] for part in relation.parts))
        for relation in relations
    ]
    plain = protect_counts(cells, count="n", relations=relations, profile=N10)
    other = protect_counts(cells.set_axis(names), count="n", relations=renamed, profile=N10)
    assert plain.tolist() == other.tolist()


def count_fewest(cells, relations, most):
    """Count, by trying all patterns, how few further counts need be withheld."""
    small = cells["n"].map(N10.hides)
    free = cells.index[~small]
    for number in range(most + 1):
        for chosen in combinations(free, number):
            statuses = pd.Series(np.where(small, "primary", "ok"), index=cells.index)
            statuses[list(chosen)] = "complementary"
            hidden = statuses != "ok"
            if any(hidden[[one.total, *one.parts]].sum() == 1 for one in relations):
                continue
            if audit(cells, statuses, count="n", relations=relations, profile=N10).passed:
                return number
    return most


def test_patterns_are_nearly_as_small_as_can_be():
    """Over forty small tables, at most a tenth more is withheld than in the best pattern of all."""
    withheld, fewest = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        cells, relations = tabulate(rng.poisson(rng.gamma(2, 12, size=(3, 3))))
        statuses = protect_counts(cells, count="n", relations=relations, profile=N10)
        number = int((statuses == "complementary").sum())
        withheld += number
        fewest += count_fewest(cells, relations, min(number, 4)) if number <= 4 else number
    assert fewest > 20
    assert fewest <= withheld <= 1.1 * fewest


def test_a_state_of_schools_is_protected():
    """Forty districts of nine schools and four groups, linked up to the state, pass the audit."""
    rng = np.random.default_rng(20)
    inner = rng.poisson(rng.gamma(2, 20, size=(40, 9, 4)))
    cells, _ = tabulate(inner)
    cells = cells.set_axis(["district", "school", "group", "n"], axis=1)
    cells = cells[(cells["district"] != "all") | (cells["school"] == "all")]
    relations = [
        *relations_by(cells, over="group", total="all", within=["district", "school"]),
        *relations_by(cells, over="school", total="all", within=["district", "group"]),
        *relations_by(cells[cells["school"] == "all"], over="district", total="all", within=["group"]),
    ]
    statuses = protect_counts(cells, count="n", relations=relations, profile=N10)
    assert audit(cells, statuses, count="n", relations=relations, profile=N10).passed
    primary, complementary = (statuses == "primary").sum(), (statuses == "complementary").sum()
    assert primary > 50
    assert complementary < 2 * primary


@SLOW
@given(
    inner_tables(shapes=st.tuples(st.integers(1, 6), st.integers(1, 4))),
    st.sampled_from([0.05, 0.3, 0.6, 0.9]),
    st.integers(0, 1000),
)
def test_attack_gains_nothing_from_linked_shares(inner, rate, seed):
    """From all that is printed, limits included, no small numerator can be told from another."""
    groups = 3 * inner
    cells, relations = tabulate(groups, np.random.default_rng(seed).binomial(groups, rate))
    printed = protect_shares(cells, numerator="k", denominator="n", relations=relations, profile=N10)
    low, high = read_printed(cells, printed)
    size, n, k = len(cells), cells["n"].to_numpy(), cells["k"].to_numpy()
    equations = [
        (shift + relation.total, [shift + part for part in relation.parts])
        for relation in relations
        for shift in (0, size, 2 * size)
    ] + [(place, (size + place, 2 * size + place)) for place in range(size)]
    shown = (printed["status"] == "ok").to_numpy()
    wanted = [*np.flatnonzero(~shown), *(size + np.flatnonzero(shown & (np.minimum(k, n - k) < 10)))]
    ranges = solve_ranges(low=low, high=high, equations=equations, wanted=wanted)
    for place in np.flatnonzero(~shown):
        least, most = ranges[place]
        assert most - least >= 9
        assert n[place] >= 10 or (least == 0 and most >= 10)
    for place in np.flatnonzero(shown & (k < 10)):
        least, most = ranges[size + place]
        assert least == 0
        assert most >= min(9, n[place])
    for place in np.flatnonzero(shown & (n - k < 10)):
        least, most = ranges[size + place]
        assert most == n[place]
        assert least <= max(n[place] - 9, 0)


def read_printed(cells, printed):
    """Read what print says of each group, of students counted and not counted: lowest and highest."""
    size = len(cells)
    low, high = np.zeros(3 * size), np.full(3 * size, BEYOND)
    for place, (status, share) in enumerate(zip(printed["status"], printed["share"], strict=True)):
        if status != "ok":
            assert share.denominator is None
            continue
        low[place] = high[place] = cells["n"].iloc[place]
        if share.kind == "exact":
            assert min(share.numerator, share.denominator - share.numerator) >= 10
            low[size + place] = high[size + place] = share.numerator
        if share.kind == "below":
            high[size + place] = 9
        if share.kind == "above":
            low[size + place] = share.denominator - 9
    return low, high


@pytest.mark.parametrize("seed", range(5))
def test_linked_shares_are_exact_where_nothing_is_small(seed):
    """Where every group and every numerator, counted or not, is large enough, all shares are exact."""
    rng = np.random.default_rng(seed)
    counted, others = rng.integers(10, 60, size=(2, 6, 4))
    cells, relations = tabulate(counted + others, counted)
    printed = protect_shares(cells, numerator="k", denominator="n", relations=relations, profile=N10)
    alone = [code_share(numerator=k, denominator=n, profile=N10) for k, n in zip(cells["k"], cells["n"], strict=True)]
    assert printed["share"].tolist() == alone
    assert {share.kind for share in alone} == {"exact"}


BY_SEX = StudentGroup(
    column="sex", label="sex", focus="male", reference="female", focus_label="boys", reference_label="girls"
)
BY_GRADE = Settings(
    indicators=(Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="points"),),
    groups=(BY_SEX,),
    follow="grade",
)


def draw_grades(seed):
    """Draw a year's scores of four schools in two districts, with small grades and groups."""
    rng = np.random.default_rng(seed)
    blocks = []
    for school, grade, sex in product("ABCD", ("3", "4", "5"), ("male", "female")):
        n = int(rng.poisson(rng.gamma(2, 9)))
        blocks.append(
            pd.DataFrame(
                {
                    "district_id": "D1" if school in "AB" else "D2",
                    "school_id": school,
                    "trend_grade": grade,
                    "grade": grade,
                    "sex": sex,
                    "score": rng.normal(100, 15, n),
                }
            )
        )
    scores = pd.concat(blocks, ignore_index=True).assign(school_year="2023-24", below_cut=np.nan)
    standing = (scores["score"] - 100) / 15
    return scores.assign(standing=standing, student_id=[f"{at}" for at in range(len(scores))])


@pytest.mark.parametrize("seed", range(12))
def test_attack_gains_nothing_from_all_grades_beside_grades_and_groups(seed):
    """From grades, all grades together, groups and districts, no withheld number of students can be worked out."""
    levels = compare_levels({"orf": draw_grades(seed)}, settings=BY_GRADE)
    cells = levels[levels["level"] == "school"].reset_index(drop=True)
    assert set(cells["trend_grade"]) == {"3", "4", "5", "all"}
    places = {
        key: at
        for at, key in enumerate(cells[["school_id", "trend_grade", "group"]].itertuples(index=False, name=None))
    }
    equations = []
    for (school, grade, group), place in places.items():
        if grade == "all":
            parts = [places[school, one, group] for one in "345" if (school, one, group) in places]
            equations.append((place, parts))
        if group == "all":
            members = [places[key] for sex in ("male", "female") if (key := (school, grade, f"sex={sex}")) in places]
            equations.append((place, members))
    printed = (cells["status"] == "ok").to_numpy()
    assert not printed.all()
    counts = cells["n"].to_numpy(float)
    assert (counts[printed] >= N10.minimum).all()
    ranges = solve_ranges(
        low=np.where(printed, counts, 0),
        high=np.where(printed, counts, BEYOND),
        equations=equations,
        wanted=np.flatnonzero(~printed),
    )
    for withheld, (least, most) in ranges.items():
        assert most - least >= N10.minimum - 1
        if counts[withheld] < N10.minimum:
            assert (least, most >= N10.minimum) == (0, True)


@pytest.mark.parametrize("seed", range(12))
def test_wider_means_follow_from_printed_ones(seed):
    """A district's and the state's means of all grades and of each are those of the printed schools, and no more."""
    levels = compare_levels({"orf": draw_grades(seed)}, settings=BY_GRADE)
    printed = levels[(levels["level"] == "school") & (levels["status"] == "ok")]
    for _, row in levels[levels["level"] != "school"].iterrows():
        mine = printed[(printed["trend_grade"] == row["trend_grade"]) & (printed["group"] == row["group"])]
        mine = mine[mine["district_id"] == row["district_id"]] if row["level"] == "district" else mine
        if mine.empty:
            assert np.isnan(row["mean_standing"])
        else:
            assert row["mean_standing"] == pytest.approx(np.average(mine["mean_standing"], weights=mine["n"]))
        assert np.isnan(row["n_below"])
        assert np.isnan(row["n_cut"])
