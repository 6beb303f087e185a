"""Values of Riverbend agree with what the chapters on reading, attendance, practices and fidelity print."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district import find_school_year, open_state
from mtss_analysis.findings.comparison import prepare_comparison
from mtss_analysis.findings.implementation.fidelity import tell_fidelity
from mtss_analysis.findings.tables import StateTables
from mtss_analysis.measures.risks import find_low_scores
from mtss_analysis.measures.visits import observe_practices
from mtss_analysis.parameters import read_run_file

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
PLACE = ["school_id", "school_year"]


@pytest.fixture(scope="module")
def riverbend():
    """The run of Riverbend, its tables and its comparison, whose frames are computed when they are asked for."""
    run = read_run_file(ROOT / "parameters" / "riverbend.yml")
    state = open_state(run.data)
    return run.settings, StateTables(state, settings=run.settings), prepare_comparison(state, settings=run.settings)


def take(comparison, *, measure, statistic, window="spring", group="all"):
    """Printed values of schools by school and year."""
    values = comparison.frame("values")
    kept = (values["measure"] == measure) & (values["statistic"] == statistic) & (values["group"] == group)
    kept &= (values["window"] == window) & (values["level"] == "school") & (values["status"] == "ok")
    return values[kept].set_index(PLACE)["value"].sort_index()


def test_the_share_at_the_cut_is_that_of_students_not_at_risk(riverbend):
    """A hundred less the share of low scores of the latest window, as students at risk are counted."""
    _, tables, comparison = riverbend
    low = find_low_scores(tables("screenings"), measure="reading_scale").groupby(PLACE)["low"].mean()
    values = take(comparison, measure="reading_scale", statistic="at_cut_pct")
    assert len(values) >= 30
    assert np.allclose(values, 100 - 100 * low.reindex(values.index))


def test_chronic_absence_is_that_of_the_chapter_on_attendance(riverbend):
    """The same students and the same days, school by school; what one withholds, the other does not print."""
    _, _, comparison = riverbend
    cells = comparison.frame("climate_cells")
    year = cells[(cells["topic"] == "absence") & (cells["slice"] == "all") & cells["school_id"].notna()]
    counts = year.pivot_table(index=PLACE, columns="cell", values="count", aggfunc="first")
    values = take(comparison, measure="chronic_absence", statistic="pct")
    assert len(values) >= 30
    assert np.allclose(values, (100 * counts["chronic"] / counts["n"]).reindex(values.index))
    printed = set(
        year.loc[(year["status"] == "ok") & (year["cell"] == "chronic"), PLACE].itertuples(index=False, name=None)
    )
    assert set(values.index) <= printed


def test_a_practice_is_seen_as_often_as_in_the_chapter_on_practices(riverbend):
    """The mean over lessons of the share of items fully implemented."""
    _, tables, comparison = riverbend
    lessons = observe_practices(
        walkthroughs=tables("walkthroughs"),
        trainings=tables("trainings"),
        training_attendance=tables("training_attendance"),
    )
    lessons = lessons[(lessons["practice"] == "co_teaching") & lessons["date"].dt.month.isin([3, 4, 5, 6])]
    lessons = lessons.assign(school_year=find_school_year(lessons["date"]))
    values = take(comparison, measure="implementation:co_teaching", statistic="pct")
    assert len(values) >= 8
    assert np.allclose(values, 100 * lessons.groupby(PLACE)["full"].mean().reindex(values.index))


def test_fidelity_is_that_of_the_chapter_on_fidelity(riverbend):
    """The share of the points of Tier 1 on the day of spring."""
    settings, tables, comparison = riverbend
    facts = tell_fidelity(tables("fidelity"), district_id="01", settings=settings)
    rows = [(fact.school_id, fact.part, fact.estimate) for fact in facts if fact.group == "tier=1" and fact.school_id]
    told = pd.DataFrame(rows, columns=["school_id", "day", "estimate"])
    told = told[told["day"].str[5:7].astype(int).between(3, 6)]
    told = told.assign(school_year=find_school_year(pd.to_datetime(told["day"]))).set_index(PLACE)["estimate"]
    values = take(comparison, measure="fidelity:tier1", statistic="pct")
    assert len(values) >= 30
    assert np.allclose(values, told.reindex(values.index))
