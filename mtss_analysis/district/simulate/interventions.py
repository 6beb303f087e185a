"""The interventions table of the synthetic district."""

from typing import Any

import pandas as pd

from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.truths import Truths

WEEKS = 30
"""Weeks over which a year's service is planned."""


def draw_interventions(*, sizes: Sizes, truths: Truths) -> pd.DataFrame:
    """List the interventions of a district: the usual reading group, and those of the truths that are planted.

    Parameters
    ----------
    sizes : Sizes
        For the date on which they began.
    truths : Truths
        What is planted; a truth that is switched off leaves no row.

    Returns
    -------
    DataFrame
        One row per intervention, columns of the interventions table.
    """
    rows: list[dict[str, Any]] = [
        _row("tier2_reading", "Reading group", "reading", "2", "selected", minutes=90, cost=45, hours=140)
    ]
    if truths.cut_score_effect.planted:
        rows.append(
            _row("reading_boost", "Reading Boost", "reading", "2", "cut_score", minutes=120, cost=110, hours=180)
            | {"assignment_measure": "oral_reading", "treated_side": "below"}
        )
    if truths.null_intervention.planted:
        rows.append(_row("math_catch_up", "Math Catch-Up", "math", "2", "selected", minutes=90, cost=160, hours=120))
    if truths.phased_rollout.planted:
        rows.append(_row("number_talks", "Number Talks", "math", "1", "phased", minutes=60, cost=12, hours=60))
    if truths.randomised_effect.planted:
        rows += [
            _row("word_groups", "Word Groups", "reading", "1", "random", minutes=60, cost=35, hours=90)
            | {"comparison_id": "word_usual"},
            _row("word_usual", "Usual vocabulary lessons", "reading", "1", "random", minutes=60, cost=0, hours=0),
        ]
    if truths.single_cases.planted:
        rows.append(
            _row("check_in", "Check-in/check-out", "behavior", "2", "single_case", minutes=50, cost=20, hours=20)
        )
    columns = [
        "intervention_id", "name", "domain", "tier", "assignment", "comparison_id", "assignment_measure", "cut_score",
        "treated_side", "start_date", "minutes_per_week", "cost_per_student", "materials_cost", "staff_hours_per_week",
        "staff_role",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame["start_date"] = pd.Timestamp(sizes.first_year, 9, 1)
    if truths.phased_rollout.planted and sizes.years > 1:
        frame.loc[frame["intervention_id"] == "number_talks", "start_date"] = pd.Timestamp(sizes.first_year + 1, 9, 20)
    frame["start_date"] = frame["start_date"].astype("datetime64[us]")
    numbers = ("cut_score", "minutes_per_week", "cost_per_student", "materials_cost", "staff_hours_per_week")
    types = {name: "float64" if name in numbers else "str" for name in columns if name != "start_date"}
    return frame.astype(types)


def _row(
    intervention_id: str,
    name: str,
    domain: str,
    tier: str,
    assignment: str,
    *,
    minutes: float,
    cost: float,
    hours: float,
) -> dict[str, Any]:
    return {
        "intervention_id": intervention_id,
        "name": name,
        "domain": domain,
        "tier": tier,
        "assignment": assignment,
        "comparison_id": None,
        "assignment_measure": None,
        "treated_side": None,
        "minutes_per_week": float(minutes),
        "cost_per_student": float(cost),
        "materials_cost": 50.0 * cost,
        "staff_hours_per_week": float(hours),
        "staff_role": "interventionist" if tier == "2" else "teacher",
    }
