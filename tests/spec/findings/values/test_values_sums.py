"""What measures stood at: sums and shares of small tables, with standard errors written as arithmetic."""

import math

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.settings import Cause, Cut, Indicator, Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.values.across import compare_values
from mtss_analysis.findings.values.keys import ValueKey, find_kind, join_grades, make_key, name_group_key
from mtss_analysis.findings.values.reading import find_value, read_changes, read_values
from mtss_analysis.findings.values.summed import sum_up
from mtss_analysis.stats.clustered_mean import estimate_clustered_mean

YEAR, NEXT = "2024-25", "2025-26"


def list_rows(values, *, year=YEAR, window="spring", units=None, clusters=None, grades=None, school="S1"):
    """Observations of one school and time, one a student with one value."""
    n = len(values)
    return pd.DataFrame(
        {
            "district_id": "D",
            "school_id": school,
            "school_year": year,
            "window": window,
            "unit": units or [f"{school}-{at}" for at in range(n)],
            "cluster": clusters or [f"{school}{at}" for at in range(n)],
            "grade": grades or ["3"] * n,
            "num": np.asarray(values, dtype=float),
            "den": 1.0,
        }
    )


class Frames:
    """Frames by name."""

    def __init__(self, frames):
        self.frames = frames

    def frame(self, name):
        """Give a frame."""
        return self.frames[name]


def write_tables(**frames):
    """Tables of one district with a goal for each measure asked about."""
    schools = sorted(set(frames["enrollments"]["school_id"]))
    given = {
        "schools": pd.DataFrame({"school_id": schools, "school_year": NEXT, "level": "elementary"}),
        **frames,
    }
    return GivenTables({name: frame.assign(district_id="D") for name, frame in given.items()})


def ask_goal(measure, *, statistic, grade="all", group="all", window="spring"):
    """One row of the goals table."""
    return pd.DataFrame(
        {
            "goal_id": ["G"],
            "measure": measure,
            "statistic": statistic,
            "grade": grade,
            "student_group": group,
            "baseline_window": window,
        }
    )


def test_a_mean_has_the_variance_within_grades():
    """Grades apart are no noise: 1, 3 in one grade and 11, 13 in the other have squares 4, free 2, so SE sqrt(2/4)."""
    rows = list_rows([1, 3, 11, 13], grades=["3", "3", "4", "4"])
    values, changes = sum_up(rows, repeats="students")
    assert values["value"].tolist() == [7.0]
    assert values["n"].tolist() == [4]
    assert values["df"].tolist() == [2]
    assert values["std_error"].iloc[0] == pytest.approx(math.sqrt(2 / 4))
    assert changes.empty


def test_classrooms_that_differ_widen_the_standard_error():
    """Two rooms of 50, apart by a standard deviation, make the mean noisier than 100 students drawn one by one."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 1, (8, 50)) + np.tile([0.0, 1.5], 4)[:, None]
    rooms = [f"room{room}" for room in range(8) for _ in range(50)]
    grades = [str(room // 2) for room in range(8) for _ in range(50)]
    mixed = list_rows(scores.ravel(), clusters=rooms, grades=grades)
    alone = list_rows(scores.ravel(), grades=grades)
    clustered, independent = (sum_up(rows, repeats="students")[0]["std_error"].iloc[0] for rows in (mixed, alone))
    assert clustered > 3 * independent


def test_a_change_of_the_same_students_is_surer_than_one_of_others():
    """All at both times and steady: the SE is far below that of two independent samples, which others have."""
    rng = np.random.default_rng(2)
    first = rng.normal(0, 10, 200)
    second = first + 3 + rng.normal(0, 1, 200)
    same = pd.concat([list_rows(first), list_rows(second, year=NEXT)])
    other = pd.concat([list_rows(first), list_rows(second, year=NEXT, units=[f"new-{at}" for at in range(200)])])
    values, of_same = sum_up(same, repeats="students")
    _, of_other = sum_up(other, repeats="students")
    independent = math.hypot(*values["std_error"])
    assert of_other["std_error"].iloc[0] == pytest.approx(independent)
    assert of_same["std_error"].iloc[0] < 0.2 * independent
    assert of_same["change"].iloc[0] == pytest.approx(second.mean() - first.mean())
    assert of_same["from_value"].iloc[0] == pytest.approx(first.mean())


def test_half_the_students_in_common_give_half_the_covariance():
    """With r = 1 and 100 of 200 at both times, the variance of the change is 2 V (1 - 100 / 200)."""
    rng = np.random.default_rng(3)
    first = rng.normal(0, 10, 200)
    second = np.concatenate([first[:100], rng.permutation(first[:100])])
    units = [f"S1-{at}" for at in range(100)] + [f"new-{at}" for at in range(100)]
    rows = pd.concat([list_rows(first), list_rows(second, year=NEXT, units=units)])
    values, changes = sum_up(rows, repeats="students")
    both = values["std_error"] ** 2
    z = [(first - first.mean()) / first.std(ddof=1), (second - second.mean()) / second.std(ddof=1)]
    r = min(1.0, float((z[0][:100] * z[1][:100]).mean()))
    expected = both.sum() - 2 * r * 0.5 * math.sqrt(both.iloc[0] * both.iloc[1])
    assert changes["std_error"].iloc[0] ** 2 == pytest.approx(expected)


def test_lessons_are_clustered_by_teacher():
    """Lessons of a teacher are alike: value and SE are those of the mean clustered by teacher, as in other chapters."""
    rng = np.random.default_rng(4)
    teachers = [f"T{at // 5}" for at in range(60)]
    seen = rng.integers(0, 2, 60) * 100.0
    values, _ = sum_up(list_rows(seen, units=teachers, clusters=teachers, grades=[""] * 60), repeats="teachers")
    expected = estimate_clustered_mean(outcome=seen, clusters=np.array(teachers))
    assert values["value"].iloc[0] == pytest.approx(expected.estimate)
    assert values["std_error"].iloc[0] == pytest.approx(expected.std_error)
    assert values["df"].iloc[0] == expected.df
    assert values["n_clusters"].iloc[0] == 12


def test_items_of_an_instrument_are_no_sample_but_their_change_has_noise():
    """1 + 2 + 0 of 6 points are 50 percent without a standard error; the change rests on the same items."""
    items = ["1.1", "1.2", "1.3"]
    rows = pd.concat(
        [
            list_rows([100, 200, 0], units=items, clusters=items).assign(den=2.0),
            list_rows([200, 200, 100], units=items, clusters=items, year=NEXT).assign(den=2.0),
        ]
    )
    values, changes = sum_up(rows, repeats="items")
    assert values["value"].tolist() == pytest.approx([50.0, 500 / 6])
    assert values["std_error"].isna().all()
    moved = np.array([100, 0, 100]) / 6
    expected = math.sqrt(3 / 2 * ((moved - moved.mean()) ** 2).sum())
    assert changes["std_error"].iloc[0] == pytest.approx(expected)


def test_changes_are_between_the_same_windows_and_from_the_windows_of_baselines():
    """Spring to spring always; spring to the next fall only where a goal has its baseline in spring."""
    rows = pd.concat([list_rows([1, 2, 4]), list_rows([2, 3, 4], year=NEXT, window="fall")])
    assert sum_up(rows, repeats="students")[1].empty
    _, changes = sum_up(rows, repeats="students", baseline_windows={"spring"})
    assert changes[["from_window", "to_window"]].to_numpy().tolist() == [["spring", "fall"]]


def test_names_of_keys_are_read_as_plans_write_them():
    """Booleans, lists of grades and prefixes mean one thing however they are written."""
    assert name_group_key("disability=true") == name_group_key("disability=yes") == "disability=yes"
    assert name_group_key(None) == name_group_key("all") == "all"
    assert join_grades(["4", "3"]) == "3;4"
    assert join_grades([]) == join_grades(["all", "3"]) == "all"
    assert [find_kind(name) for name in ("implementation:x", "fidelity:tier1", "chronic_absence", "orf")] == [
        "implementation",
        "fidelity",
        "absence",
        "screening",
    ]
    assert make_key(measure="orf", statistic=None).statistic == "at_cut_pct"


def enroll(*, n, grades=("3",), school="S1", year=NEXT, groups=None):
    """Enrolled students, ``n`` a grade."""
    ids = [f"{school}-{grade}-{at}" for grade in grades for at in range(n)]
    frame = pd.DataFrame({"student_id": ids, "school_id": school, "school_year": year})
    frame["grade"] = [grade for grade in grades for _ in range(n)]
    frame["classroom_id"] = frame["grade"] + "A"
    frame["disability"] = groups if groups is not None else [False] * len(frame)
    return frame


def screen(enrolled, *, scores, cut=10.0, window="spring"):
    """A score of everyone enrolled."""
    return enrolled[["student_id", "school_id", "school_year"]].assign(
        measure="orf", window=window, score=np.asarray(scores, dtype=float), cut_score=cut
    )


def test_a_share_counts_students_at_or_above_their_own_cut():
    """Of 40 with scores 0 to 39 and a cut of 10, 30 are at or above it."""
    enrolled = enroll(n=40)
    tables = write_tables(
        enrollments=enrolled,
        screenings=screen(enrolled, scores=range(40)),
        goals=ask_goal("orf", statistic="at_cut_pct"),
    )
    frames = Frames(compare_values(tables, settings=Settings(indicators=())))
    asked = {"district_id": "D", "measure": "orf", "statistic": "at_cut_pct"}
    value = find_value(read_values(frames, school_id="S1", **asked), school_year=NEXT, window="spring")
    assert (value.value, value.n, value.status) == (75.0, 40, "ok")
    district = read_values(frames, school_id=None, **asked)
    assert [one.value for one in district] == [75.0]
    assert read_values(frames, school_id="S2", **asked) == ()


def test_grades_together_are_counted_together():
    """Grades 3 and 4 of three grades: 30 of 60 students at or above the cut."""
    enrolled = enroll(n=30, grades=("3", "4", "5"))
    scores = [20] * 15 + [0] * 15 + [20] * 15 + [0] * 15 + [20] * 20 + [0] * 10
    tables = write_tables(
        enrollments=enrolled,
        screenings=screen(enrolled, scores=scores),
        goals=ask_goal("orf", statistic="at_cut_pct", grade="4;3"),
    )
    frames = Frames(compare_values(tables, settings=Settings(indicators=())))
    values = read_values(
        frames, district_id="D", school_id="S1", measure="orf", statistic="at_cut_pct", grades=("3", "4")
    )
    assert [(one.value, one.n) for one in values] == [(50.0, 60)]


def test_causes_are_asked_about_without_a_plan():
    """A cause that says what shows it is measured though no goal names it."""
    enrolled = enroll(n=40)
    tables = write_tables(enrollments=enrolled, screenings=screen(enrolled, scores=range(40)))
    cause = Cause(id="late", label="late readers", level="school", shown_by="orf")
    frames = compare_values(tables, settings=Settings(indicators=(), causes=(cause,)))
    assert set(frames["values"]["statistic"]) == {"mean", "at_cut_pct"}
    assert compare_values(tables, settings=Settings(indicators=()))["values"].empty


def test_without_cut_scores_of_their_own_the_run_files_cut_counts():
    """Screenings without a cut are held against the norm's cut of their grade and year."""
    enrolled = enroll(n=40)
    tables = write_tables(
        enrollments=enrolled,
        screenings=screen(enrolled, scores=range(40)).drop(columns="cut_score"),
        goals=ask_goal("orf", statistic="at_cut_pct"),
    )
    norms = pd.DataFrame({"measure": ["orf"], "school_year": NEXT, "grade": "3", "cut": 20.0})
    levels = pd.DataFrame(
        {
            "measure": ["orf"], "level": "school", "district_id": "D", "school_id": "S1", "school_year": NEXT,
            "trend_grade": "all", "group": "all", "status": "ok", "share_kind": "exact",
        }
    )  # fmt: skip
    indicator = Indicator(
        measure="orf", window="spring", domain="reading", label="reading", unit="words", cut=Cut(score=20.0)
    )
    reader = Frames({"norms": norms, "levels": levels, "whole_levels": levels.iloc[:0]})
    frames = compare_values(tables, settings=Settings(indicators=(indicator,)), reader=reader)
    assert frames["values"].loc[frames["values"]["level"] == "school", "value"].tolist() == [50.0]
    hidden = Frames({**reader.frames, "levels": levels.assign(share_kind="withheld")})
    frames = compare_values(tables, settings=Settings(indicators=(indicator,)), reader=hidden)
    assert frames["values"].loc[frames["values"]["level"] == "school", "status"].tolist() == ["withheld"]


def test_absence_is_summed_from_the_start_of_the_year_to_the_end_of_the_window():
    """A student absent in spring alone is not yet chronically absent in fall; a year without May has no spring."""
    enrolled = enroll(n=40)
    months = ["2025-09", "2025-11", "2026-02", "2026-05"]
    rows = enrolled[["student_id", "school_id", "school_year"]].merge(pd.DataFrame({"month": months}), how="cross")
    late = rows["student_id"].isin(enrolled["student_id"].iloc[:20]) & (rows["month"] == "2026-05")
    attendance = rows.assign(days_enrolled=20.0, days_absent=np.where(late, 10.0, 0.0))
    early = attendance["student_id"].isin(enrolled["student_id"].iloc[:15]) & (attendance["month"] == "2025-09")
    attendance["days_absent"] += np.where(early, 10.0, 0.0)
    tables = write_tables(
        enrollments=enrolled, attendance=attendance, goals=ask_goal("chronic_absence", statistic="pct")
    )
    frames = Frames(compare_values(tables, settings=Settings(indicators=())))
    asked = {"district_id": "D", "school_id": "S1", "measure": "chronic_absence", "statistic": "pct"}
    values = {one.window: one.value for one in read_values(frames, **asked)}
    assert values == {"fall": 37.5, "winter": 37.5, "spring": 50.0}
    short = write_tables(
        enrollments=enrolled,
        attendance=attendance[attendance["month"] < "2026-05"],
        goals=ask_goal("chronic_absence", statistic="pct"),
    )
    frames = Frames(compare_values(short, settings=Settings(indicators=())))
    assert [one.window for one in read_values(frames, **asked)] == ["fall", "winter"]


def test_referrals_are_counted_for_100_students_and_a_day():
    """12 referrals of 12 students on 40 times 40 student days are 0.75; of 6 students they may not be printed."""
    enrolled = enroll(n=40)
    months = pd.DataFrame({"month": ["2025-09", "2026-05"]})
    attendance = enrolled[["student_id", "school_id", "school_year"]].merge(months, how="cross")
    attendance = attendance.assign(days_enrolled=20.0, days_absent=0.0)
    rates = []
    for people in (12, 6):
        who = [*enrolled["student_id"].iloc[:people]] * (12 // people)
        referrals = pd.DataFrame({"referral_id": [f"R{at}" for at in range(12)], "student_id": who, "school_id": "S1"})
        tables = write_tables(
            enrollments=enrolled,
            attendance=attendance,
            referrals=referrals.assign(date=pd.Timestamp("2026-05-04")),
            goals=ask_goal("referrals", statistic="per_100_per_day"),
        )
        frames = Frames(compare_values(tables, settings=Settings(indicators=())))
        asked = {"district_id": "D", "school_id": "S1", "measure": "referrals", "statistic": None}
        rates.append([(one.window, one.value, one.status) for one in read_values(frames, **asked)][-1])
    assert rates == [("spring", 0.75, "ok"), ("spring", None, "withheld")]


def test_changes_are_read_by_key():
    """A change is found by what it is of and whose it is."""
    enrolled = pd.concat([enroll(n=40, year=YEAR), enroll(n=40)])
    scores = [*range(40), *(score + 2 for score in range(40))]
    tables = write_tables(
        enrollments=enrolled, screenings=screen(enrolled, scores=scores), goals=ask_goal("orf", statistic="mean")
    )
    frames = Frames(compare_values(tables, settings=Settings(indicators=())))
    key = ValueKey(measure="orf", statistic="mean")
    change = read_changes(frames, key=key, district_id="D", school_id="S1")
    assert [(one.start, one.end, one.change) for one in change] == [((YEAR, "spring"), (NEXT, "spring"), 2.0)]
    assert len(read_changes(frames, key=key)) == 2
