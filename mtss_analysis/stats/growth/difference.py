"""A difference in growth between two groups that are followed over the same few occasions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, read_floats, sum_by_group
from mtss_analysis.stats.clustered import fit_clustered
from mtss_analysis.stats.estimate import Estimate, check_level
from mtss_analysis.stats.wild_bootstrap import WildTest, wild_bootstrap

LEAST_EIGENVALUE = 1e-6
"""Share of the largest eigenvalue at which smaller ones of a covariance from pairs of occasions are held."""
MOST_TURNS = 50
SETTLED = 1e-5
"""Change of coefficients, in standard deviations, from which on the search ends."""
LEAST_PAIRS = 10
"""Students seen at both of two occasions below which the covariance between them is not estimated."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrowthDifference:
    """How much more one group grew than the other.

    Parameters
    ----------
    effect : Estimate
        At full exposure, in the unit of the outcome; with a moderator, its members' less that of the others.
    covariance : (t, t) float array
        Of a student's residuals at the occasions.
    n_students, n_clusters : int
        Students seen at least once, and clusters.
    wild : WildTest or None
        The effect by the restricted wild cluster bootstrap; None where it was not asked for.
    """

    effect: Estimate
    covariance: FloatArray
    n_students: int
    n_clusters: int
    wild: WildTest | None = None


def estimate_growth_difference(
    *,
    outcome: FloatArray,
    exposure: FloatArray,
    occasion: IdArray,
    student: IdArray,
    groups: IdArray,
    covariates: FloatArray | None = None,
    moderator: FloatArray | None = None,
    clusters: IdArray | None = None,
    ci_level: float = 0.95,
    n_wild: int = 0,
) -> GrowthDifference:
    """Estimate by how much exposure changes growth, students' occasions being correlated in any way.

    Parameters
    ----------
    outcome : (n,) float array
        One row a student and occasion; an occasion at which a student was not seen has no row.
    exposure : (n,) float array
        Share of the programme received by then, 0 at a student's first occasion and for those without it, up to 1.
    occasion : (n,) array
        Occasion of the row, in an order that sorts.
    student : (n,) array
        Student of the row; followed over another year it is another student.
    groups : (n,) array
        Students within whom growth is compared (those of a school and year), who have a mean of their own at every
        occasion.
    covariates : (n, k) float array, optional
        Known beforehand; each may go with level and growth.
    moderator : (n,) float array, optional
        1 for members of a group of students, 0 for the others: the effect is then the difference between theirs.
    clusters : (n,) array, optional
        Between which chance is reckoned; students if not given.
    ci_level : float
        Confidence level, between 0 and 1.
    n_wild : int
        Samples of the wild bootstrap; 0: none.

    Returns
    -------
    GrowthDifference
        CR2 by cluster with Satterthwaite's degrees of freedom; means that clusters share count among what is
        estimated. Exposed and others are held to have the same mean at the start
        once what is observed there is known: whoever was chosen for a low first score is expected to return
        towards the mean as others with that score do.

    Raises
    ------
    TooFewError
        Fewer than two occasions, too few students seen at two of them, or nobody or everybody exposed in each cell.

    References
    ----------
    Liang & Zeger (2000), Sankhya B 62, 134-148: a common mean at baseline.
    Fitzmaurice, Laird & Ware (2011), Applied Longitudinal Analysis, 2nd ed., sections 5.6 and 13.2: unstructured
    covariance, sandwich standard errors.
    """
    check_level(ci_level)
    values = read_floats(outcome, ndim=1, what="outcome")
    n = values.size
    when, n_occasions = number_groups(occasion, n=n, what="occasion")
    who, n_students = number_groups(student, n=n, what="student")
    group, n_groups = number_groups(groups, n=n, what="groups")
    cell = group * n_occasions + when
    if n_occasions < 2:
        raise TooFewError("scores of one occasion show no growth")
    if np.unique(who * n_occasions + when).size < n:
        raise ValueError("a student has two rows at one occasion")
    shares = read_floats(exposure, ndim=1, what="exposure")
    extra = np.zeros((n, 0)) if covariates is None else read_floats(covariates, ndim=2, what="covariates")
    if moderator is not None:
        member = read_floats(moderator, ndim=1, what="moderator")
        extra = np.column_stack([extra, member])
    seen = np.eye(n_occasions)[when]
    asked = [shares] if moderator is None else [shares * member, shares]
    table = np.column_stack([values, *asked, *(seen * column[:, None] for column in extra.T)])
    sizes = np.maximum(np.bincount(cell, minlength=n_groups * n_occasions), 1)
    table = table - (sum_by_group(table, codes=cell, n_groups=sizes.size) / sizes[:, None])[cell]
    design = _keep_free(table[:, 1:])
    if not np.any(np.abs(table[:, 1]) > 1e-9):
        raise TooFewError("growth cannot be compared: nobody or everybody took part in every group compared")
    unit = who if clusters is None else number_groups(clusters, n=n, what="clusters")[0]
    spans = _find_spanning(group, unit=unit, n_groups=n_groups)[group]
    # A group within one cluster leaves CR2 as it is once it is taken out; means that clusters share do not.
    shared = np.eye(sizes.size)[:, np.unique(cell[spans])][cell] if spans.any() else np.zeros((n, 0))
    means = _Means(cell=np.where(spans, -1, group), occasions=seen)
    rows = np.column_stack([table[:, 0], design, shared])
    covariance, white = _iterate(rows, means=means, who=who, when=when, shape=(n_students, n_occasions))
    names = ["exposure", *(f"column {place}" for place in range(1, rows.shape[1] - 1))]
    model: dict[str, Any] = {
        "outcome": white[:, 0],
        "design": white[:, 1:],
        "names": names,
        "clusters": unit,
        "ci_level": ci_level,
    }
    fit = fit_clustered(**model)
    return GrowthDifference(
        effect=fit.coefficient("exposure"),
        covariance=covariance,
        n_students=n_students,
        n_clusters=int(np.unique(unit).size),
        wild=wild_bootstrap(**model, name="exposure", n_samples=n_wild) if n_wild else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Means:
    """Groups within one cluster, each with a mean at every occasion; a group of -1 has none of its own."""

    cell: CodeArray
    occasions: FloatArray

    def take_out(self, white: FloatArray, *, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Take the means out of whitened rows; give also each row's own means of the columns."""
        own = self.cell >= 0
        if not own.any():
            return white, np.zeros_like(white)
        codes, n_groups = self.cell[own], int(self.cell.max()) + 1
        left, right = columns[own], white[own]
        n_occasions = left.shape[1]
        square, cross = (
            np.stack([sum_by_group(left[:, [k]] * part, codes=codes, n_groups=n_groups) for k in range(n_occasions)], 1)
            for part in (left, right)
        )
        found = np.linalg.pinv(square, hermitian=True) @ cross
        values = np.zeros_like(white)
        values[own] = np.einsum("ik,ikp->ip", self.occasions[own], found[codes])
        rest = white.copy()
        rest[own] -= np.einsum("ik,ikp->ip", left, found[codes])
        return rest, values


def _find_spanning(group: CodeArray, *, unit: CodeArray, n_groups: int) -> NDArray[np.bool_]:
    """Say of each group whether it has rows of several clusters."""
    pairs = np.unique(group * (int(unit.max()) + 1) + unit)
    return np.bincount(pairs // (int(unit.max()) + 1), minlength=n_groups) > 1


def _iterate(
    rows: FloatArray, *, means: _Means, who: CodeArray, when: CodeArray, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Take turns between coefficients and covariance until both settle.

    With the covariance of least squares alone the groups' distance at the start would stay in it.
    """
    width = rows.shape[1]
    white, values, before = rows, np.zeros_like(rows), np.zeros(width - 1)
    for _ in range(MOST_TURNS):
        coefficients = np.linalg.lstsq(white[:, 1:], white[:, 0], rcond=None)[0]
        centred = rows - values
        residuals = centred[:, 0] - centred[:, 1:] @ coefficients
        covariance = _estimate_covariance(residuals, who=who, when=when, shape=shape)
        both = _whiten(np.hstack([rows, means.occasions]), covariance=covariance, who=who, when=when)
        white, values = means.take_out(both[:, :width], columns=both[:, width:])
        if np.all(np.abs(coefficients - before) <= SETTLED * np.sqrt(np.diag(covariance).max())):
            break
        before = coefficients
    return covariance, white


def _keep_free(columns: FloatArray) -> FloatArray:
    """Leave out columns that those before them give."""
    kept = [0]
    for place in range(1, columns.shape[1]):
        trial = columns[:, [*kept, place]]
        if np.linalg.matrix_rank(trial) == trial.shape[1]:
            kept.append(place)
    return columns[:, kept]


def _estimate_covariance(
    residuals: FloatArray, *, who: CodeArray, when: CodeArray, shape: tuple[int, int]
) -> FloatArray:
    """Covariance of a student's residuals from all pairs of occasions that were seen."""
    wide = np.full(shape, np.nan)
    wide[who, when] = residuals
    known = ~np.isnan(wide)
    filled = np.where(known, wide, 0.0)
    pairs = known.T.astype(np.float64) @ known.astype(np.float64)
    if pairs.min() < LEAST_PAIRS:
        raise TooFewError(f"fewer than {LEAST_PAIRS} students were seen at two of the occasions")
    covariance = filled.T @ filled / pairs
    roots, vectors = np.linalg.eigh(covariance)
    if roots.max() <= 0:
        raise TooFewError("all scores are alike")
    return np.asarray((vectors * np.maximum(roots, LEAST_EIGENVALUE * roots.max())) @ vectors.T, dtype=np.float64)


def _whiten(table: FloatArray, *, covariance: FloatArray, who: CodeArray, when: CodeArray) -> FloatArray:
    """Make each student's rows uncorrelated, for every pattern of occasions seen."""
    order = np.lexsort((when, who))
    white = np.empty_like(table)
    starts = np.flatnonzero(np.r_[True, np.diff(who[order]) > 0])
    sizes = np.diff(np.r_[starts, order.size])
    patterns = np.add.reduceat(2 ** when[order], starts)
    for pattern in np.unique(patterns):
        chosen = patterns == pattern
        size = int(sizes[chosen][0])
        rows = order[starts[chosen][:, None] + np.arange(size)]
        at = when[rows[0]]
        root = np.linalg.cholesky(covariance[np.ix_(at, at)])
        white[rows] = np.einsum("ij,gjk->gik", np.linalg.inv(root), table[rows])
    return white
