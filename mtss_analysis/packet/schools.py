"""Which schools a run works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.district.state import State
from mtss_analysis.errors import DataError, Place
from mtss_analysis.parameters.nearest import suggest

_NOT_IN_A_FOLDER_NAME = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class School:
    """A school of the state folder.

    Parameters
    ----------
    district_id, school_id, district_name, school_name : str
        As in the schools table.
    folder : Path
        The district's folder.
    """

    district_id: str
    school_id: str
    district_name: str
    school_name: str
    folder: Path

    @property
    def key(self) -> str:
        """The school as a run file names it: ``<district_id>/<school_id>``."""
        return f"{self.district_id}/{self.school_id}"


def choose_schools(state: State, *, wanted: Sequence[str] = ()) -> tuple[School, ...]:
    """Find the schools that a run file or a command names.

    Parameters
    ----------
    state : State
        The districts and their schools.
    wanted : sequence of str
        ``<district_id>/<school_id>``, or ``<school_id>`` where no other district has it; empty for all.

    Returns
    -------
    tuple of School
        In the order of the ids, each once.

    Raises
    ------
    DataError
        A school that is not there, one that two districts have, or an id that cannot name a folder.
    """
    everyone = tuple(
        School(
            district_id=str(row.district_id),
            school_id=str(row.school_id),
            district_name=str(row.district_name),
            school_name=str(row.school_name),
            folder=state.folders[str(row.district_id)],
        )
        for row in state.roster.itertuples()
    )
    chosen = {_find(name, everyone=everyone, state=state) for name in wanted} if wanted else set(everyone)
    for school in sorted(chosen):
        _check_folder_names(school)
    return tuple(school for school in everyone if school in chosen)


def _find(name: str, *, everyone: Sequence[School], state: State) -> School:
    found = [school for school in everyone if name in (school.key, school.school_id)]
    if len(found) == 1:
        return found[0]
    if found:
        keys = " or ".join(school.key for school in found)
        raise DataError(
            f"more than one district has a school {name!r}",
            next_step=f"Write {keys}",
            place=Place(file=state.folder),
        )
    known = [school.key if "/" in name else school.school_id for school in everyone]
    raise DataError(
        f"there is no school {name!r}{suggest(name, known=known)}",
        next_step="Write its id as the schools table does, with the zeros it begins with",
        place=Place(file=state.folder),
    )


def _check_folder_names(school: School) -> None:
    for name in (school.district_id, school.school_id):
        if name[0] in "._" or not _NOT_IN_A_FOLDER_NAME.isdisjoint(name) or not name.isprintable():
            raise DataError(
                f"the id {name!r} cannot name the folder of a packet",
                next_step="Use letters, digits, dashes and dots in ids, and begin with a letter or digit",
                place=Place(file=school.folder),
            )
