"""Overviews: made of what is printed of schools alone, fair, worded without ranking, and silent where data are thin."""

import json

import pandas as pd
import pytest

from mtss_analysis.errors import DataError
from mtss_analysis.findings.overview.chapter import (
    find_fair_comparison,
    find_level_and_change,
    find_needs,
    find_resources,
)
from mtss_analysis.findings.overview.definitions import INDICATOR, find_definitions, read_definitions
from mtss_analysis.findings.overview.merged import _place_scores, gather_state
from mtss_analysis.findings.overview.mix import _find_shares, shift_mix
from mtss_analysis.findings.overview.source import gather_district
from mtss_analysis.findings.overview.stand import HIGHER, LOWER, stand_apart
from mtss_analysis.findings.page_one import write_page_one
from mtss_analysis.findings.record import RECORD_FIELDS
from mtss_analysis.findings.settings import Settings, StudentGroup
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import check_sentence

FIVE = {"D1": ("0012", "0013", "0014", "0015", "0016"), "D2": ("0021",)}
RANKING = ("best", "worst", "top", "bottom", "leads", "ranked", "rank ", "first place", "last place", "outperform")


def ask_all(source):
    """Give every finding of an overview."""
    return [
        *find_fair_comparison(source), *find_needs(source), *find_level_and_change(source), find_resources(source),
    ]  # fmt: skip


def gather(asked, district_id="D1"):
    """Gather a district's overview."""
    return gather_district(
        asked.comparison, roster=asked.state.roster, district_id=district_id, settings=asked.settings
    )


def write_records(findings):
    """Write the records of findings as they stand in findings.parquet."""
    rows = [record.to_dict() for finding in findings for record in finding.records()]
    return pd.DataFrame(rows, columns=list(RECORD_FIELDS))


def define(asked, source):
    """Give the definitions of a district."""
    return find_definitions(
        asked.comparison, district_id=source.district_id, roster=source.roster, settings=asked.settings
    )


def test_limits_are_those_of_the_funnel():
    """Four schools alike but one: target, chance limits and t test follow from means and errors by hand."""
    points = pd.DataFrame({"like": [0.0, 0.0, 0.0, 0.4], "like_se": [0.1, 0.1, 0.1, 0.1], "status": "ok"})
    stood = stand_apart(points, settings=Settings(indicators=()))
    assert stood["target"].tolist() == pytest.approx([0.1] * 4)
    assert stood["chance_low"].iloc[0] == pytest.approx(0.1 - 1.959964 * 0.1, abs=1e-6)
    assert (stood["high"] >= stood["chance_high"]).all()
    assert stood["n_schools"].tolist() == [4] * 4


def test_a_school_that_is_withheld_is_no_point():
    """A school under the minimum has no limits, no place and no verdict, and moves nobody else's."""
    points = pd.DataFrame({"like": [0.0, 0.1, -0.1, 9.0], "like_se": [0.1] * 4, "status": ["ok"] * 3 + ["withheld"]})
    stood = stand_apart(points, settings=Settings(indicators=()))
    alone = stand_apart(points.iloc[:3], settings=Settings(indicators=()))
    assert stood["target"].isna().tolist() == [False, False, False, True]
    assert stood["rank_high"].max() == 3
    pd.testing.assert_frame_equal(stood.iloc[:3], alone)


def test_fewer_than_three_schools_are_not_compared(ask_state, shape):
    """Two schools of a district compared with their own say that they cannot be compared, without a figure."""
    asked = ask_state(shape=shape(districts={"D1": ("0012", "0013")}), population="district")
    finding = find_fair_comparison(gather(asked))[0]
    assert finding.sentence().startswith("We cannot say which schools stand apart")
    assert finding.figure() is None
    assert not {record.finding for record in finding.records()} & {"schools_average", "likely_places"}


def test_means_as_they_are_come_from_printed_cells(ask_state, shape):
    """A school's mean as it is must be the weighted mean of the cells that its own packet prints."""
    asked = ask_state(shape=shape(districts=FIVE), follow="grade")
    levels = asked.comparison.frame("levels")
    latest = levels[(levels["level"] == "school") & (levels["group"] == ALL) & (levels["status"] == "ok")]
    latest = latest[latest["school_year"] == latest["school_year"].max()]
    records = [
        record for record in find_fair_comparison(gather(asked))[0].records() if record.finding == "mean_as_it_is"
    ]
    assert len(records) == 5
    for record in records:
        own = latest[latest["school_id"] == record.school_id]
        assert record.estimate == pytest.approx(float((own["n"] * own["mean_standing"]).sum() / own["n"].sum()))
        assert record.n == own["n"].sum()


def test_schools_stand_in_the_order_of_the_roster(ask_state, shape):
    """No table of an overview is sorted by a result."""
    source = gather(ask_state(shape=shape(districts=FIVE)))
    names = list(source.roster["school_name"])
    tables = [finding.table() for finding in ask_all(source)]
    for table in tables:
        if table is not None and table.columns[0].title == "School":
            shown = [row[0].rstrip("*").split(" ", 1)[1] for row in table.rows]
            assert shown == [name for name in names if name in shown]


def test_nothing_is_worded_as_a_ranking(ask_state, shape):
    """Every sentence keeps to the fixed words, and none ranks, praises or blames."""
    source = gather(ask_state(shape=shape(districts=FIVE)))
    for finding in ask_all(source):
        texts = [finding.sentence(), *finding.caveats(), *[str(note["sentence"]) for note in finding.notes()]]
        figure, table = finding.figure(), finding.table()
        texts += [figure.caption, figure.alt] if figure else []
        texts += [table.caption] if table else []
        for text in texts:
            assert check_sentence(text) == [], text
            assert not any(word in text.lower() for word in RANKING), text
        assert figure is None or len(figure.alt) <= 600


def test_the_mix_is_taken_out_by_hand():
    """Groups that differ by 1 within schools and shares of 0.2 and 0.8 move means by −0.3 and +0.3."""
    rows = [
        {
            "district_id": "D",
            "school_id": school,
            "cluster": school,
            "lunch": value,
            "standing": base - (value == "yes"),
        }
        for school, base, n_yes in (("a", 0.0, 20), ("b", 2.0, 80))
        for value in ["yes"] * n_yes + ["no"] * (100 - n_yes)
    ]
    cells = pd.DataFrame(
        [
            {"district_id": "D", "school_id": school, "trend_grade": ALL, "group": group, "n": n, "status": "ok"}
            for school, n_yes in (("a", 20), ("b", 80))
            for group, n in ((ALL, 100), ("lunch=yes", n_yes), ("lunch=no", 100 - n_yes))
        ]
    )
    mix = shift_mix(pd.DataFrame(rows), cells=cells, settings=_settings())
    assert mix.shift["D", "a"] == pytest.approx(-0.3)
    assert mix.shift["D", "b"] == pytest.approx(0.3)
    assert mix.held == ("income",)


@pytest.mark.parametrize("n_yes", [0, 1, 5, 9])
def test_a_withheld_group_cannot_be_told_from_the_adjusted_mean(n_yes):
    """All numbers under the minimum enter the mix alike, so an adjusted mean tells nothing of which it is."""
    cells = pd.DataFrame(
        [
            {"trend_grade": ALL, "group": ALL, "n": 60, "status": "ok"},
            {"trend_grade": ALL, "group": "lunch=yes", "n": n_yes, "status": "withheld"},
            {"trend_grade": ALL, "group": "lunch=no", "n": 60 - n_yes, "status": "withheld"},
        ]
    )
    settings = _settings()
    shares = _find_shares(cells, groups=settings.groups, settings=settings)
    assert shares is not None
    assert shares.tolist() == [5 / 60]


def test_a_school_under_the_minimum_has_no_number(ask_state, shape):
    """A school of six students has no number in the overview, and the average is that of the schools shown."""

    def leave_six(tables):
        enrollments = tables["enrollments"]
        mine = enrollments["school_id"] == "0016"
        six = sorted(enrollments.loc[mine, "student_id"].unique())[:6]
        tables["enrollments"] = enrollments[~mine | enrollments["student_id"].isin(six)]

    source = gather(ask_state(shape=shape(districts=FIVE), change=leave_six))
    records = write_records(find_fair_comparison(source))
    hidden = records[records["school_id"] == "0016"]
    assert hidden["status"].tolist() == ["withheld"]
    assert hidden[["estimate", "std_error", "n"]].isna().all(axis=None)
    shown = source.fair[source.fair["status"] == "ok"]
    weights = 1 / shown["like_se"] ** 2
    assert shown["target"].iloc[0] == pytest.approx(float((weights * shown["like"]).sum() / weights.sum()))
    assert "0016" not in " ".join(shown["school_id"])


def test_records_make_the_state_again(ask_state, shape):
    """A state gathered from the records of all its districts holds the same means, limits and verdicts."""
    asked = ask_state(shape=shape(districts=FIVE))
    records = []
    for district_id in ("D1", "D2"):
        source = gather(asked, district_id)
        records.append(write_records([*ask_all(source), define(asked, source)]))
    state = gather_state({"run": pd.concat(records, ignore_index=True)}, name="All")
    first = asked.comparison.frame("fair").sort_values(["district_id", "school_id"], ignore_index=True)
    again = state.fair.sort_values(["district_id", "school_id"], ignore_index=True)
    assert again["verdict"].tolist() == first["verdict"].tolist()
    assert again["like"].tolist() == pytest.approx(first["like"].tolist(), rel=1e-6)
    assert again["low"].tolist() == pytest.approx(first["low"].tolist(), rel=1e-6)
    assert state.roster["school_name"].tolist()[0] == "School 0012"
    for finding in ask_all(state):
        assert check_sentence(finding.sentence()) == []


def test_different_definitions_are_refused_by_name(ask_state, shape):
    """Two runs with another profile or another window are refused; the error names both runs and what differs."""
    asked = ask_state(shape=shape(districts=FIVE))
    source = gather(asked)
    records = write_records([define(asked, source)])
    other = records.copy()
    other["method"] = other["method"].str.replace('"disclosure":"n10"', '"disclosure":"utah"', regex=False)
    with pytest.raises(DataError, match="one and two define disclosure differently: n10 and utah"):
        read_definitions({"one": records, "two": other})
    window = records.copy()
    window["method"] = window["method"].str.replace('"window":"spring"', '"window":"fall"', regex=False)
    with pytest.raises(DataError, match="define window of orf differently: spring and fall"):
        read_definitions({"one": records, "two": window})
    with pytest.raises(DataError, match="three holds no definitions"):
        read_definitions({"three": records.iloc[:0]})


def test_districts_that_ran_by_themselves_are_told_apart(ask_state, shape):
    """Where norms differ, what is put together are scores as they are, and the sentence says that no mix is held."""
    asked = ask_state(shape=shape(districts=FIVE))
    source = gather(asked)
    records = write_records([*ask_all(source), define(asked, source)])
    other = records.copy()
    other["district_id"] = "D9"
    norms = other["finding"] == INDICATOR
    told = json.loads(other.loc[norms, "method"].iloc[0]) | {"norms": "another"}
    other.loc[norms, "method"] = json.dumps(told, sort_keys=True, separators=(",", ":"))
    state = gather_state({"one": records, "two": other}, name="All")
    assert state.fair.empty
    assert find_fair_comparison(state)[0].sentence().startswith("We cannot say")


def _settings():
    lunch = StudentGroup(
        column="lunch", label="income", focus="yes", reference="no", focus_label="some", reference_label="others"
    )
    return Settings(indicators=(), groups=(lunch,))


def test_scores_of_districts_that_ran_apart_are_placed_by_hand():
    """Means of 90 and 110 of 20 students with an SD of √80 lie ∓10 / √(80 + 100) from their common average."""
    rows = pd.DataFrame(
        {
            "district_id": ["D1", "D2", "D2"], "school_id": ["a", "b", "c"], "finding": "mean_score", "group": ALL,
            "status": "ok", "grade": "3", "school_year": "2025-26", "estimate": [90.0, 110.0, 500.0],
            "std_error": [2.0, 2.0, 2.0], "n": [20.0, 20.0, 5.0],
        }
    )  # fmt: skip
    placed = _place_scores(rows, settings=_settings()).set_index("school_id")
    assert placed["raw"].to_dict() == pytest.approx({"a": -10 / 180**0.5, "b": 10 / 180**0.5})
    assert placed["raw_se"].to_dict() == pytest.approx({"a": 2 / 180**0.5, "b": 2 / 180**0.5})


@pytest.mark.parametrize(
    "thin",
    [
        {"districts": {"D1": ("0012",)}},
        {"districts": {"D1": ("0012",)}, "years": (2023,), "classrooms": 1, "students": 1},
        {"districts": {"D1": ("0012", "0013", "0014")}, "years": (2023,)},
        {"districts": {"D1": ("0012", "0013", "0014")}, "classrooms": 1, "students": 4},
        {"districts": {"D1": ("0012", "0013", "0014")}, "classrooms": 1, "students": 30},
    ],
)
def test_thin_data_are_said_in_a_sentence(ask_state, shape, thin):
    """One school, one year, one student, small schools, one classroom: a sentence that says so, no wrong number."""
    asked = ask_state(shape=shape(**thin))
    source = gather(asked)
    findings = ask_all(source)
    for finding in findings:
        for text in (finding.sentence(), finding.answer()):
            assert not text or check_sentence(text) == [], text
        finding.figure()
        finding.table()
    records = write_records([*findings, define(asked, source)])
    assert not ((records["status"] == "withheld") & records["estimate"].notna()).any()
    state = gather_state({"run": records}, name="All")
    for finding in ask_all(state):
        assert finding.sentence()


def test_all_students_alike_are_not_compared(ask_state, shape):
    """Where every student has the same score there is no standing, and no school is a point."""

    def make_alike(tables):
        tables["screenings"]["score"] = 100.0

    finding = find_fair_comparison(gather(ask_state(shape=shape(districts=FIVE), change=make_alike)))[0]
    assert finding.sentence().startswith("We cannot say")
    assert finding.figure() is None


def test_page_one_is_made_of_notes(ask_state, shape):
    """Page one of an overview holds its indicators and says that nothing stands out where nothing does."""
    source = gather(ask_state(shape=shape(districts=FIVE)))
    notes = [note for finding in ask_all(source) for note in finding.notes()]
    cover = write_page_one([note for note in notes if note["kind"] == "kpi"], subject="school or shared trend")
    assert "No school or shared trend stands out as concerning beyond noise." in cover[0].markdown


def test_verdicts_are_words_of_the_glossary():
    """Verdicts are said as directions, never as merit."""
    assert (HIGHER, LOWER) == ("higher", "lower")
