"""Factors of a drill-down, put beside each student's score."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from mtss_analysis.district import find_school_year

ABSENT = "absent_pct"
DELIVERED = "delivered_pct"
FIDELITY = "fidelity_pct"
DERIVED: Mapping[str, tuple[str, ...]] = MappingProxyType({"attendance": (ABSENT,), "services": (DELIVERED,)})
"""Numbers that no table has as a column: percent of days absent, and of the planned minutes that were delivered."""
PERCENTS = frozenset({ABSENT, DELIVERED, FIDELITY})
"""Numbers that are seldom whole, so that a band is named "5 to under 10"."""


def attach_factor(
    *,
    scores: pd.DataFrame,
    table: pd.DataFrame,
    source: Literal["enrollments", "staff", "services", "attendance"],
    column: str,
    bands: Sequence[float] = (),
    only: Sequence[str] = (),
    without: str = "",
) -> pd.Series:
    """Find the category of a factor for each row of scores.

    Parameters
    ----------
    scores : DataFrame
        One row per enrolment, with ``student_id``, ``school_id``, ``school_year`` and ``teacher_id``.
    table : DataFrame
        The table that holds the factor; for ``enrollments`` the scores themselves hold it.
    source : {'enrollments', 'staff', 'services', 'attendance'}
        Which table it is: staff is joined by the classroom's teacher, services by the student and the school year
        in which the service began (the first that was assigned, where there are several), attendance by student,
        school and year.
    column : str
        The factor's column, or one of :data:`DERIVED`. Of several services of a student and year, ``delivered_pct``
        is of the minutes of all together and ``fidelity_pct`` their mean.
    bands : sequence of float
        Lower bounds of the bands of a number, ascending; empty for categories.
    only : sequence of str
        Interventions whose services count; empty: all.
    without : str
        Category of students without such a service in the year; empty: their category is not known.

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
    elif source == "attendance":
        keys = ["student_id", "school_id", "school_year"]
        values = _look_up(scores, _sum_absent(table, keys=keys), keys, column)
    else:
        keys = ["student_id", "school_year"]
        values = _look_up(scores, _sum_services(table, keys=keys, column=column, only=only), keys, column)
    named = (
        band_numbers(values, bands=bands, whole=column not in PERCENTS)
        if len(bands)
        else values.astype("str").where(values.notna())
    )
    return named.where(values.notna(), without) if without else named


def attach_providers(*, scores: pd.DataFrame, table: pd.DataFrame, only: Sequence[str] = ()) -> pd.Series:
    """Find who delivered the services of each row's student and school year.

    Parameters
    ----------
    scores : DataFrame
        One row per enrolment, with ``student_id`` and ``school_year``.
    table : DataFrame
        The services table.
    only : sequence of str
        Interventions whose services count; empty: all.

    Returns
    -------
    (n,) text Series
        On the index of ``scores``; several providers of a student and year are named together. Missing without a
        service, or where nobody is recorded.
    """
    keys = ["student_id", "school_year"]
    if "provider_id" not in table:
        return pd.Series(None, index=scores.index, dtype="str")
    services = table[table["intervention_id"].isin(list(only))] if len(only) else table
    services = services.assign(school_year=find_school_year(services["start_date"]))
    known = (
        services.loc[services["provider_id"].notna(), [*keys, "provider_id"]]
        .drop_duplicates()
        .sort_values([*keys, "provider_id"])
    )
    together = known.groupby(keys, sort=True)["provider_id"].agg(" and ".join).astype("str").reset_index()
    return _look_up(scores, together, keys, "provider_id")


def band_numbers(values: pd.Series, *, bands: Sequence[float], whole: bool = True) -> pd.Series:
    """Name the band of each number: bounds 0, 4, 10 give "0–3", "4–9", "10 or more" for whole numbers.

    Parameters
    ----------
    values : (n,) Series of numbers
        Missing stays missing; a number under the first bound has no band.
    bands : sequence of float
        Lower bounds, ascending.
    whole : bool
        Whether the numbers are whole.

    Returns
    -------
    (n,) text Series
        On the index of ``values``.
    """
    numbers = pd.to_numeric(values).astype("float64")
    names = name_bands(bands, whole=whole)
    place = np.searchsorted(np.asarray(bands, dtype="float64"), numbers.to_numpy(), side="right") - 1
    known = numbers.notna().to_numpy() & (place >= 0)
    named = pd.Series(None, index=values.index, dtype="str")
    named[known] = [names[at] for at in place[known]]
    return named


def name_bands(bands: Sequence[float], *, whole: bool = True) -> list[str]:
    """Name the bands that start at the given bounds.

    Parameters
    ----------
    bands : sequence of float
        Lower bounds, ascending.
    whole : bool
        Whether the numbers in the bands are whole.

    Returns
    -------
    list of str
        As many names as bounds: "0–3", "4–9", "10 or more"; numbers or bounds that are not whole give "0 to under 4.5".
    """
    whole = whole and all(float(bound).is_integer() for bound in bands)
    names = []
    for low, high in pairwise(bands):
        if not whole:
            names.append(f"{low:g} to under {high:g}")
        elif high - low > 1:
            names.append(f"{low:g}–{high - 1:g}")
        else:
            names.append(f"{low:g}")
    return [*names, f"{bands[-1]:g} or more"]


def _sum_absent(table: pd.DataFrame, *, keys: list[str]) -> pd.DataFrame:
    known = table[table["days_absent"].notna() & (table["days_enrolled"] > 0)]
    days = known.groupby(keys, sort=True)[["days_enrolled", "days_absent"]].sum().reset_index()
    return days.assign(**{ABSENT: 100 * days["days_absent"] / days["days_enrolled"]})[[*keys, ABSENT]]


def _sum_services(table: pd.DataFrame, *, keys: list[str], column: str, only: Sequence[str]) -> pd.DataFrame:
    services = table[table["intervention_id"].isin(list(only))] if len(only) else table
    services = services.assign(school_year=find_school_year(services["start_date"]))
    if column == DELIVERED:
        known = services[services["minutes_delivered"].notna() & (services["minutes_planned"] > 0)]
        minutes = known.groupby(keys, sort=True)[["minutes_planned", "minutes_delivered"]].sum().reset_index()
        return minutes.assign(**{DELIVERED: 100 * minutes["minutes_delivered"] / minutes["minutes_planned"]})
    if column == FIDELITY:
        known = services[services[FIDELITY].notna()]
        return known.groupby(keys, sort=True)[FIDELITY].mean().reset_index()
    services = services.sort_values([*keys, "start_date", column])
    return services[[*keys, column]].drop_duplicates(keys)


def _look_up(scores: pd.DataFrame, table: pd.DataFrame, keys: list[str], column: str) -> pd.Series:
    if column not in keys and column in scores.columns:
        scores = scores.drop(columns=column)
    found = scores[keys].merge(table, on=keys, how="left", validate="many_to_one")[column]
    return found.set_axis(scores.index)
