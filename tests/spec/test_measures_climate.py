"""Absence, referrals, surveys and risks in small tables."""

import pandas as pd

from mtss_analysis.measures.absence import find_chronic, sum_absence
from mtss_analysis.measures.referrals import count_student_days, describe_referrals
from mtss_analysis.measures.risks import count_domains
from mtss_analysis.measures.surveys import score_scales


def _attendance(rows: list[tuple[str, str, float, float | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["student_id", "school_id", "days_enrolled", "days_absent"])
    return frame.assign(district_id="1", school_year="2025-26", month="2025-09")


def test_ten_percent_is_chronic_and_a_day_less_is_not() -> None:
    """18 of 180 days are chronic, 17 are not."""
    totals = sum_absence(_attendance([("a", "S", 180, 18), ("b", "S", 180, 17)]))
    assert find_chronic(totals, chronic_pct=10.0, least_days=10)["chronic"].tolist() == [True, False]


def test_few_days_do_not_count() -> None:
    """A student of nine days, all absent, is not counted; one of ten is."""
    totals = sum_absence(_attendance([("a", "S", 9, 9), ("b", "S", 10, 10)]))
    found = find_chronic(totals, chronic_pct=10.0, least_days=10)
    assert found["counted"].tolist() == [False, True]
    assert found["chronic"].tolist() == [False, True]


def test_a_student_of_two_schools_is_counted_once_in_the_district() -> None:
    """Chronic in one school (9 of 60) and not in the other (3 of 120): 12 of 180 days are not chronic."""
    attendance = _attendance([("a", "S", 60, 9), ("a", "T", 120, 3)])
    by_school = find_chronic(sum_absence(attendance), chronic_pct=10.0, least_days=10)
    across = find_chronic(sum_absence(attendance, across_schools=True), chronic_pct=10.0, least_days=10)
    assert by_school["chronic"].tolist() == [True, False]
    assert across[["days_enrolled", "days_absent", "chronic"]].to_dict("list") == {
        "days_enrolled": [180],
        "days_absent": [12],
        "chronic": [False],
    }


def test_days_without_a_record_of_absence_do_not_count() -> None:
    """A month without days absent is neither attended nor missed."""
    totals = sum_absence(_attendance([("a", "S", 20, None), ("b", "S", 20, 2)]))
    assert totals["student_id"].tolist() == ["b"]


def _calendar(days: list[str], instructional: list[bool]) -> pd.DataFrame:
    dates = pd.to_datetime(pd.Series(days)).astype("datetime64[us]")
    return pd.DataFrame({"district_id": "1", "school_id": "S", "date": dates, "instructional": instructional})


def test_school_days_run_from_entry_to_exit() -> None:
    """Both ends count; a day off does not."""
    calendar = _calendar(["2025-09-01", "2025-09-02", "2025-09-03", "2025-10-01"], [True, False, True, True])
    enrolled = pd.DataFrame(
        {
            "district_id": "1",
            "school_id": "S",
            "school_year": "2025-26",
            "student_id": ["a", "b", "c"],
            "entry_date": pd.to_datetime(pd.Series([None, "2025-09-03", None])).astype("datetime64[us]"),
            "exit_date": pd.to_datetime(pd.Series([None, None, "2025-09-01"])).astype("datetime64[us]"),
        }
    )
    days = count_student_days(enrollments=enrolled, calendar=calendar)
    found = {(row.student_id, row.month): row.days for row in days.itertuples()}
    assert found == {
        ("a", "2025-09"): 2,
        ("a", "2025-10"): 1,
        ("b", "2025-09"): 1,
        ("b", "2025-10"): 1,
        ("c", "2025-09"): 1,
    }


def test_a_referral_is_described_by_weekday_and_hour() -> None:
    """12 September 2025 is a Friday; 09:00 belongs to the hour from nine; what is missing is named so."""
    referrals = pd.DataFrame(
        {
            "district_id": "1",
            "school_id": "S",
            "student_id": ["a", "b"],
            "date": pd.to_datetime(pd.Series(["2025-09-12", "2025-09-12"])),
            "time": pd.Series(["09:00", None], dtype="str"),
            "location": pd.Series(["bus", None], dtype="str"),
        }
    )
    described = describe_referrals(referrals)
    assert described["weekday"].tolist() == ["Friday", "Friday"]
    assert described["time"].tolist() == ["9 a.m. to 10 a.m.", "(not recorded)"]
    assert described["location"].tolist() == ["bus", "(not recorded)"]
    assert described["behavior"].tolist() == ["(not recorded)"] * 2


def test_a_response_needs_half_of_the_items() -> None:
    """Of four items, two answers make a score and one does not."""
    rows = [("r1", "i1", 2.0), ("r1", "i2", 4.0), ("r2", "i1", 5.0), ("r3", "i3", 1.0), ("r3", "i4", 1.0)]
    surveys = pd.DataFrame(rows, columns=["response_id", "item", "value"]).assign(
        district_id="1",
        school_id="S",
        respondent_group="staff",
        scale="climate",
        max_value=5.0,
        date=pd.Timestamp("2026-04-10"),
    )
    scored = score_scales(surveys)
    assert dict(zip(scored["response_id"], scored["score"], strict=True)) == {"r1": 3.0, "r3": 1.0}
    assert set(scored["season"]) == {"spring"}


def test_domains_are_counted_only_where_every_one_is_known() -> None:
    """At risk in both is two; not known in one is not counted at all."""
    keys = {"district_id": "1", "school_id": "S", "school_year": "2025-26"}
    enrolled = pd.DataFrame({"student_id": ["a", "b", "c"]}).assign(**keys)
    reading = pd.DataFrame({"student_id": ["a", "b"], "low": [True, False]}).assign(**keys)
    attendance = pd.DataFrame({"student_id": ["a", "b", "c"], "low": [True, True, True]}).assign(**keys)
    counted = count_domains(enrolled, risks={"reading": reading, "attendance": attendance})
    assert counted["n_domains"].fillna(-1).tolist() == [2, 1, -1]
