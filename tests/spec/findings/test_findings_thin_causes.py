"""The whole chapter on root causes on thin data: a sentence that says what is missing, nothing made up."""

import math
from collections.abc import Sequence

import pandas as pd
import pytest

from mtss_analysis.findings.implementation.chapter import find_implementation
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes import chapter as causes
from mtss_analysis.findings.settings import Factor
from mtss_analysis.show import check_sentence

SCHOOL = "0012"
CHAPTER = (
    causes.find_factors, causes.find_change, causes.find_state_factors, causes.find_variance, find_implementation,
    causes.find_causes, causes.find_stand_outs, causes.find_what_goes_right, causes.find_needed,
)  # fmt: skip
FIDELITY = Factor(
    id="fidelity", label="fidelity of the lessons", table="services", column="fidelity_pct", level="student",
    bands=(0, 70), only=("lessons",),
)  # fmt: skip
EXPERIENCE = Factor(
    id="experience", label="the teacher's experience", table="staff", column="years_experience", level="classroom",
    bands=(0, 4, 10),
)  # fmt: skip
ATTENDANCE = Cause(id="attendance", label="absence", level="school", shown_by="chronic_absence")
REFERRALS = Cause(id="referrals", label="referrals", level="school", shown_by="referrals")
HUNCH = Cause(id="hunch", label="a hunch", level="school", shown_by="")


def _drop(*names):
    def change(tables):
        for name in names:
            tables.pop(name, None)

    return change


def _put(name, **columns):
    def change(tables):
        tables[name] = tables[name].assign(**columns)

    return change


def _give_fidelity(*, provider):
    def change(tables):
        services = tables["services"]
        fidelity = [50.0 if at % 3 else 90.0 for at in range(len(services))]
        tables["services"] = services.assign(fidelity_pct=fidelity)
        if provider:
            tables["services"] = tables["services"].assign(provider_id=provider)

    return change


THIN = {
    "no staff table": (_drop("staff"), {"factors": (EXPERIENCE,)}, "gave no data in the table staff"),
    "all teachers in one band": (
        _put("staff", years_experience=8.0), {"factors": (EXPERIENCE,)}, "all students are in one category",
    ),
    "no teacher ids": (_put("enrollments", teacher_id=None), {"factors": (EXPERIENCE,)}, "not recorded"),
    "who delivers is not recorded": (
        _give_fidelity(provider=""), {"factors": (FIDELITY,)}, "who delivers it is not recorded",
    ),
    "one provider": (_give_fidelity(provider="P1"), {"factors": (FIDELITY,)}, "cannot be told apart from noise"),
    "no factor at all": (lambda _: None, {"factors": ()}, "the run file declares no factor"),
    "a cause that nothing shows": (lambda _: None, {"causes": (HUNCH,)}, "Nothing in the data can show it"),
    "no attendance": (lambda _: None, {"causes": (ATTENDANCE,)}, "have nothing on chronic absence"),
    "no referrals": (lambda _: None, {"causes": (REFERRALS,)}, "have nothing on referrals"),
    "no cause declared and nothing counted": (lambda _: None, {"causes": ()}, "declares no candidate root cause"),
    "no walkthroughs": (lambda _: None, {}, "gave no walkthroughs"),
}  # fmt: skip


@pytest.fixture(params=list(THIN))
def thin(request, ask_state, shape):
    """All findings of the chapter on one kind of thin data, and what must be said."""
    change, asked, expected = THIN[request.param]
    found = ask_state(shape=shape(students=24), change=change, population="district", **asked)
    return [one for find in CHAPTER for one in found.find(find, SCHOOL)], expected


def test_the_chapter_says_what_is_missing(thin):
    """Each kind of thin data is named in a sentence, a caveat or a table of the chapter."""
    found, expected = thin
    texts = [text for one in found for text in (one.sentence(), *one.caveats())]
    tables = [table.to_csv() for one in found if (table := one.table()) is not None]
    assert expected in " ".join([*texts, *tables])
    assert [(text, wrong) for text in texts if (wrong := check_sentence(text))] == []


def test_nothing_is_made_up(thin):
    """No record holds a number that is none, and what cannot be estimated has none."""
    found, _ = thin
    for record in (record for one in found for record in one.records()):
        assert not any(isinstance(value, float) and math.isnan(value) for value in record.to_dict().values())
        if record.status == "not_estimable":
            assert record.estimate is None
            assert record.reason


def test_variance_is_divided_for_every_trend_that_is_drilled_down(ask_state, shape):
    """Each measure that the chapter drills into has its shares, which add up to 100 in every year."""
    asked = ask_state(shape=shape(students=24), population="district")
    drilled = {record.measure for one in asked.find(causes.find_factors, SCHOOL) for record in one.records()}
    (found,) = asked.find(causes.find_variance, SCHOOL)
    shares = pd.DataFrame([record.to_dict() for record in found.records()])
    assert set(shares["measure"]) == drilled
    assert shares.groupby(["measure", "school_year"])["estimate"].sum().to_numpy() == pytest.approx(100.0)


@pytest.mark.parametrize("change", [_put("enrollments", teacher_id=None, classroom_id=None), lambda _: None])
def test_one_classroom_each_tells_nothing_of_classrooms(ask_state, shape, change):
    """With one classroom in each grade no classroom stands out and none is named."""
    asked = ask_state(shape=shape(classrooms=1, students=20), change=change, population="district")
    (found,) = asked.find(causes.find_stand_outs, SCHOOL)
    assert isinstance(found.records(), Sequence)
    assert not [record for record in found.records() if record.finding == "classroom_stands_out"]
    assert pd.notna(found.sentence())
