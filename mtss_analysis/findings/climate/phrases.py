"""Phrases, labels and record keys that the findings of this chapter share."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtss_analysis.findings.climate.own import Rate
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL, OTHER, name_group
from mtss_analysis.show import Series, format_school_year, name_grade

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
RACES = {
    "american_indian_alaska_native": "American Indian or Alaska Native students",
    "asian": "Asian students",
    "black": "Black students",
    "hispanic": "Hispanic students",
    "native_hawaiian_pacific_islander": "Native Hawaiian or Pacific Islander students",
    "two_or_more": "students of two or more races",
    "white": "white students",
}
SCHOOL_YEAR_STARTS = 7


def name_month(month: str) -> str:
    """Name a calendar month: ``2025-09`` is ``September``."""
    return MONTHS[int(month[5:]) - 1]


def order_month(month: str) -> int:
    """Give the place of a calendar month in a school year, from July on."""
    return (int(month[5:]) - SCHOOL_YEAR_STARTS) % 12


def name_slice(name: str, *, settings: Settings) -> str:
    """Name a grade or a group of the run file; empty for what is not shown by itself."""
    column, _, value = name.partition("=")
    if column == "grade":
        return name_grade(value).capitalize()
    for group in settings.groups:
        if name == name_group(column=group.column, value=group.focus):
            return f"{_capital(group.label)}: {group.focus_label}"
        if name == name_group(column=group.column, value=group.reference):
            return f"{_capital(group.label)}: {group.reference_label}"
    return "" if value == OTHER or not value else value


def say_left_out(left_out: Mapping[str, str], *, what: str) -> str:
    """Say which years are left out and why; empty where none is."""
    return " ".join(
        f"{format_school_year(year)} is left out of {what}. {why}" for year, why in sorted(left_out.items())
    )


def draw_months(rates: Sequence[Rate]) -> tuple[list[str], list[Series]]:
    """Draw a line for each year over the months of a school year, the latest in front.

    Parameters
    ----------
    rates : sequence of Rate
        Monthly.

    Returns
    -------
    list of str and list of Series
        Labels of the months, and the lines, the latest year last.
    """
    months = sorted({rate.month[5:] for rate in rates}, key=lambda month: order_month("0000-" + month))
    labels = [MONTHS[int(month) - 1][:3] for month in months]
    years = sorted({rate.school_year for rate in rates})[-2:]
    series = []
    for year in years:
        at = {rate.month[5:]: rate for rate in rates if rate.school_year == year}
        found = [at.get(month) for month in months]
        values = [rate.value if rate else None for rate in found]
        series.append(
            Series(
                label=format_school_year(year),
                role="this_school" if year == years[-1] else "others",
                values=[value.estimate if value else None for value in values],
                low=[value.ci_low if value else None for value in values],
                high=[value.ci_high if value else None for value in values],
                withheld=[rate is not None and rate.status == "withheld" for rate in found],
            )
        )
    return labels, series


def record_keys(
    school: School, *, school_year: str | None, domain: str, measure: str, grade: str = ALL, group: str = ALL
) -> dict[str, Any]:
    """Give the keys that every record of this chapter has."""
    return {
        "requirement": "R9",
        "district_id": school.district_id,
        "school_id": school.school_id,
        "school_year": school_year,
        "domain": domain,
        "measure": measure,
        "grade": grade,
        "group": group,
        "design": "descriptive",
    }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
