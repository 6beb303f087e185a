"""A drill-down is silent about noise and finds what was planted; a change is told to be who or how."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.root_causes.search import drill_down
from mtss_analysis.findings.root_causes.target import Target
from mtss_analysis.findings.settings import Factor
from mtss_analysis.stats.explained import estimate_explained_share

DEGREE = Factor(id="degree", label="the degree", table="staff", column="degree", level="classroom")
SEX = Factor(id="sex", label="sex", table="enrollments", column="sex", level="student")
INCOME = Factor(id="income", label="income", table="enrollments", column="economically_disadvantaged", level="student")
BOYS = 0.8


@pytest.fixture(scope="module")
def school_results(simulated_tables, compare_tables, plan):
    """Drill down in 60 schools of six teachers: a degree does nothing, boys are 0.8 above girls."""
    results = []
    for seed in (51, 52):
        tables = simulated_tables(plan(seed=seed, boys=BOYS, rooms=6, seats=12))
        staff = tables["enrollments"][["school_id", "district_id", "school_year", "teacher_id"]].drop_duplicates()
        degree = staff["teacher_id"].map(lambda teacher: "master" if teacher in ("T0", "T1", "T2") else "bachelor")
        tables["staff"] = staff.rename(columns={"teacher_id": "staff_id"}).assign(degree=degree)
        state = compare_tables(tables, factors=(DEGREE, SEX))
        (indicator,) = state.settings.indicators
        target = Target(indicator=indicator, trend=None, reason="as asked")
        results += [drill_down(**state.asked(school_id), targets=(target,))[0].results for school_id in state.schools]
    return results


def test_a_drill_down_is_silent_on_noise_and_finds_the_factor(school_results):
    """A degree that does nothing hardly ever stands apart; sex, which does, mostly does, for all that chance allows."""
    degree = np.mean([results[0].stands_apart(rate=0.05) for results in school_results])
    sex = np.mean([results[1].stands_apart(rate=0.05) for results in school_results])
    # Three Monte Carlo standard errors above the rate: .05 + 3 · √(.05 · .95 / 60) = .134.
    assert degree <= 0.134
    assert sex >= 0.8


def test_the_difference_that_was_planted_is_unbiased(school_results):
    """Boys' planted lead is found on average, in units of the state's spread."""
    leads = []
    for results in school_results:
        by_sex = {one.category: one.deviation for one in results[1].categories()}
        leads.append(by_sex["male"].estimate - by_sex["female"].estimate)
    spread = (1 + 0.3**2 + 0.25 * BOYS**2) ** 0.5
    assert np.mean(leads) == pytest.approx(BOYS / spread, abs=3 * np.std(leads) / len(leads) ** 0.5)


def test_the_interval_of_the_explained_share_covers():
    """With 16 classrooms in four years, the share that goes with a student factor lies in its interval mostly."""
    rng = np.random.default_rng(61)
    within, n_studies = 1.0, 150
    truth = 100 * 0.25 * BOYS**2 / (0.25 * BOYS**2 + within)
    covered, found = 0, []
    for _ in range(n_studies):
        room = np.repeat(np.arange(16), 18)
        male = rng.random(room.size) < 0.5
        room_sd = 0.35
        centred = rng.normal(size=(4, 4))
        centred -= centred.mean(axis=1, keepdims=True)
        standing = (
            BOYS * male
            + room_sd * centred.ravel()[room]
            + rng.normal(size=room.size) * (within - room_sd**2 * 0.75) ** 0.5
        )
        share = estimate_explained_share(outcome=standing, design=male[:, None], clusters=room, absorb=room // 4)
        covered += share.ci_low <= truth <= share.ci_high
        found.append(share.estimate)
    assert covered / n_studies >= 0.95 - 3 * (0.95 * 0.05 / n_studies) ** 0.5
    assert np.mean(found) == pytest.approx(truth, abs=3 * np.std(found) / n_studies**0.5)


PLANTED = 8


@pytest.fixture
def changed(simulated_tables, compare_tables, plan):
    """Simulate a state in which only the first schools change: in who their students are, or in how they do."""

    def make(*, shares: tuple[float, float], performance: float):
        rng = np.random.default_rng(71)
        tables = simulated_tables(plan(seed=72, years=3, room_sd=0.1))
        enrollments, screenings = tables["enrollments"], tables["screenings"]
        last = enrollments["school_year"] == enrollments["school_year"].max()
        mine = enrollments["school_id"].isin([f"{at:04d}" for at in range(PLANTED)])
        share = np.where(mine & last, shares[1], shares[0])
        poor = rng.random(len(enrollments)) < share
        tables["enrollments"] = enrollments.assign(economically_disadvantaged=pd.array(poor, dtype="boolean"))
        planted = -0.8 * poor + performance * (mine & last)
        tables["screenings"] = screenings.assign(score=screenings["score"] + 15 * planted.to_numpy())
        state = compare_tables(tables, factors=(INCOME,))
        spread = float(state.comparison.frame("norms")["sd"].mean()) / 15
        target = Target(indicator=state.settings.indicators[0], trend=None, reason="as asked")
        drills = [drill_down(**state.asked(f"{at:04d}"), targets=(target,))[0] for at in range(PLANTED)]
        changes = [drill.results[0].change.change for drill in drills]
        return {name: spread * np.mean([getattr(one, name).estimate for one in changes]) for name in ("mix", "rate")}

    return make


def test_a_change_of_who_the_students_are_is_told_as_mix(changed):
    """Forty more of 100 students of a group that scores 0.8 lower is a mix of -0.32; the rate is the state's own."""
    found = changed(shares=(0.3, 0.7), performance=0.0)
    assert found["mix"] == pytest.approx(-0.8 * 0.4, abs=0.06)
    # The state's mean falls with the planted schools, so that all others, and these, seem to rise against it.
    assert found["rate"] == pytest.approx(0.32 * PLANTED / 30, abs=0.1)


def test_a_change_of_how_students_do_is_told_as_rate(changed):
    """A drop of 0.8 for the same students, relative to a state of which a quarter dropped, is rate; mix is nil."""
    found = changed(shares=(0.3, 0.3), performance=-0.8)
    assert abs(found["mix"]) < 0.05
    assert found["rate"] == pytest.approx(-0.8 * (1 - PLANTED / 30), abs=0.1)
