"""The difference between two arms, adjusted for grade and fall score, is that of ordinary least squares."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from mtss_analysis.findings.effects.arms import estimate_difference, join_arms, weigh_rows
from mtss_analysis.findings.settings import EffectQuestion, Indicator

INDICATOR = Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="points")
QUESTION = EffectQuestion(
    intervention_id="new",
    comparison_id="usual",
    label="the new lessons",
    comparison_label="the usual ones",
    outcomes=("orf",),
    minimum_worthwhile_sd=0.1,
)
N_STUDENTS = 240


def _draw(*, missing: float = 0.0, taken: str = "2023-09-10") -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    rng = np.random.default_rng(7)
    at = np.arange(N_STUDENTS)
    grade = np.where(at % 3 == 0, "3", "4")
    fall = 10 * rng.normal(size=N_STUDENTS) + np.where(grade == "4", 30, 0)
    treated = rng.random(N_STUDENTS) < 0.5
    score = fall + 4 * treated + 5 * rng.normal(size=N_STUDENTS)
    rows = pd.DataFrame(
        {
            "student_id": [f"{one:04d}" for one in at],
            "district_id": "D",
            "school_id": [f"S{one % 4}" for one in at],
            "school_year": "2023-24",
            "grade": grade,
            "classroom_id": [f"R{one % 12}" for one in at],
            "score": score,
        }
    )
    screenings = rows[["student_id", "school_year"]].assign(
        measure="orf", window="fall", score=fall, date=pd.Timestamp(taken)
    )
    services = rows[["student_id", "school_id"]].assign(
        intervention_id=np.where(treated, "new", "usual"), start_date=pd.Timestamp("2023-09-18"), assigned=True
    )
    tables = {
        "services": services,
        "interventions": pd.DataFrame({"intervention_id": ["new", "usual"], "assignment": "random"}),
        "screenings": screenings[rng.random(N_STUDENTS) >= missing],
    }
    return tables, rows


def _estimate(tables, scores):
    rows = join_arms(tables.__getitem__, scores=scores, indicator=INDICATOR)
    found = estimate_difference(rows, question=QUESTION, outcome="score", cluster_by="classroom", ci_level=0.95)
    assert found.difference is not None
    return rows, found


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_the_difference_is_that_of_least_squares_with_the_fall_score(missing):
    """Strata of school, year and grade, the fall score and a mark where it is missing give statsmodels' coefficient."""
    tables, scores = _draw(missing=missing)
    rows, found = _estimate(tables, scores)
    fall = scores.merge(tables["screenings"][["student_id", "score"]], on="student_id", how="left", suffixes=("", "_f"))
    fall["z"] = fall.groupby("grade")["score_f"].transform(lambda one: (one - one.mean()) / one.std())
    data = pd.DataFrame(
        {
            "score": fall["score"],
            "z": fall["z"].fillna(0.0),
            "none": fall["z"].isna().astype(float),
            "treated": (rows.set_index("student_id").loc[fall["student_id"], "arm"] == "new").to_numpy(dtype=float),
            "stratum": fall["school_id"] + fall["grade"],
        }
    )
    model = "score ~ treated + z + C(stratum)" + (" + none" if missing else "")
    theirs = smf.ols(model, data=data).fit()
    assert found.difference.estimate == pytest.approx(theirs.params["treated"], rel=1e-9)
    assert found.adjusted_for == ("fall score",)
    weights = weigh_rows(rows, question=QUESTION, outcome="score")
    assert weights @ rows["score"].to_numpy() == pytest.approx(found.difference.estimate, rel=1e-9)


@pytest.mark.parametrize("drawn", [{"missing": 0.5}, {"taken": "2023-12-10"}], ids=["half missing", "taken late"])
def test_a_fall_score_that_is_rare_or_late_is_not_used(drawn):
    """Known of fewer than 70 in 100, or taken more than six weeks after the start, it is left out."""
    _, found = _estimate(*_draw(**drawn))
    assert found.adjusted_for == ()


def test_the_fall_score_narrows_the_interval():
    """Where the fall score foretells most of the outcome, the error of the difference falls by more than a third."""
    tables, scores = _draw()
    _, with_it = _estimate(tables, scores)
    _, without = _estimate({**tables, "screenings": tables["screenings"].iloc[:0]}, scores)
    assert with_it.difference.std_error < 0.65 * without.difference.std_error
