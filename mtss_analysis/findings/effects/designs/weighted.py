"""Students chosen by judgement against others of the same schools, weighted to be like them and adjusted."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.grades import add_wild, check_analysed
from mtss_analysis.findings.effects.designs.pupils import LEAST_KNOWN, Pupils, list_covariates
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline, withdraw
from mtss_analysis.show import format_count, format_number, join_words
from mtss_analysis.stats import rate_design, summarise_group
from mtss_analysis.stats.arrays import FloatArray, IdArray
from mtss_analysis.stats.effect_sizes import pool_sd
from mtss_analysis.stats.matching import (
    WeightedEffect,
    balance_entropy,
    estimate_propensity,
    estimate_weighted_effect,
    mark_strata,
)

NOTE = (
    "it speaks for the students who took part, and it is right only if nothing that is not recorded decided "
    "both who took "
    "part and how they did"
)
LEAST_OTHERS = 5
"""Students without the programme in a grade and year below which nobody of it is compared, a convention of this kit."""
MOST_SEPARATED = 0.95
"""Probability, that a treated student's propensity exceeds another's, from which on the groups hardly overlap: beyond
it the weights rest on a few students. A convention of this kit."""


def estimate_weighted(pupils: Pupils, *, ci_level: float, by_school: bool = True) -> DesignResult:
    """Estimate the effect on the treated against students like them in the same grades and years.

    Parameters
    ----------
    pupils : Pupils
        All schools, or one.
    ci_level : float
        Confidence level.
    by_school : bool
        Whether chance is reckoned between schools; else between students, for one school alone.

    Returns
    -------
    DesignResult
        Entropy balancing with regression adjustment; the same without weights is a check of it.
    """
    offered = _find_offered(pupils.rows)
    known = offered.dropna(subset=["outcome"])
    treated = known["received"] > 0
    counts: dict[str, Any] = {
        "n_treated": int(treated.sum()),
        "n_comparison": int((~treated).sum()),
        "n_clusters": int(known["school"].nunique()),
    }
    if reason := _refuse(offered, known):
        return decline("weighted", reason=reason, **counts)
    rows = level_by_others(known.dropna(subset=["baseline"]), pupils=pupils)
    if not (rows["received"] > 0).any():
        reason = f"in no grade and year are there {LEAST_OTHERS} students without it who could be compared"
        return decline("weighted", reason=reason, **counts)
    clusters = rows["school"].to_numpy(dtype=object).astype("U") if by_school else None
    chosen = rows["received"].to_numpy(dtype="float64")
    outcome = rows["outcome"].to_numpy(dtype="float64")
    asked: dict[str, Any] = {
        "outcome": outcome,
        "treated": chosen,
        "covariates": list_covariates(rows, pupils=pupils, baseline=True),
        "strata": _name_cells(rows),
        "clusters": clusters,
        "ci_level": ci_level,
    }
    try:
        found = estimate_weighted_effect(**asked)
        sd = pool_sd(treated=summarise_group(outcome[chosen > 0]), comparison=summarise_group(outcome[chosen == 0]))
    except TooFewError as reason:
        return decline("weighted", reason=str(reason), **counts)
    try:
        unweighted: WeightedEffect | None = estimate_weighted_effect(**asked, weighting="none")
    except TooFewError:
        unweighted = None
    scale = found.g / found.effect.estimate if found.effect.estimate else 1 / sd
    rating = rate_design(
        assignment="not randomised",
        n_units_treated=found.n_treated,
        n_units_comparison=found.n_comparison,
        attrition=None,
        baseline_g={entry.name: abs(entry.g_after) for entry in found.balance if entry.name == "fall score"},
        adjusted=True,
    )
    result = DesignResult(
        design="weighted",
        estimate=found.effect,
        sd=sd,
        g=found.g,
        g_low=found.effect.ci_low * scale,
        g_high=found.effect.ci_high * scale,
        n_treated=found.n_treated,
        n_comparison=found.n_comparison,
        n_clusters=found.n_clusters if by_school else 1,
        checks=_check(found, unweighted=unweighted, offered=offered),
        **_bootstrap(**asked),
        rating=rating.rating,
        rating_reasons=rating.reasons,
        note=NOTE,
    )
    if found.separation >= MOST_SEPARATED:
        return withdraw(
            result,
            reason=(
                f"those who took part and the others hardly overlap: {100 * found.separation:.0f} in 100 times scores "
                f"from before tell which is which, and the comparison would rest on about "
                f"{found.effective_n_comparison:.0f} students"
            ),
        )
    return result


def _name_cells(rows: pd.DataFrame) -> IdArray:
    """Name the grade and year of each row: their means are shared by schools, which errors have to know of."""
    return (rows["grade"].astype("str") + " " + rows["school_year"].astype("str")).to_numpy(dtype=object).astype("U")


def level_by_others(rows: pd.DataFrame, *, pupils: Pupils) -> pd.DataFrame:
    """Hold grades and years level by those who did not take part.

    Levelled by all, those who took part would be compared with a mean that holds a part of their own effect, the
    more the greater their share in a grade, and effects would come out too small where shares differ.

    Parameters
    ----------
    rows : DataFrame
        Rows of :class:`Pupils` whose score, and score from before, are known.
    pupils : Pupils
        Says which columns tell students apart beforehand.

    Returns
    -------
    DataFrame
        ``outcome``, ``baseline`` and covariates less the mean of those without the programme in the same grade and
        year; grades and years with fewer than five of them are left out.
    """
    cells = [rows["grade"].astype("str"), rows["school_year"]]
    waits = rows["received"] == 0
    kept = waits.groupby(cells).transform("sum") >= LEAST_OTHERS
    sources = {"outcome": "score", "baseline": "raw_baseline"} | {name: name for name in pupils.covariates}
    level = {
        name: rows[source] - rows[source].where(waits).groupby(cells).transform("mean")
        for name, source in sources.items()
    }
    return rows.assign(**level)[kept]


def _bootstrap(
    *,
    outcome: FloatArray,
    treated: FloatArray,
    covariates: dict[str, FloatArray],
    clusters: IdArray | None,
    strata: IdArray,
    ci_level: float,
) -> dict[str, Any]:
    """Test the same weighted comparison by the wild bootstrap, with one slope for both groups."""
    if clusters is None:
        return {}
    raw = np.column_stack(list(covariates.values()))
    scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    chosen = treated > 0
    kept = estimate_propensity(treated=chosen, covariates=scaled).on_support
    scaled, chosen = scaled[kept], chosen[kept]
    weights = np.ones(chosen.size)
    try:
        weights[~chosen] = balance_entropy(comparison=scaled[~chosen], target=scaled[chosen].mean(axis=0))
    except TooFewError:
        return {}
    root = np.sqrt(weights)
    marks = mark_strata(np.asarray(strata)[kept])
    design = np.column_stack([chosen, np.ones(chosen.size), scaled, *marks.values()])
    return add_wild(
        outcome=root * outcome[kept],
        design=root[:, None] * design,
        names=["treated", "constant", *covariates, *marks],
        clusters=np.asarray(clusters)[kept],
        ci_level=ci_level,
    )


def _find_offered(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the schools, grades and years in which anybody took part."""
    anybody = rows.groupby(["school", "grade", "school_year"], dropna=False)["received"].transform("max") > 0
    return rows[anybody]


def _refuse(offered: pd.DataFrame, known: pd.DataFrame) -> str:
    if offered.empty:
        return "no student with this outcome took part"
    treated = known["received"] > 0
    if not treated.any():
        return "the outcome is not known of any student who took part"
    if treated.all():
        return "every student of these grades and years took part, so there is no comparison group"
    known_baseline = known["baseline"].notna()
    if not known_baseline[treated].any():
        return "no score from before is known of those who took part"
    share = min(float(known_baseline[treated].mean()), float(known_baseline[~treated].mean()))
    if share < LEAST_KNOWN:
        return f"a score from before is known of only {100 * share:.0f}% of a group"
    return ""


def _check(found: WeightedEffect, *, unweighted: WeightedEffect | None, offered: pd.DataFrame) -> tuple[Check, ...]:
    worst = max(found.balance, key=lambda entry: abs(entry.g_after))
    before = max(abs(entry.g_before) for entry in found.balance)
    unlike = [entry.name for entry in found.balance if entry.equivalence == "not satisfied"]
    checks = [
        Check(
            name="overlap",
            passed=found.separation < MOST_SEPARATED,
            sentence=(
                f"{format_count(found.n_off_support)} students who took part had nobody like them and are left "
                "out; the "
                f"comparison group counts for about {found.effective_n_comparison:.0f} students."
            ),
        ),
        Check(
            name="baseline equivalence",
            passed=not unlike,
            sentence=(
                f"Before weighting the groups differed by up to {format_number(before, decimals=2)} standard "
                "deviations, "
                f"after it by {format_number(abs(worst.g_after), decimals=2)}"
                + (f"; not satisfied for {join_words(unlike)}." if unlike else ".")
            ),
        ),
    ]
    if unweighted is not None:
        agrees = unweighted.effect.ci_low <= found.effect.ci_high and unweighted.effect.ci_high >= found.effect.ci_low
        told = "agrees with" if agrees else "does not agree with"
        checks.append(
            Check(
                name="another model",
                passed=agrees,
                sentence=f"Regression adjustment without weights {told} the estimate.",
            )
        )
    return (*checks, *check_analysed(offered, side="received"))
