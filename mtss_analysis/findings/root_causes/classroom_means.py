"""What is left of scores with school, year, grade and student groups held constant, by classroom and by grade."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mtss_analysis.findings.root_causes.school_values import PLACE
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures.groups import name_categories
from mtss_analysis.stats.arrays import FloatArray, number_groups, sum_by_group

CLASSROOM, GRADE = "classroom", "grade"
UNIT_COLUMNS = (
    "kind", *PLACE, "grade", "unit", "measure", "mean", "n", "spread", "n_years", "n_units", "teacher_id",
    "classroom_id",
)  # fmt: skip


def sum_units(scores_by_measure: Mapping[str, pd.DataFrame], *, settings: Settings, minimum: int) -> pd.DataFrame:
    """Average the residuals of every classroom (the same teacher of a grade over the years) and of every grade.

    Parameters
    ----------
    scores_by_measure : mapping of str to DataFrame
        Placed scores of all schools, by measure.
    settings : Settings
        Groups.
    minimum : int
        Scores below which a unit is left out.

    Returns
    -------
    DataFrame
        One row per unit and measure, ``UNIT_COLUMNS``: ``mean`` deviation from the school's other students of the same
        years, in SD; ``n`` scores with their ``spread`` (sum of squares about it), ``n_years`` with them, ``n_units``
        teachers of the grade in its latest year. A grade that one teacher taught all along is no classroom beside
        itself. ``teacher_id`` and ``classroom_id`` are for the analyst alone.
    """
    blocks = []
    for measure, scores in scores_by_measure.items():
        known = scores[scores["standing"].notna()].reset_index(drop=True)
        if len(known):
            rows = known.assign(rest=leave_residuals(known, settings=settings), room=_name_rooms(known))
            blocks += [_sum(rows, kind=kind).assign(measure=measure) for kind in (CLASSROOM, GRADE)]
    if not blocks:
        return pd.DataFrame(columns=list(UNIT_COLUMNS))
    units = pd.concat(blocks, ignore_index=True)
    return units.loc[units["n"] >= minimum, list(UNIT_COLUMNS)].reset_index(drop=True)


def leave_residuals(scores: pd.DataFrame, *, settings: Settings) -> FloatArray:
    """Take out of standings what goes with the school and year, the grade and the declared groups.

    Parameters
    ----------
    scores : DataFrame
        Placed scores with a standing.
    settings : Settings
        Groups.

    Returns
    -------
    (n,) float array
        What is left, SD. Differences between groups and grades are those within schools and years.
    """
    cells = (scores["district_id"] + "\x00" + scores["school_id"] + "\x00" + scores["school_year"]).to_numpy("U")
    codes, n_cells = number_groups(cells, n=len(scores), what="schools and years")
    columns = [scores["standing"].to_numpy(dtype="float64")]
    for name in ("grade", *(group.column for group in settings.groups if group.column in scores)):
        values = name_categories(scores[name]).fillna("not known")
        columns += [(values == value).to_numpy(dtype="float64") for value in sorted(values.unique())[1:]]
    table = np.column_stack(columns)
    sizes = np.bincount(codes, minlength=n_cells).astype(np.float64)
    table = table - (sum_by_group(table, codes=codes, n_groups=n_cells) / sizes[:, None])[codes]
    outcome, held = table[:, 0], table[:, 1:]
    if not held.shape[1]:
        return np.asarray(outcome, dtype=np.float64)
    coefficients = np.linalg.lstsq(held, outcome, rcond=None)[0]
    return np.asarray(outcome - held @ coefficients, dtype=np.float64)


def _name_rooms(scores: pd.DataFrame) -> pd.Series:
    """Name the classroom of each row by its teacher; where none is recorded, the classroom of that year."""
    rooms = pd.Series(cluster_ids(scores), index=scores.index).astype("str")
    if "teacher_id" not in scores:
        return rooms
    return ("teacher " + scores["teacher_id"].astype("str")).where(scores["teacher_id"].notna(), rooms)


def _sum(rows: pd.DataFrame, *, kind: str) -> pd.DataFrame:
    place = [*PLACE, "grade"]
    rows = rows.assign(unit=rows["room"] if kind == CLASSROOM else rows["grade"])
    for name in ("teacher_id", "classroom_id"):
        if name not in rows or kind == GRADE:
            rows = rows.assign(**{name: ""})
    latest = rows[rows["school_year"] == rows.groupby(place)["school_year"].transform("max")]
    n_units = latest.groupby(place)["room"].nunique().rename("n_units").reset_index()
    rows = rows.assign(square=rows["rest"] ** 2)
    units = (
        rows.sort_values("school_year")
        .groupby([*place, "unit"], sort=True)
        .agg(
            mean=("rest", "mean"), n=("rest", "size"), spread=("square", "sum"), n_years=("school_year", "nunique"),
            teacher_id=("teacher_id", "last"), classroom_id=("classroom_id", "last"),
        )
        .reset_index()
    )  # fmt: skip
    units["spread"] -= units["n"] * units["mean"] ** 2
    if kind == CLASSROOM:
        units = units[units.groupby(place)["unit"].transform("size") > 1]
    return units.merge(n_units, on=place, how="left").fillna({"n_units": 0}).assign(kind=kind)
