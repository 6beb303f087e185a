"""Write a goal and its action as far as the data can: numbers, ids and levels; the rest is a gap."""

import datetime as dt
from collections.abc import Sequence

from mtss_analysis.findings.plan.draft.reasons import Reason
from mtss_analysis.findings.plan.draft.rows import Cell, DraftRow
from mtss_analysis.findings.plan.draft.targets import Target, count_digits
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import AT_CUT, find_kind
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import certainty, format_number, join_words, likely_between, name_grade, of_every_100

LEVELS = ("district", "school", "classroom", "student")
OWNER = "the one position that answers for it, not a name"
DAY = "a day, such as 2026-09-01"
_T = 1.96


def draft_goal(
    reason: Reason,
    *,
    goal_id: str,
    target: Target,
    today: dt.date | None,
    settings: Settings,
    subject: Subject,
    action: DraftRow,
) -> DraftRow:
    """Write a goal.

    Parameters
    ----------
    reason : Reason
        What it answers.
    goal_id : str
        Its key.
    target : Target
        Baseline and target.
    today : date or None
        The newest day in the data.
    settings : Settings
        Words for groups.
    subject : Subject
        Whose plan.
    action : DraftRow
        What is done for it.

    Returns
    -------
    DraftRow
        With the action in it.
    """
    baseline = target.baseline
    stood = None if baseline is None or baseline.value is None else round(baseline.value, count_digits(target.key))
    owner = reason.cause.declared.owner if reason.cause and reason.cause.declared else ""
    statement = _state(reason, target=target, stood=stood, settings=settings)
    cells = (
        Cell(key="goal_id", value=goal_id),
        Cell(
            key="planned_on", value=today.isoformat() if today else None, fill_in="the day on which you agree on it",
            source="the newest day in the data; write the day on which you agree on the plan",
        ),
        Cell(key="statement", value=statement, fill_in="the goal in one sentence, with number and day"),
        Cell(key="finding_id", value=reason.finding_id, source="findings of the packet; docs/plan.md lists them"),
        Cell(key="domain", value=reason.domain or None, fill_in="what it is about, such as reading"),
        Cell(key="measure", value=reason.measure),
        Cell(key="statistic", value=target.key.statistic, source=_STATISTICS.get(target.key.statistic, "")),
        Cell(key="grade", value=tuple(target.key.grade.split(";"))),
        Cell(key="student_group", value=target.key.group),
        Cell(
            key="baseline", value=stood, source=_say_baseline(target),
            fill_in="where it stands; the data hold no number that may be printed",
        ),
        Cell(key="baseline_school_year", value=baseline.school_year if baseline else None, fill_in="such as 2025-26"),
        Cell(
            key="baseline_window", value=baseline.window if baseline else None, fill_in="fall, winter or spring"
        ),
        Cell(
            key="target", value=target.target, source=_say_target(target),
            fill_in=f"where it is to stand{_say_why_no_target(target)}",
        ),
        Cell(key="target_school_year", value=target.school_year or None, fill_in="such as 2026-27"),
        Cell(key="target_window", value=baseline.window if baseline else None, fill_in="fall, winter or spring"),
        *_write_milestones(target),
        Cell(
            key="owner", value=owner or None, fill_in=OWNER,
            source="the run file names this position for the root cause" if owner else "",
        ),
        Cell(key="relevance", fill_in=f"why it matters to the students of this {subject.word}"),
    )  # fmt: skip
    return DraftRow(table="goals", cells=cells, said=reason.said, inside=(action,))


def draft_action(
    reason: Reason, *, goal_id: str, target: Target, causes: Sequence[Reason], subject: Subject
) -> DraftRow:
    """Write an action of a goal, and what it is to bring forth.

    Parameters
    ----------
    reason : Reason
        What the goal answers.
    goal_id : str
        Key of the goal.
    target : Target
        Of the goal.
    causes : sequence of Reason
        All root causes that the data show here, among which the team chooses for a trend.
    subject : Subject
        Whose plan.

    Returns
    -------
    DraftRow
        With a deliverable in it.
    """
    action_id = f"A-{goal_id.removeprefix('G-')}a"
    cause = reason.cause
    known = join_words([one.cause.cause_id for one in causes if one.cause], last="or")
    level = reason.level if reason.level in LEVELS else None
    cells = (
        Cell(key="action_id", value=action_id),
        Cell(
            key="cause_id", value=(cause.cause_id,) if cause else None,
            fill_in=f"the root cause it is to remove{f', such as {known}' if known else ', an id of the run file'}",
        ),
        Cell(key="description", fill_in="what is done, by whom and with whom"),
        Cell(key="action_type", fill_in="such as coaching, training, schedule, staffing, routine"),
        Cell(
            key="level", value=level, fill_in="where it changes something: district, school, classroom or student",
            source="where the data show the root cause, or the run file has it" if level else "",
        ),
        *([Cell(key="practice", value=cause.practice)] if cause and cause.practice else []),
        Cell(
            key="schools_reached", value=(subject.school_id,) if subject.school_id else None,
            fill_in="ids of schools, or all",
        ),
        Cell(key="owner", fill_in=OWNER),
        Cell(key="lead_district", fill_in="who leads at the district, by position"),
        Cell(key="lead_school", fill_in="who leads in the school, by position"),
        Cell(key="lead_classroom", fill_in="who leads among teachers, by position"),
        Cell(key="support_structure", fill_in="what supports those who carry it out, and how often"),
        Cell(key="start_date", fill_in=DAY),
        Cell(key="end_date", fill_in=DAY),
        Cell(key="staff_role", fill_in="role of the staff who carry it out, as in the staff table"),
        Cell(key="staff_hours_per_week", fill_in="hours a week of that role, all schools together"),
        Cell(key="capacity_exists", fill_in="knowledge and staff that are there already"),
        Cell(key="capacity_needed", fill_in="knowledge and staff that have to be built"),
        Cell(key="cost", fill_in="dollars over the whole action, without staff; 0 if nothing"),
        Cell(key="funding_source", fill_in="where the money comes from"),
        Cell(key="amount_funded", fill_in="dollars that are secured"),
        Cell(key="risks", fill_in="what may go wrong, and what is done about it"),
        Cell(
            key="progress_measure", value=(target.key.measure,),
            source="the goal's measure; better one that moves earlier, such as what walkthroughs see",
        ),
        Cell(key="next_check", fill_in="the day on which its numbers are looked at next"),
        Cell(key="status", value="planned"),
    )  # fmt: skip
    deliverable = DraftRow(
        table="deliverables",
        cells=(
            Cell(key="deliverable_id", value=f"D-{action_id.removeprefix('A-')}"),
            Cell(key="description", fill_in="what it brings forth that somebody can look at"),
            Cell(
                key="evidence_type",
                fill_in="such as walkthrough_scores, formative_assessment or coaching_log; not sign-in sheets",
            ),
            Cell(key="due_date", fill_in="a school day outside the screening windows"),
            Cell(key="responsible", fill_in="who hands it in, by position"),
            Cell(key="status", value="open"),
        ),
    )
    return DraftRow(table="actions", cells=cells, inside=(deliverable,))


_STATISTICS = {
    AT_CUT: "students at or above their cut score, of every 100",
    "pct": "of every 100",
    "per_100_per_day": "referrals per 100 students and school day",
}


def _state(reason: Reason, *, target: Target, stood: float | None, settings: Settings) -> str | None:
    baseline = target.baseline
    if baseline is None or stood is None or target.target is None:
        return None
    when, then = (f"{baseline.window} {year}" for year in (target.school_year, baseline.school_year))
    aim, whom = _write(target.target, target=target), _name_whom(target, settings=settings)
    label = f"{reason.label[:1].upper()}{reason.label[1:]}"
    said = {
        "screening": f"The mean score of {whom} in {reason.label} is {aim}",
        "absence": f"At most {aim} of every 100 {whom} are chronically absent",
        "referrals": f"At most {aim} referrals are written per 100 {whom} and school day",
        "caseload": f"A full-time interventionist has at most {aim} students in Tier 2 or 3",
        "fidelity": f"{label}: {aim} of every 100 points of the instrument are reached",
        "implementation": f"{label}: fully in place in {aim} of every 100 observed lessons",
    }[find_kind(target.key.measure)]
    if target.key.statistic == AT_CUT:
        said = f"{aim} of every 100 {whom} are at or above the cut score in {reason.label}"
    turn = "down" if target.better < 0 else "up"
    return f"{said} in {when}, {turn} from {_write(stood, target=target)} in {then}"


def _name_whom(target: Target, *, settings: Settings) -> str:
    words = "students"
    for group in settings.groups:
        for value, label in ((group.focus, group.focus_label), (group.reference, group.reference_label)):
            if target.key.group == f"{group.column}={value}":
                words = label
    grades = [name_grade(grade) for grade in target.key.grade.split(";") if grade != ALL]
    return f"{words} of {join_words(grades)}" if grades else words


def _say_baseline(target: Target) -> str:
    baseline = target.baseline
    if baseline is None or baseline.value is None:
        return ""
    parts = [f"the newest number in the data, {baseline.window} {baseline.school_year}"]
    if baseline.std_error:
        reach = _T * baseline.std_error
        parts.append(likely_between(low=baseline.value - reach, high=baseline.value + reach))
    return "; ".join(parts)


def _say_target(target: Target) -> str:
    achieved = target.achieved
    if target.target is not None and target.yardstick is not None:
        far = _write(target.yardstick, target=target)
        if _write(target.target, target=target) == far:
            return "what it is held against in the packet; schools like this one would really get further in a year"
        return f"half of the way to {far}, which it is held against in the packet"
    if target.target is None or achieved is None or target.share is None:
        return ""
    change = _write(abs(achieved.wanted), target=target)
    said = (
        f"{change} {'more' if target.better > 0 else 'less'}; {of_every_100(100 * target.share, about=True)} "
        f"{achieved.like} would really change by as much in a year in which they do not fall as a whole, judged by "
        f"{achieved.n_changes} changes of {achieved.n_schools}, noise taken out"
    )
    if achieved.by_trend is None:
        return said
    return f"{said}; if the trend of this place goes on, that it gets there is {certainty(achieved.by_trend)}"


def _say_why_no_target(target: Target) -> str:
    if target.baseline is None:
        return ""
    if target.achieved is None or target.achieved.reason:
        why = target.achieved.reason if target.achieved else "the data hold no changes over a year"
        return f"; {why}"
    return "; hardly any school like this one moved for the better from one year to the next"


def _write_milestones(target: Target) -> tuple[Cell, ...]:
    if target.milestone is None:
        return ()
    year, window, value = target.milestone
    return (
        Cell(
            key="milestones", value=(f"{year} {window} {_write(value, target=target)}",), source="the middle of the way"
        ),
    )


def _write(value: float, *, target: Target) -> str:
    return format_number(value, decimals=count_digits(target.key)).removesuffix(".0")
