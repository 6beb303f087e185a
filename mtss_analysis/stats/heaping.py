"""Values that more of a group have than others of the same scale let expect."""

import numpy as np
from scipy.special import bdtrc

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats


def find_heap(*, values: FloatArray, reference: FloatArray) -> tuple[float, float, float]:
    """Find the value that more of a group have than the reference lets expect.

    Parameters
    ----------
    values : (n,) float array
        Values of the group.
    reference : (m,) float array
        Values of others on the same scale.

    Returns
    -------
    value, share, p_value : float
        The most frequent value of the group that is neither the lowest nor the highest of all (which are floors and
        ceilings) unless all of the group have it; the share of the group that has it; the binomial probability
        of so many, at three times the others' share (groups differ in where they stand), times the number of different
        values.

    Raises
    ------
    TooFewError
        Either is empty, or only the lowest and highest value occur.
    """
    group = read_floats(values, ndim=1, what="values")
    others = read_floats(reference, ndim=1, what="reference")
    if group.size == 0 or others.size == 0:
        raise TooFewError("there are no values to compare")
    found, counts = np.unique(group, return_counts=True)
    ends = (min(group.min(), others.min()), max(group.max(), others.max()))
    inner = ~np.isin(found, ends) | (found.size == 1)
    if not inner.any():
        raise TooFewError("only the lowest and the highest value occur")
    best = int(np.argmax(np.where(inner, counts, 0)))
    among_others = (int((others == found[best]).sum()) + 1) / (others.size + 2)
    tail = float(bdtrc(int(counts[best]) - 1, group.size, min(3 * among_others, 1.0)))
    return float(found[best]), float(counts[best] / group.size), float(min(1.0, tail * found.size))
