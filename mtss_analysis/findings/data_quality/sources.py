"""Which sources of a school can be used, and why others cannot: what every chapter asks before it answers."""

from dataclasses import dataclass

import pandas as pd

from mtss_analysis.district import District, find_school_year, table_names
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import Aspect, Fault, read_faults
from mtss_analysis.findings.data_quality.screened_shares import code_screened
from mtss_analysis.findings.data_quality.wording import say_fault
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings

PARTS = ("school_year", "measure", "window", "grade", "column")
SMALL = "The group is too small to say how much of the source is there."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UsableSources:
    """What of a school's data can be used.

    Parameters
    ----------
    school : School
        Whose data.
    settings : Settings
        Limits.
    absent : tuple of str
        Tables that the district did not give.
    faults : tuple of (Fault, str or None)
        What is wrong, with its sentence; without one where the sentence would give a small group away.
    """

    school: School
    settings: Settings
    absent: tuple[str, ...]
    faults: tuple[tuple[Fault, str | None], ...]

    def why_not(
        self,
        source: str,
        *,
        school_year: str | None = None,
        measure: str | None = None,
        window: str | None = None,
        grade: str | None = None,
        column: str | None = None,
        month: str | None = None,
    ) -> str | None:
        """Say why a part of a source is left out; None where it can be used.

        Parameters
        ----------
        source : str
            Name of the table.
        school_year, measure, window, grade, column, month : str, optional
            The part asked about. A fault counts if it holds for all of the part: a grade that was not screened does
            not speak against the school's other grades, and is found only if the grade is named.

        Returns
        -------
        str or None
            A sentence.
        """
        if source in self.absent:
            return f"The district gave no data in the table {source}."
        asked = {"school_year": school_year, "measure": measure, "window": window, "grade": grade, "column": column}
        for fault, sentence in self.faults:
            named = {part: getattr(fault, part) for part in PARTS if getattr(fault, part) is not None}
            if fault.source != source or any(asked[part] != value for part, value in named.items()):
                continue
            if self._leaves_out(fault, month=month):
                return sentence or SMALL
        return None

    def keep(
        self, rows: pd.DataFrame, *, source: str, measure: str | None = None, window: str | None = None
    ) -> pd.DataFrame:
        """Keep the rows of a source that can be used.

        Parameters
        ----------
        rows : DataFrame
            With ``school_year`` or ``date``; of screenings with ``grade``, of attendance with ``month``.
        source : str
            Name of the table.
        measure, window : str, optional
            Where all rows are of one measure and window and the columns are not there.

        Returns
        -------
        DataFrame
            Without the rows that faults leave out; faults of columns leave none out.
        """
        years = rows["school_year"] if "school_year" in rows else find_school_year(rows["date"])
        fixed = {"measure": measure, "window": window}
        out = pd.Series(data=False, index=rows.index)
        for fault, _ in self.faults:
            if fault.source != source or fault.column is not None:
                continue
            hit = years == fault.school_year if fault.school_year else pd.Series(data=True, index=rows.index)
            for part in ("measure", "window", "grade"):
                value = getattr(fault, part)
                if value is not None:
                    hit = hit & (rows[part] == value if part in rows else fixed.get(part) == value)
            if not self._leaves_out(fault, month=None):
                if not self._by_month(fault):
                    continue
                hit = hit & rows["month"].isin((fault.items or "").split(","))
            out |= hit.fillna(value=False).astype(bool)
        return rows[~out]

    def records(self, aspect: Aspect) -> tuple[Record, ...]:
        """One record for each fault of an aspect, without a number."""
        return tuple(
            Record(
                finding=f"source_{fault.check}",
                requirement="R8",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                school_year=fault.school_year,
                measure=fault.measure,
                grade=fault.grade,
                group=" ".join(part for part in (fault.source, fault.window, fault.column) if part),
                method=METHODS[fault.aspect],
                design="descriptive",
                q_value=fault.q_value,
                family=None if fault.q_value is None else f"{fault.check}, all schools of the district",
                verdict="left out" if fault.left_out else "used with care",
                status="not_estimable",
                reason=sentence.removesuffix("."),
                sentence=sentence,
            )
            for fault, sentence in self.of_aspect(aspect)
        )

    def of_aspect(self, aspect: Aspect) -> tuple[tuple[Fault, str], ...]:
        """Faults of one aspect that can be said, with their sentences."""
        return tuple((fault, said) for fault, said in self.faults if fault.aspect == aspect and said is not None)

    @staticmethod
    def _by_month(fault: Fault) -> bool:
        return fault.source == "attendance" and fault.items is not None

    def _leaves_out(self, fault: Fault, *, month: str | None) -> bool:
        """Whether a fault leaves out the month asked about or, without one, the whole of what it names."""
        if not self._by_month(fault):
            return fault.left_out
        if month is not None:
            return month in (fault.items or "").split(",")
        months = {
            item
            for other, _ in self.faults
            if self._by_month(other) and other.school_year == fault.school_year
            for item in (other.items or "").split(",")
        }
        return len(months) > self.settings.quality.most_missing_months


METHODS = {
    "coverage": "students with a score among those enrolled, binomial tail",
    "freshness": "latest date against the newest in the district's data",
    "completeness": "cells, months and weeks that are there",
    "plausibility": "negative binomial and binomial tail against own other months and the district's other schools",
}


def find_usable_sources(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> UsableSources:
    """Find which sources of a school can be used.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``quality`` and the disclosure profile.
    comparison : Comparison
        What is wrong with the sources of all schools.

    Returns
    -------
    UsableSources
        Ask it ``why_not("referrals", school_year="2024-25")``, or let it ``keep`` the rows that can be used.

    Raises
    ------
    DataError
        The district has no such school.
    """
    school = name_school(district, school_id=school_id)
    faults = read_faults(of_school(comparison.frame("faults"), school=school))
    years = tuple(sorted({str(fault.school_year) for fault in faults if fault.check == "few_screened"}))
    shares = code_screened(comparison, school=school, school_years=years, settings=settings)
    said = []
    for fault in faults:
        share = shares.get((str(fault.school_year), str(fault.measure), str(fault.window), str(fault.grade)))
        said.append((fault, say_fault(fault, settings=settings, share=share)))
    return UsableSources(
        school=school,
        settings=settings,
        absent=tuple(name for name in table_names() if not district.has(name)),
        faults=tuple(said),
    )
