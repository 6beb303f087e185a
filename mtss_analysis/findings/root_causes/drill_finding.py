"""Which declared factors go with a school's standing and its change, and what adds to them."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.disclosure import WITHHELD_MARK
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.columns import Kind
from mtss_analysis.findings.root_causes.factor_records import record_factors
from mtss_analysis.findings.root_causes.factor_words import say_held_share, say_named, write_share
from mtss_analysis.findings.root_causes.results import Drill, FactorResult
from mtss_analysis.findings.root_causes.rows import LEAST_TEACHERS
from mtss_analysis.findings.root_causes.search import drill_down
from mtss_analysis.findings.root_causes.target import Target, choose_targets
from mtss_analysis.findings.root_causes.tree_figure import draw_tree, list_kinds
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    Table,
    cannot_say,
    count_of,
    format_estimate,
    format_p,
    join_words,
)

MARK_NOTE = (
    f"{WITHHELD_MARK} (dagger): withheld, because fewer teachers or providers than may be printed stand behind it. It "
    "does not mean zero, and it does not mean missing."
)
TITLES = (
    "Factor",
    "Can be changed",
    "Share of the spread, % (likely range)",
    "In classrooms left out, %",
    "Teachers",
    "q, level",
    "q, change",
    "Verdict",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrillFinding:
    """A drill-down of one trend over the declared factors."""

    school: School
    settings: Settings
    drill: Drill

    @property
    def target(self) -> Target:
        """The trend that is drilled down."""
        return self.drill.target

    @property
    def results(self) -> tuple[FactorResult, ...]:
        """What each factor shows."""
        return self.drill.results

    @property
    def name(self) -> str:
        """Name of figure and table."""
        return f"factors-{self.target.slug}"

    def heading(self) -> str:
        """Heading of its section."""
        return f"Which factors go with standing in {self.target.label}"

    def sentence(self) -> str:
        """Which factors stand apart, or that none does, and what was searched."""
        label = self.target.label
        opening = f"We look at {label}, {self.target.reason}."
        judged = self._judged()
        if not judged:
            reason = "no declared factor can be split in this school"
            if not self.settings.factors:
                reason = "the run file declares no factor"
            return f"{opening} {cannot_say(f'which factors go with standing in {label}', reason=reason)}"
        rate, population = self.settings.false_discovery_rate, self.settings.population
        refer = [*(f"@fig-{self._name_figure(kind)}" for kind in list_kinds(self.drill)), f"@tbl-{self.name}"]
        tail = f"See {join_words(refer)}."
        if not self._apart():
            names = join_words([one.factor.label for one in judged], last="or")
            return (
                f"{opening} Of {count_of(len(judged), 'factor')} that can be examined here, not one goes with "
                f"standing or its change beyond what chance produces. Searched were {names}. {tail}"
            )
        told = say_named(self.drill, population=population, rate=rate)
        rest = [one for one in judged if not one.stands_apart(rate=rate)]
        names = join_words([one.factor.label for one in rest], last="or")
        others = f" Whether either goes with {names} cannot be told apart from noise." if rest else ""
        return f"{opening} {told}{others} {tail}"

    def answer(self) -> str:
        """Which factors stand apart, by name."""
        label = self.target.label
        apart = [one.factor.label for one in self._apart()]
        if not apart:
            return f"In {label}, no declared factor can be told apart from noise in this school."
        return f"In {label}, standing in this school or its change goes with {join_words(apart)}."

    def figure(self) -> Figure | None:
        """The first split that is named, and the second beneath it."""
        return self.draw(next(iter(list_kinds(self.drill)), None))

    def draw(self, kind: Kind | None) -> Figure | None:
        """Draw the split of a change or of standing; None: nothing."""
        name = self.name if kind is None else self._name_figure(kind)
        return draw_tree(self.drill, kind, name=name, population=self.settings.population)

    def _name_figure(self, kind: Kind) -> str:
        return self.name if kind == list_kinds(self.drill)[0] else f"{self.name}-{kind}"

    def table(self) -> Table | None:
        """Everything that was searched, and how much of the spread each factor goes with."""
        if not self.results:
            return None
        return Table(
            name=self.name,
            caption=f"What goes with standing in {self.target.label} in this school, within years.",
            columns=tuple(
                Column(title=title, align="right" if 1 < place < 7 else "left") for place, title in enumerate(TITLES)
            ),
            rows=tuple(self._write_row(result) for result in self.results),
            note=MARK_NOTE if any(_hides(result) for result in self.results) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        kept = [
            "A factor that goes with standing need not bring it about; factors go together, and one school has "
            "few teachers.",
            "Likely ranges allow for what students, classrooms and teachers bring with them, so a school with few "
            "teachers says little about teachers.",
            f"We put {count_of(self.drill.n_searched, 'question')} to the data at once: factors, standing, change and "
            f"mix of the trends looked at, and second splits beneath what was named. Of what is named, on average "
            f"no more than {100 * self.settings.false_discovery_rate:g} of every 100 are noise.",
            "“In classrooms left out” is how much of the spread among one teacher's students the other teachers' "
            "students foretell: the honest size of a split. Below zero, it foretells worse than nothing does.",
        ]
        if any(one.factor.table == "services" for one in self._apart()):
            kept.append(
                "Students mostly get a program because of how they stand. That its students stand lower says nothing "
                "of what it does; see the chapter on intervention effects."
            )
        kept += [
            f"{_capital(one.factor.label)} cannot be examined here: {one.reason or 'too few teachers'}."
            for one in self.results
            if one.level_q is None and one.trend_q is None
        ]
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """Tests, shares and printable categories of each factor, second splits and combinations."""
        return tuple(record_factors(self.drill, school=self.school, settings=self.settings))

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one: what a factor goes with needs the words beside it."""
        return ()

    def _judged(self) -> list[FactorResult]:
        return [one for one in self.results if one.level_q is not None or one.trend_q is not None]

    def _apart(self) -> list[FactorResult]:
        return [one for one in self.results if one.stands_apart(rate=self.settings.false_discovery_rate)]

    def _write_row(self, result: FactorResult) -> tuple[str, ...]:
        share = result.split.share
        kinds = result.named_kinds(rate=self.settings.false_discovery_rate)
        verdicts = [{"level": "standing", "change": "the change"}[kind] for kind in kinds]
        judged = result.level_q is not None or result.trend_q is not None
        return (
            result.factor.label,
            "yes" if result.factor.controllable else "no",
            write_share(share.estimate, low=share.ci_low, high=share.ci_high) if share else format_estimate(None),
            say_held_share(result.split),
            WITHHELD_MARK if _hides(result) else str(result.split.n_clusters or "–"),
            format_p(result.level_q),
            format_p(result.trend_q),
            f"goes with {join_words(verdicts)}" if verdicts else "cannot tell" if judged else "cannot be estimated",
        )


def find_factors(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> tuple[DrillFinding | ToldFinding, ...]:
    """Find which declared factors go with a school's standing and its change.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Factors, confidence level, false-discovery rate, disclosure profile.
    comparison : Comparison
        Norms, shrunken slopes and variance ratios.
    measure : str
        The measure to drill into; empty: the most concerning and the most promising trend.

    Returns
    -------
    tuple of DrillFinding or ToldFinding
        One for each trend, from one search; "none stands apart" is a legal answer. Where both a change and standing are
        named, the picture of standing follows by itself.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    asked: dict[str, Any] = {"school_id": school_id, "settings": settings, "comparison": comparison}
    targets = choose_targets(district, **asked, measure=measure)
    school = name_school(district, school_id=school_id)
    found: list[DrillFinding | ToldFinding] = []
    for drill in drill_down(district, **asked, targets=targets):
        finding = DrillFinding(school=school, settings=settings, drill=drill)
        found.append(finding)
        found += [_show_also(finding, kind) for kind in list_kinds(drill)[1:]]
    return tuple(found)


def _show_also(finding: DrillFinding, kind: Kind) -> ToldFinding:
    """Show the picture of standing, where that of the change stands with the finding itself."""
    first = finding.drill.trees[kind].first.factor.label
    label = finding.target.label
    figure = finding.draw(kind)
    return ToldFinding(
        title=f"Standing in {label} by {first}",
        said=f"Beside the change, this is where students of the same year stand in {label}. See @fig-"
        f"{figure.name if figure else finding.name}.",
        drawn=figure,
    )


def _hides(result: FactorResult) -> bool:
    return 0 < result.split.n_clusters < LEAST_TEACHERS


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
