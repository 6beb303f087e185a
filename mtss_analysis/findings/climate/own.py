"""What one school may know of its absence and referrals, read from the comparison; nothing withheld is in it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.findings.climate.rates import CHANGE, MONTHLY, SHARED, YEARLY
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.sources import UsableSources
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import Interval

LEAST_SCHOOLS = 3
"""A median of fewer schools would be somebody's own number."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What every finding of this chapter is made from.

    Parameters
    ----------
    sources : UsableSources
        Which years of which table can be used.
    """

    school: School
    settings: Settings
    comparison: Comparison
    sources: UsableSources


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate of one school in a year or a month.

    Parameters
    ----------
    month : str
        ``2025-09``; empty for more than a month.
    value : Interval or None
        None if withheld or not estimable.
    status : {'ok', 'withheld', 'not_estimable'}
        Why there is none.
    n : int or None
        Students; None where there is no value.
    """

    school_year: str
    month: str
    value: Interval | None
    status: str
    reason: str
    n: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates of one school: by year, by month, and of the months that the latest two years share.

    Parameters
    ----------
    left_out : mapping of str to str
        Years that cannot be used, and why.
    change : Rate or None
        Of the shared months, this year against the last; None where there are not two years in a row that can be used.
    """

    years: tuple[Rate, ...]
    months: tuple[Rate, ...]
    shared: tuple[Rate, ...]
    change: Rate | None
    left_out: Mapping[str, str]


def read_counts(asked: Asked, *, topic: str) -> dict[tuple[str, str], dict[str, int | None]]:
    """Read the counts of a topic.

    Parameters
    ----------
    asked : Asked
        School and comparison.
    topic : str
        ``absence``, ``triangle``, ``referrals`` or ``domains``.

    Returns
    -------
    dict of (school year, slice) to dict of cell to count
        None where withheld.
    """
    frame = asked.comparison.frame("climate_cells")
    rows = of_school(frame[frame["school_id"].notna()], school=asked.school, topic=topic)
    counts: dict[tuple[str, str], dict[str, int | None]] = {}
    for row in rows.to_dict("records"):
        at = counts.setdefault((str(row["school_year"]), str(row["slice"])), {})
        at[str(row["cell"])] = int(row["count"]) if row["status"] == "ok" else None
    return counts


def read_district_absence(comparison: Comparison, *, district_id: str, school_year: str) -> dict[str, int]:
    """Read a district's counts of chronic absence, everybody counted once.

    Parameters
    ----------
    comparison : Comparison
        Has the frame ``climate_cells``.
    district_id : str
        The district.
    school_year : str
        The year.

    Returns
    -------
    dict of str to int
        ``n`` (students counted), ``chronic`` and ``regular``; empty where they are withheld.
    """
    frame = comparison.frame("climate_cells")
    rows = frame[frame["school_id"].isna() & (frame["district_id"] == district_id)]
    rows = rows[(rows["school_year"] == school_year) & (rows["slice"] == ALL) & (rows["status"] == "ok")]
    return {str(cell): int(count) for cell, count in zip(rows["cell"], rows["count"], strict=True)}


def read_rates(asked: Asked, *, kind: str, source: str) -> Rates:
    """Read the rates of a school, without the years that cannot be used.

    Parameters
    ----------
    asked : Asked
        School and comparison.
    kind : {'attended', 'referred'}
        Which rates.
    source : str
        The table that they come from.

    Returns
    -------
    Rates
        Empty where there are none.
    """
    rows = of_school(asked.comparison.frame("climate_rates"), school=asked.school, kind=kind)
    level = asked.settings.ci_level
    found: dict[str, list[Rate]] = {YEARLY: [], MONTHLY: [], SHARED: [], CHANGE: []}
    for row in rows.sort_values(["school_year", "month"]).to_dict("records"):
        found[str(row["span"])].append(_read_rate(row, level=level))
    left_out = find_left_out(asked, source=source, years=[rate.school_year for rate in found[YEARLY]])
    kept = {span: tuple(rate for rate in rates if rate.school_year not in left_out) for span, rates in found.items()}
    two = len(kept[SHARED]) == 2 and _follow(kept[SHARED][0].school_year, kept[SHARED][1].school_year)
    return Rates(
        years=kept[YEARLY],
        months=kept[MONTHLY],
        shared=kept[SHARED] if two else (),
        change=kept[CHANGE][0] if two and kept[CHANGE] else None,
        left_out=left_out,
    )


def say_not_given(asked: Asked, *, table: str) -> str:
    """Say that the district gave no such table; empty if it did."""
    return f"the district gave no table of {table}" if table in asked.sources.absent else ""


def find_left_out(asked: Asked, *, source: str, years: Sequence[str]) -> dict[str, str]:
    """Find the years of a source that cannot be used, and why."""
    said = {year: asked.sources.why_not(source, school_year=year) for year in years}
    return {year: why for year, why in said.items() if why is not None}


def find_typical(asked: Asked, *, kind: str, source: str, school_year: str) -> float | None:
    """Find the median rate of the schools of the same level, of what is printed of them alone.

    Parameters
    ----------
    asked : Asked
        School, comparison, and whether the district or the state is compared with.
    kind, source : str
        Which rates, and the table that they come from: schools whose table cannot be used do not count.
    school_year : str
        The year.

    Returns
    -------
    float or None
        None where fewer than three schools can be printed.
    """
    keys = ["district_id", "school_id", "school_year"]
    rates = asked.comparison.frame("climate_rates")
    rates = rates[(rates["kind"] == kind) & (rates["span"] == YEARLY) & (rates["school_year"] == school_year)]
    rates = rates[rates["status"] == "ok"].merge(asked.comparison.frame("climate_basis")[[*keys, "level"]], on=keys)
    own = rates[(rates["district_id"] == asked.school.district_id) & (rates["school_id"] == asked.school.school_id)]
    if asked.settings.population == "district":
        rates = rates[rates["district_id"] == asked.school.district_id]
    if len(own) and pd.notna(own["level"].iloc[0]):
        rates = rates[rates["level"] == own["level"].iloc[0]]
    faults = asked.comparison.frame("faults")
    faulty = faults[(faults["source"] == source) & faults["left_out"].astype("boolean").fillna(value=False)]
    out = pd.MultiIndex.from_frame(rates[keys]).isin(pd.MultiIndex.from_frame(faulty[keys]))
    kept = rates[~out]["estimate"]
    return float(kept.median()) if len(kept) >= LEAST_SCHOOLS else None


def read_basis(asked: Asked, *, school_year: str) -> Mapping[str, object]:
    """Read where school days come from and how referrals are spread over staff; empty where nothing is known."""
    rows = of_school(asked.comparison.frame("climate_basis"), school=asked.school, school_year=school_year)
    return {} if rows.empty else {str(name): value for name, value in rows.iloc[0].items() if pd.notna(value)}


def _read_rate(row: Mapping[Hashable, Any], *, level: float) -> Rate:
    ok = row["status"] == "ok"
    value = None
    if ok:
        estimate, low, high = (float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
        value = Interval(estimate=estimate, ci_low=low, ci_high=high, ci_level=level)
    return Rate(
        school_year=str(row["school_year"]),
        month=str(row["month"]),
        value=value,
        status=str(row["status"]),
        reason=str(row["reason"]),
        n=int(row["n"]) if ok else None,
    )


def _follow(first: str, second: str) -> bool:
    return int(second[:4]) - int(first[:4]) == 1
