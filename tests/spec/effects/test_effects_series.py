"""A programme that all schools start at once, in a district with many screenings before and after."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.effects.designs import Pupils
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


def test_two_years_are_too_few_points():
    """With six points before the start the series is declined with their number."""
    ladder = climb(assignment="phased", pupils=_draw(2, effect=EFFECT), ci_level=0.95)
    reasons = {result.design: result.reason for result in ladder.results}
    assert "before the start, and at least 8 are needed" in reasons["interrupted"]
