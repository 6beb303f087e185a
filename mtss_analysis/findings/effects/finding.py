"""What an intervention did: the school's own estimate, the shrunken one, the state's, and the grade of the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_rows import Delivered, read_delivery
from mtss_analysis.findings.effects.design_words import capitalise, name_grades, name_year_and_grades
from mtss_analysis.findings.effects.effect_figure import draw_effect
from mtss_analysis.findings.effects.questions import read_questions
from mtss_analysis.findings.effects.records import record_effect
from mtss_analysis.findings.effects.rows import EffectYear, describe_effect_years
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, count_units, name_school, name_time, say_students
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Settings
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    cannot_say,
    format_estimate,
    format_percent,
    format_signed,
    format_with_interval,
    join_words,
    likely_between,
)
from mtss_analysis.stats import Estimate, Interval

LEAST_DF = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectFinding:
    """The effect of one intervention on one outcome, year by year.

    Parameters
    ----------
    years : tuple of EffectYear
        Sorted by year.
    reason : str
        Why there is nothing to estimate; empty if there is.
    delivered, delivered_here : Delivered
        In all schools, and in this one.
    """

    school: School
    settings: Settings
    question: EffectQuestion
    indicator: Indicator
    years: tuple[EffectYear, ...]
    limits: tuple[float, float]
    reason: str
    delivered: Delivered
    delivered_here: Delivered

    def heading(self) -> str:
        """Heading of its section."""
        return f"{capitalise(self.question.label)} and {self.indicator.label}"

    def sentence(self) -> str:
        """The state's effect, this school's, and how far both can be trusted."""
        year = self._headline()
        if year is None or year.pooled is None:
            what = f"what {self.question.label} did for {self.indicator.label}"
            return cannot_say(what, reason=self.reason or "no comparison of the two groups can be made")
        parts = [self._say_pooled(year), self._say_school(self.school_headline() or year)]
        tail = [f"@fig-{self.name}"] if self.is_drawn() else []
        return " ".join(parts) + f" See {join_words([*tail, f'@tbl-{self.name}', f'@tbl-{self.name}-evidence'])}."

    def answer(self) -> str:
        """The effect in this school, or why there is none."""
        year = self.school_headline()
        if year is None or year.pooled is None:
            return self.sentence()
        return f"{self._say_difference(year)} {self._say_school(year)}"

    def figure(self) -> Figure | None:
        """Own, shrunken and pooled effect of every year."""
        return draw_effect(self) if self.is_drawn() else None

    def table(self) -> Table | None:
        """Own, shrunken and pooled effects with their intervals."""
        if not self.years:
            return None
        titles = (
            "Year and grade",
            "This school alone (likely range)",
            "This school, best guess (likely range)",
            "All schools (likely range)",
        )
        hidden = any(year.withheld for year in self.years)
        return Table(
            name=self.name,
            caption=(
                f"Difference in {self.indicator.label} between {self.question.label} and "
                f"{self.question.comparison_label} "
                f"({self.indicator.unit})."
            ),
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(year) for year in self.years),
            note=WITHHELD_NOTE if hidden else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if not any(year.pooled for year in self.years):
            return ()
        kept = [
            "Students are counted in the group to which chance last assigned them, also if they moved to another one "
            "later; the difference is taken within the school and year in which they were assigned.",
            "The best guess for a school draws its own difference towards that of all schools, the more the "
            "fewer its classrooms.",
            "One school can reach ESSA Tier 3 at most, whatever its estimate.",
        ]
        reasons = sorted({year.own_reason for year in self.years if year.own is None and year.own_reason})
        if reasons:
            kept.append(f"Where this school alone has no estimate: {'; '.join(reasons)}.")
        if any(year.own is not None and year.own.df < LEAST_DF for year in self.years):
            kept.append(
                "A school's own likely range that rests on a handful of classrooms is wide and rough; the "
                "range that draws on all "
                "schools is the better guide."
            )
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Own, shrunken and pooled effect, effect size and grade of every year."""
        return tuple(
            record
            for year in self.years
            for record in record_effect(
                year,
                school=self.school,
                question=self.question,
                indicator=self.indicator,
                population=self.settings.population,
                ci_level=self.settings.ci_level,
                sentence=self._say_pooled(year),
                no_verdict=not self.delivered.reaches(self.question),
                no_verdict_here=not self.delivered_here.reaches(self.question),
            )
        )

    def notes(self) -> tuple[Note, ...]:
        """The effect in this school, or else in all schools, for page one."""
        year = self.school_headline()
        if year is None or year.pooled is None:
            return ()
        # Where it was not delivered as designed, the school's own number is no verdict to lead with.
        own = year.shrunken if self.delivered_here.reaches(self.question) else None
        value: Interval | Estimate = own or year.pooled
        where = "here" if own else "in all schools"
        series = [one.pooled.estimate if one.pooled else None for one in self.years]
        if own:
            series = [one.shrunken.estimate if one.shrunken else None for one in self.years]
        return (
            {
                "kind": "kpi",
                "topic": "effect",
                "measure": self.indicator.measure,
                "title": f"{capitalise(self.question.label)}, {self.indicator.label}, {where}",
                "number": self._size(format_signed(value.estimate, low=value.ci_low, high=value.ci_high))
                if self.delivered.reaches(self.question)
                else "no verdict",
                "change": self._beside(year) if own else "",
                "sentence": self._say_school(year) if own else self._say_difference(year),
                "values": series,
                "reference": 0.0,
                "limits": list(self.limits),
                "what": f"difference of {self.question.label} in {self.indicator.label}, {self.indicator.unit}",
            },
        )

    def is_drawn(self) -> bool:
        """Whether any year has an effect to draw."""
        return any(year.pooled for year in self.years)

    @property
    def name(self) -> str:
        """Slug of its figure and table."""
        return f"effect-{self.question.intervention_id}-{self.indicator.measure}".replace("_", "-").lower()

    def _headline(self) -> EffectYear | None:
        """The year with the best rating and, among those, the fewest who left."""
        return _strongest([year for year in self.years if year.pooled is not None])

    def school_headline(self) -> EffectYear | None:
        """Give the best-rated year in which this school can be estimated; else that of all schools."""
        return _strongest([year for year in self.years if year.shrunken is not None]) or self._headline()

    def _say_pooled(self, year: EffectYear) -> str:
        if year.pooled is None:
            return ""
        g = ""
        if year.g is not None and year.improvement_index is not None:
            to = 50 + year.improvement_index
            g = (
                f" That is {abs(year.g):.2f} standard deviations: the average student would move from the 50th "
                f"to about the {to:.0f}th percentile."
            )
        told = not year.pooled.ci_low <= 0 <= year.pooled.ci_high and self.delivered.reaches(self.question)
        return f"{self._say_difference(year)}{g if told else ''} {self._say_grade(year)}"

    def _say_difference(self, year: EffectYear) -> str:
        value = year.pooled
        if value is None:
            return ""
        when = name_time(school_year=year.school_year, window=self.indicator.window)
        likely = likely_between(low=value.ci_low, high=value.ci_high)
        if not self.delivered.reaches(self.question):
            return (
                f"No verdict on {self.question.label} can be given, because it was not delivered as designed: fidelity "
                f"was {format_percent(self.delivered.fidelity_pct)}, and at least "
                f"{format_percent(self.question.fidelity_criterion_pct)} is asked for. Across all schools the "
                f"difference from {self.question.comparison_label} in {when} was "
                f"{self._size(format_signed(value.estimate, low=value.ci_low, high=value.ci_high))} ({likely})."
            )
        if value.ci_low <= 0 <= value.ci_high:
            return (
                f"Across all schools, whether {_say_students(year.grades)} in {self.question.label} and in "
                f"{self.question.comparison_label} differed in {self.indicator.label} in {when} cannot be told: "
                f"{self._size(format_signed(value.estimate, low=value.ci_low, high=value.ci_high))} ({likely})."
            )
        side = "higher" if value.estimate > 0 else "lower"
        size = format_estimate(abs(value.estimate), low=value.ci_low, high=value.ci_high)
        return (
            f"Across all schools, {_say_students(year.grades)} whom chance assigned to {self.question.label} "
            f"scored {self._size(size)} "
            f"{side} in {self.indicator.label} in {when} than those in {self.question.comparison_label} ({likely})."
        )

    def _say_grade(self, year: EffectYear) -> str:
        tier = f"ESSA Tier {year.essa_tier}" if year.essa_tier is not None else "no ESSA tier"
        return (
            "By What Works Clearinghouse rules this evidence of all schools together can be rated "
            f"“{year.rating}” at best, {tier}."
        )

    def _say_school(self, year: EffectYear) -> str:
        if year.withheld:
            return "For this school alone the numbers are withheld, because too few students stand behind them."
        if not self.delivered_here.reaches(self.question):
            return self.delivered_here.say_short(self.question)
        value = year.shrunken or year.own
        if value is None:
            reason = year.own_reason or "its classes do not allow a comparison"
            return f"For this school alone the effect cannot be estimated: {reason}."
        size = format_signed(value.estimate, low=value.ci_low, high=value.ci_high)
        within = likely_between(low=value.ci_low, high=value.ci_high)
        verdict = "" if not value.ci_low <= 0 <= value.ci_high else ", so it cannot be told apart from no effect"
        grade = name_grades(year.grades)
        guess, source = (
            ("the best guess", "which draws on all schools")
            if year.shrunken
            else ("the difference", "from its own classes alone")
        )
        return f"For this school {guess} in {grade}, {source}, is {self._size(size)} ({within}){verdict}."

    def _size(self, size: str) -> str:
        return count_units(size, unit=self.indicator.unit)

    def _beside(self, year: EffectYear) -> str:
        if year.shrunken is None or year.pooled is None:
            return ""
        pooled = year.pooled
        return f"all schools: {format_signed(pooled.estimate, low=pooled.ci_low, high=pooled.ci_high)}"

    def _write_row(self, year: EffectYear) -> tuple[str, ...]:
        mark = WITHHELD_MARK if year.withheld else None
        cells = [name_year_and_grades(school_year=year.school_year, grades=year.grades)]
        for value, hide in ((year.own, mark), (year.shrunken, mark), (year.pooled, None)):
            low, high = (value.ci_low, value.ci_high) if value else (None, None)
            shown = format_with_interval(value.estimate if value else None, low=low, high=high, signed=True)
            cells.append(hide or shown)
        return tuple(cells)


def find_effects(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[EffectFinding, ...]:
    """Find what the run's interventions did, one finding per question and outcome.

    Parameters
    ----------
    district : District
        The school's slice; it names the school.
    school_id : str
        Which school.
    settings : Settings
        Effect questions and confidence level.
    comparison : Comparison
        Effects of all schools, shrunken and pooled, and what may be printed.

    Returns
    -------
    tuple of EffectFinding
        In the order of the run file; empty where it asks for no effect whose two arms chance decided.

    Raises
    ------
    DataError
        The district has no such school.
    """
    school = name_school(district, school_id=school_id)
    findings = []
    listed = comparison.frame("questions")
    for question in read_questions(listed[listed["is_random"]]):
        for measure in question.outcomes:
            years, reason = describe_effect_years(
                comparison, school=school, question=question, measure=measure, ci_level=settings.ci_level
            )
            findings.append(
                EffectFinding(
                    school=school,
                    settings=settings,
                    question=question,
                    indicator=settings.indicator(measure),
                    years=years,
                    limits=_find_limits(comparison.frame("pooled")),
                    reason=reason,
                    delivered=read_delivery(comparison, school=None, intervention_id=question.intervention_id),
                    delivered_here=read_delivery(comparison, school=school, intervention_id=question.intervention_id),
                )
            )
    return tuple(findings)


def _strongest(years: Sequence[EffectYear]) -> EffectYear | None:
    order = {"without reservations": 0, "with reservations": 1}
    return min(
        years,
        key=lambda year: (order.get(year.rating, 2), year.attrition_overall_pct or 0.0, year.school_year),
        default=None,
    )


def _find_limits(pooled: pd.DataFrame) -> tuple[float, float]:
    """About one student standard deviation either way, the same for every school."""
    if "sd_pooled" not in pooled or pooled["sd_pooled"].dropna().empty:
        return (-1.0, 1.0)
    limit = float(round(pooled["sd_pooled"].mean(), -1)) or 10.0
    return (-limit, limit)


def _say_students(grades: str) -> str:
    return f"students of {name_grades(grades)}" if "," in grades else say_students(grades)
