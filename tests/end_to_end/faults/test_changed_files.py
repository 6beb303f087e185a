"""Files that are damaged, or change while a run reads them, are noticed and named; the next run mends them."""

import os
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.xdist_group("changed_files")

ONLY_HTML = ("--format", "html", "--renderer", "builtin", "--workers", "1")
CHANGES_DATA = """
from mtss_analysis.show.display import Text
if school_id == "9":
    with open("../data/tiny/screenings.csv", "a") as table:
        table.write("9-1,2024-25,spring,other,9,reading,100\\n")"""
SAY = 'Text(markdown=f"School {school_id}.")'
JUMPING = """
import random, time
real, chance = time.time, random.Random(3)
time.time = lambda: real() + chance.choice((-4e7, 0.0, 3e6))
"""


@pytest.fixture(scope="module")
def shared(make_cheap, mtss, tmp_path_factory):
    """Give a project whose run has ended well, which tests only read from."""
    project = make_cheap(tmp_path_factory.mktemp("shared") / "a project")
    assert mtss("run", project.run_file, *ONLY_HTML).exit_code == 0
    return project


@pytest.fixture
def finished(shared, tmp_path):
    """Give a copy of that project."""
    root = tmp_path / "a copy"
    shutil.copytree(shared.root, root)
    return type(shared)(root=root)


@pytest.mark.parametrize("spoilt", ["comparison/norms.parquet", "groundwork.json"])
def test_a_damaged_comparison(finished, mtss, left, spoilt):
    """A damaged or unreadable file of the comparison is made again, and the packets stay as they were."""
    before = left(finished).published()
    path = finished.reports / "_work" / spoilt
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    stands = mtss("status", finished.run_file)
    assert stands.exit_code == 1
    assert "5 stale" in stands.out
    ended = mtss("run", finished.run_file, *ONLY_HTML)
    assert "0 done, 5 skipped, 0 failed" in ended.out
    assert left(finished).published() == before
    assert mtss("status", finished.run_file).exit_code == 0


@pytest.mark.parametrize(
    ("spoilt", "content"),
    [("manifest.json", "{"), ("manifest.json", "[]"), ("manifest.json", "\udcff"), ("findings.json", "")],
)
def test_a_damaged_packet(finished, mtss, left, spoilt, content):
    """A packet with a damaged file is stale, and made again with the same bytes; the others are skipped."""
    before = left(finished).published()
    (finished.reports / "NO" / "7" / spoilt).write_bytes(content.encode(errors="surrogateescape"))
    stands = mtss("status", finished.run_file)
    assert "4 done, 1 stale" in stands.out
    assert f"the packet is not whole: {spoilt}" in stands.out
    ended = mtss("run", finished.run_file, *ONLY_HTML)
    assert "1 done, 4 skipped, 0 failed" in ended.out
    assert left(finished).published() == before


def test_a_damaged_packet_of_another_school(finished, mtss, left):
    """Numbers damaged since they were made are left out of findings.parquet, and the school is named as failed."""
    (finished.reports / "NO" / "8" / "findings.json").write_text("[{]", encoding="utf-8")
    ended = mtss("run", finished.run_file, *ONLY_HTML, "--school", "7")
    assert ended.exit_code == 0
    entry = left(finished).entries()["8"]
    assert (entry["status"], entry["error_kind"]) == ("failed", "DamagedPacket")
    found = pq.read_table(finished.reports / "findings.parquet").column("school_id").to_pylist()
    assert found == ["7", "9", "0012", "0013"]


@pytest.mark.parametrize("content", ["{", '{"schools": [{"a": 1}]}'])
def test_a_damaged_record(finished, mtss, left, content):
    """A run.json that cannot be read is written again with every school whose packet is there."""
    (finished.reports / "run.json").write_text(content, encoding="utf-8")
    assert mtss("status", finished.run_file).exit_code == 0
    assert mtss("run", finished.run_file, *ONLY_HTML, "--school", "7").exit_code == 0
    assert {entry["status"] for entry in left(finished).entries().values()} == {"done", "skipped"}
    assert len(left(finished).entries()) == 5


def test_data_that_change_during_the_run(make_cheap, mtss, left, tmp_path):
    """Schools whose table changed before their packet was whole fail with the file's name; the next run makes all."""
    project = make_cheap(tmp_path / "a project", sources=(CHANGES_DATA, SAY))
    ended = mtss("run", project.run_file, *ONLY_HTML)
    entries = left(project).entries()
    assert [school for school, entry in entries.items() if entry["status"] == "done"] == ["7", "8"]
    for school in ("9", "0012", "0013"):
        assert entries[school]["error_kind"] == "InputsChanged"
        assert "data: screenings.csv" in entries[school]["error"]
        assert not (project.reports / "NO" / school).exists()
    assert ended.exit_code == 1
    left(project).assert_whole()
    project.write_notebook("short", "from mtss_analysis.show.display import Text", SAY)
    assert "5 done" in mtss("run", project.run_file, *ONLY_HTML).out


@pytest.mark.parametrize("engine", ["auto", "fresh"])
def test_a_clock_that_jumps(finished, left, engine, tmp_path):
    """Packets made while the clock jumps back and forth by months are the same bytes, and no time limit strikes."""
    before = left(finished).published()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(JUMPING, encoding="utf-8")
    package = os.pathsep.join([str(tmp_path / "site"), *(path for path in sys.path if path)])
    command = [sys.executable, "-m", "mtss_analysis.cli", "run", str(finished.run_file), *ONLY_HTML, "--force"]
    done = subprocess.run(
        [*command, "--engine", engine],
        env={**os.environ, "PYTHONPATH": package},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "5 done, 0 skipped, 0 failed" in done.stdout, done.stdout + done.stderr
    assert left(finished).published() == before
