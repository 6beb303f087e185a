"""A drill-down of one school's standing over the declared factors, with what may be printed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import Profile, get_profile, protect_counts, relations_by
from mtss_analysis.district import District
from mtss_analysis.errors import DataError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.root_causes.rows import add_factor, leave_out_small
from mtss_analysis.findings.root_causes.splits import CategoryMean, Split, split_by_factor
from mtss_analysis.findings.settings import Factor, Indicator, Settings
from mtss_analysis.stats import adjust_p_values

TEACHERS = Profile(name="teachers", minimum=3)
"""No teacher can be recognised in a number that rests on three or more."""
TOTAL = "(total)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorResult:
    """What a factor shows in one school.

    Parameters
    ----------
    split : Split or None
        None where the factor's table is absent; see ``reason``.
    level_q, trend_q : float or None
        Adjusted over all factors, levels and trends together.
    printable : frozenset of str
        Categories whose numbers may be printed.
    """

    factor: Factor
    split: Split | None
    level_q: float | None
    trend_q: float | None
    printable: frozenset[str]
    reason: str

    def stands_apart(self, *, rate: float) -> bool:
        """Whether the factor goes with standing or with its change, at the run's false-discovery rate."""
        return any(q is not None and q <= rate for q in (self.level_q, self.trend_q))

    def categories(self) -> tuple[CategoryMean, ...]:
        """All categories of the factor, in order; empty where it cannot be split."""
        return self.split.categories if self.split else ()


def drill_down(
    district: District, *, school_id: str, indicator: Indicator, settings: Settings, comparison: Comparison
) -> tuple[FactorResult, ...]:
    """Split one school's students by every declared factor.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    indicator : Indicator
        What is drilled down.
    settings : Settings
        Factors, confidence level, disclosure profile.
    comparison : Comparison
        Norms.

    Returns
    -------
    tuple of FactorResult
        In the order of the run file.
    """
    scores = place_scores(district.table, indicator=indicator, norms=comparison.frame("norms"), settings=settings)
    scores = scores[scores["school_id"] == school_id].reset_index(drop=True)
    results = []
    for factor in settings.factors:
        try:
            rows = add_factor(district.table, scores=scores, factor=factor)
        except DataError as error:
            results.append(_absent(factor, error.problem))
            continue
        profile = get_profile(settings.profile)
        rows = leave_out_small(rows, minimum=profile.minimum)
        split = split_by_factor(rows, factor_id=factor.id, ci_level=settings.ci_level)
        results.append(
            FactorResult(
                factor=factor,
                split=split,
                level_q=None,
                trend_q=None,
                printable=_find_printable(rows, factor=factor, profile=profile),
                reason=split.reason,
            )
        )
    return _adjust(results)


def _absent(factor: Factor, reason: str) -> FactorResult:
    return FactorResult(factor=factor, split=None, level_q=None, trend_q=None, printable=frozenset(), reason=reason)


def _find_printable(rows: pd.DataFrame, *, factor: Factor, profile: Profile) -> frozenset[str]:
    known = rows[rows["standing"].notna() & rows["category"].notna()]
    printable = _protect(known, unit="student_id", profile=profile)
    if factor.level != "student":
        printable &= _protect(known, unit="teacher", profile=TEACHERS)
    return printable


def _protect(known: pd.DataFrame, *, unit: str, profile: Profile) -> frozenset[str]:
    cells = known.groupby("category")[unit].nunique().rename("n").reset_index()
    total = pd.DataFrame({"category": [TOTAL], "n": [known[unit].nunique()]})
    cells = pd.concat([cells, total], ignore_index=True)
    relations = relations_by(cells, over="category", total=TOTAL, within=[], protects_rest=False)
    statuses = protect_counts(cells, count="n", relations=relations, profile=profile)
    if statuses[cells["category"] == TOTAL].ne("ok").any():
        return frozenset()
    return frozenset(cells.loc[(statuses == "ok") & (cells["category"] != TOTAL), "category"])


def _adjust(results: Sequence[FactorResult]) -> tuple[FactorResult, ...]:
    p_values = [
        test.p_value if test else np.nan
        for result in results
        for test in ((result.split.level_test, result.split.trend_test) if result.split else (None, None))
    ]
    if not p_values:
        return ()
    q_values = adjust_p_values(np.array(p_values))
    pairs = zip(results, q_values[0::2], q_values[1::2], strict=True)
    return tuple(replace(result, level_q=_or_none(level), trend_q=_or_none(trend)) for result, level, trend in pairs)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
