"""Attendance and referral rates of all schools by year and month, and how the same months changed."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.climate.cells import PLACE, SAME, N, find_shared_months
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats.estimate import Estimate, Interval
from mtss_analysis.stats.ratios_by_unit import (
    compare_event_rates,
    compare_ratios,
    estimate_event_rate,
    estimate_ratio,
)

ATTENDED, REFERRED = "attended", "referred"
YEARLY, MONTHLY, SHARED, CHANGE = "year", "month", "same", "change"
COLUMNS = [*PLACE, "kind", "span", "school_year", "month", "estimate", "ci_low", "ci_high", "n", "status", "reason"]
MONTHS = ["school_year", "month"]
PER = 100.0
"""Attendance in percent, referrals for 100 students and a day."""


def rate_attendance(months: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Rate attendance by school, year and month.

    Parameters
    ----------
    months : DataFrame
        From :func:`mtss_analysis.measures.absence.sum_months`.
    settings : Settings
        Confidence level and disclosure profile.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``, percent of days enrolled on which students were there. A rate needs as many students,
        and as
        many who were absent, as may be printed.
    """
    minimum = get_profile(settings.profile).minimum

    def status(rows: pd.DataFrame) -> str:
        absent = rows.groupby("student_id")["days_absent"].sum()
        return "ok" if len(absent) >= minimum and int((absent > 0).sum()) >= minimum else "withheld"

    def estimate(rows: pd.DataFrame) -> Estimate:
        sums = rows.groupby("student_id", sort=True)[["days_enrolled", "days_absent"]].sum()
        there = (sums["days_enrolled"] - sums["days_absent"]).clip(lower=0)
        return estimate_ratio(
            numerators=there.to_numpy(dtype=np.float64),
            denominators=sums["days_enrolled"].to_numpy(dtype=np.float64),
            ci_level=settings.ci_level,
        )

    def compare(now: pd.DataFrame, before: pd.DataFrame) -> Estimate:
        sums = _pair(now, before, columns=("days_absent", "days_enrolled"))
        return compare_ratios(
            numerators=sums["days_enrolled"] - sums["days_absent"],
            denominators=sums["days_enrolled"],
            reference_numerators=sums["days_enrolled_before"] - sums["days_absent_before"],
            reference_denominators=sums["days_enrolled_before"],
            ci_level=settings.ci_level,
        )

    rows = list(_rate(months, kind=ATTENDED, status=status, estimate=estimate, compare=compare))
    return pd.DataFrame(rows, columns=COLUMNS)


def rate_referrals(events: pd.DataFrame, *, cells: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Rate referrals by school, year and month.

    Parameters
    ----------
    events : DataFrame
        One row per school, year, month and student with a school day: ``days`` and ``referrals``.
    cells : DataFrame
        Counts of referrals with ``status``: a rate is withheld where its count is.
    settings : Settings
        Confidence level.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``, referrals for 100 students and a school day; the change is a ratio.
    """
    printed = set(
        cells.loc[(cells["cell"] == N) & (cells["status"] == "ok"), [*PLACE, "school_year", "slice"]].itertuples(
            index=False, name=None
        )
    )

    def status(rows: pd.DataFrame) -> str:
        first = rows.iloc[0]
        place = (first["district_id"], first["school_id"], first["school_year"])
        months = rows["month"].unique()
        whole = (*place, ALL) in printed
        if first["span"] == MONTHLY:
            return "ok" if (*place, f"month={months[0]}") in printed else "withheld"
        if first["span"] == SHARED and bool(first["is_part"]):
            return "ok" if (*place, SAME) in printed else "withheld"
        return "ok" if whole else "withheld"

    def estimate(rows: pd.DataFrame) -> Interval:
        sums = rows.groupby("student_id", sort=True)[["referrals", "days"]].sum()
        return estimate_event_rate(
            counts=sums["referrals"].to_numpy(dtype=np.float64),
            exposures=sums["days"].to_numpy(dtype=np.float64),
            ci_level=settings.ci_level,
        )

    def compare(now: pd.DataFrame, before: pd.DataFrame) -> Interval:
        sums = _pair(now, before, columns=("referrals", "days"))
        months, months_before = (_sum_months(rows) for rows in (now, before))
        return compare_event_rates(
            counts=sums["referrals"],
            exposures=sums["days"],
            reference_counts=sums["referrals_before"],
            reference_exposures=sums["days_before"],
            by_period=(
                months["referrals"].to_numpy(dtype=np.float64),
                months["days"].to_numpy(dtype=np.float64),
                months_before["referrals"].to_numpy(dtype=np.float64),
                months_before["days"].to_numpy(dtype=np.float64),
            )
            if len(months) > 1
            else None,
            ci_level=settings.ci_level,
        )

    rows = list(_rate(events, kind=REFERRED, status=status, estimate=estimate, compare=compare))
    return pd.DataFrame(rows, columns=COLUMNS)


def _rate(
    rows: pd.DataFrame,
    *,
    kind: str,
    status: Callable[[pd.DataFrame], str],
    estimate: Callable[[pd.DataFrame], Estimate | Interval],
    compare: Callable[[pd.DataFrame, pd.DataFrame], Estimate | Interval],
) -> Iterator[dict[str, object]]:
    shared = find_shared_months(rows)
    marked = rows.merge(shared, on=[*PLACE, "school_year", "month"], how="left")
    in_both = marked["is_shared"].astype("boolean").fillna(value=False)
    marked["is_part"] = (
        (marked["is_shared"].notna() & ~in_both)
        .groupby([marked["district_id"], marked["school_id"], marked["school_year"]])
        .transform("any")
    )
    for _, school in marked.groupby(PLACE, sort=True):
        same = school[in_both.loc[school.index]]
        asked = [(YEARLY, "", block) for _, block in school.groupby("school_year", sort=True)]
        asked += [(MONTHLY, str(block["month"].iloc[0]), block) for _, block in school.groupby(MONTHS, sort=True)]
        both = [block for _, block in same.groupby("school_year", sort=True)]
        asked += [(SHARED, "", block) for block in both]
        states = []
        for span, month, block in asked:
            state = status(block.assign(span=span))
            states.append(state)
            value = partial(estimate, block)
            yield _write(block, kind=kind, span=span, month=month, status=state, value=value, scale=PER)
        if len(both) == 2:
            before, now = both
            state = "ok" if states[-2:] == ["ok", "ok"] else "withheld"
            value = partial(compare, now, before)
            scale = PER if kind == ATTENDED else 1.0
            yield _write(now, kind=kind, span=CHANGE, month="", status=state, value=value, scale=scale)


def _write(
    block: pd.DataFrame,
    *,
    kind: str,
    span: str,
    month: str,
    status: str,
    value: Callable[[], Estimate | Interval],
    scale: float,
) -> dict[str, object]:
    found: Estimate | Interval | None = None
    reason = ""
    if status == "ok":
        try:
            found = value()
        except TooFewError as few:
            reason = str(few)
    first = block.iloc[0]
    return {
        "district_id": first["district_id"],
        "school_id": first["school_id"],
        "kind": kind,
        "span": span,
        "school_year": first["school_year"],
        "month": month,
        "estimate": scale * found.estimate if found else np.nan,
        "ci_low": scale * found.ci_low if found else np.nan,
        "ci_high": scale * found.ci_high if found else np.nan,
        "n": int(block["student_id"].nunique()),
        "status": "not_estimable" if reason else status,
        "reason": reason,
    }


def _sum_months(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(rows["month"].str[5:], sort=True)[["referrals", "days"]].sum()


def _pair(now: pd.DataFrame, before: pd.DataFrame, *, columns: tuple[str, str]) -> dict[str, np.ndarray]:
    """Sum both years by student; a student who is in one of them alone has zeros in the other."""
    first = now.groupby("student_id", sort=True)[list(columns)].sum()
    second = before.groupby("student_id", sort=True)[list(columns)].sum().add_suffix("_before")
    both = first.join(second, how="outer").fillna(0.0).sort_index()
    return {str(name): both[name].to_numpy(dtype=np.float64) for name in both}
