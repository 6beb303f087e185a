"""The synthetic district obeys the schema, comes out the same from the same seed, and keeps its tables apart."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district import check_folder, open_district, read_schema, read_table
from mtss_analysis.district.simulate import Sizes, Truths, simulate_district, write_district
from mtss_analysis.district.simulate.simulate import TABLES
from mtss_analysis.district.simulate.truths import truth_names
from mtss_analysis.errors import ParameterError

ROOT = Path(__file__).resolve().parents[3]
SMALL = Sizes(students=1200, schools=4, years=3, seed=5)
OUTCOMES = frozenset({"enrollments", "screenings", "tiers", "services", "progress", "attendance"})


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a district of four schools."""
    folder = tmp_path_factory.mktemp("written") / "district"
    write_district(folder, sizes=SMALL, workers=1)
    return folder


def test_clean_district_has_no_problem(small_folder: Path) -> None:
    """The check finds nothing but the faults that are planted in the plan."""
    problems = check_folder(small_folder)
    assert {problem.file for problem in problems} <= {"goals.csv", "actions.csv", "deliverables.csv", "initiatives.csv"}


def test_district_without_truths_has_no_problem(tmp_path: Path) -> None:
    """With every truth switched off, the check finds nothing at all."""
    write_district(tmp_path / "district", sizes=SMALL, truths=Truths().without(["all"]), workers=1)
    assert check_folder(tmp_path / "district") == []


def test_every_table_is_written(small_folder: Path) -> None:
    """Every table that is simulated is there, has rows, and opens as one district."""
    district = open_district(small_folder)
    for name in TABLES:
        assert len(district.table(name)) > 0, name


def test_memory_and_files_agree(small_folder: Path) -> None:
    """What is drawn in memory is what is read back from the files, types included."""
    drawn = simulate_district(SMALL).tables
    for name in (
        "schools",
        "enrollments",
        "screenings",
        "tiers",
        "services",
        "progress",
        "attendance",
        "interventions",
    ):
        columns = list(drawn[name].columns)
        read = read_table(small_folder, table=name, columns=columns)
        pd.testing.assert_frame_equal(read, drawn[name], check_dtype=True)


def test_same_seed_same_bytes(small_folder: Path, tmp_path: Path) -> None:
    """The same seed gives the same bytes in every file, whatever the number of processes."""
    again = tmp_path / "again"
    write_district(again, sizes=SMALL, workers=1)
    files = sorted(path.relative_to(small_folder) for path in small_folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for file in files:
        assert (small_folder / file).read_bytes() == (again / file).read_bytes(), file


def test_processes_write_the_same(tmp_path: Path) -> None:
    """Two processes write the same two districts as one."""
    sizes = Sizes(students=240, schools=4, districts=2, years=2, seed=3)
    one, two = (
        write_district(tmp_path / str(workers), sizes=sizes, tables=["schools", "enrollments"], workers=workers)
        for workers in (1, 2)
    )
    for left, right in zip(one, two, strict=True):
        files = sorted(path.relative_to(left) for path in left.rglob("*") if path.is_file())
        assert len(files) > 2
        assert all((left / file).read_bytes() == (right / file).read_bytes() for file in files)


def test_another_seed_is_another_district() -> None:
    """Another seed gives other scores."""
    one, two = (simulate_district(Sizes(students=600, schools=2, seed=seed), tables={"screenings"}) for seed in (1, 2))
    assert not one.tables["screenings"].equals(two.tables["screenings"])


@pytest.mark.parametrize("table", sorted(OUTCOMES))
def test_table_alone_is_table_among_all(table: str) -> None:
    """A table drawn alone is the same as drawn with all the others."""
    alone = simulate_district(SMALL, tables={table}).tables[table]
    pd.testing.assert_frame_equal(alone, simulate_district(SMALL, tables=OUTCOMES).tables[table])


@pytest.mark.parametrize(
    ("truth", "untouched"),
    [
        ("cut_score_effect", ("enrollments", "attendance", "tiers")),
        ("null_intervention", ("enrollments", "attendance", "tiers", "screenings", "progress")),
        ("phased_rollout", ("enrollments", "attendance", "tiers", "progress")),
        ("randomised_effect", ("enrollments", "attendance", "tiers", "progress")),
        ("single_cases", ("enrollments", "attendance", "tiers", "screenings")),
        ("trends", ("enrollments", "attendance")),
        ("lagged_indicators", ("enrollments",)),
        ("noise_only", ("enrollments", "attendance", "tiers", "progress")),
        ("systemic_cause", ("enrollments",)),
        ("low_fidelity", ("enrollments", "attendance", "tiers", "screenings", "progress")),
    ],
)
def test_truth_touches_its_tables_alone(truth: str, untouched: tuple[str, ...]) -> None:
    """Switching a truth off leaves the tables that it does not speak of as they were."""
    sizes = Sizes(students=3000, schools=12, years=2, seed=8)
    tables = OUTCOMES
    with_truth = simulate_district(sizes, tables=tables).tables
    without = simulate_district(sizes, Truths().without([truth]), tables=tables).tables
    for name in untouched:
        pd.testing.assert_frame_equal(with_truth[name], without[name])
    assert any(not with_truth[name].equals(without[name]) for name in set(tables) - set(untouched))


def test_truth_touches_its_measure_alone() -> None:
    """The randomised effect moves treated students' vocabulary after the fall, and no other score."""
    sizes = Sizes(students=1200, schools=4, seed=4)
    with_truth, without = (
        simulate_district(sizes, truths, tables={"screenings"}).tables["screenings"]
        for truths in (Truths(), Truths().without(["randomised_effect"]))
    )
    keys = ["student_id", "school_year", "window", "measure"]
    both = with_truth.merge(without, on=keys, suffixes=("", "_without"), validate="1:1")
    assert len(both) == len(with_truth) == len(without)
    changed = both["score"] != both["score_without"]
    assert set(both.loc[changed, "measure"]) == {"vocabulary"}
    assert set(both.loc[changed, "window"]) == {"spring"}


def test_every_truth_is_recorded_and_can_be_switched_off() -> None:
    """truth.json says of every truth whether it is planted, and a truth that is off has no school."""
    truth = simulate_district(SMALL, Truths().without(["all"]), tables={"enrollments"}).truth
    for name in truth_names():
        entry = truth["truths"].get(name) or truth["truths"]["practice"][name]
        assert entry["planted"] is False
        assert not entry.get("schools"), name
    assert truth["slopes"] == []


def test_truth_record_is_json_without_students(small_folder: Path) -> None:
    """truth.json is plain JSON and names no student."""
    text = (small_folder / "truth.json").read_text(encoding="utf-8")
    json.loads(text)
    students = set(read_table(small_folder, table="enrollments", columns=["student_id"])["student_id"])
    assert students
    assert not any(f'"{student}"' in text for student in students)


def test_students_age_and_are_in_one_school_a_day(small_folder: Path) -> None:
    """A student who stays goes up one grade a year, and is never in two schools on the same day."""
    enrollments = read_table(small_folder, table="enrollments")
    grades = ["K", *map(str, range(1, 9))]
    enrollments["level"] = enrollments["grade"].map(grades.index)
    enrollments["first"] = enrollments["school_year"].str[:4].astype(int)
    assert (
        enrollments.groupby("student_id")[["level", "first"]].apply(lambda one: (one["level"] - one["first"]).nunique())
        == 1
    ).all()
    twice = enrollments[enrollments.duplicated(["student_id", "school_year"], keep=False)]
    assert len(twice) > 0
    ordered = twice.sort_values(["student_id", "school_year", "entry_date"], na_position="first")
    left = ordered.groupby(["student_id", "school_year"])["exit_date"].first()
    came = ordered.groupby(["student_id", "school_year"])["entry_date"].last()
    assert (left < came).all()


def test_teachers_stay_and_gain_experience(small_folder: Path) -> None:
    """A teacher who stays has a year more experience every year."""
    staff = read_table(small_folder, table="staff").sort_values(["staff_id", "school_year"])
    growth = staff.groupby("staff_id")["years_experience"].diff().dropna()
    assert len(growth) > 0
    years = staff.assign(first=staff["school_year"].str[:4].astype(int)).groupby("staff_id")["first"].diff().dropna()
    assert np.array_equal(growth.to_numpy(), years.to_numpy())


def test_columns_are_those_of_the_schema() -> None:
    """Every table drawn in memory has known columns alone, and all that are required."""
    for name, frame in simulate_district(Sizes(students=400, schools=2, seed=6)).tables.items():
        schema = read_schema(name)
        assert set(frame.columns) <= set(schema.column_names), name
        assert set(schema.required_columns) <= set(frame.columns), name


@pytest.mark.parametrize("schools", [1, 2, 3, 4, 13, 25])
def test_any_number_of_schools(schools: int) -> None:
    """Any number of schools can be drawn, with one year too."""
    drawn = simulate_district(
        Sizes(students=60 * schools, schools=schools, years=1, seed=1), tables={"schools", "screenings"}
    )
    assert drawn.tables["schools"]["school_id"].nunique() == schools
    assert drawn.tables["screenings"]["school_id"].nunique() == schools


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"students": 0}, "students is 0"),
        ({"schools": 2, "districts": 3}, "cannot make 3 districts"),
        ({"students": 20, "schools": 12}, "too few"),
        ({"seed": -1}, "seed"),
    ],
)
def test_impossible_sizes_are_refused(sizes: dict[str, int], words: str) -> None:
    """Sizes that cannot be drawn are refused in words."""
    with pytest.raises(ParameterError, match=words):
        Sizes(**sizes)


def test_full_folder_is_refused(tmp_path: Path) -> None:
    """A folder that holds something is not written into."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="not empty"):
        write_district(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_unknown_names_are_refused() -> None:
    """An unknown truth or table is refused with the nearest one."""
    with pytest.raises(ParameterError, match="phased_rollout"):
        Truths().without(["phased_rolout"])
    with pytest.raises(ParameterError, match="screenings"):
        simulate_district(SMALL, tables={"screening"})
