"""What a run file may declare as a factor, and how what it may not is refused."""

import pytest
from pydantic import ValidationError

from mtss_analysis.findings.settings import Factor
from mtss_analysis.parameters.section_keys import FactorKeys

BASE = {"id": "x", "label": "the x", "level": "student"}


def test_days_absent_minutes_and_programs_can_be_declared():
    """Numbers that no table has as a column, and programs with those who are in none."""
    absent = FactorKeys(**BASE, table="attendance", column="absent_pct", bands=[0, 5, 10])
    minutes = FactorKeys(**BASE, table="services", column="delivered_pct", bands=[0, 80])
    program = FactorKeys(
        **BASE, table="services", column="intervention_id", only=["tier2_reading"], without="no program"
    )
    assert [Factor(**keys.model_dump()).column for keys in (absent, minutes)] == ["absent_pct", "delivered_pct"]
    assert Factor(**program.model_dump()).without == "no program"
    assert Factor(**FactorKeys(**BASE, table="enrollments", column="classroom_id").model_dump()).is_unit


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"table": "attendance", "column": "days_absent"}, "absent_pct"),
        ({"table": "attendance", "column": "absent_pct"}, "needs bands"),
        ({"table": "services", "column": "fidelity_pct"}, "needs bands"),
        ({"table": "services", "column": "minutes"}, "no column `minutes`"),
        ({"table": "staff", "column": "degree", "only": ["a"]}, "for factors of the table `services`"),
        ({"table": "enrollments", "column": "sex", "without": "none"}, "for factors of the table `services`"),
    ],
)
def test_what_cannot_be_a_factor_is_refused_with_what_can(keys, said):
    """A wrong column, a number without bands, and keys of another table are named."""
    with pytest.raises(ValidationError, match=said):
        FactorKeys(**BASE, **keys)
