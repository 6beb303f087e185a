"""The words for a practice that breaks down: in whom, when, how the others and this school stand."""

from mtss_analysis.findings.implementation.facts import Fact, pick_facts
from mtss_analysis.findings.implementation.practice_rows import say_teachers, turn_group
from mtss_analysis.findings.implementation.words import name_practice, say_first_weeks, say_from, say_observers
from mtss_analysis.show import format_estimate, format_number, join_words, likely_between


def say_breakdown(found: Fact, facts: tuple[Fact, ...]) -> str:
    """Say where, in whom and when a practice falls off, with the two shares.

    Parameters
    ----------
    found : Fact
        ``search`` of the practice.
    facts : tuple of Fact
        All of the district.

    Returns
    -------
    str
        One sentence.
    """
    sides = {fact.part: fact for fact in pick_facts(facts, topic="side", subject=found.subject, group=found.group)}
    week = int(found.part)
    drops = pick_facts(facts, topic="drop", subject=found.subject, group=found.group)
    whom = say_teachers(found.group)
    drop = drops[0] if drops and drops[0].status == "ok" else None
    size = (
        f" (a drop of {format_estimate(drop.estimate, low=drop.ci_low, high=drop.ci_high)} points, "
        f"{likely_between(low=drop.ci_low, high=drop.ci_high)})"
        if drop
        else ""
    )
    return (
        f"Walkthroughs found {name_practice(found.subject)} fully in place in {_of_100(sides['before'])} of 100 "
        f"observations in {say_first_weeks(week)} and in {_of_100(sides['after'])} of 100 {say_from(week)}, among "
        f"{whom}{size}."
    )


def say_on_page_one(found: Fact, facts: tuple[Fact, ...]) -> str:
    """Say for page one where, in whom and when a practice falls off, and whether support could be the reason as well.

    Parameters
    ----------
    found : Fact
        ``search`` of the practice.
    facts : tuple of Fact
        All of the district.

    Returns
    -------
    str
        One sentence.
    """
    said = say_breakdown(found, facts).removesuffix(".")
    said = said[0].lower() + said[1:]
    overlap = pick_facts(facts, topic="overlap", subject=found.subject)
    apart = not overlap or overlap[0].status != "ok" or overlap[0].text == "apart"
    also = "" if apart else "; experience and follow-up support cannot be separated"
    return f"Across the district, {said}{also}."


def _of_100(fact: Fact) -> str:
    return format_number(fact.estimate, decimals=0)


def say_others(found: Fact, facts: tuple[Fact, ...]) -> str:
    """Say whether the other teachers show the same drop; empty where nothing is known of them."""
    other = turn_group(found.group)
    drops = pick_facts(facts, topic="drop", subject=found.subject, group=other)
    own = pick_facts(facts, topic="drop", subject=found.subject, group=found.group)
    if not other or not drops or not own:
        return ""
    whom = say_teachers(other)
    drop = drops[0]
    if drop.status != "ok" or drop.ci_high is None or drop.ci_low is None:
        return f"Whether {whom} show a drop cannot be told: too few of them were observed."
    if drop.ci_high < (own[0].estimate or 0.0):
        within = likely_between(low=-drop.ci_high, high=-drop.ci_low)
        many = "show no such drop" if drop.ci_low <= 0 else "show a smaller one"
        return f"{whom.capitalize()} {many} (a change of {_change(drop)} points, {within})."
    return f"Whether {whom} show one, too, cannot be told."


def _change(drop: Fact) -> str:
    return format_number(-(drop.estimate or 0.0), decimals=0, signed=True)


def say_when(found: Fact, facts: tuple[Fact, ...]) -> str:
    """Say on which day it comes and which years of experience divide teachers best; empty where neither is known."""
    breaks = pick_facts(facts, topic="break", subject=found.subject)
    if not breaks or breaks[0].estimate is None:
        return ""
    when = breaks[0]
    low, high = when.ci_low, when.ci_high
    sure = "no other day fits" if low == high else likely_between(low=low, high=high, decimals=0)
    said = f"It comes about {format_number(when.estimate, decimals=0)} days after the training ({sure})."
    cuts = pick_facts(facts, topic="cut", subject=found.subject)
    if cuts and cuts[0].estimate is not None:
        cut = cuts[0]
        sure = (
            "no other cut fits"
            if cut.ci_low == cut.ci_high
            else likely_between(low=cut.ci_low, high=cut.ci_high, decimals=0)
        )
        said += (
            " The years of experience that divide teachers best are "
            f"{format_number(cut.estimate, decimals=0)} ({sure})."
        )
    return said


def say_here(found: Fact, facts: tuple[Fact, ...]) -> str:
    """Say how the practice stands in the school itself, beside the district."""
    own = [fact for fact in pick_facts(facts, topic="building", subject=found.subject) if fact.school_id]
    if not own:
        return ""
    if own[0].status != "ok":
        return "This school has too few observed teachers for a number of its own."
    district = next(fact for fact in pick_facts(facts, topic="building", subject=found.subject) if not fact.school_id)
    return (
        f"In this school the practice was fully in place in {_of_100(own[0])} of 100 observations after training "
        f"({likely_between(low=own[0].ci_low, high=own[0].ci_high)}), in the district in {_of_100(district)}."
    )


def say_gaps(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    """Say what is missing about trainings and teachers, and of observers what is allowed for, one sentence each."""
    said = []
    for topic, words in (
        ("unattended", "Nobody is recorded as having attended the training in"),
        ("before_only", "Only before its training was seen"),
    ):
        subjects = [name_practice(fact.subject) for fact in pick_facts(facts, topic=topic)]
        if subjects:
            said.append(f"{words} {join_words(subjects)}, so nothing can be said of what came after it.")
    said += [
        f"Teachers cannot be compared by experience: {fact.text}." for fact in pick_facts(facts, topic="experience")
    ]
    said += [say_observers(fact.status, reason=fact.text) for fact in pick_facts(facts, topic="observers")]
    return tuple(said)
