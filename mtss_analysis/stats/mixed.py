"""How the variance of an outcome divides between nested levels: students, classrooms, schools, districts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups
from mtss_analysis.stats.estimate import check_level
from mtss_analysis.stats.least_squares import fit_least_squares
from mtss_analysis.stats.nested_likelihood import collect_nested_data, solve_at_shares
from mtss_analysis.stats.nested_shares import SMALLEST_ROW_SHARE, find_best_shares, find_share_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceShare:
    """One level's part of the variance.

    Parameters
    ----------
    level : str
        Name of the level.
    n_groups : int
        Groups at the level, or rows.
    variance : float
        In the squared unit of the outcome.
    share_pct, ci_low_pct, ci_high_pct : float
        Percent of the variance that the fixed part leaves.
    at_boundary : bool
        The variance is estimated as zero.
    """

    level: str
    n_groups: int
    variance: float
    share_pct: float
    ci_low_pct: float
    ci_high_pct: float
    at_boundary: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VariancePartition:
    """The variance of an outcome, level by level.

    Parameters
    ----------
    shares : tuple of VarianceShare
        Outermost level first, rows last.
    ci_level : float
        Confidence level of the shares' intervals.
    names : tuple of str
        Columns of the fixed part.
    coefficients, std_errors : (p,) float arrays
        Fixed part, by generalised least squares.
    log_likelihood : float
        Restricted log-likelihood.
    n : int
        Rows.
    converged : bool
        Searches from different starts reached the same likelihood.
    """

    shares: tuple[VarianceShare, ...]
    ci_level: float
    names: tuple[str, ...]
    coefficients: FloatArray
    std_errors: FloatArray
    log_likelihood: float
    n: int
    converged: bool

    def share(self, level: str) -> VarianceShare:
        """Give the share of the named level."""
        return {share.level: share for share in self.shares}[level]


def partition_variance(
    *,
    outcome: FloatArray,
    levels: Mapping[str, IdArray],
    row_level: str = "student",
    design: FloatArray | None = None,
    names: Sequence[str] | None = None,
    ci_level: float = 0.95,
) -> VariancePartition:
    """Partition the variance of an outcome over nested levels by restricted maximum likelihood.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    levels : mapping of name to (n,) array
        One to three groupings, outermost first, each nested in the one before (a classroom belongs to one
        school).
    row_level : str
        What a row is.
    design : (n, p) float array, optional
        Fixed part; a constant alone if not given.
    names : sequence of str, optional
        Names of its columns.
    ci_level : float
        Confidence level of the intervals, between 0 and 1.

    Returns
    -------
    VariancePartition
        Intervals are by profile likelihood, cut at the chi-squared quantile with one degree of freedom. They
        stay within 0 and 100 percent. Where the true share is zero they cover it more often than stated, the
        statistic being a mixture of zero and chi-squared there.

    Raises
    ------
    TooFewError
        A level has fewer than two groups, or no more groups than the level above, or as many as there are
        rows; or the outcome does not vary, or not within the innermost groups, so that nothing can be likely or not.

    References
    ----------
    Harville (1977), JASA 72, 320-338.
    Self & Liang (1987), JASA 82, 605-610: the likelihood ratio where a variance is zero.
    """
    check_level(ci_level)
    if not 1 <= len(levels) <= 3 or row_level in levels:
        raise ValueError("levels must hold one to three groupings, none of them named as the rows")
    values = np.asarray(outcome, dtype=np.float64)
    n = values.size
    fixed = np.ones((n, 1)) if design is None else np.asarray(design, dtype=np.float64)
    fixed_names = _name_columns(names, n_columns=fixed.shape[1], constant_alone=design is None)
    inner_first = list(levels)[::-1]
    codes, n_groups = _number_levels({name: levels[name] for name in inner_first}, n=n, row_level=row_level)
    least_squares = fit_least_squares(outcome=values, design=fixed, names=fixed_names)
    if float(np.abs(least_squares.residuals).max()) <= 1e-12 * float(np.abs(values).max()):
        raise TooFewError("the outcome does not vary beyond what the fixed part explains")
    # Residuals and an orthonormal basis have the same variance parts as the data, and keep more digits.
    data = collect_nested_data(
        outcome=least_squares.residuals, design=least_squares.basis, codes=codes, n_groups=n_groups
    )
    shares, converged = find_best_shares(data)
    if shares[0] <= 2 * SMALLEST_ROW_SHARE:
        raise TooFewError(f"within each {inner_first[0]} the outcome does not vary")
    best = solve_at_shares(data, shares)
    parts: list[VarianceShare] = []
    for i, level in enumerate([row_level, *inner_first]):
        low, high = find_share_limits(data, shares=shares, component=i, ci_level=ci_level)
        parts.append(
            VarianceShare(
                level=level,
                n_groups=n if i == 0 else n_groups[i - 1],
                variance=best.total_variance * float(shares[i]),
                share_pct=100 * float(shares[i]),
                ci_low_pct=100 * low,
                ci_high_pct=100 * high,
                at_boundary=bool(shares[i] == 0),
            )
        )
    rotation = least_squares.root_inverse
    log_root = float(np.log(np.abs(np.diag(least_squares.root))).sum())
    return VariancePartition(
        shares=tuple(parts[::-1]),
        ci_level=ci_level,
        names=fixed_names,
        coefficients=least_squares.coefficients + rotation @ best.coefficients,
        std_errors=np.sqrt(np.diag(rotation @ best.covariance @ rotation.T)),
        log_likelihood=-best.deviance / 2 - log_root,
        n=n,
        converged=converged,
    )


def _name_columns(names: Sequence[str] | None, *, n_columns: int, constant_alone: bool) -> tuple[str, ...]:
    if names is not None:
        return tuple(names)
    return ("constant",) if constant_alone else tuple(f"column {i + 1}" for i in range(n_columns))


def _number_levels(levels: Mapping[str, IdArray], *, n: int, row_level: str) -> tuple[list[CodeArray], list[int]]:
    codes: list[CodeArray] = []
    n_groups: list[int] = []
    inner_level, inner_count = row_level, n
    for level, ids in levels.items():
        level_codes, count = number_groups(ids, n=n, what=level)
        if count < 2:
            raise TooFewError(f"there is only one {level}, and at least 2 are needed")
        if codes:
            pairs = np.unique(codes[-1] * count + level_codes)
            if pairs.size != inner_count:
                raise ValueError(f"{inner_level} is not nested in {level}; make its ids unique within {level}")
        if count >= inner_count:
            raise TooFewError(f"no {level} has more than one {inner_level}, so the two cannot be told apart")
        codes.append(level_codes)
        n_groups.append(count)
        inner_level, inner_count = level, count
    return codes, n_groups
