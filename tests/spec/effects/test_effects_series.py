"""A programme that all schools start at once, in a district with many screenings before and after."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs import Pupils, compare_series
from mtss_analysis.findings.effects.ladder import climb
from mtss_analysis.findings.settings import EffectQuestion, Indicator

WINDOWS = ("fall", "winter", "spring")
START, EFFECT = 2020, 5.0


def _draw(years, *, effect, n_never=0):
    rng = np.random.default_rng(1)
    rows, waves = [], []
    for year in range(START - years, START + years):
        for school in range(6):
            treated = year >= START and school >= n_never
            for student in range(20):
                name, label = f"{year}-{school}-{student}", f"{year}-{(year + 1) % 100:02d}"
                level = 50 + 0.3 * (year - START) + rng.normal()
                scores = [level + 3 * place + effect * (treated and place > 0) + rng.normal() for place in range(3)]
                rows.append((name, f"01 {school}", label, scores[2], scores[0], float(treated)))
                waves += [
                    (name, label, window, score, 8.0 + 18 * place)
                    for place, (window, score) in enumerate(zip(WINDOWS, scores, strict=True))
                ]
    table = pd.DataFrame(rows, columns=["student_id", "school", "school_year", "score", "raw_baseline", "received"])
    for name, source in (("outcome", "score"), ("baseline", "raw_baseline")):
        table[name] = table[source] - table.groupby("school_year")[source].transform("mean")
    table = table.assign(district_id="01", school_id=table["school"].str[3:], grade="3", distance=np.nan)
    taken = table[table["received"] > 0][["student_id", "school_id", "school_year"]]
    question = EffectQuestion(
        intervention_id="talks", comparison_id="", label="talks", comparison_label="", outcomes=("score",),
        minimum_worthwhile_sd=0.1,
    )  # fmt: skip
    return Pupils(
        question=question,
        indicator=Indicator(measure="score", window="spring", domain="math", label="score", unit="points"),
        intervention=pd.Series({"intervention_id": "talks", "assignment": "phased"}),
        rows=table,
        services=taken.assign(start_date=pd.to_datetime(taken["school_year"].str[:4] + "-10-15")),
        covariates=(),
        waves=pd.DataFrame(waves, columns=["student_id", "school_year", "window", "score", "week"]),
    )


@pytest.mark.parametrize("effect", [EFFECT, 0.0])
def test_windows_of_the_years_are_the_points_of_the_series(effect):
    """Three windows a year give enough points; the departure from the line is found, seasons and growth taken out."""
    chosen = climb(assignment="phased", pupils=_draw(4, effect=effect), ci_level=0.95).chosen
    assert chosen is not None
    assert chosen.design == "interrupted"
    assert chosen.estimate.ci_low <= chosen.estimate.estimate <= chosen.estimate.ci_high
    # Fall of a year of use is without the programme of that year, so two of three points have it.
    assert chosen.estimate.estimate == pytest.approx(effect * 2 / 3, abs=1.2)
    checks = {check.name: check for check in chosen.checks}
    assert checks["comparison series"].passed is False
    assert "Newey and West" in checks["segmented regression"].sentence
    assert "anything else that began at the same time" in chosen.note


@pytest.mark.parametrize("extra", [4.0, 0.0])
def test_groups_are_compared_at_the_points_of_the_series(extra):
    """Half of the students gain more from it: the difference is found at screening windows, more points than years."""
    pupils = _draw(4, effect=EFFECT)
    member = pupils.rows["student_id"].str.split("-").str[2].astype(int) % 2
    after = pupils.rows["received"] * member * extra
    gains = pd.Series(after.to_numpy(), index=pupils.rows["student_id"]) * 1.0
    waves = pupils.waves.assign(
        score=pupils.waves["score"]
        + np.where(pupils.waves["window"] != "fall", pupils.waves["student_id"].map(gains), 0.0)
    )
    rows = pupils.rows.assign(member=member.astype("float64"), score=pupils.rows["score"] + after)
    difference, n = compare_series(replace(pupils, waves=waves), rows=rows, ci_level=0.95)
    assert difference.ci_low < extra * 2 / 3 < difference.ci_high
    assert (difference.ci_low > 0) == (extra > 0)
    assert n == len(rows)
    with pytest.raises(TooFewError, match="4 points before"):
        compare_series(replace(pupils, waves=waves[waves["window"] == "spring"]), rows=rows, ci_level=0.95)


def test_two_years_are_too_few_points():
    """With six points before the start the series is declined with their number."""
    ladder = climb(assignment="phased", pupils=_draw(2, effect=EFFECT), ci_level=0.95)
    reasons = {result.design: result.reason for result in ladder.results}
    assert "before the start, and at least 8 are needed" in reasons["interrupted"]
