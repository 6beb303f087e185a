"""The plan of a district, clean or with known faults."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.district.schema import read_schema
from mtss_analysis.district.simulate.plan_actions import write_actions, write_deliverables
from mtss_analysis.district.simulate.plan_dates import plan_dates
from mtss_analysis.district.simulate.plan_faults import PlanFault, plant_faults
from mtss_analysis.district.simulate.plan_goals import choose_goals, write_goals
from mtss_analysis.district.simulate.plan_resources import write_capacity, write_initiatives
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.typed import type_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnPlan:
    """A plan and what is wrong with it.

    Parameters
    ----------
    tables : dict of str to DataFrame
        ``goals, actions, deliverables, initiatives, capacity``.
    faults : tuple of PlanFault
        Planted faults; empty: the plan is clean.
    verdicts : list of dict
        Initiatives that should not be kept: ``row_id, kind, detail``.
    """

    tables: dict[str, pd.DataFrame]
    faults: tuple[PlanFault, ...]
    verdicts: list[dict[str, str]]

    def describe(self) -> dict[str, Any]:
        """Describe faults and verdicts for ``truth.json``."""
        return {"faults": [fault.describe() for fault in self.faults], "initiatives": self.verdicts}


def draw_plan(
    *,
    seed: int,
    district_id: str,
    years: Sequence[str],
    calendar: pd.DataFrame,
    truths: PracticeTruths,
    fte: pd.DataFrame,
    indicators: pd.DataFrame,
    interventions: pd.DataFrame,
) -> DrawnPlan:
    """Draw the plan of a district for its last year of data and the year after.

    Parameters
    ----------
    seed, district_id : int, str
        For the streams.
    years : sequence of str
        School years, the oldest first.
    calendar : DataFrame
        Calendar of one school: ``date, school_year, instructional``.
    truths : PracticeTruths
        Whether the plan has faults, and what else is true of the district.
    fte : DataFrame
        ``count_fte`` of all schools, in the order of their positions.
    indicators : DataFrame
        ``count_indicators`` of all schools.
    interventions : DataFrame
        The interventions table of the district.

    Returns
    -------
    DrawnPlan
        Its tables, typed as ``read_table`` gives them.
    """
    dates = plan_dates(years=years, calendar=calendar, indicators=indicators)
    schools = [str(school) for school in fte["school_id"].unique()]
    goals = choose_goals(indicators=indicators, schools=schools, years=years, truths=truths)
    rows = {
        "goals": write_goals(goals, dates=dates, years=years),
        "actions": write_actions(goals, dates=dates),
        "deliverables": write_deliverables(goals, dates=dates),
        "capacity": write_capacity(fte=fte, dates=dates, seed=seed, district_id=district_id),
    }
    faults: tuple[PlanFault, ...] = ()
    if truths.plan.planted and goals:
        rows, faults = plant_faults(rows, dates=dates, weak_cause=truths.weak_practice.practice)
    initiatives, verdicts = write_initiatives(
        interventions=interventions,
        students=_count_students(indicators, year=years[-1]),
        truths=truths,
        dates=dates,
        faulty=truths.plan.planted,
    )
    rows["initiatives"] = initiatives
    return DrawnPlan(
        tables={name: _type(frame, table=name) for name, frame in sorted(rows.items())},
        faults=faults,
        verdicts=verdicts,
    )


def _count_students(indicators: pd.DataFrame, *, year: str) -> float:
    """Count students by the measure that most took in a window of the year."""
    rows = indicators.loc[(indicators["school_year"] == year) & (indicators["statistic"] == "mean")]
    rows = rows.loc[rows["student_group"] == "all"]
    return float(rows.groupby(["measure", "window"])["n"].sum().max()) if len(rows) else 0.0


def _type(frame: pd.DataFrame, *, table: str) -> pd.DataFrame:
    names = [name for name in read_schema(table).column_names if name in frame]
    values = {name: [None if pd.isna(cell) else cell for cell in frame[name].tolist()] for name in names}
    return type_table(table, columns=values)
