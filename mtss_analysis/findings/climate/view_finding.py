"""The usual views of referrals: when, where, what, how grave, and how they are spread over those who write them."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.climate.cells import REFERRALS, VIEWS, N
from mtss_analysis.findings.climate.own import Asked, find_left_out, read_basis, read_counts, say_not_given
from mtss_analysis.findings.climate.phrases import record_keys, say_left_out
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.referrals import NOT_RECORDED, WEEKDAYS, name_hours
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    cannot_say,
    format_percent,
    format_school_year,
    join_words,
    of_every_100,
)

METHOD = "share of referrals"
NAME = "referral-views"
MOST_PRINTED = 3
"""Categories of a view that are printed; the file of the table holds all."""
TITLES = {"time": "When: time of day", "weekday": "When: weekday", "location": "Where", "behavior": "What",
          "level": "Minor or major"}  # fmt: skip
ORDER = ("time", "weekday", "location", "behavior", "level")
ORDERED = {"time": name_hours(), "weekday": WEEKDAYS}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferralViewFinding:
    """Referrals of one school in the latest year that can be used, by view.

    Parameters
    ----------
    school_year : str
        Empty where there is no such year.
    n : int or None
        Referrals of the year; None if withheld.
    views : dict of str to tuple of (category, count or None)
        None where withheld.
    n_writers, n_most, most_pct : number or None
        Staff who wrote a referral; how many of them are the tenth that wrote most, three at least; their share of
        referrals. None where fewer than ten wrote one.
    not_given : str
        That the district gave no such table; empty if it did.
    """

    school: School
    school_year: str
    n: int | None
    views: dict[str, tuple[tuple[str, int | None], ...]]
    n_writers: int | None
    n_most: int | None
    most_pct: float | None
    left_out: dict[str, str]
    not_given: str = ""

    def heading(self) -> str:
        """Heading of its section."""
        return "When, where and for what students are referred"

    def sentence(self) -> str:
        """The most frequent category of each view, and how referrals are spread over staff."""
        if self.n is None:
            reason = self.not_given or "the latest year of referrals cannot be used or printed"
            tail = say_left_out(self.left_out, what="these views")
            return f"{cannot_say('when, where and for what students are referred', reason=reason)} {tail}".strip()
        said = [one for view in ("time", "location", "behavior") if (one := self._say(view))]
        most = f"Most frequent in {format_school_year(self.school_year)} were {join_words(said)}."
        first = most if said else "No single time, place or behaviour can be shown."
        return f"{first} {self._say_writers()} See @tbl-{NAME}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """None: five views would be five pictures, and the table holds their shares."""
        return None

    def table(self) -> Table | None:
        """Every view."""
        if self.n is None:
            return None
        listed = {view: self._list_categories(view) for view in ORDER}
        first = [row for view in ORDER for row in listed[view][:MOST_PRINTED]]
        rows = [*first, *(row for view in ORDER for row in listed[view][MOST_PRINTED:])]
        titles = ("View", "Category", "Referrals", "Share")
        return Table(
            name=NAME,
            caption=f"Referrals in {format_school_year(self.school_year)} by view; {self.n} in all.",
            columns=tuple(
                Column(title=title, align="right" if place > 1 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
            printed=len(first),
        )

    def _list_categories(self, view: str) -> list[tuple[str, str, str, str]]:
        """Rows of a view, the most frequent first and those that are withheld last."""
        counted = sorted(self.views.get(view, ()), key=lambda one: -1 if one[1] is None else one[1], reverse=True)
        return [
            (
                TITLES[view],
                _name(category),
                WITHHELD_MARK if count is None else str(count),
                WITHHELD_MARK if count is None or self.n is None else format_percent(100 * count / self.n),
            )
            for category, count in counted
        ]

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            ("Shares of referrals are not risks: more students are in classrooms than on buses, and for longer.",)
            if self.n is not None
            else ()
        )

    def records(self) -> tuple[Record, ...]:
        """Every category of every view, and the share of those who write most."""
        if self.n is None:
            return ()
        written = [
            Record(
                **record_keys(
                    self.school,
                    school_year=self.school_year,
                    domain="behavior",
                    measure="referrals",
                    group=f"{view}={category}",
                ),
                finding="referral_view",
                method=METHOD,
                estimate=None if count is None else 100 * count / self.n,
                unit="percent",
                n=None if count is None else self.n,
                status="withheld" if count is None else "ok",
                reason="too few to print" if count is None else None,
            )
            for view in ORDER
            for category, count in self.views.get(view, ())
        ]
        keys = record_keys(self.school, school_year=self.school_year, domain="behavior", measure="referrals")
        known = self.most_pct is not None
        written.append(
            Record(
                **keys,
                finding="referrals_by_most_referring_tenth",
                method="share of referrals written by the tenth of staff who write most, three at least",
                estimate=self.most_pct,
                unit="percent",
                n=self.n_writers,
                status="ok" if known else "withheld",
                reason=None if known else "fewer than ten people wrote referrals",
                sentence=self._say_writers() if known else None,
            )
        )
        return tuple(written)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _say(self, view: str) -> str:
        known = [
            (category, count)
            for category, count in self.views.get(view, ())
            if count is not None and category != NOT_RECORDED
        ]
        if not known or self.n is None:
            return ""
        category, count = max(known, key=lambda one: one[1])
        words = {"time": "the hours", "location": "the place", "behavior": "the behaviour"}[view]
        named = _name(category)
        named = named[:1].lower() + named[1:]
        return f"{words} “{named}” ({of_every_100(100 * count / self.n)} referrals)"

    def _say_writers(self) -> str:
        if self.n_writers is None or self.most_pct is None:
            return "How referrals are spread over staff is not shown, since fewer than ten people wrote any."
        return (
            f"{self.n_writers} members of staff wrote referrals; the {self.n_most} who wrote most wrote "
            f"{of_every_100(self.most_pct)}."
        )


def find_referral_views(asked: Asked) -> ReferralViewFinding:
    """Find when, where and for what students of a school are referred.

    Parameters
    ----------
    asked : Asked
        School, settings, comparison and usable sources.

    Returns
    -------
    ReferralViewFinding
        Of the latest year; where that cannot be used, it says so rather than to fall back to an older one.
    """
    counts = read_counts(asked, topic=REFERRALS)
    years = sorted({year for year, name in counts if name == ALL})
    left_out = find_left_out(asked, source="referrals", years=years)
    year = years[-1] if years and years[-1] not in left_out else ""
    views = {}
    for view in VIEWS if year else ():
        found = [
            (name.split("=", 1)[1], cells[N])
            for (at, name), cells in counts.items()
            if at == year and name.startswith(f"{view}=")
        ]
        views[view] = tuple(sorted(found, key=lambda one: _order(view, *one)))
    basis = read_basis(asked, school_year=year) if year else {}
    n = counts[year, ALL][N] if year else None
    return ReferralViewFinding(
        school=asked.school,
        school_year=year,
        n=n,
        views=views,
        n_writers=_whole(basis.get("n_writers")) if n is not None else None,
        n_most=_whole(basis.get("n_most")) if n is not None else None,
        most_pct=float(str(basis["most_pct"])) if n is not None and "most_pct" in basis else None,
        left_out={one: why for one, why in left_out.items() if one == years[-1]},
        not_given=say_not_given(asked, table="referrals"),
    )


def _whole(value: object) -> int | None:
    return None if value is None else int(float(str(value)))


def _order(view: str, category: str, count: int | None) -> tuple[int, int, str]:
    if category == NOT_RECORDED:
        return (2, 0, "")
    if view in ORDERED:
        return (0, ORDERED[view].index(category), "")
    # Withheld ones by name: their order by size would tell it.
    return (0, -count, category) if count is not None else (1, 0, category)


def _name(category: str) -> str:
    words = "not recorded" if category == NOT_RECORDED else category.replace("_", " ")
    return words[:1].upper() + words[1:]
