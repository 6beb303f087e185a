"""Did performance change, or did the students? Mix and rate of a change between the first and the last year."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.factor_records import FAMILY
from mtss_analysis.findings.root_causes.mix import FactorChange
from mtss_analysis.findings.root_causes.results import Drill, FactorResult
from mtss_analysis.findings.root_causes.search import drill_down
from mtss_analysis.findings.root_causes.target import Target, choose_targets
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Factor, Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Figure,
    Part,
    Table,
    cannot_say,
    draw_decomposition,
    format_p,
    format_school_year,
    format_signed,
    format_with_interval,
    join_words,
    likely_between,
)
from mtss_analysis.stats import Estimate, MeanChange

METHOD = "Kitagawa decomposition, interaction shared equally; cluster jackknife by teacher; Benjamini-Hochberg"
TITLES = ("Factor", "Mix: who (likely range)", "Rate: how (likely range)", "q, mix")
CHANGED, NOT_TOLD = "the mix of students changed", "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangeFinding:
    """The change in mean standing from the first to the last year, decomposed over each factor."""

    school: School
    settings: Settings
    drill: Drill

    @property
    def target(self) -> Target:
        """The trend."""
        return self.drill.target

    @property
    def changes(self) -> tuple[FactorChange, ...]:
        """Mix and rate by each factor."""
        return tuple(one.change for one in self.drill.results)

    @property
    def name(self) -> str:
        """Name of figure and table."""
        return f"mix-and-rate-{self.target.slug}"

    def heading(self) -> str:
        """Heading of its section."""
        return f"Who the students are, or how they do: {self.target.label}"

    def sentence(self) -> str:
        """The change, and how much of it goes with a different mix of students, classrooms and programs."""
        label = self.target.label
        shown = self._shown()
        if shown is None:
            return cannot_say(
                f"whether a change in {label} is one of students or of performance",
                reason="there are too few students or classrooms in the first or the last year"
                if self.drill.results
                else "the run file declares no factor",
            )
        total = shown[1].total
        change = "rose" if total.ci_low > 0 else "fell" if total.ci_high < 0 else "did not change beyond noise"
        named = self._named()
        if named:
            told = join_words([f"{_signed(change.mix)} by {factor.label}" for factor, change in named])
            each = "; these overlap and do not add up" if len(named) > 1 else ""
            mix = f"With a different mix goes {told}{each}. What each leaves is how students of the same group do"
        else:
            mix = "By no factor does a different mix of students explain any of it beyond what chance produces"
        return (
            f"{self._years()}, mean standing in {label} {change}: {_signed(total)} {self.settings.population} standard "
            f"deviations ({likely_between(low=total.ci_low, high=total.ci_high)}). {mix}. See "
            f"{f'@fig-{self.name} and ' if named else ''}@tbl-{self.name}."
        )

    def answer(self) -> str:
        """Whether standing changed, and with whom."""
        return self.sentence().split(" See @")[0] if self._named() else ""

    def figure(self) -> Figure | None:
        """The change and its parts for the factor with the largest mix that is named."""
        named = self._named()
        if not named:
            return None
        factor, change = named[0]
        parts = [
            Part(label=f"Who: a different mix by {factor.label}", kind="mix", **_limits(change.mix)),
            Part(label="How: different standing within groups", kind="rate", **_limits(change.rate)),
            Part(label="Total change", kind="total", **_limits(change.total)),
        ]
        return draw_decomposition(
            name=self.name,
            caption=(
                f"Change in standing in {self.target.label} from {format_school_year(self.drill.years[0])} to "
                f"{format_school_year(self.drill.years[1])}, by {factor.label}: {_signed(change.mix)} goes with who "
                f"the students are, {_signed(change.rate)} with how they do."
            ),
            parts=parts,
            x_label=f"Change in mean standing, {self.settings.population} standard deviations",
            limits=(-1.0, 1.0),
            less="lower than before",
            more="higher than before",
        )

    def table(self) -> Table | None:
        """Mix and rate by every factor."""
        if self._shown() is None:
            return None
        return Table(
            name=self.name,
            caption=(
                f"Change in mean standing in {self.target.label}, {format_school_year(self.drill.years[0])} to "
                f"{format_school_year(self.drill.years[1])}, in {self.settings.population} standard deviations."
            ),
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(TITLES)
            ),
            rows=tuple(self._write_row(one) for one in self.drill.results if not one.factor.is_unit),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        kept = [
            "Mix counts a group of students that comes or goes; rate counts a change within groups. What is due to "
            "both at once is shared equally. Students whose group is not known are a group of their own. The ranges "
            "are about the cohorts that were there: another year's children differ from them by chance, too.",
            "A mix of teachers or programs that changes is a decision of the school or district; a mix of students "
            "mostly is not.",
        ]
        if any(factor.table == "services" for factor, _ in self._named()):
            kept.append(
                "Students are given a service because of how they do, so a different mix of services may follow from "
                "the change rather than bring it about."
            )
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Total, mix and rate of every factor."""
        return tuple(self._record(one, part) for one in self.drill.results for part in ("total", "mix", "rate"))

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _years(self) -> str:
        first, last = (format_school_year(year) for year in self.drill.years)
        return f"Between {first} and {last}"

    def _shown(self) -> tuple[Factor, MeanChange] | None:
        """A factor whose change can be had: the total is the same for all."""
        known = [(one.factor, one.change) for one in self.changes if one.change is not None]
        return known[0] if known else None

    def _named(self) -> list[tuple[Factor, MeanChange]]:
        """Factors by which the mix changed beyond chance, the largest part first."""
        rate = self.settings.false_discovery_rate
        found = [
            (one.factor, one.change.change)
            for one in self.drill.results
            if one.change.change is not None and one.mix_q is not None and one.mix_q <= rate
        ]
        return sorted(found, key=lambda pair: -abs(pair[1].mix.estimate))

    def _write_row(self, one: FactorResult) -> tuple[str, ...]:
        change = one.change.change
        if change is None:
            return (one.factor.label, *["–"] * 3)
        parts = (change.mix, change.rate)
        return (
            one.factor.label,
            *(format_with_interval(part.estimate, low=part.ci_low, high=part.ci_high, signed=True) for part in parts),
            format_p(one.mix_q),
        )

    def _record(self, one: FactorResult, part: str) -> Record:
        change, is_mix = one.change.change, part == "mix"
        value: Estimate | None = getattr(change, part) if change else None
        first, last = self.drill.years
        named = one.mix_q is not None and one.mix_q <= self.settings.false_discovery_rate
        return Record(
            finding=f"change_{part}",
            requirement="R13",
            district_id=self.school.district_id,
            school_id=self.school.school_id,
            school_year=last or None,
            domain=self.target.indicator.domain,
            measure=self.target.indicator.measure,
            grade=None if self.target.grade == ALL else self.target.grade,
            group=one.factor.id,
            method=METHOD,
            design="descriptive",
            estimate=value.estimate if value else None,
            unit=f"{self.settings.population} SD since {first}" if first else f"{self.settings.population} SD",
            std_error=value.std_error if value else None,
            ci_low=value.ci_low if value else None,
            ci_high=value.ci_high if value else None,
            ci_level=value.ci_level if value else None,
            p_value=value.p_value if value and is_mix else None,
            q_value=one.mix_q if value and is_mix else None,
            family=FAMILY if is_mix else None,
            n_clusters=change.n_clusters if change else None,
            verdict=(CHANGED if named else NOT_TOLD) if value and is_mix else None,
            status="ok" if value else "not_estimable" if first else "withheld",
            reason=one.change.reason or None,
        )


def find_change(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> tuple[ChangeFinding, ...]:
    """Decompose a school's change in standing into who the students are and how they do.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Factors, confidence level, false-discovery rate.
    comparison : Comparison
        Norms and what may be printed.
    measure : str
        The measure; empty: the most concerning and the most promising trend.

    Returns
    -------
    tuple of ChangeFinding
        One for each trend, from the search that :func:`find_factors` makes.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    asked: dict[str, Any] = {"school_id": school_id, "settings": settings, "comparison": comparison}
    targets = choose_targets(district, **asked, measure=measure)
    school = name_school(district, school_id=school_id)
    return tuple(
        ChangeFinding(school=school, settings=settings, drill=drill)
        for drill in drill_down(district, **asked, targets=targets)
    )


def _signed(value: Estimate) -> str:
    return format_signed(value.estimate, low=value.ci_low, high=value.ci_high)


def _limits(value: Estimate) -> dict[str, Any]:
    return {"estimate": value.estimate, "low": value.ci_low, "high": value.ci_high}
