"""Factors of a drill-down, put beside each student's score."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from mtss_analysis.district import find_school_year


def attach_factor(
    *,
    scores: pd.DataFrame,
    table: pd.DataFrame,
    source: Literal["enrollments", "staff", "services"],
    column: str,
    bands: Sequence[float] = (),
) -> pd.Series:
    """Find the category of a factor for each row of scores.

    Parameters
    ----------
    scores : DataFrame
        One row per enrolment, with ``student_id``, ``school_id``, ``school_year`` and ``teacher_id``.
    table : DataFrame
        The table that holds the factor; for ``enrollments`` the scores themselves hold it.
    source : {'enrollments', 'staff', 'services'}
        Which table it is: staff is joined by the classroom's teacher, services by the student and the school year
        in which the service began (the first that was assigned, where there are several).
    column : str
        The factor's column.
    bands : sequence of float
        Lower bounds of the bands of a number, ascending; empty for categories.

    Returns
    -------
    (n,) text Series
        The category of each row, on the index of ``scores``; missing where it is not known.
    """
    if source == "enrollments":
        values = scores[column]
    elif source == "staff":
        keys = ["school_id", "school_year"]
        staff = table[["staff_id", *keys, column]].drop_duplicates(["staff_id", *keys])
        values = _look_up(scores, staff.rename(columns={"staff_id": "teacher_id"}), ["teacher_id", *keys], column)
    else:
        services = table.assign(school_year=find_school_year(table["start_date"]))
        services = services.sort_values(["student_id", "school_year", "start_date", column])
        keys = ["student_id", "school_year"]
        values = _look_up(scores, services[[*keys, column]].drop_duplicates(keys), keys, column)
    return band_numbers(values, bands=bands) if len(bands) else values.astype("str").where(values.notna())


def band_numbers(values: pd.Series, *, bands: Sequence[float]) -> pd.Series:
    """Name the band of each number: bounds 0, 4, 10 give "0–3", "4–9", "10 or more" for whole numbers.

    Parameters
    ----------
    values : (n,) Series of numbers
        Missing stays missing; a number under the first bound has no band.
    bands : sequence of float
        Lower bounds, ascending.

    Returns
    -------
    (n,) text Series
        On the index of ``values``.
    """
    numbers = pd.to_numeric(values).astype("float64")
    names = name_bands(bands)
    place = np.searchsorted(np.asarray(bands, dtype="float64"), numbers.to_numpy(), side="right") - 1
    known = numbers.notna().to_numpy() & (place >= 0)
    named = pd.Series(None, index=values.index, dtype="str")
    named[known] = [names[at] for at in place[known]]
    return named


def name_bands(bands: Sequence[float]) -> list[str]:
    """Name the bands that start at the given bounds.

    Parameters
    ----------
    bands : sequence of float
        Lower bounds, ascending.

    Returns
    -------
    list of str
        As many names as bounds: "0–3", "4–9", "10 or more"; bounds that are not whole give "0 to under 4.5".
    """
    whole = all(float(bound).is_integer() for bound in bands)
    names = []
    for low, high in pairwise(bands):
        if not whole:
            names.append(f"{low:g} to under {high:g}")
        elif high - low > 1:
            names.append(f"{low:g}–{high - 1:g}")
        else:
            names.append(f"{low:g}")
    return [*names, f"{bands[-1]:g} or more"]


def _look_up(scores: pd.DataFrame, table: pd.DataFrame, keys: list[str], column: str) -> pd.Series:
    if column not in keys and column in scores.columns:
        scores = scores.drop(columns=column)
    found = scores[keys].merge(table, on=keys, how="left", validate="many_to_one")[column]
    return found.set_axis(scores.index)
