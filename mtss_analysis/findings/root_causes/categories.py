"""How far each category of a factor lies from the average of all, in standing and in its change."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.columns import KINDS, Block, Kind, has_years, judge_beside, name_errors
from mtss_analysis.findings.root_causes.rows import DrillRows, FactorRows
from mtss_analysis.stats import Estimate
from mtss_analysis.stats.estimate import make_t_estimate
from mtss_analysis.stats.swept import SweptData
from mtss_analysis.stats.swept_models import estimate_contrast

NO_RATIOS = "how far students and classrooms differ by chance cannot be estimated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryMean:
    """One category of a factor against the average of the categories.

    Parameters
    ----------
    category : str
        The category's value.
    n, n_students, n_teachers : int
        Scores, students and teachers.
    deviation : Estimate or None
        Mean standing above the average student of the same year (and grade, and school), state SD.
    change : Estimate or None
        Change in standing a year above that of the average student, state SD.
    """

    category: str
    n: int
    n_students: int
    n_teachers: int
    deviation: Estimate | None
    change: Estimate | None
    reason: str

    def value(self, kind: Kind) -> Estimate | None:
        """Level or change."""
        return self.deviation if kind == "level" else self.change


def describe_categories(
    rows: DrillRows, factor: FactorRows, *, block: Block, swept: SweptData | None, ci_level: float
) -> tuple[CategoryMean, ...]:
    """Estimate how far each category lies from the average of all; see :func:`contrast`."""
    shares = block.table[:, : len(factor.names)].sum(axis=0)
    shares = shares / shares.sum()
    described = []
    for place, name in enumerate(factor.names):
        mine = factor.codes == place
        values: dict[Kind, Estimate | None] = {}
        reason = NO_RATIOS if swept is None else ""
        for kind in KINDS:
            found, why = (
                (None, reason)
                if swept is None
                else contrast(swept, block, place=place, shares=shares, kind=kind, ci_level=ci_level)
            )
            values[kind] = found if kind == "level" or has_years(rows) else None
            reason = reason or (why if kind == "level" else "")
        described.append(
            CategoryMean(
                category=name,
                n=int(mine.sum()),
                n_students=int(np.unique(rows.students[mine]).size),
                n_teachers=int(np.unique(rows.teachers[mine]).size),
                deviation=values["level"],
                change=values["change"],
                reason=reason,
            )
        )
    return tuple(described)


def contrast(
    swept: SweptData, block: Block, *, place: int, shares: Sequence[float] | np.ndarray, kind: Kind, ci_level: float
) -> tuple[Estimate | None, str]:
    """Estimate how far one category lies from the average of all.

    Parameters
    ----------
    swept : SweptData
        With the columns of the block.
    block : Block
        Of one grouping.
    place : int
        Which category.
    shares : (k,) sequence of float
        Share of each category in the rows.
    kind : {'level', 'change'}
        Standing, or its change a year.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    tuple of Estimate or None, and str
        None with the reason.
    """
    weights = -np.asarray(shares, dtype=np.float64)
    weights[place] += 1.0
    errors, held = name_errors(swept, tested=block.names[kind])
    asked = {"names": block.names[kind], "given": (*block.given[kind], *held)}
    try:
        found = estimate_contrast(swept, weights=weights, **asked, ci_level=ci_level)
        if errors:
            test, inflation = judge_beside(swept, tested=block.names[kind], given=block.given[kind])
            # Cohorts and providers differ, too: the error grows as they differ beyond what is tested.
            found = make_t_estimate(
                estimate=found.estimate,
                std_error=found.std_error * inflation**0.5,
                df=test.df_denominator,
                ci_level=ci_level,
            )
    except TooFewError as error:
        return None, str(error)
    return found, ""
