"""What a district runs already, and the working time of its staff."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate.plan_dates import PlanDates
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.streams import open_stream

HOURS_PER_MONTH = {
    "teacher": 6.0,
    "interventionist": 130.0,
    "coach": 120.0,
    "counselor": 60.0,
    "principal": 24.0,
}
"""Hours a full position can give in a month of school to initiatives and the plan."""

COMMITTED_SHARE = (0.50, 0.60)
DISTRICT_ROLES = {"coach": 240.0, "interventionist": 200.0, "counselor": 120.0}
"""Hours a month of the district's own staff, by role."""

SCHOOL_MONTHS = (9, 10, 11, 12, 1, 2, 3, 4, 5)
MEASURE_BY_DOMAIN = {"reading": "reading_scale", "math": "math_scale", "behavior": "behavior_rating"}


def write_capacity(*, fte: pd.DataFrame, dates: PlanDates, seed: int, district_id: str) -> pd.DataFrame:
    """Write the working time of both years of the plan.

    Parameters
    ----------
    fte : DataFrame
        Columns ``school_id, role, fte``.
    dates : PlanDates
        Days of the plan.
    seed, district_id : int, str
        For the stream.

    Returns
    -------
    DataFrame
        One row per school, role and month from September to May, and of the district's own staff; columns of the
        capacity table.
    """
    rng = open_stream(seed, "capacity", district_id)
    known = fte.loc[fte["role"].isin(list(HOURS_PER_MONTH))]
    roles = [
        *(
            (str(school), str(role), HOURS_PER_MONTH[str(role)] * float(part))
            for school, role, part in known.itertuples(index=False)
        ),
        *((None, role, hours) for role, hours in DISTRICT_ROLES.items()),
    ]
    months = [f"{dates.first_year + year + (month < 7)}-{month:02d}" for year in (0, 1) for month in SCHOOL_MONTHS]
    committed = rng.uniform(*COMMITTED_SHARE, size=len(roles))
    rows = [
        {
            "capacity_id": f"K-{school or 'district'}-{role}-{month}",
            "school_id": school,
            "staff_role": role,
            "month": month,
            "hours_available": round(hours, 1),
            "hours_committed": round(hours * float(share), 1),
        }
        for (school, role, hours), share in zip(roles, committed, strict=True)
        for month in months
    ]
    return pd.DataFrame(rows)


def write_initiatives(
    *, interventions: pd.DataFrame, students: float, truths: PracticeTruths, dates: PlanDates, faulty: bool
) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Write what the district runs already.

    Parameters
    ----------
    interventions : DataFrame
        The interventions table of the district.
    students : float
        Students of the district, for costs.
    truths : PracticeTruths
        For the practices.
    dates : PlanDates
        Days of the plan.
    faulty : bool
        Whether initiatives that should be retired or streamlined are among them.

    Returns
    -------
    initiatives : DataFrame
        Columns of the initiatives table.
    verdicts : list of dict
        For those that should not be kept: ``row_id``, ``kind`` (redundant, no_effect, low_fidelity, staff_time) and
        ``detail``.
    """
    known = {str(row["intervention_id"]): row for _, row in interventions.iterrows()}
    keep = [
        name for name in ("tier2_reading", "reading_boost", "word_groups", "number_talks", "check_in") if name in known
    ]
    rows = [_from_intervention(name, known[name], students=students, dates=dates) for name in keep]
    rows += [
        _initiative(f"I-{practice}", practice.replace("_", " ").capitalize(), students=students, dates=dates)
        | {"practice": practice, "measure": f"implementation:{practice}", "tier": "1", "purpose": practice}
        for practice in truths.practices
    ]
    verdicts: list[dict[str, str]] = []
    if faulty:
        for row, kind, detail in _to_retire(known, students=students, dates=dates):
            rows.append(row)
            verdicts.append({"row_id": str(row["initiative_id"]), "kind": kind, "detail": detail})
    return pd.DataFrame(rows), verdicts


def _to_retire(
    known: Mapping[str, pd.Series], *, students: float, dates: PlanDates
) -> Sequence[tuple[dict[str, object], str, str]]:
    rows: list[tuple[dict[str, object], str, str]] = []
    if "reading_boost" in known:
        twin = _from_intervention("reading_boost", known["reading_boost"], students=students, dates=dates)
        twin |= {
            "initiative_id": "I-page_turners",
            "name": "Page Turners",
            "intervention_id": None,
            "cost_per_year": 18_000.0,
        }
        rows.append((twin, "redundant", "I-reading_boost serves the same students for the same purpose"))
    if "math_catch_up" in known:
        null = _from_intervention("math_catch_up", known["math_catch_up"], students=students, dates=dates)
        rows.append((null, "no_effect", "math_catch_up has no effect"))
    second = _initiative("I-calm_corner", "Calm Corner", students=students, dates=dates)
    second |= {"domain": "social_emotional", "tier": "2", "purpose": "self-regulation", "fidelity_pct": 41.0}
    second |= {"measure": "social_emotional_scale", "cost_per_year": 14_500.0}
    rows.append((second, "low_fidelity", "fidelity_pct is 41"))
    binders = _initiative("I-data_binders", "Data Binders", students=students, dates=dates)
    binders |= {"purpose": "hand-kept records of screening scores", "staff_role": "teacher", "cost_per_year": 2_000.0}
    binders |= {"staff_hours_per_week": round(0.05 * students, 1)}
    rows.append((binders, "staff_time", "an hour a week of every teacher"))
    return rows


def _from_intervention(name: str, row: pd.Series, *, students: float, dates: PlanDates) -> dict[str, object]:
    served = round(0.1 * students)
    domain = str(row["domain"])
    return _initiative(f"I-{name}", str(row["name"]), students=students, dates=dates) | {
        "domain": domain,
        "tier": str(row["tier"]),
        "purpose": f"{domain} in tier {row['tier']}: {row['name']}",
        "intervention_id": name,
        "measure": MEASURE_BY_DOMAIN.get(domain),
        "cost_per_year": round(float(row["materials_cost"]) + float(row["cost_per_student"]) * served, 0),
        "staff_role": str(row["staff_role"]),
        "staff_hours_per_week": float(row["staff_hours_per_week"]),
        "students_served": float(served),
        "fidelity_pct": 86.0,
    }


def _initiative(initiative_id: str, name: str, *, students: float, dates: PlanDates) -> dict[str, object]:
    return {
        "initiative_id": initiative_id,
        "name": name,
        "school_id": None,
        "domain": "implementation",
        "tier": None,
        "grade": "all",
        "student_group": "all",
        "purpose": None,
        "intervention_id": None,
        "practice": None,
        "measure": None,
        "start_date": np.datetime64(f"{dates.first_year - 1}-09-01", "D"),
        "end_date": None,
        "cost_per_year": 6_000.0,
        "funding_source": "General fund",
        "staff_role": "coach",
        "staff_hours_per_week": 6.0,
        "students_served": float(round(students)),
        "fidelity_pct": 82.0,
        "mandated": False,
        "owner": "director_of_curriculum",
    }
