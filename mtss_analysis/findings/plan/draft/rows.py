"""The rows of a draft: what is filled in, why, and what people have to fill in."""

from dataclasses import dataclass

Value = str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One key of a row.

    Parameters
    ----------
    key : str
        Column of the table.
    value : str, float, tuple of str or None
        What is filled in; None: a gap.
    fill_in : str
        What people have to write there; empty: nothing, it may stay as it is.
    source : str
        Where the value comes from; empty: it needs no word.
    """

    key: str
    value: Value | None = None
    fill_in: str = ""
    source: str = ""

    @property
    def is_gap(self) -> bool:
        """Whether only people can fill it in."""
        return self.value is None and bool(self.fill_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """One row.

    Parameters
    ----------
    table : str
        Table of the plan.
    cells : tuple of Cell
        In the order in which they are written; the first is the key.
    said : tuple of str
        Sentences that are written above it, as comments.
    inside : tuple of DraftRow
        Rows that stand within it.
    """

    table: str
    cells: tuple[Cell, ...]
    said: tuple[str, ...] = ()
    inside: "tuple[DraftRow, ...]" = ()

    @property
    def row_id(self) -> str:
        """Its key."""
        return str(self.cells[0].value)

    def gaps(self) -> tuple[tuple[str, str, str], ...]:
        """List the gaps of the row and of those within: table, key of the row and column."""
        own = tuple((self.table, self.row_id, cell.key) for cell in self.cells if cell.is_gap)
        return own + tuple(gap for row in self.inside for gap in row.gaps())
