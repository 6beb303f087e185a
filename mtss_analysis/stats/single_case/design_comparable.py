"""The design-comparable effect size of single-case studies: cases as a sample, comparable with group studies."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Estimate, Interval, check_level, make_t_estimate
from mtss_analysis.stats.series.autocorrelation import make_correlation

MIN_CASES = 3
"""WWC Handbook 5.0, Appendix E: the design-comparable effect size needs three cases."""
HIGHEST_PHI = 0.98
STEP = 1e-5
ASSUMED = (
    "levels without trend in either phase, the same effect in every case, and errors that resemble their "
    "neighbours in time equally in all cases are assumed"
)
FEW_CASES = "with so few cases the variance between cases, and with it the effect size, is poorly known"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignComparable:
    """A standardised mean difference from single-case data.

    Parameters
    ----------
    g : Interval
        In standard deviations between and within cases, corrected for few cases; positive where higher.
    std_error : float
        Of ``g``.
    df : float
        Degrees of freedom of the denominator (nu).
    delta : float
        Before the correction.
    difference : Estimate
        Intervention less baseline, in the outcome's unit, with an interval of its own: it does not carry the
        uncertainty of the standard deviation that divides ``g``.
    autocorrelation : float
        Of neighbouring errors.
    share_between : float
        Share of the variance that lies between cases.
    n_cases, n : int
        Cases and points.
    caveats : tuple of str
        Ready to print.
    """

    g: Interval
    std_error: float
    df: float
    delta: float
    difference: Estimate
    autocorrelation: float
    share_between: float
    n_cases: int
    n: int
    caveats: tuple[str, ...]


def estimate_design_comparable(
    *, outcome: FloatArray, case: IdArray, time: FloatArray, intervention: FloatArray, ci_level: float = 0.95
) -> DesignComparable:
    """Estimate the design-comparable effect size (multiple baseline, AB or reversal; three cases or more).

    Parameters
    ----------
    outcome : (n,) float array
        One row a case and time; none missing.
    case : (n,) array
        Case of each row.
    time : (n,) float array
        Whole numbers of sessions; a gap weakens the correlation across it.
    intervention : (n,) float array
        0 in baseline, 1 in intervention.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DesignComparable
        Restricted maximum likelihood with a random level per case and AR(1) errors; symmetric t interval.

    Raises
    ------
    TooFewError
        Fewer than three cases with both phases, or an outcome that does not vary.

    References
    ----------
    Pustejovsky, Hedges & Shadish (2014), Journal of Educational and Behavioral Statistics 39, 368-393: model
    MB1, equations 9 to 14.
    Hedges, Pustejovsky & Shadish (2013), Research Synthesis Methods 4, 324-341.
    """
    check_level(ci_level)
    y = read_floats(outcome, ndim=1, what="outcome")
    phase = read_floats(intervention, ndim=1, what="intervention")
    when = read_floats(time, ndim=1, what="time")
    codes, n_cases = number_groups(case, n=y.size, what="case")
    both = [np.unique(phase[codes == k]).size == 2 for k in range(n_cases)]
    if sum(both) < MIN_CASES:
        raise TooFewError(f"{sum(both)} cases have both phases, and at least {MIN_CASES} are needed")
    spread = float(y.std())
    if spread == 0:
        raise TooFewError("the outcome does not vary")
    design = np.column_stack([np.ones(y.size), phase])
    blocks = [
        _Block(
            design=design[codes == k],
            outcome=(y[codes == k] - y.mean()) / spread,
            distance=np.abs(np.subtract.outer(when[codes == k], when[codes == k])),
        )
        for k in range(n_cases)
    ]
    ratio, phi = _search(blocks)
    solution = _solve(blocks, ratio=ratio, phi=phi)
    sigma = solution.residual_variance
    total = sigma * (1 + ratio)
    information = _find_information(blocks, ratio=ratio, phi=phi, sigma=sigma)
    # With the variance between cases at zero only the other parameters are estimated.
    free = [0, 1, 2] if ratio > 0 else [1, 2]
    spread_of_total: FloatArray = np.asarray(np.linalg.inv(information[np.ix_(free, free)]), dtype=np.float64)
    pick = np.array([1.0, 0.0, 1.0])[free]
    df = 2 * total**2 / float(pick @ spread_of_total @ pick)
    if df <= 2:
        raise TooFewError("the cases are too few to tell how much cases differ, which is the unit of the effect")
    delta = float(solution.coefficients[1]) / float(np.sqrt(total))
    kappa = float(np.sqrt(solution.covariance[1, 1] / total))
    correction = 1 - 3 / (4 * df - 1)
    g = correction * delta
    variance = correction**2 * (df * kappa**2 / (df - 2) + g**2 * (df / (df - 2) - 1 / correction**2))
    estimate = make_t_estimate(estimate=g, std_error=float(np.sqrt(variance)), df=df, ci_level=ci_level)
    return DesignComparable(
        g=Interval(estimate=g, ci_low=estimate.ci_low, ci_high=estimate.ci_high, ci_level=ci_level),
        std_error=estimate.std_error,
        df=df,
        delta=delta,
        difference=make_t_estimate(
            estimate=spread * float(solution.coefficients[1]),
            std_error=spread * float(np.sqrt(solution.covariance[1, 1])),
            df=_find_difference_df(blocks, ratio=ratio, phi=phi, sigma=sigma, free=free, spread=spread_of_total),
            ci_level=ci_level,
        ),
        autocorrelation=phi,
        share_between=ratio / (1 + ratio),
        n_cases=n_cases,
        n=y.size,
        caveats=(ASSUMED, FEW_CASES) if n_cases < 6 else (ASSUMED,),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """One case: design, outcome, and steps between its points."""

    design: FloatArray
    outcome: FloatArray
    distance: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Solution:
    deviance: float
    residual_variance: float
    coefficients: FloatArray
    covariance: FloatArray


def _search(blocks: list[_Block]) -> tuple[float, float]:
    """Find the ratio of variances and the autocorrelation with the highest restricted likelihood."""

    def deviance(point: FloatArray) -> float:
        phi = HIGHEST_PHI * float(np.tanh(point[1]))
        return _solve(blocks, ratio=float(point[0]) ** 2, phi=phi).deviance

    starts: list[FloatArray] = [np.array([size, shape]) for size in (0.3, 1.5) for shape in (0.0, 0.6)]
    found = [minimize(deviance, start, method="L-BFGS-B", options={"ftol": 1e-12}) for start in starts]
    best = min(found, key=lambda result: float(result.fun))
    polish = minimize(
        deviance, np.asarray(best.x, dtype=np.float64), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10}
    )
    best = min((best, polish), key=lambda result: float(result.fun))
    ratio, phi = float(best.x[0]) ** 2, HIGHEST_PHI * float(np.tanh(best.x[1]))
    return (0.0 if ratio < 1e-6 else ratio), phi


def _solve(blocks: list[_Block], *, ratio: float, phi: float) -> _Solution:
    p = blocks[0].design.shape[1]
    cross, log_determinant, n = np.zeros((p + 1, p + 1)), 0.0, 0
    for block in blocks:
        root = np.linalg.cholesky(make_correlation(block.distance, phi) + ratio)
        white = np.linalg.solve(root, np.column_stack([block.design, block.outcome]))
        cross += white.T @ white
        log_determinant += 2 * float(np.log(np.diag(root)).sum())
        n += block.outcome.size
    inverse = np.linalg.inv(cross[:p, :p])
    coefficients = inverse @ cross[:p, p]
    variance = float(cross[p, p] - cross[p, :p] @ coefficients) / (n - p)
    variance = max(variance, np.finfo(np.float64).tiny)
    deviance = (n - p) * float(np.log(variance)) + log_determinant + float(np.linalg.slogdet(cross[:p, :p])[1])
    return _Solution(
        deviance=deviance, residual_variance=variance, coefficients=coefficients, covariance=variance * inverse
    )


def _find_difference_df(
    blocks: list[_Block], *, ratio: float, phi: float, sigma: float, free: list[int], spread: FloatArray
) -> float:
    """Find Satterthwaite's degrees of freedom of the difference between phases.

    References
    ----------
    Giesbrecht & Burns (1985), Biometrics 41, 477-486.
    """
    start = np.array([ratio * sigma, phi, sigma])

    def find_variance(point: FloatArray) -> float:
        between, correlation, within = (float(value) for value in point)
        found = _solve(blocks, ratio=between / within, phi=correlation)
        return within * float(found.covariance[1, 1]) / found.residual_variance

    moves = np.diag(STEP * np.array([sigma, 1.0, sigma]))
    gradient = np.array([(find_variance(start + move) - find_variance(start)) / move.sum() for move in moves])[free]
    noise = float(gradient @ spread @ gradient)
    most = float(sum(block.outcome.size for block in blocks) - 2)
    return float(np.clip(2 * find_variance(start) ** 2 / noise, 1.0, most)) if noise > 0 else most


def _find_information(blocks: list[_Block], *, ratio: float, phi: float, sigma: float) -> FloatArray:
    """Give the expected information of (variance between, autocorrelation, variance within) under REML."""
    sizes = [block.outcome.size for block in blocks]
    ends = np.cumsum(sizes)
    n = int(ends[-1])
    whole = np.zeros((n, n))
    derivatives = np.zeros((3, n, n))
    for block, end, size in zip(blocks, ends, sizes, strict=True):
        rows = slice(int(end) - size, int(end))
        correlation = make_correlation(block.distance, phi)
        change = make_correlation(block.distance, phi + STEP) - make_correlation(block.distance, phi - STEP)
        whole[rows, rows] = sigma * (correlation + ratio)
        derivatives[0, rows, rows] = 1.0
        derivatives[1, rows, rows] = sigma * change / (2 * STEP)
        derivatives[2, rows, rows] = correlation
    design = np.vstack([block.design for block in blocks])
    inverse = np.linalg.inv(whole)
    weighted = inverse @ design
    projection = inverse - weighted @ np.linalg.solve(design.T @ weighted, weighted.T)
    products = [projection @ derivative for derivative in derivatives]
    return np.array([[float((one * other.T).sum()) / 2 for other in products] for one in products])
