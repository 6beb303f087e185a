"""What is printed of tiers does not tell who is behind a small count, shown by attack."""

import itertools

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.disclosure import Relation, audit, get_profile
from mtss_analysis.findings.tiers.cells import NOT_SCREENED, PLACE, TURNS, relate_cells
from mtss_analysis.findings.tiers.protect import protect_in_turn

PROFILE = get_profile("n10")


def random_school(tiny, seed):
    """Draw a school with random sizes, many of them small."""
    pick = np.random.default_rng(seed)
    states = ["1", "2", "3", "-", "x"]
    groups = []
    for grade in ("3", "4"):
        for path in itertools.product(states[:4], states):
            size = int(pick.choice([0, 0, 1, 3, 6, 12, 40]))
            if size:
                groups.append(tiny.draw({"fall": path[0], "spring": path[1]}, n=size, grade=grade))
    groups.append(tiny.draw({"fall": "1", "spring": "1"}, n=int(pick.integers(20, 120))))
    groups.append(tiny.draw({"fall": "2", "spring": "2"}, n=int(pick.integers(5, 60))))
    return tiny.make_tables(*groups)


@pytest.mark.parametrize("seed", range(6))
def test_no_withheld_count_can_be_worked_out(tiny, seed):
    """Every withheld count of windows, grades and moves keeps the range that the profile demands, by the audit."""
    cells = tiny.ask(random_school(tiny, seed)).comparison.frame("tier_cells")
    assert len(cells)
    for _, school in cells.groupby(PLACE):
        statuses = school["status"].where(school["status"] == "ok", "complementary")
        relations = relate_cells(school, groups=())
        result = audit(school, statuses, count="count", relations=relations, profile=PROFILE)
        assert result.passed
        shown = school[school["status"] == "ok"]
        assert (shown["n_students"] >= PROFILE.minimum).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_limit_on_the_not_screened_stands_beside_no_total(tiny, seed):
    """Where fewer than 10 were not screened in a window, no total of students who were not screened is printed."""
    cells = tiny.ask(random_school(tiny, seed)).comparison.frame("tier_cells")
    for _, school in cells.groupby(PLACE):
        windows = school[(school["turn"] == "window") & (school["cell"] == NOT_SCREENED)]
        totals = school[school["cell"].isin([f"{NOT_SCREENED}>", f">{NOT_SCREENED}"])]
        if (windows["status"] != "ok").any():
            assert (totals["status"] == "withheld").all()


def test_many_moves_of_few_students_are_withheld():
    """Twelve moves of four students are withheld, although twelve is more than ten, and another count with them."""
    cells = pd.DataFrame(
        {
            "count": [100, 12, 88],
            "n_students": [90, 4, 86],
            "turn": ["window", "move", "move"],
        }
    )
    status = protect_in_turn(cells, turns=TURNS, relations=[Relation(total=0, parts=(1, 2))], profile=PROFILE)
    assert status.tolist() == ["ok", "withheld", "withheld"]


def test_counts_of_an_earlier_turn_are_spared():
    """A small count of the last turn is protected by its neighbours, not by the windows that everybody reads."""
    cells = pd.DataFrame(
        {
            "count": [60, 45, 15, 33, 12, 12, 3],
            "turn": ["window", "window", "window", "grade", "grade", "grade", "grade"],
        }
    ).assign(n_students=lambda rows: rows["count"])
    relations = [
        Relation(total=0, parts=(1, 2)),
        Relation(total=1, parts=(3, 4)),
        Relation(total=2, parts=(5, 6)),
    ]
    status = protect_in_turn(cells, turns=TURNS, relations=relations, profile=PROFILE)
    assert status.tolist() == ["ok", "ok", "ok", "ok", "ok", "withheld", "withheld"]


def test_records_print_what_the_frame_says_and_no_more(tiny):
    """No record has a count whose cell is withheld, and the percentages of a window give no withheld count away."""
    tables = tiny.make_tables(
        tiny.draw({"fall": "1", "spring": "1"}, n=80),
        tiny.draw({"fall": "2", "spring": "2"}, n=20),
        tiny.draw({"fall": "3", "spring": "2"}, n=6),
    )
    asked = tiny.ask(tables)
    cells = asked.comparison.frame("tier_cells")
    hidden = cells[(cells["scope"] == "overall") & (cells["turn"] == "window") & (cells["status"] != "ok")]
    names = {f"tier_{row.cell}_{row.window}" for row in hidden.itertuples() if row.cell not in ("known", NOT_SCREENED)}
    records = [record for one in tiny.find_everything(asked, "S1") for record in one.records()]
    shares = [one for one in records if one.finding == "tier_share" and one.domain == "overall"]
    assert names
    for record in shares:
        assert (record.estimate is None) == (record.measure in names or record.n is None)
