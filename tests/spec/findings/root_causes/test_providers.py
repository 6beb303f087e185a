"""Factors of services: who delivers them, and that students without the service say nothing about it."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.columns import block_of, block_of_providers, judge_columns, sweep_blocks
from mtss_analysis.findings.root_causes.columns import take_comparable as take
from mtss_analysis.findings.root_causes.providers import WHO_NOT_RECORDED, find_providers, varies_by_provider
from mtss_analysis.findings.root_causes.rows import NOT_COMPARED, DrillRows, FactorRows
from mtss_analysis.findings.settings import Factor
from mtss_analysis.measures.factors import attach_providers
from mtss_analysis.stats import VarianceRatios

FIDELITY = Factor(
    id="fidelity", label="fidelity", table="services", column="fidelity_pct", level="student", bands=(0, 70)
)
NO_MORE = VarianceRatios(ratios=np.array([0.5]), covariance=np.zeros((1, 1)), n_sets=1)


def draw(*, providers, seed=1, spread=0.5, effect=0.0, per_provider=40):
    """One school and year: half of the providers deliver with low fidelity, and all differ in other ways."""
    rng = np.random.default_rng(seed)
    provider = np.repeat(np.arange(providers), per_provider)
    low = provider % 2
    standing = rng.normal(size=provider.size) + spread * rng.normal(size=providers)[provider] + effect * low
    return rows_of(standing, codes=low, providers=provider)


def rows_of(standing, *, codes, providers):
    """Rows of one school, grade and year."""
    n = len(standing)
    whole, providers = np.zeros(n, dtype=np.intp), np.asarray(providers, dtype=np.intp)
    factor = FactorRows(
        factor=FIDELITY, names=("70 or more", "0 to under 70"), codes=np.asarray(codes, dtype=np.intp),
        within_cells=True, unknown_pct=0.0, reason="", providers=providers,
        by_provider=varies_by_provider(np.asarray(codes), cells=whole, providers=providers),
    )  # fmt: skip
    return DrillRows(
        standing=np.asarray(standing), years=np.full(n, 2023.0), students=np.arange(n), classrooms=whole,
        teachers=whole, schools=whole, cells=whole, year_cells=whole, cohorts=whole, factors=(factor,),
    )  # fmt: skip


def judge(rows):
    """Test the level of the one factor between its providers."""
    (factor,) = rows.factors
    blocks = [block_of(rows, factor), block_of_providers(rows, factor)]
    swept = sweep_blocks(rows, blocks, ratios=NO_MORE, cells=rows.cells, only_students=True)
    return judge_columns(swept, tested=blocks[0].names["level"], given=blocks[0].given["level"])


def test_a_habit_of_providers_has_the_degrees_of_freedom_of_providers():
    """Eight providers in two groups leave six, as a t test of their means does, and no more evidence than that."""
    rows = draw(providers=8)
    (factor,) = rows.factors
    assert factor.by_provider
    test = judge(rows)
    assert (test.df_numerator, test.df_denominator) == (1, 6)
    means = [rows.standing[factor.providers == at].mean() for at in range(8)]
    low, high = np.array(means[1::2]), np.array(means[0::2])
    pooled = (low.var(ddof=1) + high.var(ddof=1)) / 2
    assert test.statistic == pytest.approx((low.mean() - high.mean()) ** 2 / (pooled / 2), rel=1e-6)


def test_too_few_providers_are_said_to_be_too_few():
    """Two providers, one of each kind, differ for any reason; four leave two degrees of freedom."""
    for providers in (2, 4):
        with pytest.raises(TooFewError, match=f"providers, of whom there are {providers}"):
            judge(draw(providers=providers, effect=-2.0))


def test_providers_who_hardly_differ_are_no_evidence():
    """Where providers' means are closer than chance lets expect, students' spread is the error."""
    rows = draw(providers=8, spread=0.0, seed=5)
    (factor,) = rows.factors
    standing = rows.standing.copy()
    for name in np.unique(factor.providers):
        standing[factor.providers == name] -= standing[factor.providers == name].mean()
    level = rows_of(standing + 0.2 * factor.codes, codes=factor.codes, providers=factor.providers)
    within = standing.var(ddof=8)
    assert judge(level).statistic == pytest.approx(0.2**2 / (within * (1 / 160 + 1 / 160)), rel=0.05)


def test_students_of_one_provider_are_compared_where_they_differ():
    """Fidelity that differs from student to student is compared within providers, in cells of their own."""
    codes = np.tile([0, 1], 40)
    providers = np.repeat([0, 1], 40)
    rows = rows_of(np.zeros(80), codes=codes, providers=providers)
    assert not rows.factors[0].by_provider
    assert np.unique(take(rows, rows.factors).cells).size == 2


def test_students_without_the_service_are_left_out():
    """Rows without a category are not compared, whatever they score."""
    codes = np.array([0, 1, 0, 1, NOT_COMPARED, NOT_COMPARED])
    rows = rows_of(np.arange(6.0), codes=codes, providers=np.array([0, 0, 0, 0, NOT_COMPARED, NOT_COMPARED]))
    view = take(rows, rows.factors)
    assert view.standing.tolist() == [0, 1, 2, 3]
    assert view.factors[0].providers.tolist() == [0] * 4


SCORES = pd.DataFrame(
    {
        "student_id": ["1", "2", "3", "4"],
        "district_id": "D",
        "school_id": "S",
        "school_year": "2024-25",
        "teacher_id": ["t1", "t1", "t2", "t2"],
    }
)
SERVICES = pd.DataFrame(
    {
        "student_id": ["1", "2", "3", "3"],
        "intervention_id": ["a", "a", "a", "b"],
        "start_date": pd.to_datetime(["2024-10-01", "2024-10-01", "2024-10-01", "2025-02-01"]),
        "provider_id": ["P2", None, "P2", "P1"],
        "fidelity_pct": [60.0, 80.0, 90.0, 40.0],
    }
)


def test_all_who_deliver_to_a_student_in_a_year_are_one_unit():
    """Two providers of one student are named together; nobody recorded and no service are missing."""
    named = attach_providers(scores=SCORES, table=SERVICES)
    assert named.iloc[[0, 2]].tolist() == ["P2", "P1 and P2"]
    assert named.iloc[[1, 3]].isna().all()
    assert attach_providers(scores=SCORES, table=SERVICES, only=("a",)).iloc[2] == "P2"
    assert attach_providers(scores=SCORES, table=SERVICES.drop(columns="provider_id")).isna().all()


def test_where_nobody_is_recorded_how_well_it_was_delivered_is_not_tested():
    """Without any provider fidelity is declined with its reason; the intervention itself is not."""
    known = pd.Series([True, True, True, False])
    nobody = SERVICES.assign(provider_id=None)
    assert find_providers(nobody, scores=SCORES, factor=FIDELITY, known=known) == (None, WHO_NOT_RECORDED)
    which = Factor(id="which", label="which", table="services", column="intervention_id", level="student")
    assert find_providers(nobody, scores=SCORES, factor=which, known=known) == (None, "")
    some, reason = find_providers(SERVICES, scores=SCORES, factor=FIDELITY, known=known)
    assert reason == ""
    assert some.tolist() == [1, 2, 0, NOT_COMPARED]


def test_a_service_of_the_own_teacher_is_the_teachers():
    """Where teachers deliver it themselves, they are no level beside teachers."""
    own = SERVICES.iloc[:3].assign(provider_id=["t1", "t1", "t2"])
    known = pd.Series([True, True, True, False])
    assert find_providers(own, scores=SCORES, factor=FIDELITY, known=known) == (None, "")
