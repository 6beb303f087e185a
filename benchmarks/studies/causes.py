"""Studies of candidate root causes beside trends, and of classrooms that stand out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import Comparison, Ground
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.cause_finding import find_causes
from mtss_analysis.findings.root_causes.cause_incidence import SYSTEMIC
from mtss_analysis.findings.root_causes.causes import compare_causes
from mtss_analysis.findings.root_causes.outlier_finding import find_stand_outs
from mtss_analysis.findings.root_causes.stand_outs import compare_units
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from studies.asked import Asked, ask, name_district, pick
from studies.study import Outcome, Study, register

READING = Indicator(
    measure="reading_scale", window="spring", domain="reading", label="reading", unit="scaled-score points"
)
MATH = Indicator(measure="math_scale", window="spring", domain="math", label="math", unit="scaled-score points")
VOCABULARY = Indicator(
    measure="vocabulary", window="spring", domain="reading", label="vocabulary", unit="scaled-score points"
)
INCOME = StudentGroup(
    column="economically_disadvantaged", label="family income", focus="yes", reference="no",
    focus_label="economically disadvantaged students", reference_label="other students",
)  # fmt: skip
PRACTICES = ("explicit_instruction", "co_teaching", "formative_checks", "behavior_routines")
CAUSES = (
    *(
        Cause(id=name, label=name.replace("_", " "), level="school", shown_by=f"implementation:{name}")
        for name in PRACTICES
    ),
    Cause(id="attendance", label="chronic absence", level="school", shown_by="chronic_absence"),
)
CAUSE_TABLES = {
    "schools", "enrollments", "screenings", "attendance", "staff", "walkthroughs", "trainings", "training_attendance",
}  # fmt: skip
SCORE_TABLES = {"schools", "enrollments", "screenings"}
CAUSE_SETTINGS = Settings(indicators=(READING, MATH), groups=(INCOME,), causes=CAUSES, population="district")
SCORE_SETTINGS = Settings(indicators=(READING, MATH, VOCABULARY), groups=(INCOME,), population="district")
PLANTED_SCHOOLS = (5, 6)
PLANTED_TRENDS = {READING.measure, "chronic_absence"}
LONE_SCHOOL, LONE_GRADE = 7, "3"


def draw(seed: int, *, planted: bool, tables: set[str], settings: Settings) -> Asked:
    """Draw Riverbend with all its truths, or without any."""
    truths = Truths() if planted else Truths().without(["all"])
    return ask(dict(simulate_district(Sizes(seed=seed), truths, tables=tables).tables), settings=settings)


def study_systemic_cause(seed: int, planted: bool) -> Sequence[Outcome]:
    """The practice that is badly implemented in two schools, where reading falls and absence rises."""
    asked = _compare(draw(seed, planted=planted, tables=CAUSE_TABLES, settings=CAUSE_SETTINGS))
    by_school = {
        school_id: [record for one in find_causes(**_about(asked, school_id)) for record in one.records()]
        for school_id in asked.school_ids
    }
    if not planted:
        seen = [
            (record.measure or "").startswith("implementation")
            for records in by_school.values()
            for record in pick(records, finding="root_cause_seen", verdict="yes")
        ]
        return [
            Outcome(
                quantity="any systemic cause named",
                named=any(_list_systemic(records) for records in by_school.values()),
            ),
            Outcome(quantity="any practice seen in any school", named=any(seen)),
            # Schools differ in absence in any case; what is held is the share of false ones among all that are seen.
            Outcome(
                quantity="share of practices among all causes seen", estimate=sum(seen) / max(len(seen), 1), true=0.0
            ),
        ]
    outcomes, linked = [], []
    for position, school_id in enumerate(asked.school_ids):
        records = by_school[school_id]
        systemic = _list_systemic(records)
        if position in PLANTED_SCHOOLS:
            trends = {
                record.measure
                for record in pick(records, finding="trend_beside_root_cause", group=PRACTICES[0])
                if (record.verdict or "").startswith(("goes with", "seen together"))
            }
            seen = pick(records, finding="root_cause_seen", group=PRACTICES[0])
            linked.append(PRACTICES[0] in systemic and trends >= PLANTED_TRENDS)
            outcomes += [
                Outcome(quantity="cause linked to both of its trends, a school, named", named=linked[-1]),
                Outcome(quantity="cause seen in a school", named=any(one.verdict == "yes" for one in seen)),
                Outcome(quantity="another cause called systemic there", named=bool(systemic - {PRACTICES[0]})),
            ]
        else:
            outcomes.append(Outcome(quantity="systemic cause in a school without", named=bool(systemic)))
    outcomes += [
        Outcome(quantity="cause linked to both of its trends, in one school or both, named", named=any(linked)),
        Outcome(quantity="cause linked to both of its trends, in both schools", named=all(linked)),
    ]
    return outcomes


class _Frames:
    """Gives the frames that causes are judged by; of faults, those of screenings, since no other bears on trends."""

    def __init__(self, asked: Asked) -> None:
        self._comparison = asked.comparison
        tables = {name: asked.tables[name] for name in SCORE_TABLES}
        self._of_scores = Ground(tables=name_district(tables), settings=asked.settings)

    def frame(self, name: str) -> pd.DataFrame:
        return self._of_scores.frame(name) if name == "faults" else self._comparison.frame(name)


def _compare(asked: Asked) -> Asked:
    frames = compare_causes(name_district(asked.tables), reader=_Frames(asked), settings=asked.settings)
    return replace(asked, comparison=Comparison(frames=frames))


def study_lone_classroom(seed: int, planted: bool) -> Sequence[Outcome]:
    """The classroom that stands 0.9 SD below in reading in every year."""
    asked = _ask_for_rooms(draw(seed, planted=planted, tables=SCORE_TABLES, settings=SCORE_SETTINGS))
    rooms = {
        school_id: pick(find_stand_outs(**_about(asked, school_id)).records(), finding="classroom_stands_out")
        for school_id in asked.school_ids
    }
    if not planted:
        frame = asked.comparison.frame("stand_outs")
        return [
            Outcome(quantity="any classroom named", named=any(rooms.values())),
            Outcome(quantity="any classroom or grade, also unprinted", named=bool(frame["named"].any())),
        ]
    lone = asked.school_ids[LONE_SCHOOL]
    right = [one for one in rooms[lone] if one.measure == READING.measure and one.verdict == "below"]
    return [
        Outcome(quantity="classroom, measure and side rightly named", named=bool(right)),
        Outcome(quantity="with its grade", named=any(one.grade == LONE_GRADE for one in right)),
        Outcome(quantity="another classroom", named=sum(map(len, rooms.values())) > bool(right)),
    ]


def _ask_for_rooms(asked: Asked) -> Asked:
    """Compare classrooms alone: what may be printed of levels decides on numbers of grades, and on no classroom."""
    scores = Ground(tables=name_district(asked.tables), settings=asked.settings).scores_by_measure
    names = ("district_id", "school_id", "trend_grade", "measure", "level", "group", "n", "status")
    nothing = pd.DataFrame(columns=list(names))
    frames = compare_units(scores, levels=nothing, settings=asked.settings)
    return replace(asked, comparison=Comparison(frames=frames))


def _list_systemic(records: Sequence[Record]) -> set[str | None]:
    return {one.group for one in pick(list(records), finding="root_cause_of_trends", verdict=SYSTEMIC)}


def _about(asked: Asked, school_id: str) -> dict[str, Any]:
    """Arguments of a ``find_`` function that reads the comparison alone."""
    roster = asked.tables["schools"]
    district = District(
        district_id=str(roster["district_id"].iloc[0]),
        district_name=str(roster["district_name"].iloc[0]),
        folder=Path("drawn"),
        school_id=school_id,
        tables={},
        roster=roster,
    )
    return {
        "district": district, "school_id": school_id, "settings": asked.settings, "comparison": asked.comparison,
    }  # fmt: skip


register(
    Study(
        name="systemic-cause",
        truth="(l) systemic_cause: a practice 35 points lower in two schools, reading −0.15 SD, absence +0.25 log odds",
        requirement="R16",
        run=study_systemic_cause,
        fast_seeds=1,
        seeds=300,
        least_power=0.90,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="lone-classroom",
        truth="(l) outlying_classroom: −0.9 SD in reading in every year, the same teacher",
        requirement="R17",
        run=study_lone_classroom,
        fast_seeds=2,
        seeds=300,
        least_power=0.90,
        most_false_alarms=0.05,
    )
)
