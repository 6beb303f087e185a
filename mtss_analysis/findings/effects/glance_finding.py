"""All interventions of a school at a glance: the effect everywhere and here, delivery, worth, and the evidence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mtss_analysis.findings.effects.design_finding import DesignFinding
from mtss_analysis.findings.effects.design_rows import Rung
from mtss_analysis.findings.effects.design_words import NAMES, capitalise, say_in_100
from mtss_analysis.findings.effects.finding import EffectFinding
from mtss_analysis.findings.layout import Finding, Note
from mtss_analysis.findings.record import Record
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    draw_intervals,
    format_percent,
    format_with_interval,
    join_words,
)
from mtss_analysis.stats import Estimate, Interval

TITLES = (
    "Intervention and outcome",
    "All schools (likely range)",
    "This school (likely range)",
    "Fidelity here",
    "Worth it",
    "Evidence",
)
NOTE = (
    "This school: a best guess that draws on all schools. Worth it: how probable it is that the effect in all schools "
    "exceeds the smallest worthwhile one. Evidence: the design used and the ESSA tier of all schools together; one "
    "school can reach Tier 3 at most."
)
NOTHING = "–"
ALONE = frozenset({"discontinuity", "weighted", "growth"})
"""Designs within schools, which can give a school an estimate of its own."""
FEW = 2
"""Effects up to which the opening says each with its number."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GlanceFinding:
    """What the chapter says of each intervention, in one table.

    Parameters
    ----------
    designs : tuple of DesignFinding
        One per question and outcome.
    randomised : tuple of EffectFinding
        Those that chance decided, which have estimates of schools of their own.
    """

    designs: tuple[DesignFinding, ...]
    randomised: tuple[EffectFinding, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return "At a glance"

    def sentence(self) -> str:
        """Where to look; the chapter's opening has said the rest."""
        if not self.designs:
            return self.answer()
        count = len(self.designs)
        asked = "One effect was asked about" if count == 1 else f"{count} effects were asked about"
        drawn = f"@fig-{self._name} and " if self._list_sizes() else ""
        return f"{asked}; the sections that follow take them one by one. See {drawn}@tbl-{self._name}."

    def answer(self) -> str:
        """What can be told, what cannot, and what was not delivered here."""
        if not self.designs:
            return "No intervention was asked about, so there is no effect to report."
        if len(self.designs) <= FEW:
            every: tuple[Finding, ...] = (*self.randomised, *self.designs)
            return " ".join(text for one in every if (text := one.answer()))
        labels: dict[str, list[str]] = {"better": [], "worse": [], "open": [], "none": [], "undelivered": []}
        for one in self.designs:
            labels[_judge(one)].append(f"{one.question.label} ({one.indicator.label})")
        told = {
            "better": "In all schools together students did better with {}.",
            "worse": "In all schools together students did worse with {}.",
            "open": "Whether they did better or worse cannot be told for {}.",
            "none": "No comparison holds for {}, so nothing is said of an effect there.",
            "undelivered": "No verdict is given on {}, which fell short of the design in all schools together.",
        }
        said = [sentence.format(join_words(labels[kind])) for kind, sentence in told.items() if labels[kind]]
        short = list(
            dict.fromkeys(one.question.label for one in self.designs if one.is_delivered and not one.is_delivered_here)
        )
        if short:
            said.append(f"In this school no verdict is given on {join_words(short)}, which fell short of the design.")
        return " ".join(said)

    def figure(self) -> Figure | None:
        """The sizes of all effects on one scale, where there are several."""
        sizes = self._list_sizes()
        if not sizes:
            return None
        reach = max(abs(end) for row in sizes for end in (row.low, row.high) if end is not None)
        limit = math.ceil(10 * reach) / 10
        return draw_intervals(
            name=self._name,
            caption="Sizes of the effects in all schools, better to the right; interventions without a verdict are "
            "left out.",
            rows=sizes,
            x_label="Effect in all schools, standard deviations of students",
            limits=(-limit, limit),
            lines=[ReferenceLine(value=0.0, label="no effect")],
            less="worse with it",
            more="better with it",
            signed=True,
        )

    def table(self) -> Table | None:
        """One row per intervention and outcome."""
        if not self.designs:
            return None
        return Table(
            name=self._name,
            caption="Interventions at a glance: effect, delivery, worth and evidence.",
            columns=tuple(Column(title=title, align="right" if place in {1, 2, 3} else "left")
                          for place, title in enumerate(TITLES)),
            rows=tuple(self._write_row(one) for one in self.designs),
            note=NOTE,
        )  # fmt: skip

    def caveats(self) -> tuple[str, ...]:
        """Nothing beside what the sections say."""
        return ()

    def records(self) -> tuple[Record, ...]:
        """Nothing beside what the sections record."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one beside what the sections note."""
        return ()

    @property
    def _name(self) -> str:
        return "effects-at-a-glance"

    def _list_sizes(self) -> list[IntervalRow]:
        """List effect sizes with a verdict, turned so that more is better; none where there is but one."""
        rows = []
        for one in self.designs:
            ends = self._find_size(one)
            if ends is None or not one.is_delivered:
                continue
            if one.question.better == "lower":
                ends = (-ends[0], -ends[2], -ends[1])
            label = f"{capitalise(one.question.label)}, {one.indicator.label}"
            rows.append(IntervalRow(label=label, estimate=ends[0], low=ends[1], high=ends[2], role="state"))
        return rows if len(rows) >= FEW else []

    def _find_size(self, one: DesignFinding) -> tuple[float, float, float] | None:
        """Find the effect size with its interval; of a randomised effect in the year that the table shows."""
        found = (None, None, None) if one.chosen is None else tuple(map(one.chosen.number, ("g", "g_low", "g_high")))
        for effect in self.randomised:
            year = effect.school_headline() if is_about(effect, one) else None
            if year is not None and year.pooled is not None:
                found = (year.g, year.g_low, year.g_high)
        g, low, high = found
        return None if g is None or low is None or high is None else (g, low, high)

    def _write_row(self, one: DesignFinding) -> tuple[str, ...]:
        rung, here = one.chosen, one.delivered_here
        fidelity = NOTHING if here.fidelity_pct is None else format_percent(here.fidelity_pct)
        if here.withheld or here.n_served == 0:
            fidelity = "withheld" if here.withheld else "not used here"
        label = f"{capitalise(one.question.label)}, {one.indicator.label} ({one.indicator.unit})"
        if rung is None:
            return (label, NOTHING, NOTHING, fidelity, NOTHING, "no comparison holds")
        everywhere = _write(_read(rung, ci_level=one.settings.ci_level))
        own, withheld, tier = one.own.shrunken, one.own.withheld and rung.design in ALONE, rung.number("essa_tier")
        for effect in self.randomised:
            year = effect.school_headline() if is_about(effect, one) else None
            if year is not None and year.pooled is not None:
                # All schools stand beside the school in the same year.
                everywhere, own, withheld, tier = _write(year.pooled), year.shrunken, year.withheld, year.essa_tier
        worth = rung.number("worthwhile")
        return (
            label,
            everywhere,
            "no verdict" if not one.is_delivered_here else "withheld" if withheld else _write(own),
            fidelity,
            NOTHING if worth is None or not one.is_delivered else say_in_100(worth),
            f"{NAMES[rung.design]}, {'no tier' if tier is None else f'Tier {tier:.0f}'}",
        )


def find_glance(designs: Sequence[DesignFinding], *, randomised: Sequence[EffectFinding]) -> GlanceFinding:
    """Put what the chapter's findings say of each intervention side by side.

    Parameters
    ----------
    designs : sequence of DesignFinding
        From ``find_designs``.
    randomised : sequence of EffectFinding
        From ``find_effects``.

    Returns
    -------
    GlanceFinding
        Of the same school.
    """
    return GlanceFinding(designs=tuple(designs), randomised=tuple(randomised))


def _read(rung: Rung, *, ci_level: float) -> Interval:
    value, low, high = (rung.number(name) or 0.0 for name in ("estimate", "ci_low", "ci_high"))
    return Interval(estimate=value, ci_low=low, ci_high=high, ci_level=ci_level)


def _write(value: Interval | Estimate | None) -> str:
    if value is None:
        return NOTHING
    return format_with_interval(value.estimate, low=value.ci_low, high=value.ci_high, signed=True)


def is_about(effect: EffectFinding, design: DesignFinding) -> bool:
    """Say whether two findings are about the same intervention and outcome."""
    return effect.question == design.question and effect.indicator == design.indicator


def _judge(one: DesignFinding) -> str:
    """Put an intervention with its kind: better, worse, open, none or undelivered."""
    rung = one.chosen
    if rung is None:
        return "none"
    if not one.is_delivered:
        return "undelivered"
    if not one.is_told:
        return "open"
    higher = (rung.number("estimate") or 0.0) > 0
    return "better" if higher != (one.question.better == "lower") else "worse"
