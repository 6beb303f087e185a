"""Draft a plan for a run: open its data and what is compared, draft, and write the file without losing one."""

from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.district.plan_files import name_plan
from mtss_analysis.district.state import State, open_state
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.findings.comparison import prepare_comparison, read_comparison
from mtss_analysis.findings.plan.draft import draft_plan, write_draft
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.tables import StateTables
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.groundwork import is_laid
from mtss_analysis.packet.populations import find_populations
from mtss_analysis.packet.schools import School, choose_schools
from mtss_analysis.parameters.nearest import suggest
from mtss_analysis.parameters.run_file import RunFile


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDraft:
    """A draft that was written: where, how many goals, and how many gaps for people to fill."""

    path: Path
    goals: int
    gaps: int


def draft_from_run(
    run: RunFile, *, school_id: str | None, district_id: str = "", out: Path | None = None, force: bool = False
) -> WrittenDraft:
    """Draft the plan of a school, or of a district, and write it as YAML.

    Parameters
    ----------
    run : RunFile
        The run; where its groundwork is laid, it is used.
    school_id : str or None
        The school, as on the command line; None: the district.
    district_id : str
        Which district, where the data hold several and no school is named; empty: the only one.
    out : Path or None
        Where the file goes; None: its place in the district's folder.
    force : bool
        Whether a file that is there is written over.

    Returns
    -------
    WrittenDraft
        What was written.

    Raises
    ------
    ParameterError
        The file is there already, or it is not said which district is meant.
    DataError
        There is no such school, or its data cannot be used.
    """
    state = open_state(run.data)
    school, subject = _choose(run, state=state, school_id=school_id, district_id=district_id)
    path = out if out is not None else state.folders[subject.district_id] / name_plan(subject.school_id)
    if path.exists() and not force:
        raise ParameterError(
            "there is a plan already",
            next_step="Name another file with --out, or write over it with --force",
            place=Place(file=path),
        )
    population = find_populations(run, state=state, folder=RunFolder(root=run.folder), schools=[school])[
        subject.district_id
    ]
    laid = is_laid(run, population=population)
    comparison = (
        read_comparison(population.comparison) if laid else prepare_comparison(population.state, settings=run.settings)
    )
    draft = draft_plan(
        StateTables(population.state, settings=run.settings),
        comparison=comparison,
        subject=subject,
        settings=run.settings,
        run=run.name,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_draft(draft), encoding="utf-8")
    return WrittenDraft(path=path, goals=len(draft.goals), gaps=len(draft.gaps()))


def _choose(run: RunFile, *, state: State, school_id: str | None, district_id: str) -> tuple[School, Subject]:
    if school_id is not None:
        (school,) = choose_schools(state, wanted=[school_id])
        return school, Subject(district_id=school.district_id, school_id=school.school_id, name=school.school_name)
    known = list(state.folders)
    if district_id not in known and (district_id or len(known) > 1):
        problem = f"there is no district {district_id!r}" if district_id else "the data hold several districts"
        raise ParameterError(
            f"{problem}{suggest(district_id, known=known)}", next_step="Give --district-id", place=Place(file=run.path)
        )
    chosen = district_id or known[0]
    roster = state.roster[state.roster["district_id"] == chosen]
    (school, *_) = choose_schools(state, wanted=[f"{chosen}/{roster['school_id'].iloc[0]}"])
    return school, Subject(district_id=chosen, school_id=None, name=str(roster["district_name"].iloc[0]))
