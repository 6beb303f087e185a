"""How far each table reaches, against the newest date in the district's own data; never against the clock."""

from dataclasses import dataclass

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import Fault
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.data_quality.wording import name_day
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import NOT_ESTIMABLE, Column, Figure, Table, format_school_year

NAME = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEnd:
    """Where one table ends; None where it has no rows of the school, or no dates.

    Parameters
    ----------
    source : str
        Name of the table.
    school_year, date : str or None
        Of this school's last row.
    district_year, district_date : str or None
        Of the last row of any school of the district.
    days_behind : int or None
        From the district's last row of the table to the newest date in its data.
    """

    source: str
    school_year: str | None
    date: str | None
    district_year: str | None
    district_date: str | None
    days_behind: int | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FreshnessFinding:
    """Where each table ends.

    Parameters
    ----------
    newest : str
        Newest date in the district's data, or its newest school year where no table has dates.
    """

    school: School
    newest: str
    ends: tuple[TableEnd, ...]
    faults: tuple[tuple[Fault, str], ...]
    kept_records: tuple[Record, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return "How recent the data are"

    def sentence(self) -> str:
        """How far the data reach, and which tables end before."""
        said = list(dict.fromkeys(said for _, said in self.faults))
        return " ".join([f"The district's data reach to {self.newest}.", *said, f"See @tbl-{NAME}."])

    def answer(self) -> str:
        """The first table that ends too early; nothing where there is none."""
        return self.faults[0][1] if self.faults else ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """One row per table."""
        titles = ("Table", "This school: last year", "Last date", "District: last date", "Days before the newest date")
        return Table(
            name=NAME,
            caption=f"Where each table ends; the district's data reach to {self.newest}.",
            columns=tuple(
                Column(title=title, align="right" if place == len(titles) - 1 else "left")
                for place, title in enumerate(titles)
            ),
            rows=tuple(
                (
                    end.source,
                    format_school_year(end.school_year) if end.school_year else NOT_ESTIMABLE,
                    end.date or NOT_ESTIMABLE,
                    end.district_date or NOT_ESTIMABLE,
                    NOT_ESTIMABLE if end.days_behind is None else str(end.days_behind),
                )
                for end in self.ends
            ),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return ()

    def records(self) -> tuple[Record, ...]:
        """Days behind of each table with dates, and each table that ends too early."""
        ends = tuple(
            Record(
                finding="table_days_behind",
                requirement="R8",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                school_year=end.district_year,
                group=end.source,
                level="district",
                method="last date of the table against the newest date in the district's data",
                design="descriptive",
                estimate=float(end.days_behind),
                unit="days",
            )
            for end in self.ends
            if end.days_behind is not None
        )
        return (*ends, *self.kept_records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()


def find_freshness(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[FreshnessFinding, ...]:
    """Find how far each table reaches.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``quality.stale_days``.
    comparison : Comparison
        Latest dates of all schools.

    Returns
    -------
    tuple of FreshnessFinding
        One; none where no table has a year.
    """
    sources = find_usable_sources(district, school_id=school_id, settings=settings, comparison=comparison)
    latest = comparison.frame("latest")
    latest = latest[latest["district_id"] == sources.school.district_id]
    if latest.empty:
        return ()
    # The calendar looks ahead.
    newest_date = latest.loc[latest["source"] != "calendar", "latest_date"].max()
    newest = (
        format_school_year(str(latest["latest_year"].max()))
        if pd.isna(newest_date)
        else name_day(newest_date.strftime("%Y-%m-%d"))
    )
    return (
        FreshnessFinding(
            school=sources.school,
            newest=newest,
            ends=tuple(
                _describe(rows, source=str(source), school_id=school_id, newest=newest_date)
                for source, rows in latest.groupby("source", sort=True)
            ),
            faults=sources.of_aspect("freshness"),
            kept_records=sources.records("freshness"),
        ),
    )


def _describe(rows: pd.DataFrame, *, source: str, school_id: str, newest: pd.Timestamp) -> TableEnd:
    own = rows[rows["school_id"] == school_id]
    last = rows["latest_date"].max()
    return TableEnd(
        source=source,
        school_year=None if own.empty else str(own["latest_year"].iloc[0]),
        date=_write(own["latest_date"].max()),
        district_year=str(rows["latest_year"].max()),
        district_date=_write(last),
        days_behind=max((newest - last).days, 0)
        if isinstance(last, pd.Timestamp) and isinstance(newest, pd.Timestamp)
        else None,
    )


def _write(date: object) -> str | None:
    return str(date.date()) if isinstance(date, pd.Timestamp) else None
