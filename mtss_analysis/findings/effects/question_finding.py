"""One intervention and one outcome as a team reads them: the effect, what speaks against it, for whom, at what cost."""

from dataclasses import dataclass

from mtss_analysis.findings.effects.design_finding import DesignFinding
from mtss_analysis.findings.effects.worth_finding import WorthFinding
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import count_units
from mtss_analysis.show import Figure, Table, format_number

LEAST_DRAWN = 2
"""Estimates from which on a picture shows more than the sentence says."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuestionFinding:
    """What is printed of one question; the designs' tables and checks of all questions stand together at the end.

    Parameters
    ----------
    design : DesignFinding
        The ladder.
    worth : WorthFinding
        Delivery, worth, groups and cost.
    """

    design: DesignFinding
    worth: WorthFinding

    def heading(self) -> str:
        """Heading of its section."""
        return self.design.heading()

    def sentence(self) -> str:
        """The effect, this school's share, and in which way groups differ."""
        told = self.design.sentence()
        groups = " ".join(self.worth.say_groups_told())
        tail = f"See @fig-{self.design.name}." if self._is_drawn() else ""
        return " ".join(part for part in (told, groups, tail) if part)

    def answer(self) -> str:
        """The opening of the chapter is the designs'."""
        return ""

    def figure(self) -> Figure | None:
        """The estimates, where there are several."""
        return self.design.figure() if self._is_drawn() else None

    def table(self) -> Table | None:
        """Its designs stand in the table of all."""
        return None

    def caveats(self) -> tuple[str, ...]:
        """The checks that did not hold or could not be made, few schools, and what low scorers gain by themselves."""
        return (*self.design.warn(), *self._say_expected())

    def records(self) -> tuple[Record, ...]:
        """Those of design and worth are recorded by them."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one beside what the design notes."""
        return ()

    def _is_drawn(self) -> bool:
        design = self.design
        if not design.is_drawn():
            return False
        known = sum(rung.number("estimate") is not None for rung in design.rungs)
        known += (design.rungs[0].number("wild_low") is not None) + (design.own.own is not None)
        return known >= LEAST_DRAWN

    def _say_expected(self) -> tuple[str, ...]:
        chosen = self.design.chosen
        gain = None if chosen is None else chosen.number("expected_gain")
        if gain is None:
            return ()
        size = count_units(format_number(gain, decimals=1), unit=self.design.indicator.unit)
        return (
            f"Students chosen for low scores would be expected to rise by about {size} towards the mean without any "
            "programme, so what they gained is not the effect.",
        )
