"""Restricted likelihood of nested random intercepts, computed level by level from sums.

A group's intercept adds one direction to the covariance of its rows, so the inverse follows from the one
below by a rank-one update, and what a level passes upwards are two sums per group: ``1'V⁻¹1`` and ``1'V⁻¹[X,
y]``. The cost of one evaluation is the number of groups, whatever the number of rows. With slopes that vary it is
``growth.likelihood``; intercepts alone need no matrices, and shares of the variance are searched eight times as fast.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.stats.arrays import CodeArray, FloatArray, sum_by_group


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NestedData:
    """What the likelihood needs of the data; levels run from the innermost to the outermost.

    Parameters
    ----------
    n, p : int
        Rows, and columns of the fixed part.
    cross : (p + 1, p + 1) float array
        Cross products of ``[X, y]``.
    sizes : (m,) float array
        Rows in each innermost group.
    sums : (m, p + 1) float array
        Sums of ``[X, y]`` over each innermost group.
    parents : tuple of int arrays
        For each level above the innermost, the group there of each group one level below.
    n_groups : tuple of int
        Groups at each level.
    """

    n: int
    p: int
    cross: FloatArray
    sizes: FloatArray
    sums: FloatArray
    parents: tuple[CodeArray, ...]
    n_groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NestedSolution:
    """The fit at given shares of the variance.

    Parameters
    ----------
    deviance : float
        Minus twice the restricted log-likelihood.
    total_variance : float
        Best total variance at these shares.
    coefficients : (p,) float array
        Generalised least squares.
    covariance : (p, p) float array
        Of the coefficients.
    """

    deviance: float
    total_variance: float
    coefficients: FloatArray
    covariance: FloatArray


def collect_nested_data(
    *, outcome: FloatArray, design: FloatArray, codes: Sequence[CodeArray], n_groups: Sequence[int]
) -> NestedData:
    """Collect the sums that the likelihood needs.

    Parameters
    ----------
    outcome : (n,) float array
        Centred by the caller, for precision.
    design : (n, p) float array
        Fixed part.
    codes : sequence of (n,) int arrays
        Group numbers, innermost level first; each level is nested in the next.
    n_groups : sequence of int
        Groups at each level.

    Returns
    -------
    NestedData
        Sums by group.
    """
    table = np.column_stack([design, outcome])
    return NestedData(
        n=outcome.size,
        p=design.shape[1],
        cross=table.T @ table,
        sizes=np.bincount(codes[0], minlength=n_groups[0]).astype(np.float64),
        sums=sum_by_group(table, codes=codes[0], n_groups=n_groups[0]),
        parents=find_parents(codes, n_groups=n_groups),
        n_groups=tuple(n_groups),
    )


def find_parents(codes: Sequence[CodeArray], *, n_groups: Sequence[int]) -> tuple[CodeArray, ...]:
    """Find the group, one level up, that each group is nested in.

    Parameters
    ----------
    codes : sequence of (n,) int arrays
        Group numbers, innermost level first; each level is nested in the next.
    n_groups : sequence of int
        Groups at each level.

    Returns
    -------
    tuple of int arrays
        For each level above the innermost, the group there of each group one level below.
    """
    parents: list[CodeArray] = []
    for inner, outer, inner_groups in zip(codes[:-1], codes[1:], n_groups[:-1], strict=True):
        parent = np.empty(inner_groups, dtype=np.intp)
        parent[inner] = outer
        parents.append(parent)
    return tuple(parents)


def solve_at_shares(data: NestedData, shares: FloatArray) -> NestedSolution:
    """Solve for coefficients and total variance where the shares of the variance are given.

    Parameters
    ----------
    data : NestedData
        Sums by group.
    shares : (levels + 1,) float array
        Share of the variance between rows, then of each level from the innermost; positive first entry, sum
        1.

    Returns
    -------
    NestedSolution
        With the restricted likelihood as lme4 and nlme's REML define it up to the constant of the design.

    References
    ----------
    Harville (1977), JASA 72, 320-338. Searle, Casella & McCulloch (1992), Variance Components, chapter 6.
    """
    log_determinant, cross = _whiten(data, shares)
    p, df = data.p, data.n - data.p
    information = cross[:p, :p]
    factor = np.linalg.cholesky(information)
    half = np.linalg.solve(factor, cross[:p, p])
    residual = max(float(cross[p, p] - half @ half), np.finfo(np.float64).tiny)
    total_variance = residual / df
    deviance = df * (1 + np.log(2 * np.pi * total_variance)) + log_determinant
    inverse = np.linalg.inv(factor)
    return NestedSolution(
        deviance=float(deviance + 2 * np.log(np.diag(factor)).sum()),
        total_variance=total_variance,
        coefficients=inverse.T @ half,
        covariance=total_variance * inverse.T @ inverse,
    )


def _whiten(data: NestedData, shares: FloatArray) -> tuple[float, FloatArray]:
    """Give ``log |V|`` and ``[X, y]' V⁻¹ [X, y]`` where the total variance is 1."""
    log_determinant = data.n * float(np.log(shares[0]))
    cross = data.cross / shares[0]
    weights, sums = data.sizes / shares[0], data.sums / shares[0]
    for level, share in enumerate(shares[1:]):
        if level > 0:
            parent, m = data.parents[level - 1], data.n_groups[level]
            weights = np.bincount(parent, weights=weights, minlength=m)
            sums = sum_by_group(sums, codes=parent, n_groups=m)
        if share > 0:
            growth = 1 + share * weights
            log_determinant += float(np.log(growth).sum())
            cross = cross - sums.T @ (sums * (share / growth)[:, None])
            weights, sums = weights / growth, sums / growth[:, None]
    return log_determinant, cross
