"""Whether gaps changed, beside the same gaps with the mix held constant and among the same students."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, get_profile
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.breaks import find_start
from mtss_analysis.findings.trends.steady_gaps import KINDS, SteadyGap, compare_gaps
from mtss_analysis.measures.groups import ALL, name_group
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    cannot_say,
    format_school_year,
    format_signed,
    format_with_interval,
    likely_between,
)
from mtss_analysis.stats import Estimate

METHOD = "difference of means with interaction of the year; CR2 by teacher"

NO_CHANGE = 1e-9
"""Standard deviations; less is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SteadyGapsFinding:
    """Changes of gaps of one indicator, in three ways each.

    Parameters
    ----------
    minimum : int
        Students of either group below which nothing is printed.
    """

    school: School
    settings: Settings
    indicator: Indicator
    gaps: tuple[SteadyGap, ...]
    minimum: int

    def heading(self) -> str:
        """Heading of its section."""
        return f"Did gaps change in {self.indicator.label}?"

    def sentence(self) -> str:
        """The change of each pair's gap, as it is and with the mix held constant."""
        known = [gap for gap in self.gaps if self._is_printable(gap) and gap.change is not None]
        if not known:
            return cannot_say(
                f"whether gaps changed in {self.indicator.label}",
                reason="there are too few students of both groups, or only one year",
            )
        told = [self._say(gap) for gap in known if gap.kind == "as is"]
        return f"{' '.join(told)} See @tbl-{self._name}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """No picture: three numbers a pair."""
        return None

    def table(self) -> Table | None:
        """The gap in both years and its change, in three ways."""
        if not self.gaps:
            return None
        first, last = format_school_year(self.gaps[0].first), format_school_year(self.gaps[0].last)
        titles = ("Gap by", "Among", first, last, "Change (likely range)")
        return Table(
            name=self._name,
            caption=f"Gaps in {self.indicator.label} in the first and the last year that can be printed, "
            f"{self.settings.population} standard deviations; all grades.",
            columns=tuple(
                Column(title=title, align="right" if place > 1 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(gap) for gap in self.gaps),
            note=WITHHELD_NOTE if any(not self._is_printable(gap) for gap in self.gaps) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "A gap can change because other students are in the groups. With the mix held constant (the grade and the "
            "other declared groups), and among students who were here in both years, it cannot; where the three "
            "differ, look at who came and who left.",
        )

    def records(self) -> tuple[Record, ...]:
        """The change and the last year's gap, in three ways."""
        records = []
        for gap in self.gaps:
            shown = self._is_printable(gap)
            for finding, value in (("steady_gap", gap.later), ("steady_gap_change", gap.change)):
                one: Estimate | None = value if shown else None
                records.append(
                    Record(
                        **self._keys(gap, finding=finding),
                        estimate=one.estimate if one else None,
                        std_error=one.std_error if one else None,
                        ci_low=one.ci_low if one else None,
                        ci_high=one.ci_high if one else None,
                        ci_level=one.ci_level if one else None,
                        p_value=one.p_value if one else None,
                        status="ok" if one else "not_estimable" if shown else "withheld",
                        reason=None if one else gap.reason if shown else "too few students to print",
                        sentence=self._say(gap) if one and finding == "steady_gap_change" else None,
                    )
                )
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _name(self) -> str:
        return "gap-change-" + self.indicator.measure.replace("_", "-")

    def _is_printable(self, gap: SteadyGap) -> bool:
        return min(gap.n_focus, gap.n_reference) >= self.minimum

    def _say(self, gap: SteadyGap) -> str:
        change, later = gap.change, gap.later
        if change is None or later is None:
            return ""
        among = {"as is": "", "mix held constant": ", with the mix held constant,"}.get(
            gap.kind, " among the same students"
        )
        size = f"{format_signed(change.estimate, low=change.ci_low, high=change.ci_high)}"
        between = likely_between(low=change.ci_low, high=change.ci_high)
        years = f"between {format_school_year(gap.first)} and {format_school_year(gap.last)}"
        what = f"the gap by {gap.group.label} in {self.indicator.label}{among}"
        if max(abs(change.ci_low), abs(change.ci_high)) <= NO_CHANGE:
            return f"{what[0].upper()}{what[1:]} did not change {years}: all its scores are alike."
        if change.ci_low <= 0 <= change.ci_high:
            return (
                f"Whether {what} changed {years} cannot be told: {size} {self.settings.population} standard deviations "
                f"({between})."
            )
        grew = gap.earlier is not None and abs(later.estimate) > abs(gap.earlier.estimate)
        moved = "widened" if grew else "narrowed"
        return (
            f"{what[0].upper()}{what[1:]} {moved} {years} by {size.lstrip('+−-')} {self.settings.population} standard "
            f"deviations ({between})."
        )

    def _write_row(self, gap: SteadyGap) -> tuple[str, ...]:
        place = (gap.group.label, KINDS[gap.kind])
        if not self._is_printable(gap):
            return (*place, *[WITHHELD_MARK] * 3)
        return (*place, *(_write(one) for one in (gap.earlier, gap.later, gap.change)))

    def _keys(self, gap: SteadyGap, *, finding: str) -> dict[str, Any]:
        group = f"{gap.group.column}={gap.group.reference}-{gap.group.focus}"
        return {
            "finding": finding,
            "requirement": "R5",
            "district_id": self.school.district_id,
            "school_id": self.school.school_id,
            "school_year": gap.last,
            "domain": self.indicator.domain,
            "measure": self.indicator.measure,
            "grade": ALL,
            "group": f"{group}: {gap.kind}",
            "method": METHOD,
            "design": "descriptive",
            "unit": f"{self.settings.population} SD"
            + (f" since {gap.first}" if finding == "steady_gap_change" else ""),
        }


def find_steady_gaps(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[SteadyGapsFinding, ...]:
    """Find whether gaps changed, one finding per indicator.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, declared groups, confidence level.
    comparison : Comparison
        Norms and what may be printed.

    Returns
    -------
    tuple of SteadyGapsFinding
        In the order of the run file.

    Raises
    ------
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    school = name_school(district, school_id=school_id)
    return tuple(
        SteadyGapsFinding(
            school=school,
            settings=settings,
            indicator=indicator,
            gaps=_compare(district, school=school, indicator=indicator, settings=settings, comparison=comparison),
            minimum=get_profile(settings.profile).minimum,
        )
        for indicator in settings.indicators
    )


def _compare(
    district: District, *, school: School, indicator: Indicator, settings: Settings, comparison: Comparison
) -> tuple[SteadyGap, ...]:
    frame = "whole_levels" if settings.follow == "grade" else "levels"
    levels = of_school(comparison.frame(frame), school=school, measure=indicator.measure)
    start, _ = find_start(comparison.frame("scale_changes"), measure=indicator.measure, kind="standing")
    levels = levels[(levels["status"] == "ok") & (levels["school_year"] >= start)]
    years_of = levels.groupby("group")["school_year"].agg(set).to_dict()
    scores = place_scores(district.table, indicator=indicator, norms=comparison.frame("norms"), settings=settings)
    scores = scores[scores["school_id"] == school.school_id].reset_index(drop=True)
    gaps: list[SteadyGap] = []
    for group in settings.groups:
        pair = [name_group(column=group.column, value=value) for value in (group.focus, group.reference)]
        years = sorted(set.intersection(*(set(years_of.get(name, set())) for name in (ALL, *pair))))
        if len(years) > 1:
            others = [one for one in settings.groups if one is not group]
            gaps += compare_gaps(
                scores, group=group, others=others, first=years[0], last=years[-1], ci_level=settings.ci_level
            )
    return tuple(gaps)


def _write(value: Estimate | None) -> str:
    if value is None:
        return format_with_interval(None, low=None, high=None)
    return format_with_interval(value.estimate, low=value.ci_low, high=value.ci_high, signed=True)
