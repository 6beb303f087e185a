"""What results went with which path through the tiers, one finding per indicator."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, count_units, name_school, of_school
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.tiers.growth import PATHS
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    draw_intervals,
    format_estimate,
    format_with_interval,
    likely_between,
)
from mtss_analysis.stats import Interval
from mtss_analysis.stats.estimate import make_t_estimate

PATH_LABELS = {
    "stayed_in_1": "In Tier 1 in fall and at the end",
    "moved_back": "Moved back to Tier 1",
    "stayed_in_2_or_3": "In Tier 2 or 3 in fall and at the end",
    "moved_up": "Moved up to Tier 2 or 3",
}
METHOD = "mean distance from the line of the end score on the fall score, by grade and year; t interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathGrowth:
    """Students of one path; ``mean`` and ``n`` are None where they may not be printed."""

    path: str
    n: int | None
    mean: Interval | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TierGrowthFinding:
    """Growth of one indicator by path through the tiers."""

    school: School
    settings: Settings
    indicator: Indicator
    scope: str
    paths: Mapping[str, PathGrowth]
    school_year: str

    def heading(self) -> str:
        """Heading of its section."""
        return f"Tiers and results in {self.indicator.label}"

    def sentence(self) -> str:
        """Where those who moved back and those who stayed ended, beside students who began alike."""
        said = [self._say(path, words) for path, words in _SAID.items()]
        known = [text for text in said if text]
        if not known:
            return cannot_say(
                f"what results in {self.indicator.label} went with leaving support",
                reason="too few students of each path have both scores",
            )
        return f"{' '.join(known)} See @fig-{self._name} and @tbl-{self._name}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Mean distance from what was to be expected, by path."""
        if not any(one.mean for one in self.paths.values()):
            return None
        rows = []
        for path, label in PATH_LABELS.items():
            one = self.paths.get(path)
            mean = one.mean if one else None
            if mean is None:
                reason = "withheld" if one and one.status == "withheld" else "nobody"
                rows.append(IntervalRow(label=label, reason=reason))
            else:
                rows.append(IntervalRow(label=label, estimate=mean.estimate, low=mean.ci_low, high=mean.ci_high))
        return draw_intervals(
            name=self._name,
            caption=f"Results in {self.indicator.label} by path through the tiers, beside students with the same fall "
            "score.",
            rows=rows,
            x_label=f"{self.indicator.label.capitalize()}: {self.indicator.window} score beyond that of students with "
            f"the same fall score, {self.indicator.unit}",
            lines=[ReferenceLine(value=0.0, label="As expected")],
            annotation_title="estimate (likely range)",
            signed=True,
        )

    def table(self) -> Table | None:
        """The same with the number of students."""
        if not any(one.mean for one in self.paths.values()):
            return None
        titles = (
            "Path from fall to the end of the year",
            "Students and years",
            f"Beyond expectation, {self.indicator.unit} (likely range)",
        )
        rows = []
        for path, label in PATH_LABELS.items():
            one = self.paths.get(path)
            if one is None:
                rows.append((label, NOT_ESTIMABLE, NOT_ESTIMABLE))
            elif one.n is None:
                rows.append((label, WITHHELD_MARK, WITHHELD_MARK))
            else:
                mean = one.mean
                written = (
                    NOT_ESTIMABLE
                    if mean is None
                    else format_with_interval(mean.estimate, low=mean.ci_low, high=mean.ci_high, signed=True)
                )
                rows.append((label, f"{one.n:,}", written))
        return Table(
            name=self._name,
            caption=f"Results in {self.indicator.label} by path through the tiers, all years together.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "Scores move the decision on a tier, so paths and results go together even where support does nothing; "
            "this is no effect of support.",
            "Students are compared with those of the same fall score, because low scorers would rise without support.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every path."""
        return tuple(
            Record(
                finding="tier_path_growth",
                requirement="R4",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                school_year=self.school_year,
                domain=self.indicator.domain,
                measure=self.indicator.measure,
                grade=ALL,
                group=path,
                method=METHOD,
                design="descriptive",
                estimate=one.mean.estimate if one.mean else None,
                unit=self.indicator.unit,
                ci_low=one.mean.ci_low if one.mean else None,
                ci_high=one.mean.ci_high if one.mean else None,
                ci_level=one.mean.ci_level if one.mean else None,
                n=one.n,
                status="ok" if one.mean else "withheld" if one.n is None else "not_estimable",
                reason=None if one.mean else "too few students to print" if one.n is None else "all alike",
            )
            for path, one in self.paths.items()
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _name(self) -> str:
        return "tier-growth-" + self.indicator.measure.replace("_", "-")

    def _say(self, path: str, words: str) -> str:
        one = self.paths.get(path)
        if one is None or one.mean is None:
            return ""
        mean = one.mean
        low, high = mean.ci_low, mean.ci_high
        beside = "students who began the year with the same score"
        if low <= 0 <= high:
            return f"{words} ended about where {beside} did ({likely_between(low=low, high=high)})."
        size = count_units(format_estimate(abs(mean.estimate), low=low, high=high), unit=self.indicator.unit)
        side = "above" if mean.estimate > 0 else "below"
        ends = (low, high) if mean.estimate > 0 else (-high, -low)
        return f"{words} ended {size} {side} {beside} ({likely_between(low=ends[0], high=ends[1])})."


_SAID = {
    "moved_back": "Students who moved back to Tier 1",
    "stayed_in_2_or_3": "Those who were in Tier 2 or Tier 3 in fall and at the end",
}


def find_tier_growth(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[TierGrowthFinding, ...]:
    """Find what results went with which path through the tiers, one finding per indicator.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, confidence level, disclosure profile.
    comparison : Comparison
        Growth of all schools with what may be printed.

    Returns
    -------
    tuple of TierGrowthFinding
        In the order of the run file; none for an indicator without fall scores.
    """
    school = name_school(district, school_id=school_id)
    found = []
    for indicator in settings.indicators:
        rows = of_school(comparison.frame("tier_growth"), school=school, measure=indicator.measure)
        if len(rows):
            paths = {str(row["path"]): _read(row, ci_level=settings.ci_level) for _, row in rows.iterrows()}
            found.append(
                TierGrowthFinding(
                    school=school,
                    settings=settings,
                    indicator=indicator,
                    scope=str(rows["scope"].iloc[0]),
                    paths={path: paths[path] for path in PATHS.values() if path in paths},
                    school_year=max(",".join(rows["school_years"]).split(",")),
                )
            )
    return tuple(found)


def _read(row: pd.Series, *, ci_level: float) -> PathGrowth:
    path, status = str(row["path"]), str(row["status"])
    if status != "ok":
        return PathGrowth(path=path, n=None, mean=None, status=status)
    n = int(str(row["n"]))
    try:
        mean = make_t_estimate(
            estimate=float(str(row["mean"])),
            std_error=float(str(row["sd"])) / n**0.5,
            df=n - 1.0,
            ci_level=ci_level,
        )
    except TooFewError:
        return PathGrowth(path=path, n=n, mean=None, status=status)
    interval = Interval(estimate=mean.estimate, ci_low=mean.ci_low, ci_high=mean.ci_high, ci_level=mean.ci_level)
    return PathGrowth(path=path, n=n, mean=interval, status=status)
