"""Which declared factors go with a school's standing and its change."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.disclosure import WITHHELD_MARK
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.drill import FactorResult, drill_down
from mtss_analysis.findings.root_causes.splits import CategoryMean
from mtss_analysis.findings.root_causes.target import Target, choose_target
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    count_of,
    draw_intervals,
    format_estimate,
    format_p,
    format_with_interval,
    join_words,
    likely_between,
)

NAME = "factors"
METHOD = "within school and year; CR2 clustered by teacher; HTZ test; Benjamini-Hochberg over factors"
LIMITS = (-1.0, 1.0)
LEAST_DF = 4.0
MARK_NOTE = (
    f"{WITHHELD_MARK} (dagger): withheld, because fewer students or teachers than may be printed stand behind "
    "it, or because "
    "it would give such a number away. It does not mean zero, and it does not mean missing."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrillFinding:
    """A drill-down of one trend over the declared factors."""

    school: School
    settings: Settings
    target: Target
    results: tuple[FactorResult, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return f"Which factors go with standing in {self.target.indicator.label}"

    def sentence(self) -> str:
        """Which factors stand apart, or that none does."""
        label = self.target.indicator.label
        opening = f"We look at {label}, {self.target.reason}."
        rate = self.settings.false_discovery_rate
        judged = [one for one in self.results if one.level_q is not None or one.trend_q is not None]
        if not judged:
            return (
                opening
                + " "
                + cannot_say(
                    f"which factors go with standing in {label}",
                    reason="no declared factor can be split in this school",
                )
            )
        apart = [one for one in judged if one.stands_apart(rate=rate)]
        tail = f"See @fig-{NAME} and @tbl-{NAME}." if self._rows_drawn() else f"See @tbl-{NAME}."
        if not apart:
            return (
                f"{opening} Of {count_of(len(judged), 'factor')} that can be examined here, not one goes with "
                "standing or "
                f"its change beyond what chance produces. {tail}"
            )
        told = " ".join(self._say(one) for one in apart)
        return f"{opening} {told} The other factors cannot be told apart from noise. {tail}"

    def answer(self) -> str:
        """Which factors stand apart, by name."""
        label = self.target.indicator.label
        rate = self.settings.false_discovery_rate
        apart = [one.factor.label for one in self.results if one.stands_apart(rate=rate)]
        if not apart:
            return f"In {label}, no declared factor can be told apart from noise in this school."
        return (
            f"In {label}, standing in this school goes with {join_words(apart)}; the other factors cannot be "
            "told apart from noise."
        )

    def figure(self) -> Figure | None:
        """Every printable category of every factor against the school's average."""
        rows = self._rows_drawn()
        if not rows:
            return None
        apart = [one.factor.label for one in self.results if one.stands_apart(rate=self.settings.false_discovery_rate)]
        answer = f"{_capital(join_words(apart))} stood apart" if apart else "No factor stood apart from noise"
        return draw_intervals(
            name=NAME,
            caption=f"{answer} in {self.target.indicator.label}, all years together.",
            rows=rows[:40],
            x_label=f"Mean standing against the school's average of the same year, {self.settings.population} "
            f"standard deviations",
            limits=LIMITS,
            lines=[ReferenceLine(value=0.0, label="school's average")],
            less="lower",
            more="higher",
            signed=True,
        )

    def _rows_drawn(self) -> list[IntervalRow]:
        rows: list[IntervalRow] = []
        for result in self.results:
            drawn = [self._draw(one, result) for one in result.categories() if one.category in result.printable]
            if any(row.estimate is not None for row in drawn):
                rows.append(IntervalRow(label=_capital(result.factor.label), heading=True))
                rows.extend(drawn)
        return rows

    def table(self) -> Table | None:
        """How much of the spread each factor goes with."""
        if not self.results:
            return None
        titles = (
            "Factor",
            "Varies between",
            "Can be changed",
            "Share of the spread, % (likely range)",
            "Teachers",
            "q, level",
            "q, change",
            "Verdict",
        )
        return Table(
            name=NAME,
            caption=f"What goes with standing in {self.target.indicator.label} in this school, within years.",
            columns=tuple(
                Column(title=title, align="right" if 2 < place < 7 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(result) for result in self.results),
            note=MARK_NOTE if self._hides_some() else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        kept = [
            "A factor that goes with standing need not bring it about; factors go together, and one school has "
            "few teachers.",
            "Likely ranges allow for teachers: children of one teacher resemble each other, so a school with "
            "few teachers says little about teachers.",
        ]
        kept += [
            f"{_capital(one.factor.label)} cannot be examined here: {_say_why_not(one)}."
            for one in self.results
            if one.level_q is None and one.trend_q is None
        ]
        rough = [
            one
            for result in self.results
            for one in result.categories()
            if one.deviation is not None and one.deviation.df < LEAST_DF
        ]
        if rough:
            kept.append("Some likely ranges rest on fewer than four degrees of freedom and are rough.")
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Share of the spread of each factor, and each printable category."""
        return tuple(record for result in self.results for record in self._record(result))

    def notes(self) -> tuple[Note, ...]:
        """Factors that stand apart, for page one."""
        rate = self.settings.false_discovery_rate
        return tuple(
            {"kind": "cause", "measure": self.target.indicator.measure, "sentence": self._say(result)}
            for result in self.results
            if result.stands_apart(rate=rate)
        )

    def _say(self, result: FactorResult) -> str:
        split = result.split
        label = _capital(result.factor.label)
        rate = self.settings.false_discovery_rate
        if split is None:
            return ""
        if result.level_q is None or result.level_q > rate:
            return f"The change from year to year differs with {result.factor.label}."
        share = ""
        if split.share is not None:
            size = format_estimate(split.share.estimate, low=split.share.ci_low, high=split.share.ci_high)
            within = likely_between(low=split.share.ci_low, high=split.share.ci_high)
            share = f", about {size} percent of the spread within a year ({within})"
        printable = [one for one in split.categories if one.category in result.printable and one.deviation is not None]
        sentence = f"{label} goes with standing{share}."
        if len(printable) < 2:
            return sentence
        high = max(printable, key=lambda one: one.deviation.estimate if one.deviation else 0.0)
        low = min(printable, key=lambda one: one.deviation.estimate if one.deviation else 0.0)
        return f"{sentence} {self._say_category(high, result)}, {self._say_category(low, result, begin=False)}."

    def _say_category(self, one: CategoryMean, result: FactorResult, *, begin: bool = True) -> str:
        value = one.deviation
        if value is None:
            return ""
        side = "above" if value.estimate >= 0 else "below"
        size = format_estimate(abs(value.estimate), low=value.ci_low, high=value.ci_high)
        name = result.factor.name_value(one.category)
        return (
            f"{'Highest: ' if begin else 'lowest: '}{name}, {size} {self.settings.population} standard "
            f"deviations {side} the "
            "school's average"
        )

    def _draw(self, one: CategoryMean, result: FactorResult) -> IntervalRow:
        label = result.factor.name_value(one.category)
        if one.deviation is None:
            return IntervalRow(label=label, reason=one.reason)
        return IntervalRow(
            label=label, estimate=one.deviation.estimate, low=one.deviation.ci_low, high=one.deviation.ci_high
        )

    def _write_row(self, result: FactorResult) -> tuple[str, ...]:
        share = result.split.share if result.split else None
        rate = self.settings.false_discovery_rate
        judged = result.level_q is not None or result.trend_q is not None
        verdict = "goes with standing" if result.stands_apart(rate=rate) else "cannot tell"
        teachers = result.split.n_clusters if result.split else None
        return (
            result.factor.label,
            f"{result.factor.level}s",
            "yes" if result.factor.controllable else "no",
            format_with_interval(share.estimate, low=share.ci_low, high=share.ci_high)
            if share
            else format_estimate(None),
            WITHHELD_MARK if teachers is not None and teachers < TEACHERS_PRINTED else str(teachers or "–"),
            format_p(result.level_q),
            format_p(result.trend_q),
            verdict if judged else "cannot be estimated",
        )

    def _hides_some(self) -> bool:
        return any(result.split is not None and result.split.n_clusters < TEACHERS_PRINTED for result in self.results)

    def _record(self, result: FactorResult) -> list[Record]:
        share = result.split.share if result.split else None
        keys: dict[str, Any] = {
            "requirement": "R13",
            "district_id": self.school.district_id,
            "school_id": self.school.school_id,
            "domain": self.target.indicator.domain,
            "measure": self.target.indicator.measure,
            "method": METHOD,
            "design": "association",
        }
        judged = result.level_q is not None
        tests = result.split.level_test if result.split else None
        records = [
            Record(
                **keys,
                finding="factor_share",
                group=result.factor.id,
                estimate=share.estimate if share else None,
                unit="percent of the spread within years",
                ci_low=share.ci_low if share else None,
                ci_high=share.ci_high if share else None,
                ci_level=share.ci_level if share else None,
                p_value=tests.p_value if tests else None,
                q_value=result.level_q,
                family="factors of the school, level and change",
                n_clusters=result.split.n_clusters
                if result.split and result.split.n_clusters >= TEACHERS_PRINTED
                else None,
                verdict="goes with standing"
                if result.stands_apart(rate=self.settings.false_discovery_rate)
                else "cannot tell",
                status="ok" if share or judged else "not_estimable",
                reason=None if share and judged else result.reason or None,
            )
        ]
        for one in result.categories():
            printed = one.category in result.printable
            value = one.deviation if printed else None
            records.append(
                Record(
                    **keys,
                    finding="factor_category",
                    group=f"{result.factor.id}={one.category}",
                    estimate=value.estimate if value else None,
                    unit=f"{self.settings.population} SD from the school's average",
                    std_error=value.std_error if value else None,
                    ci_low=value.ci_low if value else None,
                    ci_high=value.ci_high if value else None,
                    ci_level=value.ci_level if value else None,
                    n_clusters=one.n_teachers if value else None,
                    status="withheld" if not printed else "ok" if value else "not_estimable",
                    reason="too few students or teachers to print" if not printed else one.reason or None,
                )
            )
        return records


TEACHERS_PRINTED = 3


def find_factors(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> DrillFinding:
    """Find which declared factors go with a school's standing.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Factors, confidence level, false-discovery rate, disclosure profile.
    comparison : Comparison
        Norms and shrunken slopes.
    measure : str
        The measure to drill into; empty: the most concerning trend.

    Returns
    -------
    DrillFinding
        One result per factor; "none stands apart" is a legal answer.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    target = choose_target(district, school_id=school_id, settings=settings, comparison=comparison, measure=measure)
    return DrillFinding(
        school=name_school(district, school_id=school_id),
        settings=settings,
        target=target,
        results=drill_down(
            district,
            school_id=school_id,
            indicator=target.indicator,
            settings=settings,
            comparison=comparison,
        ),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _say_why_not(result: FactorResult) -> str:
    """Say why a factor cannot be examined, without the statistician's words."""
    if result.split is None or len(result.split.categories) < 2:
        return result.reason or "the factor is not recorded"
    return "too few teachers stand behind some of its categories"
