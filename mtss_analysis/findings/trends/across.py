"""Levels and slopes of all schools: what may be printed, what the state's and the districts' are, what is shrunken."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import audit, get_profile, protect_counts, relations_by
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.shrunken import add_shrunken
from mtss_analysis.findings.trends.breaks import find_start
from mtss_analysis.findings.trends.coded import add_coded_shares
from mtss_analysis.findings.trends.levels import add_whole, summarise_levels
from mtss_analysis.findings.trends.mixed_slopes import estimate_mixed_slopes
from mtss_analysis.findings.trends.slopes import KINDS, SlopeCell, estimate_slopes
from mtss_analysis.measures.groups import ALL

STATE = "state"
DISTRICT = "district"
SCHOOL = "school"
_MEANS = ("mean_score", "mean_standing", "below_pct")


def compare_levels(scores_by_measure: Mapping[str, pd.DataFrame], *, settings: Settings) -> pd.DataFrame:
    """Summarise all schools, districts and the state, and decide what may be printed of each school.

    Parameters
    ----------
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Groups and disclosure profile.

    Returns
    -------
    DataFrame
        ``measure``, ``level`` and the columns of :func:`summarise_levels`, ``below_pct``, and for schools ``status``
        ("ok", or "withheld" for cells that are small or would give a small one away) and the share below the cut as
        it may be printed (``share_kind``, ``share_pct``, ``share_inclusive``). Districts' and the state's rows have
        means and no printable counts, so that no school's count follows from them. Where trends follow a grade, there
        are also rows of all grades together (``trend_grade`` ``all``), which are decided with those of the grades.
    """
    blocks = []
    for measure, scores in scores_by_measure.items():
        tested = set(scores.loc[scores["score"].notna(), "grade"])
        levels = summarise_levels(add_whole(scores, follow=settings.follow, tested=tested), groups=settings.groups)
        levels["status"] = _protect(levels, settings=settings)
        levels["level"] = SCHOOL
        levels["below_pct"] = 100 * levels["n_below"] / levels["n_cut"].where(levels["n_cut"] > 0)
        state = _pool_printed(levels, by=[], level=STATE)
        district = _pool_printed(levels, by=["district_id"], level=DISTRICT)
        together = pd.concat([levels, district, state], ignore_index=True)
        blocks.append(add_coded_shares(together, settings=settings).assign(measure=measure))
    return pd.concat(blocks, ignore_index=True)


def compare_slopes(
    scores_by_measure: Mapping[str, pd.DataFrame],
    *,
    settings: Settings,
    changes: pd.DataFrame | None = None,
    whole_only: bool = False,
) -> pd.DataFrame:
    """Estimate the trends of all schools and shrink each towards the mean of all.

    Parameters
    ----------
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Groups, confidence level and what a trend follows.
    changes : DataFrame, optional
        From :func:`mtss_analysis.findings.trends.breaks.find_scale_changes`: a trend begins after the last change that
        no link is declared for.
    whole_only : bool
        Where grades are followed, whether to estimate the trends of all students over all grades alone.

    Returns
    -------
    DataFrame
        One row per school, measure, trend grade (where grades are followed, also ``all``), group and kind: ``slope``,
        ``std_error``, ``df``, ``ci_low``, ``ci_high``, ``p_value``, ``n``, ``n_clusters``, ``varies``, ``reason``,
        ``shrunken``, ``shrunken_low``, ``shrunken_high``, ``n_schools`` (schools shrunken together); missing where not
        estimable.
    """
    rows: list[dict[str, object]] = []
    for measure, scores in scores_by_measure.items():
        compared, reasons = _leave_out_earlier(scores, measure=measure, changes=changes)
        rows.extend(
            {
                "measure": measure,
                "district_id": district_id,
                "school_id": school_id,
                **_flatten(cell, reason=reasons.get(cell.kind, "")),
            }
            for (district_id, school_id), cell in _estimate_slopes(compared, settings=settings, whole_only=whole_only)
        )
    slopes = pd.DataFrame(rows)
    together = slopes.groupby(["measure", "trend_grade", "group", "kind"], sort=True)
    shrunken = [
        add_shrunken(cells, estimate="slope", std_error="std_error", ci_level=settings.ci_level)
        for _, cells in together
    ]
    return pd.concat(shrunken).sort_index(ignore_index=True)


def split_levels(levels: pd.DataFrame, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Split what :func:`compare_levels` gives into levels of what a trend follows and those of the whole school.

    Parameters
    ----------
    levels : DataFrame
        From :func:`compare_levels`.
    settings : Settings
        What a trend follows.

    Returns
    -------
    dict of str to DataFrame
        ``levels``; and ``whole_levels``, all grades together, without rows where trends follow a cohort, whose levels
        are those of all grades.
    """
    whole = (levels["trend_grade"] == ALL) & (settings.follow == "grade")
    return {
        "levels": levels[~whole].reset_index(drop=True),
        "whole_levels": levels[whole].reset_index(drop=True),
    }


def _estimate_slopes(
    scores: pd.DataFrame, *, settings: Settings, whole_only: bool
) -> Iterator[tuple[tuple[str, str], SlopeCell]]:
    if settings.follow == "grade":
        yield from estimate_mixed_slopes(
            scores, groups=settings.groups, ci_level=settings.ci_level, whole_only=whole_only
        )
        return
    for (district_id, school_id), school in scores.groupby(["district_id", "school_id"], sort=True):
        for cell in estimate_slopes(school, groups=settings.groups, ci_level=settings.ci_level):
            yield (str(district_id), str(school_id)), cell


def _protect(levels: pd.DataFrame, *, settings: Settings) -> pd.Series:
    """Decide over all schools in one go; students whose group is not recorded are no group to protect."""
    profile = get_profile(settings.profile)
    cells = levels.assign(
        breakdown=levels["group"].where(levels["group"] == ALL, levels["group"].str.split("=").str[0])
    )
    relations = []
    for group in settings.groups:
        linked = cells[cells["breakdown"].isin([ALL, group.column])]
        relations += relations_by(
            linked,
            over="group",
            total=ALL,
            within=["school_id", "district_id", "trend_grade", "school_year"],
            protects_rest=False,
        )
    relations += relations_by(
        cells, over="trend_grade", total=ALL, within=["school_id", "district_id", "school_year", "group"]
    )
    statuses = protect_counts(cells, count="n", relations=relations, profile=profile)
    audit(cells, statuses, count="n", relations=relations, profile=profile).require(finding="levels")
    return statuses.where(statuses == "ok", "withheld")


def _pool_printed(levels: pd.DataFrame, *, by: list[str], level: str) -> pd.DataFrame:
    """Pool the schools of a district or state; where some are withheld, the means are those of the others.

    What is computed from printed means and counts alone gives nothing away of the schools that are withheld. Counts
    below the cut are those of all schools: shares are decided with them.
    """
    pooled = _pool(levels, by=by, level=level)
    keys = [*by, "trend_grade", "school_year", "group"]
    printed = _pool(levels[levels["status"] == "ok"], by=by, level=level)[[*keys, "mean_score", "mean_standing"]]
    return pooled.drop(columns=["mean_score", "mean_standing"]).merge(printed, on=keys, how="left")


def _pool(levels: pd.DataFrame, *, by: list[str], level: str) -> pd.DataFrame:
    keys = [*by, "trend_grade", "school_year", "group"]
    weights = {"mean_score": "n", "mean_standing": "n", "below_pct": "n_cut"}
    sums = levels[keys].copy()
    for column, weight in weights.items():
        known = levels[column].notna()
        sums[column] = (levels[column] * levels[weight]).where(known, 0.0)
        sums[f"weight_{column}"] = levels[weight].where(known, 0)
    sums[["n_below", "n_cut"]] = levels[["n_below", "n_cut"]]
    pooled = sums.groupby(keys, sort=True).sum().reset_index()
    for column in _MEANS:
        total_weight = pooled.pop(f"weight_{column}")
        pooled[column] = pooled[column] / total_weight.where(total_weight > 0)
    return pooled.assign(level=level)


def _leave_out_earlier(
    scores: pd.DataFrame, *, measure: str, changes: pd.DataFrame | None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Leave out the years before a change without a link, and say so for each kind of trend."""
    if changes is None or changes.empty:
        return scores, {}
    reasons = {}
    for kind in KINDS:
        start, reason = find_start(changes, measure=measure, kind=kind)
        if start:
            scores = scores.assign(**{kind: scores[kind].where(scores["school_year"] >= start)})
            reasons[kind] = reason
    return scores, reasons


def _flatten(cell: SlopeCell, *, reason: str) -> dict[str, object]:
    slope = cell.slope
    said = cell.reason and (f"{reason}: {cell.reason}" if reason else cell.reason)
    return {
        "trend_grade": cell.trend_grade,
        "group": cell.group,
        "kind": cell.kind,
        "slope": slope.estimate if slope else np.nan,
        "std_error": slope.std_error if slope else np.nan,
        "df": slope.df if slope else np.nan,
        "ci_low": slope.ci_low if slope else np.nan,
        "ci_high": slope.ci_high if slope else np.nan,
        "p_value": slope.p_value if slope else np.nan,
        "n": cell.n,
        "n_clusters": cell.n_clusters,
        "varies": cell.varies,
        "reason": said,
    }
