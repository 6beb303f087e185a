"""A table of rates by month, one column for each of the latest two years, and by year below it."""

from collections.abc import Callable

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.climate.own import Rate, Rates
from mtss_analysis.findings.climate.phrases import MONTHS, order_month
from mtss_analysis.show import NOT_ESTIMABLE, Column, Table, format_school_year
from mtss_analysis.stats import Interval


def tabulate_months(
    rates: Rates, *, name: str, caption: str, write: Callable[[Interval], str], note: str = ""
) -> Table:
    """Put the rates of the latest two years side by side.

    Parameters
    ----------
    rates : Rates
        Of one school.
    name, caption : str
        As in ``Table``.
    write : callable
        Writes a rate with its interval.
    note : str
        Printed under the table.

    Returns
    -------
    Table
        A row for the whole year and one for the months that both years have, which alone are printed where a picture
        shows the months; then one for each month.
    """
    years = [rate.school_year for rate in rates.years][-2:]
    months = sorted(
        {rate.month[5:] for rate in rates.months if rate.school_year in years},
        key=lambda one: order_month("0000-" + one),
    )

    def cell(rate: Rate | None) -> str:
        if rate is None:
            return NOT_ESTIMABLE
        return write(rate.value) if rate.value else WITHHELD_MARK if rate.status == "withheld" else NOT_ESTIMABLE

    by_month = {(rate.school_year, rate.month[5:]): rate for rate in rates.months}
    whole = {rate.school_year: rate for rate in rates.years}
    rows = [("Whole year", *(cell(whole.get(year)) for year in years))]
    shared = {rate.school_year: rate for rate in rates.shared}
    if shared:
        rows.append(("Months that both years have", *(cell(shared.get(year)) for year in years)))
    printed = len(rows)
    rows += [(MONTHS[int(month) - 1], *(cell(by_month.get((year, month))) for year in years)) for month in months]
    marked = any(WITHHELD_MARK in row for row in rows)
    titles = ("Month", *(format_school_year(year) for year in years))
    return Table(
        name=name,
        caption=caption,
        columns=tuple(Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)),
        rows=tuple(rows),
        note=" ".join(part for part in (note, WITHHELD_NOTE if marked else "") if part),
        printed=printed if any(rate.value for rate in rates.months) else None,
    )
