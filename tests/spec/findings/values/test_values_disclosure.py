"""What may be printed of values: nothing of few students, and nothing from which it could be worked out."""

import numpy as np
import pandas as pd

from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.values.across import CHANGE_NUMBERS, NUMBERS, compare_values

YEAR = "2025-26"


def write_tables(sizes, *, disabled=0, at_cut=0.5, statistic="at_cut_pct", group="all", years=(YEAR,)):
    """Schools of the given sizes, of each student a score, and a goal about them."""
    rows = []
    for year in years:
        for school, size in sizes.items():
            for at in range(size):
                score = 20.0 if at < round(at_cut * size) else 0.0
                rows.append(
                    (f"{school}-{at}", school, year, "3", at % 2 == 0 if disabled == "half" else at < disabled, score)
                )
    columns = ["student_id", "school_id", "school_year", "grade", "disability", "score"]
    students = pd.DataFrame(rows, columns=columns)
    students["classroom_id"] = [f"room{at % 4}" for at in range(len(students))]
    goals = pd.DataFrame(
        {
            "goal_id": ["G"], "measure": "orf", "statistic": statistic, "grade": "all", "student_group": group,
            "baseline_window": "spring",
        }
    )  # fmt: skip
    given = {
        "schools": pd.DataFrame({"school_id": list(sizes), "school_year": YEAR, "level": "elementary"}),
        "enrollments": students.drop(columns="score"),
        "screenings": students[["student_id", "school_id", "school_year", "score"]].assign(
            measure="orf", window="spring", cut_score=10.0
        ),
        "goals": goals,
    }
    return GivenTables({name: frame.assign(district_id="D") for name, frame in given.items()})


def read_status(tables, *, group="all", profile="n10"):
    """Status by school, the district under its own name."""
    values = compare_values(tables, settings=Settings(indicators=(), profile=profile))["values"]
    values = values[values["group"] == group]
    return dict(zip(values["school_id"].where(values["school_id"] != "", "district"), values["status"], strict=True))


def test_a_school_of_few_students_is_withheld_without_any_number():
    """Nine students are withheld; the row says so and holds nothing else."""
    tables = write_tables({"S1": 9, "S2": 100, "S3": 100}, statistic="mean", years=("2024-25", YEAR))
    frames = compare_values(tables, settings=Settings(indicators=()))
    hidden = frames["values"][frames["values"]["school_id"] == "S1"]
    assert hidden["status"].tolist() == ["withheld", "withheld"]
    assert hidden[NUMBERS].isna().all(axis=None)
    changes = frames["value_changes"]
    assert changes.loc[changes["school_id"] == "S1", CHANGE_NUMBERS].isna().all(axis=None)
    assert (changes.loc[changes["school_id"] == "S2", "status"] == "ok").all()


def test_a_very_small_school_costs_no_other_school_its_number():
    """Where it has few of the district's students, the district's number leaves it out: 900 of 912 are counted."""
    sizes = {"S1": 12, "S2": 300, "S3": 300, "S4": 300}
    values = compare_values(write_tables(sizes), settings=Settings(indicators=()))["values"]
    status = dict(zip(values["school_id"], values["status"], strict=True))
    assert status == {"S1": "withheld", "S2": "ok", "S3": "ok", "S4": "ok", "": "ok"}
    assert values.loc[values["school_id"] == "", "n"].tolist() == [900.0]


def test_where_small_schools_are_many_others_are_withheld_with_them():
    """Of three schools one has too few at the cut: its share, and one from which it would follow, are withheld."""
    status = read_status(write_tables({"S1": 30, "S2": 60, "S3": 60}, at_cut=0.25))
    assert status["S1"] == "withheld"
    assert sum(one == "withheld" for one in status.values()) >= 2


def test_a_group_is_withheld_where_those_outside_it_are_few():
    """Five students outside the group: its number would give theirs away as a difference from all."""
    sizes = {"S1": 60, "S2": 60, "S3": 60}
    tables = write_tables(sizes, disabled=55, group="disability=true", statistic="mean")
    assert set(read_status(tables, group="disability=yes").values()) <= {"withheld", "ok"}
    assert read_status(tables, group="disability=yes")["S1"] == "withheld"
    assert read_status(tables)["S1"] == "ok"
    large = write_tables(sizes, disabled="half", group="disability=true", statistic="mean")
    assert set(read_status(large, group="disability=yes").values()) == {"ok"}


def test_a_share_of_nearly_all_is_withheld():
    """Of 60 students 57 are at the cut: the three others are few."""
    status = read_status(write_tables({"S1": 60, "S2": 200, "S3": 200}, at_cut=0.95))
    assert status["S1"] == "withheld"


def test_nothing_withheld_follows_from_what_is_printed():
    """Over random sizes, printed counts of schools never leave a single withheld school beside a printed district."""
    rng = np.random.default_rng(5)
    for _ in range(6):
        sizes = {f"S{at}": int(size) for at, size in enumerate(rng.integers(20, 90, 4))}
        values = compare_values(write_tables(sizes, at_cut=0.2), settings=Settings(indicators=()))["values"]
        printed = values["status"] == "ok"
        district = values[values["school_id"] == ""]
        schools = values[values["school_id"] != ""]
        hidden = int((~printed[schools.index]).sum())
        if (district["status"] == "ok").all():
            counted = int(schools.loc[printed[schools.index], "n"].sum())
            assert hidden != 1 or counted == int(district["n"].iloc[0])
