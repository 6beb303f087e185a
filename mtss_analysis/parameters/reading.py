"""Read a run file: all that is wrong with it is said at once, each with its line."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mtss_analysis.district.yaml_text import read_yaml_text
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.parameters.problems import describe
from mtss_analysis.parameters.run_file import RunFile, RunKeys


def read_run_file(path: str | Path) -> RunFile:
    """Read and check a run file.

    Parameters
    ----------
    path : str or Path
        A YAML file such as ``parameters/star.yml``.

    Returns
    -------
    RunFile
        The run, with absolute paths.

    Raises
    ------
    ParameterError
        With every problem of the file and its line: unknown and repeated keys, wrong types, names that do not
        fit together, folders that do not exist.
    """
    shown = Path(path)
    text = read_yaml_text(shown)
    repeated = [(line, f"the key `{key}` is written a second time") for line, key in text.repeated.items()]
    try:
        keys = RunKeys.model_validate(text.tree, context={"base": shown.resolve().parent})
    except ValidationError as error:
        found = [(text.line(item["loc"]), describe(item)) for item in _root_problems(error.errors())]
        raise _refusal([*found, *repeated], path=shown) from None
    if repeated:
        raise _refusal(repeated, path=shown)
    return keys.to_run(shown.resolve())


def _root_problems(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where that is only because its items are wrong."""
    inside = {error["loc"][:length] for error in errors for length in range(1, len(error["loc"]))}
    return [error for error in errors if error["type"] != "too_short" or error["loc"] not in inside]


def _refusal(found: Sequence[tuple[int | None, str]], *, path: Path) -> ParameterError:
    ordered = sorted(found, key=lambda item: (item[0] or 0, item[1]))
    if len(ordered) == 1:
        line, words = ordered[0]
        return ParameterError(words, next_step="Correct the run file", place=Place(file=path, line=line))
    listed = "".join(f"\n  {f'line {line}: ' if line else ''}{words}" for line, words in ordered)
    return ParameterError(
        f"{len(ordered)} problems{listed}",
        next_step="Correct these lines of the run file",
        place=Place(file=path),
    )
