"""Rules on the words of a plan: ids, indicators, statistics, groups, years and milestones that nobody could read."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.schema import find_nearest, read_schema
from mtss_analysis.district.table_rows import TableRows

WINDOWS = ("fall", "winter", "spring")
SHARES = ("chronic_absence", "implementation", "fidelity")
STATISTICS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(SHARES, ("pct",)),
    "referrals": ("per_100_per_day",),
    "caseload": ("mean",),
}
"""Statistics of the measures that are not screenings, by the word before the colon."""
OF_SCREENINGS = ("mean", "at_cut_pct")
TIERS = ("fidelity:tier1", "fidelity:tier2", "fidelity:tier3")
_YEAR = re.compile(r"^\d{4}-\d{2}$")
_MILESTONE = re.compile(r"^(\d{4}-\d{2})\s+(\w+)\s+([+-]?(?:\d+\.?\d*|\.\d+))$")
_Say = Callable[[str], str | None]


def find_negative(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find numbers below zero."""
    for column in rule.columns:
        if rows.has(column):
            yield from rows.find(rule.about(column), np.flatnonzero(rows.array(column) < 0))


def find_several(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find cells that name more than one."""
    yield from _find(rows, rule, lambda text: rule.next_step if len(split(text)) > 1 else None)


def find_other_words(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find words that are not among those of the rule."""
    yield from _find(rows, rule, lambda text: _name_unknown(split(text), known=rule.values, otherwise=rule.next_step))


def find_unknown(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find names that none of the columns ``by``, each ``table.column``, holds."""
    known = {*rule.values}
    for name in rule.by:
        table, column = name.split(".")
        known |= _values_of(tables, table=table, column=column)
    if known > {*rule.values}:
        yield from _find(rows, rule, lambda text: _name_unknown(split(text), known=known, otherwise=rule.next_step))


def check_causes(tables: Mapping[str, TableRows], *, causes: Collection[str]) -> Iterator[ProblemKind]:
    """Find actions against a root cause that neither a run file declares nor walkthroughs look at.

    Parameters
    ----------
    tables : mapping of str to TableRows
        All tables that are there.
    causes : collection of str
        Ids of the run file's candidate causes; empty: nothing is found.

    Yields
    ------
    ProblemKind
        With each such action.
    """
    actions = tables.get("actions")
    if actions is None or not actions.size or not causes:
        return
    known = {*causes, *_values_of(tables, table="walkthroughs", column="practice")}
    rule = Rule(
        name="unknown_cause",
        kind="known",
        columns=("cause_id",),
        by=(),
        factor=1,
        severity="warning",
        problem="The run file declares no such root cause, and no walkthrough has looked at such a practice",
        next_step="Write the id of a cause of the run file or a practice, or declare it there",
    )
    yield from _find(actions, rule, lambda text: _name_unknown(split(text), known=known, otherwise=rule.next_step))


def check_findings(tables: Mapping[str, TableRows], *, findings: Collection[str]) -> Iterator[ProblemKind]:
    """Find goals that answer a finding which packets do not have; of what it is about is left to the chapter.

    Parameters
    ----------
    tables : mapping of str to TableRows
        All tables that are there.
    findings : collection of str
        Names of the findings that a goal may answer; empty: nothing is found.

    Yields
    ------
    ProblemKind
        With each such goal.
    """
    goals = tables.get("goals")
    if goals is None or not goals.size or not findings:
        return
    rule = Rule(
        name="unknown_finding",
        kind="known",
        columns=("finding_id",),
        by=(),
        factor=1,
        severity="warning",
        problem="No finding of the packets has this name",
        next_step="Write the name of a finding and its measure, such as trend:reading_scale; docs/plan.md lists them",
    )

    def say(text: str) -> str | None:
        names = [one.partition(":")[0].strip() for one in split(text)]
        return _name_unknown(names, known=findings, otherwise=rule.next_step)

    yield from _find(goals, rule, say)


def find_unknown_indicators(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find measures that the kit does not have; without screenings or walkthroughs, theirs cannot be told."""
    measures = _values_of(tables, table="screenings", column="measure")
    practices = {f"implementation:{one}" for one in _values_of(tables, table="walkthroughs", column="practice")}
    known = {"chronic_absence", "referrals", "caseload", *TIERS, *measures, *practices}

    def say(text: str) -> str | None:
        open_ones = [
            one
            for one in split(text)
            if one in known
            or (not practices and one.startswith("implementation:"))
            or (not measures and ":" not in one)
        ]
        unknown = [one for one in split(text) if one not in open_ones]
        return _name_unknown(unknown, known=known, otherwise=rule.next_step)

    yield from _find(rows, rule, say)


def find_other_statistics(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find statistics that their measure does not have."""
    measure, statistic = rule.columns
    if not rows.has(measure, statistic):
        return
    measures, statistics = rows.coded(measure), rows.coded(statistic)
    names, words = measures.distinct.to_pylist(), statistics.distinct.to_pylist()
    positions, next_steps = [], []
    for place, (left, right) in enumerate(zip(measures.codes.tolist(), statistics.codes.tolist(), strict=True)):
        if left < 0 or right < 0 or names[left] is None or words[right] not in {*OF_SCREENINGS, *_others()}:
            continue
        allowed = STATISTICS.get(names[left].split(":")[0], OF_SCREENINGS)
        if words[right] not in allowed:
            positions.append(place)
            next_steps.append(f"Write {' or '.join(allowed)} for {names[left]}")
    yield from rows.find(rule, np.array(positions, dtype=np.int64), next_steps=pa.array(next_steps, pa.string()))


def find_unknown_groups(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find student groups that are not a column of enrollments and its value."""
    columns = read_schema("enrollments").column_names

    def say(text: str) -> str | None:
        column, equals, value = (part.strip() for part in text.partition("="))
        if text.strip() == "all" or (equals and value and column in columns):
            return None
        return _name_unknown([column], known=columns, otherwise=rule.next_step) if equals and value else rule.next_step

    yield from _find(rows, rule, say)


def find_other_years(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find what is no school year."""
    yield from _find(rows, rule, lambda text: None if is_school_year(text.strip()) else rule.next_step)


def find_unreadable_milestones(
    rows: TableRows,
    rule: Rule,
    tables: Mapping[str, TableRows],  # noqa: ARG001
) -> Iterator[ProblemKind]:
    """Find milestones that are not a school year, a window and a value."""

    def say(text: str) -> str | None:
        for one in split(text):
            read = _MILESTONE.match(one)
            if read is None:
                return f"{rule.next_step}; this cannot be read: {one[:60]}"
            if not is_school_year(read[1]):
                return f"Write a school year such as 2025-26, not {read[1]}"
            if read[2] not in WINDOWS:
                return f"Write fall, winter or spring, not {read[2][:30]}"
        return None

    yield from _find(rows, rule, say)


def split(text: str) -> list[str]:
    """Split a cell that may hold several values, separated by semicolons."""
    return [part.strip() for part in text.split(";") if part.strip()]


def is_school_year(text: str) -> bool:
    """Whether a text is two calendar years that follow each other, such as 2025-26."""
    return bool(_YEAR.match(text)) and int(text[5:]) == (int(text[2:4]) + 1) % 100


def _others() -> set[str]:
    return {word for words in STATISTICS.values() for word in words}


def _find(rows: TableRows, rule: Rule, say: _Say) -> Iterator[ProblemKind]:
    """Find the rows of whose text something is said, which is what to do about it."""
    for column in rule.columns:
        if not rows.has(column):
            continue
        coded = rows.coded(column)
        said = [say(text) if text and text.strip() else None for text in coded.distinct.to_pylist()]
        steps = pa.array([*said, None], pa.string()).take(pa.array(np.where(coded.codes < 0, len(said), coded.codes)))
        positions = np.flatnonzero(steps.is_valid().to_numpy(zero_copy_only=False))
        yield from rows.find(rule.about(column), positions, next_steps=steps.take(pa.array(positions)))


def _name_unknown(words: Iterable[str], *, known: Iterable[str], otherwise: str) -> str | None:
    """Say what may be meant by the first word that is not known; None: all are."""
    choices = {*known}
    for word in words:
        if word not in choices:
            nearest = find_nearest(word[:100], known=sorted(choices))
            return f"Write {nearest!r} if that is meant by {word[:60]!r}" if nearest else otherwise
    return None


def _values_of(tables: Mapping[str, TableRows], *, table: str, column: str) -> set[str]:
    rows = tables.get(table)
    if rows is None or not rows.has(column):
        return set()
    coded = rows.coded(column)
    used = np.unique(coded.codes[coded.codes >= 0])
    return {value for value in coded.distinct.take(pa.array(used)).to_pylist() if value}
