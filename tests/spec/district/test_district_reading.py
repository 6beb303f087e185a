"""Reading a district folder."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mtss_analysis.district import hash_slice, open_district, open_state, read_table
from mtss_analysis.errors import DataError

HEADER = b"student_id,school_year,window,measure,school_id,domain,date,score\n"


def test_ids_and_codes_stay_text(write_district):
    """What looks like a number, a boolean or a missing value stays the text it is in an id column."""
    enrollments = read_table(write_district(), table="enrollments")
    assert enrollments["student_id"].tolist() == ["007", "1E05", "NA"]
    assert enrollments["school_id"].tolist() == ["0012", "0012", "NO"]
    assert str(enrollments["student_id"].dtype) == "str"


def test_types_are_those_of_the_schema(write_district):
    """Numbers, dates and yes/no have their types; empty cells are missing, an absent column is all empty."""
    folder = write_district()
    screenings = read_table(folder, table="screenings")
    enrollments = read_table(folder, table="enrollments")
    np.testing.assert_array_equal(screenings["score"], [41.5, np.nan, 120.0])
    assert screenings["date"].tolist() == [pd.Timestamp(2024, 9, 10)] * 2 + [pd.Timestamp(2024, 9, 11)]
    assert str(screenings["date"].dtype) == "datetime64[us]"
    assert enrollments["english_learner"].tolist() == [True, pd.NA, False]
    assert enrollments["sex"].isna().tolist() == [False, False, True]
    assert screenings["standard_error"].isna().all()
    assert screenings["standard_error"].dtype == np.float64
    assert enrollments["disability"].isna().all()
    assert str(enrollments["disability"].dtype) == "boolean"


def test_byte_order_mark_and_windows_line_ends_are_no_part_of_the_table(write_district):
    """A file as Excel saves it, with a byte order mark and CR LF, reads like any other."""
    folder = write_district()
    plain = read_table(folder, table="schools")
    text = (folder / "schools.csv").read_bytes().replace(b"\n", b"\r\n")
    (folder / "schools.csv").write_bytes(b"\xef\xbb\xbf" + text)
    pd.testing.assert_frame_equal(read_table(folder, table="schools"), plain)


def test_unknown_columns_are_never_read(write_district):
    """A column that the schema does not know, such as a name, reaches no frame."""
    text = "student_id,school_id,school_year,grade,last_name\n007,0012,2024-25,K,Doe\n"
    assert "last_name" not in read_table(write_district(enrollments=text), table="enrollments").columns


def test_slice_holds_one_school(write_district):
    """A slice holds the rows of its school alone, and the roster all schools."""
    district = open_district(write_district(), school_id="NO")
    assert district.table("enrollments")["student_id"].tolist() == ["NA"]
    assert district.table("screenings")["student_id"].tolist() == ["NA"]
    assert district.table("schools")["school_id"].tolist() == ["NO"]
    assert district.roster["school_id"].tolist() == ["0012", "NO"]
    assert (district.district_id, district.district_name, district.years) == ("D7", "Riverside", ("2024-25",))
    assert district.school_name("0012") == "Oak School"


@pytest.mark.parametrize("tables", [None, ["progress", "tiers"]])
def test_slice_of_a_table_without_schools_follows_its_students(write_district, tables):
    """Rows that name no school are in the slice when their student is enrolled in the school."""
    folder = write_district(
        progress="student_id,measure,date,score\n007,m,2024-10-01,1\nNA,m,2024-10-01,2\n",
        tiers="student_id,domain,start_date,tier,school_id\n"
        "007,reading,2024-10-01,2,\nNA,reading,2024-10-01,3,\n1E05,math,2024-10-01,2,NO\n",
    )
    district = open_district(folder, school_id="0012", tables=tables)
    assert district.table("progress")["score"].tolist() == [1.0]
    assert district.table("tiers")["student_id"].tolist() == ["007"]
    other = open_district(folder, school_id="NO", tables=tables)
    assert other.table("tiers")["student_id"].tolist() == ["NA", "1E05"]


def test_partitioned_table_gives_the_same_slice(write_district, tmp_path):
    """A table partitioned by school gives the same slice as one file; no other school's file is opened."""
    folder = write_district()
    single = open_district(folder, school_id="0012").table("screenings")
    whole = pa.Table.from_pandas(pd.read_csv(folder / "screenings.csv", dtype="str", keep_default_na=False))
    (folder / "screenings.csv").unlink()
    part = folder / "screenings" / "school_id=0012"
    part.mkdir(parents=True)
    pq.write_table(whole.slice(0, 2).drop_columns("school_id"), part / "part.parquet")
    broken = folder / "screenings" / "school_id=NO"
    broken.mkdir()
    (broken / "part.parquet").write_bytes(b"not Parquet")
    pd.testing.assert_frame_equal(open_district(folder, school_id="0012").table("screenings"), single)
    with pytest.raises(DataError, match="not a Parquet file"):
        open_district(folder, school_id="NO")


def test_school_without_a_partition_has_no_rows(write_district):
    """A school that a partitioned table says nothing about has no rows, with all columns and types."""
    folder = write_district()
    (folder / "staff" / "school_id=0012").mkdir(parents=True)
    staff = open_district(folder, school_id="NO").table("staff")
    assert len(staff) == 0
    assert staff["years_experience"].dtype == np.float64


def test_parquet_ids_stored_as_numbers_are_refused(write_district):
    """An id column that a Parquet file stores as numbers has lost its leading zeros and is refused."""
    folder = write_district(screenings=None)
    (folder / "screenings.csv").unlink(missing_ok=True)
    text = read_table(write_district(), table="screenings").drop(columns=["student_id"])
    (folder / "screenings.csv").unlink()
    table = pa.table({"student_id": [7, 8, 9], **{name: text[name].tolist() for name in text.columns[:5]}})
    pq.write_table(table, folder / "screenings.parquet")
    with pytest.raises(DataError, match="leading zeros"):
        read_table(folder, table="screenings")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (HEADER + b"1,2024-25,fall,\xe9,0012,reading,,1\n", "line 2: The file is not UTF-8: byte 82 is 0xe9"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b"student_id;score\n1;2\n", "semicolons"),
        (b"student_id,student_id\n1,2\n", "column student_id: .*more than once"),
        (b"student_id,,score\n1,2,3\n", "Column 2 of the header has no name"),
        (HEADER.replace(b"measure", b"measur"), "column measure: .*'measur'"),
        (HEADER + b"1,2024-25\n", "row 1: The row has more or fewer cells"),
        (HEADER + b'1,2024-25,fall,"m,0012,reading,,1\n2,2024-25\n', "never closed"),
    ],
    ids=["empty", "latin-1", "utf-16", "semicolons", "doubled", "nameless", "missing", "ragged", "unclosed"],
)  # fmt: skip
def test_file_that_is_no_table_is_refused(write_district, content, message):
    """A file that cannot be read as the table it is named after is refused, with place and next step."""
    folder = write_district()
    (folder / "screenings.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as refusal:
        read_table(folder, table="screenings")
    assert "screenings.csv" in str(refusal.value)
    assert refusal.value.next_step


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("1,2024-25,fall,m,0012,reading,,high", "score", "not a number.*'high'"),
        ("1,2024-25,fall,m,0012,reading,,nan", "score", "not known.*'nan'"),
        ("1,2024-25,fall,m,0012,reading,,1e999", "score", "not a number"),
        ("1,2024-25,fall,m,0012,reading,02/30/2024,1", "date", "as a spreadsheet shows it.*'02/30/2024'"),
        ("1,2024-25,fall,m,0012,reading,2024-02-30,1", "date", "not a date.*'2024-02-30'"),
        ("1,2024-25,autumn,m,0012,reading,,1", "window", "'autumn'.*fall, winter, spring"),
        ("1,2024-26,fall,m,0012,reading,,1", "school_year", "do not follow"),
        ("1,2024,fall,m,0012,reading,,1", "school_year", "not written as"),
        (",2024-25,fall,m,0012,reading,,1", "student_id", "cell is empty"),
    ],
)
def test_bad_value_is_refused_with_its_row(write_district, row, column, message):
    """A value that breaks a rule of its column is refused with file, row, column and value."""
    folder = write_district(screenings=HEADER.decode() + "9,1999-00,fall,m,0012,math,,1\n" + row + "\n")
    with pytest.raises(DataError, match=message) as refusal:
        read_table(folder, table="screenings")
    assert (refusal.value.place.row, refusal.value.place.column) == (2, column)


def test_absent_table_names_the_file_to_add(write_district):
    """A table that is not there is refused with the file to add; one not asked for is a mistake in code."""
    folder = write_district()
    district = open_district(folder, tables=["enrollments"])
    assert not district.has("staff")
    with pytest.raises(DataError, match=r"staff\.csv or staff\.parquet"):
        district.table("staff")
    with pytest.raises(KeyError, match="screenings was not read"):
        district.table("screenings")


def test_unknown_school_and_folder_are_refused(write_district, tmp_path):
    """An unknown school is answered with the nearest one, and a folder without schools with what to add."""
    folder = write_district()
    with pytest.raises(DataError, match=r"'012'.*'0012'"):
        open_district(folder, school_id="012")
    with pytest.raises(DataError, match="state folder"):
        open_district(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"schools\.csv"):
        open_district(tmp_path / "empty")
    with pytest.raises(DataError, match="no folder"):
        open_state(tmp_path / "nowhere")


def test_same_table_twice_is_refused(write_district):
    """A table that is there as CSV and as Parquet is refused, because nobody can say which one counts."""
    folder = write_district()
    (folder / "screenings").mkdir()
    with pytest.raises(DataError, match="more than once"):
        read_table(folder, table="screenings")


def test_hashes_are_of_the_files_read(write_district):
    """The fingerprint of a slice names the files it was read from, and changes with their content alone."""
    folder = write_district(attendance="student_id,school_id,school_year,month,days_enrolled\n")
    hashes = hash_slice(folder, school_id="0012", tables=["screenings"])
    assert list(hashes) == ["schools.csv", "screenings.csv"]
    assert hashes["schools.csv"] == hashlib.sha256((folder / "schools.csv").read_bytes()).hexdigest()
    assert "enrollments.csv" in hash_slice(
        write_district(progress="student_id,measure,date\n"), school_id="0012", tables=["progress"]
    )


def test_state_lists_districts_and_schools(write_district, tmp_path):
    """A state folder gives all its districts and schools; a district folder is a state of one."""
    one = open_state(write_district())
    assert list(one.folders) == ["D7"]
    second = tmp_path / "D10"
    second.mkdir()
    (second / "schools.csv").write_text(
        "school_id,school_year,school_name,district_id,district_name,level\n"
        "2,2024-25,New name,D10,Hills,high\n2,2023-24,Old name,D10,Hills,high\n",
        encoding="utf-8",
    )
    state = open_state(tmp_path)
    assert list(state.folders) == ["D7", "D10"]
    assert state.roster["school_id"].tolist() == ["0012", "NO", "2"]
    assert state.roster["school_name"].tolist() == ["Oak School", "Elm School", "New name"]
    assert state.roster["school_years"].tolist() == [("2024-25",), ("2024-25",), ("2023-24", "2024-25")]
    assert state.read_table("screenings", columns=["student_id", "score"])["district_id"].tolist() == ["D7"] * 3
    with pytest.raises(DataError, match="no district 'D11'"):
        state.open_district("D11")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_reading_parquet_starts_no_thread():
    """A process that has read a Parquet slice still has one thread, so that it may fork."""
    star = Path(__file__).resolve().parents[3] / "data" / "star" / "30"
    code = (
        "import os, sys; from pathlib import Path; from mtss_analysis.district import open_district; "
        "open_district(Path(sys.argv[1]), school_id='63'); print(len(os.listdir('/proc/self/task')))"
    )
    one_thread = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }
    run = subprocess.run(
        [sys.executable, "-c", code, str(star)],
        env={**os.environ, **one_thread},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["1"]
