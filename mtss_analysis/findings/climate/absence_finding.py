"""How many students are chronically absent: by year, and by grade and student group in the latest one."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, get_profile
from mtss_analysis.findings.changes import say_change
from mtss_analysis.findings.climate.cells import ABSENCE, CHRONIC, N
from mtss_analysis.findings.climate.own import (
    Asked,
    find_left_out,
    read_basis,
    read_counts,
    read_district_absence,
    say_not_given,
)
from mtss_analysis.findings.climate.phrases import name_slice, record_keys, say_left_out
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.own import estimate_pct
from mtss_analysis.measures.groups import ALL, name_group, order_grade
from mtss_analysis.show import (
    Column,
    Figure,
    Series,
    Table,
    cannot_say,
    draw_trend,
    format_interval,
    format_percent,
    format_school_year,
    likely_between,
    of_every_100,
)
from mtss_analysis.stats import Interval

METHOD = "share with modified Wilson interval"
NAME = "chronic-absence"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentShare:
    """Chronically absent students of a year, a grade or a group.

    Parameters
    ----------
    n : int or None
        Students who count; None if withheld.
    share : Interval or None
        Percent; None if withheld.
    """

    school_year: str
    slice: str
    n: int | None
    share: Interval | None
    district_pct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChronicAbsenceFinding:
    """Chronic absence in one school.

    Parameters
    ----------
    years : tuple of AbsentShare
        The earliest first; years that cannot be used are not among them.
    parts : tuple of AbsentShare
        Grades, then groups, of the latest year.
    left_out : dict of str to str
        Years that cannot be used, and why.
    n_too_short : int or None
        Students of the latest year who were enrolled on too few days to count; None if none or too few to print.
    not_given : str
        That the district gave no such table; empty if it did.
    """

    school: School
    settings: Settings
    years: tuple[AbsentShare, ...]
    parts: tuple[AbsentShare, ...]
    left_out: dict[str, str]
    n_too_short: int | None
    not_given: str = ""

    def heading(self) -> str:
        """Heading of its section."""
        return "How many students miss much school"

    def sentence(self) -> str:
        """The latest share, last year's and the district's."""
        last = self._latest()
        tail = say_left_out(self.left_out, what="chronic absence")
        if last is None:
            reason = self.not_given or "no year of attendance can be used or printed"
            return f"{cannot_say('how many students are chronically absent', reason=reason)} {tail}".strip()
        return f"{self._say(last, change=self._say_change())}. See @fig-{NAME} and @tbl-{NAME}. {tail}".strip()

    def answer(self) -> str:
        """The latest share, for the opening of the chapter."""
        last = self._latest()
        return "" if last is None else f"{self._say(last)}."

    def figure(self) -> Figure | None:
        """Share year by year, with the district's."""
        last = self._latest()
        if last is None:
            return None
        values = [year.share for year in self.years]
        series = [
            Series(
                label="This school",
                role="this_school",
                values=[one.estimate if one else None for one in values],
                low=[one.ci_low if one else None for one in values],
                high=[one.ci_high if one else None for one in values],
                withheld=[one is None for one in values],
            )
        ]
        if any(year.district_pct is not None for year in self.years):
            series.append(Series(label="District", role="district", values=[year.district_pct for year in self.years]))
        return draw_trend(
            name=NAME,
            caption=f"{self._say(last)}.",
            series=series,
            x_labels=[format_school_year(year.school_year) for year in self.years],
            y_label="Chronically absent students, percent",
            limits=(0.0, 60.0),
            unit="percent",
        )

    def table(self) -> Table | None:
        """Years, then grades and groups of the latest year."""
        if self._latest() is None:
            return None
        rows = [self._write(year, name=format_school_year(year.school_year)) for year in self.years]
        rows += [
            self._write(part, name=f"{name}, {format_school_year(part.school_year)}")
            for part in self.parts
            if (name := name_slice(part.slice, settings=self.settings))
        ]
        titles = ("Students", "Students counted", "Chronically absent", "Likely range", "District")
        return Table(
            name=NAME,
            caption=f"Students absent on {self._pct} of their days or more.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if self._latest() is None:
            return ()
        days = self.settings.climate.least_days
        short = f" In the latest year these were {self.n_too_short}." if self.n_too_short is not None else ""
        return (
            f"Chronically absent is who missed {self._pct} or more of the days enrolled, for whatever reason. Students "
            f"enrolled on fewer than {days} days of the year are not counted.{short}",
            "The school's share counts the days in this school; the district's counts everybody once, with the days in "
            "all of its schools.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every year, grade and group, and the years that are left out."""
        known = (*self.years, *self.parts)
        return (
            *(self._record(share) for share in known),
            *(
                Record(
                    **record_keys(self.school, school_year=year, domain="attendance", measure="attendance"),
                    finding="chronic_absence",
                    method=METHOD,
                    unit="percent",
                    status="not_estimable",
                    reason=why.removesuffix("."),
                )
                for year, why in sorted(self.left_out.items())
            ),
        )

    def notes(self) -> tuple[Note, ...]:
        """The latest share, for page one."""
        last = self._latest()
        if last is None or last.share is None:
            return ()
        return (
            {
                "kind": "kpi",
                "topic": "absence",
                "measure": "chronic_absence",
                "title": "Chronically absent students",
                "number": format_percent(last.share.estimate),
                "change": self._say_change(),
                "sentence": f"{self._say(last)}.",
                "values": [year.share.estimate if year.share else None for year in self.years],
                "reference": last.district_pct,
                "limits": [0.0, 60.0],
                "what": "percent of students chronically absent",
            },
        )

    @property
    def _pct(self) -> str:
        return f"{self.settings.climate.chronic_pct:g}%"

    def _latest(self) -> AbsentShare | None:
        return max((year for year in self.years if year.share), key=lambda year: year.school_year, default=None)

    def _say(self, last: AbsentShare, *, change: str = "") -> str:
        if last.share is None:
            return ""
        district = "" if last.district_pct is None else f"; in the whole district it was {last.district_pct:.0f}"
        return (
            f"In {format_school_year(last.school_year)}, {of_every_100(last.share.estimate)} students missed "
            f"{self._pct} "
            f"or more of their school days "
            f"({likely_between(low=last.share.ci_low, high=last.share.ci_high, decimals=0)}"
            f"{f'; {change}' if change else ''}){district}"
        )

    def _say_change(self) -> str:
        last = self._latest()
        if last is not self.years[-1]:
            return f"latest figure: {format_school_year(last.school_year)}" if last else ""
        return say_change(
            [year.share for year in self.years],
            school_years=[year.school_year for year in self.years],
            write=format_percent,
        )

    def _write(self, one: AbsentShare, *, name: str) -> tuple[str, ...]:
        within = one.share
        return (
            name,
            WITHHELD_MARK if one.n is None else str(one.n),
            WITHHELD_MARK if within is None else format_percent(within.estimate),
            WITHHELD_MARK
            if within is None
            else format_interval(low=within.ci_low, high=within.ci_high, style="to", unit="%", decimals=0),
            WITHHELD_MARK if one.slice == ALL and one.district_pct is None else format_percent(one.district_pct),
        )

    def _record(self, one: AbsentShare) -> Record:
        column, _, value = one.slice.partition("=")
        last = self._latest()
        return Record(
            **record_keys(
                self.school,
                school_year=one.school_year,
                domain="attendance",
                measure="attendance",
                grade=value if column == "grade" else ALL,
                group=one.slice if column not in ("grade", ALL) else ALL,
            ),
            finding="chronic_absence",
            method=METHOD,
            estimate=one.share.estimate if one.share else None,
            unit="percent",
            ci_low=one.share.ci_low if one.share else None,
            ci_high=one.share.ci_high if one.share else None,
            ci_level=one.share.ci_level if one.share else None,
            n=one.n if one.share else None,
            status="ok" if one.share else "withheld",
            reason=None if one.share else "too few students to print",
            sentence=f"{self._say(one)}." if one is last else None,
        )


def find_chronic_absence(asked: Asked) -> ChronicAbsenceFinding:
    """Find how many students of a school are chronically absent.

    Parameters
    ----------
    asked : Asked
        School, settings, comparison and usable sources.

    Returns
    -------
    ChronicAbsenceFinding
        Also where no year can be used: then it says so.
    """
    counts = read_counts(asked, topic=ABSENCE)
    years = sorted({year for year, name in counts if name == ALL})
    left_out = find_left_out(asked, source="attendance", years=years)
    kept = [year for year in years if year not in left_out]
    shares = {key: _estimate(asked, key=key, count=count) for key, count in counts.items() if key[0] in kept}
    last = kept[-1] if kept else ""
    names = [name for year, name in counts if year == last and name != ALL]
    grades = sorted((name for name in names if name.startswith("grade=")), key=lambda name: order_grade(name[6:]))
    pairs = [(one.column, value) for one in asked.settings.groups for value in (one.focus, one.reference)]
    declared = [name_group(column=column, value=value) for column, value in pairs]
    groups = [name for name in declared if name in names]
    short = read_basis(asked, school_year=last).get("n_too_short") if last else None
    minimum = get_profile(asked.settings.profile).minimum
    return ChronicAbsenceFinding(
        school=asked.school,
        settings=asked.settings,
        years=tuple(shares[year, ALL] for year in kept),
        parts=tuple(shares[last, name] for name in [*grades, *groups]),
        left_out=left_out,
        n_too_short=int(float(str(short))) if short is not None and float(str(short)) >= minimum else None,
        not_given=say_not_given(asked, table="attendance"),
    )


def _estimate(asked: Asked, *, key: tuple[str, str], count: dict[str, int | None]) -> AbsentShare:
    year, name = key
    n, chronic = count[N], count[CHRONIC]
    district = (
        read_district_absence(asked.comparison, district_id=asked.school.district_id, school_year=year)
        if name == ALL
        else {}
    )
    return AbsentShare(
        school_year=year,
        slice=name,
        n=n,
        share=None
        if n is None or chronic is None
        else estimate_pct(successes=chronic, n=n, ci_level=asked.settings.ci_level),
        district_pct=100 * district[CHRONIC] / district[N] if district else None,
    )
