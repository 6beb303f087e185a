"""Control of the false discovery rate over a family of tests."""

import numpy as np

from mtss_analysis.stats.arrays import FloatArray


def adjust_p_values(p_values: FloatArray) -> FloatArray:
    """Adjust the p-values of one family by Benjamini and Hochberg's step-up procedure.

    Parameters
    ----------
    p_values : (m,) float array
        Two-sided p-values of one declared family; NaN where a member could not be estimated. Such a member
        was never tested: it does not count towards the size of the family.

    Returns
    -------
    FloatArray
        ``(m,)`` q-values: the smallest false discovery rate at which the member is a discovery; NaN stays
        NaN.

    References
    ----------
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    given = np.asarray(p_values, dtype=np.float64)
    if given.ndim != 1:
        raise ValueError(f"p_values has {given.ndim} dimensions, not 1")
    tested = ~np.isnan(given)
    tested_p_values = given[tested]
    if np.any((tested_p_values < 0) | (tested_p_values > 1)):
        raise ValueError("a p-value is outside 0 to 1")
    order = np.argsort(tested_p_values, kind="stable")
    family_size = tested_p_values.size
    scaled = tested_p_values[order] * family_size / np.arange(1, family_size + 1)
    stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted = np.empty(family_size)
    adjusted[order] = np.minimum(stepped, 1.0)
    q_values = np.full(given.shape, np.nan)
    q_values[tested] = adjusted
    return q_values
