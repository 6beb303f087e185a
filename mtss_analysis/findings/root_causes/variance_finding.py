"""At which level students differ: district, school, classroom, student."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.target import choose_targets
from mtss_analysis.findings.school import School, label_time, name_school
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.measures.groups import ALL, order_grade
from mtss_analysis.show import (
    Column,
    Figure,
    Share,
    ShareBar,
    Table,
    cannot_say,
    draw_shares,
    format_count,
    format_estimate,
    format_interval,
    format_school_year,
    join_words,
    likely_between,
    name_grade,
)

NAME = "variance"
METHOD = "restricted maximum likelihood, nested random intercepts; profile-likelihood interval"
LEVELS = ("district", "school", "classroom", "student")
WORDS = {
    "district": "Between districts",
    "school": "Between schools of a district",
    "classroom": "Between classrooms of a school",
    "student": "Between students of a classroom",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceFinding:
    """How the spread of scores divides over levels, year by year, all schools together.

    Parameters
    ----------
    indicators : tuple of Indicator
        Measures of the trends that are drilled down, the first one first.
    shares : DataFrame
        Rows of ``Comparison.variance`` of these measures.
    """

    school: School
    settings: Settings
    indicators: tuple[Indicator, ...]
    shares: pd.DataFrame

    def heading(self) -> str:
        """Heading of its section."""
        return "At which level students differ"

    def sentence(self) -> str:
        """How much lies between schools and classrooms, and which of them more, for every measure."""
        parts = [self._say_measure(indicator) for indicator in self.indicators]
        shown = [] if self._known().empty else [f"See @fig-{NAME} and @tbl-{NAME}."]
        return " ".join([*parts, *shown])

    def _say_measure(self, indicator: Indicator) -> str:
        latest = self._latest(indicator)
        if latest.empty:
            reason = "no level above the student can be told apart"
            return cannot_say(f"at which level students differ in {indicator.label}", reason=reason)
        year = format_school_year(str(latest["school_year"].iloc[0]))
        told = [self._say(row) for level in LEVELS for row in latest[latest["level"] == level].to_dict("records")]
        what = f"In {year}, across all schools, the spread of scores in {indicator.label} divided so"
        return f"{what}: {'; '.join(told)}. {self._name_level(latest)}".rstrip()

    def answer(self) -> str:
        """The level above the student at which most of the spread of the first measure lies."""
        latest = self._latest(self.indicators[0])
        named = self._name_level(latest) if not latest.empty else ""
        return f"Across all schools: {named[:1].lower()}{named[1:]}" if named else ""

    def figure(self) -> Figure | None:
        """One bar a year; of several measures, the first and the last year of each."""
        bars = [bar for indicator in self.indicators for bar in self._draw_bars(indicator)]
        if not bars:
            return None
        return draw_shares(
            name=NAME,
            caption=f"How the spread of scores in {self._name_measures()} divides over levels, all schools.",
            bars=bars[-12:],
            title="Percent of the spread of scores",
        )

    def _draw_bars(self, indicator: Indicator) -> list[ShareBar]:
        known = self._known()
        known = known[known["measure"] == indicator.measure] if len(known) else known
        bars: list[ShareBar] = []
        if known.empty:
            return bars
        for (trend_grade, school_year), year in known.groupby(["trend_grade", "school_year"], sort=True):
            shares = [
                Share(
                    label=WORDS[level],
                    percent=float(row["share_pct"]),
                    low=float(row["ci_low"]),
                    high=float(row["ci_high"]),
                )
                for level in LEVELS
                for row in year[year["level"] == level].to_dict("records")
            ]
            time = label_time(school_year=str(school_year), grades="").replace("\n", ", ")
            grade = "" if trend_grade == ALL else f", {name_grade(str(trend_grade))}"
            what = f"{indicator.label}, " if len(self.indicators) > 1 else ""
            bars.append(ShareBar(label=what + time + grade, shares=shares))
        return bars if len(self.indicators) == 1 or len(bars) < 3 else [bars[0], bars[-1]]

    def _name_measures(self) -> str:
        return join_words([indicator.label for indicator in self.indicators])

    def table(self) -> Table | None:
        """The shares of the latest year with their intervals; those of earlier years stand among the records."""
        latest = [
            (indicator.label, row)
            for indicator in self.indicators
            for row in self._latest(indicator).to_dict("records")
        ]
        if not latest:
            return None
        titles = ("Measure", "Year", "Level", "Units", "Share of the spread (%)", "Likely range")
        return Table(
            name=NAME,
            caption=f"Spread of scores in {self._name_measures()} by level, all schools together, latest year.",
            columns=tuple(
                Column(title=title, align="right" if place > 2 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(
                (
                    label,
                    format_school_year(str(row["school_year"])),
                    WORDS[str(row["level"])].lower(),
                    format_count(int(row["n_groups"])),
                    format_estimate(float(row["share_pct"]), low=float(row["ci_low"]), high=float(row["ci_high"])),
                    format_interval(low=float(row["ci_low"]), high=float(row["ci_high"]), style="to"),
                )
                for label, row in latest
            ),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        kept = [
            "A large share between students does not mean that schools do not matter: it says where scores "
            "differ, not what "
            "would change them.",
            "These shares are of all schools together; one school alone cannot tell districts or schools apart.",
        ]
        reasons = [str(reason) for reason in self.shares.get("reason", pd.Series(dtype="str")).dropna() if reason]
        if reasons:
            kept.append(f"Some levels are missing: {reasons[0]}.")
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Every share of every year."""
        domains = {indicator.measure: indicator.domain for indicator in self.indicators}
        return tuple(
            Record(
                finding="variance_share",
                requirement="R14",
                district_id=self.school.district_id,
                school_id=None,
                school_year=str(row["school_year"]),
                domain=domains[str(row["measure"])],
                measure=str(row["measure"]),
                grade=str(row["trend_grade"]),
                group=str(row["level"]),
                level=self.settings.population,
                method=METHOD,
                design="descriptive",
                estimate=float(row["share_pct"]),
                unit="percent of the spread of scores",
                ci_low=float(row["ci_low"]),
                ci_high=float(row["ci_high"]),
                ci_level=self.settings.ci_level,
                n=int(row["n"]),
                n_clusters=int(row["n_groups"]),
            )
            for row in self._known().to_dict("records")
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _known(self) -> pd.DataFrame:
        if "share_pct" not in self.shares:
            return self.shares.iloc[:0]
        return self.shares.loc[self.shares["share_pct"].notna()]

    def _latest(self, indicator: Indicator) -> pd.DataFrame:
        known = self._known()
        known = known[known["measure"] == indicator.measure] if len(known) else known
        if known.empty:
            return known
        latest: pd.DataFrame = known.loc[known["school_year"] == known["school_year"].max()]
        highest: pd.DataFrame = latest.loc[latest["trend_grade"] == max(latest["trend_grade"], key=order_grade)]
        return highest

    def _say(self, row: Mapping[Hashable, Any]) -> str:
        level, share, low, high = (row[name] for name in ("level", "share_pct", "ci_low", "ci_high"))
        size = format_estimate(float(share), low=float(low), high=float(high))
        within = likely_between(low=float(low), high=float(high))
        return f"{size} percent {WORDS[str(level)].lower()} ({within})"

    def _name_level(self, latest: pd.DataFrame) -> str:
        above = latest[latest["level"] != "student"].sort_values("share_pct", ascending=False)
        if len(above) < 2:
            return ""
        first, second = above.iloc[0], above.iloc[1]
        if float(first["ci_low"]) > float(second["ci_high"]):
            return f"Above the student, most of it lies {WORDS[str(first['level'])].lower()}."
        pair = f"{WORDS[str(first['level'])].lower()} or {WORDS[str(second['level'])].lower()}"
        return f"Whether more of it lies {pair} cannot be told apart."


def find_variance(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> VarianceFinding:
    """Find at which level students differ.

    Parameters
    ----------
    district : District
        The school's slice; it names the school and chooses the measure.
    school_id : str
        Which school.
    settings : Settings
        Indicators and confidence level.
    comparison : Comparison
        Shares by level, all schools together.
    measure : str
        The measure; empty: those of all trends of the school that are drilled down.

    Returns
    -------
    VarianceFinding
        The same for every school that drills into the same measures.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    """
    targets = choose_targets(district, school_id=school_id, settings=settings, comparison=comparison, measure=measure)
    indicators = tuple(dict.fromkeys(target.indicator for target in targets))
    shares = comparison.frame("variance")
    if len(shares):
        shares = shares[shares["measure"].isin([one.measure for one in indicators])].reset_index(drop=True)
    return VarianceFinding(
        school=name_school(district, school_id=school_id), settings=settings, indicators=indicators, shares=shares
    )
