"""The fast part of every recovery study: nothing it finds is improbable under what the study promises."""

import pytest
from recovery import run_study
from scipy.stats import binom
from studies import load_studies
from studies.summary import Summary

STUDIES = load_studies()
FAST = [name for name, study in STUDIES.items() if study.fast_seeds > 0]
IMPROBABLE = 0.001
COVERAGE = 0.93
"""The least coverage that is promised of an interval with a nominal 95 percent."""


@pytest.mark.parametrize("name", FAST)
def test_a_study_finds_what_it_promises(name):
    """Power, false alarms and coverage over a few seeds are not improbably far from what is promised."""
    study = STUDIES[name]
    summaries = run_study(study, seeds=range(1, study.fast_seeds + 1))
    assert {summary.planted for summary in summaries} == {True, False}
    for summary in summaries:
        _check_named(summary, least=study.least_power, most=study.most_false_alarms)
        if summary.coverage is not None:
            seeds = summary.coverage.seeds
            assert binom.cdf(round(summary.coverage.mean * seeds), seeds, COVERAGE) > IMPROBABLE, summary


def _check_named(summary: Summary, *, least: float | None, most: float | None) -> None:
    if summary.named is None:
        return
    seeds = summary.named.seeds
    times = round(summary.named.mean * seeds)
    if summary.planted and least is not None and summary.quantity.endswith("named"):
        assert binom.cdf(times, seeds, least) > IMPROBABLE, summary
    if not summary.planted and most is not None:
        assert binom.sf(times - 1, seeds, most) > IMPROBABLE, summary


def test_an_analysis_that_names_noise_would_be_noticed():
    """The bound can fail: naming noise in every one of eight seeds is improbable under 5 percent."""
    assert binom.sf(8 - 1, 8, 0.05) < IMPROBABLE
    assert binom.cdf(0, 8, 0.80) < IMPROBABLE


def test_every_study_says_what_it_is_about():
    """Every study names its truth and its requirement."""
    assert FAST
    for study in STUDIES.values():
        assert study.truth
        assert study.requirement.startswith("R")
