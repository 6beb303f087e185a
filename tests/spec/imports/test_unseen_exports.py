"""Exports of shapes the kit was not written for are imported by YAML alone."""

import shutil

import pytest

from mtss_analysis.district import check_folder, count_errors, read_table
from mtss_analysis.district.imports import import_export
from mtss_analysis.parameters.mapping_files import read_mapping

CASES = {
    "wide_benchmark.csv": (
        "screenings",
        ["student_id", "window", "measure", "school_id", "date", "score", "percentile"],
        [
            ("00412", "fall", "acme_cap", "0071", "2024-09-15", "20.0", "1.0"),
            ("00412", "fall", "acme_orf", "0071", "2024-09-15", "88.0", "45.0"),
            ("00412", "winter", "acme_cap", "0071", "2025-01-15", "31.0", "12.0"),
            ("00412", "winter", "acme_orf", "0071", "2025-01-15", "1001.0", "99.0"),
            ("00413", "fall", "acme_cap", "0072", "2024-09-15", "44.0", "70.0"),
            ("00413", "winter", "acme_orf", "0072", "2025-01-15", "120.0", "51.0"),
        ],
    ),
    "daily_attendance.txt": (
        "attendance",
        ["student_id", "school_id", "school_year", "month", "days_enrolled", "days_absent", "days_suspended"],
        [
            ("00412", "0071", "2024-25", "2024-09", "3.0", "1.0", "0.0"),
            ("00412", "0071", "2024-25", "2024-10", "1.0", "1.0", "1.0"),
            ("00413", "0072", "2024-25", "2024-09", "1.0", "1.0", "0.0"),
        ],
    ),
    "referral_list.csv": (
        "referrals",
        ["referral_id", "student_id", "school_id", "date", "time", "location", "behavior", "level"],
        [
            ("7001", "00412", "0071", "2024-09-03", "13:05", "caf_playground", "defiance", "minor"),
            ("7002", "00413", "0072", "2024-09-04", "08:15", "hallway", "fighting", "major"),
            ("7003", "", "0072", "2024-09-05", "", "hallway", "vandalism", "major"),
        ],
    ),
    "state_test.csv": (
        "screenings",
        ["student_id", "school_year", "measure", "domain", "date", "score", "standard_error", "benchmark_level"],
        [
            ("00412", "2024-25", "state_test_math", "math", "2025-04-20", "1498.0", "30.1", "Exceeds"),
            ("00412", "2024-25", "state_test_rla", "reading", "2025-04-20", "1503.0", "32.5", "Approaching"),
        ],
    ),
}


@pytest.mark.parametrize("export", CASES)
def test_an_unseen_export(export, files, district):
    """A mapping in YAML gives exactly the rows that can be read from the export by eye, and twice the same."""
    table, columns, expected = CASES[export]
    mapping = read_mapping(files / "unseen" / f"{export.split('.')[0]}.yml")
    settings = {"school_year": "2024-25"} if "school_year" in mapping.settings else {}
    result = import_export(files / "unseen" / export, mapping=mapping, folder=district, settings=settings)
    assert (result.exit_code, result.refusals) == (0, [])
    found = read_table(district, table=table, columns=columns).astype("str").fillna("")
    assert sorted(map(tuple, found.to_numpy().tolist())) == expected
    assert count_errors(check_folder(district)) == 0
    before = (district / f"{table}.csv").read_bytes()
    again = import_export(files / "unseen" / export, mapping=mapping, folder=district, settings=settings)
    assert again.changed == ()
    assert (district / f"{table}.csv").read_bytes() == before


def test_several_files_in_a_folder(files, district, tmp_path):
    """A folder of files of one kind is one import; a row that comes in two files counts once."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        shutil.copy(files / "unseen" / "state_test.csv", folder / name)
    mapping = read_mapping(files / "unseen" / "state_test.yml")
    result = import_export(folder, mapping=mapping, folder=district)
    count = result.counts["screenings"]
    assert (count.records_in, count.new) == (6, 2)
    assert count.left_out == {"not a valid test": 2, "the same row again": 2}
