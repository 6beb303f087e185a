"""The comparison that several processes compute is the one that a single process computes."""

import pytest

from mtss_analysis.district.state import open_state
from mtss_analysis.findings.comparison import prepare_comparison, write_comparison, write_index
from mtss_analysis.packet import groundwork
from mtss_analysis.packet.groundwork_parts import PartsAtWork
from mtss_analysis.packet.manifest import hash_folder
from mtss_analysis.packet.workers import WorkersOnDemand
from mtss_analysis.parameters import read_run_file

pytestmark = pytest.mark.xdist_group("groundwork")


@pytest.fixture(scope="module")
def run(make, tmp_path_factory):
    """Give the run file of a small project."""
    return read_run_file(make(tmp_path_factory.mktemp("small") / "a project").run_file)


def test_parts_are_the_same_bytes(run, tmp_path):
    """Every frame has the same bytes, whichever process has computed it."""
    comparison = prepare_comparison(open_state(run.data), settings=run.settings)
    write_comparison(comparison, tmp_path / "alone")
    with WorkersOnDemand(count=2, log=tmp_path / "log") as processes:
        parts = PartsAtWork(data=run.data, settings=run.settings, into=tmp_path / "together", workers=processes.open())
        assert parts.are_made()
    write_index(comparison.frames, tmp_path / "together")
    assert hash_folder(tmp_path / "together") == hash_folder(tmp_path / "alone")


def test_a_part_that_fails_is_told(run, tmp_path):
    """Where a part cannot be computed, the others end and nobody takes the comparison for whole."""
    with WorkersOnDemand(count=2, log=tmp_path / "log") as processes:
        parts = PartsAtWork(
            data=tmp_path / "nothing", settings=run.settings, into=tmp_path / "made", workers=processes.open()
        )
        assert not parts.are_made()


def test_a_run_shares_the_work(make, mtss, tmp_path, monkeypatch):
    """A run that shares the comparison out leaves the same files of it as one that does not, and the same packets."""
    left = []
    for name, least in (("alone", 100), ("together", 1)):
        monkeypatch.setattr(groundwork, "LEAST_SCHOOLS", least)
        project = make(tmp_path / name / "a project")
        ended = mtss("run", project.run_file, "--renderer", "builtin", "--format", "html", "--workers", "2")
        assert ended.exit_code == 0, ended.out + ended.err
        left.append(hash_folder(project.reports / "_work" / "comparison"))
    assert left[0] == left[1]
