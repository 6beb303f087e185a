"""The other truths of practice and behaviour are in the tables with their sizes, and go when they are switched off."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district.simulate import Truths
from mtss_analysis.district.simulate.agreement import describe_agreement
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.surveys import SURVEYS

TRUTHS = PracticeTruths()
SEEDS = (1, 2, 3, 4)
WEAK = ("01006", "01007")  # elementary schools 5 and 6 of the zone
LOW_FIDELITY = ("01001", "01008", "01012")
SILENT = "01006"
DRIFTING = "01005"
LOW_RESPONSE = "01002"


def test_the_weak_practice_is_low_in_its_schools_alone(observations):
    """The practice lacks the planted share in the schools of the systemic cause, and no other practice does."""
    seen = pd.concat([observations(seed) for seed in SEEDS])
    is_weak = seen["school_id"].isin(WEAK)
    lack = seen[is_weak].groupby("practice")["full"].mean() - seen[~is_weak].groupby("practice")["full"].mean()
    planted = Truths().systemic_cause
    assert lack[planted.practice] == pytest.approx(planted.implementation_shift, abs=0.06)
    assert lack.drop(planted.practice).abs().max() < 0.08


def test_no_school_is_weak_where_it_is_switched_off(observations):
    """Switched off, the same schools are like the others."""
    seen = pd.concat([observations(seed, without=("weak_practice",)) for seed in SEEDS])
    seen = seen.query("practice == 'explicit_instruction'")
    share = seen.groupby(seen["school_id"].isin(WEAK))["full"].mean()
    assert abs(share[True] - share[False]) < 0.08


def test_one_teacher_is_low_in_every_practice(observations):
    """Exactly one teacher changes when the classroom that stands alone is switched off, and is lower with it."""
    with_it, without = observations(1), observations(1, without=("lone_classroom",))
    pair = with_it.merge(
        without[["walkthrough_id", "item", "full"]], on=["walkthrough_id", "item"], suffixes=("", "_off")
    )
    changed = pair.loc[pair["full"] != pair["full_off"], "staff_id"].unique()
    assert len(changed) == 1
    own = pair.loc[pair["staff_id"] == changed[0]]
    assert own["full"].mean() - own["full_off"].mean() == pytest.approx(-TRUTHS.lone_classroom.drop, abs=0.15)


def test_two_observers_agree_as_often_as_the_truth_says(observations):
    """Double-scored items have the same score as often as computed, and with the kappa computed."""
    seen = pd.concat([observations(seed, without=("drift",)).assign(seed=seed) for seed in SEEDS])
    seen = seen.query("practice == 'formative_checks'")
    keys = ["seed", "staff_id", "date", "item"]
    twice = seen.loc[seen.duplicated(keys, keep=False)].sort_values([*keys, "walkthrough_id"])
    twice = twice.groupby(keys).filter(lambda rows: rows["observer_id"].nunique() == 2 and len(rows) == 2)
    scores = twice["implemented"].astype(int).to_numpy().reshape(-1, 2)
    expected = describe_agreement(share=TRUTHS.noise.trained_share, noise=TRUTHS.noise)
    exact = (scores[:, 0] == scores[:, 1]).mean()
    marginal = np.stack([np.bincount(scores[:, side], minlength=3) / len(scores) for side in (0, 1)])
    chance = (marginal[0] * marginal[1]).sum()
    assert len(scores) > 400
    assert exact == pytest.approx(expected["exact"], abs=0.05)
    assert (exact - chance) / (1 - chance) == pytest.approx(expected["kappa"], abs=0.09)


def test_one_observer_grows_stricter(tables):
    """With the drift, scores of one observer of one school are lower, the later the more, and no others change."""
    scores = [
        tables(1, without=without)["walkthroughs"].set_index(["walkthrough_id", "item"]) for without in ((), ("drift",))
    ]
    fall = (scores[1]["implemented"] - scores[0]["implemented"]).astype("Float64").fillna(0)
    changed = scores[0].loc[(fall != 0).to_numpy()]
    assert (fall >= 0).all()
    assert set(changed["school_id"]) == {DRIFTING}
    assert len(set(changed["observer_id"])) == 1
    own = scores[0]["observer_id"] == changed["observer_id"].iloc[0]
    late = scores[0]["date"] >= pd.Timestamp("2026-02-01")
    assert fall[own & late].mean() > 2 * fall[own & ~late & (scores[0]["date"] >= pd.Timestamp("2025-08-01"))].mean()


@pytest.mark.parametrize(("without", "gain"), [((), TRUTHS.coaching.gain_per_hour), (("coaching",), 0.0)])
def test_coaching_hours_raise_the_coached_practice(observations, tables, without, gain):
    """After the contacts, the share of full implementation rises by the planted gain for each hour."""
    rows = []
    for seed in SEEDS:
        hours = tables(seed)["coaching"].groupby("staff_id")["minutes"].sum() / 60
        seen = observations(seed, without=without).query(
            "practice == @TRUTHS.coaching.practice and date >= '2026-03-01'"
        )
        rows.append(seen.assign(hours=seen["staff_id"].map(hours).fillna(0.0)))
    seen = pd.concat(rows)
    assert np.polyfit(seen["hours"], seen["full"], 1)[0] == pytest.approx(gain, abs=0.012)


def test_coaching_minutes_add_up(tables):
    """Every coached teacher has between the fewest and the most hours."""
    hours = tables(1)["coaching"].groupby("staff_id")["minutes"].sum() / 60
    fewest, most = TRUTHS.coaching.hours
    assert hours.between(fewest - 0.01, most + 0.01).all()


def test_fidelity_is_low_where_planted(tables):
    """Schools of low fidelity reach the planted share of points, the others more than the usual criterion."""
    for without, low in (((), LOW_FIDELITY), (("low_fidelity",), ())):
        rows = pd.concat([tables(seed, without=without, tables=("fidelity",))["fidelity"] for seed in SEEDS])
        scored = rows.loc[rows["score"].notna()]
        sums = scored.groupby("school_id")[["score", "max_score"]].sum()
        share = sums["score"] / sums["max_score"]
        is_low = share.index.isin(list(low))
        assert (share[~is_low] > 0.70).all()
        assert share[is_low].mean() == pytest.approx(TRUTHS.low_fidelity.share, abs=0.05) or not is_low.any()


def test_fidelity_rises_with_coaching_hours(tables):
    """From fall to spring of the last year a school gains the planted share for each hour per teacher."""
    rows = []
    for seed in range(1, 9):
        drawn = tables(seed, tables=("fidelity", "coaching", "staff"))
        last = drawn["fidelity"].loc[drawn["fidelity"]["date"] > "2025-08-01"]
        last = last.loc[last["score"].notna()]
        by_date = (last.groupby(["school_id", "date"])["score"].mean() / 2).reset_index().sort_values("date")
        share = by_date.groupby("school_id")["score"].agg(lambda values: values.iloc[-1] - values.iloc[0])
        staff = drawn["staff"].query("school_year == '2025-26' and role == 'teacher'").groupby("school_id").size()
        hours = (drawn["coaching"].groupby("school_id")["minutes"].sum() / 60 / staff).fillna(0.0)
        rows.append(pd.DataFrame({"gain": share, "hours": hours}).dropna())
    pairs = pd.concat(rows)
    slope = np.polyfit(pairs["hours"], pairs["gain"], 1)[0]
    assert slope == pytest.approx(TRUTHS.coaching.fidelity_gain_per_hour, abs=0.02)


def test_a_school_stops_reporting(tables):
    """The silent school has no referral from the planted month on; before, and in other schools, nothing changes."""
    with_it = tables(1, tables=("referrals",))["referrals"]
    without = tables(1, without=("under_reporting",), tables=("referrals",))["referrals"]
    missing = without.loc[~without["referral_id"].isin(with_it["referral_id"])]
    assert set(missing["school_id"]) == {SILENT}
    assert missing["date"].min() >= pd.Timestamp("2026-01-01")
    assert not (with_it["school_id"].eq(SILENT) & (with_it["date"] >= "2026-01-01")).any()
    kept = without.loc[without["referral_id"].isin(with_it["referral_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, with_it)


def test_referrals_cluster(tables):
    """Few students have most referrals, few adults write most, and times and places go together."""
    drawn = tables(1, tables=("referrals", "enrollments", "staff"))
    referrals, enrolled = drawn["referrals"].query("date > '2025-08-01'"), drawn["enrollments"]
    students = enrolled.loc[enrolled["school_year"] == "2025-26", "student_id"].unique()
    by_student = referrals["student_id"].value_counts().reindex(students, fill_value=0)
    assert 0.85 < (by_student <= 1).mean() < 0.97
    assert 0.005 < (by_student >= 6).mean() < 0.04
    assert by_student.nlargest(len(students) // 20).sum() > 0.5 * by_student.sum()
    by_writer = referrals["reported_by"].value_counts()
    assert by_writer.nlargest(len(by_writer) // 10).sum() > 0.25 * by_writer.sum()
    lunch = referrals["time"].between("11:30", "13:00")
    assert lunch[referrals["location"] == "cafeteria"].mean() > 0.8 > lunch[referrals["location"] == "classroom"].mean()


def test_scales_have_their_alpha(tables):
    """Cronbach's alpha of every scale over the district is the planted one."""
    answers = tables(1, tables=("surveys",))["surveys"]
    for survey in SURVEYS:
        for scale in survey.scales:
            own = answers.query("respondent_group == @survey.group and scale == @scale.name")
            wide = own.pivot_table(index="response_id", columns="item", values="value").dropna()
            items = wide.shape[1]
            alpha = items / (items - 1) * (1 - wide.var().sum() / wide.sum(axis=1).var())
            assert items == scale.items
            assert alpha == pytest.approx(scale.alpha, abs=0.035), scale.name


def test_one_school_hardly_answers(tables):
    """Families of one school answer at the planted rate, and like the others where it is switched off."""
    enrolled = tables(1, tables=("enrollments", "surveys"))["enrollments"]
    asked = enrolled.groupby("school_id").size()
    for without, expected in (((), TRUTHS.low_response.rate), (("low_response",), SURVEYS[1].response)):
        answers = tables(1, without=without, tables=("enrollments", "surveys"))["surveys"]
        forms = (
            answers.query("respondent_group == 'families'").drop_duplicates("response_id").groupby("school_id").size()
        )
        rate = forms.reindex(asked.index, fill_value=0) / asked
        assert rate[LOW_RESPONSE] == pytest.approx(expected, abs=0.2 if without else 0.02)
        assert (rate.drop(LOW_RESPONSE) > 0.1).all()
