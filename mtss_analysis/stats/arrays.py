"""Array types, and small checks that every estimator makes of the arrays it is given."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
CodeArray: TypeAlias = NDArray[np.intp]
IdArray: TypeAlias = NDArray[Any] | Sequence[Any]


def read_floats(values: object, *, ndim: int, what: str) -> FloatArray:
    """Give the values as a float array of the dimension wanted.

    Parameters
    ----------
    values : array_like
        Numbers; missing values are not allowed.
    ndim : int
        1 for a column, 2 for a table of columns.
    what : str
        Name of the values, for the message.

    Returns
    -------
    FloatArray
        ``(n,)`` or ``(n, p)``.

    Raises
    ------
    ValueError
        Wrong dimension, or a value that is missing or infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim:
        raise ValueError(f"{what} has {array.ndim} dimensions, not {ndim}")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{what} holds missing or infinite values; leave those rows out first")
    return array


def number_groups(ids: IdArray, *, n: int, what: str) -> tuple[CodeArray, int]:
    """Give the groups that rows belong to numbers, from 0.

    Parameters
    ----------
    ids : (n,) array
        Group of each row, of any type that sorts; missing is not allowed.
    n : int
        Rows expected.
    what : str
        Name of the grouping, for the message.

    Returns
    -------
    codes : (n,) int array
        Number of each row's group, in the order of the sorted ids.
    n_groups : int
        How many groups there are.

    Raises
    ------
    ValueError
        The length is not ``n``.
    """
    array = np.asarray(ids)
    if array.shape != (n,):
        raise ValueError(f"{what} has shape {array.shape}, not ({n},)")
    levels, codes = np.unique(array, return_inverse=True)
    return codes.astype(np.intp), int(levels.size)


def sum_by_group(values: FloatArray, *, codes: CodeArray, n_groups: int) -> FloatArray:
    """Sum the rows of a table by group.

    Parameters
    ----------
    values : (n, p) float array
        Columns to sum.
    codes : (n,) int array
        Group number of each row.
    n_groups : int
        How many groups there are.

    Returns
    -------
    FloatArray
        ``(n_groups, p)``.
    """
    columns = [np.bincount(codes, weights=column, minlength=n_groups) for column in values.T]
    return np.column_stack(columns) if columns else np.zeros((n_groups, 0))
