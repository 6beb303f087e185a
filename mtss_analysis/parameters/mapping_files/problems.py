"""What is wrong with a mapping file, each problem with its file and line."""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types

from mtss_analysis.district.yaml_text import Location
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.parameters.nearest import suggest

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingProblem:
    """One thing that is wrong.

    Parameters
    ----------
    location : tuple
        Keys and list positions that lead to it.
    words : str
        What is wrong, in a sentence without a full stop.
    """

    location: Location
    words: str


@functools.cache
def read_mapping_schema() -> Tree:
    """Read the JSON Schema of mapping files, which ships with the package."""
    text = resources.files(__package__).joinpath("mapping.schema.json").read_text(encoding="utf-8")
    schema: Tree = json.loads(text)
    return schema


def find_problems(tree: Mapping[str, Any]) -> Iterator[MappingProblem]:
    """Find where a mapping breaks its JSON Schema.

    Parameters
    ----------
    tree : mapping
        The file, with every value as the text that was written.

    Yields
    ------
    MappingProblem
        In plain words, an unknown key with the nearest known one.
    """
    validator = jsonschema.Draft202012Validator(read_mapping_schema())
    for error in validator.iter_errors(tree):
        location: Location = tuple(error.absolute_path)
        if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
            yield from _unknown_keys(error.instance, known=list(error.schema.get("properties", {})), location=location)
        elif error.validator == "required":
            for key in set(error.validator_value) - set(error.instance):
                yield MappingProblem(location=location, words=f"`{write_location(location)}` lacks the key `{key}`")
        else:
            words = f"`{write_location(location)}` {_say(error)}"
            yield MappingProblem(location=location, words=words)


def _unknown_keys(written: Mapping[str, Any], *, known: Sequence[str], location: Location) -> Iterator[MappingProblem]:
    for key in written:
        if key not in known:
            words = f"unknown key `{write_location((*location, key))}`{suggest(key, known=known)}"
            yield MappingProblem(location=(*location, key), words=words)


def _say(error: Any) -> str:  # noqa: ANN401 - jsonschema ships no types
    """Say in plain words what is wrong with a value."""
    if error.instance is None:
        return "is empty; give it a value or take the line out"
    if error.validator == "enum":
        choices = dict.fromkeys(str(choice).lower() for choice in error.validator_value)
        return f"must be one of {', '.join(choices)}, not {_shown(error.instance)}"
    if error.validator in {"type", "pattern"}:
        return f"cannot be {_shown(error.instance)}"
    return _plain(error.message)


def refuse(
    problems: Sequence[MappingProblem], *, places: Mapping[Location, tuple[Path, int]], path: Path
) -> ParameterError:
    """Make one error of all problems, each with its line."""
    found = sorted(
        {(*find_place(problem.location, places=places, path=path), problem.words) for problem in problems}, key=str
    )
    found.sort(key=lambda item: (str(item[0]), item[1] or 0))
    if len(found) == 1:
        file, line, words = found[0]
        return ParameterError(words, next_step="Correct the mapping", place=Place(file=file, line=line))
    listed = "".join(
        f"\n  {'' if file == path else f'{file}, '}{f'line {line}: ' if line else ''}{words}"
        for file, line, words in found
    )
    return ParameterError(
        f"{len(found)} problems{listed}", next_step="Correct these lines of the mapping", place=Place(file=path)
    )


def find_place(
    location: Location, *, places: Mapping[Location, tuple[Path, int]], path: Path
) -> tuple[Path, int | None]:
    """Find the file and line of a location, or of the nearest one around it."""
    for length in range(len(location), 0, -1):
        if location[:length] in places:
            return places[location[:length]]
    return path, None


def write_location(location: Location) -> str:
    """Write a location as ``tables.screenings.keep_rows[2].column``, list items counted from 1."""
    name = ""
    for part in location:
        if isinstance(part, int):
            name += f"[{part + 1}]"
        else:
            name += f".{part}" if name else part
    return name


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, list | tuple):
        return "a list"
    return f"`{value}`"


def _plain(message: str) -> str:
    return re.sub(r"\s+", " ", message).rstrip(".")
