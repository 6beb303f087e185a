"""Which schools stand apart from the others, like for like: a funnel, shrunken means, likely places; no league."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.overview.fair_records import record_school
from mtss_analysis.findings.overview.funnel import draw_funnel
from mtss_analysis.findings.overview.pooled import pool_districts
from mtss_analysis.findings.overview.rows import list_rows
from mtss_analysis.findings.overview.source import OverviewSource
from mtss_analysis.findings.overview.stand import CANNOT_TELL, HIGHER, LEAST_SCHOOLS, LOWER
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import name_time
from mtss_analysis.findings.settings import Indicator
from mtss_analysis.findings.trends.level_words import as_percentile, write_ordinal
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    cannot_say,
    count_of,
    format_estimate,
    format_p,
    format_with_interval,
    join_words,
)

METHOD = (
    "mean standing within grade; mix of student groups held constant by within-school differences, year of "
    "implementation by meta-regression; funnel limits with additive overdispersion; t test, Benjamini-Hochberg over "
    "the schools; shrunken by empirical Bayes"
)
MOST_NAMED = 6
APART = (HIGHER, LOWER)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FairFinding:
    """One indicator of all schools, compared like for like."""

    source: OverviewSource
    indicator: Indicator
    points: pd.DataFrame
    held: dict[str, Any]

    def heading(self) -> str:
        """Heading of its section."""
        return f"{self.indicator.label.capitalize()}: which schools stand apart?"

    def sentence(self) -> str:
        """Which schools stand apart, how much schools ordinarily differ, what was held constant."""
        shown = self._shown()
        if len(shown) < LEAST_SCHOOLS:
            return cannot_say(
                f"which schools stand apart in {self.indicator.label}",
                reason=f"that takes {LEAST_SCHOOLS} schools that may be printed, and there "
                f"{'is' if len(shown) == 1 else 'are'} {len(shown) or 'none'}",
            )
        return " ".join([self._say_apart(), self._say_spread(), self._say_held(), f"See {self._refer()}."])

    def answer(self) -> str:
        """Which schools stand apart."""
        return self._say_apart() if len(self._shown()) >= LEAST_SCHOOLS else self.sentence()

    def figure(self) -> Figure | None:
        """The funnel: every school by its number of students, with the limits for schools that are like the others."""
        shown = self._shown()
        if len(shown) < LEAST_SCHOOLS:
            return None
        return draw_funnel(
            name=self._name,
            caption=self._say_apart(),
            finding=self._say_apart(),
            shown=shown,
            source=self.source,
            y_label=f"Mean standing in {self.indicator.label}, like for like, {self._unit}",
        )

    def table(self) -> Table | None:
        """Every school in the order of the roster, or every district of a state."""
        if self.points.empty:
            return None
        return self._tabulate_districts() if self.source.level == "state" else self._tabulate_schools()

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "Schools stand in the order of the roster. The places are printed to show how little they say: nearly "
            "every school shares its likely places with many others, so no list from first to last can be made of "
            "them.",
            "A school stands apart when its mean lies further from the average than schools ordinarily do and than "
            "its number of students explains; of the schools named, on average "
            f"no more than {100 * self.source.settings.false_discovery_rate:g} of every 100 are noise.",
            "Like for like means: with the same mix of the student groups named. What was not recorded is not held "
            "constant, so a school that stands apart is a question, not a verdict.",
            "Students in grades of which a number must be withheld do not count, so a district's or state's number "
            "gives no school's away.",
        )

    def records(self) -> tuple[Record, ...]:
        """Each school's mean as it is, like for like and shrunken, its likely places; the average and the spread."""
        rows = self.source.own(self.points)
        records = [record for row in list_rows(rows) for record in self._record(row)]
        shown = self._shown()
        if len(shown) >= LEAST_SCHOOLS:
            level = self.source.level if self.source.level == "state" else self.source.whole
            keys = {**self._keys(), "level": level, "n": len(shown), "school_year": str(shown["school_year"].iloc[0])}
            records.append(
                Record(**keys, school_id=None, finding="schools_average", estimate=float(shown["target"].iloc[0]))
            )
            records.append(
                Record(
                    **keys, school_id=None, finding="spread_between_schools", estimate=float(shown["tau"].iloc[0]),
                    sentence=self._say_apart(),
                )
            )  # fmt: skip
        if self.held.get("held_year"):
            records.append(
                Record(
                    **self._keys(),
                    school_id=None,
                    level="district" if self.source.whole == "district" else "state",
                    finding="difference_by_year_of_implementation",
                    estimate=float(self.held["year_slope"]),
                    ci_low=float(self.held["year_low"]),
                    ci_high=float(self.held["year_high"]),
                    ci_level=self.source.settings.ci_level,
                    p_value=float(self.held["year_p"]),
                    n=int(self.held["n_schools"]),
                )
            )
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """Schools that stand apart, for page one."""
        shown = self._own_shown()
        notes: list[Note] = []
        for kind, verdict in (("well", HIGHER), ("attention", LOWER)):
            apart = shown[shown["verdict"] == verdict]
            if len(apart):
                notes.append(
                    {"kind": kind, "measure": self.indicator.measure, "sentence": self._say_side(apart, verdict)}
                )
        yearly = self.source.yearly[self.source.yearly["measure"] == self.indicator.measure]
        if len(yearly) and len(self._shown()) >= LEAST_SCHOOLS:
            last = yearly.iloc[-1]
            # Compared with its own students of each year, a whole stands at its own average in all of them.
            moves = self.source.settings.follow == "grade" or self.source.level == "district"
            topic = "percentile of the average student" if moves else "schools that stand apart, like for like"
            own = self._own_shown()
            percentile = write_ordinal(as_percentile(float(last["standing"])))
            when = name_time(school_year=str(last["school_year"]), window=self.indicator.window)
            notes.append(
                {
                    "kind": "kpi",
                    "topic": "standing",
                    "measure": self.indicator.measure,
                    "title": f"{self.indicator.label.capitalize()}: {topic}",
                    "number": percentile if moves else f"{int(own['verdict'].isin(APART).sum())} of {len(own)}",
                    "change": when,
                    "sentence": self._say_spread(),
                    "values": [float(value) for value in yearly["standing"]],
                    "reference": 0.0,
                    "limits": [-1.0, 1.0],
                    "what": f"mean standing in {self.indicator.label} of the schools that may be printed, {self._unit}",
                }
            )
        return tuple(notes)

    @property
    def _name(self) -> str:
        return "fair-" + self.indicator.measure.replace("_", "-").lower()

    @property
    def _unit(self) -> str:
        return f"{self.source.whole} standard deviations"

    def _shown(self) -> pd.DataFrame:
        return self.points[(self.points["status"] == "ok") & self.points["target"].notna()]

    def _own_shown(self) -> pd.DataFrame:
        return self.source.own(self._shown())

    def _refer(self) -> str:
        return join_words([f"@fig-{self._name}", f"@tbl-{self._name}"])

    def _say_apart(self) -> str:
        shown = self._own_shown()
        year = str(self._shown()["school_year"].iloc[0])
        when = name_time(school_year=year, window=self.indicator.window)
        opening = f"In {when}, like for like in {self.indicator.label},"
        apart = shown[shown["verdict"].isin(APART)]
        if shown.empty:
            return f"{opening} no school of {self.source.name} may be printed."
        who = "the one school" if len(shown) == 1 else f"no school of the {len(shown)}"
        if apart.empty:
            told = "does not stand apart" if len(shown) == 1 else "stands apart"
            return f"{opening} {who} {told} by more than schools ordinarily differ."
        said = [
            f"{self._name_schools(side)} {'stands' if len(side) == 1 else 'stand'} apart with {verdict} means"
            for verdict in APART
            if len(side := apart[apart["verdict"] == verdict])
        ]
        return f"{opening} {' and '.join(said)}."

    def _say_side(self, apart: pd.DataFrame, verdict: str) -> str:
        verb = "stands" if len(apart) == 1 else "stand"
        return (
            f"In {self.indicator.label}, {self._name_schools(apart)} {verb} apart from the others with {verdict} "
            f"{'mean' if len(apart) == 1 else 'means'}, like for like."
        )

    def _name_schools(self, rows: pd.DataFrame) -> str:
        names = list(rows["school_name"])
        if self.source.level == "state":
            names = [f"{school} ({district})" for school, district in zip(names, rows["district_name"], strict=True)]
        if len(names) > MOST_NAMED:
            return count_of(len(names), "school")
        return join_words(names)

    def _say_spread(self) -> str:
        shown = self._shown()
        tau = float(shown["tau"].iloc[0])
        if tau == 0:
            return (
                f"The {len(shown)} schools of the {self.source.whole} differ by no more than chance "
                "produces in schools of their size."
            )
        return (
            f"The {len(shown)} schools of the {self.source.whole} differ by more than chance: two of every three lie "
            f"within about {tau:.2f} {self._unit} of their average."
        )

    def _say_held(self) -> str:
        groups = str(self.held.get("groups", ""))
        parts = []
        if groups:
            parts.append(f"the mix of students by {join_words(groups.split(', '))}")
        if self.held.get("held_year"):
            parts.append("the year of implementation")
        said = f"Held constant {'are' if len(parts) > 1 else 'is'} {join_words(parts)}." if parts else ""
        if not parts:
            said = "No mix of students is held constant, because the run names no groups."
        if not self.held.get("held_year") and self.held.get("why_not"):
            said += f" The year of implementation is not: {self.held['why_not']}."
        return said

    def _tabulate_schools(self) -> Table:
        rows = self.source.own(self.points)
        keys = self.source.keys()
        titles = ("School", "Year", "Students", "As it is", "Like for like (likely range)",
                  "Shrunken (likely range)", "Likely places", "q-value", "Stands apart")  # fmt: skip
        n = int(self._shown()["n_schools"].max()) if len(self._shown()) else 0
        return Table(
            name=self._name,
            caption=(
                f"Schools in the order of the roster: mean standing in {self.indicator.label}, {self._unit}. "
                f"Places among {count_of(n, 'school')} from the lowest mean; year: of implementation."
            ),
            columns=tuple(
                Column(title=title, align="left" if place in (0, 8) else "right") for place, title in enumerate(titles)
            ),
            rows=tuple(
                self._write_school(row, key=keys.get((row.district_id, row.school_id), "")) for row in list_rows(rows)
            ),
            note=self._note(rows),
        )

    def _note(self, rows: pd.DataFrame) -> str:
        parts = [WITHHELD_NOTE] if (rows["status"] == "withheld").any() else []
        if (rows["partial"] & (rows["status"] == "ok")).any():
            parts.append("An asterisk: some grades of the school are too small to print and do not count.")
        return " ".join(parts)

    def _write_school(self, row: SimpleNamespace, *, key: str) -> tuple[str, ...]:
        name = f"{key} {row.school_name}".strip() + ("*" if row.partial and row.status == "ok" else "")
        year = "" if np.isnan(row.year) else f"{row.year:.0f}"
        if row.status != "ok":
            mark = WITHHELD_MARK if row.status == "withheld" else "–"
            hidden = [mark] * 4
            if row.status == "withheld" and np.isfinite(row.raw):
                return (name, year, str(int(row.n)), _signed(row.raw), *hidden, mark)
            return (name, year, mark, mark, *hidden, mark)
        places = "–" if np.isnan(row.rank_low) else f"{row.rank_low:.0f} to {row.rank_high:.0f}"
        return (
            name,
            year,
            str(int(row.n)),
            _signed(row.raw),
            self._ranged(row.like, row.like_se),
            format_with_interval(row.shrunken, low=row.shrunken_low, high=row.shrunken_high, signed=True)
            if np.isfinite(row.shrunken)
            else "–",
            places,
            format_p(row.q_value) if np.isfinite(row.q_value) else "–",
            {HIGHER: "yes, higher", LOWER: "yes, lower", CANNOT_TELL: CANNOT_TELL}.get(row.verdict, "no"),
        )

    def _ranged(self, value: float, error: float) -> str:
        half = _half(self.source.settings.ci_level) * error
        return format_with_interval(value, low=value - half, high=value + half, signed=True)

    def _tabulate_districts(self) -> Table:
        titles = (
            "District",
            "Schools compared",
            "Mean of its schools (likely range)",
            "Stand apart",
            "Withheld schools",
        )
        pooled = pool_districts(self.points, roster=self.source.roster, ci_level=self.source.settings.ci_level)
        return Table(
            name=self._name,
            caption=(
                "Districts in the order of their ids: mean standing of their schools in "
                f"{self.indicator.label}, like for like, {self._unit}."
            ),
            columns=tuple(
                Column(title=title, align="left" if place == 0 else "right") for place, title in enumerate(titles)
            ),
            rows=tuple(
                (
                    row.district_name,
                    str(row.n_schools),
                    format_with_interval(row.mean, low=row.low, high=row.high, signed=True) if row.n_schools else "–",
                    str(row.n_apart),
                    str(row.n_withheld),
                )
                for row in list_rows(pooled)
            ),
        )

    def _record(self, row: SimpleNamespace) -> list[Record]:
        return record_school(row, keys=self._keys(), whole=self.source.whole, ci_level=self.source.settings.ci_level)

    def _keys(self) -> dict[str, Any]:
        return {
            "requirement": "R41",
            "district_id": self.source.district_id,
            "domain": self.indicator.domain,
            "measure": self.indicator.measure,
            "grade": "all",
            "group": "all",
            "method": METHOD,
            "design": "descriptive",
            "unit": f"{self.source.whole} SD",
        }


def find_fair_comparison(source: OverviewSource) -> tuple[FairFinding, ...]:
    """Compare schools like for like, one finding per indicator.

    Parameters
    ----------
    source : OverviewSource
        A district's or a state's schools.

    Returns
    -------
    tuple of FairFinding
        In the order of the run's indicators; with fewer than three schools to print a finding says that it cannot tell.
    """
    findings = []
    for indicator in source.settings.indicators:
        points = source.fair[source.fair["measure"] == indicator.measure].reset_index(drop=True)
        held = source.held[source.held["measure"] == indicator.measure] if len(source.held) else source.held
        findings.append(
            FairFinding(
                source=source,
                indicator=indicator,
                points=points,
                held={str(name): value for name, value in held.iloc[0].items()} if len(held) else {},
            )
        )
    return tuple(findings)


def _signed(value: float) -> str:
    return format_estimate(value) if value < 0 else f"+{format_estimate(value)}"


def _half(ci_level: float) -> float:
    return float(ndtri((1 + ci_level) / 2))
