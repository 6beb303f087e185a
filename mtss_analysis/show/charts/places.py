"""Where labels and ticks go so that none overlaps another."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.ticker import MaxNLocator

from mtss_analysis.show.charts.values import Limits, Unit
from mtss_analysis.show.numbers import count_decimals, format_number


def spread(*, wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels along a line as little as possible so that none overlaps another.

    Least squares under the condition that neighbours keep apart: an isotonic regression of the wanted places
    less the room the labels below take, solved by pooling adjacent violators.

    Parameters
    ----------
    wanted : sequence of float
        Centre that each label would like.
    sizes : sequence of float
        Extent of each label along the line, its gap included.
    low, high : float
        Ends of the line; where the labels together are longer, they run over its high end.

    Returns
    -------
    list of float
        Centre of each label, in the order given.

    References
    ----------
    Barlow, Bartholomew, Bremner & Brunk (1972), Statistical Inference under Order Restrictions, section 1.2.
    """
    if not wanted:
        return []
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    offsets = [0.0]
    for first, second in pairwise(order):
        offsets.append(offsets[-1] + (sizes[first] + sizes[second]) / 2)
    pools: list[tuple[float, int]] = []
    for place, index in enumerate(order):
        mean, count = wanted[index] - offsets[place], 1
        while pools and pools[-1][0] > mean:
            earlier, earlier_count = pools.pop()
            mean = (mean * count + earlier * earlier_count) / (count + earlier_count)
            count += earlier_count
        pools.append((mean, count))
    starts = [mean for mean, count in pools for _ in range(count)]
    least = low + sizes[order[0]] / 2
    most = high - sizes[order[-1]] / 2 - offsets[-1]
    centres = [0.0] * len(wanted)
    for place, index in enumerate(order):
        centres[index] = max(min(starts[place], most), least) + offsets[place]
    return centres


def choose_limits(numbers: Sequence[float], *, unit: Unit = "number", include: Sequence[float] = ()) -> Limits:
    """Choose axis limits around numbers; percent axes run from 0 to 100.

    Parameters
    ----------
    numbers : sequence of float
        Everything that is drawn, ends of intervals included.
    unit : {'number', 'percent'}
        Unit of the axis.
    include : sequence of float
        What the axis must show besides, such as 0.

    Returns
    -------
    tuple of float
        Lower and upper limit, the first below the second.
    """
    if unit == "percent" and all(0 <= number <= 100 for number in numbers):
        return 0.0, 100.0
    shown = [*numbers, *include]
    if not shown:
        return 0.0, 1.0
    low, high = min(shown), max(shown)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def choose_ticks(limits: Limits, *, unit: Unit = "number", most: int = 5) -> tuple[list[float], list[str]]:
    """Choose round tick values within limits and write them with the same digits."""
    low, high = limits
    steps = [1, 2, 2.5, 5, 10]
    values = [float(value) for value in MaxNLocator(nbins=most, steps=steps).tick_values(low, high)]
    slack = (high - low) * 1e-9
    inside = [0.0 if abs(value) < slack else value for value in values if low - slack <= value <= high + slack]
    gap = inside[1] - inside[0] if len(inside) > 1 else high - low
    decimals = next((digits for digits in range(7) if abs(round(gap, digits) - gap) < gap * 1e-6), 6)
    if len(inside) == 1:
        decimals = count_decimals(low=low, high=high)
    after = "%" if unit == "percent" else ""
    return inside, [format_number(value, decimals=decimals) + after for value in inside]


def clip(value: float, limits: Limits) -> float:
    """Bring a value to the nearer limit where it lies outside."""
    return min(max(value, limits[0]), limits[1])


def beyond(value: float, limits: Limits) -> int:
    """Say on which side of the limits a value lies: -1 below, 0 within, 1 above."""
    return (value > limits[1]) - (value < limits[0])
