"""Alternative text computed from the numbers a chart draws, for someone who cannot see it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from mtss_analysis.show.charts.places import beyond
from mtss_analysis.show.charts.values import IntervalRow, Limits, Part, ReferenceLine, Series, ShareBar, Unit
from mtss_analysis.show.naming import count_of, join_words
from mtss_analysis.show.numbers import format_estimate, format_interval, format_percent, format_signed

MOST_CHARACTERS = 600

Entry = TypeVar("Entry")


def describe_trend(
    *,
    series: Sequence[Series],
    x_labels: Sequence[str],
    y_label: str,
    finding: str = "",
    limits: Limits | None = None,
    unit: Unit = "number",
) -> str:
    """Describe a trend chart: every value where there is room, otherwise first, last, lowest and highest.

    Parameters
    ----------
    series, x_labels, y_label, limits, unit
        As in `draw_trend`; series without a label are counted, not described.
    finding : str
        The answer the chart gives, one sentence; printed first.

    Returns
    -------
    str
        Complete sentences, at most 600 characters where the series are few enough to name.
    """
    places = [" ".join(label.split()) for label in x_labels]
    after = "%" if unit == "percent" else ""
    span = f" from {places[0]} to {places[-1]}" if len(places) > 1 else f" in {places[0]}" if places else ""
    opening = [finding] if finding else []
    opening.append(f"Line chart{span}: {y_label}.")
    named = [line for line in series if line.label]
    closing = []
    if len(named) < len(series):
        unnamed = len(series) - len(named)
        closing.append(f"{count_of(unnamed, 'thin line')} behind {_are(unnamed)} not named.")
    outside = sum(
        value is not None and limits is not None and beyond(value, limits) != 0
        for line in series
        for value in line.values
    )
    if outside:
        closing.append(f"{count_of(outside, 'value')} beyond the axis {_are(outside)} marked by an arrow.")

    def tell_all(line: Series) -> str:
        return _tell_points(line, places, range(len(places)), after, intervals=True)

    def tell_ends(line: Series) -> str:
        return _tell_ends(line, places, after, intervals=True)

    def tell_ends_only(line: Series) -> str:
        return _tell_ends(line, places, after, intervals=False)

    return _fit(opening, named, [tell_all, tell_ends, tell_ends_only], closing)


def describe_intervals(
    *,
    rows: Sequence[IntervalRow],
    x_label: str,
    finding: str = "",
    lines: Sequence[ReferenceLine] = (),
    limits: Limits | None = None,
    unit: Unit = "number",
) -> str:
    """Describe a dot-and-interval chart: how the rows lie to the first reference line, then each row.

    Parameters
    ----------
    rows, x_label, lines, limits, unit
        As in `draw_intervals`.
    finding : str
        The answer the chart gives, one sentence; printed first.

    Returns
    -------
    str
        Complete sentences, at most 600 characters; where the rows are too many, the highest and the lowest.
    """
    after = "%" if unit == "percent" else ""
    kept = [row for row in rows if not row.heading]
    drawn = [row for row in kept if row.estimate is not None]
    opening = [finding] if finding else []
    opening.append(f"Dots with intervals in {count_of(len(kept), 'row')}: {x_label}.")
    if lines and drawn:
        opening.append(_compare_with_line(drawn, lines[0], after))
    outside = sum(
        row.estimate is not None and limits is not None and beyond(row.estimate, limits) != 0 for row in drawn
    )
    closing = (
        [f"{count_of(outside, 'estimate')} beyond the axis {_are(outside)} marked by an arrow."] if outside else []
    )
    headings = _name_headings(rows)

    def tell(row: IntervalRow) -> str:
        under = headings.get(id(row), "")
        label = f"{under} – {row.label}" if under else row.label
        if row.estimate is None:
            return f"{label}: {row.reason or 'no estimate'}."
        return f"{label}: {_with_interval(row.estimate, row.low, row.high, after)}."

    text = _fit(opening, kept, [tell], closing)
    if len(text) > MOST_CHARACTERS:
        text = " ".join([*opening, *_tell_by_heading(kept, headings, after), *closing])
    if len(text) <= MOST_CHARACTERS or len(drawn) < 2:
        return text
    ordered = sorted(drawn, key=lambda row: row.estimate or 0.0)
    missing = len(kept) - len(drawn)
    extremes = [f"Highest: {tell(ordered[-1])}", f"Lowest: {tell(ordered[0])}"]
    if missing:
        extremes.append(f"{count_of(missing, 'row')} without an estimate.")
    return " ".join([*opening, *extremes, *closing])


def describe_shares(*, bars: Sequence[ShareBar], finding: str = "", what: str = "") -> str:
    """Describe bars of 100 percent: every share where there is room, otherwise the largest of each.

    Parameters
    ----------
    bars : sequence of ShareBar
        As in `draw_shares`.
    finding : str
        The answer the chart gives, one sentence; printed first.
    what : str
        What makes the whole, as in "students by tier".

    Returns
    -------
    str
        Complete sentences, at most 600 characters where the bars are few enough to name.
    """
    opening = [finding] if finding else []
    opening.append(f"{'Bars' if len(bars) > 1 else 'A bar'} of 100 percent{f': {what}' if what else ''}.")

    def name(bar: ShareBar) -> str:
        return f"{bar.label}: " if bar.label else ""

    def tell(bar: ShareBar, *, intervals: bool = True) -> str:
        if not bar.shares:
            return f"{name(bar)}{bar.reason or 'no shares'}."
        parts = []
        for share in bar.shares:
            shown = f"{share.label} {format_percent(share.percent)}"
            if intervals and share.low is not None and share.high is not None:
                shown += f" ({format_interval(low=share.low, high=share.high, style='to', unit='%')})"
            parts.append(shown)
        return f"{name(bar)}{join_words(parts)}."

    def tell_short(bar: ShareBar) -> str:
        return tell(bar, intervals=False)

    def tell_largest(bar: ShareBar) -> str:
        if not bar.shares:
            return tell(bar)
        largest = max(bar.shares, key=lambda share: share.percent)
        return f"{name(bar)}most, {format_percent(largest.percent)}, {largest.label}."

    return _fit(opening, bars, [tell, tell_short, tell_largest], [])


def describe_decomposition(*, parts: Sequence[Part], x_label: str, finding: str = "") -> str:
    """Describe mix and rate bars: each part with its sign and interval."""
    opening = [finding] if finding else []
    opening.append(f"Bars from zero: {x_label}.")

    def tell(part: Part) -> str:
        if part.estimate is None:
            return f"{part.label}: {part.reason or 'no estimate'}."
        return f"{part.label}: {_with_interval(part.estimate, part.low, part.high, '', signed=True)}."

    def tell_short(part: Part) -> str:
        return f"{part.label}: {format_signed(part.estimate, low=part.low, high=part.high)}."

    return _fit(opening, parts, [tell, tell_short], [])


def describe_spark(*, values: Sequence[float | None], what: str, unit: Unit = "number") -> str:
    """Describe a small picture of a trend: its first and last value."""
    after = "%" if unit == "percent" else ""
    known = [value for value in values if value is not None]
    subject = f"Small line of {what}" if what else "Small line"
    if not known:
        return f"{subject}: no value can be shown."
    last = _estimate(known[-1], None, None, after)
    if len(known) == 1:
        return f"{subject}: one value, {last}."
    first = _estimate(known[0], None, None, after)
    return f"{subject}: {first} at first, {last} at last, {count_of(len(known), 'value')}."


def _fit(
    opening: Sequence[str],
    entries: Sequence[Entry],
    tellers: Sequence[Callable[[Entry], str]],
    closing: Sequence[str],
) -> str:
    text = ""
    for tell in tellers:
        text = " ".join([*opening, *(tell(entry) for entry in entries), *closing])
        if len(text) <= MOST_CHARACTERS:
            break
    return text


def _tell_points(line: Series, labels: Sequence[str], places: Sequence[int], after: str, *, intervals: bool) -> str:
    told = []
    for place in places:
        value = line.values[place]
        if value is not None:
            low, high = line.interval(place) if intervals else (None, None)
            told.append(f"{_with_interval(value, low, high, after)} in {labels[place]}")
        elif line.is_withheld(place):
            told.append(f"withheld in {labels[place]}")
    if not told:
        return f"{line.label}: no value."
    return f"{line.label}: {join_words(told)}."


def _tell_ends(line: Series, labels: Sequence[str], after: str, *, intervals: bool) -> str:
    known = {place: value for place, value in enumerate(line.values) if value is not None}
    withheld = sum(line.withheld)
    if len(known) < 3:
        return _tell_points(line, labels, range(len(labels)), after, intervals=intervals)
    places = list(known)
    text = _tell_points(line, labels, [places[0], places[-1]], after, intervals=intervals)[:-1]
    for word, extreme in (
        ("lowest", min(known, key=known.__getitem__)),
        ("highest", max(known, key=known.__getitem__)),
    ):
        if extreme not in (places[0], places[-1]):
            text += f", {word} {_estimate(known[extreme], *line.interval(extreme), after)} in {labels[extreme]}"
    if withheld:
        text += f", {count_of(withheld, 'value')} withheld"
    return f"{text}."


def _compare_with_line(rows: Sequence[IntervalRow], line: ReferenceLine, after: str) -> str:
    above = sum(row.low is not None and row.low > line.value for row in rows)
    below = sum(row.high is not None and row.high < line.value for row in rows)
    at = _estimate(line.value, None, None, after)
    rest = len(rows) - above - below
    return (
        f"Against the line “{line.label}” at {at}: {above} of {count_of(len(rows), 'interval')} "
        f"wholly above, {below} wholly below, {rest} neither."
    )


def _tell_by_heading(rows: Sequence[IntervalRow], headings: Mapping[int, str], after: str) -> list[str]:
    """Tell the estimates alone, those of one heading in one sentence."""
    told: dict[str, list[str]] = {}
    for row in rows:
        value = "no estimate" if row.estimate is None else _estimate(row.estimate, row.low, row.high, after)
        told.setdefault(headings.get(id(row), ""), []).append(f"{row.label} {value}")
    return [f"{under}: {', '.join(values)}." if under else f"{', '.join(values)}." for under, values in told.items()]


def _name_headings(rows: Sequence[IntervalRow]) -> dict[int, str]:
    under = ""
    headings = {}
    for row in rows:
        if row.heading:
            under = row.label
        else:
            headings[id(row)] = under
    return headings


def _with_interval(
    value: float | None, low: float | None, high: float | None, after: str, *, signed: bool = False
) -> str:
    shown = format_signed(value, low=low, high=high) if signed else _estimate(value, low, high, after)
    if low is None or high is None:
        return shown
    return f"{shown} ({format_interval(low=low, high=high, style='to', unit=after)})"


def _estimate(value: float | None, low: float | None, high: float | None, after: str) -> str:
    if after == "%":
        return format_percent(value, low=low, high=high)
    return format_estimate(value, low=low, high=high)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
