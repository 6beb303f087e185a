"""Where the plans of a district folder lie, and whose a file is by its name."""

from pathlib import Path
from urllib.parse import quote, unquote

TABLES = ("goals", "actions", "deliverables", "initiatives", "capacity")
"""Tables of a plan; a plan file may hold rows of each."""
FOLDER = "plans"
SUFFIX = ".yml"
DISTRICT = "district"
"""Name of the file that holds the district's own plan."""


def find_plans(folder: Path, *, school_id: str | None = None) -> tuple[tuple[Path, str | None], ...]:
    """Find the plan files of a district folder, or those that bear on one school.

    Parameters
    ----------
    folder : Path
        District folder.
    school_id : str or None
        Only this school's plan and the district's; None: all.

    Returns
    -------
    tuple of (Path, str or None)
        Each file and the school whose plan it is, None for the district's; in the order of their names.
    """
    place = folder / FOLDER
    if not place.is_dir():
        return ()
    found = [(path, find_owner(path)) for path in sorted(place.glob(f"*{SUFFIX}")) if path.is_file()]
    return tuple((path, owner) for path, owner in found if school_id is None or owner in {None, school_id})


def find_owner(path: Path) -> str | None:
    """Say by its name which school's plan a file is; None: the district's."""
    name = unquote(path.stem)
    return None if name == DISTRICT else name


def name_plan(school_id: str | None) -> str:
    """Name the plan file of a school, or of the district, within a district folder."""
    return f"{FOLDER}/{DISTRICT if school_id is None else quote(school_id, safe=' ')}{SUFFIX}"
