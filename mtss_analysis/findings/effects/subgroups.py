"""Whether an effect differs between groups of students: a test of the difference, never of each group by itself."""

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs import DesignResult, Pupils
from mtss_analysis.findings.settings import Settings, StudentGroup
from mtss_analysis.measures.arms import is_true
from mtss_analysis.stats import Estimate, adjust_p_values, fit_clustered

LEAST_IN_CELL = 10
"""Students of a group in an arm below which the difference is not asked for, beside the profile's own minimum."""
COLUMNS = ("column", "estimate", "std_error", "df", "ci_low", "ci_high", "p_value", "q_value", "n", "reason")


def compare_groups(
    pupils: Pupils, tables_of_groups: pd.DataFrame, *, result: DesignResult, settings: Settings
) -> pd.DataFrame:
    """Test whether the effect differs between the groups that the run watches.

    Parameters
    ----------
    pupils : Pupils
        Students of all schools.
    tables_of_groups : DataFrame
        ``enrollments``, for the groups' columns.
    result : DesignResult
        The chosen design: discontinuity (within its bandwidth) or weighted (by regression).
    settings : Settings
        Groups, confidence level.

    Returns
    -------
    DataFrame
        One row per group: focus less reference, q-values over the groups of this effect; ``reason`` where there is
        none.
    """
    rows = _choose_rows(pupils, result=result)
    keys = ["student_id", "school_year"]
    enrolled = tables_of_groups.drop_duplicates(keys).set_index(keys)
    found = []
    for group in settings.groups:
        entry: dict[str, object] = {"column": group.column, "reason": ""}
        try:
            estimate, n = _compare(rows, enrolled=enrolled, group=group, result=result, settings=settings)
        except TooFewError as reason:
            entry["reason"] = str(reason)
        else:
            names = ("estimate", "std_error", "df", "ci_low", "ci_high", "p_value")
            entry |= {name: getattr(estimate, name) for name in names} | {"n": n}
        found.append(entry)
    table = pd.DataFrame(found, columns=list(COLUMNS))
    numbers = [name for name in COLUMNS if name not in {"column", "reason"}]
    table = table.astype(dict.fromkeys(numbers, "float64"))
    table["q_value"] = adjust_p_values(table["p_value"].to_numpy(dtype="float64")) if len(table) else np.nan
    return table


def _choose_rows(pupils: Pupils, *, result: DesignResult) -> pd.DataFrame:
    if result.design == "discontinuity":
        rows = pupils.known("distance")
        near = rows["distance"].abs() < (result.bandwidth or 0.0)
        return rows[near].assign(side=((rows["distance"] < 0) == pupils.treated_below).astype("float64"))
    if result.design == "weighted":
        rows = pupils.known("baseline")
        offered = rows.groupby(["school", "grade", "school_year"], dropna=False)["received"].transform("max") > 0
        return rows[offered].assign(side=rows["received"])
    raise TooFewError("the design does not compare students of one school with each other")


def _compare(
    rows: pd.DataFrame,
    *,
    enrolled: pd.DataFrame,
    group: StudentGroup,
    result: DesignResult,
    settings: Settings,
) -> tuple[Estimate, int]:
    if group.column not in enrolled:
        raise TooFewError("the group is not recorded")
    values = enrolled[group.column].reindex(pd.MultiIndex.from_frame(rows[["student_id", "school_year"]]))
    focus, reference = (_is(values, wanted) for wanted in (group.focus, group.reference))
    kept = focus | reference
    side, member = rows["side"].to_numpy()[kept], focus[kept].astype("float64")
    for arm in (0.0, 1.0):
        for one in (0.0, 1.0):
            if int(((side == arm) & (member == one)).sum()) < LEAST_IN_CELL:
                raise TooFewError("too few students of a group were in one of the arms")
    score = rows["distance" if result.design == "discontinuity" else "baseline"].to_numpy(dtype="float64")[kept]
    root = np.sqrt(1 - np.abs(score) / result.bandwidth) if result.bandwidth else np.ones(score.size)
    design = np.column_stack([side * member, side, member, np.ones(score.size), score, score * side, score * member])
    names = ["difference", "side", "group", "constant", "score", "score × side", "score × group"]
    fit = fit_clustered(
        outcome=root * rows["outcome"].to_numpy(dtype="float64")[kept],
        design=root[:, None] * design,
        names=names,
        clusters=rows["school"].to_numpy(dtype=object).astype("U")[kept],
        ci_level=settings.ci_level,
    )
    return fit.coefficient("difference"), int(kept.sum())


def _is(values: pd.Series, wanted: str) -> np.ndarray:
    if wanted in {"yes", "no"}:
        return np.asarray((is_true(values) == (wanted == "yes")) & values.notna(), dtype=bool)
    return np.asarray((values.astype("object") == wanted).fillna(value=False), dtype=bool)
