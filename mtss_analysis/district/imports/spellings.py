"""Common spellings of what the district's tables write in one way: grades, sexes, windows, school years, times."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

YES = frozenset({"true", "yes", "y", "1", "t", "x"})
NO = frozenset({"false", "no", "n", "0", "f"})
_NUMBER_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_ORDINAL_WORDS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_GRADES: Mapping[str, str] = {
    **dict.fromkeys(
        ("pk", "prek", "p", "p3", "p4", "ps", "preschool", "prekindergarten", "ee", "pr", "tk", "-1"), "PK"
    ),
    **dict.fromkeys(("k", "kg", "kn", "kindergarten", "0", "00", "kdg", "kf", "kh", "kinder"), "K"),
    **{word: str(grade) for grade, word in enumerate(_NUMBER_WORDS, start=1)},
    **{word: str(grade) for grade, word in enumerate(_ORDINAL_WORDS, start=1)},
}
_SEXES = {"f": "female", "female": "female", "girl": "female", "m": "male", "male": "male", "boy": "male"}
_WINDOWS = {
    **dict.fromkeys(("fall", "autumn", "boy", "beginning", "beginning of year", "beg", "bm1", "benchmark 1"), "fall"),
    **dict.fromkeys(("winter", "moy", "middle", "middle of year", "mid", "bm2", "benchmark 2"), "winter"),
    **dict.fromkeys(("spring", "eoy", "end", "end of year", "bm3", "benchmark 3"), "spring"),
}
_RACES: Mapping[str, str] = {
    **dict.fromkeys(
        ("american indian or alaska native", "american indian/alaska native", "american indian", "alaska native",
         "native american", "american indian or alaskan native", "american indian/alaskan native", "i"),
        "american_indian_alaska_native",
    ),
    **dict.fromkeys(("asian", "a"), "asian"),
    **dict.fromkeys(("black", "black or african american", "african american", "black/african american", "b"), "black"),
    **dict.fromkeys(
        ("hispanic", "hispanic/latino", "hispanic or latino", "latino", "hispanic/latino of any race", "h",
         "hispanic or latino of any race"),
        "hispanic",
    ),
    **dict.fromkeys(
        ("native hawaiian or other pacific islander", "native hawaiian/pacific islander", "pacific islander", "p",
         "native hawaiian or pacific islander", "hawaiian/pacific islander", "native hawaiian/other pacific islander"),
        "native_hawaiian_pacific_islander",
    ),
    **dict.fromkeys(
        ("two or more races", "two or more", "multiracial", "multi-racial", "multiple races", "2 or more races",
         "demographic race two or more races", "m"),
        "two_or_more",
    ),
    **dict.fromkeys(("white", "caucasian", "w", "white or caucasian"), "white"),
}  # fmt: skip
_LEVELS = {
    **dict.fromkeys(("elementary", "elementary school", "primary", "elem", "es"), "elementary"),
    **dict.fromkeys(("middle", "middle school", "junior high", "ms", "intermediate"), "middle"),
    **dict.fromkeys(("high", "high school", "hs", "senior high", "secondary"), "high"),
}
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*[-/–—_ ]\s*(?:19|20)?(\d{2})(?!\d)")
_YEAR = re.compile(r"^(?:sy\s*)?((?:19|20)\d{2})$", re.IGNORECASE)
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?(?![\d:])", re.IGNORECASE)


def read_grade(text: str) -> str | None:
    """Read a grade; None where it is not understood."""
    plain = re.sub(r"\b(grade|gr|level)\b\.?", "", text.lower()).strip(" .-") if text.strip() != "-1" else "-1"
    if plain in _GRADES:
        return _GRADES[plain]
    compact = plain.replace("-", "").replace(" ", "")
    if compact in _GRADES:
        return _GRADES[compact]
    number = re.fullmatch(r"0?(\d{1,2})(?:st|nd|rd|th)?(?:\.0)?", plain)
    return str(int(number.group(1))) if number and 1 <= int(number.group(1)) <= 12 else None


def read_school_year(text: str, *, year_is: Literal["start", "end"] | None = None) -> str | None:
    """Read a school year such as ``2025-2026``, ``SY 2025/26`` or, where it is known which, one year alone.

    Parameters
    ----------
    text : str
        What the export holds; ``Fall 2025-2026`` is understood, too.
    year_is : {"start", "end"} or None
        Which calendar year of the school year a year standing alone is; None: it is not understood.

    Returns
    -------
    str or None
        Such as ``2025-26``.
    """
    years = _YEARS.search(text)
    if years:
        first = int(years.group(1))
        return write_school_year(first) if (first + 1) % 100 == int(years.group(2)) else None
    alone = _YEAR.match(text.strip())
    if alone and year_is is not None:
        return write_school_year(int(alone.group(1)) - (year_is == "end"))
    return None


def write_school_year(first: int) -> str:
    """Write the school year that begins in a calendar year."""
    return f"{first}-{(first + 1) % 100:02d}"


def read_time(text: str) -> str | None:
    """Read a time of day such as ``1:05 PM`` or ``13:05:00``; None where it is not understood."""
    found = _TIME.search(text)
    if not found:
        return None
    hour, minute, half = int(found.group(1)), int(found.group(2)), (found.group(3) or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def read_yes_no(text: str) -> str | None:
    """Read yes or no as ``true`` or ``false``; None where it is not understood."""
    plain = text.strip().lower()
    if plain in YES:
        return "true"
    return "false" if plain in NO else None


def _in(table: Mapping[str, str]) -> Callable[[str], str | None]:
    return lambda text: table.get(re.sub(r"\s+", " ", text.strip().lower()), None)


SPELLINGS: Mapping[str, Callable[[str], str | None]] = {
    "grade": read_grade,
    "school_year": read_school_year,
    "implementation_start_year": read_school_year,
    "sex": _in(_SEXES),
    "window": _in(_WINDOWS),
    "race_ethnicity": _in(_RACES),
    "time": read_time,
}
LEVELS = _in(_LEVELS)
