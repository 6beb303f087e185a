"""How far apart groups of students are, and whether the gap can be printed."""

from dataclasses import dataclass

from scipy.special import ndtr

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.changes import say_change
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, name_time
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.breaks import find_start, say_break
from mtss_analysis.findings.trends.left_out import name_left_out
from mtss_analysis.findings.trends.printed_gaps import PrintedGap, print_gaps
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    draw_intervals,
    format_estimate,
    format_school_year,
    format_signed,
    format_with_interval,
    join_words,
    likely_between,
    name_grade,
)
from mtss_analysis.stats import Estimate

METHOD = "difference of means, Welch interval"
LIMITS = (-2.0, 2.0)
MOST_ROWS = 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GapsFinding:
    """Gaps of one indicator between declared pairs of groups, year by year.

    Parameters
    ----------
    newest : str
        The school's latest year, with or without scores.
    start, broken : str
        From which year on years compare, and what changed then; empty: all do.
    """

    school: School
    indicator: Indicator
    settings: Settings
    gaps: tuple[PrintedGap, ...]
    newest: str
    start: str = ""
    broken: str = ""
    left_out: tuple[str, ...] = ()

    def heading(self) -> str:
        """Heading of its section."""
        return f"Gaps between groups in {self.indicator.label}"

    def sentence(self) -> str:
        """The latest gap of each pair that can be printed."""
        if not self.gaps:
            reason = (
                "no student of a declared group has a score"
                if self.settings.groups
                else "the run file declares no groups"
            )
            return cannot_say("how far apart groups are", reason=reason)
        told = [self._say_latest(group) for group in self._groups()]
        missing = [group.label for group, text in zip(self._groups(), told, strict=True) if not text]
        sentences = [text for text in told if text]
        if missing:
            sentences.append(
                f"The gap by {join_words(missing)} cannot be printed for the latest year: one of the two groups is too "
                "small, or printing it would give a small group away."
            )
        shown = [f"@fig-{self._name}"] if self._is_drawn() else []
        return " ".join(sentences) + f" See {join_words([*shown, f'@tbl-{self._name}'])}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Every printable gap with its interval."""
        if not self._is_drawn():
            return None
        rows: list[IntervalRow] = []
        for group in self._groups():
            rows.append(IntervalRow(label=group.label[:1].upper() + group.label[1:], heading=True))
            rows.extend(_draw(gap) for gap in self._drawn() if gap.group == group)
        return draw_intervals(
            name=self._name,
            caption=self._caption(),
            rows=rows,
            x_label=f"{self.indicator.label.capitalize()}: gap, standard deviations of the "
            f"{self.settings.population}'s scores",
            limits=LIMITS,
            lines=[ReferenceLine(value=0.0, label="no gap")],
            less="gap reversed",
            more="wider gap",
            signed=True,
        )

    def table(self) -> Table | None:
        """Every gap with its interval, and the state's."""
        if not self.gaps:
            return None
        compared = any(gap.state_gap is not None for gap in self.gaps)
        titles = (
            "Gap by",
            "Year",
            "Grade",
            f"Gap, {self.settings.population} SD (likely range)",
            *([f"{self.settings.population.capitalize()}'s gap"] if compared else []),
        )
        withheld = any(gap.cell is None for gap in self.gaps)
        pairs = [f"{group.reference_label} minus that of {group.focus_label}" for group in self._groups()]
        return Table(
            name=self._name,
            caption=f"Gaps in {self.indicator.label}: mean standing of {join_words(pairs)}.",
            columns=tuple(
                Column(title=title, align="left" if place < 3 else "right") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(gap)[: len(titles)] for gap in self.gaps),
            note=WITHHELD_NOTE if withheld else "",
            printed=sum(gap.trend_grade == ALL for gap in self.gaps) or MOST_ROWS,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "A gap changes when either group changes, and also when different children are in the groups; it "
            "says where "
            "to look, not why.",
            "The likely range speaks of these students as if they were drawn from many like them.",
            *say_break(self.broken),
            *self.left_out,
        )

    def records(self) -> tuple[Record, ...]:
        """Every gap."""
        return tuple(self._record(gap) for gap in self.gaps)

    def notes(self) -> tuple[Note, ...]:
        """The latest gap of the first declared pair that can be printed, for page one: the same in every school."""
        latest = [gap for gap in self._latest() if gap.cell is not None and gap.cell.gap is not None]
        if not latest:
            return ()
        shown = latest[0]
        if shown.cell is None or shown.cell.gap is None:
            return ()
        value = shown.cell.gap
        when = name_time(school_year=shown.school_year, window=self.indicator.window)
        history = [
            gap
            for gap in self.gaps
            if gap.group == shown.group and gap.trend_grade == shown.trend_grade and gap.school_year >= self.start
        ]
        return (
            {
                "kind": "kpi",
                "topic": "gap",
                "measure": self.indicator.measure,
                "title": f"{self.indicator.label.capitalize()}: gap by {shown.group.label}",
                "number": f"{_overlap(value.estimate)} of 100",
                "change": f"latest figure: {when}"
                if shown.school_year < self.newest
                else say_change(
                    [gap.cell.gap if gap.cell else None for gap in history],
                    school_years=[gap.school_year for gap in history],
                    write=lambda gap: str(_overlap(gap)),
                ),
                "sentence": self._say_overlap(shown.group, value, school_year=shown.school_year),
                "values": [gap.cell.gap.estimate if gap.cell and gap.cell.gap else None for gap in history],
                "reference": 0.0,
                "limits": list(LIMITS),
                "what": f"gap in {self.indicator.label} by {shown.group.label}, {self.settings.population} "
                f"standard deviations",
            },
        )

    def _drawn(self) -> list[PrintedGap]:
        """All grades together where there is such a gap, otherwise every grade."""
        return [gap for gap in self.gaps if gap.trend_grade == ALL] or list(self.gaps)

    def _is_drawn(self) -> bool:
        return any(gap.cell and gap.cell.gap for gap in self.gaps)

    @property
    def _name(self) -> str:
        return "gaps-" + self.indicator.measure.replace("_", "-")

    def _groups(self) -> list[StudentGroup]:
        return [group for group in self.settings.groups if any(gap.group == group for gap in self.gaps)]

    def _latest(self) -> list[PrintedGap]:
        if not self.gaps:
            return []
        last = max(gap.school_year for gap in self.gaps)
        newest = [gap for gap in self.gaps if gap.school_year == last]
        whole = [gap for gap in newest if gap.trend_grade == ALL]
        return whole or newest

    def _say_latest(self, group: StudentGroup) -> str:
        found = [gap for gap in self._latest() if gap.group == group and gap.cell and gap.cell.gap]
        if not found or found[-1].cell is None or found[-1].cell.gap is None:
            return ""
        gap = found[-1].cell.gap
        when = name_time(school_year=found[-1].school_year, window=self.indicator.window)
        likely = likely_between(low=gap.ci_low, high=gap.ci_high)
        size = format_estimate(abs(gap.estimate), low=gap.ci_low, high=gap.ci_high)
        side = "above" if gap.estimate >= 0 else "below"
        if gap.ci_low <= 0 <= gap.ci_high:
            return (
                f"Whether {group.reference_label} and {group.focus_label} differed in {self.indicator.label} in {when} "
                f"cannot be told: the gap was {format_signed(gap.estimate, low=gap.ci_low, high=gap.ci_high)} "
                f"{self.settings.population} "
                f"standard deviations ({likely})."
            )
        state = found[-1].state_gap
        beside = (
            ""
            if state is None
            else f"; across the {self.settings.population} the gap was "
            f"{format_signed(state, low=gap.ci_low, high=gap.ci_high)}"
        )
        return (
            f"In {when}, {group.reference_label} stood {size} {self.settings.population} standard deviations "
            f"{side} {group.focus_label} in "
            f"{self.indicator.label} ({likely}){beside}."
        )

    def _say_overlap(self, group: StudentGroup, gap: Estimate, *, school_year: str) -> str:
        when = name_time(school_year=school_year, window=self.indicator.window)
        within = likely_between(low=_overlap(gap.ci_low), high=_overlap(gap.ci_high), decimals=0)
        return (
            f"In {when}, the average score of {group.reference_label} in {self.indicator.label} was higher "
            "than that of "
            f"{_overlap(gap.estimate)} of every 100 {group.focus_label} ({within}); without a gap it would be 50."
        )

    def _caption(self) -> str:
        told = [
            gap
            for gap in self._latest()
            if gap.cell and gap.cell.gap and not gap.cell.gap.ci_low <= 0 <= gap.cell.gap.ci_high
        ]
        count = len([gap for gap in self._latest() if gap.cell and gap.cell.gap])
        return (
            f"In the latest year {len(told)} of {count} printable gaps in {self.indicator.label} "
            f"{'is' if len(told) == 1 else 'are'} told apart from no gap."
        )

    def _write_row(self, gap: PrintedGap) -> tuple[str, ...]:
        value = gap.cell.gap if gap.cell else None
        mark = WITHHELD_MARK if gap.cell is None else None
        return (
            gap.group.label,
            format_school_year(gap.school_year),
            self._name_grade(gap.trend_grade),
            mark
            or format_with_interval(
                value.estimate if value else None,
                low=value.ci_low if value else None,
                high=value.ci_high if value else None,
                signed=True,
            ),
            format_signed(gap.state_gap, low=-0.05, high=0.05),
        )

    def _name_grade(self, trend_grade: str) -> str:
        if trend_grade != ALL:
            return name_grade(trend_grade)
        return "all grades" if self.settings.follow == "grade" else "all"

    def _record(self, gap: PrintedGap) -> Record:
        value = gap.cell.gap if gap.cell else None
        return Record(
            finding="gap",
            requirement="R5",
            district_id=self.school.district_id,
            school_id=self.school.school_id,
            school_year=gap.school_year,
            domain=self.indicator.domain,
            measure=self.indicator.measure,
            grade=gap.trend_grade,
            group=f"{gap.group.column}={gap.group.reference}-{gap.group.focus}",
            method=METHOD,
            design="descriptive",
            estimate=value.estimate if value else None,
            unit=f"{self.settings.population} SD",
            std_error=value.std_error if value else None,
            ci_low=value.ci_low if value else None,
            ci_high=value.ci_high if value else None,
            ci_level=value.ci_level if value else None,
            p_value=value.p_value if value else None,
            n=gap.cell.n_focus + gap.cell.n_reference if gap.cell else None,
            status="withheld" if gap.cell is None else "ok" if value else "not_estimable",
            reason="too few students to print" if gap.cell is None else gap.cell.reason or None,
        )


def find_gaps(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[GapsFinding, ...]:
    """Find the gaps between declared groups, one finding per indicator.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, groups, confidence level.
    comparison : Comparison
        Norms, the state's gaps and what may be printed.

    Returns
    -------
    tuple of GapsFinding
        In the order of the run file.

    Raises
    ------
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    school = name_school(district, school_id=school_id)
    sources = find_usable_sources(district, school_id=school_id, settings=settings, comparison=comparison)
    changes = comparison.frame("scale_changes")
    starts = {one.measure: find_start(changes, measure=one.measure, kind="standing") for one in settings.indicators}
    return tuple(
        GapsFinding(
            school=school,
            indicator=indicator,
            settings=settings,
            gaps=print_gaps(district, school=school, indicator=indicator, settings=settings, comparison=comparison),
            newest=district.years[-1],
            start=starts[indicator.measure][0],
            broken=starts[indicator.measure][1],
            left_out=name_left_out(sources, indicator=indicator),
        )
        for indicator in settings.indicators
    )


def _draw(gap: PrintedGap) -> IntervalRow:
    value = gap.cell.gap if gap.cell else None
    year = format_school_year(gap.school_year)
    label = year if gap.trend_grade == "all" else f"{year}, {name_grade(gap.trend_grade)}"
    if value is None:
        reason = f"{WITHHELD_MARK} withheld" if gap.cell is None else gap.cell.reason
        return IntervalRow(label=label, reason=reason)
    return IntervalRow(label=label, estimate=value.estimate, low=value.ci_low, high=value.ci_high)


def _overlap(gap: float) -> int:
    """Count the focus group's students, of 100, who score under the reference group's mean, on a bell curve.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, section 2.2: U3.
    """
    return min(max(round(100 * float(ndtr(gap))), 1), 99)
