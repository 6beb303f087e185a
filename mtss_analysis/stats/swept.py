"""Many models of the same rows at once: crossed random effects and the means of cells taken out a single time.

What is left are sums of a few columns. Every model of some of them, every test and every contrast is then small linear
algebra, and the sums of several data sets (schools) add up to those of all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, read_floats, sum_by_group
from mtss_analysis.stats.crossed import VarianceRatios


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweptData:
    """Sums of ``k`` columns and the outcome, once effects and cells are taken out.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    cross : (k + 1, k + 1) float array
        Columns and outcome crossed, in the metric of the inverse covariance of the rows.
    slopes : (r, k + 1, k + 1) float array
        Derivatives of ``cross`` with respect to the logarithm of each variance ratio.
    ratio_covariance : (r, r) float array
        Of the logarithms of the ratios.
    lengths : (k,) float array
        Sums of squares of the columns before anything was taken out.
    total : float
        Sum of squares of the outcome about its mean.
    n, n_cells : int
        Rows, and cells whose means were taken out.
    """

    names: tuple[str, ...]
    cross: FloatArray
    slopes: FloatArray
    ratio_covariance: FloatArray
    lengths: FloatArray
    total: float
    n: int
    n_cells: int


def sweep_crossed(
    *,
    outcome: FloatArray,
    columns: FloatArray,
    names: Sequence[str],
    cells: IdArray,
    small_units: IdArray,
    larger_units: Sequence[IdArray],
    ratios: VarianceRatios,
) -> SweptData:
    """Take random effects and the means of cells out of columns and outcome.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    columns : (n, k) float array
        Every column that some model will use; no constant.
    names : sequence of str
        ``k`` names, all different.
    cells : (n,) array
        Cell of each row whose mean is taken out, such as grade and year.
    small_units : (n,) array
        Such as the student of each row.
    larger_units : sequence of (n,) arrays
        Such as the classroom and the teacher; as many as there are ratios besides that of the small units.
    ratios : VarianceRatios
        From :func:`mtss_analysis.stats.estimate_ratios`.

    Returns
    -------
    SweptData
        For the models of :mod:`mtss_analysis.stats.swept_models`.

    References
    ----------
    Harville (1977), JASA 72, 320-338, section 3: generalised least squares at given variance ratios.
    """
    values = read_floats(outcome, ndim=1, what="outcome")
    given = read_floats(columns, ndim=2, what="columns")
    n = values.size
    if len(names) != given.shape[1] or len(set(names)) != len(names):
        raise ValueError(f"there are {given.shape[1]} columns; names must be as many, all different")
    if len(larger_units) + 1 != ratios.ratios.size:
        raise ValueError(f"{len(larger_units)} larger groupings do not fit {ratios.ratios.size} ratios")
    numbered = [number_groups(ids, n=n, what="units") for ids in (small_units, *larger_units)]
    cell_codes, n_cells = number_groups(cells, n=n, what="cells")
    indicators = np.eye(n_cells)[cell_codes]
    centred = values - values.mean()
    weighted = _weigh(np.column_stack([given, centred, indicators]), numbered=numbered, ratios=ratios.ratios)
    width = given.shape[1] + 1
    of_cells = weighted[:, width:]
    means = np.linalg.pinv(indicators.T @ of_cells, hermitian=True) @ (indicators.T @ weighted[:, :width])
    projected = weighted[:, :width] - of_cells @ means
    cross = np.column_stack([given, centred]).T @ projected
    sums = [sum_by_group(projected, codes=codes, n_groups=count) for codes, count in numbered]
    slopes = [-float(ratio) * one.T @ one for ratio, one in zip(ratios.ratios, sums, strict=True)]
    return SweptData(
        names=tuple(names),
        cross=(cross + cross.T) / 2,
        slopes=np.stack(slopes),
        ratio_covariance=ratios.covariance,
        lengths=(given**2).sum(axis=0),
        total=float(centred @ centred),
        n=n,
        n_cells=n_cells,
    )


def add_swept(data: Sequence[SweptData]) -> SweptData:
    """Add the sums of several data sets that share columns and ratios, such as schools.

    Parameters
    ----------
    data : sequence of SweptData
        At least one, all with the same names.

    Returns
    -------
    SweptData
        As if the cells of all had been taken out together.
    """
    first = data[0]
    if any(one.names != first.names for one in data):
        raise ValueError("the data sets have different columns")
    return SweptData(
        names=first.names,
        cross=np.sum([one.cross for one in data], axis=0),
        slopes=np.sum([one.slopes for one in data], axis=0),
        ratio_covariance=first.ratio_covariance,
        lengths=np.sum([one.lengths for one in data], axis=0),
        total=float(sum(one.total for one in data)),
        n=sum(one.n for one in data),
        n_cells=sum(one.n_cells for one in data),
    )


def _weigh(whole: FloatArray, *, numbered: Sequence[tuple[CodeArray, int]], ratios: FloatArray) -> FloatArray:
    """Multiply by the inverse of the rows' covariance, in variances of a row."""
    small_codes, n_small = numbered[0]
    shrink = ratios[0] / (1 + np.bincount(small_codes, minlength=n_small) * ratios[0])

    def without_small(table: FloatArray) -> FloatArray:
        sums = sum_by_group(table, codes=small_codes, n_groups=n_small)
        return np.asarray(table - (shrink[:, None] * sums)[small_codes], dtype=np.float64)

    weighted = without_small(whole)
    larger = [
        np.eye(count)[codes] * np.sqrt(ratio) for (codes, count), ratio in zip(numbered[1:], ratios[1:], strict=True)
    ]
    if not larger:
        return weighted
    effects = np.column_stack(larger)
    weighted_effects = without_small(effects)
    middle = np.eye(effects.shape[1]) + effects.T @ weighted_effects
    return np.asarray(weighted - weighted_effects @ np.linalg.solve(middle, effects.T @ weighted), dtype=np.float64)
