"""Numbers as a reader meets them: as many digits as the interval allows, a true minus sign.

A value that is text is a mark – withheld, top-coded – and is printed as it stands; ``None`` is not estimable.
"""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, TypeGuard

NOT_ESTIMABLE = "–"
MINUS = "\N{MINUS SIGN}"
IntervalStyle = Literal["between", "to", "dash"]
Value = float | str | None

_MOST_DECIMALS = 4


def count_decimals(*, low: float, high: float) -> int:
    """Count the decimals that an interval's width allows.

    The last printed digit is the leading digit of the half-width, and one more where that digit is 1, so that
    rounding moves an end of the interval by no more than a quarter of the half-width. A bound that would be
    rounded to 0 without being 0 gets one more decimal, so that an interval does not seem to touch 0.

    Parameters
    ----------
    low, high : float
        Ends of the interval, in the unit of the estimate.

    Returns
    -------
    int
        0 to 4. Numbers are never rounded to tens, so that text and table show the same digits.

    References
    ----------
    Particle Data Group, Review of Particle Physics, Introduction, "Rounding": the same idea with 3.54.
    """
    half_width = abs(high - low) / 2
    if not math.isfinite(half_width) or half_width <= 0:
        return _count_decimals_of(max(abs(low), abs(high)))
    place = math.floor(math.log10(half_width))
    # Rounded first: (0.6 - 0.2) / 2 is a little less than 0.2 in floating point.
    decimals = -place + (1 if round(half_width / 10**place, 6) < 2 else 0)
    decimals = min(max(decimals, 0), _MOST_DECIMALS)
    if any(bound != 0 and _round(bound, decimals) == 0 for bound in (low, high)):
        decimals = min(decimals + 1, _MOST_DECIMALS)
    return decimals


def format_number(value: Value, *, decimals: int, signed: bool = False) -> str:
    """Write a number with a given number of decimals.

    Parameters
    ----------
    value : float, str or None
        Text is a mark and stays as it is; None or not finite is not estimable.
    decimals : int
        0 or more.
    signed : bool
        Whether a positive number carries a plus sign.

    Returns
    -------
    str
        Thousands separated by commas, a true minus sign, never a minus before zero.
    """
    if isinstance(value, str):
        return value
    if value is None or not math.isfinite(value):
        return NOT_ESTIMABLE
    rounded = _round(value, decimals)
    digits = f"{abs(rounded):,.{decimals}f}"
    if rounded == 0:
        return digits
    return (MINUS if rounded < 0 else "+" if signed else "") + digits


def format_estimate(value: Value, *, low: float | None = None, high: float | None = None, unit: str = "") -> str:
    """Write an estimate with as many digits as its interval allows.

    Parameters
    ----------
    value : float, str or None
        The estimate; text is a mark and stays as it is; None is not estimable.
    low, high : float or None
        Ends of its interval; where there is none, three significant digits are kept.
    unit : str
        ``"%"`` stands against the number, anything else after a space.

    Returns
    -------
    str
        For instance ``13.9``, or ``–``.
    """
    if not _is_number(value):
        return format_number(value, decimals=0)
    return format_number(value, decimals=_decimals(value, low, high)) + _after(unit)


def format_signed(value: Value, *, low: float | None = None, high: float | None = None, unit: str = "") -> str:
    """Write a change or difference with its sign, digits as in `format_estimate`."""
    if not _is_number(value):
        return format_number(value, decimals=0)
    return format_number(value, decimals=_decimals(value, low, high), signed=True) + _after(unit)


def format_interval(
    *,
    low: float | None,
    high: float | None,
    style: IntervalStyle = "between",
    unit: str = "",
    decimals: int | None = None,
) -> str:
    """Write an interval.

    Parameters
    ----------
    low, high : float or None
        Its ends; None is not estimable.
    style : {'between', 'to', 'dash'}
        ``between 49 and 63`` for sentences, ``49 to 63`` for tables, ``49–63`` where space is short (``to``
        is used where a bound is negative).
    unit : str
        ``"%"`` stands against both numbers, anything else once after a space.
    decimals : int or None
        None: as many as the width allows.

    Returns
    -------
    str
        For instance ``between 49 and 63``, or ``–``.
    """
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return NOT_ESTIMABLE
    digits = count_decimals(low=low, high=high) if decimals is None else decimals
    each = unit if unit == "%" else ""
    first, last = (format_number(end, decimals=digits) + each for end in (low, high))
    end = "" if each else _after(unit)
    if style == "between":
        return f"between {first} and {last}{end}"
    joint = "–" if style == "dash" and MINUS not in first + last else " to "
    return f"{first}{joint}{last}{end}"


def format_with_interval(
    value: Value, *, low: float | None, high: float | None, unit: str = "", signed: bool = False
) -> str:
    """Write an estimate and its interval with the same digits, as in ``14 (6 to 22)``."""
    if not _is_number(value):
        return format_number(value, decimals=0)
    write = format_signed if signed else format_estimate
    shown = write(value, low=low, high=high, unit=unit)
    if low is None or high is None:
        return shown
    percent = unit if unit == "%" else ""
    within = format_interval(low=low, high=high, style="to", unit=percent, decimals=_decimals(value, low, high))
    return f"{shown} ({within})"


def format_percent(value_pct: Value, *, low: float | None = None, high: float | None = None) -> str:
    """Write a percentage; whole unless its interval is a few points wide; never 0% or 100% by rounding.

    Parameters
    ----------
    value_pct : float, str or None
        0 to 100; text is a mark and stays as it is; None is not estimable.
    low, high : float or None
        Ends of its interval, in percent; None: whole percent.

    Returns
    -------
    str
        For instance ``56%``, ``<1%``, ``>99%`` or ``–``.
    """
    if not _is_number(value_pct):
        return format_number(value_pct, decimals=0)
    decimals = 0 if low is None or high is None else min(count_decimals(low=low, high=high), 1)
    if value_pct > 0 and _round(value_pct, decimals) == 0:
        return f"<{10**-decimals:.{decimals}f}%"
    if value_pct < 100 and _round(value_pct, decimals) == 100:
        return f">{100 - 10**-decimals:.{decimals}f}%"
    return format_number(value_pct, decimals=decimals) + "%"


def format_count(count: int | str | None) -> str:
    """Write a count with thousands separated; text is a mark and stays as it is; None is not estimable."""
    return format_number(count, decimals=0)


def format_p(value: Value) -> str:
    """Write a p- or q-value for a table: two or three decimals, ``<0.001`` below them."""
    if not _is_number(value):
        return format_number(value, decimals=0)
    if value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if value < 0.1 else f"{min(value, 0.99):.2f}"


def of_every_100(value_pct: Value, *, about: bool = False) -> str:
    """Say a percentage as people: ``56 of every 100``.

    Parameters
    ----------
    value_pct : float, str or None
        0 to 100; text is a mark and stays as it is; None is not estimable.
    about : bool
        Whether it is an estimate: ``about 56 of every 100``.

    Returns
    -------
    str
        ``fewer than 1 of every 100`` and ``more than 99 of every 100`` where rounding would say none or all.
    """
    if not _is_number(value_pct):
        return f"{format_number(value_pct, decimals=0)} of every 100"
    if 0 < value_pct < 0.5:
        return "fewer than 1 of every 100"
    if 99.5 <= value_pct < 100:
        return "more than 99 of every 100"
    return f"{'about ' if about else ''}{format_number(value_pct, decimals=0)} of every 100"


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def _round(value: float, decimals: int) -> Decimal:
    # Half goes away from zero, as a reader with a pencil does it; round() goes to the even neighbour.
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _decimals(value: float, low: float | None, high: float | None) -> int:
    if low is None or high is None:
        return _count_decimals_of(value)
    return count_decimals(low=low, high=high)


def _count_decimals_of(value: float) -> int:
    if value == 0 or not math.isfinite(value):
        return 0
    return min(max(2 - math.floor(math.log10(abs(value))), 0), 2)


def _after(unit: str) -> str:
    return unit if unit in ("", "%") else f" {unit}"
