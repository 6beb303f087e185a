"""The breakdown of a trained practice is in the walkthroughs with its size, and is gone where it is switched off."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district.simulate.practice_truths import PRACTICES, PracticeBreakdown, PracticeTruths

TRUTH = PracticeBreakdown()
SEEDS = (1, 2, 3, 4)
TOLERANCE = 0.04  # three standard errors of a share over four districts, teachers and observers counted as clusters


def pool(observations, **options) -> pd.DataFrame:
    """Put the observations of four districts together."""
    return pd.concat([observations(seed, **options) for seed in SEEDS], ignore_index=True)


def test_veterans_fall_from_before_to_after(observations):
    """Teachers of the upper band implement the practice at the planted share before the break, and after it."""
    seen = pool(observations).query("practice == @TRUTH.practice and veteran")
    broken = seen["day"] >= 7 * TRUTH.break_week
    assert seen.loc[~broken, "full"].mean() == pytest.approx(TRUTH.before, abs=TOLERANCE)
    assert seen.loc[broken, "full"].mean() == pytest.approx(TRUTH.after, abs=TOLERANCE)
    assert pytest.approx(0.41) == TRUTH.after


def test_the_fall_lies_between_the_second_and_the_third_week(observations):
    """The second week is like the first, and the third like the fourth."""
    seen = pool(observations).query("practice == @TRUTH.practice and veteran")
    by_week = seen.groupby(seen["day"] // 7)["full"].mean()
    assert abs(by_week[1] - by_week[0]) < 0.10
    assert by_week[1] - by_week[2] > 0.20
    assert abs(by_week[3] - by_week[2]) < 0.10


def test_novices_do_not_fall(observations):
    """Teachers of the lower band stay where they were."""
    seen = pool(observations).query("practice == @TRUTH.practice and not veteran")
    broken = seen["day"] >= 7 * TRUTH.break_week
    assert seen.loc[broken, "full"].mean() == pytest.approx(TRUTH.before, abs=TOLERANCE)
    assert seen.loc[~broken, "full"].mean() == pytest.approx(TRUTH.before, abs=0.06)


@pytest.mark.parametrize("practice", [name for name in PRACTICES if name != TRUTH.practice])
def test_other_practices_do_not_break_down(observations, practice):
    """No other trained practice falls after the break week, in either band."""
    seen = pool(observations).query("practice == @practice")
    broken = seen["day"] >= 7 * TRUTH.break_week
    for veteran in (True, False):
        band = seen["veteran"] == veteran
        change = seen.loc[band & broken, "full"].mean() - seen.loc[band & ~broken, "full"].mean()
        assert change > -0.06


def test_nothing_falls_where_nothing_is_planted(observations):
    """Switched off, the practice is flat in both bands."""
    seen = pool(observations, without=("breakdown",)).query("practice == @TRUTH.practice")
    broken = seen["day"] >= 7 * TRUTH.break_week
    for veteran in (True, False):
        band = seen["veteran"] == veteran
        assert seen.loc[band & broken, "full"].mean() == pytest.approx(TRUTH.before, abs=TOLERANCE)
        assert seen.loc[band & ~broken, "full"].mean() == pytest.approx(TRUTH.before, abs=0.06)


def test_without_overlap_support_and_experience_are_one(observations):
    """Without overlap every novice has classroom-embedded support and no veteran has."""
    seen = observations(1)
    assert seen.loc[~seen["veteran"], "supported"].all()
    assert not seen.loc[seen["veteran"], "supported"].any()


def test_with_overlap_support_and_experience_have_their_own_effects(observations):
    """With overlap, all four cells are filled as declared and the two drops add up as planted."""
    seen = pool(observations, overlap=True).query("practice == @TRUTH.practice")
    teachers = seen.drop_duplicates(["school_id", "staff_id", "date_trained"])
    share = teachers.groupby("veteran")["supported"].mean()
    assert share[True] == pytest.approx(TRUTH.supported_veterans, abs=0.06)
    assert share[False] == pytest.approx(1 - TRUTH.unsupported_novices, abs=0.09)
    broken = seen.loc[seen["day"] >= 7 * TRUTH.break_week]
    design = np.column_stack([np.ones(len(broken)), broken["veteran"], ~broken["supported"]]).astype(float)
    level, experience, alone = np.linalg.lstsq(design, broken["full"].to_numpy(), rcond=None)[0]
    assert level == pytest.approx(TRUTH.before, abs=0.05)
    assert experience == pytest.approx(-TRUTH.experience_drop, abs=0.05)
    assert alone == pytest.approx(-TRUTH.support_drop, abs=0.05)


def test_visits_of_a_teacher_resemble_each_other(observations):
    """Where nothing is planted, shares of teachers differ by more than chance does."""
    seen = observations(1, without=("all",)).query("practice == 'formative_checks'")
    by_teacher = seen.groupby("staff_id")["full"].agg(["mean", "size"])
    level = seen["full"].mean()
    chi_square = (by_teacher["size"] * (by_teacher["mean"] - level) ** 2 / (level * (1 - level))).sum()
    assert chi_square > 1.5 * len(by_teacher)


def test_some_teachers_are_never_observed(tables):
    """About the declared share of teachers has no visit, and weeks differ in their number of visits."""
    drawn = tables(1)
    last = drawn["staff"]["school_year"].max()
    staff = drawn["staff"]
    teachers = staff.loc[(staff["school_year"] == last) & (staff["role"] == "teacher"), "staff_id"]
    share = 1 - teachers.isin(drawn["walkthroughs"]["staff_id"]).mean()
    assert share == pytest.approx(PracticeTruths().noise.never_observed, abs=0.03)
    visits = drawn["walkthroughs"].drop_duplicates("walkthrough_id")
    week = visits["date"].dt.isocalendar().week
    by_week = visits.loc[visits["school_id"] == visits["school_id"].iloc[0]].groupby(week).size()
    assert by_week.max() > 2 * by_week.min()
