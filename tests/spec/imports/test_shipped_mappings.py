"""The mappings that ship with the kit read the exports they are named after."""

from pathlib import Path

import pytest

from mtss_analysis.district import check_folder, count_errors, open_district, read_table
from mtss_analysis.district.imports import import_export
from mtss_analysis.district.imports.suggest import suggest_mapping
from mtss_analysis.parameters.mapping_files import list_mappings, read_mapping

PROJECT = Path(__file__).resolve().parents[3]
SAMPLES = PROJECT.parent / "shared" / "data" / "vendor_samples"
# Records of screenings by sample file, counted by hand: rows with a score of a subject and window the table knows.
SAMPLE_RECORDS = {
    "nwea_map_growth": 3,
    "dibels_8_benchmark": 30,
    "fastbridge_cbmreading": 15,
    "fastbridge_areading": 3,
    "iready_ela": 5,
    "iready_math": 5,
    "renaissance_star_reading": 5,
    "basc3_bess": 5,
}
MAPPINGS = {name: name.removesuffix("_benchmark") for name in SAMPLE_RECORDS}
COLUMNS = ["student_id", "school_year", "window", "measure", "school_id", "score", "percentile", "benchmark_level"]
EXPECTED = {
    "nwea_map_growth": [
        ("00412", "2024-25", "fall", "map_growth_math", "0071", 191.0, 48.0, "Avg"),
        ("00412", "2024-25", "fall", "map_growth_reading", "0071", 185.0, 99.0, "High"),
    ],
    "dibels_8": [
        ("00412", "2024-25", "fall", "dibels8_composite", "0071", 301.0, 38.0, "Below Benchmark"),
        ("00412", "2024-25", "fall", "dibels8_lnf", "0071", 20.0, 55.0, "At Benchmark"),
        ("00413", "2024-25", "fall", "dibels8_composite", "0071", 330.0, 61.0, "At Benchmark"),
        ("00413", "2024-25", "fall", "dibels8_orf", "0071", 0.0, None, "Well Below Benchmark"),
    ],
    "fastbridge_cbmreading": [
        ("00412", "2024-25", "fall", "fastbridge_cbmreading", "0071", 88.0, 50.5, "Low Risk"),
        ("00413", "2024-25", "fall", "fastbridge_cbmreading", "0071", 12.0, 3.0, "High Risk"),
        ("00412", "2024-25", "winter", "fastbridge_cbmreading", "0071", 101.0, None, "Low Risk"),
    ],
    "fastbridge_areading": [
        ("00412", "2024-25", "fall", "fastbridge_areading", "0071", 533.0886, 17.0, "Some Risk"),
    ],
    "iready_ela": [
        ("00412", "2024-25", "fall", "iready_reading", "0071", 468.0, 17.0, "1 Grade Level Below"),
    ],
    "iready_math": [
        ("00412", "2024-25", "fall", "iready_math", "0071", 468.0, 17.0, "1 Grade Level Below"),
    ],
    "renaissance_star_reading": [
        ("00412", "2024-25", "fall", "star_reading", "0071", 815.0, 35.0, "On Watch"),
    ],
    "renaissance_star_math": [
        ("00412", "2024-25", "fall", "star_math", "0071", 815.0, 35.0, "On Watch"),
    ],
    "basc3_bess": [
        ("00412", "2024-25", "fall", "bess3_parent", "0071", 64.0, 90.0, "Elevated"),
        ("00412", "2024-25", "winter", "bess3_teacher", "0071", 51.0, 64.0, "Normal"),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_shipped_mapping_gives_these_screenings(name, files, district):
    """An export gives exactly the screenings that can be read from it by eye, with ids and zeros kept."""
    result = import_export(files / f"{name}.csv", mapping=read_mapping(name), folder=district)
    assert result.exit_code == 0
    found = read_table(district, table="screenings", columns=COLUMNS).astype(object)
    rows = found.where(found.notna(), None).itertuples(index=False, name=None)
    assert sorted(rows) == sorted(EXPECTED[name])
    assert count_errors(check_folder(district)) == 0


@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_is_recognised(name, files):
    """The draft for an export of a known vendor extends the mapping that ships, and can be read at once."""
    shipped = [read_mapping(path) for path in list_mappings().values()]
    suggestion = suggest_mapping(files / f"{name}.csv", shipped=shipped)
    assert suggestion.shipped == name


@pytest.mark.parametrize("name", ["oneroster_1_1", "oneroster_1_2"])
def test_oneroster(name, files, tmp_path):
    """A OneRoster folder gives schools, students with their homeroom and staff, one row each."""
    into = tmp_path / "new"
    result = import_export(files / name, mapping=read_mapping(name), folder=into)
    assert result.exit_code == 0
    columns = ["student_id", "school_id", "school_year", "grade", "classroom_id", "sex", "race_ethnicity"]
    students = read_table(into, table="enrollments", columns=columns).fillna("")
    assert students.to_numpy().tolist() == [
        ["00412", "0071", "2024-25", "2", "c-h", "female", "two_or_more"],
        ["00413", "0072", "2024-25", "9", "", "male", "hispanic"],
    ]
    dates = read_table(into, table="enrollments", columns=["entry_date", "exit_date"]).astype("str")
    assert dates.iloc[0].tolist() == ["2024-08-12", "2025-05-30"]
    schools = read_table(into, table="schools", columns=["school_id", "district_id", "level"])
    assert schools.to_numpy().tolist() == [["0071", "0700", "elementary"], ["0072", "0700", "high"]]
    staff = read_table(into, table="staff", columns=["staff_id", "school_id", "role"])
    assert staff.to_numpy().tolist() == [["T07", "0071", "teacher"], ["T07", "0072", "teacher"]]
    assert count_errors(check_folder(into)) <= 1  # there is no table of outcomes yet
    shipped = [read_mapping(path) for path in list_mappings().values()]
    assert suggest_mapping(files / name, shipped=shipped).shipped == name


@pytest.mark.parametrize("sample", SAMPLE_RECORDS)
def test_published_samples(sample, tmp_path):
    """A published sample of a vendor's export is imported with its schools, passes the check and can be opened."""
    path = SAMPLES / f"{sample}.csv"
    if not path.is_file():
        pytest.skip("the published samples are not beside the project")
    mapping = read_mapping(MAPPINGS[sample])
    settings = dict.fromkeys(mapping.settings, "D1")
    into = tmp_path / "new"
    blocks = [block.name for block in mapping.blocks]
    result = import_export(path, mapping=mapping, folder=into, settings=settings, tables=blocks)
    assert result.exit_code == 0
    assert result.counts["screenings"].new == SAMPLE_RECORDS[sample]
    problems = [problem for problem in check_folder(into) if problem.severity == "error"]
    has_students = "enrollments" in blocks
    assert [problem.problem for problem in problems] == ([] if has_students else ["The enrollments table is not there"])
    assert len(open_district(into).table("screenings")) == SAMPLE_RECORDS[sample]


def test_every_shipped_mapping_is_tested():
    """No mapping ships without an expected result above."""
    shipped = {name for name, path in list_mappings().items() if path.is_relative_to(PROJECT)}
    assert shipped == {*EXPECTED, "oneroster_1_1", "oneroster_1_2"}
