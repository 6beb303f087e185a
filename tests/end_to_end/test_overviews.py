"""Overviews of districts and of a state: made in a run, skipped, merged, refused where definitions differ."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from mtss_analysis.disclosure import audit, get_profile, relations_by

# Tests of this file share a run, so they belong in one process.
pytestmark = pytest.mark.xdist_group("overviews")

PROJECT = Path(__file__).resolve().parents[2]
DISTRICTS = ("21", "22")
PUBLISHED = {"packet.html", "packet.pdf", "packet.qmd", "findings.json", "manifest.json"}


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Two districts of Project STAR with the project's notebooks, and the run file that asks for their trends."""
    root = tmp_path_factory.mktemp("few") / "a project"
    for district in DISTRICTS:
        shutil.copytree(PROJECT / "data" / "star" / district, root / "data" / "star" / district)
    shutil.copytree(PROJECT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    text = (PROJECT / "parameters" / "star.yml").read_text(encoding="utf-8")
    text = re.sub(r"^run: .*$", "run: few", text, flags=re.MULTILINE)
    text = re.sub(r"^notebooks: .*$", "notebooks: [trends]", text, flags=re.MULTILINE)
    (root / "parameters").mkdir()
    (root / "parameters" / "few.yml").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def ended(few, mtss):
    """Give how the run of both districts ended."""
    return mtss("run", few / "parameters" / "few.yml", "--renderer", "builtin", "--workers", "2")


@pytest.fixture(scope="module")
def reports(few, ended):
    """Give the folder of the finished run."""
    assert ended.exit_code == 0, ended.out + ended.err
    return few / "reports" / "few"


def test_a_run_makes_each_districts_and_the_states_overview(reports):
    """Every overview has the files of the contract, a PDF that begins as one, and HTML without a request."""
    for packet in (*(reports / district / "_district" for district in DISTRICTS), reports / "_state"):
        assert {path.name for path in packet.iterdir()} >= PUBLISHED | {"figures", "tables"}
        assert (packet / "packet.pdf").read_bytes().startswith(b"%PDF-")
        page = (packet / "packet.html").read_text(encoding="utf-8")
        assert "<html" in page
        assert not re.search(r"(src|href)=\"https?://", page)
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert all(f"{place}/packet.html" in index for place in ("_state", "21/_district", "22/_district"))


def test_findings_hold_the_overviews(reports):
    """findings.parquet holds the overviews' records, the state's with an empty district."""
    findings = pq.read_table(reports / "findings.parquet").to_pandas()
    assert set(findings.loc[findings["finding"] == "definition_of_run", "district_id"]) == set(DISTRICTS)
    state = findings[findings["level"] == "state"]
    assert (state["district_id"] == "").any()


def test_overviews_say_nothing_of_a_withheld_school(reports):
    """The numbers of students that overviews print, with the schools' own, give no withheld count away."""
    findings = pq.read_table(reports / "findings.parquet").to_pandas()
    shown = findings[(findings["finding"] == "mean_as_it_is") & (findings["district_id"] != "")]
    own = findings[(findings["finding"] == "mean_score") & (findings["group"] == "all")]
    latest = own[own["school_year"] == own["school_year"].max()]
    withheld = set(latest.loc[latest["status"] == "withheld", "school_id"])
    assert not withheld & set(shown["school_id"])
    for measure, rows in shown.groupby("measure"):
        cells = rows[["district_id", "school_id", "n"]].drop_duplicates(["district_id", "school_id"])
        totals = cells.groupby("district_id")["n"].sum().reset_index().assign(school_id="(district)")
        every = pd.concat([cells, totals], ignore_index=True).astype({"n": "int64"})
        links = relations_by(every, over="school_id", total="(district)", within=["district_id"])
        statuses = pd.Series("ok", index=every.index)
        result = audit(every, statuses, count="n", relations=links, profile=get_profile("n10"))
        assert result.passed, measure


def test_no_student_id_stands_in_an_overview(reports, few):
    """No student's id stands in any text of an overview."""
    ids = set()
    for district in DISTRICTS:
        for table in (few / "data" / "star" / district).glob("enrollments*"):
            parts = sorted(table.rglob("*.parquet")) if table.is_dir() else [table]
            for part in parts:
                frame = pd.read_parquet(part) if part.suffix == ".parquet" else pd.read_csv(part, dtype=str)
                ids |= set(frame["student_id"].astype(str))
    long = {one for one in ids if len(one) >= 5}
    assert long
    for packet in (*(reports / district / "_district" for district in DISTRICTS), reports / "_state"):
        words = set(re.findall(r"\w+", (packet / "packet.qmd").read_text(encoding="utf-8")))
        assert not words & long


def test_status_knows_the_overviews(reports, few, mtss):
    """After a run all is done, overviews included; one that was damaged, and the state's after it, are stale."""
    run_file = few / "parameters" / "few.yml"
    listed = mtss("status", run_file, "--all")
    assert listed.exit_code == 0, listed.out
    assert [line.split()[:2] for line in listed.out.splitlines() if "/_" in line] == [
        ["done", "21/_district"],
        ["done", "22/_district"],
        ["done", "/_state"],
    ]
    page = reports / "21" / "_district" / "packet.html"
    kept = page.read_bytes()
    try:
        page.write_bytes(kept + b"<!-- -->")
        listed = mtss("status", run_file)
    finally:
        page.write_bytes(kept)
    assert listed.exit_code == 1
    assert [line.split()[:2] for line in listed.out.splitlines()[:-1]] == [
        ["stale", "21/_district"],
        ["stale", "/_state"],
    ]
    assert "the packet is not whole: packet.html" in listed.out
    assert "the packet of 21/_district is to be made first" in listed.out


def test_page_one_of_an_overview_fits_a_page(reports):
    """Page one ends before the contents begin: the second page of the PDF's source is not page one's."""
    source = (reports / "22" / "_district" / "packet.qmd").read_text(encoding="utf-8")
    cover = source.split("::::::::")[1]
    assert cover.count("::: {.kpi}") <= 6
    assert len(cover) < 4000


def test_what_has_not_changed_is_skipped(few, reports, mtss):
    """A second run makes no overview again."""
    before = {path: path.stat().st_mtime_ns for path in reports.rglob("_district/manifest.json")}
    again = mtss("run", few / "parameters" / "few.yml", "--renderer", "builtin", "--workers", "2")
    assert again.exit_code == 0
    assert "skipped 22/_district STAR system 22: nothing has changed" in again.out
    assert "skipped /_state" in again.out
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_one_school_makes_no_overview(few, reports, mtss, tmp_path):
    """A run of one school of several leaves the overviews alone."""
    ended = mtss("run", few / "parameters" / "few.yml", "--renderer", "builtin", "--school", "22/51")
    assert ended.exit_code == 0
    assert "_district" not in ended.out


def test_merging_reads_published_findings_alone(reports, mtss, tmp_path):
    """A merge of a run that holds nothing but findings.parquet makes the state's packet, findings and index."""
    run = tmp_path / "published"
    run.mkdir()
    shutil.copy(reports / "findings.parquet", run)
    ended = mtss("merge", run, "--out", tmp_path / "state", "--name", "Tennessee", "--renderer", "builtin")
    assert ended.exit_code == 0, ended.out + ended.err
    assert {path.name for path in (tmp_path / "state" / "_state").iterdir()} >= PUBLISHED
    merged = pq.read_table(tmp_path / "state" / "findings.parquet").to_pandas()
    assert set(merged["district_id"].dropna()) == {*DISTRICTS, ""}
    assert "Tennessee" in (tmp_path / "state" / "index.html").read_text(encoding="utf-8")
    mine = json.loads((tmp_path / "state" / "_state" / "findings.json").read_text(encoding="utf-8"))
    theirs = json.loads((reports / "_state" / "findings.json").read_text(encoding="utf-8"))
    assert mine == theirs


def test_merging_refuses_other_definitions_and_the_same_district_twice(reports, mtss, tmp_path):
    """Runs that differ in their profile, or hold the same district, are refused with both runs named; exit code 2."""
    findings = pq.read_table(reports / "findings.parquet").to_pandas()
    for run, district in (("one", "21"), ("two", "22")):
        own = findings[findings["district_id"] == district].copy()
        if run == "two":
            own["method"] = own["method"].str.replace('"disclosure":"n10"', '"disclosure":"utah"', regex=False)
        (tmp_path / run).mkdir()
        own.to_parquet(tmp_path / run / "findings.parquet", index=False)
    differ = mtss("merge", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "state")
    assert differ.exit_code == 2
    assert "one and two define disclosure differently: n10 and utah" in " ".join(differ.err.split())
    shutil.copytree(tmp_path / "one", tmp_path / "three")
    twice = mtss("merge", tmp_path / "one", tmp_path / "three", "--out", tmp_path / "state")
    assert twice.exit_code == 2
    assert "both hold district '21'" in " ".join(twice.err.split())
