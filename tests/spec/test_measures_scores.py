"""Scores stand beside the right enrolment, and standing is arithmetic on the state's scores."""

import math

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.measures import add_standing, join_scores, summarise_norms


def _enrol(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["student_id", "school_id", "school_year"])


def _screen(*rows: tuple[str, str, str, str, float | None], **more: list[str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["student_id", "school_year", "window", "measure", "score"])
    return frame.assign(**more)


def _score_of(joined: pd.DataFrame, student: str, school: str) -> float:
    return float(joined.loc[(joined["student_id"] == student) & (joined["school_id"] == school), "score"].iloc[0])


def test_only_the_measure_and_window_asked_for_is_joined():
    """Of a student's fall, spring and other measures' scores, one is taken; a student without it is not screened."""
    screenings = _screen(
        ("0012", "2024-25", "fall", "orf", 40),
        ("0012", "2024-25", "spring", "orf", 55),
        ("0012", "2024-25", "spring", "cbm", 9),
        ("12", "2023-24", "spring", "orf", 70),
    )
    enrollments = _enrol(("0012", "A", "2024-25"), ("12", "A", "2024-25"))
    joined = join_scores(enrollments=enrollments, screenings=screenings, measure="orf", window="spring")
    assert joined["student_id"].tolist() == ["0012", "12"]
    assert joined["score"].iloc[0] == 55
    assert math.isnan(joined["score"].iloc[1])


def test_a_mover_counts_where_the_test_was_taken():
    """A student enrolled in two schools in one year has the score at the school that tested, and none at the other."""
    enrollments = _enrol(("7", "0012", "2024-25"), ("7", "12", "2024-25"))
    screenings = _screen(("7", "2024-25", "spring", "orf", 61), school_id=["12"])
    joined = join_scores(enrollments=enrollments, screenings=screenings, measure="orf", window="spring")
    assert math.isnan(_score_of(joined, "7", "0012"))
    assert _score_of(joined, "7", "12") == 61


@pytest.mark.parametrize("more", [{}, {"school_id": [None]}])
def test_without_a_school_the_score_stands_at_each_enrolment(more):
    """Where screenings name no school, the score stands beside every enrolment of that year and of no other."""
    enrollments = _enrol(("7", "A", "2024-25"), ("7", "B", "2024-25"), ("7", "A", "2023-24"))
    screenings = _screen(("7", "2024-25", "spring", "orf", 61), **more)
    joined = join_scores(enrollments=enrollments, screenings=screenings, measure="orf", window="spring")
    assert joined["school_year"].tolist() == ["2023-24", "2024-25", "2024-25"]
    assert joined["score"].isna().tolist() == [True, False, False]


def test_no_enrolment_is_lost_or_doubled():
    """A screening that stands twice in the table gives no second row, and one without enrolment gives none."""
    screenings = _screen(
        ("1", "2024-25", "spring", "orf", 10),
        ("1", "2024-25", "spring", "orf", 12),
        ("9", "2024-25", "spring", "orf", 1),
    )
    joined = join_scores(
        enrollments=_enrol(("1", "A", "2024-25"), ("2", "A", "2024-25")),
        screenings=screenings,
        measure="orf",
        window="spring",
    )
    assert joined["student_id"].tolist() == ["1", "2"]
    assert joined["score"].iloc[0] == 10


SCORES = pd.DataFrame(
    {
        "school_year": ["2023-24"] * 4 + ["2024-25"] * 3,
        "grade": ["3", "3", "3", "3", "3", "3", "4"],
        "score": [10.0, 20.0, 30.0, np.nan, 40.0, 60.0, 5.0],
    }
)


def _norm(norms: pd.DataFrame, year: str, grade: str) -> pd.Series:
    return norms[(norms["school_year"] == year) & (norms["grade"] == grade)].iloc[0]


def test_norms_of_a_cohort_are_of_one_year_and_grade():
    """Following a cohort, mean, spread and percentile cut are those of one year and grade, without the unscored."""
    norms = summarise_norms(scores=SCORES, follow="cohort", cut_score=None, cut_percentile=25)
    third = _norm(norms, "2023-24", "3")
    assert (third["n"], third["mean"], third["sd"]) == (3, (10 + 20 + 30) / 3, math.sqrt((100 + 0 + 100) / 2))
    assert third["cut"] == 10 + 0.25 * 2 * 10
    later = _norm(norms, "2024-25", "3")
    assert (later["n"], later["mean"], later["cut"]) == (2, 50, 40 + 0.25 * 20)


def test_norms_of_a_grade_are_of_all_years():
    """Following a grade, every year of it has the same norm, so that a state that improves is seen to improve."""
    norms = summarise_norms(scores=SCORES, follow="grade", cut_score=None, cut_percentile=50)
    years = norms[norms["grade"] == "3"]
    assert years["school_year"].tolist() == ["2023-24", "2024-25"]
    assert years["mean"].tolist() == [(10 + 20 + 30 + 40 + 60) / 5] * 2
    assert years["cut"].tolist() == [30, 30]


def test_one_score_has_a_mean_and_no_spread():
    """A grade with a single score has no standard deviation, and standing there is missing, not zero."""
    norms = summarise_norms(scores=SCORES, follow="cohort", cut_score=7.0, cut_percentile=None)
    alone = _norm(norms, "2024-25", "4")
    assert (alone["n"], alone["mean"], alone["cut"]) == (1, 5, 7)
    assert math.isnan(alone["sd"])
    placed = add_standing(scores=SCORES, norms=norms)
    assert math.isnan(placed["standing"].iloc[-1])
    assert placed["below_cut"].iloc[-1] == 100


def test_standing_and_share_below_the_cut():
    """Standing is (score - mean) / sd; a score at the cut is not below it; no score is neither below nor above."""
    norms = summarise_norms(scores=SCORES, follow="cohort", cut_score=20.0, cut_percentile=None)
    placed = add_standing(scores=SCORES, norms=norms)
    assert placed["standing"].iloc[:3].tolist() == [(10 - 20) / 10, (20 - 20) / 10, (30 - 20) / 10]
    assert placed["below_cut"].iloc[:3].tolist() == [100, 0, 0]
    assert placed.iloc[3][["standing", "below_cut"]].isna().all()
    assert "cut" not in placed


def test_without_a_cut_nobody_is_below_it():
    """Where no cut is asked for, the share below it is missing for everybody."""
    norms = summarise_norms(scores=SCORES, follow="cohort", cut_score=None, cut_percentile=None)
    assert add_standing(scores=SCORES, norms=norms)["below_cut"].isna().all()


@pytest.mark.parametrize("score", [0.1, 100.0, 1e6 / 3])
def test_scores_that_are_all_alike_have_no_standing(score):
    """Where everybody has the same score, rounding leaves no standing behind, finite or not."""
    scores = pd.DataFrame({"school_year": "2024-25", "grade": "3", "score": [score] * 7})
    norms = summarise_norms(scores=scores, follow="cohort", cut_score=None, cut_percentile=25)
    assert add_standing(scores=scores, norms=norms)["standing"].isna().all()


def test_a_missing_grade_has_no_norm():
    """A score whose grade is not known is in no norm and has no standing; it is not dropped."""
    scores = pd.DataFrame({"school_year": "2024-25", "grade": ["3", "3", None], "score": [1.0, 3.0, 50.0]})
    norms = summarise_norms(scores=scores, follow="grade", cut_score=None, cut_percentile=None)
    assert norms["mean"].tolist() == [(1 + 3) / 2]
    placed = add_standing(scores=scores, norms=norms)
    assert len(placed) == 3
    assert math.isnan(placed["standing"].iloc[2])
