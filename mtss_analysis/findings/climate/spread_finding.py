"""How referrals are spread over students: none or one, two to five, six or more."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.climate.cells import FEW, MANY, MORE, SOME, TRIANGLE, N
from mtss_analysis.findings.climate.own import Asked, find_left_out, read_counts, say_not_given
from mtss_analysis.findings.climate.phrases import record_keys, say_left_out
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
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
    likely_between,
    of_every_100,
)
from mtss_analysis.stats import Interval

METHOD = "share of students with modified Wilson interval"
NAME = "referral-spread"
LABELS = {FEW: "0 or 1", SOME: "2 to 5", MANY: "6 or more", MORE: "2 or more"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferralSpreadFinding:
    """Students of one school by their number of referrals.

    Parameters
    ----------
    years : dict of str to dict of str to (count, Interval) or None
        Bands of each year that can be used; None where withheld.
    n_students : dict of str to int or None
        Students of each year.
    not_given : str
        That the district gave no such table; empty if it did.
    """

    school: School
    settings: Settings
    years: dict[str, dict[str, tuple[int, Interval] | None]]
    n_students: dict[str, int | None]
    left_out: dict[str, str]
    not_given: str = ""

    def heading(self) -> str:
        """Heading of its section."""
        return "How referrals are spread over students"

    def sentence(self) -> str:
        """Share with none or one, and with two or more, in the latest year."""
        year, bands = self._latest()
        tail = say_left_out(self.left_out, what="this count")
        few = bands.get(FEW)
        if few is None:
            reason = self.not_given or "no year can be used or printed"
            return f"{cannot_say('how referrals are spread over students', reason=reason)} {tail}".strip()
        many = [
            f"{of_every_100(band[1].estimate)} had {label}"
            for name, label in ((SOME, "two to five"), (MANY, "six or more"))
            if (band := bands.get(name))
        ]
        more = bands.get(MORE)
        if len(many) < 2:
            many = [f"{of_every_100(more[1].estimate)} had two or more"] if more else []
        within = likely_between(low=few[1].ci_low, high=few[1].ci_high, decimals=0)
        rest = f", {' and '.join(many)}" if many else ""
        return (
            f"In {format_school_year(year)}, {of_every_100(few[1].estimate)} students had no referral or one "
            f"({within}){rest}. "
            f"See @fig-{NAME} and @tbl-{NAME}. {tail}"
        ).strip()

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """A bar for each year."""
        year, bands = self._latest()
        few = bands.get(FEW)
        if few is None:
            return None
        return draw_shares(
            name=NAME,
            caption=f"In {format_school_year(year)}, {of_every_100(few[1].estimate)} students had no referral or one.",
            bars=[self._draw(year) for year in self.years],
            title="Students by their referrals in the year, percent",
            annotation_title="Students",
        )

    def table(self) -> Table | None:
        """Every year and band with intervals."""
        if not self._latest()[1].get(FEW):
            return None
        rows = [
            (
                format_school_year(year),
                WITHHELD_MARK if self.n_students[year] is None else str(self.n_students[year]),
                *(_write(bands.get(name)) for name in (FEW, SOME, MANY, MORE)),
            )
            for year, bands in self.years.items()
        ]
        titles = ("Year", "Students", *(f"{LABELS[name]} (likely range)" for name in (FEW, SOME, MANY, MORE)))
        return Table(
            name=NAME,
            caption="Students by their number of referrals in the year.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            f"Students with fewer than {self.settings.climate.least_days} school days in the year are not counted.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every band of every year."""
        year_last, _ = self._latest()
        return tuple(
            Record(
                **record_keys(
                    self.school, school_year=year, domain="behavior", measure="referrals", group=f"referrals={name}"
                ),
                finding="referral_spread",
                method=METHOD,
                estimate=band[1].estimate if band else None,
                unit="percent",
                ci_low=band[1].ci_low if band else None,
                ci_high=band[1].ci_high if band else None,
                ci_level=band[1].ci_level if band else None,
                n=self.n_students[year] if band else None,
                status="ok" if band else "withheld",
                reason=None if band else "too few students to print",
                sentence=self._headline() if year == year_last and name == FEW and band else None,
            )
            for year, bands in self.years.items()
            for name, band in bands.items()
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _latest(self) -> tuple[str, dict[str, tuple[int, Interval] | None]]:
        known = [year for year, bands in self.years.items() if bands.get(FEW)]
        return (known[-1], self.years[known[-1]]) if known else ("", {})

    def _headline(self) -> str:
        return self.sentence().split(" See @")[0]

    def _draw(self, year: str) -> ShareBar:
        bands, n = self.years[year], self.n_students[year]
        few, more = bands.get(FEW), bands.get(MORE)
        if n is None or few is None or more is None:
            return ShareBar(label=format_school_year(year), shares=[], reason="withheld")
        split = bands.get(SOME) and bands.get(MANY)
        shares = [
            Share(label=LABELS[name], percent=band[1].estimate)
            for name in ((FEW, SOME, MANY) if split else (FEW, MORE))
            if (band := bands[name])
        ]
        return ShareBar(label=format_school_year(year), shares=shares, annotation=str(n))


def find_referral_spread(asked: Asked) -> ReferralSpreadFinding:
    """Find how referrals of a school are spread over its students.

    Parameters
    ----------
    asked : Asked
        School, settings, comparison and usable sources.

    Returns
    -------
    ReferralSpreadFinding
        Also where no year can be used: then it says so.
    """
    counts = read_counts(asked, topic=TRIANGLE)
    years = sorted({year for year, _ in counts})
    left_out = find_left_out(asked, source="referrals", years=years)
    bands = {}
    for year in years:
        if year in left_out:
            continue
        count = counts[year, ALL]
        n = count[N]
        bands[year] = {
            name: None
            if n is None or (k := count[name]) is None
            else (k, estimate_pct(successes=k, n=n, ci_level=asked.settings.ci_level))
            for name in (FEW, MORE, SOME, MANY)
        }
    return ReferralSpreadFinding(
        school=asked.school,
        settings=asked.settings,
        years=bands,
        n_students={year: counts[year, ALL][N] for year in bands},
        left_out=left_out,
        not_given=say_not_given(asked, table="referrals"),
    )


def _write(band: tuple[int, Interval] | None) -> str:
    if band is None:
        return WITHHELD_MARK
    within = format_interval(low=band[1].ci_low, high=band[1].ci_high, style="to", unit="%", decimals=0)
    return f"{format_percent(band[1].estimate)} ({within})"
