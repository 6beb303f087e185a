"""Studies of a practice that is seen less in one school than in the others, where few and unlike observers look."""

from collections.abc import Sequence
from dataclasses import replace

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.implementation.breakdown_finding import find_breakdown
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from studies.asked import ask, pick
from studies.study import Outcome, Study, register

TABLES = {"schools", "staff", "walkthroughs", "trainings", "training_attendance"}
SETTINGS = Settings(indicators=(), population="district")
SCHOOL, PRACTICE = "01002", "explicit_instruction"
HALF = {"students": 3000, "schools": 6}


def study_practice_by_school(seed: int, planted: bool) -> Sequence[Outcome]:
    """A practice 35 points lower in one school of six; no other truth of the simulator is there."""
    truths = Truths().without(["all"])
    if planted:
        weak = replace(truths.practice.weak_practice, planted=True)
        truths = replace(
            truths,
            systemic_cause=replace(truths.systemic_cause, planted=True, elementary=(1,)),
            practice=replace(truths.practice, weak_practice=weak),
        )
    asked = ask(dict(simulate_district(Sizes(seed=seed, **HALF), truths, tables=TABLES).tables), settings=SETTINGS)
    shares = [
        record
        for school_id in asked.school_ids
        for one in find_breakdown(**asked.about(school_id))
        for record in pick(list(one.records()), finding="practice_share_of_school")
        if record.school_id == school_id and record.q_value is not None
    ]
    if planted:
        return [
            Outcome(quantity="lower in the planted school, named", named=record.verdict == "lower")
            for record in shares
            if (record.school_id, record.measure) == (SCHOOL, PRACTICE)
        ]
    return [
        Outcome(quantity="any practice of any school lower or higher", named=any(map(_stands, shares))),
        *(Outcome(quantity="a practice of a school lower or higher", named=_stands(record)) for record in shares),
        *(
            Outcome(quantity="p under .05, a practice of a school", named=record.p_value <= 0.05)
            for record in shares
            if record.p_value is not None
        ),
    ]


def _stands(record: Record) -> bool:
    return record.verdict in ("lower", "higher")


register(
    Study(
        name="practice-by-school",
        truth="weak_practice: 35 points lower in one of six schools, three observers in each",
        requirement="R15",
        run=study_practice_by_school,
        fast_seeds=6,
        seeds=300,
        least_power=0.90,
        most_false_alarms=0.05,
    )
)
