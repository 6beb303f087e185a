"""A change of the test breaks every trend that runs across it, and a grade that few were screened in has none."""

import pytest

from mtss_analysis.findings.overview.source import judge_all
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trend_settings import ScaleChange, TrendSettings
from mtss_analysis.findings.trends.chapter import find_below_cut, find_gaps, find_levels, find_trends
from mtss_analysis.show import check_sentence

SCHOOL = "0012"
LATEST = "2023-24"


def _changed(what: str, *, linked: bool = False) -> TrendSettings:
    return TrendSettings(changes=(ScaleChange(measure="orf", school_year=LATEST, what=what, linked=linked),))


def _kpi(finding):
    (note,) = [note for note in finding.notes() if note["kind"] == "kpi"]
    return note


@pytest.mark.parametrize("find", [find_levels, find_below_cut, find_gaps])
def test_a_new_test_starts_every_series_anew(ask_state, shape, find):
    """After a change of the test without a link, page one shows one year, no change, and the caveat says why."""
    broken = ask_state(shape=shape(students=40), trends=_changed("test")).find(find, SCHOOL)[0]
    assert len(_kpi(broken)["values"]) == 1
    assert "last year" not in str(_kpi(broken)["change"])
    (caveat,) = [caveat for caveat in broken.caveats() if "do not compare" in caveat]
    assert "the test changed in 2023–24 and no link is declared" in caveat
    assert check_sentence(caveat) == []
    assert len(broken.table().rows) >= 3


@pytest.mark.parametrize("find", [find_levels, find_below_cut, find_gaps])
def test_a_declared_link_lets_every_series_go_on(ask_state, shape, find):
    """With a link, all three years are shown and nothing is said of a change."""
    linked = ask_state(shape=shape(students=40), trends=_changed("test", linked=True)).find(find, SCHOOL)[0]
    assert len(_kpi(linked)["values"]) == 3
    assert not any("do not compare" in caveat for caveat in linked.caveats())


def test_a_new_cut_breaks_the_share_below_it_alone(ask_state, shape):
    """A change of the cut score breaks the share below the cut, and neither means nor gaps."""
    asked = ask_state(shape=shape(students=40), trends=_changed("cut"))
    series = {find: _kpi(asked.find(find, SCHOOL)[0])["values"] for find in (find_levels, find_below_cut, find_gaps)}
    assert {find.__name__: len(values) for find, values in series.items()} == {
        "find_levels": 3,
        "find_below_cut": 1,
        "find_gaps": 3,
    }


def _forget_half_of_grade_two(tables):
    """Let rooms be grades, and take half of grade 2's scores of one year away."""
    enrollments = tables["enrollments"]
    room = enrollments["classroom_id"].str.slice(1).astype(int)
    tables["enrollments"] = enrollments.assign(grade=(room + 1).astype(str))
    rows = tables["screenings"]
    half = rows["student_id"].str.match(f"{SCHOOL}-01") & (rows["student_id"].str[-1].astype(int) % 2 == 0)
    tables["screenings"] = rows[~(half & (rows["school_year"] == "2022-23") & (rows["measure"] == "orf"))]


@pytest.fixture
def half_screened(ask_state, shape):
    """A school in which half of grade 2 has no score in one year."""
    settings: dict[str, object] = {"follow": "grade", "population": "district", "groups": ()}
    return ask_state(shape=shape(students=40), change=_forget_half_of_grade_two, **settings)


def test_the_trend_of_a_grade_that_few_were_screened_in_is_left_out(half_screened):
    """Where half a grade has no score in a year, its trend is not estimated and says why; other grades' trends are."""
    (finding,) = half_screened.find(find_trends, SCHOOL)
    reasons = {
        trend.trend_grade: (trend.cell.slope is None, trend.cell.reason)
        for trend in finding.trends
        if trend.kind == "standing"
    }
    assert reasons["2"] == (True, "too few of the grade were screened in 2022–23")
    assert all(not left_out for grade, (left_out, _) in reasons.items() if grade != "2")
    (record,) = [one for one in finding.records() if one.grade == "2" and str(one.unit).startswith("standing")]
    assert (record.status, record.estimate) == ("not_estimable", None)
    assert record.reason == "too few of the grade were screened in 2022–23"


def test_overviews_and_causes_judge_as_the_school_packet_does(half_screened):
    """Of every trend with a slope, the overview has the packet's slope and verdict, and of no other."""
    (finding,) = half_screened.find(find_trends, SCHOOL)
    place = (finding.school.district_id, SCHOOL)
    rows = judge_all(half_screened.comparison, schools=[place], settings=half_screened.settings)
    keys = ["measure", "trend_grade", "group", "kind"]
    told = {tuple(row[key] for key in keys): (row["slope"], row["verdict"]) for row in rows.to_dict("records")}
    packet = {
        tuple(getattr(trend, key) for key in keys): (trend.cell.slope.estimate, trend.verdict)
        for trend in finding.trends
        if trend.cell and trend.cell.slope
    }
    assert packet
    assert told == packet
    assert not any(grade == "2" for _, grade, _, _ in told)


def _forget_half_of_a_year(tables):
    rows = tables["screenings"]
    here = (rows["school_id"] == SCHOOL) & (rows["school_year"] == "2022-23") & (rows["measure"] == "orf")
    tables["screenings"] = rows[~(here & (rows["student_id"].str[-1].astype(int) % 2 == 0))]


def test_levels_say_which_grade_few_were_screened_in(ask_state):
    """The section on scores names the grade, the year and the share, and says what that means."""
    (finding,) = ask_state(change=_forget_half_of_a_year, groups=()).find(find_levels, SCHOOL)
    (said,) = [caveat for caveat in finding.caveats() if "second-graders" in caveat]
    assert said.startswith("In spring 2023, 50 of every 100 enrolled second-graders have a score in reading.")
    assert check_sentence(said) == []


@pytest.mark.parametrize("find", [find_below_cut, find_gaps])
def test_shares_and_gaps_name_the_grade_few_were_screened_in(ask_state, find):
    """The sections on shares below the cut and on gaps say which grade and year do not stand for the whole grade."""
    finding = ask_state(change=_forget_half_of_a_year).find(find, SCHOOL)[0]
    (said,) = [caveat for caveat in finding.caveats() if caveat.startswith("Too few were screened")]
    assert said == "Too few were screened to stand for the whole grade: grade 2 in 2022–23."
    assert check_sentence(said) == []


def test_a_school_that_screens_everybody_is_left_in_peace(ask_state, everything: Settings):
    """Where everybody has a score, no trend is left out and no caveat says so."""
    asked = ask_state(settings=everything)
    for find in (find_levels, find_below_cut, find_gaps):
        assert not any("whole grade" in caveat for caveat in asked.find(find, SCHOOL)[0].caveats())
    assert not any(
        "too few of the grade" in trend.cell.reason for trend in asked.find(find_trends, SCHOOL)[0].trends if trend.cell
    )
