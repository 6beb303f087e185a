"""Rules on what comes before what in a plan: dates before it was written, years out of order, actions in a circle."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from mtss_analysis.district.check_dates import years_of
from mtss_analysis.district.check_plan import split
from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.table_rows import TableRows


def find_circles(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find rows that wait for themselves: through the second column, each names rows of the first."""
    key, waits_for = rule.columns
    if not rows.has(key, waits_for):
        return
    ids, waits = _texts(rows, key), _texts(rows, waits_for)
    edges: dict[str, list[str]] = {}
    for own, text in zip(ids, waits, strict=True):
        if own:
            edges.setdefault(own, []).extend(split(text or ""))
    positions, next_steps = [], []
    for place, own in enumerate(ids):
        circle = _find_way_back(own, edges=edges) if own and split(waits[place] or "") else None
        if circle is not None:
            positions.append(place)
            next_steps.append(f"{rule.next_step}: {' waits for '.join(circle)}")
    yield from rows.find(
        rule.about(waits_for), np.array(positions, dtype=np.int64), next_steps=pa.array(next_steps, pa.string())
    )


def find_before_plan(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find dates before the day on which the goal of the row was written; ``by`` names the way to the goal."""
    written = _days_by_goal(tables)
    goals: list[str | None] = _texts(rows, rule.by[0]) if rows.has(rule.by[0]) else []
    for way in rule.by[1:]:
        table, column = way.split(".")
        onward = _link(tables, table=table, column=column)
        goals = [onward.get(name) if name else None for name in goals]
    if not goals or not written:
        return
    nothing = np.datetime64("NaT", "D")
    planned = np.array([written.get(goal, nothing) if goal else nothing for goal in goals], dtype="datetime64[D]")
    for column in rule.columns:
        if rows.has(column):
            yield from rows.find(rule.about(column), np.flatnonzero(rows.array(column) < planned))


def find_years_out_of_order(
    rows: TableRows,
    rule: Rule,
    tables: Mapping[str, TableRows],  # noqa: ARG001
) -> Iterator[ProblemKind]:
    """Find rows whose first school year is later than the second."""
    if rows.has(*rule.columns):
        first, second = (years_of(rows.coded(column)) for column in rule.columns)
        yield from rows.find(rule, np.flatnonzero((first > second) & (second >= 0)))


def _texts(rows: TableRows, column: str) -> list[str | None]:
    coded = rows.coded(column)
    distinct = [*coded.distinct.to_pylist(), None]
    return [distinct[code] for code in coded.codes.tolist()]


def _find_way_back(start: str, *, edges: Mapping[str, list[str]]) -> list[str] | None:
    """Find the shortest way from a row back to itself."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for onward in edges.get(way[-1], ()):
            if onward == start:
                return [*way, start]
            if onward not in seen:
                seen.add(onward)
                ways.append([*way, onward])
    return None


def _days_by_goal(tables: Mapping[str, TableRows]) -> dict[str, np.datetime64]:
    goals = tables.get("goals")
    if goals is None or not goals.has("goal_id", "planned_on"):
        return {}
    days = goals.array("planned_on")
    return {goal: day for goal, day in zip(_texts(goals, "goal_id"), days, strict=True) if goal and not np.isnat(day)}


def _link(tables: Mapping[str, TableRows], *, table: str, column: str) -> dict[str, str | None]:
    """Give, by the key of a table, what a column of it holds."""
    rows = tables.get(table)
    key = "" if rows is None else rows.schema.primary_key[0]
    if rows is None or not rows.has(key, column):
        return {}
    return {own: value for own, value in zip(_texts(rows, key), _texts(rows, column), strict=True) if own}
