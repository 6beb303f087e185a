"""How the years of a school are drawn: labels of the time axis, and a grade as a line with its intervals."""

from collections.abc import Callable, Sequence

from mtss_analysis.findings.school import label_time
from mtss_analysis.findings.settings import Follow
from mtss_analysis.findings.trends.own import YearLevel, is_whole
from mtss_analysis.measures.groups import ALL, order_grade
from mtss_analysis.show import name_grade
from mtss_analysis.show.charts import Series
from mtss_analysis.stats import Interval


def label_years(years: Sequence[YearLevel], *, times: Sequence[str], follow: Follow) -> list[str]:
    """Label the time axis; where a cohort is followed, the grades stand below the year.

    Parameters
    ----------
    years : sequence of YearLevel
        What is drawn.
    times : sequence of str
        School years, the earliest first.
    follow : {'cohort', 'grade'}
        What a line follows.

    Returns
    -------
    list of str
        One label for each of ``times``.
    """
    labels = []
    for time in times:
        grades = {grade for year in years if year.school_year == time for grade in year.grades.split(",")}
        written = ",".join(sorted(grades, key=order_grade)) if follow == "cohort" else ""
        labels.append(label_time(school_year=time, grades=written))
    return labels


def drawn_grades(years: Sequence[YearLevel]) -> list[str]:
    """Choose what is drawn: all grades together where there is such a row, otherwise every grade.

    Parameters
    ----------
    years : sequence of YearLevel
        All years of the school.

    Returns
    -------
    list of str
        Trend grades, the youngest first.
    """
    grades = sorted({year.trend_grade for year in years}, key=order_grade)
    return [ALL] if any(is_whole(year) for year in years) else grades


def draw_grade(
    years: Sequence[YearLevel], *, grade: str, times: Sequence[str], value: Callable[[YearLevel], Interval | None]
) -> Series:
    """Draw one grade as a line with intervals.

    Parameters
    ----------
    years : sequence of YearLevel
        All years of the school.
    grade : str
        The trend grade.
    times : sequence of str
        School years, the earliest first.
    value : callable
        What is drawn of a year; None: nothing can be printed, which is marked as withheld unless nobody has a score.

    Returns
    -------
    Series
        As long as ``times``.
    """
    at = {year.school_year: year for year in years if year.trend_grade == grade}
    found = [at.get(time) for time in times]
    values = [value(year) if year else None for year in found]
    return Series(
        label="This school" if grade == ALL else name_grade(grade).capitalize(),
        role="this_school",
        values=[one.estimate if one else None for one in values],
        low=[one.ci_low if one else None for one in values],
        high=[one.ci_high if one else None for one in values],
        withheld=[year is not None and one is None and not year.empty for year, one in zip(found, values, strict=True)],
    )
