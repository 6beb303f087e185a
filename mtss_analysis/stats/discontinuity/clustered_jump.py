"""The bias-corrected jump with rows in clusters that lie on both sides of the cut.

The library adds the variances of the two sides as if no cluster had rows on both, which makes its intervals
far too wide where schools do. With the bias taken out over the bandwidth of the estimate, the corrected jump is
that of a local curve of the second degree (Calonico, Cattaneo & Titiunik 2014, remark 7): one weighted
regression, to which CR2 and Satterthwaite's degrees of freedom apply.
"""

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray
from mtss_analysis.stats.clustered import ClusteredFit, fit_clustered
from mtss_analysis.stats.estimate import Estimate, make_t_estimate

MIN_CLUSTERS = 4
"""With three or fewer clusters an interval says next to nothing: Pustejovsky & Tipton (2018), section 5."""


def estimate_clustered_jump(
    *,
    outcome: FloatArray,
    x: FloatArray,
    received: FloatArray | None,
    covariates: FloatArray | None,
    codes: CodeArray,
    bandwidth: float,
    ci_level: float,
) -> Estimate:
    """Estimate the bias-corrected jump at zero with CR2.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    x : (n,) float array
        Score less the cut.
    received : (n,) float array, optional
        Programme received, where the cut is fuzzy.
    covariates : (n, k) float array, optional
        Measured before the programme.
    codes : (n,) int array
        Cluster of each row.
    bandwidth : float
        In the unit of the score.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        Triangular weights; a fuzzy jump is linearised about its estimate.

    Raises
    ------
    TooFewError
        Fewer than four clusters near the cut.

    References
    ----------
    Calonico, Cattaneo & Titiunik (2014), Econometrica 82, 2295-2326, remark 7.
    Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36, 672-683.
    """

    def fit(values: FloatArray) -> ClusteredFit:
        return _fit_curve(values, x=x, covariates=covariates, codes=codes, bandwidth=bandwidth, ci_level=ci_level)

    reduced = fit(outcome).coefficient("jump")
    if received is None:
        return reduced
    first = float(fit(received).coefficients[0])
    ratio = reduced.estimate / first
    rest = fit(outcome - ratio * received).coefficient("jump")
    return make_t_estimate(estimate=ratio, std_error=rest.std_error / abs(first), df=rest.df, ci_level=ci_level)


def _fit_curve(
    values: FloatArray,
    *,
    x: FloatArray,
    covariates: FloatArray | None,
    codes: CodeArray,
    bandwidth: float,
    ci_level: float,
) -> ClusteredFit:
    weights = np.maximum(1 - np.abs(x) / bandwidth, 0)
    rows = weights > 0
    if np.unique(codes[rows]).size < MIN_CLUSTERS:
        raise TooFewError(
            f"students near the cut come from {np.unique(codes[rows]).size} clusters, "
            f"and at least {MIN_CLUSTERS} are needed"
        )
    scaled, above = x[rows] / bandwidth, (x[rows] >= 0).astype(np.float64)
    columns = [above, np.ones(above.size), scaled, scaled**2, above * scaled, above * scaled**2]
    names = ["jump", "constant", "slope", "bend", "change of slope", "change of bend"]
    if covariates is not None:
        columns += list((covariates[rows] - covariates[rows].mean(axis=0)).T)
        names += [f"covariate {k + 1}" for k in range(covariates.shape[1])]
    root = np.sqrt(weights[rows])
    return fit_clustered(
        outcome=root * values[rows],
        design=root[:, None] * np.column_stack(columns),
        names=names,
        clusters=codes[rows],
        ci_level=ci_level,
    )
