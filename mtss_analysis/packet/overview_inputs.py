"""What an overview is made of, hashed: it is made again when one of these has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mtss_analysis.district.hashes import hash_file
from mtss_analysis.district.state import State
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.manifest import find_previous, hash_code, hash_content, hash_folder, installed_versions
from mtss_analysis.packet.overview_places import find_notebook
from mtss_analysis.packet.populations import Population
from mtss_analysis.packet.schools import School
from mtss_analysis.parameters.run_file import RunFile

NUMBERS = "findings.json"


def describe_district(
    run: RunFile, *, state: State, place: School, population: Population, drawn_by: Mapping[str, object]
) -> dict[str, Any]:
    """Collect what a district's overview depends on.

    Parameters
    ----------
    run : RunFile
        The run.
    state : State
        All its districts.
    place : School
        The overview.
    population : Population
        Where the comparison lies.
    drawn_by : mapping
        Renderer, its version and the formats.

    Returns
    -------
    dict
        ``inputs`` and ``provenance`` of an :class:`OverviewTask`.
    """
    comparison = hash_content(hash_folder(population.comparison))
    made_of = {"comparison": comparison, "roster": _hash_roster(state, district_id=place.district_id)}
    earlier = find_previous(run, school=place)
    if earlier is not None:
        made_of["numbers of the earlier overview"] = hash_file(earlier)
    return _gather(run, place=place, made_of=made_of, drawn_by=drawn_by)


def describe_state(
    run: RunFile, *, folder: RunFolder, place: School, schools: Sequence[School], drawn_by: Mapping[str, object]
) -> dict[str, Any]:
    """Collect what the state's overview depends on: the numbers that the packets of a run publish.

    Parameters
    ----------
    run : RunFile
        The run.
    folder : RunFolder
        Where packets stand.
    place : School
        The overview.
    schools : sequence of School
        Schools and districts' overviews of which it is made, where they are there.
    drawn_by : mapping
        Renderer, its version and the formats.

    Returns
    -------
    dict
        ``inputs`` and ``provenance`` of an :class:`OverviewTask`.
    """
    published = {school.key: folder.packet(school) / NUMBERS for school in schools}
    numbers = {key: hash_file(path) for key, path in published.items() if path.is_file()}
    return _gather(run, place=place, made_of={"records": hash_content(numbers)}, drawn_by=drawn_by)


def gather_overview_inputs(
    *,
    place: School,
    notebook: Path,
    made_of: Mapping[str, str],
    settings: Mapping[str, Any],
    drawn_by: Mapping[str, object],
) -> dict[str, Any]:
    """Collect what an overview depends on, for its manifest and for its last chapter.

    Parameters
    ----------
    place : School
        The overview.
    notebook : Path
        Its notebook.
    made_of : mapping of str to str
        Hashes of what it is computed from, by what that is.
    settings : mapping
        What is asked, ready for JSON.
    drawn_by : mapping
        Renderer, its version and the formats.

    Returns
    -------
    dict
        ``inputs`` and ``provenance`` of an :class:`OverviewTask`.
    """
    inputs = {
        "school": {"district_id": place.district_id, "school_id": place.school_id},
        **made_of,
        "notebooks": {notebook.stem: hash_file(notebook)},
        "settings": hash_content(settings),
        "code": hash_code(),
        "rendering": dict(drawn_by),
        "versions": installed_versions(),
    }
    provenance = {
        **{name.capitalize(): digest for name, digest in made_of.items()},
        f"Notebook {notebook.stem}": hash_file(notebook),
        "Settings of the run": str(inputs["settings"]),
        "Code of the kit": hash_code(),
        **installed_versions(),
    }
    return {"inputs": inputs, "provenance": provenance}


def _gather(
    run: RunFile, *, place: School, made_of: Mapping[str, str], drawn_by: Mapping[str, object]
) -> dict[str, Any]:
    settings = {"title": run.title, "language": run.language, "settings": asdict(run.settings)}
    notebook = find_notebook(run, place=place)
    return gather_overview_inputs(place=place, notebook=notebook, made_of=made_of, settings=settings, drawn_by=drawn_by)


def _hash_roster(state: State, *, district_id: str) -> str:
    rows = state.roster[state.roster["district_id"] == district_id]
    return hash_content(rows.astype("str").to_dict("records"))
