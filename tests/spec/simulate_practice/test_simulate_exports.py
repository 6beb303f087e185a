"""Exports of the simulated district: shaped as vendors write them, with as much dirt as is said."""

import csv
import io
import itertools

import pytest

from mtss_analysis.district.simulate.exports import USUAL_DIRT, Dirt, write_exports
from mtss_analysis.district.simulate.exports_dirt import damage_date, damage_id

YEAR = "2025-26"


def read(path):
    """Read a file as rows of text."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def test_clean_exports_hold_every_row(district, tmp_path):
    """Without dirt, NWEA has a row for each test, DIBELS one for each student and period, and ids keep their zeros."""
    assert write_exports(tmp_path, tables=district, school_year=YEAR, seed=1) == ()
    screenings = district["screenings"].query("school_year == @YEAR")
    nwea = read(tmp_path / "nwea_map_growth.csv")
    tests = screenings.loc[screenings["measure"].isin(["reading_scale", "math_scale"])]
    column = nwea[0].index("StudentID")
    assert sorted(row[column] for row in nwea[1:]) == sorted(tests["student_id"])
    dibels = read(tmp_path / "dibels_8.csv")
    periods = screenings.loc[screenings["measure"].isin(["letter_sounds", "oral_reading"])]
    assert len(dibels) - 1 == len(periods.drop_duplicates(["student_id", "school_id", "window"]))
    users = read(tmp_path / "oneroster_1_2" / "users.csv")
    enrolled = district["enrollments"].query("school_year == @YEAR")["student_id"].nunique()
    staff = district["staff"].query("school_year == @YEAR")["staff_id"].nunique()
    assert len(users) - 1 == enrolled + staff


def test_dirt_is_counted(district, tmp_path):
    """What is recorded of repeated headers, doubled rows, spaces and a byte-order mark is what the file holds."""
    write_exports(tmp_path / "clean", tables=district, school_year=YEAR, seed=1, formats=["nwea_map_growth"])
    planted = write_exports(
        tmp_path / "dirty", tables=district, school_year=YEAR, seed=1, formats=["nwea_map_growth"], dirt=USUAL_DIRT
    )
    count = {item.kind: item.count for item in planted}
    clean, dirty = (read(tmp_path / name / "nwea_map_growth.csv") for name in ("clean", "dirty"))
    assert dirty[0][0].startswith("\ufeff")
    header = [dirty[0][0].removeprefix("\ufeff"), *dirty[0][1:]]
    assert len(dirty) == len(clean) + count["doubled_rows"] + count["repeated_headers"]
    assert sum(row == header for row in dirty[1:]) == count["repeated_headers"] == 2
    assert sum(left == right for left, right in itertools.pairwise(dirty)) >= count["doubled_rows"] > 0
    assert set(header) ^ set(clean[0]) == {"TestStartDate", "Test StartDate"}
    assert 0 < count["spaces"] < len(clean) / 20
    date = header.index("Test StartDate")
    body = [row for row in dirty[1:] if row != header]
    assert sum(len(row[date].strip()) < 9 for row in body) >= count["damaged_dates"] > 0


def test_same_seed_gives_the_same_dirt(district, tmp_path):
    """The same seed writes the same bytes, another seed other bytes."""
    contents = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        options = {"school_year": YEAR, "formats": ["dibels_8"], "dirt": Dirt(doubled_rows=0.1)}
        write_exports(tmp_path / name, tables=district, seed=seed, **options)
        contents.append((tmp_path / name / "dibels_8.csv").read_bytes())
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize(
    ("value", "damaged"),
    [
        ("000000300", "300"),
        ("0000", "0"),
        ("1E5", "1E+05"),
        ("123456789012", "1.23457E+11"),
        ("K-07", "K-07"),
        ("", ""),
    ],
)
def test_ids_are_damaged_as_by_a_spreadsheet(value, damaged):
    """Leading zeros go, long numbers turn to scientific notation, other text stays."""
    assert damage_id(value) == damaged


@pytest.mark.parametrize(
    ("value", "damaged"), [("2025-09-08", "9/8/25"), ("09/16/2025", "9/16/25"), ("", ""), ("unknown", "unknown")]
)
def test_dates_are_damaged_as_by_a_spreadsheet(value, damaged):
    """Dates lose their zeros and their century."""
    assert damage_date(value) == damaged
