"""A run leaves the files of the contract, twice the same, and does no work twice."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from mtss_analysis.packet.manifest import hash_folder

# Tests of this file share a run, so they belong in one process.
pytestmark = pytest.mark.xdist_group("run")

PUBLISHED = {"packet.html", "packet.pdf", "packet.qmd", "findings.json", "manifest.json"}


@pytest.fixture(scope="module")
def shared(make, tmp_path_factory):
    """Give a folder that tests only read from."""
    return make(tmp_path_factory.mktemp("shared") / "a project")


@pytest.fixture(scope="module")
def ended(shared, mtss):
    """Give how the run of all three schools ended."""
    return mtss("run", shared.run_file, "--renderer", "builtin")


@pytest.fixture
def copied(shared, ended, make, tmp_path):
    """Give a copy of the finished project, in another place."""
    root = tmp_path / "moved elsewhere"
    shutil.copytree(shared.root, root)
    return type(shared)(root=root)


def test_leaves_every_file_of_the_contract(shared, ended):
    """A run leaves each packet's files, run.json, index.html and findings.parquet, and exits with 0."""
    assert ended.exit_code == 0, ended.out + ended.err
    for school in ("0012", "0013", "7"):
        there = {path.name for path in (shared.reports / "NO" / school).iterdir()}
        assert there >= PUBLISHED | {"tables", "figures"}
    names = {"NO", "_work", "findings.parquet", "index.html", "run.json"}
    assert {path.name for path in shared.reports.iterdir()} == names
    assert "Internal" in (shared.reports / "_work" / "README.txt").read_text(encoding="utf-8")
    index = (shared.reports / "index.html").read_text(encoding="utf-8")
    assert all(f"NO/{school}/packet.{kind}" in index for school in ("0012", "7") for kind in ("html", "pdf"))


def test_collects_the_published_numbers(shared, ended):
    """findings.parquet holds the records of all packets, ids as text, in the order of the ids."""
    findings = pq.read_table(shared.reports / "findings.parquet").to_pylist()
    assert [row["school_id"] for row in findings] == ["7", "0012", "0013"]
    assert [row["n"] for row in findings] == [60, 60, 60]
    assert findings[0]["estimate"] is None


def test_tells_one_line_per_school(ended):
    """Where the output is no terminal, each school is one line with its id, name and seconds."""
    first, *schools, last = ended.out.splitlines()
    assert first == "3 schools"
    told = sorted(line.rsplit(" ", 2)[0] for line in schools)
    assert told == ["done NO/0012 School 0012", "done NO/0013 School 0013", "done NO/7 School 7"]
    assert last.startswith("3 done, 0 skipped, 0 failed. Open ")


def test_manifest_names_no_machine(shared, ended):
    """The manifest holds hashes and versions, and neither a path of the machine nor a student."""
    text = (shared.reports / "NO" / "0012" / "manifest.json").read_text(encoding="utf-8")
    inputs = json.loads(text)["inputs"]
    assert set(inputs["data"]) == {"enrollments.csv", "schools.csv", "screenings.csv"}
    assert inputs["versions"]["papermill"]
    assert set(inputs["notebooks"]) == {"short"}
    assert str(shared.root) not in text
    assert "0012-1" not in text


def test_skips_what_has_not_changed(copied, mtss):
    """A second run finds nothing to do, also where the project has been moved or the engine is another."""
    for engine in ("auto", "fresh"):
        again = mtss("run", copied.run_file, "--renderer", "builtin", "--engine", engine)
        assert "0 done, 3 skipped" in again.out


def test_gives_the_same_bytes_again(shared, ended, copied, mtss):
    """A forced second run, with the other engine, gives the same bytes in every published file."""
    before = hash_folder(shared.reports / "NO")
    arguments = ("--renderer", "builtin", "--workers", "1", "--engine", "fresh")
    forced = mtss("run", copied.run_file, *arguments, "--force")
    assert "3 done" in forced.out
    assert len(before) > 15
    assert hash_folder(copied.reports / "NO") == before
    assert (copied.reports / "findings.parquet").read_bytes() == (shared.reports / "findings.parquet").read_bytes()
    assert (copied.reports / "index.html").read_bytes() == (shared.reports / "index.html").read_bytes()


def test_makes_anew_what_is_not_whole(copied, mtss):
    """A packet of which a file is missing, and only that, is made anew; the others stay in the record."""
    (copied.reports / "NO" / "0012" / "findings.json").unlink()
    again = mtss("run", copied.run_file, "--school", "0012", "--school", "NO/7", "--renderer", "builtin")
    assert "1 done, 1 skipped" in again.out
    record = json.loads((copied.reports / "run.json").read_text(encoding="utf-8"))
    ended = {entry["school_id"]: entry["status"] for entry in record["schools"]}
    assert ended == {"7": "skipped", "0012": "done", "0013": "done"}
    assert record["state"] == "finished"
    assert pq.read_table(copied.reports / "findings.parquet").num_rows == 3


def test_makes_anew_what_has_other_inputs(copied, mtss):
    """Changed data and a text written about a school make the packet anew, and the text is in it."""
    table = copied.data / "screenings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("reading,1", "reading,2", 1), encoding="utf-8")
    (copied.root / "narratives").mkdir()
    (copied.root / "narratives" / "7.md").write_text("We began a reading hour.\n", encoding="utf-8")
    with copied.run_file.open("a", encoding="utf-8") as run_file:
        run_file.write("narratives: ../narratives\n")
    again = mtss("run", copied.run_file, "--school", "7", "--school", "0012", "--format", "html")

    assert "2 done" in again.out
    packet = copied.reports / "NO" / "7"
    assert "We began a reading hour." in (packet / "packet.qmd").read_text(encoding="utf-8")
    assert not (packet / "packet.pdf").exists()


OPENING = """\
from mtss_analysis.findings.record import Record
from mtss_analysis.parameters import open_analysis
from mtss_analysis.show.display import RecordSet
analysis = open_analysis(
    run_file=run_file, district_id=district_id, school_id=school_id, comparison_folder=comparison_folder
)"""
CHANGING = """\
mean = float(analysis.district.table("screenings")["score"].mean())
level = Record(
    finding="mean_score", requirement="R5", district_id=district_id, school_id=school_id, school_year="2024-25",
    measure="oral", estimate=mean, unit="points", ci_low=mean - 1, ci_high=mean + 1, ci_level=0.95, n=60,
)
RecordSet(
    records=[level.to_dict()],
    notes=[{
        "kind": "kpi", "topic": "standing", "measure": "oral", "title": "Mean", "number": "1", "change": "",
        "sentence": "A sentence.", "values": [1.0, 2.0], "what": "mean", "limits": [0.0, 3.0], "reference": None,
    }],
)"""


def test_page_one_says_what_changed_since_the_last_packet(project, mtss):
    """A packet that is given an earlier run names the number that differs from it, and only then has that list."""
    project.write_notebook("short", OPENING, CHANGING)
    mtss("run", project.run_file, "--school", "7", "--format", "html")
    first = (project.reports / "NO" / "7" / "packet.qmd").read_text(encoding="utf-8")
    assert "What changed since the last packet" not in first

    later = project.run_file.with_name("later.yml")
    text = project.run_file.read_text(encoding="utf-8").replace("run: tiny", "run: later")
    later.write_text(text + "previous: ../reports/tiny\n", encoding="utf-8")
    table = project.data / "screenings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",7,reading,1", ",7,reading,2"), encoding="utf-8")
    assert mtss("run", later, "--school", "7", "--school", "0012", "--format", "html").exit_code == 0
    packets = project.reports.with_name("later") / "NO"
    second = (packets / "7" / "packet.qmd").read_text(encoding="utf-8")
    assert "What changed since the last packet" in second
    assert "was corrected" in second
    assert "What changed" not in (packets / "0012" / "packet.qmd").read_text(encoding="utf-8")

    (project.reports / "NO" / "7" / "findings.json").write_text("[1]", encoding="utf-8")
    spoilt = mtss("run", later, "--school", "7", "--format", "html")
    assert spoilt.exit_code == 1
    assert "findings.json cannot be read" in spoilt.out
