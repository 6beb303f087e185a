"""Planted trends are found with the right sign; where nothing was planted, hardly a school has one."""

import numpy as np
import pytest

from mtss_analysis.findings.trends import slopes
from mtss_analysis.findings.trends.chapter import find_trends

RATE = 0.05
STATES = 4
SCHOOLS = 30
# About three Monte Carlo standard errors above the rate: √(.05 · .95 / 120) = .020.
MOST = RATE + 3 * (RATE * (1 - RATE) / (STATES * SCHOOLS)) ** 0.5


def _share_with_a_verdict(simulate, plan, *, states: int) -> float:
    """Share of schools with any promising or concerning trend in states without any."""
    verdicts = []
    for seed in range(states):
        state = simulate(plan(seed=700 + seed, schools=SCHOOLS), false_discovery_rate=RATE)
        for school_id in state.schools:
            found = find_trends(**state.asked(school_id))
            assert sum(trend.family != "" for trend in found.trends) >= 3
            verdicts.append(bool(found.promising() or found.concerning()))
    return float(np.mean(verdicts))


def test_without_trends_hardly_a_school_has_one(simulate, plan):
    """Where no school has a trend, the share of schools with any is no more than the rate that the run allows."""
    assert _share_with_a_verdict(simulate, plan, states=STATES) <= MOST


def test_reckoning_chance_between_children_would_name_many(simulate, plan, monkeypatch):
    """If children were taken as independent of their classroom, far more schools than the rate would have a trend."""
    monkeypatch.setattr(slopes, "cluster_ids", lambda rows: np.arange(len(rows)).astype("U"))
    assert _share_with_a_verdict(simulate, plan, states=2) > MOST


def test_unrecorded_classrooms_do_not_make_trends(simulated_tables, compare_tables, plan):
    """Where classrooms differ but are not recorded, no more schools than the rate have a trend either."""
    tables = simulated_tables(plan(seed=300, schools=SCHOOLS))
    tables["enrollments"]["classroom_id"] = None
    state = compare_tables(tables)
    found = [find_trends(**state.asked(school_id)) for school_id in state.schools]
    named = np.mean([bool(one.promising() or one.concerning()) for one in found])
    assert named <= RATE + 3 * (RATE * (1 - RATE) / SCHOOLS) ** 0.5


@pytest.fixture
def planted(simulate, plan):
    """A state in which five schools gain and five lose 0.4 a year, and the others neither."""
    truth = np.array([0.4] * 5 + [-0.4] * 5 + [0.0] * 20)
    return simulate(plan(seed=41, slopes=tuple(truth))), truth


def test_planted_trends_are_found_with_the_right_sign(planted):
    """Most planted trends are named, none with the wrong sign, and few of the schools without one."""
    state, truth = planted
    verdicts = []
    for school_id in state.schools:
        trends = find_trends(**state.asked(school_id)).trends
        verdicts.append({trend.verdict for trend in trends if trend.group == "all"})
    right = [verdict for verdict, slope in zip(verdicts, truth, strict=True) if slope]
    expected = ["promising" if slope > 0 else "concerning" for slope in truth if slope]
    wrong = ["concerning" if name == "promising" else "promising" for name in expected]
    assert sum(name in verdict for name, verdict in zip(expected, right, strict=True)) >= 7
    assert not any(name in verdict for name, verdict in zip(wrong, right, strict=True))
    assert sum(verdict != {"cannot tell"} for verdict, slope in zip(verdicts, truth, strict=True) if not slope) <= 3


def test_shrunken_slopes_are_nearer_the_truth_than_raw_ones(simulate, plan):
    """Where schools' slopes differ a little, shrunken slopes err less than raw ones, and their intervals cover."""
    rng = np.random.default_rng(43)
    raw, shrunken, covered = [], [], []
    for seed in range(3):
        truth = 0.08 * rng.normal(size=SCHOOLS)
        state = simulate(plan(seed=80 + seed, slopes=tuple(truth)))
        rows = state.comparison.frame("slopes")
        rows = rows[(rows["group"] == "all") & (rows["kind"] == "standing")].sort_values("school_id")
        # Standing is in standard deviations of the state, and relative to its change.
        unit = state.comparison.frame("norms")["sd"].mean() / 15
        relative = (truth - truth.mean()) / unit
        raw.append(np.mean((rows["slope"] - relative) ** 2))
        shrunken.append(np.mean((rows["shrunken"] - relative) ** 2))
        covered.append(np.mean((rows["shrunken_low"] <= relative) & (relative <= rows["shrunken_high"])))
    assert np.mean(shrunken) < 0.75 * np.mean(raw)
    assert np.mean(covered) >= 0.87
