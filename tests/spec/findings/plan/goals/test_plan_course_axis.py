"""The axis of a goal's course: wide enough for what is drawn, not so wide that it looks flat."""

import pytest

from mtss_analysis.findings.plan.course_finding import choose_percent_limits


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([41.0, 44.0, None, 52.0], (30.0, 60.0)),
        ([12.0, 18.0], (0.0, 30.0)),
        ([88.0, 99.5], (70.0, 100.0)),
        ([35.0, 95.0], (30.0, 100.0)),
        ([-4.0, 50.0], (0.0, 60.0)),
        ([None], None),
    ],
)
def test_the_axis_holds_what_is_drawn(values, limits):
    """Limits are tens, hold 30 points or more, and begin at 0 where the lowest value is small."""
    assert choose_percent_limits(values) == limits
