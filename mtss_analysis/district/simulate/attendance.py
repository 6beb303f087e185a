"""Attendance by month: season, school, a chronic tail, and the truths of absence."""

import numpy as np
import pandas as pd
from scipy.special import expit

from mtss_analysis.district.simulate.ground import Ground
from mtss_analysis.district.simulate.people import Ints
from mtss_analysis.district.simulate.school_days import WINDOW_BY_MONTH
from mtss_analysis.district.simulate.text import write_text

LOG_ODDS = -3.05
BY_RISK = 0.75
SEASON = {8: -0.35, 9: -0.20, 10: -0.05, 11: 0.05, 12: 0.20, 1: 0.20, 2: 0.25, 3: 0.05, 4: 0.0, 5: 0.05, 6: 0.25}
BY_GRADE = np.array([0.20, 0.05, 0.0, -0.05, -0.05, 0.0, 0.05, 0.10, 0.15])
CONCENTRATION = 22.0
"""Sum of the parameters of the beta distribution of a student's month: small means that absences come in runs."""
SUSPENSION_LOG_ODDS = -7.6


def draw_attendance(ground: Ground) -> pd.DataFrame:
    """Draw the attendance table of one school.

    Parameters
    ----------
    ground : Ground
        The school.

    Returns
    -------
    DataFrame
        One row per student and month with a day enrolled, columns of the attendance table.
    """
    stream = ground.open_stream("attendance")
    rows, months, enrolled = _count_days(ground)
    names = sorted({month for days in ground.days for month in days.months})
    calendar_month = np.array([int(name[5:]) for name in names])[months]
    window = np.array([WINDOW_BY_MONTH.get(month, 0) for month in range(13)])[calendar_month]
    season = np.array([SEASON.get(month, 0.0) for month in range(13)])[calendar_month]
    grade = ground.grade[rows]
    mean = expit(
        LOG_ODDS
        + ground.planned.absence
        + BY_RISK * ground.absence_risk[rows]
        + BY_GRADE[grade]
        + season
        + ground.planned.absence_shifts[ground.year[rows], window]
    )
    share = stream.beta(CONCENTRATION * mean, CONCENTRATION * (1 - mean))
    absent = stream.binomial(enrolled, share)
    suspended = stream.binomial(
        np.where(grade >= 2, 3, 0),
        expit(SUSPENSION_LOG_ODDS - 1.3 * ground.abilities["behavior"][rows] + 0.15 * grade),
    )
    suspended = np.minimum(suspended, enrolled - absent)
    return pd.DataFrame(
        {
            "student_id": ground.write_ids(rows),
            "school_id": ground.write_school(len(rows)),
            "school_year": ground.write_years(rows),
            "month": write_text(names, months),
            "days_enrolled": enrolled.astype(np.float64),
            "days_absent": (absent + suspended).astype(np.float64),
            "days_suspended": suspended.astype(np.float64),
        }
    )


def _count_days(ground: Ground) -> tuple[Ints, Ints, Ints]:
    """List student rows and months with the school days on which the student was enrolled, where there are any."""
    names = sorted({month for days in ground.days for month in days.months})
    rows, months, counts = [], [], []
    for year, days in enumerate(ground.days):
        inside = np.flatnonzero(ground.year == year)
        first = np.searchsorted(days.days, ground.entry[inside])
        after = np.searchsorted(days.days, ground.leaving[inside], side="right")
        starts, ends = days.month_starts[:-1], days.month_starts[1:]
        count = np.minimum(after[:, None], ends) - np.maximum(first[:, None], starts)
        row, month = np.nonzero(count > 0)
        rows.append(inside[row])
        months.append(np.array([names.index(name) for name in days.months])[month])
        counts.append(count[row, month])
    return np.concatenate(rows), np.concatenate(months), np.concatenate(counts)
