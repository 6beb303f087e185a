"""What an intervention did by the strongest design that holds, the other designs beside it, and this school's share."""

from dataclasses import dataclass, replace

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_figure import draw_design
from mtss_analysis.findings.effects.design_notes import note_design
from mtss_analysis.findings.effects.design_records import record_design
from mtss_analysis.findings.effects.design_rows import (
    Delivered,
    OwnEffect,
    Rung,
    read_delivery,
    read_own,
    read_rungs,
)
from mtss_analysis.findings.effects.design_table import tabulate_designs
from mtss_analysis.findings.effects.design_words import COMPARED, EXPLAINED, NAMES, capitalise, leave_out_design
from mtss_analysis.findings.effects.questions import read_questions
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, count_units, name_school
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Settings
from mtss_analysis.show import (
    Figure,
    Table,
    cannot_say,
    format_estimate,
    format_number,
    format_percent,
    format_signed,
    likely_between,
)

LEAST_WEEKS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignFinding:
    """The design ladder of one intervention and one outcome.

    Parameters
    ----------
    rungs : tuple of Rung
        Designs that were tried, the chosen one first.
    own : OwnEffect
        This school.
    delivered, delivered_here : Delivered
        In all schools, and in this one.
    undelivered : tuple of str
        All interventions that this school did not deliver as designed, if this finding says so on page one.
    """

    school: School
    settings: Settings
    question: EffectQuestion
    indicator: Indicator
    rungs: tuple[Rung, ...]
    own: OwnEffect
    delivered: Delivered
    delivered_here: Delivered
    undelivered: tuple[str, ...] = ()

    @property
    def chosen(self) -> Rung | None:
        """The strongest design that holds and may be printed."""
        return self.rungs[0] if self.rungs and self.rungs[0].is_chosen else None

    @property
    def name(self) -> str:
        """Slug of its figure and tables."""
        return f"design-{self.question.intervention_id}-{self.indicator.measure}".replace("_", "-").lower()

    @property
    def is_delivered(self) -> bool:
        """Whether it was delivered as designed in all schools together, as far as is recorded."""
        return self.delivered.reaches(self.question)

    @property
    def is_delivered_here(self) -> bool:
        """Whether it was delivered as designed in this school, as far as is recorded and may be printed."""
        return self.delivered_here.reaches(self.question)

    @property
    def is_told(self) -> bool:
        """Whether the effect is told apart from none, after control for how many were asked about."""
        rung = self.chosen
        if rung is None:
            return False
        low, high, q_value = (rung.number(name) for name in ("ci_low", "ci_high", "q_value"))
        told = low is not None and high is not None and not low <= 0 <= high
        return told and (q_value is None or q_value <= self.settings.false_discovery_rate)

    def heading(self) -> str:
        """Heading of its section."""
        label = capitalise(self.question.label)
        if self.is_random():
            return f"The design behind it: {self.question.label}, {self.indicator.label}"
        return f"{label} and {self.indicator.label}"

    def sentence(self) -> str:
        """The effect, its design, this school's share, and what stands beside it."""
        if not self.rungs:
            return self._say_nothing("nothing is recorded of it")
        if self.is_random() and self.chosen is not None:
            return f"{self._say_design()} {self._say_checks()}".strip()
        return " ".join(part for part in (self.say_effect(), self._say_school()) if part)

    def answer(self) -> str:
        """The effect in one or two sentences; a randomised one is told before."""
        return "" if self.is_random() or not self.rungs else leave_out_design(self.say_effect())

    def say_effect(self) -> str:
        """Say the effect over all schools: number, interval, weeks, design; or why there is none."""
        rung = self.chosen
        if rung is None:
            return self._say_declined()
        size, within = self._say_size(rung)
        who = (
            f"students in {self.question.label}"
            if rung.design != "staggered"
            else f"students of schools with {self.question.label}"
        )
        if not self.is_delivered:
            fidelity, least = self.delivered.fidelity_pct or 0.0, self.question.fidelity_criterion_pct
            return (
                f"No verdict on {self.question.label} can be given, because it was not delivered as designed: "
                "fidelity was "
                f"{format_percent(fidelity)}, and at least {format_percent(least)} is asked for. "
                f"{capitalise(who)} ended "
                f"{size} in {self.indicator.label} {COMPARED[rung.design]} ({within}). {self._say_design()}"
            )
        if not self.is_told:
            told = (
                f"Across all schools, whether {self.question.label} changed {self.indicator.label} cannot be "
                "told: the estimate is "
                f"{self.signed(rung)} ({within})."
            )
            return f"{told} {self._say_design()}"
        weeks = self._say_weeks(rung)
        return (
            f"Across all schools, {who} ended {size} in {self.indicator.label} {COMPARED[rung.design]} ({within}). "
            f"{weeks}{self._say_design()}"
        )

    def figure(self) -> Figure | None:
        """The estimates of all designs that give one, and this school's."""
        return draw_design(self, verdict=self.verdict()) if self.is_drawn() else None

    def table(self) -> Table | None:
        """The designs tried: estimate, size, grade, and why one was not used."""
        return tabulate_designs(self) if self.rungs else None

    def caveats(self) -> tuple[str, ...]:
        """The checks of the chosen design, and what must be kept in mind."""
        rung = self.chosen
        if rung is None:
            return ()
        kept = [f"{capitalise(check.name)}: {check.sentence}" for check in rung.checks]
        if rung.number("wild_p") is not None:
            kept.append(self._say_wild(rung))
        kept.append("One school can reach ESSA Tier 3 at most, whatever its estimate.")
        return tuple(kept)

    def warn(self) -> tuple[str, ...]:
        """Say what speaks against the chosen design: checks that do not hold or could not be made, few schools."""
        rung = self.chosen
        if rung is None:
            return ()
        # Chance makes groups alike also where no score from before shows it.
        against = (False,) if rung.design == "randomised" else (False, None)
        kept = [f"{capitalise(check.name)}: {check.sentence}" for check in rung.checks if check.passed in against]
        if rung.number("wild_p") is not None and not self._is_same_by_wild(rung):
            kept.append(self._say_wild(rung))
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Every design tried, the school's own estimates, and all schools' together."""
        sentence = "" if self.is_random() else self.say_effect()
        return record_design(self, sentence=sentence, verdict=self.verdict())

    def notes(self) -> tuple[Note, ...]:
        """The effect for page one, and what needs attention where it was not delivered as designed."""
        return note_design(self)

    def say_delivery_here(self) -> str:
        """Say how it was delivered in this school."""
        here, least = self.delivered_here, self.question.fidelity_criterion_pct
        if here.withheld:
            return "How it was delivered in this school is withheld, because too few students took part."
        if here.n_served == 0:
            return f"Nobody of this school is recorded as taking part in {self.question.label}."
        if here.fidelity_pct is None:
            return "How faithfully it was delivered in this school is not recorded."
        if self.is_delivered_here:
            return (
                f"In this school {self.question.label} reached a fidelity of "
                f"{format_percent(here.fidelity_pct)}, above the "
                f"{format_percent(least)} that is asked for."
            )
        return here.say_short(self.question)

    def is_random(self) -> bool:
        """Whether chance decided, and the comparison of its arms is what is used."""
        return bool(self.rungs) and self.rungs[0].design == "randomised" and self.rungs[0].is_chosen

    def is_drawn(self) -> bool:
        """Whether there is a picture: a design holds and is not shown elsewhere."""
        return self.chosen is not None and not self.is_random()

    def _say_nothing(self, reason: str) -> str:
        return cannot_say(f"what {self.question.label} did for {self.indicator.label}", reason=reason)

    def _say_declined(self) -> str:
        reasons = [
            f"the {NAMES[rung.design]} does not hold, since {rung.row['reason']}"
            for rung in self.rungs
            if rung.row["reason"]
        ]
        told = self._say_nothing("; ".join(reasons) or "too few students stand behind it")
        gain = self.rungs[0].number("expected_gain")
        if gain is None:
            return f"{told} There is no comparison group that holds, so what those students gained is not an effect."
        size = count_units(format_number(gain, decimals=1), unit=self.indicator.unit)
        return (
            f"{told} There is no comparison group that holds, so what those students gained is not an effect: "
            "students chosen "
            f"for low scores would be expected to rise by about {size} towards the mean without any programme."
        )

    def _say_design(self) -> str:
        rung = self.rungs[0]
        note = str(rung.row["note"])
        tier = "no ESSA tier" if rung.number("essa_tier") is None else f"ESSA Tier {rung.number('essa_tier'):.0f}"
        return (
            f"Design: {NAMES[rung.design]}, in which {EXPLAINED[rung.design]}{'; ' + note if note else ''}. It "
            "can be rated "
            f"“{rung.row['rating']}” at best, {tier}."
        )

    def _say_checks(self) -> str:
        failed = [check.sentence for check in self.rungs[0].checks if check.passed is False]
        return " ".join(failed)

    def _say_wild(self, rung: Rung) -> str:
        """Say whether the method for few schools comes to the same verdict."""
        return "Fewer than ten schools stand behind it. The wild bootstrap, which is made for so few, comes to " + (
            "the same verdict." if self._is_same_by_wild(rung) else "another verdict, so take it as open."
        )

    def _is_same_by_wild(self, rung: Rung) -> bool:
        told = (rung.number("wild_p") or 0.0) < 1 - self.settings.ci_level
        low, high = rung.number("ci_low") or 0.0, rung.number("ci_high") or 0.0
        return told == (not low <= 0 <= high)

    def _say_size(self, rung: Rung) -> tuple[str, str]:
        value, low, high = (rung.number(name) for name in ("estimate", "ci_low", "ci_high"))
        size = format_estimate(abs(value or 0.0), low=low, high=high)
        side = "higher" if (value or 0.0) > 0 else "lower"
        return f"{count_units(size, unit=self.indicator.unit)} {side}", likely_between(low=low, high=high)

    def signed(self, rung: Rung) -> str:
        """Write a design's estimate with its sign and unit."""
        value, low, high = (rung.number(name) for name in ("estimate", "ci_low", "ci_high"))
        return count_units(format_signed(value, low=low, high=high), unit=self.indicator.unit)

    def _say_weeks(self, rung: Rung) -> str:
        growth, value = rung.number("weekly_growth"), rung.number("estimate")
        if not growth or value is None:
            return ""
        weeks = abs(value) / growth
        if weeks < LEAST_WEEKS:
            return "That is less than a week of typical growth. "
        count = format_number(weeks, decimals=0)
        return f"That is about {count} {'week' if count == '1' else 'weeks'} of typical growth. "

    def _say_school(self) -> str:
        rung = self.chosen
        if rung is None or rung.design == "single_case":
            return ""
        own = self.own
        if self.delivered_here.n_served == 0:
            return self.say_delivery_here()
        if own.withheld:
            return "For this school alone the numbers are withheld, because too few students stand behind them."
        if self.delivered_here.fidelity_pct is not None and not self.is_delivered_here:
            return self.say_delivery_here()
        value = own.shrunken or own.own
        if value is None:
            return f"For this school alone the effect cannot be estimated: {own.reason}."
        size = count_units(
            format_signed(value.estimate, low=value.ci_low, high=value.ci_high), unit=self.indicator.unit
        )
        guess = (
            "the best guess, which draws on all schools,"
            if own.shrunken
            else "the estimate from its own students alone"
        )
        open_end = ", so it cannot be told apart from no effect" if value.ci_low <= 0 <= value.ci_high else ""
        return f"For this school {guess} is {size} ({likely_between(low=value.ci_low, high=value.ci_high)}){open_end}."

    def verdict(self) -> str:
        """Say the verdict in a few words, for captions and records."""
        rung = self.chosen
        if rung is None:
            return "not an effect: no comparison group that holds"
        if not self.is_delivered:
            return "no verdict: not delivered as designed"
        if not self.is_told:
            return "cannot be told apart from no effect"
        better = (rung.number("estimate") or 0.0) * (-1 if self.question.better == "lower" else 1) > 0
        return (
            "told apart from no effect, in the favourable direction"
            if better
            else "told apart from no effect, in the unfavourable direction"
        )


def find_designs(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[DesignFinding, ...]:
    """Find what every intervention did by the strongest design that holds.

    Parameters
    ----------
    district : District
        The school's slice; it names the school.
    school_id : str
        Which school.
    settings : Settings
        Outcomes, false-discovery rate.
    comparison : Comparison
        The ladders of all questions.

    Returns
    -------
    tuple of DesignFinding
        One per question and outcome, in the order of the run file.

    Raises
    ------
    DataError
        The district has no such school.
    """
    school = name_school(district, school_id=school_id)
    findings = [
        DesignFinding(
            school=school,
            settings=settings,
            question=question,
            indicator=settings.indicator(measure),
            rungs=read_rungs(comparison, intervention_id=question.intervention_id, measure=measure),
            own=read_own(
                comparison,
                school=school,
                intervention_id=question.intervention_id,
                measure=measure,
                ci_level=settings.ci_level,
            ),
            delivered=read_delivery(comparison, school=None, intervention_id=question.intervention_id),
            delivered_here=read_delivery(comparison, school=school, intervention_id=question.intervention_id),
        )
        for question in read_questions(comparison.frame("questions"))
        for measure in question.outcomes
    ]
    short = [place for place, one in enumerate(findings) if not one.is_delivered_here]
    if short:
        labels = tuple(dict.fromkeys(findings[place].question.label for place in short))
        findings[short[0]] = replace(findings[short[0]], undelivered=labels)
    return tuple(findings)
