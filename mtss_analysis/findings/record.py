"""One published number, as it stands in ``findings.json`` and ``findings.parquet``."""

import math
from dataclasses import dataclass, fields
from typing import Literal

DIGITS = 9

Status = Literal["ok", "withheld", "not_estimable"]
Level = Literal["school", "district", "state"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One published number with where it comes from and how sure it is.

    Text, number or null; ``status`` says why a number is null: *withheld* (too few students to print) or
    *not_estimable* (``reason`` says why). The order of the fields is the order of the columns.
    """

    finding: str
    requirement: str
    district_id: str
    school_id: str | None
    school_year: str | None = None
    domain: str | None = None
    measure: str | None = None
    grade: str | None = None
    group: str | None = None
    level: Level = "school"
    method: str | None = None
    design: str | None = None
    estimate: float | None = None
    unit: str | None = None
    std_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    family: str | None = None
    n: int | None = None
    n_clusters: int | None = None
    verdict: str | None = None
    status: Status = "ok"
    reason: str | None = None
    sentence: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is neither a finite number nor null, and a withheld number that is still there."""
        for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value", "q_value"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                msg = f"{self.finding}: {name} is {value}; a number that cannot be had is null with a reason"
                raise ValueError(msg)
        numbers = (self.estimate, self.std_error, self.ci_low, self.ci_high, self.p_value, self.n)
        if self.status == "withheld" and any(value is not None for value in numbers):
            msg = f"{self.finding}: a withheld record holds a number"
            raise ValueError(msg)

    def to_dict(self) -> dict[str, object]:
        """Return the record as a mapping in the contract's column order, numbers to nine significant digits.

        More digits would differ from one processor to the next and hold nothing that anybody could use.
        """
        return {name: _round(getattr(self, name)) for name in RECORD_FIELDS}


def _round(value: object) -> object:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


RECORD_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Record))
