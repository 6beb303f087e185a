"""Fair comparison of schools, over a few seeds: shrunken means are nearer the truth, a planted school is named."""

import math

from studies.overview import study_mix_alone, study_ordinary_schools, study_small_schools

SEEDS = range(1, 9)
GAIN = 0.75
"""A root mean squared error at most this share of the raw means': 25 percent lower."""


def test_shrunken_means_of_small_schools_are_nearer_the_truth():
    """In schools of 60 students or fewer, shrunken means have an RMSE at least 25 percent lower than raw ones."""
    squares = {"raw mean, small schools": 0.0, "shrunken mean, small schools": 0.0}
    for seed in SEEDS:
        for outcome in study_small_schools(seed, True):
            if outcome.quantity in squares:
                squares[outcome.quantity] += (outcome.estimate - outcome.true) ** 2
    raw, shrunken = squares.values()
    assert math.sqrt(shrunken / raw) <= GAIN


def test_a_school_far_from_the_others_is_named_and_only_it():
    """A school 1.5 SD below others that do not differ stands apart in every seed."""
    for seed in range(1, 5):
        alike, _ = study_ordinary_schools(seed, True)
        assert alike.named


def test_a_mix_of_students_is_no_school_that_stands_apart():
    """A school with 95 percent of a group that is 0.8 SD lower is far below as it is, and at the average like for like.

    Against a mean share of 42 percent it lies (0.95 − 0.42) · 0.8 = 0.42 SD of its students below; of all students' SD,
    which groups and classrooms widen, about 0.38.
    """
    likes, raws = [], []
    for seed in SEEDS:
        _, like, raw = study_mix_alone(seed, True)
        likes.append(like.estimate)
        raws.append(raw.estimate)
    error = 0.13 / math.sqrt(len(SEEDS))  # of classrooms and students, a seed
    assert abs(sum(raws) / len(SEEDS) + 0.38) < 3.5 * error
    assert abs(sum(likes) / len(SEEDS)) < 3.5 * error
