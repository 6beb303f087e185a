"""Where the look of a packet is kept: templates, styles and Pandoc filters that ship with the package."""

from pathlib import Path

import matplotlib as mpl

THEME = Path(__file__).with_name("theme")
"""Folder with the templates, the style sheet and the filters."""


def find_fonts() -> Path:
    """Find the folder with the DejaVu fonts that matplotlib ships, the same on every machine."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf"
