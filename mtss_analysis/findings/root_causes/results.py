"""What the search over factors shows of a trend."""

from dataclasses import dataclass

from mtss_analysis.findings.root_causes.categories import CategoryMean
from mtss_analysis.findings.root_causes.columns import KINDS, Kind
from mtss_analysis.findings.root_causes.mix import FactorChange
from mtss_analysis.findings.root_causes.pairs import Leaf, SecondSplit
from mtss_analysis.findings.root_causes.splits import Split
from mtss_analysis.findings.root_causes.target import Target
from mtss_analysis.findings.settings import Factor
from mtss_analysis.stats.held_out import HeldOut


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondResult:
    """A second split beneath a factor that is named.

    Parameters
    ----------
    split : SecondSplit
        What was tested.
    added_q, together_q : float or None
        Adjusted over everything that was searched.
    """

    split: SecondSplit
    added_q: float | None
    together_q: float | None

    def is_named(self, *, rate: float) -> bool:
        """Whether it adds to the first split, or goes together with it, at the run's false-discovery rate."""
        return any(q is not None and q <= rate for q in (self.added_q, self.together_q))


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorResult:
    """What a factor shows in one school and trend.

    Parameters
    ----------
    split : Split
        Without tests where the factor cannot be examined; see ``reason``.
    change : FactorChange
        Mix and rate of the change between the first and the last year.
    level_q, trend_q, mix_q : float or None
        Adjusted over everything that was searched.
    printable : frozenset of str
        Categories whose numbers may be printed.
    unknown_pct : float
        Percent of the scores without a category.
    seconds : dict of kind to tuple of SecondResult
        Beneath a named level or change.
    """

    factor: Factor
    split: Split
    change: FactorChange
    level_q: float | None
    trend_q: float | None
    mix_q: float | None
    printable: frozenset[str]
    unknown_pct: float
    seconds: dict[Kind, tuple[SecondResult, ...]]

    @property
    def reason(self) -> str:
        """Why something cannot be estimated."""
        return self.split.reason

    def q(self, kind: Kind) -> float | None:
        """Adjusted p-value of level or change."""
        return self.level_q if kind == "level" else self.trend_q

    def is_named(self, kind: Kind, *, rate: float) -> bool:
        """Whether its categories differ in standing, or in its change, at the run's false-discovery rate."""
        value = self.q(kind)
        return value is not None and value <= rate

    def named_kinds(self, *, rate: float) -> tuple[Kind, ...]:
        """Which of level and change are named at the run's false-discovery rate."""
        return tuple(kind for kind in KINDS if self.is_named(kind, rate=rate))

    def stands_apart(self, *, rate: float) -> bool:
        """Whether the factor goes with standing or with its change, at the run's false-discovery rate."""
        return bool(self.named_kinds(rate=rate))

    def categories(self) -> tuple[CategoryMean, ...]:
        """All categories of the factor, in order; empty where it cannot be split."""
        return self.split.categories


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The first split that is drawn, and the second one beneath it.

    Parameters
    ----------
    first : FactorResult
        Of the factors that are named, the one with the largest share of the spread, or whose combinations with another
        factor are named.
    second : SecondResult or None
        None where no second split is named.
    leaves : tuple of Leaf
        Combinations of the two.
    printable : frozenset of tuple of str
        Combinations whose numbers may be printed.
    held_out : HeldOut or None
        The combination that lies furthest on the side looked for in one half of the students, or teachers, in the other
        half.
    """

    first: FactorResult
    second: SecondResult | None = None
    leaves: tuple[Leaf, ...] = ()
    printable: frozenset[tuple[str, str]] = frozenset()
    held_out: HeldOut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What the search shows of one trend.

    Parameters
    ----------
    target : Target
        The trend.
    years : tuple of str
        First and last year that may be printed; empty where there are not two.
    results : tuple of FactorResult
        In the order of the run file.
    n_searched : int
        Tests of the whole search, over all trends.
    trees : dict of kind to Tree
        What is drawn; a kind of which nothing is named has none.
    """

    target: Target
    years: tuple[str, str]
    results: tuple[FactorResult, ...]
    n_searched: int
    trees: dict[Kind, Tree]
