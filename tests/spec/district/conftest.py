"""A small district to read and to spoil, and one with every table."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

Rows = list[dict[str, str]]

TABLES = {
    "schools": """\
school_id,school_year,school_name,district_id,district_name,level
0012,2024-25,Oak School,D7,Riverside,elementary
NO,2024-25,Elm School,D7,Riverside,middle
""",
    "enrollments": """\
student_id,school_id,school_year,grade,sex,english_learner,entry_date
007,0012,2024-25,K,female,yes,2024-09-03
1E05,0012,2024-25,1,male,,
NA,NO,2024-25,6,,false,2025-01-31
""",
    "screenings": """\
student_id,school_year,window,measure,school_id,domain,date,score
007,2024-25,fall,oral_reading,0012,reading,2024-09-10,41.5
1E05,2024-25,fall,oral_reading,0012,reading,2024-09-10,
NA,2024-25,fall,oral_reading,NO,reading,2024-09-11,120
""",
}


@pytest.fixture
def write_district(tmp_path: Path) -> Callable[..., Path]:
    """Write the small district, with some tables replaced, added (text) or left out (None)."""

    def write(**changes: str | None) -> Path:
        folder = tmp_path / "district"
        folder.mkdir(exist_ok=True)
        for name, text in {**TABLES, **changes}.items():
            if text is not None:
                (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def whole_district() -> dict[str, Rows]:
    """Make a clean district of 3 schools, 60 students and 2 years, with every table; all by arithmetic."""
    return {**_schools_and_people(), **_scores(), **_behavior(), **_staff_work(), **_plan()}


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    """Write tables of rows as CSV files, with CR LF where asked, and give their folder."""

    def write(tables: dict[str, Rows], name: str = "riverside") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for table, rows in tables.items():
            lines = [",".join(rows[0]), *(",".join(_quote(cell) for cell in row.values()) for row in rows)]
            (folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    return write


YEARS = ("2023-24", "2024-25")
SCHOOLS = ("0101", "0102", "0203")
WINDOWS = (("fall", 9, 12), ("winter", 1, 15), ("spring", 5, 6))


def _quote(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell


def _student(number: int) -> str:
    return f"00{1001 + number}"


def _school(number: int) -> str:
    return SCHOOLS[number % 3]


def _day(year: str, month: int, day: int) -> str:
    return dt.date(int(year[:4]) + (month < 7), month, day).isoformat()


def _schools_and_people() -> dict[str, Rows]:
    schools = [
        {
            "school_id": school, "school_year": year, "school_name": f"{school} School", "district_id": "D7",
            "district_name": "Riverside", "level": "elementary", "implementation_start_year": "2022-23",
            "title_i": "yes",
        }
        for year in YEARS
        for school in SCHOOLS
    ]  # fmt: skip
    enrollments = [
        {
            "student_id": _student(number), "school_id": _school(number), "school_year": year,
            "grade": str(1 + number % 4 + later), "classroom_id": f"{_school(number)}-{number % 4}",
            "teacher_id": f"T{number % 6:02d}", "entry_date": _day(year, 9, 3), "exit_date": "", "exit_reason": "",
            "sex": ("female", "male")[number % 2], "race_ethnicity": ("white", "black", "hispanic")[number % 3],
            "english_learner": ("no", "yes")[number % 5 == 0], "disability": ("no", "yes")[number % 7 == 0],
            "economically_disadvantaged": ("yes", "no")[number % 2],
        }
        for later, year in enumerate(YEARS)
        for number in range(60)
    ]  # fmt: skip
    staff = [
        {
            "staff_id": f"T{number:02d}", "school_id": _school(number), "school_year": year, "role": "teacher",
            "fte": "1", "years_experience": str(number + later), "degree": "master",
            "induction_support": ("no", "yes")[number < 2],
        }
        for later, year in enumerate(YEARS)
        for number in range(9)
    ]  # fmt: skip
    calendar = []
    for year in YEARS:
        first = dt.date(int(year[:4]), 9, 3)
        for day in (first + dt.timedelta(days=step) for step in range(280)):
            if day.weekday() < 5:
                closed = (day.month, day.day) in {(11, 28), (12, 24), (12, 25), (12, 26), (1, 1)}
                calendar += [
                    {"school_id": school, "date": day.isoformat(), "instructional": str(not closed).lower(),
                     "event": "holiday" if closed else ""}
                    for school in SCHOOLS
                ]  # fmt: skip
    return {"schools": schools, "enrollments": enrollments, "staff": staff, "calendar": calendar}


def _scores() -> dict[str, Rows]:
    screenings = [
        {
            "student_id": _student(number), "school_year": year, "window": window, "measure": "oral_reading",
            "school_id": _school(number), "domain": "reading", "date": _day(year, month, day + number % 3),
            "score": str(40 + 20 * step + 7 * number % 50), "standard_error": "5", "percentile": str(1 + number),
            "cut_score": str(50 + 20 * step + 10 * ((number % 4) + later)), "benchmark_level": "",
        }
        for later, year in enumerate(YEARS)
        for step, (window, month, day) in enumerate(WINDOWS)
        for number in range(60)
    ]  # fmt: skip
    tiers = [
        {
            "student_id": _student(number), "domain": "reading", "start_date": start, "end_date": end, "tier": tier,
            "school_id": _school(number),
        }
        for number in range(20)
        for tier, start, end in (("1", "2023-09-05", "2024-01-19"), ("2", "2024-01-20", "2024-05-31"),
                                 ("3", "2024-09-04", ""))
    ]  # fmt: skip
    interventions = [
        {
            "intervention_id": "I1", "name": "Small-group reading", "domain": "reading", "tier": "2",
            "assignment": "cut_score", "assignment_measure": "oral_reading", "cut_score": "", "treated_side": "below",
            "start_date": "2023-10-02", "minutes_per_week": "90", "cost_per_student": "20", "materials_cost": "900",
            "staff_hours_per_week": "12", "staff_role": "interventionist",
        }
    ]  # fmt: skip
    services = [
        {
            "student_id": _student(number), "intervention_id": "I1", "start_date": start, "end_date": end,
            "school_id": _school(number), "assigned": "true", "minutes_planned": "900",
            "minutes_delivered": str(700 + 10 * number), "fidelity_pct": str(70 + number), "provider_id": "T06",
        }
        for number in range(20)
        for start, end in (("2023-10-02", "2024-01-31"), ("2024-01-31", "2024-05-20"))
    ]  # fmt: skip
    progress = [
        {
            "student_id": _student(number), "measure": "cbm", "date": _day("2023-24", 10, 3 + 7 * week),
            "intervention_id": "I1", "score": str(30 + 2 * week + number), "goal": "60", "phase": "",
        }
        for number in range(20)
        for week in range(4)
    ]  # fmt: skip
    return {
        "screenings": screenings, "tiers": tiers, "interventions": interventions, "services": services,
        "progress": progress,
    }  # fmt: skip


def _behavior() -> dict[str, Rows]:
    attendance = [
        {
            "student_id": _student(number), "school_id": _school(number), "school_year": year,
            "month": _day(year, month, 1)[:7], "days_enrolled": "18", "days_absent": str((number + month) % 4),
            "days_suspended": str(int((number + month) % 4 == 3)),
        }
        for year in YEARS
        for month in (9, 10, 11, 1, 2)
        for number in range(60)
    ]  # fmt: skip
    referrals = [
        {
            "referral_id": f"R{number:03d}", "student_id": _student(number), "school_id": _school(number),
            "date": _day("2024-25", 10, 7 + number % 5), "time": "13:45", "location": "hall", "behavior": "defiance",
            "level": ("minor", "major")[number % 2], "action": "conference", "reported_by": f"T{number % 6:02d}",
        }
        for number in range(30)
    ]  # fmt: skip
    surveys = [
        {
            "response_id": f"A{number:03d}", "item": item, "school_id": _school(number), "respondent_group": "staff",
            "date": "2024-11-05", "scale": "climate", "value": str(1 + (number + place) % 5), "max_value": "5",
        }
        for number in range(30)
        for place, item in enumerate(("q1", "q2"))
    ]  # fmt: skip
    return {"attendance": attendance, "referrals": referrals, "surveys": surveys}


def _staff_work() -> dict[str, Rows]:
    trainings = [
        {"training_id": f"P{number}", "topic": "reading", "practice": "explicit instruction",
         "date": f"2023-10-{10 + number}", "hours": "6"}
        for number in range(2)
    ]  # fmt: skip
    attended = [
        {"training_id": f"P{number % 2}", "staff_id": f"T{number:02d}",
         "follow_up_support": ("none", "coaching", "classroom_embedded")[number % 3]}
        for number in range(9)
    ]  # fmt: skip
    coaching = [
        {"coaching_id": f"C{number}", "staff_id": f"T{number:02d}", "school_id": _school(number),
         "date": f"2023-11-{10 + number}", "minutes": "30", "focus": "small groups"}
        for number in range(9)
    ]  # fmt: skip
    walkthroughs = [
        {
            "walkthrough_id": f"W{number:02d}", "item": item, "staff_id": f"T{number % 9:02d}",
            "school_id": _school(number), "classroom_id": f"{_school(number)}-{number % 4}",
            "date": f"2023-11-{10 + number % 9}", "practice": "explicit instruction",
            "implemented": str((number + place) % 3), "observer_id": "T08",
        }
        for number in range(27)
        for place, item in enumerate(("models", "checks"))
    ]  # fmt: skip
    fidelity = [
        {"school_id": school, "date": "2024-05-14", "instrument": "TFI 2.1", "item": f"1.{item}", "tier": "1",
         "subscale": "Teams", "score": str(item % 3), "max_score": "2"}
        for school in SCHOOLS
        for item in range(1, 6)
    ]  # fmt: skip
    return {
        "trainings": trainings, "training_attendance": attended, "coaching": coaching, "walkthroughs": walkthroughs,
        "fidelity": fidelity,
    }  # fmt: skip


def _plan() -> dict[str, Rows]:
    return {
        "goals": [{"goal_id": "G1", "school_id": "0101", "statement": "More readers at the benchmark"}],
        "actions": [{"action_id": "A1", "school_id": "0101", "goal_id": "G1", "description": "Co-plan lessons"}],
        "deliverables": [{"deliverable_id": "V1", "action_id": "A1", "description": "Lesson plans"}],
        "initiatives": [{"initiative_id": "N1", "name": "Reading block", "school_id": "0101"}],
        "capacity": [{"capacity_id": "K1", "school_id": "0101", "staff_role": "teacher", "month": "2024-10"}],
    }
