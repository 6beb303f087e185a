"""Standardised effect sizes of group designs, as the What Works Clearinghouse computes them."""

import math
from dataclasses import dataclass

from scipy.special import logit, ndtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats

DEFAULT_ICC_ACHIEVEMENT = 0.20
"""Intraclass correlation of achievement where the data give none: WWC Handbook 5.0, Appendix E."""
DEFAULT_ICC_OTHER = 0.10
"""Intraclass correlation of other outcomes where the data give none: the same."""
COX_DIVISOR = 1.65
"""Turns a log odds ratio into standard deviations: Sánchez-Meca et al. (2003), Psychol. Methods 8, 448."""
DEFAULT_PRETEST_CORRELATION = 0.5
"""Correlation of pretest and posttest where it is not known: WWC Handbook 5.0, Appendix E."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """Size, mean and standard deviation of one group.

    Parameters
    ----------
    n : int
        Students, at least 2.
    mean, sd : float
        In the outcome's unit; the standard deviation has divisor ``n - 1``.
    """

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardizedDifference:
    """A standardised mean difference.

    Parameters
    ----------
    g : float
        In pooled standard deviations, small-sample corrected.
    std_error : float
        ``sqrt(a + g² / 2h)``: the small-sample factor is not applied to it.
    std_error_corrected : float
        ``ω sqrt(a + d² / 2h)`` with the uncorrected difference ``d``: the factor applied, as in R.
    df : float
        Degrees of freedom: ``N - 2``, or ``h`` of a clustered design.
    sd_pooled : float
        In the outcome's unit.
    n_treated, n_comparison : int
        Students.
    improvement_index : float
        Percentile points by which a student in the middle of the comparison group would rise.
    """

    g: float
    std_error: float
    std_error_corrected: float
    df: float
    sd_pooled: float
    n_treated: int
    n_comparison: int
    improvement_index: float


def summarise_group(values: FloatArray) -> GroupSummary:
    """Summarise one group's outcomes.

    Parameters
    ----------
    values : (n,) float array
        In the outcome's unit, none missing.

    Returns
    -------
    GroupSummary
        Size, mean, standard deviation.

    Raises
    ------
    TooFewError
        Fewer than two students.
    """
    array = read_floats(values, ndim=1, what="values")
    if array.size < 2:
        raise TooFewError(f"a group has {array.size} students, and at least 2 are needed")
    return GroupSummary(n=int(array.size), mean=float(array.mean()), sd=float(array.std(ddof=1)))


def estimate_smd(
    *,
    treated: GroupSummary,
    comparison: GroupSummary,
    difference: float | None = None,
    mean_cluster_size: float = 1.0,
    icc: float = 0.0,
) -> StandardizedDifference:
    """Estimate a standardised mean difference (Hedges' g), for students or for clusters assigned.

    Parameters
    ----------
    treated, comparison : GroupSummary
        The two groups.
    difference : float, optional
        Adjusted difference in the outcome's unit, from a model; the difference of the means if not given.
    mean_cluster_size : float
        Students per cluster, at least 1; 1 where students were assigned.
    icc : float
        Intraclass correlation, from 0 to less than 1.

    Returns
    -------
    StandardizedDifference
        In pooled standard deviations of the students.

    Raises
    ------
    TooFewError
        Too few students or clusters, or outcomes that do not vary.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, Appendix E, for clusters equation E.21.
    Hedges (1981), Journal of Educational Statistics 6, 107-128; Hedges (2007), JEBS 32, 341-370.
    """
    n = treated.n + comparison.n
    sd_pooled = pool_sd(treated=treated, comparison=comparison)
    clustered = mean_cluster_size > 1 and icc > 0
    gamma, df = 1.0, float(n - 2)
    if clustered:
        gamma, df = _adjust_for_clusters(n=n, mean_cluster_size=mean_cluster_size, icc=icc)
    raw = (treated.mean - comparison.mean if difference is None else difference) / sd_pooled
    omega = correct_small_sample(df)
    g = omega * gamma * raw
    sampling = (1 / treated.n + 1 / comparison.n) * (1 + (mean_cluster_size - 1) * icc)
    # Without clusters the published variance has 2N where the clustered one has 2h.
    curvature = 2 * (df if clustered else n)
    return StandardizedDifference(
        g=g,
        std_error=math.sqrt(sampling + g**2 / curvature),
        std_error_corrected=omega * math.sqrt(sampling + (g / omega) ** 2 / curvature),
        df=df,
        sd_pooled=sd_pooled,
        n_treated=treated.n,
        n_comparison=comparison.n,
        improvement_index=find_improvement_index(g),
    )


def estimate_gain_difference(
    *,
    treated_before: GroupSummary,
    treated_after: GroupSummary,
    comparison_before: GroupSummary,
    comparison_after: GroupSummary,
    correlation: float = DEFAULT_PRETEST_CORRELATION,
) -> StandardizedDifference:
    """Estimate the difference of standardised differences, after less before.

    Parameters
    ----------
    treated_before, treated_after, comparison_before, comparison_after : GroupSummary
        The same students before and after; each measure is standardised by its own pooled standard deviation.
    correlation : float
        Of the measure before with the measure after.

    Returns
    -------
    StandardizedDifference
        In standard deviations; ``sd_pooled`` is that of the measure after.

    Raises
    ------
    TooFewError
        Too few students, or outcomes that do not vary.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, Appendix E: difference-in-differences adjustment.
    """
    if not -1 <= correlation < 1:
        raise ValueError(f"correlation is {correlation}, not from -1 to less than 1")
    before = estimate_smd(treated=treated_before, comparison=comparison_before)
    after = estimate_smd(treated=treated_after, comparison=comparison_after)
    g = after.g - before.g
    omega = correct_small_sample(after.df)
    sampling = 2 * (1 - correlation) * (1 / treated_after.n + 1 / comparison_after.n)
    curvature = 2 * after.df
    return StandardizedDifference(
        g=g,
        std_error=math.sqrt(sampling + g**2 / curvature),
        std_error_corrected=omega * math.sqrt(sampling + (g / omega) ** 2 / curvature),
        df=after.df,
        sd_pooled=after.sd_pooled,
        n_treated=after.n_treated,
        n_comparison=after.n_comparison,
        improvement_index=find_improvement_index(g),
    )


def estimate_cox_index(*, treated_share: float, comparison_share: float) -> float:
    """Estimate the effect size of an outcome that happens or does not.

    Parameters
    ----------
    treated_share, comparison_share : float
        Share of students with the outcome, from 0 to 1.

    Returns
    -------
    float
        Cox's index, in standard deviations.

    Raises
    ------
    TooFewError
        A share is 0 or 1: the index is then not defined.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, Appendix E: dichotomous outcomes.
    """
    for share, group in ((treated_share, "treated"), (comparison_share, "comparison")):
        if not 0 <= share <= 1:
            raise ValueError(f"the share of the {group} group is {share}, not from 0 to 1")
        if share in (0, 1):
            amount = "no student" if share == 0 else "every student"
            raise TooFewError(f"{amount} of the {group} group has the outcome, so its odds have no size")
    return float(logit(treated_share) - logit(comparison_share)) / COX_DIVISOR


def find_improvement_index(g: float) -> float:
    """Find the percentile points that an effect is worth to the average student, ``100 Φ(g) - 50``.

    Parameters
    ----------
    g : float
        Effect in standard deviations.

    Returns
    -------
    float
        Percentile points, -50 to 50.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, Appendix E.
    """
    return 100 * float(ndtr(g)) - 50


def correct_small_sample(df: float) -> float:
    """Give the small-sample factor ``1 - 3 / (4 df - 1)``: with ``df = N - 2`` it is ``1 - 3 / (4N - 9)``."""
    return 1 - 3 / (4 * df - 1)


def pool_sd(*, treated: GroupSummary, comparison: GroupSummary) -> float:
    """Pool the standard deviations of two groups.

    Parameters
    ----------
    treated, comparison : GroupSummary
        The two groups.

    Returns
    -------
    float
        In the outcome's unit.

    Raises
    ------
    TooFewError
        A group has fewer than two students, or no outcome differs from its group.
    """
    if min(treated.n, comparison.n) < 2:
        raise TooFewError(f"a group has {min(treated.n, comparison.n)} students, and at least 2 are needed")
    squares = (treated.n - 1) * treated.sd**2 + (comparison.n - 1) * comparison.sd**2
    if squares <= 0:
        raise TooFewError("every student of a group has the same outcome")
    return math.sqrt(squares / (treated.n + comparison.n - 2))


def _adjust_for_clusters(*, n: int, mean_cluster_size: float, icc: float) -> tuple[float, float]:
    """Give ``γ`` and the degrees of freedom ``h`` of a clustered design."""
    size, rho = mean_cluster_size, icc
    if not 0 <= rho < 1:
        raise ValueError(f"icc is {rho}, not from 0 to less than 1")
    lost = 2 * (size - 1) * rho
    if n - 2 <= lost:
        raise TooFewError(f"{n} students in clusters of {size:.1f} are too few clusters")
    gamma = math.sqrt(1 - lost / (n - 2))
    spread = (n - 2) * (1 - rho) ** 2 + size * (n - 2 * size) * rho**2 + 2 * (n - 2 * size) * rho * (1 - rho)
    h = (n - 2 - lost) ** 2 / spread if spread > 0 else 0.0
    if h <= 1:
        raise TooFewError(f"{n} students in clusters of {size:.1f} are too few clusters")
    return gamma, h
