"""One sentence where a district gave nothing on attendance, behaviour or social-emotional learning."""

from dataclasses import dataclass

from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.show import Figure, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateAbsentFinding:
    """The district gave no such table."""

    def heading(self) -> str:
        """Heading of its section."""
        return "Attendance, behaviour and social-emotional learning"

    def sentence(self) -> str:
        """What the district did not give."""
        return (
            "The district gave no data on attendance, referrals, surveys, or screeners of behaviour and "
            "social-emotional learning."
        )

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """None."""
        return None

    def table(self) -> Table | None:
        """None."""
        return None

    def caveats(self) -> tuple[str, ...]:
        """None."""
        return ()

    def records(self) -> tuple[Record, ...]:
        """None: the inventory of data has them."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()
