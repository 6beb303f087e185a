"""All questions of the chapter side by side: delivery and cost, for whom, the designs that were tried, their checks."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.findings.effects.design_finding import DesignFinding
from mtss_analysis.findings.effects.design_table import NOTE as DESIGNS_NOTE
from mtss_analysis.findings.effects.design_table import TITLES as DESIGN_TITLES
from mtss_analysis.findings.effects.design_table import write_design_rows
from mtss_analysis.findings.effects.design_words import NAMES, capitalise
from mtss_analysis.findings.effects.worth_finding import WorthFinding
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.show import Column, Figure, Table, format_p, format_percent, format_with_interval, join_words

WHAT = "Intervention and outcome"
UNKNOWN = {"–", "not recorded", "not computed"}
HOLDS = {True: "holds", False: "does not hold", None: "could not be checked"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Together:
    """What the tables of all questions have in common: no answer, picture, record or note of their own."""

    designs: tuple[DesignFinding, ...]
    worth: tuple[WorthFinding, ...]

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def caveats(self) -> tuple[str, ...]:
        """Nothing beside what the sections say."""
        return ()

    def records(self) -> tuple[Record, ...]:
        """Nothing beside what the sections record."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()


class DecisionFinding(_Together):
    """Delivery, dose and cost of every intervention, in all schools and here."""

    def heading(self) -> str:
        """Heading of its section."""
        return "Delivered, worthwhile, at what cost"

    def sentence(self) -> str:
        """How likely each is to be worth the trouble, and where the numbers stand."""
        said = [text for one in self.worth if (text := one.say_worth_short())]
        told = f"An effect worth the trouble is {join_words(said)}." if said else ""
        return f"{told} See @tbl-effects-decision.".strip()

    def table(self) -> Table | None:
        """One row per intervention and outcome."""
        titles = (
            WHAT, "Served", "Fidelity", "Minutes", "Points", "Own estimates", "Next school", "Cost a year",
            "Cost per SD",
        )  # fmt: skip
        rows = tuple(one.write_decision() for one in self.worth)
        # A column of which nothing is recorded anywhere would only take the place of the others.
        kept = [place for place in range(len(titles)) if not {row[place] for row in rows} <= UNKNOWN]
        return Table(
            name="effects-decision",
            caption="What a decision needs to know: delivery in all schools (in this one), size in other units, cost.",
            columns=_align(titles, right=range(1, 9), kept=kept),
            rows=tuple(tuple(row[place] for place in kept) for row in rows),
            note=f"Fidelity and dose describe; they do not explain an effect{self._say_asked()}. Served: students; "
            "minutes: delivered of those planned. Points: percentile points of the average student, all schools. Own "
            "estimates: the mean of the schools' own by random effects (likely range); next school: the range to be "
            "expected of the effect in another one. Cost: per student and year, and per standard deviation of effect "
            "(likely range).",
        )

    def _say_asked(self) -> str:
        asked = sorted({one.effect.question.fidelity_criterion_pct for one in self.worth})
        return f"; at least {join_words([format_percent(one) for one in asked])} fidelity is asked for"

    def caveats(self) -> tuple[str, ...]:
        """The prior behind the probabilities."""
        priors = sorted({prior for one in self.worth if (prior := one.find_prior())})
        return tuple(f"The probability of a worthwhile effect rests on a prior: {prior}." for prior in priors)


class WhomFinding(_Together):
    """By how much every effect differs between groups of students."""

    def heading(self) -> str:
        """Heading of its section."""
        return "For whom"

    def sentence(self) -> str:
        """Which differences can be told."""
        told = [text for one in self.worth for text in one.say_groups_told()]
        tested = sum(one.count_tested() for one in self.worth)
        if not told:
            kind = "difference" if tested == 1 else "differences"
            told = [f"None of {tested} {kind} between groups of students can be told from chance."]
        return " ".join([*told, "See @tbl-effects-for-whom."])

    def table(self) -> Table | None:
        """One row per effect and pair of groups."""
        titles = (WHAT, "Groups", "Difference between effects (likely range)", "q")
        return Table(
            name="effects-for-whom",
            caption="How far each effect differs between groups of students: the first group's less the second's.",
            columns=_align(titles, right=range(2, 4)),
            rows=tuple(
                (
                    _name(one.effect),
                    f"{group.focus_label} less {group.reference_label}",
                    format_with_interval(row["estimate"], low=row["ci_low"], high=row["ci_high"], signed=True),
                    format_p(float(row["q_value"])),
                )
                for one in self.worth
                for row, group in one.list_groups()
                if pd.notna(row["estimate"])
            ),
        )

    def caveats(self) -> tuple[str, ...]:
        """How groups are compared."""
        family = next((int(one.groups["family_size"].iloc[0]) for one in self.worth if len(one.groups)), 0)
        return (
            "Groups are compared by the difference between their effects, with q-values over all "
            f"{family} such differences of the run; an effect found in one group and not in another is no difference "
            "between them.",
        )


class TriedFinding(_Together):
    """Every design that was tried for every question, the one that is used first."""

    def heading(self) -> str:
        """Heading of its section."""
        return "The designs that were tried"

    def sentence(self) -> str:
        """Where they stand, and that one school reaches Tier 3 at most."""
        return (
            "For each question the strongest design that the data support is used; the others are shown beside it, or "
            "why they do not hold. One school can reach ESSA Tier 3 at most, whatever its estimate. See "
            "@tbl-effects-designs."
        )

    def table(self) -> Table | None:
        """One row per question and design."""
        return Table(
            name="effects-designs",
            caption="Designs tried for each intervention and outcome, the one that is used first.",
            columns=_align((WHAT, *DESIGN_TITLES), right=range(2, 5)),
            rows=tuple((_name(one), *row) for one in self.designs for row in write_design_rows(one)),
            note=DESIGNS_NOTE,
        )


class ChecksFinding(_Together):
    """What the designs that are used rest on, as far as it can be checked."""

    def heading(self) -> str:
        """Heading of its section."""
        return "What the designs rest on"

    def sentence(self) -> str:
        """How many checks hold."""
        checks = [check for one in self.designs if one.chosen is not None for check in one.chosen.checks]
        held = sum(check.passed is True for check in checks)
        return f"{held} of {len(checks)} conditions that could be asked for hold. See @tbl-effects-checks."

    def table(self) -> Table | None:
        """One row per question and condition."""
        rows = [
            (f"{_name(one)}: {NAMES[one.chosen.design]}", capitalise(check.name), HOLDS[check.passed], check.sentence)
            for one in self.designs
            if one.chosen is not None
            for check in one.chosen.checks
        ]
        return Table(
            name="effects-checks",
            caption="Conditions of the designs that are used, and what was found.",
            columns=_align((WHAT, "Condition", "Verdict", "Finding"), right=()),
            rows=tuple(rows),
        )


def find_together(designs: Sequence[DesignFinding], *, worth: Sequence[WorthFinding]) -> tuple[_Together, ...]:
    """Put delivery, cost, groups, designs and checks of all questions side by side.

    Parameters
    ----------
    designs : sequence of DesignFinding
        From ``find_designs``.
    worth : sequence of WorthFinding
        From ``find_worth``, in the same order.

    Returns
    -------
    tuple of findings
        Those that have something to show.
    """
    tried, known = tuple(one for one in designs if one.rungs), tuple(one for one in worth if one.is_known)
    kinds: list[_Together] = []
    if known:
        kinds.append(DecisionFinding(designs=tried, worth=known))
    if any(one.count_tested() for one in known):
        kinds.append(WhomFinding(designs=tried, worth=known))
    if tried:
        kinds.append(TriedFinding(designs=tried, worth=known))
    if any(one.chosen is not None and one.chosen.checks for one in tried):
        kinds.append(ChecksFinding(designs=tried, worth=known))
    return tuple(kinds)


def _name(one: DesignFinding) -> str:
    return f"{capitalise(one.question.label)}, {one.indicator.label}"


def _align(titles: Sequence[str], *, right: Sequence[int], kept: Sequence[int] | None = None) -> tuple[Column, ...]:
    return tuple(
        Column(title=title, align="right" if place in right else "left")
        for place, title in enumerate(titles)
        if kept is None or place in kept
    )
