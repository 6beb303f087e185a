"""Progress monitoring of intervention groups: slopes, decision rules with their error rates, readiness."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.protect import protect_schools
from mtss_analysis.findings.settings import EffectQuestion, Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.stats import estimate_mean
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.monitoring import apply_rules, find_change_rate, fit_progress, judge_dual_discrepancy
from mtss_analysis.stats.monitoring.rules import Rule

RULES: tuple[tuple[str, Rule], ...] = (
    ("four_points", "four points"),
    ("median_of_three", "median of three"),
    ("trend_line", "trend line"),
)
COLUMNS = (
    "district_id", "school_id", "intervention_id", "measure", "school_year", "name", "n", "slope", "slope_low",
    "slope_high",
    "goal_slope", "ready_pct", "discrepant_pct", "points", "four_points_pct", "median_of_three_pct", "trend_line_pct",
    "four_points_error", "median_of_three_error", "trend_line_error", "status",
)  # fmt: skip
DISCREPANT_SD = 1.0
"""Below the others' mean by one standard deviation, in level and in slope: Fuchs & Fuchs (1998), Learning Disabilities
Research & Practice 13, 204-219."""


def compare_progress(tables: Tables, *, questions: Sequence[EffectQuestion], settings: Settings) -> pd.DataFrame:
    """Describe the latest year's progress monitoring of every intervention and school.

    Parameters
    ----------
    tables : Tables
        ``progress`` and ``enrollments``.
    questions : sequence of EffectQuestion
        Empty: nothing is asked, and nothing is computed.
    settings : Settings
        Disclosure profile, confidence level.

    Returns
    -------
    DataFrame
        One row per intervention, measure and school, and one for all schools (``school_id`` empty): ``n`` students
        with three
        probes or more; mean slope per week with its interval; the goal line's; percent ready for a decision, percent
        discrepant in level and slope; percent told to change by each rule, and how often each would say so of a student
        exactly on the goal line. Numbers under the profile's minimum are missing and ``status`` says so.
    """
    empty = pd.DataFrame(columns=list(COLUMNS))
    if not questions or not tables.has("progress"):
        return empty
    probes = _choose_probes(tables)
    if probes.empty:
        return empty
    by_student = _fit_students(probes)
    names = {}
    if tables.has("interventions"):
        listed = tables("interventions").drop_duplicates("intervention_id")
        names = dict(zip(listed["intervention_id"], listed["name"], strict=True))
    rows = []
    for (intervention, measure), group in by_student.groupby(["intervention_id", "measure"], sort=True):
        marked = _mark_discrepant(group)
        shared = {
            "intervention_id": intervention,
            "measure": measure,
            "school_year": str(marked["school_year"].iloc[0]),
            "name": str(names.get(intervention, intervention)),
        }
        rows.append({"district_id": "", "school_id": "", **shared, **_describe(marked, settings=settings)})
        for (district, school), part in marked.groupby(["district_id", "school_id"], sort=True):
            rows.append({"district_id": district, "school_id": school, **shared, **_describe(part, settings=settings)})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    parts = [
        protect_schools(part, count="n", settings=settings)
        for _, part in table.groupby(["intervention_id", "measure"], sort=True)
    ]
    table["status"] = pd.concat(parts).reindex(table.index)
    numbers = list(COLUMNS[6:-1])
    table = table.astype(dict.fromkeys(numbers, "float64"))
    table.loc[table["status"] == "withheld", numbers] = np.nan
    return table


def _choose_probes(tables: Tables) -> pd.DataFrame:
    """Probes without phases of the latest school year, with the week since the student's first and the school."""
    progress = tables("progress").dropna(subset=["score", "date", "intervention_id"])
    if "phase" in progress:
        progress = progress[progress["phase"].isna()]
    if progress.empty:
        return progress
    dates = pd.to_datetime(progress["date"])
    year = dates.dt.year - (dates.dt.month < 7)
    last = int(year.max())
    chosen = progress.assign(date=dates)[year == last]
    keys = ["student_id", "intervention_id", "measure"]
    chosen = chosen.sort_values([*keys, "date"])
    first = chosen.groupby(keys)["date"].transform("min")
    chosen = chosen.assign(week=(chosen["date"] - first).dt.days / 7, school_year=f"{last}-{(last + 1) % 100:02d}")
    enrolled = tables("enrollments")
    now = enrolled[enrolled["school_year"] == chosen["school_year"].iloc[0]].drop_duplicates("student_id", keep="last")
    columns = [name for name in ("student_id", "district_id", "school_id") if name in now]
    placed = chosen.drop(columns=["district_id", "school_id"], errors="ignore").merge(
        now[columns], on="student_id", how="inner", validate="many_to_one"
    )
    return placed if "district_id" in placed else placed.assign(district_id="")


def _fit_students(probes: pd.DataFrame) -> pd.DataFrame:
    keys = ["intervention_id", "measure", "student_id"]
    probes = probes.sort_values([*keys, "date"]).reset_index(drop=True)
    # A frame per student would take most of the time.
    starts = np.flatnonzero(~probes.duplicated(keys).to_numpy())
    ends = np.append(starts[1:], len(probes))
    weeks, scores = probes["week"].to_numpy(dtype="float64"), probes["score"].to_numpy(dtype="float64")
    goals = probes["goal"].to_numpy(dtype="float64") if "goal" in probes else np.full(len(probes), np.nan)
    found = []
    for start, end in zip(starts, ends, strict=True):
        described = _fit_student(weeks=weeks[start:end], scores=scores[start:end], goals=goals[start:end])
        if described is not None:
            found.append({"row": start, **described})
    columns = ["row", "slope", "level", "ready", "points", "goal_slope", *(name for name, _ in RULES)]
    fitted = pd.DataFrame(found, columns=columns)
    named = probes[["intervention_id", "measure", "district_id", "school_id", "school_year"]]
    return named.iloc[fitted["row"].to_numpy(dtype="int64")].reset_index(drop=True).join(fitted.drop(columns="row"))


def _fit_student(*, weeks: FloatArray, scores: FloatArray, goals: FloatArray) -> dict[str, object] | None:
    try:
        fit = fit_progress(weeks=weeks, scores=scores)
    except TooFewError:
        return None
    goal = _fit_goal(weeks, goals)
    verdicts = None if goal is None else apply_rules(weeks=weeks, scores=scores, goal_start=goal[0], goal_slope=goal[1])
    told = {name: None if verdicts is None else getattr(verdicts, name) == "change" for name, _ in RULES}
    return {
        "slope": fit.slope.estimate,
        "level": fit.level_now.estimate,
        "ready": fit.is_decision_ready,
        "points": fit.n_points,
        "goal_slope": np.nan if goal is None else goal[1],
        **told,
    }


def _fit_goal(weeks: FloatArray, goals: FloatArray) -> tuple[float, float] | None:
    """The goal line through the goals that stand beside the probes; level where the goal stays the same."""
    known = np.isfinite(goals)
    if not known.any():
        return None
    when, height = weeks[known], goals[known]
    centred = when - when.mean()
    spread = float(centred @ centred)
    slope = float(centred @ height) / spread if spread > 0 else 0.0
    return float(height.mean() - slope * when.mean()), slope


def _mark_discrepant(group: pd.DataFrame) -> pd.DataFrame:
    criteria = {
        name: float(group[name].mean()) - DISCREPANT_SD * float(group[name].std(ddof=1)) if len(group) > 1 else -np.inf
        for name in ("level", "slope")
    }
    marked = [
        judge_dual_discrepancy(
            level=level, slope=slope, level_criterion=criteria["level"], slope_criterion=criteria["slope"]
        ).is_discrepant
        for level, slope in zip(group["level"], group["slope"], strict=True)
    ]
    return group.assign(discrepant=marked)


def _describe(students: pd.DataFrame, *, settings: Settings) -> dict[str, object]:
    values = students["slope"].to_numpy(dtype="float64")
    try:
        slope = estimate_mean(values=values, ci_level=settings.ci_level)
    except TooFewError:
        slope = None
    points = int(students["points"].median())
    described: dict[str, object] = {
        "n": len(students),
        "slope": np.nan if slope is None else slope.estimate,
        "slope_low": np.nan if slope is None else slope.ci_low,
        "slope_high": np.nan if slope is None else slope.ci_high,
        "goal_slope": float(students["goal_slope"].mean()),
        "ready_pct": 100 * float(students["ready"].mean()),
        "discrepant_pct": 100 * float(students["discrepant"].mean()),
        "points": points,
    }
    for name, rule in RULES:
        told = students[name].dropna().to_numpy(dtype="float64")
        described[f"{name}_pct"] = 100 * _mean(told)
        described[f"{name}_error"] = 100 * _find_rate(rule, points)
    return described


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else float("nan")


@lru_cache(maxsize=256)
def _find_rate(rule: Rule, points: int) -> float:
    try:
        return find_change_rate(rule=rule, n_points=points)
    except TooFewError:
        return float("nan")
