"""A mapping file is checked as a whole, and each problem is named by its file, line and key."""

import json
import re
import runpy
from pathlib import Path

import jsonschema
import pytest

from mtss_analysis.district.imports import import_export
from mtss_analysis.district.imports.suggest import suggest_mapping
from mtss_analysis.errors import ParameterError
from mtss_analysis.parameters.mapping_files import list_mappings, read_mapping
from mtss_analysis.parameters.mapping_files.problems import read_mapping_schema

GOOD = """\
tables:
  referrals:
    columns:
      referral_id: Number
      school_id: School
      date: {from: Day, date: M/D/YYYY}
"""


def read_text(text: str, folder: Path) -> object:
    """Read a mapping that is written out."""
    path = folder / "mine.yml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_the_schema_is_a_json_schema():
    """The schema that ships is itself valid, so that editors can use it."""
    jsonschema.Draft202012Validator.check_schema(read_mapping_schema())
    assert json.loads(json.dumps(read_mapping_schema()))["additionalProperties"] is False


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("tables:", "table:", 1, "unknown key `table` (did you mean `tables`?)"),
        ("referrals:", "referral:", 2, "no table `referral` (did you mean `referrals`?)"),
        ("columns:", "column:", 3, "unknown key `tables.referrals.column` (did you mean `columns`?)"),
        ("school_id: School", "scool_id: School", 5, "no column `scool_id` (did you mean `school_id`?)"),
        ("date: M/D/YYYY}", "dates: M/D/YYYY}", 6, "unknown key `tables.referrals.columns.date.dates`"),
        ("M/D/YYYY", "m/d/y", 6, "`m/d/y` is no date format"),
        ("Number", "{value: 1, from: Number}", 4, "must have one of from, text"),
        ("Number", "TODO a header", 4, "still to be filled in"),
        ("Number", "{from: Number, find: '('}", 4, "no regular expression"),
        ("Number", "{setting: year}", 4, "no setting `year`"),
        ("Number", '"{season} number"', 4, "no word of every line of `for_each`"),
        ("School\n", "{from: School, unmapped: kep}\n", 5, "cannot be `kep` (did you mean `keep`?)"),
        ("      school_id: School\n", "", 3, "needs its column `school_id`"),
        ("    columns", "    when_doubled: [newest date]\n    columns", 3, "must begin with one of first, last"),
        ("    columns", "    keep_rows: [{column: A, because: b}]\n    columns", 3, "one of `is`, `matches`"),
        ("    columns", "    on_request: maybe\n    columns", 3, "must be one of yes, no"),
        ("    columns", "    columns: {}\n    columns", 4, "written a second time"),
    ],
)
def test_a_problem_is_named_by_line_and_key(old, new, line, words, tmp_path):
    """Each fault of a mapping is refused with its line, the key, and the nearest known one where there is one."""
    with pytest.raises(ParameterError) as caught:
        read_text(GOOD.replace(old, new, 1), tmp_path)
    assert words in str(caught.value)
    assert f"line {line}" in str(caught.value)


def test_all_problems_are_said_at_once(tmp_path):
    """Two faults are one error with two lines."""
    with pytest.raises(ParameterError, match="2 problems"):
        read_text(GOOD.replace("M/D/YYYY", "m").replace("school_id: School", "school_id: {setting: x}"), tmp_path)


def test_an_unknown_mapping_is_named_with_the_nearest():
    """A misspelt name of a mapping is answered with the nearest one."""
    with pytest.raises(ParameterError, match="nwea_map_growth"):
        read_mapping("nwea_map_groth")


def test_a_district_varies_a_mapping(tmp_path):
    """What a district writes wins, the rest is taken from the mapping it extends, and an empty column goes."""
    columns = "      student_id: {from: Student_StateID, width: 9}\n      percentile:\n"
    text = f"extends: nwea_map_growth\ntables:\n  screenings:\n    columns:\n{columns}"
    mine = read_text(text, tmp_path)
    shipped = read_mapping("nwea_map_growth")
    by_target = {rule.target: rule for rule in mine.blocks[0].columns}
    before = {rule.target: rule for rule in shipped.blocks[0].columns}
    assert (by_target["student_id"].headers, by_target["student_id"].width) == (("Student_StateID",), 9)
    assert set(before) - set(by_target) == {"percentile"}
    assert by_target["measure"] == before["measure"]
    assert mine.blocks[0].rows == shipped.blocks[0].rows


def test_a_mapping_that_extends_itself_is_refused(tmp_path):
    """A circle of mappings is refused instead of followed."""
    with pytest.raises(ParameterError, match="extends itself"):
        read_text("extends: mine\n" + GOOD, tmp_path)


UNKNOWN = """\
District Report,,,
Student Number,Last Name,Building,Grade,Fall Score,Fall Percentile,Winter Score,Winter Percentile,Fall Day,Winter Day
0012,Exemplar,Oak Elementary,03,88,45,99,>99,9/12/2024,1/15/2025
0013,Muster,Oak Elementary,KG,12,<1,20,5,9/12/2024,1/16/2025
""".replace("Day", "Test Date")


def test_a_draft_says_its_gaps(tmp_path):
    """A draft for an unknown export names its gaps, holds no name of a student, and is right once they are filled."""
    export = tmp_path / "unknown.csv"
    export.write_text(UNKNOWN, encoding="utf-8")
    suggestion = suggest_mapping(export, shipped=[read_mapping(path) for path in list_mappings().values()])
    assert suggestion.shipped is None
    assert suggestion.gaps == ("measure", "domain")
    assert "Exemplar" not in suggestion.text
    assert "0012" not in suggestion.text
    with pytest.raises(ParameterError, match="2 problems") as caught:
        read_text(suggestion.text, tmp_path)
    assert "measure" in str(caught.value)
    filled = suggestion.text.replace("measure: TODO", "measure: {value: acme_orf}").replace(
        "value: TODO", "value: reading"
    )
    mapping = read_text(filled, tmp_path)
    by_target = {rule.target: rule for rule in mapping.blocks[0].columns}
    assert by_target["percentile"].bounds == "number"
    assert by_target["school_id"].look_up_school
    assert by_target["school_year"].give == "school_year"
    assert mapping.blocks[0].groups == ({"season": "Fall"}, {"season": "Winter"})


def test_every_key_is_documented():
    """The tables of keys and mappings in docs/import.md must be what scripts/write_import_doc.py writes."""
    project = Path(__file__).resolve().parents[3]
    page = (project / "docs" / "import.md").read_text(encoding="utf-8")
    script = runpy.run_path(str(project / "scripts" / "write_import_doc.py"))
    assert script["fill_tables"](page) == page
    block = read_mapping_schema()["properties"]["tables"]["additionalProperties"]["properties"]
    assert [key for key in block if f"`{key}`" not in page] == []
    assert [name for name in list_mappings() if f"`{name}`" not in page] == []


def test_the_worked_example_works(tmp_path, district):
    """The mapping that docs/import.md shows must read the export that it shows."""
    project = Path(__file__).resolve().parents[3]
    page = (project / "docs" / "import.md").read_text(encoding="utf-8")
    export = re.search(r"```csv\n(.*?)```", page, re.DOTALL).group(1)
    mapping = re.search(r"```yaml\n(title: Reading check.*?)```", page, re.DOTALL).group(1)
    (tmp_path / "reading_check.csv").write_text(export, encoding="utf-8")
    result = import_export(tmp_path / "reading_check.csv", mapping=read_text(mapping, tmp_path), folder=district)
    assert result.counts["screenings"].new == 3
    assert result.exit_code == 0
