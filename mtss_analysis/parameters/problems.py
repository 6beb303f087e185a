"""Say in plain words what pydantic found wrong with a run file."""

from collections.abc import Mapping
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mtss_analysis.district.yaml_text import Location
from mtss_analysis.parameters.nearest import suggest
from mtss_analysis.parameters.run_file import RunKeys

_PLAIN: Mapping[str, str] = {
    "float_parsing": "must be a number, not {input}",
    "int_parsing": "must be a whole number, not {input}",
    "int_from_float": "must be a whole number, not {input}",
    "bool_parsing": "must be yes or no, not {input}",
    "float_type": "must be a number, not {input}",
    "int_type": "must be a whole number, not {input}",
    "bool_type": "must be yes or no, not {input}",
    "finite_number": "must be a finite number, not {input}",
    "string_type": "must be text, not {input}",
    "tuple_type": "must be a list, not {input}",
    "model_type": "must be a group of keys, not {input}",
    "model_attributes_type": "must be a group of keys, not {input}",
    "string_too_short": "must not be empty",
    "too_short": "must name at least {min_length}",
    "greater_than": "must be greater than {gt}, not {input}",
    "greater_than_equal": "must be at least {ge}, not {input}",
    "less_than": "must be less than {lt}, not {input}",
    "literal_error": "must be one of {expected}, not {input}",
    "string_pattern_mismatch": "must be one word of letters, digits, dots and dashes, not {input}",
}


def describe(error: ErrorDetails) -> str:
    """Write one problem, without its line.

    Parameters
    ----------
    error : ErrorDetails
        One item of ``ValidationError.errors()``.

    Returns
    -------
    str
        A sentence without a full stop.
    """
    location = error["loc"]
    name = f"`{dotted(location)}`"
    kind = error["type"]
    if kind == "extra_forbidden":
        known = known_keys(location[:-1])
        return f"unknown key {name}{suggest(str(location[-1]), known=known)}"
    if kind == "missing":
        return f"the key {name} is missing"
    if kind == "value_error":
        return f"{name}: {error['ctx']['error']}"
    if error.get("input") is None:
        return f"{name} is empty; give it a value or take the line out"
    words = _PLAIN.get(kind)
    if words is None:
        return f"{name}: {error['msg']}"
    context = {**error.get("ctx", {}), "input": _shown(error.get("input"))}
    return f"{name} {words.format(**context)}"


def dotted(location: Location) -> str:
    """Write a location as ``indicators[2].measure``, list items counted from 1."""
    name = ""
    for part in location:
        if isinstance(part, int):
            name += f"[{part + 1}]"
        else:
            name += f".{part}" if name else part
    return name


def known_keys(location: Location) -> list[str]:
    """Return the keys that may stand at a location; empty where none may."""
    model: type[BaseModel] = RunKeys
    for part in location:
        if isinstance(part, int):
            continue
        inner = _model_in(model.model_fields[part].annotation)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, list | tuple):
        return "a list"
    return f"`{value}`"
