"""Growth models: intercepts and slopes that vary between students and between schools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.clustered import fit_clustered
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate
from mtss_analysis.stats.growth.likelihood import GrowthData, collect_growth_data, solve_growth
from mtss_analysis.stats.growth.satterthwaite import find_fixed_df
from mtss_analysis.stats.growth.variance_search import build_factors, search_variances

REML = "restricted maximum likelihood"
FALLBACK = "least squares with CR2 standard errors by the outermost level"


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomEffects:
    """How one level's groups vary.

    Parameters
    ----------
    level : str
        Name of the level.
    n_groups : int
        Groups.
    intercept_variance : float
        In the squared unit of the outcome, where time is zero.
    slope_variance : float or None
        In the squared unit of the outcome per squared unit of time; None where slopes do not vary.
    covariance : float or None
        Between intercept and slope.
    at_boundary : bool
        A variance is zero, or the correlation is plus or minus one.
    """

    level: str
    n_groups: int
    intercept_variance: float
    slope_variance: float | None
    covariance: float | None
    at_boundary: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrowthFit:
    """A growth model's fixed part, and how groups vary about it.

    Parameters
    ----------
    coefficients : dict of name to Estimate
        Fixed part, with Satterthwaite's degrees of freedom.
    random : tuple of RandomEffects
        Outermost level first; empty where the fallback was used.
    residual_variance : float
        In the squared unit of the outcome.
    log_likelihood : float
        Restricted; NaN where the fallback was used.
    method : str
        ``restricted maximum likelihood``, or the name of the fallback.
    optimiser : str
        The search that found the variances, empty where the fallback was used.
    converged : bool
        At least two searches reached the same likelihood.
    n : int
        Rows.
    """

    coefficients: dict[str, Estimate]
    random: tuple[RandomEffects, ...]
    residual_variance: float
    log_likelihood: float
    method: str
    optimiser: str
    converged: bool
    n: int


def fit_growth(
    *,
    outcome: FloatArray,
    time: FloatArray,
    levels: Mapping[str, IdArray],
    random_slopes: Sequence[str] = (),
    design: FloatArray | None = None,
    names: Sequence[str] | None = None,
    ci_level: float = 0.95,
) -> GrowthFit:
    """Fit a growth model by restricted maximum likelihood.

    Parameters
    ----------
    outcome : (n,) float array
        One row an occasion; none missing.
    time : (n,) float array
        Time of each row, such as years since the middle of the study.
    levels : mapping of name to (n,) array
        One to three groupings, outermost first, each nested in the one before (a student belongs to one
        school; a student who moved is a student in each).
    random_slopes : sequence of str
        Levels whose groups differ in slope as well as in intercept.
    design : (n, p) float array, optional
        Fixed part; a constant and time if not given.
    names : sequence of str, optional
        Names of its columns.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    GrowthFit
        Where no two searches agree, the fallback: least squares with CR2 by the outermost level.

    Raises
    ------
    TooFewError
        A level has fewer than two groups or as many groups as rows, or too few rows.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), Journal of Statistical Software 67(1).
    Raudenbush & Bryk (2002), Hierarchical Linear Models, chapter 8.
    Giesbrecht & Burns (1985), Biometrics 41, 477-486: degrees of freedom.
    """
    check_level(ci_level)
    values = read_floats(outcome, ndim=1, what="outcome")
    when = read_floats(time, ndim=1, what="time")
    n = values.size
    fixed = np.column_stack([np.ones(n), when]) if design is None else read_floats(design, ndim=2, what="design")
    fixed_names = _name_columns(names, n_columns=fixed.shape[1], given=design is not None)
    unknown = set(random_slopes) - set(levels)
    if unknown or not 1 <= len(levels) <= 3:
        raise ValueError("levels must be one to three, and random_slopes some of them")
    inner_first = list(levels)[::-1]
    codes, n_groups = _number_nested({name: levels[name] for name in inner_first}, n=n)
    centre, scale = float(values.mean()), float(values.std())
    if n <= fixed.shape[1] + 1 or scale == 0:
        raise TooFewError("the outcome does not vary, or there are too few rows for the model")
    random = np.column_stack([np.ones(n), when])
    widths = [2 if name in random_slopes else 1 for name in inner_first]
    # A unit-scale outcome keeps the search's steps alike for every unit of measurement.
    data = collect_growth_data(
        outcome=(values - centre) / scale, design=fixed, random=random, codes=codes, n_groups=n_groups
    )
    scales = np.array([1.0, max(float(np.sqrt(np.mean(when**2))), np.finfo(float).tiny)])
    best = search_variances(data, widths=widths, scales=scales)
    if not best.converged:
        return _fall_back(
            outcome=values,
            design=fixed,
            names=fixed_names,
            clusters=codes[-1],
            ci_level=ci_level,
        )
    return _describe(
        data,
        theta=best.theta,
        widths=widths,
        inner_first=inner_first,
        names=fixed_names,
        design=fixed,
        centre=centre,
        scale=scale,
        optimiser=best.optimiser,
        ci_level=ci_level,
    )


def _describe(
    data: GrowthData,
    *,
    theta: FloatArray,
    widths: Sequence[int],
    inner_first: Sequence[str],
    names: tuple[str, ...],
    design: FloatArray,
    centre: float,
    scale: float,
    optimiser: str,
    ci_level: float,
) -> GrowthFit:
    factors = build_factors(theta, widths=widths, q=data.q)
    fit = solve_growth(data, factors)
    df = find_fixed_df(data, theta=theta, widths=widths)
    shift = np.linalg.lstsq(design, np.full(data.n, centre), rcond=None)[0]
    covariance = fit.unscaled * fit.residual_variance
    coefficients = {
        name: make_t_estimate(
            estimate=float(scale * fit.coefficients[k] + shift[k]),
            std_error=float(scale * np.sqrt(covariance[k, k])),
            df=float(df[k]),
            ci_level=ci_level,
        )
        for k, name in enumerate(names)
    }
    random = []
    for level, width, factor, groups in zip(inner_first, widths, factors, data.n_groups, strict=True):
        matrix = scale**2 * fit.residual_variance * factor @ factor.T
        random.append(
            RandomEffects(
                level=level,
                n_groups=groups,
                intercept_variance=float(matrix[0, 0]),
                slope_variance=float(matrix[1, 1]) if width == 2 else None,
                covariance=float(matrix[0, 1]) if width == 2 else None,
                at_boundary=bool(np.any(np.diag(factor)[:width] == 0)),
            )
        )
    return GrowthFit(
        coefficients=coefficients,
        random=tuple(random[::-1]),
        residual_variance=scale**2 * fit.residual_variance,
        log_likelihood=-fit.deviance / 2 - (data.n - data.p) * float(np.log(scale)),
        method=REML,
        optimiser=optimiser,
        converged=True,
        n=data.n,
    )


def _fall_back(
    *, outcome: FloatArray, design: FloatArray, names: tuple[str, ...], clusters: CodeArray, ci_level: float
) -> GrowthFit:
    fit = fit_clustered(outcome=outcome, design=design, names=names, clusters=clusters, ci_level=ci_level)
    return GrowthFit(
        coefficients={name: fit.coefficient(name) for name in names},
        random=(),
        residual_variance=float(fit.fit.residuals @ fit.fit.residuals) / fit.fit.df_residual,
        log_likelihood=float("nan"),
        method=FALLBACK,
        optimiser="",
        converged=False,
        n=fit.n,
    )


def _name_columns(names: Sequence[str] | None, *, n_columns: int, given: bool) -> tuple[str, ...]:
    if names is not None:
        if len(names) != n_columns:
            raise ValueError(f"design has {n_columns} columns and {len(names)} names")
        return tuple(names)
    return tuple(f"column {i + 1}" for i in range(n_columns)) if given else ("constant", "time")


def _number_nested(levels: Mapping[str, IdArray], *, n: int) -> tuple[list[CodeArray], list[int]]:
    codes: list[CodeArray] = []
    n_groups: list[int] = []
    for level, ids in levels.items():
        level_codes, count = number_groups(ids, n=n, what=level)
        if count < 2:
            raise TooFewError(f"there is only one {level}, and at least 2 are needed")
        if codes and np.unique(codes[-1] * count + level_codes).size != n_groups[-1]:
            raise ValueError(f"the level inside {level} is not nested in it; make its ids unique within {level}")
        if count >= (n_groups[-1] if codes else n):
            raise TooFewError(f"no {level} holds more than one of what is inside it")
        codes.append(level_codes)
        n_groups.append(count)
    return codes, n_groups


__all__ = ["FALLBACK", "REML", "GrowthFit", "RandomEffects", "fit_growth"]
