"""Forty-odd planted faults in a district with every table: each is named, and nothing else is."""

import pytest

from mtss_analysis.district import check_folder, table_names
from mtss_analysis.district.check_rules import FAMILIES
from mtss_analysis.district.schema import read_schema

# Table, row counted from 1, column, value to write, rule that must be named, its column if another.
PLANTED = [
    ("schools", 2, "title_i", "sometimes", "type", None),
    ("schools", 4, "level", "elementary school", "allowed", None),
    ("enrollments", 3, "sex", "femal", "allowed", None),
    ("enrollments", 5, "race_ethnicity", "white ", "padding", None),
    ("enrollments", 7, "entry_date", "3/4/25", "spreadsheet_date", None),
    ("enrollments", 9, "entry_date", "45173", "spreadsheet_date", None),
    ("enrollments", 11, "exit_date", "2023-08-30", "end_before_start", "entry_date, exit_date"),
    ("enrollments", 13, "exit_date", "2025-01-10", "outside_school_year", None),
    ("enrollments", 75, "grade", "1", "grade_falls", None),
    ("enrollments", 80, "grade", "9", "grade_jumps", None),
    ("enrollments", 16, "english_learner", "N/A", "placeholder", None),
    ("enrollments", 17, "teacher_id", "T99", "link", None),
    ("enrollments", 18, "classroom_id", "4-Mar", "date_id", None),
    ("staff", 1, "fte", "0,5", "decimal_comma", None),
    ("staff", 2, "years_experience", "120", "maximum", None),
    ("staff", 4, "school_id", "101", "link", "school_id, school_year"),
    ("calendar", 10, "date", "2023-02-30", "type", None),
    ("screenings", 2, "score", "1,140", "thousands_separator", None),
    ("screenings", 3, "score", "#REF!", "spreadsheet_error", None),
    ("screenings", 4, "score", "9999", "outlier", None),
    ("screenings", 5, "percentile", "101", "maximum", None),
    ("screenings", 6, "percentile", "55%", "percent_sign", None),
    ("screenings", 7, "cut_score", "77", "cut_score_changes", None),
    ("screenings", 8, "date", "2022-09-12", "outside_school_year", None),
    ("screenings", 9, "date", "2023-12-12", "window_far", None),
    ("screenings", 71, "date", "2023-11-10", "window_far", None),
    ("screenings", 10, "window", "autumn", "allowed", None),
    ("screenings", 11, "domain", "math", "domain_changes", None),
    ("tiers", 2, "start_date", "2023-12-01", "overlap", "start_date, end_date"),
    ("tiers", 5, "tier", "3", "tier_skipped", None),
    ("tiers", 9, "tier", "4", "allowed", None),
    ("services", 1, "minutes_delivered", "2701", "minutes_beyond_plan", "minutes_delivered, minutes_planned"),
    ("services", 4, "start_date", "2024-01-10", "overlap", "start_date, end_date"),
    ("services", 5, "fidelity_pct", "-1", "minimum", None),
    ("progress", 1, "student_id", "001050", "without_service", "student_id, intervention_id"),
    ("attendance", 1, "days_absent", "19", "absent_beyond_enrolled", "days_absent, days_enrolled"),
    ("attendance", 2, "days_suspended", "5", "suspended_beyond_absent", "days_suspended, days_absent"),
    ("attendance", 6, "month", "2024-08", "month_outside_year", "month, school_year"),
    ("attendance", 7, "month", "Sep-23", "pattern", None),
    ("attendance", 8, "days_enrolled", "24", "days_beyond_month", "days_enrolled, month"),
    ("attendance", 9, "days_enrolled", "", "required", None),
    ("referrals", 1, "date", "2024-11-28", "not_instructional", "school_id, date"),
    ("referrals", 2, "school_id", "0203", "not_enrolled", "student_id, school_id, date"),
    ("referrals", 3, "time", "1:45 PM", "pattern", None),
    ("referrals", 4, "referral_id", "1.2E+05", "scientific_id", None),
    ("trainings", 1, "hours", "six", "type", None),
    ("training_attendance", 3, "follow_up_support", "coach", "allowed", None),
    ("coaching", 2, "date", "2023-11-11 00:00:00", "clock_time", None),
    ("walkthroughs", 1, "implemented", "3", "maximum", None),
    ("walkthroughs", 4, "date", "2023-11-20", "visit_changes", None),
    ("coaching", 3, "date", "2019-11-12", "unknown_school_year", None),
    ("fidelity", 2, "score", "3", "beyond_maximum", "score, max_score"),
    ("fidelity", 8, "max_score", "4", "max_score_changes", None),
    ("surveys", 1, "value", "6", "beyond_maximum", "value, max_value"),
    ("surveys", 3, "max_value", "7", "max_value_changes", None),
]
WARNINGS = {
    "outside_school_year", "grade_falls", "grade_jumps", "link", "date_id", "outlier", "cut_score_changes",
    "window_far", "domain_changes", "tier_skipped", "minutes_beyond_plan", "without_service",
    "suspended_beyond_absent", "days_beyond_month", "not_instructional", "not_enrolled", "scientific_id",
    "visit_changes", "unknown_school_year", "max_score_changes", "max_value_changes",
}  # fmt: skip
ERRORS_ALL_THE_SAME = {("screenings", "outside_school_year"), ("staff", "link")}


def test_a_clean_district_with_every_table_is_silent(whole_district, write_rows):
    """A sound district that has every table and uses every rule gives no error and no warning."""
    assert set(whole_district) == set(table_names())
    assert check_folder(write_rows(whole_district)) == []


def _found(tables, write_rows):
    problems = check_folder(write_rows(tables))
    return {(problem.file, problem.row, problem.column, problem.rule) for problem in problems}, problems


def test_every_planted_fault_is_named_and_nothing_else(whole_district, write_rows):
    """Each fault is named by file, row, column, rule and severity, once; no sound cell is."""
    for table, row, column, value, _, _ in PLANTED:
        whole_district[table][row - 1][column] = value
    found, problems = _found(whole_district, write_rows)
    planted = {(f"{table}.csv", row, where or column, rule) for table, row, column, _, rule, where in PLANTED}
    assert len(PLANTED) >= 40
    assert len({rule for *_, rule, _ in PLANTED}) >= 20
    assert sorted(found - planted, key=str) == []
    assert sorted(planted - found, key=str) == []
    assert len(problems) == len(planted)
    for problem in problems:
        table = problem.file.removesuffix(".csv")
        only_warns = problem.rule in WARNINGS and (table, problem.rule) not in ERRORS_ALL_THE_SAME
        assert problem.severity == ("warning" if only_warns else "error"), problem
        assert problem.problem
        assert problem.next_step


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: f"{fault[0]}-{fault[2]}-{fault[4]}")
def test_each_fault_alone_is_the_only_finding(whole_district, write_rows, fault):
    """One fault in an otherwise sound district gives one finding."""
    table, row, column, value, rule, where = fault
    whole_district[table][row - 1][column] = value
    found, _ = _found(whole_district, write_rows)
    assert found == {(f"{table}.csv", row, where or column, rule)}


def test_rows_that_contradict_each_other_are_named(whole_district, write_rows):
    """A key twice, a student in two schools on one day, an id without its zeros and an empty row are each named."""
    added = {
        "referrals": (whole_district["referrals"][0], {}),
        "enrollments": (whole_district["enrollments"][0], {"school_id": "0203", "entry_date": "2024-03-01"}),
        "schools": (whole_district["schools"][0], {"school_id": "101"}),
        "coaching": (dict.fromkeys(whole_district["coaching"][0], ""), {}),
    }
    for table, (row, changes) in added.items():
        whole_district[table].append({**row, **changes})
    found, _ = _found(whole_district, write_rows)
    assert found == {
        ("referrals.csv", 31, "referral_id", "unique"),
        ("enrollments.csv", 121, "entry_date, exit_date", "two_schools"),
        ("schools.csv", 7, "school_id", "lost_zeros"),
        ("coaching.csv", 10, None, "empty_row"),
    }


def test_calendar_day_twice_is_named(whole_district, write_rows):
    """A school's day that the calendar holds twice is a key that comes twice, and names the first row."""
    whole_district["calendar"].append(dict(whole_district["calendar"][4]))
    (problem,) = check_folder(write_rows(whole_district))
    assert (problem.rule, problem.value) == ("unique", "0102, 2023-09-05")
    assert "row 5" in problem.next_step


def test_windows_out_of_order_are_named(whole_district, write_rows):
    """A spring screening before the same student's winter screening is named, though neither is far off."""
    rows = whole_district["screenings"]
    rows[60]["date"], rows[120]["date"] = "2024-03-15", "2024-03-10"
    found, _ = _found(whole_district, write_rows)
    assert found == {("screenings.csv", 121, "date", "window_order")}


def test_people_who_were_not_there_yet_are_named(whole_district, write_rows):
    """A teacher without a staff row in the year of a visit, a contact or a training is named for each."""
    whole_district["staff"] = [
        row for row in whole_district["staff"] if (row["staff_id"], row["school_year"]) != ("T03", "2023-24")
    ]
    found, problems = _found(whole_district, write_rows)
    assert {rule for *_, rule in found} == {"not_employed"}
    assert {file for file, *_ in found} == {"walkthroughs.csv", "coaching.csv", "training_attendance.csv"}
    assert len(problems) == 6 + 1 + 1
    assert not any("T03" in f"{problem.value}{problem.next_step}{problem.problem}" for problem in problems)


def test_columns_without_information_are_named(whole_district, write_rows):
    """A column that is there and empty, and one filled down with one value, are each named as a whole."""
    for row in whole_district["enrollments"]:
        row["disability"] = ""
    for row in whole_district["attendance"]:
        row["days_absent"] = row["days_suspended"] = "2"
    found, _ = _found(whole_district, write_rows)
    assert found == {
        ("enrollments.csv", None, "disability", "empty_column"),
        ("attendance.csv", None, "days_absent", "constant"),
    }


@pytest.mark.parametrize("table", table_names())
def test_rules_name_columns_and_families_that_exist(table):
    """A rule of a schema belongs to a family, and names columns that its table (or the one it looks up) has."""
    schema = read_schema(table)
    names = [rule.name for rule in schema.rules]
    assert len(names) == len(set(names))
    for rule in schema.rules:
        assert rule.kind in FAMILIES
        assert set(rule.columns) <= set(schema.column_names)
        for name in rule.by:
            other, _, column = name.rpartition(".")
            assert column in (read_schema(other) if other else schema).column_names
