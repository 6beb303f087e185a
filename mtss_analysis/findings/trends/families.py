"""How the run's false-discovery rate is shared between the families of trends that a school's lists are made of."""

import numpy as np

from mtss_analysis.findings.settings import Settings
from mtss_analysis.stats.arrays import FloatArray

SHARE_OF_MEASURES = 0.9
"""Of the false-discovery rate, for the run's measures; the rest is for the other indicators.

False discoveries of two lists, as a share of all that both name, are at most the sum of the two lists' shares, however
the lists go together. Nine tenths go to what the run file asks about: a convention of this kit.
"""


def share_of_measures(settings: Settings) -> float:
    """Share of the false-discovery rate that is for the trends in the run's measures.

    Parameters
    ----------
    settings : Settings
        What trends follow: where they follow a cohort, there are no other indicators.

    Returns
    -------
    float
        Above 0, at most 1.
    """
    return SHARE_OF_MEASURES if settings.follow == "grade" else 1.0


def share_of_others(settings: Settings) -> float:
    """Share that is for the trends in absence, referrals, support, further screeners and survey scales.

    Parameters
    ----------
    settings : Settings
        What trends follow.

    Returns
    -------
    float
        What :func:`share_of_measures` leaves.
    """
    return 1.0 - share_of_measures(settings)


def spend_share(q_values: FloatArray, *, share: float) -> FloatArray:
    """Write q-values of a family so that all of the run's rate, and not only the family's share, is their limit.

    Parameters
    ----------
    q_values : (m,) float array
        Within the family; NaN: not tested.
    share : float
        The family's share of the rate, above 0.

    Returns
    -------
    (m,) float array
        At most 1.

    References
    ----------
    Genovese, Roeder & Wasserman (2006), Biometrika 93, 509-524: p-values divided by weights that are fixed beforehand.
    """
    return np.minimum(q_values / share, 1.0)
