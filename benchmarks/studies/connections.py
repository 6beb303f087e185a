"""Studies of indicators that move together, at once or one before the other."""

from collections.abc import Sequence
from dataclasses import replace

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.connection_finding import find_connections
from studies.asked import ask, pick
from studies.study import Outcome, Study, register
from studies.trends import READING

RATING = Indicator(
    measure="behavior_rating", window="spring", domain="behavior", label="behavior ratings", unit="points"
)
SETTINGS = Settings(indicators=(READING, RATING), follow="grade", population="district")
TABLES = {"schools", "enrollments", "screenings", "attendance"}
LEAD = "absence>behavior_rating"


def study_lead(seed: int, planted: bool) -> Sequence[Outcome]:
    """Whether absence is found to come a season before behavior ratings, and nothing else to come before anything."""
    without = Truths().without(["all"])
    truths = replace(without, lagged_indicators=Truths().lagged_indicators) if planted else without
    drawn = simulate_district(Sizes(students=4000, schools=8, years=3, seed=seed), truths, tables=TABLES)
    asked = ask(drawn.tables, settings=SETTINGS)
    records = find_connections(**asked.about(asked.school_ids[0])).records()
    named = pick(records, verdict="move together")
    lead = [record for record in named if record.group == LEAD and (record.estimate or 0.0) < 0]
    leads = [record for record in named if record.group and ">" in record.group]
    others = [record for record in leads if record.group and "behavior_rating" not in record.group]
    return [
        Outcome(quantity="absence comes before ratings", named=bool(lead)),
        Outcome(quantity="anything comes before anything", named=bool(leads)),
        Outcome(quantity="anything but ratings comes after anything", named=bool(others)),
    ]


register(
    Study(
        name="lagged-indicators",
        truth="lagged_indicators",
        requirement="R7",
        run=study_lead,
        fast_seeds=2,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
