"""What ``truth.json`` holds: every truth with its size, where it was planted, and the true values."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mtss_analysis.district.simulate.district_plan import DistrictPlan, PlannedSchool
from mtss_analysis.district.simulate.ground import Ground
from mtss_analysis.district.simulate.measures import GRADES, MEASURES, WINDOWS
from mtss_analysis.district.simulate.truths import Truths


def record_truth(plan: DistrictPlan, *, truths: Truths, counts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Write down the truth of a district.

    Parameters
    ----------
    plan : DistrictPlan
        Its schools.
    truths : Truths
        What is planted.
    counts : mapping of str to mapping
        From :func:`count_truth`, by school.

    Returns
    -------
    dict
        ``measures``, ``truths`` (with ``schools``: where each was planted), ``slopes`` (what truths add to the mean of
        a measure, by school, grade and year, in the spring window) and ``schools`` (true effects and counts).
    """
    described = truths.describe()
    described["practice"] = plan.practice.describe()
    for name, schools in locate_truths(plan, truths=truths).items():
        described[name]["schools"] = schools
    return {
        "district_id": plan.district_id,
        "district_name": plan.district_name,
        "seed": plan.sizes.seed,
        "school_years": list(plan.years),
        "measures": {
            measure.name: {
                "domain": measure.domain,
                "grades": [GRADES[grade] for grade in measure.grades],
                "windows": [WINDOWS[window] for window in measure.windows],
                "sd": measure.sd,
                "standard_error": measure.error,
            }
            for measure in MEASURES
        },
        "truths": described,
        "slopes": [row for school in plan.schools for row in list_slopes(plan, school)],
        "schools": {
            school.school_id: _describe_school(school) | dict(counts[school.school_id]) for school in plan.schools
        },
    }


def locate_truths(plan: DistrictPlan, *, truths: Truths) -> dict[str, list[str]]:
    """List the schools in which each truth is planted.

    Returns
    -------
    dict of str to list of str
        By truth; a truth that is switched off has no school.
    """
    elementary = [school for school in plan.schools if school.level == "elementary"]
    everywhere = [school.school_id for school in plan.schools]
    primary = [school.school_id for school in elementary]

    def at(positions: tuple[int, ...]) -> list[str]:
        return [school.school_id for school in elementary if school.position in positions]

    found = {
        "cut_score_effect": primary,
        "null_intervention": primary,
        "phased_rollout": [school.school_id for school in elementary if school.adoption is not None],
        "randomised_effect": primary,
        "single_cases": [school.school_id for school in plan.schools if not school.is_tiny],
        "simpson_reversal": at(truths.simpson_reversal.elementary),
        "composition_change": at(truths.composition_change.elementary),
        "trends": [
            school.school_id
            for school in plan.schools
            if any(cell.level == school.level and cell.position == school.position for cell in truths.trends.cells)
        ],
        "lagged_indicators": everywhere,
        "noise_only": everywhere,
        "systemic_cause": at(truths.systemic_cause.elementary),
        "outlying_classroom": at(truths.outlying_classroom.elementary),
        "low_fidelity": [school.school_id for school in plan.schools if school.low_fidelity],
        "too_small": [school.school_id for school in plan.schools if school.is_tiny],
    }
    return {name: schools if getattr(truths, name).planted else [] for name, schools in found.items()}


def list_slopes(plan: DistrictPlan, school: PlannedSchool) -> list[dict[str, Any]]:
    """List what truths add to a school's means from year to year.

    Returns
    -------
    list of dict
        One per measure and grade whose mean is moved: ``added_sd`` by year in the spring window, and ``slope_sd``, the
        least-squares slope over the years. Cells that are not listed have a true slope of zero at constant composition.
    """
    years = np.arange(plan.sizes.years) - (plan.sizes.years - 1) / 2
    rows: list[dict[str, Any]] = []
    for measure in MEASURES:
        shift = school.shifts.get(measure.name)
        if shift is None:
            continue
        for grade in measure.grades:
            added = shift[grade, :, measure.windows[-1]]
            if grade in school.grades and np.any(added != 0):
                slope = float(years @ added / (years @ years)) if len(years) > 1 else 0.0
                rows.append(
                    {
                        "school_id": school.school_id,
                        "measure": measure.name,
                        "grade": GRADES[grade],
                        "added_sd": [round(float(value), 6) for value in added],
                        "slope_sd": round(slope, 6),
                    }
                )
    return rows


def count_truth(ground: Ground) -> dict[str, Any]:
    """Count the students of a school by year, for ``truth.json``; no student is named.

    Parameters
    ----------
    ground : Ground
        The school.

    Returns
    -------
    dict
        ``students`` and ``disadvantaged`` (share) by year.
    """
    years = range(len(ground.days))
    counts = [int((ground.year == year).sum()) for year in years]
    shares = [float(ground.disadvantaged[ground.year == year].mean()) for year in years]
    return {"students": counts, "disadvantaged": [round(share, 4) for share in shares]}


def _describe_school(school: PlannedSchool) -> dict[str, Any]:
    return {
        "level": school.level,
        "index": school.index,
        "adoption_year_index": school.adoption,
        "effects_sd": {name: round(effect, 6) for name, effect in school.effects.items()},
        "absence_log_odds": round(school.absence, 6),
        "absence_shifts": np.round(school.absence_shifts, 6).tolist(),
        "low_fidelity": school.low_fidelity,
        "systemic": school.is_systemic,
        "tiny": school.is_tiny,
    }
