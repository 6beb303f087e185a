"""Shares: printed exactly, as a limit, or not at all."""

import io
from dataclasses import replace
from textwrap import dedent

import pandas as pd
import pytest

from mtss_analysis.disclosure import WITHHELD_MARK, code_share, get_profile, protect_shares, relations_by

N10 = get_profile("n10")


def read_cells(drawn):
    return pd.read_csv(io.StringIO(dedent(drawn).strip()), sep=r"\s+")


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        (30, 60, "50 %"),
        (10, 60, "17 %"),  # 100 * 10 / 60 = 16.7
        (9, 60, "fewer than 17 %"),
        (0, 60, "fewer than 17 %"),
        (51, 60, "more than 83 %"),
        (60, 60, "more than 83 %"),
        (5, 9, WITHHELD_MARK),
        (9, 18, WITHHELD_MARK),
        (9, 19, "fewer than 53 %"),  # 100 * 10 / 19 = 52.6
        (10, 19, "more than 47 %"),
        (10, 20, "50 %"),
        (0, 0, WITHHELD_MARK),
    ],
)
def test_n10(numerator, denominator, printed):
    """Fewer than 10 students counted, or not counted, are printed as a limit set by the group alone."""
    assert code_share(numerator=numerator, denominator=denominator, profile=N10).write() == printed


@pytest.mark.parametrize("name", ["n10", "delaware", "utah", "new_york"])
def test_what_is_printed_fits_too_many_numerators(name):
    """In every group up to 400 students, each wording fits one exact numerator or at least the minimum."""
    profile = get_profile(name)
    for denominator in range(1, 401):
        fitting: dict[str, list[int]] = {}
        for numerator in range(denominator + 1):
            share = code_share(numerator=numerator, denominator=denominator, profile=profile)
            key = share.write(digits=6) if share.kind == "exact" else share.write()
            fitting.setdefault(key, []).append(numerator)
            if share.kind == "exact":
                assert min(numerator, denominator - numerator) >= profile.minimum
            if share.kind == "below":
                assert 100 * numerator <= share.pct * denominator
            if share.kind == "above":
                assert 100 * numerator >= share.pct * denominator
            if profile.hides(denominator):
                assert share.denominator is None
        for numerators in fitting.values():
            whole_group = profile.hides(denominator) and len(numerators) == denominator + 1
            assert len(numerators) in (1, *range(profile.minimum, 402)) or whole_group


def test_state_limits_hold_where_they_are_the_coarser():
    """The coarser of the state's limits and the minimum is printed: Delaware's 5 % from 320 students on."""
    delaware = get_profile("delaware")
    # 16 of 300 are 5.33 %, so the minimum decides; 5 % of 400 are 20 students, so the limit decides.
    assert code_share(numerator=15, denominator=300, profile=delaware).write() == "fewer than 6 %"
    assert code_share(numerator=19, denominator=400, profile=delaware).write() == "fewer than 5 %"
    assert code_share(numerator=20, denominator=400, profile=delaware).write() == "5 %"
    assert code_share(numerator=381, denominator=400, profile=delaware).write() == "more than 95 %"


def test_utah_without_protected_numerators():
    """Utah's own rule, for who prints no numbers of students: limits by size, themselves included."""
    utah = replace(get_profile("utah"), protects_numerators=False)
    printed = [
        code_share(numerator=k, denominator=n, profile=utah).write(digits=1)
        for k, n in ((3, 300), (4, 300), (297, 300), (2, 100), (3, 60), (4, 60), (4, 20), (2, 20), (9, 12))
    ]
    assert printed == [
        *("1 % or fewer", "1.3 %", "99 % or more"),
        *("2 % or fewer", "5 % or fewer", "6.7 %"),
        *("20.0 %", "10 % or fewer", "75.0 %"),
    ]


def test_a_share_out_of_bounds_is_refused():
    """A numerator above its denominator is a mistake of the caller."""
    with pytest.raises(ValueError, match="numerator"):
        code_share(numerator=5, denominator=4, profile=N10)


def test_linked_share_is_not_worked_out_from_the_others():
    """Where all and one of two groups are exact, their difference is the other's small numerator."""
    cells = read_cells(
        """
        group  n    k
        all    100  40
        A      40   3
        B      60   37
        """
    )
    relations = relations_by(cells, over="group", total="all", within=[])
    shares = protect_shares(cells, numerator="k", denominator="n", relations=relations, profile=N10)["share"]
    alone = [code_share(numerator=k, denominator=n, profile=N10).kind for k, n in zip(cells.k, cells.n, strict=True)]
    assert alone == ["exact", "below", "exact"]
    assert [share.kind for share in shares].count("exact") == 1
    assert shares.map(lambda share: share.denominator).tolist() == [100, 40, 60]


def test_small_numerators_are_not_narrowed_by_their_sum():
    """Limits that hide 3 and 4 students are not printed beside exact shares that leave 40 - 33 = 7."""
    cells = read_cells(
        """
        group  n    k
        all    160  40
        A      40   3
        B      40   4
        C      80   33
        """
    )
    relations = relations_by(cells, over="group", total="all", within=[])
    shares = protect_shares(cells, numerator="k", denominator="n", relations=relations, profile=N10)["share"]
    assert [share.kind for share in shares].count("exact") == 1


def test_linked_shares_are_left_alone_where_nothing_is_small():
    """Shares of which no numerator is small are all exact."""
    cells = read_cells(
        """
        group  n    k
        all    100  40
        A      40   13
        B      60   27
        """
    )
    relations = relations_by(cells, over="group", total="all", within=[])
    printed = protect_shares(cells, numerator="k", denominator="n", relations=relations, profile=N10)
    assert printed["share"].map(lambda share: share.write(digits=1)).tolist() == [
        "40.0 %",
        "32.5 %",
        "45.0 %",
    ]
    assert printed["status"].tolist() == ["ok"] * 3
