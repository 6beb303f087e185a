"""Study of a plan's structure and aims: planted faults are named, and none in a plan without faults."""

import dataclasses
from collections.abc import Iterator, Sequence

import pandas as pd

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.across import compare_implementation
from mtss_analysis.findings.plan.across import gather_plans
from mtss_analysis.findings.plan.aim_finding import check_aims
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.plan import Subject, open_plan
from mtss_analysis.findings.plan.structure_finding import check_structure
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.causes import compare_causes
from mtss_analysis.findings.settings import Factor, Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.trends.other_slopes import COLUMNS
from studies.study import Outcome, Study, register

TABLES = {
    "schools", "enrollments", "staff", "calendar", "attendance", "tiers", "fidelity", "walkthroughs", "trainings",
    "training_attendance", "goals", "actions", "deliverables", "initiatives", "capacity",
}  # fmt: skip
KINDS = {
    "no_owner", "two_owners", "no_lead", "no_capacity", "no_risks", "no_support", "no_resources", "end_before_start",
    "before_plan", "no_end", "no_check", "check_after_end", "starts_too_early", "unknown_dependency",
    "circular_dependency", "unknown_goal", "no_cause", "unknown_cause", "wrong_level", "cause_without_action",
}  # fmt: skip
WITHOUT = "cause_without_action"
EXPERIENCE = Factor(
    id="teacher_experience", label="experience", table="staff", column="years_experience", level="classroom",
    bands=(0, 4, 10, 20),
)  # fmt: skip
SETTINGS = Settings(
    indicators=(),
    factors=(EXPERIENCE,),
    population="district",
    causes=(
        Cause(id="co_teaching", label="co-teaching", level="classroom", shown_by="implementation:co_teaching"),
        Cause(
            id="explicit_instruction", label="explicit instruction", level="school",
            shown_by="implementation:explicit_instruction",
        ),
        Cause(id="attendance", label="chronic absence", level="school", shown_by="chronic_absence"),
        Cause(id="caseload", label="students per interventionist", level="district", shown_by="caseload"),
        Cause(id="fidelity", label="Tier 1", level="school", shown_by="fidelity:tier1"),
    ),
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Frames:
    """Frames by name; of trends, which decide nothing here, there is none."""

    frames: dict[str, pd.DataFrame]

    def frame(self, name: str) -> pd.DataFrame:
        return self.frames.get(name, pd.DataFrame(columns=[*COLUMNS, "kind"]))


def study_plan(seed: int, planted: bool) -> Sequence[Outcome]:
    """A plan with about twenty faults of structure and aim, or the same plan without; all other truths are there."""
    truths = Truths() if planted else Truths().without(["plan"])
    drawn = simulate_district(Sizes(seed=seed), truths, tables=TABLES)
    district_id = str(drawn.truth["district_id"])
    tables = GivenTables({name: frame.assign(district_id=district_id) for name, frame in drawn.tables.items()})
    frames = {**gather_plans(tables), **compare_implementation(tables, settings=SETTINGS)}
    frames |= compare_causes(tables, reader=_Frames(frames=frames), settings=SETTINGS)
    found = tuple(_check(Comparison(frames=frames), district_id=district_id))
    if not planted:
        return [Outcome(quantity="any fault named", named=bool(found))]
    truth = [one for one in drawn.truth["plan"]["faults"] if one["kind"] in KINDS]
    wanted = {(one["kind"], one["table"], one["row_id"]) for one in truth}
    also = {row for one in truth for row in one["also"]}
    named = {(fault.kind, fault.table, fault.row_id) for fault in found}
    rows = {fault for fault in wanted if fault[0] != WITHOUT}
    return [
        Outcome(quantity="all faults of rows named", named=rows <= named),
        Outcome(quantity="the cause without an action named", named=(WITHOUT, "actions", "") in named),
        Outcome(quantity="a fault beyond those planted", named=any(one[2] not in also for one in named - wanted)),
    ]


def _check(comparison: Comparison, *, district_id: str) -> Iterator[PlanFault]:
    owned = (comparison.frame("plan_goals"), comparison.frame("plan_actions"))
    schools = sorted({school for frame in owned for school in frame["school_id"].dropna()})
    for school_id in (None, *schools):
        plan = open_plan(comparison, subject=Subject(district_id=district_id, school_id=school_id, name="Oak"))
        yield from check_structure(plan)
        yield from check_aims(plan, settings=SETTINGS, comparison=comparison)


register(
    Study(
        name="plan-aims",
        truth="plan",
        requirement="R34",
        run=study_plan,
        fast_seeds=1,
        seeds=100,
        least_power=0.90,
        most_false_alarms=0.05,
    )
)
