"""What every design hands back: an estimate with its checks and its grade, or the reason why it is declined."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from mtss_analysis.stats import Estimate
from mtss_analysis.stats.evidence import Rating

DesignName: TypeAlias = Literal[
    "randomised", "discontinuity", "weighted", "staggered", "interrupted", "single_case", "growth", "descriptive"
]
LOWEST: Rating = "does not meet standards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition that a design rests on.

    Parameters
    ----------
    name : str
        Short: "heaping at the cut score".
    passed : bool or None
        None: it could not be checked, which counts as not shown.
    sentence : str
        What was found, a full sentence.
    """

    name: str
    passed: bool | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignResult:
    """One design's answer to one question.

    Parameters
    ----------
    design : str
        Which rung of the ladder.
    estimate : Estimate or None
        In the unit of the outcome, positive where it is higher; None: declined, see ``reason``.
    sd : float or None
        Student standard deviation by which the estimate is divided for the effect size.
    g, g_low, g_high : float or None
        Effect size with its small-sample (and, where groups were assigned, clustering) correction.
    n_treated, n_comparison, n_clusters : int
        Students analysed, and units between which chance is reckoned.
    checks : tuple of Check
        In the order in which they were made.
    rating : str
        Highest What Works Clearinghouse rating that the design could reach.
    rating_reasons : tuple of str
        What stands against a better one.
    wild_low, wild_high, wild_p : float or None
        Wild-cluster-bootstrap interval and p-value where there are few clusters; a limit may be missing.
    bandwidth : float or None
        Distance from the cut score within which students count.
    note : str
        For whom the estimate speaks; empty where that needs no saying.
    reason : str
        Why the design is declined, without a full stop; empty if it is not.
    """

    design: DesignName
    estimate: Estimate | None = None
    sd: float | None = None
    g: float | None = None
    g_low: float | None = None
    g_high: float | None = None
    n_treated: int = 0
    n_comparison: int = 0
    n_clusters: int = 0
    checks: tuple[Check, ...] = ()
    rating: Rating = LOWEST
    rating_reasons: tuple[str, ...] = ()
    wild_low: float | None = None
    wild_high: float | None = None
    wild_p: float | None = None
    bandwidth: float | None = None
    note: str = ""
    reason: str = ""

    @property
    def is_admissible(self) -> bool:
        """Whether the design gives an estimate that may be believed."""
        return self.estimate is not None and not self.reason


def decline(
    design: DesignName,
    *,
    reason: str,
    checks: tuple[Check, ...] = (),
    n_treated: int = 0,
    n_comparison: int = 0,
    n_clusters: int = 0,
) -> DesignResult:
    """Say that a design cannot be used.

    Parameters
    ----------
    design : str
        Which rung.
    reason : str
        Why, without a full stop.
    checks : tuple of Check
        What had been checked by then.
    n_treated, n_comparison, n_clusters : int
        As far as they are known.

    Returns
    -------
    DesignResult
        Without an estimate.
    """
    return DesignResult(
        design=design,
        reason=reason,
        checks=checks,
        n_treated=n_treated,
        n_comparison=n_comparison,
        n_clusters=n_clusters,
    )


def withdraw(result: DesignResult, *, reason: str) -> DesignResult:
    """Take an estimate back because one of its checks failed.

    Parameters
    ----------
    result : DesignResult
        With its checks.
    reason : str
        Why, without a full stop.

    Returns
    -------
    DesignResult
        Without numbers of the effect.
    """
    return replace(
        result,
        estimate=None,
        g=None,
        g_low=None,
        g_high=None,
        wild_low=None,
        wild_high=None,
        wild_p=None,
        rating=LOWEST,
        reason=reason,
    )


def say_too_few(count: int, *, least: int, why: str = "") -> str:
    """Say that there are too few schools, without a full stop.

    Parameters
    ----------
    count, least : int
        How many there are, and how many are needed.
    why : str
        What they are needed for; empty: not said.

    Returns
    -------
    str
        A clause.
    """
    there = "there is 1 school" if count == 1 else f"there are {count} schools"
    return f"{there}, and at least {least} are needed{f' {why}' if why else ''}"
