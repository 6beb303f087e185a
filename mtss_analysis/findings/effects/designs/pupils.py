"""The students that an intervention is about: outcome, baseline, score that assigns, and what they received."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.district import find_school_year
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.frames import name_schools
from mtss_analysis.findings.settings import EffectQuestion, Indicator
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures import join_scores
from mtss_analysis.measures.arms import is_true
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.effect_sizes import DEFAULT_ICC_ACHIEVEMENT, DEFAULT_ICC_OTHER

LEAST_KNOWN = 0.7
"""Share of students of whom a baseline must be known before it is used, a convention of this kit."""
COVARIATES: Mapping[str, str] = {
    "economically_disadvantaged": "family income",
    "english_learner": "English learner",
    "disability": "disability",
    "sex": "sex",
}
STEP = 1e-6
WINDOWS = ("fall", "winter", "spring")
"""Screening windows in the order of a school year."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pupils:
    """One intervention and one outcome, ready for every design.

    Parameters
    ----------
    rows : DataFrame
        One row per enrolled student and school year: ``student_id``, ``school`` (named with its district),
        ``district_id``, ``school_id``, ``classroom``, ``school_year``, ``grade``, ``score`` (outcome), ``outcome``
        (less
        the mean of grade and year), ``baseline`` (the same measure in fall, less the mean of grade and year),
        ``raw_baseline``,
        ``distance`` (assignment score less its cut), ``received`` (0 or 1), covariates (0 or 1).
    intervention : Series
        Its row of ``interventions``.
    services : DataFrame
        Its rows of ``services`` with ``school_year``.
    covariates : tuple of str
        Columns of ``rows`` that tell students apart beforehand.
    waves : DataFrame
        One row per student, school year and window of the same measure, up to that of the outcome: ``student_id``,
        ``school_year``, ``window``, ``score``, and ``week`` of the year's median date in that window (missing: no
        dates).
    n_undated : int
        Students left out because the start of their participation has no date.
    """

    question: EffectQuestion
    indicator: Indicator
    intervention: pd.Series
    rows: pd.DataFrame
    services: pd.DataFrame
    covariates: tuple[str, ...]
    waves: pd.DataFrame
    n_undated: int = 0

    @property
    def treated_below(self) -> bool:
        """Whether those with low scores are treated."""
        return str(self.intervention.get("treated_side") or "below") in {"below", "at_or_below"}

    def known(self, *columns: str) -> pd.DataFrame:
        """Rows in which the outcome and these columns are known."""
        return self.rows.dropna(subset=["outcome", *columns])

    def of_school(self, school: str) -> "Pupils":
        """Give the same for one school."""
        return Pupils(
            question=self.question,
            indicator=self.indicator,
            intervention=self.intervention,
            rows=self.rows[self.rows["school"] == school],
            services=self.services,
            covariates=self.covariates,
            waves=self.waves,
            n_undated=self.n_undated,
        )


def gather_pupils(tables: Tables, *, question: EffectQuestion, intervention: pd.Series, indicator: Indicator) -> Pupils:
    """Gather what is known of every student before, during and after an intervention.

    Parameters
    ----------
    tables : Tables
        ``enrollments``, ``screenings``, ``services``.
    question : EffectQuestion
        Which intervention.
    intervention : Series
        Its row of ``interventions``.
    indicator : Indicator
        Which outcome.

    Returns
    -------
    Pupils
        Students of grades and years in which the outcome is known of anybody.
    """
    enrollments, screenings = tables("enrollments"), tables("screenings")
    rows = join_scores(
        enrollments=enrollments, screenings=screenings, measure=indicator.measure, window=indicator.window
    )
    cells = ["grade", "school_year"]
    rows = rows[rows.groupby(cells, dropna=False)["score"].transform("count") > 0].reset_index(drop=True)
    before = screenings[(screenings["window"] == "fall") & (indicator.window != "fall")]
    baseline = before[before["measure"] == indicator.measure]
    rows["raw_baseline"] = _look_up(rows, baseline, column="score")
    rows["distance"] = _find_distance(rows, before, intervention=intervention, outcome=indicator.measure)
    services, undated = _find_services(tables, intervention_id=question.intervention_id)
    # Whoever took part in a year that is not known is neither treated nor compared in any.
    rows = rows[~rows["student_id"].isin(undated)].reset_index(drop=True)
    waves = _find_waves(screenings, indicator=indicator)
    begun = _find_begun(services, waves=waves, window=indicator.window)
    taken = pd.MultiIndex.from_frame(begun[["student_id", "school_year"]])
    rows["received"] = pd.MultiIndex.from_frame(rows[["student_id", "school_year"]]).isin(taken).astype("float64")
    for name, source in (("outcome", "score"), ("baseline", "raw_baseline")):
        rows[name] = rows[source] - rows.groupby(cells, dropna=False)[source].transform("mean")
    rows["school"] = name_schools(rows)
    rows["classroom"] = rows["school"] + " " + cluster_ids(rows)
    covariates = []
    for column in COVARIATES:
        if column in rows and rows[column].notna().any():
            rows[column] = (rows[column] == "male" if column == "sex" else is_true(rows[column])).astype("float64")
            covariates.append(column)
    if "district_id" not in rows:
        rows["district_id"] = ""
    kept = ["student_id", "district_id", "school_id", "school", "classroom", "school_year", "grade", "score", "outcome"]
    kept += ["raw_baseline", "baseline", "distance", "received", *covariates]
    return Pupils(
        question=question,
        indicator=indicator,
        intervention=intervention,
        rows=rows[kept],
        services=services,
        covariates=tuple(covariates),
        waves=waves,
        n_undated=len(undated),
    )


def list_covariates(rows: pd.DataFrame, *, pupils: Pupils, baseline: bool) -> dict[str, FloatArray]:
    """List the covariates that vary among the students analysed, by the words for them.

    Parameters
    ----------
    rows : DataFrame
        Students analysed.
    pupils : Pupils
        Says which columns there are.
    baseline : bool
        Whether the baseline is one of them.

    Returns
    -------
    dict of str to (n,) float array
        None missing.
    """
    named = {"fall score": "baseline"} if baseline else {}
    named |= {COVARIATES[column]: column for column in pupils.covariates}
    values = {name: rows[column].to_numpy(dtype="float64") for name, column in named.items()}
    return {name: column for name, column in values.items() if len(column) and float(np.ptp(column)) > 0}


def find_icc(rows: pd.DataFrame, *, domain: str) -> float:
    """Find the intraclass correlation of the outcome within schools, or the convention where there are too few.

    Parameters
    ----------
    rows : DataFrame
        ``outcome`` and ``school``.
    domain : str
        Achievement (reading, math) or another domain.

    Returns
    -------
    float
        By analysis of variance, not below zero.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, Appendix E: .20 for achievement and .10 for other outcomes where
    the data give none.
    """
    groups = rows.groupby("school")["outcome"]
    sizes = groups.size().to_numpy(dtype="float64")
    n, k = float(sizes.sum()), len(sizes)
    if k < 3 or n <= k:
        return DEFAULT_ICC_ACHIEVEMENT if domain in {"reading", "math"} else DEFAULT_ICC_OTHER
    between = float((sizes * (groups.mean() - rows["outcome"].mean()).to_numpy() ** 2).sum()) / (k - 1)
    within = float(((rows["outcome"] - groups.transform("mean")) ** 2).sum()) / (n - k)
    size = (n - float((sizes**2).sum()) / n) / (k - 1)
    variance = max((between - within) / size, 0.0)
    if variance + within <= 0:
        raise TooFewError("all scores are alike")
    return min(variance / (variance + within), 0.99)


def _look_up(rows: pd.DataFrame, screenings: pd.DataFrame, *, column: str) -> pd.Series:
    keys = ["student_id", "school_year"]
    found = screenings.dropna(subset=[column]).drop_duplicates(keys).set_index(keys)[column]
    return pd.Series(found.reindex(pd.MultiIndex.from_frame(rows[keys])).to_numpy(dtype="float64"), index=rows.index)


def _find_waves(screenings: pd.DataFrame, *, indicator: Indicator) -> pd.DataFrame:
    """Give the scores of the windows up to the outcome's, with the week in which each window lay."""
    last = WINDOWS.index(indicator.window) if indicator.window in WINDOWS else -1
    mine = screenings[(screenings["measure"] == indicator.measure) & screenings["window"].isin(WINDOWS[: last + 1])]
    keys = ["student_id", "school_year", "window"]
    mine = mine.dropna(subset=["score"]).drop_duplicates(keys)
    week = pd.Series(np.nan, index=mine.index)
    if "date" in mine and mine["date"].notna().any():
        when = pd.to_datetime(mine["date"])
        year = pd.to_datetime(mine["school_year"].str[:4] + "-07-01")
        weeks = (when - year).dt.days / 7
        week = weeks.groupby([mine["school_year"], mine["window"]]).transform("median")
    return mine[[*keys, "score"]].assign(week=week).reset_index(drop=True)


def _find_begun(services: pd.DataFrame, *, waves: pd.DataFrame, window: str) -> pd.DataFrame:
    """Give the participations that had begun when the outcome was measured; whoever began later had not received it."""
    last = waves[waves["window"] == window].groupby("school_year")["week"].first()
    ends = services["school_year"].map(last).astype("float64")
    start = count_weeks(services)
    return services[ends.isna() | start.isna() | (start < ends)]


def count_weeks(services: pd.DataFrame) -> pd.Series:
    """Count the weeks from the first of July of its school year to the start of each participation.

    Parameters
    ----------
    services : DataFrame
        ``start_date``, ``school_year``.

    Returns
    -------
    (n,) float Series
        Missing where no start is known.
    """
    first = services["school_year"].astype("str").str[:4] + "-07-01"
    year = pd.to_datetime(first, errors="coerce")
    return (pd.to_datetime(services["start_date"]) - year).dt.days.astype("float64") / 7


def _find_distance(rows: pd.DataFrame, before: pd.DataFrame, *, intervention: pd.Series, outcome: str) -> pd.Series:
    """Distance of the assignment score from its cut; a score at the cut of "at or below" lies below it."""
    named = intervention.get("assignment_measure")
    measure = outcome if named is None or pd.isna(named) else str(named)
    screened = before[before["measure"] == measure]
    score = _look_up(rows, screened, column="score")
    fixed = intervention.get("cut_score")
    if fixed is not None and pd.notna(fixed):
        cut = pd.Series(float(fixed), index=rows.index)
    elif "cut_score" in screened:
        cut = _look_up(rows, screened, column="cut_score")
    else:
        cut = pd.Series(np.nan, index=rows.index)
    side = str(intervention.get("treated_side") or "")
    return score - cut - (STEP if side in {"at_or_below", "above"} else 0.0)


def _find_services(tables: Tables, *, intervention_id: str) -> tuple[pd.DataFrame, set[str]]:
    """Give an intervention's dated services with their school year, and the students of those without a date."""
    if not tables.has("services"):
        return pd.DataFrame(columns=["student_id", "school_id", "school_year", "start_date"]), set()
    services = tables("services")
    mine = services[services["intervention_id"] == intervention_id]
    mine = mine.assign(school_year=find_school_year(mine["start_date"]))
    dated = mine["school_year"].notna()
    return mine[dated].reset_index(drop=True), set(mine.loc[~dated, "student_id"].dropna())
