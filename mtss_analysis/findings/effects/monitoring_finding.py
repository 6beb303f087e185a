"""How students in an intervention are getting on as a group, and how far decision rules can be trusted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record, Status
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    draw_intervals,
    format_count,
    format_estimate,
    format_number,
    format_percent,
    format_school_year,
    format_with_interval,
    likely_between,
    of_every_100,
)

RULES = (
    ("four_points", "four points"),
    ("median_of_three", "median of three"),
    ("trend_line", "trend line"),
)
TITLES = ("", "This school", "All schools")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonitoringFinding:
    """The progress of one intervention's students in the latest year.

    Parameters
    ----------
    everywhere : Series
        All schools' row of ``monitoring``.
    here : Series or None
        This school's; None: nobody was followed.
    """

    school: School
    settings: Settings
    everywhere: pd.Series
    here: pd.Series | None

    @property
    def label(self) -> str:
        """Name of the intervention."""
        return str(self.everywhere["name"])

    def heading(self) -> str:
        """Heading of its section."""
        return f"Progress of students: {self.label}"

    def sentence(self) -> str:
        """The group's slope beside the goal's, who can be judged, and how often rules err."""
        here = self.here
        if here is None or here["status"] != "ok":
            what = f"how students in {self.label} are getting on in this school"
            reason = (
                "no student has three probes or more" if here is None else "too few students were followed to print it"
            )
            return f"{cannot_say(what, reason=reason)} See @tbl-{self._name}."
        error = float(here["four_points_error"])
        return (
            f"{self._say_slope(here)} {of_every_100(float(here['ready_pct']))} students have probes enough for "
            "a decision, six or more "
            f"over six weeks; {of_every_100(float(here['discrepant_pct']))} are low in level and slow in growth. "
            f"The four-point rule says “change” for {of_every_100(float(here['four_points_pct']))} of them at "
            "the end, but over "
            f"{int(here['points'])} probes it would say so at least once for {of_every_100(error)} students who "
            "are exactly on "
            f"the goal line. See @fig-{self._name} and @tbl-{self._name}."
        )

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Mean slope of this school, of all schools and of the goal."""
        if self.here is None or self.here["status"] != "ok" or self.everywhere["status"] != "ok":
            return None
        rows = [
            _draw("this school", self.here, role="this_school"),
            _draw("all schools", self.everywhere, role="state"),
        ]
        ends = [
            abs(float(row[name]))
            for row in (self.here, self.everywhere)
            for name in ("slope_low", "slope_high", "goal_slope")
        ]
        limit = max([end for end in ends if np.isfinite(end)], default=1.0)
        goal = float(self.here["goal_slope"])
        lines = [ReferenceLine(value=0.0, label="no growth")]
        if pd.notna(goal):
            lines.append(ReferenceLine(value=goal, label="goal"))
        return draw_intervals(
            name=self._name,
            caption=f"Mean growth a week of students in {self.label}, this school and all schools, and the goal.",
            rows=rows,
            x_label="Growth a week, the probe's unit",
            limits=(-round(1.2 * limit, 1), round(1.2 * limit, 1)),
            lines=lines,
            less="falling",
            more="rising",
            signed=True,
        )

    def table(self) -> Table | None:
        """Slopes, readiness, discrepancy and the three rules with their error rates."""
        rows = [
            ("Students with three probes or more", *self._cells("n", format_count)),
            ("Growth a week (likely range)", *(self._write_slope(row) for row in (self.here, self.everywhere))),
            ("Growth a week of the goal", *self._cells("goal_slope", lambda value: format_number(value, decimals=2))),
            ("Ready for a decision", *self._cells("ready_pct", format_percent)),
            ("Low in level and slow in growth", *self._cells("discrepant_pct", format_percent)),
        ]
        rows += [(f"Rule of {label}: says change (on the line)", *self._write_rule(name)) for name, label in RULES]
        return Table(
            name=self._name,
            caption=f"Progress of students in {self.label}, {format_school_year(str(self.everywhere['school_year']))}.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(TITLES)
            ),
            rows=tuple(rows),
            note="On the line, in brackets: share of students exactly on the goal line for whom the rule, asked "
            "after every probe, would say change at least once though nothing is wrong. Six probes over six weeks: "
            "National Center on Intensive Intervention.",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "The growth of students in an intervention is not its effect: nobody without it is compared.",
            "A rule is a reason to look at a student's line and its range, not a verdict; no student is shown "
            "in a packet.",
        )

    def records(self) -> tuple[Record, ...]:
        """Slope, readiness, discrepancy and rules of this school and of all."""
        places = [(self.everywhere, None)] + ([(self.here, self.school.school_id)] if self.here is not None else [])
        return tuple(record for row, school_id in places for record in self._record(row, school_id=school_id))

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _name(self) -> str:
        return f"progress-{self.everywhere['intervention_id']}-{self.everywhere['measure']}".replace("_", "-").lower()

    def _say_slope(self, row: pd.Series) -> str:
        low, high = float(row["slope_low"]), float(row["slope_high"])
        goal = (
            ""
            if pd.isna(row["goal_slope"])
            else f"; the goal asks for {format_number(float(row['goal_slope']), decimals=2)}"
        )
        size = format_estimate(float(row["slope"]), low=low, high=high)
        return (
            f"In {format_school_year(str(row['school_year']))} students in {self.label} in this school grew by "
            f"{size} a week on "
            f"average ({likely_between(low=low, high=high)}){goal}."
        )

    def _write_slope(self, row: pd.Series | None) -> str:
        if row is None or pd.isna(row["slope"]):
            return _mark(row)
        return format_with_interval(
            float(row["slope"]), low=_finite(row["slope_low"]), high=_finite(row["slope_high"]), signed=True
        )

    def _write_rule(self, name: str) -> tuple[str, str]:
        """Write for how many a rule says change, and in brackets how often it errs."""
        said, errs = self._cells(f"{name}_pct", format_percent), self._cells(f"{name}_error", format_percent)
        here, everywhere = (one if one == other else f"{one} ({other})" for one, other in zip(said, errs, strict=True))
        return here, everywhere

    def _cells(self, name: str, write: object) -> tuple[str, str]:
        return tuple(
            _mark(row) if row is None or pd.isna(row[name]) else str(write(float(row[name])))  # type: ignore[operator]
            for row in (self.here, self.everywhere)
        )  # type: ignore[return-value]  # two rows

    def _record(self, row: pd.Series, *, school_id: str | None) -> list[Record]:
        withheld = row["status"] != "ok"
        keys = {
            "requirement": "R29",
            "district_id": self.school.district_id,
            "school_id": school_id,
            "level": "school" if school_id else self.settings.population,
            "school_year": str(row["school_year"]),
            "measure": str(row["measure"]),
            "group": str(row["intervention_id"]),
        }
        wanted: list[tuple[str, str, str, str]] = [
            ("progress_slope", "slope", "probe units a week", "mean of students' least-squares slopes, t interval"),
            ("progress_goal_slope", "goal_slope", "probe units a week", "mean slope of the goal lines"),
            ("progress_decision_ready", "ready_pct", "percent", "six probes or more over six weeks or more"),
            ("progress_dual_discrepancy", "discrepant_pct", "percent", "level and slope one SD under the others' mean"),
        ]
        for name, label in RULES:
            wanted.append((f"progress_rule_{name}", f"{name}_pct", "percent", f"rule of {label}: change"))
            wanted.append(
                (f"progress_error_{name}", f"{name}_error", "percent", f"rule of {label} of students on the goal line")
            )
        records = []
        for finding, column, unit, method in wanted:
            value = _finite(row[column])
            status: Status = "withheld" if withheld else "ok" if value is not None else "not_estimable"
            is_slope = column == "slope" and value is not None
            records.append(
                Record(
                    **keys,  # type: ignore[arg-type]  # text by field
                    finding=finding,
                    unit=unit,
                    method=method,
                    estimate=value,
                    ci_low=_finite(row["slope_low"]) if is_slope else None,
                    ci_high=_finite(row["slope_high"]) if is_slope else None,
                    ci_level=self.settings.ci_level if is_slope else None,
                    n=int(row["n"]) if value is not None else None,
                    status=status,
                    reason=None
                    if status == "ok"
                    else "too few students to print"
                    if withheld
                    else "no goal, or too few probes",
                    sentence=self._say_slope(row) if is_slope and school_id else None,
                )
            )
        return records


def find_progress(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[MonitoringFinding, ...]:
    """Find how the students of every intervention are getting on.

    Parameters
    ----------
    district : District
        The school's slice; it names the school.
    school_id : str
        Which school.
    settings : Settings
        Confidence level, population.
    comparison : Comparison
        Progress of all schools.

    Returns
    -------
    tuple of MonitoringFinding
        One per intervention and probe with phaseless probes in the latest year; empty where there are none.

    Raises
    ------
    DataError
        The district has no such school.
    """
    school = name_school(district, school_id=school_id)
    frame = comparison.frame("monitoring")
    if frame.empty:
        return ()
    everywhere = frame[frame["school_id"] == ""]
    found = []
    for _, row in everywhere.iterrows():
        mine = of_school(frame, school=school, intervention_id=str(row["intervention_id"]), measure=str(row["measure"]))
        here = mine.iloc[0] if len(mine) else None
        found.append(MonitoringFinding(school=school, settings=settings, everywhere=row, here=here))
    return tuple(found)


def _draw(label: str, row: pd.Series, *, role: str) -> IntervalRow:
    return IntervalRow(
        label=label,
        estimate=float(row["slope"]),
        low=_finite(row["slope_low"]),
        high=_finite(row["slope_high"]),
        role="state" if role == "state" else "this_school",
    )


def _mark(row: pd.Series | None) -> str:
    return "withheld" if row is not None and row["status"] != "ok" else "–"


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
