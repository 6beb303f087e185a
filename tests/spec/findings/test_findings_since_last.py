"""What changed since the last packet is told where it is more than noise; changed definitions are not compared."""

from dataclasses import replace

import numpy as np
import pytest

from mtss_analysis.findings.record import Record
from mtss_analysis.findings.since_last import find_changes

SHARE = Record(
    finding="share_below_cut",
    requirement="R5",
    district_id="D1",
    school_id="0012",
    school_year="2023-24",
    domain="reading",
    measure="orf",
    grade="3",
    method="Wilson",
    estimate=41.0,
    unit="percent",
    ci_low=31.0,
    ci_high=51.0,
    ci_level=0.95,
    n=90,
)


def _find(before, now, rate=0.05):
    return find_changes([one.to_dict() for one in before], [one.to_dict() for one in now], false_discovery_rate=rate)


def test_a_later_number_within_noise_is_not_a_change():
    """A share that rises from 41 (31 to 51) to 45 (35 to 55) is not told."""
    later = replace(SHARE, school_year="2024-25", estimate=45.0, ci_low=35.0, ci_high=55.0)
    assert _find([SHARE], [SHARE, later]) == []


def test_a_later_number_beyond_noise_is_told_with_both_numbers():
    """A share that falls from 41 to 12 is told with both numbers and years."""
    later = replace(SHARE, school_year="2024-25", estimate=12.0, ci_low=2.0, ci_high=22.0)
    changes = _find([SHARE], [SHARE, later])
    assert [change.kind for change in changes] == ["number"]
    assert changes[0].size == pytest.approx(-29 / (2**0.5 * 10 / 1.959964), rel=1e-6)
    assert changes[0].sentence() == (
        "Share of students below the cut, orf, grade 3: 41% in 2023–24, 12% in 2024–25, more than noise."
    )


def test_a_number_of_the_same_year_that_differs_was_corrected():
    """The same year with another number is a correction, however small."""
    changes = _find([SHARE], [replace(SHARE, estimate=42.0)])
    assert [change.kind for change in changes] == ["corrected"]
    assert "was corrected: 41% in the last packet and 42% now" in changes[0].sentence()


def test_a_changed_definition_is_named_and_not_compared():
    """Where the method changed, the two numbers are not set beside each other."""
    changes = _find([SHARE], [replace(SHARE, method="exact", estimate=5.0, ci_low=0.0, ci_high=9.0)])
    assert [change.kind for change in changes] == ["definition"]
    assert "another way" in changes[0].sentence()
    assert "5%" not in changes[0].sentence()


def test_a_changed_verdict_is_told():
    """A verdict that changes is told with the old and the new words."""
    before = replace(SHARE, verdict="cannot tell")
    changes = _find([before], [replace(SHARE, school_year="2024-25", verdict="within")])
    assert [change.kind for change in changes] == ["verdict"]
    assert "“cannot tell” in 2023–24; now it is “within” in 2024–25" in changes[0].sentence()


def test_withheld_numbers_and_numbers_of_others_are_not_compared():
    """A number that is withheld now, or that is the district's, is no change of the school."""
    withheld = Record(
        **{**SHARE.to_dict(), "estimate": None, "ci_low": None, "ci_high": None, "n": None, "status": "withheld"}
    )
    assert _find([SHARE], [withheld]) == []
    assert _find([replace(SHARE, level="district")], [replace(SHARE, level="district", estimate=99.0)]) == []


def test_noise_is_told_seldom():
    """Of 400 numbers that differ by noise alone, hardly any is called changed."""
    draw = np.random.default_rng(11)
    before = [replace(SHARE, group=f"g{at}") for at in range(400)]
    now = [
        replace(one, school_year="2024-25", estimate=41 + shift, ci_low=31 + shift, ci_high=51 + shift)
        for one, shift in zip(before, draw.normal(scale=2**0.5 * 10 / 1.959964, size=400), strict=True)
    ]
    assert len(_find(before, now)) <= 2


def test_a_number_of_no_one_year_was_not_corrected():
    """A number that is of no one year, such as a count of actions, changes without having been wrong."""
    count = replace(SHARE, school_year=None, ci_low=None, ci_high=None, ci_level=None)
    assert _find([count], [replace(count, estimate=42.0)]) == []
    slope = replace(SHARE, school_year=None)
    changes = _find([slope], [replace(slope, estimate=12.0, ci_low=2.0, ci_high=22.0)])
    assert [change.kind for change in changes] == ["number"]
