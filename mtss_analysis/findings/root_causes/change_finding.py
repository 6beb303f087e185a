"""Did performance change, or did the students? Mix and rate of a change between the first and the last year."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.errors import DataError, TooFewError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.rows import add_factor
from mtss_analysis.findings.root_causes.target import Target, choose_target
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Factor, Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Figure,
    Part,
    Table,
    cannot_say,
    draw_decomposition,
    format_school_year,
    format_signed,
    format_with_interval,
    likely_between,
)
from mtss_analysis.stats import Estimate, MeanChange, decompose_change

NAME = "mix-and-rate"
METHOD = "Kitagawa decomposition, interaction shared equally; cluster jackknife by teacher"
UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorChange:
    """Mix and rate of the change over one factor; ``change`` is None where it cannot be had, see ``reason``."""

    factor: Factor
    change: MeanChange | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangeFinding:
    """The change in mean standing from the first to the last year, decomposed over each student factor.

    Parameters
    ----------
    first, last : str
        School years compared; empty where they cannot be printed.
    """

    school: School
    settings: Settings
    target: Target
    first: str
    last: str
    changes: tuple[FactorChange, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return "Who the students are, or how they do"

    def sentence(self) -> str:
        """The change, and how much of it is due to a different mix of students."""
        label = self.target.indicator.label
        known = self._known()
        if not known:
            return cannot_say(
                f"whether a change in {label} is one of students or of performance",
                reason="there are too few students or classrooms in the first or the last year",
            )
        total = known[0][1].total
        most = max(known, key=lambda pair: abs(pair[1].mix.estimate))
        mix = most[1].mix
        told = (
            "so a different mix of students explains little of it"
            if abs(mix.estimate) < abs(total.estimate) / 4
            else "so part of it goes with who the students are"
            if not mix.ci_low <= 0 <= mix.ci_high
            else "but that part cannot be told apart from noise"
        )
        change = "rose" if total.ci_low > 0 else "fell" if total.ci_high < 0 else "did not change beyond noise"
        years = f"Between {format_school_year(self.first)} and {format_school_year(self.last)}"
        return (
            f"{years}, mean standing in {label} {change}: {_signed(total)} {self.settings.population} standard "
            f"deviations "
            f"({likely_between(low=total.ci_low, high=total.ci_high)}). The largest part that goes with a "
            "different mix of "
            f"students is {_signed(mix)}, by {most[0].label}, {told}. See @fig-{NAME} and @tbl-{NAME}."
        )

    def answer(self) -> str:
        """Whether standing changed."""
        return self.sentence().split(" The largest part")[0].split(" See @")[0] if self._known() else ""

    def figure(self) -> Figure | None:
        """The change and its parts for the factor with the largest mix."""
        known = self._known()
        if not known:
            return None
        factor, change = max(known, key=lambda pair: abs(pair[1].mix.estimate))
        parts = [
            Part(label=f"Who: a different mix by {factor.label}", kind="mix", **_limits(change.mix)),
            Part(label="How: different standing within groups", kind="rate", **_limits(change.rate)),
            Part(label="Total change", kind="total", **_limits(change.total)),
        ]
        return draw_decomposition(
            name=NAME,
            caption=(
                f"Change in standing in {self.target.indicator.label} from {format_school_year(self.first)} to "
                f"{format_school_year(self.last)}, by {factor.label}: {_signed(change.mix)} goes with who the "
                "students are, "
                f"{_signed(change.rate)} with how they do."
            ),
            parts=parts,
            x_label=f"Change in mean standing, {self.settings.population} standard deviations",
            limits=(-1.0, 1.0),
            less="lower than before",
            more="higher than before",
        )

    def table(self) -> Table | None:
        """Mix and rate of every factor of students."""
        if not self.changes or not self.first:
            return None
        titles = (
            "Factor",
            "Total change (likely range)",
            "Mix: who (likely range)",
            "Rate: how (likely range)",
        )
        return Table(
            name=NAME,
            caption=(
                f"Change in mean standing in {self.target.indicator.label}, {format_school_year(self.first)} to "
                f"{format_school_year(self.last)}, in {self.settings.population} standard deviations."
            ),
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(one) for one in self.changes),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "Mix counts a group of students that comes or goes; rate counts a change within groups. What is "
            "due to both at "
            "once is shared equally. Students whose group is not known are a group of their own.",
        )

    def records(self) -> tuple[Record, ...]:
        """Total, mix and rate of every factor."""
        records = []
        for one in self.changes:
            for name in ("total", "mix", "rate"):
                value: Estimate | None = getattr(one.change, name) if one.change else None
                records.append(
                    Record(
                        finding=f"change_{name}",
                        requirement="R13",
                        district_id=self.school.district_id,
                        school_id=self.school.school_id,
                        school_year=self.last or None,
                        domain=self.target.indicator.domain,
                        measure=self.target.indicator.measure,
                        group=one.factor.id,
                        method=METHOD,
                        design="descriptive",
                        estimate=value.estimate if value else None,
                        unit=f"{self.settings.population} SD since {self.first}"
                        if self.first
                        else f"{self.settings.population} SD",
                        std_error=value.std_error if value else None,
                        ci_low=value.ci_low if value else None,
                        ci_high=value.ci_high if value else None,
                        ci_level=value.ci_level if value else None,
                        n_clusters=one.change.n_clusters if one.change else None,
                        status="ok" if value else "not_estimable" if self.first else "withheld",
                        reason=one.reason or None,
                    )
                )
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _known(self) -> list[tuple[Factor, MeanChange]]:
        return [(one.factor, one.change) for one in self.changes if one.change is not None]

    def _write_row(self, one: FactorChange) -> tuple[str, ...]:
        if one.change is None:
            return (one.factor.label, *["–"] * 3)
        parts = (one.change.total, one.change.mix, one.change.rate)
        return (
            one.factor.label,
            *(format_with_interval(part.estimate, low=part.ci_low, high=part.ci_high, signed=True) for part in parts),
        )


def find_change(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> ChangeFinding:
    """Decompose a school's change in standing into who the students are and how they do.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Factors that vary between students, confidence level.
    comparison : Comparison
        Norms and what may be printed.
    measure : str
        The measure; empty: the most concerning trend.

    Returns
    -------
    ChangeFinding
        One result per factor of students.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    target = choose_target(district, school_id=school_id, settings=settings, comparison=comparison, measure=measure)
    school = name_school(district, school_id=school_id)
    factors = [factor for factor in settings.factors if factor.level == "student"]
    first, last = _find_years(comparison, school=school, target=target)
    scores = place_scores(
        district.table, indicator=target.indicator, norms=comparison.frame("norms"), settings=settings
    )
    scores = scores[scores["school_id"] == school_id].reset_index(drop=True)
    return ChangeFinding(
        school=school,
        settings=settings,
        target=target,
        first=first,
        last=last,
        changes=tuple(
            _decompose(district, scores=scores, factor=factor, first=first, last=last, ci_level=settings.ci_level)
            for factor in factors
        ),
    )


def _find_years(comparison: Comparison, *, school: School, target: Target) -> tuple[str, str]:
    levels = of_school(comparison.frame("levels"), school=school, measure=target.indicator.measure, group=ALL)
    years = sorted(levels.loc[levels["status"] == "ok", "school_year"].unique())
    return (years[0], years[-1]) if len(years) > 1 else ("", "")


def _decompose(
    district: District, *, scores: pd.DataFrame, factor: Factor, first: str, last: str, ci_level: float
) -> FactorChange:
    if not first:
        return FactorChange(factor=factor, change=None, reason="too few students to print in all years but one")
    try:
        rows = add_factor(district.table, scores=scores, factor=factor)
        rows = rows[rows["standing"].notna() & rows["school_year"].isin([first, last])]
        change = decompose_change(
            outcome=rows["standing"].to_numpy(dtype="float64"),
            later=(rows["school_year"] == last).to_numpy(),
            categories=rows["category"].fillna(UNKNOWN).to_numpy(dtype=object).astype("U"),
            clusters=rows["teacher"].to_numpy(dtype=object).astype("U"),
            ci_level=ci_level,
        )
    except DataError as error:
        return FactorChange(factor=factor, change=None, reason=error.problem)
    except TooFewError as error:
        return FactorChange(factor=factor, change=None, reason=str(error))
    return FactorChange(factor=factor, change=change, reason="")


def _signed(value: Estimate) -> str:
    return format_signed(value.estimate, low=value.ci_low, high=value.ci_high)


def _limits(value: Estimate) -> dict[str, Any]:
    return {"estimate": value.estimate, "low": value.ci_low, "high": value.ci_high}
