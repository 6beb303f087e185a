"""The effect on the treated against a comparison group weighted to be like them, and adjusted by regression."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, read_floats
from mtss_analysis.stats.clustered import fit_clustered
from mtss_analysis.stats.effect_sizes import estimate_smd, summarise_group
from mtss_analysis.stats.estimate import Estimate, check_level
from mtss_analysis.stats.evidence import judge_equivalence
from mtss_analysis.stats.matching.balancing import balance_entropy, find_effective_size, weigh_by_odds
from mtss_analysis.stats.matching.propensity import estimate_propensity

Weighting: TypeAlias = Literal["entropy", "odds", "none"]

MIN_GROUP = 10
MIN_CLUSTERS = 4
"""With three or fewer clusters an interval says next to nothing: Pustejovsky & Tipton (2018), section 5."""
MAX_OFF_SUPPORT = 0.2
"""Share of the treated without anyone alike above which the effect would be on other students than the treated."""
MIN_EFFECTIVE = 20.0
MAX_IMBALANCE_G = 0.25
"""WWC Procedures and Standards Handbook 5.0, baseline equivalence: beyond this not satisfied even with adjustment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateBalance:
    """One covariate's difference between treated and comparison students, on the students analysed.

    Parameters
    ----------
    name : str
        The covariate.
    g_before, g_after : float
        In pooled standard deviations, without weights and with them.
    equivalence : str
        What the Clearinghouse says of the weighted difference, the covariate being in the model.
    """

    name: str
    g_before: float
    g_after: float
    equivalence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedEffect:
    """The effect on the treated.

    Parameters
    ----------
    effect : Estimate
        In the outcome's unit, regression-adjusted, CR2 and Satterthwaite's degrees of freedom.
    g : float
        In pooled standard deviations of the students analysed.
    balance : tuple of CovariateBalance
        In the order of the covariates.
    n_treated, n_comparison : int
        Students analysed.
    n_off_support : int
        Treated students left out because no comparison student is alike.
    effective_n_comparison : float
        Equally weighted comparison students worth as much as the weighted ones.
    separation : float
        Probability that a treated student's propensity exceeds a comparison student's.
    n_clusters : int
        Clusters, or students where none are given.
    """

    effect: Estimate
    g: float
    balance: tuple[CovariateBalance, ...]
    n_treated: int
    n_comparison: int
    n_off_support: int
    effective_n_comparison: float
    separation: float
    n_clusters: int


def estimate_weighted_effect(
    *,
    outcome: FloatArray,
    treated: FloatArray,
    covariates: Mapping[str, FloatArray],
    clusters: IdArray | None = None,
    strata: IdArray | None = None,
    weighting: Weighting = "entropy",
    ci_level: float = 0.95,
) -> WeightedEffect:
    """Estimate the effect on the treated by weighting and regression together (doubly robust).

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    treated : (n,) float array
        1 treated, 0 comparison.
    covariates : mapping of name to (n,) float array
        Measured before the programme, none missing, at least one.
    clusters : (n,) array, optional
        Cluster of each row, the unit that was chosen for the programme; rows stand alone if not given.
    strata : (n,) array, optional
        Such as grade and year, each with treated rows or comparison rows or both: the model has a mean of its own for
        each, so that errors allow for means that clusters share. Groups are not weighted to be alike in them.
    weighting : {"entropy", "odds", "none"}
        Entropy balancing; inverse-probability (odds) weights; or regression adjustment alone.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    WeightedEffect
        Right if either the propensity or the outcome is linear (on the logit, in the covariates), and if
        nothing else that matters for the outcome decided who was treated.

    Raises
    ------
    TooFewError
        Fewer than ten students in a group, fewer than four clusters, groups that do not overlap, covariates
        that stay out of balance, or a comparison group whose weight rests on a few.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), JASA 89, 846-866. Hainmueller (2012), Political Analysis 20, 25-46.
    Stuart (2010), Statistical Science 25, 1-21: checking balance and support.
    """
    check_level(ci_level)
    y = read_floats(outcome, ndim=1, what="outcome")
    chosen = read_floats(treated, ndim=1, what="treated") > 0
    _check_groups(chosen)
    names = tuple(covariates)
    raw = np.column_stack([read_floats(covariates[name], ndim=1, what=name) for name in names])
    spread = raw.std(axis=0)
    if np.any(spread == 0):
        raise TooFewError(f"“{names[int(np.argmin(spread))]}” is the same for every student")
    scaled = (raw - raw.mean(axis=0)) / spread
    overlap = estimate_propensity(treated=chosen, covariates=scaled)
    if overlap.off_support_share > MAX_OFF_SUPPORT:
        raise TooFewError(
            f"{100 * overlap.off_support_share:.0f} percent of the treated have nobody like them in the comparison "
            f"group, and at most {100 * MAX_OFF_SUPPORT:.0f} may"
        )
    rows = overlap.on_support
    y, chosen, scaled = y[rows], chosen[rows], scaled[rows]
    groups = np.arange(y.size) if clusters is None else np.asarray(clusters)[rows]
    if np.unique(groups).size < MIN_CLUSTERS:
        raise TooFewError(f"there are {np.unique(groups).size} clusters, and at least {MIN_CLUSTERS} are needed")
    weights = _find_weights(weighting, chosen=chosen, scaled=scaled, probability=overlap.probability[rows])
    effective = find_effective_size(weights[~chosen])
    if effective < min(MIN_EFFECTIVE, float(MIN_GROUP)):
        raise TooFewError(f"the comparison group's weight rests on about {effective:.0f} students")
    balance = _compare(names, chosen=chosen, scaled=scaled, weights=weights)
    worst = max(balance, key=lambda entry: abs(entry.g_after))
    if abs(worst.g_after) > MAX_IMBALANCE_G:
        raise TooFewError(
            f"the groups differ by {abs(worst.g_after):.2f} standard deviations on “{worst.name}” after weighting, "
            f"and at most {MAX_IMBALANCE_G} is allowed"
        )
    root = np.sqrt(weights)
    marks = {} if strata is None else mark_strata(np.asarray(strata)[rows])
    terms = (*names, *marks)
    adjusting = np.column_stack([scaled, *marks.values()])
    centred = adjusting - adjusting[chosen].mean(axis=0)
    # Slopes of the comparison group alone, so that the treated enter through their mean (effect on the treated).
    varies = np.ptp(centred[chosen], axis=0) > 0
    design = np.column_stack([chosen, np.ones(y.size), centred, (centred * chosen[:, None])[:, varies]])
    own = [f"treated × {name}" for name, moves in zip(terms, varies, strict=True) if moves]
    labels = ["treated", "constant", *terms, *own]
    fit = fit_clustered(
        outcome=root * y, design=root[:, None] * design, names=labels, clusters=groups, ci_level=ci_level
    )
    effect = fit.coefficient("treated")
    size = estimate_smd(
        treated=summarise_group(y[chosen]), comparison=summarise_group(y[~chosen]), difference=effect.estimate
    )
    return WeightedEffect(
        effect=effect,
        g=size.g,
        balance=balance,
        n_treated=int(chosen.sum()),
        n_comparison=int((~chosen).sum()),
        n_off_support=int((~rows).sum()),
        effective_n_comparison=effective,
        separation=overlap.separation,
        n_clusters=fit.n_clusters,
    )


def mark_strata(strata: IdArray) -> dict[str, FloatArray]:
    """Mark every stratum but the largest with a column.

    Parameters
    ----------
    strata : (n,) array
        Stratum of each row.

    Returns
    -------
    dict of str to (n,) float array
        0 or 1, by the name of the column.
    """
    found, counts = np.unique(strata, return_counts=True)
    kept = np.delete(found, int(np.argmax(counts)))
    return {f"stratum {name}": (strata == name).astype(np.float64) for name in kept}


def _check_groups(chosen: NDArray[np.bool_]) -> None:
    for name, size in (("treated", int(chosen.sum())), ("in the comparison group", int((~chosen).sum()))):
        if size < MIN_GROUP:
            raise TooFewError(f"{size} students are {name}, and at least {MIN_GROUP} are needed")


def _find_weights(
    weighting: Weighting, *, chosen: NDArray[np.bool_], scaled: FloatArray, probability: FloatArray
) -> FloatArray:
    weights = np.ones(chosen.size)
    if weighting == "entropy":
        weights[~chosen] = balance_entropy(comparison=scaled[~chosen], target=scaled[chosen].mean(axis=0))
    elif weighting == "odds":
        weights[~chosen] = weigh_by_odds(probability=probability[~chosen])
    return weights


def _compare(
    names: tuple[str, ...], *, chosen: NDArray[np.bool_], scaled: FloatArray, weights: FloatArray
) -> tuple[CovariateBalance, ...]:
    found = []
    for name, values in zip(names, scaled.T, strict=True):
        one, other = summarise_group(values[chosen]), summarise_group(values[~chosen])
        weighted = float(np.average(values[~chosen], weights=weights[~chosen]))
        after = estimate_smd(treated=one, comparison=other, difference=one.mean - weighted).g
        found.append(
            CovariateBalance(
                name=name,
                g_before=estimate_smd(treated=one, comparison=other).g,
                g_after=after,
                equivalence=judge_equivalence(g=after, adjusted=True),
            )
        )
    return tuple(found)
