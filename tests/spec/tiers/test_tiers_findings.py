"""Tier percentages, bounds, verdicts and moves of small districts, with the expected value written as arithmetic."""

import dataclasses

import pytest

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import Fault, frame_faults
from mtss_analysis.findings.tiers.chapter import (
    find_grade_support,
    find_tier_exits,
    find_tier_growth,
    find_tier_moves,
    find_tier_shares,
    find_tier_times,
)
from mtss_analysis.findings.tiers.guides import GUIDES, IES, SOUTH_DAKOTA, judge
from mtss_analysis.show import check_sentence
from mtss_analysis.stats import estimate_proportion

MINIMUM = get_profile("n10").minimum
ALWAYS = {"fall": "1", "winter": "1", "spring": "1"}


def records_of(findings, **keys):
    """Give the records of findings whose fields have these values."""
    every = [record for finding in findings for record in finding.records()]
    return [record for record in every if all(getattr(record, name) == value for name, value in keys.items())]


def only(findings, **keys):
    """Give the one such record."""
    (found,) = records_of(findings, **keys)
    return found


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (81, 89, "within"),
        (80, 90, "within"),
        (70, 79.9, "below"),
        (90.1, 95, "above"),
        (78, 84, "cannot tell"),
        (85, 92, "cannot tell"),
        (70, 95, "cannot tell"),
    ],
)
def test_a_verdict_needs_the_whole_range(low, high, expected):
    """A range that holds an end of the band cannot tell; the ends themselves belong to the band."""
    assert judge(low=low, high=high, band=(80, 90)) == expected


def test_the_two_guides_are_not_merged():
    """92 of 100 in Tier 1 lie within the South Dakota guide and above the IES one."""
    assert judge(low=91, high=93, band=SOUTH_DAKOTA.band("1", about_points=5)) == "within"
    assert judge(low=91, high=93, band=IES.band("1", about_points=5)) == "above"
    assert SOUTH_DAKOTA.band("2", about_points=5) == (10, 20)
    assert SOUTH_DAKOTA.band("3", about_points=5) == (0, 10)
    assert [IES.band(tier, about_points=5) for tier in "123"] == [(80, 90), (5, 15), (1, 5)]
    assert set(GUIDES) == {"south_dakota", "ies"}


@pytest.mark.parametrize(("guide", "verdict"), [("south_dakota", "within"), ("ies", "above")])
def test_92_in_100_passes_one_guide_and_exceeds_the_other(tiny, guide, verdict):
    """3680 of 4000 students in Tier 1: within the one, above the other, in record and sentence."""
    tables = tiny.make_tables(
        tiny.draw({"spring": "1"}, n=3680), tiny.draw({"spring": "2"}, n=240), tiny.draw({"spring": "3"}, n=80)
    )
    found = find_tier_shares(**tiny.ask(tables, guide=guide).about("S1"))
    first = only([found], finding="tier_share", measure="tier_1_spring", domain="overall")
    assert first.estimate == pytest.approx(100 * 3680 / 4000)
    assert (first.verdict, first.n, first.design) == (verdict, 4000, f"guide {guide}")
    assert f"that is {verdict} {GUIDES[guide].label}" in found.sentence()
    assert GUIDES[{"south_dakota": "ies", "ies": "south_dakota"}[guide]].label not in found.sentence()


def test_shares_are_of_students_with_a_known_tier_with_bounds_over_all(tiny):
    """120, 24, 16 and 40 not screened: 120/160, and from 120/200 to 160/200 whatever the 40 are."""
    tables = tiny.make_tables(
        tiny.draw({"spring": "1"}, n=120),
        tiny.draw({"spring": "2"}, n=24),
        tiny.draw({"spring": "3"}, n=16),
        tiny.draw({"spring": "-"}, n=40),
    )
    found = [find_tier_shares(**tiny.ask(tables).about("S1"))]
    first = only(found, finding="tier_share", measure="tier_1_spring", domain="overall")
    wilson = estimate_proportion(successes=120, n=160)
    assert first.estimate == pytest.approx(100 * 120 / 160)
    assert (first.ci_low, first.ci_high) == pytest.approx((100 * wilson.ci_low, 100 * wilson.ci_high))
    assert first.n == 160
    worst = only(found, finding="tier_share_worst", measure="tier_1_spring", domain="overall")
    best = only(found, finding="tier_share_best", measure="tier_1_spring", domain="overall")
    assert (worst.estimate, best.estimate) == pytest.approx((100 * 120 / 200, 100 * 160 / 200))
    third = only(found, finding="tier_share_best", measure="tier_3_spring", domain="overall")
    assert third.estimate == pytest.approx(100 * (16 + 40) / 200)
    missing = only(found, finding="tier_not_screened", domain="overall")
    assert (missing.estimate, missing.n) == pytest.approx((100 * 40 / 200, 200))
    assert first.verdict == "cannot tell"
    assert "40 students" in found[0].sentence()


@pytest.mark.parametrize(("left_out", "verdict"), [(True, "cannot tell"), (False, "within")])
def test_a_year_whose_tiers_cannot_be_trusted_is_not_judged(tiny, left_out, verdict):
    """Where a fault leaves the tiers of a year out, shares are printed without a verdict, and a caveat says why."""
    tables = tiny.make_tables(tiny.draw({"spring": "1"}, n=765), tiny.draw({"spring": "2"}, n=135))
    asked = tiny.ask(tables)
    place = {"district_id": "D1", "school_id": "S1", "school_year": "2024-25"}
    fault = Fault(**place, source="tiers", aspect="freshness", check="no_rows", left_out=left_out)
    frames = {**asked.comparison.frames, "faults": frame_faults([fault])}
    found = find_tier_shares(**dataclasses.replace(asked, comparison=Comparison(frames=frames)).about("S1"))
    first = only([found], finding="tier_share", measure="tier_1_spring", domain="overall")
    assert (first.verdict, first.estimate) == (verdict, pytest.approx(85.0))
    assert any("Nothing is judged against the guide" in caveat for caveat in found.caveats()) == left_out


def test_students_who_were_not_screened_take_the_verdict_away(tiny):
    """85 of 100 in Tier 1 are within the guide where all were screened, and cannot tell where a fifth was not."""
    seen = [tiny.draw({"spring": "1"}, n=1700), tiny.draw({"spring": "2"}, n=240), tiny.draw({"spring": "3"}, n=60)]
    all_seen = [find_tier_shares(**tiny.ask(tiny.make_tables(*seen)).about("S1"))]
    assert only(all_seen, finding="tier_share", measure="tier_1_spring", domain="overall").verdict == "within"
    unseen = tiny.make_tables(*seen, tiny.draw({"spring": "-"}, n=500))
    found = [find_tier_shares(**tiny.ask(unseen).about("S1"))]
    record = only(found, finding="tier_share", measure="tier_1_spring", domain="overall")
    assert record.estimate == pytest.approx(85)
    assert record.verdict == "cannot tell"
    assert "cannot be told" in found[0].sentence()


def test_few_who_were_not_screened_are_a_limit_and_bounds_use_the_limit(tiny):
    """Whether 0 or 9 students were not screened, the same is printed, and the bounds are those of 9."""
    seen = [tiny.draw({"spring": "1"}, n=160), tiny.draw({"spring": "2"}, n=25), tiny.draw({"spring": "3"}, n=15)]
    printed = set()
    for n_unseen in (0, 9):
        more = [tiny.draw({"spring": "-"}, n=n_unseen)] if n_unseen else []
        found = find_tier_shares(**tiny.ask(tiny.make_tables(*seen, *more)).about("S1"))
        best = only([found], finding="tier_share_best", measure="tier_1_spring", domain="overall")
        assert best.estimate == pytest.approx(100 * (160 + 9) / 209)
        assert only([found], finding="tier_not_screened", domain="overall").status == "withheld"
        printed.add((found.sentence(), found.table().to_csv(), found.figure().png))
    assert len(printed) == 1
    assert "fewer than 10 students" in next(iter(printed))[0]


def test_a_small_tier_takes_another_with_it(tiny):
    """6 students in Tier 3 are withheld, and Tier 2 with them; Tier 1 is printed, and no cell tells the 6."""
    tables = tiny.make_tables(
        tiny.draw({"spring": "1"}, n=100), tiny.draw({"spring": "2"}, n=30), tiny.draw({"spring": "3"}, n=6)
    )
    found = [find_tier_shares(**tiny.ask(tables).about("S1"))]
    status = {
        tier: only(found, finding="tier_share", measure=f"tier_{tier}_spring", domain="overall").status
        for tier in ("1", "2", "3", "2_or_3")
    }
    assert status == {"1": "ok", "2": "withheld", "3": "withheld", "2_or_3": "ok"}


def test_two_schools_are_counted_apart(tiny):
    """Each school's shares are of its own students."""
    tables = tiny.make_tables(
        tiny.draw({"spring": "1"}, n=60, school="S1"),
        tiny.draw({"spring": "2"}, n=20, school="S1"),
        tiny.draw({"spring": "1"}, n=30, school="S2"),
        tiny.draw({"spring": "2"}, n=30, school="S2"),
    )
    asked = tiny.ask(tables)
    shares = [
        only(
            [find_tier_shares(**asked.about(school))], finding="tier_share", measure="tier_1_spring", domain="overall"
        ).estimate
        for school in ("S1", "S2")
    ]
    assert shares == pytest.approx([75, 50])


def test_many_in_support_point_at_core_teaching_by_grade(tiny):
    """Where more are in Tier 2 and 3 than the guide leaves room for, the grades above it are named; else none is."""
    many = tiny.make_tables(
        tiny.draw({"spring": "1"}, n=60, grade="3"),
        tiny.draw({"spring": "2"}, n=60, grade="3"),
        tiny.draw({"spring": "1"}, n=90, grade="4"),
        tiny.draw({"spring": "2"}, n=12, grade="4"),
    )
    (found,) = find_grade_support(**tiny.ask(many).about("S1"))
    assert "Above that beyond noise: grade 3." in found.sentence()
    assert "core teaching in Tier 1" in found.sentence()
    third = only([found], finding="tier_share_by_grade", grade="3", domain="overall")
    assert (third.estimate, third.n) == pytest.approx((50, 120))
    few = tiny.make_tables(tiny.draw({"spring": "1"}, n=90), tiny.draw({"spring": "2"}, n=12))
    (found,) = find_grade_support(**tiny.ask(few).about("S1"))
    assert "core teaching" not in found.sentence()


def test_rates_of_moving_are_shares_of_those_who_could(tiny):
    """30 of 120 in Tier 2 or 3 move back, 12 of 200 in Tier 1 move up; leavers stand in the denominator."""
    tables = tiny.make_tables(
        tiny.draw({"fall": "2", "winter": "1"}, n=30),
        tiny.draw({"fall": "2", "winter": "2"}, n=40),
        tiny.draw({"fall": "2", "winter": "3"}, n=15),
        tiny.draw({"fall": "2", "winter": "x"}, n=15),
        tiny.draw({"fall": "3", "winter": "3"}, n=20),
        tiny.draw({"fall": "1", "winter": "1"}, n=188),
        tiny.draw({"fall": "1", "winter": "2"}, n=12),
    )
    asked = tiny.ask(tables).about("S1")
    (moves,) = find_tier_moves(**asked)
    rates = {record.finding: record for record in moves.records() if record.finding.endswith("_rate")}
    assert rates["tier_exit_rate"].estimate == pytest.approx(100 * 30 / 120)
    assert rates["tier_entry_rate"].estimate == pytest.approx(100 * 12 / 200)
    assert rates["tier_escalation_rate"].estimate == pytest.approx(100 * 15 / 100)
    assert only([moves], finding="tier_move", measure="2_or_3_to_1").n == 30
    assert "25 of every 100 students in Tier 2 or Tier 3 moved back to Tier 1" in moves.sentence()
    (exits,) = find_tier_exits(**asked)
    assert "25 of every 100 in reading" in exits.sentence()


def test_relapse_is_a_share_of_those_who_moved_back_and_were_seen_again(tiny):
    """Of 60 who moved back and were seen in spring, 20 needed support again."""
    tables = tiny.make_tables(
        tiny.draw({"fall": "2", "winter": "1", "spring": "1"}, n=40),
        tiny.draw({"fall": "2", "winter": "1", "spring": "2"}, n=20),
        tiny.draw({"fall": "2", "winter": "2", "spring": "1"}, n=15),
        tiny.draw({"fall": "1", "winter": "1", "spring": "1"}, n=100),
    )
    (moves,) = find_tier_moves(**tiny.ask(tables).about("S1"))
    relapse = only([moves], finding="tier_relapse_rate")
    assert (relapse.estimate, relapse.n) == pytest.approx((100 * 20 / 60, 60))


def test_stays_that_end_are_read_off_at_fixed_weeks(tiny):
    """Of 40 stays, 20 end when winter begins, after 17 weeks and 3 days: half go on beyond 18 weeks."""
    tables = tiny.make_tables(
        tiny.draw({"fall": "2", "winter": "1", "spring": "1"}, n=20),
        tiny.draw({"fall": "2", "winter": "2", "spring": "2"}, n=20),
    )
    (times,) = find_tier_times(**tiny.ask(tables).about("S1"))
    record = only([times], domain="overall", measure="still_in_support_18_weeks")
    assert (record.estimate, record.n) == pytest.approx((50, 40))


def test_growth_is_measured_against_the_same_fall_score(tiny):
    """Students whose spring score lies 5 above the line, and 5 below it, are said to have ended there."""
    tables = tiny.make_tables(
        tiny.draw({"fall": "2", "spring": "1"}, n=70), tiny.draw({"fall": "2", "spring": "2"}, n=70)
    )
    scores = tables["screenings"]
    better = scores["student_id"] <= "P00070"
    spring = scores["window"] == "spring"
    noise = scores.index.to_series() % 3 - 1.0
    scores.loc[spring, "score"] = (
        scores.loc[spring, "score"] + better[spring].map({True: 5.0, False: -5.0}) + noise[spring]
    )
    (found,) = find_tier_growth(**tiny.ask(tables).about("S1"))
    by_path = {record.group: record for record in found.records()}
    assert by_path["moved_back"].estimate == pytest.approx(5, abs=0.2)
    assert by_path["stayed_in_2_or_3"].estimate == pytest.approx(-5, abs=0.2)
    assert "above students who began the year with the same score" in found.sentence()


THIN = {
    "one window": [({"spring": "1"}, 50), ({"spring": "2"}, 15)],
    "one student": [({"fall": "1", "spring": "2"}, 1)],
    "nobody screened in spring": [({"fall": "1", "spring": "-"}, 30), ({"fall": "2", "spring": "2"}, 12)],
    "everybody in Tier 1 but one": [(ALWAYS, 60), ({"fall": "2", "winter": "2", "spring": "2"}, 1)],
    "everybody in Tier 3": [({"fall": "3", "winter": "3", "spring": "3"}, 60)],
    "nobody seen in winter": [({"fall": "1", "winter": "x", "spring": "x"}, 40), ({"fall": "2", "winter": "2"}, 20)],
    "all left": [({"fall": "2", "winter": "x"}, 40), ({"fall": "1", "winter": "1"}, 40)],
}


@pytest.mark.parametrize("name", THIN)
@pytest.mark.parametrize("record_tier_1", [True, False])
def test_thin_data_give_a_sentence_and_no_small_number(tiny, name, record_tier_1):
    """However thin the data, every finding speaks by the rules and no published number rests on too few."""
    groups = [tiny.draw(states, n=n) for states, n in THIN[name]]
    tables = tiny.make_tables(*groups, record_tier_1=record_tier_1)
    check(tiny.find_everything(tiny.ask(tables), "S1"))


def test_a_grade_that_vanished_and_a_school_without_tiers_are_said(tiny):
    """A grade without students is no row; a school in which nobody is placed says why there is nothing."""
    tables = tiny.make_tables(
        tiny.draw({"fall": "1", "spring": "1"}, n=60, grade="3"),
        tiny.draw({"fall": "2", "spring": "x"}, n=20, grade="4"),
        tiny.draw({"fall": "2", "spring": "2"}, n=20, grade="3"),
        tiny.draw({"fall": "-", "spring": "-"}, n=30, school="S2"),
    )
    asked = tiny.ask(tables)
    found = tiny.find_everything(asked, "S1")
    check(found)
    assert records_of(found, finding="tier_share_by_grade", grade="4") == []
    silent = tiny.find_everything(asked, "S2")
    check(silent)
    assert silent[-1].records() == () or all(record.n is None for one in silent for record in one.records())
    assert find_tier_shares(**asked.about("S2")).sentence().startswith("We cannot say how many students")


@pytest.mark.parametrize("absent", ["tiers", "screenings"])
def test_an_absent_table_is_said_in_one_sentence(tiny, absent):
    """Without tiers or screenings one finding says so and the others are silent."""
    tables = tiny.make_tables(tiny.draw({"spring": "1"}, n=50))
    del tables[absent]
    found = tiny.find_everything(tiny.ask(tables), "S1")
    assert len(found) == 1
    assert absent in found[0].sentence()
    assert found[0].sentence().count(".") == 1
    assert (found[0].figure(), found[0].table(), found[0].records(), found[0].notes()) == (None, None, (), ())
    assert check_sentence(found[0].sentence()) == []


def test_page_one_gets_students_in_tier_1(tiny):
    """The note for page one has the number, the direction's words, a sentence and the guide to compare with."""
    tables = tiny.make_tables(tiny.draw({"spring": "1"}, n=75), tiny.draw({"spring": "2"}, n=25))
    (note,) = find_tier_shares(**tiny.ask(tables).about("S1")).notes()
    assert (note["topic"], note["number"], note["reference"]) == ("tiers", "75%", 80.0)
    assert check_sentence(note["sentence"]) == []


def check(findings):
    """Check what every finding must keep to."""
    for finding in findings:
        figure, table = finding.figure(), finding.table()
        texts = [finding.sentence(), *finding.caveats(), *filter(None, [finding.answer()])]
        texts += [note["sentence"] for note in finding.notes()]
        texts += [figure.caption, figure.alt] if figure else []
        texts += [table.caption] if table else []
        assert [(text, found) for text in texts if (found := check_sentence(text))] == []
        for record in finding.records():
            assert record.n is None or record.n >= MINIMUM, record
        shown = {f"@fig-{figure.name}" if figure else "", f"@tbl-{table.name}" if table else ""}
        for word in finding.sentence().replace(".", " ").split():
            assert not word.startswith("@") or word in shown, finding.sentence()
