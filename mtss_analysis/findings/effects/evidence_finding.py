"""How good the evidence of an effect is: attrition, rating, tier, and what stands against a better one."""

from dataclasses import dataclass

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_words import name_year_and_grades
from mtss_analysis.findings.effects.finding import EffectFinding, find_effects
from mtss_analysis.findings.effects.rows import EffectYear
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    cannot_say,
    format_count,
    format_number,
    format_school_year,
    format_with_interval,
    join_words,
)

NOTE = (
    "Left: students assigned whose score is not known; apart: percentage points between the groups. WWC: What Works "
    "Clearinghouse, 5.0, cautious attrition boundary."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvidenceFinding:
    """The grade of the evidence of one effect, all schools together."""

    effect: EffectFinding

    def heading(self) -> str:
        """Heading of its section."""
        return f"How good the evidence is: {self.effect.question.label}, {self.effect.indicator.label}"

    def sentence(self) -> str:
        """The ratings, and what stands against a better one."""
        years = self._years()
        if not years:
            what = f"how good the evidence on {self.effect.question.label} is"
            return cannot_say(what, reason=self.effect.reason or "no comparison can be made")
        rated: dict[str, list[str]] = {}
        for year in years:
            rated.setdefault(year.rating, []).append(format_school_year(year.school_year))
        told = [f"“{rating}” in {join_words(named)}" for rating, named in rated.items()]
        if len(rated) == 1 and len(years) > 1:
            told = [f"“{years[0].rating}” in every year"]
        against = sorted(
            {reason for year in years for reason in year.rating_reasons.split("; ") if "No baseline" in reason}
        )
        return (
            f"Chance decided who went into {self.effect.question.label}, so the comparison is a randomised "
            "one. By What Works "
            f"Clearinghouse rules the highest rating that it can reach is {join_words(told)}. "
            + (f"Against a better rating stands: {against[0][:1].lower()}{against[0][1:]}. " if against else "")
            + f"See @tbl-{self._name}."
        )

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """Effect size, attrition and grade of every year."""
        years = self._years()
        if not years:
            return None
        titles = (
            "Year and grade",
            "Effect size, SD (likely range)",
            "Percentile points",
            "Assigned",
            "With a score",
            "Left, %",
            "Left, apart",
            "WWC rating",
            "ESSA tier",
        )
        return Table(
            name=self._name,
            caption=(
                f"Evidence on {self.effect.question.label} and {self.effect.indicator.label}, all schools "
                "together: assigned at "
                "random, compared by intention to treat."
            ),
            columns=tuple(
                Column(title=title, align="right" if 0 < place < 7 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(_write_row(year) for year in years),
            note=NOTE,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        years = self._years()
        if not years:
            return ()
        reasons = [
            f"{format_school_year(year.school_year)}: {year.rating_reasons}"
            for year in years
            if year.rating != "without reservations"
        ]
        return (
            *(["Why no better rating: " + ". ".join(reasons) + "."] if reasons else []),
            "An effect size here is the difference adjusted for school, grade and year of assignment"
            f"{' and for the fall score' if any(year.adjusted_for for year in years) else ''}, over the spread of "
            "students' scores; its likely range allows for schools.",
        )

    def records(self) -> tuple[Record, ...]:
        """Overall and differential attrition of every year."""
        records = []
        for year in self._years():
            for name, value in (
                ("attrition_overall", year.attrition_overall_pct),
                ("attrition_differential", year.attrition_differential_pct),
            ):
                records.append(
                    Record(
                        finding=name,
                        requirement="R26",
                        district_id=self.effect.school.district_id,
                        school_id=None,
                        school_year=year.school_year,
                        domain=self.effect.indicator.domain,
                        measure=self.effect.indicator.measure,
                        grade=year.grades,
                        group=f"{self.effect.question.intervention_id}-{self.effect.question.comparison_id}",
                        level=self.effect.settings.population,
                        method="share of students assigned without a score; WWC 5.0 attrition",
                        design="randomised, by intention to treat",
                        estimate=value,
                        unit="percent" if name == "attrition_overall" else "percentage points",
                        n=year.assigned_treated + year.assigned_comparison if value is not None else None,
                        verdict=year.rating,
                        status="ok" if value is not None else "not_estimable",
                        reason=None if value is not None else "nobody was assigned to one of the groups",
                    )
                )
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _name(self) -> str:
        intervention, measure = self.effect.question.intervention_id, self.effect.indicator.measure
        return f"effect-{intervention}-{measure}-evidence".replace("_", "-").lower()

    def _years(self) -> list[EffectYear]:
        return [year for year in self.effect.years if year.pooled is not None]


def find_evidence(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[EvidenceFinding, ...]:
    """Find how good the evidence of each effect is.

    Parameters
    ----------
    district : District
        The school's slice; it names the school.
    school_id : str
        Which school.
    settings : Settings
        Effect questions.
    comparison : Comparison
        Pooled effects with their grades.

    Returns
    -------
    tuple of EvidenceFinding
        One per question and outcome, in the order of the run file.

    Raises
    ------
    DataError
        The district has no such school.
    """
    effects = find_effects(district, school_id=school_id, settings=settings, comparison=comparison)
    return tuple(EvidenceFinding(effect=effect) for effect in effects)


def _write_row(year: EffectYear) -> tuple[str, ...]:
    pooled = year.pooled
    n = year.n_pooled if pooled else None
    return (
        name_year_and_grades(school_year=year.school_year, grades=year.grades),
        format_with_interval(year.g, low=year.g_low, high=year.g_high),
        format_number(year.improvement_index, decimals=0, signed=True),
        format_count(year.assigned_treated + year.assigned_comparison),
        format_count(n),
        format_number(year.attrition_overall_pct, decimals=1),
        format_number(year.attrition_differential_pct, decimals=1),
        year.rating,
        "none" if year.essa_tier is None else str(year.essa_tier),
    )
