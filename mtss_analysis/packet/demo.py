"""The demonstration that ships with the kit."""

from collections.abc import Sequence
from pathlib import Path

import mtss_analysis
from mtss_analysis.district.state import open_state
from mtss_analysis.errors import ParameterError
from mtss_analysis.packet.schools import choose_schools
from mtss_analysis.parameters.run_file import RunFile


def find_demo_run_file(name: str) -> Path:
    """Find the run file of a data set that ships with the kit.

    Parameters
    ----------
    name : str
        Data set, such as ``star``.

    Returns
    -------
    Path
        ``parameters/<name>.yml`` of the project: of the folder one is in or one around it, or of the folder
        from which the package is imported.

    Raises
    ------
    ParameterError
        There is none, because the package is installed without the project.
    """
    here = Path.cwd()
    for project in (here, *here.parents, Path(mtss_analysis.__file__).resolve().parents[1]):
        run_file = project / "parameters" / f"{name}.yml"
        if run_file.is_file() and (project / "notebooks").is_dir():
            return run_file
    raise ParameterError(
        f"there is no parameters/{name}.yml here",
        next_step="Change into a copy of the project: the package alone holds no data and no notebooks",
    )


def choose_demo_schools(run: RunFile, *, count: int) -> Sequence[str]:
    """Choose the first schools of a run.

    Parameters
    ----------
    run : RunFile
        The run.
    count : int
        How many; 0 for all.

    Returns
    -------
    sequence of str
        Ids for ``run_schools``; empty for all.
    """
    schools = choose_schools(open_state(run.data), wanted=run.schools)
    return [school.key for school in schools[:count]] if count else ()
