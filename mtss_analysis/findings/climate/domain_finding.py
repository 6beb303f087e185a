"""In how many domains students are at risk: reading, mathematics, behaviour, attendance."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.climate.cells import DOMAINS, MORE, NONE, ONE, THREE, TWO, N
from mtss_analysis.findings.climate.own import Asked, find_left_out, read_counts
from mtss_analysis.findings.climate.phrases import record_keys, say_left_out
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.tiers.own import estimate_pct
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Figure,
    Share,
    ShareBar,
    Table,
    cannot_say,
    draw_shares,
    format_interval,
    format_percent,
    format_school_year,
    join_words,
    likely_between,
    of_every_100,
)
from mtss_analysis.stats import Interval

METHOD = "share of students with modified Wilson interval"
NAME = "several-domains"
BANDS = (NONE, ONE, TWO, THREE, MORE)
LABELS = {NONE: "None", ONE: "One", TWO: "Two", THREE: "Three or more", MORE: "Two or more"}


SIGNS = {
    "behaviour": ("referrals", "two referrals or more"),
    "attendance": ("attendance", "chronically absent"),
}
"""Domains besides achievement: the table that tells them, and who is at risk."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeveralDomainsFinding:
    """Students of one school by the number of domains in which they are at risk.

    Parameters
    ----------
    years : dict of str to dict of str to (count, Interval) or None
        None where withheld.
    left_out : dict of str to str
        Years in which referrals or attendance cannot be used.
    measures : tuple of str
        What reading and mathematics are judged by, in words.
    others : tuple of str
        The other domains of which the district has a table.
    """

    school: School
    years: dict[str, dict[str, tuple[int, Interval] | None]]
    n_students: dict[str, int | None]
    left_out: dict[str, str]
    measures: tuple[str, ...]
    others: tuple[str, ...] = tuple(SIGNS)

    def heading(self) -> str:
        """Heading of its section."""
        return "How many students are at risk in several domains"

    def sentence(self) -> str:
        """Share at risk in two or more domains in the latest year."""
        year, more = self._latest()
        tail = say_left_out(self.left_out, what="this count")
        if more is None:
            reason = "no year of two domains or more can be used or printed"
            return f"{cannot_say('how many students are at risk in several domains', reason=reason)} {tail}".strip()
        return f"{self._say(year, more)} See @fig-{NAME} and @tbl-{NAME}. {tail}".strip()

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """A bar for each year."""
        year, more = self._latest()
        if more is None:
            return None
        return draw_shares(
            name=NAME,
            caption=self._say(year, more),
            bars=[self._draw(year) for year in self.years],
            title="Students by the domains in which they are at risk, percent",
            annotation_title="Students",
        )

    def table(self) -> Table | None:
        """Every year and band."""
        if self._latest()[1] is None:
            return None
        rows = [
            (
                format_school_year(year),
                WITHHELD_MARK if self.n_students[year] is None else str(self.n_students[year]),
                *(_write(bands.get(name)) for name in BANDS),
            )
            for year, bands in self.years.items()
        ]
        titles = ("Year", "Students", *(f"{LABELS[name]} (likely range)" for name in BANDS))
        return Table(
            name=NAME,
            caption="Students by the number of domains in which they are at risk.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if self._latest()[1] is None:
            return ()
        scored = f"{' and '.join(self.measures)}: a score below its own cut in the year's last window"
        signs = [scored] if self.measures else []
        signs += [f"{name}: {SIGNS[name][1]}" for name in self.others]
        return (
            f"At risk is {'; '.join(signs)}. Only students of whom every domain is known are counted, so those who "
            "were not screened are missing.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every band of every year."""
        last, _ = self._latest()
        return tuple(
            Record(
                **record_keys(
                    self.school, school_year=year, domain="all", measure="domains_at_risk", group=f"domains={name}"
                ),
                finding="students_at_risk",
                method=METHOD,
                estimate=band[1].estimate if band else None,
                unit="percent",
                ci_low=band[1].ci_low if band else None,
                ci_high=band[1].ci_high if band else None,
                ci_level=band[1].ci_level if band else None,
                n=self.n_students[year] if band else None,
                status="ok" if band else "withheld",
                reason=None if band else "too few students to print",
                sentence=self._say(year, band) if band and year == last and name == MORE else None,
            )
            for year, bands in self.years.items()
            for name, band in bands.items()
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _latest(self) -> tuple[str, tuple[int, Interval] | None]:
        known = [year for year, bands in self.years.items() if bands.get(MORE)]
        return (known[-1], self.years[known[-1]][MORE]) if known else ("", None)

    def _say(self, year: str, more: tuple[int, Interval]) -> str:
        within = likely_between(low=more[1].ci_low, high=more[1].ci_high, decimals=0)
        three = self.years[year].get(THREE)
        domains = (*self.measures, *self.others)
        tail = f", and {of_every_100(three[1].estimate)} in three or more" if three and len(domains) > 2 else ""
        which = f"both {join_words(domains)}" if len(domains) == 2 else f"two or more of {join_words(domains)}"
        return (
            f"In {format_school_year(year)}, {of_every_100(more[1].estimate)} students were at risk in {which} "
            f"({within}){tail}."
        )

    def _draw(self, year: str) -> ShareBar:
        bands, n = self.years[year], self.n_students[year]
        split = (NONE, ONE, TWO, THREE) if bands.get(TWO) and bands.get(THREE) else (NONE, ONE, MORE)
        known = [band for name in split if (band := bands.get(name))]
        if n is None or len(known) < len(split):
            return ShareBar(label=format_school_year(year), shares=[], reason="withheld")
        shares = [Share(label=LABELS[name], percent=band[1].estimate) for name, band in zip(split, known, strict=True)]
        return ShareBar(label=format_school_year(year), shares=shares, annotation=str(n))


def find_several_domains(asked: Asked) -> SeveralDomainsFinding:
    """Find in how many domains students of a school are at risk.

    Parameters
    ----------
    asked : Asked
        School, settings, comparison and usable sources.

    Returns
    -------
    SeveralDomainsFinding
        Also where no year can be used: then it says so.
    """
    counts = read_counts(asked, topic=DOMAINS)
    years = sorted({year for year, _ in counts})
    left_out: dict[str, str] = {}
    for source in ("attendance", "referrals"):
        if source not in asked.sources.absent:
            left_out |= find_left_out(asked, source=source, years=[year for year in years if year not in left_out])
    kept = [year for year in years if year not in left_out]
    bands = {}
    for year in kept:
        count = counts[year, ALL]
        n = count[N]
        bands[year] = {
            name: None
            if n is None or (k := count[name]) is None
            else (k, estimate_pct(successes=k, n=n, ci_level=asked.settings.ci_level))
            for name in BANDS
        }
    labels: dict[str, str] = {}
    for one in asked.settings.indicators:
        labels.setdefault(one.domain, one.label)
    return SeveralDomainsFinding(
        school=asked.school,
        years=bands,
        n_students={year: counts[year, ALL][N] for year in kept},
        left_out=left_out,
        measures=tuple(labels[domain] for domain in ("reading", "math") if domain in labels),
        others=tuple(name for name, (table, _) in SIGNS.items() if table not in asked.sources.absent),
    )


def _write(band: tuple[int, Interval] | None) -> str:
    if band is None:
        return WITHHELD_MARK
    within = format_interval(low=band[1].ci_low, high=band[1].ci_high, style="to", unit="%", decimals=0)
    return f"{format_percent(band[1].estimate)} ({within})"
