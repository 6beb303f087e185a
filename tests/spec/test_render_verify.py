"""What Pandoc writes as Typst markup is read back as the text it stands for, before cells are looked for in it."""

import pytest

from mtss_analysis.packet.render.verify import _read_typst


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("[2023--24, grade 3]", "[2023–24, grade 3]"),
        ("Gelman et al.~(2013)", "Gelman et al. (2013)"),
        (r"a\~b \- c \#d", "a~b - c #d"),
        ("one---two", "one—two"),
    ],
)
def test_dashes_spaces_and_escapes_are_read_back(markup, text):
    """Dashes, fixed spaces and escaped characters are the characters of the source."""
    assert _read_typst(markup) == text
