"""The report of a check: a CSV file with everything, a page, what can be analysed, and the command."""

import csv
import runpy
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mtss_analysis.cli import app
from mtss_analysis.district import check_folder, read_schema, table_names
from mtss_analysis.district.check import check_tables
from mtss_analysis.district.check_report import write_page, write_report
from mtss_analysis.district.possible import find_possible, read_analyses
from mtss_analysis.district.problems import describe_kinds
from mtss_analysis.errors import DataError

ROOT = Path(__file__).resolve().parents[3]
SCREENINGS = "student_id,school_year,window,measure,school_id,domain,score\n"


class _Page(HTMLParser):
    """Counts what a page holds."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.ids, self.targets, self.sources = set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        self.tags.append((tag, of))
        self.ids |= {of["id"]} if "id" in of else set()
        self.targets |= {of["href"][1:]} if of.get("href", "").startswith("#") else set()
        self.sources += [of[name] for name in ("src", "href") if name in of and not of[name].startswith("#")]


def _many(write_district, count):
    rows = "".join(f"s{number},2024-25,fall,m,0012,reading,x{number}\n" for number in range(count))
    return write_district(screenings=SCREENINGS + rows)


def test_csv_has_every_row_beyond_all_limits(write_district, tmp_path):
    """Of 12,000 rows that break a rule, the terminal shows 20, the page 1,000 and the CSV file all."""
    folder = _many(write_district, 12_000)
    check = check_tables(folder)
    write_report(check, folder=folder, report=tmp_path / "report")
    with (tmp_path / "report" / "problems.csv").open(encoding="utf-8", newline="") as file:
        values = [row["value"] for row in csv.DictReader(file) if row["rule"] == "type"]
    assert values == [f"x{number}" for number in range(12_000)]
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count("<code>x") == 1_000
    assert "The first 1,000 of 12,000 rows" in page
    lines = describe_kinds(check.kinds)
    start = next(number for number, line in enumerate(lines) if "column score" in line)
    assert lines[start + 1 : start + 21] == [f"    row {number + 1}: x{number}" for number in range(20)]
    assert lines[start + 21] == "    and 11980 more rows"


def test_page_is_whole_without_network_or_script(whole_district, write_rows):
    """The page has language, title, tables with header cells and captions, links that lead somewhere, and no script."""
    whole_district["screenings"][1]["score"] = "<script>alert('1')</script>"
    page = write_page(check_tables(write_rows(whole_district)), name="riverside")
    read = _Page(page)
    tags = [tag for tag, _ in read.tags]
    assert ("html", {"lang": "en"}) in read.tags
    assert "<title>Check of riverside</title>" in page
    assert "script" not in tags
    assert "&lt;script&gt;" in page
    assert tags.count("table") == tags.count("caption") == tags.count("thead") == 2
    assert all(of.get("scope") in {"col", "row"} for tag, of in read.tags if tag == "th")
    assert read.targets == {"possible", "screenings"}
    assert read.targets <= read.ids
    assert read.sources == ["data:,", "problems.csv", "problems.csv"][: len(read.sources)]


def test_same_data_give_the_same_report(whole_district, write_rows, tmp_path):
    """Two reports on the same tables are the same, byte for byte."""
    folder = write_rows(whole_district)
    for name in ("one", "two"):
        write_report(check_tables(folder), folder=folder, report=tmp_path / name)
    for file in ("problems.csv", "index.html"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_formula_in_a_value_is_defused(write_district, tmp_path):
    """A value that a spreadsheet would run gets an apostrophe; a negative number stays a number."""
    rows = "007,2024-25,fall,=1+1,0012,reading,=cmd()\n007,2024-25,winter,m,0012,-5,1\n"
    folder = write_district(screenings=SCREENINGS + rows)
    write_report(check_tables(folder), folder=folder, report=tmp_path / "report")
    text = (tmp_path / "report" / "problems.csv").read_text(encoding="utf-8")
    assert "'=cmd()" in text
    assert ",-5," in text


def test_report_among_the_data_is_refused(write_district):
    """A report is never written into the folder that was checked, nor into one in it."""
    folder = write_district()
    before = sorted(folder.iterdir())
    for place in (folder, folder / "check"):
        with pytest.raises(DataError, match="among the data"):
            write_report(check_tables(folder), folder=folder, report=place)
    assert sorted(folder.iterdir()) == before


def test_ids_in_a_row_that_slipped_are_not_shown(write_district, tmp_path):
    """Where a row has slipped, so that a student's or teacher's id stands in another column, it is not shown."""
    folder = write_district(
        enrollments="student_id,school_id,school_year,grade\nSTU123,0012,2024-25,K\n",
        staff="staff_id,school_id,school_year,role\nTEACH9,0012,2024-25,teacher\n",
        screenings=SCREENINGS + "STU123,2024-25,STU123,m,STU123,TEACH9,STU123\n",
    )
    problems = check_folder(folder)
    assert {(problem.column, problem.rule) for problem in problems} >= {("window", "allowed"), ("score", "type")}
    write_report(check_tables(folder), folder=folder, report=tmp_path / "report")
    for file in ("problems.csv", "index.html"):
        text = (tmp_path / "report" / file).read_text(encoding="utf-8")
        assert "STU123" not in text
        assert "TEACH9" not in text


def test_a_first_line_that_is_no_header_is_not_shown(write_district):
    """Where the first line is somebody's row, one problem says so and shows none of its cells."""
    folder = write_district(screenings="STU123,2024-25,fall\nSTU124,2024-25,fall\n")
    (problem,) = [problem for problem in check_folder(folder) if problem.file == "screenings.csv"]
    assert problem.rule == "header"
    assert "STU123" not in f"{problem}"


def test_what_can_be_analysed_follows_from_the_columns_that_hold_something(whole_district, write_rows):
    """With every table everything can be analysed; an empty column and an absent table are named as missing."""
    (district,) = check_tables(write_rows(whole_district)).districts
    assert {one.analysis.requirement for one in find_possible(district) if one.extent == "none"} == set()
    for row in whole_district["tiers"]:
        row["end_date"] = ""
    del whole_district["walkthroughs"]
    (district,) = check_tables(write_rows(whole_district, name="less")).districts
    by_requirement = {one.analysis.requirement: one for one in find_possible(district)}
    assert by_requirement["R3"].extent == "part"
    assert "tiers (column end_date)" in by_requirement["R3"].missing
    assert by_requirement["R15"].extent == "none"
    assert "walkthroughs (column implemented)" in by_requirement["R15"].missing
    assert by_requirement["R1"].extent == "whole"


def test_every_requirement_on_tables_names_columns_that_exist():
    """R1 to R39 are there once each, and what they need is in the schema."""
    analyses = read_analyses()
    assert [one.requirement for one in analyses] == [f"R{number}" for number in range(1, 40)]
    for analysis in analyses:
        for choice in (*analysis.needs, *analysis.better):
            for source in choice:
                table, _, column = source.partition(".")
                assert table in table_names()
                assert not column or column in read_schema(table).column_names


def test_command_writes_beside_the_data_and_says_where(write_district, tmp_path, monkeypatch):
    """``mtss check`` writes to check/ and the folder's name, or where --report says, and exits with 0 or 2."""
    monkeypatch.chdir(tmp_path)
    folder = write_district()
    ended = CliRunner().invoke(app, ["check", str(folder)])
    assert ended.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "check" / "district").iterdir()) == ["index.html", "problems.csv"]
    assert "0 errors, 0 warnings" in ended.stdout
    assert "For the rest is missing" in ended.stdout
    folder = write_district(screenings=SCREENINGS + "007,2024-25,fall,m,0012,reading,high\n")
    ended = CliRunner().invoke(app, ["check", str(folder), "--report", str(tmp_path / "other")])
    assert ended.exit_code == 2
    assert "row 1: high" in ended.stdout
    assert (tmp_path / "other" / "index.html").is_file()


def test_state_folder_is_checked_district_by_district(
    write_district, whole_district, write_rows, tmp_path, monkeypatch
):
    """A state folder gives one report, with the districts' folders in the names, and counts by requirement."""
    folder = write_rows(whole_district)
    write_district(screenings=SCREENINGS + "007,2024-25,fall,m,0012,reading,high\n")
    monkeypatch.chdir(tmp_path.parent)
    ended = CliRunner().invoke(
        app, ["check", str(tmp_path), "--report", str(tmp_path.parent / f"{tmp_path.name}-report")]
    )
    assert ended.exit_code == 2
    assert "district/screenings.csv, column score" in ended.stdout
    assert "Can be analysed in 1 of 2 districts: R1" in ended.stdout
    page = (tmp_path.parent / f"{tmp_path.name}-report" / "index.html").read_text(encoding="utf-8")
    assert "district: screenings" in page
    assert folder.name in page


def test_page_of_rules_is_the_rules():
    """docs/check.md is what scripts/write_check_doc.py writes."""
    script = runpy.run_path(str(ROOT / "scripts" / "write_check_doc.py"))
    assert (ROOT / "docs" / "check.md").read_text(encoding="utf-8") == script["describe_rules"]()
