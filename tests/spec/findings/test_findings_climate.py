"""Attendance, behaviour and social-emotional findings of a drawn district: what is said, withheld and left out."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from mtss_analysis.disclosure import audit, get_profile
from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.climate.absent_finding import ClimateAbsentFinding
from mtss_analysis.findings.climate.cells import ALL, relate_cells
from mtss_analysis.findings.climate.chapter import find_climate
from mtss_analysis.findings.climate.disproportion import read_group_risks
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.show.words import check_sentence

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
from studies.asked import Asked, ask

NOTHING = Truths().without(["all"])
READING = Indicator(measure="reading_scale", window="spring", domain="reading", label="reading", unit="points")
MATH = Indicator(measure="math_scale", window="spring", domain="math", label="mathematics", unit="points")
BY_SEX = StudentGroup(
    column="sex", label="sex", focus="male", reference="female", focus_label="boys", reference_label="girls"
)
SETTINGS = Settings(indicators=(READING, MATH), groups=(BY_SEX,), population="district")
TABLES = {"schools", "enrollments", "screenings", "staff", "attendance", "referrals", "calendar", "surveys"}


@pytest.fixture(scope="module")
def drawn() -> dict[str, pd.DataFrame]:
    """Four schools over two years with every table of this chapter."""
    return simulate_district(Sizes(students=1200, schools=4, years=2, seed=5), NOTHING, tables=TABLES).tables


@pytest.fixture(scope="module")
def asked(drawn: dict[str, pd.DataFrame]) -> Asked:
    """The drawn district, compared."""
    return ask(drawn, settings=SETTINGS)


def _ask(drawn: dict[str, pd.DataFrame], *without: str) -> Asked:
    return ask({name: frame for name, frame in drawn.items() if name not in without}, settings=SETTINGS)


def test_every_sentence_keeps_to_the_rules(asked: Asked) -> None:
    """No forbidden word, no missing number, full sentences, in every school."""
    for school_id in asked.school_ids:
        for finding in find_climate(**asked.about(school_id)):
            said = [finding.sentence(), *finding.caveats(), *([finding.answer()] if finding.answer() else [])]
            said += [str(note["sentence"]) for note in finding.notes()]
            assert [complaint for text in said for complaint in check_sentence(text)] == []
            finding.figure()
            finding.table()


def test_page_one_gets_absence_and_referrals(asked: Asked) -> None:
    """Both topics are offered, each once."""
    notes = [note for finding in find_climate(**asked.about(asked.school_ids[0])) for note in finding.notes()]
    assert [note["topic"] for note in notes] == ["absence", "referrals"]


def test_chronic_absence_is_what_the_table_says(drawn: dict[str, pd.DataFrame], asked: Asked) -> None:
    """The share of a school's year is counted again from the table by hand."""
    school_id = asked.school_ids[0]
    rows = drawn["attendance"]
    rows = rows[(rows["school_id"] == school_id) & (rows["school_year"] == rows["school_year"].max())]
    sums = rows.groupby("student_id")[["days_enrolled", "days_absent"]].sum()
    sums = sums[sums["days_enrolled"] >= 10]
    share = 100 * (sums["days_absent"] / sums["days_enrolled"] >= 0.1).mean()
    records = [one for finding in find_climate(**asked.about(school_id)) for one in finding.records()]
    found = [
        one
        for one in records
        if one.finding == "chronic_absence" and one.grade == ALL and one.group == ALL and one.sentence
    ]
    assert [one.estimate for one in found] == [pytest.approx(share)]
    assert found[0].n == len(sums)


def test_referral_rate_is_referrals_over_student_days(drawn: dict[str, pd.DataFrame], asked: Asked) -> None:
    """The rate of a school's year agrees with days enrolled of the attendance table, which count the same days."""
    school_id, year = asked.school_ids[0], drawn["attendance"]["school_year"].max()
    attendance = drawn["attendance"]
    days = attendance.loc[
        (attendance["school_id"] == school_id) & (attendance["school_year"] == year), "days_enrolled"
    ].sum()
    dates = drawn["referrals"].loc[drawn["referrals"]["school_id"] == school_id, "date"]
    n = int((dates >= pd.Timestamp(f"{year[:4]}-07-01")).sum())
    records = [one for finding in find_climate(**asked.about(school_id)) for one in finding.records()]
    found = [one for one in records if one.finding == "referral_rate" and one.group == ALL and one.school_year == year]
    # Days after the district's last referral are not counted, which are few.
    assert found[0].estimate == pytest.approx(100 * n / days, rel=0.02)


def test_no_withheld_count_can_be_worked_out(asked: Asked) -> None:
    """Every topic of every school, and districts beside them, pass the attack."""
    profile = get_profile(SETTINGS.profile)
    cells = asked.comparison.frame("climate_cells")
    schools = cells[cells["school_id"].notna()]
    assert (schools["status"] == "withheld").any()
    for _, block in schools.groupby(["school_id", "topic"]):
        statuses = block["status"].replace("withheld", "complementary")
        assert audit(block, statuses, count="count", relations=relate_cells(block), profile=profile).passed


def test_nothing_under_the_minimum_is_in_a_record(asked: Asked) -> None:
    """Neither n nor what an estimate and n give is under ten."""
    for school_id in asked.school_ids:
        for finding in find_climate(**asked.about(school_id)):
            for one in finding.records():
                if one.status != "ok" or one.n is None:
                    continue
                assert one.n >= 10
                if (
                    one.unit == "percent"
                    and one.estimate is not None
                    and one.finding
                    in (
                        "chronic_absence",
                        "referral_spread",
                        "students_at_risk",
                        "referral_view",
                        "scale_low",
                    )
                ):
                    assert round(one.n * one.estimate / 100) >= 10


def test_no_staff_or_student_id_is_said(drawn: dict[str, pd.DataFrame], asked: Asked) -> None:
    """Who wrote referrals is never among what is printed."""
    names = {*drawn["staff"]["staff_id"], *drawn["enrollments"]["student_id"]}
    for finding in find_climate(**asked.about(asked.school_ids[0])):
        table = finding.table()
        cells = [cell for row in table.rows for cell in row] if table else []
        said = " ".join([finding.sentence(), *cells, *(str(one.to_dict()) for one in finding.records())])
        assert not [name for name in names if f" {name} " in f" {said} " and not name.isdecimal()]


def test_without_the_tables_one_sentence_is_said(drawn: dict[str, pd.DataFrame]) -> None:
    """A district that gave nothing gets one finding of one sentence."""
    tables = {name: frame for name, frame in drawn.items() if name in ("schools", "enrollments", "staff")}
    asked = ask(tables, settings=SETTINGS)
    findings = find_climate(**asked.about(asked.school_ids[0]))
    assert [type(one) for one in findings] == [ClimateAbsentFinding]
    assert findings[0].sentence().count(". ") == 0


@pytest.mark.parametrize(("table", "n_sections"), [("attendance", 2), ("referrals", 3)])
def test_a_table_that_was_not_given_is_named(drawn: dict[str, pd.DataFrame], table: str, n_sections: int) -> None:
    """Every section that rests on a table that the district did not give says so."""
    asked = _ask(drawn, table)
    said = [one.sentence() for one in find_climate(**asked.about(asked.school_ids[0]))]
    assert sum(f"the district gave no table of {table}" in one for one in said) == n_sections


def test_without_a_calendar_attendance_gives_the_days_with_a_caveat(drawn: dict[str, pd.DataFrame]) -> None:
    """The rate is there, and where its days come from is said."""
    asked = _ask(drawn, "calendar")
    findings = find_climate(**asked.about(asked.school_ids[0]))
    referrals = next(one for one in findings if one.heading() == "How often students are referred")
    assert "from the table of attendance" in " ".join(referrals.caveats())
    assert any(one.status == "ok" for one in referrals.records())


def test_without_any_days_no_rate_is_made_up(drawn: dict[str, pd.DataFrame]) -> None:
    """Neither calendar nor attendance: the rate is declined."""
    asked = _ask(drawn, "calendar", "attendance")
    findings = find_climate(**asked.about(asked.school_ids[0]))
    referrals = next(one for one in findings if one.heading() == "How often students are referred")
    assert referrals.sentence().startswith("We cannot say how often students are referred")
    assert referrals.table() is None


@pytest.mark.parametrize("kept", ["one month", "one student", "nobody there"])
def test_thin_data_end_in_sentences(drawn: dict[str, pd.DataFrame], kept: str) -> None:
    """One month, one student, or everybody always absent: sentences, no wrong number, no traceback."""
    tables = dict(drawn)
    if kept == "one month":
        attendance = drawn["attendance"]
        tables["attendance"] = attendance[attendance["month"] == attendance["month"].min()]
    if kept == "one student":
        school_id = min(drawn["schools"]["school_id"])
        student = drawn["enrollments"].loc[drawn["enrollments"]["school_id"] == school_id, "student_id"].iloc[0]
        tables.pop("surveys")
        for name in ("enrollments", "attendance", "referrals", "screenings"):
            frame = drawn[name]
            tables[name] = frame[(frame["school_id"] != school_id) | (frame["student_id"] == student)]
    if kept == "nobody there":
        tables["attendance"] = drawn["attendance"].assign(days_absent=drawn["attendance"]["days_enrolled"])
    asked = ask(tables, settings=SETTINGS)
    for finding in find_climate(**asked.about(asked.school_ids[0])):
        assert check_sentence(finding.sentence()) == []
        finding.figure()
        finding.table()
        for record in finding.records():
            assert kept != "one student" or record.n is None or record.level == "district"


def test_a_school_that_stopped_reporting_gets_no_verdict() -> None:
    """Its year is left out, and the reason stands in the sentence."""
    truths = Truths().without(["lagged_indicators", "systemic_cause"])
    drawn = simulate_district(Sizes(students=2400, schools=8, years=2, seed=3), truths, tables=TABLES).tables
    asked = ask(drawn, settings=SETTINGS)
    faults = asked.comparison.frame("faults")
    silent = faults[(faults["check"] == "silent")]
    assert len(silent)
    school_id, year = str(silent["school_id"].iloc[0]), str(silent["school_year"].iloc[0])
    findings = find_climate(**asked.about(school_id))
    referrals = next(one for one in findings if one.heading() == "How often students are referred")
    assert "is left out of referrals" in referrals.sentence()
    assert year == max(asked.tables["enrollments"]["school_year"])
    assert [note["change"] for note in referrals.notes()] == ["latest figure: 2023–24"]
    assert not [one for one in referrals.records() if one.school_year == year and one.estimate is not None]


def test_risk_ratios_are_printed_only_with_both_minima(asked: Asked) -> None:
    """Each ratio has ten cases and thirty students; each that is missing has a reason."""
    for risk in read_group_risks(asked.comparison, district_id=str(asked.tables["schools"]["district_id"].iloc[0])):
        if risk.ratio is None:
            assert risk.reason
        else:
            assert risk.cases is not None
            assert risk.n is not None
            assert risk.cases >= 10
            assert risk.n >= 30


@pytest.mark.parametrize(
    ("without", "which", "unsaid"),
    [
        ((), "two or more of reading, mathematics, behaviour and attendance", ""),
        (("attendance", "calendar", "referrals"), "both reading and mathematics", "chronically absent"),
    ],
    ids=["all tables", "scores alone"],
)
def test_students_at_risk_are_told_by_the_domains_that_are_known(drawn, without, which, unsaid) -> None:
    """The domains counted are named, and none of which the district has no table."""
    asked = _ask(drawn, *without)
    for school_id in asked.school_ids[:2]:
        found = find_climate(**asked.about(school_id))
        told = [finding for finding in found if finding.heading() == "How many students are at risk in several domains"]
        assert told, "the finding is missing"
        assert which in told[0].sentence()
        if unsaid:
            assert all(unsaid not in kept for kept in told[0].caveats())
