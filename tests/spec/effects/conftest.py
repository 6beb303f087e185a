"""Small districts drawn in memory, and their questions about effects."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mtss_analysis.district import District
from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import Comparison, compare_tables
from mtss_analysis.findings.effects.design_finding import DesignFinding, find_designs
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Settings
from mtss_analysis.findings.tables import GivenTables

TABLES = {"schools", "enrollments", "screenings", "staff", "interventions", "services", "progress"}
WINDOW = "spring"


def ask_about(measure: str, *, domain: str, intervention: str, comparison: str = "", **more: Any) -> Settings:
    """Ask one question about one intervention."""
    indicator = Indicator(measure=measure, window=WINDOW, domain=domain, label=measure.replace("_", " "), unit="points")
    question = EffectQuestion(
        intervention_id=intervention,
        comparison_id=comparison,
        label=intervention.replace("_", " "),
        comparison_label=comparison.replace("_", " "),
        outcomes=(measure,),
        minimum_worthwhile_sd=0.1,
        **more,
    )
    return Settings(indicators=(indicator,), effects=(question,), follow="grade", population="district")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A drawn district, its comparison and what is asked."""

    tables: dict[str, pd.DataFrame]
    settings: Settings
    comparison: Comparison

    @property
    def school_ids(self) -> list[str]:
        """Ids of the schools."""
        return sorted(self.tables["schools"]["school_id"].unique())

    def about(self, school_id: str) -> dict[str, Any]:
        """Arguments of a ``find_`` function."""
        roster = self.tables["schools"]
        district = District(
            district_id="01",
            district_name="Drawn",
            folder=Path("drawn"),
            school_id=school_id,
            tables=dict(self.tables),
            roster=roster,
        )
        return {
            "district": district,
            "school_id": school_id,
            "settings": self.settings,
            "comparison": self.comparison,
        }

    def design(self, school: int = 0) -> DesignFinding:
        """Give the only question's ladder for a school."""
        return find_designs(**self.about(self.school_ids[school]))[0]


def ask(tables: dict[str, pd.DataFrame], settings: Settings) -> Asked:
    """Compare all schools of a drawn district."""
    named = {name: frame.assign(district_id="01") for name, frame in tables.items()}
    return Asked(tables=tables, settings=settings, comparison=compare_tables(GivenTables(named), settings=settings))


@pytest.fixture
def ask_one() -> Callable[..., Asked]:
    """Give a function that asks one question of drawn tables."""

    def make(tables: dict[str, pd.DataFrame], measure: str, domain: str, intervention: str, **more: Any) -> Asked:
        return ask(tables, ask_about(measure, domain=domain, intervention=intervention, **more))

    return make


@pytest.fixture(scope="session")
def draw() -> Callable[..., dict[str, pd.DataFrame]]:
    """Give a function that draws a district; each size and truth is drawn once."""
    drawn: dict[tuple[object, ...], dict[str, pd.DataFrame]] = {}

    def make(*, students: int = 3200, schools: int = 8, seed: int = 4, **sizes: float) -> dict[str, pd.DataFrame]:
        key = (students, schools, seed, *sorted(sizes.items()))
        if key not in drawn:
            truths = Truths()
            if "effect_sd" in sizes:
                truths = replace(
                    truths, cut_score_effect=replace(truths.cut_score_effect, effect_sd=sizes["effect_sd"])
                )
            found = simulate_district(
                Sizes(students=students, schools=schools, years=3, seed=seed), truths, tables=TABLES
            )
            drawn[key] = found.tables
        return dict(drawn[key])

    return make
