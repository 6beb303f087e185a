"""Candidate root causes of one school: which are seen here, and which of its concerning trends each goes with."""

from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.candidates import read_causes
from mtss_analysis.findings.root_causes.cause_incidence import (
    FILLED,
    GOES_WITH,
    ITSELF,
    NOT_SEEN,
    NOT_TOLD,
    SEEN_EVERYWHERE,
    SYSTEMIC,
    CauseRow,
    Symptom,
    read_incidence,
)
from mtss_analysis.findings.root_causes.cause_words import (
    NOT_CAUSE,
    capitalise,
    name_owner,
    say_changeable,
    say_counted,
    say_owner,
    say_undeclared,
)
from mtss_analysis.findings.root_causes.school_values import ABSENCE, YARDSTICKS, find_kind
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Table,
    count_of,
    format_p,
    format_with_interval,
    join_words,
    name_grade,
    say_number,
)

SEEN_TITLE = "Which candidate root causes are seen here"
INCIDENCE_TITLE = "Which trends go with them"
SEEN_NAME, INCIDENCE_NAME = "root-cause-seen", "root-cause-trends"
PRESENCE_FAMILY = "candidate root causes and schools"
LINK_FAMILY = "trends of a candidate root cause that goes with any of them"
SEEN_METHOD = (
    "one-sided t test of the difference from the median of comparable schools, of a step or more, or from the "
    "criterion; Benjamini-Hochberg over causes and schools"
)
LINK_METHOD = (
    "meta-regression of schools' trends on whether the cause is seen; Simes over trends, Benjamini-Hochberg over causes"
)
WHAT_SYSTEMIC_MEANS = (
    "A candidate root cause that goes with two or more concerning trends is called candidate systemic; the trends "
    "beneath it are then rather symptoms of one thing than matters of their own. People who know the school decide "
    "whether that is so."
)
SHOWN_STATES = {
    GOES_WITH: "goes with it", "seen together": "seen together",
    "seen together, not checked": "seen together, too few schools to check", NOT_TOLD: "schools do not tell",
    SEEN_EVERYWHERE: "seen everywhere, so schools do not tell", ITSELF: "is this trend itself",
}  # fmt: skip


def find_causes(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[ToldFinding, ...]:
    """Find which candidate root causes are seen in a school, and which of its concerning trends go with each.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Causes of the run file, false-discovery rate.
    comparison : Comparison
        Has the frames ``causes``, ``cause_trends`` and ``cause_links``.

    Returns
    -------
    tuple of ToldFinding
        What is seen, and with what it goes. Where the run file declares no causes, they are what can be counted of
        schools; a single one with one sentence where there is nothing.
    """
    school = name_school(district, school_id=school_id)
    declared = bool(settings.causes)
    settings = read_causes(comparison, settings=settings)
    if not settings.causes:
        return (ToldFinding(title=SEEN_TITLE, said=say_undeclared()),)
    rows = read_incidence(comparison, district_id=school.district_id, school_id=school_id, settings=settings)
    return (
        _tell_seen(rows, school=school, settings=settings, declared=declared),
        _tell_incidence(rows, school=school, settings=settings),
    )


def _tell_seen(rows: tuple[CauseRow, ...], *, school: School, settings: Settings, declared: bool) -> ToldFinding:
    seen = [row for row in rows if row.present == "yes"]
    unknown = [row for row in rows if row.present == "cannot tell"]
    named = f": {join_words([row.cause.label for row in seen])}" if seen else ""
    counted = f"{say_number(len(seen))} {_is(len(seen))}" if seen else "none is"
    short = f"Of {count_of(len(rows), 'candidate root cause')}, {counted} seen here{named}."
    if unknown:
        which = f"all {say_number(len(rows))}" if len(unknown) == len(rows) > 1 else say_number(len(unknown))
        short += f" Of {which} it cannot be told."
    if not declared:
        short = f"{say_counted()} {short}"
    titles = ("Candidate root cause", "Seen here", "Shown at the level of", "What the data show")
    return ToldFinding(
        title=SEEN_TITLE,
        said=f"{short} See @tbl-{SEEN_NAME}.",
        listed=Table(
            name=SEEN_NAME,
            caption=f"Candidate root causes{' of the run file' if declared else ''}, and whether the data show them in "
            "this school.",
            columns=tuple(Column(title=title) for title in titles),
            rows=tuple((row.cause.label, row.present, row.level_shown or "–", row.text) for row in rows),
        ),
        kept_in_mind=(
            "Seen here means: told apart from chance over all candidate root causes and schools, and worse than in the "
            "median comparable school by at least "
            f"{YARDSTICKS['implementation'].step:g} of 100 lessons, {YARDSTICKS[ABSENCE].step:g} of 100 students or "
            f"{YARDSTICKS['caseload'].step:g} students for each position, a fidelity instrument below its criterion "
            "beyond chance, rising absence, or a breakdown after training that is named in the whole district.",
        ),
        published=tuple(_record_presence(row, school=school, settings=settings) for row in rows),
    )


def _tell_incidence(rows: tuple[CauseRow, ...], *, school: School, settings: Settings) -> ToldFinding:
    short = _say_incidence(rows)
    listed = [cells for row in rows if row.present == "yes" for cells in _list_cause(row)]
    titles = (
        "Candidate root cause, and beneath it the concerning trends",
        "Together?",
        "Trend worsens more where it is seen, a year (likely range)",
        "q-value",
        "Who answers for it",
    )
    table = Table(
        name=INCIDENCE_NAME,
        caption=(
            "Candidate root causes that are seen in this school, with its concerning trends as symptoms beneath them."
        ),
        columns=tuple(
            Column(title=title, align="right" if at in (2, 3) else "left") for at, title in enumerate(titles)
        ),
        rows=tuple(listed),
        note=(
            "Goes with it: across schools told apart from chance. Seen together: in that direction, and told apart for "
            "all trends of the cause taken together."
        ),
    )
    has_table = bool(listed) and any(row.symptoms for row in rows)
    systemic = [row for row in rows if row.systemic]
    notes: tuple[Note, ...] = tuple(
        {"kind": "attention", "topic": "cause", "measure": row.filled[0].trend, "sentence": _say_systemic(row)}
        for row in systemic[:1]
    )
    return ToldFinding(
        title=INCIDENCE_TITLE,
        said=f"{short} See @tbl-{INCIDENCE_NAME}." if has_table else short,
        short=short if systemic else "",
        listed=table if has_table else None,
        kept_in_mind=(NOT_CAUSE, WHAT_SYSTEMIC_MEANS) if has_table else (),
        published=tuple(record for row in rows for record in _record_links(row, school=school, settings=settings)),
        offered=notes,
    )


def _say_incidence(rows: tuple[CauseRow, ...]) -> str:
    trends = rows[0].symptoms if rows else ()
    if not trends:
        return "No trend of this school is concerning, so there is nothing to set against the candidate root causes."
    parts = [_say_systemic(row) for row in rows if row.systemic]
    single = [row for row in rows if len(row.filled) == 1]
    parts += [
        f"{capitalise(row.cause.label)} goes with one concerning trend, {_name(row.filled[0])}." for row in single
    ]
    everywhere = [row for row in rows if any(one.state == SEEN_EVERYWHERE for one in row.symptoms)]
    if everywhere:
        named = join_words([row.cause.label for row in everywhere])
        parts.append(
            f"{capitalise(named)} {_is(len(everywhere))} seen nearly everywhere, so a comparison of schools does not "
            "tell whether a trend goes with it."
        )
    if not any(row.filled for row in rows):
        named = join_words([_name(one) for one in trends])
        none = f"None of the candidate root causes can be said to go with what is concerning here: {named}."
        return " ".join([none, *parts])
    return " ".join(parts)


def _say_systemic(row: CauseRow) -> str:
    trends = join_words([_name(one) for one in row.filled])
    change = say_changeable(row.cause)
    owner = f", and {name_owner(row.cause.owner)} answers for it" if row.cause.owner else ""
    return (
        f"{capitalise(row.cause.label)} goes with {say_number(len(row.filled))} concerning trends of this school, "
        f"{trends}, so it is {SYSTEMIC}; {change}{owner}."
    )


def _list_cause(row: CauseRow) -> list[tuple[str, ...]]:
    count = len(row.filled)
    verdict = SYSTEMIC if row.systemic else "goes with one trend" if count else "goes with none that can be told"
    cells: list[tuple[str, ...]] = [(capitalise(row.cause.label), verdict, "", "", say_owner(row.cause))]
    for one in row.symptoms:
        if one.state != NOT_SEEN:
            more = format_with_interval(one.more, low=one.more_low, high=one.more_high, signed=True)
            cells.append(
                (
                    f"– {_name(one)}{_say_slope(one)}",
                    SHOWN_STATES[one.state],
                    more if one.more is not None else "–",
                    format_p(one.q_value) if one.q_value is not None else "–",
                    "",
                )
            )
    return cells


def _name(symptom: Symptom) -> str:
    word = "rising" if symptom.trend == ABSENCE else "falling"
    where = "" if symptom.trend_grade == ALL else f" in {name_grade(symptom.trend_grade)}"
    whom = "" if symptom.group == ALL else " of a student group"
    return f"{word} {symptom.label}{where}{whom}"


def _say_slope(symptom: Symptom) -> str:
    if symptom.slope is None:
        return ""
    change = format_with_interval(symptom.slope, low=symptom.low, high=symptom.high, signed=True)
    return f": {change} {symptom.unit}"


def _record_presence(row: CauseRow, *, school: School, settings: Settings) -> Record:
    ok = row.status == "ok"
    known = ok and row.numbers["estimate"] is not None
    numbers: dict[str, Any] = {}
    if known:
        numbers = {name: row.numbers[name] for name in ("estimate", "ci_low", "ci_high", "q_value")}
        numbers |= {name: int(value) for name in ("n", "n_clusters") if (value := row.numbers[name]) is not None}
        numbers |= {"ci_level": settings.ci_level if row.numbers["ci_low"] is not None else None}
    kind = find_kind(row.cause.shown_by)
    return Record(
        finding="root_cause_seen",
        requirement="R16",
        district_id=school.district_id,
        school_id=school.school_id,
        measure=row.cause.shown_by or None,
        group=row.cause.id,
        method=SEEN_METHOD,
        design="descriptive",
        unit=f"{YARDSTICKS[kind].unit}, difference" if kind in YARDSTICKS else None,
        family=PRESENCE_FAMILY if known and numbers["q_value"] is not None else None,
        verdict=row.present,
        status="ok" if known else "withheld" if row.status == "withheld" else "not_estimable",
        reason=None if known else row.text,
        sentence=row.text if known else None,
        **numbers,
    )


def _record_links(row: CauseRow, *, school: School, settings: Settings) -> list[Record]:
    common: dict[str, Any] = {
        "requirement": "R16", "district_id": school.district_id, "school_id": school.school_id, "group": row.cause.id,
    }  # fmt: skip
    records = []
    for one in row.symptoms:
        if row.present != "yes":
            continue
        known = one.more is not None
        records.append(
            Record(
                **common, finding="trend_beside_root_cause", measure=one.trend,
                grade=one.trend_grade, method=LINK_METHOD, design="association",
                estimate=one.more, ci_low=one.more_low, ci_high=one.more_high,
                ci_level=settings.ci_level if known else None, unit=one.unit, p_value=one.p_value,
                q_value=one.q_value, family=LINK_FAMILY if one.q_value is not None else None,
                n_clusters=one.n_schools if known else None, verdict=one.state,
                status="ok" if known else "not_estimable",
                reason=None if known else one.reason or "a trend is no evidence for a cause that it shows itself",
            )
        )  # fmt: skip
    if any(one.state in FILLED for one in row.symptoms):
        records.append(
            Record(
                **common, finding="root_cause_of_trends", measure=row.cause.shown_by, design="association",
                estimate=float(len(row.filled)), unit="concerning trends of the school", method=LINK_METHOD,
                verdict=SYSTEMIC if row.systemic else "one trend",
                sentence=_say_systemic(row) if row.systemic else None,
            )
        )  # fmt: skip
    return records


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
