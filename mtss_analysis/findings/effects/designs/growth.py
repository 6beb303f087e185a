"""Growth over the windows of a year: students who took part against others who started alike."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.grades import check_analysed, count_samples, read_wild, size_effect
from mtss_analysis.findings.effects.designs.pupils import LEAST_KNOWN, Pupils, count_weeks, find_icc, list_covariates
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline, say_too_few
from mtss_analysis.findings.effects.designs.staggered import find_starts
from mtss_analysis.show import format_number
from mtss_analysis.stats import Estimate, estimate_smd, rate_design, summarise_group
from mtss_analysis.stats.growth import GrowthDifference, estimate_growth_difference

MIN_SCHOOLS = 4
LEAST_IN_CELL = 10
LEAST_OTHERS = 2
"""Schools on either side where whole schools take part."""
FURTHEST_APART = 0.5
"""Standard deviations between the groups at the start beyond which a straight line between the scores before and
after cannot be trusted to make them comparable: Rubin (2001), Health Services and Outcomes Research Methodology 2,
169-188, section 4."""
NOTE = (
    "it takes it that students with the same first score would have grown alike, and nothing that is not recorded "
    "decided who took part"
)


def estimate_growth(pupils: Pupils, *, ci_level: float, by_school: bool = True) -> DesignResult:
    """Estimate how much more those who took part grew from the fall screening to the outcome's window.

    Parameters
    ----------
    pupils : Pupils
        All schools, or one.
    ci_level : float
        Confidence level.
    by_school : bool
        Whether chance is reckoned between schools; else between students, for one school alone.

    Returns
    -------
    DesignResult
        From all windows of the year; where whole schools take part, their first year against schools without it.
    """
    offered, whole = _find_followed(pupils)
    known = offered[offered["outcome"].notna() & offered["baseline"].notna()]
    treated = (known["side"] > 0).to_numpy()
    counts: dict[str, Any] = {
        "n_treated": int(treated.sum()),
        "n_comparison": int((~treated).sum()),
        "n_clusters": int(known["school"].nunique()),
    }
    if reason := _refuse(pupils, offered=offered, known=known, whole=whole, by_school=by_school):
        return decline("growth", reason=reason, **counts)
    try:
        apart = _compare_starts(known)
        if abs(apart) > FURTHEST_APART:
            reason = (
                f"the groups started {abs(apart):.2f} standard deviations apart, too far for growth to be compared "
                "between students who were alike"
            )
            return decline("growth", reason=reason, **counts)
        rows = _lay_out(pupils, offered=offered, whole=whole)
        found = _fit(rows, pupils=pupils, by_school=by_school, ci_level=ci_level)
        outcome = known["outcome"].to_numpy(dtype="float64")
        size = size_effect(
            effect=found.effect,
            treated=outcome[treated],
            comparison=outcome[~treated],
            mean_cluster_size=len(known) / counts["n_clusters"] if whole else 1.0,
            icc=find_icc(known, domain=pupils.indicator.domain) if whole else 0.0,
        )
    except TooFewError as reason:
        return decline("growth", reason=str(reason), **counts)
    rating = rate_design(
        assignment="not randomised",
        n_units_treated=int(known.loc[treated, "school"].nunique()) if whole else counts["n_treated"],
        n_units_comparison=int(known.loc[~treated, "school"].nunique()) if whole else counts["n_comparison"],
        attrition=None,
        baseline_g={"fall score": apart},
        adjusted=True,
    )
    return DesignResult(
        design="growth",
        estimate=found.effect,
        **size,
        **read_wild(found.wild),
        n_treated=counts["n_treated"],
        n_comparison=counts["n_comparison"],
        n_clusters=counts["n_clusters"] if by_school else 1,
        checks=_check(rows, offered=offered, apart=apart),
        rating=rating.rating,
        rating_reasons=rating.reasons,
        note=NOTE,
    )


def compare_growth(pupils: Pupils, *, rows: pd.DataFrame, ci_level: float) -> tuple[Estimate, int]:
    """Estimate how far the effect on growth differs between two groups of students.

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
        Effect on the focus less that on the reference.
    n : int
        Students.

    Raises
    ------
    TooFewError
        A side has too few students of a group.
    """
    offered, whole = _find_followed(replace(pupils, rows=rows))
    known = offered[offered["outcome"].notna() & offered["baseline"].notna()]
    if len(known.groupby(["side", "member"])) < 4 or known.groupby(["side", "member"]).size().min() < LEAST_IN_CELL:
        raise TooFewError("too few students of a group were in one of the arms")
    found = _fit(_lay_out(pupils, offered=offered, whole=whole), pupils=pupils, by_school=True, ci_level=ci_level)
    return found.effect, len(known)


def _fit(rows: pd.DataFrame, *, pupils: Pupils, by_school: bool, ci_level: float) -> GrowthDifference:
    covariates = list_covariates(rows, pupils=pupils, baseline=False)
    return estimate_growth_difference(
        outcome=rows["value"].to_numpy(dtype="float64"),
        exposure=rows["exposure"].to_numpy(dtype="float64"),
        occasion=rows["occasion"].to_numpy(dtype="int64"),
        student=rows["student"].to_numpy(dtype=object).astype("U"),
        groups=rows["group"].to_numpy(dtype=object).astype("U"),
        covariates=np.column_stack(list(covariates.values())) if covariates else None,
        moderator=rows["member"].to_numpy(dtype="float64") if "member" in rows else None,
        clusters=rows["school"].to_numpy(dtype=object).astype("U") if by_school else None,
        ci_level=ci_level,
        n_wild=count_samples(rows["school"].nunique()) if by_school and "member" not in rows else 0,
    )


def _find_followed(pupils: Pupils) -> tuple[pd.DataFrame, bool]:
    """Give the students to compare, with ``side``, and whether it is whole schools that take part.

    A student of two schools in one year counts in the one with the outcome.
    """
    order = pupils.rows["outcome"].isna().sort_values(kind="stable").index
    rows = pupils.rows.loc[order].drop_duplicates(["student_id", "school_year"]).sort_index()
    if str(pupils.intervention.get("assignment")) != "phased":
        within = rows.groupby(["school", "grade", "school_year"], dropna=False)["received"]
        return rows[within.transform("max") > 0].assign(side=lambda of: of["received"]), False
    starts = find_starts(pupils) if len(rows) else pd.Series(dtype="float64")
    year = rows["school_year"].str[:4].astype("float64")
    start = rows["school"].map(starts).astype("float64")
    fresh = rows[(year <= start) & year.isin(starts[np.isfinite(starts)])]
    return fresh.assign(side=(year == start)[fresh.index].astype("float64")), True


def _refuse(pupils: Pupils, *, offered: pd.DataFrame, known: pd.DataFrame, whole: bool, by_school: bool) -> str:
    sides = {side: offered[offered["side"] == side] for side in (1.0, 0.0)}
    n_schools = known["school"].nunique()
    on_a_side = known.groupby("side")["school"].nunique().reindex([0.0, 1.0], fill_value=0).min()
    reasons = {
        "no student with this outcome took part": sides[1.0].empty,
        "everybody took part, so nobody's growth can be compared with theirs": sides[0.0].empty,
        "there is no earlier screening in the same year, so growth within a year is not seen": (
            pupils.waves["window"].nunique() < 2
        ),
        "the outcome is not known of any student who took part": not sides[1.0]["outcome"].notna().any(),
        f"a fall score is known of fewer than {100 * LEAST_KNOWN:.0f}% of a group": any(
            _share_known(side) < LEAST_KNOWN for side in sides.values()
        ),
        say_too_few(n_schools, least=MIN_SCHOOLS): by_school and n_schools < MIN_SCHOOLS,
        f"fewer than {LEAST_OTHERS} schools stand on one side of the comparison": (
            whole and by_school and on_a_side < LEAST_OTHERS
        ),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _share_known(side: pd.DataFrame) -> float:
    """Share of those with an outcome whose fall score is known."""
    known = side["outcome"].notna()
    return float(side.loc[known, "baseline"].notna().mean()) if known.any() else 0.0


def _compare_starts(known: pd.DataFrame) -> float:
    treated = (known["side"] > 0).to_numpy()
    before = known["baseline"].to_numpy(dtype="float64")
    return estimate_smd(treated=summarise_group(before[treated]), comparison=summarise_group(before[~treated])).g


def _lay_out(pupils: Pupils, *, offered: pd.DataFrame, whole: bool) -> pd.DataFrame:
    """One row per student, year and window: value, exposure so far, and the group within which growth is compared."""
    # A line that begins without a fall score would be compared with those of students unlike it.
    begun = offered[offered["baseline"].notna()]
    waves = pupils.waves.assign(occasion=pupils.waves["window"].map({"fall": 0, "winter": 1, "spring": 2}))
    rows = begun.merge(waves.drop(columns="window"), on=["student_id", "school_year"], suffixes=("", "_then"))
    weeks = rows.pivot_table(index="school_year", columns="occasion", values="week", aggfunc="first")
    first, last = int(rows["occasion"].min()), int(rows["occasion"].max())
    from_week, to_week = (rows["school_year"].map(_at(weeks, place)) for place in (first, last))
    week = rows["week"]
    start = np.maximum(from_week, _find_start(pupils, rows=rows).fillna(from_week))
    share = ((week - start) / (to_week - start)).where(to_week > start)
    even = (rows["occasion"] - first) / max(last - first, 1)
    cohort = rows["grade"].astype("str") + " " + rows["school_year"]
    exposure = rows["side"] * share.fillna(even).clip(0, 1)
    return rows.assign(
        value=rows["score_then"],
        exposure=exposure,
        student=rows["student_id"].astype("str") + " " + rows["school_year"],
        group=cohort if whole else rows["school"] + " " + cohort,
    )


def _at(weeks: pd.DataFrame, occasion: int) -> pd.Series:
    return weeks[occasion] if occasion in weeks else pd.Series(np.nan, index=weeks.index)


def _find_start(pupils: Pupils, *, rows: pd.DataFrame) -> pd.Series:
    """Week in which each student's participation began; missing where it is not known."""
    keys = ["student_id", "school_year"]
    week = pupils.services.assign(week=count_weeks(pupils.services)).groupby(keys)["week"].min()
    found = week.reindex(pd.MultiIndex.from_frame(rows[keys]))
    return pd.Series(found.to_numpy(dtype="float64"), index=rows.index)


def _check(rows: pd.DataFrame, *, offered: pd.DataFrame, apart: float) -> tuple[Check, ...]:
    occasions = int(rows["occasion"].nunique())
    checks = [
        Check(
            name="same start",
            passed=abs(apart) <= 0.25,  # WWC Procedures and Standards Handbook 5.0: baseline equivalence
            sentence=f"In fall the groups were {format_number(abs(apart), decimals=2)} standard deviations apart.",
        ),
        Check(
            name="windows",
            passed=True if occasions > 2 else None,
            sentence=f"Growth is seen over {occasions} screening windows of a year.",
        ),
    ]
    return (*checks, *check_analysed(offered, side="side"))
