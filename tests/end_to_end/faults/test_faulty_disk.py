"""A disk that is full or may not be written to costs the schools it hits, and no packet that is there."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.xdist_group("faulty_disk")

ONLY_HTML = ("--format", "html", "--renderer", "builtin", "--workers", "1")
PRINTS = """
from mtss_analysis.show.display import RecordSet, Text
if school_id == "big":
    print("x" * 6_000_000)"""
SAY = 'Text(markdown=f"School {school_id}.")'


@pytest.fixture
def small_disk(tmp_path):
    """Give a folder on a file system of four megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system")
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small(make_cheap, tmp_path, small_disk):
    """Give a project whose reports lie on the small file system; one school prints more than fits on it."""
    project = make_cheap(tmp_path / "a project", schools=("7", "8", "big", "9"), sources=(PRINTS, SAY))
    (project.root / "reports").symlink_to(small_disk)
    return project


def test_a_full_disk(small, mtss, left):
    """The school whose files do not fit fails with that reason; the others are made, and so is run.json."""
    ended = mtss("run", small.run_file, *ONLY_HTML)
    entries = left(small).entries()
    assert {school: entry["status"] for school, entry in entries.items()} == {
        "7": "done",
        "8": "done",
        "9": "done",
        "big": "failed",
    }
    assert "No space left on device" in entries["big"]["error"]
    assert ended.exit_code == 1
    left(small).assert_whole()


def test_a_disk_without_any_room(small, small_disk, mtss, left):
    """Where nothing fits any more, every packet from before stays as it was, and the command says why it stopped."""
    arguments = ("run", small.run_file, *ONLY_HTML, "--school", "7", "--school", "8")
    assert mtss(*arguments).exit_code == 0
    before = left(small).published()
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        room = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        file.write(bytes(room))
    ended = mtss(*arguments, "--force")
    assert ended.exit_code in (1, 2)
    assert "No space left on device" in ended.err + ended.out
    assert "Traceback" not in ended.err
    left(small).assert_whole()
    assert {name for name in before if name.startswith("NO/")} <= set(left(small).published())
    filler.unlink()
    assert mtss(*arguments).exit_code == 0
    assert left(small).published() == before


def test_a_folder_that_may_only_be_read(small, small_disk, mtss, left):
    """Where reports may only be read, the command says so with exit code 2 and leaves what is there."""
    arguments = ("run", small.run_file, *ONLY_HTML, "--school", "7")
    assert mtss(*arguments).exit_code == 0
    before = left(small).published()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    ended = mtss(*arguments, "--force")
    assert ended.exit_code == 2
    assert "cannot be written" in ended.err
    assert left(small).published() == before
    assert mtss("status", small.run_file).exit_code == 1  # the other schools are missing


def test_a_place_that_is_taken(make_cheap, mtss, left, tmp_path):
    """A file where a district's packets should go fails each school by name, and the next run makes them."""
    project = make_cheap(tmp_path / "a project", schools=("7", "8"))
    project.reports.mkdir(parents=True)
    (project.reports / "NO").write_text("in the way", encoding="utf-8")
    ended = mtss("run", project.run_file, *ONLY_HTML)
    assert ended.exit_code == 1
    errors = [entry["error"] for entry in left(project).entries().values()]
    assert len(errors) == 2
    assert all("the packet cannot be put into its place" in error for error in errors)
    (project.reports / "NO").unlink()
    assert mtss("run", project.run_file, *ONLY_HTML).exit_code == 0
