"""Districts of which only the tables of practice are drawn."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd
import pytest

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district

PRACTICE = ("trainings", "training_attendance", "walkthroughs", "staff", "coaching")


@functools.cache
def draw_tables(
    seed: int, *, without: tuple[str, ...] = (), overlap: bool = False, tables: tuple[str, ...] = PRACTICE
) -> Mapping[str, pd.DataFrame]:
    """Draw some tables of the district of the usual size."""
    truths = Truths().without(without)
    breakdown = replace(truths.practice.breakdown, overlap=overlap)
    truths = replace(truths, practice=replace(truths.practice, breakdown=breakdown))
    return simulate_district(Sizes(seed=seed), truths, tables=tables).tables


@functools.cache
def list_observations(seed: int, *, without: tuple[str, ...] = (), overlap: bool = False) -> pd.DataFrame:
    """List scored items of the last year with weeks since the training, experience and support of the teacher."""
    tables = draw_tables(seed, without=without, overlap=overlap)
    trained = tables["training_attendance"].merge(tables["trainings"], on="training_id")
    staff = tables["staff"].loc[tables["staff"]["school_year"] == tables["staff"]["school_year"].max()]
    seen = tables["walkthroughs"].merge(trained, on=["staff_id", "practice"], suffixes=("", "_trained"))
    seen = seen.merge(staff[["staff_id", "years_experience"]], on="staff_id")
    seen = seen.loc[seen["implemented"].notna() & (seen["date"] >= seen["date_trained"])]
    return seen.assign(
        day=(seen["date"] - seen["date_trained"]).dt.days,
        full=(seen["implemented"].astype(float) == 2).astype(float),
        veteran=seen["years_experience"] >= 4,
        supported=seen["follow_up_support"] == "classroom_embedded",
    )


@pytest.fixture(scope="session")
def tables() -> Callable[..., Mapping[str, pd.DataFrame]]:
    """Draw some tables of the district of the usual size, each once."""
    return draw_tables


@pytest.fixture(scope="session")
def observations() -> Callable[..., pd.DataFrame]:
    """List what was seen after the trainings of the last year."""
    return list_observations
