"""Where Tier 1 deserves a look: students in Tier 2 or Tier 3 by grade, and whether classrooms of a grade differ."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import GRADE, KNOWN, SUPPORTED
from mtss_analysis.findings.tiers.guides import GUIDES
from mtss_analysis.findings.tiers.own import TierWindow, describe_windows, estimate_pct, latest_known
from mtss_analysis.findings.tiers.phrases import ADVICE, name_scope, name_window
from mtss_analysis.findings.tiers.share_records import METHOD, TOO_FEW
from mtss_analysis.measures.groups import ALL, order_grade
from mtss_analysis.measures.tiers import OVERALL
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    draw_intervals,
    format_interval,
    format_percent,
    join_words,
    likely_between,
    name_grade,
    of_every_100,
)
from mtss_analysis.stats import Interval

DIFFERS_BELOW = 0.05
"""Classrooms are said to differ where chance alone would make them differ so much in fewer than 5 of 100 schools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeSupport:
    """Students of a grade in Tier 2 or Tier 3; ``share`` is None and ``n`` too where it may not be printed."""

    grade: str
    scope: str
    share: Interval | None
    n: int | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradeSupportFinding:
    """Support by grade in the latest window.

    Parameters
    ----------
    window : TierWindow or None
        The latest one, all grades together.
    by_grade : mapping of (scope, grade) to GradeSupport
        Of that window.
    classrooms_differ : bool or None
        Whether classrooms of the same grade differ more than chance makes them; None if there are too few to say.
    classrooms_p : float or None
        Its p-value.
    n_classrooms : int or None
        Classrooms compared.
    """

    school: School
    settings: Settings
    window: TierWindow
    by_grade: Mapping[tuple[str, str], GradeSupport]
    classrooms_differ: bool | None
    classrooms_p: float | None
    n_classrooms: int | None

    def heading(self) -> str:
        """Heading of its section."""
        return "Where core teaching deserves a look"

    def sentence(self) -> str:
        """Whether Tier 2 and Tier 3 hold more than the guide leaves room for, and in which grades."""
        supported = self.window.shares[SUPPORTED]
        when = name_window(self.window)
        if supported.share is None:
            return cannot_say(
                f"where most students are in Tier 2 or Tier 3 in {when}", reason="the number of students is withheld"
            )
        most = self._most_pct
        share = supported.share
        opening = (
            f"In {when}, {of_every_100(share.estimate)} students with a known tier were in Tier 2 or Tier 3 "
            f"({likely_between(low=share.ci_low, high=share.ci_high, decimals=0)}); "
            f"{GUIDES[self.settings.tiers.guide].label} leaves room for {most:.0f}."
        )
        return " ".join(part for part in (opening, self._say_where(), self._say_classrooms(), self._refer()) if part)

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Share in Tier 2 or Tier 3 of each grade."""
        if not self._is_drawn():
            return None
        found = [self.by_grade[OVERALL, grade] for grade in self._grades]
        return draw_intervals(
            name="tier-grades",
            caption=f"Students in Tier 2 or Tier 3 by grade, {name_window(self.window)}. {self._say_where()}".strip(),
            rows=[_draw(one) for one in found],
            x_label="Students in Tier 2 or Tier 3, percent of those with a known tier",
            limits=(0.0, 100.0),
            unit="percent",
            lines=[ReferenceLine(value=self._most_pct, label="Room in the guide")],
            annotation_title="percent (likely range)",
        )

    def table(self) -> Table | None:
        """Grades by domain."""
        if not self._is_drawn():
            return None
        scopes = [OVERALL, *sorted({scope for scope, _ in self.by_grade} - {OVERALL})]
        titles = ["Grade", "Students with a known tier", "Any domain (likely range)"]
        titles += [name_scope(scope)[:1].upper() + name_scope(scope)[1:] for scope in scopes[1:]]
        rows = []
        for grade in self._grades:
            overall = self.by_grade[OVERALL, grade]
            cells = [WITHHELD_MARK if overall.n is None else str(overall.n)]
            for scope in scopes:
                one = self.by_grade.get((scope, grade))
                cells.append(NOT_ESTIMABLE if one is None else _write(one.share, ranged=scope == OVERALL))
            rows.append((name_grade(grade).capitalize(), *cells))
        withheld = any(WITHHELD_MARK in row for row in rows)
        return Table(
            name="tier-grades",
            caption=f"Students in Tier 2 or Tier 3 by grade and domain, {name_window(self.window)}.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if withheld else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            ADVICE,
            "Classrooms are compared together and none is shown: a classroom's number would be a teacher's. Who is "
            "placed in which classroom, and who decides on tiers, can make classrooms differ, too.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every grade and domain, and the comparison of classrooms."""
        shares = tuple(
            Record(
                finding="tier_share_by_grade",
                requirement="R2",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                school_year=self.window.school_year,
                domain=scope,
                measure=f"tier_{SUPPORTED}_{self.window.window}",
                grade=grade,
                group=ALL,
                method=METHOD,
                design=f"guide {self.settings.tiers.guide}",
                estimate=one.share.estimate if one.share else None,
                unit="percent",
                ci_low=one.share.ci_low if one.share else None,
                ci_high=one.share.ci_high if one.share else None,
                ci_level=one.share.ci_level if one.share else None,
                n=one.n if one.share else None,
                status="ok" if one.share else "withheld",
                reason=None if one.share else TOO_FEW,
            )
            for (scope, grade), one in sorted(self.by_grade.items())
        )
        known = self.classrooms_p is not None
        return (
            *shares,
            Record(
                finding="tier_classrooms_differ",
                requirement="R2",
                district_id=self.school.district_id,
                school_id=self.school.school_id,
                school_year=self.window.school_year,
                domain=OVERALL,
                measure=f"tier_{SUPPORTED}_{self.window.window}",
                grade=ALL,
                group=ALL,
                method="chi-square of classrooms within grades of three classrooms or more",
                design="descriptive",
                p_value=self.classrooms_p,
                n_clusters=self.n_classrooms,
                verdict=None if not known else "differ" if self.classrooms_differ else "cannot tell",
                status="ok" if known else "not_estimable",
                reason=None if known else "no grade has three classrooms or more that can be compared",
            ),
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _most_pct(self) -> float:
        return GUIDES[self.settings.tiers.guide].most_support_pct()

    @property
    def _grades(self) -> list[str]:
        return sorted({grade for scope, grade in self.by_grade if scope == OVERALL}, key=order_grade)

    def _say_where(self) -> str:
        supported = self.window.shares[SUPPORTED]
        if supported.share is None or supported.share.estimate <= self._most_pct:
            return ""
        above = [
            grade
            for grade in self._grades
            if (share := self.by_grade[OVERALL, grade].share) is not None and share.ci_low > self._most_pct
        ]
        known = [grade for grade in self._grades if self.by_grade[OVERALL, grade].share is not None]
        if not known:
            return "No grade can be shown by itself."
        if not above:
            return "No single grade that can be shown lies above that beyond noise."
        if len(above) == len(self._grades) and len(above) > 1:
            return "Every grade lies above that: first of all, look at core teaching in Tier 1 of the whole school."
        named = join_words([name_grade(grade) for grade in above])
        return f"Above that beyond noise: {named}. First of all, look at core teaching in Tier 1 there."

    def _say_classrooms(self) -> str:
        supported = self.window.shares[SUPPORTED]
        if supported.share is None or supported.share.estimate <= self._most_pct:
            return ""
        if self.classrooms_differ is None:
            return "Classrooms cannot be compared: no grade has three or more that can be."
        if self.classrooms_differ:
            return "Classrooms of the same grade differ by more than chance makes them."
        return "Classrooms of the same grade cannot be told apart."

    def _refer(self) -> str:
        return "See @fig-tier-grades and @tbl-tier-grades." if self._is_drawn() else ""

    def _is_drawn(self) -> bool:
        return any(one.share for (scope, _), one in self.by_grade.items() if scope == OVERALL)


def find_grade_support(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[GradeSupportFinding, ...]:
    """Find in which grades many students are in Tier 2 or Tier 3.

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
    tuple of GradeSupportFinding
        One; none where no window of the latest year may be printed.
    """
    school = name_school(district, school_id=school_id)
    windows = describe_windows(comparison, school=school, scope=OVERALL, settings=settings)
    last = latest_known(windows)
    if last is None or last is not windows[-1]:
        return ()
    cells = of_school(
        comparison.frame("tier_cells"),
        school=school,
        turn=GRADE,
        school_year=last.school_year,
        window=last.window,
    )
    by_grade = {}
    for (scope, grade), rows in cells.groupby(["scope", "grade"], sort=True):
        shown = rows[rows["status"] == "ok"]
        count = dict(zip(shown["cell"], shown["count"].astype("int64"), strict=True))
        known = KNOWN in count and SUPPORTED in count
        by_grade[str(scope), str(grade)] = GradeSupport(
            grade=str(grade),
            scope=str(scope),
            n=int(count[KNOWN]) if known else None,
            share=estimate_pct(successes=int(count[SUPPORTED]), n=int(count[KNOWN]), ci_level=settings.ci_level)
            if known
            else None,
        )
    frame = comparison.frame("tier_classrooms")
    rooms = of_school(frame, school=school, scope=OVERALL, school_year=last.school_year, window=last.window)
    p_value = float(rooms["p_value"].iloc[0]) if len(rooms) else None
    return (
        GradeSupportFinding(
            school=school,
            settings=settings,
            window=last,
            by_grade=by_grade,
            classrooms_differ=None if p_value is None else p_value < DIFFERS_BELOW,
            classrooms_p=p_value,
            n_classrooms=int(rooms["n_classrooms"].iloc[0]) if len(rooms) else None,
        ),
    )


def _draw(one: GradeSupport) -> IntervalRow:
    label = name_grade(one.grade).capitalize()
    if one.share is None:
        return IntervalRow(label=label, reason="withheld")
    return IntervalRow(label=label, estimate=one.share.estimate, low=one.share.ci_low, high=one.share.ci_high)


def _write(share: Interval | None, *, ranged: bool) -> str:
    if share is None:
        return WITHHELD_MARK
    within = format_interval(low=share.ci_low, high=share.ci_high, style="to", unit="%", decimals=0)
    return f"{format_percent(share.estimate)} ({within})" if ranged else format_percent(share.estimate)
