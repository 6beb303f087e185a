"""Work on the distinct values of a column: what an export repeats is read once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Test = Callable[[str], bool]


class Trouble(NamedTuple):
    """Why a value cannot be used: the value, what is wrong, and what to do."""

    value: str
    problem: str
    next_step: str


class UnusableValueError(ValueError):
    """A value cannot be used; says what is wrong and what to do."""

    def __init__(self, problem: str, *, next_step: str) -> None:
        self.problem = problem
        self.next_step = next_step
        super().__init__(problem)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Applied:
    """A column after a function was applied to its values.

    Parameters
    ----------
    array : pyarrow.Array
        Text; null where the value is missing or cannot be used.
    bad_rows : (n,) int array
        Positions, from 0, whose value cannot be used.
    which : (n,) int array
        For each of them, its place in ``troubles``.
    troubles : tuple of Trouble
        The distinct values that cannot be used.
    """

    array: pa.Array
    bad_rows: npt.NDArray[np.int64]
    which: npt.NDArray[np.int64]
    troubles: tuple[Trouble, ...]


def apply_to_distinct(
    values: pa.ChunkedArray | pa.Array, *, function: Callable[[str], str | None], of_empty: str | None = None
) -> Applied:
    """Apply a function of one text to a column.

    Parameters
    ----------
    values : pyarrow array of text
        The column.
    function : callable
        Gives text, or None for a missing value; raises ``UnusableValueError``.
    of_empty : str or None
        What becomes of missing values, those that the function gives included.

    Returns
    -------
    Applied
        Of the same length.
    """
    codes, distinct = encode(values)
    results: list[str | None] = []
    troubles: list[Trouble] = []
    trouble_by_code = np.full(len(distinct) + 1, -1, dtype=np.int64)
    for code, text in enumerate(distinct):
        try:
            result = function(text)
            results.append(of_empty if result is None else result)
        except UnusableValueError as error:
            trouble_by_code[code] = len(troubles)
            troubles.append(Trouble(text, error.problem, error.next_step))
            results.append(None)
    array = pa.array([*results, of_empty], pa.string()).take(pa.array(codes))
    if not troubles:
        nothing = np.array([], dtype=np.int64)
        return Applied(array=array, bad_rows=nothing, which=nothing, troubles=())
    which = trouble_by_code[codes]
    bad_rows = np.flatnonzero(which >= 0).astype(np.int64)
    return Applied(array=array, bad_rows=bad_rows, which=which[bad_rows], troubles=tuple(troubles))


def is_met(values: pa.ChunkedArray | pa.Array, *, test: Test, of_empty: bool) -> npt.NDArray[np.bool_]:
    """Find the rows whose text meets a test; ``of_empty`` says whether missing ones do."""
    codes, distinct = encode(values)
    met = np.array([*(bool(test(text)) for text in distinct), of_empty], dtype=np.bool_)
    return met[codes]


def encode(values: pa.ChunkedArray | pa.Array) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Give each row the number of its distinct value, the last plus one where it is missing, and the values."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(whole, pa.ChunkedArray):  # more text than one array holds
        whole = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in whole.chunks])
    encoded = whole.dictionary_encode()
    distinct: list[str] = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, distinct
