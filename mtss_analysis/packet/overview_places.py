"""Where the overviews of a run stand, and which of them belong to it."""

from collections.abc import Sequence
from pathlib import Path

from mtss_analysis.packet.overview_tasks import DISTRICT_NOTEBOOK, DISTRICT_PLACE, STATE_NOTEBOOK, STATE_PLACE
from mtss_analysis.packet.schools import School
from mtss_analysis.parameters.run_file import RunFile

LEAST_DISTRICTS = 2
STATE_NAME = "All districts"


def list_overviews(run: RunFile, *, everyone: Sequence[School], chosen: Sequence[School]) -> tuple[School, ...]:
    """List the overviews that belong to a run: those of districts of which all schools are asked for, and the state's.

    Parameters
    ----------
    run : RunFile
        Which overviews are wanted.
    everyone, chosen : sequence of School
        All schools of the data, and those asked for.

    Returns
    -------
    tuple of School
        Places, districts first; the state's only where it has several districts and all schools are asked for.
    """
    asked = {school.key for school in chosen}
    districts = [
        district
        for district in list_places(everyone)
        if district.school_id == DISTRICT_PLACE and "district" in run.overviews
    ]
    whole = [
        place
        for place in districts
        if all(school.key in asked for school in everyone if school.district_id == place.district_id)
    ]
    complete = len(asked) == len(everyone) and len({school.district_id for school in everyone}) >= LEAST_DISTRICTS
    if "state" in run.overviews and "district" in run.overviews and complete:
        whole += [place for place in list_places(everyone) if place.school_id == STATE_PLACE]
    return tuple(whole)


def list_places(everyone: Sequence[School]) -> tuple[School, ...]:
    """List where overviews of these schools would stand.

    Parameters
    ----------
    everyone : sequence of School
        All schools of the data.

    Returns
    -------
    tuple of School
        One for each district, then the state's, whose ``district_id`` is empty.
    """
    districts = {school.district_id: school for school in everyone}
    places = [
        School(
            district_id=one.district_id,
            school_id=DISTRICT_PLACE,
            district_name=one.district_name,
            school_name=one.district_name,
            folder=one.folder,
        )
        for one in districts.values()
    ]
    if places:
        root = places[0].folder.parent
        state = School(district_id="", school_id=STATE_PLACE, district_name="", school_name=STATE_NAME, folder=root)
        places.append(state)
    return tuple(places)


def find_notebook(run: RunFile, *, place: School) -> Path:
    """Find the notebook of an overview: the district's or the state's."""
    name = STATE_NOTEBOOK if place.school_id == STATE_PLACE else DISTRICT_NOTEBOOK
    return run.notebooks_folder / f"{name}.ipynb"
