"""What is counted of every school, and how sure it is."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.implementation.facts import Fact, frame_facts
from mtss_analysis.findings.implementation.hiding import REASON
from mtss_analysis.findings.root_causes.school_values import decide_chronic, gather_school_values, mask_hidden
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables

SETTINGS = Settings(indicators=())
NO_YEARS = decide_chronic(pd.DataFrame(), settings=SETTINGS)


def draw(*, strict=0.0, schools=6, teachers=12, lessons=10, seed=4):
    """Lessons after a training, each seen by one of two observers of the school, of whom the second is stricter."""
    rng = np.random.default_rng(seed)
    visits, there = [], []
    for school in range(schools):
        for teacher in range(teachers):
            staff = f"t{school}-{teacher}"
            there.append({"district_id": "D", "training_id": "T", "staff_id": staff})
            for lesson in range(lessons):
                second = lesson % 2 == 1
                visits.append(
                    {
                        "district_id": "D", "school_id": str(school), "staff_id": staff, "practice": "feedback",
                        "item": "a", "date": pd.Timestamp("2025-09-15") + pd.Timedelta(days=lesson),
                        "observer_id": f"o{school}{int(second)}",
                        "implemented": 2 if rng.random() < 0.6 - strict * second else 0,
                    }
                )  # fmt: skip
    trainings = [{"district_id": "D", "training_id": "T", "practice": "feedback", "date": pd.Timestamp("2025-09-01")}]
    return {
        "walkthroughs": pd.DataFrame(visits),
        "trainings": pd.DataFrame(trainings),
        "training_attendance": pd.DataFrame(there),
    }


def facts(**statuses):
    """What may be printed of each school."""
    return frame_facts(
        Fact(
            topic="building", district_id="D", school_id=str(at), subject="feedback",
            status="withheld" if f"s{at}" in statuses else "ok", text=statuses.get(f"s{at}", ""),
            estimate=None if f"s{at}" in statuses else 60.0,
        )
        for at in range(6)
    )  # fmt: skip


def gather(tables, frame):
    """Values by school."""
    values = gather_school_values(GivenTables(tables), facts=frame, years=NO_YEARS, settings=SETTINGS)
    return values.set_index("school_id")


def test_the_share_is_that_of_lessons_and_observers_who_agree_add_nothing_much():
    """Where observers agree, the standard error is about that of 120 lessons: 4.5 points."""
    found = gather(draw(), facts())
    assert found["value"].between(40, 80).all()
    assert found["std_error"].mean() == pytest.approx(100 * np.sqrt(0.6 * 0.4 / 120), rel=0.25)


def test_observers_who_differ_make_every_school_less_sure():
    """Two observers who differ by 40 points have a variance of 800; half of it remains in a mean of two."""
    found = gather(draw(strict=0.4), facts())
    assert found["std_error"].mean() == pytest.approx(np.sqrt(800 / 2), rel=0.2)


@pytest.mark.parametrize("named", ["nobody", "one for each school"])
def test_without_observers_to_tell_from_schools_no_share_is_compared(named):
    """Where observers are not recorded, or each school has one of its own, a strict one looks like a weak school."""
    tables = draw(strict=0.4)
    visits = tables["walkthroughs"]
    tables["walkthroughs"] = (
        visits.drop(columns="observer_id") if named == "nobody" else visits.assign(observer_id=visits["school_id"])
    )
    assert gather(tables, facts()).empty


def test_a_school_that_is_hidden_for_anothers_sake_is_known_here_and_not_printed():
    """Withheld for few teachers there is no number; hidden for another's sake it is taken out before printing."""
    found = gather(draw(), facts(s0="too few teachers to print", s1=REASON))
    assert found["status"].tolist() == ["withheld", "hidden", *["ok"] * 4]
    assert np.isnan(found.loc["0", "value"])
    assert np.isfinite(found.loc["1", "value"])
    masked = mask_hidden(found.reset_index()).set_index("school_id")
    assert masked["status"].tolist() == ["withheld", "withheld", *["ok"] * 4]
    assert masked.loc[["0", "1"], ["value", "std_error", "n"]].isna().all().all()
