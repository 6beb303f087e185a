"""The tables of practice and behaviour: their columns, keys and links, and that the same seed gives the same rows."""

import json

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district import read_schema
from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.district.simulate.agreement import describe_agreement
from mtss_analysis.district.simulate.practice_truths import CaseloadSlowsExit, PracticeTruths, without_truths
from mtss_analysis.district.simulate.surveys import item_correlation
from mtss_analysis.district.simulate.truths import truth_names
from mtss_analysis.district.simulate.typed import DTYPES, type_table
from mtss_analysis.district.simulate.visit_truths import VisitNoise

PRACTICE_TABLES = ("training_attendance", "coaching", "walkthroughs", "fidelity", "surveys", "referrals", "trainings")
PLAN_TABLES = ("goals", "actions", "deliverables", "initiatives", "capacity")
TABLES = (*PRACTICE_TABLES, *PLAN_TABLES)
SIZES = Sizes(students=400, schools=3, seed=5)
TOUCHED = {
    "breakdown": {"walkthroughs"},
    "weak_practice": {"walkthroughs", "goals", "actions", "deliverables"},
    "lone_classroom": {"walkthroughs"},
    "low_fidelity": {"fidelity", "goals", "actions", "deliverables", "capacity"},
    "coaching": {"walkthroughs", "fidelity"},
    "drift": {"walkthroughs"},
    "under_reporting": {"referrals"},
    "other_codes": {"referrals"},
    "low_response": {"surveys"},
    "caseload": set(),
    "plan": set(PLAN_TABLES),
}


@pytest.mark.parametrize("table", TABLES)
def test_columns_and_types_are_those_of_reading(district, table):
    """Every table has all columns of its schema, in order, with the types that reading gives."""
    schema = read_schema(table)
    assert list(district[table].columns) == list(schema.column_names)
    for field in schema.fields:
        assert str(district[table][field.name].dtype) == DTYPES[field.type], field.name


@pytest.mark.parametrize("table", TABLES)
def test_keys_are_filled_and_unique(district, table):
    """No row lacks a required value and no two rows have the same key."""
    schema = read_schema(table)
    assert len(district[table]) > 0
    assert not district[table][list(schema.required_columns)].isna().any().any()
    assert not district[table].duplicated(list(schema.primary_key)).any()


@pytest.mark.parametrize("table", PRACTICE_TABLES)
def test_links_lead_to_rows(district, table):
    """Every id of another table is found there."""
    for key in read_schema(table).foreign_keys:
        there = pd.MultiIndex.from_frame(district[key.table][list(key.reference)].astype(str))
        asked = district[table][list(key.fields)].dropna().astype(str)
        assert pd.MultiIndex.from_frame(asked).isin(there).all(), key


def test_people_of_other_columns_are_staff(district):
    """Whoever observes a lesson or writes a referral is in the staff table."""
    staff = set(district["staff"]["staff_id"])
    assert set(district["referrals"]["reported_by"].dropna()) <= staff
    assert set(district["walkthroughs"]["observer_id"]) <= staff


def test_everything_happens_on_school_days(district):
    """Visits, contacts, referrals, trainings and surveys fall on days on which school is held."""
    calendar = district["calendar"]
    held = calendar.loc[calendar["instructional"].astype(bool), ["school_id", "date"]]
    for table in ("walkthroughs", "coaching", "referrals", "fidelity", "surveys"):
        rows = district[table][["school_id", "date"]].drop_duplicates()
        assert len(rows.merge(held, on=["school_id", "date"])) == len(rows), table
    assert district["trainings"]["date"].isin(held["date"]).all()


def test_referrals_are_of_students_who_are_there(district):
    """A referral lies between the student's entry and exit in that school."""
    enrolled = district["enrollments"]
    rows = district["referrals"].merge(enrolled, on=["student_id", "school_id"])
    first = rows["school_year"].str[:4].astype(int)
    in_year = (rows["date"].dt.year * 12 + rows["date"].dt.month).between(first * 12 + 7, first * 12 + 18)
    there = (rows["entry_date"].isna() | (rows["date"] >= rows["entry_date"])) & (
        rows["exit_date"].isna() | (rows["date"] <= rows["exit_date"])
    )
    assert set(rows.loc[in_year & there, "referral_id"]) == set(district["referrals"]["referral_id"])


def test_same_seed_gives_the_same_rows():
    """Drawn twice, every table is the same; with another seed, no table of practice is."""
    first, again = (simulate_district(SIZES, tables=TABLES).tables for _ in range(2))
    other = simulate_district(Sizes(students=400, schools=3, seed=6), tables=TABLES).tables
    for table in TABLES:
        pd.testing.assert_frame_equal(first[table], again[table])
        assert table in PLAN_TABLES or not first[table].equals(other[table]), table


@pytest.mark.parametrize("name", TOUCHED)
def test_switching_a_truth_off_touches_its_tables_alone(name):
    """A truth that is switched off leaves every draw of the other tables as it was."""
    whole = simulate_district(SIZES, tables=TABLES).tables
    without = simulate_district(SIZES, Truths().without([name]), tables=TABLES).tables
    for table in set(TABLES) - TOUCHED[name]:
        pd.testing.assert_frame_equal(whole[table], without[table])


def test_every_truth_of_practice_is_named_and_described():
    """Every truth can be switched off by name, and what is described of it can be written as JSON."""
    described = PracticeTruths().describe()
    assert set(TOUCHED) <= set(truth_names())
    assert set(TOUCHED) | {"noise", "practices"} == set(described)
    assert json.loads(json.dumps(described))["breakdown"]["after"] == 0.41
    off = without_truths(PracticeTruths()).describe()
    assert not any(off[name]["planted"] for name in TOUCHED)


def test_agreement_of_observers_without_error_is_perfect():
    """Observers who neither err nor differ in severity always agree."""
    perfect = describe_agreement(share=0.7, noise=VisitNoise(observer_error=1e-9, observer_sd=0.0))
    assert perfect["exact"] == pytest.approx(1.0, abs=0.01)
    assert describe_agreement(share=0.7, noise=VisitNoise())["kappa"] < perfect["kappa"]


def test_agreement_is_that_of_drawn_observers():
    """The computed agreement is the share of equal scores among two hundred thousand drawn pairs."""
    noise, rng = VisitNoise(), np.random.default_rng(1)
    own = np.sqrt(noise.observer_sd**2 + noise.observer_error)
    shared = rng.standard_normal(200_000) * np.sqrt(noise.total_sd**2 - own**2) + 0.524401 * noise.total_sd
    latent = shared + own * rng.standard_normal((2, 200_000))
    first, second = (latent > 0).astype(int) + (latent > -noise.partial)
    assert describe_agreement(share=0.7, noise=noise)["exact"] == pytest.approx((first == second).mean(), abs=0.005)


def test_correlation_of_items_grows_with_alpha():
    """More reliable scales need items that correlate more, and cutting answers costs some of the correlation."""
    low, high = (item_correlation(items=4, alpha=alpha, mean=0.0) for alpha in (0.6, 0.9))
    assert low < high
    assert high > 0.9 / (4 - 0.9 * 3)


def test_exit_rate_falls_with_caseload():
    """Ten students more cost the declared share; where nothing is planted they cost nothing."""
    truth = CaseloadSlowsExit()
    assert truth.exit_rate(40) == pytest.approx(truth.exit_rate(30) - truth.drop_per_ten)
    assert truth.exit_rate(1000) == 0.02
    assert CaseloadSlowsExit(planted=False).exit_rate(50) == truth.rate_at_reference


def test_unknown_column_is_refused():
    """A frame cannot be given a column that its table does not have."""
    with pytest.raises(KeyError):
        type_table("trainings", columns={"trainer": ["a"]})
