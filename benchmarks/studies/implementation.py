"""Studies of the breakdown of a trained practice, and of telling experience from support."""

from collections.abc import Sequence
from dataclasses import replace

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.implementation.breakdown_finding import find_breakdown
from mtss_analysis.findings.implementation.separation_finding import find_separation
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Factor, Settings
from studies.asked import Asked, ask, pick
from studies.study import Outcome, Study, register

TABLES = {"schools", "staff", "walkthroughs", "trainings", "training_attendance"}
EXPERIENCE = Factor(
    id="teacher_experience",
    label="the teacher's years of experience",
    table="staff",
    column="years_experience",
    level="classroom",
    bands=(0, 4, 10, 20),
)
SETTINGS = Settings(indicators=(), factors=(EXPERIENCE,), population="district")
PRACTICE, GROUP, DAY = "co_teaching", "4+", 14
HALF = {"students": 3000, "schools": 6}


def draw(seed: int, *, planted: bool, overlap: bool, half: bool) -> Asked:
    """Draw a district with or without the breakdown; every other truth of the simulator stays."""
    truths = Truths()
    breakdown = replace(truths.practice.breakdown, planted=planted, overlap=overlap)
    truths = replace(truths, practice=replace(truths.practice, breakdown=breakdown))
    sizes = Sizes(seed=seed, **HALF) if half else Sizes(seed=seed)
    return ask(simulate_district(sizes, truths, tables=TABLES).tables, settings=SETTINGS)


def study_breakdown(seed: int, planted: bool) -> Sequence[Outcome]:
    """Practice, band and week of the District A example at Riverbend's size; any name where nothing is planted."""
    return _judge(draw(seed, planted=planted, overlap=False, half=False), planted=planted)


def study_breakdown_half(seed: int, planted: bool) -> Sequence[Outcome]:
    """The same at half the size."""
    return _judge(draw(seed, planted=planted, overlap=False, half=True), planted=planted)


def study_overlap(seed: int, planted: bool) -> Sequence[Outcome]:
    """Support and experience where all four cells are filled; the warning must not appear."""
    asked = draw(seed, planted=planted, overlap=True, half=False)
    records = list(find_separation(**_about(asked)).records())
    truth = Truths().practice.breakdown
    about_practice = pick(records, finding="experience_support_overlap", measure=PRACTICE)
    outcomes = [Outcome(quantity="warning with overlap", named=_warns(about_practice))] if about_practice else []
    true = {"experience": 100 * truth.experience_drop, "support": 100 * truth.support_drop}
    outcomes += [
        Outcome(
            quantity=f"{record.group} effect, points",
            estimate=record.estimate,
            low=record.ci_low,
            high=record.ci_high,
            true=true[str(record.group)],
        )
        for record in pick(records, finding="drop_difference")
        if planted and record.measure == PRACTICE
    ]
    return outcomes


def _judge(asked: Asked, *, planted: bool) -> list[Outcome]:
    records = [record for one in find_breakdown(**_about(asked)) for record in one.records()]
    named = {
        record.measure: record for record in pick(records, finding="practice_breakdown") if record.verdict == "named"
    }
    breaks = {record.measure: record for record in pick(records, finding="practice_break")}
    warned = _warns(list(find_separation(**_about(asked)).records()))
    warning = Outcome(quantity="no warning without overlap", named=not warned)
    if not planted:
        return [Outcome(quantity="any breakdown named", named=bool(named)), warning]
    when = breaks.get(PRACTICE)
    right = PRACTICE in named and named[PRACTICE].group == GROUP and _is_near(when)
    outcomes = [
        Outcome(quantity="practice, band and week rightly named", named=right),
        Outcome(quantity="right, and no other practice", named=right and len(named) == 1),
        Outcome(quantity="another practice", named=bool(set(named) - {PRACTICE})),
        warning,
    ]
    if when is not None:
        outcomes.append(
            Outcome(
                quantity="day of the break", estimate=when.estimate, low=when.ci_low, high=when.ci_high, true=float(DAY)
            )
        )
    return outcomes


def _is_near(when: Record | None) -> bool:
    return when is not None and when.estimate is not None and abs(round(when.estimate / 7) - DAY // 7) <= 1


def _warns(records: Sequence[Record]) -> bool:
    return any(
        record.verdict == "cannot be separated" for record in pick(records, finding="experience_support_overlap")
    )


def _about(asked: Asked) -> dict[str, object]:
    return asked.about(asked.school_ids[0])


register(
    Study(
        name="practice-breakdown",
        truth="breakdown: co_teaching falls from .74 to .41 after two weeks, 4+ years, Riverbend's size",
        requirement="R15",
        run=study_breakdown,
        fast_seeds=2,
        seeds=300,
        least_power=0.95,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="practice-breakdown-half",
        truth="breakdown: the same at half the size",
        requirement="R15",
        run=study_breakdown_half,
        fast_seeds=2,
        seeds=300,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="experience-and-support",
        truth="breakdown with overlap: 13 points with experience, 20 without support",
        requirement="R15",
        run=study_overlap,
        fast_seeds=2,
        seeds=300,
        most_false_alarms=0.01,
    )
)
