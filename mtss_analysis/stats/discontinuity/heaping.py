"""Did somebody move scores across the cut? Tests of the density for continuous and for whole-number scores."""

import contextlib
import io
import warnings
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr
from scipy.stats import binom

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats

NEAR_VALUES = 3
"""Score values on either side of the cut whose counts are compared with the curve through the others."""
MIN_VALUES_A_SIDE = 8
MAX_VALUES_A_SIDE = 20
CURVE_DEGREE = 2
BEND_ALLOWED = 0.02
"""How far three neighbouring shares may depart from a line before it counts as heaping: Frandsen (2017), p. 293."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityTest:
    """Test that the density of a score does not jump at the cut.

    Parameters
    ----------
    statistic : float
        Bias-corrected difference of the densities over its standard error.
    p_value : float
        Two-sided.
    density_below, density_above : float
        Just below and just above the cut, per unit of the score.
    bandwidth_below, bandwidth_above : float
        In the unit of the score.
    n_below, n_above : int
        Rows within them.
    """

    statistic: float
    p_value: float
    density_below: float
    density_above: float
    bandwidth_below: float
    bandwidth_above: float
    n_below: int
    n_above: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapingTest:
    """Tests that a whole-number score does not heap at the cut.

    Parameters
    ----------
    n_just_below, n_at_cut : int
        Students one step below the cut, and at it.
    expected_just_below, expected_at_cut : float
        The same by a smooth curve through the counts further away.
    shift : float
        Students that would have to move up across the cut to make the counts smooth.
    p_shift : float
        Two-sided, that so many would be missing below and in excess above by chance, given how much the
        other counts scatter about the curve.
    p_cut : float
        That the count at the cut would depart so far from its two neighbours by chance (Frandsen's test).
    neighbours_flagged_share : float
        Share of the other score values, not next to the cut, where the same test of neighbours fires: near 1
        means a scale with holes, not a manipulated cut.
    flagged : bool
        The shift is unlikely; or the neighbours' test fires while the scale is otherwise smooth.
    """

    n_just_below: int
    n_at_cut: int
    expected_just_below: float
    expected_at_cut: float
    shift: float
    p_shift: float
    p_cut: float
    neighbours_flagged_share: float
    flagged: bool


def check_density(*, score: FloatArray, cut: float) -> DensityTest:
    """Test the density of a (nearly) continuous score at the cut.

    Parameters
    ----------
    score : (n,) float array
        Scores of everyone who was scored, treated or not.
    cut : float
        A score equal to the cut counts as above it.

    Returns
    -------
    DensityTest
        Local quadratic density estimator, jackknife standard error.

    Raises
    ------
    TooFewError
        The density cannot be estimated on a side.

    References
    ----------
    Cattaneo, Jansson & Ma (2020), JASA 115, 1449-1455.
    """
    # Loading the library takes a second, which only those who need it should wait for.
    rddensity = import_module("rddensity").rddensity

    x = read_floats(score, ndim=1, what="score") - cut
    if min(int((x < 0).sum()), int((x >= 0).sum())) < 20:
        raise TooFewError("fewer than 20 students are on one side of the cut score")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = rddensity(X=x, c=0.0)
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError, IndexError) as error:
            raise TooFewError("too few different scores lie near the cut to estimate a density") from error
    statistic = float(found.test["t_jk"])
    if not np.isfinite(statistic):
        raise TooFewError("too few different scores lie near the cut to estimate a density")
    low, high = float(found.h["left"]), float(found.h["right"])
    return DensityTest(
        statistic=statistic,
        p_value=float(found.test["p_jk"]),
        density_below=float(found.hat["left"]),
        density_above=float(found.hat["right"]),
        bandwidth_below=low,
        bandwidth_above=high,
        n_below=int(((x < 0) & (x >= -low)).sum()),
        n_above=int(((x >= 0) & (x <= high)).sum()),
    )


def check_heaping(*, values: FloatArray, counts: FloatArray, cut: float, step: float = 1.0) -> HeapingTest:
    """Test whether a score that takes evenly spaced values heaps at the cut.

    Parameters
    ----------
    values : (k,) float array
        Score values, each once; a value left out counts zero students.
    counts : (k,) float array
        Students at each value.
    cut : float
        A score equal to the cut counts as above it.
    step : float
        Distance between neighbouring values, such as 1 for whole numbers.

    Returns
    -------
    HeapingTest
        Two tests, and how irregular the scale is elsewhere.

    Raises
    ------
    TooFewError
        No score near the cut, fewer than eight values on a side beyond the three nearest it, or too few students.

    References
    ----------
    Frandsen (2017), Advances in Econometrics 38, 281-315: the test of three neighbouring values.
    Dee, Dobbie, Jacob & Rockoff (2019), American Economic Journal: Applied 11(3), 382-423: the count in excess
    of a curve that leaves out the scores next to the cut.
    """
    position, filled = _fill_values(values=values, counts=counts, cut=cut, step=step)
    near = (position >= -NEAR_VALUES) & (position < NEAR_VALUES)
    n_below, n_above = int((~near & (position < 0)).sum()), int((~near & (position >= 0)).sum())
    if min(n_below, n_above) < MIN_VALUES_A_SIDE:
        raise TooFewError(
            f"there are {n_below} score values below and {n_above} above the {2 * NEAR_VALUES} nearest the cut, "
            f"and at least {MIN_VALUES_A_SIDE} on each side are needed"
        )
    if filled.sum() < 100:
        raise TooFewError(f"{int(filled.sum())} students are within {MAX_VALUES_A_SIDE} score values of the cut")
    expected, shift, p_shift = _compare_with_curve(position=position, counts=filled, near=near)
    tests = np.array([_test_neighbours(filled, index=i) for i in range(1, filled.size - 1)])
    at_cut = int(np.flatnonzero(position == 0)[0])
    elsewhere = np.delete(tests, np.arange(max(at_cut - 3, 0), min(at_cut + 2, tests.size)))
    flagged_share = float(np.mean(elsewhere < ALPHA))
    p_cut = float(tests[at_cut - 1])
    smooth_elsewhere = flagged_share <= 2 * ALPHA
    return HeapingTest(
        n_just_below=int(filled[at_cut - 1]),
        n_at_cut=int(filled[at_cut]),
        expected_just_below=float(expected[at_cut - 1]),
        expected_at_cut=float(expected[at_cut]),
        shift=shift,
        p_shift=p_shift,
        p_cut=p_cut,
        neighbours_flagged_share=flagged_share,
        flagged=p_shift < ALPHA / 2 or (smooth_elsewhere and p_cut < ALPHA / 2),
    )


def _fill_values(*, values: FloatArray, counts: FloatArray, cut: float, step: float) -> tuple[FloatArray, FloatArray]:
    offsets = np.round((read_floats(values, ndim=1, what="values") - cut) / step).astype(np.intp)
    reach = NEAR_VALUES + MAX_VALUES_A_SIDE
    if not ((offsets >= -reach) & (offsets < reach)).any():
        raise TooFewError(f"no student scored within {reach} score values of the cut")
    # Values outside what was scored are not zeros of the curve.
    position = np.arange(max(-reach, int(offsets.min())), min(reach - 1, int(offsets.max())) + 1)
    filled = np.zeros(position.size)
    inside = (offsets >= position[0]) & (offsets <= position[-1])
    np.add.at(filled, offsets[inside] - position[0], read_floats(counts, ndim=1, what="counts")[inside])
    return position.astype(np.float64), filled


def _compare_with_curve(
    *, position: FloatArray, counts: FloatArray, near: NDArray[np.bool_]
) -> tuple[FloatArray, float, float]:
    """Fit a log-linear curve away from the cut, and compare the counts near it."""
    scaled = (position + 0.5) / np.abs(position).max()
    design = np.vander(scaled, CURVE_DEGREE + 1, increasing=True)
    away = ~near
    x, y = design[away], counts[away]
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(max(float(y.mean()), 0.5))
    for _ in range(60):
        mean = np.exp(np.clip(x @ beta, -20, 20))
        step = np.linalg.solve((x * mean[:, None]).T @ x + 1e-9 * np.eye(x.shape[1]), x.T @ (y - mean))
        size = float(np.abs(step).max())
        beta = beta + step * min(1.0, 2.0 / max(size, 1e-12))
        if size < 1e-9:
            break
    mean = np.exp(np.clip(x @ beta, -20, 20))
    df = y.size - x.shape[1]
    # Never less than Poisson: scores that scatter less than chance do so by chance.
    dispersion = max(1.0, float(((y - mean) ** 2 / mean).sum()) / df)
    covariance = dispersion * np.linalg.inv((x * mean[:, None]).T @ x)
    expected = np.exp(np.clip(design @ beta, -20, 20))
    contrast = np.where(position >= 0, 0.5, -0.5) * near
    shift = float(contrast @ (counts - expected))
    gradient = design.T @ (contrast * expected)
    variance = dispersion * float((contrast**2) @ expected) + float(gradient @ covariance @ gradient)
    p_value = float(2 * stdtr(df, -abs(shift) / np.sqrt(max(variance, 1e-12))))
    return expected, shift, p_value


def _test_neighbours(counts: FloatArray, *, index: int) -> float:
    """Test that a count is about a third of its own and its two neighbours' (two-sided, worst case)."""
    middle, total = int(counts[index]), int(counts[index - 1 : index + 2].sum())
    if total == 0:
        return 1.0
    low, high = (1 - BEND_ALLOWED) / (3 - BEND_ALLOWED), (1 + BEND_ALLOWED) / (3 + BEND_ALLOWED)
    lower = float(binom.cdf(middle, total, low))
    upper = float(binom.sf(middle - 1, total, high))
    return min(1.0, 2 * min(lower, upper))
