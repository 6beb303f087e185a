"""Colours can be read on white, in grey and by the colour-blind, and never stand alone."""

from itertools import combinations

import numpy as np
import pytest

from mtss_analysis.show.palette import (
    INK,
    MISSING_HATCH,
    NOTE,
    PAPER,
    ROLE_STYLES,
    SHARE_FILLS,
    SHOWN_TOGETHER,
    choose_ink,
    measure_contrast,
    measure_lightness,
)

LEAST_CONTRAST_OF_LINES = 3.0  # WCAG 2.1, success criterion 1.4.11
LEAST_CONTRAST_OF_TEXT = 4.5  # WCAG 2.1, success criterion 1.4.3
LEAST_STEP_OF_LIGHTNESS = 10.0  # CIE L*
LEAST_COLOUR_DIFFERENCE = 10.0  # CIE76

# Machado, Oliveira & Fernandes (2009), IEEE Transactions on Visualization and Computer Graphics 15(6),
# severity 1.0.
COLOUR_VISION = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
pairs_shown_together = [pair for roles in SHOWN_TOGETHER for pair in combinations(roles, 2)]


def _linear_rgb(colour):
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _lab(linear):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def test_contrast_of_known_colours():
    """Contrast agrees with the ratios that WCAG gives: 21 for black on white, 1 for the same colour."""
    assert measure_contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert measure_contrast("#777777", "#777777") == 1
    assert measure_contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_lightness_of_known_colours():
    """Lightness runs from 0 for black to 100 for white, and middle grey #777777 is at 50."""
    assert measure_lightness("#000000") == pytest.approx(0, abs=1e-9)
    assert measure_lightness("#FFFFFF") == pytest.approx(100)
    assert measure_lightness("#777777") == pytest.approx(50, abs=0.5)


@pytest.mark.parametrize("role", ROLE_STYLES)
def test_roles_can_be_read_on_white(role):
    """Lines have a contrast of 3 to white and words one of 4.5."""
    assert measure_contrast(ROLE_STYLES[role].line, PAPER) >= LEAST_CONTRAST_OF_LINES
    assert measure_contrast(ROLE_STYLES[role].text, PAPER) >= LEAST_CONTRAST_OF_TEXT


@pytest.mark.parametrize("colour", [INK, NOTE])
def test_words_can_be_read_on_white(colour):
    """Labels and notes have a contrast of 4.5 to white."""
    assert measure_contrast(colour, PAPER) >= LEAST_CONTRAST_OF_TEXT


@pytest.mark.parametrize("fill", SHARE_FILLS)
def test_words_can_be_read_on_fills(fill):
    """The ink chosen for a fill has a contrast of 4.5 to it."""
    assert measure_contrast(choose_ink(fill), fill) >= LEAST_CONTRAST_OF_TEXT


@pytest.mark.parametrize(("first", "second"), pairs_shown_together)
def test_roles_differ_in_a_grey_print(first, second):
    """Roles that share a figure differ in lightness."""
    step = measure_lightness(ROLE_STYLES[first].line) - measure_lightness(ROLE_STYLES[second].line)
    assert abs(step) >= LEAST_STEP_OF_LIGHTNESS


def test_fills_step_evenly_down_in_darkness():
    """Fills of ordered categories go from dark to light in steps that a grey print keeps."""
    lightness = [measure_lightness(fill) for fill in SHARE_FILLS]
    assert min(np.diff(lightness)) >= LEAST_STEP_OF_LIGHTNESS * 0.9
    assert MISSING_HATCH


@pytest.mark.parametrize("vision", COLOUR_VISION)
def test_simulation_keeps_greys(vision):
    """The matrices of colour vision leave grey as it is, as their authors' do."""
    assert np.array(COLOUR_VISION[vision]).sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("vision", COLOUR_VISION)
@pytest.mark.parametrize(("first", "second"), pairs_shown_together)
def test_roles_differ_for_the_colour_blind(vision, first, second):
    """Roles that share a figure stay apart in every simulated kind of colour-blindness."""
    matrix = np.array(COLOUR_VISION[vision])
    seen = [_lab(matrix @ _linear_rgb(ROLE_STYLES[role].line)) for role in (first, second)]
    assert np.linalg.norm(seen[0] - seen[1]) >= LEAST_COLOUR_DIFFERENCE


def test_colour_never_stands_alone():
    """No two roles have the same marker, fill of marker and line style."""
    forms = [(style.marker, style.hollow, style.line_style) for style in ROLE_STYLES.values()]
    assert len(set(forms)) == len(forms)
    for first, second in pairs_shown_together:
        one, other = ROLE_STYLES[first], ROLE_STYLES[second]
        assert (one.marker, one.hollow) != (other.marker, other.hollow)
        assert one.line_style != other.line_style or one.width_pt != other.width_pt
