"""School years and the dates that lie in them."""

import pandas as pd

from mtss_analysis.district import find_school_year


def test_school_year_begins_in_july():
    """A date from July on lies in the year that begins then, and a missing date in none."""
    dates = pd.Series(pd.to_datetime(["1999-07-01", "2000-06-30", "2000-07-01", None]), index=list("abcd"))
    years = find_school_year(dates)
    assert years[["a", "b", "c"]].tolist() == ["1999-00", "1999-00", "2000-01"]
    assert years.index.tolist() == list("abcd")
    assert years.isna().tolist() == [False, False, False, True]
    assert str(years.dtype) == "str"
    assert find_school_year(dates.iloc[:0]).tolist() == []
