"""Profiles: which numbers of students may be printed, and where their rules are read from."""

import matplotlib as mpl
import pytest
from matplotlib.ft2font import FT2Font

from mtss_analysis.disclosure import PROFILES, WITHHELD_MARK, WITHHELD_NOTE, Profile, get_profile
from mtss_analysis.errors import ParameterError


@pytest.mark.parametrize(("name", "largest_hidden"), [("n10", 9), ("delaware", 15), ("utah", 10), ("new_york", 4)])
def test_minimum(name, largest_hidden):
    """Each profile hides up to its number, and nothing from the next on."""
    profile = get_profile(name)
    assert profile.hides(largest_hidden)
    assert not profile.hides(largest_hidden + 1)


def test_zero_is_hidden_unless_the_profile_shows_it():
    """Every shipped profile hides a count of zero; one that shows zero still hides one."""
    assert all(profile.hides(0) for profile in PROFILES.values())
    shows = Profile(name="own", minimum=10, shows_zero=True)
    assert not shows.hides(0)
    assert shows.hides(1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("New York", "new_york"), ("deleware", "delaware"), ("n-10", "n10"), ("uta", "utah")],
)
def test_unknown_profile_names_the_nearest(written, meant):
    """A misspelt profile is refused with the profile that was probably meant."""
    with pytest.raises(ParameterError, match=rf"mean '{meant}'"):
        get_profile(written)


def test_a_minimum_that_protects_nobody_is_refused():
    """A profile of one's own needs a minimum of at least two students."""
    with pytest.raises(ParameterError, match="protects nobody"):
        Profile(name="own", minimum=1)


def test_mark_is_in_the_packets_font():
    """The mark can be drawn in every DejaVu font that packets use, and its note says what it is not."""
    fonts = (mpl.get_data_path() + "/fonts/ttf/" + name for name in ("DejaVuSans.ttf", "DejaVuSansMono.ttf"))
    assert all(ord(WITHHELD_MARK) in FT2Font(font).get_charmap() for font in fonts)
    assert WITHHELD_NOTE.startswith(WITHHELD_MARK)
    assert "not mean zero" in WITHHELD_NOTE
    assert "not mean missing" in WITHHELD_NOTE


@pytest.mark.parametrize(
    ("denominator", "limits"),
    [
        (15, (20, 80)),
        (39, (10, 90)),
        (40, (5, 95)),
        (99, (5, 95)),
        (100, (2, 98)),
        (299, (2, 98)),
        (300, (1, 99)),
    ],
)
def test_utah_codes_small_groups_more_coarsely(denominator, limits):
    """Utah's limits follow the size of the group."""
    band = get_profile("utah").band(denominator)
    assert (band.low_pct, band.high_pct) == limits
