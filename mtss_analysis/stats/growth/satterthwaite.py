"""Degrees of freedom of a growth model's fixed part, by Satterthwaite's approximation."""

from collections.abc import Callable, Sequence

import numpy as np

from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.growth.likelihood import GrowthData, solve_growth
from mtss_analysis.stats.growth.variance_search import build_factors

STEP = 1e-4


def find_fixed_df(data: GrowthData, *, theta: FloatArray, widths: Sequence[int]) -> FloatArray:
    """Find Satterthwaite's degrees of freedom of each fixed coefficient.

    Parameters
    ----------
    data : GrowthData
        Cross products by group.
    theta : (k,) float array
        Factors at the best restricted likelihood; an entry at zero is left there.
    widths : sequence of int
        Random effects at each level.

    Returns
    -------
    (p,) float array
        ``2 v² / var(v)`` of each squared standard error ``v``, the variance from the curvature of the
        restricted likelihood; at least 1 and at most the rows less the columns.

    References
    ----------
    Giesbrecht & Burns (1985), Biometrics 41, 477-486.
    Kuznetsova, Brockhoff & Christensen (2017), Journal of Statistical Software 82(13), section 2.
    """
    most = data.n - data.p
    free = np.flatnonzero(theta != 0)
    best = solve_growth(data, build_factors(theta, widths=widths, q=data.q))
    start = np.append(theta[free], np.log(best.residual_variance))

    def unpack(point: FloatArray) -> tuple[float, FloatArray]:
        whole = theta.copy()
        whole[free] = point[:-1]
        variance = float(np.exp(point[-1]))
        fit = solve_growth(data, build_factors(whole, widths=widths, q=data.q))
        deviance = fit.log_determinant + most * float(point[-1]) + fit.quadratic / variance
        return deviance, variance * np.diag(fit.unscaled)

    steps = STEP * np.maximum(np.abs(start), 1e-2)
    hessian, gradients = _differentiate(unpack, start=start, steps=steps)
    spread = 2 * np.linalg.pinv(hessian, hermitian=True)
    variances = best.residual_variance * np.diag(best.unscaled)
    noise = np.einsum("kp,kl,lp->p", gradients, spread, gradients)
    df = 2 * variances**2 / np.maximum(noise, np.finfo(np.float64).tiny)
    return np.clip(np.where(noise > 0, df, most), 1.0, most)


def _differentiate(
    unpack: Callable[[FloatArray], tuple[float, FloatArray]], *, start: FloatArray, steps: FloatArray
) -> tuple[FloatArray, FloatArray]:
    k = start.size
    moves = np.diag(steps)
    here = unpack(start)[0]
    ahead = [unpack(start + move) for move in moves]
    behind = [unpack(start - move) for move in moves]
    gradients = np.stack([(up[1] - down[1]) / (2 * step) for up, down, step in zip(ahead, behind, steps, strict=True)])
    hessian = np.zeros((k, k))
    for i in range(k):
        hessian[i, i] = (ahead[i][0] - 2 * here + behind[i][0]) / steps[i] ** 2
        for j in range(i):
            both = unpack(start + moves[i] + moves[j])[0] + unpack(start - moves[i] - moves[j])[0]
            mixed = both - ahead[i][0] - behind[i][0] - ahead[j][0] - behind[j][0] + 2 * here
            hessian[i, j] = hessian[j, i] = mixed / (2 * steps[i] * steps[j])
    return hessian, gradients
