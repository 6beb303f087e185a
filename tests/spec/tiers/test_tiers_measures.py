"""Who is in which tier on which day: small tables with the expected value written beside them."""

import pandas as pd
import pytest

from mtss_analysis.measures.support import list_support_episodes
from mtss_analysis.measures.tiers import count_tiers, find_window_dates, list_moves, place_students

PLACE = {"district_id": "D1", "school_id": "S1"}


def frame(*rows, columns, dates=()):
    """Make a frame with its dates read."""
    made = pd.DataFrame(list(rows), columns=columns)
    for column in dates:
        made[column] = pd.to_datetime(made[column]).astype("datetime64[us]")
    return made


def enroll(*students, grade="3", entry=None, leaving=None):
    """Enroll students at one school."""
    made = pd.DataFrame({"student_id": list(students), "school_year": "2024-25", "grade": grade, **PLACE})
    made["entry_date"] = pd.to_datetime(pd.Series([entry] * len(made))).astype("datetime64[us]")
    made["exit_date"] = pd.to_datetime(pd.Series([leaving] * len(made))).astype("datetime64[us]")
    return made


def screen(*rows):
    """Screen students: (student, domain), in fall."""
    made = pd.DataFrame(list(rows), columns=["student_id", "domain"])
    return made.assign(school_year="2024-25", window="fall", score=1.0, date=pd.Timestamp("2024-09-20"), **PLACE)


def spells(*rows):
    """Write spells: (student, domain, start, end, tier)."""
    columns = ["student_id", "domain", "start_date", "end_date", "tier"]
    return frame(*rows, columns=columns, dates=("start_date", "end_date")).assign(**PLACE)


def place(*, enrollments, screenings, tiers, day="2024-10-04", domains=("reading", "math")):
    """Place students on a day of fall."""
    dates = pd.DataFrame([{**PLACE, "school_year": "2024-25", "window": "fall", "date": pd.Timestamp(day)}])
    placed = place_students(enrollments=enrollments, tiers=tiers, screenings=screenings, dates=dates, domains=domains)
    return placed.set_index("student_id")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-10-04", None, "2"),
        ("2024-10-05", None, "not_screened"),
        ("2024-09-01", "2024-10-04", "2"),
        ("2024-09-01", "2024-10-03", "not_screened"),
    ],
)
def test_a_spell_counts_on_its_first_and_last_day(start, end, expected):
    """A spell that begins or ends on the day of the window is in force; a day off, it is not."""
    placed = place(
        enrollments=enroll("A", "B"),
        screenings=screen(("B", "reading")),
        tiers=spells(("A", "reading", start, end, "2"), ("B", "reading", "2024-09-01", None, "1")),
    )
    assert placed.loc["A", "reading"] == expected


def test_a_student_counts_at_the_highest_tier_of_all_domains():
    """Tier 1 in reading and Tier 3 in mathematics make Tier 3; two spells in force in one domain make the higher."""
    placed = place(
        enrollments=enroll("A", "B"),
        screenings=screen(("A", "reading"), ("A", "math"), ("B", "reading"), ("B", "math")),
        tiers=spells(
            ("A", "reading", "2024-09-01", None, "1"),
            ("A", "math", "2024-09-01", None, "3"),
            ("B", "reading", "2024-09-01", None, "1"),
            ("B", "math", "2024-09-01", None, "1"),
            ("B", "math", "2024-09-01", None, "2"),
        ),
    )
    assert placed["overall"].to_dict() == {"A": "3", "B": "2"}


def test_not_screened_is_never_tier_1():
    """Without a score of the window a student is not in Tier 1, whatever the spell; support holds without a score."""
    placed = place(
        enrollments=enroll("seen", "unseen", "served", "nothing"),
        screenings=screen(("seen", "reading")),
        tiers=spells(
            ("seen", "reading", "2024-09-01", None, "1"),
            ("unseen", "reading", "2024-09-01", None, "1"),
            ("served", "reading", "2024-09-01", None, "2"),
        ),
        domains=("reading",),
    )
    expected = {"seen": "1", "unseen": "not_screened", "served": "2", "nothing": "not_screened"}
    assert placed["reading"].to_dict() == expected


@pytest.mark.parametrize(("records", "expected"), [(False, "1"), (True, "not_screened")])
def test_a_score_without_a_spell_is_tier_1_only_where_tier_1_is_not_recorded(records, expected):
    """In a district that records Tier 2 and Tier 3 alone, a screened student without a spell is in Tier 1."""
    rows = [("B", "reading", "2024-09-01", None, "2")]
    rows += [("C", "reading", "2024-09-01", None, "1")] if records else []
    placed = place(
        enrollments=enroll("A", "B", "C"),
        screenings=screen(("A", "reading"), ("B", "reading"), ("C", "reading")),
        tiers=spells(*rows),
        domains=("reading",),
    )
    assert placed.loc["A", "overall"] == expected


def test_tier_1_overall_needs_every_domain_that_the_grade_screens():
    """Screened in reading alone, a student is not in Tier 1 where the grade screens mathematics, too."""
    tiers = spells(("B", "reading", "2024-09-01", None, "2"), ("B", "math", "2024-09-01", None, "2"))
    both = screen(("A", "reading"), ("B", "reading"), ("B", "math"))
    placed = place(enrollments=enroll("A", "B"), screenings=both, tiers=tiers)
    assert placed.loc["A", "overall"] == "not_screened"
    one = screen(("A", "reading"), ("B", "reading"))
    placed = place(enrollments=enroll("A", "B"), screenings=one, tiers=tiers)
    assert placed.loc["A", "overall"] == "1"


def test_a_student_of_two_schools_counts_where_enrolled_on_the_day():
    """Who left before the day counts at the other school alone, and a spell of another school does not count here."""
    left = enroll("A", leaving="2024-09-25")
    came = enroll("A", entry="2024-09-26").assign(school_id="S2")
    dates = pd.DataFrame(
        [
            {
                "district_id": "D1",
                "school_id": one,
                "school_year": "2024-25",
                "window": "fall",
                "date": pd.Timestamp("2024-10-04"),
            }
            for one in ("S1", "S2")
        ]
    )
    tiers = spells(("A", "reading", "2024-09-01", None, "3"))
    placed = place_students(
        enrollments=pd.concat([left, came], ignore_index=True),
        tiers=tiers,
        screenings=screen(("A", "reading")),
        dates=dates,
        domains=("reading",),
    )
    assert placed["school_id"].tolist() == ["S2"]
    assert placed["overall"].tolist() == ["not_screened"]


def test_tiers_are_read_after_screening_and_not_after_the_last_day():
    """Fourteen days after screening, at the latest on the last day of instruction, never before screening ends."""
    screenings = pd.concat(
        [screen(("A", "reading")), screen(("A", "reading")).assign(window="spring", date=pd.Timestamp("2025-05-20"))]
    )
    last = pd.DataFrame([{**PLACE, "school_year": "2024-25", "last_day": pd.Timestamp("2025-05-28")}])
    dates = find_window_dates(screenings=screenings, last_days=last, days_after=14).set_index("window")["date"]
    assert dates["fall"] == pd.Timestamp("2024-10-04")
    assert dates["spring"] == pd.Timestamp("2025-05-28")
    early = last.assign(last_day=pd.Timestamp("2025-05-01"))
    dates = find_window_dates(screenings=screenings, last_days=early, days_after=14).set_index("window")["date"]
    assert dates["spring"] == pd.Timestamp("2025-05-20")


def test_screenings_without_a_date_are_read_on_usual_days():
    """Where no score has a date, fall is read on 30 September and spring on 15 May, and the days after."""
    undated = screen(("A", "reading")).assign(date=pd.NaT).astype({"date": "datetime64[us]"})
    assert find_window_dates(screenings=undated, days_after=0)["date"].tolist() == [pd.Timestamp("2024-09-30")]
    without = undated.drop(columns="date")
    assert find_window_dates(screenings=without, days_after=1)["date"].tolist() == [pd.Timestamp("2024-10-01")]


def test_moves_have_those_who_left_came_and_were_not_screened(tiny):
    """Every student of either window stands in the matrix once, leavers and newcomers among them."""
    tables = tiny.make_tables(
        tiny.draw({"fall": "1", "winter": "1"}, n=5),
        tiny.draw({"fall": "2", "winter": "1"}, n=3),
        tiny.draw({"fall": "2", "winter": "3"}, n=2),
        tiny.draw({"fall": "1", "winter": "-"}, n=4),
        tiny.draw({"fall": "2", "winter": "x"}, n=1),
        tiny.draw({"fall": "x", "winter": "1"}, n=2),
    )
    dates = find_window_dates(screenings=tables["screenings"])
    placed = place_students(
        enrollments=tables["enrollments"],
        tiers=tables["tiers"],
        screenings=tables["screenings"],
        dates=dates,
        domains=("reading",),
    )
    moves = list_moves(placed, scope="overall")
    found = moves.groupby(["from_state", "to_state"]).size().to_dict()
    assert found == {
        ("1", "1"): 5,
        ("2", "1"): 3,
        ("2", "3"): 2,
        ("1", "not_screened"): 4,
        ("2", "left"): 1,
        ("entered", "1"): 2,
    }
    counts = count_tiers(placed, scope="overall").query("grade == 'all'").set_index("window")
    assert counts.loc["fall", ["n_1", "n_2", "n_3", "n_not_screened"]].tolist() == [9, 6, 0, 0]
    assert counts.loc["winter", ["n_1", "n_2", "n_3", "n_not_screened"]].tolist() == [10, 0, 2, 4]


def test_stays_join_over_a_summer_and_end_with_tier_1():
    """Tier 2 before and after the summer is one stay; Tier 1 after it ends it, the end of the year does not."""
    tiers = spells(
        ("A", "reading", "2024-01-01", "2024-06-05", "2"),
        ("A", "reading", "2024-08-19", "2024-12-31", "3"),
        ("A", "reading", "2025-01-01", None, "1"),
        ("B", "reading", "2024-10-01", "2025-06-05", "2"),
        ("C", "reading", "2025-01-01", None, "3"),
    )
    last = pd.DataFrame([{**PLACE, "school_year": "2024-25", "last_day": pd.Timestamp("2025-06-05")}])
    found = list_support_episodes(tiers=tiers, enrollments=enroll("A", "B", "C"), last_days=last, bridge_days=120)
    found = found.set_index("student_id")
    assert found["ended"].to_dict() == {"A": True, "B": False, "C": False}
    assert found["first_tier"].to_dict() == {"A": "2", "B": "2", "C": "3"}
    assert found.loc["A", "weeks"] == pytest.approx(366 / 7)
    assert found.loc["C", "weeks"] == pytest.approx((31 + 28 + 31 + 30 + 31 + 5) / 7)


def test_where_tier_1_is_not_recorded_a_stay_ends_if_the_student_is_still_here():
    """A spell that ends in winter while the student stays has ended; one that ends with the enrollment is cut off."""
    tiers = spells(("A", "reading", "2024-10-01", "2025-01-31", "2"), ("B", "reading", "2024-10-01", "2025-01-31", "2"))
    stays, leaves = enroll("A"), enroll("B", leaving="2025-01-31")
    last = pd.DataFrame([{**PLACE, "school_year": "2024-25", "last_day": pd.Timestamp("2025-06-05")}])
    found = list_support_episodes(
        tiers=tiers, enrollments=pd.concat([stays, leaves], ignore_index=True), last_days=last, bridge_days=120
    )
    assert found.set_index("student_id")["ended"].to_dict() == {"A": True, "B": False}
