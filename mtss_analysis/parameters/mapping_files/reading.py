"""Find, read and check a mapping file, with those it extends."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path

import mtss_analysis
from mtss_analysis.district.imports.mapping import Mapping
from mtss_analysis.district.yaml_text import Location, Plain, read_yaml_text
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.parameters.mapping_files.build import build_mapping
from mtss_analysis.parameters.mapping_files.checks import check_mapping
from mtss_analysis.parameters.mapping_files.problems import MappingProblem, Tree, find_problems, refuse
from mtss_analysis.parameters.nearest import suggest

FOLDER = Path("parameters") / "mappings"
SUFFIXES = (".yml", ".yaml")
_DEEPEST = 8


@dataclass(slots=True, kw_only=True, eq=False)
class _Merged:
    tree: Tree
    places: dict[Location, tuple[Path, int]] = field(default_factory=dict)


def read_mapping(name: str | Path) -> Mapping:
    """Read and check a mapping.

    Parameters
    ----------
    name : str or Path
        A YAML file, or the name of one in ``parameters/mappings``.

    Returns
    -------
    Mapping
        With what it takes from the mappings it extends.

    Raises
    ------
    ParameterError
        There is no such mapping, or all its problems with their file, line and key.
    """
    path = find_mapping_file(name)
    merged = _read_with_parents(path, seen=())
    problems = list(check_mapping(merged.tree))
    if problems:
        raise refuse(problems, places=merged.places, path=path)
    return build_mapping(merged.tree, path=path)


def find_mapping_file(name: str | Path) -> Path:
    """Find the file of a mapping.

    Parameters
    ----------
    name : str or Path
        A file, or a name among ``parameters/mappings`` of the folder one is in, of one around it, or of the
        project that the package is imported from.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ParameterError
        There is none; the message names the nearest.
    """
    text = str(name)
    if text.endswith(SUFFIXES):
        if Path(text).is_file():
            return Path(text)
        if "/" in text or "\\" in text:
            raise ParameterError("There is no such mapping", next_step="Check the path", place=Place(file=Path(text)))
        text = Path(text).stem
    shipped = list_mappings()
    if text in shipped:
        return shipped[text]
    known = suggest(text, known=shipped)
    raise ParameterError(
        f"There is no mapping {text!r}{known}",
        next_step="Name a file such as my_export.yml, or draft one with mtss import --suggest EXPORT",
    )


def list_mappings() -> dict[str, Path]:
    """List the mappings by name: those of the folder one is in or around it, then those that ship with the kit.

    Returns
    -------
    dict of str to Path
        File by name, in alphabetical order.
    """
    here = Path.cwd()
    found: dict[str, Path] = {}
    for project in (here, *here.parents, Path(mtss_analysis.__file__).resolve().parents[1]):
        for file in sorted((project / FOLDER).glob("*.y*ml")):
            if file.suffix in SUFFIXES:
                found.setdefault(file.stem, file)
    return dict(sorted(found.items()))


def _read_with_parents(path: Path, *, seen: tuple[Path, ...]) -> _Merged:
    if path.resolve() in seen or len(seen) > _DEEPEST:
        raise ParameterError(
            "The mapping extends itself", next_step="Take `extends:` out of one of them", place=Place(file=path)
        )
    text = read_yaml_text(path, what="mapping", example="parameters/mappings/nwea_map_growth.yml")
    places = {location: (path, line) for location, line in text.lines.items()}
    repeated = [
        MappingProblem(location=("", line), words=f"the key `{key}` is written a second time")
        for line, key in text.repeated.items()
    ]
    for problem in repeated:
        places[problem.location] = (path, int(problem.location[1]))
    problems = [*find_problems(text.tree), *repeated]
    if problems:
        raise refuse(problems, places=places, path=path)
    tree: Tree = dict(text.tree)
    parent_name = tree.pop("extends", None)
    if parent_name is None:
        return _Merged(tree=tree, places=places)
    beside = [path.parent / f"{parent_name}{suffix}" for suffix in ("", *SUFFIXES)]
    parent_path = next((file for file in beside if file.is_file()), None) or find_mapping_file(parent_name)
    parent = _read_with_parents(parent_path, seen=(*seen, path.resolve()))
    return _Merged(tree=_merge(parent.tree, tree), places={**parent.places, **places})


# What a district writes for these is the whole of it, not a change of some of its parts.
_WHOLE = frozenset({"for_each", "keep_rows", "leave_out_rows", "when_doubled", "join", "patterns", "flags", "windows"})
# Keys that say where a column comes from: one of them replaces the others.
_SOURCES = frozenset({"from", "text", "first_of", "value", "setting", "flags"})


def _merge(parent: MappingOf[str, Plain], child: MappingOf[str, Plain], *, key: str = "") -> Tree:
    merged: Tree = dict(parent)
    if key == "columns":
        child = {name: _as_group(rule) for name, rule in child.items()}
        merged = {name: _as_group(rule) for name, rule in merged.items()}
    for name, value in child.items():
        there = merged.get(name)
        if value is None and key in {"columns", "tables", "settings", "files"}:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(there, dict) and name not in _WHOLE:
            kept = there
            if key == "columns" and _SOURCES & set(value):
                kept = {name_: part for name_, part in there.items() if name_ not in _SOURCES}
            merged[name] = _merge(kept, value, key=name)
        else:
            merged[name] = value
    return merged


def _as_group(rule: Plain) -> Plain:
    return {"from": rule} if isinstance(rule, str | list) else rule
