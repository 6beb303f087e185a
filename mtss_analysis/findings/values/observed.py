"""The observations behind a measure, one row a student, lesson or item at a time, ready to be summed by school."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from mtss_analysis.district import find_school_year
from mtss_analysis.findings.climate.across import find_referrals
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.values.keys import AT_CUT, WINDOWS, find_kind
from mtss_analysis.measures.absence import attach_enrollment, find_chronic, sum_absence
from mtss_analysis.measures.groups import name_categories
from mtss_analysis.measures.visits import FULL, LESSON

WINDOW_OF_MONTH = {
    **dict.fromkeys((7, 8, 9, 10, 11), "fall"),
    **dict.fromkeys((12, 1, 2), "winter"),
    **dict.fromkeys((3, 4, 5, 6), "spring"),
}
"""Which window a day belongs to where nobody wrote it down, as in the plan's own baselines."""
LAST_MONTHS = {"fall": (11,), "winter": (2,), "spring": (5, 6)}
"""A window of days that are summed from the start of the year is over when the data reach one of these months."""
PLACE = ["district_id", "school_id"]
TIME = ["school_year", "window"]
COLUMNS = [*PLACE, *TIME, "unit", "cluster", "grade", "num", "den"]

Repeats = Literal["students", "teachers", "items"]
FindNorms = Callable[[], pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observed:
    """Observations of one measure and statistic in all schools.

    Parameters
    ----------
    rows : DataFrame
        One row per unit, school, year and window: ``district_id, school_id, school_year, window``, ``unit`` (the
        student, lesson or item that the same at another time is compared with), ``cluster`` (classroom, teacher or
        item), ``grade`` (empty where the measure has none), ``num`` and ``den``, whose sums' quotient is the value, and
        the columns of student groups.
    whole : DataFrame or None
        The same for whole districts, where a student who was in several schools counts once; None: the schools' rows.
    repeats : {'students', 'teachers', 'items'}
        What comes again at another time: students, who sit in other classrooms then; teachers; or the items of an
        instrument, which are all there are of them.
    is_share : bool
        Whether ``num`` of a unit is 0 or 100, so that a share tells how many there are.
    has_run_cut : bool
        Whether the cut is the run file's, since the screenings have none of their own.
    """

    rows: pd.DataFrame
    whole: pd.DataFrame | None = None
    repeats: Repeats = "students"
    is_share: bool = False
    has_run_cut: bool = False


def observe(
    measure: str,
    statistic: str,
    *,
    tables: Tables,
    settings: Settings,
    columns: Sequence[str] = (),
    find_norms: FindNorms | None = None,
) -> Observed | None:
    """List the observations behind a measure and statistic.

    Parameters
    ----------
    measure, statistic : str
        As in the goals table.
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``climate`` says what chronic absence is.
    columns : sequence of str
        Columns of the enrolments in which student groups are asked for.
    find_norms : callable, optional
        Gives the norms of the run's indicators, for cut scores where the screenings have none of their own.

    Returns
    -------
    Observed or None
        None where no district has the table that holds it, or the measure is none of this kit.
    """
    kind = find_kind(measure)
    if kind == "screening" and tables.has("screenings"):
        return _observe_scores(measure, statistic, tables=tables, columns=columns, find_norms=find_norms)
    if kind == "absence" and tables.has("attendance"):
        return _observe_absence(tables, settings=settings, columns=columns)
    if kind == "referrals":
        return _observe_referrals(tables, columns=columns)
    practice = measure.partition(":")[2]
    if kind == "implementation" and tables.has("walkthroughs"):
        return _observe_lessons(tables("walkthroughs"), practice=practice)
    if kind == "fidelity" and tables.has("fidelity"):
        return _observe_items(tables("fidelity"), tier=practice.removeprefix("tier"))
    return None


def _observe_scores(
    measure: str,
    statistic: str,
    *,
    tables: Tables,
    columns: Sequence[str],
    find_norms: FindNorms | None,
) -> Observed:
    screenings = tables("screenings")
    rows = screenings[(screenings["measure"] == measure) & screenings["score"].notna()]
    rows = rows[rows["window"].isin(WINDOWS)]
    enrollments = tables("enrollments")
    keys = ["district_id", "school_year", "student_id"]
    if "school_id" in rows and rows["school_id"].notna().all():
        keys.append("school_id")
    kept = [name for name in ("grade", "classroom_id", *columns) if name in enrollments]
    people = enrollments[[*dict.fromkeys([*PLACE, "school_year", "student_id"]), *dict.fromkeys(kept)]]
    people = people.drop_duplicates([*PLACE, "school_year", "student_id"], keep="last")
    wanted = [*keys, "window", "score", *(["cut_score"] if "cut_score" in rows else [])]
    scored = rows[wanted].drop_duplicates([*keys, "window"]).merge(people, on=keys, how="inner")
    has_own = "cut_score" in scored and bool(scored["cut_score"].notna().any())
    if statistic == AT_CUT:
        cut = scored["cut_score"] if has_own else _find_cuts(scored, measure=measure, find_norms=find_norms)
        scored = scored.assign(num=100.0 * (scored["score"] >= cut))[cut.notna()]
    else:
        scored = scored.assign(num=scored["score"])
    return Observed(
        rows=_finish(scored.assign(den=1.0), columns=columns),
        is_share=statistic == AT_CUT,
        has_run_cut=statistic == AT_CUT and not has_own,
    )


def _find_cuts(scored: pd.DataFrame, *, measure: str, find_norms: FindNorms | None) -> pd.Series:
    """Give each score the cut of the run's indicator, where it has one."""
    if find_norms is None:
        return pd.Series(float("nan"), index=scored.index)
    norms = find_norms()
    norms = norms.loc[norms["measure"] == measure, ["school_year", "grade", "cut"]]
    cuts = scored[["school_year", "grade"]].merge(norms, on=["school_year", "grade"], how="left")["cut"]
    return cuts.set_axis(scored.index)


def _observe_absence(tables: Tables, *, settings: Settings, columns: Sequence[str]) -> Observed:
    attendance = tables("attendance")
    enrollments = tables("enrollments")
    schools: list[pd.DataFrame] = []
    districts: list[pd.DataFrame] = []
    for part in _sum_to_windows(attendance, month=attendance["month"].str[5:7].astype("int64")):
        for across, found in ((False, schools), (True, districts)):
            totals = find_chronic(
                sum_absence(part, across_schools=across),
                chronic_pct=settings.climate.chronic_pct,
                least_days=settings.climate.least_days,
            )
            counted = totals[totals["counted"]].assign(window=part["window"].iloc[0])
            found.append(counted.assign(num=100.0 * counted["chronic"], den=1.0))
    wanted = ["grade", "classroom_id", *columns]
    own = _attach(pd.concat(schools, ignore_index=True), enrollments=enrollments, columns=wanted)
    once = enrollments.drop_duplicates(["district_id", "school_year", "student_id"], keep="last")
    whole = pd.concat(districts, ignore_index=True).merge(
        once[[*PLACE, "school_year", "student_id"]], on=["district_id", "school_year", "student_id"], how="left"
    )
    whole = _attach(whole.assign(school_id=whole["school_id"].fillna("")), enrollments=enrollments, columns=wanted)
    return Observed(rows=_finish(own, columns=columns), whole=_finish(whole, columns=columns), is_share=True)


def _observe_referrals(tables: Tables, *, columns: Sequence[str]) -> Observed | None:
    events, _, _ = find_referrals(tables)
    if events is None:
        return None
    parts = []
    for part in _sum_to_windows(events, month=events["month"].str[5:7].astype("int64")):
        keys = [*PLACE, *TIME, "student_id"]
        sums = part.groupby(keys, sort=True)[["referrals", "days"]].sum().reset_index()
        parts.append(sums.assign(num=100.0 * sums["referrals"], den=sums["days"]))
    rows = pd.concat(parts, ignore_index=True)
    rows = _attach(rows, enrollments=tables("enrollments"), columns=["grade", "classroom_id", *columns])
    return Observed(rows=_finish(rows, columns=columns))


def _observe_lessons(walkthroughs: pd.DataFrame, *, practice: str) -> Observed:
    rows = walkthroughs[
        (walkthroughs["practice"] == practice) & walkthroughs["implemented"].notna() & walkthroughs["date"].notna()
    ]
    rows = rows[rows["staff_id"].notna()] if "staff_id" in rows else rows.iloc[:0].assign(staff_id="")
    scored = rows.assign(full=100.0 * rows["implemented"].eq(FULL).astype("float64"))
    lessons = (
        scored.groupby(LESSON, sort=True).agg(school_id=("school_id", "first"), num=("full", "mean")).reset_index()
    )
    lessons = _add_time(lessons).assign(unit=lessons["staff_id"], cluster=lessons["staff_id"], grade="", den=1.0)
    return Observed(rows=lessons[COLUMNS].reset_index(drop=True), repeats="teachers")


def _observe_items(fidelity: pd.DataFrame, *, tier: str) -> Observed:
    known = fidelity["score"].notna() & (fidelity["max_score"] > 0) & fidelity["date"].notna()
    rows = fidelity[known & (fidelity["tier"] == tier)] if "tier" in fidelity else fidelity.iloc[:0]
    rows = _add_time(rows)
    item = rows["school_id"].astype("str") + " " + rows["item"].astype("str")
    rows = rows.assign(unit=item, cluster=item, grade="", num=100.0 * rows["score"], den=rows["max_score"])
    return Observed(rows=rows[COLUMNS].reset_index(drop=True), repeats="items")


def _add_time(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(school_year=find_school_year(rows["date"]), window=rows["date"].dt.month.map(WINDOW_OF_MONTH))


def _sum_to_windows(rows: pd.DataFrame, *, month: pd.Series) -> list[pd.DataFrame]:
    """Give the rows from the start of each year to the end of each window, where a district's data reach that far."""
    after = (month - 7) % 12
    reached = after.groupby([rows["district_id"], rows["school_year"]]).transform("max")
    parts = []
    for window in WINDOWS:
        ends = [(last - 7) % 12 for last in LAST_MONTHS[window]]
        kept = (after <= max(ends)) & (reached >= min(ends))
        if kept.any():
            parts.append(rows[kept].assign(window=window))
    return parts or [rows.assign(window="spring").iloc[:0]]


def _attach(rows: pd.DataFrame, *, enrollments: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    return attach_enrollment(rows, enrollments=enrollments, columns=list(dict.fromkeys(columns)))


def _finish(rows: pd.DataFrame, *, columns: Sequence[str]) -> pd.DataFrame:
    """Name unit and cluster; where no classroom is known, the grade of that year is the cluster."""
    grade = rows["grade"].fillna("").astype("str") if "grade" in rows else pd.Series("", index=rows.index)
    room = rows["classroom_id"] if "classroom_id" in rows else pd.Series(None, index=rows.index, dtype="str")
    named = rows.assign(
        unit=rows["student_id"], grade=grade, cluster=(grade + " " + room.fillna("").astype("str")).astype("str")
    )
    groups = {column: name_categories(rows[column]) for column in columns if column in rows and column != "grade"}
    return named.assign(**groups)[[*COLUMNS, *groups]].reset_index(drop=True)
