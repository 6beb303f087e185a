"""Whether an intervention was delivered, whether its effect is worthwhile, for whom, and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_finding import DesignFinding, find_designs
from mtss_analysis.findings.effects.design_words import capitalise, say_in_100
from mtss_analysis.findings.effects.worth_records import NOT_KNOWN, record_worth
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import count_units
from mtss_analysis.findings.settings import Settings, StudentGroup
from mtss_analysis.show import (
    Figure,
    Table,
    certainty,
    format_count,
    format_number,
    format_percent,
    format_with_interval,
    join_words,
    likely_between,
)

NOT_COMPUTED = "not computed"
NOTHING = "–"


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
        if not self.is_known:
            return f"Nothing is recorded of {self.effect.question.label}."
        parts = [
            self._say_delivery(),
            # That it fell short, or that nobody took part, is told with the effect.
            self.effect.say_delivery_here() if self.effect.is_delivered_here and self._is_here() else "",
            self._say_worth(),
            *self._say_groups(),
            self._say_cost(),
        ]
        return " ".join(part for part in parts if part)

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """All questions stand in one table, see ``together_findings``."""
        return None

    def write_decision(self) -> tuple[str, ...]:
        """Write what a decision needs to know as cells of the table of all questions."""
        effect, here = self.effect, self.effect.delivered_here
        hidden = "withheld" if here.withheld else NOT_KNOWN if self._is_here() else ""
        cost, per = self._number("cost"), self._number("cost_per_sd")
        money = NOTHING if cost is None else f"${format_number(cost, decimals=0)}"
        per_sd = NOT_COMPUTED
        if per is not None:
            low, high = (format_number(self._number(name), decimals=0) for name in ("cost_low", "cost_high"))
            per_sd = f"${format_number(per, decimals=0)} ({low} to {high})"
        return (
            f"{capitalise(effect.question.label)}, {effect.indicator.label}",
            _write_beside(effect.delivered.n_served, _or(here.n_served, format_count, hidden), write=format_count),
            _write_beside(effect.delivered.fidelity_pct, _or(here.fidelity_pct, format_percent, hidden)),
            _write_beside(effect.delivered.dose_pct, _or(here.dose_pct, format_percent, hidden)),
            *self._write_size(),
            money,
            per_sd,
        )

    def say_worth_short(self) -> str:
        """Say how probable a worthwhile effect of this intervention is; empty where no verdict is given."""
        probability = self._number("worthwhile")
        if probability is None or not self._say_worth():
            return ""
        least = format_number(self.effect.question.minimum_worthwhile_sd, decimals=2)
        return (
            f"{certainty(probability)} for {self.effect.question.label} and {self.effect.indicator.label} "
            f"({say_in_100(probability)}; at least {least} standard deviations)"
        )

    def say_groups_told(self) -> list[str]:
        """Say each difference between groups that is told."""
        return [self.say_group(row, group) for row, group in self.list_groups() if self._is_told(row)]

    def count_tested(self) -> int:
        """Count the differences between groups that were tested."""
        return sum(bool(pd.notna(row["estimate"])) for row, _ in self.list_groups())

    def find_prior(self) -> str:
        """Give the prior behind the probability of a worthwhile effect; empty where there is none."""
        return str(self.effect.rungs[0].row["prior"]) if self.is_known and self._say_worth() else ""

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        prior = "" if not self.is_known else str(self.effect.rungs[0].row["prior"])
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
        return tuple(record_worth(self)) if self.is_known else ()

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
    def is_known(self) -> bool:
        """Whether anything is recorded of it."""
        return bool(self.effect.rungs)

    def _is_here(self) -> bool:
        return self.effect.delivered_here.n_served != 0

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

    def _write_size(self) -> tuple[str, str, str]:
        """Percentile points, the mean of the schools' own estimates, and the range for another school."""
        if self.effect.chosen is None:
            return (NOTHING, NOTHING, NOTHING)
        points = _or(self._number("improvement_index"), lambda value: format_number(value, decimals=0, signed=True))
        mean, low, high = (self._number(name) for name in ("meta_mean", "meta_low", "meta_high"))
        own = NOTHING if mean is None else format_with_interval(mean, low=low, high=high, signed=True)
        ends = (self._number("prediction_low"), self._number("prediction_high"))
        told = NOTHING if ends[0] is None else likely_between(low=ends[0], high=ends[1])
        return (points, own, told.removeprefix("likely between ").replace(" and ", " to "))


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


def _write_beside(everywhere: float | None, here: str, *, write: Callable[[Any], str] = format_percent) -> str:
    """Write all schools' number with this school's in brackets."""
    told = NOT_KNOWN if everywhere is None else write(everywhere)
    return f"{told} ({here})" if here and not (everywhere is None and here == NOT_KNOWN) else told


def _or(value: float | None, write: Callable[[Any], str], otherwise: str = NOT_KNOWN) -> str:
    return otherwise if value is None else write(value)
