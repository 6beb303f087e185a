"""A school is called lower or higher for its practice, and not for the strictness of its few observers."""

import functools
from dataclasses import replace

import pandas as pd
import pytest

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.implementation.across import compare_implementation
from mtss_analysis.findings.implementation.facts import FRAME
from mtss_analysis.findings.root_causes.school_values import gather_school_values
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables

TABLES = {"schools", "staff", "walkthroughs", "trainings", "training_attendance"}
SEEDS = range(24)
WEAK, PRACTICE = "01002", "explicit_instruction"
SETTINGS = Settings(indicators=(), population="district")
NO_YEARS = pd.DataFrame(columns=["district_id", "school_id", "school_year", "n", "chronic", "ok"])


def draw(seed: int, *, planted: bool, observers: int, strictness: float) -> GivenTables:
    """Draw six schools of one district, with a practice that is weak in one of them or with nothing at all."""
    truths = Truths().without(["all"])
    noise = replace(truths.practice.noise, observers_per_school=observers, observer_sd=strictness)
    weak = replace(truths.practice.weak_practice, planted=planted)
    truths = replace(
        truths,
        systemic_cause=replace(truths.systemic_cause, planted=planted, elementary=(1,)),
        practice=replace(truths.practice, noise=noise, weak_practice=weak),
    )
    drawn = simulate_district(Sizes(seed=seed, students=3000, schools=6), truths, tables=TABLES)
    return GivenTables({name: frame.assign(district_id="01") for name, frame in drawn.tables.items()})


@functools.cache
def compare(*, planted: bool, observers: int = 3, strictness: float = 0.2) -> pd.DataFrame:
    """List what is found of each school and practice in every seed, with the value that causes are judged by."""
    frames = []
    for seed in SEEDS:
        tables = draw(seed, planted=planted, observers=observers, strictness=strictness)
        facts = compare_implementation(tables, settings=SETTINGS)[FRAME]
        values = gather_school_values(tables, facts=facts, years=NO_YEARS, settings=SETTINGS)
        values = values.assign(subject=values["measure"].str.partition(":")[2])
        facts = facts[facts["topic"] == "building"]
        mean = facts.loc[facts["school_id"] == ""].set_index("subject")["estimate"]
        own = facts[facts["q_value"].notna()].merge(
            values[["school_id", "subject", "value", "std_error", "df"]],
            on=["school_id", "subject"],
            suffixes=("", "_gathered"),
        )
        frames.append(own.assign(seed=seed, mean=own["subject"].map(mean), stands=own["text"] != "cannot tell"))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(("observers", "strictness"), [(3, 0.2), (2, 0.4)])
def test_strictness_is_not_taken_for_a_difference(observers: int, strictness: float) -> None:
    """Of 24 districts without any difference at most four name one: binomial of 5 percent, beyond 99 percent."""
    found = compare(planted=False, observers=observers, strictness=strictness)
    assert found.groupby("seed")["stands"].any().sum() <= 4
    assert (found["p_value"] <= 0.05).mean() < 0.08


def test_an_interval_holds_what_all_observers_would_have_seen() -> None:
    """The district's share lies in the 95 percent interval of at least 93 of 100 schools and practices."""
    found = compare(planted=False)
    assert ((found["ci_low"] <= found["mean"]) & (found["mean"] <= found["ci_high"])).mean() >= 0.93


def test_causes_and_shares_have_one_error() -> None:
    """What causes are judged by has the share and the standard error that are printed."""
    found = compare(planted=False)
    assert found["value"].to_numpy() == pytest.approx(found["estimate"].to_numpy())
    assert found["std_error_gathered"].to_numpy() == pytest.approx(found["std_error"].to_numpy())


def test_a_weak_practice_is_still_seen() -> None:
    """Lower by 35 points in one of six schools, it is called so in 18 of 24: binomial of 90 percent, beyond 99."""
    found = compare(planted=True)
    here = found[(found["school_id"] == WEAK) & (found["subject"] == PRACTICE)]
    assert (here["text"] == "lower").sum() >= 18
    elsewhere = found[(found["subject"] != PRACTICE) & found["stands"]]
    assert elsewhere.groupby("seed").ngroups <= 6
