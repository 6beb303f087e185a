"""Rates of moving between tiers, read from counts of which it is decided what may be printed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import CodedShare
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import BACK, ESCALATE, RATES, RISE
from mtss_analysis.findings.tiers.own import estimate_pct
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import Interval

NAMES = {BACK: "tier_exit_rate", RISE: "tier_entry_rate", ESCALATE: "tier_escalation_rate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRate:
    """One rate.

    Parameters
    ----------
    cell : str
        ``2_or_3>1`` (exit), ``1>2_or_3`` (entry into support) or ``2>3`` (escalation).
    group : str
        ``all`` or a student group such as ``sex=female``.
    share : Interval or None
        Percent of those who could have moved, leavers among them; None if withheld.
    n : int or None
        Moves that could have been; None if withheld.
    """

    cell: str
    group: str
    share: Interval | None
    n: int | None

    def to_record(self, *, school: School, settings: Settings, scope: str, school_year: str | None = None) -> Record:
        """Write the rate as a record.

        Parameters
        ----------
        school : School
            Which school.
        settings : Settings
            Confidence level.
        scope : str
            ``overall`` or a domain.
        school_year : str or None
            The latest year that is counted.

        Returns
        -------
        Record
            Withheld where the rate is.
        """
        share = self.share
        return Record(
            finding=NAMES[self.cell],
            requirement="R3",
            district_id=school.district_id,
            school_id=school.school_id,
            school_year=school_year,
            domain=scope,
            measure=NAMES[self.cell],
            grade=ALL,
            group=self.group,
            method="moves from window to window within a year, all years together; modified Wilson interval",
            design="descriptive",
            estimate=share.estimate if share else None,
            unit="percent",
            ci_low=share.ci_low if share else None,
            ci_high=share.ci_high if share else None,
            ci_level=settings.ci_level if share else None,
            n=self.n if share else None,
            status="ok" if share else "withheld",
            reason=None if share else "too few students to print, or it would give few away",
        )


def read_rates(
    cells: pd.DataFrame, *, cells_wanted: Sequence[str] = tuple(RATES), ci_level: float
) -> tuple[MoveRate, ...]:
    """Read the rates of one school, scope and group.

    Parameters
    ----------
    cells : DataFrame
        ``cell``, ``count``, ``status``, ``group``.
    cells_wanted : sequence of str
        Keys of ``RATES``.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    tuple of MoveRate
        One for each that there is.
    """
    count = {str(cell): int(number) for cell, number in zip(cells["cell"], cells["count"], strict=True)}
    shown = {str(cell) for cell, status in zip(cells["cell"], cells["status"], strict=True) if status == "ok"}
    group = str(cells["group"].iloc[0]) if len(cells) else ALL
    rates = []
    for cell in cells_wanted:
        total = RATES[cell]
        if count.get(total, 0) > 0 and (group == ALL or cell == BACK):
            printable = cell in shown and total in shown
            share = estimate_pct(successes=count.get(cell, 0), n=count[total], ci_level=ci_level) if printable else None
            rates.append(MoveRate(cell=cell, group=group, share=share, n=count[total] if printable else None))
    return tuple(rates)


def read_relapse(share: CodedShare, *, ci_level: float) -> Interval | None:
    """Read an exact share as an interval, percent; None where it may not be printed exactly."""
    if share.numerator is None or share.denominator is None:
        return None
    return estimate_pct(successes=share.numerator, n=share.denominator, ci_level=ci_level)
