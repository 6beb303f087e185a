"""The designs in the frame of recovery studies: the effect's power, false alarms, bias and coverage, seed by seed."""

from collections.abc import Callable, Sequence
from functools import partial

from studies.designs.discontinuity import study_discontinuity
from studies.designs.growth import study_growth
from studies.designs.growth_difference import study_growth_difference
from studies.designs.interruption import study_interruption
from studies.designs.ladder import (
    draw_cut,
    draw_fuzzy,
    draw_interrupted,
    draw_lowest,
    draw_one_year,
    draw_phased,
    draw_selected,
    study_arms,
    study_ladder,
)
from studies.designs.ladder_arms import study_randomised
from studies.designs.progress import study_progress
from studies.designs.single_case import study_cases, study_single_case
from studies.designs.staggered import study_staggered
from studies.designs.tally import Summary, Tally
from studies.designs.weighting import study_weighting
from studies.study import Outcome, Study, register


def _run(study: Callable[..., Summary], seed: int, planted: bool) -> Sequence[Outcome]:
    tally = Tally()
    study(range(seed, seed + 1), tally=tally, which="planted" if planted else "absent")
    return tally.seen


DESIGNS: dict[str, tuple[str, Callable[..., Summary]]] = {
    "design_discontinuity": ("a jump of 0.4 SD at a whole-number cut score", study_discontinuity),
    "design_discontinuity_8_schools": (
        "the same, in eight schools that lie on both sides",
        partial(study_discontinuity, n_clusters=8),
    ),
    "design_discontinuity_fuzzy": (
        "0.4 SD for those served, 80 percent of those entitled",
        partial(study_discontinuity, fuzzy=True, n=2400),
    ),
    "design_weighting": ("0.3 SD for the treated, who had scored lower", study_weighting),
    "design_weighting_8_schools": (
        "the same, whole schools treated, four of eight",
        partial(study_weighting, n=600, n_clusters=8, by_cluster=True),
    ),
    "design_staggered_8_schools": ("a growing effect in eight schools that start at three times", study_staggered),
    "design_interruption": ("a change of level and slope in 24 points that depart by 0.15 SD", study_interruption),
    "design_single_case": ("one SD in four cases", study_single_case),
    "design_single_case_points": (
        "one SD in four cases, in the outcome's unit",
        partial(study_single_case, in_points=True),
    ),
    "design_growth_8_schools": ("a change of slope of 0.15 SD a year, four of eight schools", study_growth),
    "design_growth_difference": (
        "0.2 SD since fall for those who had scored lower, eight schools",
        study_growth_difference,
    ),
    "design_arms": ("0.2 SD between two arms by lot, eight schools", study_arms),
    "ladder_discontinuity": (
        "0.3 SD below a cut score, through the whole ladder, eight schools",
        partial(study_ladder, draw=draw_cut, design="discontinuity"),
    ),
    "ladder_fuzzy": (
        "0.3 SD for those who received it, 85 of 100 below a cut score and 10 above, through the whole ladder",
        partial(study_ladder, draw=draw_fuzzy, design="discontinuity"),
    ),
    "ladder_randomised": (
        "0.2 SD between two arms by lot in eight schools, through the whole ladder",
        study_randomised,
    ),
    "ladder_interrupted": (
        "0.3 SD, all of eight schools start in the fourth of six years, through the whole ladder",
        partial(study_ladder, draw=draw_interrupted, design="interrupted"),
    ),
    "ladder_single_case": ("one SD in four cases, through the whole ladder", study_cases),
    "ladder_single_case_points": (
        "8 points in four cases, through the whole ladder",
        partial(study_cases, in_points=True),
    ),
    "ladder_weighted": (
        "0.3 SD for students chosen by teachers, through the whole ladder, eight schools",
        partial(study_ladder, draw=draw_selected, design="weighted"),
    ),
    "ladder_staggered": (
        "0.3 SD, growing, schools start in two years or never, through the whole ladder, eight schools",
        partial(study_ladder, draw=draw_phased, design="staggered"),
    ),
    "ladder_growth": (
        "0.3 SD, half of eight schools in the only year on record, through the whole ladder",
        partial(study_ladder, draw=draw_one_year, design="growth"),
    ),
    "ladder_lowest": (
        "0.3 SD for the lowest scorers, through the whole ladder, whatever it chooses",
        partial(study_ladder, draw=draw_lowest, design=""),
    ),
    "design_progress": ("a slope of 0.15 standard errors a week over 12 weeks", study_progress),
}

for _name, (_truth, _study) in DESIGNS.items():
    register(
        Study(
            name=_name,
            truth=_truth,
            requirement="R29" if _name == "design_progress" else "R25",
            run=partial(_run, _study),
            most_false_alarms=0.07,
        )
    )
