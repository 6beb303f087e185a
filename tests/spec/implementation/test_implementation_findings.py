"""What is said of implementation, and what is said where something is missing."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.implementation.breakdown_finding import find_breakdown
from mtss_analysis.findings.implementation.chapter import find_implementation
from mtss_analysis.findings.implementation.observation_finding import find_observation, find_retention
from mtss_analysis.findings.implementation.separation_finding import find_separation
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.measures.visits import observe_practices
from mtss_analysis.show import check_sentence

from .conftest import FIRST_DAY, SETTINGS, Tables, about, draw_district


def _every_text(found: tuple[ToldFinding, ...]) -> list[str]:
    texts = [text for one in found for text in (one.said, one.short, *one.kept_in_mind)]
    texts += [record.sentence for one in found for record in one.published if record.sentence]
    texts += [str(note["sentence"]) for one in found for note in one.offered]
    texts += [one.drawn.caption for one in found if one.drawn] + [one.listed.caption for one in found if one.listed]
    return [text for text in texts if text]


def test_days_count_from_the_latest_training() -> None:
    """A visit counts from the latest training before it; one before any training has no days; two observers are one."""
    visits = pd.DataFrame(
        {
            "district_id": "D1",
            "walkthrough_id": ["a", "b", "c", "d", "e"],
            "item": "one",
            "staff_id": "T1",
            "school_id": "S1",
            "date": pd.to_datetime(["2025-08-30", "2025-09-03", "2025-10-03", "2025-10-01", "2025-10-03"]),
            "practice": "modeling",
            "implemented": pd.array([2, 2, 2, 1, 0], dtype="Int64"),
            "observer_id": ["O1", "O1", "O1", "O1", "O2"],
        }
    )
    trainings = pd.DataFrame(
        {
            "district_id": "D1",
            "training_id": ["P1", "P2"],
            "practice": "modeling",
            "date": pd.to_datetime(["2025-09-01", "2025-10-01"]),
        }
    )
    there = pd.DataFrame({"district_id": "D1", "training_id": ["P1", "P2"], "staff_id": "T1"})
    there["follow_up_support"] = ["none", "coaching"]
    found = observe_practices(walkthroughs=visits, trainings=trainings, training_attendance=there)
    assert found["days_since"].fillna(-1).tolist() == [-1, 3 - 1, 0, 3 - 1]
    assert found["full"].tolist() == [1, 1, 0, (1 + 0) / 2]
    assert found["support"].fillna("").tolist() == ["", "none", "coaching", "coaching"]


def test_breakdown_is_named_with_practice_group_and_week(told: tuple[ToldFinding, ...]) -> None:
    """The sentence has the practice, both shares, the week and the teachers."""
    said = told[0].said
    assert "Walkthroughs found modeling fully in place" in said
    assert "in the first two weeks after training" in said
    assert "from the third week on, among teachers with 4 or more years of experience" in said
    (note,) = told[0].offered
    assert (note["kind"], note["topic"]) == ("attention", "practice")
    assert note["sentence"].startswith("Across the district, walkthroughs found modeling fully in place")
    assert note["sentence"].endswith("; experience and follow-up support cannot be separated.")


def test_shares_are_the_data(broken: Tables, told: tuple[ToldFinding, ...]) -> None:
    """The share before the break is the mean over lessons of the share of items scored 2."""
    visits = broken["walkthroughs"].merge(broken["staff"][["staff_id", "years_experience"]], on="staff_id")
    before = visits[(visits["years_experience"] >= 4) & (visits["date"] < FIRST_DAY + pd.Timedelta(days=14))]
    lessons = before.assign(full=before["implemented"] == 2).groupby(["staff_id", "date"])["full"].mean()
    record = next(one for one in told[0].published if one.finding == "practice_share" and one.group == "4+ before")
    assert record.estimate == pytest.approx(100 * float(lessons.mean()), abs=1e-6)
    assert record.n == len(lessons)


def test_texts_keep_to_the_words(told: tuple[ToldFinding, ...]) -> None:
    """No sentence, caveat, caption or note breaks the rules of wording."""
    assert [complaint for text in _every_text(told) for complaint in check_sentence(text)] == []


def test_confound_is_said_with_the_missing_contrast(told: tuple[ToldFinding, ...]) -> None:
    """Where all novices and no veteran have support, it says so, shows the empty cells and names who would tell."""
    found = next(one for one in told if one.title == "Experience or support?")
    assert "cannot be separated" in found.said
    assert "To tell, give follow-up support to" in found.said
    assert found.listed is not None
    assert [row[1:] for row in found.listed.rows] == [("20", "none"), ("none", "40")]


def test_overlap_is_separated() -> None:
    """Where all four cells are filled, there is no warning, and both differences are given."""
    tables = draw_district(n_teachers=120, years=lambda n: 1 if n % 2 else 9, supported=lambda n, _: n % 4 < 2)
    found = find_separation(**about(tables))
    assert "can be told apart" in found.said
    assert {record.group for record in found.published if record.finding == "drop_difference"} == {
        "experience",
        "support",
    }


def test_nothing_is_named_without_a_breakdown() -> None:
    """Without a drop the sentence says what was searched and that nothing stands out."""
    found = find_breakdown(**about(draw_district(drop=0.0)))
    assert "can a drop after the training be told apart from noise" in found[0].said
    assert not found[0].offered


THIN = {
    "no walkthroughs": (lambda t: t.pop("walkthroughs"), "The district gave no walkthroughs"),
    "no trainings": (lambda t: t.pop("trainings"), "no data in the table trainings"),
    "nobody attended": (lambda t: t.update(training_attendance=t["training_attendance"][:0]), "training_attendance"),
    "visits before": (
        lambda t: t.update(trainings=t["trainings"].assign(date=pd.Timestamp("2026-05-01"))),
        "no lesson was observed after a training",
    ),
    "few teachers": (
        lambda t: t.update(walkthroughs=t["walkthroughs"][t["walkthroughs"]["staff_id"] < "T008"]),
        "no group has 10 people observed before and after",
    ),
}


@pytest.mark.parametrize("case", THIN)
def test_missing_data_are_a_sentence(broken: Tables, case: str) -> None:
    """What is missing is said in one sentence, and every finding can still be laid out."""
    change, expected = THIN[case]
    tables = dict(broken)
    change(tables)
    found = find_implementation(**about(tables))
    assert expected in " ".join(one.said for one in found)
    assert [complaint for text in _every_text(found) for complaint in check_sentence(text)] == []


def test_training_that_nobody_attended_is_named(broken: Tables) -> None:
    """A second training without attendance is named beside the first."""
    second = broken["trainings"].assign(training_id="P2", practice="read_aloud")
    tables = dict(broken) | {"trainings": pd.concat([broken["trainings"], second], ignore_index=True)}
    found = find_breakdown(**about(tables))[0]
    assert any(
        "Nobody is recorded as having attended the training in read aloud" in text for text in found.kept_in_mind
    )


def test_one_observer_is_said() -> None:
    """With a single observer, agreement and drift cannot be said, and why."""
    found = find_observation(**about(draw_district(observers=1)))
    assert "the walkthroughs name a single observer" in found.said
    assert "no school has two observers" in found.said


def test_one_visit_each_is_said() -> None:
    """With one visit to each teacher nothing breaks down the page, and retention is not claimed."""
    tables = draw_district(visits=1, n_teachers=90)
    found = find_implementation(**about(tables))
    assert [complaint for text in _every_text(found) for complaint in check_sentence(text)] == []
    retained = find_retention(**about(tables))
    assert all(record.estimate is None for record in retained.published)


@pytest.mark.parametrize("case", ["no staff", "one band"])
def test_unknown_experience_is_said(broken: Tables, case: str) -> None:
    """Without a staff table, or with all in one band, teachers are not compared, and the reason is given."""
    tables = dict(broken) if case == "no staff" else draw_district(years=lambda _: 8)
    if case == "no staff":
        tables.pop("staff")
    found = find_breakdown(**about(tables))
    assert any("cannot be compared by experience" in text for one in found for text in one.kept_in_mind)
    assert "in all teachers" in found[0].said or "among all trained teachers" in found[0].said


def test_district_without_tables_is_one_sentence(broken: Tables) -> None:
    """A district that gave none of the tables gets one sentence."""
    found = find_implementation(**about({"schools": broken["schools"]}))
    assert len(found) == 1
    assert "nothing can be said" in found[0].said


def test_same_inputs_give_the_same_records(broken: Tables, told: tuple[ToldFinding, ...]) -> None:
    """Random signs are seeded: a second analysis gives the same records."""
    again = find_implementation(**about(broken))
    assert [record.to_dict() for one in again for record in one.published] == [
        record.to_dict() for one in told for record in one.published
    ]


def test_small_numbers_of_teachers_are_not_printed() -> None:
    """No printed number rests on fewer teachers than the minimum, and a small cell is given in words."""
    tables = draw_district(n_teachers=75, years=lambda n: 1 if n < 15 else 8, supported=lambda n, _: n < 6)
    found = find_implementation(**about(tables))
    records = [record for one in found for record in one.published]
    resting = [
        record.n_clusters for record in records if record.n_clusters is not None and record.measure == "modeling"
    ]
    assert resting
    assert min(resting) >= 10
    cells = [record for record in records if record.finding == "teachers_by_experience_and_support"]
    assert all(record.estimate is None for record in cells)
    assert {record.verdict for record in cells} == {"none", "fewer than 10", "10 or more"}


def test_a_single_hidden_school_hides_another() -> None:
    """A school with few teachers cannot be had from the district and the other schools."""
    tables = draw_district(n_teachers=60)
    small = tables["staff"]["staff_id"].isin([f"T{number:03d}" for number in (0, 3, 6, 9, 12)])
    for name in ("staff", "walkthroughs"):
        moved = tables[name]["staff_id"].isin(tables["staff"].loc[small, "staff_id"])
        tables[name] = tables[name].assign(school_id=tables[name]["school_id"].mask(moved, "S4"))
    last = tables["schools"].iloc[[0]].assign(school_id="S4", school_name="School S4")
    tables["schools"] = pd.concat([tables["schools"], last], ignore_index=True)
    statuses = []
    for school_id in ("S1", "S2", "S3", "S4"):
        records = find_breakdown(**about(tables, school_id=school_id))[0].published
        own = [one for one in records if one.finding == "practice_share_of_school" and one.school_id == school_id]
        statuses += [one.status for one in own]
    assert sorted(statuses) == ["ok", "ok", "withheld", "withheld"]


def test_no_teacher_stands_in_a_record(told: tuple[ToldFinding, ...], broken: Tables) -> None:
    """No id of a teacher or an observer is in any text or record."""
    ids = {*broken["staff"]["staff_id"], *broken["walkthroughs"]["observer_id"]}
    written = " ".join(str(record.to_dict()) for one in told for record in one.published) + " ".join(_every_text(told))
    assert not [name for name in ids if name in written]


def test_breakdown_error_is_a_parameter(broken: Tables) -> None:
    """With an error of nothing, nothing is named."""
    settings = dataclasses.replace(
        SETTINGS, implementation=dataclasses.replace(SETTINGS.implementation, breakdown_error=0.0)
    )
    found = find_breakdown(**about(broken, settings=settings))
    assert not found[0].offered
    assert np.all([record.verdict != "named" for record in found[0].published])


@pytest.mark.parametrize(
    ("practice", "name"),
    [
        ("co_teaching", "co-teaching"),
        ("explicit_instruction", "explicit instruction"),
        ("pre_teaching", "pre-teaching"),
    ],
)
def test_a_practice_is_named_as_people_write_it(practice, name):
    """A part of a word is tied to the next by a hyphen, words stand apart."""
    assert name_practice(practice) == name
