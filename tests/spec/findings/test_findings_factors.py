"""The search over factors: what it searches, what it may print, and what it says where nothing is named."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.root_causes.chapter import find_change, find_factors, find_needed, find_state_factors
from mtss_analysis.findings.root_causes.factor_words import name_combination
from mtss_analysis.findings.root_causes.target import choose_targets
from mtss_analysis.findings.settings import Factor

SEX = Factor(id="sex", label="sex", table="enrollments", column="sex", level="student")
LANGUAGE = Factor(
    id="language",
    label="language",
    table="enrollments",
    column="english_learner",
    level="student",
    value_labels={"yes": "English learners"},
)
GRADE = Factor(id="grade", label="the grade", table="enrollments", column="grade", level="student")
ROOM = Factor(id="room", label="the classroom", table="enrollments", column="classroom_id", level="classroom")
DEGREE = Factor(id="degree", label="the teacher's degree", table="staff", column="degree", level="classroom")
YEARS = Factor(
    id="years",
    label="the teacher's years of experience",
    table="staff",
    column="years_experience",
    level="classroom",
    bands=(0, 4),
    unit="years",
)
ABSENT = Factor(
    id="absent", label="days absent", table="attendance", column="absent_pct", level="student", bands=(0, 10)
)
MINUTES = Factor(
    id="minutes", label="minutes delivered", table="services", column="delivered_pct", level="student", bands=(0, 80)
)


def _raise_boys(by):
    def change(tables):
        boys = tables["enrollments"].loc[tables["enrollments"]["sex"] == "male", "student_id"]
        scores = tables["screenings"]
        tables["screenings"] = scores.assign(score=scores["score"] + by * scores["student_id"].isin(boys))

    return change


def _give_degrees(tables):
    odd = tables["staff"]["staff_id"].str.slice(-1).isin(list("13579"))
    tables["staff"] = tables["staff"].assign(degree=np.where(odd, "master", "bachelor"))


@pytest.fixture
def big(shape):
    """Twelve classrooms a school, so that degrees have teachers enough."""
    return shape(classrooms=12)


def _find(asked, ask=find_factors):
    return asked.find(ask, "0012")


def test_a_factor_whose_table_is_absent_says_so(ask_state):
    """No attendance, and services without minutes: both say so, and the list of needs names the table."""
    asked = ask_state(factors=(ABSENT, MINUTES, SEX))
    (found,) = _find(asked)
    reasons = {one.factor.id: one.reason for one in found.results}
    assert reasons["absent"] == "the district gave no data in the table attendance"
    assert reasons["minutes"] == "it is not recorded"
    assert any("no data in the table attendance" in caveat for caveat in found.caveats())
    (needed,) = _find(asked, find_needed)
    assert any(row[0].startswith("The table attendance") for row in needed.table().rows)


def test_nothing_named_lists_what_was_searched_and_draws_nothing(ask_state, big):
    """Among groups that do nothing, the sentence names the factors searched; there is a table and no picture."""
    (found,) = _find(ask_state(factors=(SEX, LANGUAGE, DEGREE), shape=big, change=_give_degrees))
    assert "Searched were sex, language or the teacher's degree" in found.sentence()
    assert "@fig-" not in found.sentence()
    assert found.figure() is None
    assert len(found.table().rows) == 3
    assert found.notes() == ()


def test_a_named_split_is_drawn_with_its_students(ask_state, big):
    """Boys two spreads above girls are named, drawn with how many they are, and said without cause."""
    (found,) = _find(ask_state(factors=(SEX, LANGUAGE), shape=big, change=_raise_boys(20)))
    sex = found.results[0]
    assert sex.stands_apart(rate=0.05)
    assert found.drill.trees["level"].first is sex
    figure = found.figure()
    assert "male" in figure.alt
    assert "(60 students)" in figure.alt
    assert "Sex goes with standing" in found.sentence()
    lead = {one.category: one.deviation.estimate for one in sex.categories()}
    assert lead["male"] > 0.5 > -0.5 > lead["female"]


def test_no_number_points_to_a_classroom_or_to_few_teachers(ask_state, big):
    """Classrooms are tested without a category; a band with two teachers is not compared."""

    def two_novices(tables):
        staff = tables["staff"]
        novices = staff["staff_id"].isin([f"{school}T{room}" for school in ("0012", "0013") for room in (0, 1)])
        tables["staff"] = staff.assign(years_experience=np.where(novices, 1.0, 9.0))

    (found,) = _find(ask_state(factors=(ROOM, YEARS), shape=big, change=two_novices))
    room, years = found.results
    assert room.split.level_test is not None
    assert room.categories() == ()
    assert years.reason == "too few students or teachers are in all categories but one"
    assert not [record for record in found.records() if record.group and record.group.startswith(("room=", "years="))]


def test_grades_are_compared_within_years(ask_state, shape):
    """Where a trend stays in its grade, the grade itself is a factor and is compared with the school's other grades."""

    def spread_grades(tables):
        room = tables["enrollments"]["classroom_id"].str.slice(1).astype(int)
        tables["enrollments"]["grade"] = (room % 2 + 1).astype(str)
        second = tables["enrollments"].loc[
            (room % 2 == 1) & (tables["enrollments"]["school_id"] == "0012"), "student_id"
        ]
        scores = tables["screenings"]
        tables["screenings"] = scores.assign(score=scores["score"] + 25 * scores["student_id"].isin(set(second)))

    asked = ask_state(factors=(GRADE, SEX), shape=shape(classrooms=12), change=spread_grades, follow="grade")
    grade = _find(asked)[0].results[0]
    lead = {one.category: one.deviation.estimate for one in grade.categories()}
    assert lead["2"] > 0 > lead["1"]
    assert grade.split.level_test is not None


def test_one_search_over_both_trends(ask_state, math, everything):
    """With two measures there are two trends, from one search whose tests are counted together."""
    asked = ask_state(indicators=(*everything.indicators, math), factors=(SEX, LANGUAGE))
    found = _find(asked)
    assert [one.target.sign for one in found] == [-1, 1]
    assert {one.target.indicator.measure for one in found} == {"orf", "cbm"}
    assert found[0].drill.n_searched == found[1].drill.n_searched
    p_values = [
        test.p_value
        for one in found
        for result in one.results
        for test in (result.split.level_test, result.split.trend_test)
        if test
    ]
    mixes = [
        one.change.change.mix.p_value
        for each in found
        for one in each.results
        if one.change.change and one.change.change.mix.std_error > 0
    ]
    beneath = [
        p_value
        for one in found
        for result in one.results
        for seconds in result.seconds.values()
        for second in seconds
        for p_value in (second.split.added_p, second.split.together_p)
        if p_value is not None
    ]
    assert found[0].drill.n_searched == len(p_values) + len(mixes) + len(beneath)
    names = {table.name for one in (*found, *_find(asked, find_change)) if (table := one.table())}
    assert len(names) == 4
    assert len(_find(asked, find_state_factors)) == 2


def test_a_measure_asked_for_is_the_only_trend(ask_state, math, everything):
    """Asked for one measure, one trend is drilled down."""
    asked = ask_state(indicators=(*everything.indicators, math), factors=(SEX,))
    targets = choose_targets(**asked.of("0012"), measure="cbm")
    assert [target.indicator.measure for target in targets] == ["cbm"]
    assert targets[0].reason == "as asked"


def test_a_table_without_rows_is_not_recorded(ask_state):
    """Staff without a single degree: the factor is not recorded, and is needed."""

    def forget(tables):
        tables["staff"] = tables["staff"].assign(degree=pd.NA)

    asked = ask_state(factors=(DEGREE, SEX), change=forget)
    (found,) = _find(asked)
    assert found.results[0].reason == "it is not recorded"
    (needed,) = _find(asked, find_needed)
    assert any("degree" in row[0] and "not recorded" in row[1] for row in needed.table().rows)


def test_combinations_are_named_in_words():
    """Grade and teacher stand in the sentence, anything else in brackets."""
    both = name_combination(GRADE, "3", YEARS, "0–3")
    assert both == "third-graders taught by teachers with 0–3 years"
    assert name_combination(LANGUAGE, "yes", GRADE, "K") == "kindergartners (language: English learners)"
    assert name_combination(SEX, "male", LANGUAGE, "yes") == "students (sex: male; language: English learners)"
