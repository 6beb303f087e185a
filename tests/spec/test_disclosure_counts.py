"""Counts of linked tables: which are withheld, in tables small enough to check by hand."""

import io
from dataclasses import replace
from textwrap import dedent

import pandas as pd
import pytest

from mtss_analysis.disclosure import Relation, audit, get_profile, join_statuses, protect_counts, relations_by
from mtss_analysis.errors import DisclosureError

N10 = get_profile("n10")


def read_cells(drawn):
    """Read a frame drawn in columns; ids stay text."""
    return pd.read_csv(io.StringIO(dedent(drawn).strip()), sep=r"\s+", dtype={"school_id": str})


def one_table(*parts):
    """Return a total with its parts, and their relation."""
    cells = pd.DataFrame({"n": [sum(parts), *parts]}, index=["all", *"ABCDEFGH"[: len(parts)]])
    return cells, [Relation(total="all", parts=tuple(cells.index[1:]))]


@pytest.mark.parametrize(
    ("parts", "statuses"),
    [
        ((50, 10, 12), ["ok", "ok", "ok", "ok"]),
        # 100 - 46 - 50 = 4, so the smallest other group goes too.
        ((4, 46, 50), ["ok", "primary", "complementary", "ok"]),
        # Together 5 + 6 = 11, more than 10: each could be anything from 0 to 11.
        ((5, 6, 50), ["ok", "primary", "primary", "ok"]),
        # Together 2 + 3 = 5 students, a number under the minimum: a third group goes too.
        ((2, 3, 50, 60), ["ok", "primary", "primary", "complementary", "ok"]),
        # Nothing else to withhold but the total.
        ((4,), ["primary", "primary"]),
        ((0, 20, 30), ["ok", "primary", "complementary", "ok"]),
    ],
)
def test_one_table(parts, statuses):
    """A small part takes the smallest other part with it, unless small parts protect each other."""
    cells, relations = one_table(*parts)
    assert protect_counts(cells, count="n", relations=relations, profile=N10).tolist() == statuses


def test_next_smallest_group_goes_too_in_new_york():
    """New York withholds the next smallest group even where small groups would protect each other."""
    cells, relations = one_table(3, 4, 50, 60)
    generic = replace(get_profile("new_york"), withholds_next_smallest=False)
    assert protect_counts(cells, count="n", relations=relations, profile=generic).tolist()[3:] == ["ok", "ok"]
    statuses = protect_counts(cells, count="n", relations=relations, profile=get_profile("new_york"))
    assert statuses.tolist() == ["ok", "primary", "primary", "complementary", "ok"]


def test_two_ways_closes_the_rectangle():
    """With row and column totals one small cell needs three others, at the corners of a cheap rectangle."""
    cells = read_cells(
        """
        school_id  group  n
        01         A      4
        01         B      30
        01         C      50
        01         all    84
        02         A      20
        02         B      25
        02         C      60
        02         all    105
        03         A      40
        03         B      70
        03         C      80
        03         all    190
        (district) A      64
        (district) B      125
        (district) C      190
        (district) all    379
        """
    )
    relations = [
        *relations_by(cells, over="group", total="all", within=["school_id"]),
        *relations_by(cells, over="school_id", total="(district)", within=["group"]),
    ]
    assert len(relations) == 4 + 4
    statuses = protect_counts(cells, count="n", relations=relations, profile=N10)
    withheld = cells.loc[statuses != "ok", ["school_id", "group"]].agg("".join, axis=1)
    assert withheld.tolist() == ["01A", "01B", "02A", "02B"]
    assert audit(cells, statuses, count="n", relations=relations, profile=N10).passed


def test_attack_finds_what_is_not_protected():
    """With the small part alone withheld, the audit works it out and stops publication untold."""
    cells, relations = one_table(4, 46, 50)
    statuses = pd.Series(["ok", "primary", "ok", "ok"], index=cells.index)
    result = audit(cells, statuses, count="n", relations=relations, profile=N10)
    assert result.ranges.loc["A"].tolist() == [4, 4, False]
    assert result.n_exposed == 1
    with pytest.raises(DisclosureError, match="In trends, 1 withheld") as stopped:
        result.require(finding="trends")
    assert " 4 " not in str(stopped.value)


def test_small_groups_together_under_the_minimum_are_exposed():
    """Two withheld groups known to have 4 + 5 = 9 students together do not pass; 4 + 6 = 10 students do."""
    for parts, passed in (((4, 5, 50), False), ((4, 6, 50), True)):
        cells, relations = one_table(*parts)
        statuses = pd.Series(["ok", "primary", "primary", "ok"], index=cells.index)
        assert audit(cells, statuses, count="n", relations=relations, profile=N10).passed is passed


def test_exact_audit_gives_the_ranges():
    """Whole ranges are worked out on request: two counts that add up to 50 may each be 0 to 50."""
    cells, relations = one_table(4, 46, 50)
    statuses = protect_counts(cells, count="n", relations=relations, profile=N10)
    ranges = audit(cells, statuses, count="n", relations=relations, profile=N10, exact=True).ranges
    assert ranges[["low", "high"]].to_numpy().tolist() == [[0, 50], [0, 50]]


def test_published_small_count_is_exposed():
    """A small count that is not withheld at all does not pass the audit."""
    cells, relations = one_table(4, 46, 50)
    statuses = pd.Series("ok", index=cells.index)
    assert audit(cells, statuses, count="n", relations=relations, profile=N10).published_small == 1


def test_students_of_no_group_are_protected_like_a_group():
    """Three students of no group are 103 - 40 - 60: a group is withheld, unless they may be known."""
    cells = pd.DataFrame({"n": [103, 40, 60]}, index=["all", "A", "B"])
    strict = [Relation(total="all", parts=("A", "B"))]
    assert protect_counts(cells, count="n", relations=strict, profile=N10).tolist() == [
        "ok",
        "complementary",
        "ok",
    ]
    known = [Relation(total="all", parts=("A", "B"), protects_rest=False)]
    assert protect_counts(cells, count="n", relations=known, profile=N10).tolist() == ["ok", "ok", "ok"]
    unprotected = audit(cells, pd.Series("ok", index=cells.index), count="n", relations=strict, profile=N10)
    assert unprotected.exposed_rests == 1


def test_students_in_two_schools_do_not_open_the_table():
    """Where schools add up to more than the district, the difference is taken to be known to the reader."""
    cells = pd.DataFrame({"n": [95, 6, 40, 52]}, index=["district", "01", "02", "03"])
    relations = [Relation(total="district", parts=("01", "02", "03"))]
    statuses = protect_counts(cells, count="n", relations=relations, profile=N10)
    assert statuses.tolist() == ["ok", "primary", "complementary", "ok"]


def test_shown_zeros_stay():
    """Where the profile shows zeros they are printed, and a small count finds its company elsewhere."""
    profile = replace(N10, shows_zero=True)
    cells, relations = one_table(0, 4, 30, 40)
    statuses = protect_counts(cells, count="n", relations=relations, profile=profile)
    assert statuses.tolist() == ["ok", "ok", "primary", "complementary", "ok"]
    assert audit(cells, statuses, count="n", relations=relations, profile=profile).passed


def test_statuses_join_to_the_strictest():
    """What is computed from several counts has the strictest of their statuses."""
    assert join_statuses("ok", "complementary") == "complementary"
    assert join_statuses("complementary", "primary", "ok") == "primary"
    assert join_statuses("ok", "ok") == "ok"


def test_no_relations():
    """Counts that are linked to nothing are withheld for their own size alone."""
    cells = pd.DataFrame({"n": [3, 30]})
    assert protect_counts(cells, count="n", relations=[], profile=N10).tolist() == ["primary", "ok"]


@pytest.mark.parametrize(
    ("counts", "index", "parts", "message"),
    [
        ([5, None, 3], "abc", "bc", "missing"),
        ([5, -2, 3], "abc", "bc", "negative"),
        ([5, 2.5, 2.5], "abc", "bc", "not whole"),
        ([5, 2, 3], "abb", "b", "unique"),
        ([5, 2, 3], "abc", "bx", "not in the frame"),
        ([5, 2, 3], "abc", "bb", "twice"),
    ],
)
def test_what_cannot_be_used_is_refused(counts, index, parts, message):
    """Counts and relations that make no sense are refused rather than protected by halves."""
    cells = pd.DataFrame({"n": counts}, index=list(index))
    with pytest.raises(ValueError, match=message):
        protect_counts(cells, count="n", relations=[Relation(total="a", parts=tuple(parts))], profile=N10)


def test_relations_by_needs_one_row_for_each_count():
    """A frame with the same count twice has no clear relations; a combination without a total has none."""
    cells = read_cells(
        """
        school_id  group  n
        01         A      14
        01         A      14
        01         all    28
        """
    )
    with pytest.raises(ValueError, match="same group"):
        relations_by(cells, over="group", total="all", within=["school_id"])
    assert relations_by(cells.iloc[:1], over="group", total="all", within=["school_id"]) == []
