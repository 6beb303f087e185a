"""Studies of the lists of promising and concerning trends."""

from collections.abc import Sequence
from dataclasses import replace

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.district.simulate.truths import PlantedTrend, Trends
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.list_finding import find_trends
from studies.asked import Asked, ask, pick
from studies.study import Outcome, Study, register

TABLES = {"schools", "enrollments", "screenings", "staff"}
READING = Indicator(measure="reading_scale", window="spring", domain="reading", label="reading", unit="points")
MATH = Indicator(measure="math_scale", window="spring", domain="math", label="mathematics", unit="points")
SETTINGS = Settings(indicators=(READING, MATH), follow="grade", population="district")
NOTHING = Truths().without(["all"])
STOOD_OUT = ("promising", "concerning")
SLOPE_SD = 0.10
SCHOOL = 1


def study_slope_of_a_school(seed: int, planted: bool) -> Sequence[Outcome]:  # noqa: FBT001 - the form of every study
    """A slope of 0.10 SD a year in one school of about 500 over three years; false alarms in the other schools."""
    cell = PlantedTrend(level="elementary", position=SCHOOL, measure="reading_scale", slope_sd=SLOPE_SD)
    truths = replace(NOTHING, trends=Trends(planted=planted, cells=(cell,)))
    drawn = simulate_district(Sizes(students=4000, schools=8, years=3, seed=seed), truths, tables=TABLES)
    asked = ask(drawn.tables, settings=SETTINGS)
    school_id = asked.school_ids[SCHOOL]
    found = pick(_list(asked, school_id), finding="trend", measure="reading_scale", group="all")
    whole = [record for record in found if record.unit and record.unit.startswith("standing")]
    named = [record for record in whole if record.verdict in STOOD_OUT]
    wrong = any((record.estimate or 0.0) < 0 for record in named)
    outcomes = [
        Outcome(quantity="slope named", named=bool(named)),
        Outcome(quantity="sign error", named=wrong) if planted else Outcome(quantity="sign error"),
    ]
    outcomes += [
        Outcome(
            quantity="slope",
            estimate=record.estimate,
            low=record.ci_low,
            high=record.ci_high,
            true=SLOPE_SD if planted else 0.0,
        )
        for record in whole
    ]
    return [*outcomes, *_judge_lists(asked, skip=school_id)]


def _judge_lists(asked: Asked, *, skip: str) -> list[Outcome]:
    lists = [_list(asked, school_id) for school_id in asked.school_ids if school_id != skip]
    return [
        Outcome(
            quantity="any trend named in a school without",
            named=any(record.verdict in STOOD_OUT for record in records),
        )
        for records in lists
    ]


def _list(asked: Asked, school_id: str) -> list[object]:
    return list(find_trends(**asked.about(school_id)).records())


register(
    Study(
        name="slope-of-a-school",
        truth="trends: 0.10 SD a year in one school of 500, three years",
        requirement="R6",
        run=study_slope_of_a_school,
        fast_seeds=8,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
