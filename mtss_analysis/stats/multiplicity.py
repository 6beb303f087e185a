"""Control of the false discovery rate over a family of tests, or over families that are chosen first."""

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FamilyQValues:
    """q-values of families and of the members of those that were chosen.

    Parameters
    ----------
    of_families : (m,) float array
        Of what stands for each family; NaN where nothing was tested.
    of_members : tuple of float arrays
        One for each family: at most the rate where a member is a discovery; NaN throughout a family that was not
        chosen, whose members are not tested.
    n_tested, n_chosen : int
        Families.
    """

    of_families: FloatArray
    of_members: tuple[FloatArray, ...]
    n_tested: int
    n_chosen: int


def adjust_families(*, families: FloatArray, members: Sequence[FloatArray], rate: float) -> FamilyQValues:
    """Choose families first, then test the members of those that were chosen.

    Parameters
    ----------
    families : (m,) float array
        One p-value for each family, of a hypothesis that holds if all of its members' do; NaN: not tested.
    members : sequence of (k,) float arrays
        p-values of the members of each family; NaN: not tested.
    rate : float
        False discovery rate of the families, and on average of the members in the families chosen.

    Returns
    -------
    FamilyQValues
        Families by Benjamini and Hochberg; members by the same at ``rate · chosen / tested``, written as q-values that
        are compared with ``rate``.

    References
    ----------
    Benjamini & Bogomolov (2014), Journal of the Royal Statistical Society B 76, 297-318, section 3.
    """
    of_families = adjust_p_values(families)
    n_tested = int((~np.isnan(of_families)).sum())
    chosen = of_families <= rate
    n_chosen = int(chosen.sum())
    of_members = tuple(
        np.minimum(adjust_p_values(inside) * n_tested / n_chosen, 1.0) if is_chosen else np.full(len(inside), np.nan)
        for inside, is_chosen in zip(members, chosen, strict=True)
    )
    return FamilyQValues(of_families=of_families, of_members=of_members, n_tested=n_tested, n_chosen=n_chosen)
