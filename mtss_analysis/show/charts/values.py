"""What charts draw: plain values with their intervals, nothing that knows a school."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mtss_analysis.show.palette import Role

Limits = tuple[float, float]
Unit = Literal["number", "percent"]
PartKind = Literal["mix", "rate", "total"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line of a trend: a value and its interval at each point of the axis.

    Parameters
    ----------
    label : str
        Printed at the end of the line; empty for one of many thin lines behind.
    role : Role
        Fixes colour, marker and line style.
    values : sequence of float or None
        One for each point of the axis; None leaves a gap.
    low, high : sequence of float or None
        Ends of the intervals, as many as values; empty: no intervals.
    withheld : sequence of bool
        Which values are withheld (and None); empty: none.
    """

    label: str
    role: Role
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    withheld: Sequence[bool] = ()

    def __post_init__(self) -> None:
        """Refuse sequences of other lengths and a withheld point that still has its number."""
        for name in ("low", "high", "withheld"):
            if len(getattr(self, name)) not in (0, len(self.values)):
                msg = f"series {self.label!r}: {name} has another length than values"
                raise ValueError(msg)
        for place in range(len(self.values)):
            if self.is_withheld(place) and (self.values[place], *self.interval(place)) != (None, None, None):
                msg = f"series {self.label!r}: a withheld point holds a number"
                raise ValueError(msg)
        _refuse_not_finite(self.label, (*self.values, *self.low, *self.high))

    def interval(self, place: int) -> tuple[float | None, float | None]:
        """Return the ends of the interval at a point of the axis."""
        return (self.low[place] if self.low else None, self.high[place] if self.high else None)

    def is_withheld(self, place: int) -> bool:
        """Say whether the value at a point of the axis is withheld."""
        return bool(self.withheld) and self.withheld[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceLine:
    """A line to compare with, such as no difference at 0 or a benchmark."""

    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A shaded range to compare with, such as a benchmark band."""

    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendBreak:
    """A point before which another test, norm or cut score was used: lines do not cross it.

    Parameters
    ----------
    before : int
        Index of the first point after the break, 1 or more.
    label : str
        What changed, a few words.
    """

    before: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """A row of a dot-and-interval chart, or a heading between rows.

    Parameters
    ----------
    label : str
        Printed at the left.
    estimate, low, high : float or None
        None: nothing is drawn and ``reason`` is printed.
    role : Role
        Fixes colour and marker.
    annotation : str or None
        Printed at the right; None: the estimate with its interval.
    reason : str
        Why there is no estimate.
    heading : bool
        Whether the row is a heading of the rows below it.
    """

    label: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    role: Role = "this_school"
    annotation: str | None = None
    reason: str = ""
    heading: bool = False

    def __post_init__(self) -> None:
        """Refuse numbers that are not finite."""
        _refuse_not_finite(self.label, (self.estimate, self.low, self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a whole.

    Parameters
    ----------
    label : str
        The category; the same label has the same fill in every bar of a chart.
    percent : float
        0 to 100, of the whole bar.
    low, high : float or None
        Ends of its interval, for the alternative text.
    missing : bool
        Whether the category is "not known", such as not screened: hatched.
    """

    label: str
    percent: float
    low: float | None = None
    high: float | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBar:
    """A bar of 100 percent.

    Parameters
    ----------
    label : str
        Printed at the left; may be empty where there is one bar.
    shares : sequence of Share
        From left to right; together 100 percent. Empty: ``reason`` is printed.
    annotation : str
        Printed at the right, such as the number of students.
    reason : str
        Why there are no shares.
    """

    label: str
    shares: Sequence[Share]
    annotation: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse shares that do not make a whole."""
        _refuse_not_finite(self.label, [share.percent for share in self.shares])
        total = sum(share.percent for share in self.shares)
        if self.shares and (abs(total - 100) > 1 or any(share.percent < 0 for share in self.shares)):
            msg = f"bar {self.label!r}: shares make {total:g} percent, not 100"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a change: who is counted (mix), how they do (rate), or both together (total).

    Parameters
    ----------
    label : str
        Printed at the left.
    kind : {'mix', 'rate', 'total'}
        Fixes the fill.
    estimate, low, high : float or None
        None: nothing is drawn and ``reason`` is printed.
    reason : str
        Why there is no estimate.
    """

    label: str
    kind: PartKind
    estimate: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers that are not finite."""
        _refuse_not_finite(self.label, (self.estimate, self.low, self.high))


def _refuse_not_finite(label: str, numbers: Sequence[float | None]) -> None:
    if any(number is not None and not math.isfinite(number) for number in numbers):
        msg = f"{label!r}: a number is not finite; a number that cannot be had is None"
        raise ValueError(msg)
