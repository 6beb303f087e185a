"""Cronbach's alpha against other software's numbers."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.reliability import estimate_alpha

TOLERANCE = 1e-12
# Data set cronbach_wide_missing of pingouin 0.5, rows as text, "." is missing; the values are those of its
# documentation, which names psych::alpha of R as the source of the first.
ROWS = (
    "11111111111 11111111010 .011.111100 11101101100 11111000100 01.01111000 11110010000 11111000000 01011000010 "
    "10010100.00 11100000000 10010000000"
)


def _read() -> list[list[float]]:
    return [[float("nan") if mark == "." else float(mark) for mark in row] for row in ROWS.split()]


def test_alpha_of_complete_respondents_is_that_of_psych() -> None:
    """Without the three incomplete respondents alpha is 0.8016949152542373."""
    table = np.array(_read())
    complete = table[~np.isnan(table).any(axis=1)]
    assert estimate_alpha(answers=complete).estimate == pytest.approx(0.8016949152542373, abs=TOLERANCE)


def test_interval_is_that_of_pingouin() -> None:
    """With missing answers replaced by the item's median, alpha is 0.738 with 0.447 to 0.911."""
    table = np.array(_read())
    medians = np.nanmedian(table, axis=0)
    filled = np.where(np.isnan(table), medians, table)
    alpha = estimate_alpha(answers=filled)
    assert alpha.estimate == pytest.approx(0.7380191693290734, abs=TOLERANCE)
    assert (round(alpha.ci_low, 3), round(alpha.ci_high, 3)) == (0.447, 0.911)


def test_items_that_are_copies_agree_wholly() -> None:
    """Two items with the same answers have an alpha of 1."""
    answers = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    assert estimate_alpha(answers=answers).estimate == pytest.approx(1.0)


@pytest.mark.parametrize("answers", [[[1.0], [2.0]], [[1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]])
def test_what_cannot_be_judged_says_why(answers: list[list[float]]) -> None:
    """One item, one respondent, or sums that are all the same have no alpha."""
    with pytest.raises(TooFewError):
        estimate_alpha(answers=np.array(answers))
