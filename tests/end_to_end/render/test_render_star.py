"""Packets of real schools: whole, accessible, publishable, and the same every time."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from mtss_analysis.disclosure import IdScanner
from mtss_analysis.district import open_state
from mtss_analysis.show import check_sentence

page_validation = pytest.importorskip("page")
pypdf = pytest.importorskip("pypdf")

# Tests of this file share a run, so they belong in one process.
pytestmark = pytest.mark.xdist_group("star")

ROOT = Path(__file__).resolve().parents[3]
USUAL = "11/20"
NO_READING_SCORES = "35/70"
ONE_YEAR_ONLY = "18/42"
SCHOOLS = (USUAL, NO_READING_SCORES, ONE_YEAR_ONLY)
MINIMUM = 10
CHAPTERS = ("sec-trends", "sec-root-causes", "sec-intervention-effects", "sec-methods", "sec-provenance")
SECONDS = 900


def run(run_file, *options):
    """Run `mtss run` in a process of its own."""
    command = [sys.executable, "-m", "mtss_analysis.cli", "run", str(run_file), "--renderer", "builtin", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    """Give STAR's run file with its reports in a temporary folder."""
    folder = tmp_path_factory.mktemp("star run")
    text = (ROOT / "parameters" / "star.yml").read_text(encoding="utf-8")
    for key, value in {
        "data": ROOT / "data" / "star",
        "reports": folder / "reports",
        "notebooks_folder": ROOT / "notebooks",
        "schools": json.dumps(list(SCHOOLS)),
    }.items():
        text, times = re.subn(rf"(?m)^{key}: .*$", lambda _, key=key, value=value: f"{key}: {value}", text)
        assert times == 1, key
    path = folder / "star.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reports(run_file):
    """Give the folder of the finished run."""
    ended = run(run_file)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return run_file.parent / "reports" / "star"


@pytest.fixture(scope="module", params=SCHOOLS)
def packet(request, reports):
    """Give the packet of each school in turn."""
    return reports / request.param


def test_every_chapter_is_there(packet):
    """Every packet has the same chapters in the same order, whatever the school's data allow."""
    source = (packet / "packet.qmd").read_text(encoding="utf-8")
    places = [source.index(f"{{#{chapter}}}") for chapter in CHAPTERS]
    assert places == sorted(places)


def test_html_breaks_no_wcag_rule(packet, open_page, find_violations):
    """No WCAG 2.1 A or AA rule is broken, nothing is asked of the network, no message is logged."""
    page, complaints = open_page(packet / "packet.html")
    assert find_violations(page) == []
    assert complaints == []


def test_pdf_conforms(packet):
    """The PDF passes an independent check of PDF/UA-1."""
    report = page_validation.validate_pdf(packet / "packet.pdf", profile="ua1")
    assert [failure.rule_id for failure in report.failures] == []


def test_page_one_is_one_page(packet):
    """At a glance ends on page one, and the contents begin on page two."""
    pages = [page.extract_text() for page in pypdf.PdfReader(packet / "packet.pdf").pages]
    assert "At a glance" in pages[0]
    assert "What needs attention" in pages[0]
    assert "Contents" in pages[1]


def test_page_one_holds_at_most_six_indicators(packet):
    """Page one has no more indicators than a reader takes in, each with a sentence."""
    source = (packet / "packet.qmd").read_text(encoding="utf-8")
    assert 1 <= source.count("::: {.kpi}") <= 6


def test_no_student_is_named(packet, reports):
    """No student id is in any file of a packet, neither as text nor in the PDF."""
    district_id, school_id = packet.parent.name, packet.name
    district = open_state(ROOT / "data" / "star").open_district(district_id, school_id=school_id)
    scanner = IdScanner(district.table("enrollments")["student_id"].unique())
    for path in sorted(packet.rglob("*")):
        if path.suffix in {".html", ".qmd", ".json", ".csv"} and path.name != "manifest.json":
            assert scanner.count(path.read_text(encoding="utf-8")) == 0, path.name
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(packet / "packet.pdf").pages)
    assert scanner.count(text) == 0


def test_no_count_lies_under_the_minimum(packet):
    """No record and no column of students holds a count under the profile's minimum."""
    records = json.loads((packet / "findings.json").read_text(encoding="utf-8"))
    assert [record["finding"] for record in records if record["n"] is not None and record["n"] < MINIMUM] == []
    for path in (packet / "tables").glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        for column in table.columns.intersection(["Students with a score", "Assigned", "With a score", "Scores"]):
            counts = [int(cell.replace(",", "")) for cell in table[column] if cell.replace(",", "").isdecimal()]
            assert min(counts, default=MINIMUM) >= MINIMUM, path.name


def test_a_withheld_record_holds_no_number(packet):
    """A record that is withheld holds neither estimate nor interval nor count."""
    records = json.loads((packet / "findings.json").read_text(encoding="utf-8"))
    withheld = [record for record in records if record["status"] == "withheld"]
    numbers = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "n")
    assert withheld
    assert [record for record in withheld if any(record[name] is not None for name in numbers)] == []


def test_one_school_claims_no_more_than_tier_three(packet):
    """No estimate of one school alone carries an ESSA tier above 3."""
    records = json.loads((packet / "findings.json").read_text(encoding="utf-8"))
    own = [record for record in records if record["finding"] == "effect_own"]
    assert own
    assert {record["verdict"] for record in own} <= {None, "ESSA Tier 3 at most: one school"}


def test_sentences_keep_to_the_fixed_words(packet):
    """Every published sentence passes the check of wording."""
    records = json.loads((packet / "findings.json").read_text(encoding="utf-8"))
    sentences = [record["sentence"] for record in records if record["sentence"]]
    assert sentences
    assert [complaint for sentence in sentences for complaint in check_sentence(sentence)] == []


def test_what_is_missing_is_said(reports):
    """A measure that a school did not take is said not to be there; it is neither zero nor withheld."""
    records = json.loads((reports / NO_READING_SCORES / "findings.json").read_text(encoding="utf-8"))
    reading = [record for record in records if record["finding"] == "mean_score" and record["measure"] == "sat_reading"]
    assert [record["status"] for record in reading] == ["ok", "not_estimable", "not_estimable", "not_estimable"]
    assert reading[-1]["reason"] == "no student has a score"


def test_same_bytes_again(run_file, reports):
    """A second run with --force makes byte-identical findings, source, HTML and PDF; without it, nothing is run."""
    names = ("findings.json", "packet.qmd", "packet.pdf", "packet.html", "manifest.json")
    before = {name: (reports / USUAL / name).read_bytes() for name in names}
    skipped = run(run_file)
    assert skipped.returncode == 0
    assert "3 skipped" in skipped.stdout
    again = run(run_file, "--school", USUAL, "--force")
    assert again.returncode == 0, again.stdout + again.stderr
    assert {name: (reports / USUAL / name).read_bytes() for name in names} == before


def test_index_leads_to_every_packet(reports, open_page, find_violations):
    """The index names every school, leads to its packet and breaks no WCAG rule."""
    page, complaints = open_page(reports / "index.html")
    assert find_violations(page) == []
    assert complaints == []
    links = page.eval_on_selector_all("a", "links => links.map(link => link.getAttribute('href'))")
    assert all(f"{school}/packet.html" in links for school in SCHOOLS)
