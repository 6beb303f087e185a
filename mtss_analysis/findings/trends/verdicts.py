"""One trend of a school: its own slope, the shrunken one, and whether it stands out from all that were examined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.findings.trends.families import spend_share
from mtss_analysis.findings.trends.slopes import SlopeCell
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import Estimate, adjust_families, adjust_p_values
from mtss_analysis.stats.arrays import FloatArray

GOOD_SIGN = {"standing": 1, "below_cut": -1}
CANNOT_TELL = "cannot tell"
FAMILY_OF_MEASURES = "measures of the school: all students"
FAMILY_WITHIN = "grades and groups within the measures in which the school moved"


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
        Adjusted within its family; None also where the family was not tested, because the school as a whole did not
        move.
    family : str
        Over which trends it was adjusted; empty if it cannot be printed or estimated.
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
    family: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is the standing of all students over all grades, or of the cohort."""
        return self.trend_grade == ALL and self.group == ALL and self.kind == "standing"

    @property
    def goodness(self) -> float:
        """The shrunken change per year, positive where it is for the better; 0 if unknown."""
        return GOOD_SIGN[self.kind] * self.shrunken if self.shrunken is not None else 0.0


def read_trends(
    slopes: pd.DataFrame, *, levels: pd.DataFrame, whole_levels: pd.DataFrame, ci_level: float
) -> list[Trend]:
    """Read a school's trends in one measure, and nothing of those that may not be printed.

    Parameters
    ----------
    slopes : DataFrame
        The school's rows of the comparison's ``slopes`` of that measure.
    levels : DataFrame
        Its rows of ``levels``: what may be printed of each trend grade.
    whole_levels : DataFrame
        Its rows of ``whole_levels``; empty where trends follow a cohort.
    ci_level : float
        Confidence level of the slopes, 0 to 1.

    Returns
    -------
    list of Trend
        Not yet judged.
    """
    known = _Levels.read(levels)
    whole = _Levels.read(whole_levels.assign(share_kind=None))
    trends = []
    for row in slopes.to_dict("records"):
        cell = _read_cell(row, ci_level=ci_level)
        over_all = cell.trend_grade not in known.grades
        printable = _is_printable(cell, levels=whole if over_all else known, shares=known)
        if over_all and not known.is_whole_group_printable(cell.group):
            # With the numbers of the other grades, the number over all grades would give a withheld one away.
            cell = replace(cell, n=0, n_clusters=0)
        shown = printable and cell.slope is not None and bool(np.isfinite(row["shrunken"]))
        trends.append(
            Trend(
                measure=str(row["measure"]),
                trend_grade=cell.trend_grade,
                group=cell.group,
                kind=cell.kind,
                cell=cell if printable else None,
                shrunken=float(row["shrunken"]) if shown else None,
                shrunken_low=float(row["shrunken_low"]) if shown else None,
                shrunken_high=float(row["shrunken_high"]) if shown else None,
                q_value=None,
                verdict=CANNOT_TELL,
            )
        )
    return trends


@dataclass(frozen=True, slots=True, kw_only=True)
class _Levels:
    """What may be printed of a school's levels, by trend grade and group: the status of each year."""

    status: Mapping[tuple[str, str], Mapping[str, str]]
    tested: Mapping[str, frozenset[str]]
    inexact: frozenset[str]

    @classmethod
    def read(cls, levels: pd.DataFrame) -> "_Levels":
        status: dict[tuple[str, str], dict[str, str]] = {}
        tested: dict[str, set[str]] = {}
        inexact = set()
        columns = ["trend_grade", "group", "school_year", "status", "n", "share_kind"]
        for grade, group, year, said, n, share in levels[columns].itertuples(index=False, name=None):
            status.setdefault((grade, group), {})[year] = said
            if group == ALL and n > 0:
                tested.setdefault(grade, set()).add(year)
                if share != "exact":
                    inexact.add(grade)
        return cls(
            status=status,
            tested={grade: frozenset(years) for grade, years in tested.items()},
            inexact=frozenset(inexact),
        )

    @property
    def grades(self) -> set[str]:
        return {grade for grade, _ in self.status}

    def is_whole_group_printable(self, group: str) -> bool:
        return all(said == "ok" for (_, name), years in self.status.items() if name == group for said in years.values())


def _read_cell(row: Mapping[Any, Any], *, ci_level: float) -> SlopeCell:
    slope = None
    if np.isfinite(row["slope"]):
        numbers = {name: float(row[name]) for name in ("std_error", "df", "ci_low", "ci_high", "p_value")}
        slope = Estimate(estimate=float(row["slope"]), ci_level=ci_level, **numbers)
    return SlopeCell(
        trend_grade=str(row["trend_grade"]),
        group=str(row["group"]),
        kind=str(row["kind"]),
        slope=slope,
        n=int(row["n"]),
        n_clusters=int(row["n_clusters"]),
        varies=bool(row["varies"]),
        reason=str(row["reason"]),
    )


def _is_printable(cell: SlopeCell, *, levels: _Levels, shares: _Levels) -> bool:
    """Tell whether every year of a trend may be printed; a year in which nobody of the school has a score is no year.

    With the other years' shares and the numbers of students, a slope of shares gives away a share of which only a
    limit is printed, and so do the slopes of two groups that add up to all; that shares do not vary says that they
    are all none or all.
    """
    tested = levels.tested.get(cell.trend_grade, frozenset())
    said = levels.status.get((cell.trend_grade, cell.group), {})
    years = [said[year] for year in tested if year in said]
    if not years or any(one != "ok" for one in years):
        return False
    if cell.kind == "standing":
        return True
    concerned = {cell.trend_grade} if cell.trend_grade in shares.grades else shares.grades
    return cell.varies and not concerned & shares.inexact


def judge_trends(trends: Sequence[Trend], *, rate: float, share: float = 1.0) -> list[Trend]:
    """Choose the measures in which the whole school moved, then the grades and groups within them.

    What stands for a measure is the standing of all students of all grades; where that cannot be printed or estimated,
    Simes' p-value over what can be.

    Parameters
    ----------
    trends : sequence of Trend
        All trends of a school.
    rate : float
        False-discovery rate of the run.
    share : float
        Of that rate, for these trends; the rest is spent on other lists.

    Returns
    -------
    list of Trend
        In the same order, with families, q-values and verdicts.

    References
    ----------
    Simes (1986), Biometrika 73, 751-754.
    """
    measures = list(dict.fromkeys(trend.measure for trend in trends))
    places = {measure: [at for at, trend in enumerate(trends) if trend.measure == measure] for measure in measures}
    p_values = np.array([_p_value(trend) for trend in trends], dtype=np.float64)
    leads = {measure: _find_lead(trends, places[measure]) for measure in measures}
    families = [p_values[leads[one]] if leads[one] is not None else _simes(p_values[places[one]]) for one in measures]
    inner = {measure: [at for at in places[measure] if at != leads[measure]] for measure in measures}
    adjusted = adjust_families(
        families=np.array(families, dtype=np.float64),
        members=[p_values[inner[one]] for one in measures],
        rate=share * rate,
    )
    of_families = spend_share(adjusted.of_families, share=share)
    judged = list(trends)
    for at, measure in enumerate(measures):
        lead = leads[measure]
        q_values = dict(zip(inner[measure], spend_share(adjusted.of_members[at], share=share), strict=True))
        if lead is not None:
            q_values[lead] = float(of_families[at])
        for place, q_value in q_values.items():
            family = FAMILY_OF_MEASURES if place == lead else FAMILY_WITHIN
            judged[place] = _judge(trends[place], q_value=float(q_value), family=family, rate=rate)
    return judged


def _judge(trend: Trend, *, q_value: float, family: str, rate: float) -> Trend:
    slope = trend.cell.slope if trend.cell else None
    if slope is None:
        return trend
    verdict = CANNOT_TELL
    if q_value <= rate and trend.shrunken is not None and slope.estimate * trend.shrunken > 0:
        verdict = "promising" if trend.goodness > 0 else "concerning"
    return replace(trend, q_value=q_value if np.isfinite(q_value) else None, family=family, verdict=verdict)


def _p_value(trend: Trend) -> float:
    return trend.cell.slope.p_value if trend.cell and trend.cell.slope else np.nan


def _find_lead(trends: Sequence[Trend], places: Sequence[int]) -> int | None:
    """Find the trend that stands for a measure: all students of all grades, if it has a p-value."""
    found = [at for at in places if trends[at].is_whole and np.isfinite(_p_value(trends[at]))]
    return found[0] if found else None


def _simes(p_values: FloatArray) -> float:
    q_values = adjust_p_values(p_values)
    return float(np.nanmin(q_values)) if np.isfinite(q_values).any() else np.nan


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


def by_interest(trend: Trend) -> tuple[bool, bool, bool, float, str]:
    """Order what is drawn: the whole school, what stands out, groups of all grades, grades; the best first."""
    calm = trend.verdict == CANNOT_TELL
    return (not trend.is_whole, calm, trend.trend_grade != ALL, -trend.goodness, key_of(trend))
