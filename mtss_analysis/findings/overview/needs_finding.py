"""Where the needs are: every school's level and trends side by side, and the trends that many schools share."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.overview.rows import list_rows
from mtss_analysis.findings.overview.shared import NOT_SHARED, SHARED_BETTER, SHARED_WORSE, find_shared
from mtss_analysis.findings.overview.source import OverviewSource
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.trends.slopes import KINDS
from mtss_analysis.measures.groups import ALL, GRADES
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    cannot_say,
    count_of,
    format_p,
    format_with_interval,
    join_words,
    likely_between,
    name_grade,
)

METHOD = "random-effects mean over schools, Hartung-Knapp interval; Benjamini-Hochberg over the trends"
MOST_NAMED = 4
SCHOOL_TABLE, SHARED_TABLE = "needs-schools", "shared-trends"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolsFinding:
    """Schools by indicators: where each stands and how many of its trends rise or fall."""

    source: OverviewSource

    def heading(self) -> str:
        """Heading of its section."""
        return "Where the needs are"

    def sentence(self) -> str:
        """How many schools have a trend that needs attention, and in what."""
        trends = self.source.trends
        if trends.empty:
            return (
                cannot_say(
                    "where the needs are", reason="no trend of at least three years of any school may be printed"
                )
                + self._refer()
            )
        n = trends[["district_id", "school_id"]].drop_duplicates().shape[0]
        parts = []
        for indicator in self.source.settings.indicators:
            own = trends[trends["measure"] == indicator.measure]
            if own.empty:
                continue
            fell, rose = (self._count(own, verdict) for verdict in ("concerning", "promising"))
            parts.append(f"in {indicator.label}, {fell} with a concerning and {rose} with a promising trend")
        return f"Of {count_of(n, 'school')} with trends that may be printed: {'; '.join(parts)}.{self._refer()}"

    def answer(self) -> str:
        """Nothing: the shared trends answer."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing: the table is the picture."""
        return None

    def table(self) -> Table | None:
        """Every school in the order of the roster."""
        if self.source.level == "state" or self.source.roster.empty:
            return None
        keys = self.source.keys()
        indicators = self.source.settings.indicators
        rows = tuple(
            (
                f"{keys.get((row.district_id, row.school_id), '')} {row.school_name}".strip(),
                *(cell for one in indicators for cell in self._write(row, measure=one.measure)),
                *([self._write_support(row)] if len(self.source.support) else []),
            )
            for row in list_rows(self.source.roster)
        )
        columns = [Column(title="School")]
        for one in indicators:
            label = one.label.capitalize()
            columns += [Column(title=f"{label}: level"), Column(title=f"{label}: trends")]
        if len(self.source.support):
            columns.append(Column(title="In Tier 2 or 3", align="right"))
        return Table(
            name=SCHOOL_TABLE,
            caption=(
                "Schools in the order of the roster. Level: like for like among the schools compared. Trends: how many "
                "of those that may be printed are promising (+) or concerning (−); 0: none can be told apart from "
                "noise."
            ),
            columns=tuple(columns),
            rows=rows,
            note=WITHHELD_NOTE if any(WITHHELD_MARK in cell for row in rows for cell in row) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "The table shows where to look together, not who did well: a level says little about what a school adds, "
            "and small schools have fewer trends that can be told apart from noise.",
        )

    def records(self) -> tuple[Record, ...]:
        """Nothing new: the numbers stand in the schools' packets and in the comparison."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Schools whose students as a whole move, for page one."""
        trends = self.source.trends
        whole = trends[(trends["kind"] == "standing") & (trends["group"] == ALL) & (trends["trend_grade"] == ALL)]
        notes: list[Note] = []
        for kind, verdict, moved in (("attention", "concerning", "lose"), ("well", "promising", "gain")):
            for indicator in self.source.settings.indicators:
                own = self.source.own(whole[(whole["measure"] == indicator.measure) & (whole["verdict"] == verdict)])
                if len(own):
                    names = list(own["school_name"])
                    who = join_words(names) if len(names) <= MOST_NAMED else count_of(len(names), "school")
                    said = f"In {indicator.label}, the students of {who} {moved} on the {self.source.whole}'s average."
                    notes.append({"kind": kind, "measure": indicator.measure, "sentence": said})
        return tuple(notes)

    def _refer(self) -> str:
        return "" if self.source.level == "state" else f" See @tbl-{SCHOOL_TABLE}."

    @staticmethod
    def _count(own: pd.DataFrame, verdict: str) -> str:
        n = own[own["verdict"] == verdict][["district_id", "school_id"]].drop_duplicates().shape[0]
        return count_of(n, "school") if n else "no school"

    def _write(self, row: SimpleNamespace, *, measure: str) -> tuple[str, str]:
        fair, trends = self.source.fair, self.source.trends
        place = fair[(fair["district_id"] == row.district_id) & (fair["school_id"] == row.school_id)]
        place = place[place["measure"] == measure]
        level = "–"
        if len(place):
            status, verdict = place["status"].iloc[0], place["verdict"].iloc[0]
            level = verdict if status == "ok" else WITHHELD_MARK if status == "withheld" else "–"
        own = trends[(trends["district_id"] == row.district_id) & (trends["school_id"] == row.school_id)]
        own = own[own["measure"] == measure]
        if own.empty:
            return level, "–"
        good, bad = (int((own["verdict"] == verdict).sum()) for verdict in ("promising", "concerning"))
        told = " ".join([*([f"+{good}"] if good else []), *([f"−{bad}"] if bad else [])])
        return level, f"{told or '0'} of {len(own)}"

    def _write_support(self, row: SimpleNamespace) -> str:
        support = self.source.support
        own = support[(support["district_id"] == row.district_id) & (support["school_id"] == row.school_id)]
        if own.empty:
            return WITHHELD_MARK
        return f"{100 * own['n_support'].iloc[0] / own['n_known'].iloc[0]:.0f}%"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedFinding:
    """The trends that many schools share, which point beyond the single school."""

    source: OverviewSource
    shared: pd.DataFrame

    def heading(self) -> str:
        """Heading of its section."""
        return "Trends that many schools share"

    def sentence(self) -> str:
        """Which trends are shared."""
        if self.shared.empty:
            reason = "no trend may be printed in at least three schools"
            return cannot_say("which trends schools share", reason=reason)
        return f"{self.answer()} See @tbl-{SHARED_TABLE}."

    def answer(self) -> str:
        """Which trends are shared, in short."""
        if self.shared.empty:
            return ""
        found = self.shared[self.shared["verdict"] != NOT_SHARED]
        opening = f"We looked at {count_of(len(self.shared), 'trend')} that at least three schools have."
        if found.empty:
            return f"{opening} Not one is shared by the schools beyond noise."
        parts = [opening]
        for verdict, words in ((SHARED_WORSE, "for the worse"), (SHARED_BETTER, "for the better")):
            side = found[found["verdict"] == verdict]
            if len(side):
                verb = "goes" if len(side) == 1 else "go"
                parts.append(f"{len(side)} {verb} {words} in the schools together: {self.say_trend(self._first(side))}")
        return " ".join(parts)

    def say_trend(self, row: "pd.Series[Any]") -> str:
        """Say one shared trend in a clause that ends the sentence.

        Parameters
        ----------
        row : Series
            A row of the shared trends.

        Returns
        -------
        str
            Ends with a full stop.
        """
        label = self.source.settings.indicator(row["measure"]).label
        whom = self._name(row)
        low, high = sorted((abs(row["low"]), abs(row["high"])))
        if row["low"] * row["high"] < 0:
            low, high = row["low"], row["high"]
        within = likely_between(low=low, high=high)
        moved = "gain" if row["mean"] > 0 else "lose"
        told = f"{moved} about {abs(row['mean']):.2f} {self.source.whole} standard deviations a year"
        return f"in {label}, {whom} {told} ({within}), averaged over {row['n_schools']} schools."

    def figure(self) -> Figure | None:
        """Nothing: the table says it."""
        return None

    def table(self) -> Table | None:
        """Every trend that at least three schools have, all students first."""
        if self.shared.empty:
            return None
        titles = ("Change a year in", "Students", "Schools", "Promising", "Concerning", "Average (likely range)",
                  "q-value", "Verdict")  # fmt: skip
        measures = [one.measure for one in self.source.settings.indicators]
        order = self.shared.assign(
            measure_at=self.shared["measure"].map(measures.index),
            group_at=(self.shared["group"] != ALL).astype(int),
            grade_at=self.shared["trend_grade"].map(_order_grade),
        ).sort_values(["measure_at", "group_at", "grade_at", "group"], kind="stable")
        shown = order[(order["group"] == ALL) | (order["verdict"] != NOT_SHARED)]
        return Table(
            name=SHARED_TABLE,
            caption=(
                f"Trends of at least three schools: mean standing, {self.source.whole} standard deviations. Of student "
                "groups, only those told apart from noise are listed."
            ),
            columns=tuple(
                Column(title=title, align="right" if 1 < place < 7 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(
                (
                    self.source.settings.indicator(row["measure"]).label,
                    self._name(row),
                    str(row["n_schools"]),
                    str(row["n_promising"]),
                    str(row["n_concerning"]),
                    format_with_interval(row["mean"], low=row["low"], high=row["high"], signed=True),
                    format_p(row["q_value"]),
                    row["verdict"],
                )
                for _, row in shown.iterrows()
            ),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        told = (
            "What many schools share goes with something that reaches them all: a test, a curriculum, a year. Which of "
            "these, the data do not tell.",
        )
        if self.source.settings.follow == "cohort" and self.source.whole == "state" and self.source.level == "state":
            return (
                *told,
                "Scores are compared with the state's of the same year and grade, so the state as a whole cannot move.",
            )
        return told

    def records(self) -> tuple[Record, ...]:
        """Every shared trend."""
        return tuple(
            Record(
                finding="trend_shared", requirement="R41", district_id=self.source.district_id, school_id=None,
                domain=self.source.settings.indicator(row["measure"]).domain, measure=row["measure"],
                grade=row["trend_grade"], group=row["group"], level=self.source.level, method=METHOD,
                design="descriptive", estimate=float(row["mean"]),
                unit=f"{row['kind']}: {KINDS[row['kind']].format(population=self.source.whole)}",
                ci_low=float(row["low"]), ci_high=float(row["high"]), ci_level=self.source.settings.ci_level,
                p_value=float(row["p_value"]), q_value=float(row["q_value"]), family="trends of the schools",
                n=int(row["n_schools"]), verdict=row["verdict"],
            )
            for _, row in self.shared.iterrows()
        )  # fmt: skip

    def notes(self) -> tuple[Note, ...]:
        """The steepest shared trend of each indicator, for page one."""
        notes: list[Note] = []
        for kind, verdict in (("attention", SHARED_WORSE), ("well", SHARED_BETTER)):
            side = self.shared[self.shared["verdict"] == verdict]
            for measure in dict.fromkeys(side["measure"]):
                said = self.say_trend(self._first(side[side["measure"] == measure]))
                notes.append({"kind": kind, "measure": measure, "sentence": said[0].upper() + said[1:]})
        return tuple(notes)

    @staticmethod
    def _first(rows: pd.DataFrame) -> "pd.Series[Any]":
        """Take all students before a group, then the steepest."""
        order = rows.assign(group_at=rows["group"] != ALL, size=-rows["mean"].abs())
        return order.sort_values(["group_at", "size", "measure", "trend_grade", "group"]).iloc[0]

    def _name(self, row: "pd.Series[Any]") -> str:
        words = "all students"
        for group in self.source.settings.groups:
            for value, label in ((group.focus, group.focus_label), (group.reference, group.reference_label)):
                if row["group"] == f"{group.column}={value}":
                    words = label
        return words if row["trend_grade"] == ALL else join_words([f"{words} of {name_grade(row['trend_grade'])}"])


def find_needs(source: OverviewSource) -> tuple[SchoolsFinding, SharedFinding]:
    """Find where the needs are: school by school, and shared by many.

    Parameters
    ----------
    source : OverviewSource
        A district's or a state's schools.

    Returns
    -------
    tuple
        The schools' table, and the shared trends.
    """
    return (
        SchoolsFinding(source=source),
        SharedFinding(source=source, shared=find_shared(source.trends, settings=source.settings)),
    )


def _order_grade(grade: str) -> int:
    """Put all grades before each, and the youngest before the oldest."""
    return -1 if grade == ALL else GRADES.index(grade) if grade in GRADES else len(GRADES)
