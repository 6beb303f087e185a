"""Candidate root causes beside concerning trends: association over schools, filled cells, what is systemic."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.cause_incidence import (
    GOES_WITH,
    ITSELF,
    NOT_SEEN,
    NOT_TOLD,
    SEEN_EVERYWHERE,
    TOGETHER,
    UNCHECKED,
    read_incidence,
)
from mtss_analysis.findings.root_causes.cause_links import link_causes
from mtss_analysis.findings.settings import Settings

PRACTICE = Cause(id="feedback", label="feedback", level="school", shown_by="implementation:feedback")
ABSENCE = Cause(id="attendance", label="chronic absence", level="school", shown_by="chronic_absence")
SETTINGS = Settings(indicators=(), causes=(PRACTICE, ABSENCE), population="district")


class Frames:
    """Frames by name."""

    def __init__(self, **frames):
        self.frames = frames

    def frame(self, name):
        """Give a frame."""
        return self.frames[name]


def trends(*, schools=12, worse=(0, 1), noise=0.02, names=("reading", "chronic_absence"), seed=3):
    """Trends of schools; those of some worsen by 0.2 a year and are concerning."""
    rng = np.random.default_rng(seed)
    rows = []
    for trend in names:
        for school in range(schools):
            worsening = 0.2 * (school in worse) + noise * rng.standard_normal()
            rows.append(
                {
                    "trend": trend, "label": trend, "unit": "a year", "district_id": "D", "school_id": str(school),
                    "slope": -worsening, "std_error": 0.02, "ci_low": -worsening - 0.04, "ci_high": -worsening + 0.04,
                    "worsening": worsening, "q_value": 0.01, "trend_grade": "all", "group": "all",
                    "concerning": school in worse, "promising": False, "status": "ok",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def seen(*, schools=12, where=(0, 1)):
    """Whether each school shows the cause."""
    return {("D", str(school)): school in where for school in range(schools)}


def link(concerns, **by_cause):
    """Link the two causes with the trends."""
    return link_causes((PRACTICE, ABSENCE), seen=by_cause, concerns=concerns, population="D", ci_level=0.95, rate=0.05)


def read(links, concerns, *, present, school="0"):
    """Incidence of one school with these verdicts."""
    causes = pd.DataFrame(
        [
            {
                "cause": cause.id, "district_id": "D", "school_id": school, "present": present.get(cause.id, "no"),
                "level_shown": "school", "text": "Text.", "status": "ok", "value": 1.0, "estimate": 1.0,
                "ci_low": 0.5, "ci_high": 1.5, "q_value": 0.01, "n": 100.0, "n_clusters": 20.0,
            }
            for cause in SETTINGS.causes
        ]
    )  # fmt: skip
    frames = Frames(causes=causes, cause_trends=concerns, cause_links=links)
    return {row.cause.id: row for row in read_incidence(frames, district_id="D", school_id=school, settings=SETTINGS)}


def test_a_cause_under_two_concerning_trends_is_systemic():
    """Where the cause is seen both trends worsen by 0.2 a year more, and the cells of both are filled."""
    concerns = trends()
    links = link(concerns, feedback=seen(), attendance=seen(where=()))
    row = read(links, concerns, present={"feedback": "yes"})["feedback"]
    assert row.systemic
    assert {one.state for one in row.symptoms} == {GOES_WITH}
    assert [one.more for one in row.symptoms] == pytest.approx([0.2, 0.2], abs=0.04)


def test_a_cause_that_is_not_seen_in_the_school_goes_with_none_of_its_trends():
    """Cells are those of this school."""
    concerns = trends()
    links = link(concerns, feedback=seen(), attendance=seen(where=()))
    row = read(links, concerns, present={"feedback": "cannot tell"})["feedback"]
    assert {one.state for one in row.symptoms} == {NOT_SEEN}
    assert not row.systemic


def test_a_trend_is_no_evidence_for_the_cause_that_it_shows():
    """Chronic absence goes with reading and not with its own rise, so it is not systemic."""
    concerns = trends()
    row = read(link(concerns, feedback=seen(), attendance=seen()), concerns, present={"attendance": "yes"})[
        "attendance"
    ]
    assert {one.trend: one.state for one in row.symptoms} == {"reading": GOES_WITH, "chronic_absence": ITSELF}
    assert not row.systemic


def test_trends_that_other_schools_have_as_well_do_not_go_with_the_cause():
    """Where schools without the cause worsen just as much, no cell is filled."""
    concerns = trends(worse=(0, 1, 2, 3, 4, 5))
    links = link(concerns, feedback=seen(where=(0, 6)), attendance=seen(where=()))
    row = read(links, concerns, present={"feedback": "yes"})["feedback"]
    assert {one.state for one in row.symptoms} == {NOT_TOLD}


def test_a_cause_that_is_seen_nearly_everywhere_cannot_be_told_by_schools():
    """Fewer than three schools without the cause are no comparison."""
    concerns = trends()
    links = link(concerns, feedback=seen(where=range(10)), attendance=seen(where=()))
    row = read(links, concerns, present={"feedback": "yes"})["feedback"]
    assert {one.state for one in row.symptoms} == {SEEN_EVERYWHERE}
    assert not row.systemic


def test_with_fewer_than_ten_schools_the_cells_are_filled_and_said_to_be_unchecked():
    """Nine schools are too few to ask; what is seen together is said, and that it was not checked."""
    concerns = trends(schools=9)
    links = link(concerns, feedback=seen(schools=9), attendance=seen(schools=9, where=()))
    assert set(links.loc[links["cause"] == "feedback", "reason"]) == {"that takes 10 schools, and there are 9"}
    row = read(links, concerns, present={"feedback": "yes"})["feedback"]
    assert {one.state for one in row.symptoms} == {UNCHECKED}
    assert row.systemic


def test_a_trend_that_leans_the_same_way_counts_with_one_that_is_told_apart():
    """The cause as a whole is told apart by one trend; the other is filled as seen together."""
    concerns = trends(names=("reading", "math"))
    noisy = concerns["trend"] == "math"
    concerns.loc[noisy, "worsening"] += np.tile([0.0, 0.0, 0.25, -0.25, 0.25, -0.25], 2)
    links = link(concerns, feedback=seen(), attendance=seen(where=()))
    row = read(links, concerns, present={"feedback": "yes"})["feedback"]
    assert {one.trend: one.state for one in row.symptoms} == {"reading": GOES_WITH, "math": TOGETHER}


def test_only_a_worsening_is_claimed():
    """Trends that are better where the cause is seen have a one-sided p-value near one."""
    concerns = trends(worse=range(2, 12))
    links = link(concerns, feedback=seen(), attendance=seen(where=()))
    assert (links.loc[links["cause"] == "feedback", "p_value"] > 0.99).all()


def test_chance_alone_links_a_cause_in_at_most_one_district_of_twenty():
    """Over 200 districts in which nothing goes with anything, few causes are told apart."""
    found = 0
    rng = np.random.default_rng(8)
    for seed in range(200):
        concerns = trends(worse=(), noise=0.1, seed=seed)
        concerns["concerning"] = concerns["school_id"] == "0"
        where = rng.choice(12, size=4, replace=False)
        links = link(concerns, feedback=seen(where=where), attendance=seen(where=rng.choice(12, size=4, replace=False)))
        found += bool((links["cause_q_value"] <= 0.05).any())
    assert found <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)
