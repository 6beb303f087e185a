"""Screening scores: norms, abilities, schools and classrooms, truths, error, ceilings, and scores that are missing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, ndtr

from mtss_analysis.district.simulate.assignment import adds_to_outcome
from mtss_analysis.district.simulate.ground import Ground
from mtss_analysis.district.simulate.measures import MEASURES, WINDOWS, Floats, Measure
from mtss_analysis.district.simulate.people import GAP_DISADVANTAGED, Bools, Ints
from mtss_analysis.district.simulate.text import write_dates, write_text

MISSING_LOG_ODDS = -3.3
MISSING_BY_ABSENCE = 0.35
LEVELS = ("Well below", "Below", "At or above")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """All scores of one measure in one school.

    Parameters
    ----------
    measure : Measure
        The measure.
    rows : (n,) int array
        Rows of the students who take it.
    score, error : (n, 3) array
        Score and its standard error by window; missing: not tested, or not a window of the measure.
    latent : (n, 3) array
        True score, SD about the norm.
    day : (n, 3) datetime64[D] array
        Day of the test.
    """

    measure: Measure
    rows: Ints
    score: Floats
    error: Floats
    latent: Floats
    day: npt.NDArray[np.datetime64]


def draw_scores(ground: Ground, *, measure: Measure) -> Scores:
    """Draw the scores of one measure in one school.

    Parameters
    ----------
    ground : Ground
        The school.
    measure : Measure
        The measure.

    Returns
    -------
    Scores
        One row per student and year in a grade that takes it; the same draws whatever is planted.
    """
    rows = np.flatnonzero(np.isin(ground.grade, measure.grades))
    stream = ground.open_stream("screenings", measure.name)
    shape = (len(rows), len(WINDOWS))
    residual, noise = stream.standard_normal(shape), stream.standard_normal(shape)
    chance, lot = stream.random(shape), stream.random(shape)
    base = _find_latent(ground, measure=measure, rows=rows)
    latent = base + measure.residual_sd * residual
    norm = measure.norm[ground.grade[rows]]
    error = _standard_error(latent, measure=measure)
    day = _find_days(ground, rows=rows, lot=lot)
    taken = _is_taken(ground, measure=measure, rows=rows, latent=base, chance=chance, day=day)

    def write(values: Floats) -> Floats:
        scores = np.round(norm + measure.sd * values + error * noise)
        return np.where(taken, np.clip(scores, measure.lowest, measure.highest), np.nan)

    added = adds_to_outcome(ground, measure=measure, rows=rows, fall=write(latent)[:, 0])
    if added is not None:
        latent = latent + added
    return Scores(measure=measure, rows=rows, score=write(latent), error=error, latent=latent, day=day)


def draw_all_scores(ground: Ground) -> dict[str, Scores]:
    """Draw the scores of every measure in one school, by the measure's name."""
    return {measure.name: draw_scores(ground, measure=measure) for measure in MEASURES}


def write_screenings(ground: Ground, *, scores: dict[str, Scores]) -> pd.DataFrame:
    """Write the screenings table of one school.

    Parameters
    ----------
    ground : Ground
        The school.
    scores : dict of str to Scores
        From :func:`draw_all_scores`.

    Returns
    -------
    DataFrame
        Columns of the screenings table, sorted by measure, window and student; no row: not tested.
    """
    listed = list(scores.values())
    found = [np.nonzero(~np.isnan(one.score)) for one in listed]
    rows = np.concatenate([one.rows[row] for one, (row, _) in zip(listed, found, strict=True)])
    window = np.concatenate([column for _, column in found])
    which = np.concatenate([np.full(len(row), at) for at, (row, _) in enumerate(found)])

    def gather(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(one, name)[pair] for one, pair in zip(listed, found, strict=True)])

    score = gather("score")
    grade = ground.grade[rows]
    norm = np.stack([one.measure.norm for one in listed])[which, grade, window]
    cut = np.stack([one.measure.cut for one in listed])[which, grade, window]
    lowest = np.stack([one.measure.lowest_cut for one in listed])[which, grade, window]
    sd = np.array([one.measure.sd for one in listed])[which]
    level = np.where(score < lowest, 0, np.where(score < cut, 1, 2))
    domains = [one.measure.domain for one in listed]
    return pd.DataFrame(
        {
            "student_id": ground.write_ids(rows),
            "school_year": ground.write_years(rows),
            "window": write_text(WINDOWS, window),
            "measure": write_text([one.measure.name for one in listed], which),
            "school_id": ground.write_school(len(rows)),
            "domain": write_text(domains, which),
            "date": write_dates(gather("day")),
            "score": score,
            "standard_error": np.round(gather("error"), 1),
            "cut_score": cut,
            "percentile": np.clip(np.round(100 * ndtr((score - norm) / sd)), 1, 99),
            "benchmark_level": write_text(LEVELS, level),
        }
    )


def _find_latent(ground: Ground, *, measure: Measure, rows: Ints) -> Floats:
    """True standing by window before anything that a student alone gets, SD about the norm."""
    ability = ground.abilities[measure.ability][rows]
    if not measure.group_gap and measure.ability in ("reading", "math"):
        ability = ability - ground.group_shift[rows]
    standing = ability + ground.planned.effects[measure.name]
    is_noise_only = measure.name == "social_emotional_scale" and ground.truths.noise_only.planted
    if not is_noise_only:
        standing = standing + ground.class_effect[rows]
    latent = np.repeat(standing[:, None], len(WINDOWS), axis=1)
    shift = ground.planned.shifts.get(measure.name)
    if shift is not None:
        latent += shift[ground.grade[rows], ground.year[rows]]
    if measure.name == "reading_scale":
        latent += _find_reading_truths(ground, rows=rows)[:, None]
    return latent


def _find_reading_truths(ground: Ground, *, rows: Ints) -> Floats:
    """Wider gaps of the schools whose composition changes, and the classroom that stands out."""
    added = np.zeros(len(rows))
    for truth in (ground.truths.simpson_reversal, ground.truths.composition_change):
        if truth.planted and ground.planned.level == "elementary" and ground.planned.position in truth.elementary:
            added -= (truth.gap_sd - GAP_DISADVANTAGED) * ground.disadvantaged[rows]
    outlying = ground.planned.outlying_grade
    if outlying is not None:
        inside = (ground.grade[rows] == outlying) & (ground.classroom[rows] == 0)
        added += ground.truths.outlying_classroom.shift_sd * inside
    return added


def _standard_error(latent: Floats, *, measure: Measure) -> Floats:
    """Standard error of measurement, larger at both ends of the scale as in adaptive tests."""
    return measure.error * (1 + 0.08 * np.minimum(latent**2, 9.0))


def _find_days(ground: Ground, *, rows: Ints, lot: Floats) -> npt.NDArray[np.datetime64]:
    days = np.empty(lot.shape, dtype="datetime64[D]")
    year = ground.year[rows]
    for index, school_days in enumerate(ground.days):
        inside = year == index
        for window, open_days in enumerate(school_days.windows):
            days[inside, window] = open_days[(lot[inside, window] * len(open_days)).astype(int)]
    return days


def _is_taken(
    ground: Ground,
    *,
    measure: Measure,
    rows: Ints,
    latent: Floats,
    chance: Floats,
    day: npt.NDArray[np.datetime64],
) -> Bools:
    """Who is tested: those enrolled on the day, but for some, among whom the absent and the low are more."""
    log_odds = np.full(chance.shape, MISSING_LOG_ODDS)
    if measure.missing_slope:
        log_odds = log_odds + MISSING_BY_ABSENCE * ground.absence_risk[rows][:, None] - measure.missing_slope * latent
    taken: Bools = chance >= expit(log_odds)
    # Who changes schools within a window must not be tested twice: the new school tests who was there when it opened.
    opened = np.array([[days[0] for days in one.windows] for one in ground.days])[ground.year[rows]]
    taken &= (ground.entry[rows][:, None] <= opened) & (day <= ground.leaving[rows][:, None])
    closed = [window for window in range(len(WINDOWS)) if window not in measure.windows]
    taken[:, closed] = False
    return taken
