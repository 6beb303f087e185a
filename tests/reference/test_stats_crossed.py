"""Crossed random effects against statsmodels' mixed model."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from mtss_analysis.stats import collect_crossed_data, estimate_ratios, fit_crossed

RATIO_TOLERANCE = 0.01
SLOPE_TOLERANCE = 1e-3


def test_ratios_and_slope_match_statsmodels() -> None:
    """Ratios by restricted maximum likelihood, the slope and its error are those of statsmodels' MixedLM."""
    rng = np.random.default_rng(4)
    students, years, teachers = 50, 3, 8
    student = np.repeat(np.arange(students), years)
    year = np.tile(np.arange(years, dtype=np.float64), students)
    teacher = rng.integers(0, teachers, size=student.size)
    value = 0.2 * year + 1.2 * rng.normal(size=students)[student] + 0.8 * rng.normal(size=teachers)[teacher]
    value += rng.normal(size=student.size)
    data = collect_crossed_data(
        outcome=value,
        design=np.column_stack([np.ones(year.size), year - 1]),
        names=("constant", "year"),
        small_units=student,
        larger_units=[teacher],
    )
    ratios = estimate_ratios([data])
    slope = fit_crossed(data=data, ratios=ratios, name="year")

    rows = pd.DataFrame({"value": value, "year": year - 1, "student": student, "teacher": teacher, "one": 1})
    parts = {"student": "0 + C(student)", "teacher": "0 + C(teacher)"}
    model = MixedLM.from_formula("value ~ year", groups="one", re_formula="0", vc_formula=parts, data=rows)
    reference = model.fit(reml=True)
    expected = dict(zip(reference.model.exog_vc.names, reference.vcomp / reference.scale, strict=True))
    assert ratios.ratios == pytest.approx([expected["student"], expected["teacher"]], rel=RATIO_TOLERANCE)
    assert slope.estimate == pytest.approx(reference.fe_params["year"], abs=SLOPE_TOLERANCE)
    assert slope.std_error == pytest.approx(reference.bse_fe["year"], rel=RATIO_TOLERANCE)
