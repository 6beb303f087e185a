"""Schools that start at different times: each against those that have not started yet."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.grades import count_samples, read_wild, size_effect
from mtss_analysis.findings.effects.designs.pupils import Pupils, find_icc
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline, say_too_few, withdraw
from mtss_analysis.show import format_number, join_words
from mtss_analysis.stats import Estimate, rate_design
from mtss_analysis.stats.did import StaggeredEffect, estimate_staggered

LEAST_SHARE = 0.2
"""Share of a school's students who take part from which on it counts as having started, a convention of this kit."""
LEAST_IN_MEAN = 5
"""Students of a group in a school and year from which on their mean is compared, a convention of this kit."""
MIN_PRE_P = 0.05
MIN_SCHOOLS = 4
ONE_YEAR = "there is only one year before the first start, so nothing shows that schools were on parallel paths"
NOTE = "it speaks for the schools that started, and takes it that they would otherwise have changed as the others did"


def find_starts(pupils: Pupils) -> pd.Series:
    """Find the first school year in which a school takes part.

    Parameters
    ----------
    pupils : Pupils
        All schools.

    Returns
    -------
    Series
        First calendar year of that school year by school; infinite for those that never start.
    """
    shares = pupils.rows.groupby(["school", "school_year"])["received"].mean().reset_index()
    started = shares[shares["received"] >= LEAST_SHARE].groupby("school")["school_year"].min()
    years = started.str[:4].astype("float64")
    return years.reindex(sorted(shares["school"].unique()), fill_value=np.inf)


def estimate_phased(pupils: Pupils, *, ci_level: float) -> DesignResult:
    """Estimate the effect of a programme that schools took up one after the other.

    Parameters
    ----------
    pupils : Pupils
        All schools.
    ci_level : float
        Confidence level.

    Returns
    -------
    DesignResult
        From means of schools and years, each school counting once; the period before the start is the base.
    """
    known = pupils.known()
    if known.empty:
        return decline("staggered", reason="no student has an outcome")
    starts = find_starts(pupils)
    in_it = known["school"].map(starts) <= known["school_year"].str[:4].astype("float64")
    counts: dict[str, Any] = {
        "n_treated": int(in_it.sum()),
        "n_comparison": int((~in_it).sum()),
        "n_clusters": int(known["school"].nunique()),
    }
    if not in_it.any():
        reason = (
            "no school takes part" if not np.isfinite(starts).any() else "the outcome is not known of those treated"
        )
        return decline("staggered", reason=reason, **counts)
    if counts["n_clusters"] < MIN_SCHOOLS:
        return decline("staggered", reason=say_too_few(counts["n_clusters"], least=MIN_SCHOOLS), **counts)
    means = level_scores(known).groupby(["school", "school_year"])["level"].mean().reset_index()
    try:
        found = _fit(means, starts=starts, ci_level=ci_level, n_wild=count_samples(counts["n_clusters"]))
        size = size_effect(
            effect=found.overall,
            treated=known.loc[in_it, "outcome"].to_numpy(dtype="float64"),
            comparison=known.loc[~in_it, "outcome"].to_numpy(dtype="float64"),
            mean_cluster_size=len(known) / len(means),
            icc=find_icc(known, domain=pupils.indicator.domain),
        )
    except TooFewError as reason:
        return decline("staggered", reason=str(reason), **counts)
    rating = rate_design(
        assignment="not randomised",
        n_units_treated=found.n_treated,
        n_units_comparison=found.n_units - found.n_treated,
        attrition=None,
        baseline_g=_find_baseline(means, starts=starts, sd=size["sd"]),
        adjusted=True,
    )
    result = DesignResult(
        design="staggered",
        estimate=found.overall,
        **size,
        **read_wild(found.wild),
        n_treated=counts["n_treated"],
        n_comparison=counts["n_comparison"],
        n_clusters=found.n_units,
        checks=_check(found, unit=pupils.indicator.unit),
        rating=rating.rating,
        rating_reasons=rating.reasons,
        note=NOTE,
    )
    return withdraw(result, reason=ONE_YEAR) if found.pre_trend is None else result


def compare_phased(pupils: Pupils, *, rows: pd.DataFrame, ci_level: float) -> tuple[Estimate, int]:
    """Estimate how far the effect of a phased start differs between two groups of students.

    Parameters
    ----------
    pupils : Pupils
        All schools.
    rows : DataFrame
        Their rows of the two groups, with ``member`` (1 focus, 0 reference).
    ci_level : float
        Confidence level.

    Returns
    -------
    difference : Estimate
        Effect on the focus less that on the reference, from each school's difference between their means.
    n : int
        Students of the schools and years that have enough of both.

    Raises
    ------
    TooFewError
        Too few schools have enough students of both in every year.
    """
    distances = find_distances(level_scores(rows.dropna(subset=["score"])), over=["school", "school_year"])
    try:
        found = _fit(distances, starts=find_starts(pupils), ci_level=ci_level)
    except TooFewError:
        told = f"too few schools have {LEAST_IN_MEAN} students of both groups in every year"
        raise TooFewError(told) from None
    return found.overall, int(distances["n"].sum())


def level_scores(known: pd.DataFrame) -> pd.DataFrame:
    """Hold grades level over all years, so that a school is compared with its own past.

    Parameters
    ----------
    known : DataFrame
        Rows of :class:`Pupils` with a score.

    Returns
    -------
    DataFrame
        With ``level``, in the unit of the score.
    """
    return known.assign(level=known["score"] - known.groupby("grade")["score"].transform("mean"))


def find_distances(known: pd.DataFrame, *, over: list[str]) -> pd.DataFrame:
    """Find the distance between the means of two groups of students.

    Parameters
    ----------
    known : DataFrame
        ``level`` and ``member`` (1 focus, 0 reference).
    over : list of str
        Columns whose combinations get a distance each.

    Returns
    -------
    DataFrame
        ``over``, ``level`` (focus less reference) and ``n``, where both groups have enough students.

    Raises
    ------
    TooFewError
        Nowhere are there enough students of both groups.
    """
    focus, other = (
        known[known["member"] == one].groupby(over)["level"].agg(["mean", "size"]).add_suffix(name)
        for one, name in ((1.0, "_focus"), (0.0, "_other"))
    )
    both = focus.join(other, how="inner")
    both = both[both[["size_focus", "size_other"]].min(axis=1) >= LEAST_IN_MEAN]
    if both.empty:
        raise TooFewError(f"nowhere are there {LEAST_IN_MEAN} students of both groups")
    distance = {"level": both["mean_focus"] - both["mean_other"], "n": both["size_focus"] + both["size_other"]}
    return pd.DataFrame(distance).reset_index()


def _fit(means: pd.DataFrame, *, starts: pd.Series, ci_level: float, n_wild: int = 0) -> StaggeredEffect:
    return estimate_staggered(
        outcome=means["level"].to_numpy(dtype="float64"),
        unit=means["school"].to_numpy(dtype=object).astype("U"),
        period=means["school_year"].str[:4].to_numpy(dtype="float64"),
        start=means["school"].map(starts).to_numpy(dtype="float64"),
        ci_level=ci_level,
        n_wild=n_wild,
    )


def _find_baseline(means: pd.DataFrame, *, starts: pd.Series, sd: float) -> dict[str, float]:
    """Difference between starters and the others in the first year, in student standard deviations."""
    first = means[means["school_year"] == means["school_year"].min()]
    ever = np.isfinite(first["school"].map(starts).to_numpy(dtype="float64"))
    if not ever.any() or ever.all():
        return {}
    levels = first["level"].to_numpy(dtype="float64")
    return {"the outcome in the first year": float(levels[ever].mean() - levels[~ever].mean()) / sd}


def _check(found: StaggeredEffect, *, unit: str) -> tuple[Check, ...]:
    checks = []
    trend = found.pre_trend
    if trend is None:
        sentence = "There is only one year before the first start, so trends before it cannot be compared."
        checks.append(Check(name="trends before the start", passed=None, sentence=sentence))
    else:
        p_value = trend.slope.p_value if trend.joint_p_value is None else trend.joint_p_value
        told = "did not differ" if p_value >= MIN_PRE_P else "differed"
        checks.append(
            Check(
                name="trends before the start",
                passed=p_value >= MIN_PRE_P,
                sentence=(
                    f"Before the start the trends {told} beyond chance; a difference under "
                    f"{format_number(trend.smallest_detectable_slope, decimals=1)} {unit} a year would mostly "
                    "go unseen "
                    f"and would add {format_number(trend.bias_if_undetected, decimals=1)} to the effect."
                ),
            )
        )
    after = [
        f"{format_number(one.estimate, decimals=1, signed=True)} in year {k + 1}"
        for k, one in found.by_relative.items()
        if k >= 0
    ]
    left_out = [
        f"{n} {which}"
        for n, which in (
            (found.n_left_out_gaps, "with a missing year"),
            (found.n_left_out_always, "that had it from the beginning"),
        )
        if n
    ]
    verb = "is" if found.n_left_out_gaps + found.n_left_out_always == 1 else "are"
    told = f", and {join_words(left_out)} {verb} left out" if left_out else ""
    checks.append(
        Check(
            name="schools",
            passed=not left_out,
            sentence=f"{found.n_treated} of {found.n_units} schools started{told}. By year of use: {', '.join(after)}.",
        )
    )
    return tuple(checks)
