"""Open what a notebook works on: the run, the school's slice of its district, and the comparison."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtss_analysis.district.district import District, open_district
from mtss_analysis.district.files import is_district_folder
from mtss_analysis.district.state import open_state
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.findings.comparison import Comparison, prepare_comparison, read_comparison
from mtss_analysis.findings.settings import Settings
from mtss_analysis.parameters.earlier import read_earlier
from mtss_analysis.parameters.reading import read_run_file
from mtss_analysis.parameters.run_file import RunFile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """What every finding of a notebook is asked about.

    Parameters
    ----------
    run : RunFile
        The run.
    settings : Settings
        ``run.settings``.
    district : District
        The school's slice of its district.
    school_id : str
        The school.
    comparison : Comparison
        What the school is compared with.
    """

    run: RunFile
    settings: Settings
    district: District
    school_id: str
    comparison: Comparison

    @property
    def asked(self) -> dict[str, Any]:
        """What every ``find_`` function is given, by the names of its arguments."""
        return {
            "district": self.district,
            "school_id": self.school_id,
            "settings": self.settings,
            "comparison": self.comparison,
        }

    @property
    def previous(self) -> tuple[Mapping[str, Any], ...]:
        """Records of the school's earlier packet, where the run file names one with ``previous``; empty otherwise."""
        return read_earlier(self.run, district_id=self.district.district_id, school_id=self.school_id)


def open_analysis(*, run_file: str, district_id: str, school_id: str, comparison_folder: str = "") -> Analysis:
    """Check a notebook's parameters and open what they name.

    Parameters
    ----------
    run_file : str
        Path of a run file, as seen from the notebook.
    district_id, school_id : str
        Ids as the schools table has them.
    comparison_folder : str
        Where a run keeps its comparison; empty: it is computed from all schools, which takes some seconds.

    Returns
    -------
    Analysis
        The school's slice and what it is compared with.

    Raises
    ------
    ParameterError
        A parameter is not text, or the run file cannot be used.
    DataError
        There is no such district or school (the message names the nearest id), or its tables cannot be used.

    Examples
    --------
    >>> analysis = open_analysis(
    ...     run_file="../parameters/star.yml", district_id="11", school_id="14"
    ... )  # doctest: +SKIP
    """
    _refuse_what_is_not_text(
        {
            "run_file": run_file,
            "district_id": district_id,
            "school_id": school_id,
            "comparison_folder": comparison_folder,
        }
    )
    run = read_run_file(run_file)
    if comparison_folder:
        district = _open_slice(run.data, district_id=district_id, school_id=school_id)
        comparison = read_comparison(Path(comparison_folder))
    else:
        state = open_state(run.data)
        district = state.open_district(district_id, school_id=school_id)
        if run.settings.population == "district":
            state = open_state(state.folders[district_id])
        comparison = prepare_comparison(state, settings=run.settings)
    return Analysis(run=run, settings=run.settings, district=district, school_id=school_id, comparison=comparison)


def _open_slice(data: Path, *, district_id: str, school_id: str) -> District:
    """Read a school's slice; no other district is looked at where the district's folder bears its id."""
    named = data / district_id
    if named.parent == data and is_district_folder(named):
        district = open_district(named, school_id=school_id)
        if district.district_id == district_id:
            return district
    return open_state(data).open_district(district_id, school_id=school_id)


def _refuse_what_is_not_text(parameters: Mapping[str, object]) -> None:
    for name, value in parameters.items():
        if not isinstance(value, str):
            raise ParameterError(
                f"{name} is {value!r}, which is not text, so zeros it began with may be lost",
                next_step=f'Put it in quotes ({name} = "0012"); with papermill, -r {name} 0012 and not -p',
                place=Place(column=name),
            )
        if not value and name != "comparison_folder":
            raise ParameterError(f"{name} is empty", next_step="Give it a value in the cell tagged `parameters`")
