"""How many students score below the cut, against the district and the state."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, CodedShare
from mtss_analysis.district import District
from mtss_analysis.findings.changes import say_change
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, name_time, say_students
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.breaks import find_start, say_break
from mtss_analysis.findings.trends.drawn_years import draw_grade, drawn_grades, label_years
from mtss_analysis.findings.trends.left_out import name_left_out
from mtss_analysis.findings.trends.own import (
    YearLevel,
    describe_years,
    is_stale,
    name_part,
    name_row,
    order_rows,
    stands_beside_district,
)
from mtss_analysis.findings.trends.sentences import say_share, say_share_of_100
from mtss_analysis.measures.groups import ALL, order_grade
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    Series,
    Table,
    TrendBreak,
    cannot_say,
    draw_trend,
    format_interval,
    format_percent,
    format_school_year,
    join_words,
    likely_between,
)

METHOD = "share with modified Wilson interval"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BelowFinding:
    """Share of students below the cut of one indicator, year by year.

    Parameters
    ----------
    years : tuple of YearLevel
        Sorted by trend grade and year; shares are coded as they may be printed.
    start, broken : str
        From which year on years compare, and what changed then; empty: all do.
    """

    school: School
    indicator: Indicator
    settings: Settings
    years: tuple[YearLevel, ...]
    start: str = ""
    broken: str = ""
    left_out: tuple[str, ...] = ()

    def heading(self) -> str:
        """Heading of its section."""
        return f"How many score low in {self.indicator.label}"

    def sentence(self) -> str:
        """The latest share against the state's, and where it came from."""
        last = self._latest()
        if last is None or last.below is None:
            question = f"how many students score below the cut in {self.indicator.label}"
            return cannot_say(question, reason="there are too few scores in every year to print a share")
        shown = [f"@fig-{self._name}"] if self._is_drawn() else []
        return f"{self._say_latest(last)} {self._say_cut()} See {join_words([*shown, f'@tbl-{self._name}'])}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Share below the cut, year by year."""
        if not self._is_drawn():
            return None
        times = sorted({year.school_year for year in self.years})
        grades = drawn_grades(self.years)
        series = [
            draw_grade(self.years, grade=grade, times=times, value=lambda year: year.below_interval) for grade in grades
        ]
        if len(grades) == 1:
            at = {year.school_year: year for year in self.years if year.trend_grade == grades[0]}
            found = [at.get(time) for time in times]
            if stands_beside_district(self.settings):
                series.append(
                    Series(
                        label="District",
                        role="district",
                        values=[year.district_below_pct if year else None for year in found],
                    )
                )
            series.append(
                Series(
                    label=self.settings.population.capitalize(),
                    role="state",
                    values=[year.state_below_pct if year else None for year in found],
                )
            )
        coded = any(year.below is not None and year.below.kind in ("below", "above") for year in self.years)
        return draw_trend(
            name=self._name,
            caption=self._caption(),
            series=series,
            x_labels=label_years(self.years, times=times, follow=self.settings.follow),
            y_label=f"{self.indicator.label.capitalize()}: students below the cut, percent",
            limits=(0.0, 100.0),
            unit="percent",
            withheld_reason="too few students to print the share" if coded else "withheld",
            breaks=[TrendBreak(before=times.index(self.start), label="new test, norms or cut")]
            if self.start in times[1:]
            else [],
        )

    def table(self) -> Table | None:
        """Shares below the cut of each year."""
        if not any(year.below for year in self.years):
            return None
        titles = (
            "Year and grade",
            "Students with a score",
            "Below the cut",
            "Likely range",
            *(["District"] if stands_beside_district(self.settings) else []),
            self.settings.population.capitalize(),
        )
        marked = any(self._is_marked(year) for year in self.years)
        coded = any(year.below and year.below.kind in ("below", "above") for year in self.years)
        notes = [WITHHELD_NOTE] if marked else []
        if coded:
            notes.append(
                "Where fewer than the smallest printable number of students are below or above the cut, only a "
                "limit is printed."
            )
        rows, printed = order_rows(self.years)
        return Table(
            name=self._name,
            caption=f"Students below the cut in {self.indicator.label}, {self.indicator.window}.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(year) for year in rows),
            note=" ".join(notes),
            printed=printed,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "A student without a score is in neither count; those who were not screened may differ from those "
            "who were.",
            *say_break(self.broken),
            *self.left_out,
        )

    def records(self) -> tuple[Record, ...]:
        """Share below the cut and share screened, every year."""
        return tuple(
            record for year in self.years for record in (self._record_below(year), self._record_screened(year))
        )

    def notes(self) -> tuple[Note, ...]:
        """The latest share, for page one."""
        last = self._latest()
        if last is None or last.below is None:
            return ()
        series = [
            year for year in self.years if year.trend_grade == last.trend_grade and year.school_year >= self.start
        ]
        when = name_time(school_year=last.school_year, window=self.indicator.window)
        part = name_part(last, years=self.years)
        return (
            {
                "kind": "kpi",
                "topic": "below_cut",
                "measure": self.indicator.measure,
                "title": f"{', '.join([self.indicator.label.capitalize(), *([part] if part else [])])}: below the cut",
                "number": say_share(last.below),
                "change": f"latest figure: {when}"
                if is_stale(last, self.years)
                else say_change(
                    [year.below_interval for year in series],
                    school_years=[year.school_year for year in series],
                    write=format_percent,
                ),
                "sentence": self._say_latest(last),
                "values": [year.below_interval.estimate if year.below_interval else None for year in series],
                "reference": last.state_below_pct,
                "limits": [0.0, 100.0],
                "what": f"percent of students below the cut in {self.indicator.label}",
            },
        )

    def _is_drawn(self) -> bool:
        return any(year.below_interval for year in self.years)

    @property
    def _name(self) -> str:
        return "below-" + self.indicator.measure.replace("_", "-")

    def _latest(self) -> YearLevel | None:
        printable = [year for year in self.years if year.below is not None and year.below.pct is not None]
        return max(printable, key=lambda year: (year.school_year, order_grade(year.trend_grade)), default=None)

    def _is_marked(self, year: YearLevel) -> bool:
        if year.empty:
            return False
        return year.n is None or (year.below is not None and year.below.kind == "withheld")

    def _say_latest(self, last: YearLevel) -> str:
        if last.below is None:
            return ""
        when = name_time(school_year=last.school_year, window=self.indicator.window)
        likely = ""
        if last.below_interval is not None:
            within = likely_between(low=last.below_interval.ci_low, high=last.below_interval.ci_high)
            likely = f" ({within})"
        state = (
            ""
            if last.state_below_pct is None
            else f"; across the {self.settings.population} it was {last.state_below_pct:.0f}"
        )
        return (
            f"In {when}, {say_share_of_100(last.below)} {say_students(last.grades)} scored below the cut in "
            f"{self.indicator.label}{likely}{state}."
        )

    def _say_cut(self) -> str:
        cut = self.indicator.cut
        if cut is None:
            return ""
        if cut.score is not None:
            return f"The cut is {cut.score:g} {self.indicator.unit}."
        return (
            f"The cut is the score below which {cut.state_percentile:g} of every 100 students of the "
            f"{self.settings.population} scored in "
            "the same grade and year."
            if self.settings.follow == "cohort"
            else f"The cut is the score below which {cut.state_percentile:g} of every 100 students of the "
            f"{self.settings.population} scored "
            "in the same grade over all years."
        )

    def _caption(self) -> str:
        last = self._latest()
        if last is None or last.below is None:
            return f"Share of students below the cut in {self.indicator.label}."
        year = format_school_year(last.school_year)
        share = say_share(last.below, in_words=True)
        beside = ""
        if last.state_below_pct is not None:
            beside = f"; {self.settings.population}: {format_percent(last.state_below_pct)}"
        who = say_students(last.grades)
        return f"In {year}, {share} of {who} with a score were below the cut in {self.indicator.label}{beside}."

    def _write_row(self, year: YearLevel) -> tuple[str, ...]:
        within = year.below_interval
        hidden = NOT_ESTIMABLE if year.empty else WITHHELD_MARK if year.n is None else None
        return (
            name_row(year),
            hidden or str(year.n),
            hidden or say_share(year.below),
            hidden
            or (
                format_interval(low=within.ci_low, high=within.ci_high, style="to", unit="%", decimals=0)
                if within
                else WITHHELD_MARK
            ),
            *([format_percent(year.district_below_pct)] if stands_beside_district(self.settings) else []),
            format_percent(year.state_below_pct),
        )

    def _record_below(self, year: YearLevel) -> Record:
        within = year.below_interval
        return Record(
            **self._keys(year),
            finding="share_below_cut",
            method=METHOD,
            estimate=within.estimate if within else None,
            unit="percent",
            ci_low=within.ci_low if within else None,
            ci_high=within.ci_high if within else None,
            ci_level=within.ci_level if within else None,
            n=year.n if within else None,
            status="ok" if within else "not_estimable" if year.empty else "withheld",
            verdict=None if within else _coded(year.below),
            reason=None if within else _say_why_not(year),
        )

    def _record_screened(self, year: YearLevel) -> Record:
        exact = year.screened.kind == "exact" and year.n is not None
        return Record(
            **self._keys(year),
            finding="share_screened",
            method="share of enrolled students with a score",
            estimate=year.screened.pct if exact else None,
            unit="percent",
            n=year.screened.denominator if exact else None,
            status="ok" if exact else "not_estimable" if year.empty else "withheld",
            verdict=None if exact else _coded(year.screened),
            reason=None if exact else _say_why_not(year),
        )

    def _keys(self, year: YearLevel) -> dict[str, Any]:
        return {
            "requirement": "R1",
            "district_id": self.school.district_id,
            "school_id": self.school.school_id,
            "school_year": year.school_year,
            "domain": self.indicator.domain,
            "measure": self.indicator.measure,
            "grade": year.grades or ALL,
            "group": "all",
            "design": "descriptive",
        }


def find_below_cut(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[BelowFinding, ...]:
    """Find how many students score below the cut, one finding per indicator that has one.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, confidence level, disclosure profile.
    comparison : Comparison
        Cuts and shares to compare with.

    Returns
    -------
    tuple of BelowFinding
        In the order of the run file.

    Raises
    ------
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    school = name_school(district, school_id=school_id)
    sources = find_usable_sources(district, school_id=school_id, settings=settings, comparison=comparison)
    changes = comparison.frame("scale_changes")
    starts = {one.measure: find_start(changes, measure=one.measure, kind="below_cut") for one in settings.indicators}
    return tuple(
        BelowFinding(
            school=school,
            indicator=indicator,
            settings=settings,
            years=describe_years(
                district, school=school, indicator=indicator, settings=settings, comparison=comparison
            ),
            start=starts[indicator.measure][0],
            broken=starts[indicator.measure][1],
            left_out=name_left_out(sources, indicator=indicator),
        )
        for indicator in settings.indicators
        if indicator.cut is not None
    )


def _coded(share: CodedShare | None) -> str | None:
    return say_share(share) if share is not None and share.kind in ("below", "above") else None


def _say_why_not(year: YearLevel) -> str:
    return "no student has a score" if year.empty else "too few students to print"
