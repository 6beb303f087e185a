"""How often students are referred: per 100 students and school day, the same months compared with the year before."""

import math
from dataclasses import dataclass

from mtss_analysis.findings.climate.month_table import tabulate_months
from mtss_analysis.findings.climate.own import Asked, Rates, find_typical, read_basis, read_rates, say_not_given
from mtss_analysis.findings.climate.phrases import draw_months, say_left_out
from mtss_analysis.findings.climate.rate_records import record_rates
from mtss_analysis.findings.climate.rates import REFERRED
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Direction,
    Figure,
    Table,
    cannot_say,
    direction,
    draw_trend,
    format_school_year,
    likely_between,
)
from mtss_analysis.stats import Interval

METHOD = "referrals for 100 students and a school day, interval from the spread between students"
NAME = "referral-months"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferralFinding:
    """Referrals of one school.

    Parameters
    ----------
    typical : float or None
        Rate of the median school of the same level in the latest year.
    basis : str
        Where school days come from: ``calendar`` or ``attendance``; empty where there are none.
    not_given : str
        That the district gave no such table; empty if it did.
    """

    school: School
    settings: Settings
    rates: Rates
    typical: float | None
    basis: str
    not_given: str = ""

    def heading(self) -> str:
        """Heading of its section."""
        return "How often students are referred"

    def sentence(self) -> str:
        """The latest year's rate, and the same months of the year before."""
        tail = say_left_out(self.rates.left_out, what="referrals")
        said = self._say_year()
        if not said:
            return f"{cannot_say('how often students are referred', reason=self._say_why_not())} {tail}".strip()
        return f"{said} {self._say_change()} See @fig-{NAME} and @tbl-{NAME}. {tail}".strip()

    def answer(self) -> str:
        """The latest rate, for the opening of the chapter."""
        return self._say_year()

    def figure(self) -> Figure | None:
        """Months of the latest two years."""
        if not self._say_year() or not any(rate.value for rate in self.rates.months):
            return None
        labels, series = draw_months(self.rates.months)
        return draw_trend(
            name=NAME,
            caption=self._say_change(),
            series=series,
            x_labels=labels,
            y_label="Referrals per 100 students and school day",
            limits=(0.0, self._top()),
        )

    def table(self) -> Table | None:
        """Months of the latest two years."""
        if not self._say_year():
            return None
        return tabulate_months(
            self.rates, name=NAME, caption="Referrals per 100 students and school day (likely range).", write=_write
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if not self.basis:
            return ()
        days = (
            "School days are those on which students were enrolled, from the table of attendance, since the "
            "district gave "
            "no calendar of this school."
            if self.basis == "attendance"
            else "School days are the instructional days of the school's calendar on which a student was enrolled."
        )
        return (
            days,
            "A referral says that an adult wrote one: a change can be one of behaviour or one of what adults write "
            "down.",
        )

    def records(self) -> tuple[Record, ...]:
        """Years, months and the change of the shared months."""
        return record_rates(
            self.rates,
            school=self.school,
            finding="referral_rate",
            domain="behavior",
            method=METHOD,
            unit="referrals per 100 students and school day",
            change_unit="ratio",
            sentence=self._say_year(),
            verdict=self._told(),
        )

    def notes(self) -> tuple[Note, ...]:
        """The latest rate, for page one."""
        known = [rate for rate in self.rates.years if rate.value]
        if not known or known[-1] is not self.rates.years[-1] or known[-1].value is None:
            return ()
        return (
            {
                "kind": "kpi",
                "topic": "referrals",
                "measure": "referrals",
                "title": "Referrals per 100 students and day",
                "number": f"{known[-1].value.estimate:.2f}",
                "change": self._say_change_shortly(),
                "sentence": self._say_year(),
                "values": [rate.value.estimate if rate.value else None for rate in self.rates.years],
                "reference": self.typical,
                "limits": [0.0, self._top()],
                "what": "referrals per 100 students and school day",
            },
        )

    def _say_year(self) -> str:
        known = [rate for rate in self.rates.years if rate.value]
        if not known or known[-1].value is None:
            return ""
        last, value = known[-1], known[-1].value
        typical = ""
        if self.typical is not None and last is self.rates.years[-1]:
            where = f"in the typical school of the same level in the {self.settings.population}"
            typical = f"; {where} it was {self.typical:.2f}"
        return (
            f"In {format_school_year(last.school_year)}, there were {value.estimate:.2f} referrals per 100 students "
            f"and school "
            f"day ({likely_between(low=value.ci_low, high=value.ci_high, decimals=2)}){typical}."
        )

    def _say_why_not(self) -> str:
        if self.not_given:
            return self.not_given
        if self.rates.left_out and not self.rates.years:
            return "no year can be used"
        if not self.rates.years:
            return (
                "this school has no referral, or neither a calendar nor attendance says how many school days there were"
            )
        return "too few students were referred in every year to print a number"

    def _told(self) -> Direction:
        value = self.rates.change.value if self.rates.change else None
        if value is None or value.ci_low <= 0:
            return "cannot tell"
        return direction(low=math.log(value.ci_low), high=math.log(value.ci_high))

    def _say_change(self) -> str:
        change = self.rates.change
        if change is None:
            return "We cannot say whether referrals changed: there are no two years in a row that can be used."
        if change.value is None:
            return f"We cannot say whether referrals changed: {change.reason or 'too few students to print'}."
        value = change.value
        low, high = 100 * (value.ci_low - 1), 100 * (value.ci_high - 1)
        within = likely_between(low=low, high=high, unit="%", decimals=0)
        if self._told() == "cannot tell":
            return (
                "In the months that both years have, the rate cannot be told apart from that of the year before "
                "(the change "
                f"is {within})."
            )
        way = "higher" if value.estimate > 1 else "lower"
        return (
            f"In the months that both years have, the rate was {abs(100 * (value.estimate - 1)):.0f}% {way} than "
            f"the year "
            f"before (the change is {within})."
        )

    def _say_change_shortly(self) -> str:
        last = self.rates.years[-1].school_year if self.rates.years else ""
        if any(year > last for year in self.rates.left_out):
            return f"latest figure: {format_school_year(last)}"
        if self.rates.change is None or self.rates.change.value is None or len(self.rates.shared) < 2:
            return ""
        before = self.rates.shared[0].value
        if before is None:
            return ""
        was = f"{before.estimate:.2f} in the same months last year"
        told = self._told()
        return (
            f"{'up' if told == 'rose' else 'down'} from {was}"
            if told in ("rose", "fell")
            else f"{was}, no change beyond noise"
        )

    def _top(self) -> float:
        """Give the end of the axis: one that most schools share, longer only where it must be."""
        highest = max(
            (rate.value.estimate for rate in (*self.rates.years, *self.rates.months) if rate.value), default=0.0
        )
        return max(1.0, math.ceil(highest / 0.5) * 0.5)


def find_referrals(asked: Asked) -> ReferralFinding:
    """Find how often students of a school are referred.

    Parameters
    ----------
    asked : Asked
        School, settings, comparison and usable sources.

    Returns
    -------
    ReferralFinding
        Also where no year can be used, such as in a school that stopped reporting: then it says so.
    """
    rates = read_rates(asked, kind=REFERRED, source="referrals")
    year = rates.years[-1].school_year if rates.years else ""
    return ReferralFinding(
        school=asked.school,
        settings=asked.settings,
        rates=rates,
        typical=find_typical(asked, kind=REFERRED, source="referrals", school_year=year) if year else None,
        basis=str(read_basis(asked, school_year=year).get("basis", "")) if year else "",
        not_given=say_not_given(asked, table="referrals"),
    )


def _write(value: Interval) -> str:
    return f"{value.estimate:.2f} ({value.ci_low:.2f} to {value.ci_high:.2f})"
