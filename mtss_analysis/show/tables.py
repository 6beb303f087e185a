"""Printed tables from typed columns: right-aligned numbers, shared digits, marks explained once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mtss_analysis.show.display import Align, Column, Table
from mtss_analysis.show.numbers import (
    NOT_ESTIMABLE,
    Value,
    count_decimals,
    format_count,
    format_estimate,
    format_interval,
    format_number,
    format_p,
    format_percent,
)

NOT_ESTIMABLE_NOTE = "cannot be estimated"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedColumn:
    """A column whose cells are text already."""

    title: str
    align: Align
    cells: Sequence[str]


def text_column(title: str, *, cells: Sequence[str]) -> PrintedColumn:
    """Make a left-aligned column of text."""
    return PrintedColumn(title=title, align="left", cells=list(cells))


def count_column(title: str, *, values: Sequence[int | str | None]) -> PrintedColumn:
    """Make a column of counts; text is a mark (withheld), None is not estimable."""
    return PrintedColumn(title=title, align="right", cells=[format_count(value) for value in values])


def percent_column(
    title: str, *, values: Sequence[Value], low: Sequence[Value] = (), high: Sequence[Value] = ()
) -> PrintedColumn:
    """Make a column of percentages, 0 to 100; text is a mark, None is not estimable."""
    cells = []
    for place, value in enumerate(values):
        ends = (_number(low[place]) if low else None, _number(high[place]) if high else None)
        cells.append(format_percent(value, low=ends[0], high=ends[1]))
    return PrintedColumn(title=title, align="right", cells=cells)


def number_column(
    title: str,
    *,
    values: Sequence[Value],
    low: Sequence[Value] = (),
    high: Sequence[Value] = (),
    decimals: int | None = None,
    signed: bool = False,
) -> PrintedColumn:
    """Make a column of estimates.

    Parameters
    ----------
    title : str
        Header cell, with the unit.
    values : sequence of float, str or None
        Text is a mark (withheld), None is not estimable.
    low, high : sequence of float, str or None
        Intervals; empty: none.
    decimals : int or None
        None: as many as most of the intervals allow, the fewer on a tie; without intervals, three significant
        digits.
    signed : bool
        Whether positive numbers carry a plus sign.

    Returns
    -------
    PrintedColumn
        Right-aligned, as many cells as values.
    """
    shared = _share_decimals(low, high) if decimals is None else decimals
    cells = [
        format_estimate(value) if shared is None else format_number(value, decimals=shared, signed=signed)
        for value in values
    ]
    return PrintedColumn(title=title, align="right", cells=cells)


def interval_column(
    title: str, *, low: Sequence[Value], high: Sequence[Value], decimals: int | None = None, unit: str = ""
) -> PrintedColumn:
    """Make a column of intervals, ``49 to 63``, with the digits of a `number_column` of the same."""
    shared = _share_decimals(low, high) if decimals is None else decimals
    cells = []
    for first, last in zip(low, high, strict=True):
        mark = next((end for end in (first, last) if isinstance(end, str)), None)
        ends = (_number(first), _number(last))
        cells.append(mark or format_interval(low=ends[0], high=ends[1], style="to", unit=unit, decimals=shared))
    return PrintedColumn(title=title, align="right", cells=cells)


def p_column(title: str, *, values: Sequence[Value]) -> PrintedColumn:
    """Make a column of p- or q-values."""
    return PrintedColumn(title=title, align="right", cells=[format_p(value) for value in values])


def tabulate(
    *,
    name: str,
    caption: str,
    columns: Sequence[PrintedColumn],
    note: str = "",
    marks: Mapping[str, str] | None = None,
) -> Table:
    """Put columns together and explain every mark that occurs in them.

    Parameters
    ----------
    name, caption : str
        As in `Table`.
    columns : sequence of PrintedColumn
        From left to right, all of the same length.
    note : str
        Printed under the table before the marks.
    marks : mapping of str to str, optional
        What each mark means, such as ``{"†": "withheld: fewer than 10 students"}``; only those that occur are
        printed.

    Returns
    -------
    Table
        As many rows as each column has cells.

    Raises
    ------
    ValueError
        The columns differ in length.
    """
    lengths = {column.title: len(column.cells) for column in columns}
    if len(set(lengths.values())) > 1:
        msg = f"table {name}: columns differ in length: {lengths}"
        raise ValueError(msg)
    meanings = {**(marks or {}), NOT_ESTIMABLE: (marks or {}).get(NOT_ESTIMABLE, NOT_ESTIMABLE_NOTE)}
    cells = {cell for column in columns if column.align == "right" for cell in column.cells}
    explained = [f"{mark} {meaning}" for mark, meaning in meanings.items() if mark in cells]
    marked = "; ".join(explained) + "." if explained else ""
    return Table(
        name=name,
        caption=caption,
        columns=[Column(title=column.title, align=column.align) for column in columns],
        rows=[list(row) for row in zip(*(column.cells for column in columns), strict=True)],
        note=" ".join(part for part in (note, marked) if part),
    )


def _share_decimals(low: Sequence[Value], high: Sequence[Value]) -> int | None:
    ends = [(_number(first), _number(last)) for first, last in zip(low, high, strict=True)]
    counts = Counter(
        count_decimals(low=first, high=last) for first, last in ends if first is not None and last is not None
    )
    if not counts:
        return None
    return min(counts, key=lambda decimals: (-counts[decimals], decimals))


def _number(value: Value) -> float | None:
    return None if isinstance(value, str) else value
