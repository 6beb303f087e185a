"""Clustered least squares against the formulas written out with whole matrices, and its refusals."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import ClusteredFit, fit_clustered

TOLERANCE = 1e-8


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-10
    return (vectors[:, kept] * values[kept] ** exponent) @ vectors[:, kept].T


def _dense(
    outcome: np.ndarray, design: np.ndarray, clusters: np.ndarray, constraint: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """Give CR2 covariance, HTZ degrees of freedom and F statistic with n-by-n matrices, term by term."""
    n, p = design.shape
    bread = np.linalg.inv(design.T @ design)
    maker = np.eye(n) - design @ bread @ design.T
    residuals = maker @ outcome
    members = [np.flatnonzero(clusters == level) for level in np.unique(clusters)]
    meat = np.zeros((p, p))
    filters = []
    for rows in members:
        adjust = _power(maker[np.ix_(rows, rows)], -0.5)
        score = design[rows].T @ adjust @ residuals[rows]
        meat += np.outer(score, score)
        filters.append(maker[:, rows] @ adjust @ design[rows] @ bread @ constraint.T)
    covariance = bread @ meat @ bread
    expected = sum(one.T @ one for one in filters)
    root = _power(expected, -0.5)
    filters = [one @ root for one in filters]
    q = constraint.shape[0]
    total = 0.0
    for s in range(q):
        for t in range(q):
            for one in filters:
                for other in filters:
                    total += (one[:, s] @ other[:, s]) * (one[:, t] @ other[:, t])
                    total += (one[:, s] @ other[:, t]) * (one[:, t] @ other[:, s])
    eta = q * (q + 1) / total
    values = constraint @ bread @ design.T @ outcome
    wald = values @ np.linalg.solve(constraint @ covariance @ constraint.T, values)
    return covariance, eta, (eta - q + 1) / (eta * q) * wald


@pytest.fixture(params=["none", "nested in clusters", "nesting clusters", "crossing clusters"])
def case(request: pytest.FixtureRequest) -> tuple[ClusteredFit, np.ndarray, float, float]:
    """Give a fit and what whole matrices make of it, for each way that absorbed groups lie to clusters."""
    rng = np.random.default_rng(11)
    clusters = np.repeat(np.arange(9), [1, 2, 3, 4, 5, 6, 7, 3, 2])
    n = clusters.size
    absorb = {
        "none": None,
        "nested in clusters": clusters * 2 + (np.arange(n) % 2),
        "nesting clusters": clusters // 3,
        "crossing clusters": np.arange(n) % 4,
    }[request.param]
    x = np.column_stack([rng.normal(size=(n, 2)), (clusters > 5) + rng.normal(size=n) / 5])
    outcome = x @ [1.0, 0.0, -0.5] + rng.normal(size=9)[clusters] + rng.normal(size=n)
    if absorb is None:
        design, names = np.column_stack([x, np.ones(n)]), ["a", "b", "c", "constant"]
        full = design
    else:
        design, names = x, ["a", "b", "c"]
        full = np.column_stack([x, absorb[:, None] == np.unique(absorb)]).astype(float)
    fit = fit_clustered(outcome=outcome, design=design, names=names, clusters=clusters, absorb=absorb)
    constraint = np.eye(full.shape[1])[[0, 2]]
    covariance, eta, statistic = _dense(outcome, full, clusters, constraint)
    return fit, covariance, eta, statistic


def test_covariance_is_that_of_whole_matrices(
    case: tuple[ClusteredFit, np.ndarray, float, float],
) -> None:
    """CR2 from small matrices per cluster equals CR2 from the n-by-n residual maker, singletons included."""
    fit, covariance, _, _ = case
    p = len(fit.names)
    assert fit.covariance == pytest.approx(covariance[:p, :p], rel=TOLERANCE, abs=1e-12)


def test_joint_test_is_that_of_whole_matrices(
    case: tuple[ClusteredFit, np.ndarray, float, float],
) -> None:
    """The HTZ statistic and its degrees of freedom equal the double sum over clusters written out."""
    fit, _, eta, statistic = case
    found = fit.joint_test(["a", "c"])
    assert found.df_denominator == pytest.approx(eta - 1, rel=TOLERANCE)
    assert found.statistic == pytest.approx(statistic, rel=TOLERANCE)


def test_joint_test_of_one_is_the_t_test(case: tuple[ClusteredFit, np.ndarray, float, float]) -> None:
    """With one coefficient the joint test is the square of its t test, with Satterthwaite's df."""
    fit = case[0]
    one, joint = fit.coefficient("b"), fit.joint_test(["b"])
    assert joint.statistic == pytest.approx((one.estimate / one.std_error) ** 2)
    assert joint.df_denominator == pytest.approx(one.df)
    assert joint.p_value == pytest.approx(one.p_value)


def test_results_do_not_depend_on_units() -> None:
    """Measuring a column in a unit a billion times smaller leaves df and p alone."""
    rng = np.random.default_rng(2)
    clusters = np.arange(60) // 5
    x = rng.normal(size=(60, 2))
    outcome = x @ [1.0, 0.5] + rng.normal(size=60)
    scale = np.array([1e9, 1.0])
    fits = [
        fit_clustered(outcome=outcome, design=x * factor, names=["a", "b"], clusters=clusters)
        for factor in (np.ones(2), scale)
    ]
    for name in ("a", "b"):
        plain, scaled = (fit.coefficient(name) for fit in fits)
        assert scaled.df == pytest.approx(plain.df)
        assert scaled.p_value == pytest.approx(plain.p_value)
    plain_joint, scaled_joint = (fit.joint_test(["a", "b"]) for fit in fits)
    assert scaled_joint.p_value == pytest.approx(plain_joint.p_value)


def test_order_of_rows_and_names_of_clusters_do_not_matter() -> None:
    """Text ids and shuffled rows give the same result."""
    rng = np.random.default_rng(3)
    ids = np.array(["0012", "0007", "12", "B", "C"])[rng.integers(0, 5, 40)]
    x = np.column_stack([np.ones(40), rng.normal(size=40)])
    outcome = rng.normal(size=40)
    order = rng.permutation(40)
    one = fit_clustered(outcome=outcome, design=x, names=["constant", "x"], clusters=ids)
    other = fit_clustered(outcome=outcome[order], design=x[order], names=["constant", "x"], clusters=ids[order])
    assert other.coefficient("x").std_error == pytest.approx(one.coefficient("x").std_error)
    assert other.coefficient("x").df == pytest.approx(one.coefficient("x").df)


def test_contrast_adds_coefficients() -> None:
    """A contrast by name equals the same contrast by position, and its estimate is the weighted sum."""
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    fit = fit_clustered(
        outcome=rng.normal(size=40), design=x, names=["constant", "a", "b"], clusters=np.arange(40) // 4
    )
    by_name, by_position = fit.contrast({"a": 1, "b": -2}), fit.contrast(np.array([0.0, 1.0, -2.0]))
    assert by_name == by_position
    assert by_name.estimate == pytest.approx(fit.coefficients[1] - 2 * fit.coefficients[2])


@pytest.mark.parametrize(
    ("columns", "clusters", "absorb", "message"),
    [
        ({"constant": 1, "a": "a", "b": "2a"}, "five", None, "“b” cannot be told apart from “constant”, “a”"),
        ({"a": "a", "level": "by school"}, "five", "school", "“level” does not vary within the groups"),
        ({"constant": 1, "none": 0}, "five", None, "“none” is zero in every row"),
        ({"constant": 1, "a": "a"}, "one", None, "all rows come from one cluster"),
        ({f"c{i}": f"random {i}" for i in range(20)}, "five", None, "20 rows for the 20 numbers"),
    ],
)
def test_refusals_name_the_reason(columns: dict[str, object], clusters: str, absorb: str | None, message: str) -> None:
    """What cannot be computed is refused with a reason that names the column."""
    rng = np.random.default_rng(1)
    a, school = rng.normal(size=20), np.arange(20) // 5
    values = {"a": a, "2a": 3 * a - 2, "by school": school.astype(float), 1: np.ones(20), 0: np.zeros(20)}
    design = np.column_stack([values.get(value, rng.normal(size=20)) for value in columns.values()])
    with pytest.raises(TooFewError, match=message):
        fit_clustered(
            outcome=rng.normal(size=20),
            design=design,
            names=list(columns),
            clusters=np.zeros(20) if clusters == "one" else np.arange(20) % 5,
            absorb=None if absorb is None else school,
        )


def test_a_difference_held_by_one_cluster_is_refused() -> None:
    """A column that only one cluster has keeps its coefficient, but no standard error is printed for it."""
    rng = np.random.default_rng(1)
    clusters = np.arange(30) // 5
    design = np.column_stack([np.ones(30), clusters == 0]).astype(float)
    outcome = rng.normal(size=30)
    fit = fit_clustered(outcome=outcome, design=design, names=["constant", "only"], clusters=clusters)
    assert fit.coefficients[1] == pytest.approx(outcome[:5].mean() - outcome[5:].mean())
    with pytest.raises(TooFewError, match="rests on a single cluster"):
        fit.coefficient("only")
    with pytest.raises(TooFewError, match="rests on a single cluster"):
        fit.joint_test(["constant", "only"])


def test_more_coefficients_than_clusters_cannot_be_tested_jointly() -> None:
    """A factor with as many levels as there are clusters is refused, not given a p-value."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(40, 5))
    fit = fit_clustered(outcome=rng.normal(size=40), design=x, names=list("abcde"), clusters=np.arange(40) // 10)
    with pytest.raises(TooFewError, match="4 clusters are too few to test 5 coefficients"):
        fit.joint_test(list("abcde"))
