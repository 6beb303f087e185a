"""Practice, behaviour and plan of a synthetic district: what is drawn of one school, and once of the district.

In this order, for a district that is written school by school::

    trainings = draw_trainings(seed=seed, district_id=district_id, years=years, calendar=calendar, truths=truths)
    for school in schools:                       # DrawnSchool, one at a time
        tables = draw_practice_tables(school, trainings=trainings, truths=truths, lone_teacher_id=...)
        counts.append(count_indicators(school, tables={**outcome_tables, **tables}))
        fte.append(count_fte(school))
    known = {"seed": seed, "district_id": district_id, "years": years, "calendar": calendar, "truths": truths,
             "fte": pd.concat(fte), "indicators": pd.concat(counts), "interventions": interventions}
    tables = draw_district_tables(**known)       # all tables of the district
    plan = draw_plan(**known)                    # or: plan.tables, without the trainings, and
    truth["plan"] = plan.describe()              # which faults the plan has, for truth.json
    truth["scales"] = describe_scales()          # alpha of the survey scales

``calendar`` is that of any one school (``date, school_year, year_index, instructional, event``). Before the schools are
drawn, ``draw_induction_support(staff, seed=, school_id=, truths=)`` says which beginners have induction support, so
that the staff table and the follow-up support of the trainings tell one story.
"""

from collections.abc import Collection, Sequence

import pandas as pd

from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.plan_indicators import count_indicators
from mtss_analysis.district.simulate.plan_tables import draw_plan
from mtss_analysis.district.simulate.practice_fidelity import draw_fidelity
from mtss_analysis.district.simulate.practice_trainings import (
    draw_coaching,
    draw_induction_support,
    draw_training_attendance,
    draw_trainings,
    train_teachers,
)
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.practice_walkthroughs import draw_walkthroughs
from mtss_analysis.district.simulate.referrals import draw_referrals
from mtss_analysis.district.simulate.surveys import describe_scales, draw_surveys

__all__ = [
    "count_fte",
    "count_indicators",
    "describe_scales",
    "draw_district_tables",
    "draw_induction_support",
    "draw_plan",
    "draw_practice_tables",
    "draw_trainings",
]


def draw_practice_tables(
    school: DrawnSchool,
    *,
    trainings: pd.DataFrame,
    truths: PracticeTruths,
    lone_teacher_id: str | None = None,
    wanted: Collection[str] | None = None,
) -> dict[str, pd.DataFrame]:
    """Draw the tables of practice and behaviour of one school.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    trainings : DataFrame
        The trainings table of its district, from ``draw_trainings``.
    truths : PracticeTruths
        What is planted.
    lone_teacher_id : str or None
        Teacher of the one classroom that stands alone; None: not in this school.
    wanted : collection of str or None
        Tables asked for, each the same as in a full drawing; None: all.

    Returns
    -------
    dict of str to DataFrame
        ``training_attendance``, ``coaching``, ``walkthroughs``, ``fidelity``, ``surveys``, ``referrals``; the last
        three where they are asked for.
    """
    teachers = train_teachers(school, trainings=trainings, truths=truths)
    coaching = draw_coaching(school, teachers=teachers, truths=truths)
    hours = float(teachers.hours.mean()) if len(teachers.hours) else 0.0
    tables = {
        "training_attendance": draw_training_attendance(school, teachers=teachers, trainings=trainings, truths=truths),
        "coaching": coaching,
        "walkthroughs": draw_walkthroughs(
            school, teachers=teachers, coaching=coaching, truths=truths, lone_teacher_id=lone_teacher_id
        ),
    }
    if wanted is None or "fidelity" in wanted:
        tables["fidelity"] = draw_fidelity(school, truths=truths, hours_per_teacher=hours)
    if wanted is None or "surveys" in wanted:
        tables["surveys"] = draw_surveys(school, truths=truths)
    if wanted is None or "referrals" in wanted:
        tables["referrals"] = draw_referrals(school, truths=truths)
    return tables


def count_fte(school: DrawnSchool) -> pd.DataFrame:
    """Count the full-time equivalents of a school in the last year.

    Parameters
    ----------
    school : DrawnSchool
        The school.

    Returns
    -------
    DataFrame
        Columns ``school_id, role, fte``, one row per role.
    """
    staff = school.staff.loc[school.staff["school_year"] == school.years[-1]]
    fte = staff.groupby("role", sort=True)["fte"].sum().reset_index()
    return fte.assign(school_id=school.school_id)[["school_id", "role", "fte"]]


def draw_district_tables(
    *,
    seed: int,
    district_id: str,
    years: Sequence[str],
    calendar: pd.DataFrame,
    truths: PracticeTruths,
    fte: pd.DataFrame,
    indicators: pd.DataFrame,
    interventions: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Draw the trainings, the plan and the initiatives of a district, after its schools.

    Parameters
    ----------
    seed : int
        Seed of the whole simulation.
    district_id : str
        The district.
    years : sequence of str
        School years, the oldest first.
    calendar : DataFrame
        Calendar of one school: ``date, school_year, instructional, event``.
    truths : PracticeTruths
        What is planted.
    fte : DataFrame
        ``count_fte`` of all schools.
    indicators : DataFrame
        ``count_indicators`` of all schools.
    interventions : DataFrame
        The interventions table of the district.

    Returns
    -------
    dict of str to DataFrame
        ``trainings``, ``goals``, ``actions``, ``deliverables``, ``initiatives``, ``capacity``.
    """
    drawn = draw_plan(
        seed=seed,
        district_id=district_id,
        years=years,
        calendar=calendar,
        truths=truths,
        fte=fte,
        indicators=indicators,
        interventions=interventions,
    )
    trainings = draw_trainings(seed=seed, district_id=district_id, years=years, calendar=calendar, truths=truths)
    return {"trainings": trainings, **drawn.tables}
