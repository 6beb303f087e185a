"""Many models of the same rows are those of the whole covariance matrix, and what is found is looked at elsewhere."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import VarianceRatios, collect_crossed_data, fit_crossed
from mtss_analysis.stats.held_out import estimate_held_out_share, look_in_other_half
from mtss_analysis.stats.swept import add_swept, sweep_crossed
from mtss_analysis.stats.swept_models import estimate_contrast, find_joint_test, find_test_by_cells
from mtss_analysis.stats.unit_share import estimate_unit_share

RATIOS = VarianceRatios(ratios=np.array([1.5, 0.2, 0.4]), covariance=np.diag([0.01, 0.02, 0.03]), n_sets=5)
NAMES = ("a", "b", "c")


def _draw(seed=0, *, students=70, years=3):
    """Students for several years, each year with another of some teachers, and columns that vary between both."""
    rng = np.random.default_rng(seed)
    student = np.repeat(np.arange(students), years)
    year = np.tile(np.arange(years), students)
    teacher = rng.integers(0, 8, size=student.size)
    room = teacher * 10 + year
    kind = rng.integers(0, 3, size=students)[student]
    columns = (kind[:, None] == np.arange(3)).astype(float)
    value = rng.normal(size=students)[student] + 0.5 * rng.normal(size=8)[teacher] + rng.normal(size=student.size)
    return {
        "outcome": value + 0.4 * columns[:, 1],
        "columns": columns,
        "names": NAMES,
        "cells": year,
        "small_units": student,
        "larger_units": [room, teacher],
        "ratios": RATIOS,
    }


def test_contrast_and_f_test_are_those_of_the_whole_covariance_matrix():
    """Estimate, standard error and F statistic are generalised least squares with the n by n covariance matrix."""
    drawn = _draw()
    swept = sweep_crossed(**drawn)
    cells = np.eye(3)[drawn["cells"]]
    design = np.column_stack([drawn["columns"][:, 1:], cells])
    whole = np.eye(len(design))
    for ratio, ids in zip(RATIOS.ratios, (drawn["small_units"], *drawn["larger_units"]), strict=True):
        whole += ratio * (ids[:, None] == ids[None, :])
    inverse = np.linalg.inv(whole)
    bread = np.linalg.inv(design.T @ inverse @ design)
    found = bread @ design.T @ inverse @ drawn["outcome"]
    rest = drawn["outcome"] - design @ found
    variance = float(rest @ inverse @ rest) / (len(design) - 5)

    one = estimate_contrast(swept, weights=np.array([-1.0, 1.0, 0.0]), names=NAMES)
    assert one.estimate == pytest.approx(found[0], rel=1e-8)
    assert one.std_error == pytest.approx(np.sqrt(variance * bread[0, 0]), rel=1e-8)
    test = find_joint_test(swept, tested=NAMES)
    wald = found[:2] @ np.linalg.solve(bread[:2, :2], found[:2]) / (2 * variance)
    assert test.df_numerator == 2
    assert test.statistic == pytest.approx(wald, rel=1e-7)


def test_degrees_of_freedom_are_those_of_a_single_model():
    """One coefficient has the estimate, error and Satterthwaite's degrees of freedom of ``fit_crossed``."""
    drawn = _draw(1)
    swept = sweep_crossed(**drawn)
    single = fit_crossed(
        data=collect_crossed_data(
            outcome=drawn["outcome"],
            design=np.column_stack([np.eye(3)[drawn["cells"]], drawn["columns"][:, 1]]),
            names=("x", "y", "z", "b"),
            small_units=drawn["small_units"],
            larger_units=drawn["larger_units"],
        ),
        ratios=RATIOS,
        name="b",
    )
    found = estimate_contrast(swept, weights=np.array([1.0]), names=("b",))
    test = find_joint_test(swept, tested=("b",))
    assert found.estimate == pytest.approx(single.estimate, rel=1e-8)
    assert found.std_error == pytest.approx(single.std_error, rel=1e-8)
    assert found.df == pytest.approx(single.df, rel=1e-3)
    assert test.df_denominator == pytest.approx(found.df, rel=1e-6)
    assert test.p_value == pytest.approx(found.p_value, rel=1e-6)


def test_sums_of_two_schools_are_those_of_both():
    """Two schools added are the model in which each has means of its own, and rows of the other do not matter."""
    one, two = _draw(2), _draw(3, students=40)
    apart = add_swept([sweep_crossed(**one), sweep_crossed(**two)])
    both = sweep_crossed(
        outcome=np.concatenate([one["outcome"], two["outcome"] + 5]),
        columns=np.concatenate([one["columns"], two["columns"]]),
        names=NAMES,
        cells=np.concatenate([one["cells"], two["cells"] + 10]),
        small_units=np.concatenate([one["small_units"], two["small_units"] + 1000]),
        larger_units=[
            np.concatenate([first, second + 1000])
            for first, second in zip(one["larger_units"], two["larger_units"], strict=True)
        ],
        ratios=RATIOS,
    )
    tests = [find_joint_test(data, tested=("a", "b"), given=("c",)) for data in (apart, both)]
    assert tests[0].statistic == pytest.approx(tests[1].statistic, rel=1e-8)
    assert tests[0].df_denominator == pytest.approx(tests[1].df_denominator, rel=1e-8)


def test_what_the_cells_tell_already_is_not_tested():
    """A column that is constant within cells adds nothing, and a column that others give is left out."""
    drawn = _draw(4)
    drawn["columns"] = np.column_stack([drawn["columns"][:, :2], drawn["cells"] == 1])
    swept = sweep_crossed(**drawn)
    with pytest.raises(TooFewError, match="nothing is left"):
        find_joint_test(swept, tested=("c",))
    with pytest.raises(TooFewError, match="cannot be told apart"):
        estimate_contrast(swept, weights=np.array([1.0]), names=("c",))
    alone = find_joint_test(swept, tested=("a", "b"))
    assert find_joint_test(swept, tested=("a", "b"), given=("c",)).statistic == pytest.approx(alone.statistic)


def test_held_out_share_leaves_each_cluster_out():
    """The share foretold is one minus the squares missed when each cluster is foretold from the others, over all."""
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(6), 20)
    group = rng.integers(0, 2, size=cluster.size)
    value = 0.8 * group + rng.normal(size=cluster.size)
    design = np.eye(2)[group]
    cells = np.zeros(cluster.size)
    centred, columns = value - value.mean(), design - design.mean(axis=0)
    missed = 0.0
    for one in range(6):
        rest = cluster != one
        slope = np.linalg.lstsq(columns[rest], centred[rest], rcond=None)[0]
        missed += float(((centred[~rest] - columns[~rest] @ slope) ** 2).sum())
    found = estimate_held_out_share(outcome=value, design=design, clusters=cluster, cells=cells)
    assert found == pytest.approx(100 * (1 - missed / float(centred @ centred)), rel=1e-8)
    nothing = estimate_held_out_share(outcome=value, design=design, clusters=cluster, cells=cells, given=design)
    assert nothing == pytest.approx(0.0, abs=1e-8)


def test_the_furthest_of_groups_that_are_alike_is_not_so_in_the_other_half():
    """What is furthest by chance lies near the average in the other half; what is planted stays where it was found."""
    rng = np.random.default_rng(6)
    cluster = np.repeat(np.arange(40), 20)
    group = rng.integers(0, 6, size=cluster.size)
    noise = rng.normal(size=cluster.size)
    asked = {"groups": group, "clusters": cluster, "least": 5}
    chance = look_in_other_half(outcome=noise, sign=-1, **asked)
    planted = look_in_other_half(outcome=noise - 1.0 * (group == 2), sign=-1, **asked)
    assert chance.found > 0.1
    assert abs(chance.held_out) < 0.1
    assert planted.held_out == pytest.approx(1.0, abs=0.15)
    time = rng.integers(0, 3, size=cluster.size).astype(float)
    falling = look_in_other_half(outcome=noise - 0.8 * time * (group == 3), time=time, sign=-1, **asked)
    assert falling.held_out == pytest.approx(0.8, abs=0.2)


def test_the_share_between_classrooms_is_the_intraclass_correlation_of_analysis_of_variance():
    """Of four rooms of five in one cell: mean squares 15 and 1 give (15 - 1) / (15 - 1 + 5)."""
    rooms = np.repeat(np.arange(4), 5)
    inside = np.tile(np.array([-1.0, -1.0, 0.0, 1.0, 1.0]), 4)
    means = np.array([-1.5, -1.5, 1.5, 1.5])
    share = estimate_unit_share(outcome=means[rooms] + inside, units=rooms, cells=np.zeros(20))
    between = 5 * float((means**2).sum()) / 3
    assert share.estimate == pytest.approx(100 * (between - 1) / (between - 1 + 5))
    assert share.ci_low < share.estimate < share.ci_high
    with pytest.raises(TooFewError):
        estimate_unit_share(outcome=inside, units=np.zeros(20), cells=np.zeros(20))


def test_a_grade_is_judged_against_how_far_cohorts_differ():
    """Where rows share nothing else, F is the mean square of grades over that of grades by years, on its freedom."""
    rng = np.random.default_rng(8)
    grade, year = (one.ravel() for one in np.meshgrid(np.arange(4), np.arange(3), indexing="ij"))
    grade, year = np.repeat(grade, 10), np.repeat(year, 10)
    cohort = rng.normal(size=(4, 3))
    value = cohort[grade, year] + rng.normal(size=grade.size)
    alone = VarianceRatios(ratios=np.array([1e-9]), covariance=np.zeros((1, 1)), n_sets=1)
    cells = np.eye(12)[grade * 3 + year]
    swept = sweep_crossed(
        outcome=value,
        columns=np.column_stack([np.eye(4)[grade], cells]),
        names=[*"abcd", *(f"cell {at}" for at in range(12))],
        cells=year,
        small_units=np.arange(grade.size),
        larger_units=[],
        ratios=alone,
    )
    found, inflation = find_test_by_cells(swept, tested=list("abcd"), given=(), cells=swept.names[4:])
    means = value.reshape(4, 3, 10).mean(axis=2)
    centred = means - means.mean(axis=0)
    of_grades = 10 * 3 * float((centred.mean(axis=1) ** 2).sum()) / 3
    of_both = 10 * float(((centred - centred.mean(axis=1, keepdims=True)) ** 2).sum()) / 6
    assert (found.df_numerator, found.df_denominator) == (3, 6)
    assert inflation > 1
    assert found.statistic == pytest.approx(of_grades / of_both, rel=1e-6)
