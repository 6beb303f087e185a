"""School years and the dates that lie in them."""

import pandas as pd

FIRST_MONTH = 7


def find_school_year(dates: pd.Series) -> pd.Series:
    """Find the school year that each date lies in; a school year begins on 1 July.

    Parameters
    ----------
    dates : (n,) Series of datetime64
        Missing where the date is not known.

    Returns
    -------
    (n,) Series of str
        Such as ``2025-26``, on the same index; missing where the date is.
    """
    first = dates.dt.year - (dates.dt.month < FIRST_MONTH)
    known = first.dropna().astype("int64")
    second = ((known + 1) % 100).astype("str").str.zfill(2)
    years: pd.Series = (known.astype("str") + "-" + second).reindex(dates.index).astype("str")
    return years
