"""What page one and the district's overview say of implementation: the breakdown, the confound, the criterion."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from mtss_analysis.findings.implementation.fidelity_finding import find_fidelity
from mtss_analysis.findings.overview.practice_finding import find_district_practices
from mtss_analysis.show import check_sentence

from .conftest import SETTINGS, Tables, about, compare, draw_district

CONFOUND = "experience and follow-up support cannot be separated"


def _ask(tables: Tables) -> Any:
    source: Any = SimpleNamespace(district_id="D1", name="Small District", settings=SETTINGS)
    return find_district_practices(source, comparison=compare(tables))


def test_the_overview_says_what_the_schools_are_told(broken: Tables) -> None:
    """Breakdown and confound are those of the district, with nothing of a school and a note for page one."""
    breakdown, separation = _ask(broken)
    assert "Walkthroughs found modeling fully in place" in breakdown.said
    assert "In this school" not in breakdown.said
    assert "cannot be separated" in separation.said
    assert {record.school_id for record in breakdown.published if record.finding == "practice_breakdown"} == {None}
    (note,) = breakdown.offered
    assert CONFOUND in note["sentence"]
    assert check_sentence(note["sentence"]) == []


def test_support_that_overlaps_is_not_called_inseparable() -> None:
    """Where teachers of all experience are with and without support, page one does not say that nobody can tell."""
    tables = draw_district(n_teachers=120, years=lambda n: 1 if n % 2 else 9, supported=lambda n, _: n % 4 < 2)
    (note,) = _ask(tables)[0].offered
    assert CONFOUND not in note["sentence"]


def test_nothing_to_tell_is_one_sentence(broken: Tables) -> None:
    """Without a drop or without walkthroughs there is one finding, and nothing for page one."""
    tables = {name: table for name, table in broken.items() if name != "walkthroughs"}
    for asked, words in ((draw_district(drop=0.0), "told apart from noise"), (tables, "no data")):
        (found,) = _ask(asked)
        assert words in found.said
        assert found.offered == ()


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ((1.0, 2.0), ["On the TFI 2.1 of April 14, 2026, Tier 1 (50%) is below the criterion of 70%."]),
        (
            (1.0, 0.0),
            ["On the TFI 2.1 of April 14, 2026, Tier 1 (50%) and Tier 2 (0%) are below the criterion of 70%."],
        ),
        ((2.0, 2.0), []),
    ],
)
def test_what_is_below_the_criterion_is_for_page_one(
    broken: Tables, points: tuple[float, float], expected: list[str]
) -> None:
    """Only tiers below it are named, each with its percent: a point of two is 50 percent."""
    scores = pd.DataFrame(
        {
            "school_id": "S1", "date": pd.Timestamp("2026-04-14"), "instrument": "TFI 2.1", "item": ["1.1", "2.1"],
            "tier": ["1", "2"], "subscale": "Teams", "score": points, "max_score": 2.0,
        }
    )  # fmt: skip
    (found,) = find_fidelity(**about(broken | {"fidelity": scores}))
    assert [note["sentence"] for note in found.offered] == expected
