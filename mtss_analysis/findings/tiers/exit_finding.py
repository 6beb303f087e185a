"""Who moves back to Tier 1: the exit rate by domain and by student group."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import BACK, ESCALATE, GROUP, RATE
from mtss_analysis.findings.tiers.phrases import name_scope
from mtss_analysis.findings.tiers.rates import MoveRate, read_rates
from mtss_analysis.measures.groups import OTHER as OTHER_GROUP
from mtss_analysis.measures.groups import name_group
from mtss_analysis.measures.tiers import OVERALL
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    Table,
    cannot_say,
    draw_intervals,
    format_interval,
    format_percent,
    join_words,
    of_every_100,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TierExitFinding:
    """Exit rates of one school.

    Parameters
    ----------
    by_scope : tuple of (str, tuple of MoveRate)
        ``overall`` first, then each domain.
    by_group : tuple of (str, str, MoveRate)
        Label of the breakdown, label of the group, its rate.
    """

    school: School
    settings: Settings
    by_scope: tuple[tuple[str, tuple[MoveRate, ...]], ...]
    by_group: tuple[tuple[str, str, MoveRate], ...]

    def heading(self) -> str:
        """Heading of its section."""
        return "Who moves back to Tier 1"

    def sentence(self) -> str:
        """The exit rate of each domain, and whether groups can be told apart."""
        known = [(scope, rate) for scope, rate in self._exits() if rate.share]
        if not known:
            return cannot_say("who moves back to Tier 1", reason="too few students moved back to print how many")
        said = [
            f"{of_every_100(rate.share.estimate)} in {name_scope(scope)}"
            for scope, rate in known
            if rate.share is not None and scope != OVERALL
        ]
        opening = f"Back in Tier 1 in the next window were {join_words(said)}." if said else ""
        parts = (opening, self._say_groups(), "See @fig-tier-exits and @tbl-tier-exits.")
        return " ".join(part for part in parts if part)

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Exit rates by domain and group."""
        if not any(rate.share for _, rate in self._exits()):
            return None
        rows = [IntervalRow(label="By domain", heading=True)]
        rows += [_draw(_capital(name_scope(scope)), rate) for scope, rate in self._exits()]
        for breakdown in dict.fromkeys(label for label, _, _ in self.by_group):
            rows.append(IntervalRow(label=f"By {breakdown}", heading=True))
            rows += [_draw(_capital(name), rate) for label, name, rate in self.by_group if label == breakdown]
        return draw_intervals(
            name="tier-exits",
            caption=f"Students who moved back to Tier 1 from one window to the next. {self._say_groups()}".strip(),
            rows=rows,
            x_label="Students in Tier 2 or Tier 3 who were in Tier 1 in the next window, percent",
            limits=(0.0, 100.0),
            unit="percent",
            annotation_title="percent (likely range)",
        )

    def table(self) -> Table | None:
        """Rates with the number of moves they rest on."""
        if not any(rate.share for _, rate in self._exits()):
            return None
        titles = ("Students", "Moves that could have been", "Back to Tier 1 (likely range)", "From Tier 2 to Tier 3")
        rows = []
        for scope, rates in self.by_scope:
            exits = next((rate for rate in rates if rate.cell == BACK), None)
            up = next((rate for rate in rates if rate.cell == ESCALATE), None)
            if exits is not None:
                rows.append((_capital(name_scope(scope)), *_write(exits), _write(up)[1] if up else "–"))
        rows += [(_capital(name), *_write(rate), "–") for _, name, rate in self.by_group]
        return Table(
            name="tier-exits",
            caption="Moves back to Tier 1 and up to Tier 3, from one window to the next, all years together.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "A move back shows what was decided about a student; whether it was for the better shows in the results.",
        )

    def records(self) -> tuple[Record, ...]:
        """Every rate of every domain, and the exit rate of every group."""
        rates = [
            rate.to_record(school=self.school, settings=self.settings, scope=scope)
            for scope, found in self.by_scope
            if scope != OVERALL
            for rate in found
        ]
        groups = [
            rate.to_record(school=self.school, settings=self.settings, scope=OVERALL) for _, _, rate in self.by_group
        ]
        return (*rates, *groups)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _exits(self) -> list[tuple[str, MoveRate]]:
        return [(scope, rate) for scope, rates in self.by_scope for rate in rates if rate.cell == BACK]

    def _say_groups(self) -> str:
        apart = []
        pairs = 0
        for group in self.settings.groups:
            names = [name_group(column=group.column, value=value) for value in (group.focus, group.reference)]
            found = {rate.group: rate.share for _, _, rate in self.by_group}
            focus, reference = (found.get(name) for name in names)
            if focus is None or reference is None:
                continue
            pairs += 1
            if focus.ci_high < reference.ci_low:
                apart.append(f"{group.focus_label} less often than {group.reference_label}")
            elif focus.ci_low > reference.ci_high:
                apart.append(f"{group.focus_label} more often than {group.reference_label}")
        if apart:
            return f"Moved back: {join_words(apart)}."
        return "The student groups that can be printed cannot be told apart." if pairs else ""


def find_tier_exits(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[TierExitFinding, ...]:
    """Find who moves back to Tier 1.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Groups, confidence level, disclosure profile.
    comparison : Comparison
        Moves of all schools with what may be printed.

    Returns
    -------
    tuple of TierExitFinding
        One; none where nobody was in Tier 2 or Tier 3 with a window after it.
    """
    school = name_school(district, school_id=school_id)
    cells = of_school(comparison.frame("tier_cells"), school=school)
    scopes = sorted(set(cells["scope"]), key=lambda scope: (scope != OVERALL, scope))
    by_scope = []
    for scope in scopes:
        rates = read_rates(cells[(cells["scope"] == scope) & (cells["turn"] == RATE)], ci_level=settings.ci_level)
        if rates:
            by_scope.append((scope, rates))
    split = cells[(cells["scope"] == OVERALL) & (cells["turn"] == GROUP)]
    by_group = []
    for group in settings.groups:
        for value, label in ((group.focus, group.focus_label), (group.reference, group.reference_label)):
            rows = split[split["group"] == name_group(column=group.column, value=value)]
            by_group += [
                (group.label, label, rate)
                for rate in read_rates(rows, ci_level=settings.ci_level)
                if rate.cell == BACK and OTHER_GROUP not in rate.group
            ]
    if not any(rate.cell == BACK for _, rates in by_scope for rate in rates):
        return ()
    return (TierExitFinding(school=school, settings=settings, by_scope=tuple(by_scope), by_group=tuple(by_group)),)


def _draw(label: str, rate: MoveRate) -> IntervalRow:
    if rate.share is None:
        return IntervalRow(label=label, reason="withheld")
    return IntervalRow(label=label, estimate=rate.share.estimate, low=rate.share.ci_low, high=rate.share.ci_high)


def _write(rate: MoveRate) -> tuple[str, str]:
    if rate.share is None:
        return WITHHELD_MARK, WITHHELD_MARK
    within = format_interval(low=rate.share.ci_low, high=rate.share.ci_high, style="to", unit="%", decimals=0)
    return f"{rate.n:,}", f"{format_percent(rate.share.estimate)} ({within})"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
