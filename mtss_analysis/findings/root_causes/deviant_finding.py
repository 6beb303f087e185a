"""What goes right: schools clearly above others like them, in what they differ, and what stands out in a school."""

from typing import Any

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.overview.source import OverviewSource
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.cause_words import capitalise, say_measure
from mtss_analysis.findings.root_causes.deviants import DIFFERENT_FAMILY, STANDING
from mtss_analysis.findings.root_causes.outlier_finding import say_classrooms, say_grades
from mtss_analysis.findings.root_causes.school_values import ABSENCE, CASELOAD, YARDSTICKS, find_kind
from mtss_analysis.findings.root_causes.stand_outs import ABOVE, STAND_OUT_FRAME
from mtss_analysis.findings.school import name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Table,
    format_number,
    format_p,
    format_with_interval,
    join_words,
    likely_between,
)

TITLE = "What goes right, and what could be learned there"
NAME = "what-differs"
METHOD = "difference from the median of comparable schools; two-sided t test, Benjamini-Hochberg"
MOST_SCHOOLS = 4
CAVEAT = (
    "In what a school differs need not be why it does well: practices, staffing and much that is not counted differ "
    "at once. It is a reason to visit and to ask, not yet one to copy."
)


def find_what_goes_right(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> ToldFinding:
    """Find what goes right in a school, or which other school of its district shows it.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators.
    comparison : Comparison
        Has the frames ``deviants``, ``deviant_differences`` and ``stand_outs``.

    Returns
    -------
    ToldFinding
        "Nothing that was counted tells it apart" is an answer, and so is "no school".
    """
    school = name_school(district, school_id=school_id)
    every, differences = (comparison.frame(name) for name in ("deviants", "deviant_differences"))
    own = of_school(every, school=school)
    units = of_school(comparison.frame(STAND_OUT_FRAME), school=school)
    above = units[units["named"].astype(bool) & (units["direction"] == ABOVE)] if len(units) else units
    inside = []
    if len(units):
        inside = [*say_classrooms(units, direction=ABOVE, settings=settings), *say_grades(above, settings=settings)]
    told = of_school(differences, school=school)
    if len(own):
        first = f"This school {_say_strengths(own)}. {_say_differences(told, name='this school')}"
    else:
        others = every[(every["district_id"] == school.district_id) & (every["school_id"] != school_id)]
        first = "This school is not clearly above comparable ones in any indicator. " + _say_others(
            others, differences, district=district
        )
    said = " ".join([first, *inside])
    listed = _tabulate(told, name=NAME) if len(own) else None
    notes: tuple[Note, ...] = ()
    return ToldFinding(
        title=TITLE,
        said=f"{said} See @tbl-{NAME}." if listed else said,
        short=first if len(own) else "",
        listed=listed,
        kept_in_mind=(CAVEAT,),
        published=_record(own, told, settings=settings, sentence=first)
        or (
            Record(
                finding="positive_deviant",
                requirement="R18",
                district_id=school.district_id,
                school_id=school_id,
                design="descriptive",
                estimate=0.0,
                unit="indicators in which it is clearly above",
                verdict="none",
                sentence=first,
            ),
        ),
        offered=notes,
    )


def find_positive_deviants(source: OverviewSource, *, comparison: Comparison) -> ToldFinding:
    """Find which schools of a district are clearly above others like them, and in what they differ.

    Parameters
    ----------
    source : OverviewSource
        The district's overview.
    comparison : Comparison
        Has the frames ``deviants`` and ``deviant_differences``.

    Returns
    -------
    ToldFinding
        A row for each school and what is told apart; "nothing that was counted" is an answer.
    """
    own = source.own(comparison.frame("deviants"))
    differences = source.own(comparison.frame("deviant_differences"))
    keys = source.keys()
    if own.empty:
        said = "No school is clearly above others like it: none stands apart above them, and none gains beyond chance."
        return ToldFinding(title=TITLE, said=said, short=said)
    parts, cells = [], []
    for (district_id, school_id), rows in own.groupby(["district_id", "school_id"], sort=False):
        name = str(rows["school_name"].iloc[0])
        mine = differences[(differences["district_id"] == district_id) & (differences["school_id"] == school_id)]
        parts.append(f"{name} {_say_strengths(rows)}. {_say_differences(mine, name=name)}")
        label = f"{keys.get((str(district_id), str(school_id)), '')} {name}".strip()
        told = [_say_difference(row) for row in _told(mine)]
        cells.append(
            (label, capitalise(_say_strengths(rows)), capitalise("; ".join(told)) or "Nothing that was counted")
        )
    titles = ("School", "What goes right", "In what it differs from the median comparable school")
    return ToldFinding(
        title=TITLE,
        said=" ".join(parts[:MOST_SCHOOLS]) + f" See @tbl-{NAME}.",
        short=parts[0],
        listed=Table(
            name=NAME,
            caption="Schools that are clearly above others like them, in the order of the roster.",
            columns=tuple(Column(title=title) for title in titles),
            rows=tuple(cells),
        ),
        kept_in_mind=(CAVEAT,),
        published=tuple(
            record
            for place, rows in own.groupby(["district_id", "school_id"], sort=False)
            for record in _record(
                rows,
                differences[(differences["district_id"] == place[0]) & (differences["school_id"] == place[1])],
                settings=source.settings,
                sentence=None,
            )
        ),
    )


def _say_strengths(own: pd.DataFrame) -> str:
    """Say in what a school is above others: ``stands above comparable schools in reading (…)``."""
    parts = []
    for what, rows in own.groupby("what", sort=True):
        named = join_words([_say_strength(row) for row in rows.to_dict("records")])
        parts.append(f"{'stands above schools like it in' if what == STANDING else 'moves for the better in'} {named}")
    return join_words(parts)


def _say_strength(row: dict[Any, Any]) -> str:
    low, high = float(row["ci_low"]), float(row["ci_high"])
    size = format_with_interval(float(row["estimate"]), low=low, high=high, signed=True).split(" (")[0]
    unit = "points a year" if row["measure"] == ABSENCE else str(row["unit"]).replace("per year", "a year")
    return f"{row['label']} ({size} {unit}, {likely_between(low=low, high=high)})"


def _told(differences: pd.DataFrame) -> list[dict[Any, Any]]:
    """Differences that are told apart, those for the better first."""
    told = differences[differences["told"].astype(bool)]
    return [dict(row) for row in told.sort_values(["better", "measure"], ascending=[False, True]).to_dict("records")]


def _say_differences(differences: pd.DataFrame, *, name: str) -> str:
    told = _told(differences)
    if differences.empty:
        return "Nothing that it could be compared by was counted."
    if not told:
        return f"Nothing that was counted tells {name} apart from comparable schools."
    return f"It differs from the median comparable school in what was counted: {'; '.join(map(_say_difference, told))}."


def _say_difference(row: dict[Any, Any]) -> str:
    """Say one difference: ``explicit instruction in 82 of every 100 lessons, 13 more (likely between 3 and 23)``."""
    measure, difference = str(row["measure"]), float(row["difference"])
    kind = find_kind(measure)
    size = format_number(abs(difference), decimals=0)
    more = f"{size} {'more' if difference > 0 else 'fewer'}"
    within = ""
    if pd.notna(row["ci_low"]):
        low, high = sorted((abs(float(row["ci_low"])), abs(float(row["ci_high"]))))
        same = float(row["ci_low"]) * float(row["ci_high"]) > 0
        within = f" ({likely_between(low=low if same else 0.0, high=high, decimals=0)})"
    value = format_number(float(row["value"]), decimals=0)
    if kind == "implementation":
        return f"{say_measure(measure)} in {value} of every 100 observed lessons, {more}{within}"
    if kind == "fidelity":
        return f"{say_measure(measure)} {value} of every 100 points, {more}{within}"
    if kind == ABSENCE:
        return f"{value} of every 100 students chronically absent, {more}{within}"
    if kind == CASELOAD:
        return f"{value} students for each interventionist, {more}"
    return f"{say_measure(measure)} {value}, {more}{within}"


def _say_others(others: pd.DataFrame, differences: pd.DataFrame, *, district: District) -> str:
    """Say which other schools of the district are above others like them, and in what they differ."""
    if others.empty:
        return "No other school of the district is clearly above others like it, either."
    parts = []
    for school_id, rows in others.groupby("school_id", sort=True):
        name = district.school_name(str(school_id))
        mine = differences[
            (differences["district_id"] == district.district_id) & (differences["school_id"] == school_id)
        ]
        better = [row for row in _told(mine) if row["better"]]
        told = "; ".join(map(_say_difference, better)) or "nothing that was counted tells it apart for the better"
        parts.append(f"{name} {_say_strengths(rows)}: {told}.")
    return "Elsewhere in the district it can be seen: " + " ".join(parts[:MOST_SCHOOLS])


def _tabulate(differences: pd.DataFrame, *, name: str) -> Table | None:
    if differences.empty:
        return None
    rows = []
    for row in differences.sort_values("measure").to_dict("records"):
        kind = find_kind(str(row["measure"]))
        if pd.notna(row["ci_low"]):
            shown = format_with_interval(
                float(row["difference"]), low=float(row["ci_low"]), high=float(row["ci_high"]), signed=True
            )
        else:
            shown = format_number(float(row["difference"]), decimals=0, signed=True)
        rows.append(
            (
                capitalise(say_measure(str(row["measure"]))),
                YARDSTICKS[kind].unit,
                format_number(float(row["value"]), decimals=0),
                format_number(float(row["median"]), decimals=0),
                shown,
                format_p(float(row["q_value"])) if pd.notna(row["q_value"]) else "–",
                ("better" if row["better"] else "worse") if row["told"] else "cannot tell",
            )
        )
    titles = ("What was counted", "In", "Here", "Median comparable school", "Difference (likely range)", "q-value",
              "Told apart")  # fmt: skip
    return Table(
        name=name,
        caption="What was counted of this school beside the median of comparable schools.",
        columns=tuple(Column(title=title, align="right" if 1 < at < 6 else "left") for at, title in enumerate(titles)),
        rows=tuple(rows),
        note="– counted and not sampled.",
    )


def _record(own: pd.DataFrame, told: pd.DataFrame, *, settings: Settings, sentence: str | None) -> tuple[Record, ...]:
    records: list[Record] = []
    for at, row in enumerate(own.to_dict("records")):
        records.append(
            Record(
                finding="positive_deviant", requirement="R18", district_id=str(row["district_id"]),
                school_id=str(row["school_id"]), measure=str(row["measure"]), group=str(row["what"]),
                design="descriptive", estimate=float(row["estimate"]), unit=str(row["unit"]),
                ci_low=float(row["ci_low"]), ci_high=float(row["ci_high"]), ci_level=settings.ci_level,
                q_value=float(row["q_value"]) if pd.notna(row["q_value"]) else None, verdict="above",
                sentence=sentence if not at else None,
            )
        )  # fmt: skip
    for row in told.to_dict("records") if len(own) else ():
        sampled = pd.notna(row["ci_low"])
        records.append(
            Record(
                finding="deviant_difference", requirement="R18", district_id=str(row["district_id"]),
                school_id=str(row["school_id"]), measure=str(row["measure"]), method=METHOD, design="association",
                estimate=float(row["difference"]), unit=YARDSTICKS[find_kind(str(row["measure"]))].unit,
                ci_low=float(row["ci_low"]) if sampled else None, ci_high=float(row["ci_high"]) if sampled else None,
                ci_level=settings.ci_level if sampled else None,
                p_value=float(row["p_value"]) if sampled else None,
                q_value=float(row["q_value"]) if sampled else None,
                family=DIFFERENT_FAMILY if sampled else None,
                verdict=("better" if row["better"] else "worse") if row["told"] else "cannot tell",
            )
        )  # fmt: skip
    return tuple(records)
