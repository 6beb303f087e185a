"""What is printed of tiers does not tell who is behind a small count, shown by attack."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

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


def test_students_of_no_recorded_grade_stay_hidden():
    """Where 21 of 126 have no grade and 4 of them were absent, what is printed leaves open whether none or 10 were."""
    graded = {"chronic": [5, 3, 8, 6, 7], "regular": [16, 18, 13, 15, 14]}
    rows = [("n", 126, "year"), ("chronic", 33, "year"), ("regular", 93, "year")]
    for chronic, regular in zip(graded["chronic"], graded["regular"], strict=True):
        rows += [("n", chronic + regular, "grade"), ("chronic", chronic, "grade"), ("regular", regular, "grade")]
    cells = pd.DataFrame(rows, columns=["cell", "count", "turn"]).assign(n_students=lambda one: one["count"])
    sums = [Relation(total=at, parts=(at + 1, at + 2)) for at in range(0, len(cells), 3)]
    over = [Relation(total=kind, parts=tuple(range(3 + kind, len(cells), 3))) for kind in range(3)]
    status = protect_in_turn(cells, turns=("year", "grade"), relations=[*sums, *over], profile=PROFILE)
    assert (status[cells["count"] < PROFILE.minimum] == "withheld").all()
    assert (status[:3] == "ok").all()
    # Unknown: every count, and how many of no recorded grade there are of each kind.
    equations = np.zeros((len(sums) + len(over), len(cells) + 3))
    for at, relation in enumerate([*sums, *over]):
        equations[at, relation.total] = -1
        equations[at, list(relation.parts)] = 1
    equations[len(sums) :, len(cells) :] = np.eye(3)
    bounds = [
        (count, count) if shown else (0, None) for count, shown in zip(cells["count"], status == "ok", strict=True)
    ]
    for sign, reached in ((1, 0), (-1, -PROFILE.minimum)):
        wanted = np.zeros(equations.shape[1])
        wanted[len(cells) + 1] = sign
        found = linprog(wanted, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=[*bounds, *[(0, None)] * 3])
        assert found.fun <= reached + 1e-9
