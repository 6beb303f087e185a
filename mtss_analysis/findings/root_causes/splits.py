"""How much of the spread in standing goes with a factor, and which of its categories stand apart."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import ClusteredFit, Estimate, Interval, JointTest, fit_clustered
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.explained import estimate_explained_share


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryMean:
    """One category of a factor against the average of the categories.

    Parameters
    ----------
    category : str
        The category's value.
    n, n_teachers : int
        Scores and teachers.
    deviation : Estimate or None
        Mean standing above the average student of the same year (and school, where there are several), state SD.
    """

    category: str
    n: int
    n_teachers: int
    deviation: Estimate | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What splitting the students by one factor shows.

    Parameters
    ----------
    share : Interval or None
        Percent of the spread in standing, within years and schools, that goes with the factor.
    level_test, trend_test : JointTest or None
        Whether the categories differ in standing, and in its change per year.
    categories : tuple of CategoryMean
        In the order of the categories.
    n, n_clusters : int
        Scores with a known category, and teachers.
    reason : str
        Why something cannot be estimated; empty if all can.
    """

    factor_id: str
    share: Interval | None
    level_test: JointTest | None
    trend_test: JointTest | None
    categories: tuple[CategoryMean, ...]
    n: int
    n_clusters: int
    reason: str


def split_by_factor(rows: pd.DataFrame, *, factor_id: str, ci_level: float) -> Split:
    """Split students by a factor and see what stands apart; inference clusters by teacher.

    Parameters
    ----------
    rows : DataFrame
        ``standing``, ``category``, ``cell`` (school and year, whose averages are taken out), ``year`` (a number),
        ``teacher`` (cluster); rows with a missing standing or category are left out.
    factor_id : str
        The factor's name.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    Split
        With the reason where the data cannot tell.
    """
    known = rows[rows["standing"].notna() & rows["category"].notna()]
    names = sorted(known["category"].unique(), key=sort_key)
    n_clusters = int(known["teacher"].nunique())
    alike = not len(known) or known.groupby("cell")["standing"].nunique().max() < 2
    if len(names) < 2 or alike:
        return Split(
            factor_id=factor_id,
            share=None,
            level_test=None,
            trend_test=None,
            categories=(),
            n=len(known),
            n_clusters=n_clusters,
            reason=_say_why_not(names),
        )
    dummies = np.column_stack([(known["category"] == name).to_numpy(dtype="float64") for name in names])
    reasons: list[str] = []
    fit = _try_fit(known, dummies[:, 1:], names[1:], ci_level, reasons)
    return Split(
        factor_id=factor_id,
        share=_estimate_share(known, dummies[:, 1:], ci_level, reasons),
        level_test=_try_test(fit, names[1:], reasons),
        trend_test=_test_trends(known, dummies, names, ci_level, reasons),
        categories=_describe_categories(known, dummies, names, fit),
        n=len(known),
        n_clusters=n_clusters,
        reason="; ".join(dict.fromkeys(reasons)),
    )


def _say_why_not(names: list[str]) -> str:
    if not names:
        return "the factor is not recorded"
    return "all students are in one category" if len(names) < 2 else "all scores of a year are alike"


def sort_key(category: str) -> tuple[int, float, str]:
    """Sort bands by their lower bound and other categories by name."""
    head = category.split("–", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    try:
        return (0, float(head), category)
    except ValueError:
        return (1, 0.0, category)


def _try_fit(
    known: pd.DataFrame, design: FloatArray, names: list[str], ci_level: float, reasons: list[str]
) -> ClusteredFit | None:
    try:
        return fit_clustered(
            outcome=known["standing"].to_numpy(dtype="float64"),
            design=design,
            names=names,
            clusters=known["teacher"].to_numpy(dtype=object).astype("U"),
            absorb=known["cell"].to_numpy(dtype=object).astype("U"),
            ci_level=ci_level,
        )
    except TooFewError as error:
        reasons.append(str(error))
        return None


def _try_test(fit: ClusteredFit | None, names: list[str], reasons: list[str]) -> JointTest | None:
    if fit is None:
        return None
    try:
        return fit.joint_test(names)
    except TooFewError as error:
        reasons.append(str(error))
        return None


def _test_trends(
    known: pd.DataFrame, dummies: FloatArray, names: list[str], ci_level: float, reasons: list[str]
) -> JointTest | None:
    year = known["year"].to_numpy(dtype="float64")
    if len(np.unique(year)) < 3:
        reasons.append("a trend needs at least 3 years")
        return None
    slopes = dummies[:, 1:] * (year - year.mean())[:, None]
    slope_names = [f"{name} × year" for name in names[1:]]
    fit = _try_fit(known, np.column_stack([dummies[:, 1:], slopes]), [*names[1:], *slope_names], ci_level, reasons)
    return _try_test(fit, slope_names, reasons)


def _estimate_share(known: pd.DataFrame, design: FloatArray, ci_level: float, reasons: list[str]) -> Interval | None:
    try:
        share = estimate_explained_share(
            outcome=known["standing"].to_numpy(dtype="float64"),
            design=design,
            clusters=known["teacher"].to_numpy(dtype=object).astype("U"),
            absorb=known["cell"].to_numpy(dtype=object).astype("U"),
            ci_level=ci_level,
        )
    except TooFewError as error:
        reasons.append(str(error))
        return None
    return share


def _describe_categories(
    known: pd.DataFrame, dummies: FloatArray, names: list[str], fit: ClusteredFit | None
) -> tuple[CategoryMean, ...]:
    shares = dummies.mean(axis=0)
    teachers = known.groupby("category")["teacher"].nunique()
    described = []
    for place, name in enumerate(names):
        deviation, reason = None, "too few teachers"
        if fit is not None:
            weights = -shares[1:].copy()
            if place > 0:
                weights[place - 1] += 1.0
            try:
                deviation, reason = fit.contrast(weights), ""
            except TooFewError as error:
                reason = str(error)
        described.append(
            CategoryMean(
                category=name,
                n=int(dummies[:, place].sum()),
                n_teachers=int(teachers[name]),
                deviation=deviation,
                reason=reason,
            )
        )
    return tuple(described)
