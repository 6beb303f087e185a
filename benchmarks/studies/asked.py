"""A drawn district as the findings are asked about it, without a folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison, compare_tables
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables

PEOPLE = (("student_id", "enrollments"), ("staff_id", "staff"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A district's tables, what its schools are compared with, and the settings."""

    tables: dict[str, pd.DataFrame]
    settings: Settings
    comparison: Comparison

    @property
    def school_ids(self) -> list[str]:
        """Ids of the schools."""
        return sorted(self.tables["schools"]["school_id"].unique())

    def about(self, school_id: str) -> dict[str, Any]:
        """Arguments of a ``find_`` function about a school, whose slice holds no row of another school."""
        roster = self.tables["schools"]
        return {
            "district": District(
                district_id=str(roster["district_id"].iloc[0]),
                district_name=str(roster["district_name"].iloc[0]),
                folder=Path("drawn"),
                school_id=school_id,
                tables={name: self._slice(name, school_id=school_id) for name in self.tables},
                roster=roster,
            ),
            "school_id": school_id,
            "settings": self.settings,
            "comparison": self.comparison,
        }

    def _slice(self, name: str, *, school_id: str) -> pd.DataFrame:
        frame = self.tables[name]
        if "school_id" in frame:
            kept = frame["school_id"] == school_id
        else:
            kept = pd.Series(data=True, index=frame.index)
            for person, source in PEOPLE:
                if person in frame and source in self.tables:
                    people = self.tables[source]
                    kept = frame[person].isin(people.loc[people["school_id"] == school_id, person])
                    break
        return frame[kept].reset_index(drop=True)


def ask(tables: dict[str, pd.DataFrame], *, settings: Settings) -> Asked:
    """Compare the schools of drawn tables as a run does.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Tables of one district, as ``simulate_district`` gives them.
    settings : Settings
        What is asked.

    Returns
    -------
    Asked
        Ready for ``find_…(**asked.about(school_id))``.
    """
    return Asked(tables=tables, settings=settings, comparison=compare_tables(name_district(tables), settings=settings))


def name_district(tables: dict[str, pd.DataFrame]) -> GivenTables:
    """Name the district in every row, as the tables of all districts do."""
    district_id = tables["schools"]["district_id"].iloc[0]
    return GivenTables(
        {
            name: frame if "district_id" in frame else frame.assign(district_id=district_id)
            for name, frame in tables.items()
        }
    )


def pick(records: tuple[Record, ...] | list[Record], **keys: object) -> list[Record]:
    """Return the records whose fields have these values."""
    return [record for record in records if all(getattr(record, name) == value for name, value in keys.items())]
