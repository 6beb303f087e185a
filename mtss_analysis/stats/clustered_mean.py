"""A mean of observations of which several come from the same person."""

import math

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Estimate, make_t_estimate


def estimate_clustered_mean(*, outcome: FloatArray, clusters: IdArray, ci_level: float = 0.95) -> Estimate:
    """Estimate a mean with a standard error that allows for clusters of any size.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    clusters : (n,) array
        Person of each observation.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    Estimate
        With as many degrees of freedom as there are clusters, less one.

    Raises
    ------
    TooFewError
        Fewer than two clusters, or observations that do not differ.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 6.3 (ratio estimate), with the factor m/(m − 1).
    """
    values = read_floats(outcome, ndim=1, what="outcome")
    codes, m = number_groups(clusters, n=len(values), what="clusters")
    if m < 2:
        raise TooFewError("fewer than two people were observed")
    mean = float(values.mean())
    sums = np.bincount(codes, weights=values - mean, minlength=m)
    std_error = math.sqrt(m / (m - 1) * float((sums**2).sum())) / len(values)
    return make_t_estimate(estimate=mean, std_error=std_error, df=m - 1, ci_level=ci_level)
