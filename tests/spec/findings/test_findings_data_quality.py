"""What is wrong with a school's sources is said in a sentence, left out where it must be, and gives nobody away."""

import pandas as pd
import pytest

from mtss_analysis.findings.data_quality.chapter import (
    find_completeness,
    find_coverage,
    find_freshness,
    find_plausibility,
    find_usable_sources,
)
from mtss_analysis.findings.data_quality.fault import Fault, frame_faults, read_faults
from mtss_analysis.findings.data_quality.sources import UsableSources
from mtss_analysis.findings.data_quality.wording import name_day, name_months, say_fault
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import QualityLimits, Settings
from mtss_analysis.measures.months import count_events, summarise_attendance
from mtss_analysis.measures.screened import count_screened
from mtss_analysis.show import check_sentence

SCHOOL = "0012"
SETTINGS = Settings(indicators=())
PLACE = {"district_id": "D1", "school_id": SCHOOL}
FAULTS = (
    Fault(**PLACE, source="staff", aspect="coverage", check="no_rows", school_year="2024-25"),
    Fault(**PLACE, source="surveys", aspect="freshness", check="stale", school_year="2024-25", last="2022-23"),
    Fault(**PLACE, source="referrals", aspect="freshness", check="stale", last="2025-01-31", left_out=False),
    Fault(
        **PLACE,
        source="attendance",
        aspect="completeness",
        check="months_missing",
        school_year="2024-25",
        items="2024-11,2024-12",
    ),
    Fault(
        **PLACE, source="calendar", aspect="completeness", check="weeks_missing", school_year="2024-25",
        first="2025-03-03", items="2025-03-03",
    ),
    Fault(
        **PLACE, source="staff", aspect="completeness", check="mostly_empty", school_year="2024-25", column="fte"
    ),
    Fault(
        **PLACE, source="referrals", aspect="plausibility", check="silent", school_year="2024-25",
        items="2025-01,2025-02,2025-03,2025-04,2025-05",
    ),
    Fault(
        **PLACE, source="attendance", aspect="plausibility", check="nobody_absent", school_year="2023-24",
        items="2024-03",
    ),
    Fault(
        **PLACE, source="attendance", aspect="plausibility", check="identical", school_year="2023-24", items="2024-03"
    ),
    Fault(**PLACE, source="attendance", aspect="plausibility", check="copied", school_year="2022-23", items="2023-03"),
    Fault(
        **PLACE, source="screenings", aspect="plausibility", check="heaped", school_year="2024-25", measure="orf",
        window="fall", grade="3", q_value=1e-9,
    ),
)  # fmt: skip


def _sources(*faults: Fault, absent: tuple[str, ...] = ()) -> UsableSources:
    school = School(district_id="D1", school_id=SCHOOL, school_name="Oak", district_name="District")
    said = tuple((fault, say_fault(fault, settings=SETTINGS)) for fault in faults)
    return UsableSources(school=school, settings=SETTINGS, absent=absent, faults=said)


def _forget_half_a_grade(tables):
    rows = tables["screenings"]
    here = (rows["school_id"] == SCHOOL) & (rows["school_year"] == "2022-23") & (rows["measure"] == "orf")
    tables["screenings"] = rows[~(here & (rows["student_id"].str[-1].astype(int) % 2 == 0))]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.check)
def test_every_fault_is_said_in_a_sentence_that_keeps_to_the_rules(fault):
    """Each kind of fault has a sentence without a count of students."""
    sentence = say_fault(fault, settings=SETTINGS)
    assert sentence is not None
    assert check_sentence(sentence) == []


def test_faults_survive_being_written_and_read():
    """What a run writes to its comparison is read back as it was, whatever is missing."""
    frame = frame_faults(FAULTS)
    assert set(read_faults(frame)) == set(FAULTS)
    assert frame_faults(()).empty
    assert list(frame_faults(()).dtypes) == list(frame.dtypes)


def test_a_half_screened_grade_is_named_and_left_out(ask_state):
    """A screener given to half a grade: named with its share, left out for that grade, year and window alone."""
    asked = ask_state(change=_forget_half_a_grade, groups=())
    (found,) = asked.find(find_coverage, SCHOOL)
    assert "In spring 2023, 50 of every 100 enrolled second-graders have a score in reading." in found.sentence()
    assert check_sentence(found.sentence()) == []
    assert [record.reason for record in found.records() if record.finding == "source_few_screened"]
    sources = find_usable_sources(**asked.of(SCHOOL))
    part = {"measure": "orf", "window": "spring", "grade": "2"}
    assert sources.why_not("screenings", school_year="2022-23", **part) is not None
    assert sources.why_not("screenings", school_year="2021-22", **part) is None
    assert sources.why_not("screenings", school_year="2022-23", **{**part, "measure": "cbm"}) is None
    rows = pd.DataFrame({"school_year": ["2022-23", "2022-23", "2021-22"], "grade": ["2", "1", "2"]})
    kept = sources.keep(rows, source="screenings", measure="orf", window="spring")
    assert kept["grade"].tolist() == ["1", "2"]
    assert all(record.status == "not_estimable" and record.n is None for record in sources.records("coverage"))


def test_a_grade_too_small_to_print_is_left_out_without_its_share(ask_state, shape):
    """Half of twelve students: the share is withheld in every sentence, table and record, but still left out."""
    asked = ask_state(
        shape=shape(classrooms=1, students=12),
        change=_forget_half_a_grade,
        quality=QualityLimits(false_alarm_rate=0.5),
        groups=(),
    )
    sources = find_usable_sources(**asked.of(SCHOOL))
    part = {"school_year": "2022-23", "measure": "orf", "window": "spring", "grade": "2"}
    reason = sources.why_not("screenings", **part)
    assert reason is not None
    assert "50" not in reason
    assert sources.records("coverage") == ()
    assert all(record.status == "withheld" for one in asked.find(find_coverage, SCHOOL) for record in one.records())


def test_nothing_is_said_where_nothing_is_wrong(ask_state):
    """In a state without faults there is no finding on completeness and plausibility, and no opening sentence."""
    asked = ask_state()
    assert asked.find(find_completeness, SCHOOL) == asked.find(find_plausibility, SCHOOL) == []
    for ask in (find_coverage, find_freshness):
        (found,) = asked.find(ask, SCHOOL)
        assert found.answer() == ""
        assert not [record for record in found.records() if record.finding.startswith("source_")]


def test_a_column_left_empty_by_one_school_is_named(ask_state):
    """Empty in one school while others fill it: a fault. Empty in the whole district: not given, which is none."""

    def forget(tables):
        rows = tables["enrollments"]
        tables["enrollments"] = rows.assign(sex=rows["sex"].mask(rows["school_id"] == SCHOOL), english_learner=None)

    asked = ask_state(change=forget)
    (found,) = asked.find(find_completeness, SCHOOL)
    assert [record.group for record in found.records()] == ["enrollments sex"]
    assert "of sex in enrollments are filled." in found.sentence()
    assert asked.find(find_completeness, "0013") == []
    assert find_usable_sources(**asked.of(SCHOOL)).why_not("enrollments", school_year="2023-24", column="sex")


def test_a_source_that_is_absent_or_wrong_is_left_out_with_the_reason():
    """A table that is not there, a year, a column and a month each have their reason; what is not asked has none."""
    sources = _sources(*FAULTS, absent=("progress",))
    assert sources.why_not("progress") == "The district gave no data in the table progress."
    assert sources.why_not("referrals") is None
    assert "hardly any referrals" in str(sources.why_not("referrals", school_year="2024-25"))
    assert sources.why_not("referrals", school_year="2023-24") is None
    assert sources.why_not("staff", school_year="2023-24") is None
    assert sources.why_not("attendance", school_year="2024-25") is not None  # two months are missing
    assert sources.why_not("attendance", school_year="2023-24") is None  # one month is wrong
    assert sources.why_not("attendance", school_year="2023-24", month="2024-03") is not None
    rows = pd.DataFrame({"school_year": ["2024-25", "2023-24", "2023-24"], "month": ["2025-01", "2024-03", "2024-04"]})
    assert sources.keep(rows, source="attendance")["month"].tolist() == ["2024-04"]
    days = pd.DataFrame({"date": pd.to_datetime(["2024-05-01", "2024-10-01", None])})
    assert sources.keep(days, source="referrals").index.tolist() == [0, 2]


def test_months_and_days_are_named():
    """Few months are listed, many are counted with their ends."""
    assert name_months("2025-01,2025-02") == "January 2025 and February 2025"
    assert name_months("2024-08,2024-09,2024-10,2024-11,2024-12") == "5 months between August 2024 and December 2024"
    assert name_day("2025-03-03") == "March 3, 2025"


def test_enrolled_students_without_a_score_count_as_not_screened():
    """Three enrolled, one without a row, one with an empty score: one of three is screened; doubles count once."""
    year = {"district_id": "D1", "school_id": SCHOOL, "school_year": "2024-25"}
    enrollments = pd.DataFrame([{**year, "student_id": student, "grade": "3"} for student in "abc"])
    rows = [("a", 5.0), ("a", 6.0), ("b", None), ("z", 7.0)]
    screenings = pd.DataFrame(
        [{**year, "student_id": student, "measure": "orf", "window": "fall", "score": score} for student, score in rows]
    )
    (cell,) = count_screened(enrollments=enrollments, screenings=screenings).to_dict("records")
    assert (cell["n_enrolled"], cell["n_screened"]) == (3, 1)


def test_who_left_before_the_window_was_not_to_be_screened():
    """Of four enrolled, one left before the day of the tests and one came after: two were to be screened."""
    year = {"district_id": "D1", "school_id": SCHOOL, "school_year": "2024-25"}
    enrollments = pd.DataFrame([{**year, "student_id": student, "grade": "3"} for student in "abcd"]).assign(
        entry_date=pd.to_datetime([None, None, None, "2025-05-02"]),
        exit_date=pd.to_datetime([None, "2025-05-30", "2025-04-30", None]),
    )
    test = {"measure": "orf", "window": "spring", "score": 5.0, "date": pd.Timestamp("2025-05-01")}
    screenings = pd.DataFrame([{**year, **test, "student_id": "a"}])
    (cell,) = count_screened(enrollments=enrollments, screenings=screenings).to_dict("records")
    assert (cell["n_enrolled"], cell["n_present"], cell["n_screened"]) == (4, 2, 1)


def test_months_are_counted():
    """Events by school and month; attendance by students, those absent, and those whose days repeat."""
    events = pd.DataFrame({**PLACE, "date": pd.to_datetime(["2025-01-02", "2025-01-30", "2025-02-01", None])})
    assert count_events(events)["n"].tolist() == [2, 1]
    rows = [("a", "2024-12", 1.0), ("a", "2025-01", 1.0), ("b", "2024-12", 0.0), ("b", "2025-01", 2.0)]
    attendance = pd.DataFrame(
        [
            {**PLACE, "school_year": "2024-25", "student_id": s, "month": m, "days_enrolled": 18.0, "days_absent": d}
            for s, m, d in rows
        ]
    )
    december, january = summarise_attendance(attendance).to_dict("records")
    assert (december["n"], december["n_absent"], december["n_both"]) == (2, 1, 0)
    assert (january["n_absent"], january["n_values"], january["n_both"], january["n_changed"]) == (2, 2, 2, 1)
