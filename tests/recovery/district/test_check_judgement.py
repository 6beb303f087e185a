"""Rules of judgement find gross faults, and stay silent on clean data, however skewed."""

import numpy as np
import pytest

from mtss_analysis.district import check_folder
from mtss_analysis.district.check_values import _is_outlier
from mtss_analysis.district.simulate import Sizes, Truths, write_district

SHAPES = {
    "normal": lambda random, n: random.normal(200, 15, n),
    "exponential": lambda random, n: random.exponential(20, n),
    "lognormal": lambda random, n: random.lognormal(3, 0.6, n),
    "counts": lambda random, n: random.poisson(1, n).astype(float),
    "ceiling": lambda random, n: np.minimum(random.normal(95, 10, n), 100),
    "mostly zero": lambda random, n: random.binomial(40, 0.1, n) * (random.random(n) < 0.2),
    "two grades": lambda random, n: random.normal(20, 5, n) + np.where(random.random(n) < 0.5, 0, 130),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_clean_scores_have_no_outlier(shape):
    """No clean score is called an outlier, in 200 samples of 30 to 30,000 scores of any usual shape."""
    random = np.random.default_rng(8)
    for _ in range(200):
        n = int(np.exp(random.uniform(np.log(30), np.log(30_000))))
        assert not _is_outlier(SHAPES[shape](random, n)).any()


@pytest.mark.parametrize("shape", ["normal", "counts", "ceiling", "two grades"])
@pytest.mark.parametrize("wrong", [-9999.0, 9999.0, 1e6])
def test_gross_faults_are_outliers(shape, wrong):
    """Codes for missing and digits too many are found, alone or in every fiftieth row, and nothing else is."""
    random = np.random.default_rng(9)
    for share in (1 / 500, 1 / 50):
        scores = SHAPES[shape](random, 500)
        is_wrong = np.zeros(500, dtype=bool)
        is_wrong[: round(500 * share)] = True
        scores[is_wrong] = wrong
        np.testing.assert_array_equal(_is_outlier(scores), is_wrong)


def test_a_simulated_district_is_silent_but_for_its_planted_plan(tmp_path):
    """A simulated district has no error, and no warning outside the plan, whose faults are planted."""
    write_district(
        tmp_path / "made",
        sizes=Sizes(students=400, schools=2, districts=1, years=2, seed=5),
        truths=Truths(),
        workers=1,
    )
    problems = check_folder(tmp_path / "made")
    plan = {f"{table}.csv" for table in ("goals", "actions", "deliverables", "initiatives", "capacity")}
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert [problem for problem in problems if problem.file not in plan] == []
