"""Share of the spread that lies between small units, such as classrooms, beyond what their members bring by chance."""

import numpy as np
from scipy.stats import f as f_distribution

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Interval, check_level


def estimate_unit_share(*, outcome: object, units: IdArray, cells: IdArray, ci_level: float = 0.95) -> Interval:
    """Estimate the percent of the spread within cells that lies between units.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    units : (n,) array
        Unit of each row, such as the classroom of a year; each lies in one cell.
    cells : (n,) array
        Cell of each row, such as grade and year.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Percent, 0 to 100: the intraclass correlation of one-way analysis of variance within cells. The interval is
        exact where units are of the same size and normal.

    Raises
    ------
    TooFewError
        No cell has two units, or no unit two rows that differ.

    References
    ----------
    Searle (1971), Linear Models, chapter 9, section 9.d: the interval from the F ratio.
    """
    check_level(ci_level)
    values = read_floats(outcome, ndim=1, what="outcome")
    unit, n_units = number_groups(units, n=values.size, what="units")
    cell, n_cells = number_groups(cells, n=values.size, what="cells")
    between, within = n_units - n_cells, values.size - n_units
    if between < 1 or within < 1:
        raise TooFewError("there are too few classrooms in a grade and year")
    sizes = np.bincount(unit, minlength=n_units)
    cell_sizes = np.bincount(cell, minlength=n_cells)
    unit_means = np.bincount(unit, weights=values, minlength=n_units) / sizes
    cell_means = np.bincount(cell, weights=values, minlength=n_cells) / cell_sizes
    inside = float(((values - unit_means[unit]) ** 2).sum()) / within
    if inside <= 0:
        raise TooFewError("all scores are alike")
    ratio = float(((unit_means[unit] - cell_means[cell]) ** 2).sum()) / between / inside
    of_unit = np.zeros(n_units, dtype=np.intp)
    of_unit[unit] = cell
    squares = np.bincount(of_unit, weights=sizes.astype(np.float64) ** 2, minlength=n_cells)
    size = float((cell_sizes - squares / cell_sizes).sum()) / between
    tail = (1 - ci_level) / 2
    upper, lower = (float(f_distribution.ppf(p, between, within)) for p in (tail, 1 - tail))
    shares = [(one - 1) / (one - 1 + size) for one in (ratio, ratio / lower, ratio / upper)]
    estimate, low, high = (100 * min(max(one, 0.0), 1.0) for one in shares)
    return Interval(estimate=estimate, ci_low=low, ci_high=high, ci_level=ci_level)
