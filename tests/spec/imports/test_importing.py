"""An import adds what is new, changes nothing that is there, and accounts for every row."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtss_analysis.district import check_folder, count_errors, read_table
from mtss_analysis.district.imports import describe_import, import_export, write_report
from mtss_analysis.district.imports import write as writing
from mtss_analysis.errors import DataError, MtssError, ParameterError
from mtss_analysis.parameters.mapping_files import read_mapping

MAPPING = """\
tables:
  screenings:
    skip_if_empty: [score]
    columns:
      student_id: ID
      school_year: {value: 2024-25}
      window: Season
      measure: {value: acme}
      school_id: School
      domain: {value: reading}
      date: {from: Day, date: M/D/YYYY, optional: yes}
      score: {from: Score, optional: yes}
      benchmark_level: {from: Level, values: {L: Low, H: High}, optional: yes}
"""
HEAD = "ID,School,Season,Day,Score,Level\n"
ROW = "00412,0071,Fall,9/3/2024,41.50,L\n"


def read_tree(folder):
    """Read every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_twice_changes_nothing(bring_in, district):
    """Importing an export a second time leaves every file as it is, byte for byte."""
    first = bring_in(HEAD + ROW, MAPPING, into=district)
    before = read_tree(district)
    again = bring_in(HEAD + ROW, MAPPING, into=district)
    assert (first.counts["screenings"].new, again.counts["screenings"].already) == (1, 1)
    assert again.changed == ()
    assert read_tree(district) == before
    text = (district / "screenings.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1] == "00412,2024-25,fall,acme,0071,reading,2024-09-03,41.5,Low"


def test_a_conflict_is_reported_and_not_overwritten(bring_in, district, tmp_path):
    """Another score for a key that is there stays out; the terminal shows the scores, the report names the key."""
    bring_in(HEAD + ROW, MAPPING, into=district)
    before = read_tree(district)
    result = bring_in(HEAD + ROW.replace("41.50", "44"), MAPPING, into=district)
    assert read_tree(district) == before
    assert (result.exit_code, result.counts["screenings"].in_conflict) == (1, 1)
    lines = "\n".join(describe_import(result))
    assert "'41.5' there, '44' in the export" in lines
    assert "00412" not in lines
    assert write_report(result, path=tmp_path / "report.csv") == 1
    report = (tmp_path / "report.csv").read_text(encoding="utf-8")
    assert "00412, 2024-25, fall, acme" in report


def test_what_the_export_leaves_open_is_no_conflict(bring_in, district):
    """An empty cell of the export does not conflict with a value that is there."""
    bring_in(HEAD + ROW, MAPPING, into=district)
    result = bring_in(HEAD + "00412,0071,Fall,,41.5,\n", MAPPING, into=district)
    assert (result.exit_code, result.counts["screenings"].already) == (0, 1)


def test_refused_rows_stop_everything_unless_asked(bring_in, district):
    """One unusable value keeps all rows out, named by row and value; on request the others come in."""
    export = HEAD + ROW + "00413,0072,Autumn term,9/3/2024,12,H\n"
    before = read_tree(district)
    result = bring_in(export, MAPPING, into=district)
    assert (result.exit_code, result.counts["screenings"].refused, result.changed) == (2, 1, ())
    assert read_tree(district) == before
    assert [(refusal.row, refusal.column, refusal.value) for refusal in result.refusals] == [
        (2, "window", "Autumn term")
    ]
    rest = bring_in(export, MAPPING, into=district, without_refused=True)
    assert (rest.exit_code, len(read_table(district, table="screenings"))) == (1, 1)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("00412,0071,Fall,2024/13/40,1,L", "date", "not a date"),
        ("00412,0071,Fall,9/3/2024,abc,L", "score", "not a number"),
        ("00412,0071,Fall,9/3/2024,<5,L", "score", "a bound"),
        ("00412,0071,Fall,9/3/2024,1,Z", "benchmark_level", "says nothing"),
        ("00413,0099,Fall,9/3/2024,1,L", "school_id", "schools table has no such row"),
        (",0071,Fall,9/3/2024,1,L", "student_id", "empty"),
        ("00412,0071,Fall,9/3/2024,1,L,more", "", "more cells"),
    ],
)
def test_what_cannot_be_used_is_named(row, column, words, bring_in, district):
    """Each kind of unusable value is refused with its column, row and what to do."""
    result = bring_in(HEAD + ROW + row + "\n", MAPPING, into=district)
    (refusal,) = result.refusals
    assert (refusal.column, refusal.row) == (column, 2)
    assert words in refusal.problem
    assert len(refusal.next_step) > 10


def test_unknown_students_are_listed(bring_in, district):
    """A student who is in no enrollment is taken, counted on the terminal and listed in the report alone."""
    result = bring_in(HEAD + "99999,0071,Fall,,1,L\n", MAPPING, into=district)
    assert result.counts["screenings"].unknown_people == {"enrollments": 1}
    assert [unknown.value for unknown in result.unknown] == ["99999, 2024-25"]
    assert "99999" not in "\n".join(describe_import(result))


def test_words_that_mean_empty(bring_in, district):
    """N/A and words the mapping declares mean empty; NA as an id stays an id."""
    mapping = "file: {missing: [absent]}\n" + MAPPING
    export = HEAD + "NA,0071,Fall,N/A,7,L\n00412,0071,Fall,,Absent,H\n00413,0072,Fall,,n/a,H\n"
    result = bring_in(export, mapping, into=district)
    assert result.counts["screenings"].left_out == {"score empty": 2}
    assert read_table(district, table="screenings")["student_id"].tolist() == ["NA"]


def test_a_dry_run_writes_nothing(bring_in, tmp_path, district):
    """With dry_run the counts are those of an import and no file changes."""
    before = read_tree(district)
    result = bring_in(HEAD + ROW, MAPPING, into=district, dry_run=True)
    assert (result.counts["screenings"].new, result.changed) == (1, ())
    assert read_tree(district) == before


def test_a_failure_while_writing_undoes_all(bring_in, district, monkeypatch):
    """Where the second of two files cannot be put in its place, the first is as it was."""
    mapping = MAPPING + ("  referrals:\n    columns: {referral_id: ID, school_id: School, date: {value: 2024-09-03}}\n")
    before = read_tree(district)
    calls = []
    real = writing.Path.replace

    def replace(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise PermissionError(13, "Permission denied", str(target))
        return real(self, target)

    monkeypatch.setattr(writing.Path, "replace", replace)
    with pytest.raises(PermissionError):
        bring_in(HEAD + ROW, mapping, into=district)
    monkeypatch.undo()
    assert len(calls) >= 2
    assert read_tree(district) == before


def test_lines_that_are_there_stay(bring_in, district):
    """New rows come behind the lines of a CSV file, which keep their form, line ends and unknown columns."""
    there = (
        "student_id,note,school_year,window,measure,school_id,domain\r\n00413,keep me,2024-25,fall,acme,0072,reading"
    )
    (district / "screenings.csv").write_bytes(there.encode())
    bring_in(HEAD + "00412,0071,Fall,,,L\n00412,0071,Winter,,7,\n", MAPPING, into=district)
    lines = (district / "screenings.csv").read_bytes().split(b"\r\n")
    assert lines[0] == b"student_id,note,school_year,window,measure,school_id,domain,score"
    assert lines[1] == b"00413,keep me,2024-25,fall,acme,0072,reading,"
    assert lines[2] == b"00412,,2024-25,winter,acme,0071,reading,7"


def test_a_table_parted_by_school(bring_in, district):
    """Rows go to the folder of their school; other schools' files stay as they are; twice changes nothing."""
    part = district / "screenings" / "school_id=0072"
    part.mkdir(parents=True)
    columns = {
        "student_id": "00413",
        "school_year": "2024-25",
        "window": "fall",
        "measure": "acme",
        "domain": "reading",
    }
    pq.write_table(pa.table({name: [value] for name, value in columns.items()}), part / "part-0.parquet")
    before = (part / "part-0.parquet").read_bytes()
    bring_in(HEAD + ROW, MAPPING, into=district)
    assert (part / "part-0.parquet").read_bytes() == before
    assert count_errors(check_folder(district)) == 0
    assert len(read_table(district, table="screenings", school_id="0071")) == 1
    after = read_tree(district)
    bring_in(HEAD + ROW, MAPPING, into=district)
    assert read_tree(district) == after
    bring_in(HEAD + "00413,0072,Winter,,5,H\n", MAPPING, into=district)
    assert read_table(district, table="screenings", school_id="0072")["window"].tolist() == ["fall", "winter"]


@pytest.mark.parametrize(
    ("rule", "score"),
    [
        ("[last date]", 2.0),
        ("[first date]", 1.0),
        ("[highest score]", 3.0),
        ("[lowest score]", 1.0),
        ("[last row]", 2.0),
    ],
)
def test_one_of_several_tests_is_chosen(rule, score, bring_in, district):
    """Of several tests with one key the declared rule chooses one, and the others are counted."""
    export = HEAD + "".join(f"00412,0071,Fall,9/{day}/2024,{points},L\n" for day, points in ((3, 1), (4, 3), (5, 2)))
    mapping = MAPPING.replace("    columns:", f"    when_doubled: {rule}\n    columns:")
    result = bring_in(export, mapping, into=district)
    assert read_table(district, table="screenings")["score"].tolist() == [score]
    assert sum(result.counts["screenings"].left_out.values()) == 2


def test_several_tests_without_a_rule_are_refused(bring_in, district):
    """Tests with one key that differ are refused where no rule chooses, and where the rule leaves a tie."""
    export = HEAD + ROW + ROW.replace("41.50", "44")
    assert bring_in(export, MAPPING, into=district).counts["screenings"].refused == 2
    tie = MAPPING.replace("    columns:", "    when_doubled: [last date]\n    columns:")
    assert bring_in(export, tie, into=district).counts["screenings"].refused == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found_out(encoding, separator, bring_in, district):
    """Whatever the encoding, separator, line ends and lines above the headers, the same table comes out."""
    text = (f"\u00c9t\u00e9 report\n\n{HEAD}{ROW}").replace(",", separator).replace("\n", "\r\n")
    bring_in(text.encode(encoding), MAPPING, into=district)
    assert read_table(district, table="screenings")["score"].tolist() == [41.5]


def test_headers_differ_in_case_and_blanks(bring_in, district):
    """Headers are found whatever their case and blanks; a missing one is named with the nearest."""
    bring_in(" id ,SCHOOL,sea  son,Day,Score,Level\n".replace("sea  son", "Season ") + ROW, MAPPING, into=district)
    assert len(read_table(district, table="screenings")) == 1
    with pytest.raises(DataError, match=r"no column 'Season'.*'Seasons'"):
        bring_in(HEAD.replace("Season", "Seasons") + ROW, MAPPING, into=district)


def test_a_folder_without_schools(bring_in, tmp_path):
    """Without a schools table the message says to import the schools first, and nothing is made."""
    with pytest.raises(DataError, match="Import the schools first"):
        bring_in(HEAD + ROW, MAPPING, into=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_settings_are_asked_for(district, files):
    """A setting the export does not say is asked for, and an unknown one is refused."""
    mapping = read_mapping(files / "unseen" / "wide_benchmark.yml")
    export = files / "unseen" / "wide_benchmark.csv"
    with pytest.raises(ParameterError, match="--set school_year=VALUE"):
        import_export(export, mapping=mapping, folder=district)
    with pytest.raises(ParameterError, match="--set school_year=…"):
        import_export(export, mapping=mapping, folder=district, settings={"schoolyear": "2024-25"})


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.lists(CELLS, max_size=8), max_size=8), separator=st.sampled_from([",", ";", "\t", ""]))
def test_no_text_ends_in_a_traceback(lines, separator, bring_in, district):
    """Whatever stands under the headers, the import ends in counts that add up or in an error to be mended."""
    body = "\n".join(separator.join(line) for line in lines)
    try:
        result = bring_in(HEAD + ROW + body, MAPPING, into=district, dry_run=True)
    except MtssError:
        return
    assert all(count.accounted == count.records_in for count in result.counts.values())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_no_bytes_end_in_a_traceback(content, bring_in, district):
    """Whatever bytes a file holds, the import ends in a result or in an error to be mended."""
    try:
        bring_in(content, MAPPING, into=district, dry_run=True)
    except MtssError:
        return
