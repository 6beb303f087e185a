"""How students grow within a year and over the summer, beside students of the same grade in the other schools."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.frames import name_schools, read_scores
from mtss_analysis.findings.root_causes.rows import name_teachers
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.stats import Estimate, fit_clustered

SEGMENTS = {
    "fall to winter": ("fall", "winter"),
    "winter to spring": ("winter", "spring"),
    "fall to spring": ("fall", "spring"),
    "summer": ("spring", "fall"),
}
"""Each segment's windows; the summer leads from a year's spring to the next year's fall."""
LEAST_HEAP_PCT = 1.0
"""An extreme score is an end of the scale if at least this percent of all scores are there; else one student's."""
_KEYS = ["school_year", "grade", "segment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How one school's students grew in one segment of one year.

    Parameters
    ----------
    change : float or None
        Mean change of students with both scores, in the measure's unit; None: see ``reason``.
    expected : float or None
        Mean change in the other schools, at this school's numbers by grade.
    excess : Estimate or None
        Change beyond the expected.
    at_limit_pct : float
        Percent of the students at an end of the scale at the start or at the end.
    n : int
        Students with both scores.
    """

    school_year: str
    segment: str
    change: float | None
    expected: float | None
    excess: Estimate | None
    at_limit_pct: float
    n: int
    reason: str


def pair_windows(tables: Callable[[str], pd.DataFrame], *, indicator: Indicator) -> pd.DataFrame:
    """Pair the scores that a student has at both ends of a segment, in the same school.

    Parameters
    ----------
    tables : callable
        Gives a table by its name.
    indicator : Indicator
        The measure; all its windows are read.

    Returns
    -------
    DataFrame
        The columns of ``enrollments`` of the later score with ``segment``, ``start``, ``end`` and ``change``, in the
        measure's unit.
    """
    by_window = {
        window: read_scores(tables, indicator=replace(indicator, window=window))
        for window in ("fall", "winter", "spring")
    }
    blocks = []
    for segment, (first, last) in SEGMENTS.items():
        keys = [
            "student_id",
            "school_year",
            *(["district_id"] if "district_id" in by_window[first] else []),
            "school_id",
        ]
        start = by_window[first][[*keys, "score"]].rename(columns={"score": "start"}).dropna(subset="start")
        if segment == "summer":
            start = start.assign(school_year=start["school_year"].map(_name_next_year))
        paired = by_window[last].rename(columns={"score": "end"}).dropna(subset="end")
        paired = paired.merge(start.drop_duplicates(keys), on=keys, how="inner")
        blocks.append(paired.assign(segment=segment, change=paired["end"] - paired["start"]))
    return pd.concat(blocks, ignore_index=True)


def compare_growth(tables: Callable[[str], pd.DataFrame], *, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum up the changes of all schools, and find the ends of the scales.

    Parameters
    ----------
    tables : callable
        Gives a table of the whole state by its name.
    settings : Settings
        Indicators.

    Returns
    -------
    sums : DataFrame
        ``measure``, ``school`` (with its district), ``school_year``, ``grade``, ``segment``, ``n``, ``total`` change.
    limits : DataFrame
        ``measure``, ``lowest``, ``highest``; missing where no end of the scale is reached by 1 % of the scores.
    """
    sums, limits = [], []
    for indicator in settings.indicators:
        pairs = pair_windows(tables, indicator=indicator)
        pairs = pairs.assign(school=name_schools(pairs))
        total = pairs.groupby(["school", *_KEYS], sort=True)["change"].agg(n="size", total="sum").reset_index()
        sums.append(total.assign(measure=indicator.measure))
        scores = tables("screenings")
        known = scores.loc[scores["measure"] == indicator.measure, "score"].dropna()
        lowest, highest = (_find_end(known, end) for end in (known.min(), known.max()))
        limits.append({"measure": indicator.measure, "lowest": lowest, "highest": highest})
    return pd.concat(sums, ignore_index=True), pd.DataFrame(limits)


def estimate_growth(
    pairs: pd.DataFrame,
    *,
    school: str,
    sums: pd.DataFrame,
    limits: Mapping[str, float],
    most_at_limit_pct: float,
    ci_level: float,
) -> list[Growth]:
    """Estimate how one school's students grew, each segment of each year.

    Parameters
    ----------
    pairs : DataFrame
        One school's rows of :func:`pair_windows`.
    school : str
        Its name in ``sums``.
    sums : DataFrame
        From :func:`compare_growth`, one measure.
    limits : mapping of str to float
        ``lowest`` and ``highest`` of the measure; NaN where there is none.
    most_at_limit_pct : float
        With more students at an end of the scale, percent, growth is not judged.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    list of Growth
        By year and segment. Intervals are clustered by teacher (CR2).
    """
    if pairs.empty:
        return []
    others = sums[sums["school"] != school].groupby(_KEYS, sort=True)[["n", "total"]].sum()
    expected = (others["total"] / others["n"]).rename("expected").reset_index()
    rows = pairs.merge(expected, on=_KEYS, how="left")
    found = []
    for (school_year, segment), mine in rows.groupby(["school_year", "segment"], sort=True):
        ends = mine[["start", "end"]]
        at_limit = ((ends == limits["lowest"]) | (ends == limits["highest"])).any(axis=1)
        excess, reason = None, ""
        compared = mine[mine["expected"].notna()]
        at_limit_pct = 100 * float(at_limit.mean())
        if at_limit_pct > most_at_limit_pct:
            reason = "too many students are at an end of the scale, so growth cannot be measured"
        elif compared.empty:
            reason = "no other school has students of these grades with both scores"
        else:
            excess, reason = _estimate_excess(compared, ci_level=ci_level)
        found.append(
            Growth(
                school_year=str(school_year),
                segment=str(segment),
                change=float(compared["change"].mean()) if excess else None,
                expected=float(compared["expected"].mean()) if excess else None,
                excess=excess,
                at_limit_pct=at_limit_pct,
                n=len(mine),
                reason=reason,
            )
        )
    return sorted(found, key=lambda one: (one.school_year, list(SEGMENTS).index(one.segment)))


def _estimate_excess(rows: pd.DataFrame, *, ci_level: float) -> tuple[Estimate | None, str]:
    beyond = (rows["change"] - rows["expected"]).to_numpy(dtype="float64")
    try:
        fit = fit_clustered(
            outcome=beyond,
            design=np.ones((len(rows), 1)),
            names=("constant",),
            clusters=name_teachers(rows).to_numpy(dtype=object).astype("U"),
            ci_level=ci_level,
        )
        return fit.coefficient("constant"), ""
    except TooFewError as error:
        return None, str(error)


def _find_end(scores: pd.Series, end: float) -> float:
    return float(end) if len(scores) and 100 * float((scores == end).mean()) >= LEAST_HEAP_PCT else float("nan")


def _name_next_year(school_year: str) -> str:
    first = int(school_year[:4]) + 1
    return f"{first}-{(first + 1) % 100:02d}"
