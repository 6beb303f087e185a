"""Groupings of rows as numbers: of names, and of pairs of groupings."""

import numpy as np
import pandas as pd

from mtss_analysis.stats.arrays import CodeArray


def number_names(names: pd.Series) -> CodeArray:
    """Number names from 0 in their order; a missing one is -1.

    Parameters
    ----------
    names : (n,) text Series
        Name of each row's group.

    Returns
    -------
    (n,) int array
        Sorts and compares as the names do.
    """
    return np.asarray(pd.factorize(names, sort=True)[0], dtype=np.intp)


def number_pairs(first: CodeArray, second: CodeArray) -> CodeArray:
    """Give each pair of two groupings a number, in the order of the first and then of the second.

    Parameters
    ----------
    first, second : (n,) int arrays
        Numbers from -1.

    Returns
    -------
    (n,) int array
        Not without gaps.
    """
    return np.asarray(first * (second.max(initial=0) + 2) + second + 1, dtype=np.intp)
