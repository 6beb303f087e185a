"""Whose schools are compared with each other, and where their comparison lies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.district.state import State, open_state
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.schools import School
from mtss_analysis.parameters.run_file import RunFile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Schools that are compared with each other.

    Parameters
    ----------
    state : State
        Their districts: all of the run, or one.
    comparison : Path
        Folder of their comparison.
    stamp : Path
        Says from which inputs the comparison was computed.
    """

    state: State
    comparison: Path
    stamp: Path


def find_populations(
    run: RunFile, *, state: State, folder: RunFolder, schools: Iterable[School]
) -> Mapping[str, Population]:
    """Find the population of each district that has one of these schools.

    Where a run compares schools with their own district, no table of another district is opened.

    Parameters
    ----------
    run : RunFile
        Says whom a school is compared with.
    state : State
        All districts of the run.
    folder : RunFolder
        Where the run keeps its work.
    schools : iterable of School
        The schools in question.

    Returns
    -------
    mapping of str to Population
        By district id, in the order of the schools; districts that are compared together share one.
    """
    districts = list(dict.fromkeys(school.district_id for school in schools))
    if run.settings.population == "state" or len(state.folders) == 1:
        whole = Population(state=state, comparison=folder.comparison, stamp=folder.work / "groundwork.json")
        return dict.fromkeys(districts, whole)
    return {
        district_id: Population(
            state=open_state(state.folders[district_id]),
            comparison=folder.comparisons / district_id,
            stamp=folder.work / "groundwork" / f"{district_id}.json",
        )
        for district_id in districts
    }
