"""What the run file asks about effects, and what may be printed of schools beside all schools."""

from pathlib import Path

import pandas as pd
import pytest

from mtss_analysis.errors import ParameterError
from mtss_analysis.findings.effects.protect import protect_schools
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.parameters.reading import read_run_file

ROOT = Path(__file__).resolve().parents[3]
RIVERBEND = ROOT / "parameters" / "riverbend.yml"


def _write(folder: Path, *, effects: str) -> Path:
    """Riverbend's run file with other effects, its paths made absolute."""
    text = RIVERBEND.read_text(encoding="utf-8")
    before, rest = text.split("effects:\n", 1)
    after = rest[rest.index("\nlimits:") :]
    text = (before + effects + after).replace("../", f"{ROOT}/")
    path = folder / "run.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_riverbend_asks_about_every_way_of_assignment():
    """The shipped run file names the five planted interventions, with outcomes that no trend follows."""
    settings = read_run_file(RIVERBEND).settings
    assert {one.intervention_id for one in settings.effects} == {
        "reading_boost", "math_catch_up", "number_talks", "word_groups", "check_in",
    }  # fmt: skip
    assert not settings.all_interventions
    assert settings.indicator("oral_reading").unit == "words a minute"
    assert "oral_reading" not in [one.measure for one in settings.indicators]


@pytest.mark.parametrize(("effects", "everything"), [("effects: auto\n", True), ("", True), ("effects: []\n", False)])
def test_left_open_every_intervention_is_asked_about(tmp_path, effects, everything):
    """``auto`` and a key left out ask about all interventions, an empty list about none."""
    settings = read_run_file(_write(tmp_path, effects=effects)).settings
    assert settings.all_interventions is everything
    assert settings.effects == ()


def test_an_arm_needs_words(tmp_path):
    """A comparison without the words for it is refused, and the message says which key is missing."""
    effects = (
        "effects:\n  - {intervention_id: word_groups, comparison_id: word_usual, label: word groups, "
        "outcomes: [vocabulary], minimum_worthwhile_sd: 0.1}\n"
    )
    with pytest.raises(ParameterError, match="comparison_label"):
        read_run_file(_write(tmp_path, effects=effects))


def test_a_small_school_is_not_found_by_subtraction():
    """Beside the total of all schools a small count takes another with it."""
    indicator = Indicator(measure="m", window="spring", domain="reading", label="m", unit="points")
    frame = pd.DataFrame({"district_id": ["", "1", "1", "1"], "school_id": ["", "a", "b", "c"], "n": [74, 40, 30, 4]})
    status = protect_schools(frame, count="n", settings=Settings(indicators=(indicator,)))
    assert status.iloc[0] == "ok"
    assert status.iloc[3] == "withheld"
    assert list(status).count("withheld") >= 2
