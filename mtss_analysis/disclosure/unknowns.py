"""Withheld counts as a reader sees them: equations left between them, limits, examples of whole tables."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from mtss_analysis.disclosure.relations import BoolArray, FloatArray, IntArray, LinkedCounts
from mtss_analysis.disclosure.solve import solve_equations

_PROPAGATIONS = 50
_WHOLE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Demand:
    """How far a reader's range of each withheld count must reach.

    Parameters
    ----------
    low, high : (n_cells,) int arrays
        The range must reach down to ``low`` and up to ``high``.
    width : (n_cells,) int array
        The difference of its ends must be at least this.
    known_low, known_high : (n_cells,) float arrays
        What the reader knows of a withheld count before looking at the others; infinite where nothing.
    """

    low: IntArray
    high: IntArray
    width: IntArray
    known_low: FloatArray
    known_high: FloatArray


class Unknowns:
    """The equations between withheld counts that are left when the published ones are filled in."""

    def __init__(self, *, linked: LinkedCounts, withheld: BoolArray, demand: Demand) -> None:
        self.cells = np.flatnonzero(withheld)
        place = np.full(len(linked.counts), -1)
        place[self.cells] = np.arange(len(self.cells))
        links = withheld[linked.cell]
        kept, row = np.unique(linked.equation[links], return_inverse=True)
        self.row, self.column = row, place[linked.cell[links]]
        self.sign = linked.sign[links].astype(np.float64)
        self.shape = (len(kept), len(self.cells))
        self.truth = linked.counts[self.cells]
        self.matrix = csr_array(coo_array((self.sign, (self.row, self.column)), shape=self.shape))
        self.right = np.asarray(self.matrix @ self.truth, dtype=np.float64)
        self.low = demand.known_low[self.cells].astype(np.float64)
        self.high = demand.known_high[self.cells].astype(np.float64)
        self.want_low = demand.low[self.cells]
        self.want_high = demand.high[self.cells]
        self.want_width = demand.width[self.cells]
        self.component = self._find_components()
        self.seen_low = self.truth.astype(np.float64)
        self.seen_high = self.truth.astype(np.float64)

    def _find_components(self) -> IntArray:
        rows, columns = self.shape
        size = rows + columns
        graph = coo_array((np.ones(len(self.row)), (self.row, rows + self.column)), shape=(size, size))
        return connected_components(graph, directed=False)[1][rows:].astype(np.int64)

    def propagate(self) -> None:
        """Narrow ``low`` and ``high`` by the equations until nothing moves: no table exceeds them."""
        for _ in range(_PROPAGATIONS):
            low, high = self.low.copy(), self.high.copy()
            up = self.sign > 0
            least = np.where(up, low[self.column], -high[self.column])
            most = np.where(up, high[self.column], -low[self.column])
            least_others = self._sum_of_others(least)
            most_others = self._sum_of_others(most)
            right = self.right[self.row]
            upper = np.where(up, right - least_others, most_others - right)
            lower = np.where(up, right - most_others, least_others - right)
            np.minimum.at(self.high, self.column, upper)
            np.maximum.at(self.low, self.column, lower)
            if np.array_equal(low, self.low) and np.array_equal(high, self.high):
                return

    def _sum_of_others(self, values: FloatArray) -> FloatArray:
        finite = np.isfinite(values)
        filled = np.where(finite, values, 0.0)
        endless = np.where(finite, 0.0, values)
        n = self.shape[0]
        total = np.bincount(self.row, weights=filled, minlength=n)
        n_endless = np.bincount(self.row, weights=~finite, minlength=n)
        others_endless = n_endless[self.row] - ~finite > 0
        sign = np.zeros(n)
        np.add.at(sign, self.row, np.sign(endless))
        return np.where(others_endless, np.copysign(np.inf, sign[self.row]), total[self.row] - filled)

    def safe(self) -> BoolArray:
        """Tell which counts were already seen as far apart as demanded."""
        reach = (self.seen_low <= self.want_low) & (self.seen_high >= self.want_high)
        return np.asarray(reach & (self.seen_high - self.seen_low >= self.want_width), dtype=np.bool_)

    def hopeless(self) -> BoolArray:
        """Tell which counts cannot be as far apart as demanded, by their present limits."""
        reach = (self.low <= self.want_low) & (self.high >= self.want_high)
        return np.asarray(~(reach & (self.high - self.low >= self.want_width)), dtype=np.bool_)

    def push(self, *, chosen: BoolArray, up: bool) -> None:
        """Find a table in which the chosen counts are, together, as high or as low as demanded."""
        target = self.target(up=up)
        near = np.clip(target, self.low, self.high)
        # A count is near + far; only what lies before the target (up) or beyond it (down) is counted.
        cost = np.zeros(2 * len(self.cells))
        cost[: len(self.cells)][chosen] = -1.0 if up else 0.0
        cost[len(self.cells) :][chosen] = 0.0 if up else 1.0
        doubled = csr_array(
            coo_array(
                (
                    np.concatenate([self.sign, self.sign]),
                    (
                        np.concatenate([self.row, self.row]),
                        np.concatenate([self.column, self.column + len(self.cells)]),
                    ),
                ),
                shape=(self.shape[0], 2 * len(self.cells)),
            )
        )
        both = solve_equations(
            cost=cost,
            matrix=doubled,
            right=self.right,
            low=np.concatenate([self.low, np.zeros(len(self.cells))]),
            high=np.concatenate([near, self.high - near]),
            whole=False,
        )
        if both is None:
            return
        self.see(both[: len(self.cells)] + both[len(self.cells) :])

    def target(self, *, up: bool) -> FloatArray:
        """Return how high, or how low, each count need be seen."""
        if up:
            return np.asarray(np.maximum(self.want_high, self.truth + self.want_width), dtype=np.float64)
        return np.asarray(np.minimum(self.want_low, self.truth - self.want_width), dtype=np.float64)

    def see(self, table: FloatArray) -> None:
        """Take a table as an example, in those components where it is whole and agrees with everything."""
        whole = np.rint(table)
        wrong = np.zeros(self.component.max() + 1, dtype=np.bool_)
        bad = (np.abs(whole - table) > _WHOLE) | (whole < self.low) | (whole > self.high)
        wrong[self.component[bad]] = True
        unmet = (self.matrix @ whole != self.right)[self.row]
        wrong[self.component[self.column[unmet]]] = True
        good = ~wrong[self.component]
        self.seen_low[good] = np.minimum(self.seen_low, whole)[good]
        self.seen_high[good] = np.maximum(self.seen_high, whole)[good]

    def limit(self, cell: int, *, up: bool, target: float) -> None:
        """Set ``low`` or ``high`` of one count to what whole numbers reach, sought up to ``target``."""
        columns = np.flatnonzero(self.component == self.component[cell])
        rows = np.unique(self.row[np.isin(self.column, columns)])
        matrix = self.matrix[rows][:, columns]
        low, high = self.low[columns].copy(), self.high[columns].copy()
        here = int(np.searchsorted(columns, cell))
        # The true table stays possible: the cap lies beyond the true count.
        if up:
            high[here] = min(high[here], target)
        else:
            low[here] = max(low[here], target)
        cost = np.zeros(len(columns))
        cost[here] = -1.0 if up else 1.0
        solved = solve_equations(cost=cost, matrix=matrix, right=self.right[rows], low=low, high=high, whole=True)
        # Without a proof the count is held for exposed: the cautious side.
        reached = float(self.truth[cell]) if solved is None else float(np.rint(solved[here]))
        if solved is not None:
            table = self.truth.astype(np.float64)
            table[columns] = np.rint(solved)
            self.see(table)
        if up:
            self.seen_high[cell] = max(self.seen_high[cell], reached)
            self.high[cell] = min(self.high[cell], reached) if reached < target else self.high[cell]
        else:
            self.seen_low[cell] = min(self.seen_low[cell], reached)
            self.low[cell] = max(self.low[cell], reached) if reached > target else self.low[cell]
