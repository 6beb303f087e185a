"""Dates in the formats in which exports write them."""

import datetime as dt
import functools
import re

from mtss_analysis.district.imports.spellings import write_school_year
from mtss_analysis.district.years import FIRST_MONTH

EXCEL_EPOCH = dt.date(1899, 12, 30)
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ][\d:.,]+(?:Z|[+-]\d{2}:?\d{2})?)?$")
# A clock time may stand behind a date in any format; the day alone is kept.
_CLOCK = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?)?"
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MMMM": r"(?P<name>[A-Za-z]+)\.?",
    "MMM": r"(?P<name>[A-Za-z]{3,})\.?",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
_PACKED = {"MM": r"(?P<month>\d{2})", "DD": r"(?P<day>\d{2})"}
_TOKEN = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def is_date_format(text: str) -> bool:
    """Whether a format names a year, a month and a day, or is ``excel``."""
    if text.lower() == "excel":
        return True
    tokens = _TOKEN.findall(text)
    kinds = sorted(token[0] for token in tokens)
    left = _TOKEN.sub("", text)
    return kinds == ["D", "M", "Y"] and not re.search(r"[A-Za-z0-9]", left)


def read_date(text: str, *, formats: tuple[str, ...]) -> dt.date | None:
    """Read a date.

    Parameters
    ----------
    text : str
        What the export holds, a clock time behind it or not.
    formats : tuple of str
        Formats that are tried in order, such as ``MM/DD/YYYY``, ``D-MMM-YY`` or ``excel`` (a day number of a
        spreadsheet); ISO dates are always understood.

    Returns
    -------
    dt.date or None
        None where no format fits, or the day does not exist.
    """
    iso = _ISO.match(text)
    if iso:
        return _day(int(iso.group(1)), int(iso.group(2)), int(iso.group(3)))
    for written in formats:
        if written.lower() == "excel":
            if re.fullmatch(r"\d{4,5}(\.\d+)?", text):
                return EXCEL_EPOCH + dt.timedelta(days=int(float(text)))
            continue
        found = _compile(written).fullmatch(text)
        if found:
            day = _from_match(found)
            if day is not None:
                return day
    return None


def guess_date_format(texts: list[str]) -> str | None:
    """Guess in which format dates are written; None where nothing fits all, ``""`` where they are ISO.

    Where day and month cannot be told apart, the month is taken to stand first.
    """
    known = [text.strip() for text in texts if text.strip()]
    for written in ("", "M/D/YYYY", "M/D/YY", "M-D-YYYY", "D-MMM-YYYY", "D-MMM-YY", "MMM D, YYYY", "YYYY/M/D",
                    "D/M/YYYY", "D.M.YYYY", "YYYYMMDD"):  # fmt: skip
        if known and all(read_date(text, formats=(written,) if written else ()) for text in known):
            return written
    return None


def school_year_of(day: dt.date) -> str:
    """Give the school year a day lies in, which begins on 1 July."""
    return write_school_year(day.year - (day.month < FIRST_MONTH))


def window_of(day: dt.date, *, windows: dict[str, tuple[str, str]]) -> str | None:
    """Give the window a day lies in; None where it lies in none."""
    written = f"{day.month:02d}-{day.day:02d}"
    for window, (first, last) in windows.items():
        inside = first <= written <= last if first <= last else written >= first or written <= last
        if inside:
            return window
    return None


def day_in_school_year(month_day: str, *, school_year: str) -> dt.date | None:
    """Give the day ``MM-DD`` of a school year such as ``2025-26``."""
    month, day = int(month_day[:2]), int(month_day[3:])
    return _day(int(school_year[:4]) + (month < FIRST_MONTH), month, day)


@functools.cache
def _compile(written: str) -> re.Pattern[str]:
    tokens = {**_TOKENS, **_PACKED} if re.fullmatch(r"[YMD]+", written) else _TOKENS
    pattern, at = "", 0
    for token in _TOKEN.finditer(written):
        pattern += re.escape(written[at : token.start()]) + tokens[token.group()]
        at = token.end()
    return re.compile(pattern + re.escape(written[at:]) + _CLOCK)


def _from_match(found: re.Match[str]) -> dt.date | None:
    part = found.groupdict()
    # Two-digit years are of this century: no export of a district's school years is older.
    year = int(part["year"]) if part.get("year") else 2000 + int(part["short"])
    if part.get("name"):
        name = part["name"][:3].lower()
        month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
    else:
        month = int(part["month"])
    return _day(year, month, int(part["day"]))


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
