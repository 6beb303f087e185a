"""The whole chapter on trends on thin data, grades followed: a sentence that says so, no wrong number, no traceback."""

from collections.abc import Sequence

import pytest

from mtss_analysis.findings.climate.chapter import find_climate
from mtss_analysis.findings.page_one import write_page_one
from mtss_analysis.findings.tiers import chapter as tiers
from mtss_analysis.findings.trends import chapter as trends
from mtss_analysis.show import check_sentence

SCHOOL = "0012"
CHAPTER = (
    tiers.find_tier_shares, tiers.find_grade_support, tiers.find_tier_moves, tiers.find_tier_exits,
    tiers.find_tier_times, tiers.find_tier_growth, trends.find_levels, trends.find_below_cut, trends.find_gaps,
    trends.find_steady_gaps, trends.find_growth, find_climate, trends.find_trends, trends.find_mix,
    trends.find_connections,
)  # fmt: skip


def _let_rooms_be_grades(tables):
    enrollments = tables["enrollments"]
    room = enrollments["classroom_id"].str.slice(1).astype(int)
    tables["enrollments"] = enrollments.assign(grade=(room + 1).astype(str))


def _keep_one_year(tables):
    for name in ("schools", "enrollments", "screenings"):
        tables[name] = tables[name][tables[name]["school_year"] == "2023-24"]


def _keep_one_student(tables):
    for name in ("enrollments", "screenings"):
        rows = tables[name]
        tables[name] = rows[(rows["school_id"] != SCHOOL) | (rows["student_id"] == f"{SCHOOL}-00000")]


def _drop_a_grade(tables):
    enrollments = tables["enrollments"]
    gone = (enrollments["school_id"] == SCHOOL) & (enrollments["grade"] == "2") & (enrollments["school_year"] > "2021")
    later = gone & (enrollments["school_year"] == "2023-24")
    tables["enrollments"] = enrollments[~later]


def _put_all_at_the_ceiling(tables):
    tables["screenings"] = tables["screenings"].assign(score=200.0)


def _empty_a_group(tables):
    tables["enrollments"] = tables["enrollments"].assign(english_learner="no")


def _drop_the_domain(tables):
    rows = tables["screenings"]
    tables["screenings"] = rows[rows["measure"] != "orf"]


THIN = {
    "one window only": lambda _: None,
    "one year only": _keep_one_year,
    "one student": _keep_one_student,
    "a grade that vanished": _drop_a_grade,
    "everyone at the ceiling": _put_all_at_the_ceiling,
    "an empty group": _empty_a_group,
    "a domain without scores": _drop_the_domain,
}


@pytest.fixture(params=list(THIN))
def chapter(request, ask_state, shape):
    """All findings of the chapter on one kind of thin data."""

    def change(tables):
        _let_rooms_be_grades(tables)
        THIN[request.param](tables)

    asked = ask_state(shape=shape(students=24), change=change, follow="grade", population="district")
    found = [one for find in CHAPTER for one in asked.find(find, SCHOOL)]
    return request.param, found


def test_every_finding_of_the_chapter_speaks_and_holds_nothing_made_up(chapter):
    """Each finding has a heading and a sentence, records that are whole, and tables whose rows fit their columns."""
    name, found = chapter
    assert len(found) >= 8
    for finding in found:
        assert finding.heading()
        assert finding.sentence()
        assert check_sentence(finding.sentence()) == [], (name, finding.sentence())
        assert isinstance(finding.caveats(), Sequence)
        table = finding.table()
        assert table is None or table.columns
        finding.figure()
        for record in finding.records():
            assert record.status != "withheld" or record.estimate is None
            assert (
                record.status == "ok"
                or record.verdict in (None, "cannot tell", "used with care", "left out")
                or (record.estimate is None)
            )
    notes = [note for finding in found for note in finding.notes()]
    assert not any(note["kind"] in ("well", "attention") and "trend" in str(note.get("topic")) for note in notes)
    write_page_one(notes)


def test_thin_data_name_no_trend(chapter):
    """One year, one student or one score for all name nothing promising and nothing concerning."""
    name, found = chapter
    (listed,) = (finding for finding in found if finding.heading().startswith("Most promising"))
    verdicts = {record.verdict for record in listed.records()}
    if name in ("one year only", "one student", "everyone at the ceiling", "a domain without scores"):
        assert verdicts <= {None, "cannot tell"}
        assert any(said in listed.sentence() for said in ("cannot", "Not one can be told apart from noise"))


def test_a_grade_that_vanished_keeps_the_years_it_had(ask_state, shape):
    """Of a grade that is gone in the latest year, earlier years are in the file and no number stands for the latest."""

    def change(tables):
        _let_rooms_be_grades(tables)
        _drop_a_grade(tables)

    asked = ask_state(shape=shape(students=24), change=change, follow="grade", population="district")
    (levels,) = asked.find(trends.find_levels, SCHOOL)
    rows = [row[0] for row in levels.table().rows]
    assert "2022–23, grade 2" in rows
    assert "2023–24, grade 2" not in rows
