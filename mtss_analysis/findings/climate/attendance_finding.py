"""How attendance runs through the year, the same months compared with the year before."""

from dataclasses import dataclass

from mtss_analysis.findings.climate.month_table import tabulate_months
from mtss_analysis.findings.climate.own import Asked, Rates, find_typical, read_rates, say_not_given
from mtss_analysis.findings.climate.phrases import draw_months, say_left_out
from mtss_analysis.findings.climate.rate_records import record_rates
from mtss_analysis.findings.climate.rates import ATTENDED
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Figure,
    Table,
    cannot_say,
    direction,
    draw_trend,
    format_school_year,
    likely_between,
)
from mtss_analysis.stats import Interval

METHOD = "days attended of days enrolled, students as clusters"
NAME = "attendance-months"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttendanceFinding:
    """Attendance of one school by month.

    Parameters
    ----------
    typical_pct : float or None
        The median school of the same level in the latest year.
    not_given : str
        That the district gave no such table; empty if it did.
    """

    school: School
    settings: Settings
    rates: Rates
    typical_pct: float | None
    not_given: str = ""

    def heading(self) -> str:
        """Heading of its section."""
        return "How attendance runs through the year"

    def sentence(self) -> str:
        """The latest year's attendance, and the same months of the year before."""
        tail = say_left_out(self.rates.left_out, what="attendance by month")
        said = self._say_year()
        if not said:
            reason = self.not_given or "no year of attendance can be used or printed"
            return f"{cannot_say('how attendance runs through the year', reason=reason)} {tail}".strip()
        return f"{said} {self._say_change()} See @fig-{NAME} and @tbl-{NAME}. {tail}".strip()

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Months of the latest two years."""
        if not self._say_year():
            return None
        labels, series = draw_months(self.rates.months)
        return draw_trend(
            name=NAME,
            caption=self._say_change(),
            series=series,
            x_labels=labels,
            y_label="Days attended, percent of days enrolled",
            limits=(80.0, 100.0),
            unit="percent",
        )

    def table(self) -> Table | None:
        """Months of the latest two years."""
        if not self._say_year():
            return None
        return tabulate_months(
            self.rates, name=NAME, caption="Days attended, percent of days enrolled (likely range).", write=_write
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return ("Attendance has a season, so a month is compared with the same month of another year.",)

    def records(self) -> tuple[Record, ...]:
        """Years, months and the change of the shared months."""
        return record_rates(
            self.rates,
            school=self.school,
            finding="attendance_rate",
            domain="attendance",
            method=METHOD,
            unit="percent",
            change_unit="percentage points",
            sentence=self._say_year(),
            verdict=self._told(),
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one, which holds chronic absence."""
        return ()

    def _say_year(self) -> str:
        known = [rate for rate in self.rates.years if rate.value]
        if not known or known[-1].value is None:
            return ""
        last, value = known[-1], known[-1].value
        typical = ""
        if self.typical_pct is not None and last is self.rates.years[-1]:
            where = f"in the typical school of the same level in the {self.settings.population}"
            typical = f"; {where} it was {self.typical_pct:.1f}%"
        within = likely_between(low=value.ci_low, high=value.ci_high, unit="%", decimals=1)
        return (
            f"In {format_school_year(last.school_year)}, students were there on {value.estimate:.1f}% of their "
            f"school days "
            f"({within}){typical}."
        )

    def _told(self) -> str:
        value = self.rates.change.value if self.rates.change else None
        return "cannot tell" if value is None else direction(low=value.ci_low, high=value.ci_high)

    def _say_change(self) -> str:
        change = self.rates.change
        if change is None or change.value is None:
            return "We cannot say whether attendance changed: there are no two years in a row with the same months."
        value = change.value
        within = likely_between(low=value.ci_low, high=value.ci_high, unit="percentage points", decimals=1)
        size = f"{abs(value.estimate):.1f}"
        unit = "percentage point" if size == "1.0" else "percentage points"
        if self._told() == "cannot tell":
            return (
                "In the months that both years have, attendance cannot be told apart from that of the year before (the "
                f"change is {within})."
            )
        way = "higher" if value.estimate > 0 else "lower"
        return (
            f"In the months that both years have, attendance was {size} {unit} {way} than the year before (the "
            f"change is {within})."
        )


def find_attendance(asked: Asked) -> AttendanceFinding:
    """Find how attendance of a school runs through the year.

    Parameters
    ----------
    asked : Asked
        School, settings, comparison and usable sources.

    Returns
    -------
    AttendanceFinding
        Also where no year can be used: then it says so.
    """
    rates = read_rates(asked, kind=ATTENDED, source="attendance")
    year = rates.years[-1].school_year if rates.years else ""
    return AttendanceFinding(
        school=asked.school,
        settings=asked.settings,
        rates=rates,
        typical_pct=find_typical(asked, kind=ATTENDED, source="attendance", school_year=year) if year else None,
        not_given=say_not_given(asked, table="attendance"),
    )


def _write(value: Interval) -> str:
    return f"{value.estimate:.1f}% ({value.ci_low:.1f}% to {value.ci_high:.1f}%)"
