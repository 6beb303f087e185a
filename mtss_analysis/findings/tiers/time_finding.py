"""How long students stay in Tier 2 or Tier 3."""

import math
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.phrases import name_scope
from mtss_analysis.findings.tiers.times import FIRST_TIER, MARKS
from mtss_analysis.measures.groups import ALL, name_group
from mtss_analysis.measures.tiers import OVERALL
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    Series,
    Table,
    cannot_say,
    draw_trend,
    format_interval,
    format_percent,
    likely_between,
    of_every_100,
)

METHOD = "Kaplan-Meier; students who left or are still in support are censored; log-log limits"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TierTimeFinding:
    """Time in support of one school.

    Parameters
    ----------
    rows : DataFrame
        The school's rows of ``tier_times``: nothing withheld has a number.
    labels : dict of (str, str) to str
        Words for each scope and group, in the order of the table.
    """

    school: School
    settings: Settings
    rows: pd.DataFrame
    labels: dict[tuple[str, str], str]

    def heading(self) -> str:
        """Heading of its section."""
        return "How long students stay in support"

    def sentence(self) -> str:
        """How many are still in support after a school year, and the median time."""
        every = self._marks(OVERALL, ALL)
        if every.empty:
            return cannot_say("how long students stay in Tier 2 or Tier 3", reason=self._reason(OVERALL, ALL))
        year = every[every["weeks"] <= MARKS[1]].iloc[-1] if (every["weeks"] <= MARKS[1]).any() else every.iloc[0]
        within = likely_between(low=year["ci_low"], high=year["ci_high"], decimals=0)
        said = (
            f"Of every 100 stays in Tier 2 or Tier 3 of a domain, {year['share_pct']:.0f} lasted longer than "
            f"{year['weeks']:.0f} weeks ({within})."
        )
        return f"{said} {self._say_median(every.iloc[0])} See @fig-tier-times and @tbl-tier-times.".replace("  ", " ")

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Share still in support at the printed times."""
        every = self._marks(OVERALL, ALL)
        if every.empty:
            return None
        at = every.set_index("weeks").reindex(list(MARKS))
        series = Series(
            label="This school",
            role="this_school",
            values=[100.0, *map(_number, at["share_pct"])],
            low=[None, *map(_number, at["ci_low"])],
            high=[None, *map(_number, at["ci_high"])],
        )
        last = every.iloc[-1]
        return draw_trend(
            name="tier-times",
            caption=f"After {last['weeks']:.0f} weeks, {of_every_100(last['share_pct'])} stays in Tier 2 or Tier 3 "
            f"were still going on ({likely_between(low=last['ci_low'], high=last['ci_high'], decimals=0)}).",
            series=[series],
            x_labels=["Start", *(f"{mark:.0f} weeks" for mark in MARKS)],
            y_label="Still in Tier 2 or Tier 3, percent",
            limits=(0.0, 100.0),
            unit="percent",
        )

    def table(self) -> Table | None:
        """Shares still in support and medians, by domain, first tier and group."""
        if self._marks(OVERALL, ALL).empty:
            return None
        after = [f"After {mark:.0f} weeks" for mark in MARKS]
        titles = ("Stays in support", "Number", *after, "Median weeks (likely range)")
        rows = [self._write_row(*key) for key in self.labels]
        notes = [WITHHELD_NOTE] if any(WITHHELD_MARK in row for row in rows) else []
        notes.append(
            f"{NOT_ESTIMABLE}: fewer students than may be printed left support by then, or were followed for so long."
        )
        return Table(
            name="tier-times",
            caption="Stays in Tier 2 or Tier 3 that lasted longer than so many weeks, percent.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=" ".join(notes),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        days = self.settings.tiers.bridge_days
        return (
            "A stay ends with the move back to Tier 1. Who left the school or is still in support counts for as long "
            "as followed. Weeks are those of the calendar, summers included.",
            f"Spells in Tier 2 and Tier 3 with at most {days} days between them are one stay; a student with stays in "
            "two domains is counted in both.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every printed share and median."""
        return tuple(
            self._record(row, scope=scope, group=group)
            for scope, group in self.labels
            for _, row in of_group(self.rows, scope=scope, group=group).iterrows()
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _marks(self, scope: str, group: str) -> pd.DataFrame:
        rows = of_group(self.rows, scope=scope, group=group)
        return rows[rows["status"] == "ok"]

    def _reason(self, scope: str, group: str) -> str:
        rows = of_group(self.rows, scope=scope, group=group)
        return str(rows["reason"].iloc[0]) if len(rows) else "there is no stay in Tier 2 or Tier 3"

    def _say_median(self, row: pd.Series) -> str:
        if pd.isna(row["median"]):
            return ""
        low, high = _number(row["median_low"]), _number(row["median_high"])
        within = "" if low is None or high is None else f" ({likely_between(low=low, high=high, decimals=0)})"
        return f"Half of them ended within {row['median']:.0f} weeks{within}."

    def _write_row(self, scope: str, group: str) -> tuple[str, ...]:
        rows = self._marks(scope, group)
        label = self.labels[scope, group]
        if rows.empty:
            statuses = of_group(self.rows, scope=scope, group=group)["status"]
            mark = NOT_ESTIMABLE if (statuses == "not_estimable").any() else WITHHELD_MARK
            return (label, *[mark] * (len(MARKS) + 2))
        at = {float(row["weeks"]): row for row in rows.to_dict("records")}
        cells = [
            NOT_ESTIMABLE
            if mark not in at
            else f"{format_percent(at[mark]['share_pct'])} ("
            f"{format_interval(low=at[mark]['ci_low'], high=at[mark]['ci_high'], style='to', unit='%', decimals=0)})"
            for mark in MARKS
        ]
        first = rows.iloc[0]
        low, high = _number(first["median_low"]), _number(first["median_high"])
        median = NOT_ESTIMABLE
        if not pd.isna(first["median"]):
            ends = "" if low is None or high is None else f" ({low:.0f} to {high:.0f})"
            median = f"{first['median']:.0f}{ends}"
        return (label, f"{int(first['n']):,}", *cells, median)

    def _record(self, row: pd.Series, *, scope: str, group: str) -> Record:
        known = row["status"] == "ok"
        return Record(
            finding="tier_time",
            requirement="R3",
            district_id=self.school.district_id,
            school_id=self.school.school_id,
            domain=scope,
            measure=f"still_in_support_{row['weeks']:.0f}_weeks" if known else "still_in_support",
            grade=ALL,
            group=group,
            method=METHOD,
            design="descriptive",
            estimate=_number(row["share_pct"]) if known else None,
            unit="percent",
            ci_low=_number(row["ci_low"]) if known else None,
            ci_high=_number(row["ci_high"]) if known else None,
            ci_level=self.settings.ci_level if known else None,
            n=int(row["n"]) if known else None,
            status="ok" if known else "not_estimable" if row["status"] == "not_estimable" else "withheld",
            reason=None if known else str(row["reason"]),
        )


def find_tier_times(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[TierTimeFinding, ...]:
    """Find how long a school's students stay in Tier 2 or Tier 3.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Groups, confidence level, disclosure profile.
    comparison : Comparison
        Times of all schools with what may be printed.

    Returns
    -------
    tuple of TierTimeFinding
        One; none where the school has no stay in Tier 2 or Tier 3.
    """
    school = name_school(district, school_id=school_id)
    frame = comparison.frame("tier_times")
    rows = of_school(frame, school=school)
    if rows.empty:
        return ()
    labels = {(OVERALL, ALL): "All domains"}
    scopes = sorted(set(rows["scope"]) - {OVERALL})
    labels |= {(scope, ALL): name_scope(scope)[:1].upper() + name_scope(scope)[1:] for scope in scopes}
    labels |= {(OVERALL, f"{FIRST_TIER}={tier}"): f"Began in Tier {tier}" for tier in ("2", "3")}
    for group in settings.groups:
        for value, label in ((group.focus, group.focus_label), (group.reference, group.reference_label)):
            labels[OVERALL, name_group(column=group.column, value=value)] = label[:1].upper() + label[1:]
    kept = {key: label for key, label in labels.items() if len(of_group(rows, scope=key[0], group=key[1]))}
    return (TierTimeFinding(school=school, settings=settings, rows=rows, labels=kept),)


def of_group(rows: pd.DataFrame, *, scope: str, group: str) -> pd.DataFrame:
    """Take the rows of one scope and group."""
    return rows[(rows["scope"] == scope) & (rows["group"] == group)]


def _number(value: object) -> float | None:
    number = float("nan") if value is None else float(str(value))
    return number if math.isfinite(number) else None
