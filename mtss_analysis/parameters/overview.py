"""Open what an overview notebook works on: a district's schools in the comparison, or published records alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mtss_analysis.district.state import open_state
from mtss_analysis.errors import DataError, ParameterError, Place
from mtss_analysis.findings.comparison import Comparison, prepare_comparison, read_comparison
from mtss_analysis.findings.overview.definitions import Definitions, find_definitions
from mtss_analysis.findings.overview.merged import gather_state
from mtss_analysis.findings.overview.source import OverviewSource, gather_district
from mtss_analysis.parameters.earlier import read_earlier
from mtss_analysis.parameters.nearest import suggest
from mtss_analysis.parameters.reading import read_run_file
from mtss_analysis.parameters.run_file import RunFile

FINDINGS = "findings.parquet"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overview:
    """A district's overview.

    Parameters
    ----------
    run : RunFile
        The run.
    source : OverviewSource
        What its findings are asked with.
    definitions : Definitions
        What its numbers mean, as records.
    comparison : Comparison
        What its schools are compared with; also holds what may not be printed.
    """

    run: RunFile
    source: OverviewSource
    definitions: Definitions
    comparison: Comparison

    @property
    def previous(self) -> tuple[Mapping[str, Any], ...]:
        """Records of the district's earlier overview, where the run file names one; empty otherwise."""
        return read_earlier(self.run, district_id=self.source.district_id, school_id=None)


def open_overview(*, run_file: str, district_id: str, comparison_folder: str = "") -> Overview:
    """Check the parameters of a district's overview and open what they name.

    Parameters
    ----------
    run_file : str
        Path of a run file, as seen from the notebook.
    district_id : str
        Id as the schools table has it.
    comparison_folder : str
        Where a run keeps its comparison; empty: it is computed from all schools, which takes some seconds.

    Returns
    -------
    Overview
        No student's row is in it.

    Raises
    ------
    ParameterError
        A parameter is not text, or the run file cannot be used.
    DataError
        There is no such district (the message names the nearest id), or the tables cannot be used.
    """
    _refuse_what_is_not_text(run_file=run_file, district_id=district_id, comparison_folder=comparison_folder)
    run = read_run_file(run_file)
    state = open_state(run.data)
    if district_id not in state.folders:
        raise DataError(
            f"there is no district {district_id!r}{suggest(district_id, known=list(state.folders))}",
            next_step="Write its id as the schools table does, with the zeros it begins with",
            place=Place(file=run.data),
        )
    if comparison_folder:
        comparison = read_comparison(Path(comparison_folder))
    else:
        compared = state if run.settings.population == "state" else open_state(state.folders[district_id])
        comparison = prepare_comparison(compared, settings=run.settings)
    source = gather_district(comparison, roster=state.roster, district_id=district_id, settings=run.settings)
    definitions = find_definitions(comparison, district_id=district_id, roster=source.roster, settings=run.settings)
    return Overview(run=run, source=source, definitions=definitions, comparison=comparison)


def open_records(*, records_folder: str, state_name: str) -> OverviewSource:
    """Check the parameters of a state's overview and read the published records.

    Parameters
    ----------
    records_folder : str
        A folder with ``findings.parquet``, or with folders that hold one each: one for each run.
    state_name : str
        What the state is called.

    Returns
    -------
    OverviewSource
        From records alone.

    Raises
    ------
    ParameterError
        A parameter is not text, or the folder holds no records.
    DataError
        Runs differ in a definition, or one has none.
    """
    _refuse_what_is_not_text(records_folder=records_folder, state_name=state_name)
    folder = Path(records_folder)
    paths = [folder / FINDINGS] if (folder / FINDINGS).is_file() else sorted(folder.glob(f"*/{FINDINGS}"))
    if not paths:
        raise ParameterError(
            f"there is no {FINDINGS} in this folder",
            next_step="Name the folder of a run, such as reports/star",
            place=Place(file=folder),
        )
    return gather_state({path.parent.name: read_records(path) for path in paths}, name=state_name)


def read_records(path: Path) -> pd.DataFrame:
    """Read published records, without those of a state's overview.

    Parameters
    ----------
    path : Path
        A ``findings.parquet``.

    Returns
    -------
    DataFrame
        The columns of a record.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    try:
        records = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(
            "the published records cannot be read",
            next_step="Run the run file again, or take the file from there",
            place=Place(file=path),
        ) from error
    return records[records["district_id"].notna() & (records["district_id"] != "")].reset_index(drop=True)


def _refuse_what_is_not_text(**parameters: object) -> None:
    for name, value in parameters.items():
        if not isinstance(value, str):
            raise ParameterError(
                f"{name} is {value!r}, which is not text, so zeros it began with may be lost",
                next_step=f'Put it in quotes ({name} = "0012"); with papermill, -r {name} 0012 and not -p',
                place=Place(column=name),
            )
        if not value and name != "comparison_folder":
            raise ParameterError(f"{name} is empty", next_step="Give it a value in the cell tagged `parameters`")
