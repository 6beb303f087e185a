"""What a packet was made from: hashes and versions, and whether the packet is still the one they give."""

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import mtss_analysis
from mtss_analysis.district.hashes import hash_file, hash_slice
from mtss_analysis.packet.run_record import write_json
from mtss_analysis.packet.schools import School
from mtss_analysis.parameters.run_file import RunFile

MANIFEST = "manifest.json"
_PACKAGE = "mtss-analysis"
_PARTS_NAMED = 3


def gather_inputs(
    *,
    run: RunFile,
    school: School,
    notebooks: Mapping[str, Path],
    comparison: Mapping[str, str],
    rendering: Mapping[str, object],
) -> dict[str, Any]:
    """Collect everything that a school's packet depends on.

    Parameters
    ----------
    run : RunFile
        The run.
    school : School
        The school.
    notebooks : mapping of str to Path
        The chapters and their notebooks.
    comparison : mapping of str to str
        Hashes of the comparison's files.
    rendering : mapping
        Renderer, its version and the formats.

    Returns
    -------
    dict
        Hashes and versions by kind, ready for JSON; no time, no absolute path.
    """
    return {
        "school": {"district_id": school.district_id, "school_id": school.school_id},
        "data": hash_slice(school.folder, school_id=school.school_id),
        "comparison": dict(comparison),
        "notebooks": {name: hash_file(path) for name, path in notebooks.items()},
        "narrative": _hash_narrative(run, school=school),
        "previous": _hash_previous(run, school=school),
        "settings": hash_content({"title": run.title, "language": run.language, "settings": asdict(run.settings)}),
        "code": hash_code(),
        "rendering": dict(rendering),
        "versions": installed_versions(),
    }


def find_narrative(run: RunFile, *, school: School) -> Path | None:
    """Return the evaluator's text about a school, or None where there is none."""
    if run.narratives is None:
        return None
    path = run.narratives / f"{school.school_id}.md"
    return path if path.is_file() else None


def find_previous(run: RunFile, *, school: School) -> Path | None:
    """Return the numbers of the school's earlier packet, or None where there is none."""
    if run.previous is None:
        return None
    path = run.previous / school.district_id / school.school_id / "findings.json"
    return path if path.is_file() else None


def write_manifest(folder: Path, *, inputs: Mapping[str, Any]) -> None:
    """Write ``manifest.json`` beside the finished files of a packet: where it is, the packet is whole."""
    outputs = {name: digest for name, digest in hash_folder(folder).items() if name != MANIFEST}
    content = {"fingerprint": hash_content(inputs), "inputs": inputs, "outputs": outputs}
    write_json(folder / MANIFEST, content)


def is_current(folder: Path, *, inputs: Mapping[str, Any]) -> bool:
    """Tell whether a packet was made from these inputs and nothing of it is missing or changed.

    Parameters
    ----------
    folder : Path
        The packet's folder, which need not be there.
    inputs : mapping
        As ``gather_inputs`` gives them.

    Returns
    -------
    bool
        False where there is no manifest.
    """
    manifest = read_manifest(folder)
    return manifest.get("fingerprint") == hash_content(inputs) and not find_damage(folder, manifest=manifest)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a packet; empty where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def find_damage(folder: Path, *, manifest: Mapping[str, Any], only: str = "") -> list[str]:
    """Find the files of a packet that are missing, changed or not its own.

    Parameters
    ----------
    folder : Path
        The packet's folder.
    manifest : mapping
        What :func:`read_manifest` gave.
    only : str
        Look at this file alone; empty: at all.

    Returns
    -------
    list of str
        Their paths from the folder; ``manifest.json`` where that cannot be read.
    """
    outputs = manifest.get("outputs")
    if not isinstance(outputs, dict):
        return [MANIFEST]
    if only:
        there = hash_file(folder / only) if (folder / only).is_file() else None
        return [] if there is not None and there == outputs.get(only) else [only]
    found = hash_folder(folder)
    found.pop(MANIFEST, None)
    return sorted(name for name in {*found, *outputs} if found.get(name) != outputs.get(name))


def find_changes(*, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name what has changed between two sets of inputs.

    Parameters
    ----------
    before, now : mapping
        As ``gather_inputs`` gives them.

    Returns
    -------
    list of str
        In words, such as ``data: screenings.csv``.
    """
    changes = []
    for kind in now:
        old, new = before.get(kind), now[kind]
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping) and kind != "comparison":
            parts = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
            more = f" and {len(parts) - _PARTS_NAMED} more" if len(parts) > _PARTS_NAMED else ""
            changes.append(f"{kind}: {', '.join(parts[:_PARTS_NAMED])}{more}")
        else:
            changes.append(kind)
    return changes


def list_provenance(inputs: Mapping[str, Any]) -> dict[str, str]:
    """List what a packet was made from, for its last chapter.

    Parameters
    ----------
    inputs : mapping
        As ``gather_inputs`` gives them.

    Returns
    -------
    dict of str to str
        Version or SHA-256 by name. How the packet is rendered is not among them: the source is the same.
    """
    hashes = {
        "District data of this school": hash_content(inputs["data"]),
        "Comparison with all schools": hash_content(inputs["comparison"]),
        **{f"Notebook {name}": digest for name, digest in inputs["notebooks"].items()},
        "Settings of the run": inputs["settings"],
        "Code of the kit": inputs["code"],
    }
    if inputs["narrative"] is not None:
        hashes["Text from the school"] = inputs["narrative"]
    if inputs["previous"] is not None:
        hashes["Numbers of the earlier packet"] = inputs["previous"]
    return hashes | {name: str(number) for name, number in inputs["versions"].items()}


def hash_content(content: object) -> str:
    """SHA-256 of a value as JSON with sorted keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def hash_folder(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder, by its path from there, in the order of the paths."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hash_file(path) for path in files}


@cache
def hash_code() -> str:
    """SHA-256 over all files of this package, whatever folder it is installed in; hidden and compiled ones aside."""
    folder = Path(mtss_analysis.__file__).parent
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    own = [path for path in paths if not any(part.startswith((".", "__pycache__")) for part in path.parts)]
    return hash_content({path.as_posix(): hash_file(folder / path) for path in own})


@cache
def installed_versions() -> dict[str, str]:
    """Return the versions of the kit, of Python and of the packages it depends on.

    Returns
    -------
    dict of str to str
        By name, in alphabetical order after the kit and Python.
    """
    try:
        needed = requires(_PACKAGE) or []
    except PackageNotFoundError:
        needed = []
    names = {re.split(r"[^A-Za-z0-9._-]", need)[0] for need in needed if "extra ==" not in need}
    packages = {name: version(name) for name in sorted(names, key=str.lower)}
    return {"mtss-analysis": mtss_analysis.__version__, "python": platform.python_version(), **packages}


def _hash_previous(run: RunFile, *, school: School) -> str | None:
    path = find_previous(run, school=school)
    return None if path is None else hash_file(path)


def _hash_narrative(run: RunFile, *, school: School) -> str | None:
    path = find_narrative(run, school=school)
    return None if path is None else hash_file(path)
