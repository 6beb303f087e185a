"""The usual dirt of exports: what spreadsheets and hands do to a file on its way."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirt:
    """What is done to an export; nothing by default.

    Parameters
    ----------
    byte_order_mark : bool
        Whether the file begins with one, as files saved by spreadsheets do.
    repeated_headers : int
        How often the header stands again among the rows, as where several files were put together.
    damaged_ids : bool
        Whether ids were opened in a spreadsheet: leading zeros are gone, long numbers and those that look like a
        number in scientific notation read ``1E+05``.
    damaged_dates : float
        Share of rows whose dates read ``9/8/25`` instead of the vendor's form.
    doubled_rows : float
        Share of rows that stand twice.
    misspelt_headers : mapping of str to str
        Column names as somebody retyped them, by their right names.
    spaces : float
        Share of rows in which every cell has a space behind it.
    """

    byte_order_mark: bool = False
    repeated_headers: int = 0
    damaged_ids: bool = False
    damaged_dates: float = 0.0
    doubled_rows: float = 0.0
    misspelt_headers: Mapping[str, str] | None = None
    spaces: float = 0.0


USUAL_DIRT = Dirt(
    byte_order_mark=True,
    repeated_headers=2,
    damaged_ids=True,
    damaged_dates=0.05,
    doubled_rows=0.01,
    misspelt_headers={"TestStartDate": "Test StartDate", "Client Date": "Client date", "givenName": "givenname"},
    spaces=0.01,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedDirt:
    """What was done to a file.

    Parameters
    ----------
    file : str
        Name of the file in the folder of the export.
    kind : str
        Field of ``Dirt``.
    column : str
        Column it was done to; empty: whole rows or the file.
    count : int
        Cells or rows it was done to.
    """

    file: str
    kind: str
    column: str
    count: int


def spoil(
    frame: pd.DataFrame,
    *,
    file: str,
    dirt: Dirt,
    ids: Sequence[str],
    dates: Sequence[str],
    rng: np.random.Generator,
) -> tuple[bytes, tuple[PlantedDirt, ...]]:
    """Write an export as text, with dirt.

    Parameters
    ----------
    frame : DataFrame
        The export as the vendor writes it; every cell text, an empty cell empty text.
    file : str
        Its name, for the record.
    dirt : Dirt
        What is done to it.
    ids, dates : sequence of str
        Columns that hold ids and dates.
    rng : numpy.random.Generator
        The file's own stream.

    Returns
    -------
    content : bytes
        UTF-8.
    planted : tuple of PlantedDirt
        What was done; empty: the file is clean.
    """
    planted: list[PlantedDirt] = []
    spoilt = frame.copy()
    chance = rng.random((4, len(frame)))
    for column in ids if dirt.damaged_ids else ():
        damaged = spoilt[column].map(damage_id)
        planted.append(_count(file, "damaged_ids", column, int((damaged != spoilt[column]).sum())))
        spoilt[column] = damaged
    for column in dates if dirt.damaged_dates else ():
        hit = (chance[0] < dirt.damaged_dates) & (spoilt[column] != "").to_numpy()
        spoilt.loc[hit, column] = spoilt.loc[hit, column].map(damage_date)
        planted.append(_count(file, "damaged_dates", column, int(hit.sum())))
    spaced = chance[1] < dirt.spaces
    rows = [
        [f"{cell} " if has_space and cell else cell for cell in row]
        for row, has_space in zip(spoilt.itertuples(index=False), spaced.tolist(), strict=True)
    ]
    doubled = np.flatnonzero(chance[2] < dirt.doubled_rows)
    for at in doubled[::-1].tolist():
        rows.insert(at + 1, list(rows[at]))
    renamed = {right: wrong for right, wrong in (dirt.misspelt_headers or {}).items() if right in frame.columns}
    header = [renamed.get(name, name) for name in frame.columns]
    repeats = min(dirt.repeated_headers, len(rows))
    for at in sorted(rng.choice(len(rows) + 1, size=repeats, replace=False).tolist(), reverse=True):
        rows.insert(at, list(header))
    planted.append(_count(file, "spaces", "", int(spaced.sum())))
    planted.append(_count(file, "doubled_rows", "", len(doubled)))
    planted.append(_count(file, "repeated_headers", "", repeats))
    planted += [_count(file, "misspelt_headers", right, 1) for right in renamed]
    planted.append(_count(file, "byte_order_mark", "", int(dirt.byte_order_mark)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    content = (BOM if dirt.byte_order_mark else "") + text.getvalue()
    return content.encode("utf-8"), tuple(item for item in planted if item.count)


def damage_id(value: str) -> str:
    """Write an id as a spreadsheet does that took it for a number.

    Parameters
    ----------
    value : str
        The id.

    Returns
    -------
    str
        Without leading zeros; numbers of twelve and more digits, and ids such as ``1E5``, in scientific notation;
        anything else as it was.

    Examples
    --------
    >>> damage_id("000000300"), damage_id("1E5"), damage_id("K-7")
    ('300', '1E+05', 'K-7')
    """
    if re.fullmatch(r"\d{12,}", value):
        return f"{float(value):.5E}"
    if re.fullmatch(r"\d+[eE]\d{1,2}", value):
        number = float(value)
        return f"{number:.0E}"
    return (value.lstrip("0") or "0") if re.fullmatch(r"\d+", value) else value


def damage_date(value: str) -> str:
    """Write a date, ISO or ``09/16/2025``, as ``9/16/25``."""
    iso = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", value)
    american = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", value)
    if iso:
        return f"{int(iso[2])}/{int(iso[3])}/{iso[1][2:]}"
    return f"{int(american[1])}/{int(american[2])}/{american[3][2:]}" if american else value


def _count(file: str, kind: str, column: str, count: int) -> PlantedDirt:
    return PlantedDirt(file=file, kind=kind, column=column, count=count)
