"""The goals of a plan without faults: measures of the kit, true baselines, targets that can be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from mtss_analysis.district.simulate.plan_dates import PlanDates
from mtss_analysis.district.simulate.practice_truths import PracticeTruths

SMALLEST_N = 60
STEP = {"mean": 1.0, "at_cut_pct": 3.0, "implementation": 12.0, "fidelity": 12.0, "chronic_absence": -1.5}
"""Change aimed at over two years, by statistic or measure: within what schools achieve in that time."""
NEAR_TOP = 4.0
"""Of the share that is still missing, a goal asks for one in so many at most: where nearly all are at the cut, three
points more are more than schools achieve."""

SCHOOL_GOALS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGoal:
    """A goal, and the cause and level at which its actions begin.

    Parameters
    ----------
    goal_id, school_id, measure, statistic, student_group, domain : str
        As in the goals table; ``school_id`` None: the district's.
    cause_id : str
        Cause that the actions are to remove.
    level : str
        Level at which that cause sits.
    practice : str or None
        Practice that the actions strengthen.
    baseline : float
        True value in the spring before the plan, to one decimal.
    target : float
        Value aimed at in the spring of the plan's second year.
    """

    goal_id: str
    school_id: str | None
    domain: str
    measure: str
    statistic: str
    student_group: str
    cause_id: str
    level: str
    practice: str | None
    baseline: float
    target: float


def choose_goals(
    *, indicators: pd.DataFrame, schools: Sequence[str], years: Sequence[str], truths: PracticeTruths
) -> tuple[PlannedGoal, ...]:
    """Choose the goals of the district and of its schools.

    Parameters
    ----------
    indicators : DataFrame
        ``count_indicators`` of all schools.
    schools : sequence of str
        Ids of the schools, in the order of their positions.
    years : sequence of str
        School years, the oldest first; the baseline is the year before the last (of one year, that year).
    truths : PracticeTruths
        For the practice that breaks down and the schools in which one is weak or fidelity is low.

    Returns
    -------
    tuple of PlannedGoal
        Goals whose baseline can be computed from enough students or observations.
    """
    values = _Values(indicators=indicators, year=years[max(len(years) - 2, 0)])
    broken = truths.breakdown.practice
    weak = truths.weak_practice
    aims = [
        _Aim(None, "reading", "reading_scale", "at_cut_pct", broken, "classroom", broken, group="disability=true"),
        _Aim(None, "implementation", f"implementation:{broken}", "pct", broken, "classroom", broken),
        _Aim(None, "attendance", "chronic_absence", "pct", "attendance", "school", None),
        _Aim(None, "math", "math_scale", "at_cut_pct", "caseload", "district", None),
    ]
    aims += [
        _Aim(schools[at], "reading", "reading_scale", "mean", weak.practice, "school", weak.practice)
        for at in weak.schools[:1]
        if at < len(schools)
    ]
    aims += [
        _Aim(schools[at], "implementation", "fidelity:tier1", "pct", "fidelity", "school", None)
        for at in truths.low_fidelity.schools[:1]
        if at < len(schools)
    ]
    rotation = (
        ("reading", "reading_scale", "at_cut_pct"),
        ("math", "math_scale", "at_cut_pct"),
        ("reading", "reading_scale", "mean"),
    )
    large = [school for school in schools if values.count("reading_scale", "at_cut_pct", "all", school) >= SMALLEST_N]
    for number in range(min(SCHOOL_GOALS, len(rotation) * len(large))):
        domain, measure, statistic = rotation[(number % len(large) + number // len(large)) % len(rotation)]
        aims.append(_Aim(large[number % len(large)], domain, measure, statistic, broken, "classroom", broken))
    goals = (values.goal(aim, goal_id=f"G-{number + 1:02d}") for number, aim in enumerate(aims))
    return tuple(goal for goal in goals if goal is not None)


def write_goals(goals: Sequence[PlannedGoal], *, dates: PlanDates, years: Sequence[str]) -> pd.DataFrame:
    """Write the goals table of a plan without faults.

    Parameters
    ----------
    goals : sequence of PlannedGoal
        From ``choose_goals``.
    dates : PlanDates
        Days of the plan.
    years : sequence of str
        School years, the oldest first.

    Returns
    -------
    DataFrame
        One row per goal, columns of the goals table as objects.
    """
    first = dates.first_year
    next_year = f"{first + 1}-{(first + 2) % 100:02d}"
    return pd.DataFrame(
        [
            {
                "goal_id": goal.goal_id,
                "school_id": goal.school_id,
                "planned_on": dates.planned_on,
                "statement": _state(goal, by=next_year),
                "domain": goal.domain,
                "measure": goal.measure,
                "statistic": goal.statistic,
                "grade": "all",
                "student_group": goal.student_group,
                "baseline": goal.baseline,
                "baseline_school_year": years[max(len(years) - 2, 0)],
                "baseline_window": "spring",
                "target": goal.target,
                "target_school_year": next_year,
                "target_window": "spring",
                "target_date": dates.near(5, 29, year=1),
                "milestones": f"{years[-1]} spring {round((goal.baseline + goal.target) / 2, 1)}",
                "owner": "principal" if goal.school_id is not None else "director_of_curriculum",
                "relevance": "Fewer students are left behind where the practice is seen in every lesson",
            }
            for goal in goals
        ]
    )


class _Aim(NamedTuple):
    school_id: str | None
    domain: str
    measure: str
    statistic: str
    cause_id: str
    level: str
    practice: str | None
    group: str = "all"


class _Values:
    def __init__(self, *, indicators: pd.DataFrame, year: str) -> None:
        spring = indicators.loc[(indicators["school_year"] == year) & (indicators["window"] == "spring")]
        keys = ["measure", "statistic", "student_group"]
        by_school = spring.groupby([*keys, "school_id"])[["n", "total"]].sum()
        district = spring.groupby(keys)[["n", "total"]].sum()
        self._found: dict[tuple[str, str, str, str | None], tuple[float, float]] = {
            **{(*key, None): (float(n), float(total)) for key, n, total in district.itertuples()},
            **{key: (float(n), float(total)) for key, n, total in by_school.itertuples()},
        }

    def count(self, measure: str, statistic: str, group: str, school_id: str | None) -> float:
        return self._found.get((measure, statistic, group, school_id), (0.0, 0.0))[0]

    def goal(self, aim: _Aim, *, goal_id: str) -> PlannedGoal | None:
        n, total = self._found.get((aim.measure, aim.statistic, aim.group, aim.school_id), (0.0, 0.0))
        if n == 0:
            return None
        baseline = round(total / n, 1)
        step = STEP.get(aim.measure.split(":", maxsplit=1)[0], STEP.get(aim.statistic, 0.0))
        if aim.statistic == "at_cut_pct":
            step = min(step, (100.0 - baseline) / NEAR_TOP)
        return PlannedGoal(
            goal_id=goal_id,
            school_id=aim.school_id,
            domain=aim.domain,
            measure=aim.measure,
            statistic=aim.statistic,
            student_group=aim.group,
            cause_id=aim.cause_id,
            level=aim.level,
            practice=aim.practice,
            baseline=baseline,
            target=round(baseline + step, 1),
        )


def _state(goal: PlannedGoal, *, by: str) -> str:
    who = "students with disabilities" if goal.student_group != "all" else "all grades"
    what = goal.measure.replace("_", " ").replace(":", " of ")
    return f"{what.capitalize()} ({goal.statistic}) in {who} moves from {goal.baseline} to {goal.target} by spring {by}"
