"""What a group selected on a low score gains without any programme."""

import math

from scipy.special import ndtri


def estimate_expected_gain(*, share_selected: float, correlation: float) -> float:
    """Estimate the gain, in standard deviations, that selecting on a low score brings about by itself.

    Parameters
    ----------
    share_selected : float
        Share of students selected from the bottom of the first measure, between 0 and 1 (both excluded).
    correlation : float
        Correlation of the first and second measure over all students, from -1 to 1.

    Returns
    -------
    float
        ``(1 - r) φ(z) / Φ(z)`` with ``z = Φ⁻¹(share)``: expected rise of the selected
        group's mean relative to all students, in standard deviations, both measures being jointly normal.

    References
    ----------
    Davis (1976), American Journal of Epidemiology 104, 493-498.
    Barnett, van der Pols & Dobson (2005), International Journal of Epidemiology 34, 215-220.
    """
    if not 0 < share_selected < 1:
        raise ValueError(f"share_selected is {share_selected}, not between 0 and 1")
    if not -1 <= correlation <= 1:
        raise ValueError(f"correlation is {correlation}, not between -1 and 1")
    cut = float(ndtri(share_selected))
    density = math.exp(-(cut**2) / 2) / math.sqrt(2 * math.pi)
    return (1 - correlation) * density / share_selected
