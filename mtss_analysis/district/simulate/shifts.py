"""What the truths add to the means of a school: by measure, grade, year and window, and to its absence."""

import numpy as np

from mtss_analysis.district.simulate.measures import GRADES, WINDOWS, Floats
from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.truths import Truths


def plan_shifts(
    *, sizes: Sizes, truths: Truths, school_id: str, level: str, position: int, adoption: int | None
) -> tuple[dict[str, Floats], Floats]:
    """Work out what truths add to a school's means.

    Parameters
    ----------
    sizes : Sizes
        Of the simulation.
    truths : Truths
        What is planted.
    school_id, level : str
        The school.
    position : int
        Its position among the zone's schools of its level.
    adoption : int or None
        Year index in which the phased roll-out reaches it.

    Returns
    -------
    shifts : dict of str to (grade 9, year, window 3) array
        By measure, SD; measures to which nothing is added are absent.
    absence : (year, window 3) array
        Log odds of absence.
    """
    shape = (len(GRADES), sizes.years, len(WINDOWS))
    shifts: dict[str, Floats] = {}
    absence = np.zeros(shape[1:])
    years = np.arange(sizes.years, dtype=np.float64)
    is_elementary = level == "elementary"

    def add(measure: str, amount: Floats) -> None:
        shifts[measure] = shifts.get(measure, np.zeros(shape)) + amount

    if truths.trends.planted:
        for cell in truths.trends.cells:
            if cell.level == level and cell.position == position:
                grades = [GRADES.index(grade) for grade in cell.grades] or list(range(len(GRADES)))
                inside = np.isin(np.arange(len(GRADES)), grades)[:, None, None]
                add(cell.measure, inside * (cell.slope_sd * years)[None, :, None])
    simpson = truths.simpson_reversal
    if simpson.planted and is_elementary and position in simpson.elementary:
        add("reading_scale", np.broadcast_to((simpson.rise_sd * years)[None, :, None], shape))
    systemic = truths.systemic_cause
    if systemic.planted and is_elementary and position in systemic.elementary:
        add("reading_scale", np.broadcast_to((systemic.reading_slope_sd * years)[None, :, None], shape))
        absence = absence + (systemic.absence_slope * years)[:, None]
    if adoption is not None and is_elementary:
        add("math_fluency", np.broadcast_to(_roll_out(truths, years=sizes.years, adoption=adoption)[None], shape))
    lagged = truths.lagged_indicators
    if lagged.planted:
        shocks = draw_shocks(sizes=sizes, school_id=school_id)
        absence = absence + lagged.absence_log_odds * shocks
        earlier = np.append([0.0], shocks.ravel()[:-1]).reshape(shocks.shape)
        add("behavior_rating", np.broadcast_to((lagged.effect_sd * earlier)[None], shape))
    return shifts, absence


def draw_shocks(*, sizes: Sizes, school_id: str) -> Floats:
    """Draw the shocks that absence and, a window later, behavior ratings share.

    Returns
    -------
    (year, window 3) array
        SD 1; within a year they add up to zero, so that a year's absence is as before.
    """
    raw = open_stream(sizes.seed, "shocks", school_id).standard_normal((sizes.years, len(WINDOWS)))
    centred: Floats = (raw - raw.mean(axis=1, keepdims=True)) * np.sqrt(len(WINDOWS) / (len(WINDOWS) - 1))
    return centred


def _roll_out(truths: Truths, *, years: int, adoption: int) -> Floats:
    effects = truths.phased_rollout.effects_sd
    added = np.zeros((years, len(WINDOWS)))
    for year in range(adoption, years):
        since = year - adoption
        before = 0.0 if since == 0 else effects[min(since, len(effects)) - 1]
        after = effects[min(since, len(effects) - 1)]
        added[year] = before, (before + after) / 2, after
    return added
