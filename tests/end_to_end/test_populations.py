"""A school that is compared with its own district needs nothing of another district."""

from dataclasses import replace

import pytest

from mtss_analysis.district import open_state
from mtss_analysis.district.simulate import Sizes, Truths, write_district
from mtss_analysis.errors import DataError
from mtss_analysis.packet.folders import open_run_folder
from mtss_analysis.packet.groundwork import find_why_not_laid, lay_groundwork
from mtss_analysis.packet.populations import find_populations
from mtss_analysis.packet.progress import Silence
from mtss_analysis.packet.schools import choose_schools
from mtss_analysis.parameters import read_run_file

RUN_FILE = """\
run: two
title: Two districts
data: data
reports: reports
notebooks_folder: notebooks
notebooks: [cheap]
compare_with: {compare_with}
indicators:
  - {{measure: reading_scale, window: spring, domain: reading, label: reading, unit: points}}
"""


@pytest.fixture(scope="module")
def two_districts(tmp_path_factory):
    """Write a state of two districts, and spoil a table of the second."""
    folder = tmp_path_factory.mktemp("state")
    sizes = Sizes(students=120, schools=4, districts=2, years=1, seed=5)
    tables = {"schools", "enrollments", "screenings"}
    write_district(folder / "data", sizes=sizes, truths=Truths().without(["all"]), tables=tables, workers=1)
    for path in sorted((folder / "data" / "02").rglob("screenings*/**/*.parquet")):
        path.write_bytes(b"not a table")
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "cheap.ipynb").write_text("{}", encoding="utf-8")
    return folder


def _lay(folder, *, compare_with, wanted):
    path = folder / f"{compare_with}.yml"
    path.write_text(RUN_FILE.format(compare_with=compare_with), encoding="utf-8")
    run = replace(read_run_file(path), name=f"{compare_with}-{wanted[0].replace('/', '-')}")
    state = open_state(run.data)
    populations = find_populations(
        run, state=state, folder=open_run_folder(run.folder), schools=choose_schools(state, wanted=wanted)
    )
    for population in dict.fromkeys(populations.values()):
        lay_groundwork(run, population=population, report=Silence())
    return run, populations


def test_another_districts_tables_are_not_opened(two_districts):
    """The comparison of the first district is computed although the second cannot be read."""
    run, populations = _lay(two_districts, compare_with="district", wanted=["01/01001"])
    assert list(populations) == ["01"]
    assert populations["01"].comparison == run.folder / "_work" / "comparisons" / "01"
    assert find_why_not_laid(run, population=populations["01"]) == []


def test_what_cannot_be_read_is_named_where_it_is_needed(two_districts):
    """The second district, and a comparison with the whole state, are refused with the file."""
    for compare_with, wanted in (("district", ["02/02001"]), ("state", ["01/01001"])):
        with pytest.raises(DataError, match="screenings"):
            _lay(two_districts, compare_with=compare_with, wanted=wanted)
