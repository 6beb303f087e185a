"""How students score, against the district and the state, year by year."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.changes import say_change
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import (
    School,
    name_school,
    name_time,
)
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.breaks import find_start, say_break
from mtss_analysis.findings.trends.drawn_years import draw_grade, drawn_grades, label_years
from mtss_analysis.findings.trends.left_out import say_left_out
from mtss_analysis.findings.trends.level_words import LevelWords, as_percentile, write_ordinal
from mtss_analysis.findings.trends.own import (
    YearLevel,
    describe_years,
    is_stale,
    latest,
    name_row,
    order_rows,
    stands_beside_district,
)
from mtss_analysis.findings.trends.scales import standing_limits
from mtss_analysis.findings.trends.sentences import say_coverage, say_share
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    ReferenceLine,
    Series,
    Table,
    TrendBreak,
    cannot_say,
    draw_trend,
    format_estimate,
    format_with_interval,
)
from mtss_analysis.stats import Interval

METHOD = "mean with t interval"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelsFinding:
    """Scores of one indicator, year by year.

    Parameters
    ----------
    years : tuple of YearLevel
        Sorted by trend grade and year; withheld years hold no number.
    start, broken : str
        From which year on years compare, and what changed then; empty: all do.
    left_out : tuple of str
        What is said of grades in which too few were screened.
    """

    school: School
    indicator: Indicator
    settings: Settings
    years: tuple[YearLevel, ...]
    limits: tuple[float, float]
    start: str = ""
    broken: str = ""
    left_out: tuple[str, ...] = ()

    def heading(self) -> str:
        """Heading of its section."""
        return f"How students score in {self.indicator.label}"

    def sentence(self) -> str:
        """The latest year against the state's, and where it came from."""
        last = latest(self.years)
        if last is None or last.standing is None:
            question = f"how students score in {self.indicator.label}"
            return cannot_say(question, reason="there are too few scores in every year to print a mean")
        parts = [self._words.say_score(last), self._words.say_place(last)]
        return " ".join(part for part in parts if part) + f" See @fig-{self._name} and @tbl-{self._name}."

    def answer(self) -> str:
        """Where the average student stood."""
        last = latest(self.years)
        if last is None or last.standing is None:
            return cannot_say(
                f"how students score in {self.indicator.label}",
                reason="there are too few scores to print a mean",
            )
        return self._words.say_place(last, opening=f"In {self.indicator.label}, the average student")

    def figure(self) -> Figure | None:
        """Standing among the state's students, year by year."""
        if not any(year.standing for year in self.years):
            return None
        grades = drawn_grades(self.years)
        times = sorted({year.school_year for year in self.years})
        labels = label_years(self.years, times=times, follow=self.settings.follow)
        series = [
            draw_grade(self.years, grade=grade, times=times, value=lambda year: year.standing) for grade in grades
        ]
        if len(grades) == 1 and stands_beside_district(self.settings):
            here = {year.school_year: year.district_standing for year in self.years if year.trend_grade == grades[0]}
            series.append(Series(label="District", role="district", values=[here.get(time) for time in times]))
        return draw_trend(
            name=self._name,
            caption=self._words.caption(latest(self.years)),
            series=series,
            x_labels=labels,
            y_label=f"{self.indicator.label.capitalize()}: mean standing, standard deviations from the "
            f"{self.settings.population}'s average",
            limits=self.limits,
            lines=[ReferenceLine(value=0.0, label=self.settings.population.capitalize())],
            breaks=[TrendBreak(before=times.index(self.start), label="new test or norms")]
            if self.start in times[1:]
            else [],
        )

    def table(self) -> Table | None:
        """Scores, standing and coverage of each year."""
        if not self.years:
            return None
        titles = (
            "Year and grade",
            "Students with a score",
            "Enrolled with a score",
            "Mean score (likely range)",
            *(["District"] if stands_beside_district(self.settings) else []),
            self.settings.population.capitalize(),
            f"Standing, {self.settings.population} SD (likely range)",
        )
        withheld = any(year.n is None and not year.empty for year in self.years)
        rows, printed = order_rows(self.years)
        return Table(
            name=self._name,
            caption=f"Scores in {self.indicator.label}, {self.indicator.window} ({self.indicator.unit}).",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(year) for year in rows),
            note=WITHHELD_NOTE if withheld else "",
            printed=printed,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        kept = [
            "The likely range speaks of these students as if they were drawn from many like them; students without a "
            "score are not in the mean."
        ]
        if self.settings.follow == "cohort":
            kept.append(
                "The same group of children moves up a grade each year, so scores rise with age; standing "
                "compares them "
                f"with the {self.settings.population}'s children of the same grade and year."
            )
        kept.extend(say_break(self.broken))
        kept.extend(self.left_out)
        last = latest(self.years)
        if last is not None:
            kept.append(say_coverage(last))
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Mean score and standing of every year."""
        records = []
        for year in self.years:
            records.append(self._record(year, "mean_score", year.score, self.indicator.unit))
            records.append(self._record(year, "mean_standing", year.standing, f"{self.settings.population} SD"))
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """The latest standing, for page one."""
        last = latest(self.years)
        if last is None or last.standing is None:
            return ()
        compared = [year for year in self.years if year.school_year >= self.start]
        series = [year for year in compared if year.trend_grade == last.trend_grade]
        when = name_time(school_year=last.school_year, window=self.indicator.window)
        return (
            {
                "kind": "kpi",
                "topic": "standing",
                "measure": self.indicator.measure,
                "title": f"{self._words.title(last)}: percentile of the average student",
                "number": write_ordinal(as_percentile(last.standing.estimate)),
                "change": f"latest figure: {when}"
                if is_stale(last, self.years)
                else say_change(
                    [year.standing for year in series],
                    school_years=[year.school_year for year in series],
                    write=lambda value: write_ordinal(as_percentile(value)),
                ),
                "sentence": self._words.say_score(last) or self._words.say_standing(last),
                "values": [year.standing.estimate if year.standing else None for year in series],
                "reference": 0.0,
                "limits": list(self.limits),
                "what": f"mean standing in {self.indicator.label}, {self.settings.population} standard deviations",
            },
        )

    @property
    def _name(self) -> str:
        return "levels-" + self.indicator.measure.replace("_", "-")

    @property
    def _words(self) -> LevelWords:
        return LevelWords(indicator=self.indicator, settings=self.settings, years=self.years, start=self.start)

    def _write_row(self, year: YearLevel) -> tuple[str, ...]:
        mark = NOT_ESTIMABLE if year.empty else WITHHELD_MARK if year.n is None else None
        score, standing = year.score, year.standing
        return (
            name_row(year),
            mark or str(year.n),
            mark or say_share(year.screened),
            mark or _write(score),
            *([_beside(year.district_score, score)] if stands_beside_district(self.settings) else []),
            _beside(year.state_score, score),
            mark or _write(standing, signed=True),
        )

    def _record(self, year: YearLevel, finding: str, value: Interval | None, unit: str) -> Record:
        return Record(
            finding=finding,
            requirement="R6",
            district_id=self.school.district_id,
            school_id=self.school.school_id,
            school_year=year.school_year,
            domain=self.indicator.domain,
            measure=self.indicator.measure,
            grade=year.grades or ALL,
            group="all",
            method=METHOD,
            design="descriptive",
            estimate=value.estimate if value else None,
            unit=unit,
            ci_low=value.ci_low if value else None,
            ci_high=value.ci_high if value else None,
            ci_level=value.ci_level if value else None,
            n=year.n,
            status="not_estimable"
            if year.empty
            else "withheld"
            if year.n is None
            else "ok"
            if value
            else "not_estimable",
            reason=None if value else _say_why_not(year),
        )


def find_levels(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[LevelsFinding, ...]:
    """Find how a school's students score, one finding per indicator.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, confidence level, disclosure profile.
    comparison : Comparison
        Norms and means to compare with.

    Returns
    -------
    tuple of LevelsFinding
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
        LevelsFinding(
            school=school,
            indicator=indicator,
            settings=settings,
            years=describe_years(
                district, school=school, indicator=indicator, settings=settings, comparison=comparison
            ),
            limits=standing_limits(comparison),
            start=starts[indicator.measure][0],
            broken=starts[indicator.measure][1],
            left_out=say_left_out(sources, indicator=indicator),
        )
        for indicator in settings.indicators
    )


def _say_why_not(year: YearLevel) -> str:
    if year.empty:
        return "no student has a score"
    return "too few students to print" if year.n is None else "fewer than two scores, or scores that are all alike"


def _write(value: Interval | None, *, signed: bool = False) -> str:
    if value is None:
        return format_estimate(None)
    return format_with_interval(value.estimate, low=value.ci_low, high=value.ci_high, signed=signed)


def _beside(value: float | None, score: Interval | None) -> str:
    return format_estimate(value, low=score.ci_low, high=score.ci_high) if score else format_estimate(value)
