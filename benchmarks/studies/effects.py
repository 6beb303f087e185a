"""Studies of the design ladder: planted effects recovered, an idle intervention not called effective."""

from collections.abc import Sequence
from dataclasses import replace

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.effects.design_finding import find_designs
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Settings
from studies.asked import ask, pick
from studies.study import Outcome, Study, register

TABLES = {"schools", "enrollments", "screenings", "staff", "interventions", "services"}
NOTHING = Truths().without(["all"])
SCHOOLS, STUDENTS = 14, 5600
"""Ten to eleven elementary schools, of about 400 students."""
FEW_SCHOOLS, FEW_STUDENTS = 11, 4400
"""Eight elementary schools."""


def _ask(measure: str, *, domain: str, intervention: str, comparison: str = "") -> Settings:
    indicator = Indicator(measure=measure, window="spring", domain=domain, label=measure, unit="points")
    question = EffectQuestion(
        intervention_id=intervention,
        comparison_id=comparison,
        label=intervention,
        comparison_label=comparison,
        outcomes=(measure,),
        minimum_worthwhile_sd=0.1,
    )
    return Settings(indicators=(indicator,), effects=(question,), follow="grade", population="district")


def _run(
    seed: int,
    *,
    truths: Truths,
    settings: Settings,
    true: float,
    design: str,
    students: int = STUDENTS,
    schools: int = SCHOOLS,
    tables: set[str] = TABLES,
) -> list[Outcome]:
    drawn = simulate_district(Sizes(students=students, schools=schools, years=3, seed=seed), truths, tables=tables)
    asked = ask(drawn.tables, settings=settings)
    records = find_designs(**asked.about(asked.school_ids[0]))[0].records()
    chosen = [record for record in pick(records, finding="design_effect") if record.design == design]
    sizes = [record for record in pick(records, finding="design_effect_size") if record.design == design]
    if not chosen:
        return [Outcome(quantity="effect called", named=False), Outcome(quantity="effect, SD", true=true)]
    told = "told apart from no effect, in the favourable" in (chosen[0].verdict or "")
    outcomes = [Outcome(quantity="effect called", named=told)]
    outcomes += [
        Outcome(quantity="effect, SD", estimate=one.estimate, low=one.ci_low, high=one.ci_high, true=true)
        for one in sizes
    ]
    wild = pick(records, finding="design_wild")
    outcomes += [
        Outcome(quantity="wild interval, points", named=bool(one.ci_low is not None and one.ci_low > 0)) for one in wild
    ]
    return outcomes


def study_discontinuity(seed: int, planted: bool) -> Sequence[Outcome]:
    """A cut-score intervention of 0.30 SD, sharp."""
    truth = replace(Truths().cut_score_effect, effect_sd=0.3 if planted else 0.0)
    return _run(
        seed,
        truths=replace(NOTHING, cut_score_effect=truth),
        settings=_ask("oral_reading", domain="reading", intervention="reading_boost"),
        true=0.3 if planted else 0.0,
        design="regression discontinuity",
    )


def study_fuzzy(seed: int, planted: bool) -> Sequence[Outcome]:
    """The same where 85 % of the entitled and 10 % of the others received it."""
    truth = replace(Truths().cut_score_effect, effect_sd=0.3 if planted else 0.0, uptake_below=0.85, uptake_above=0.1)
    return _run(
        seed,
        truths=replace(NOTHING, cut_score_effect=truth),
        settings=_ask("oral_reading", domain="reading", intervention="reading_boost"),
        true=0.3 if planted else 0.0,
        design="regression discontinuity",
    )


def study_null(seed: int, planted: bool) -> Sequence[Outcome]:
    """An intervention for the lowest scorers that does nothing; without the truth nobody is in it."""
    truths = replace(NOTHING, null_intervention=Truths().null_intervention) if planted else NOTHING
    outcomes = _run(
        seed,
        truths=truths,
        settings=_ask("math_scale", domain="math", intervention="math_catch_up"),
        true=0.0,
        design="weighted comparison group",
    )
    return [replace(one, quantity=f"null: {one.quantity}") for one in outcomes]


def study_staggered(seed: int, planted: bool) -> Sequence[Outcome]:
    """A roll-out school by school with effects that grow, against the mean effect over cohorts' years."""
    sizes = (0.15, 0.25, 0.30) if planted else (0.0, 0.0, 0.0)
    truth = replace(Truths().phased_rollout, effects_sd=sizes)
    return _run(
        seed,
        truths=replace(NOTHING, phased_rollout=truth),
        settings=_ask("math_fluency", domain="math", intervention="number_talks"),
        # Cohorts of equal size: one with two years of use (0.15 and 0.25), one with one (0.15).
        true=(0.20 + 0.15) / 2 if planted else 0.0,
        design="staggered difference-in-differences",
        students=FEW_STUDENTS,
        schools=FEW_SCHOOLS,
    )


def study_randomised(seed: int, planted: bool) -> Sequence[Outcome]:
    """Vocabulary groups by lot, 0.20 SD, eight elementary schools."""
    truth = replace(Truths().randomised_effect, effect_sd=0.2 if planted else 0.0)
    return _run(
        seed,
        truths=replace(NOTHING, randomised_effect=truth),
        settings=_ask("vocabulary", domain="reading", intervention="word_groups", comparison="word_usual"),
        true=0.2 if planted else 0.0,
        design="randomised comparison",
        students=FEW_STUDENTS,
        schools=FEW_SCHOOLS,
    )


def study_single_case(seed: int, planted: bool) -> Sequence[Outcome]:
    """Check-in/check-out, 12 points within cases; in points, since cases' own spread is not planted."""
    truth = replace(Truths().single_cases, change_sd=1.5 if planted else 0.0)
    settings = _ask("on_task", domain="behavior", intervention="check_in")
    drawn = simulate_district(
        Sizes(students=2400, schools=6, years=1, seed=seed),
        replace(NOTHING, single_cases=truth),
        tables=TABLES | {"progress"},
    )
    asked = ask(drawn.tables, settings=settings)
    records = find_designs(**asked.about(asked.school_ids[0]))[0].records()
    found = pick(records, finding="design_effect")
    return [
        Outcome(
            quantity="effect called",
            named=any("in the favourable" in (one.verdict or "") for one in found),
        ),
        *(
            Outcome(
                quantity="effect, points",
                estimate=one.estimate,
                low=one.ci_low,
                high=one.ci_high,
                true=12.0 if planted else 0.0,
            )
            for one in found
        ),
    ]


for _name, _truth, _requirement, _study in (
    ("effect-discontinuity", "cut_score_effect: 0.30 SD, sharp", "R25", study_discontinuity),
    ("effect-fuzzy", "cut_score_effect: 0.30 SD, 85 against 10 % received it", "R25", study_fuzzy),
    ("effect-null", "null_intervention: lowest scorers, no effect", "R26", study_null),
    ("effect-staggered", "phased_rollout: 0.15, 0.25 SD, eight schools", "R25", study_staggered),
    ("effect-randomised", "randomised_effect: 0.20 SD, eight schools", "R25", study_randomised),
    ("effect-single-case", "single_cases: 12 points", "R25", study_single_case),
):
    register(
        Study(
            name=_name,
            truth=_truth,
            requirement=_requirement,
            run=_study,
            fast_seeds=2 if _name in {"effect-null", "effect-staggered"} else 0,
            most_false_alarms=0.05,
        )
    )
