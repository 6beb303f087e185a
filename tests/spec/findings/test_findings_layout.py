"""A sentence points only to what is shown with it."""

from mtss_analysis.findings.layout import point_to_what_is_shown
from mtss_analysis.show import Column, Table

SENTENCE = "Fewer came. See @fig-months and @tbl-months."
MONTHS = Table(name="months", caption="Months", columns=(Column(title="Month"),), rows=(("May",),))


def test_a_figure_that_is_not_drawn_is_not_pointed_to():
    """With the table alone, only the table is named; with neither, the sentence is as it was."""
    assert point_to_what_is_shown(SENTENCE, figure=None, table=MONTHS) == "Fewer came. See @tbl-months."
    assert point_to_what_is_shown(SENTENCE, figure=None, table=None) == SENTENCE
