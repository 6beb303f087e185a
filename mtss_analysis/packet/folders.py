"""Where the files of a run stand."""

from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.packet.schools import School

_README = "Internal: executed notebooks, logs and intermediate files. Not for publication; may be deleted.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """Paths of a run: what stands outside ``work`` may be published.

    Parameters
    ----------
    root : Path
        ``reports/<run>``.
    """

    root: Path

    @property
    def work(self) -> Path:
        """Executed notebooks and logs."""
        return self.root / "_work"

    @property
    def comparison(self) -> Path:
        """What all schools are compared with."""
        return self.work / "comparison"

    @property
    def comparisons(self) -> Path:
        """What the schools of each district are compared with, where each is compared with its own."""
        return self.work / "comparisons"

    @property
    def record(self) -> Path:
        """How every school stands."""
        return self.root / "run.json"

    @property
    def findings(self) -> Path:
        """All published numbers."""
        return self.root / "findings.parquet"

    def packet(self, school: School) -> Path:
        """Return the place of a school's packet."""
        return self.root / school.district_id / school.school_id

    def work_of(self, school: School) -> Path:
        """Return the place of a school's executed notebooks, and of its packet while it is made."""
        return self.work / "schools" / school.district_id / school.school_id

    def earlier(self, school: School) -> Path:
        """Return where a packet is kept that a failed run has made outdated."""
        return self.work / "earlier" / school.district_id / school.school_id


def open_run_folder(root: Path) -> RunFolder:
    """Make a run's folder and the one for internal files.

    Parameters
    ----------
    root : Path
        ``reports/<run>``.

    Returns
    -------
    RunFolder
        Its paths.

    Raises
    ------
    ParameterError
        The folder cannot be written.
    """
    folder = RunFolder(root=root)
    try:
        folder.work.mkdir(parents=True, exist_ok=True)
        (folder.work / "README.txt").write_text(_README, encoding="utf-8")
    except OSError as error:
        raise ParameterError(
            f"packets cannot be written here ({error.strerror})",
            next_step="Name a folder that you may write to (key `reports` of the run file)",
            place=Place(file=root),
        ) from error
    return folder
