"""Which counts add up to which: the links through which a withheld count could be worked out."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.disclosure.profiles import Profile

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A count that is the sum of others.

    Parameters
    ----------
    total : hashable
        Index label of the total.
    parts : tuple of hashable
        Index labels of the parts, each once.
    protects_rest : bool
        Where the parts add up to less than the total, the rest (students of no recorded group) can be
        worked out by subtraction. True: a rest under the minimum is protected like any small count. False:
        it may be known.
    """

    total: Hashable
    parts: tuple[Hashable, ...]
    protects_rest: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkedCounts:
    """Counts and the equations between them: ``sum(sign * count)`` over an equation's cells is ``constant``.

    Parameters
    ----------
    counts : (n_cells,) int array
        True counts: first the cells of the frame, then the rests that no cell shows.
    n_shown : int
        Number of cells of the frame.
    equation, cell, sign : (n_links,) int arrays
        The equation, the cell that takes part in it, and +1 for a part or -1 for the total.
    constant : (n_equations,) int array
        What the signed counts add up to: 0, or what a reader may know is counted twice or not at all.
    """

    counts: IntArray
    n_shown: int
    equation: IntArray
    cell: IntArray
    sign: IntArray
    constant: IntArray


def relations_by(
    cells: pd.DataFrame,
    *,
    over: str,
    total: str,
    within: Sequence[str],
    protects_rest: bool = True,
) -> list[Relation]:
    """List the relations of a long frame in which one column tells the total from its parts.

    Call it once for every column over which the frame adds up, and join the lists.

    Parameters
    ----------
    cells : DataFrame
        One row is one count; unique index.
    over : str
        The column over which counts add up: ``group_value``, ``school_id``.
    total : str
        The value of that column in the row of the total: ``all``, ``(district)``.
    within : sequence of str
        The columns that a total and its parts have in common; missing values count as equal.
    protects_rest : bool
        See ``Relation``.

    Returns
    -------
    list of Relation
        One for every combination of ``within`` that has a total and at least one part.

    Raises
    ------
    ValueError
        A combination has two totals, or two parts of the same name.
    """
    keys = list(within)
    codes = (
        cells.groupby(keys, dropna=False, sort=False, observed=True).ngroup().to_numpy()
        if keys
        else np.zeros(len(cells), dtype=np.int64)
    )
    if pd.MultiIndex.from_arrays([codes, cells[over].astype(object)]).has_duplicates:
        msg = f"two cells have the same {over} and the same {', '.join(keys)}: a count stands in the frame once"
        raise ValueError(msg)
    members: dict[int, tuple[list[Hashable], list[Hashable]]] = {}
    for label, code, value in zip(cells.index, codes, cells[over], strict=True):
        totals, parts = members.setdefault(int(code), ([], []))
        (totals if value == total else parts).append(label)
    return [
        Relation(total=totals[0], parts=tuple(parts), protects_rest=protects_rest)
        for totals, parts in members.values()
        if totals and parts
    ]


def link_counts(
    cells: pd.DataFrame,
    *,
    count: str,
    relations: Sequence[Relation],
    profile: Profile,
    knows_large_rests: bool = True,
) -> LinkedCounts:
    """Write counts and relations as equations.

    A total larger than its parts by fewer than the minimum gets a further part, the rest, that nobody
    prints; any other difference (students without a group, students counted in two schools) is taken to be
    known to the reader, which is the cautious assumption.

    Parameters
    ----------
    cells : DataFrame
        One row is one count; unique index.
    count : str
        Column of the counts: whole numbers, none missing.
    relations : sequence of Relation
        Which cells add up to which.
    profile : Profile
        Decides which rests are small.
    knows_large_rests : bool
        Whether a reader is taken to know rests of the minimum and more. False: they, too, are a further part, where
        the relation protects its rest; for tables in which they would tell a small rest.

    Returns
    -------
    LinkedCounts

    Raises
    ------
    ValueError
        The index is not unique, a count is missing, negative or not whole, or a relation names a cell that
        is not there.
    """
    counts = [*_read_counts(cells, count)]
    position = {label: place for place, label in enumerate(cells.index)}
    equation: list[int] = []
    cell: list[int] = []
    sign: list[int] = []
    constant: list[int] = []
    for number, relation in enumerate(relations):
        labels = (relation.total, *relation.parts)
        unknown = [label for label in labels if label not in position]
        if unknown or len(set(labels)) < len(labels):
            what = f"names cells that are not in the frame: {unknown}" if unknown else "names a cell twice"
            msg = f"the relation with total {relation.total!r} {what}"
            raise ValueError(msg)
        places = [position[label] for label in labels]
        rest = counts[places[0]] - sum(counts[place] for place in places[1:])
        if relation.protects_rest and rest > 0 and (profile.hides(rest) or not knows_large_rests):
            places.append(len(counts))
            counts.append(rest)
            rest = 0
        equation += [number] * len(places)
        cell += places
        sign += [-1] + [1] * (len(places) - 1)
        constant.append(-rest)
    return LinkedCounts(
        counts=np.array(counts, dtype=np.int64),
        n_shown=len(cells),
        equation=np.array(equation, dtype=np.int64),
        cell=np.array(cell, dtype=np.int64),
        sign=np.array(sign, dtype=np.int64),
        constant=np.array(constant, dtype=np.int64),
    )


def _read_counts(cells: pd.DataFrame, count: str) -> list[int]:
    if not cells.index.is_unique:
        msg = "the cells need a unique index, since relations name them by it"
        raise ValueError(msg)
    values = cells[count].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(values >= 0) | (values != np.floor(values))
    if wrong.any():
        msg = f"{int(wrong.sum())} of the counts in column {count} are missing, negative or not whole"
        raise ValueError(msg)
    return [int(value) for value in values]
