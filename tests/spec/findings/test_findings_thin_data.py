"""Bad or thin data: every finding answers in a sentence, or says why not, and nothing is made up."""

import dataclasses
import math
import re
from collections.abc import Callable

import pandas as pd
import pytest

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import DataError
from mtss_analysis.findings.layout import Finding
from mtss_analysis.findings.page_one import write_page_one
from mtss_analysis.show import check_sentence

Tables = dict[str, pd.DataFrame]
Change = Callable[[Tables], None]
SCHOOL = "0012"
MINIMUM = get_profile("n10").minimum


def _drop(*names: str) -> Change:
    def change(tables: Tables) -> None:
        for name in names:
            tables.pop(name)

    return change


def _keep(name: str, keep: Callable[[pd.DataFrame], pd.Series]) -> Change:
    def change(tables: Tables) -> None:
        tables[name] = tables[name][keep(tables[name])]

    return change


def _put(name: str, **columns: object) -> Change:
    def change(tables: Tables) -> None:
        tables[name] = tables[name].assign(**columns)

    return change


def _put_here(name: str, **columns: object) -> Change:
    def change(tables: Tables) -> None:
        rows = tables[name]["school_id"] == SCHOOL
        for column, value in columns.items():
            tables[name].loc[rows, column] = value

    return change


def _leave_one_student(tables: Tables) -> None:
    for name in ("enrollments", "screenings", "services"):
        elsewhere = tables[name]["school_id"] != SCHOOL
        tables[name] = tables[name][elsewhere | (tables[name]["student_id"] == f"{SCHOOL}-00000")]


def _forget_most_scores(tables: Tables) -> None:
    here = tables["screenings"]["school_id"] == SCHOOL
    tables["screenings"].loc[here & (tables["screenings"].index % 3 > 0), "score"] = None


def _lower(tables: Tables) -> None:
    tables["screenings"].loc[tables["screenings"]["school_id"] == SCHOOL, "score"] -= 40


def _give_one_score_to_each_school(tables: Tables) -> None:
    school_ids = tables["screenings"]["school_id"]
    tables["screenings"]["score"] = school_ids.map({name: 90.0 + at for at, name in enumerate(school_ids.unique())})


ONE_SCHOOL = {"districts": {"D1": (SCHOOL,)}}
CHANGES: dict[str, Change] = {
    "no scores anywhere": _keep("screenings", lambda rows: rows["score"].isna()),
    "no scores in the school": _keep("screenings", lambda rows: rows["school_id"] != SCHOOL),
    "no scores in a year": _keep(
        "screenings", lambda rows: (rows["school_id"] != SCHOOL) | (rows["school_year"] != "2022-23")
    ),
    "most scores missing": _forget_most_scores,
    "nobody enrolled now": _keep("enrollments", lambda rows: rows["school_id"] != SCHOOL),
    "one student in the school": _leave_one_student,
    "everyone the same score": _put("screenings", score=0.1),
    "the same score in the school": _put_here("screenings", score=100.0),
    "the same score in each school": _give_one_score_to_each_school,
    "all below the cut": _lower,
    "an empty group": _put_here("enrollments", sex="female", english_learner="no"),
    "groups not recorded": _put("enrollments", sex=None, english_learner=None),
    "no staff, services, interventions": _drop("staff", "services", "interventions"),
    "nobody treated": _put("services", intervention_id="usual"),
    "everybody treated": _put("services", intervention_id="lessons"),
    "nobody treated in the school": _put_here("services", intervention_id="usual"),
    "nobody assigned": _put("services", assigned="no"),
    "no classrooms": _put("enrollments", classroom_id=None),
    "neither": _put("enrollments", teacher_id=None, classroom_id=None),
}
SHAPES = {
    "one year": {"years": (2023,)},
    "a year left out": {"years": (2019, 2021, 2022)},
    "one school": ONE_SCHOOL,
    "two schools": {"districts": {"D1": (SCHOOL, "0013")}},
    "one student in all": {**ONE_SCHOOL, "classrooms": 1, "students": 1},
    "one classroom each": {"classrooms": 1},
    "three students a classroom": {"students": 3},
}
ASKED = {
    "nothing declared": {"groups": (), "factors": (), "effects": ()},
    "grades followed": {"follow": "grade"},
}


def _check(findings: list[Finding]) -> None:
    """Check what every finding must keep to; a chapter's cross-references must point at something shown."""
    shown: set[str] = set()
    texts: list[str] = []
    for finding in findings:
        figure, table = finding.figure(), finding.table()
        texts += [finding.sentence(), *finding.caveats(), *([finding.answer()] if finding.answer() else [])]
        texts += [str(note["sentence"]) for note in finding.notes()]
        if figure is not None:
            shown.add(f"fig-{figure.name}")
            texts += [figure.caption, figure.alt]
            assert figure.png.startswith(b"\x89PNG")
        if table is not None:
            shown.add(f"tbl-{table.name}")
            texts.append(table.caption)
            assert not re.search(r"\b(nan|inf|None|<NA>)\b", table.to_csv())
        for record in finding.records():
            assert not any(isinstance(value, float) and math.isnan(value) for value in record.to_dict().values())
            assert record.n is None or record.n >= MINIMUM, record
    assert [(text, found) for text in texts if (found := check_sentence(text))] == []
    assert {name for text in texts for name in re.findall(r"@((?:fig|tbl)-[a-z0-9-]+)", text)} <= shown
    write_page_one([note for finding in findings for note in finding.notes()])


@pytest.mark.parametrize("name", CHANGES)
def test_every_finding_copes_with_thin_tables(ask_state, name):
    """Whatever is missing from the tables, sentences keep to the rules and no number rests on too few."""
    _check(ask_state(change=CHANGES[name]).find_all(SCHOOL))


@pytest.mark.parametrize("name", SHAPES)
def test_every_finding_copes_with_few_years_schools_or_students(ask_state, shape, name):
    """However small the state, sentences keep to the rules and no number rests on too few."""
    _check(ask_state(shape=shape(**SHAPES[name])).find_all(SCHOOL))


@pytest.mark.parametrize("name", ASKED)
def test_every_finding_copes_with_what_is_asked(ask_state, name):
    """Whatever the run file leaves out, sentences keep to the rules."""
    _check(ask_state(**ASKED[name]).find_all(SCHOOL))


def test_an_indicator_without_a_cut_has_no_share_below_it(ask_state, everything):
    """Without a cut there is no finding on it and no trend of it; all else is answered."""
    indicators = tuple(dataclasses.replace(one, cut=None) for one in everything.indicators)
    findings = ask_state(indicators=indicators).find_all(SCHOOL)
    _check(findings)
    assert not [finding for finding in findings if type(finding).__name__ == "BelowFinding"]
    records = [record for finding in findings for record in finding.records()]
    assert not [one for one in records if "below" in (one.unit or "") or one.finding == "share_below_cut"]


def test_a_student_without_a_grade_is_refused_where_it_can_be_mended(ask_state):
    """An enrolment without a grade is no silent gap: the reader of the table names the file and the column."""
    with pytest.raises(DataError, match="grade"):
        ask_state(change=_put_here("enrollments", grade=None)).find_all(SCHOOL)
