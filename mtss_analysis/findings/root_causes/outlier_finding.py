"""Classrooms and grades of a school that stand out below the rest of it: what is not systemic."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.errors import DataError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.cause_words import capitalise
from mtss_analysis.findings.root_causes.classroom_means import CLASSROOM, GRADE
from mtss_analysis.findings.root_causes.stand_outs import (
    ABOVE,
    ALONE,
    BELOW,
    LEAST_TEACHERS,
    STAND_OUT_FRAME,
    may_name_grade,
)
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Table,
    cannot_say,
    count_of,
    format_estimate,
    format_interval,
    join_words,
    name_grade,
    say_number,
)

NAME = "standing-out"
TITLE = "Classrooms and grades that stand out"
METHOD = (
    "mean residual by teacher and by grade (school and year, grade and student groups held constant); variance "
    "a + b / n over all units; t test, alone and beside the unit's other measures"
)
FAMILY = "classrooms and grades of all schools compared, all measures"
WAYS = {
    "overall": "the rest of the school",
    ALONE: "what its other scores would suggest",
}


def find_stand_outs(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Find the classrooms and grades of a school that stand out below the rest of it.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, confidence level.
    comparison : Comparison
        Has the frame ``stand_outs``.

    Returns
    -------
    ToldFinding
        Of a classroom it says neither which one nor by how much; the grade only where at least three teachers taught it
        for each one that stands out. "None" is an answer.
    """
    school = name_school(district, school_id=school_id)
    rows = of_school(comparison.frame(STAND_OUT_FRAME), school=school)
    if rows.empty:
        reason = "too few classrooms of the schools compared have enough scores"
        return ToldFinding(title=TITLE, said=cannot_say("whether a classroom or a grade stands out", reason=reason))
    below = rows[rows["named"].astype(bool) & (rows["direction"] == BELOW)]
    parts = [*say_classrooms(rows, direction=BELOW, settings=settings), *say_grades(below, settings=settings)]
    counted = _say_counted(rows)
    if not parts:
        said = f"Of {counted}, none stands out below the rest of the school."
        return ToldFinding(
            title=TITLE,
            said=said,
            kept_in_mind=_caveats(),
            published=_record(rows, school=school, settings=settings, said=said),
        )
    systemic = "That is not systemic: it does not hold for the school as a whole."
    short = " ".join([*parts, systemic])
    return ToldFinding(
        title=TITLE,
        said=f"{short} {capitalise(counted)} were compared. See @tbl-{NAME}.",
        short=short,
        listed=tabulate_units(rows, direction=BELOW, name=NAME, settings=settings),
        kept_in_mind=_caveats(),
        published=_record(rows, school=school, settings=settings, said=short),
    )


def list_stand_outs(comparison: Comparison, *, district_id: str, school_id: str) -> pd.DataFrame:
    """List for the analyst which classrooms and grades of a school stand out, with their ids; not for publication.

    Parameters
    ----------
    comparison : Comparison
        Has the frame ``stand_outs``.
    district_id, school_id : str
        The school.

    Returns
    -------
    DataFrame
        One row per classroom and grade, those that stand out first.

    Raises
    ------
    DataError
        The comparison has no such school.
    """
    frame = comparison.frame(STAND_OUT_FRAME)
    own = frame[(frame["district_id"] == district_id) & (frame["school_id"] == school_id)]
    if own.empty:
        raise DataError(
            f"no classroom of school {school_id!r} of district {district_id!r} was compared",
            next_step="Write both ids as the schools table does, or see whether its classrooms have enough scores",
        )
    return own.sort_values(["named", "p_value"], ascending=[False, True], ignore_index=True)


def say_classrooms(rows: pd.DataFrame, *, direction: str, settings: Settings) -> list[str]:
    """Say of how many classrooms it is told that they stand out, and in what, without saying which.

    Parameters
    ----------
    rows : DataFrame
        The school's rows of ``stand_outs``.
    direction : {'below', 'above'}
        Which side.
    settings : Settings
        Indicators.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    named = _pick_classrooms(rows, direction=direction)
    if named.empty:
        return []
    where = " ".join(_group_classrooms(named))
    labels = join_words(list(dict.fromkeys(settings.indicator(one).label for one in named["measure"])))
    alone = (named["how"] == ALONE).all()
    beside = WAYS[ALONE] if alone else WAYS["overall"]
    verb = "stands" if len(named) == 1 else "stand"
    their = beside.replace("its", "their") if len(named) > 1 else beside
    return [f"{capitalise(where)} {verb} out {direction} in {labels}, compared with {their}."]


def say_grades(named: pd.DataFrame, *, settings: Settings) -> list[str]:
    """Say which grades stand out and by how much, where that may be printed.

    Parameters
    ----------
    named : DataFrame
        Rows of ``stand_outs`` that stand out on one side.
    settings : Settings
        Indicators, confidence level.

    Returns
    -------
    list of str
        A sentence for each grade.
    """
    said = []
    for row in named[(named["kind"] == GRADE) & (named["status"] == "ok")].to_dict("records"):
        size = format_estimate(abs(float(row["departure"])), low=0.0, high=1.0)
        label = settings.indicator(str(row["measure"])).label
        said.append(
            f"{capitalise(name_grade(str(row['grade'])))} stands out {row['direction']} in {label}, by about {size} "
            f"{settings.population} standard deviations compared with {WAYS[str(row['how'])]}."
        )
    return said


def tabulate_units(rows: pd.DataFrame, *, direction: str, name: str, settings: Settings) -> Table | None:
    """Tabulate what stands out on one side; None where nothing does.

    Parameters
    ----------
    rows : DataFrame
        The school's rows of ``stand_outs``.
    direction : {'below', 'above'}
        Which side.
    name : str
        Of the table.
    settings : Settings
        Indicators, confidence level.

    Returns
    -------
    Table or None
    """
    cells = []
    for row in _pick_classrooms(rows, direction=direction).to_dict("records"):
        where = "one classroom" + (f" of {name_grade(str(row['grade']))}" if row["may_name"] else "")
        cells.append(
            (capitalise(where), settings.indicator(str(row["measure"])).label, WAYS[str(row["how"])], WITHHELD_MARK)
        )
    grades = rows[rows["named"].astype(bool) & (rows["direction"] == direction) & (rows["kind"] == GRADE)]
    for row in grades[grades["status"] == "ok"].to_dict("records"):
        departure, half = float(row["departure"]), 1.959964 * float(row["std_error"])
        low, high = departure - half, departure + half
        shown = format_estimate(departure, low=low, high=high)
        within = format_interval(low=low, high=high, style="to")
        label = settings.indicator(str(row["measure"])).label
        cells.append((capitalise(name_grade(str(row["grade"]))), label, WAYS[str(row["how"])], f"{shown} ({within})"))
    if not cells:
        return None
    titles = ("What stands out", "In", "Compared with", f"By how much, {settings.population} SD (likely range)")
    return Table(
        name=name,
        caption=f"Classrooms and grades that stand out {direction} the rest of the school.",
        columns=tuple(Column(title=title, align="right" if at == 3 else "left") for at, title in enumerate(titles)),
        rows=tuple(cells),
        note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in cells) else "",
    )


def _pick_classrooms(rows: pd.DataFrame, *, direction: str) -> pd.DataFrame:
    """Pick the classrooms that stand out on one side, and decide of which the grade may be named.

    Where the whole school has too few teachers for that, nothing is said at all.
    """
    rooms = rows[rows["kind"] == CLASSROOM]
    named = rooms[rooms["named"].astype(bool) & (rooms["direction"] == direction)]
    if not may_name_grade(len(named), n_units=len(rooms)):
        return named.iloc[:0].assign(may_name=False)
    counts = named.groupby("grade")["grade"].transform("size")
    may = [may_name_grade(int(k), n_units=int(n)) for k, n in zip(counts, named["n_units"], strict=True)]
    return named.assign(may_name=may).sort_values(["may_name", "grade"], ascending=[False, True], kind="stable")


def _group_classrooms(named: pd.DataFrame) -> list[str]:
    """Say how many classrooms of which grade; those of grades that may not be named together."""
    parts = []
    for grade, own in named[named["may_name"]].groupby("grade", sort=False):
        parts.append(f"{count_words(len(own))} of {name_grade(str(grade))}")
    if hidden := int((~named["may_name"].astype(bool)).sum()):
        parts.append(f"{count_words(hidden)} of a grade that is not named")
    return [join_words(parts)]


def count_words(count: int) -> str:
    """Say a number of classrooms: ``one classroom``, ``two classrooms``."""
    return "one classroom" if count == 1 else f"{say_number(count)} classrooms"


def _say_counted(rows: pd.DataFrame) -> str:
    rooms, grades = (int((rows["kind"] == kind).sum()) for kind in (CLASSROOM, GRADE))
    parts = [count_of(rooms, "classroom")] if rooms >= LEAST_TEACHERS else []
    parts += [count_of(grades, "grade")] if grades else []
    return join_words(parts) or "what could be compared"


def _caveats() -> tuple[str, ...]:
    return (
        "A classroom is the same teacher of a grade over the years. What holds for the whole school in a year is taken "
        "out first, and so are differences between grades and between student groups; a classroom stands out only "
        "beyond what the classrooms of all schools ordinarily differ, or where one measure is unlike its others.",
        "Nothing here says why. Which classroom it is, and by how much, is not printed, since that would be about one "
        "person.",
    )


def _record(rows: pd.DataFrame, *, school: School, settings: Settings, said: str) -> tuple[Record, ...]:
    common: dict[str, Any] = {
        "requirement": "R17", "district_id": school.district_id, "school_id": school.school_id, "method": METHOD,
        "design": "descriptive", "family": FAMILY,
    }  # fmt: skip
    records: list[Record] = []
    picked = {side: _pick_classrooms(rows, direction=side) for side in (BELOW, ABOVE)}
    grades = rows[rows["named"].astype(bool) & (rows["kind"] == GRADE) & (rows["status"] == "ok")]
    records += [
        Record(
            **common, finding="classroom_stands_out", measure=str(row["measure"]),
            grade=str(row["grade"]) if row["may_name"] else None, verdict=side, status="withheld",
            reason="a number about one classroom is about one teacher",
        )
        for side, named in picked.items()
        for row in named.to_dict("records")
    ]  # fmt: skip
    for row in grades.to_dict("records"):
        half = 1.959964 * float(row["std_error"])
        records.append(
            Record(
                **common, finding="grade_stands_out", measure=str(row["measure"]), grade=str(row["grade"]),
                verdict=str(row["direction"]), estimate=float(row["departure"]), std_error=float(row["std_error"]),
                ci_low=float(row["departure"]) - half, ci_high=float(row["departure"]) + half, ci_level=0.95,
                unit=f"{settings.population} SD", p_value=float(row["p_value"]), q_value=float(row["q_value"]),
            )
        )  # fmt: skip
    total = int(sum(len(one) for one in picked.values()) + len(grades))
    rest = Record(
        **common, finding="units_standing_out", estimate=float(total), unit="classrooms and grades",
        n_clusters=int(np.isin(rows["kind"], [CLASSROOM, GRADE]).sum()), verdict="some" if total else "none",
        sentence=said,
    )  # fmt: skip
    return (rest, *records)
