"""Which indicators move together across the run's schools: a picture, and never a cause."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.connections import ACROSS, WITHIN
from mtss_analysis.findings.trends.season_panel import LABELS
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    count_of,
    draw_intervals,
    format_count,
    format_p,
    format_with_interval,
    likely_between,
)

NAME = "connections"
MOST_DRAWN = 8
MOST_PRINTED = 10
METHODS = {
    ACROSS: "correlation of the schools' yearly slopes, Fisher interval",
    WITHIN: "school and season effects taken out; CR2 by school",
}
FAMILIES = {
    ACROSS: "pairs of indicators across schools",
    WITHIN: "pairs of indicators and lags within schools",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConnectionsFinding:
    """How the indicators of the run's schools move together.

    Parameters
    ----------
    connections : DataFrame
        The comparison's ``connections``.
    """

    school: School
    settings: Settings
    connections: pd.DataFrame

    def heading(self) -> str:
        """Heading of its section."""
        return "Indicators that move together"

    def sentence(self) -> str:
        """The strongest connection of seasons, and how many there are."""
        known = self.connections[self.connections["estimate"].notna()]
        if known.empty:
            return cannot_say("which indicators move together", reason="there are too few schools, years or indicators")
        told = self._told()
        opening = f"We examined {count_of(len(known), 'connection')} between indicators of the run's schools."
        if told.empty:
            return f"{opening} Not one can be told apart from noise. See {self._refer()}."
        rest = f"{count_of(len(told), 'connection')} can be told apart from noise."
        best = told.sort_values("q_value", kind="stable").iloc[0]
        leads = told[told["lag"] != 0].sort_values("q_value", kind="stable")
        said = [self.say_connection(best)]
        if len(leads) and leads.index[0] != best.name:
            said.append(self.say_connection(leads.iloc[0]))
        return f"{opening} {rest} {' '.join(said)} See {self._refer()}."

    def say_connection(self, row: pd.Series) -> str:
        """Say one connection in a sentence.

        Parameters
        ----------
        row : Series
            A row of ``connections`` with an estimate.

        Returns
        -------
        str
            One sentence, without a cause.
        """
        first, second = self._name(row["first"]), self._name(row["second"])
        if row["lag"] < 0:
            first, second = second, first
        low, high = float(row["ci_low"]), float(row["ci_high"])
        way = "higher" if row["estimate"] > 0 else "lower"
        schools = f"{row['n_schools']} schools"
        ends = sorted((abs(low), abs(high))) if low * high > 0 else (low, high)
        if row["scope"] == ACROSS:
            together = "the same way" if row["estimate"] > 0 else "opposite ways"
            return (
                f"Across {schools}, the yearly trends of {first} and {second} go {together} (correlation "
                f"{row['estimate']:+.2f}, {likely_between(low=low, high=high)})."
            ).replace("-", "−")
        when = "in the same season" if row["lag"] == 0 else "in the season after"
        return (
            f"Where {first} was higher than usual for a school, {second} was {way} than usual {when}: "
            f"{abs(row['estimate']):.2f} standard deviations for one ({likely_between(low=ends[0], high=ends[1])}; "
            f"{schools}, {row['n']} pairs of seasons)."
        )

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """The connections within schools, the surest first."""
        known = self.connections[(self.connections["scope"] == WITHIN) & self.connections["estimate"].notna()]
        if known.empty:
            return None
        shown = known.sort_values(["q_value", "first", "second", "lag"], kind="stable").head(MOST_DRAWN)
        rows: list[IntervalRow] = []
        for heading, mine in (
            ("In the same season", shown[shown["lag"] == 0]),
            ("The first one season before the second", shown[shown["lag"] != 0]),
        ):
            if len(mine):
                rows.append(IntervalRow(label=heading, heading=True))
                rows.extend(self._draw(row) for _, row in mine.iterrows())
        told = len(set(shown.index) & set(self._told().index))
        return draw_intervals(
            name=NAME,
            caption=(
                f"Indicators of the same school from season to season: {told} of the {len(shown)} surest connections "
                f"{'is' if told == 1 else 'are'} told apart from none."
            ),
            rows=rows,
            x_label="Standard deviations of the second for one of the first, against what is usual for the school",
            limits=(-1.0, 1.0),
            lines=[ReferenceLine(value=0.0, label="no connection")],
            less="opposite ways",
            more="the same way",
            signed=True,
        )

    def table(self) -> Table | None:
        """Every connection."""
        if self.connections.empty:
            return None
        titles = ("Connection", "Measured", "Estimate (likely range)", "Schools", "Pairs", "q-value")
        by_certainty = self._sorted().sort_values("q_value", kind="stable", na_position="last")
        rows = tuple(self._write_row(row) for _, row in by_certainty.iterrows())
        return Table(
            name=NAME,
            caption="Connections between indicators: across schools a correlation of trends, within schools standard "
            "deviations of the second for one of the first.",
            columns=tuple(
                Column(title=title, align="right" if place > 1 else "left") for place, title in enumerate(titles)
            ),
            rows=rows,
            printed=MOST_PRINTED,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "These connections are of all schools of the run together, not of this school. That two indicators go "
            "together, or that one comes before the other, does not say that the one brings the other about.",
            "With few schools, only strong connections can be told apart from noise; errors of measurement draw all of "
            "them towards none.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every connection."""
        records = []
        told_places = set(self._told().index)
        minimum = get_profile(self.settings.profile).minimum
        for place, row in self._sorted().iterrows():
            known = pd.notna(row["estimate"])
            told = place in told_places
            numbers: dict[str, Any] = {
                name: float(row[name]) if pd.notna(row[name]) else None
                for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value", "q_value")
            }
            records.append(
                Record(
                    **self._keys(row),
                    **numbers,
                    ci_level=self.settings.ci_level if known else None,
                    n=int(row["n"]) if known and row["scope"] == WITHIN and row["n"] >= minimum else None,
                    n_clusters=int(row["n_schools"]) if known else None,
                    verdict=("move together" if told else "cannot tell") if known else None,
                    status="ok" if known else "not_estimable",
                    reason=None if known else str(row["reason"]),
                    sentence=self.say_connection(row) if told else None,
                )
            )
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _told(self) -> pd.DataFrame:
        """Those told apart from none that are no mere shadow of a stronger connection at another lag."""
        low_enough = self.connections["q_value"] <= self.settings.false_discovery_rate
        return self.connections[low_enough & self.connections["is_strongest"]]

    def _refer(self) -> str:
        drawn = ((self.connections["scope"] == WITHIN) & self.connections["estimate"].notna()).any()
        return f"@fig-{NAME} and @tbl-{NAME}" if drawn else f"@tbl-{NAME}"

    def _sorted(self) -> pd.DataFrame:
        return self.connections.sort_values(["scope", "first", "second", "lag"], kind="stable", ascending=True)

    def _name(self, indicator: object) -> str:
        labels = {one.measure: one.label for one in self.settings.indicators} | LABELS
        return labels.get(str(indicator), str(indicator).replace("_", " "))

    def _name_pair(self, row: pd.Series) -> str:
        first, second = self._name(row["first"]), self._name(row["second"])
        if row["lag"] == 0:
            return f"{first} and {second}"
        return f"{first}, then {second}" if row["lag"] > 0 else f"{second}, then {first}"

    def _draw(self, row: pd.Series) -> IntervalRow:
        return IntervalRow(
            label=self._name_pair(row),
            estimate=float(row["estimate"]),
            low=float(row["ci_low"]),
            high=float(row["ci_high"]),
            role="others",
        )

    def _write_row(self, row: pd.Series) -> tuple[str, ...]:
        where = "trends across schools" if row["scope"] == ACROSS else "seasons within schools"
        if pd.isna(row["estimate"]):
            return (self._name_pair(row), where, str(row["reason"]), "–", "–", "–")
        return (
            self._name_pair(row),
            where,
            format_with_interval(
                float(row["estimate"]), low=float(row["ci_low"]), high=float(row["ci_high"]), signed=True
            ),
            format_count(int(row["n_schools"])),
            format_count(int(row["n"])),
            format_p(float(row["q_value"])),
        )

    def _keys(self, row: pd.Series) -> dict[str, Any]:
        scope = str(row["scope"])
        lag = int(row["lag"])
        pair = f"{row['first']}+{row['second']}" if lag == 0 else f"{row['first']}>{row['second']}"
        return {
            "finding": f"connection_{scope}",
            "requirement": "R7",
            "district_id": self.school.district_id,
            "school_id": self.school.school_id,
            "group": pair if lag >= 0 else f"{row['second']}>{row['first']}",
            "level": self.settings.population,
            "method": METHODS[scope],
            "design": "descriptive",
            "unit": "correlation" if scope == ACROSS else "SD of the second for one of the first",
            "family": FAMILIES[scope],
        }


def find_connections(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> ConnectionsFinding:
    """Find which indicators move together in the schools of the run.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Labels, confidence level, false-discovery rate.
    comparison : Comparison
        Connections of all schools.

    Returns
    -------
    ConnectionsFinding
        The same in every school of a run; "none" is a legal answer.

    Raises
    ------
    DataError
        The district has no such school.
    """
    return ConnectionsFinding(
        school=name_school(district, school_id=school_id),
        settings=settings,
        connections=comparison.frame("connections"),
    )
