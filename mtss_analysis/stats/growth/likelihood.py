"""Restricted likelihood of nested random intercepts and slopes, computed level by level from cross products.

A group's random effects add at most ``q`` directions to the covariance of its rows, so the inverse follows
from the one below by a rank-``q`` update. What a level passes upwards is small: ``Z'V⁻¹Z`` and ``Z'V⁻¹[X,
y]`` per group. The cost of one evaluation is the number of groups, whatever the number of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.stats.arrays import CodeArray, FloatArray, sum_by_group
from mtss_analysis.stats.nested_likelihood import find_parents


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrowthData:
    """What the likelihood needs of the data; levels run from the innermost to the outermost.

    Parameters
    ----------
    n, p, q : int
        Rows, columns of the fixed part, columns of the random part.
    cross : (p + 1, p + 1) float array
        Cross products of ``[X, y]``.
    own : (m, q, q) float array
        ``Z'Z`` of each innermost group.
    shared : (m, q, p + 1) float array
        ``Z'[X, y]`` of each innermost group.
    parents : tuple of int arrays
        For each level above the innermost, the group there of each group one level below.
    n_groups : tuple of int
        Groups at each level.
    """

    n: int
    p: int
    q: int
    cross: FloatArray
    own: FloatArray
    shared: FloatArray
    parents: tuple[CodeArray, ...]
    n_groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrowthSolution:
    """The fit at given factors of the random effects' covariances.

    Parameters
    ----------
    deviance : float
        Minus twice the restricted log-likelihood.
    residual_variance : float
        Best residual variance at these factors.
    coefficients : (p,) float array
        Generalised least squares.
    unscaled : (p, p) float array
        Covariance of the coefficients where the residual variance is 1.
    log_determinant, quadratic : float
        ``log |V| + log |X'V⁻¹X|`` and ``r'V⁻¹r`` where the residual variance is 1.
    """

    deviance: float
    residual_variance: float
    coefficients: FloatArray
    unscaled: FloatArray
    log_determinant: float
    quadratic: float


def collect_growth_data(
    *,
    outcome: FloatArray,
    design: FloatArray,
    random: FloatArray,
    codes: Sequence[CodeArray],
    n_groups: Sequence[int],
) -> GrowthData:
    """Collect the cross products that the likelihood needs.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    design : (n, p) float array
        Fixed part.
    random : (n, q) float array
        Random part: a constant, and time where slopes vary.
    codes : sequence of (n,) int arrays
        Group numbers, innermost level first; each level is nested in the next.
    n_groups : sequence of int
        Groups at each level.

    Returns
    -------
    GrowthData
        Cross products by group.
    """
    table = np.column_stack([design, outcome])
    q, width = random.shape[1], table.shape[1]
    inner, m = codes[0], n_groups[0]
    own = [sum_by_group(random * random[:, [i]], codes=inner, n_groups=m) for i in range(q)]
    shared = [sum_by_group(table * random[:, [i]], codes=inner, n_groups=m) for i in range(q)]
    return GrowthData(
        n=outcome.size,
        p=width - 1,
        q=q,
        cross=table.T @ table,
        own=np.stack(own, axis=1),
        shared=np.stack(shared, axis=1),
        parents=find_parents(codes, n_groups=n_groups),
        n_groups=tuple(n_groups),
    )


def solve_growth(data: GrowthData, factors: Sequence[FloatArray]) -> GrowthSolution:
    """Solve for coefficients and residual variance at given covariance factors.

    Parameters
    ----------
    data : GrowthData
        Cross products by group.
    factors : sequence of (q, q) float arrays
        For each level, innermost first, ``L`` with ``L L'`` the covariance of the random effects over the
        residual variance; zero columns where an effect is not random.

    Returns
    -------
    GrowthSolution
        With the restricted likelihood as lme4's REML defines it.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), Journal of Statistical Software 67(1), section 3: the profiled
    REML criterion. Harville (1977), JASA 72, 320-338.
    """
    log_determinant, cross = _whiten(data, factors)
    p, df = data.p, data.n - data.p
    root = np.linalg.cholesky(cross[:p, :p])
    half = np.linalg.solve(root, cross[:p, p])
    quadratic = max(float(cross[p, p] - half @ half), np.finfo(np.float64).tiny)
    variance = quadratic / df
    log_determinant += 2 * float(np.log(np.diag(root)).sum())
    inverse = np.linalg.inv(root)
    return GrowthSolution(
        deviance=df * (1 + float(np.log(2 * np.pi * variance))) + log_determinant,
        residual_variance=variance,
        coefficients=inverse.T @ half,
        unscaled=inverse.T @ inverse,
        log_determinant=log_determinant,
        quadratic=quadratic,
    )


def _whiten(data: GrowthData, factors: Sequence[FloatArray]) -> tuple[float, FloatArray]:
    """Give ``log |V|`` and ``[X, y]'V⁻¹[X, y]`` where the residual variance is 1."""
    log_determinant = 0.0
    cross = data.cross
    own, shared = data.own, data.shared
    for level, factor in enumerate(factors):
        if level > 0:
            parent, m = data.parents[level - 1], data.n_groups[level]
            own = _sum_stacks(own, parent=parent, m=m)
            shared = _sum_stacks(shared, parent=parent, m=m)
        if not factor.any():
            continue
        own_factor = own @ factor
        middle = np.eye(data.q) + factor.T @ own_factor
        log_determinant += float(np.linalg.slogdet(middle)[1].sum())
        right = np.linalg.solve(middle, factor.T @ shared)
        shared_factor = np.swapaxes(shared, 1, 2) @ factor
        cross = cross - np.einsum("gij,gjk->ik", shared_factor, right)
        shared = shared - own_factor @ right
        own = own - own_factor @ np.linalg.solve(middle, np.swapaxes(own_factor, 1, 2))
    return log_determinant, cross


def _sum_stacks(stacks: FloatArray, *, parent: CodeArray, m: int) -> FloatArray:
    flat = stacks.reshape(stacks.shape[0], -1)
    return sum_by_group(flat, codes=parent, n_groups=m).reshape(m, *stacks.shape[1:])
