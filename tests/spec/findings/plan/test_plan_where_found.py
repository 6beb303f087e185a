"""Numbers of a plan lead to the table in which they stand."""

import pytest

from mtss_analysis.findings.plan.where_found import find_table, lead_to_table
from mtss_analysis.show import LinkedText


@pytest.mark.parametrize(
    ("measure", "statistic", "table"),
    [
        ("reading_scale", "mean", "tbl-levels-reading-scale"),
        ("reading_scale", "at_cut_pct", "tbl-below-reading-scale"),
        ("chronic_absence", "pct", "tbl-chronic-absence"),
        ("referrals", "per_100_per_day", "tbl-referral-months"),
        ("caseload", "mean", "tbl-caseload"),
        ("implementation:co_teaching", "pct", "tbl-practice-after-training"),
        ("fidelity:tier1", "pct", "tbl-fidelity-parts"),
        ("reading_scale", None, None),
        (None, "mean", None),
        ("teacher_enthusiasm", "pct", None),
    ],
)
def test_every_measure_has_its_table(measure: str | None, statistic: str | None, table: str | None) -> None:
    """Each measure of the goals' vocabulary leads to its table, and what is no such measure leads nowhere."""
    assert find_table(measure=measure, statistic=statistic) == table
    cell = lead_to_table("61 of 100", measure=measure, statistic=statistic)
    assert cell == "61 of 100"
    assert (cell.to if isinstance(cell, LinkedText) else None) == table
