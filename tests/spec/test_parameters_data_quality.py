"""The limits of data quality in a run file: defaults, documentation, and what is refused."""

from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic import ValidationError

from mtss_analysis.findings.settings import QualityLimits
from mtss_analysis.parameters.run_file import QualityKeys

PAGE = Path(__file__).parents[2] / "docs" / "run_file.md"


def test_defaults_are_those_of_the_findings_and_of_the_documentation() -> None:
    """A run file without limits asks for the findings' own, and docs/run_file.md names each key with its default."""
    assert QualityKeys().model_dump() == asdict(QualityLimits())
    page = PAGE.read_text(encoding="utf-8")
    for name, value in asdict(QualityLimits()).items():
        (line,) = [row for row in page.splitlines() if row.startswith(f"| `{name}`")]
        assert line.endswith(f"| {value:g} |")


@pytest.mark.parametrize(
    "wrong", [{"least_screened_pct": 120}, {"silent_months": 0}, {"false_alarm_rate": 0}, {"screened": 75}]
)
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    """More than all students, no month, no false alarm ever, and a key that is not known are refused."""
    with pytest.raises(ValidationError):
        QualityKeys(**wrong)
