"""Checks beside a discontinuity: other bandwidths, covariates that must not jump, the dose on either side."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, read_floats
from mtss_analysis.stats.discontinuity.jump import Jump, estimate_jump
from mtss_analysis.stats.estimate import Estimate
from mtss_analysis.stats.multiplicity import adjust_p_values

BANDWIDTH_FACTORS = (0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateJump:
    """A covariate's jump at the cut, which ought to be none.

    Parameters
    ----------
    name : str
        The covariate.
    jump : Estimate or None
        In its own unit; None where it cannot be estimated.
    p_adjusted : float or None
        Benjamini and Hochberg's, over the covariates estimated.
    reason : str
        Why it cannot be estimated, else empty.
    """

    name: str
    jump: Estimate | None
    p_adjusted: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseByScore:
    """Who received the programme on either side of the cut.

    Parameters
    ----------
    n_entitled, n_others : int
        Students on the side that the programme is for, and on the other.
    entitled_share_pct, others_share_pct : float
        Percent of them that received it.
    is_sharp : bool
        All of the first and none of the second.
    """

    n_entitled: int
    n_others: int
    entitled_share_pct: float
    others_share_pct: float
    is_sharp: bool


def vary_bandwidth(
    *,
    outcome: FloatArray,
    score: FloatArray,
    cut: float,
    bandwidth: float,
    treated_below: bool = True,
    received: FloatArray | None = None,
    clusters: IdArray | None = None,
    ci_level: float = 0.95,
) -> dict[float, Jump | str]:
    """Estimate the jump again at half and at twice the bandwidth.

    Parameters
    ----------
    outcome, score : (n,) float arrays
        None missing.
    cut : float
        A score equal to the cut counts as above it.
    bandwidth : float
        In the unit of the score, such as that of the main estimate.
    treated_below : bool
        The programme goes to those below the cut.
    received : (n,) float array, optional
        Programme received, where the cut is fuzzy.
    clusters : (n,) array, optional
        Cluster of each row.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    dict of factor to Jump or str
        The reason where an estimate cannot be made.
    """
    found: dict[float, Jump | str] = {}
    for factor in BANDWIDTH_FACTORS:
        try:
            found[factor] = estimate_jump(
                outcome=outcome,
                score=score,
                cut=cut,
                treated_below=treated_below,
                received=received,
                clusters=clusters,
                bandwidth=factor * bandwidth,
                ci_level=ci_level,
            )
        except TooFewError as reason:
            found[factor] = str(reason)
    return found


def check_covariates(
    *,
    covariates: Mapping[str, FloatArray],
    score: FloatArray,
    cut: float,
    treated_below: bool = True,
    clusters: IdArray | None = None,
) -> tuple[CovariateJump, ...]:
    """Estimate the jump of covariates measured before the programme, each with its own bandwidth.

    Parameters
    ----------
    covariates : mapping of name to (n,) float array
        None missing.
    score : (n,) float array
        The score that decides.
    cut : float
        A score equal to the cut counts as above it.
    treated_below : bool
        The programme goes to those below the cut.
    clusters : (n,) array, optional
        Cluster of each row.

    Returns
    -------
    tuple of CovariateJump
        In the order given.

    References
    ----------
    Imbens & Lemieux (2008), Journal of Econometrics 142, 615-635, section 7.
    """
    found: list[tuple[str, Estimate | None, str]] = []
    for name, values in covariates.items():
        try:
            jump = estimate_jump(outcome=values, score=score, cut=cut, treated_below=treated_below, clusters=clusters)
            found.append((name, jump.effect, ""))
        except TooFewError as reason:
            found.append((name, None, str(reason)))
    p_values = [jump.p_value for _, jump, _ in found if jump is not None]
    adjusted = iter(adjust_p_values(np.array(p_values)) if p_values else np.empty(0))
    return tuple(
        CovariateJump(name=name, jump=jump, p_adjusted=None if jump is None else float(next(adjusted)), reason=reason)
        for name, jump, reason in found
    )


def describe_dose(
    *, score: FloatArray, cut: float, received: FloatArray, treated_below: bool = True, within: float | None = None
) -> DoseByScore:
    """Describe who received the programme on either side of the cut.

    Parameters
    ----------
    score : (n,) float array
        The score that decides.
    cut : float
        A score equal to the cut counts as above it.
    received : (n,) float array
        1 where any of the programme was received, else 0.
    treated_below : bool
        The programme goes to those below the cut.
    within : float, optional
        Only rows this close to the cut; all rows if not given.

    Returns
    -------
    DoseByScore
        Shares of both sides.

    Raises
    ------
    TooFewError
        Nobody is on one side.
    """
    x = read_floats(score, ndim=1, what="score") - cut
    got = read_floats(received, ndim=1, what="received") > 0
    rows = np.ones(x.size, dtype=np.bool_) if within is None else np.abs(x) <= within
    entitled = rows & ((x < 0) == treated_below)
    others = rows & ~entitled
    if not entitled.any() or not others.any():
        raise TooFewError("nobody is on one side of the cut score")
    share, other_share = float(got[entitled].mean()), float(got[others].mean())
    return DoseByScore(
        n_entitled=int(entitled.sum()),
        n_others=int(others.sum()),
        entitled_share_pct=100 * share,
        others_share_pct=100 * other_share,
        is_sharp=share == 1 and other_share == 0,
    )
