"""Months without referrals that should have some, months of attendance that are missing or cannot be true."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.district.years import find_school_year
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.data_quality.fault import Check, Fault
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.months import count_events, summarise_attendance
from mtss_analysis.stats import adjust_p_values
from mtss_analysis.stats.silence import find_silent_runs

# Twenty students with an absence, each with the same days absent as the month before: below 1e-8 if half would agree
# by chance.
LEAST_COPIED = 20


def find_silent_referrals(referrals: pd.DataFrame, *, enrollments: pd.DataFrame, settings: Settings) -> list[Fault]:
    """Find the schools that stopped reporting referrals for a while, or for good.

    Parameters
    ----------
    referrals, enrollments : DataFrame
        With ``district_id``.
    settings : Settings
        ``quality.silent_months`` and ``quality.false_alarm_rate``, and the profile.

    Returns
    -------
    list of Fault
        ``silent``, one for each school year that the silent months lie in.
    """
    months = count_events(referrals)
    enrolled = enrollments.groupby(["district_id", "school_id", "school_year"])["student_id"].nunique()
    sizes = enrolled[enrolled >= get_profile(settings.profile).minimum].rename("n").reset_index()
    faults: list[Fault] = []
    for district_id, block in months.groupby("district_id", sort=True):
        if district_id not in set(sizes["district_id"]):
            continue
        years = sorted(set(block["school_year"]))
        size = sizes[sizes["district_id"] == district_id]
        size = size.pivot_table(index="school_id", columns="school_year", values="n").reindex(columns=years)
        counts = block.pivot_table(index="school_id", columns="month", values="n", aggfunc="sum")
        counts = counts.reindex(size.index).fillna(0.0)
        year_of = block.drop_duplicates("month").set_index("month")["school_year"]
        exposure = pd.DataFrame({month: size[year_of[month]] for month in counts.columns}).fillna(0.0)
        faults += _find_runs(
            counts, exposure, district_id=str(district_id), source="referrals", check="silent", settings=settings
        )
    return faults


def find_attendance_faults(attendance: pd.DataFrame, *, settings: Settings) -> list[Fault]:
    """Find months of attendance that are missing, and months that cannot be true.

    Parameters
    ----------
    attendance : DataFrame
        With ``district_id``.
    settings : Settings
        ``quality``, and the profile: smaller schools are passed over.

    Returns
    -------
    list of Fault
        ``months_missing``, ``nobody_absent``, ``identical``, ``copied``.
    """
    months = summarise_attendance(attendance)
    minimum = get_profile(settings.profile).minimum
    faults: list[Fault] = []
    for _, block in months.groupby(["district_id", "school_year"], sort=True):
        faults += _find_missing(block, settings=settings)
    large = months[months["n"] >= minimum]
    for district_id, block in large.groupby("district_id", sort=True):
        faults += _find_runs(
            block.pivot_table(index="school_id", columns="month", values="n_absent").fillna(0.0),
            block.pivot_table(index="school_id", columns="month", values="n").fillna(0.0),
            district_id=str(district_id),
            source="attendance",
            check="nobody_absent",
            settings=settings,
        )
    alike = large[(large["n_values"] == 1) & (large["n_absent"] > 0)]
    faults += [_month_fault(row, check="identical") for row in alike.to_dict("records")]
    same = (large["n_both"] >= LEAST_COPIED) & (large["n_changed"] == 0) & (large["n_absent"] >= LEAST_COPIED)
    faults += [_month_fault(row, check="copied") for row in large[same & (large["n_values"] > 1)].to_dict("records")]
    return faults


def _find_runs(
    counts: pd.DataFrame,
    exposure: pd.DataFrame,
    *,
    district_id: str,
    source: str,
    check: Check,
    settings: Settings,
) -> list[Fault]:
    """Find silent runs in one district; for attendance a single month without any absence is enough."""
    referrals = check == "silent"
    try:
        runs = find_silent_runs(
            counts=counts.to_numpy(dtype=np.float64),
            exposure=exposure.to_numpy(dtype=np.float64),
            least_periods=settings.quality.silent_months if referrals else 1,
            largest_share=0.15 if referrals else 0.0,
        )
    except TooFewError:
        return []
    q_values = adjust_p_values(np.array([run.p_value for run in runs]))
    faults = []
    for school_id, run, q_value in zip(counts.index, runs, q_values, strict=True):
        if q_value > settings.quality.false_alarm_rate or run.first < 0:
            continue
        span = [str(month) for month in counts.columns[run.first : run.last + 1]]
        years = find_school_year(pd.to_datetime(pd.Series(span) + "-01"))
        faults += [
            Fault(
                district_id=district_id,
                school_id=str(school_id),
                source=source,
                aspect="plausibility",
                check=check,
                school_year=str(year),
                first=span[0],
                last=span[-1],
                items=",".join(span),
                q_value=float(q_value),
            )
            for year in sorted(years.unique())
        ]
    return faults


def _find_missing(block: pd.DataFrame, *, settings: Settings) -> list[Fault]:
    """Find, in one district and year, the months that most schools have and a school lacks or has for few students."""
    n = block.pivot_table(index="school_id", columns="month", values="n").fillna(0.0)
    usual = n.columns[((n > 0).mean(axis=0) > 0.5).to_numpy()]
    typical = n.where(n > 0).median(axis=1)
    faults = []
    for school_id in n.index:
        enough = settings.quality.least_reported_pct / 100 * typical[school_id]
        missing = [str(month) for month in usual if n.loc[school_id, month] < enough]
        if missing:
            faults.append(
                Fault(
                    district_id=str(block["district_id"].iloc[0]),
                    school_id=str(school_id),
                    source="attendance",
                    aspect="completeness",
                    check="months_missing",
                    school_year=str(block["school_year"].iloc[0]),
                    first=missing[0],
                    last=missing[-1],
                    items=",".join(missing),
                    left_out=len(missing) > settings.quality.most_missing_months,
                )
            )
    return faults


def _month_fault(row: Mapping[Hashable, object], *, check: Check) -> Fault:
    return Fault(
        district_id=str(row["district_id"]),
        school_id=str(row["school_id"]),
        source="attendance",
        aspect="plausibility",
        check=check,
        school_year=str(row["school_year"]),
        first=str(row["month"]),
        last=str(row["month"]),
        items=str(row["month"]),
    )
