"""What a packet says about itself: whose it is, which year, which data."""

import contextlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Paper = Literal["us-letter", "a4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketMeta:
    """Whose packet it is, as printed on page one, in running headers and in the document properties.

    Parameters
    ----------
    title : str
        What the document is, the same for every school of a run, such as ``MTSS school packet``.
    school_name : str
        School; for a district or state overview the name of the district or state.
    district_name : str
        District; empty in a state overview.
    school_year : str
        Year the packet reports on, such as ``2025-26``.
    date_of_data : str
        As of when the data stand, as an ISO date or in words ready to print; never the time of the run.
    district_id : str
        Code of the district, text.
    school_id : str or None
        Code of the school, text; None for an overview of several schools.
    kit_version : str
        Version of the kit that made the packet.
    implementation_year : str
        Year of implementation, ready to print, such as ``third year``; empty where unknown.
    language : str
        BCP 47 code of the packet's language.
    paper : {"us-letter", "a4"}
        Paper of the PDF.
    """

    title: str
    school_name: str
    district_name: str
    school_year: str
    date_of_data: str
    district_id: str
    school_id: str | None
    kit_version: str
    implementation_year: str = ""
    language: str = "en"
    paper: Paper = "us-letter"

    @property
    def document_title(self) -> str:
        """Title of the document for browsers, readers and search: school first."""
        return f"{self.school_name} – {self.title}"

    @property
    def document_date(self) -> date:
        """Date in the properties of the PDF, which PDF/A demands: that of the data, else the end of the year.

        A school year ends on June 30; where no year is named at all the date is 2000-01-01.
        """
        for pattern in ("%Y-%m-%d", "%B %d, %Y"):
            with contextlib.suppress(ValueError):
                return datetime.strptime(self.date_of_data.strip(), pattern).date()  # noqa: DTZ007 - a day, no time
        if found := _SCHOOL_YEAR.search(self.school_year):
            return date(int(found[1]) + 1, 6, 30)
        return date(2000, 1, 1)


_SCHOOL_YEAR = re.compile(r"\b(\d{4})[-–]\d{2}")
