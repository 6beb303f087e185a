"""In which share of all weightings a unit comes first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtss_analysis.stats.weightings import share_ahead, weigh

SCORES = st.sampled_from([0.0, 0.5, 1.0])
MONTE_CARLO = 5 * np.sqrt(0.25 / 20_000)


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [
        ([1, 0], [0, 1], 1 / 2),
        ([1, 0, 0], [0, 1, 1], 1 / 4),  # one weight exceeds the sum of two others: the corner of a triangle
        ([1, 0], [0, 0.5], 2 / 3),  # w1 > (1 - w1) / 2
        ([1, 1, 0], [0, 1, 0], 1.0),
        ([0, 1], [0, 1], 0.0),
        ([0, 0], [0, 1], 0.0),
    ],
)
def test_the_exact_share_is_that_of_hand_calculation(first, second, share):
    """The share of weightings in which one scores higher is the area that geometry gives."""
    assert share_ahead(np.array(first, dtype=float), np.array(second, dtype=float)) == pytest.approx(share, abs=1e-12)


@given(st.lists(SCORES, min_size=7, max_size=7), st.lists(SCORES, min_size=7, max_size=7))
def test_one_of_two_that_differ_is_ahead(first, second):
    """Of two rows that are not alike, one or the other is ahead in every weighting but those of no area."""
    one, two = np.array(first), np.array(second)
    both = share_ahead(one, two) + share_ahead(two, one)
    assert both == pytest.approx(0.0 if first == second else 1.0, abs=1e-12)


def test_exact_and_drawn_shares_agree():
    """With a third unit that can be first only now and then, drawn shares are those of large samples of weights."""
    answers = np.array([[1, 0.5, 0, 1, 0.5, 0, 1], [0.5, 1, 1, 0, 0.5, 1, 0], [0, 0.5, 1, 1, 1, 0.5, 0]])
    exact = share_ahead(answers[0], answers[1])
    drawn = np.random.default_rng(7).dirichlet(np.ones(7), size=200_000) @ answers[:2].T
    assert exact == pytest.approx((drawn[:, 0] > drawn[:, 1]).mean(), abs=5 * np.sqrt(0.25 / 200_000))
    three = weigh(answers=answers, weights=np.ones(7))
    assert not three.first_exact
    assert three.first.sum() == pytest.approx(1.0)
    two = weigh(answers=answers[:2], weights=np.ones(7))
    assert two.first_exact
    assert two.first == pytest.approx([exact, 1 - exact])


def test_what_another_one_surpasses_is_never_first():
    """A unit that is beaten on one question and level on the others is never first, and the better one always is."""
    weighed = weigh(answers=np.array([[1, 1, 0.5], [1, 0, 0.5], [0, 0, 0]]), weights=np.array([0.0, 0.0, 1.0]))
    assert weighed.first_exact
    assert weighed.first.tolist() == [1.0, 0.0, 0.0]
    assert weighed.same_first == 1.0
    assert weighed.places.tolist() == [1, 1, 3]


def test_units_that_are_level_share_first_place():
    """Two units alike are first together; the share of those that lead counts them once."""
    weighed = weigh(answers=np.array([[1, 0], [1, 0], [0, 1]]), weights=np.array([2.0, 1.0]))
    assert weighed.first == pytest.approx([0.5, 0.5, 0.5])
    assert weighed.same_first == pytest.approx(0.5)
    assert weighed.same_order == pytest.approx(0.5, abs=MONTE_CARLO)
    assert weighed.places.tolist() == [1, 1, 3]


def test_the_first_three_of_four():
    """Of four of which one is always last, the other three are always among the first three."""
    answers = np.array([[1, 0, 0.5], [0, 1, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]])
    weighed = weigh(answers=answers, weights=np.ones(3))
    assert weighed.top.tolist() == [1.0, 1.0, 1.0, 0.0]
    assert weighed.first[:2] == pytest.approx([0.5, 0.5], abs=MONTE_CARLO)
    assert weighed.scores.tolist() == pytest.approx([0.5, 0.5, 0.5, 0.0])


def test_the_same_answers_give_the_same_shares():
    """The draws are seeded."""
    answers = np.random.default_rng(1).choice([0.0, 0.5, 1.0], size=(9, 7))
    first, again = (weigh(answers=answers, weights=np.ones(7)) for _ in range(2))
    assert first.first.tolist() == again.first.tolist()
    assert first.top.tolist() == again.top.tolist()


@pytest.mark.parametrize(
    ("answers", "weights"), [(np.zeros((0, 2)), [1, 1]), (np.ones((2, 2)), [0, 0]), (np.ones((2, 2)), [1, -1])]
)
def test_without_units_or_weights_there_is_no_order(answers, weights):
    """No unit, no weight above zero or a negative weight is refused."""
    with pytest.raises(ValueError, match="weighing takes"):
        weigh(answers=answers, weights=np.array(weights, dtype=float))
