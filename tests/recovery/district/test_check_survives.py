"""Whatever lies in a folder, checking it gives a list of problems or an error that says what to do."""

import datetime as dt
import decimal
import os
import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtss_analysis.district import Problem, check_folder, describe_problems, read_schema, read_table, table_names
from mtss_analysis.district.check import check_tables
from mtss_analysis.district.check_report import write_report
from mtss_analysis.errors import DataError

SCHOOLS = (
    "school_id,school_year,school_name,district_id,district_name,level\n"
    "0012,2024-25,Oak,D7,Riverside,elementary\n0013,2024-25,Elm,D7,Riverside,middle\n"
)
ENROLLMENTS = "student_id,school_id,school_year,grade\nS0001,0012,2024-25,K\nS0002,0013,2024-25,6\n"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252")
CELLS = st.one_of(
    st.sampled_from(
        [
            "", " ", "0012", "12", "S0001", "2024-25", "2024-26", "fall", "Fall ", "2024-09-10",
            "3/4/25", "45173", "1E+05",
            "1,234", "3,5", "41.5", "-999", "1e999", "nan", "N/A", "-", "#REF!", "#N/A", "é", "–", "\U0001f600", '"',
            '""', "a\nb", "a\r\nb", "=1+1", "true", "TRUE", "x" * 200,
            "9999-12-31", "0000-00-00", "99999999999999999999",
        ]
    ),
    st.text(max_size=12),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
)  # fmt: skip
TABLES = ("screenings", "attendance", "tiers", "services", "referrals", "calendar", "surveys", "enrollments", "schools")


def _check(folder: Path) -> list[Problem]:
    """Check and write the report; an error that a user can mend counts as an answer."""
    try:
        problems = check_folder(folder)
        found = check_tables(folder)
    except DataError as error:
        return [] if error.next_step else [None]
    write_report(found, folder=folder, report=folder.parent / "report")
    for line in describe_problems(problems):
        line.encode("utf-8")
    for problem in problems:
        assert problem.problem
        assert problem.next_step
    return problems


def _folder(scratch: str) -> Path:
    folder = Path(scratch) / "district"
    folder.mkdir()
    (folder / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    (folder / "enrollments.csv").write_text(ENROLLMENTS, encoding="utf-8")
    return folder


@st.composite
def _headers(draw, table):
    names = list(read_schema(table).column_names)
    header = draw(st.lists(st.sampled_from([*names, "misspelt_" + names[0], names[0][:-1], "", " "]), max_size=8))
    required = list(read_schema(table).required_columns)
    return draw(st.sampled_from([header, required, required + header, names]))


@st.composite
def _text_files(draw):
    table = draw(st.sampled_from(TABLES))
    header = draw(_headers(table))
    width = st.integers(0, len(header) + 1) if draw(st.booleans()) else st.just(len(header))
    rows = draw(st.lists(width.flatmap(lambda n: st.lists(CELLS, min_size=n, max_size=n)), max_size=6))
    separator = draw(st.sampled_from([",", ",", ",", ";", "\t", "|"]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n"]))
    quoted = draw(st.sampled_from([True, True, False]))

    def write(cell):
        return '"' + cell.replace('"', '""') + '"' if quoted and any(mark in cell for mark in '",\n\r;|\t') else cell

    text = end.join(separator.join(map(write, row)) for row in [header, *rows]) + draw(st.sampled_from(["", end]))
    encoded = text.encode(draw(st.sampled_from(ENCODINGS)), "replace")
    broken = draw(st.sampled_from([b"", b"", b"", b"\0", b"\xff", b"\x81", b'"', b",,,,\n", b"\n\n"]))
    place = draw(st.integers(0, len(encoded)))
    return table, encoded[:place] + broken + encoded[place:]


@settings(max_examples=250)
@given(_text_files())
def test_any_text_file_gives_problems_or_none(table_and_content):
    """Any mixture of encoding, separator, quoting, width and cells ends in a list, and reading agrees about errors."""
    table, content = table_and_content
    with tempfile.TemporaryDirectory() as scratch:
        folder = _folder(scratch)
        (folder / f"{table}.csv").write_bytes(content)
        errors = [one for one in _check(folder) if one.severity == "error" and one.file == f"{table}.csv"]
        try:
            read_table(folder, table=table)
        except DataError:
            # What cannot be read was an error of the check, or of finding the folder's schools table.
            assert errors or table == "schools"


ODD_ARRAYS = st.sampled_from(
    [
        pa.array(["0012", None]).dictionary_encode(),
        pa.array([1, 2]).dictionary_encode(),
        pa.array([decimal.Decimal("1.50"), None], pa.decimal128(10, 2)),
        pa.array([decimal.Decimal("1.50"), None], pa.decimal256(40, 2)),
        pa.array([dt.datetime(2024, 9, 10, 23, tzinfo=dt.UTC), None], pa.timestamp("ns", tz="America/Chicago")),
        pa.array([dt.date(2024, 9, 10), dt.date(1, 1, 1)], pa.date32()),
        pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32()),
        pa.array([dt.time(13, 45), None]),
        pa.array([dt.timedelta(days=1), None]),
        pa.array([["a"], []]),
        pa.array([{"a": 1}, None]),
        pa.array([b"\xff\xfe", b"0012"]),
        pa.array(["0012", ""], pa.large_string()),
        pa.array(["0012", ""], pa.string()).cast(pa.string_view()),
        pa.array([2**64 - 1, 0], pa.uint64()),
        pa.array([1e300, float("nan")]),
        pa.array([float("inf"), -0.0]),
        pa.array([1.5, 2.5], pa.float32()).cast(pa.float16()),
        pa.array([True, None]),
        pa.nulls(2),
        pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"),
        pa.py_buffer(b"\xff\xfe")]),
    ]
)  # fmt: skip


@settings(max_examples=120)
@given(st.sampled_from(TABLES), st.data())
def test_any_parquet_type_gives_problems_or_none(table, data):
    """Columns of any Parquet type end in a list of problems."""
    names = read_schema(table).column_names
    arrays = {name: data.draw(ODD_ARRAYS) for name in names}
    with tempfile.TemporaryDirectory() as scratch:
        folder = _folder(scratch)
        (folder / f"{table}.csv").unlink(missing_ok=True)
        pq.write_table(pa.table(arrays), folder / f"{table}.parquet")
        _check(folder)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_damaged_parquet_is_a_problem(seed, damage):
    """A Parquet file with bytes changed or cut off ends in a list of problems."""
    source = random.Random(seed)  # noqa: S311 - not for secrets
    with tempfile.TemporaryDirectory() as scratch:
        folder = _folder(scratch)
        path = folder / "screenings.parquet"
        columns = {name: ["a", "b"] for name in read_schema("screenings").column_names}
        pq.write_table(pa.table(columns), path)
        content = bytearray(path.read_bytes())
        for _ in range(damage):
            content[source.randrange(len(content))] = source.randrange(256)
        path.write_bytes(content[: source.randrange(1, len(content) + 1)] if seed % 2 else content)
        _check(folder)


def test_a_huge_cell_is_a_cell(tmp_path):
    """A cell of several megabytes is checked like any other, and shown shortened."""
    folder = _folder(tmp_path)
    header = ",".join([*read_schema("surveys").required_columns, "value"])
    cells = f"A1,q1,0012,staff,{'9' * 3_000_000}x\n"
    (folder / "surveys.csv").write_text(f"{header}\n{cells}", encoding="utf-8")
    (problem,) = _check(folder)
    assert problem.rule == "type"
    assert len(problem.value) < 200


@pytest.mark.parametrize("table", table_names())
def test_a_table_of_empty_rows_and_a_table_without_rows(tmp_path, table):
    """Every table may have a header alone, or rows of commas alone."""
    header = ",".join(read_schema(table).column_names)
    for number, rows in enumerate(("", "\n\n", "," * header.count(",") + "\n")):
        folder = _folder(tmp_path / str(number)) if (tmp_path / str(number)).mkdir() is None else None
        (folder / f"{table}.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
        _check(folder)


def test_folders_links_and_names_that_are_no_files(tmp_path):
    """Folders named as files, links in a circle, links to nothing and undecodable names end in a list of problems."""
    folder = _folder(tmp_path)
    (folder / "screenings.csv").mkdir()
    (folder / "tiers.parquet").mkdir()
    (folder / "attendance.csv").symlink_to(folder / "attendance.csv")
    (folder / "surveys").symlink_to(folder)
    (folder / "progress.csv").symlink_to(folder / "nowhere.csv")
    (folder / "calendar").mkdir()
    (folder / "calendar" / "school_id=0012").write_text("no folder", encoding="utf-8")
    (folder / os.fsdecode(b"staff\xff.csv")).symlink_to(folder)
    assert _check(folder)


def test_a_file_that_may_not_be_opened_is_a_problem(tmp_path, monkeypatch):
    """A file that the system does not open is one problem; a folder that it does not open is an error."""
    folder = _folder(tmp_path)
    (folder / "screenings.csv").write_text("student_id\n", encoding="utf-8")
    opened = Path.read_bytes

    def refuse(path):
        if path.name == "screenings.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (problem,) = _check(folder)
    assert (problem.file, problem.rule) == ("screenings.csv", "readable")
    assert "Permission denied" in problem.problem

    def refuse_folder(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse_folder)
    with pytest.raises(DataError, match="cannot be read"):
        check_folder(folder)
