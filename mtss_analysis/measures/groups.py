"""Student groups: which students of a table belong to which cell of a breakdown."""

import pandas as pd

GRADES = ("PK", "K", *(str(grade) for grade in range(1, 13)))
"""Grades from the youngest to the oldest; as text, 10 would come before 2."""

ALL = "all"
OTHER = "(other)"
ANY = "(any)"


def name_group(*, column: str, value: str) -> str:
    """Name a group in records and tables: ``sex=female``.

    Parameters
    ----------
    column, value : str
        Column of ``enrollments`` and its value.

    Returns
    -------
    str
        The group's id.
    """
    return f"{column}={value}"


def name_categories(values: pd.Series) -> pd.Series:
    """Give the values of a column as text, yes-or-no columns as ``yes`` and ``no``.

    Parameters
    ----------
    values : (n,) Series
        Text, boolean or number; missing stays missing.

    Returns
    -------
    (n,) text Series
        On the index of ``values``.
    """
    known = values[values.notna()]
    if len(known) and known.map(lambda value: isinstance(value, bool)).all():
        known = known.map({True: "yes", False: "no"})
    named = pd.Series(None, index=values.index, dtype="str")
    named[known.index] = known.astype("str")
    return named


def find_members(*, values: pd.Series, column: str, shown: tuple[str, ...]) -> pd.Series:
    """Find the group id of each student in one breakdown; groups not shown are put together.

    Parameters
    ----------
    values : (n,) Series
        The column of ``enrollments``.
    column : str
        Its name.
    shown : tuple of str
        Values that the breakdown shows.

    Returns
    -------
    (n,) text Series
        Group ids such as ``sex=female`` or ``sex=(other)``; missing where the value is not known.
    """
    categories = name_categories(values)
    kept = categories.where(categories.isna() | categories.isin(shown), OTHER)
    return (column + "=" + kept).where(kept.notna())


def order_grade(grade: str) -> tuple[int, str]:
    """Give the key by which grades are sorted from the youngest to the oldest.

    Parameters
    ----------
    grade : str
        ``PK``, ``K``, ``1`` to ``12``; anything else, such as ``all``, comes after them.

    Returns
    -------
    tuple of int and str
        Sort key.
    """
    return (GRADES.index(grade) if grade in GRADES else len(GRADES), grade)
