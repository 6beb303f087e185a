"""What each colour, marker and line style means, the same in every figure.

A role never relies on its colour: marker and line style differ too, and roles that appear together differ in
lightness, so that a grey print and a colour-blind reader lose nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Role = Literal[
    "this_school",
    "district",
    "state",
    "others",
    "benchmark",
    "group_focus",
    "group_reference",
    "promising",
    "concerning",
]
LineStyle = Literal["-"] | tuple[float, tuple[float, ...]]

INK = "#262626"
NOTE = "#595959"
RULE = "#E6E6E6"
PAPER = "#FFFFFF"
BAND = "#E4E4E4"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleStyle:
    """How a role is drawn.

    Parameters
    ----------
    line : str
        Colour of lines and marks, ``#RRGGBB``; contrast to white at least 3:1.
    text : str
        Colour of words, ``#RRGGBB``; contrast to white at least 4.5:1.
    marker : str
        Matplotlib marker.
    hollow : bool
        Whether the marker is filled with white.
    line_style : '-' or tuple
        Matplotlib line style.
    width_pt : float
        Line width, points.
    behind : bool
        Whether it is a comparison, drawn behind with a shaded interval.
    """

    line: str
    text: str
    marker: str
    hollow: bool
    line_style: LineStyle
    width_pt: float
    behind: bool


ROLE_STYLES: Mapping[Role, RoleStyle] = MappingProxyType(
    {
        "this_school": RoleStyle(
            line="#0A3161",
            text="#0A3161",
            marker="o",
            hollow=False,
            line_style="-",
            width_pt=2.2,
            behind=False,
        ),
        "district": RoleStyle(
            line="#525252",
            text="#525252",
            marker="s",
            hollow=True,
            line_style=(0, (5, 2)),
            width_pt=1.5,
            behind=True,
        ),
        "state": RoleStyle(
            line="#707070",
            text="#616161",
            marker="^",
            hollow=True,
            line_style=(0, (1.2, 1.6)),
            width_pt=1.5,
            behind=True,
        ),
        "others": RoleStyle(
            line="#8C8C8C",
            text="#6B6B6B",
            marker=".",
            hollow=False,
            line_style="-",
            width_pt=1.1,
            behind=True,
        ),
        "benchmark": RoleStyle(
            line="#5E5E5E",
            text="#595959",
            marker="|",
            hollow=False,
            line_style=(0, (6, 3)),
            width_pt=1.0,
            behind=True,
        ),
        "group_focus": RoleStyle(
            line="#A83C06",
            text="#A83C06",
            marker="D",
            hollow=False,
            line_style="-",
            width_pt=2.0,
            behind=False,
        ),
        "group_reference": RoleStyle(
            line="#3D8F9E",
            text="#2A7482",
            marker="o",
            hollow=True,
            line_style=(0, (5, 1.5)),
            width_pt=1.8,
            behind=False,
        ),
        "promising": RoleStyle(
            line="#16857A",
            text="#107066",
            marker="^",
            hollow=False,
            line_style="-",
            width_pt=2.0,
            behind=False,
        ),
        "concerning": RoleStyle(
            line="#8A1C04",
            text="#8A1C04",
            marker="v",
            hollow=True,
            line_style=(0, (4, 1.5)),
            width_pt=2.0,
            behind=False,
        ),
    }
)

SHOWN_TOGETHER: tuple[tuple[Role, ...], ...] = (
    ("this_school", "district", "state", "others"),
    ("group_focus", "group_reference"),
    ("promising", "concerning"),
)
"""Roles that share a figure and must be told apart by lightness alone."""

SHARE_FILLS: tuple[str, ...] = ("#0A3161", "#3A78AE", "#86B4D8", "#C3DAEC", "#EAF2F8")
"""Fills of ordered categories of a whole, dark to light; each is outlined and named in place."""

MISSING_FILL = PAPER
MISSING_HATCH = "////"
"""Category of what is not known, such as students who were not screened: hatched, never a tint."""


def measure_lightness(colour: str) -> float:
    """Measure the lightness of a colour (CIE L*), 0 black to 100 white.

    References
    ----------
    CIE 15:2004, Colorimetry, section 8.2.1.
    """
    luminance = _measure_luminance(colour)
    root = luminance ** (1 / 3) if luminance > (6 / 29) ** 3 else luminance * (29 / 6) ** 2 / 3 + 4 / 29
    return 116 * root - 16


def measure_contrast(first: str, second: str) -> float:
    """Measure the contrast ratio of two colours, 1 to 21.

    Parameters
    ----------
    first, second : str
        ``#RRGGBB``.

    Returns
    -------
    float
        (lighter + 0.05) / (darker + 0.05) of the relative luminances.

    References
    ----------
    W3C, Web Content Accessibility Guidelines 2.1, definitions "contrast ratio" and "relative luminance".
    """
    lighter, darker = sorted((_measure_luminance(first), _measure_luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def choose_ink(fill: str) -> str:
    """Choose white or near-black for words on a fill, whichever is easier to read."""
    return max((PAPER, INK), key=lambda ink: measure_contrast(ink, fill))


def _measure_luminance(colour: str) -> float:
    red, green, blue = (_linearise(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linearise(channel: float) -> float:
    # WCAG 2.1 prints the threshold 0.03928; the sRGB standard's 0.04045 gives the same for 8-bit colours.
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
