"""Crossed random effects and families of q-values are arithmetic."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import VarianceRatios, adjust_families, collect_crossed_data, estimate_ratios, fit_crossed
from mtss_analysis.stats.crossed_gradient import differentiate_deviance


def _draw(seed=0, *, students=60, years=3, teachers=6):
    """Students for several years, each year with another of some teachers."""
    rng = np.random.default_rng(seed)
    student = np.repeat(np.arange(students), years)
    year = np.tile(np.arange(years, dtype=np.float64), students)
    teacher = rng.integers(0, teachers, size=student.size)
    room = teacher * 10 + year.astype(int)
    value = 0.3 * year + rng.normal(size=students)[student] + rng.normal(size=teachers)[teacher]
    value += 0.5 * rng.normal(size=100)[room] + rng.normal(size=student.size)
    return student, year, teacher, room, value


def _collect(student, year, teacher, room, value):
    return collect_crossed_data(
        outcome=value,
        design=np.column_stack([np.ones(year.size), year - year.mean()]),
        names=("constant", "year"),
        small_units=student,
        larger_units=[room, teacher],
    )


def test_generalised_least_squares_by_the_whole_covariance():
    """Coefficient, variance and degrees of freedom at known ratios are those of the n by n covariance matrix."""
    student, year, teacher, room, value = _draw()
    ratios = np.array([0.8, 0.3, 0.6])
    found = fit_crossed(
        data=_collect(student, year, teacher, room, value),
        ratios=VarianceRatios(ratios=ratios, covariance=np.zeros((3, 3)), n_sets=1),
        name="year",
    )
    design = np.column_stack([np.ones(year.size), year - year.mean()])
    whole = np.eye(year.size)
    for ratio, ids in zip(ratios, (student, room, teacher), strict=True):
        whole += ratio * (ids[:, None] == ids[None, :])
    inverse = np.linalg.inv(whole)
    bread = np.linalg.inv(design.T @ inverse @ design)
    slope = bread @ design.T @ inverse @ value
    rest = value - design @ slope
    variance = float(rest @ inverse @ rest) / (year.size - 2)
    assert found.estimate == pytest.approx(slope[1], rel=1e-9)
    assert found.std_error == pytest.approx(np.sqrt(variance * bread[1, 1]), rel=1e-9)
    assert found.df == pytest.approx(year.size - 2)


def test_without_effects_it_is_ordinary_least_squares():
    """Where rows share nothing, the slope and its error are those of ordinary least squares."""
    year = np.tile(np.arange(4.0), 25)
    value = 0.1 * year + np.random.default_rng(1).normal(size=year.size)
    ids = np.arange(year.size)
    data = _collect(ids, year, ids, ids, value)
    found = fit_crossed(data=data, ratios=estimate_ratios([data]), name="year")
    centred = year - year.mean()
    slope = float(centred @ value) / float(centred @ centred)
    rest = value - value.mean() - slope * centred
    error = np.sqrt(float(rest @ rest) / (year.size - 2) / float(centred @ centred))
    assert (found.estimate, found.std_error) == pytest.approx((slope, error), rel=1e-3)


def test_a_column_that_others_give_is_left_out():
    """A dummy that repeats another changes nothing."""
    student, year, teacher, room, value = _draw()
    ratios = VarianceRatios(ratios=np.array([0.5, 0.1, 0.2]), covariance=np.zeros((3, 3)), n_sets=1)
    alone = fit_crossed(data=_collect(student, year, teacher, room, value), ratios=ratios, name="year")
    design = np.column_stack([np.ones(year.size), year - year.mean(), np.ones(year.size)])
    twice = collect_crossed_data(
        outcome=value,
        design=design,
        names=("constant", "year", "again"),
        small_units=student,
        larger_units=[room, teacher],
    )
    assert twice.names == ("constant", "year")
    assert fit_crossed(data=twice, ratios=ratios, name="year") == alone


def test_values_that_are_all_alike_have_no_slope():
    """Where nothing varies there is a reason instead of an estimate."""
    student, year, teacher, room, _ = _draw()
    data = _collect(student, year, teacher, room, np.full(year.size, 100.0))
    with pytest.raises(TooFewError, match="vary"):
        fit_crossed(
            data=data,
            ratios=VarianceRatios(ratios=np.full(3, 0.1), covariance=np.zeros((3, 3)), n_sets=1),
            name="year",
        )


def test_families_are_chosen_before_their_members():
    """Of three families one is chosen: its members' q-values are Benjamini-Hochberg's times three, others have none."""
    found = adjust_families(
        families=np.array([0.01, 0.5, 0.9]),
        members=[np.array([0.001, 0.02]), np.array([0.0001]), np.array([])],
        rate=0.05,
    )
    assert found.of_families == pytest.approx([0.03, 0.75, 0.9])
    assert found.of_members[0] == pytest.approx([3 * 2 * 0.001, 3 * 0.02])
    assert np.isnan(found.of_members[1]).all()
    assert (found.n_tested, found.n_chosen) == (3, 1)


def test_no_family_chosen_leaves_no_member():
    """Where no family is chosen, no member is tested, however small its p-value."""
    found = adjust_families(families=np.array([0.2, np.nan]), members=[np.array([1e-9]), np.array([1e-9])], rate=0.05)
    assert all(np.isnan(inside).all() for inside in found.of_members)
    assert found.n_tested == 1


def test_derivatives_of_the_deviance_are_those_of_its_values():
    """Derivatives agree with differences of the deviance, and the deviance with the determinants of a small problem."""
    rng = np.random.default_rng(5)
    n = 60
    student, teacher = np.arange(n) % 25, np.arange(n) % 7
    columns = np.column_stack([np.ones(n), rng.normal(size=n)])
    outcome = rng.normal(size=n)
    data = collect_crossed_data(
        outcome=outcome, design=columns, names=("constant", "x"), small_units=student, larger_units=[teacher]
    )
    ratios = np.array([0.6, 0.3])
    value, slopes = differentiate_deviance(data, ratios=ratios)
    sides = [
        differentiate_deviance(data, ratios=ratios * np.exp(step))[0]
        for step in 1e-5 * np.vstack([np.eye(2), -np.eye(2)])
    ]
    assert slopes == pytest.approx((np.array(sides[:2]) - np.array(sides[2:])) / 2e-5, rel=1e-6)
    covariance = np.eye(n) + sum(
        ratio * (units[:, None] == units) for ratio, units in zip(ratios, (student, teacher), strict=True)
    )
    inverse = np.linalg.inv(covariance)
    information = columns.T @ inverse @ columns
    residual = outcome - columns @ np.linalg.solve(information, columns.T @ inverse @ outcome)
    logs = [np.linalg.slogdet(matrix)[1] for matrix in (covariance, information)]
    assert value == pytest.approx((n - 2) * np.log(residual @ inverse @ residual / (n - 2)) + sum(logs))
