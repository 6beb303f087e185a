"""Which counts are withheld: the small ones, and those from which a small one could be worked out."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from mtss_analysis.disclosure.attack import find_attainable
from mtss_analysis.disclosure.patterns import find_pattern
from mtss_analysis.disclosure.profiles import Profile
from mtss_analysis.disclosure.relations import BoolArray, LinkedCounts, Relation, link_counts
from mtss_analysis.disclosure.unknowns import Demand

CountStatus = Literal["ok", "primary", "complementary"]


def protect_counts(
    cells: pd.DataFrame, *, count: str, relations: Sequence[Relation], profile: Profile
) -> "pd.Series[str]":
    """Decide which counts of linked tables are withheld.

    Counts under the minimum are *primary*. Others are *complementary*: withheld so that, by the attack in
    ``audit``, every primary count could be anything from the lowest possible count up to the minimum, and
    every withheld count has at least as many possible values as the minimum. They are chosen to be few and
    small. Primary and complementary must be printed alike.

    A count's status is that of everything computed from its students: share, mean, interval, effect, rank,
    a bar in a figure. What is computed from several counts has the strictest of their statuses, see
    ``join_statuses``.

    Everything that will be published about the same students belongs in one call: school with district,
    groups with their total, and "all" with every breakdown of it; a table protected by itself is not
    protected beside another. Years are not linked by addition, so each year stands for itself; a change
    between two years needs both counts.

    Parameters
    ----------
    cells : DataFrame
        One row is one count; unique index.
    count : str
        Column of the counts, students: whole numbers, none missing.
    relations : sequence of Relation
        Which cells add up to which, see ``relations_by``.
    profile : Profile
        The disclosure profile.

    Returns
    -------
    Series of {'ok', 'primary', 'complementary'}
        In the order of ``cells``. For deciding, not for publishing: it tells small counts from others.

    Raises
    ------
    ValueError
        The counts or the relations cannot be used, see ``link_counts``.

    References
    ----------
    Fischetti and Salazar, "Models and algorithms for optimizing cell suppression in tabular data with
    linear constraints", JASA 95 (2000), 916-928, on protection levels and on growing a pattern by linear
    programmes (recalled).
    """
    linked = link_counts(cells, count=count, relations=relations, profile=profile)
    primary = find_primary(linked, profile=profile)
    start = _add_next_smallest(linked, primary=primary) if profile.withholds_next_smallest else primary
    pattern = find_pattern(
        linked=linked,
        start=start,
        fixed=find_shown_zeros(linked, profile=profile),
        least_sum=profile.minimum,
        demand=demand_counts(linked, primary=primary, profile=profile),
    )
    status = np.where(primary, "primary", np.where(pattern.withheld, "complementary", "ok"))
    return pd.Series(status[: linked.n_shown], index=cells.index, name="status", dtype="str")


def join_statuses(*statuses: CountStatus) -> CountStatus:
    """Join the statuses of what is computed from several counts: the strictest holds.

    Parameters
    ----------
    *statuses : {'ok', 'primary', 'complementary'}
        Statuses of the counts.

    Returns
    -------
    {'ok', 'primary', 'complementary'}
        The strictest of them.
    """
    if "primary" in statuses:
        return "primary"
    return "complementary" if "complementary" in statuses else "ok"


def find_primary(linked: LinkedCounts, *, profile: Profile) -> BoolArray:
    """Tell which counts lie under the minimum."""
    return np.array([profile.hides(value) for value in linked.counts.tolist()], dtype=np.bool_)


def find_shown_zeros(linked: LinkedCounts, *, profile: Profile) -> BoolArray:
    """Tell which counts are zeros that the profile lets be printed: they are never withheld."""
    return np.asarray((linked.counts == 0) & profile.shows_zero, dtype=np.bool_)


def demand_counts(linked: LinkedCounts, *, primary: BoolArray, profile: Profile) -> Demand:
    """State how uncertain a reader must stay about withheld counts of students.

    A primary count must be able to be as low as a withheld count ever is, and as high as the minimum: so
    nothing is gained by who already supposes it to be small, and no withheld students together are a known
    number under the minimum. Every withheld count must have at least ``minimum`` possible values. What no
    pattern can attain, because the shown zeros or the differences between totals and parts already tell, is
    not demanded.

    Parameters
    ----------
    linked : LinkedCounts
        All counts and equations.
    primary : (n_cells,) bool array
        Counts under the minimum.
    profile : Profile
        The disclosure profile.

    Returns
    -------
    Demand
    """
    n = len(linked.counts)
    known_low = np.minimum(profile.floor, linked.counts).astype(np.float64)
    known_high = np.full(n, np.inf)
    low, high = find_attainable(
        linked=linked,
        withheld=~find_shown_zeros(linked, profile=profile),
        known_low=known_low,
        known_high=known_high,
    )
    truth = linked.counts
    return Demand(
        low=np.where(primary, low.astype(np.int64), truth),
        high=np.where(primary, np.minimum(profile.minimum, high).astype(np.int64), truth),
        width=np.minimum(profile.minimum - 1, high - low).astype(np.int64),
        known_low=known_low,
        known_high=known_high,
    )


def _add_next_smallest(linked: LinkedCounts, *, primary: BoolArray) -> BoolArray:
    withheld = primary.copy()
    for equation in range(len(linked.constant)):
        parts = linked.cell[(linked.equation == equation) & (linked.sign > 0)]
        others = parts[~primary[parts] & (linked.counts[parts] > 0)]
        if primary[parts].any() and len(others):
            withheld[others[np.argmin(linked.counts[others])]] = True
    return withheld
