"""Regression discontinuity: the jump of an outcome at a cut score, sharp or fuzzy."""

import contextlib
import io
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.discontinuity.clustered_jump import estimate_clustered_jump
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate

MIN_ROWS_A_SIDE = 20
"""Rows within the bandwidth below which a local line is not fitted."""
MIN_POINTS_A_SIDE = 10
"""Distinct scores a side below which a data-driven bandwidth means little: Cattaneo, Idrobo & Titiunik (2024),
A Practical Introduction to Regression Discontinuity Designs: Extensions, section 4; rdrobust's own ``bwcheck``."""
WEAK_FIRST_STAGE_F = 10.0
"""Staiger & Stock (1997), Econometrica 65, 557-586."""


LIBRARY_ERRORS = (Exception, np.linalg.LinAlgError, ValueError, ZeroDivisionError, IndexError)
"""What rdrobust 2.1 raises where rows or scores do not suffice; anything else is an error of this program."""


class _Found(Protocol):
    """What the library gives, so far as it is read."""

    bws: pd.DataFrame
    coef: pd.DataFrame
    se: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A jump at the cut score.

    Parameters
    ----------
    effect : Estimate
        Local-linear estimate with the robust bias-corrected standard error and interval; positive where those
        on the treated side do better. The interval is centred on the bias-corrected value.
    conventional : float
        Local-linear estimate before the bias is taken out.
    bandwidth : float
        Distance from the cut within which rows count, in the unit of the score.
    bandwidth_bias : float
        The same for estimating the bias.
    n_below, n_above : int
        Rows within the bandwidth on either side.
    n_points_below, n_points_above : int
        Distinct scores within the bandwidth on either side.
    first_stage : Estimate or None
        Jump in the share treated, where the cut is fuzzy.
    first_stage_f : float or None
        Its F statistic.
    """

    effect: Estimate
    conventional: float
    bandwidth: float
    bandwidth_bias: float
    n_below: int
    n_above: int
    n_points_below: int
    n_points_above: int
    first_stage: Estimate | None
    first_stage_f: float | None


def estimate_jump(
    *,
    outcome: FloatArray,
    score: FloatArray,
    cut: float,
    treated_below: bool = True,
    received: FloatArray | None = None,
    covariates: FloatArray | None = None,
    clusters: IdArray | None = None,
    bandwidth: float | None = None,
    donut: float = 0.0,
    ci_level: float = 0.95,
) -> Jump:
    """Estimate the jump of an outcome at a cut score by a local line on either side.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    score : (n,) float array
        The score that decides.
    cut : float
        A score equal to the cut counts as above it.
    treated_below : bool
        The programme goes to those below the cut.
    received : (n,) float array, optional
        Programme received (0 or 1, or a dose): a fuzzy cut, the effect is per unit received.
    covariates : (n, k) float array, optional
        Measured before the programme; they narrow the interval and do not change what is estimated.
    clusters : (n,) array, optional
        Cluster of each row: the bias is then taken out over the same bandwidth, the standard error is CR2's
        and the degrees of freedom Satterthwaite's.
    bandwidth : float, optional
        In the unit of the score; the one that minimises the mean squared error if not given.
    donut : float
        Rows closer to the cut than this are left out.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Jump
        Triangular weights, nearest-neighbour variance where rows are independent.

    Raises
    ------
    TooFewError
        Too few rows or too few different scores near the cut, everyone or nobody received the programme, or
        the share receiving it does not jump (F below 10).

    References
    ----------
    Calonico, Cattaneo & Titiunik (2014), Econometrica 82, 2295-2326.
    Calonico, Cattaneo, Farrell & Titiunik (2019), Review of Economics and Statistics 101, 442-451.
    """
    check_level(ci_level)
    rows = _keep_rows(score, cut=cut, donut=donut)
    x = read_floats(score, ndim=1, what="score")[rows] - cut
    y = read_floats(outcome, ndim=1, what="outcome")[rows]
    dose = None if received is None else read_floats(received, ndim=1, what="received")[rows]
    extra = None if covariates is None else read_floats(covariates, ndim=2, what="covariates")[rows]
    codes = None if clusters is None else number_groups(np.asarray(clusters)[rows], n=x.size, what="clusters")[0]
    check_both_sides(x, dose=dose)
    if float(np.ptp(y)) == 0:
        raise TooFewError("the outcome is the same for everybody")
    sign = -1.0 if treated_below else 1.0

    def fit(y: FloatArray, *, fuzzy: FloatArray | None, h: float | None) -> _Found:
        return _fit(y=y, x=x, fuzzy=fuzzy, covariates=extra, codes=codes, bandwidth=h, ci_level=ci_level)

    def estimate(found: _Found, *, values: FloatArray, fuzzy: FloatArray | None) -> Estimate:
        if codes is None:
            return make_t_estimate(
                estimate=_read(found.coef, "Robust"),
                std_error=_read(found.se, "Robust"),
                df=np.inf,
                ci_level=ci_level,
            )
        h = _read(found.bws, "h", "left")
        return estimate_clustered_jump(
            outcome=values, x=x, received=fuzzy, covariates=extra, codes=codes, bandwidth=h, ci_level=ci_level
        )

    y = sign * y
    if dose is None:
        found = fit(y, fuzzy=None, h=bandwidth)
        _check_near(x, h=_read(found.bws, "h", "left"))
        return _describe(found, x=x, effect=estimate(found, values=y, fuzzy=None), first_stage=None)
    dose = sign * dose
    found = fit(y, fuzzy=dose, h=bandwidth)
    h = _read(found.bws, "h", "left")
    _check_near(x, h=h)
    stage = estimate(fit(dose, fuzzy=None, h=h), values=dose, fuzzy=None)
    strength = (stage.estimate / stage.std_error) ** 2
    if strength < WEAK_FIRST_STAGE_F:
        raise TooFewError(
            "the share that received the programme does not jump clearly at the cut score "
            f"(F = {strength:.1f}, and at least {WEAK_FIRST_STAGE_F:.0f} is needed)"
        )
    return _describe(found, x=x, effect=estimate(found, values=y, fuzzy=dose), first_stage=stage)


def check_both_sides(x: FloatArray, *, dose: FloatArray | None = None) -> None:
    """Refuse scores with too few rows or too few different values on a side of the cut.

    Parameters
    ----------
    x : (n,) float array
        Scores less the cut.
    dose : (n,) float array, optional
        Programme received.

    Raises
    ------
    TooFewError
        With the side and the numbers.
    """
    for side, part in (("below", x[x < 0]), ("above", x[x >= 0])):
        if part.size < MIN_ROWS_A_SIDE:
            raise TooFewError(
                f"{part.size} students are {side} the cut score, and at least {MIN_ROWS_A_SIDE} are needed"
            )
        points = np.unique(part).size
        if points < MIN_POINTS_A_SIDE:
            raise TooFewError(
                f"there are {points} different scores {side} the cut, and at least {MIN_POINTS_A_SIDE} are needed "
                "to choose a bandwidth from the data"
            )
    if dose is not None and float(np.ptp(dose)) == 0:
        raise TooFewError("everybody or nobody received the programme")


def _keep_rows(score: FloatArray, *, cut: float, donut: float) -> NDArray[np.bool_]:
    distance = np.abs(np.asarray(score, dtype=np.float64) - cut)
    return distance >= donut if donut > 0 else np.ones(distance.shape, dtype=np.bool_)


def _fit(
    *,
    y: FloatArray,
    x: FloatArray,
    fuzzy: FloatArray | None,
    covariates: FloatArray | None,
    codes: CodeArray | None,
    bandwidth: float | None,
    ci_level: float,
) -> _Found:
    # Loading the library takes a second, which only those who need it should wait for.
    rdrobust = import_module("rdrobust").rdrobust
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            found: _Found = rdrobust(
                y=y,
                x=x,
                c=0.0,
                fuzzy=fuzzy,
                covs=covariates,
                cluster=codes,
                vce="nn" if codes is None else "cr1",
                h=bandwidth,
                level=100 * ci_level,
                masspoints="adjust",
            )
        except Exception as error:
            # The library raises the base class itself; everything else goes on its way.
            if type(error) not in LIBRARY_ERRORS:
                raise
            raise TooFewError("too few different scores lie near the cut to fit a line on either side") from error
    return found


def _check_near(x: FloatArray, *, h: float) -> None:
    for side, rows in (("below", (x < 0) & (x >= -h)), ("above", (x >= 0) & (x <= h))):
        if int(rows.sum()) < MIN_ROWS_A_SIDE:
            raise TooFewError(
                f"{int(rows.sum())} students are close enough {side} the cut score, "
                f"and at least {MIN_ROWS_A_SIDE} are needed"
            )


def _describe(found: _Found, *, x: FloatArray, effect: Estimate, first_stage: Estimate | None) -> Jump:
    h = _read(found.bws, "h", "left")
    below, above = (x < 0) & (x >= -h), (x >= 0) & (x <= h)
    return Jump(
        effect=effect,
        conventional=_read(found.coef, "Conventional"),
        bandwidth=h,
        bandwidth_bias=_read(found.bws, "b", "left"),
        n_below=int(below.sum()),
        n_above=int(above.sum()),
        n_points_below=int(np.unique(x[below]).size),
        n_points_above=int(np.unique(x[above]).size),
        first_stage=first_stage,
        first_stage_f=None if first_stage is None else (first_stage.estimate / first_stage.std_error) ** 2,
    )


def _read(table: pd.DataFrame, row: str, column: str | None = None) -> float:
    return float(np.asarray(table.loc[row] if column is None else table.loc[row, column]).ravel()[0])
