"""How many students are in which tier, window by window, against a published guide."""

from dataclasses import dataclass, field

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, get_profile
from mtss_analysis.district import District
from mtss_analysis.findings.changes import say_change
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import SUPPORTED
from mtss_analysis.findings.tiers.guides import GUIDES, Guide
from mtss_analysis.findings.tiers.own import TierShare, TierWindow, describe_windows, latest_known, leave_unjudged
from mtss_analysis.findings.tiers.phrases import (
    ADVICE,
    name_scope,
    name_window,
    say_not_screened,
    say_verdict,
    say_why_absent,
)
from mtss_analysis.findings.tiers.share_records import record_window
from mtss_analysis.measures.tiers import OVERALL
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    ReferenceLine,
    Share,
    ShareBar,
    Table,
    cannot_say,
    draw_shares,
    format_interval,
    format_percent,
    join_words,
    likely_between,
    of_every_100,
)

SOURCE = "tiers"
LABELS = {"1": "Tier 1", "2": "Tier 2", "3": "Tier 3", SUPPORTED: "Tier 2 or 3"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TierShareFinding:
    """Tiers of one school, all domains together: each student at the highest.

    Parameters
    ----------
    windows : tuple of TierWindow
        Sorted by time; withheld shares hold no number.
    by_domain : mapping of str to tuple of TierWindow
        The same of each domain.
    absent : str
        Why there is nothing; empty where there is something.
    left_out : dict of str to str
        Why the tiers of a school year are not judged against the guide, by year.
    """

    school: School
    settings: Settings
    windows: tuple[TierWindow, ...]
    by_domain: dict[str, tuple[TierWindow, ...]]
    absent: str
    left_out: dict[str, str] = field(default_factory=dict)

    def heading(self) -> str:
        """Heading of its section."""
        return "How many students need which support"

    def sentence(self) -> str:
        """Tier percentages of the latest window, and what the students who were not screened could change."""
        last = latest_known(self.windows)
        if last is None:
            reason = self.absent or "there are too few students in every window to print a share"
            return cannot_say("how many students are in which tier", reason=reason)
        shown = " See @fig-tiers and @tbl-tiers."
        return f"{self._say_tiers(last)} {self._say_guide(last)} {self._say_support(last)}".rstrip() + shown

    def answer(self) -> str:
        """The share in Tier 1, for the opening of the chapter."""
        last = latest_known(self.windows)
        return "" if last is None else f"{self._say_first(last)}{self._say_typical(last)}."

    def figure(self) -> Figure | None:
        """A bar for each window."""
        if latest_known(self.windows) is None:
            return None
        return draw_shares(
            name="tiers",
            caption=self._caption(),
            bars=[_draw_window(window) for window in self.windows],
            title="Students by tier, percent",
            lines=[ReferenceLine(value=self._least_first, label="The guide's least in Tier 1")],
            annotation_title="Students",
            note=f"Bars without a hatched part: fewer than {self._minimum} students were not screened"
            if any(window.few_not_screened for window in self.windows)
            else "",
        )

    def table(self) -> Table | None:
        """Every window, and every domain in the latest."""
        if latest_known(self.windows) is None:
            return None
        titles = (
            "Window",
            "Students with a known tier",
            "Tier 1 (likely range)",
            "Tier 2",
            "Tier 3",
            "Not screened",
            "Tier 1, whatever the others are",
            "Tier 1 and the guide",
        )
        rows = [self._write_row(window, name=name_window(window).capitalize()) for window in self.windows]
        for domain, windows in self.by_domain.items():
            if windows:
                named = f"{_capital(name_scope(domain))}, {name_window(windows[-1])}"
                rows.append(self._write_row(windows[-1], name=named))
        withheld = any(WITHHELD_MARK in row for row in rows)
        notes = [WITHHELD_NOTE] if withheld else []
        notes.append(
            "Tier 1, whatever the others are: from none to all of the students who were not screened in Tier 1, with "
            "the likely range."
        )
        return Table(
            name="tiers",
            caption=f"Students by tier, against {self._guide.label}: all domains together in each window, then each "
            "domain in the latest.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=" ".join(notes),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if latest_known(self.windows) is None:
            return ()
        days = self.settings.tiers.days_after_screening
        return (
            ADVICE,
            "A student counts once, at the highest tier of any domain; in Tier 1 only with a score of that window in "
            "every domain that the grade screens. Whoever was not screened is in no tier.",
            f"Tiers are read {days} days after the end of screening, when placements that follow from it have begun.",
            *(f"{why} Nothing is judged against the guide in that year." for why in self.left_out.values()),
        )

    def records(self) -> tuple[Record, ...]:
        """Every tier of every window, overall and by domain."""
        scopes = {OVERALL: self.windows, **self.by_domain}
        return tuple(
            record
            for scope, windows in scopes.items()
            for window in windows
            for record in record_window(window, school=self.school, scope=scope, settings=self.settings)
        )

    def notes(self) -> tuple[Note, ...]:
        """The share in Tier 1, for page one."""
        last = latest_known(self.windows)
        if last is None or last.first.share is None:
            return ()
        series = [window for window in self.windows if window.window == last.window]
        stale = last is not self.windows[-1]
        return (
            {
                "kind": "kpi",
                "topic": "tiers",
                "measure": "tier_1",
                "title": "Students in Tier 1",
                "number": format_percent(last.first.share.estimate),
                "change": f"latest figure: {name_window(last)}"
                if stale
                else say_change(
                    [window.first.share for window in series],
                    school_years=[window.school_year for window in series],
                    write=format_percent,
                ),
                "sentence": f"{self._say_first(last)}; {self._judge(last.first)}.",
                "values": [window.first.share.estimate if window.first.share else None for window in series],
                "reference": self._least_first,
                "limits": [0.0, 100.0],
                "what": "percent of students in Tier 1",
            },
        )

    @property
    def _guide(self) -> Guide:
        return GUIDES[self.settings.tiers.guide]

    @property
    def _least_first(self) -> float:
        return self._guide.band("1", about_points=0.0)[0]

    @property
    def _minimum(self) -> int:
        return get_profile(self.settings.profile).minimum

    def _judge(self, share: TierShare) -> str:
        return say_verdict(share.verdict, guide=self._guide, tier="1")

    def _say_first(self, window: TierWindow) -> str:
        share = window.first.share
        if share is None:
            return ""
        return (
            f"In {name_window(window)}, {of_every_100(share.estimate)} students with a known tier were in Tier 1 "
            f"({likely_between(low=share.ci_low, high=share.ci_high, decimals=0)})"
        )

    def _say_typical(self, window: TierWindow) -> str:
        typical = window.first.typical_pct
        where = self.settings.population
        return "" if typical is None else f"; in the typical school of the {where} {typical:.0f} were in Tier 1"

    def _say_tiers(self, window: TierWindow) -> str:
        others = [
            f"{share.share.estimate:.0f} in {LABELS[tier]}"
            for tier in ("2", "3")
            if (share := window.shares[tier]).share is not None
        ]
        joined = window.shares[SUPPORTED].share
        if len(others) < 2:
            others = [] if joined is None else [f"{joined.estimate:.0f} in Tier 2 or Tier 3"]
        tail = f", {join_words(others)}" if others else ""
        missing = say_not_screened(window, minimum=self._minimum)
        return (
            f"{self._say_first(window)}{tail}{self._say_typical(window)}. Not screened, and so in no tier: {missing}."
        )

    def _say_guide(self, window: TierWindow) -> str:
        first = window.first
        if first.low is None or first.high is None:
            return "How this stands to the guide cannot be told, because the number not screened is withheld."
        reach = f"{first.low:.0f} and {first.high:.0f}"
        if first.verdict == "cannot tell":
            return (
                f"Whatever tier those students are in, Tier 1 holds between {reach} of every 100, so "
                f"{self._judge(first)}."
            )
        return f"Whatever tier those students are in, Tier 1 holds between {reach} of every 100; {self._judge(first)}."

    def _say_support(self, window: TierWindow) -> str:
        said = [
            f"{LABELS[tier]} is {share.verdict} it ({self._guide.said[tier]})"
            for tier in ("2", "3")
            if (share := window.shares[tier]).verdict in ("below", "within", "above")
        ]
        return f"{join_words(said)}." if said else ""

    def _caption(self) -> str:
        last = latest_known(self.windows)
        if last is None or last.first.share is None:
            return "Students by tier."
        return f"{self._say_first(last)}; {self._judge(last.first)}."

    def _write_row(self, window: TierWindow, *, name: str) -> tuple[str, ...]:
        first = window.first
        missing = str(window.n_not_screened) if window.n_not_screened is not None else WITHHELD_MARK
        if window.few_not_screened:
            missing = f"<{self._minimum}"
        reach = NOT_ESTIMABLE if first.share is not None else WITHHELD_MARK
        if first.low is not None:
            reach = format_interval(low=first.low, high=first.high, style="to", unit="%", decimals=0)
        return (
            name,
            WITHHELD_MARK if window.n_known is None else str(window.n_known),
            _write(first, ranged=True),
            _write(window.shares["2"]),
            _write(window.shares["3"]),
            missing,
            reach,
            first.verdict or WITHHELD_MARK,
        )


def find_tier_shares(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> TierShareFinding:
    """Find how many students of a school are in which tier.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``tiers``, confidence level, disclosure profile.
    comparison : Comparison
        Counts of all schools with what may be printed.

    Returns
    -------
    TierShareFinding
        Also where there is no table of tiers: then it says so.

    Raises
    ------
    DataError
        The district has no such school.
    """
    school = name_school(district, school_id=school_id)
    every = describe_windows(comparison, school=school, scope=OVERALL, settings=settings)
    sources = find_usable_sources(district, school_id=school_id, settings=settings, comparison=comparison)
    years = sorted({window.school_year for window in every}) if SOURCE not in sources.absent else []
    left_out = {year: why for year in years if (why := sources.why_not(SOURCE, school_year=year)) is not None}
    windows = leave_unjudged(every, years=left_out)
    scopes = sorted(set(comparison.frame("tier_cells")["scope"]) - {OVERALL})
    return TierShareFinding(
        school=school,
        settings=settings,
        windows=windows,
        by_domain={
            scope: leave_unjudged(
                describe_windows(comparison, school=school, scope=scope, settings=settings), years=left_out
            )
            for scope in scopes
        },
        left_out=left_out,
        absent="" if windows else say_why_absent(district),
    )


def _draw_window(window: TierWindow) -> ShareBar:
    label = name_window(window).capitalize()
    if window.n_known is None or window.first.share is None:
        return ShareBar(label=label, shares=[], reason="withheld")
    n_all = window.n_all or window.n_known
    split = all(window.shares[tier].count is not None for tier in ("2", "3"))
    tiers = ("1", "2", "3") if split else ("1", SUPPORTED)
    shares = [
        Share(label=LABELS[tier], percent=100 * count / n_all)
        for tier in tiers
        if (count := window.shares[tier].count) is not None
    ]
    if window.n_not_screened is not None:
        shares.append(Share(label="Not screened", percent=100 * window.n_not_screened / n_all, missing=True))
    return ShareBar(label=label, shares=shares, annotation=str(n_all))


def _write(share: TierShare, *, ranged: bool = False) -> str:
    if share.share is None:
        return WITHHELD_MARK
    if ranged:
        within = format_interval(low=share.share.ci_low, high=share.share.ci_high, style="to", unit="%", decimals=0)
        return f"{format_percent(share.share.estimate)} ({within})"
    return format_percent(share.share.estimate)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
