"""What goes with standing across the state, and at which level students differ."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.columns import KINDS
from mtss_analysis.findings.root_causes.pairs import find_second_splits
from mtss_analysis.findings.root_causes.ratios import FRAME as RATIOS
from mtss_analysis.findings.root_causes.ratios import compare_ratios, read_ratios
from mtss_analysis.findings.root_causes.rows import DrillRows, gather_rows
from mtss_analysis.findings.root_causes.splits import Split, split_by_factors
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import VarianceRatios, adjust_p_values, partition_variance

LEVELS = ("district", "school", "classroom", "student")
FACTOR_FRAMES = ("factors", "factor_pairs", RATIOS)
PAIR_COLUMNS = ["measure", "kind", "first", "second", "added_p", "together_p"]
LEAST_IN_PAIR = 100
"""Students of all schools from which on a combination of two factors is looked at by itself."""


def compare_factors(
    tables: Tables, *, scores_by_measure: Mapping[str, pd.DataFrame], settings: Settings
) -> dict[str, pd.DataFrame]:
    """Split the whole state's students by each declared factor, within schools, grades and years.

    Parameters
    ----------
    tables : Tables
        The tables of the whole state.
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Factors, confidence level, false-discovery rate.

    Returns
    -------
    dict of str to DataFrame
        ``factors``: one row per measure, factor and category (category missing where the factor cannot be split):
        ``share_pct``, ``share_low``, ``share_high``, ``held_out_pct``, ``level_p``, ``trend_p``, ``n_all``,
        ``n_clusters`` of the factor; ``n``, ``n_teachers``, ``deviation``, ``std_error``, ``ci_low``, ``ci_high`` of
        the category; ``reason``.
        ``factor_pairs``: one row per measure, kind (``level`` or ``change``), first factor that is told apart and
        second factor: ``added_p``, ``together_p``.
        ``factor_ratios``: see :func:`mtss_analysis.findings.root_causes.ratios.compare_ratios`.
    """
    ratios = compare_ratios(scores_by_measure)
    reader = _OneFrame(ratios)
    minimum = get_profile(settings.profile).minimum
    factors = [factor for factor in settings.factors if not factor.is_unit]
    rows: list[dict[str, object]] = []
    pairs: list[dict[str, object]] = []
    for measure, scores in scores_by_measure.items():
        gathered = gather_rows(tables, has=tables.has, scores=scores, factors=factors, minimum=minimum)
        found = read_ratios(reader, measure=measure, rows=gathered)
        splits = split_by_factors(gathered, ratios=found, ci_level=settings.ci_level)
        for split in splits:
            rows.extend({"measure": measure, **row} for row in flatten_split(split))
        if found is not None:
            seconds = _split_again(gathered, splits, ratios=found, settings=settings)
            pairs.extend({"measure": measure, **row} for row in seconds)
    return {
        "factors": pd.DataFrame(rows),
        "factor_pairs": pd.DataFrame(pairs, columns=PAIR_COLUMNS).astype(
            {"added_p": "float64", "together_p": "float64"}
        ),
        RATIOS: ratios,
    }


def _split_again(
    rows: DrillRows, splits: Sequence[Split], *, ratios: VarianceRatios, settings: Settings
) -> Iterator[dict[str, object]]:
    """Test second splits beneath the factors that are told apart in the state."""
    tests = [(place, kind) for place in range(len(splits)) for kind in KINDS]
    p_values = [test.p_value if (test := splits[place].test(kind)) else np.nan for place, kind in tests]
    chosen = adjust_p_values(np.array(p_values, dtype=np.float64)) <= settings.false_discovery_rate
    for (place, kind), is_chosen in zip(tests, chosen, strict=True):
        if is_chosen:
            first = rows.factors[place]
            for second in find_second_splits(rows, first=first, kind=kind, ratios=ratios, minimum=LEAST_IN_PAIR):
                yield {
                    "kind": kind,
                    "first": second.first.id,
                    "second": second.second.id,
                    "added_p": np.nan if second.added_p is None else second.added_p,
                    "together_p": np.nan if second.together_p is None else second.together_p,
                }


class _OneFrame:
    """Gives the ratios that were just estimated."""

    def __init__(self, ratios: pd.DataFrame) -> None:
        self._ratios = ratios

    def frame(self, name: str) -> pd.DataFrame:
        """Give them by their name."""
        if name != RATIOS:
            raise KeyError(name)
        return self._ratios


def flatten_split(split: Split) -> list[dict[str, object]]:
    """Write a split as rows, one per category, or one where there is none.

    Parameters
    ----------
    split : Split
        What one factor shows.

    Returns
    -------
    list of dict
        Keys as in :func:`compare_factors`, without the measure.
    """
    whole: dict[str, object] = {
        "factor": split.factor_id,
        "share_pct": split.share.estimate if split.share else np.nan,
        "share_low": split.share.ci_low if split.share else np.nan,
        "share_high": split.share.ci_high if split.share else np.nan,
        "held_out_pct": np.nan if split.held_out is None else split.held_out,
        "level_p": split.level_test.p_value if split.level_test else np.nan,
        "trend_p": split.trend_test.p_value if split.trend_test else np.nan,
        "n_all": split.n,
        "n_clusters": split.n_clusters,
        "reason": split.reason,
    }
    rows = []
    for category in split.categories:
        deviation = category.deviation
        rows.append(
            {
                **whole,
                "category": category.category,
                "n": category.n,
                "n_teachers": category.n_teachers,
                "deviation": deviation.estimate if deviation else np.nan,
                "std_error": deviation.std_error if deviation else np.nan,
                "ci_low": deviation.ci_low if deviation else np.nan,
                "ci_high": deviation.ci_high if deviation else np.nan,
                "category_reason": category.reason,
            }
        )
    return rows or [whole]


def partition_levels(scores_by_measure: Mapping[str, pd.DataFrame], *, settings: Settings) -> pd.DataFrame:
    """Partition the spread of scores over district, school, classroom and student, year by year.

    Parameters
    ----------
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Confidence level.

    Returns
    -------
    DataFrame
        One row per measure, year and level, all grades together with the grade held constant: ``share_pct``,
        ``ci_low``, ``ci_high``, ``n_groups``, ``n``,
        ``reason`` (why there is none, or that a level cannot be told from the one within it).
    """
    rows: list[dict[str, object]] = []
    for measure, scores in scores_by_measure.items():
        known = scores[scores["standing"].notna()]
        for school_year, year in known.groupby("school_year", sort=True):
            place = {"measure": measure, "trend_grade": ALL, "school_year": school_year}
            rows.extend({**place, **row} for row in _partition(year, ci_level=settings.ci_level))
    return pd.DataFrame(rows)


def _partition(year: pd.DataFrame, *, ci_level: float) -> list[dict[str, object]]:
    school = year["district_id"] + " " + year["school_id"]
    rooms = pd.Series(cluster_ids(year), index=year.index)
    groupings = {
        "district": year["district_id"],
        "school": school,
        "classroom": school + " " + rooms.where(year["classroom_id"].notna(), year["student_id"]),
    }
    levels, left_out = _tellable(groupings, n=len(year))
    if not levels:
        return [{"level": "student", "n": len(year), "reason": "no level above the student can be told apart"}]
    grades = pd.get_dummies(year["grade"].fillna("not known"), prefix="grade")
    try:
        partition = partition_variance(
            outcome=year["standing"].to_numpy(dtype="float64"),
            levels=levels,
            design=grades.to_numpy(dtype="float64"),
            names=list(grades.columns),
            ci_level=ci_level,
        )
    except TooFewError as error:
        return [{"level": "student", "n": len(year), "reason": str(error)}]
    return [
        {
            "level": share.level,
            "share_pct": share.share_pct,
            "ci_low": share.ci_low_pct,
            "ci_high": share.ci_high_pct,
            "n_groups": share.n_groups,
            "n": partition.n,
            "reason": left_out,
        }
        for share in partition.shares
    ]


def _tellable(groupings: Mapping[str, pd.Series], *, n: int) -> tuple[dict[str, np.ndarray], str]:
    """Keep the levels that have at least two groups and more groups below them."""
    levels: dict[str, np.ndarray] = {}
    left_out = []
    names = list(groupings)
    for place, name in enumerate(names):
        count = groupings[name].nunique()
        inner = groupings[names[place + 1]].nunique() if place + 1 < len(names) else n
        if count >= 2 and inner > count:
            levels[name] = groupings[name].to_numpy(dtype=object).astype("U")
        else:
            left_out.append(name)
    reason = f"{' and '.join(left_out)} cannot be told from the level within" if left_out else ""
    return levels, reason
