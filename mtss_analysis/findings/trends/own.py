"""One school's levels with intervals, holding nothing that may not be printed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import CodedShare, code_share, get_profile
from mtss_analysis.district import District
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.school import School, name_year, of_school
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.across import DISTRICT, STATE
from mtss_analysis.findings.trends.coded import read_coded_share
from mtss_analysis.findings.trends.levels import add_whole, summarise_levels
from mtss_analysis.measures.groups import ALL, order_grade
from mtss_analysis.measures.scores import ALIKE
from mtss_analysis.show import join_words, name_grade
from mtss_analysis.stats import Interval, estimate_proportion
from mtss_analysis.stats.estimate import make_t_estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLevel:
    """Where one school's students of a trend grade were in one year.

    Parameters
    ----------
    n : int or None
        Students with a score; None if withheld or if nobody has one, and then there is no other number either.
    empty : bool
        Whether no student of the school has a score, which is not withheld: the measure was not taken.
    score, standing : Interval or None
        Means, in the measure's unit and in state SD; None if withheld or fewer than two scores.
    sd_score : float or None
        Spread of the scores.
    below : CodedShare or None
        Share below the cut as it may be printed; None if there is no cut.
    below_interval : Interval or None
        Percent with its interval; None unless the share may be printed exactly.
    screened : CodedShare
        Share of enrolled students with a score, as it may be printed.
    district_score, state_score, district_standing, district_below_pct, state_below_pct : float or None
        What the school is compared with.
    """

    school_year: str
    trend_grade: str
    grades: str
    n: int | None
    empty: bool
    score: Interval | None
    standing: Interval | None
    sd_score: float | None
    below: CodedShare | None
    below_interval: Interval | None
    screened: CodedShare
    district_score: float | None
    state_score: float | None
    district_standing: float | None
    district_below_pct: float | None
    state_below_pct: float | None


def describe_years(
    district: District, *, school: School, indicator: Indicator, settings: Settings, comparison: Comparison
) -> tuple[YearLevel, ...]:
    """Describe each year of one school and indicator, all students together.

    Parameters
    ----------
    district : District
        The school's slice.
    school : School
        Which school.
    indicator : Indicator
        Measure and window.
    settings : Settings
        Confidence level and disclosure profile.
    comparison : Comparison
        Norms, the district's and the state's means, and what may be printed.

    Returns
    -------
    tuple of YearLevel
        Sorted by trend grade and year.
    """
    norms = comparison.frame("norms")
    scores = place_scores(district.table, indicator=indicator, norms=norms, settings=settings)
    scores = scores[scores["school_id"] == school.school_id].assign(district_id=school.district_id)
    tested = set(norms.loc[norms["measure"] == indicator.measure, "grade"])
    levels = summarise_levels(add_whole(scores, follow=settings.follow, tested=tested), groups=())
    every = pd.concat([comparison.frame("levels"), comparison.frame("whole_levels")], ignore_index=True)
    statuses = of_school(every, school=school, measure=indicator.measure, group=ALL)
    decided = [
        "trend_grade",
        "school_year",
        "status",
        *(name for name in statuses.columns if str(name).startswith("share_")),
    ]
    levels = levels.merge(statuses[decided], on=["trend_grade", "school_year"], how="left")
    wider = every[(every["measure"] == indicator.measure) & (every["group"] == ALL)]
    # A grade in which the measure is never taken has no rows, unless there is no other.
    given = levels.groupby("trend_grade")["n"].transform("sum") > 0
    given |= not given.any()
    described = [_describe(row, wider=wider, school=school, settings=settings) for _, row in levels[given].iterrows()]
    return tuple(
        sorted(described, key=lambda year: (not is_whole(year), *order_grade(year.trend_grade), year.school_year))
    )


def is_whole(year: YearLevel) -> bool:
    """Tell whether a row is of all grades together: its scores are on several scales, so that only standing counts."""
    return year.trend_grade == ALL and not year.grades


def name_part(year: YearLevel, *, years: Sequence[YearLevel]) -> str:
    """Name the grade whose number is printed where that of all grades may not be.

    Parameters
    ----------
    year : YearLevel
        The row that is told.
    years : sequence of YearLevel
        All rows of the school.

    Returns
    -------
    str
        Such as ``grade 5``; empty where the row is of all grades or the school has one line only.
    """
    if year.trend_grade == ALL or len({one.trend_grade for one in years}) < 2:
        return ""
    return join_words([name_grade(grade) for grade in year.grades.split(",") if grade])


def name_row(year: YearLevel) -> str:
    """Name a row of a table: ``2025–26, grade 3``, or ``2025–26, all grades``.

    Parameters
    ----------
    year : YearLevel
        The row.

    Returns
    -------
    str
        Cell text.
    """
    named = name_year(school_year=year.school_year, grades=year.grades)
    return f"{named}, all grades" if is_whole(year) else named


def order_rows(years: Sequence[YearLevel]) -> tuple[tuple[YearLevel, ...], int | None]:
    """Order the rows of a table and say how many are printed.

    Parameters
    ----------
    years : sequence of YearLevel
        As :func:`describe_years` gives them.

    Returns
    -------
    tuple of rows and int or None
        All grades together come first, then the grades of the latest year, which are printed as well, and last the
        grades of earlier years; None: there is no row of all grades, and all rows are printed in their order.
    """
    if not any(is_whole(year) for year in years):
        return tuple(years), None
    newest = max(year.school_year for year in years)
    first = [year for year in years if is_whole(year)]
    then = [year for year in years if not is_whole(year) and year.school_year == newest]
    rest = [year for year in years if not is_whole(year) and year.school_year != newest]
    return (*first, *then, *rest), len(first) + len(then)


def stands_beside_district(settings: Settings) -> bool:
    """Tell whether a school's numbers stand beside its district's as well as beside those of the population.

    Parameters
    ----------
    settings : Settings
        The population that schools are compared within.

    Returns
    -------
    bool
        False where the population is the district itself: one column says it.
    """
    return settings.population == STATE


def latest(years: Sequence[YearLevel]) -> YearLevel | None:
    """Return the latest year that may be printed, of all grades or else the highest trend grade, or None."""
    printable = [year for year in years if year.n is not None and year.standing is not None]
    return max(printable, key=lambda year: (year.school_year, order_grade(year.trend_grade)), default=None)


def is_stale(last: YearLevel, years: Sequence[YearLevel]) -> bool:
    """Tell whether a later year of the school has no number to print.

    Parameters
    ----------
    last : YearLevel
        The latest year that has one.
    years : sequence of YearLevel
        All years.

    Returns
    -------
    bool
        True where a reader would take the number for newer than it is.
    """
    return last.school_year < max(year.school_year for year in years)


def _describe(row: pd.Series, *, wider: pd.DataFrame, school: School, settings: Settings) -> YearLevel:
    profile = get_profile(settings.profile)
    here = wider[(wider["trend_grade"] == row["trend_grade"]) & (wider["school_year"] == row["school_year"])]
    state = here[here["level"] == STATE]
    beside = stands_beside_district(settings)
    district = here[beside & (here["level"] == DISTRICT) & (here["district_id"] == school.district_id)]
    printable = row["status"] == "ok"
    whole = settings.follow == "grade" and row["trend_grade"] == ALL
    below = read_coded_share(row) if printable else None
    return YearLevel(
        school_year=str(row["school_year"]),
        trend_grade=str(row["trend_grade"]),
        grades="" if whole else str(row["grades"]),
        n=int(row["n"]) if printable else None,
        empty=bool(row["n"] == 0),
        score=_mean(row, "score", settings) if printable and not whole else None,
        standing=_mean(row, "standing", settings) if printable else None,
        sd_score=float(row["sd_score"]) if printable and not whole and row["n"] > 1 else None,
        below=below,
        below_interval=_share(row, settings) if below is not None and below.kind == "exact" else None,
        screened=code_share(numerator=int(row["n"]), denominator=int(row["n_enrolled"]), profile=profile)
        if printable
        else CodedShare(kind="withheld"),
        district_score=None if whole else _only(district, "mean_score"),
        state_score=None if whole else _only(state, "mean_score"),
        district_standing=_only(district, "mean_standing"),
        district_below_pct=_only(district, "below_pct"),
        state_below_pct=_only(state, "below_pct"),
    )


def _mean(row: pd.Series, what: str, settings: Settings) -> Interval | None:
    # Where all students have the same score, rounding can leave a spread of some 1e-17.
    if not row[f"sd_{what}"] > ALIKE * max(abs(row[f"mean_{what}"]), 1.0):
        return None
    try:
        mean = make_t_estimate(
            estimate=float(row[f"mean_{what}"]),
            std_error=float(row[f"sd_{what}"]) / float(row["n"]) ** 0.5,
            df=float(row["n"]) - 1,
            ci_level=settings.ci_level,
        )
    except TooFewError:
        return None
    return Interval(estimate=mean.estimate, ci_low=mean.ci_low, ci_high=mean.ci_high, ci_level=mean.ci_level)


def _share(row: pd.Series, settings: Settings) -> Interval:
    share = estimate_proportion(successes=float(row["n_below"]), n=float(row["n_cut"]), ci_level=settings.ci_level)
    return Interval(
        estimate=100 * share.estimate,
        ci_low=100 * share.ci_low,
        ci_high=100 * share.ci_high,
        ci_level=share.ci_level,
    )


def _only(rows: pd.DataFrame, column: str) -> float | None:
    values = rows[column].dropna()
    return float(values.iloc[0]) if len(values) == 1 else None
