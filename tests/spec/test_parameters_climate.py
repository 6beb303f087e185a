"""The keys under ``climate`` in a run file: defaults, documentation, and what is refused."""

from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic import ValidationError

from mtss_analysis.findings.settings import ClimateSettings
from mtss_analysis.parameters.run_file import ClimateKeys

PAGE = Path(__file__).parents[2] / "docs" / "run_file.md"


def test_defaults_are_those_of_the_findings_and_of_the_documentation() -> None:
    """A run file without the key asks for the findings' own, and docs/run_file.md names each with its default."""
    assert ClimateKeys().model_dump() == asdict(ClimateSettings())
    page = PAGE.read_text(encoding="utf-8")
    for name, value in asdict(ClimateSettings()).items():
        (line,) = [row for row in page.splitlines() if row.startswith(f"| `{name}`")]
        assert line.endswith(f"| {value:g} |")


@pytest.mark.parametrize("wrong", [{"chronic_pct": 0}, {"least_cases": 11}, {"least_n": 31}, {"least_days": 0}])
def test_values_that_law_or_sense_forbid_are_refused(wrong: dict[str, float]) -> None:
    """Everybody absent, minima above those of 34 CFR 300.647, and no day are refused."""
    with pytest.raises(ValidationError):
        ClimateKeys(**wrong)  # type: ignore[arg-type]
