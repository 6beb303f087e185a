"""Randomised assignment: the pooled difference between the arms, held against the baseline where there is one."""

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline, withdraw
from mtss_analysis.stats import Estimate, estimate_smd, fit_clustered, rate_design, summarise_group

UNLIKELY = 0.01
LARGE_G = 0.25
"""Baseline difference beyond which no adjustment satisfies: WWC Procedures and Standards Handbook 5.0."""


def describe_randomised(
    pooled: pd.Series | None, *, arms: pd.DataFrame, treated: str, comparison: str, reason: str, ci_level: float
) -> DesignResult:
    """Describe a year's pooled comparison of arms in the form that all designs share.

    Parameters
    ----------
    pooled : Series or None
        The year's row of the pooled effects; None: there is none.
    arms : DataFrame
        Students assigned for the first time in that year: ``arm``, ``stratum``, ``school``, ``baseline`` (missing
        where it is
        not known), outcome known or not.
    treated, comparison : str
        The two arms.
    reason : str
        Why there is no comparison, if there is none.
    ci_level : float
        Confidence level.

    Returns
    -------
    DesignResult
        Declined where the arms differ before the programme by more than chance and more than adjustment allows.
    """
    if pooled is None or not np.isfinite(pooled["estimate"]):
        told = str(pooled["reason"]) if pooled is not None and pooled["reason"] else reason
        return decline("randomised", reason=told or "no comparison of the two arms can be made")
    estimate = Estimate(
        estimate=float(pooled["estimate"]),
        std_error=float(pooled["std_error"]),
        df=float(pooled["df"]),
        ci_low=float(pooled["ci_low"]),
        ci_high=float(pooled["ci_high"]),
        ci_level=ci_level,
        p_value=float(pooled["p_value"]),
    )
    balance, baseline_g, p_value = _check_balance(arms, treated=treated, comparison=comparison)
    rating, reasons = str(pooled["rating"]), tuple(str(pooled["rating_reasons"]).split("; "))
    if baseline_g is not None and rating == "does not meet standards":
        rated = rate_design(
            assignment="not randomised",
            n_units_treated=int(pooled["n_treated"]),
            n_units_comparison=int(pooled["n_comparison"]),
            attrition=None,
            baseline_g={"the fall score": baseline_g},
            adjusted=bool(pooled.get("adjusted_for", "")),
        )
        rating, reasons = rated.rating, (reasons[0], *rated.reasons[1:])
    result = DesignResult(
        design="randomised",
        estimate=estimate,
        sd=_or_none(pooled["sd_pooled"]),
        g=_or_none(pooled["g"]),
        g_low=_or_none(pooled["g_low"]),
        g_high=_or_none(pooled["g_high"]),
        n_treated=int(pooled["n_treated"]),
        n_comparison=int(pooled["n_comparison"]),
        n_clusters=int(pooled["n_clusters"]),
        checks=(balance, _check_attrition(pooled)),
        rating=rating,  # type: ignore[arg-type]  # text out of a frame
        rating_reasons=reasons,
    )
    if baseline_g is not None and p_value is not None and abs(baseline_g) > LARGE_G and p_value < UNLIKELY:
        told = (
            f"the groups already differed by {abs(baseline_g):.2f} standard deviations before, which chance "
            "hardly explains, "
            "so assignment cannot be taken as random"
        )
        return withdraw(result, reason=told)
    return result


def _check_balance(arms: pd.DataFrame, *, treated: str, comparison: str) -> tuple[Check, float | None, float | None]:
    name = "groups alike before"
    known = arms[arms["baseline"].notna() & arms["arm"].isin([treated, comparison])] if len(arms) else arms
    if known.empty:
        return Check(name=name, passed=None, sentence="No score from before assignment is known."), None, None
    side = np.asarray(known["arm"] == treated, dtype=np.float64)
    values = known["baseline"].to_numpy(dtype="float64")
    try:
        fit = fit_clustered(
            outcome=values,
            design=side[:, None],
            names=["treated"],
            clusters=known["school"].to_numpy(dtype=object).astype("U"),
            absorb=known["stratum"].to_numpy(dtype=object).astype("U"),
        )
        difference = fit.coefficient("treated")
        size = estimate_smd(
            treated=summarise_group(values[side > 0]),
            comparison=summarise_group(values[side == 0]),
            difference=difference.estimate,
        )
    except TooFewError as reason:
        return Check(name=name, passed=None, sentence=f"It could not be checked: {reason}."), None, None
    sentence = f"Before the programme the groups differed by {abs(size.g):.2f} standard deviations."
    return Check(name=name, passed=abs(size.g) <= LARGE_G, sentence=sentence), size.g, difference.p_value


def _check_attrition(pooled: pd.Series) -> Check:
    level = pooled.get("attrition_level", None)
    if pd.isna(level):
        return Check(name="attrition", passed=None, sentence="Who left after assignment could not be counted.")
    return Check(
        name="attrition",
        passed=level == "low",
        sentence=(
            f"{pooled['attrition_overall_pct']:.1f}% of those assigned have no outcome, the groups "
            f"{pooled['attrition_differential_pct']:.1f} points apart: attrition is {level} by the cautious boundary."
        ),
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
