"""Grades, school years, lists and counted nouns as a sentence needs them."""

import calendar
import datetime as dt
import re
from collections.abc import Sequence

from mtss_analysis.show.numbers import format_count

_ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_YOUNGEST = {"PK": ("prekindergarten", "prekindergartners"), "K": ("kindergarten", "kindergartners")}
_SCHOOL_YEAR = re.compile(r"(\d{4})-(\d{2})")


def count_of(count: int | str | None, singular: str, *, plural: str = "") -> str:
    """Write a count with its noun: ``1 student``, ``1,204 students``.

    Parameters
    ----------
    count : int, str or None
        Text is a mark and stays as it is.
    singular : str
        The noun for one.
    plural : str
        The noun for any other number; empty: ``singular`` with an s.

    Returns
    -------
    str
        Number and noun.
    """
    noun = singular if count == 1 else plural or f"{singular}s"
    return f"{format_count(count)} {noun}"


def say_number(number: int) -> str:
    """Say a whole number, not negative, in words up to twelve: ``no``, ``three``, ``1,204``."""
    return _NUMERALS[number] if number < len(_NUMERALS) else format_count(number)


def join_words(words: Sequence[str], *, last: str = "and") -> str:
    """Write a list as in a sentence: ``a, b and c``; an empty list is empty text."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def name_grade(grade: str) -> str:
    """Name a grade (``PK``, ``K``, ``1`` …): ``kindergarten``, ``grade 3``."""
    return _YOUNGEST[grade][0] if grade in _YOUNGEST else f"grade {grade}"


def name_students(grade: str) -> str:
    """Name the students of a grade (``PK``, ``K``, ``1`` …): ``kindergartners``, ``third-graders``."""
    if grade in _YOUNGEST:
        return _YOUNGEST[grade][1]
    if grade.isdecimal() and 1 <= int(grade) <= len(_ORDINALS):
        return f"{_ORDINALS[int(grade) - 1]}-graders"
    return f"students of grade {grade}"


def name_day(day: dt.date) -> str:
    """Name a day as packets do everywhere: ``November 18, 2026``."""
    return f"{calendar.month_name[day.month]} {day.day}, {day.year}"


def format_school_year(school_year: str) -> str:
    """Write a school year with an en dash: ``1985-86`` becomes ``1985–86``; other text stays as it is."""
    found = _SCHOOL_YEAR.fullmatch(school_year)
    return f"{found[1]}–{found[2]}" if found else school_year
