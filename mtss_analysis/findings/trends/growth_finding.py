"""How students grow from window to window, with the summer apart, and whether that can be judged at all."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, get_profile
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, count_units, name_school, name_time
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.growth import SEGMENTS, Growth, estimate_growth, pair_windows
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    draw_intervals,
    format_estimate,
    format_percent,
    format_school_year,
    format_with_interval,
    likely_between,
)

METHOD = "mean change of students with both scores less that of the same grades in the other schools; CR2 by teacher"
WHOLE_YEAR = "fall to spring"
LEADING = (WHOLE_YEAR, "summer")
"""Segments that are drawn and printed; the shorter ones stand in the file of the table."""
LEAST_PRINTED_PCT, MOST_PRINTED_PCT = 5.0, 95.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrowthFinding:
    """Growth of one indicator, segment by segment.

    Parameters
    ----------
    growths : tuple of Growth
        By year and segment, as estimated.
    minimum : int
        Students with both scores below which nothing is printed.
    """

    school: School
    settings: Settings
    indicator: Indicator
    growths: tuple[Growth, ...]
    minimum: int

    def heading(self) -> str:
        """Heading of its section."""
        return f"Growth within the year in {self.indicator.label}"

    def sentence(self) -> str:
        """The latest year from fall to spring, and the summer before it."""
        last = self._latest(WHOLE_YEAR)
        question = f"how much students grew within the year in {self.indicator.label}"
        if last is None:
            return cannot_say(question, reason="too few students have scores of both windows")
        if last.excess is None:
            return cannot_say(question, reason=last.reason) + f" See @tbl-{self._name}."
        told = [self._say(last)]
        summer = self._latest("summer")
        if summer is not None and summer.excess is not None and summer.school_year == last.school_year:
            told.append(self._say(summer))
        shown = f"@fig-{self._name} and @tbl-{self._name}"
        return f"{' '.join(told)} See {shown}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Growth beyond the expected, segment by segment."""
        drawn = [one for one in self._led() if self._is_printable(one) and one.excess is not None]
        if not drawn:
            return None
        rows: list[IntervalRow] = []
        for segment in dict.fromkeys(one.segment for one in drawn):
            mine = [one for one in drawn if one.segment == segment]
            if mine:
                rows.append(IntervalRow(label=_name_segment(segment), heading=True))
                rows.extend(_draw(one) for one in mine)
        told = [one for one in drawn if one.segment == WHOLE_YEAR and _is_told(one)]
        ends = [abs(end) for one in drawn if one.excess for end in (one.excess.ci_low, one.excess.ci_high)]
        limit = max(2.0, round(max(ends) * 1.1, 0))
        return draw_intervals(
            name=self._name,
            caption=(
                f"Growth in {self.indicator.label} beyond that of the same grades in the other schools: from fall to "
                f"spring, {len(told)} of {sum(one.segment == WHOLE_YEAR for one in drawn)} years "
                f"{'is' if len(told) == 1 else 'are'} told apart from it."
            ),
            rows=rows,
            x_label=f"{self.indicator.label.capitalize()}: change beyond the expected, {self.indicator.unit}",
            limits=(-limit, limit),
            lines=[ReferenceLine(value=0.0, label="other schools")],
            less="less than elsewhere",
            more="more than elsewhere",
            signed=True,
        )

    def table(self) -> Table | None:
        """Every segment of every year."""
        if not self.growths:
            return None
        titles = ("Segment", "Year", "Change", "Other schools", "Difference (likely range)", "At an end of the scale")
        return Table(
            name=self._name,
            caption=f"Growth in {self.indicator.label}, {self.indicator.unit}: students with both scores.",
            columns=tuple(
                Column(title=title, align="right" if place > 1 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(one) for one in sorted(self._sorted(), key=_is_part)),
            note=WITHHELD_NOTE if any(not self._is_printable(one) for one in self.growths) else "",
            printed=len(self._led()) or None,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "Growth is that of students who were tested both times in this school; those who came, left or were absent "
            "are not in it. The summer stands for itself: what is lost then says nothing of the teaching before or "
            "after.",
            f"Where more than {self.settings.trends.most_at_limit_pct:g} of every 100 students are at an end of the "
            "scale, growth is not judged: the test cannot show what they gained.",
        )

    def records(self) -> tuple[Record, ...]:
        """Change, expected change and difference of every segment."""
        records = []
        for one in self._sorted():
            if not self._is_printable(one):
                keys = self._keys(one, finding="growth_excess")
                records.append(Record(**keys, status="withheld", reason="too few students to print"))
                continue
            excess = one.excess
            records.append(
                Record(
                    **self._keys(one, finding="growth_excess"),
                    estimate=excess.estimate if excess else None,
                    std_error=excess.std_error if excess else None,
                    ci_low=excess.ci_low if excess else None,
                    ci_high=excess.ci_high if excess else None,
                    ci_level=excess.ci_level if excess else None,
                    p_value=excess.p_value if excess else None,
                    verdict=_name_verdict(one) if excess else None,
                    status="ok" if excess else "not_estimable",
                    reason=one.reason or None,
                    sentence=self._say(one) if one is self._latest(WHOLE_YEAR) and excess else None,
                )
            )
            if one.change is not None:
                records.append(Record(**self._keys(one, finding="growth"), estimate=one.change))
                records.append(Record(**self._keys(one, finding="growth_elsewhere"), estimate=one.expected))
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _name(self) -> str:
        return "growth-" + self.indicator.measure.replace("_", "-")

    def _is_printable(self, one: Growth) -> bool:
        return one.n >= self.minimum

    def _sorted(self) -> list[Growth]:
        return sorted(self.growths, key=lambda one: (list(SEGMENTS).index(one.segment), one.school_year))

    def _led(self) -> list[Growth]:
        """The whole years and the summers; every segment where no student has scores of a whole year."""
        return [one for one in self._sorted() if not _is_part(one)] or self._sorted()

    def _latest(self, segment: str) -> Growth | None:
        found = [one for one in self.growths if one.segment == segment and self._is_printable(one)]
        return found[-1] if found else None

    def _say(self, one: Growth) -> str:
        if one.excess is None or one.change is None or one.expected is None:
            return ""
        low, high = one.excess.ci_low, one.excess.ci_high
        change, expected = (_write(value, low=low, high=high) for value in (one.change, one.expected))
        moved, elsewhere = ("gained" if value >= 0 else "lost" for value in (one.change, one.expected))
        when = self._name_time(one)
        unit = count_units(change, unit=self.indicator.unit)
        told = (
            "The difference is within what chance produces"
            if not _is_told(one)
            else f"They changed by {_write(one.excess.estimate, low=low, high=high)} "
            f"{'more' if one.excess.estimate > 0 else 'less'} than expected"
        )
        ends = sorted((abs(low), abs(high))) if _is_told(one) else (low, high)
        return (
            f"{when}, students with both scores {moved} {unit} in {self.indicator.label} on average; students of the "
            f"same grades in the other schools {elsewhere} {expected}. {told} "
            f"({likely_between(low=ends[0], high=ends[1])})."
        )

    def _name_time(self, one: Growth) -> str:
        if one.segment == "summer":
            return f"Over the summer before {format_school_year(one.school_year)}"
        first, last = SEGMENTS[one.segment]
        return (
            f"From {name_time(school_year=one.school_year, window=first)} to "
            f"{name_time(school_year=one.school_year, window=last)}"
        )

    def _write_row(self, one: Growth) -> tuple[str, ...]:
        place = (_name_segment(one.segment), format_school_year(one.school_year))
        if not self._is_printable(one):
            return (*place, *[WITHHELD_MARK] * 4)
        shown = LEAST_PRINTED_PCT <= one.at_limit_pct <= MOST_PRINTED_PCT
        few = f"<{LEAST_PRINTED_PCT:.0f}%" if one.at_limit_pct < LEAST_PRINTED_PCT else f">{MOST_PRINTED_PCT:.0f}%"
        at_limit = format_percent(one.at_limit_pct) if shown else few
        if one.excess is None:
            return (*place, "–", "–", one.reason, at_limit)
        low, high = one.excess.ci_low, one.excess.ci_high
        return (
            *place,
            format_estimate(one.change, low=low, high=high),
            format_estimate(one.expected, low=low, high=high),
            format_with_interval(one.excess.estimate, low=low, high=high, signed=True),
            at_limit,
        )

    def _keys(self, one: Growth, *, finding: str) -> dict[str, Any]:
        return {
            "finding": finding,
            "requirement": "R5",
            "district_id": self.school.district_id,
            "school_id": self.school.school_id,
            "school_year": one.school_year,
            "domain": self.indicator.domain,
            "measure": self.indicator.measure,
            "grade": ALL,
            "group": one.segment,
            "method": METHOD,
            "design": "descriptive",
            "unit": self.indicator.unit,
        }


def find_growth(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[GrowthFinding, ...]:
    """Find how students grow within the year, one finding per indicator that has scores of two windows.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, confidence level, from which share at an end of the scale growth is not judged.
    comparison : Comparison
        Changes in the other schools and the ends of the scales.

    Returns
    -------
    tuple of GrowthFinding
        In the order of the run file; none where each student is tested once a year.

    Raises
    ------
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    school = name_school(district, school_id=school_id)
    sums = comparison.frame("growth_sums")
    limits = comparison.frame("score_limits").set_index("measure")[["lowest", "highest"]].to_dict("index")
    name = f"{school.district_id} {school.school_id}"
    findings = []
    for indicator in settings.indicators:
        mine = sums[sums["measure"] == indicator.measure]
        if not mine["segment"].isin(set(SEGMENTS) - {"summer"}).any():
            continue
        pairs = pair_windows(district.table, indicator=indicator)
        growths = estimate_growth(
            pairs[pairs["school_id"] == school_id],
            school=name,
            sums=mine,
            limits={str(end): float(value) for end, value in limits[indicator.measure].items()},
            most_at_limit_pct=settings.trends.most_at_limit_pct,
            ci_level=settings.ci_level,
        )
        findings.append(
            GrowthFinding(
                school=school,
                settings=settings,
                indicator=indicator,
                growths=tuple(growths),
                minimum=get_profile(settings.profile).minimum,
            )
        )
    return tuple(findings)


def _is_part(one: Growth) -> bool:
    return one.segment not in LEADING


def _is_told(one: Growth) -> bool:
    return one.excess is not None and not one.excess.ci_low <= 0 <= one.excess.ci_high


def _name_verdict(one: Growth) -> str:
    if one.excess is None or not _is_told(one):
        return "cannot tell"
    return "more than elsewhere" if one.excess.estimate > 0 else "less than elsewhere"


def _name_segment(segment: str) -> str:
    return segment.capitalize()


def _draw(one: Growth) -> IntervalRow:
    excess = one.excess
    return IntervalRow(
        label=format_school_year(one.school_year),
        estimate=excess.estimate if excess else None,
        low=excess.ci_low if excess else None,
        high=excess.ci_high if excess else None,
        role="this_school",
    )


def _write(value: float, *, low: float, high: float) -> str:
    return format_estimate(abs(value), low=low, high=high)
