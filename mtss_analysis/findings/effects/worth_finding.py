"""Whether an intervention was delivered, whether its effect is worthwhile, for whom, and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_finding import DesignFinding, find_designs
from mtss_analysis.findings.effects.design_words import say_in_100
from mtss_analysis.findings.effects.worth_records import NOT_KNOWN, record_worth
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import count_units
from mtss_analysis.findings.settings import Settings, StudentGroup
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    certainty,
    format_count,
    format_number,
    format_p,
    format_percent,
    format_with_interval,
    join_words,
    likely_between,
)

NOT_COMPUTED = "not computed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorthFinding:
    """Delivery, worth, groups and cost of one intervention and outcome.

    Parameters
    ----------
    effect : DesignFinding
        The effect.
    groups : DataFrame
        How far the effect differs between student groups, one row per group.
    """

    effect: DesignFinding
    groups: pd.DataFrame

    def heading(self) -> str:
        """Heading of its section."""
        effect = self.effect
        return f"Delivered, worthwhile, for whom, at what cost: {effect.question.label}, {effect.indicator.label}"

    def sentence(self) -> str:
        """Delivery first, then worth, groups, cost."""
        if not self._has_rows():
            return f"Nothing is recorded of {self.effect.question.label}."
        parts = [
            self._say_delivery(),
            # That it fell short, or that nobody took part, is told with the effect.
            self.effect.say_delivery_here() if self.effect.is_delivered_here and self._is_here() else "",
            self._say_worth(),
            *self._say_groups(),
            self._say_cost(),
        ]
        return " ".join(part for part in parts if part) + f" See @tbl-{self._name}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """One row per question that a decision needs."""
        if not self._has_rows():
            return None
        return Table(
            name=self._name,
            caption=f"What a decision on {self.effect.question.label} needs to know, {self.effect.indicator.label}.",
            columns=(Column(title="What"), Column(title="All schools"), Column(title="This school")),
            rows=tuple(self._list_rows()),
            note="Fidelity and dose describe; they do not explain an effect. Effects are by intention to treat "
            "or by the design "
            "named above.",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        prior = "" if not self._has_rows() else str(self.effect.rungs[0].row["prior"])
        kept = [f"The probability of a worthwhile effect rests on a prior: {prior}."] if prior else []
        if len(self.groups):
            kept.append(
                "Groups are compared by the difference between their effects, with q-values over all "
                f"{int(self.groups['family_size'].iloc[0])} such differences of the run; an effect found in one group "
                "and not in another is no difference between them."
            )
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Delivery, worth, groups and cost."""
        return tuple(record_worth(self)) if self._has_rows() else ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def say_group(self, row: pd.Series, group: StudentGroup) -> str:
        """Say whether the effect differs between two groups."""
        unit = self.effect.indicator.unit
        name = f"{group.focus_label} and {group.reference_label}"
        if pd.isna(row["estimate"]):
            return f"Whether the effect differs between {name} cannot be told: {row['reason']}."
        low, high = float(row["ci_low"]), float(row["ci_high"])
        size = count_units(format_number(abs(float(row["estimate"])), decimals=1), unit=unit)
        within = likely_between(low=low, high=high)
        if not self._is_told(row):
            return f"Whether the effect differs between {name} cannot be told (difference {within})."
        side = "larger" if row["estimate"] > 0 else "smaller"
        return f"The effect was {size} {side} for {group.focus_label} than for {group.reference_label} ({within})."

    @property
    def _name(self) -> str:
        return f"worth-{self.effect.name.removeprefix('design-')}"

    def _is_here(self) -> bool:
        return self.effect.delivered_here.n_served != 0

    def _has_rows(self) -> bool:
        return bool(self.effect.rungs)

    def _number(self, name: str) -> float | None:
        return self.effect.rungs[0].number(name)

    def _say_delivery(self) -> str:
        all_schools, least = self.effect.delivered, self.effect.question.fidelity_criterion_pct
        if all_schools.fidelity_pct is None:
            return "How faithfully it was delivered is not recorded."
        dose = all_schools.dose_pct
        minutes = f" and {format_percent(dose)} of the planned minutes were delivered" if dose is not None else ""
        side = "reaches" if self.effect.is_delivered else "does not reach"
        return (
            f"Over all schools fidelity was {format_percent(all_schools.fidelity_pct)}{minutes}, which {side} the "
            f"{format_percent(least)} that is asked for."
        )

    def _say_worth(self) -> str:
        probability = self._number("worthwhile")
        if probability is None or self.effect.chosen is None:
            return ""
        if not self.effect.is_delivered:
            return ""
        least = self.effect.question.minimum_worthwhile_sd
        return (
            f"That the effect is worth the trouble, at least {format_number(least, decimals=2)} standard "
            "deviations, is "
            f"{certainty(probability)} ({say_in_100(probability)})."
        )

    def _say_groups(self) -> list[str]:
        """Say each difference that is told, and of the others in one sentence that they are not."""
        known = [(row, group) for row, group in self.list_groups() if pd.notna(row["estimate"])]
        told = [self.say_group(row, group) for row, group in known if self._is_told(row)]
        open_ones = [
            f"between {group.focus_label} and {group.reference_label}" for row, group in known if not self._is_told(row)
        ]
        if open_ones:
            told.append(f"Whether the effect differs {join_words(open_ones, last='or')} cannot be told.")
        return told

    def _is_told(self, row: pd.Series) -> bool:
        return not row["ci_low"] <= 0 <= row["ci_high"] and row["q_value"] <= self.effect.settings.false_discovery_rate

    def list_groups(self) -> list[tuple[pd.Series, StudentGroup]]:
        """Rows of groups with the words for them."""
        by_column = {str(row["column"]): row for _, row in self.groups.iterrows()}
        return [(by_column[one.column], one) for one in self.effect.settings.groups if one.column in by_column]

    def _say_cost(self) -> str:
        cost = self._number("cost")
        if cost is None:
            return ""
        staff = "" if self.effect.rungs[0].row["cost_with_staff"] else ", staff not counted"
        told = f"It costs about ${format_number(cost, decimals=0)} per student and year{staff}"
        if self._number("cost_per_sd") is None:
            return f"{told}; what a unit of effect costs is not computed: {self.effect.rungs[0].row['cost_reason']}."
        per = [format_number(self._number(name), decimals=0) for name in ("cost_per_sd", "cost_low", "cost_high")]
        return f"{told}, or ${per[0]} per standard deviation of effect (likely between ${per[1]} and ${per[2]})."

    def _list_rows(self) -> list[tuple[str, str, str]]:
        everywhere, here = self.effect.delivered, self.effect.delivered_here
        unit = self.effect.indicator.unit
        hidden = "withheld" if here.withheld else NOT_KNOWN if self._is_here() else "–"
        rows = [
            ("Students served", _or(everywhere.n_served, format_count), _or(here.n_served, format_count, hidden)),
            ("Fidelity", _or(everywhere.fidelity_pct, format_percent), _or(here.fidelity_pct, format_percent, hidden)),
            ("Minutes delivered of those planned", _or(everywhere.dose_pct, format_percent),
             _or(here.dose_pct, format_percent, hidden)),
        ]  # fmt: skip
        if self.effect.chosen is not None:
            rows += [
                (
                    "Percentile points for the average student",
                    _or(self._number("improvement_index"), lambda value: format_number(value, decimals=0, signed=True)),
                    "",
                ),
                ("Probability of a worthwhile effect", _or(self._number("worthwhile"), say_in_100, NOT_COMPUTED), ""),
            ]
            if self._number("meta_mean") is not None:
                told = format_with_interval(
                    self._number("meta_mean"), low=self._number("meta_low"), high=self._number("meta_high"), signed=True
                )
                rows.append((f"Mean of the schools' own estimates, {unit}", told, ""))
            if self._number("prediction_low") is not None:
                low, high = self._number("prediction_low"), self._number("prediction_high")
                told = likely_between(low=low, high=high).removeprefix("likely ")
                rows.append((f"Effect to be expected in another school, {unit}", told, ""))
        if self._number("expected_gain") is not None:
            told = format_number(self._number("expected_gain"), decimals=1, signed=True)
            rows.append((f"Rise to be expected of low scorers without any programme, {unit}", told, ""))
        rows += [
            (f"Effect, {group.focus_label} less {group.reference_label}, {unit} (q)", _write_group(row), "")
            for row, group in self.list_groups()
        ]
        cost = self._number("cost")
        rows.append(("Cost per student and year", _or(cost, lambda value: f"${format_number(value, decimals=0)}"), ""))
        per = self._number("cost_per_sd")
        rows.append(
            (
                "Cost per standard deviation of effect",
                _or(per, lambda value: f"${format_number(value, decimals=0)}", NOT_COMPUTED),
                "",
            )
        )
        return [(what, everywhere, here or "–") for what, everywhere, here in rows]


def find_worth(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[WorthFinding, ...]:
    """Find whether interventions were delivered and worthwhile, for whom, and at what cost.

    Parameters
    ----------
    district : District
        The school's slice; it names the school.
    school_id : str
        Which school.
    settings : Settings
        Outcomes, groups.
    comparison : Comparison
        The ladders of all questions.

    Returns
    -------
    tuple of WorthFinding
        One per question and outcome.

    Raises
    ------
    DataError
        The district has no such school.
    """
    frame = comparison.frame("group_effects")
    found = []
    for effect in find_designs(district, school_id=school_id, settings=settings, comparison=comparison):
        groups = frame
        if len(frame):
            groups = frame[
                (frame["intervention_id"] == effect.question.intervention_id)
                & (frame["measure"] == effect.indicator.measure)
            ]
        found.append(WorthFinding(effect=effect, groups=groups if effect.chosen is not None else frame.iloc[:0]))
    return tuple(found)


def _write_group(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return NOT_COMPUTED
    told = format_with_interval(
        float(row["estimate"]), low=float(row["ci_low"]), high=float(row["ci_high"]), signed=True
    )
    return f"{told}, q {format_p(float(row['q_value']))}"


def _or(value: float | None, write: Callable[[Any], str], otherwise: str = NOT_KNOWN) -> str:
    return otherwise if value is None else write(value)
