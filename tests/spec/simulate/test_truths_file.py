"""Files that set the sizes of truths."""

from pathlib import Path

import pytest

from mtss_analysis.district.simulate import Truths
from mtss_analysis.district.simulate.truths import PlantedTrend
from mtss_analysis.district.simulate.truths_file import read_truths
from mtss_analysis.errors import ParameterError


def _read(folder: Path, text: str) -> Truths:
    path = folder / "truths.yml"
    path.write_text(text, encoding="utf-8")
    return read_truths(path)


def test_sizes_are_read(tmp_path: Path) -> None:
    """What the file names is set, and what it does not name stays as usual."""
    truths = _read(
        tmp_path,
        "cut_score_effect: {effect_sd: 1}\n"
        "single_cases: {planted: no}\n"
        "trends:\n  cells:\n    - {level: middle, position: 2, measure: math_scale, slope_sd: -0.1, grades: ['7']}\n"
        "practice:\n  breakdown: {break_week: 3}\n",
    )
    assert truths.cut_score_effect.effect_sd == 1.0
    assert truths.cut_score_effect.uptake_below == Truths().cut_score_effect.uptake_below
    assert truths.single_cases.planted is False
    assert truths.trends.cells == (
        PlantedTrend(level="middle", position=2, measure="math_scale", slope_sd=-0.1, grades=("7",)),
    )
    assert truths.practice.breakdown.break_week == 3
    assert _read(tmp_path, "") == Truths()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cut_score_efect: {effect_sd: 1}", "cut_score_effect"),
        ("cut_score_effect: {effect: 1}", "effect_sd"),
        ("cut_score_effect: {effect_sd: much}", "must be a number"),
        ("cut_score_effect: {planted: 1}", "must be yes or no"),
        ("cut_score_effect: 1", "must be a list of names"),
        ("phased_rollout: {effects_sd: 1}", "must be a list"),
        ("trends: [", "not YAML"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, words: str) -> None:
    """A file that cannot be used is refused in words that name the fault."""
    with pytest.raises(ParameterError, match=words):
        _read(tmp_path, text)
