"""What goes with standing across all schools of the run, where there are enough teachers to tell."""

from dataclasses import dataclass, replace

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.factor_words import name_category, write_share
from mtss_analysis.findings.root_causes.state_adjusted import adjust_state_factors
from mtss_analysis.findings.root_causes.state_records import pick_categories, read_first, record_state_factor
from mtss_analysis.findings.root_causes.target import Target, choose_targets
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Factor, Settings
from mtss_analysis.measures.groups import ALL
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
    format_p,
    join_words,
)

LIMITS = (-0.75, 0.75)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateFactorsFinding:
    """Declared factors across all schools.

    Parameters
    ----------
    factors : DataFrame
        Rows of ``Comparison.factors`` of one measure, with ``level_q`` and ``trend_q``.
    pairs : DataFrame
        Rows of ``Comparison.factor_pairs`` of that measure, with ``added_q`` and ``together_q``.
    is_first : bool
        Whether it is drawn and explained: the others have their table alone.
    """

    school: School
    settings: Settings
    target: Target
    factors: pd.DataFrame
    pairs: pd.DataFrame
    is_first: bool = True

    @property
    def name(self) -> str:
        """Name of figure and table."""
        return f"factors-state-{self.target.slug}"

    def heading(self) -> str:
        """Heading of its section."""
        return f"The same factors across all schools: {self.target.indicator.label}"

    def sentence(self) -> str:
        """Which factors go with standing within schools of the state."""
        label = self.target.indicator.label
        rate = self.settings.false_discovery_rate
        judged = [factor for factor in self.settings.factors if self._first(factor, "level_q") is not None]
        if not judged:
            return cannot_say(
                f"which factors go with standing in {label} across all schools",
                reason="no declared factor can be split"
                if self.settings.factors
                else "the run file declares no factor",
            )
        apart = [factor for factor in judged if (self._first(factor, "level_q") or 0) <= rate]
        rest = [factor for factor in judged if factor not in apart]
        parts = (
            ["One school has few teachers, so we also compare students of the same school and year across all schools."]
            if self.is_first
            else []
        )
        if apart:
            shares = [self._say_share(factor) for factor in apart]
            parts.append(f"Across all schools, standing in {label} goes with {join_words(shares)}.")
        if rest:
            names = join_words([factor.label for factor in rest], last="or")
            it = "it" if apart else f"standing in {label} across all schools"
            parts.append(f"Whether {it} goes with {names} cannot be told apart from noise.")
        parts += self._say_pairs()
        shown = [f"@fig-{self.name}"] if any(len(self._categories(factor)) for factor in self._drawn()) else []
        return " ".join(parts) + f" See {join_words([*shown, f'@tbl-{self.name}'])}."

    def _say_pairs(self) -> list[str]:
        """Say which combinations of two factors depart from what the two say one by one."""
        if self.pairs.empty:
            return []
        labels = {factor.id: factor.label for factor in self.settings.factors}
        together = self.pairs[(self.pairs["together_q"] <= self.settings.false_discovery_rate)]
        named = {frozenset((row["first"], row["second"])) for row in together.to_dict("records")}
        if not named:
            return ["No combination of two factors departs from what the two say one by one beyond noise."]
        told = sorted(" with ".join(sorted(labels[name] for name in pair)) for pair in named)
        return [f"Combinations depart from what two factors say one by one: {join_words(told)}."]

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Every category of the factors that are told apart, against the average of its school and year."""
        rows: list[IntervalRow] = []
        for factor in self._drawn():
            categories = self._categories(factor)
            if len(categories):
                rows.append(IntervalRow(label=factor.label[:1].upper() + factor.label[1:], heading=True))
                rows.extend(
                    IntervalRow(
                        label=name_category(factor, str(row["category"])),
                        estimate=float(row["deviation"]),
                        low=float(row["ci_low"]),
                        high=float(row["ci_high"]),
                        role="state",
                    )
                    for row in categories.to_dict("records")
                )
        if not rows:
            return None
        return draw_intervals(
            name=self.name,
            caption=f"Standing in {self.target.indicator.label} by the factors that are told apart, within schools and "
            "years, all schools.",
            rows=rows[:40],
            x_label=f"Mean standing against the average of the same school and year, {self.settings.population} "
            f"standard deviations",
            limits=LIMITS,
            lines=[ReferenceLine(value=0.0, label="average of school and year")],
            less="lower",
            more="higher",
            signed=True,
        )

    def table(self) -> Table | None:
        """How much of the spread each factor goes with across the state."""
        if self.factors.empty:
            return None
        titles = (
            "Factor",
            "Share of the spread, % (likely range)",
            "In classrooms left out, %",
            "Scores",
            "Teachers or providers",
            "q, level",
            "q, change",
        )
        return Table(
            name=self.name,
            caption=f"What goes with standing in {self.target.indicator.label}, all schools, within schools and years.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(self._write_row(factor) for factor in self.settings.factors if not factor.is_unit),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        other = "children of experienced teachers may differ from others to begin with."
        drawn = [
            factor.label
            for factor in self.settings.factors
            if (factor.table, factor.column) == ("services", "intervention_id")
            and any(effect.comparison_id for effect in self.settings.effects)
        ]
        were = "was" if len(drawn) == 1 else "were"
        assigned = (
            f"Only {join_words(drawn)} {were} decided by chance here; as to the other factors, {other}"
            if drawn
            else f"Students and teachers were not assigned by chance: {other}"
        )
        return ("What goes with standing across all schools need not do so in this one.", assigned)

    def records(self) -> tuple[Record, ...]:
        """Share of the spread of each factor, and each category."""
        return tuple(
            record
            for factor in self.settings.factors
            for record in record_state_factor(
                factor,
                factors=self.factors,
                pairs=self.pairs,
                school=self.school,
                settings=self.settings,
                indicator=self.target.indicator,
            )
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _drawn(self) -> list[Factor]:
        """Factors of the first measure that are told apart; the others' categories stand among the records."""
        rate = self.settings.false_discovery_rate
        levels = {factor.id: self._first(factor, "level_q") for factor in self.settings.factors}
        known = {name: value for name, value in levels.items() if value is not None and value <= rate}
        return [factor for factor in self.settings.factors if self.is_first and factor.id in known]

    def _categories(self, factor: Factor) -> pd.DataFrame:
        return pick_categories(self.factors, factor=factor)

    def _first(self, factor: Factor, column: str) -> float | None:
        return read_first(self.factors, factor=factor, column=column)

    def _say_share(self, factor: Factor) -> str:
        share, low, high = (self._first(factor, name) for name in ("share_pct", "share_low", "share_high"))
        if share is None or low is None or high is None:
            return factor.label
        return f"{factor.label} (about {format_estimate(share, low=low, high=high)} percent of the spread)"

    def _write_row(self, factor: Factor) -> tuple[str, ...]:
        share, low, high = (self._first(factor, name) for name in ("share_pct", "share_low", "share_high"))
        n, clusters = self._first(factor, "n_all"), self._first(factor, "n_clusters")
        held = self._first(factor, "held_out_pct")
        return (
            factor.label,
            write_share(share, low=low, high=high),
            format_estimate(held, low=held - 0.5, high=held + 0.5) if held is not None else format_estimate(None),
            format_count(int(n) if n is not None else None),
            format_count(int(clusters) if clusters is not None else None),
            format_p(self._first(factor, "level_q")),
            format_p(self._first(factor, "trend_q")),
        )


def find_state_factors(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> tuple[StateFactorsFinding, ...]:
    """Find which declared factors go with standing across all schools of the run.

    Parameters
    ----------
    district : District
        The school's slice; it names the school and chooses the measure.
    school_id : str
        Which school.
    settings : Settings
        Factors and false-discovery rate.
    comparison : Comparison
        Factors across all schools.
    measure : str
        The measure; empty: the measures of the most concerning and the most promising trend of the school.

    Returns
    -------
    tuple of StateFactorsFinding
        One for each measure; the same for every school that drills into it.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    """
    targets = choose_targets(district, school_id=school_id, settings=settings, comparison=comparison, measure=measure)
    school = name_school(district, school_id=school_id)
    by_measure = {target.indicator.measure: replace(target, grade=ALL) for target in reversed(targets)}
    return tuple(
        _find(comparison, school=school, settings=settings, target=target, is_first=at == 0)
        for at, target in enumerate(reversed(list(by_measure.values())))
    )


def _find(
    comparison: Comparison, *, school: School, settings: Settings, target: Target, is_first: bool
) -> StateFactorsFinding:
    factors, pairs = comparison.frame("factors"), comparison.frame("factor_pairs")
    factors = factors[factors["measure"] == target.indicator.measure] if len(factors) else factors
    pairs = pairs[pairs["measure"] == target.indicator.measure].reset_index(drop=True)
    if "level_p" in factors:
        factors, pairs = adjust_state_factors(factors, pairs, rate=settings.false_discovery_rate)
    return StateFactorsFinding(
        school=school, settings=settings, target=target, factors=factors, pairs=pairs, is_first=is_first
    )
