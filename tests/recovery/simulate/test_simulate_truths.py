"""Every truth of outcomes is there with its size, and absent where it is switched off.

Each is read off by the simplest computation that shows it, over a few seeds, within four Monte Carlo standard errors of
the true value (and never closer than a floor, where few seeds understate their own spread).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mtss_analysis.district.simulate import SimulatedDistrict, Sizes, Truths, simulate_district
from mtss_analysis.district.simulate.district_plan import plan_district
from mtss_analysis.district.simulate.ground import lay_ground
from mtss_analysis.district.simulate.measures import GRADES, MEASURE_BY_NAME, WINDOWS
from mtss_analysis.district.simulate.school_days import WINDOW_BY_MONTH
from mtss_analysis.district.simulate.screenings import draw_scores

SEEDS = range(900, 906)
TABLES = frozenset({"enrollments", "screenings", "services", "attendance", "progress"})
WITHIN_SE = 4.0


@pytest.fixture(scope="module")
def districts() -> dict[bool, list[SimulatedDistrict]]:
    """Draw a few districts with every truth, and the same without any."""
    return {
        planted: [
            simulate_district(Sizes(seed=seed), Truths() if planted else Truths().without(["all"]), tables=TABLES)
            for seed in SEEDS
        ]
        for planted in (True, False)
    }


def _standings(district: SimulatedDistrict, measure: str, window: str) -> pd.DataFrame:
    """Scores of a measure and window in SD about the norm, with the student's enrolment."""
    screenings = district.tables["screenings"]
    wanted = screenings[(screenings["measure"] == measure) & (screenings["window"] == window)]
    keys = ["student_id", "school_id", "school_year"]
    columns = [*keys, "grade", "classroom_id", "economically_disadvantaged"]
    joined = wanted.merge(district.tables["enrollments"][columns], on=keys, validate="1:1")
    one = MEASURE_BY_NAME[measure]
    grade = joined["grade"].map(GRADES.index).to_numpy()
    joined["z"] = (joined["score"] - one.norm[grade, WINDOWS.index(window)]) / one.sd
    joined["year"] = joined["school_year"].str[:4].astype(int) - district.plan.sizes.first_year
    return joined


def _school(district: SimulatedDistrict, *, level: str, position: int) -> str:
    return next(
        school.school_id for school in district.plan.schools if (school.level, school.position) == (level, position)
    )


def _yearly(frame: pd.DataFrame, rows: npt.NDArray[np.bool_] | pd.Series) -> npt.NDArray[np.float64]:
    return frame[rows].groupby("year")["z"].mean().to_numpy()


def _assert_near(values: Sequence[float], truth: float, *, floor: float = 0.01) -> None:
    """Hold a mean over seeds against the truth."""
    error = max(float(np.std(values, ddof=1)) / len(values) ** 0.5, floor)
    assert abs(float(np.mean(values)) - truth) < WITHIN_SE * error, (np.mean(values), truth, error)


def _effect_at_cut(district: SimulatedDistrict) -> float:
    fall, spring = (_standings(district, "oral_reading", window) for window in ("fall", "spring"))
    both = fall.merge(
        spring[["student_id", "school_year", "z"]], on=["student_id", "school_year"], suffixes=("", "_end")
    )
    distance = ((both["score"] - both["cut_score"]) / MEASURE_BY_NAME["oral_reading"].sd).to_numpy()
    near = np.abs(distance) < 0.6
    below, distance = (distance < 0).astype(float)[near], distance[near]
    design = np.column_stack([np.ones(len(below)), below, distance, below * distance])
    return float(np.linalg.lstsq(design, both["z_end"].to_numpy()[near], rcond=None)[0][1])


@pytest.mark.parametrize("planted", [True, False])
def test_cut_score_effect(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """Two lines that meet the cut score jump by the effect, or not at all."""
    effect = Truths().cut_score_effect.effect_sd
    _assert_near([_effect_at_cut(one) for one in districts[planted]], effect if planted else 0.0)


def test_cut_score_is_sharp(districts: dict[bool, list[SimulatedDistrict]]) -> None:
    """Exactly those below their fall cut score are served, and nobody else."""
    for district in districts[True][:2]:
        fall = _standings(district, "oral_reading", "fall")
        services = district.tables["services"]
        served = services.loc[services["intervention_id"] == "reading_boost", ["student_id", "start_date"]]
        year = served["start_date"].dt.year - (served["start_date"].dt.month < 7) - district.plan.sizes.first_year
        below = fall.loc[fall["score"] < fall["cut_score"], ["student_id", "year"]]
        assert set(zip(served["student_id"], year, strict=True)) <= set(
            zip(below["student_id"], below["year"], strict=True)
        )
        assert len(served) > 0.97 * len(below)  # a few left before the service began


def test_fuzzy_cut_score_is_fuzzy() -> None:
    """With partial uptake, the share served jumps at the cut by the difference of the uptakes."""
    truths = Truths().without(["all"])
    fuzzy = replace(truths.cut_score_effect, planted=True, uptake_below=0.8, uptake_above=0.1)
    district = simulate_district(Sizes(seed=11), replace(truths, cut_score_effect=fuzzy), tables=TABLES)
    fall = _standings(district, "oral_reading", "fall")
    services = district.tables["services"]
    boost = services[(services["intervention_id"] == "reading_boost")]
    boost = boost.assign(year=boost["start_date"].dt.year - (boost["start_date"].dt.month < 7) - 2023)
    joined = fall.merge(
        boost[["student_id", "year", "assigned", "minutes_delivered"]], on=["student_id", "year"], how="left"
    )
    treated = joined["minutes_delivered"].fillna(0) > 0
    below = joined["score"] < joined["cut_score"]
    assert treated[below].mean() == pytest.approx(0.8, abs=0.06)
    assert treated[~below].mean() == pytest.approx(0.1, abs=0.04)
    assert joined.loc[below, "assigned"].fillna(value=False).mean() > 0.97


def test_null_intervention_does_nothing(districts: dict[bool, list[SimulatedDistrict]]) -> None:
    """The lowest scorers gain, which is regression to the mean: the same students gain as much without it."""
    for with_truth, without in zip(districts[True][:3], districts[False][:3], strict=True):
        served = with_truth.tables["services"]
        served = served[served["intervention_id"] == "math_catch_up"]
        assert len(served) > 300
        assert "math_catch_up" not in set(without.tables["services"]["intervention_id"])
        fall, spring = (_standings(with_truth, "math_scale", window) for window in ("fall", "spring"))
        both = fall.merge(
            spring[["student_id", "school_year", "z"]], on=["student_id", "school_year"], suffixes=("", "_end")
        )
        year = served["start_date"].dt.year.astype(str)
        chosen = set(zip(served["student_id"], year, strict=True))
        inside = np.array([key in chosen for key in zip(both["student_id"], both["school_year"].str[:4], strict=True)])
        gain = both["z_end"] - both["z"]
        assert gain[inside].mean() - gain[~inside].mean() > 0.1
        design = np.column_stack([np.ones(len(both)), inside, both["z"]])
        assert (
            abs(np.linalg.lstsq(design, both["z_end"], rcond=None)[0][1]) < gain[inside].mean() - gain[~inside].mean()
        )


def test_phased_rollout(districts: dict[bool, list[SimulatedDistrict]]) -> None:
    """Schools that adopt move against those that have not yet by the effect of each year, and not before."""
    effects = Truths().phased_rollout.effects_sd
    found: dict[tuple[int, int], list[float]] = {(1, 1): [], (1, 2): [], (2, 2): [], (2, 1): []}
    for district in districts[True]:
        means = _standings(district, "math_fluency", "spring").groupby(["school_id", "year"])["z"].mean().unstack()  # noqa: PD010
        adoption = pd.Series({one.school_id: one.adoption for one in district.plan.schools}, dtype="float64")[
            means.index
        ]
        for (wave, year), values in found.items():
            change = means[year] - means[year - 1 if wave == 2 else 0]
            later = adoption.isna()
            values.append(float(change[adoption == wave].mean() - change[later].mean()))
    _assert_near(found[1, 1], effects[0])
    _assert_near(found[1, 2], effects[1])
    _assert_near(found[2, 2], effects[0])
    _assert_near(found[2, 1], 0.0)


@pytest.mark.parametrize("planted", [True, False])
def test_simpson_reversal(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """Both groups rise while the school falls; without the truth, neither moves."""
    truth = Truths().simpson_reversal
    totals, groups = [], []
    for district in districts[planted]:
        reading = _standings(district, "reading_scale", "spring")
        here = reading["school_id"] == _school(district, level="elementary", position=truth.elementary[0])
        total = _yearly(reading, here)
        totals.append(total[-1] - total[0])
        for value in (True, False):
            group = _yearly(reading, here & (reading["economically_disadvantaged"] == value))
            groups.append(group[-1] - group[0])
    shift = truth.share_by_year[-1] - truth.share_by_year[0]
    _assert_near(groups, 2 * truth.rise_sd if planted else 0.0)
    _assert_near(totals, 2 * truth.rise_sd - truth.gap_sd * shift if planted else 0.0)
    if planted:
        assert np.mean(totals) < -0.2


@pytest.mark.parametrize("planted", [True, False])
def test_composition_change(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """The school falls and no group does; without the truth, the school does not move either."""
    truth = Truths().composition_change
    totals, groups = [], []
    for district in districts[planted]:
        reading = _standings(district, "reading_scale", "spring")
        here = reading["school_id"] == _school(district, level="elementary", position=truth.elementary[0])
        total = _yearly(reading, here)
        totals.append(total[-1] - total[0])
        for value in (True, False):
            group = _yearly(reading, here & (reading["economically_disadvantaged"] == value))
            groups.append(group[-1] - group[0])
    _assert_near(groups, 0.0, floor=0.015)
    _assert_near(totals, -truth.gap_sd * (truth.share_by_year[-1] - truth.share_by_year[0]) if planted else 0.0)


@pytest.mark.parametrize("planted", [True, False])
def test_trends_and_systemic_slopes(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """The slope of every planted cell is what truth.json says, and zero elsewhere and without the truths."""
    cells = Truths().trends.cells
    slopes: dict[int, list[float]] = {at: [] for at in range(len(cells))}
    systemic, others = [], []
    for district in districts[planted]:
        by_measure = {measure: _standings(district, measure, "spring") for measure in ("reading_scale", "math_scale")}
        for at, cell in enumerate(cells):
            frame = by_measure[cell.measure]
            here = frame["school_id"] == _school(district, level=cell.level, position=cell.position)
            if cell.grades:
                here &= frame["grade"].isin(cell.grades)
            yearly = _yearly(frame, here)
            slopes[at].append((yearly[-1] - yearly[0]) / 2)
        reading = by_measure["reading_scale"]
        for position in Truths().systemic_cause.elementary:
            yearly = _yearly(reading, reading["school_id"] == _school(district, level="elementary", position=position))
            systemic.append((yearly[-1] - yearly[0]) / 2)
        for position in range(3):
            yearly = _yearly(reading, reading["school_id"] == _school(district, level="middle", position=position))
            others.append((yearly[-1] - yearly[0]) / 2)
    for at, cell in enumerate(cells):
        _assert_near(slopes[at], cell.slope_sd if planted else 0.0, floor=0.012)
    _assert_near(systemic, Truths().systemic_cause.reading_slope_sd if planted else 0.0)
    _assert_near(others, 0.0)


def test_recorded_slopes_are_those_drawn(districts: dict[bool, list[SimulatedDistrict]]) -> None:
    """truth.json lists every cell that a truth moves, with its slope over the years."""
    recorded = pd.DataFrame(districts[True][0].truth["slopes"])
    reading = recorded[recorded["measure"] == "reading_scale"].set_index(["school_id", "grade"])["slope_sd"]
    up = _school(districts[True][0], level="elementary", position=1)
    assert reading[up].to_dict() == pytest.approx(dict.fromkeys(GRADES[:6], 0.15))
    math = recorded[recorded["measure"] == "math_scale"].set_index(["school_id", "grade"])["slope_sd"]
    assert math[_school(districts[True][0], level="middle", position=1)].to_dict() == pytest.approx({"7": 0.20})


@pytest.mark.parametrize("planted", [True, False])
def test_randomised_effect(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """The arms differ by the effect in spring and are alike in fall; without the truth there are no arms."""
    gaps: dict[str, list[float]] = {"fall": [], "spring": []}
    for district in districts[planted]:
        services = district.tables["services"]
        arms = services[services["intervention_id"].isin(["word_groups", "word_usual"])]
        if not planted:
            assert arms.empty
            continue
        arms = arms.assign(year=arms["start_date"].dt.year - 2023)
        for window, values in gaps.items():
            scores = _standings(district, "vocabulary", window)
            joined = scores.merge(arms[["student_id", "year", "intervention_id"]], on=["student_id", "year"])
            means = joined.groupby("intervention_id")["z"].mean()
            values.append(float(means["word_groups"] - means["word_usual"]))
    if planted:
        _assert_near(gaps["fall"], 0.0)
        _assert_near(gaps["spring"], Truths().randomised_effect.effect_sd)


def test_lot_by_classroom() -> None:
    """With classrooms as the unit, everybody of a class is in the same arm and both arms are there."""
    truths = replace(Truths(), randomised_effect=replace(Truths().randomised_effect, unit="classroom"))
    district = simulate_district(Sizes(seed=2), truths, tables=TABLES)
    services = district.tables["services"]
    arms = services[services["intervention_id"].isin(["word_groups", "word_usual"])]
    arms = arms.assign(school_year=[f"{day.year}-{(day.year + 1) % 100:02d}" for day in arms["start_date"]])
    keys = ["student_id", "school_id", "school_year"]
    joined = arms.merge(district.tables["enrollments"][[*keys, "classroom_id"]], on=keys, validate="1:1")
    by_class = joined.groupby(["school_id", "school_year", "classroom_id"])["intervention_id"].agg(["nunique", "first"])
    assert (by_class["nunique"] == 1).all()
    assert 0.4 < (by_class["first"] == "word_groups").mean() < 0.6


@pytest.mark.parametrize("planted", [True, False])
def test_single_cases(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """Phase B lies above phase A by the change, after baselines of five points and more."""
    changes = []
    for district in districts[planted]:
        progress = district.tables["progress"]
        cases = progress[progress["measure"] == "on_task"]
        assert cases.empty is not planted
        if planted:
            by_phase = cases.groupby(["student_id", "phase"])["score"].agg(["mean", "size"]).unstack()  # noqa: PD010
            assert by_phase["size", "A"].min() >= 5
            assert by_phase["size", "B"].min() >= 5
            changes.append(float((by_phase["mean", "B"] - by_phase["mean", "A"]).mean()))
    if planted:
        _assert_near(changes, Truths().single_cases.change_sd * 8.0, floor=0.1)


@pytest.mark.parametrize("planted", [True, False])
def test_lagged_indicators(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """Absence moves with the behavior rating of the next window, more than with any other; without the truth, not."""
    found: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for district in districts[planted]:
        attendance = district.tables["attendance"]
        when = attendance.assign(
            window=attendance["month"].str[5:].astype(int).map(WINDOW_BY_MONTH),
            year=attendance["school_year"].str[:4].astype(int),
        )
        days = when.groupby(["school_id", "year", "window"])[["days_absent", "days_enrolled"]].sum()
        rate = np.log(days["days_absent"] / (days["days_enrolled"] - days["days_absent"])).unstack(["year", "window"])  # noqa: PD010
        rating = pd.concat([_standings(district, "behavior_rating", window) for window in WINDOWS])
        rating["at"] = rating["window"].map(WINDOWS.index)
        level = rating.groupby(["school_id", "year", "at"])["z"].mean().unstack(["year", "at"])  # noqa: PD010
        absence, behavior = (_centre(frame.sort_index(axis=1)) for frame in (rate, level))
        for lag, values in found.items():
            values.append(float(np.corrcoef(absence[:, : 9 - lag].ravel(), behavior[:, lag:].ravel())[0, 1]))
    if planted:
        assert np.mean(found[1]) < -0.8
        assert abs(np.mean(found[0])) < 0.5
        assert abs(np.mean(found[2])) < 0.5
    else:
        _assert_near(found[1], 0.0, floor=0.04)


def _centre(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    values = frame.to_numpy()[[*range(8), *range(9, len(frame))]]  # the tiny school is noise
    values = values - values.mean(axis=1, keepdims=True)
    return np.asarray(values - values.mean(axis=0))


def test_noise_only(districts: dict[bool, list[SimulatedDistrict]]) -> None:
    """Schools do not differ in the social-emotional scale beyond sampling; without the truth they do."""
    for planted in (True, False):
        between = []
        for district in districts[planted]:
            school = _standings(district, "social_emotional_scale", "spring").groupby("school_id")["z"]
            by_school = school.agg(["mean", "var", "size"])[lambda frame: frame["size"] > 100]
            between.append(float(by_school["mean"].var() - (by_school["var"] / by_school["size"]).mean()))
        if planted:
            _assert_near(between, 0.0, floor=0.0004)
        else:
            assert np.mean(between) > 0.06


def test_classroom_and_school_shares(districts: dict[bool, list[SimulatedDistrict]]) -> None:
    """Of the variance of reading scores, 10 to 20 % lie between schools and 10 to 15 % between classrooms, about."""
    schools, classes = [], []
    for district in districts[False]:
        reading = _standings(district, "reading_scale", "spring")
        reading = reading[reading["year"] == 2]
        by_school = reading.groupby("school_id")["z"].agg(["mean", "var", "size"])
        schools.append(float(by_school["mean"].var() - (by_school["var"] / by_school["size"]).mean()))
        inside = reading.assign(z=reading["z"] - reading.groupby("school_id")["z"].transform("mean"))
        by_class = inside.groupby(["school_id", "classroom_id"])["z"].agg(["mean", "var", "size"])
        by_class = by_class[by_class["size"] >= 10]
        classes.append(float(by_class["mean"].var() - (by_class["var"] / by_class["size"]).mean()))
    assert 0.08 < np.mean(schools) < 0.22
    assert 0.09 < np.mean(classes) < 0.15


@pytest.mark.parametrize("planted", [True, False])
def test_systemic_absence(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """Absence rises in the schools of the systemic cause by its slope of the log odds, and nowhere else."""
    slopes: dict[bool, list[float]] = {True: [], False: []}
    for district in districts[planted]:
        attendance = district.tables["attendance"]
        days = attendance.groupby(["school_id", "school_year"])[["days_absent", "days_enrolled"]].sum()
        odds = np.log(days["days_absent"] / (days["days_enrolled"] - days["days_absent"])).unstack()  # noqa: PD010
        for school in district.plan.schools:
            if school.position != 8:
                systemic = school.level == "elementary" and school.position in Truths().systemic_cause.elementary
                slopes[systemic].append(
                    float((odds.loc[school.school_id].iloc[-1] - odds.loc[school.school_id].iloc[0]) / 2)
                )
    # A slope of the log odds of students is a little less for a school, whose students differ.
    _assert_near(slopes[True], 0.93 * Truths().systemic_cause.absence_slope if planted else 0.0, floor=0.012)
    _assert_near(slopes[False], 0.0, floor=0.006)


def test_outlying_classroom() -> None:
    """True scores of the classroom that stands out lie lower by the shift, and no others move."""
    latent = {}
    for planted in (True, False):
        truths = Truths() if planted else Truths().without(["outlying_classroom"])
        ground = [*lay_ground(plan_district(sizes=Sizes(seed=3), truths=truths), zone=0, truths=truths)][7]
        # One more teacher stays where the classroom is to stand out: what teachers add is left aside.
        scores = draw_scores(ground, measure=MEASURE_BY_NAME["reading_scale"])
        latent[planted] = scores.latent - ground.class_effect[scores.rows][:, None]
        inside = (ground.grade == 3) & (ground.classroom == 0)
        assert (ground.lone_teacher_id is not None) is planted
    change = latent[True] - latent[False]
    assert inside.sum() > 30
    assert np.allclose(change[inside], Truths().outlying_classroom.shift_sd)
    assert np.allclose(change[~inside], 0.0)


@pytest.mark.parametrize("planted", [True, False])
def test_low_fidelity(districts: dict[bool, list[SimulatedDistrict]], planted: bool) -> None:
    """Services are delivered faithfully, but in the schools where they are not."""
    truth = Truths().low_fidelity
    for district in districts[planted][:3]:
        fidelity = district.tables["services"].groupby("school_id")["fidelity_pct"].mean()
        low = {_school(district, level="elementary", position=at) for at in truth.elementary}
        low |= {_school(district, level="middle", position=at) for at in truth.middle}
        for school_id, percent in fidelity.items():
            expected = truth.fidelity_pct if planted and school_id in low else 88.0
            assert percent == pytest.approx(expected, abs=5.0)


def test_too_small(districts: dict[bool, list[SimulatedDistrict]]) -> None:
    """One school has some thirty students, and one a group of exactly three in every year; without, neither."""
    truth = Truths().too_small
    for planted in (True, False):
        for district in districts[planted][:3]:
            enrollments = district.tables["enrollments"]
            tiny = _school(district, level="elementary", position=truth.elementary[0])
            sizes = enrollments[enrollments["school_id"] == tiny].groupby("school_year").size()
            assert ((sizes <= 36).all() and (sizes >= 24).all()) if planted else (sizes > 150).all()
            home = _school(district, level="elementary", position=truth.group_elementary[0])
            group = enrollments[
                (enrollments["school_id"] == home) & (enrollments["race_ethnicity"] == truth.race_ethnicity)
            ]
            if planted:
                assert (group.groupby("school_year").size() == truth.group).all()
                assert group["school_year"].nunique() == 3
