"""The school that a finding is about, and how its years and grades are named."""

from dataclasses import dataclass

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.show import format_school_year, join_words, name_grade, name_students


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """Ids and names of one school.

    Parameters
    ----------
    district_id, school_id : str
        As in the schools table.
    school_name, district_name : str
        As printed.
    """

    district_id: str
    school_id: str
    school_name: str
    district_name: str


def name_school(district: District, *, school_id: str) -> School:
    """Find the names of a school.

    Parameters
    ----------
    district : District
        Its district, or its slice.
    school_id : str
        The school.

    Returns
    -------
    School
        Ids and names.

    Raises
    ------
    DataError
        The district has no such school.
    """
    return School(
        district_id=district.district_id,
        school_id=school_id,
        school_name=district.school_name(school_id),
        district_name=district.district_name,
    )


def of_school(frame: pd.DataFrame, *, school: School, **keys: str) -> pd.DataFrame:
    """Take a school's rows out of a frame of the comparison.

    Parameters
    ----------
    frame : DataFrame
        With ``district_id`` and ``school_id``.
    school : School
        Whose rows.
    **keys : str
        Further columns and the value wanted in each.

    Returns
    -------
    DataFrame
        The rows, index renewed.
    """
    rows = frame[(frame["district_id"] == school.district_id) & (frame["school_id"] == school.school_id)]
    for column, value in keys.items():
        rows = rows[rows[column] == value]
    return rows.reset_index(drop=True)


def name_time(*, school_year: str, window: str) -> str:
    """Name the time of a screening: spring of 1985-86 is ``spring 1986``.

    Parameters
    ----------
    school_year : str
        Such as ``1985-86``.
    window : {'fall', 'winter', 'spring'}
        Screening window.

    Returns
    -------
    str
        Season and calendar year.
    """
    first = int(school_year[:4])
    return f"{window} {first if window == 'fall' else first + 1}"


def label_time(*, school_year: str, grades: str) -> str:
    """Label a point of a time axis: the school year, and the grade under it where there is only one.

    Parameters
    ----------
    school_year : str
        Such as ``1985-86``.
    grades : str
        Comma-separated grades.

    Returns
    -------
    str
        One or two lines.
    """
    year = format_school_year(school_year)
    return f"{year}\n{name_grade(grades)}" if grades and "," not in grades else year


def count_units(size: str, *, unit: str) -> str:
    """Write a number of units for a sentence: ``6 points``, ``1 point``, ``6 words a minute``.

    Parameters
    ----------
    size : str
        The number as it is printed, with or without a sign.
    unit : str
        The indicator's unit; kinds of points, such as "scaled-score points", are called points.

    Returns
    -------
    str
        Number and unit.
    """
    name = "points" if unit.endswith("points") else unit
    first, space, rest = name.partition(" ")
    if size.lstrip("+−") == "1" and first.endswith("s"):
        first = first.removesuffix("s")
    return f"{size} {first}{space}{rest}"


def say_students(grades: str) -> str:
    """Say whose scores they are: ``third-graders``, or ``students of grades 3 and 4``.

    Parameters
    ----------
    grades : str
        Comma-separated grades.

    Returns
    -------
    str
        Plural words.
    """
    parts = [part for part in grades.split(",") if part]
    if len(parts) == 1:
        return name_students(parts[0])
    return f"students of {join_words([name_grade(part) for part in parts])}" if 1 < len(parts) <= 3 else "students"


def name_year(*, school_year: str, grades: str) -> str:
    """Name a year in a table, with its grades: ``1985–86, kindergarten``.

    Parameters
    ----------
    school_year : str
        Such as ``1985-86``.
    grades : str
        Comma-separated grades.

    Returns
    -------
    str
        Cell text.
    """
    named = join_words([name_grade(grade) for grade in grades.split(",") if grade])
    year = format_school_year(school_year)
    return f"{year}, {named}" if named else year
