"""What a cell's text may have suffered on its way through a spreadsheet, and how to say so."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.rules import Severity
from mtss_analysis.district.schema import Field, find_nearest


class Broken(NamedTuple):
    """A rule, and which of a column's distinct values break it.

    Parameters
    ----------
    rule : str
        Short name.
    severity : {"error", "warning"}
        An error stops a run.
    problem, next_step : str
        What is wrong and what to do.
    where : pyarrow.Array of bool
        True for the distinct values that break it; null counts as false.
    """

    rule: str
    severity: Severity
    problem: str
    next_step: str
    where: pa.Array


class _Damage(NamedTuple):
    rule: str
    pattern: str
    problem: str
    next_step: str


# Regular expressions of RE2, which Arrow uses; the first that fits names the damage.
_ANYWHERE = (
    _Damage("blank", r"^\s+$", "The cell holds nothing but spaces", "Empty the cell"),
    _Damage(
        "spreadsheet_error",
        r"^\s*#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)\s*$",
        "A spreadsheet formula failed here, or its column was too narrow",
        "Mend the formula, or empty the cell",
    ),
    _Damage(
        "placeholder",
        r"(?i)^\s*(n/?a|n\.a\.?|-+|\.+|\?+|null|none|nan|missing|unknown|not available|tbd)\s*$",
        "This stands for a value that is not known",
        "Empty the cell: missing is an empty cell",
    ),
)
_NUMBERS = (
    _Damage(
        "thousands_separator",
        r"^\s*[+-]?\d{1,3}(,\d{3})+(\.\d+)?\s*$",
        "The number is written with a thousands separator, or with a decimal comma",
        "Write it without commas, with a point before the decimals",
    ),
    _Damage(
        "decimal_comma",
        r"^\s*[+-]?\d*,\d+\s*$",
        "The number has a decimal comma",
        "Write a decimal point",
    ),
    _Damage(
        "percent_sign",
        r"^\s*[+-]?\d+([.,]\d+)?\s*%\s*$",
        "The number has a percent sign",
        "Write the number alone, in the unit of the column",
    ),
)
_DATES = (
    _Damage(
        "spreadsheet_date",
        r"^\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(\s.*)?$"
        r"|(?i)^\s*\d{1,2}[ -](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
        "The date is written as a spreadsheet shows it, which leaves open what is the day and what the month",
        "Format the column as yyyy-mm-dd, such as 2025-09-02, and save it again",
    ),
    _Damage(
        "spreadsheet_date",
        r"^\s*[2-6]\d{4}(\.\d+)?\s*$",
        "The date is a spreadsheet's count of days",
        "Format the column as yyyy-mm-dd, such as 2025-09-02, and save it again",
    ),
    _Damage(
        "clock_time",
        r"^\s*\d{4}-\d{2}-\d{2}[T ]\s*\d",
        "The date has a time of day",
        "Write the date alone, such as 2025-09-02",
    ),
    _Damage(
        "padding",
        r"^\s+\d{4}-\d{2}-\d{2}\s*$|^\d{4}-\d{2}-\d{2}\s+$",
        "The date begins or ends with a space",
        "Delete the space",
    ),
)
_IDS = (
    _Damage(
        "scientific_id",
        r"^\s*\d([.,]\d+)?E\+\d{2,3}\s*$",
        "The id was turned into a number with an exponent by a spreadsheet, so that its digits are lost",
        "Export it again, with the column formatted as text",
    ),
    _Damage(
        "decimal_id",
        r"^\s*\d+\.0+\s*$",
        "The id was turned into a number with decimals",
        "Export it again, with the column formatted as text",
    ),
    _Damage(
        "date_id",
        r"(?i)^\s*\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\s*$",
        "The id was turned into a date by a spreadsheet",
        "Export it again, with the column formatted as text",
    ),
)
# In text that the schema leaves free, only what can hardly be a code is doubted: NA and none may be codes.
_FREE_PLACEHOLDER = r"^\s*(N/A|n/a|n\.a\.|-+|NULL|null|NaN|nan)\s*$"


def name_damage(distinct: pa.Array, *, unusable: pa.Array, field: Field, otherwise: Broken) -> list[Broken]:
    """Say of values that a column cannot use what has happened to them.

    Parameters
    ----------
    distinct : pyarrow.Array of string
        Distinct values as the file has them.
    unusable : pyarrow.Array of bool
        Which of them the column cannot use.
    field : Field
        The column.
    otherwise : Broken
        What to say of those that no damage explains.

    Returns
    -------
    list of Broken
        Each unusable value is in exactly one.
    """
    found: list[Broken] = []
    rest = pc.fill_null(unusable, fill_value=False)
    if not pc.any(rest).as_py():
        return found
    for damage in (*_ANYWHERE, *(_NUMBERS if field.type in {"number", "integer"} else ())) + (
        _DATES if field.type == "date" else ()
    ):
        where = pc.and_(rest, pc.fill_null(pc.match_substring_regex(distinct, damage.pattern), fill_value=False))
        found.append(Broken(damage.rule, "error", damage.problem, damage.next_step, where))
        rest = pc.and_(rest, pc.invert(where))
    if not field.allowed:
        return [*found, otherwise._replace(where=rest)]
    return [*found, *_near_misses(distinct, unusable=rest, field=field, otherwise=otherwise)]


def _near_misses(distinct: pa.Array, *, unusable: pa.Array, field: Field, otherwise: Broken) -> list[Broken]:
    """Name the allowed value that is meant, where one looks like what is written."""
    written = distinct.filter(unusable).to_pylist()
    found: list[Broken] = []
    by_meant: dict[str | None, list[str]] = {}
    for value in written:
        by_meant.setdefault(find_nearest(value[:100], known=field.allowed), []).append(value)
    for meant, values in by_meant.items():
        where = pc.is_in(distinct, value_set=pa.array(values, pa.string()))
        padded = [value for value in values if value.strip() == meant]
        if meant is None:
            found.append(otherwise._replace(where=where))
            continue
        next_step = f"Write {meant!r} if that is meant; {otherwise.next_step[0].lower()}{otherwise.next_step[1:]}"
        is_padded = pc.is_in(distinct, value_set=pa.array(padded, pa.string()))
        found.append(
            otherwise._replace(next_step=next_step, where=pc.and_(where, pc.invert(is_padded))),
        )
        spaces = "The value begins or ends with a space"
        found.append(Broken("padding", "error", spaces, "Delete the space", is_padded))
    return found


def find_damaged_text(distinct: pa.Array, *, field: Field) -> list[Broken]:
    """Find text that a column could use as it stands, but that a spreadsheet seems to have damaged.

    Parameters
    ----------
    distinct : pyarrow.Array of string
        Distinct values as the file has them.
    field : Field
        A column of text whose values the schema does not list.

    Returns
    -------
    list of Broken
        Each value is in one at most; all but failed formulas and blank required cells are warnings.
    """
    names_something = field.personal or field.name.endswith("_id")
    blank, failed, placeholder = _ANYWHERE
    candidates = [
        (blank, "error" if field.required else "warning"),
        (failed, "error"),
        (placeholder._replace(pattern=_FREE_PLACEHOLDER), "warning"),
        *((damage, "warning") for damage in (_IDS if names_something else ())),
        (_Damage("padding", r"^\s|\s$", "The value begins or ends with a space", "Delete the space"), "warning"),
    ]
    found: list[Broken] = []
    # One pass for all: in most columns no value fits any of the patterns.
    any_damage = "|".join(f"(?:{damage.pattern})" for damage, _ in candidates)
    rest = pc.fill_null(pc.match_substring_regex(distinct, any_damage), fill_value=False)
    if not pc.any(rest).as_py():
        return found
    for damage, severity in candidates:
        where = pc.and_(rest, pc.fill_null(pc.match_substring_regex(distinct, damage.pattern), fill_value=False))
        if pc.any(where).as_py():
            found.append(
                Broken(
                    damage.rule,
                    "error" if severity == "error" else "warning",
                    damage.problem,
                    damage.next_step,
                    where,
                )
            )
            rest = pc.and_(rest, pc.invert(where))
    return found


# Warnings where the schema leaves the text free.
_MILDER_IN_TEXT = ("blank", "placeholder")


def _list_damages() -> tuple[tuple[str, str, str], ...]:
    said: dict[str, str] = {}
    for damage in (*_ANYWHERE, *_NUMBERS, *_DATES):
        said.setdefault(damage.rule, damage.problem)
    return (
        *(
            (rule, "error or warning" if rule in _MILDER_IN_TEXT else "error", problem)
            for rule, problem in said.items()
            if rule != "padding"
        ),
        *((damage.rule, "warning", damage.problem) for damage in _IDS),
    )


# Rule, severity and what is wrong, of everything that one cell can break, for the documentation.
CATALOGUE: tuple[tuple[str, str, str], ...] = (
    ("required", "error", "A cell that has to be filled is empty"),
    ("type", "error", "The value is not a number, a whole number, a date or yes/no, as its column asks"),
    ("allowed", "error", "The value is not one of those allowed; the one that is probably meant is named"),
    ("pattern", "error", "The value is not written as its column asks, such as a month or a time"),
    ("school_year", "error", "The two years of a school year do not follow each other"),
    ("minimum", "error", "The value is below the smallest that its column allows, such as a negative count"),
    ("maximum", "error", "The value is above the largest that its column allows, such as a percentage of 101"),
    (
        "padding",
        "error or warning",
        "The value begins or ends with a space; an error where it is one of a list, or a date",
    ),
    *_list_damages(),
)
