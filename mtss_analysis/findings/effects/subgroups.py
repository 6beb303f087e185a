"""Whether an effect differs between groups of students: a test of the difference, never of each group by itself."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs import (
    DesignResult,
    Pupils,
    compare_growth,
    compare_phased,
    compare_series,
    level_by_others,
)
from mtss_analysis.findings.settings import EffectQuestion, Settings, StudentGroup
from mtss_analysis.measures.arms import is_true
from mtss_analysis.stats import Estimate, adjust_p_values, fit_clustered
from mtss_analysis.stats.arrays import FloatArray

LEAST_IN_CELL = 10
"""Students of a group in an arm below which the difference is not asked for, beside the profile's own minimum."""
NUMBERS = ("estimate", "std_error", "df", "ci_low", "ci_high", "p_value")
COLUMNS = ("column", *NUMBERS, "n", "reason")
CASES = "single cases are too few to compare groups of them"


def compare_groups(
    enrollments: pd.DataFrame,
    *,
    question: EffectQuestion,
    result: DesignResult,
    pupils: Pupils | None,
    arms: pd.DataFrame | None,
    settings: Settings,
) -> pd.DataFrame:
    """Test whether the effect differs between the groups that the run watches, in the model of the chosen design.

    Parameters
    ----------
    enrollments : DataFrame
        For the groups' columns.
    question : EffectQuestion
        Which two arms, where chance decided.
    result : DesignResult
        The chosen design.
    pupils : Pupils or None
        Students of all schools.
    arms : DataFrame or None
        Students of the randomised year, see ``effects.arms_design``.
    settings : Settings
        Groups, confidence level.

    Returns
    -------
    DataFrame
        One row per group: effect on the focus less that on the reference; ``reason`` where there is none.
    """
    keys = ["student_id", "school_year"]
    enrolled = enrollments.drop_duplicates(keys).set_index(keys)
    found = []
    for group in settings.groups:
        recorded = group.column in enrolled
        entry: dict[str, object] = {"column": group.column, "reason": "" if recorded else "the group is not recorded"}
        found.append(entry)
        if not recorded:
            continue
        try:
            estimate, n = _compare(
                _Membership(enrolled[group.column], group=group),
                question=question,
                result=result,
                pupils=pupils,
                arms=arms,
                ci_level=settings.ci_level,
            )
        except TooFewError as reason:
            entry["reason"] = str(reason)
        else:
            entry |= {name: getattr(estimate, name) for name in NUMBERS} | {"n": n}
    table = pd.DataFrame(found, columns=list(COLUMNS))
    return table.astype(dict.fromkeys((*NUMBERS, "n"), "float64"))


def control_groups(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the group differences of all effects of a run together and control how many are called real.

    Parameters
    ----------
    tables : sequence of DataFrame
        From :func:`compare_groups`.

    Returns
    -------
    DataFrame
        With ``q_value`` over all differences that were tested, and ``family_size``, how many those are.
    """
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    p_values = table["p_value"].to_numpy(dtype="float64")
    return table.assign(q_value=adjust_p_values(p_values), family_size=int(np.isfinite(p_values).sum()))


class _Membership:
    """Who is of the focus (1), who of the reference (0), and of whom it is not known (missing)."""

    def __init__(self, values: pd.Series, *, group: StudentGroup) -> None:
        focus, reference = (_is(values, wanted) for wanted in (group.focus, group.reference))
        self._member = pd.Series(np.where(focus, 1.0, np.where(reference, 0.0, np.nan)), index=values.index)

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Give the rows of focus and reference with ``member``."""
        keys = pd.MultiIndex.from_frame(rows[["student_id", "school_year"]])
        return rows.assign(member=self._member.reindex(keys).to_numpy()).dropna(subset=["member"])


def _compare(
    membership: _Membership,
    *,
    question: EffectQuestion,
    result: DesignResult,
    pupils: Pupils | None,
    arms: pd.DataFrame | None,
    ci_level: float,
) -> tuple[Estimate, int]:
    if result.design == "randomised" and arms is not None:
        return _compare_arms(membership.of(arms[arms["score"].notna()]), question=question, ci_level=ci_level)
    if result.design == "single_case" or pupils is None:
        raise TooFewError(CASES)
    if result.design == "discontinuity":
        return _compare_at_cut(membership, pupils=pupils, bandwidth=result.bandwidth or 0.0, ci_level=ci_level)
    if result.design == "weighted":
        return _compare_adjusted(membership, pupils=pupils, ci_level=ci_level)
    by_mean: dict[str, Callable[..., tuple[Estimate, int]]] = {
        "staggered": compare_phased,
        "interrupted": compare_series,
        "growth": compare_growth,
    }
    return by_mean[result.design](pupils, rows=membership.of(pupils.rows), ci_level=ci_level)


def _compare_arms(rows: pd.DataFrame, *, question: EffectQuestion, ci_level: float) -> tuple[Estimate, int]:
    treated = np.asarray(rows["arm"] == question.intervention_id, dtype=np.float64)
    other = np.asarray(~rows["arm"].isin([question.intervention_id, question.comparison_id]), dtype=np.float64)
    member = rows["member"].to_numpy(dtype="float64")
    _ask_enough(treated[other == 0], member[other == 0])
    columns = {"difference": treated * member, "side": treated, "group": member}
    if other.any():
        columns |= {"other": other, "other × group": other * member}
    fit = fit_clustered(
        outcome=rows["score"].to_numpy(dtype="float64"),
        design=np.column_stack(list(columns.values())),
        names=list(columns),
        clusters=_name(rows["school"]),
        absorb=_name(rows["stratum"]),
        ci_level=ci_level,
    )
    return fit.coefficient("difference"), int((other == 0).sum())


def _compare_at_cut(
    membership: _Membership, *, pupils: Pupils, bandwidth: float, ci_level: float
) -> tuple[Estimate, int]:
    rows = pupils.known("distance")
    rows = membership.of(rows[rows["distance"].abs() < bandwidth])
    score = rows["distance"].to_numpy(dtype="float64")
    side = ((score < 0) == pupils.treated_below).astype("float64")
    return _interact(rows, side=side, score=score, root=np.sqrt(1 - np.abs(score) / bandwidth), ci_level=ci_level)


def _compare_adjusted(membership: _Membership, *, pupils: Pupils, ci_level: float) -> tuple[Estimate, int]:
    rows = pupils.known("baseline")
    offered = rows.groupby(["school", "grade", "school_year"], dropna=False)["received"].transform("max") > 0
    rows = membership.of(level_by_others(rows[offered], pupils=pupils))
    side, score = (rows[name].to_numpy(dtype="float64") for name in ("received", "baseline"))
    return _interact(rows, side=side, score=score, root=np.ones(score.size), ci_level=ci_level)


def _interact(
    rows: pd.DataFrame, *, side: FloatArray, score: FloatArray, root: FloatArray, ci_level: float
) -> tuple[Estimate, int]:
    """Difference between the groups' effects where a score from before is held level on either side."""
    member = rows["member"].to_numpy(dtype="float64")
    _ask_enough(side, member)
    design = np.column_stack([side * member, side, member, np.ones(score.size), score, score * side, score * member])
    fit = fit_clustered(
        outcome=root * rows["outcome"].to_numpy(dtype="float64"),
        design=root[:, None] * design,
        names=["difference", "side", "group", "constant", "score", "score × side", "score × group"],
        clusters=_name(rows["school"]),
        ci_level=ci_level,
    )
    return fit.coefficient("difference"), len(rows)


def _ask_enough(side: FloatArray, member: FloatArray) -> None:
    for arm in (0.0, 1.0):
        for one in (0.0, 1.0):
            if int(((side == arm) & (member == one)).sum()) < LEAST_IN_CELL:
                raise TooFewError("too few students of a group were in one of the arms")


def _name(ids: pd.Series) -> np.ndarray:
    return ids.to_numpy(dtype=object).astype("U")


def _is(values: pd.Series, wanted: str) -> np.ndarray:
    if wanted in {"yes", "no"}:
        return np.asarray((is_true(values) == (wanted == "yes")) & values.notna(), dtype=bool)
    return np.asarray((values.astype("object") == wanted).fillna(value=False), dtype=bool)
