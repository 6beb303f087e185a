"""An intervention that does nothing is rarely said to do something, and one that does is measured without bias."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.effects.across import compare_effects
from mtss_analysis.findings.effects.arms import estimate_difference, join_arms
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Settings

QUESTION = EffectQuestion(
    intervention_id="small",
    comparison_id="regular",
    label="small classes",
    comparison_label="regular classes",
    outcomes=("orf",),
    minimum_worthwhile_sd=0.1,
)
SETTINGS = Settings(
    indicators=(Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="points"),),
    effects=(QUESTION,),
)
SCHOOLS, ROOMS, SEATS = 16, 4, 14
NO_SCREENINGS = pd.DataFrame({name: [] for name in ("student_id", "school_year", "measure", "window", "score")})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """A simulated year: tables, scores, and each school's true effect."""

    tables: dict[str, pd.DataFrame]
    scores: pd.DataFrame
    truth: np.ndarray


def _simulate(seed: int, *, effect: float, effect_sd: float = 0.0) -> Drawn:
    """Simulate rooms that differ (SD 4) within schools that differ (SD 5), two rooms of four in the treated arm."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(SCHOOLS), ROOMS * SEATS)
    room = np.tile(np.repeat(np.arange(ROOMS), SEATS), SCHOOLS)
    small = room % 2 == 0
    truth = effect + effect_sd * rng.normal(size=SCHOOLS)
    score = 5 * rng.normal(size=SCHOOLS)[school] + 4 * rng.normal(size=(SCHOOLS, ROOMS))[school, room]
    score += truth[school] * small + 10 * rng.normal(size=school.size)
    rows = pd.DataFrame(
        {
            "student_id": [f"{at:05d}" for at in range(school.size)],
            "district_id": "D",
            "school_id": [f"{at:03d}" for at in school],
            "school_year": "2023-24",
            "grade": "3",
            "trend_grade": "all",
            "classroom_id": [f"R{at}" for at in room],
            "score": 100 + score,
            "standing": score / 12,
        }
    )
    keep = rng.random(len(rows)) < 0.9
    services = rows[["student_id", "district_id", "school_id"]].assign(
        intervention_id=np.where(small, "small", "regular"), start_date=pd.Timestamp("2023-09-01"), assigned=True
    )
    interventions = pd.DataFrame({"intervention_id": ["small", "regular"], "assignment": "random"})
    return Drawn(
        tables={"services": services, "interventions": interventions, "screenings": NO_SCREENINGS},
        scores=rows.assign(score=rows["score"].where(keep), standing=rows["standing"].where(keep)),
        truth=truth,
    )


def _add_fall(drawn: Drawn, *, seed: int) -> Drawn:
    """Add fall scores that foretell two thirds of the spread within rooms; 15 percent, mostly low ones, are missing."""
    rng = np.random.default_rng(seed)
    able = rng.normal(size=len(drawn.scores))
    scores = drawn.scores.assign(score=drawn.scores["score"] + 14 * able)
    missing = rng.random(len(able)) < np.where(able < 0, 0.25, 0.05)
    fall = scores.assign(measure="orf", window="fall", score=50 + 14 * able + 3 * rng.normal(size=len(able)))
    columns = ["student_id", "school_year", "measure", "window", "score"]
    return dataclasses.replace(drawn, scores=scores, tables={**drawn.tables, "screenings": fall.loc[~missing, columns]})


def _pool(drawn: Drawn):
    rows = join_arms(drawn.tables.__getitem__, scores=drawn.scores, indicator=SETTINGS.indicators[0])
    found = estimate_difference(rows, question=QUESTION, outcome="score", cluster_by="school", ci_level=0.95)
    assert found.difference is not None
    return found.difference


def test_nothing_is_found_where_nothing_was_done():
    """An intervention without effect is told apart from none in about one state of twenty."""
    n_studies = 200
    found = np.mean([_pool(_simulate(seed, effect=0.0)).p_value < 0.05 for seed in range(n_studies)])
    error = (0.05 * 0.95 / n_studies) ** 0.5
    assert 0.05 - 3 * error <= found <= 0.05 + 3 * error


def test_a_planted_effect_is_unbiased_and_covered():
    """An effect of 4 points is found on average, and its interval holds it in about 95 of 100 states."""
    n_studies = 120
    found = [_pool(_simulate(1000 + seed, effect=4.0)) for seed in range(n_studies)]
    estimates = np.array([one.estimate for one in found])
    assert estimates.mean() == pytest.approx(4.0, abs=3 * estimates.std() / n_studies**0.5)
    covered = np.mean([one.ci_low <= 4.0 <= one.ci_high for one in found])
    assert covered >= 0.95 - 3 * (0.95 * 0.05 / n_studies) ** 0.5


def test_with_fall_scores_an_effect_is_unbiased_covered_and_told_more_surely():
    """Adjusted for fall scores, some missing, an effect of 4 points keeps its mean and cover; its error falls."""
    n_studies = 120
    drawn = [_add_fall(_simulate(3000 + seed, effect=4.0), seed=seed) for seed in range(n_studies)]
    found = [_pool(one) for one in drawn]
    estimates = np.array([one.estimate for one in found])
    assert estimates.mean() == pytest.approx(4.0, abs=3 * estimates.std() / n_studies**0.5)
    covered = np.mean([one.ci_low <= 4.0 <= one.ci_high for one in found])
    assert covered >= 0.95 - 3 * (0.95 * 0.05 / n_studies) ** 0.5
    plain = [
        _pool(dataclasses.replace(one, tables={**one.tables, "screenings": one.tables["screenings"].iloc[:0]}))
        for one in drawn[:20]
    ]
    assert np.mean([one.std_error for one in found[:20]]) < 0.9 * np.mean([one.std_error for one in plain])


def test_shrunken_effects_are_nearer_the_truth_and_cover():
    """Schools' shrunken effects err less than their own, and their intervals hold the truth mostly."""
    own, shrunken, covered = [], [], []
    for seed in range(5):
        drawn = _simulate(2000 + seed, effect=4.0, effect_sd=1.5)
        effects, pooled = compare_effects(
            drawn.tables.__getitem__, scores_by_measure={"orf": drawn.scores}, settings=SETTINGS
        )
        rows = effects.sort_values("school_id")
        own.append(np.mean((rows["estimate"] - drawn.truth) ** 2))
        shrunken.append(np.mean((rows["shrunken"] - drawn.truth) ** 2))
        covered.append(np.mean((rows["shrunken_low"] <= drawn.truth) & (drawn.truth <= rows["shrunken_high"])))
        assert pooled["rating"].tolist() == ["without reservations"]
    assert np.mean(shrunken) < 0.5 * np.mean(own)
    assert np.mean(covered) >= 0.9


def test_a_schools_own_effect_is_rarely_found_where_there_is_none():
    """Of schools without an effect, with two rooms an arm, no more than about one in twenty has one told apart."""
    p_values = []
    for seed in range(4):
        drawn = _simulate(3000 + seed, effect=0.0)
        effects, _ = compare_effects(
            drawn.tables.__getitem__, scores_by_measure={"orf": drawn.scores}, settings=SETTINGS
        )
        p_values += effects["p_value"].dropna().tolist()
    assert len(p_values) == 4 * SCHOOLS
    assert np.mean(np.array(p_values) < 0.05) <= 0.05 + 3 * (0.05 * 0.95 / len(p_values)) ** 0.5
