"""One trend of a school: its own slope, the shrunken one, and whether it stands out from all that were examined."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mtss_analysis.findings.trends.slopes import SlopeCell
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import adjust_p_values

GOOD_SIGN = {"standing": 1, "below_cut": -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One trend of a school.

    Parameters
    ----------
    cell : SlopeCell or None
        Own estimate; None if withheld.
    shrunken, shrunken_low, shrunken_high : float or None
        Drawn towards the mean of all schools.
    q_value : float or None
        Adjusted over all printable trends of the school.
    verdict : {'promising', 'concerning', 'cannot tell'}
        Told apart from no change at the run's false-discovery rate, with the shrunken estimate on the same side.
    """

    measure: str
    trend_grade: str
    group: str
    kind: str
    cell: SlopeCell | None
    shrunken: float | None
    shrunken_low: float | None
    shrunken_high: float | None
    q_value: float | None
    verdict: str

    @property
    def goodness(self) -> float:
        """The shrunken change per year, positive where it is for the better; 0 if unknown."""
        return GOOD_SIGN[self.kind] * self.shrunken if self.shrunken is not None else 0.0


def join_shrunken(cell: SlopeCell, *, measure: str, shrunken: pd.DataFrame, levels: pd.DataFrame) -> Trend:
    """Put the shrunken slope beside a school's own, or nothing where the trend may not be printed.

    Parameters
    ----------
    cell : SlopeCell
        Own estimate.
    measure : str
        Its measure.
    shrunken : DataFrame
        The school's rows of ``Comparison.slopes`` of that measure.
    levels : DataFrame
        The school's rows of ``Comparison.levels`` of that measure: what may be printed.

    Returns
    -------
    Trend
        Not yet judged.
    """
    printable = _is_printable(cell, levels=levels[levels["trend_grade"] == cell.trend_grade])
    keys = (
        (shrunken["group"] == cell.group)
        & (shrunken["trend_grade"] == cell.trend_grade)
        & (shrunken["kind"] == cell.kind)
    )
    row = shrunken[keys].iloc[0] if keys.any() else None
    known = printable and cell.slope is not None and row is not None and bool(np.isfinite(row["shrunken"]))
    return Trend(
        measure=measure,
        trend_grade=cell.trend_grade,
        group=cell.group,
        kind=cell.kind,
        cell=cell if printable else None,
        shrunken=float(row["shrunken"]) if known and row is not None else None,
        shrunken_low=float(row["shrunken_low"]) if known and row is not None else None,
        shrunken_high=float(row["shrunken_high"]) if known and row is not None else None,
        q_value=None,
        verdict="cannot tell",
    )


def _is_printable(cell: SlopeCell, *, levels: pd.DataFrame) -> bool:
    """Tell whether every year of a trend may be printed; a year in which nobody of the school has a score is no year.

    With the other years' shares and the numbers of students, a slope of shares gives away a share of which only a
    limit is printed, and so do the slopes of two groups that add up to all; that shares do not vary says that they
    are all none or all.
    """
    tested = levels[(levels["group"] == ALL) & (levels["n"] > 0)]
    years = levels[(levels["group"] == cell.group) & levels["school_year"].isin(tested["school_year"])]
    if years.empty or not (years["status"] == "ok").all():
        return False
    if cell.kind == "standing":
        return True
    return cell.varies and bool((tested["share_kind"] == "exact").all())


def judge_trends(trends: Sequence[Trend], *, rate: float) -> list[Trend]:
    """Adjust over everything that can be printed, and name what stands out.

    Parameters
    ----------
    trends : sequence of Trend
        All trends of a school.
    rate : float
        False-discovery rate of the run.

    Returns
    -------
    list of Trend
        In the same order, with q-values and verdicts.
    """
    known = [place for place, trend in enumerate(trends) if trend.cell is not None and trend.cell.slope is not None]
    p_values = [trends[place].cell.slope.p_value for place in known]  # type: ignore[union-attr]  # known above
    judged = list(trends)
    if not known:
        return judged
    for place, q_value in zip(known, adjust_p_values(np.array(p_values)), strict=True):
        trend = trends[place]
        slope = trend.cell.slope if trend.cell else None
        verdict = "cannot tell"
        if slope is not None and q_value <= rate and trend.shrunken is not None and slope.estimate * trend.shrunken > 0:
            verdict = "promising" if trend.goodness > 0 else "concerning"
        judged[place] = replace(trend, q_value=float(q_value), verdict=verdict)
    return judged


def choose_one_per_measure(trends: Sequence[Trend]) -> list[Trend]:
    """Choose one trend of each measure: all students before a group, standing before a share, then the steepest."""
    seen: dict[str, Trend] = {}
    for trend in sorted(trends, key=lambda one: (one.group != ALL, one.kind != "standing", -size_of(one), key_of(one))):
        seen.setdefault(trend.measure, trend)
    return list(seen.values())


def size_of(trend: Trend) -> float:
    """Size of a change in comparable steps: a share's percentage points are set against about 30 per SD."""
    return abs(trend.goodness) / (1.0 if trend.kind == "standing" else POINTS_PER_SD)


POINTS_PER_SD = 31.8
"""Percentage points by which the share below the 25th percentile moves per SD of the mean.

One hundred times the standard normal density there.
"""


def key_of(trend: Trend) -> str:
    """Name a trend, for an order that does not depend on where it came from."""
    return f"{trend.measure} {trend.trend_grade} {trend.group} {trend.kind}"
