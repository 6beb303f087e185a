"""Shares of units that really reach a threshold, and lines continued to a later time."""

import math

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.projection import project_line
from mtss_analysis.stats.reaching import find_reaching


def test_without_noise_the_share_is_the_count():
    """Of 10 changes measured almost exactly, three are at 4 or beyond."""
    changes = np.array([-3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 4.5, 5.0, 6.0])
    found = find_reaching(estimates=changes, std_errors=np.full(10, 0.01), threshold=4.0)
    assert found.share == pytest.approx(0.3, abs=1e-6)
    assert found.mean == pytest.approx(changes.mean(), abs=0.05)


def test_noise_is_taken_out_of_the_share():
    """Units that differ by noise alone: 2 standard errors above their mean is reached by far fewer than it seems."""
    rng = np.random.default_rng(6)
    changes = rng.normal(0, 3, 200)
    found = find_reaching(estimates=changes, std_errors=np.full(200, 3.0), threshold=4.0)
    assert (changes >= 4.0).mean() > 0.07
    assert found.share < 0.01
    assert found.next_unit < 0.01


def test_the_share_of_real_changes_is_recovered():
    """Real changes N(1, 3) beside noise of 4: the share beyond 4 is that of the real ones, 16 in 100."""
    rng = np.random.default_rng(7)
    shares, afterwards = [], []
    for _ in range(40):
        real = rng.normal(1, 3, 60)
        found = find_reaching(estimates=real + rng.normal(0, 4, 60), std_errors=np.full(60, 4.0), threshold=4.0)
        shares.append(found.share - (real >= 4).mean())
        afterwards.append(found.next_unit)
    assert abs(np.mean(shares)) < 0.03
    assert np.mean(afterwards) == pytest.approx(0.159, abs=0.04)


def test_a_common_fall_is_set_aside_for_another_time():
    """All fell by 5 alike: nobody rises by 3 in that time, some may at another; after a rise the two are the same."""
    spread = np.linspace(-1, 1, 12)
    fell = find_reaching(estimates=spread - 5, std_errors=np.ones(12), threshold=3.0)
    rose = find_reaching(estimates=spread + 5, std_errors=np.ones(12), threshold=3.0)
    assert fell.next_unit < 0.001
    assert fell.next_time > 0.05
    assert rose.next_time == pytest.approx(rose.next_unit, abs=1e-6)


def test_two_units_have_no_distribution():
    """Fewer than three units do not show a spread."""
    with pytest.raises(TooFewError):
        find_reaching(estimates=np.array([1.0, 2.0]), std_errors=np.ones(2), threshold=0.0)


def test_a_line_is_continued_with_the_error_of_its_end():
    """Through 1, 2, 3 with errors of 1, two steps on: 5, and the variance is 1/3 + 3 squared over 2."""
    line = project_line(times=np.arange(3.0), values=np.array([1.0, 2.0, 3.0]), std_errors=np.ones(3), at=4.0)
    assert line.estimate == pytest.approx(5.0)
    assert line.slope == pytest.approx(1.0)
    assert line.std_error == pytest.approx(math.sqrt(1 / 3 + 3**2 / 2))


def test_values_off_the_line_widen_its_error():
    """Residuals of 5, 10 and 5 errors are more than noise: the error grows by the root of their mean square."""
    values = np.array([0.0, 15.0, 0.0])
    line = project_line(times=np.arange(3.0), values=values, std_errors=np.ones(3), at=1.0)
    residual = ((values - values.mean()) ** 2).sum()
    assert line.std_error == pytest.approx(math.sqrt(residual / 3))


def test_two_times_are_no_trend():
    """Values of the same two times do not make a line that can be judged."""
    with pytest.raises(TooFewError):
        project_line(times=np.array([1.0, 2.0, 2.0]), values=np.ones(3), std_errors=np.ones(3), at=3.0)
