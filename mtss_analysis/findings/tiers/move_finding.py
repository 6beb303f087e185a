"""How students move between tiers from one window to the next, with those who left, came or were not screened."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, CodedShare
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import (
    BACK,
    ESCALATE,
    FROM_STATES,
    RISE,
    SUPPORTED,
    TO_STATES,
)
from mtss_analysis.findings.tiers.rates import MoveRate, read_rates, read_relapse
from mtss_analysis.findings.trends.coded import read_coded_share
from mtss_analysis.findings.trends.sentences import say_share, say_share_of_100
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.tiers import ENTERED, LEFT, NOT_SCREENED, OVERALL
from mtss_analysis.show import (
    Column,
    Figure,
    Share,
    ShareBar,
    Table,
    cannot_say,
    draw_shares,
    format_school_year,
    join_words,
    likely_between,
    of_every_100,
)

STATE_LABELS = {
    "1": "Tier 1",
    SUPPORTED: "Tier 2 or 3",
    NOT_SCREENED: "Not screened",
    LEFT: "Left the school",
    ENTERED: "Came to the school",
}
REST = "Not printed singly"
_DRAWN = ("1", SUPPORTED, ENTERED)
METHOD = "moves from window to window within a year, all years together"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TierMovesFinding:
    """Moves of one school, all domains together.

    Parameters
    ----------
    counts : mapping of str to int or None
        Moves by ``from>to``, ``from>`` and ``>to``; None if withheld.
    rates : tuple of MoveRate
        Back to Tier 1, into support, from Tier 2 to Tier 3.
    relapse : CodedShare or None
        Of those who moved back and were seen again, who needed support again; None if there is none.
    school_years : tuple of str
        Years whose moves are counted.
    """

    school: School
    settings: Settings
    counts: Mapping[str, int | None]
    rates: tuple[MoveRate, ...]
    relapse: CodedShare | None
    school_years: tuple[str, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return "How students move between tiers"

    def sentence(self) -> str:
        """How many move back to Tier 1, up into support, and back again."""
        clauses = [clause for clause in map(_say_rate, self.rates) if clause]
        opening = f"From one window to the next, {'; '.join(clauses)}." if clauses else ""
        said = [text for text in (opening, self._say_relapse()) if text]
        if not said:
            return cannot_say("how students move between tiers", reason="too few students moved to print how many")
        faces = (("@fig-tier-moves", self._is_drawn()), ("@tbl-tier-moves", self._is_tabled()))
        shown = [name for name, there in faces if there]
        return " ".join(said) + (f" See {join_words(shown)}." if shown else "")

    def answer(self) -> str:
        """The share that moves back, for the opening of the chapter."""
        back = next((rate for rate in self.rates if rate.cell == BACK), None)
        clause = "" if back is None else _say_rate(back)
        return f"From one window to the next, {clause}." if clause else ""

    def figure(self) -> Figure | None:
        """A bar for each state that students come from, divided by where they are next."""
        if not self._is_drawn():
            return None
        bars = [self._draw(start) for start in _DRAWN]
        back = self.answer() or "Where students are in the next window."
        return draw_shares(
            name="tier-moves",
            caption=back,
            bars=bars,
            title="Where students are in the next window, percent",
            annotation_title="Moves",
        )

    def table(self) -> Table | None:
        """The transition matrix."""
        if not self._is_tabled():
            return None
        titles = ["From one window …", *(f"… to: {STATE_LABELS[end]}" for end in TO_STATES), "All"]
        rows = [
            (
                STATE_LABELS[start],
                *(self._write(start, end) for end in TO_STATES),
                self._write(start, ""),
            )
            for start in FROM_STATES
        ]
        return Table(
            name="tier-moves",
            caption=f"Moves from one screening window to the next within a year, {self._when}: number of moves and "
            "percent of the row.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "A move is one student from one window to the next; a student is counted in every pair of windows of a "
            "year. Moves over the summer are not counted.",
            "Those who left or were not screened in the next window count among all who could have moved, not as "
            "moved.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every cell of the matrix, every rate, and relapse."""
        cells = [
            self._record(f"{start}>{end}")
            for start in FROM_STATES
            for end in TO_STATES
            if (start, end) != (ENTERED, LEFT)
        ]
        last = self.school_years[-1]
        rates = [
            rate.to_record(school=self.school, settings=self.settings, scope=OVERALL, school_year=last)
            for rate in self.rates
        ]
        return (*cells, *rates, *self._record_relapse())

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _is_drawn(self) -> bool:
        return any(self.counts.get(f"{start}>") for start in _DRAWN)

    def _is_tabled(self) -> bool:
        return any(self.counts.get(f"{start}>{end}") is not None for start in FROM_STATES for end in TO_STATES)

    @property
    def _when(self) -> str:
        first, last = self.school_years[0], self.school_years[-1]
        years = format_school_year(first)
        return years if first == last else f"{years} to {format_school_year(last)}"

    def _draw(self, start: str) -> ShareBar:
        total = self.counts.get(f"{start}>")
        label = f"{'From ' if start != ENTERED else ''}{STATE_LABELS[start]}"
        if not total:
            return ShareBar(label=label, shares=[], reason="withheld" if total is None else "nobody")
        printed = {end: count for end in TO_STATES if (count := self.counts.get(f"{start}>{end}")) is not None}
        shares = [
            Share(label=STATE_LABELS[end], percent=100 * count / total, missing=end == NOT_SCREENED)
            for end, count in printed.items()
        ]
        rest = total - sum(printed.values())
        if rest:
            shares.append(Share(label=REST, percent=100 * rest / total))
        return ShareBar(label=label, shares=shares, annotation=f"{total:,}")

    def _write(self, start: str, end: str) -> str:
        if (start, end) == (ENTERED, LEFT):
            return "–"
        count, total = self.counts.get(f"{start}>{end}"), self.counts.get(f"{start}>")
        if count is None:
            return WITHHELD_MARK
        return f"{count:,} ({100 * count / total:.0f}%)" if end and total else f"{count:,}"

    def _say_relapse(self) -> str:
        if self.relapse is None or self.relapse.pct is None:
            return ""
        return (
            f"Of those who moved back and whose tier in the next window of the year is known, "
            f"{say_share_of_100(self.relapse)} needed Tier 2 or Tier 3 again."
        )

    def _record(self, cell: str) -> Record:
        start, end = cell.split(">")
        count, total = self.counts.get(cell), self.counts.get(f"{start}>")
        known = count is not None and bool(total)
        return Record(
            finding="tier_move",
            requirement="R3",
            district_id=self.school.district_id,
            school_id=self.school.school_id,
            school_year=self.school_years[-1],
            domain=OVERALL,
            measure=f"{start}_to_{end}",
            grade=ALL,
            group=ALL,
            method=METHOD,
            design="descriptive",
            estimate=100 * count / total if count is not None and total else None,
            unit="percent of the row",
            n=count if known else None,
            status="ok" if known else "withheld",
            reason=None if known else "too few students to print, or it would give few away",
        )

    def _record_relapse(self) -> tuple[Record, ...]:
        if self.relapse is None:
            return ()
        exact = self.relapse.kind == "exact"
        rate = read_relapse(self.relapse, ci_level=self.settings.ci_level) if exact else None
        return (
            Record(
                finding="tier_relapse_rate",
                requirement="R3",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                school_year=self.school_years[-1],
                domain=OVERALL,
                measure="tier_relapse",
                grade=ALL,
                group=ALL,
                method=METHOD,
                design="descriptive",
                estimate=rate.estimate if rate else None,
                unit="percent",
                ci_low=rate.ci_low if rate else None,
                ci_high=rate.ci_high if rate else None,
                ci_level=rate.ci_level if rate else None,
                n=self.relapse.denominator if rate else None,
                status="ok" if rate else "withheld",
                reason=None
                if rate
                else f"too few students to print: {say_share(self.relapse, in_words=True)}"
                if self.relapse.pct is not None
                else "too few students to print",
            ),
        )


def find_tier_moves(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[TierMovesFinding, ...]:
    """Find how a school's students move between tiers.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Confidence level, disclosure profile.
    comparison : Comparison
        Moves of all schools with what may be printed.

    Returns
    -------
    tuple of TierMovesFinding
        One; none where no year has two windows.
    """
    school = name_school(district, school_id=school_id)
    cells = of_school(comparison.frame("tier_cells"), school=school, scope=OVERALL)
    moved = cells[(cells["window"] == ALL) & (cells["group"] == ALL)]
    if moved.empty:
        return ()
    shown = moved["count"].where(moved["status"] == "ok")
    counts = {
        str(cell): None if pd.isna(count) else int(count) for cell, count in zip(moved["cell"], shown, strict=True)
    }
    windows = cells[cells["turn"] == "window"]
    pairs = windows.groupby("school_year", sort=True)["window"].nunique()
    rates = read_rates(moved, ci_level=settings.ci_level)
    frame = of_school(comparison.frame("tier_relapse"), school=school, scope=OVERALL)
    return (
        TierMovesFinding(
            school=school,
            settings=settings,
            counts=counts,
            rates=rates,
            relapse=read_coded_share(frame.iloc[0]) if len(frame) else None,
            school_years=tuple(str(year) for year in pairs.index[pairs > 1]),
        ),
    )


def _say_rate(rate: MoveRate) -> str:
    if rate.share is None:
        return ""
    what = {
        BACK: "students in Tier 2 or Tier 3 moved back to Tier 1",
        RISE: "students in Tier 1 moved up to Tier 2 or Tier 3",
        ESCALATE: "students in Tier 2 moved up to Tier 3",
    }[rate.cell]
    within = likely_between(low=rate.share.ci_low, high=rate.share.ci_high, decimals=0)
    return f"{of_every_100(rate.share.estimate)} {what} ({within})"
