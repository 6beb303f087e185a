"""The proof: an attack on a pattern of withheld counts, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.disclosure.attack import attack_counts, find_range
from mtss_analysis.disclosure.profiles import Profile
from mtss_analysis.disclosure.relations import Relation, link_counts
from mtss_analysis.disclosure.suppression import demand_counts, find_primary
from mtss_analysis.errors import DisclosureError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AuditResult:
    """What a reader can work out about withheld counts. Not for publication.

    Parameters
    ----------
    ranges : DataFrame
        One row per withheld count, in the order of the cells: ``low`` and ``high``, the range that a reader
        must hold for possible (for a safe count, unless the audit was exact, at least this range; infinite
        where nothing limits it), and ``safe``.
    published_small : int
        Counts under the minimum that are not withheld at all.
    exposed_rests : int
        Small differences between a total and its parts that can be worked out though no cell shows them.
    """

    ranges: pd.DataFrame
    published_small: int
    exposed_rests: int

    @property
    def n_exposed(self) -> int:
        """How many counts can be worked out more narrowly than the profile allows."""
        return int((~self.ranges["safe"]).sum()) + self.published_small + self.exposed_rests

    @property
    def passed(self) -> bool:
        """Whether the attack gained nothing."""
        return self.n_exposed == 0

    def require(self, *, finding: str) -> None:
        """Stop publication of a finding that did not pass.

        Parameters
        ----------
        finding : str
            Name of the finding.

        Raises
        ------
        DisclosureError
            The audit did not pass; the message holds no count and no label.
        """
        if not self.passed:
            raise DisclosureError(
                f"In {finding}, {self.n_exposed} withheld counts could be worked out from the others",
                next_step="Nothing was published; protect all linked tables in one call of protect_counts",
            )


def audit(
    cells: pd.DataFrame,
    statuses: "pd.Series[str]",
    *,
    count: str,
    relations: Sequence[Relation],
    profile: Profile,
    exact: bool = False,
) -> AuditResult:
    """Attack a pattern of withheld counts.

    For every withheld count, the range of values that agree with all published counts, all relations and
    whole, non-negative numbers is compared with what the profile demands, see ``demand_counts``.

    Parameters
    ----------
    cells : DataFrame
        One row is one count; unique index.
    statuses : Series of {'ok', 'primary', 'complementary'}
        One for each cell, by index.
    count : str
        Column of the counts, students.
    relations : sequence of Relation
        Which cells add up to which.
    profile : Profile
        The disclosure profile.
    exact : bool
        Whether the whole range of every withheld count is worked out; slower, and the verdict is the same.

    Returns
    -------
    AuditResult

    Raises
    ------
    ValueError
        The counts, the relations or the statuses cannot be used.
    """
    linked = link_counts(cells, count=count, relations=relations, profile=profile)
    aligned = statuses.reindex(cells.index)
    if not aligned.isin(["ok", "primary", "complementary"]).all():
        msg = "every cell needs a status: ok, primary or complementary"
        raise ValueError(msg)
    primary = find_primary(linked, profile=profile)
    withheld = np.ones(len(linked.counts), dtype=np.bool_)
    withheld[: linked.n_shown] = (aligned != "ok").to_numpy(dtype=np.bool_)
    demand = demand_counts(linked, primary=primary, profile=profile)
    attack = attack_counts(linked=linked, withheld=withheld, demand=demand)
    low, high = attack.low, attack.high
    if exact:
        for cell in np.flatnonzero(withheld):
            low[cell], high[cell] = find_range(linked=linked, withheld=withheld, demand=demand, cell=int(cell))
    shown = np.flatnonzero(withheld[: linked.n_shown])
    ranges = pd.DataFrame(
        {"low": low[shown], "high": high[shown], "safe": attack.safe[shown]}, index=cells.index[shown]
    )
    return AuditResult(
        ranges=ranges,
        published_small=int((primary & ~withheld).sum()),
        exposed_rests=int(attack.exposed[linked.n_shown :].sum()),
    )
