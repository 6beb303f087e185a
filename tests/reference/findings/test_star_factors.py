"""Factors of Project STAR: what is published of experience, and what the search must not report.

Reference: R 4.2.2 with AER, sandwich 3.0-2 and clubSandwich 0.5.8 on the public-access file; the coefficient of
experience is that of Stock and Watson (2007), Introduction to Econometrics, 2nd edition, table 13.2, column 2.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from mtss_analysis.findings.root_causes.chapter import find_state_factors
from mtss_analysis.stats import fit_clustered

EXACT = 1e-8
EXPERIENCE = {"estimate": 1.46903031954, "hc1": 0.1692868046717, "cr1s_by_school": 0.4377737401133}
SMALL_WITH_VETERANS = {"estimate": -34.7, "independent": 9.7, "cr2_by_teacher": 18.2, "teachers": 14}
"""Of the 22 kindergarten teachers with 20 or more years, those of small and of regular classes with both scores."""
ROUNDED = 0.05
"""Half a unit of the last printed digit."""


@pytest.fixture(scope="module")
def kindergarten(star) -> pd.DataFrame:
    """Kindergartners with both scores, class type and experience of the teacher."""
    enrolled = star.table("enrollments")
    enrolled = enrolled[enrolled["grade"] == "K"]
    scores = star.table("screenings").pivot_table(
        index=["student_id", "school_year"], columns="measure", values="score"
    )
    services = star.table("services")[["student_id", "intervention_id", "start_date"]]
    first = services.sort_values("start_date").drop_duplicates("student_id")
    staff = star.table("staff")[["staff_id", "school_year", "years_experience"]]
    rows = (
        enrolled.merge(scores, left_on=["student_id", "school_year"], right_index=True)
        .merge(first, on="student_id")
        .merge(staff, left_on=["teacher_id", "school_year"], right_on=["staff_id", "school_year"])
    )
    return rows.assign(outcome=rows["sat_reading"] + rows["sat_math"]).dropna(subset=["outcome", "years_experience"])


def _fit(rows, *, columns, clusters):
    return fit_clustered(
        outcome=rows["outcome"].to_numpy(dtype="float64"),
        design=np.column_stack([np.ones(len(rows)), *columns.values()]),
        names=("constant", *columns),
        clusters=rows[clusters].to_numpy(dtype=object).astype("U"),
    )


def _arms(rows):
    return {arm: (rows["intervention_id"] == arm).to_numpy(dtype="float64") for arm in ("small_class", "aide_class")}


def test_a_year_of_experience_goes_with_1_469_points(kindergarten):
    """The coefficient and its published errors are met; by teacher the error is that of statsmodels, and wider."""
    columns = _arms(kindergarten) | {"experience": kindergarten["years_experience"].to_numpy(dtype="float64")}
    by_school = _fit(kindergarten, columns=columns, clusters="school_id")
    by_teacher = _fit(kindergarten, columns=columns, clusters="teacher_id")
    assert by_school.coefficients[3] == pytest.approx(EXPERIENCE["estimate"], rel=EXACT)
    assert np.sqrt(by_school.covariance_hc1[3, 3]) == pytest.approx(EXPERIENCE["hc1"], rel=EXACT)
    # The reference counts 80 schools, of which one has no kindergartner: 80/79 in place of 79/78.
    of_80 = by_school.covariance_cr1s[3, 3] * (80 / 79) / (79 / 78)
    assert np.sqrt(of_80) == pytest.approx(EXPERIENCE["cr1s_by_school"], rel=EXACT)
    design = np.column_stack([np.ones(len(kindergarten)), *columns.values()])
    codes = pd.factorize(kindergarten["teacher_id"])[0]
    reference = sm.OLS(kindergarten["outcome"].to_numpy(), design).fit(cov_type="cluster", cov_kwds={"groups": codes})
    assert np.sqrt(by_teacher.covariance_cr1s[3, 3]) == pytest.approx(reference.bse[3], rel=1e-6)
    experience = by_teacher.coefficient("experience")
    assert experience.std_error > 2 * EXPERIENCE["hc1"]
    assert experience.ci_low > 0


def test_small_classes_of_veterans_rest_on_few_teachers(kindergarten):
    """Among teachers with 20 or more years, −34.7 points have an error of 18.2 by teacher and 9.7 without."""
    rows = kindergarten[kindergarten["years_experience"] >= 20]
    rows = rows[rows["intervention_id"].isin(["small_class", "regular_class"])]
    small = {"small_class": (rows["intervention_id"] == "small_class").to_numpy(dtype="float64")}
    fit = _fit(rows, columns=small, clusters="teacher_id")
    effect = fit.coefficient("small_class")
    assert rows["teacher_id"].nunique() == SMALL_WITH_VETERANS["teachers"]
    assert effect.estimate == pytest.approx(SMALL_WITH_VETERANS["estimate"], abs=ROUNDED)
    assert effect.std_error == pytest.approx(SMALL_WITH_VETERANS["cr2_by_teacher"], abs=ROUNDED)
    independent = float(np.sqrt(fit.covariance_independent[1, 1]))
    assert independent == pytest.approx(SMALL_WITH_VETERANS["independent"], abs=ROUNDED)
    assert effect.ci_low < 0 < effect.ci_high


def test_the_search_does_not_report_small_classes_of_veterans(star):
    """Type of class is named in the state; that it does otherwise with experienced teachers is not."""
    district_id, school_id = star.state.roster[["district_id", "school_id"]].iloc[0]
    for measure in ("sat_reading", "sat_math"):
        (found,) = find_state_factors(**star.asked(district_id, school_id), measure=measure)
        pairs = found.pairs
        pair = pairs[(pairs["first"] == "class_type") & (pairs["second"] == "teacher_experience")]
        assert (found.factors.loc[found.factors["factor"] == "class_type", "level_q"] < 0.05).all()
        assert len(pair)
        assert (pair["together_q"] > 0.05).all()
        assert "the teacher's years of experience with the type of class" not in found.sentence()
