"""The most promising and the most concerning trends, told apart from noise, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Follow, Settings
from mtss_analysis.findings.trends.judged import judge_schools
from mtss_analysis.findings.trends.other_slopes import OTHER_FRAME
from mtss_analysis.findings.trends.other_trends import MOVED, OtherTrend, judge_other_trends, note_other_trends
from mtss_analysis.findings.trends.scales import slope_limits
from mtss_analysis.findings.trends.slopes import KINDS
from mtss_analysis.findings.trends.verdicts import (
    CANNOT_TELL,
    Trend,
    by_interest,
    choose_one_per_measure,
    key_of,
    size_of,
)
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    count_of,
    draw_intervals,
    format_p,
    format_with_interval,
    join_words,
    likely_between,
    name_grade,
)

METHODS: dict[Follow, str] = {
    "cohort": "slope, CR2 by classroom; shrunken by empirical Bayes over the run's schools; Benjamini-Bogomolov over "
    "measures, then within those chosen",
    "grade": "slope at constant grades and groups, students, teachers and classrooms random (REML ratios of all "
    "schools, Satterthwaite); shrunken by empirical Bayes over the run's schools; Benjamini-Bogomolov over measures, "
    "then within those chosen",
}
MOST_LISTED = 5
MOST_OTHERS = 2
MOST_DRAWN = 18
MOST_PRINTED = 12
NAME = "trend-list"
SAID = {MOVED: "neither good nor bad as such"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrendsFinding:
    """All trends of a school, and the few that stand out."""

    school: School
    settings: Settings
    trends: tuple[Trend, ...]
    limits: tuple[float, float]
    others: tuple[OtherTrend, ...] = ()

    def promising(self) -> tuple[Trend, ...]:
        """At most five promising trends: whole schools before grades and groups, then the steepest first."""
        found = [trend for trend in self.trends if trend.verdict == "promising"]
        return _list_first(found)

    def concerning(self) -> tuple[Trend, ...]:
        """At most five concerning trends: whole schools before grades and groups, then the steepest first."""
        found = [trend for trend in self.trends if trend.verdict == "concerning"]
        return _list_first(found)

    def heading(self) -> str:
        """Heading of its section."""
        return "Most promising and most concerning trends"

    def sentence(self) -> str:
        """How many trends stand out, and which."""
        judged: list[Trend | OtherTrend] = [trend for trend in self.trends if trend.family]
        judged += [trend for trend in self.others if trend.slope is not None]
        if not judged:
            reason = "no trend has scores of at least three years from enough students and classrooms"
            return cannot_say("which trends are promising or concerning", reason=reason)
        if all(trend.shrunken is None for trend in judged):
            reason = "there are too few schools to compare with"
            return cannot_say("which trends are promising or concerning", reason=reason) + f" See {self._refer()}."
        verdicts = ("promising", "concerning", MOVED)
        counts = {verdict: sum(trend.verdict == verdict for trend in judged) for verdict in verdicts}
        others = [one for verdict in counts for one in self.others if one.verdict == verdict]
        opening = f"We examined {count_of(len(judged), 'trend')} of this school."
        if not any(counts.values()):
            return f"{opening} Not one can be told apart from noise. See {self._refer()}."
        told = [f"{_count(count)} {SAID.get(verdict, verdict)}" for verdict, count in counts.items() if count]
        parts = [opening, f"{join_words(told).capitalize()}; the rest cannot be told apart from noise."]
        parts += [self.say_trend(trends[0]) for trends in (self.promising(), self.concerning()) if trends]
        parts += [one.say() for one in others[:MOST_OTHERS]]
        return " ".join(parts) + f" See {self._refer()}."

    def _refer(self) -> str:
        return join_words([*([f"@fig-{NAME}"] if self._drawn() else []), f"@tbl-{NAME}"])

    def _drawn(self) -> list[Trend]:
        return [trend for trend in self.trends if trend.kind == "standing" and trend.shrunken is not None]

    def say_trend(self, trend: Trend) -> str:
        """Say one trend in a sentence.

        Parameters
        ----------
        trend : Trend
            A trend with a shrunken estimate.

        Returns
        -------
        str
            One sentence.
        """
        label = self.settings.indicator(trend.measure).label
        whom = self._name_group(trend)
        value, low, high = trend.shrunken, trend.shrunken_low, trend.shrunken_high
        if value is None or low is None or high is None:
            return cannot_say(
                f"where {whom} in {label} {'are' if trend.group != ALL else 'is'} going",
                reason="the trend cannot be estimated",
            )
        own = trend.cell.slope if trend.cell and trend.verdict != CANNOT_TELL else None
        size, low, high = (own.estimate, own.ci_low, own.ci_high) if own else (value, low, high)
        ends = sorted((abs(low), abs(high))) if low * high > 0 else (low, high)
        if trend.kind == "standing":
            moved = "gained" if value > 0 else "lost"
            guess = f"; beside the other schools' trends, the best guess is {abs(value):.2f}" if own else ""
            return (
                f"In {label}, {whom} {moved} about {abs(size):.2f} {self.settings.population} standard deviations a "
                f"year on the {self.settings.population}'s average{self._say_mix(trend)} "
                f"({likely_between(low=ends[0], high=ends[1])}){guess}."
            )
        moved = "rose" if value > 0 else "fell"
        guess = f"; beside the other schools' trends, the best guess is {abs(value):.0f}" if own else ""
        return (
            f"The share of {whom} below the cut in {label} {moved} by about {abs(size):.0f} percentage points a year"
            f"{self._say_mix(trend)} ({likely_between(low=ends[0], high=ends[1])}){guess}."
        )

    def _say_mix(self, trend: Trend) -> str:
        """Say what is held constant, where grades are followed."""
        held = self.settings.follow == "grade" and self.settings.groups and trend.group == ALL
        return ", the mix of students held constant" if held else ""

    def answer(self) -> str:
        """How many trends stand out."""
        return self.sentence().split(" See @")[0]

    def figure(self) -> Figure | None:
        """Printable trends in mean standing, shrunken: all grades together, and what stands out."""
        shown = self._drawn()
        if not shown:
            return None
        rows: list[IntervalRow] = []
        most = max(MOST_DRAWN // len(self.settings.indicators) - 1, 1)  # headings included, half a page
        for indicator in self.settings.indicators:
            mine = [trend for trend in shown if trend.measure == indicator.measure]
            if mine:
                rows.append(IntervalRow(label=indicator.label.capitalize(), heading=True))
                rows.extend(self._draw(trend) for trend in sorted(mine, key=by_interest)[:most])
        stand_out = sum(trend.verdict != CANNOT_TELL for trend in shown)
        return draw_intervals(
            name=NAME,
            caption=(
                f"Yearly change in standing among the {self.settings.population}'s students: {stand_out} of "
                f"{len(shown)} trends "
                f"{'is' if stand_out == 1 else 'are'} told apart from no change."
            ),
            rows=rows,
            x_label=f"Change in mean standing a year, {self.settings.population} standard deviations (shrunken)",
            limits=self.limits,
            lines=[ReferenceLine(value=0.0, label="no change")],
            less=f"losing on the {self.settings.population}",
            more=f"gaining on the {self.settings.population}",
            signed=True,
        )

    def table(self) -> Table | None:
        """Every trend with its own and its shrunken slope."""
        if not self.trends:
            return None
        titles = (
            "Change a year in",
            "Students",
            "Own slope (likely range)",
            "Shrunken slope (likely range)",
            "q-value",
            "Verdict",
        )
        return Table(
            name=NAME,
            caption=f"All trends of the school: standing in {self.settings.population} standard deviations, "
            "shares in percentage points, the rest in units of its own.",
            columns=tuple(
                Column(title=title, align="right" if 1 < place < 5 else "left") for place, title in enumerate(titles)
            ),
            rows=self._write_rows(),
            note=WITHHELD_NOTE if any(trend.cell is None for trend in self.trends) else "",
            printed=MOST_PRINTED,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        rate = 100 * self.settings.false_discovery_rate
        return (
            f"Many trends are examined at once; of those named, on average no more than {rate:g} of every 100 are "
            "noise. The measures of the run and the other indicators are two families that share this rate. Each "
            "measure is judged first for all students; only where they moved are grades and groups judged, too.",
            "Shrunken slopes borrow strength from the other schools: the less a school's own data say, the closer its "
            "slope is drawn to theirs. Small schools therefore rarely lead a list by chance.",
            "A trend goes with everything that changed in the same years: teachers, children, tests. It names "
            "no cause.",
            "A year that was out of the ordinary for the whole school, such as a storm or a change of principal, "
            "can look like part of a trend.",
        )

    def records(self) -> tuple[Record, ...]:
        """Own and shrunken slope of every trend."""
        records = []
        for trend in self._sorted():
            own = trend.cell.slope if trend.cell else None
            records.append(
                Record(
                    **self._keys(trend),
                    finding="trend",
                    estimate=own.estimate if own else None,
                    std_error=own.std_error if own else None,
                    ci_low=own.ci_low if own else None,
                    ci_high=own.ci_high if own else None,
                    ci_level=own.ci_level if own else None,
                    p_value=own.p_value if own else None,
                    q_value=trend.q_value,
                    family=trend.family or None,
                    n=trend.cell.n if trend.cell and trend.cell.n else None,
                    n_clusters=trend.cell.n_clusters if trend.cell and trend.cell.n else None,
                    verdict=trend.verdict if own else None,
                    status="withheld" if trend.cell is None else "ok" if own else "not_estimable",
                    reason=None if own else trend.cell.reason if trend.cell else "too few students to print",
                    sentence=self.say_trend(trend) if trend.verdict != CANNOT_TELL else None,
                )
            )
            if own and trend.shrunken is not None:
                records.append(
                    Record(
                        **self._keys(trend),
                        finding="trend_shrunken",
                        estimate=trend.shrunken,
                        ci_low=trend.shrunken_low,
                        ci_high=trend.shrunken_high,
                        ci_level=self.settings.ci_level,
                    )
                )
        others = [record for one in self.others for record in one.records(school=self.school, settings=self.settings)]
        return (*records, *others)

    def notes(self) -> tuple[Note, ...]:
        """Trends that go well or need attention, for page one."""
        notes: list[Note] = [
            {"kind": kind, "measure": trend.measure, "sentence": self.say_trend(trend)}
            for kind, verdict in (("well", "promising"), ("attention", "concerning"))
            for trend in choose_one_per_measure([trend for trend in self.trends if trend.verdict == verdict])
        ]
        return (*notes, *note_other_trends(self.others))

    def _sorted(self) -> list[Trend]:
        measures = [indicator.measure for indicator in self.settings.indicators]
        return sorted(
            self.trends,
            key=lambda trend: (
                measures.index(trend.measure),
                list(KINDS).index(trend.kind),
                trend.trend_grade != ALL,
            ),
        )

    def _name_group(self, trend: Trend) -> str:
        words = "all students"
        for group in self.settings.groups:
            for value, label in ((group.focus, group.focus_label), (group.reference, group.reference_label)):
                if trend.group == f"{group.column}={value}":
                    words = label
        return words if trend.trend_grade == ALL else f"{words} of {name_grade(trend.trend_grade)}"

    def _draw(self, trend: Trend) -> IntervalRow:
        role = {"promising": "promising", "concerning": "concerning"}.get(trend.verdict, "this_school")
        return IntervalRow(
            label=self._name_group(trend).capitalize() if trend.group == ALL else self._name_group(trend),
            estimate=trend.shrunken,
            low=trend.shrunken_low,
            high=trend.shrunken_high,
            role="promising" if role == "promising" else "concerning" if role == "concerning" else "this_school",
        )

    def _write_rows(self) -> tuple[tuple[str, ...], ...]:
        """Write what stands out, then what is of all grades together, then the grades."""
        told = [one for one in self.others if one.verdict != CANNOT_TELL]
        calm = [one for one in self.others if one.verdict == CANNOT_TELL]
        parts: list[list[Trend]] = [[], [], []]
        for trend in self._sorted():
            parts[0 if trend.verdict != CANNOT_TELL else 1 if trend.trend_grade == ALL else 2].append(trend)
        first, whole, grades = ([self._write_row(trend) for trend in part] for part in parts)
        listed = [[one.write_row() for one in part] for part in (told, calm)]
        return (*first, *listed[0], *listed[1], *whole, *grades)

    def _write_row(self, trend: Trend) -> tuple[str, ...]:
        own = trend.cell.slope if trend.cell else None
        mark = WITHHELD_MARK if trend.cell is None else None
        label = self.settings.indicator(trend.measure).label
        return (
            label if trend.kind == "standing" else f"{label}, share below the cut",
            self._name_group(trend),
            mark or _signed(own.estimate if own else None, own.ci_low if own else None, own.ci_high if own else None),
            mark or _signed(trend.shrunken, trend.shrunken_low, trend.shrunken_high),
            mark or format_p(trend.q_value),
            mark or (trend.verdict if own else trend.cell.reason if trend.cell else ""),
        )

    def _keys(self, trend: Trend) -> dict[str, Any]:
        return {
            "requirement": "R6",
            "district_id": self.school.district_id,
            "school_id": self.school.school_id,
            "domain": self.settings.indicator(trend.measure).domain,
            "measure": trend.measure,
            "grade": trend.trend_grade,
            "group": trend.group,
            "method": METHODS[self.settings.follow],
            "design": "descriptive",
            "unit": f"{trend.kind}: {KINDS[trend.kind].format(population=self.settings.population)}",
        }


def find_trends(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> TrendsFinding:
    """Find the trends of a school that stand out from noise.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, groups, confidence level, false-discovery rate.
    comparison : Comparison
        Norms, shrunken slopes and what may be printed.

    Returns
    -------
    TrendsFinding
        Every trend; "none" may stand out.

    Raises
    ------
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    school = name_school(district, school_id=school_id)
    place = (school.district_id, school.school_id)
    ((_, trends),) = judge_schools(comparison, schools=[place], settings=settings)
    return TrendsFinding(
        school=school,
        settings=settings,
        trends=tuple(trends),
        limits=slope_limits(comparison, kind="standing"),
        others=judge_other_trends(of_school(comparison.frame(OTHER_FRAME), school=school), settings=settings),
    )


def _list_first(found: Sequence[Trend]) -> tuple[Trend, ...]:
    return tuple(sorted(found, key=lambda trend: (not trend.is_whole, -size_of(trend), key_of(trend)))[:MOST_LISTED])


def _count(count: int) -> str:
    return {1: "one is", 2: "two are", 3: "three are", 4: "four are", 5: "five are"}.get(count, f"{count} are")


def _signed(value: float | None, low: float | None, high: float | None) -> str:
    return format_with_interval(value, low=low, high=high, signed=True)
