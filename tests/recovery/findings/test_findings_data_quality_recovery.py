"""Faults planted in a district's sources are named, and a district in which nothing is wrong is left in peace."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.data_quality.across import compare_sources
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables

SETTINGS = Settings(indicators=())
YEARS = ("2022-23", "2023-24", "2024-25")
MONTHS = (8, 9, 10, 11, 12, 1, 2, 3, 4, 5)
SCHOOLS = 8
N_SEEDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How schools of a simulated district differ; rates are log-normal, days absent negative binomial."""

    school_sd: float = 0.5
    year_sd: float = 0.25
    referrals_per_student_month: float = 0.05


def simulate(seed: int, setting: Setting | None = None) -> dict[str, pd.DataFrame]:
    """Simulate the tables of a district whose schools differ in size, rates and scores."""
    plan = setting or Setting()
    rng = np.random.default_rng(seed)
    enrollments, screenings, attendance, referrals = [], [], [], []
    for school in range(SCHOOLS):
        school_id, size = f"{school:04d}", int(rng.integers(15, 60))
        rate = plan.referrals_per_student_month * np.exp(rng.normal(0, plan.school_sd))
        level = rng.normal(0, 4)
        for year in YEARS:
            students = np.array([f"{school_id}-{grade}-{seat:03d}" for grade in "123" for seat in range(size)])
            n = students.size
            grades = np.repeat(["1", "2", "3"], size)
            place = {"district_id": "D1", "school_id": school_id, "school_year": year}
            enrollments.append(pd.DataFrame({"student_id": students, "grade": grades, **place}))
            for window in ("fall", "spring"):
                taken = rng.random(n) < rng.choice([0.98, 0.93, 0.88])
                # Few different scores, many of them at the floor.
                score = np.maximum(np.round(40 + level + rng.normal(0, 12, n)), 30)
                rows = pd.DataFrame({"student_id": students, "score": score, **place})[taken]
                screenings.append(rows.assign(measure="orf", window=window, date=pd.Timestamp("2025-05-01")))
            yearly = np.exp(rng.normal(0, plan.year_sd))
            for place_in_year, month in enumerate(MONTHS):
                first = pd.Timestamp(int(year[:4]) + (month < 7), month, 1)
                absent = np.minimum(rng.poisson(0.9 * rng.gamma(0.8, 1 / 0.8, n)), 18)
                attendance.append(
                    pd.DataFrame(
                        {
                            "student_id": students,
                            "month": first.strftime("%Y-%m"),
                            "days_enrolled": 18.0,
                            "days_absent": absent.astype(float),
                            **place,
                        }
                    )
                )
                season = 0.6 + 0.8 * np.sin(np.pi * (place_in_year + 1) / 11)
                count = rng.poisson(n * rate * yearly * season * rng.gamma(4, 0.25))
                days = pd.to_timedelta(rng.integers(0, 27, count), unit="D")
                referrals.append(pd.DataFrame({"date": first + days, "district_id": "D1", "school_id": school_id}))
    return {
        "enrollments": pd.concat(enrollments, ignore_index=True),
        "screenings": pd.concat(screenings, ignore_index=True),
        "attendance": pd.concat(attendance, ignore_index=True),
        "referrals": pd.concat(referrals, ignore_index=True),
    }


def find(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Find the faults of a district."""
    return compare_sources(GivenTables(tables), settings=SETTINGS)["faults"]


@pytest.mark.parametrize("setting", [Setting(), Setting(school_sd=0.8, year_sd=0.4, referrals_per_student_month=0.02)])
def test_a_district_without_faults_is_left_in_peace(setting: Setting) -> None:
    """Nothing planted: in at most one district of twenty is anything named at all."""
    named = sum(len(find(simulate(seed, setting))) > 0 for seed in range(N_SEEDS))
    assert named <= 0.05 * N_SEEDS


def test_referrals_that_stop_are_named_with_their_months() -> None:
    """The largest school enters no referral after December: it alone is named, with those months, nearly always."""
    hit = others = 0
    for seed in range(N_SEEDS):
        tables = simulate(seed)
        largest = tables["enrollments"]["school_id"].value_counts().idxmax()
        rows = tables["referrals"]
        stopped = (rows["school_id"] == largest) & (rows["date"] > "2024-12-31")
        faults = find({**tables, "referrals": rows[~stopped]})
        silent = faults[faults["check"] == "silent"]
        mine = silent[silent["school_id"] == largest]
        hit += len(mine) == 1 and mine["school_year"].iloc[0] == "2024-25" and mine["last"].iloc[0] == "2025-05"
        others += len(faults) - len(mine)
    assert hit >= 0.8 * N_SEEDS
    assert others <= 1


def test_a_screener_given_to_half_a_grade_is_named() -> None:
    """Half of one grade lost its scores: that grade, window and year is named, and nothing else."""
    for seed in range(5):
        tables = simulate(seed)
        rows = tables["screenings"]
        student = rows["student_id"].str.startswith("0003-2-") & (rows["student_id"].str[-1].astype(int) % 2 == 0)
        half = student & (rows["school_year"] == "2023-24") & (rows["window"] == "fall")
        (fault,) = find({**tables, "screenings": rows[~half]}).to_dict("records")
        assert (fault["check"], fault["school_id"], fault["grade"]) == ("few_screened", "0003", "2")
        assert (fault["school_year"], fault["window"], fault["measure"]) == ("2023-24", "fall", "orf")


def test_attendance_that_cannot_be_true_is_named() -> None:
    """A month without any absence, one with the same days for all, and one that repeats another are told apart."""
    tables = simulate(3)
    rows = tables["attendance"].copy()
    here = rows["school_id"] == "0005"
    rows.loc[here & (rows["month"] == "2023-02"), "days_absent"] = 0.0
    rows.loc[here & (rows["month"] == "2023-10"), "days_absent"] = 2.0
    february = rows[here & (rows["month"] == "2024-02")].set_index("student_id")["days_absent"]
    march = here & (rows["month"] == "2024-03")
    rows.loc[march, "days_absent"] = rows.loc[march, "student_id"].map(february)
    faults = find({**tables, "attendance": rows})
    found = set(zip(faults["school_id"], faults["check"], faults["items"], strict=True))
    assert found == {
        ("0005", "nobody_absent", "2023-02"),
        ("0005", "identical", "2023-10"),
        ("0005", "copied", "2024-03"),
    }


def test_scores_that_are_all_alike_are_named_and_floors_are_not() -> None:
    """One grade has the same score for all: named. One where most are at the floor of the scale: not named."""
    tables = simulate(4)
    rows = tables["screenings"].copy()
    cell = (rows["school_year"] == "2024-25") & (rows["window"] == "spring")
    rows.loc[cell & rows["student_id"].str.startswith("0002-1-"), "score"] = 44.0
    rows.loc[cell & rows["student_id"].str.startswith("0001-3-"), "score"] = 30.0
    faults = find({**tables, "screenings": rows})
    alike = faults[faults["check"] == "heaped"]
    assert ("0002", "1") in set(zip(alike["school_id"], alike["grade"], strict=True))
    kept = simulate(4)["screenings"]
    low = kept["student_id"].str.startswith("0001-3-") & (kept["student_id"].str[-1].astype(int) < 6)
    kept.loc[low, "score"] = 30.0
    assert find({**tables, "screenings": kept}).empty
