"""Project STAR as the run file asks about it: the comparison of all schools, made once, and findings of any school."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mtss_analysis.district import State, open_state
from mtss_analysis.findings.comparison import Comparison, prepare_comparison
from mtss_analysis.findings.data_quality.chapter import find_inventory
from mtss_analysis.findings.effects.chapter import find_effects, find_evidence
from mtss_analysis.findings.layout import Finding
from mtss_analysis.findings.root_causes.chapter import find_change, find_factors, find_state_factors, find_variance
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.chapter import find_below_cut, find_gaps, find_levels, find_trends
from mtss_analysis.parameters import read_run_file

RUN_FILE = Path(__file__).resolve().parents[3] / "parameters" / "star.yml"
OF_THE_SCHOOL = (
    find_levels,
    find_below_cut,
    find_gaps,
    find_trends,
    find_factors,
    find_change,
    find_effects,
    find_inventory,
)
OF_THE_STATE = (find_state_factors, find_variance, find_evidence)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Star:
    """The state, what is asked, and what schools are compared with."""

    state: State
    settings: Settings
    comparison: Comparison

    def table(self, name: str) -> pd.DataFrame:
        """Give a table of the whole state."""
        return self.state.read_table(name)

    def asked(self, district_id: str, school_id: str) -> dict[str, Any]:
        """Arguments of every ``find_`` function."""
        return {
            "district": self.state.open_district(district_id, school_id=school_id),
            "school_id": school_id,
            "settings": self.settings,
            "comparison": self.comparison,
        }

    def find_all(self, district_id: str, school_id: str) -> list[Finding]:
        """Every finding of one school, and those of the state that its packet repeats."""
        asked = self.asked(district_id, school_id)
        found = [ask(**asked) for ask in (*OF_THE_SCHOOL, *OF_THE_STATE)]
        return [one for item in found for one in (item if isinstance(item, Sequence) else (item,))]


@pytest.fixture(scope="session")
def star() -> Star:
    """Open the state that ships with the kit and prepare its comparison, once for all tests."""
    run = read_run_file(str(RUN_FILE))
    state = open_state(run.data)
    return Star(state=state, settings=run.settings, comparison=prepare_comparison(state, settings=run.settings))


EVERY = 8
"""Every eighth school is asked, and those that lack scores in some years: all 80 take two minutes."""


@pytest.fixture(scope="session")
def findings_by_school(star: Star) -> dict[tuple[str, str], list[Finding]]:
    """Every finding of a sample of schools that holds the difficult ones."""
    levels = star.comparison.frame("levels")
    difficult = levels[(levels["level"] == "school") & (levels["group"] == "all") & (levels["status"] != "ok")]
    return {
        (row.district_id, row.school_id): star.find_all(row.district_id, row.school_id)
        for row in star.state.roster.itertuples()
        if row.Index % EVERY == 0 or row.school_id in set(difficult["school_id"])
    }
