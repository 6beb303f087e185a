"""A YAML file that sets the sizes of truths, for ``mtss simulate --truths``."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mtss_analysis.district.schema import find_nearest
from mtss_analysis.district.simulate.truths import PlantedTrend, Truths
from mtss_analysis.errors import ParameterError, Place


def read_truths(path: Path) -> Truths:
    """Read a file of truths.

    Parameters
    ----------
    path : Path
        YAML: truths by name, each with the sizes that differ from the usual ones, such as
        ``cut_score_effect: {effect_sd: 0.5}``; truths of practice stand under ``practice``.

    Returns
    -------
    Truths
        What the file does not name is as usual.

    Raises
    ------
    ParameterError
        The file cannot be read, or names a truth or a size that there is not, or a size of the wrong kind.
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            "The file of truths cannot be read", next_step="Check its path", place=Place(file=path)
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file=path, line=None if mark is None else mark.line + 1)
        raise ParameterError("This is not YAML", next_step="Look for a missing colon or quote", place=place) from error
    truths: Truths = _fill(Truths(), written or {}, path=path, key="")
    return truths


def _fill(usual: Any, written: object, *, path: Path, key: str) -> Any:  # noqa: ANN401
    """Replace the fields of a truth by what is written, as deep as it goes."""
    known = {item.name: getattr(usual, item.name) for item in dataclasses.fields(usual)}
    if not isinstance(written, Mapping):
        raise _wrong(path, key=key, kind="a list of names with values")
    changes: dict[str, Any] = {}
    for name, value in written.items():
        here = f"{key}.{name}" if key else str(name)
        if name not in known:
            nearest = find_nearest(str(name), known=known)
            raise ParameterError(
                f"There is no {here!r}",
                next_step=f"Write {nearest!r} if that is meant" if nearest else f"Use one of {', '.join(known)}",
                place=Place(file=path, column=here),
            )
        changes[name] = _read_value(known[name], value, path=path, key=here)
    return dataclasses.replace(usual, **changes)


def _read_value(usual: object, value: object, *, path: Path, key: str) -> object:
    if dataclasses.is_dataclass(usual):
        return _fill(usual, value, path=path, key=key)
    if isinstance(usual, tuple):
        if not isinstance(value, list):
            raise _wrong(path, key=key, kind="a list")
        if usual and isinstance(usual[0], PlantedTrend):
            blank = PlantedTrend(level="elementary", position=0, measure="reading_scale", slope_sd=0.0)
            return tuple(_fill(blank, item, path=path, key=key) for item in value)
        return tuple(_read_value(usual[0], item, path=path, key=key) if usual else item for item in value)
    if isinstance(usual, bool) or isinstance(value, bool):
        kind, fits = "yes or no", isinstance(usual, bool) and isinstance(value, bool)
    elif isinstance(usual, str):
        kind, fits = "text", isinstance(value, str)
    elif isinstance(usual, int):
        kind, fits = "a whole number", isinstance(value, int)
    else:
        kind, fits = "a number", isinstance(value, int | float)
    if not fits:
        raise _wrong(path, key=key, kind=kind)
    return float(value) if isinstance(usual, float) and isinstance(value, int | float) else value


def _wrong(path: Path, *, key: str, kind: str) -> ParameterError:
    return ParameterError(
        f"{key or 'The file'} must be {kind}", next_step="See docs/simulate.md", place=Place(file=path, column=key)
    )
