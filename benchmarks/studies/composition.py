"""Studies of changes that are due to the mix of students: the reversal, and the pure change of composition."""

from collections.abc import Sequence
from dataclasses import replace

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.trends.mix_finding import find_mix
from studies.asked import ask, pick
from studies.study import Outcome, Study, register
from studies.trends import INCOME, READING, SETTINGS, TABLES

SIZES = {"students": 4000, "schools": 8, "years": 3}
KINDS = {"simpson_reversal": "reversal", "composition_change": "composition"}
SCHOOL = {"simpson_reversal": 3, "composition_change": 4}
ASKED = replace(SETTINGS, indicators=(READING,), groups=(INCOME,))


def study_mix(seed: int, planted: bool) -> Sequence[Outcome]:
    """Whether the change of each school's mix is named as what it is, and never in the other schools."""
    without = Truths().without(["all"])
    truths = replace(without, **{truth: getattr(Truths(), truth) for truth in KINDS}) if planted else without
    drawn = simulate_district(Sizes(**SIZES, seed=seed), truths, tables=TABLES)
    asked = ask(drawn.tables, settings=ASKED)
    truth_of = {asked.school_ids[position]: truth for truth, position in SCHOOL.items()}
    outcomes = []
    for school_id in asked.school_ids:
        records = [record for finding in find_mix(**asked.about(school_id)) for record in finding.records()]
        named = {record.verdict for record in pick(records, finding="mix_mix")} - {"neither", None}
        truth = truth_of.get(school_id)
        if truth is None:
            outcomes.append(Outcome(quantity="named in another school", named=bool(named)))
        else:
            outcomes.append(Outcome(quantity=f"{KINDS[truth]} named", named=KINDS[truth] in named))
            outcomes.append(Outcome(quantity=f"{KINDS[truth]} named as the other", named=bool(named - {KINDS[truth]})))
    return outcomes


register(
    Study(
        name="mix-of-students",
        truth="simpson_reversal and composition_change",
        requirement="R5",
        run=study_mix,
        fast_seeds=2,
        least_power=0.95,
        most_false_alarms=0.02,
    )
)
