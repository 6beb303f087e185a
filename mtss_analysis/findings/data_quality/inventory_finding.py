"""Which tables the district gave, how complete they are for this school, and what is left out for want of data."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, get_profile
from mtss_analysis.district import District, find_school_year, read_schema, table_names
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    count_of,
    format_count,
    format_percent,
    format_school_year,
    join_words,
)

NAME = "inventory"
NEEDED_FOR = {
    "schools": "names, years, level of each school",
    "enrollments": "who is in the school, groups, classrooms",
    "screenings": "scores, trends, gaps",
    "staff": "teacher factors in root causes",
    "interventions": "intervention effects",
    "services": "intervention effects, class type",
    "tiers": "tier percentages and movement",
    "progress": "progress monitoring",
    "attendance": "chronic absence",
    "referrals": "behaviour",
    "walkthroughs": "implementation of practices",
    "fidelity": "fidelity of the system",
    "surveys": "staff and family views",
}
NO_STUDENTS = frozenset({"schools", "staff", "interventions"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCoverage:
    """What one table holds of this school.

    Parameters
    ----------
    rows : int or None
        Rows; None if fewer students stand in them than may be printed, or if they give a withheld year away.
    years : tuple of str
        School years with rows; empty where the table has none.
    filled_pct : float or None
        Filled cells among the columns that the district's table has.
    """

    table: str
    rows: int | None
    years: tuple[str, ...]
    filled_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InventoryFinding:
    """Coverage of every table that the district gave, and the tables that are absent."""

    school: School
    coverages: tuple[TableCoverage, ...]
    absent: tuple[str, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return "Data this packet rests on"

    def sentence(self) -> str:
        """How many tables there are and what is missing."""
        names = join_words([coverage.table for coverage in self.coverages])
        uses = [NEEDED_FOR[name] for name in self.absent if name in NEEDED_FOR]
        missing = (
            f" The district gave no data for {join_words(uses)}; the packet says nothing about these." if uses else ""
        )
        return f"This packet rests on {count_of(len(self.coverages), 'table')}: {names}.{missing} See @tbl-{NAME}."

    def answer(self) -> str:
        """How many tables there are and what is missing."""
        return self.sentence().split(" See @")[0]

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """Rows, years and completeness of each table."""
        titles = ("Table", "Used for", "Rows of this school", "First year", "Last year", "Cells filled")
        hidden = any(coverage.rows is None for coverage in self.coverages)
        return Table(
            name=NAME,
            caption="Tables of the district and how complete they are for this school.",
            columns=tuple(
                Column(title=title, align="right" if place > 1 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(_write_row(coverage) for coverage in self.coverages),
            note=WITHHELD_NOTE if hidden else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "A student without a score has no row in screenings; such students are counted as not screened, "
            "never as below or "
            "above a cut.",
        )

    def records(self) -> tuple[Record, ...]:
        """Completeness of each table."""
        return tuple(
            Record(
                finding="table_filled",
                requirement="R8",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                group=coverage.table,
                method="filled cells among the columns that the table has",
                design="descriptive",
                estimate=coverage.filled_pct if coverage.rows is not None else None,
                unit="percent",
                n=None if coverage.table in NO_STUDENTS else coverage.rows,
                status="ok" if coverage.rows is not None else "withheld",
                reason=None if coverage.rows is not None else "too few rows to print",
            )
            for coverage in self.coverages
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()


def find_inventory(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> InventoryFinding:
    """Find what each table holds of a school.

    Parameters
    ----------
    district : District
        The school's slice, all tables.
    school_id : str
        Which school.
    settings : Settings
        Disclosure profile.
    comparison : Comparison
        Which of the school's years are withheld.

    Returns
    -------
    InventoryFinding
        One coverage per table that is there.

    Raises
    ------
    DataError
        The district has no such school.
    """
    levels = of_school(comparison.frame("levels"), school=name_school(district, school_id=school_id), group=ALL)
    hides = bool(((levels["status"] != "ok") & (levels["n"] > 0)).any())
    minimum = get_profile(settings.profile).minimum
    there = [name for name in table_names() if district.has(name)]
    return InventoryFinding(
        school=name_school(district, school_id=school_id),
        coverages=tuple(_cover(district.table(name), name=name, minimum=minimum, hides=hides) for name in there),
        absent=tuple(name for name in table_names() if not district.has(name)),
    )


def _cover(frame: pd.DataFrame, *, name: str, minimum: int, hides: bool) -> TableCoverage:
    """Count the rows of a table; where a year of the school is withheld, the sum over its years is, too."""
    there = [column for column in read_schema(name).column_names if column in frame and frame[column].notna().any()]
    filled = float(100 * frame[there].notna().to_numpy().mean()) if there and len(frame) else None
    of_students = "student_id" in frame
    people = frame["student_id"].nunique() if of_students else len(frame)
    small = name not in NO_STUDENTS and (people < minimum or (hides and of_students))
    return TableCoverage(table=name, rows=None if small else len(frame), years=_find_years(frame), filled_pct=filled)


def _find_years(frame: pd.DataFrame) -> tuple[str, ...]:
    if "school_year" in frame and frame["school_year"].notna().any():
        return _sort_years(frame["school_year"])
    for column in ("date", "start_date"):
        if column in frame and frame[column].notna().any():
            return _sort_years(find_school_year(frame[column]))
    return ()


def _sort_years(years: pd.Series) -> tuple[str, ...]:
    return tuple(sorted(str(year) for year in years.dropna().unique()))


def _write_row(coverage: TableCoverage) -> Sequence[str]:
    ends = (coverage.years[0], coverage.years[-1]) if coverage.years else ("", "")
    return (
        coverage.table,
        NEEDED_FOR.get(coverage.table, ""),
        WITHHELD_MARK if coverage.rows is None else format_count(coverage.rows),
        *(format_school_year(year) if year else "–" for year in ends),
        WITHHELD_MARK if coverage.rows is None else format_percent(coverage.filled_pct),
    )
