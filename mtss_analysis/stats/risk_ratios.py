"""How much more often something happens in one group than in all others, with the minima of federal law."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy.optimize import brentq
from scipy.special import chdtri

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.estimate import Interval, check_level

# 34 CFR 300.647(b)(1)(iv): a state may set the minimum cell size up to 10 and the minimum n-size up to 30
# and is then presumed to have chosen reasonably.
LEAST_CASES = 10
LEAST_N = 30
FARTHEST = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """How many of a group something happened to.

    Parameters
    ----------
    cases : int
        Students to whom it happened.
    n : int
        Students in the group.
    """

    cases: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRatio:
    """A ratio of two risks.

    Parameters
    ----------
    kind : {'risk ratio', 'alternate risk ratio'}
        Against the others of the district, or against those of the state.
    ratio : Interval
        The upper limit is infinite where it happened to nobody else.
    risk, comparison_risk : float
        Between 0 and 1.
    """

    kind: Literal["risk ratio", "alternate risk ratio"]
    ratio: Interval
    risk: float
    comparison_risk: float


def find_disproportionality(
    *,
    group: Risk,
    others: Risk,
    state_others: Risk | None = None,
    least_cases: int = LEAST_CASES,
    least_n: int = LEAST_N,
    ci_level: float = 0.95,
) -> RiskRatio:
    """Find the risk ratio of a group or, where the district's others are too few, the alternate risk ratio.

    Parameters
    ----------
    group, others : Risk
        The group, and all other students of the district.
    state_others : Risk, optional
        All other students of the state, for the alternate risk ratio.
    least_cases, least_n : int
        Minimum cell size (cases) and minimum n-size (students); both must be met.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    RiskRatio
        With its interval, which the law does not ask for.

    Raises
    ------
    TooFewError
        The group, or what it would be compared with, does not meet both minima; the message says which.

    References
    ----------
    34 CFR 300.647(a)(1)-(4), (a)(6)-(7) and (b)(3)-(5).
    """
    if short := _fall_short(group, least_cases=least_cases, least_n=least_n):
        raise TooFewError(f"the group has fewer than {short}")
    short = _fall_short(others, least_cases=least_cases, least_n=least_n)
    if not short:
        return _compare(group, others, kind="risk ratio", ci_level=ci_level)
    if state_others is None:
        raise TooFewError(
            f"the other students of the district are fewer than {short}, and those of the state are not known"
        )
    if state_short := _fall_short(state_others, least_cases=least_cases, least_n=least_n):
        raise TooFewError(f"the other students of the district and of the state are fewer than {state_short}")
    return _compare(group, state_others, kind="alternate risk ratio", ci_level=ci_level)


def estimate_risk_ratio(
    *, cases: int, n: int, comparison_cases: int, comparison_n: int, ci_level: float = 0.95
) -> Interval:
    """Estimate the ratio of two independent risks with Koopman's score interval.

    Parameters
    ----------
    cases, n : int
        Of the group.
    comparison_cases, comparison_n : int
        Of those it is compared with.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        The lower limit is 0 where it happened to nobody in the group, the upper one infinite where it happened to
        nobody else.

    Raises
    ------
    TooFewError
        A group is empty, or it happened to nobody at all.

    References
    ----------
    Koopman (1984), Biometrics 40, 513-517. Gart & Nam (1988), Biometrics 44, 323-338.
    """
    check_level(ci_level)
    for events, size in ((cases, n), (comparison_cases, comparison_n)):
        if size <= 0:
            raise TooFewError("there is nobody in a group")
        if not 0 <= events <= size:
            raise ValueError(f"there are {events} cases among {size} students")
    if cases + comparison_cases == 0:
        raise TooFewError("it happened to nobody")
    limit = float(chdtri(1, 1 - ci_level))
    estimate = cases / n / (comparison_cases / comparison_n) if comparison_cases else math.inf

    def excess(log_ratio: float) -> float:
        return _score(math.exp(log_ratio), x=cases, n=n, y=comparison_cases, m=comparison_n) - limit

    return Interval(
        estimate=estimate,
        ci_low=0.0 if cases == 0 else math.exp(_find_root(excess, inside=_near(estimate, cases), step=-1.0)),
        ci_high=math.inf
        if comparison_cases == 0
        else math.exp(_find_root(excess, inside=_near(estimate, cases), step=1.0)),
        ci_level=ci_level,
    )


def _near(estimate: float, cases: int) -> float:
    """Give the logarithm of a ratio that lies within the limits."""
    if cases == 0:
        return math.log(1 / FARTHEST)
    return math.log(FARTHEST) if math.isinf(estimate) else math.log(estimate)


def _find_root(excess: Callable[[float], float], *, inside: float, step: float) -> float:
    outside = inside + step
    while excess(outside) < 0:
        outside += step
        if abs(outside) > 2 * math.log(FARTHEST):
            return outside
    return float(brentq(excess, min(inside, outside), max(inside, outside), xtol=1e-12))


def _score(ratio: float, *, x: int, n: int, y: int, m: int) -> float:
    """Give the score statistic of a ratio, with the risks that fit best under it."""
    a = (n + m) * ratio
    b = -(n * ratio + x + m + y * ratio)
    comparison = (-b - math.sqrt(max(b * b - 4 * a * (x + y), 0.0))) / (2 * a)
    risk = comparison * ratio
    if not 0 < risk < 1:
        return 0.0 if math.isclose(x, n * risk, abs_tol=1e-9) else math.inf
    first = (x - n * risk) ** 2 / (n * risk * (1 - risk))
    return float(first * (1 + n * (ratio - risk) / (m * (1 - risk))))


def _fall_short(risk: Risk, *, least_cases: int, least_n: int) -> str:
    if risk.n < least_n:
        return f"{least_n} students (the minimum n-size)"
    return f"{least_cases} cases (the minimum cell size)" if risk.cases < least_cases else ""


def _compare(
    group: Risk, others: Risk, *, kind: Literal["risk ratio", "alternate risk ratio"], ci_level: float
) -> RiskRatio:
    ratio = estimate_risk_ratio(
        cases=group.cases, n=group.n, comparison_cases=others.cases, comparison_n=others.n, ci_level=ci_level
    )
    return RiskRatio(kind=kind, ratio=ratio, risk=group.cases / group.n, comparison_risk=others.cases / others.n)
