"""Simulate a district: all its tables in memory, or one school's after the other."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.district.schema import find_nearest, read_schema, table_names
from mtss_analysis.district.simulate.attendance import draw_attendance
from mtss_analysis.district.simulate.district_plan import DistrictPlan, PlannedSchool, plan_district
from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.ground import Ground, lay_ground
from mtss_analysis.district.simulate.interventions import draw_interventions
from mtss_analysis.district.simulate.practice import (
    count_fte,
    count_indicators,
    describe_scales,
    draw_district_tables,
    draw_plan,
    draw_practice_tables,
    draw_trainings,
)
from mtss_analysis.district.simulate.progress import draw_cases, draw_probes
from mtss_analysis.district.simulate.screenings import draw_all_scores, write_screenings
from mtss_analysis.district.simulate.services import find_participants, write_services
from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.tiers import draw_tier_paths, write_tiers
from mtss_analysis.district.simulate.truth_record import count_truth, record_truth
from mtss_analysis.district.simulate.truths import Truths
from mtss_analysis.errors import ParameterError

SCHOOL_TABLES = (
    "schools", "enrollments", "calendar", "staff", "screenings", "tiers", "services", "progress", "attendance",
)  # fmt: skip
PRACTICE_TABLES = ("training_attendance", "coaching", "walkthroughs", "fidelity", "surveys", "referrals")
PLAN_TABLES = ("goals", "actions", "deliverables", "initiatives", "capacity")
DISTRICT_TABLES = ("interventions", "trainings", *PLAN_TABLES)
TABLES = (*SCHOOL_TABLES, *PRACTICE_TABLES, *DISTRICT_TABLES)
_FROM_SCORES = frozenset({"screenings", "tiers", "services", "progress"})
_FROM_TIERS = frozenset({"tiers", "services", "progress"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedDistrict:
    """A district that was drawn.

    Parameters
    ----------
    plan : DistrictPlan
        Its schools and their true effects.
    tables : mapping of str to DataFrame
        The tables asked for, typed as ``read_table`` gives them.
    truth : dict
        What ``truth.json`` holds.
    """

    plan: DistrictPlan
    tables: Mapping[str, pd.DataFrame]
    truth: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedSchool:
    """One school that was drawn.

    Parameters
    ----------
    planned : PlannedSchool
        Its true effects.
    tables : dict of str to DataFrame
        Its rows of the tables asked for.
    fte, indicators : DataFrame or None
        What the district's plan is drawn from; None where no table of the plan is asked for.
    counts : dict
        Its part of ``truth.json``.
    """

    planned: PlannedSchool
    tables: dict[str, pd.DataFrame]
    fte: pd.DataFrame | None
    indicators: pd.DataFrame | None
    counts: dict[str, Any]


def simulate_district(
    sizes: Sizes | None = None,
    truths: Truths | None = None,
    *,
    tables: Collection[str] | None = None,
    district: int = 0,
) -> SimulatedDistrict:
    """Draw a district in memory.

    Parameters
    ----------
    sizes : Sizes or None
        Sizes and seed; None: the default district.
    truths : Truths or None
        What is planted; None: every truth at its usual size.
    tables : collection of str or None
        Tables to draw, such as ``{"enrollments", "screenings"}``; None: all. Those asked for are the same as in a
        full drawing.
    district : int
        Which district of several.

    Returns
    -------
    SimulatedDistrict
        Always the same for the same arguments.

    Raises
    ------
    ParameterError
        A table is asked for that is not drawn.
    """
    sizes, truths = sizes or Sizes(), truths or Truths()
    wanted = choose_tables(tables)
    plan = plan_district(sizes=sizes, truths=truths, district=district)
    schools = [school for zone in plan.zones for school in simulate_zone(plan, zone=zone, truths=truths, wanted=wanted)]
    drawn = {
        name: pd.concat([school.tables[name] for school in schools], ignore_index=True)
        for name in (*SCHOOL_TABLES, *PRACTICE_TABLES)
        if name in wanted
    }
    drawn |= draw_whole_tables(plan, truths=truths, wanted=wanted, schools=schools)
    truth = record_truth(plan, truths=truths, counts={school.planned.school_id: school.counts for school in schools})
    truth |= describe_plan(plan, truths=truths, schools=schools)
    return SimulatedDistrict(plan=plan, tables=drawn, truth=truth)


def simulate_zone(
    plan: DistrictPlan, *, zone: int, truths: Truths, wanted: Collection[str]
) -> Iterator[SimulatedSchool]:
    """Draw the schools of an attendance zone one after the other.

    Parameters
    ----------
    plan : DistrictPlan
        The district.
    zone : int
        Which of its zones.
    truths : Truths
        What is planted.
    wanted : collection of str
        Tables to draw.

    Yields
    ------
    SimulatedSchool
        In the order of the schools' index.
    """
    trainings = _draw_trainings(plan) if any(name in wanted for name in (*PRACTICE_TABLES, *PLAN_TABLES)) else None
    for ground in lay_ground(plan, zone=zone, truths=truths):
        yield _simulate_school(ground, wanted=wanted, trainings=trainings)


def draw_whole_tables(
    plan: DistrictPlan, *, truths: Truths, wanted: Collection[str], schools: Collection[SimulatedSchool]
) -> dict[str, pd.DataFrame]:
    """Draw the tables that belong to the district as a whole, after its schools."""
    interventions = draw_interventions(sizes=plan.sizes, truths=truths)
    drawn = {"interventions": interventions} if "interventions" in wanted else {}
    if "trainings" in wanted:
        drawn["trainings"] = _draw_trainings(plan)
    if any(name in wanted for name in PLAN_TABLES):
        made = draw_district_tables(**_plan_inputs(plan, interventions=interventions, schools=schools))
        drawn |= {name: frame for name, frame in made.items() if name in wanted and name != "trainings"}
    return drawn


def describe_plan(plan: DistrictPlan, *, truths: Truths, schools: Collection[SimulatedSchool]) -> dict[str, Any]:
    """Describe, for ``truth.json``, what is wrong with the district's plan; empty where no table of it is drawn."""
    if not any(school.indicators is not None for school in schools):
        return {}
    interventions = draw_interventions(sizes=plan.sizes, truths=truths)
    drawn = draw_plan(**_plan_inputs(plan, interventions=interventions, schools=schools))
    return {"plan": drawn.describe(), "survey_scales": describe_scales()}


def choose_tables(tables: Collection[str] | None) -> frozenset[str]:
    """Check which tables are asked for; None: all that the kit has a schema for."""
    known = [name for name in TABLES if name in table_names()]
    unknown = sorted(set(tables or ()) - set(known))
    if unknown:
        nearest = find_nearest(unknown[0], known=known)
        raise ParameterError(
            f"No table {unknown[0]!r} is simulated",
            next_step=f"Write {nearest!r} if that is meant" if nearest else f"Use one of {', '.join(known)}",
        )
    return frozenset(known if tables is None else tables)


def _plan_inputs(
    plan: DistrictPlan, *, interventions: pd.DataFrame, schools: Collection[SimulatedSchool]
) -> dict[str, Any]:
    return {
        "seed": plan.sizes.seed,
        "district_id": plan.district_id,
        "years": plan.years,
        "calendar": plan.calendar,
        "truths": plan.practice,
        "fte": pd.concat([school.fte for school in schools if school.fte is not None], ignore_index=True),
        "indicators": pd.concat(
            [school.indicators for school in schools if school.indicators is not None], ignore_index=True
        ),
        "interventions": interventions,
    }


def _draw_trainings(plan: DistrictPlan) -> pd.DataFrame:
    return draw_trainings(
        seed=plan.sizes.seed,
        district_id=plan.district_id,
        years=plan.years,
        calendar=plan.calendar,
        truths=plan.practice,
    )


def _simulate_school(ground: Ground, *, wanted: Collection[str], trainings: pd.DataFrame | None) -> SimulatedSchool:
    plans = any(name in wanted for name in PLAN_TABLES)
    practice = trainings is not None and any(name in wanted for name in (*PRACTICE_TABLES, *PLAN_TABLES))
    tables = _draw_outcome_tables(ground, wanted={*wanted, "screenings", "attendance"} if plans else wanted)
    if practice and trainings is not None:
        tables |= draw_practice_tables(
            ground.school,
            trainings=trainings,
            truths=ground.plan.practice,
            lone_teacher_id=ground.lone_teacher_id,
            wanted=None if plans else wanted,
        )
    return SimulatedSchool(
        planned=ground.planned,
        fte=count_fte(ground.school) if plans else None,
        indicators=count_indicators(ground.school, tables=tables) if plans else None,
        counts=count_truth(ground),
        tables={name: table for name, table in tables.items() if name in wanted},
    )


def _draw_outcome_tables(ground: Ground, *, wanted: Collection[str]) -> dict[str, pd.DataFrame]:
    school = ground.school
    tables: dict[str, pd.DataFrame] = {}
    if "schools" in wanted:
        tables["schools"] = _write_school(ground)
    for name, frame in (("enrollments", school.students), ("staff", school.staff), ("calendar", school.calendar)):
        if name in wanted:
            tables[name] = _only_known(frame, table=name, school=school)
    if "attendance" in wanted:
        tables["attendance"] = draw_attendance(ground)
    if _FROM_SCORES & set(wanted):
        tables |= _draw_from_scores(ground, wanted=wanted)
    return tables


def _draw_from_scores(ground: Ground, *, wanted: Collection[str]) -> dict[str, pd.DataFrame]:
    scores = draw_all_scores(ground)
    tables = {"screenings": write_screenings(ground, scores=scores)} if "screenings" in wanted else {}
    if not _FROM_TIERS & set(wanted):
        return tables
    paths = draw_tier_paths(ground, scores=scores)
    tables["tiers"] = write_tiers(ground, paths=paths)
    if {"services", "progress"} & set(wanted):
        participants = find_participants(ground, scores=scores, paths=paths)
        cases, case_participants = draw_cases(ground)
        tables["services"] = write_services(ground, participants=[*participants, case_participants])
        tables["progress"] = pd.concat([draw_probes(ground, group=participants[0]), cases], ignore_index=True)
    return tables


def _only_known(frame: pd.DataFrame, *, table: str, school: DrawnSchool) -> pd.DataFrame:
    """Keep what the table shows, in the order of its schema."""
    known = read_schema(table).column_names
    shown = frame.assign(school_id=pd.Series(school.school_id, index=frame.index, dtype="str"))
    return shown[[name for name in known if name in shown.columns]]


def _write_school(ground: Ground) -> pd.DataFrame:
    planned, plan = ground.planned, ground.plan
    years = len(plan.years)
    frame = pd.DataFrame(
        {
            "school_id": [planned.school_id] * years,
            "school_year": list(plan.years),
            "school_name": [planned.school_name] * years,
            "district_id": [plan.district_id] * years,
            "district_name": [plan.district_name] * years,
            "level": [planned.level] * years,
            "implementation_start_year": [planned.implementation_start_year] * years,
            "title_i": pd.array([planned.title_i] * years, dtype="boolean"),
            "locale": [planned.locale] * years,
        }
    )
    return frame.astype({name: "str" for name in frame.columns if name != "title_i"})
