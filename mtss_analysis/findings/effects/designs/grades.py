"""What is the same for all designs: effect size, wild-bootstrap interval, how many students are analysed."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.result import Check
from mtss_analysis.show import format_number
from mtss_analysis.stats import (
    Attrition,
    Estimate,
    WildTest,
    estimate_smd,
    judge_attrition,
    summarise_group,
    wild_bootstrap,
)
from mtss_analysis.stats.arrays import FloatArray, IdArray

FEW_CLUSTERS = 10
"""Below about ten clusters the wild bootstrap stands beside: standards of this kit after Cameron & Miller (2015),
Journal of Human Resources 50, 317-372, section VI."""
MIN_CLUSTERS = 3
SAMPLES = 999


def size_effect(
    *,
    effect: Estimate,
    treated: FloatArray,
    comparison: FloatArray,
    mean_cluster_size: float = 1.0,
    icc: float = 0.0,
) -> dict[str, Any]:
    """Give the effect size with its interval.

    Parameters
    ----------
    effect : Estimate
        In the unit of the outcome.
    treated, comparison : (n,) float arrays
        Outcomes of the students analysed.
    mean_cluster_size : float
        Students per unit assigned; 1 where students were assigned.
    icc : float
        Intraclass correlation of the units assigned.

    Returns
    -------
    dict
        ``sd``, ``g``, ``g_low``, ``g_high``; the interval is that of the estimate, so that it allows for clusters.

    Raises
    ------
    TooFewError
        A group has fewer than two students, or outcomes do not vary.
    """
    size = estimate_smd(
        treated=summarise_group(treated),
        comparison=summarise_group(comparison),
        difference=1.0,
        mean_cluster_size=mean_cluster_size,
        icc=icc,
    )
    return {
        "sd": size.sd_pooled,
        "g": effect.estimate * size.g,
        "g_low": effect.ci_low * size.g,
        "g_high": effect.ci_high * size.g,
    }


def add_wild(
    *,
    outcome: FloatArray,
    design: FloatArray,
    names: list[str],
    clusters: IdArray,
    ci_level: float,
    absorb: IdArray | None = None,
) -> dict[str, Any]:
    """Give the wild-bootstrap interval of the first column where there are few clusters.

    Parameters
    ----------
    outcome : (n,) float array
        Weighted, if the design is.
    design : (n, p) float array
        The column asked about first.
    names : list of str
        Names of the columns.
    clusters : (n,) array
        Cluster of each row.
    ci_level : float
        Confidence level.
    absorb : (n,) array, optional
        Group of each row whose effect is taken out.

    Returns
    -------
    dict
        ``wild_low``, ``wild_high``, ``wild_p``; empty with ten clusters or more, or fewer than three.
    """
    n_samples = count_samples(len(np.unique(clusters)))
    if not n_samples:
        return {}
    try:
        found = wild_bootstrap(
            outcome=outcome,
            design=design,
            names=names,
            name=names[0],
            clusters=clusters,
            absorb=absorb,
            ci_level=ci_level,
            n_samples=n_samples,
        )
    except TooFewError:
        return {}
    return read_wild(found)


def count_samples(n_clusters: int) -> int:
    """Give the samples of a wild bootstrap with so many clusters; 0 where it is not asked for."""
    return SAMPLES if MIN_CLUSTERS <= n_clusters < FEW_CLUSTERS else 0


def read_wild(found: WildTest | None) -> dict[str, Any]:
    """Give a wild bootstrap's interval and p-value as the fields of a design's result.

    Parameters
    ----------
    found : WildTest or None
        None: there is none.

    Returns
    -------
    dict
        ``wild_low``, ``wild_high`` (None where the test rejects nothing on that side), ``wild_p``; or empty.
    """
    if found is None:
        return {}
    return {
        "wild_low": found.ci_low if np.isfinite(found.ci_low) else None,
        "wild_high": found.ci_high if np.isfinite(found.ci_high) else None,
        "wild_p": found.p_value,
    }


def count_attrition(*, treated: FloatArray, known: FloatArray) -> Attrition | None:
    """Count who left out of those who were in the groups.

    Parameters
    ----------
    treated : (n,) float array
        1 treated or entitled, 0 not.
    known : (n,) float array
        1 where the outcome is known.

    Returns
    -------
    Attrition or None
        None where a group is empty.
    """
    one = treated > 0
    if not one.any() or one.all():
        return None
    return judge_attrition(
        treated_assigned=int(one.sum()),
        treated_kept=int(known[one].sum()),
        comparison_assigned=int((~one).sum()),
        comparison_kept=int(known[~one].sum()),
    )


def check_analysed(offered: pd.DataFrame, *, side: str) -> tuple[Check, ...]:
    """Check how many students a comparison of two groups leaves out for want of a score, before or after.

    Parameters
    ----------
    offered : DataFrame
        One row per student: ``outcome``, ``baseline`` and ``side``.
    side : str
        Column that says which group a student is in, 0 or 1.

    Returns
    -------
    tuple of Check
        One; none where attrition cannot be counted.
    """
    attrition = count_attrition(
        treated=offered[side].to_numpy(dtype="float64"),
        known=np.asarray(offered["outcome"].notna() & offered["baseline"].notna(), dtype=np.float64),
    )
    if attrition is None:
        return ()
    overall = format_number(attrition.overall_pct, decimals=1)
    apart = format_number(attrition.differential_pct, decimals=1)
    return (
        Check(
            name="students analysed",
            passed=attrition.level == "low",
            sentence=f"{overall}% lack a score before or after, the groups {apart} points apart.",
        ),
    )
