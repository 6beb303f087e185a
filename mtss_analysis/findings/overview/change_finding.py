"""Level and change of every school in one picture: where it stands, and where it is going."""

from dataclasses import dataclass

import pandas as pd

from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.overview.rows import list_rows
from mtss_analysis.findings.overview.source import PLACE, OverviewSource
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Indicator
from mtss_analysis.findings.shrunken import add_shrunken
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import Column, Figure, Table, cannot_say, count_of, format_with_interval
from mtss_analysis.show.charts.points import Curve, Point, draw_points

METHOD = "change a year over all grades; shrunken by empirical Bayes over the schools of the overview"
LEAST_SCHOOLS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangeFinding:
    """Level and change of one indicator, school by school."""

    source: OverviewSource
    indicator: Indicator
    schools: pd.DataFrame

    def heading(self) -> str:
        """Heading of its section."""
        return f"{self.indicator.label.capitalize()}: level and change"

    def sentence(self) -> str:
        """In how many schools the change can be told apart from none, by where they stand."""
        known = self.schools
        if len(known) < LEAST_SCHOOLS:
            reason = f"fewer than {LEAST_SCHOOLS} schools have both a level and a change over three years to print"
            return cannot_say(f"how level and change go together in {self.indicator.label}", reason=reason)
        below, above = known[known["shrunken_level"] < 0], known[known["shrunken_level"] >= 0]
        parts = [
            f"of {count_of(len(side), 'school')} {words}, {self._count(side)}"
            for side, words in ((below, "below the average"), (above, "at or above it"))
            if len(side)
        ]
        said = "; ".join(parts)
        table = "" if self.source.level == "state" else f" and @tbl-{self._name}"
        return f"In {self.indicator.label}, {said}. See @fig-{self._name}{table}."

    def answer(self) -> str:
        """Nothing: the picture is for reading closely."""
        return ""

    def figure(self) -> Figure | None:
        """Every school: its level across, its change upwards, both shrunken and with intervals."""
        if len(self.schools) < LEAST_SCHOOLS:
            return None
        keys = self.source.keys()
        points = [
            Point(
                x=float(row.shrunken_level), y=float(row.shrunken), low=float(row.shrunken_low),
                high=float(row.shrunken_high), x_low=float(row.level_low), x_high=float(row.level_high),
                role="this_school" if self.source.level == "district" else "others",
                key=keys.get((row.district_id, row.school_id), ""),
                name=str(row.school_name) if self.source.level == "district" else "",
            )
            for row in list_rows(self.schools)
        ]  # fmt: skip
        ends = [value for point in points for value in (point.x_low or 0.0, point.x_high or 0.0)]
        rises = [value for point in points for value in (point.low or 0.0, point.high or 0.0)]
        across, up = (1.08 * max(abs(value) for value in values) for values in (ends, rises))
        return draw_points(
            name=self._name,
            caption=(
                f"Level and change in {self.indicator.label}, {count_of(len(points), 'school')}; lines: likely ranges."
            ),
            finding=self.sentence().split(" See @")[0],
            points=points,
            x_label=f"Mean standing, like for like, {self._unit}: the average is 0",
            y_label=f"Change in mean standing a year, {self._unit} (shrunken)",
            curves=[
                Curve(x=[-across, across], y=[0.0, 0.0], label="no change", role="benchmark"),
                Curve(x=[0.0, 0.0], y=[-up, up], label="", role="benchmark"),
            ],
            x_limits=(-across, across),
            y_limits=(-up, up),
            note="Letters as in the table." if keys and self.source.level == "district" else "",
        )

    def table(self) -> Table | None:
        """Every school with a level and a change, in the order of the roster."""
        if len(self.schools) < LEAST_SCHOOLS or self.source.level == "state":
            return None
        keys = self.source.keys()
        titles = ("School", "Level, like for like (likely range)", "Change a year (likely range)")
        return Table(
            name=self._name,
            caption=(
                f"Level and change in {self.indicator.label}, {self._unit}, both shrunken, in the order of the roster."
            ),
            columns=tuple(
                Column(title=title, align="left" if place == 0 else "right") for place, title in enumerate(titles)
            ),
            rows=tuple(
                (
                    f"{keys.get((row.district_id, row.school_id), '')} {row.school_name}".strip(),
                    format_with_interval(row.shrunken_level, low=row.level_low, high=row.level_high, signed=True),
                    format_with_interval(row.shrunken, low=row.shrunken_low, high=row.shrunken_high, signed=True),
                )
                for row in list_rows(self.schools)
            ),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if self.schools.empty:
            return ()
        return (
            "Level and change share the latest year's scores: a year that was by chance low pulls both down, so they "
            "go together a little where nothing does.",
        )

    def records(self) -> tuple[Record, ...]:
        """Each school's change a year over all its grades."""
        return tuple(
            Record(
                finding="change_of_school", requirement="R41", district_id=row.district_id, school_id=row.school_id,
                domain=self.indicator.domain, measure=self.indicator.measure, grade=ALL, group=ALL, level="school",
                method=METHOD, design="descriptive", estimate=float(row.shrunken), ci_low=float(row.shrunken_low),
                ci_high=float(row.shrunken_high), ci_level=self.source.settings.ci_level,
                unit=f"{self.source.whole} SD per year",
            )
            for row in list_rows(self.schools)
        )  # fmt: skip

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _name(self) -> str:
        return "change-" + self.indicator.measure.replace("_", "-").lower()

    @property
    def _unit(self) -> str:
        return f"{self.source.whole} standard deviations"

    @staticmethod
    def _count(side: pd.DataFrame) -> str:
        rose, fell = int((side["shrunken_low"] > 0).sum()), int((side["shrunken_high"] < 0).sum())
        if not rose and not fell:
            return "none can be told to rise or fall"
        return f"{rose or 'none'} likely {'rises' if rose == 1 else 'rise'} and {fell or 'none'} likely " + (
            "falls" if fell == 1 else "fall"
        )


def find_level_and_change(source: OverviewSource) -> tuple[ChangeFinding, ...]:
    """Put level and change of all schools side by side, one finding per indicator.

    Parameters
    ----------
    source : OverviewSource
        A district's or a state's schools.

    Returns
    -------
    tuple of ChangeFinding
        In the order of the run's indicators.
    """
    return tuple(
        ChangeFinding(source=source, indicator=one, schools=_join(source, measure=one.measure))
        for one in source.settings.indicators
    )


def _join(source: OverviewSource, *, measure: str) -> pd.DataFrame:
    trends = source.trends
    own = trends[(trends["measure"] == measure) & (trends["kind"] == "standing")]
    own = own[(own["group"] == ALL) & (own["trend_grade"] == ALL)].reset_index(drop=True)
    changes = add_shrunken(own, estimate="slope", std_error="std_error", ci_level=source.settings.ci_level)
    levels = source.fair[(source.fair["measure"] == measure) & source.fair["shrunken"].notna()]
    levels = levels[[*PLACE, "shrunken", "shrunken_low", "shrunken_high"]].set_axis(
        [*PLACE, "shrunken_level", "level_low", "level_high"], axis=1
    )
    joined = changes[changes["shrunken"].notna()].merge(levels, on=PLACE)
    return source.own(joined)
