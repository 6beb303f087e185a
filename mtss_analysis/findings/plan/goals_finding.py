"""Are the goals SMART: specific, measurable, achievable, relevant, time-bound."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.achieved import OUT_OF_REACH, SELDOM, Achieved
from mtss_analysis.findings.plan.fault_list import record_faults, record_missing, say_no_plan
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.goal_view import GoalView, view_goals
from mtss_analysis.findings.plan.letters import WORDS, Letter
from mtss_analysis.findings.plan.measure_words import name_measure, name_unit, write_amount
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.smart import check_letters
from mtss_analysis.findings.plan.where_found import lead_to_table
from mtss_analysis.findings.plan.whole_finding import say_count_of
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    count_of,
    draw_intervals,
    say_number,
)
from mtss_analysis.show.numbers import of_every_100

NAME = "plan-smart"
TITLE = "Are the goals SMART?"
REQUIREMENT = "R31"
MOST_DRAWN = 12
MOST_SAID = 3
WIDTH_IN = 4.2
"""Width on paper of a picture of changes, of which there is one for each goal."""
_MET = {True: "yes", False: "no", None: "cannot tell"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedGoal:
    """A goal with its five letters.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.
    letters : tuple of Letter
        S, M, A, R, T.
    achieved : Achieved or None
        What schools like this one achieved; None where the goal states no target, time or measure.
    """

    view: GoalView
    letters: tuple[Letter, ...]
    achieved: Achieved | None

    @property
    def faults(self) -> tuple[PlanFault, ...]:
        """What is wrong with it."""
        return tuple(letter.fault for letter in self.letters if letter.fault is not None)


def judge_goals(plan: Plan, *, settings: Settings, comparison: FrameReader) -> tuple[JudgedGoal, ...]:
    """Check every goal of a plan letter by letter.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Labels, confidence level, effect questions.
    comparison : Comparison
        With the frames ``values`` and ``value_changes``.

    Returns
    -------
    tuple of JudgedGoal
        In the order of the plan.
    """
    judged = []
    for view in view_goals(plan, settings=settings, comparison=comparison):
        letters, achieved = check_letters(view, plan=plan, settings=settings, comparison=comparison)
        judged.append(JudgedGoal(view=view, letters=letters, achieved=achieved))
    return tuple(judged)


def check_goals(plan: Plan, *, settings: Settings, comparison: FrameReader) -> tuple[PlanFault, ...]:
    """Find what is wrong with the goals of a plan.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Labels, confidence level, effect questions.
    comparison : Comparison
        With the frames ``values`` and ``value_changes``.

    Returns
    -------
    tuple of PlanFault
        Kinds: ``not_specific``, ``not_measurable``, ``no_baseline``, ``wrong_baseline``, ``no_target``,
        ``wrong_direction``, ``not_achievable``, ``not_relevant``, ``no_time``, ``unknown_window``,
        ``target_too_early``, ``date_mismatch``, ``unreadable_milestone``, ``milestone_out_of_time``.
    """
    return tuple(fault for goal in judge_goals(plan, settings=settings, comparison=comparison) for fault in goal.faults)


def find_goals(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say which goals of a plan are SMART, letter by letter and why.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Labels, confidence level, effect questions.
    comparison : Comparison
        With the frames ``values`` and ``value_changes``.

    Returns
    -------
    ToldFinding
        With a table of one row per goal and letter.
    """
    if not plan.goals:
        said = say_no_plan(plan.subject) if plan.is_empty else f"The plan of this {plan.subject.word} has no goal."
        published = record_missing(subject=plan.subject, finding="plan_goals", requirement=REQUIREMENT, said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    judged = judge_goals(plan, settings=settings, comparison=comparison)
    opening = _open(judged)
    wrong = [goal for goal in judged if goal.faults]
    where = f" {_say_wrong(wrong)}" if wrong else ""
    faults = [fault for goal in judged for fault in goal.faults]
    return ToldFinding(
        title=TITLE,
        said=f"{opening}{where} See @tbl-{NAME}.",
        short=opening,
        listed=_tabulate(judged),
        kept_in_mind=(
            f"A target counts as out of reach where fewer than {round(100 * OUT_OF_REACH)} of 100 schools like this "
            f"one would get there, and as ambitious where fewer than {round(100 * SELDOM)} of 100 have; these limits "
            "are conventions of this kit.",
            "What schools achieved in the past says how far they moved, not how far they could have moved.",
        ),
        published=(
            _record_all(plan, judged=judged, said=opening),
            *(record for goal in judged for record in _record_goal(goal)),
            *record_faults(faults, subject=plan.subject, finding="plan_fault"),
        ),
    )


def find_reach(plan: Plan, *, settings: Settings, comparison: Comparison) -> tuple[ToldFinding, ...]:
    """Show for every goal how far schools like this one really moved in the time that it allows.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Labels, confidence level, effect questions.
    comparison : Comparison
        With the frames ``values`` and ``value_changes``.

    Returns
    -------
    tuple of ToldFinding
        One with a figure for each goal of which the data hold such changes of enough schools.
    """
    judged = judge_goals(plan, settings=settings, comparison=comparison)
    return tuple(_tell_reach(goal, settings=settings) for goal in judged if _is_drawn(goal))


def _is_drawn(goal: JudgedGoal) -> bool:
    return goal.achieved is not None and bool(goal.achieved.schools) and goal.achieved.wanted > 0


def _open(judged: Sequence[JudgedGoal]) -> str:
    count = len(judged)
    met = sum(all(letter.met is not False for letter in goal.letters) for goal in judged)
    unknown = sum(
        all(letter.met is not False for letter in goal.letters) and any(letter.met is None for letter in goal.letters)
        for goal in judged
    )
    if met == count:
        opening = (
            f"The plan has {say_count_of(count, 'goal')}; we find no fault in {'it' if count == 1 else 'any of them'}."
        )
    elif count == 1:
        opening = "The plan has one goal, which is not SMART yet."
    else:
        known = f"{say_number(met)} {'is' if met == 1 else 'are'}" if met else "none is"
        opening = f"Of the {say_count_of(count, 'goal')} of the plan, {known} without a fault."
    if unknown:
        opening += f" Of {'it' if count == 1 else say_number(unknown)} the data cannot tell every letter."
    return opening


def _say_wrong(wrong: Sequence[JudgedGoal]) -> str:
    """Say what is wrong with the first goals, in the words of their faults, and count the others."""
    told = [f"{goal.view.goal.goal_id}: {goal.faults[0].said}" for goal in wrong[:MOST_SAID]]
    more = len(wrong) - MOST_SAID
    return " ".join(told) + (f" And {say_number(more)} more." if more > 0 else "")


def _tabulate(judged: Sequence[JudgedGoal]) -> Table:
    pairs = [(goal, letter) for goal in judged for letter in goal.letters]
    pairs.sort(key=lambda pair: not _is_printed(pair[1]))
    printed = sum(_is_printed(letter) for _, letter in pairs)
    return Table(
        name=NAME,
        caption="Goals letter by letter: what is not met or cannot be told, and how far the target is to reach.",
        columns=(Column(title="Goal"), Column(title="Letter"), Column(title="Met"), Column(title="Why")),
        rows=[
            (
                goal.view.goal.goal_id,
                f"{letter.letter} {WORDS[letter.letter]}",
                _MET[letter.met],
                _write_why(goal, letter),
            )
            for goal, letter in pairs
        ],
        note="Letters that are not printed are met." if printed < len(pairs) else "",
        printed=printed if printed < len(pairs) else None,
    )


def _is_printed(letter: Letter) -> bool:
    """Whether a letter is to be read on paper: all that is not met, and A, which rests on numbers."""
    return letter.met is not True or letter.letter == "A"


def _tell_reach(goal: JudgedGoal, *, settings: Settings) -> ToldFinding:
    view, achieved = goal.view, goal.achieved
    name = f"plan-reach-{_slug(view.goal.goal_id)}"
    return ToldFinding(
        title=f"How far schools moved: goal {view.goal.goal_id}",
        said=f"{_say_moved(view, achieved=achieved, settings=settings)} See @fig-{name}.",
        drawn=None if achieved is None else _draw(view, achieved=achieved, name=name, settings=settings),
        kept_in_mind=(
            "The changes are best guesses, drawn together where they are noisy; schools are not named, since this is "
            "no list of the good and the less good.",
        ),
    )


def _write_why(judged: JudgedGoal, letter: Letter) -> str:
    """Write why a letter is met or not; what is measured leads to the table in which its numbers stand."""
    goal = judged.view.goal
    if letter.letter != "M":
        return letter.said
    return lead_to_table(letter.said, measure=goal.measure, statistic=goal.statistic)


def _say_moved(view: GoalView, *, achieved: Achieved | None, settings: Settings) -> str:
    """Say what the picture adds to the letter A, which stands in the table."""
    if achieved is None or view.key is None:
        return ""
    wanted = write_amount(view.better * achieved.wanted, key=view.key, signed=True)
    span = view.span_years or 0
    time = "within the year" if span == 0 else f"in {count_of(span, 'year')}"
    mean = (
        ""
        if achieved.mean is None
        else (
            f" By best guess, {achieved.n_schools} {achieved.like} changed by "
            f"{write_amount(view.better * achieved.mean, key=view.key, signed=True)} "
            "on average."
        )
    )
    return f"The goal asks for {wanted} {time} in the {name_measure(view.key, settings=settings)}.{mean}"


def _draw(view: GoalView, *, achieved: Achieved, name: str, settings: Settings) -> Figure | None:
    key = view.key
    if key is None:
        return None
    schools = achieved.schools
    if len(schools) > MOST_DRAWN:
        step = (len(schools) - 1) / (MOST_DRAWN - 1)
        kept = {round(at * step) for at in range(MOST_DRAWN)}
        schools = tuple(one for at, one in enumerate(schools) if at in kept or one.is_own)
    rows = [
        IntervalRow(
            label="this school" if one.is_own else "another school",
            estimate=one.estimate,
            low=one.low,
            high=one.high,
            role="this_school" if one.is_own else "others",
            annotation="" if not one.is_own else None,
        )
        for one in reversed(schools)
    ]
    better = "" if view.better > 0 else " (a fall counts as up)"
    span = view.span_years or 0
    figure = draw_intervals(
        name=name,
        caption=(
            f"Changes of {achieved.n_schools} {achieved.like} over the time that goal {view.goal.goal_id} allows, with "
            f"likely ranges, and the change that it asks for: {name_measure(key, settings=settings)}."
        ),
        rows=rows,
        x_label=f"Change in {count_of(span, 'year')}, {name_unit(key, change=True)}{better}",
        lines=(
            ReferenceLine(value=0.0, label="no change"),
            ReferenceLine(value=achieved.wanted, label="the goal"),
        ),
        signed=True,
        less="worse",
        more="better",
    )
    return replace(figure, width_in=WIDTH_IN)


def _record_all(plan: Plan, *, judged: Sequence[JudgedGoal], said: str) -> Record:
    sound = sum(not goal.faults for goal in judged)
    return Record(
        finding="plan_goals",
        requirement=REQUIREMENT,
        district_id=plan.subject.district_id,
        school_id=plan.subject.school_id,
        level=plan.subject.level,
        method="check of the plan",
        design="descriptive",
        estimate=float(sound),
        unit="goals without a fault",
        n=len(judged),
        verdict="SMART" if sound == len(judged) else "not SMART",
        sentence=said,
    )


def _record_goal(goal: JudgedGoal) -> Iterator[Record]:
    view, achieved = goal.view, goal.achieved
    fixed = {
        "requirement": REQUIREMENT,
        "district_id": view.subject.district_id,
        "school_id": view.subject.school_id,
        "level": view.subject.level,
        "domain": view.goal.domain,
        "measure": view.key.measure if view.key else None,
        "grade": view.key.grade if view.key else None,
    }
    for letter in goal.letters:
        yield Record(
            finding=f"goal_{WORDS[letter.letter].replace('-', '_')}",
            group=f"goals {view.goal.goal_id}",
            verdict=_MET[letter.met],
            sentence=letter.said,
            **fixed,  # type: ignore[arg-type]  # fields by name
        )
    if achieved is None or view.key is None:
        return
    chances = (
        ("goal_reached_by_schools", achieved.share, "share of changes of like schools, noise removed"),
        ("goal_reached_by_next_school", achieved.next_school, "probability for one more school"),
        ("goal_reached_by_trend", achieved.by_trend, "probability if the own trend goes on"),
        ("goal_reached_by_chance", achieved.by_chance, "probability if nothing really changes"),
    )
    for name, value, method in chances:
        yield Record(
            finding=name,
            group=f"goals {view.goal.goal_id}",
            method=method,
            design="descriptive",
            estimate=None if value is None else 100 * value,
            unit="percent",
            n=achieved.n_changes or None,
            n_clusters=achieved.n_schools or None,
            status="not_estimable" if value is None else "ok",
            reason=None if value is not None else achieved.reason or "too few values of this school",
            sentence=_say_chance(view, value=value, achieved=achieved, method=method),
            **fixed,  # type: ignore[arg-type]  # fields by name
        )


def _say_chance(view: GoalView, *, value: float | None, achieved: Achieved, method: str) -> str:
    if view.key is None or value is None:
        return f"Goal {view.goal.goal_id}: {method} cannot be had."
    change = write_amount(achieved.wanted, key=view.key, signed=True)
    return f"Goal {view.goal.goal_id}, a change of {change} for the better: {method}, {of_every_100(100 * value)}."


def _slug(goal_id: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in goal_id.lower())
