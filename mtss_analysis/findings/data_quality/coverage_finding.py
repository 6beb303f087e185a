"""Which share of each grade's students was screened in each window, and where a table lacks the school."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_NOTE, CodedShare
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import Fault
from mtss_analysis.findings.data_quality.screened_shares import code_screened
from mtss_analysis.findings.data_quality.sources import UsableSources, find_usable_sources
from mtss_analysis.findings.data_quality.wording import name_measure
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.sentences import say_share
from mtss_analysis.measures.groups import ALL, order_grade
from mtss_analysis.show import NOT_ESTIMABLE, Column, Figure, Table, count_of, format_school_year, name_grade

NAME = "screened"
WINDOWS = ("fall", "winter", "spring")
MOST_SAID = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoverageFinding:
    """Shares of students with a score in the latest year that has scores, and faults of coverage in all years.

    Parameters
    ----------
    school_year : str or None
        Latest year; None where there are no screenings.
    shares : dict
        Share by (measure, window, grade), as it may be printed.
    faults : tuple of (Fault, str)
        Grades screened too little, and tables without rows of the school; each with its sentence.
    kept_records : tuple of Record
        Of the faults.
    """

    school: School
    settings: Settings
    school_year: str | None
    shares: dict[tuple[str, str, str], CodedShare]
    faults: tuple[tuple[Fault, str], ...]
    kept_records: tuple[Record, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return "Who was screened"

    def sentence(self) -> str:
        """Which grades fall short; where none does, where the shares stand."""
        said = list(dict.fromkeys(said for _, said in self.faults))
        more = len(said) - MOST_SAID
        if more > 0:
            said = [*said[:MOST_SAID], f"There {'is' if more == 1 else 'are'} {count_of(more, 'more', plural='more')}."]
        if self.shares:
            said.append(
                f"Which share of each grade's enrolled students have a score in {format_school_year(self._year)} is "
                f"in @tbl-{NAME}."
            )
        return " ".join(said)

    def answer(self) -> str:
        """The first shortfall; nothing where there is none."""
        return self.faults[0][1] if self.faults else ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """One row per grade and measure, one column per window."""
        if not self.shares:
            return None
        windows = [window for window in WINDOWS if any(key[1] == window for key in self.shares)]
        lines = sorted({(key[2], key[0]) for key in self.shares}, key=lambda line: (order_grade(line[0]), line[1]))
        found = [[self.shares.get((measure, window, grade)) for window in windows] for grade, measure in lines]
        hidden = any(share is not None and share.pct is None for row in found for share in row)
        return Table(
            name=NAME,
            caption=f"Enrolled students with a score, {format_school_year(self._year)}.",
            columns=(
                Column(title="Grade"),
                Column(title="Measure"),
                *(Column(title=window.capitalize(), align="right") for window in windows),
            ),
            rows=tuple(
                (
                    name_grade(grade).capitalize(),
                    name_measure(measure, settings=self.settings),
                    *(NOT_ESTIMABLE if share is None else say_share(share) for share in row),
                )
                for (grade, measure), row in zip(lines, found, strict=True)
            ),
            note=WITHHELD_NOTE if hidden else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if not self.shares:
            return ()
        limit = f"{self.settings.quality.least_screened_pct:.0f}"
        return (
            "Enrolled is who was in the school at any time of the year. A grade is named where, of those who were "
            f"there when most were tested, fewer than {limit} of every 100 have a score, by more than chance explains.",
        )

    def records(self) -> tuple[Record, ...]:
        """The share of every grade and window of the latest year, and each shortfall."""
        shares = tuple(
            Record(
                finding="share_screened",
                requirement="R8",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                school_year=self.school_year,
                measure=measure,
                grade=grade,
                group=window,
                method="students with a score among those enrolled",
                design="descriptive",
                estimate=share.pct if share.kind == "exact" else None,
                unit="percent",
                n=share.denominator if share.kind == "exact" else None,
                status="ok" if share.kind == "exact" else "withheld",
                reason=None if share.kind == "exact" else "printed as a limit or withheld: too few students",
            )
            for (measure, window, grade), share in sorted(self.shares.items())
        )
        return (*shares, *self.kept_records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _year(self) -> str:
        return str(self.school_year)


def find_coverage(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[CoverageFinding, ...]:
    """Find which share of each grade was screened, and which tables lack the school.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``quality`` and the disclosure profile.
    comparison : Comparison
        Counts of all schools.

    Returns
    -------
    tuple of CoverageFinding
        One; none where there are no screenings and no table lacks the school.
    """
    sources = find_usable_sources(district, school_id=school_id, settings=settings, comparison=comparison)
    faults = sources.of_aspect("coverage")
    year = _find_year(comparison, sources=sources)
    coded = {}
    if year is not None:
        coded = code_screened(comparison, school=sources.school, school_years=(year,), settings=settings)
    shares = {key[1:]: share for key, share in coded.items() if key[3] != ALL}
    if not shares and not faults:
        return ()
    return (
        CoverageFinding(
            school=sources.school,
            settings=settings,
            school_year=year,
            shares=_leave_out_untaken(shares, sources=sources, school_year=year, comparison=comparison),
            faults=faults,
            kept_records=sources.records("coverage"),
        ),
    )


def _find_year(comparison: Comparison, *, sources: UsableSources) -> str | None:
    screened = of_school(comparison.frame("screened"), school=sources.school)
    years = screened.loc[screened["n_screened"] > 0, "school_year"]
    return None if years.empty else str(years.max())


def _leave_out_untaken(
    shares: dict[tuple[str, str, str], CodedShare],
    *,
    sources: UsableSources,
    school_year: str | None,
    comparison: Comparison,
) -> dict[tuple[str, str, str], CodedShare]:
    """Leave out grades in which nobody took the measure and nobody was expected to: there is no such cell."""
    screened = of_school(comparison.frame("screened"), school=sources.school)
    taken = screened[(screened["school_year"] == school_year) & (screened["n_screened"] > 0)]
    there = set(zip(taken["measure"], taken["window"], taken["grade"], strict=True))
    short = {
        (str(fault.measure), str(fault.window), str(fault.grade))
        for fault, _ in sources.of_aspect("coverage")
        if fault.check == "few_screened" and fault.school_year == school_year
    }
    return {key: share for key, share in shares.items() if key in there | short}
