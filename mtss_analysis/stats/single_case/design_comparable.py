"""The design-comparable effect size of single-case studies: cases as a sample, comparable with group studies."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Estimate, Interval, check_level, make_t_estimate
from mtss_analysis.stats.ratio_interval import find_standardised_limits
from mtss_analysis.stats.single_case.likelihood import fit_cases, sort_cases
from mtss_analysis.stats.single_case.uncertainty import find_difference_df, find_uncertainty

MIN_CASES = 3
"""WWC Handbook 5.0, Appendix E: the design-comparable effect size needs three cases."""
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
        Of ``g``, as scdhlm gives it.
    df : float
        Degrees of freedom of the denominator (nu).
    delta : float
        Before the correction.
    difference : Estimate
        Intervention less baseline, in the outcome's unit, with an interval of its own: it does not carry the
        uncertainty of the standard deviation that divides ``g``, and leaves out zero exactly where that of ``g`` does.
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
        Restricted maximum likelihood with a random level per case and AR(1) errors. ``g``, its standard error and
        ``df`` are those of the R package scdhlm; its symmetric interval, which puts the quantile of a t distribution
        on the standard deviation of one, is too wide with few cases, so the interval here is another.

    Raises
    ------
    TooFewError
        Fewer than three cases with both phases, or an outcome that does not vary.

    References
    ----------
    Pustejovsky, Hedges & Shadish (2014), Journal of Educational and Behavioral Statistics 39, 368-393: model
    MB1, equations 9 to 14.
    Hedges, Pustejovsky & Shadish (2013), Research Synthesis Methods 4, 324-341.
    Kenward & Roger (1997), Biometrics 53, 983-997: the standard error of the difference.
    Weerahandi (1993), JASA 88, 899-905: the interval of ``g``.
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
    cases = sort_cases(design=design, outcome=(y - y.mean()) / spread, codes=codes, time=when)
    fit = fit_cases(cases)
    total = fit.variance * (1 + fit.ratio)
    uncertain = find_uncertainty(cases, fit)
    pick = np.array([1.0, 0.0, 1.0])
    df = 2 * total**2 / float(pick @ uncertain.variances @ pick)
    if df <= 2:
        raise TooFewError("the cases are too few to tell how much cases differ, which is the unit of the effect")
    naive = fit.variance * float(fit.unscaled[1, 1])
    # The correction adds where variances are estimated; it is never let take away.
    error = float(np.sqrt(max(naive, float(uncertain.coefficients[1, 1]))))
    difference = make_t_estimate(
        estimate=spread * float(fit.coefficients[1]),
        std_error=spread * error,
        df=find_difference_df(cases, fit=fit, variances=uncertain.variances),
        ci_level=ci_level,
    )
    delta = float(fit.coefficients[1]) / float(np.sqrt(total))
    correction = 1 - 3 / (4 * df - 1)
    g = correction * delta
    variance = correction**2 * (df * naive / total / (df - 2) + g**2 * (df / (df - 2) - 1 / correction**2))
    low, high = find_standardised_limits(
        ratio=delta,
        std_error=error / float(np.sqrt(total)),
        df=difference.df,
        spread_df=df,
        ci_level=ci_level,
    )
    return DesignComparable(
        g=Interval(estimate=g, ci_low=low, ci_high=high, ci_level=ci_level),
        std_error=float(np.sqrt(variance)),
        df=df,
        delta=delta,
        difference=difference,
        autocorrelation=fit.phi,
        share_between=fit.ratio / (1 + fit.ratio),
        n_cases=n_cases,
        n=y.size,
        caveats=(ASSUMED, FEW_CASES) if n_cases < 6 else (ASSUMED,),
    )
