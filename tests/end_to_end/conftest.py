"""A project small enough to be run in seconds: three schools, one notebook."""

import contextlib
import io
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from mtss_analysis.cli import main

RUN_FILE = """\
run: tiny
title: Tiny packet
data: ../data/tiny
schools: all
notebooks: [short]
follow: grade
indicators:
  - measure: oral
    window: spring
    domain: reading
    label: reading
    unit: words a minute
    cut: {state_percentile: 25}
groups:
  - {column: sex, label: sex, focus: male, reference: female, focus_label: boys, reference_label: girls}
limits: {notebook_seconds: 60, workers: 2}
"""
PARAMETERS = """\
run_file: str = "../parameters/tiny.yml"  # run file
district_id: str = "NO"  # district
school_id: str = "0012"  # school
comparison_folder: str = ""  # empty: computed on the spot"""
OPEN = """\
import sys
from mtss_analysis.findings.record import Record
from mtss_analysis.parameters import open_analysis
from mtss_analysis.show.display import Column, RecordSet, Table, Text
analysis = open_analysis(
    run_file=run_file, district_id=district_id, school_id=school_id, comparison_folder=comparison_folder
)
print("a warning of some library", file=sys.stderr)"""
SAY = 'Text(markdown=f"School {school_id}, see @tbl-sizes.")'
SHOW = """\
rows = analysis.district.table("enrollments")
Table(
    name="sizes",
    caption="Students",
    columns=[Column(title="What"), Column(title="n", align="right")],
    rows=[["rows of the roster", str(len(rows))]],
)"""
RECORD = """\
size = Record(finding="size", requirement="R8", district_id=district_id, school_id=school_id, n=60)
RecordSet(records=[size.to_dict()])"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with data, notebooks and a run file."""

    root: Path

    @property
    def run_file(self) -> Path:
        """The run file."""
        return self.root / "parameters" / "tiny.yml"

    @property
    def reports(self) -> Path:
        """Where its run leaves packets."""
        return self.root / "reports" / "tiny"

    @property
    def data(self) -> Path:
        """Its district folder."""
        return self.root / "data" / "tiny"

    def write_notebook(self, name: str, *sources: str) -> Path:
        """Write a notebook with the usual parameters and the given code cells."""
        node = nbformat.v4.new_notebook()
        parameters = nbformat.v4.new_code_cell(PARAMETERS, id="parameters")
        parameters.metadata["tags"] = ["parameters"]
        heading = nbformat.v4.new_markdown_cell(f"# {name.title()} {{#sec-{name}}}", id="heading")
        cells = [nbformat.v4.new_code_cell(source, id=f"c{at}") for at, source in enumerate(sources)]
        node.cells = [parameters, heading, *cells]
        path = self.root / "notebooks" / f"{name}.ipynb"
        nbformat.write(node, path)
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    exit_code: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three schools of one district whose ids a careless reader would spoil, in a path with a space."""
    return make_project(tmp_path / "a project")


@pytest.fixture(scope="session")
def make() -> Callable[..., Project]:
    """Give the function that makes a project in a folder, for tests that share one."""
    return make_project


@pytest.fixture(scope="session")
def mtss() -> Callable[..., Ended]:
    """Give the function that calls the command line in this process."""
    return call


def make_project(root: Path, *, schools: tuple[str, ...] = ("0012", "0013", "7")) -> Project:
    """Write data, a notebook and a run file."""
    made = Project(root=root)
    for folder in (made.data, root / "notebooks", made.run_file.parent):
        folder.mkdir(parents=True)
    write_tables(made.data, schools=schools)
    made.write_notebook("short", OPEN, SAY, SHOW, RECORD)
    made.run_file.write_text(RUN_FILE, encoding="utf-8")
    return made


def call(*arguments: object) -> Ended:
    """Run ``mtss`` with arguments."""
    handler, argv = signal.getsignal(signal.SIGTERM), sys.argv
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["mtss", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        return Ended(exit_code=int(ended.code or 0), out=out.getvalue(), err=err.getvalue())
    finally:
        signal.signal(signal.SIGTERM, handler)
        sys.argv = argv


def write_tables(folder: Path, *, schools: tuple[str, ...]) -> None:
    """Write schools, enrollments and screenings of 30 students in two years and each school."""
    roster = ["school_id,school_year,school_name,district_id,district_name,level"]
    enrollments = ["student_id,school_id,school_year,grade,classroom_id,teacher_id,sex"]
    screenings = ["student_id,school_year,window,measure,school_id,domain,score"]
    chance = random.Random(20)  # noqa: S311 - made-up scores
    for school in schools:
        for year, grade in (("2023-24", "3"), ("2024-25", "4")):
            roster.append(f"{school},{year},School {school},NO,District NO,elementary")
            for number in range(30):
                student, room = f"{school}-{number}", f"{school}-{grade}{number % 2}"
                sex = "male" if number % 3 else "female"
                enrollments.append(f"{student},{school},{year},{grade},{room},T{room},{sex}")
                screenings.append(f"{student},{year},spring,oral,{school},reading,{chance.gauss(100, 15):.0f}")
    for name, lines in (("schools", roster), ("enrollments", enrollments), ("screenings", screenings)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
