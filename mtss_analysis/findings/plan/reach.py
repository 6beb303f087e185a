"""How many students an action reaches: those enrolled in the grades of its goal, in the schools it names."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import get_profile, protect_counts, relations_by
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.rows import Action, Goal
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables

REACH_FRAME = "plan_reach"
ALL = "(all)"
COLUMNS = ("district_id", "school_id", "grade", "school_year", "n", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Students whom an action reaches; None: withheld, or not known for a reason."""

    n: int | None
    withheld: bool = False
    reason: str = ""


def gather_reach(tables: Tables, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Count the students of the newest year of each district, and decide what may be printed.

    Parameters
    ----------
    tables : Tables
        ``enrollments`` of all districts.
    settings : Settings
        Disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``plan_reach``: one row per district, school and grade, with ``(all)`` for all schools and all grades;
        ``n`` students and ``status`` (ok, withheld: ``n`` is missing). A student of two schools counts in both.
    """
    columns = ["district_id", "school_id", "school_year", "grade", "student_id"]
    students = tables("enrollments").reindex(columns=columns)
    students = students[students["school_year"] == students.groupby("district_id")["school_year"].transform("max")]
    students = students.dropna(subset=["school_id", "student_id"]).drop_duplicates([*columns[:3], "student_id"])
    students = students.assign(grade=students["grade"].fillna("").astype("str"))
    keys = ["district_id", "school_year", "school_id", "grade"]
    cells = students.groupby(keys, sort=True, observed=True).size().rename("n").reset_index()
    by_school = cells.groupby(keys[:3], sort=True)["n"].sum().reset_index().assign(grade=ALL)
    cells = pd.concat([cells, by_school], ignore_index=True)
    together = cells.groupby(["district_id", "school_year", "grade"], sort=True)["n"].sum().reset_index()
    cells = pd.concat([cells, together.assign(school_id=ALL)], ignore_index=True)
    parts = [_protect(part.reset_index(drop=True), settings=settings) for _, part in cells.groupby("district_id")]
    frame = pd.concat(parts, ignore_index=True) if parts else cells.assign(status="ok")
    frame["n"] = frame["n"].where(frame["status"] == "ok").astype("float64")
    frame = frame[list(COLUMNS)].sort_values(list(COLUMNS[:3]), kind="stable", ignore_index=True)
    return {REACH_FRAME: frame.astype({name: "str" for name in COLUMNS if name != "n"})}


def find_reach(comparison: FrameReader, *, action: Action, goal: Goal | None, district_id: str) -> Reach:
    """Find how many students an action reaches.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``plan_reach``.
    action : Action
        Its schools: those it names, all, or the school whose plan it belongs to.
    goal : Goal or None
        Its goal, for the grades; None: all grades.
    district_id : str
        Which district.

    Returns
    -------
    Reach
        Withheld where a part of it may not be printed.
    """
    frame = comparison.frame(REACH_FRAME)
    frame = frame[frame["district_id"] == district_id]
    schools: Sequence[str] = action.schools_reached or ((action.school_id,) if action.school_id else (ALL,))
    schools = [ALL] if "all" in schools else list(dict.fromkeys(schools))
    grades = list(goal.grade) if goal is not None and goal.grade and "all" not in goal.grade else [ALL]
    rows = frame[frame["school_id"].isin(schools) & frame["grade"].isin(grades)]
    if rows.empty:
        return Reach(n=None, reason="no student is enrolled in the schools and grades that it names")
    if (rows["status"] != "ok").any():
        return Reach(n=None, withheld=True, reason="too few students to print")
    return Reach(n=int(rows["n"].sum()))


def _protect(cells: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    relations = [
        *relations_by(cells, over="grade", total=ALL, within=["school_id"], protects_rest=False),
        *relations_by(cells, over="school_id", total=ALL, within=["grade"], protects_rest=False),
    ]
    status = protect_counts(cells, count="n", relations=relations, profile=get_profile(settings.profile))
    return cells.assign(status=status.where(status == "ok", "withheld"))
