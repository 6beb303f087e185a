"""Progress monitoring: weekly probes of the reading group, and single cases with phases A and B."""

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from mtss_analysis.district.simulate.ground import Ground
from mtss_analysis.district.simulate.measures import Floats
from mtss_analysis.district.simulate.people import Ints
from mtss_analysis.district.simulate.services import Days, Participants
from mtss_analysis.district.simulate.text import write_dates, write_text

PROBES = "passage_reading"
CASES = "on_task"
WEEKLY_SD, WEEKLY_AUTOCORRELATION = 7.0, 0.3
WORDS_A_WEEK = {1: 1.3, 2: 1.2, 3: 1.0, 4: 0.8, 5: 0.6}
SLOPE_SD = 0.45
AMBITION = 1.25
"""Goal lines rise so many times as fast as the typical student."""
CASE_POINTS = 20
CASE_LEVEL, CASE_LEVEL_SD, CASE_SD = 45.0, 6.0, 8.0
SHORTEST_BASELINE, LONGEST_BASELINE = 5, 9
CASE_GRADES = (2, 3, 4, 5, 6, 7, 8)


def draw_probes(ground: Ground, *, group: Participants) -> pd.DataFrame:
    """Draw the weekly probes of the reading group of one school.

    Parameters
    ----------
    ground : Ground
        The school.
    group : Participants
        Who is in the reading group.

    Returns
    -------
    DataFrame
        Columns of the progress table, and ``school_id``; some probes are skipped, in some schools many.
    """
    rows = group.rows
    stream = ground.open_stream("progress")
    skipped = float(stream.beta(2.0, 9.0))
    weeks = np.arange(30)
    shape = (len(rows), len(weeks))
    grade = ground.grade[rows]
    typical = np.array([WORDS_A_WEEK.get(at, 0.6) for at in range(9)])[grade]
    level = np.maximum(12 + 24 * grade + 16 * ground.abilities["reading"][rows], 3)
    level = level + 4 * stream.standard_normal(len(rows))
    slope = typical * 0.9 + SLOPE_SD * stream.standard_normal(len(rows))
    error = correlate(stream.standard_normal(shape), autocorrelation=WEEKLY_AUTOCORRELATION)
    score = np.maximum(np.round(level[:, None] + slope[:, None] * weeks + WEEKLY_SD * error), 0)
    goal = np.round(level[:, None] + AMBITION * typical[:, None] * weeks)
    kept = stream.random(shape) >= skipped
    day_of_week = (ground.person[rows] % 5)[:, None]
    days = _mondays(group.start)[:, None] + (7 * weeks[None, :] + day_of_week)
    kept &= (days >= group.start[:, None]) & (days <= group.end[:, None])
    kept &= np.isin(days, np.concatenate([one.days for one in ground.days]))
    row, _ = np.nonzero(kept)
    return _write(
        ground,
        rows=rows[row],
        score=score[kept],
        goal=np.maximum(goal[kept], 1),
        days=days[kept],
        phase=np.full(len(row), -1),
        measure=PROBES,
        intervention_id="tier2_reading",
    )


def choose_cases(ground: Ground) -> Ints:
    """Choose the single cases of a school: rows of the last year, the students whose behavior is rated lowest."""
    truth = ground.truths.single_cases
    last = len(ground.days) - 1
    able = (ground.year == last) & np.isin(ground.grade, CASE_GRADES)
    able &= (ground.entry == ground.days[last].first) & (ground.leaving == ground.days[last].last)
    rows = np.flatnonzero(able)
    if not truth.planted or ground.planned.is_tiny:
        return rows[:0]
    lowest = rows[np.lexsort((ground.person[rows], ground.abilities["behavior"][rows]))]
    return np.sort(lowest[: truth.cases])


def draw_cases(ground: Ground) -> tuple[pd.DataFrame, Participants]:
    """Draw the single cases of one school: two observations a week, baselines of 5 to 9 points.

    Parameters
    ----------
    ground : Ground
        The school.

    Returns
    -------
    progress : DataFrame
        Columns of the progress table, and ``school_id``.
    participants : Participants
        The students, from the first day of phase B.
    """
    truth = ground.truths.single_cases
    rows = choose_cases(ground)
    stream = ground.open_stream("single_cases")
    days = ground.days[-1].days
    first = int(np.searchsorted(days, np.datetime64(f"{int(str(days[0])[:4]) + 1}-01-12")))
    points = days[first : first + 5 * CASE_POINTS : 2][:CASE_POINTS]
    spread = LONGEST_BASELINE - SHORTEST_BASELINE + 1
    baseline = SHORTEST_BASELINE + (np.arange(len(rows)) * spread // max(len(rows), 1))
    is_b = np.arange(CASE_POINTS)[None, :] >= baseline[:, None]
    level = CASE_LEVEL + CASE_LEVEL_SD * stream.standard_normal(len(rows))
    error = correlate(stream.standard_normal((len(rows), CASE_POINTS)), autocorrelation=truth.autocorrelation)
    score = level[:, None] + CASE_SD * (truth.change_sd * is_b + error)
    progress = _write(
        ground,
        rows=np.repeat(rows, CASE_POINTS),
        score=np.clip(np.round(score), 0, 100).ravel(),
        goal=np.full(score.size, 80.0),
        days=np.tile(points, len(rows)),
        phase=is_b.astype(np.int64).ravel(),
        measure=CASES,
        intervention_id="check_in",
    )
    everybody = np.ones(len(rows), dtype=np.bool_)
    begin = points[baseline]
    end = np.full(len(rows), points[-1])
    return progress, Participants(
        intervention_id="check_in", rows=rows, start=begin, end=end, assigned=everybody, takes_part=everybody
    )


def correlate(noise: Floats, *, autocorrelation: float) -> Floats:
    """Give white noise the autocorrelation of a first-order process, and leave its variance at one.

    Parameters
    ----------
    noise : (n, t) array
        Standard normal.
    autocorrelation : float
        Of neighbouring columns.

    Returns
    -------
    (n, t) array
        Stationary from the first column on.
    """
    drive = noise * np.sqrt(1 - autocorrelation**2)
    drive[:, 0] = noise[:, 0]
    filtered: Floats = lfilter([1.0], [1.0, -autocorrelation], drive, axis=1)
    return filtered


def _mondays(days: Days) -> Days:
    weekday = (days.astype("datetime64[D]").astype(np.int64) - 4) % 7
    monday: Days = days + np.where(weekday > 0, 7 - weekday, 0)
    return monday


def _write(
    ground: Ground,
    *,
    rows: Ints,
    score: Floats,
    goal: Floats,
    days: Days,
    phase: Ints,
    measure: str,
    intervention_id: str,
) -> pd.DataFrame:
    zeros = np.zeros(len(rows), dtype=np.int64)
    return pd.DataFrame(
        {
            "student_id": ground.write_ids(rows),
            "measure": write_text([measure], zeros),
            "date": write_dates(days),
            "intervention_id": write_text([intervention_id], zeros),
            "score": score,
            "goal": goal,
            "phase": write_text(["A", "B"], phase),
        }
    )
