"""What changed since the last packet: the numbers of an earlier packet beside those of this one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import norm

from mtss_analysis.findings.record_names import name_record, write_value
from mtss_analysis.show import format_school_year
from mtss_analysis.stats import adjust_p_values

KEY = ("finding", "level", "district_id", "school_id", "domain", "measure", "grade", "group")
DEFINITION = ("method", "design", "unit")
OWN = "school"

Kind = Literal["verdict", "number", "corrected", "definition"]
ORDER: tuple[Kind, ...] = ("verdict", "number", "corrected", "definition")
RecordRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number or verdict that is not what it was.

    Parameters
    ----------
    kind : {'verdict', 'number', 'corrected', 'definition'}
        A verdict that changed; a later number that differs by more than noise; a number of the same year that
        differs, so that the data were corrected; a number that is defined otherwise than before and not compared.
    before, now : mapping
        The records.
    size : float
        Difference in standard errors; 0 where it does not apply.
    """

    kind: Kind
    before: RecordRow
    now: RecordRow
    size: float = 0.0

    def sentence(self) -> str:
        """Say what changed, and by how much."""
        name = name_record(self.now)
        name = name[:1].upper() + name[1:]
        when_before, when_now = _when(self.before), _when(self.now)
        match self.kind:
            case "verdict":
                was, is_now = self.before["verdict"], self.now["verdict"]
                return f"{name}: the last packet said “{was}”{when_before}; now it is “{is_now}”{when_now}."
            case "definition":
                return f"{name} is now computed in another way, so it cannot be compared with the last packet."
            case "corrected":
                told = f"{write_value(self.before)} in the last packet and {write_value(self.now)} now"
                return f"{name}{when_now} was corrected: {told}."
            case "number":
                values = f"{write_value(self.before)}{when_before}, {write_value(self.now)}{when_now}"
                return f"{name}: {values}, more than noise."


def find_changes(
    previous: Iterable[RecordRow], current: Iterable[RecordRow], *, false_discovery_rate: float
) -> list[Change]:
    """Compare a school's records with those of an earlier packet.

    Parameters
    ----------
    previous, current : iterable of mapping
        Records as in ``findings.json``; only those about the school itself are compared, each at its latest year.
    false_discovery_rate : float
        Of the numbers called changed, this share may be noise, 0 to 1.

    Returns
    -------
    list of Change
        Verdicts first, then numbers by the size of the change, corrections, changed definitions.

    Notes
    -----
    Two years are taken as independent. Students who are in both make the true error smaller, so that changes are
    named somewhat too seldom rather than too often. A number that is of no one year, such as a slope or a count of
    actions, is expected to change and was not corrected.
    """
    before, now = _latest(previous), _latest(current)
    pairs = [(before[key], now[key]) for key in now if key in before]
    changes: list[Change] = []
    later: list[tuple[RecordRow, RecordRow, float]] = []
    for old, new in pairs:
        if any(old[name] != new[name] for name in DEFINITION):
            changes.append(Change(kind="definition", before=old, now=new))
        elif _is_verdict(old, new):
            changes.append(Change(kind="verdict", before=old, now=new))
        elif _differs(old, new) and new["school_year"] is not None and old["school_year"] == new["school_year"]:
            changes.append(Change(kind="corrected", before=old, now=new))
        elif _differs(old, new) and (size := _size(old, new)) is not None:
            later.append((old, new, size))
    changes += _beyond_noise(later, false_discovery_rate=false_discovery_rate)
    return sorted(changes, key=lambda change: (ORDER.index(change.kind), -abs(change.size), name_record(change.now)))


def _beyond_noise(later: Sequence[tuple[RecordRow, RecordRow, float]], *, false_discovery_rate: float) -> list[Change]:
    if not later:
        return []
    q_values = adjust_p_values(np.array([2 * float(norm.sf(abs(size))) for _, _, size in later]))
    return [
        Change(kind="number", before=old, now=new, size=size)
        for (old, new, size), q_value in zip(later, q_values, strict=True)
        if q_value <= false_discovery_rate
    ]


def _latest(records: Iterable[RecordRow]) -> dict[tuple[Any, ...], RecordRow]:
    found: dict[tuple[Any, ...], RecordRow] = {}
    for record in records:
        if record["level"] != OWN or record["status"] != "ok":
            continue
        key = tuple(record[name] for name in KEY)
        if key not in found or (record["school_year"] or "") > (found[key]["school_year"] or ""):
            found[key] = record
    return found


def _is_verdict(old: RecordRow, new: RecordRow) -> bool:
    return old["verdict"] is not None and new["verdict"] is not None and old["verdict"] != new["verdict"]


def _differs(old: RecordRow, new: RecordRow) -> bool:
    return old["estimate"] is not None and new["estimate"] is not None and old["estimate"] != new["estimate"]


def _size(old: RecordRow, new: RecordRow) -> float | None:
    """Difference in standard errors; the error of each is read off its interval."""
    errors = []
    for record in (old, new):
        if record["ci_low"] is None or record["ci_high"] is None or not record["ci_level"]:
            return None
        reach = float(norm.ppf(0.5 + float(record["ci_level"]) / 2))
        errors.append((float(record["ci_high"]) - float(record["ci_low"])) / (2 * reach))
    error = float(np.hypot(errors[0], errors[1]))
    return (float(new["estimate"]) - float(old["estimate"])) / error if error > 0 else None


def _when(record: RecordRow) -> str:
    return f" in {format_school_year(record['school_year'])}" if record["school_year"] else ""
