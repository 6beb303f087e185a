"""What can be analysed with the tables that are there, and what is missing for the rest."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from mtss_analysis.district.check import CheckedDistrict

Extent = Literal["whole", "part", "none"]
WORDS: Mapping[Extent, str] = {"whole": "Yes", "part": "In part", "none": "No"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a requirement needs.

    Parameters
    ----------
    requirement : str
        Such as ``R1``.
    what : str
        What is analysed, in a few words.
    needs : tuple of tuple of str
        One of each has to hold a value: ``table.column``, or ``table`` for any column of it.
    better : tuple of tuple of str
        As ``needs``, for what the analysis can do without, with less to say.
    """

    requirement: str
    what: str
    needs: tuple[tuple[str, ...], ...]
    better: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """Whether an analysis can be made of a district's tables.

    Parameters
    ----------
    analysis : Analysis
        The analysis.
    extent : {"whole", "part", "none"}
        ``part``: it can be made, without what ``missing`` names.
    missing : tuple of str
        What is missing, each such as ``referrals (column date)``; alternatives are joined by ``or``.
    """

    analysis: Analysis
    extent: Extent
    missing: tuple[str, ...]


def find_possible(district: CheckedDistrict) -> list[Possible]:
    """Find what can be analysed with a district's tables.

    Parameters
    ----------
    district : CheckedDistrict
        What a check found in it; whether values break rules does not count here.

    Returns
    -------
    list of Possible
        One for each requirement that rests on tables, in their order.
    """
    return [_judge(analysis, district.filled) for analysis in read_analyses()]


@functools.cache
def read_analyses() -> tuple[Analysis, ...]:
    """Read what each requirement needs."""
    text = resources.files(__package__).joinpath("requirements.json").read_text(encoding="utf-8")
    return tuple(
        Analysis(
            requirement=entry["requirement"],
            what=entry["what"],
            needs=tuple(map(tuple, entry["needs"])),
            better=tuple(map(tuple, entry["better"])),
        )
        for entry in json.loads(text)
    )


def describe_possible(possible: Sequence[Possible]) -> list[str]:
    """Say in a few lines for a terminal what can be analysed, and what is missing for the rest.

    Parameters
    ----------
    possible : sequence of Possible
        As ``find_possible`` gives it.

    Returns
    -------
    list of str
        Lines without line ends.
    """
    lines = []
    for extent, heading in (("whole", "You can analyse"), ("part", "In part")):
        numbers = [one.analysis.requirement for one in possible if one.extent == extent]
        if numbers:
            lines.append(f"{heading}: {', '.join(numbers)}")
    lacked: dict[str, list[str]] = {}
    for one in possible:
        for missing in one.missing if one.extent == "none" else ():
            lacked.setdefault(missing, []).append(one.analysis.requirement)
    if lacked:
        lines.append("For the rest is missing:")
        lines += [f"    {missing}: {', '.join(requirements)}" for missing, requirements in lacked.items()]
    return lines


def describe_possible_in_state(possible_by_district: Mapping[str, Sequence[Possible]]) -> list[str]:
    """Say in how many districts of a state each analysis can be made.

    Parameters
    ----------
    possible_by_district : mapping of str to sequence of Possible
        As ``find_possible`` gives it, by district folder.

    Returns
    -------
    list of str
        Lines without line ends, one for each number of districts.
    """
    counts: dict[str, int] = {}
    for possible in possible_by_district.values():
        for one in possible:
            counts.setdefault(one.analysis.requirement, 0)
            counts[one.analysis.requirement] += one.extent != "none"
    by_count: dict[int, list[str]] = {}
    for requirement, count in counts.items():
        by_count.setdefault(count, []).append(requirement)
    everything = len(possible_by_district)
    return [
        f"Can be analysed in {count} of {everything} districts: {', '.join(requirements)}"
        for count, requirements in sorted(by_count.items(), reverse=True)
    ]


def _judge(analysis: Analysis, filled: Mapping[str, frozenset[str]]) -> Possible:
    lacking = [_name(choice) for choice in analysis.needs if not _is_there(choice, filled)]
    if lacking:
        return Possible(analysis=analysis, extent="none", missing=tuple(lacking))
    lacking = [_name(choice) for choice in analysis.better if not _is_there(choice, filled)]
    return Possible(analysis=analysis, extent="part" if lacking else "whole", missing=tuple(lacking))


def _is_there(choice: Sequence[str], filled: Mapping[str, frozenset[str]]) -> bool:
    for source in choice:
        table, _, column = source.partition(".")
        if column in filled.get(table, ()) or (not column and filled.get(table)):
            return True
    return False


def _name(choice: Sequence[str]) -> str:
    parts = (source.partition(".") for source in choice)
    return " or ".join(f"{table} (column {column})" if column else table for table, _, column in parts)
