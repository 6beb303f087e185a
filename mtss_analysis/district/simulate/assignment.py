"""Who takes part in which planted intervention, and what that adds to the student's outcome."""

import numpy as np

from mtss_analysis.district.simulate.ground import Ground
from mtss_analysis.district.simulate.measures import MEASURE_BY_NAME, Floats, Measure
from mtss_analysis.district.simulate.people import Bools, Ints

HALF_BY_WINTER = np.array([0.0, 0.5, 1.0])
"""Share of a year's effect that shows in the fall, winter and spring window."""
CATCH_UP_GRADES = (2, 3, 4, 5)
WORD_GRADES = (3, 4, 5)


def adds_to_outcome(ground: Ground, *, measure: Measure, rows: Ints, fall: Floats) -> Floats | None:
    """Work out what taking part adds to the true scores of a measure.

    Parameters
    ----------
    ground : Ground
        The school.
    measure : Measure
        The measure.
    rows : (n,) int array
        Rows of the students who take it.
    fall : (n,) array
        Their observed fall scores; missing: not tested.

    Returns
    -------
    (n, 3) array or None
        By window, SD; None: no intervention works on this measure.
    """
    truths = ground.truths
    if measure.name == "oral_reading" and truths.cut_score_effect.planted:
        _, takes_part = assign_by_cut(ground, rows=rows, fall=fall)
        return np.asarray(truths.cut_score_effect.effect_sd * takes_part[:, None] * HALF_BY_WINTER)
    if measure.name == "vocabulary" and truths.randomised_effect.planted:
        treated = draw_lot(ground, rows=rows)
        return np.asarray(truths.randomised_effect.effect_sd * treated[:, None] * HALF_BY_WINTER)
    return None


def assign_by_cut(ground: Ground, *, rows: Ints, fall: Floats) -> tuple[Bools, Bools]:
    """Assign ``reading_boost`` to those below the fall cut score.

    Returns
    -------
    assigned, takes_part : (n,) bool array
        The two are the same in a sharp design. Who was not tested is not assigned, and does not take part.
    """
    truth = ground.truths.cut_score_effect
    chance = ground.open_stream("assignment", "reading_boost").random(len(rows))
    cut = MEASURE_BY_NAME["oral_reading"].cut[ground.grade[rows], 0]
    assigned = fall < cut
    uptake = np.where(assigned, truth.uptake_below, truth.uptake_above)
    return assigned, (chance < uptake) & ~np.isnan(fall)


def assign_lowest(ground: Ground, *, rows: Ints, fall: Floats) -> Bools:
    """Take the lowest fall scores of mathematics into ``math_catch_up``, with the teacher's judgement.

    Returns
    -------
    (n,) bool array
        By row; only students of ``CATCH_UP_GRADES``.
    """
    truth = ground.truths.null_intervention
    judgement = ground.open_stream("assignment", "math_catch_up").standard_normal(len(rows))
    measure = MEASURE_BY_NAME["math_scale"]
    standing = (fall - measure.norm[ground.grade[rows], 0]) / measure.sd + truth.judgement_sd * judgement
    lowest: Bools = np.isin(ground.grade[rows], CATCH_UP_GRADES) & (standing < truth.below_sd)
    return lowest


def draw_lot(ground: Ground, *, rows: Ints) -> Bools:
    """Draw who gets ``word_groups``: half of the students of each grade, or half of its classrooms, every year.

    Who comes after the lot was drawn gets neither arm.

    Parameters
    ----------
    ground : Ground
        The school.
    rows : (n,) int array
        Students of ``WORD_GRADES``.

    Returns
    -------
    (n,) bool array
        False: usual lessons.
    """
    stream = ground.open_stream("assignment", "word_groups")
    by_student, by_class = stream.random(len(rows)), stream.random((len(ground.days), len(WORD_GRADES), 64))
    year, grade, room = ground.year[rows], ground.grade[rows], ground.classroom[rows]
    stratum = year * len(WORD_GRADES) + grade - WORD_GRADES[0]
    if ground.truths.randomised_effect.unit == "classroom":
        counts = np.zeros((len(ground.days), len(WORD_GRADES)), dtype=np.int64)
        np.maximum.at(counts, (year, grade - WORD_GRADES[0]), room + 1)
        lots = np.where(np.arange(64) < counts[:, :, None], by_class, 2.0)
        rank = lots.argsort(axis=2).argsort(axis=2)
        extra = by_class[:, :, 0, None] < 0.5  # an odd classroom falls to either arm
        treated = rank < (counts[:, :, None] + extra) // 2
        chosen: Bools = treated[year, grade - WORD_GRADES[0], room]
        return chosen & is_there_for_lot(ground, rows=rows)
    order = np.lexsort((by_student, stratum))
    starts = np.searchsorted(stratum[order], stratum[order])
    chosen = np.empty(len(rows), dtype=np.bool_)
    chosen[order] = (np.arange(len(rows)) - starts) % 2 == 0
    return chosen & is_there_for_lot(ground, rows=rows)


def is_there_for_lot(ground: Ground, *, rows: Ints) -> Bools:
    """Whether students are enrolled from the first day of the year, so that they take part in the lot."""
    there: Bools = ground.entry[rows] == np.array([days.first for days in ground.days])[ground.year[rows]]
    return there
