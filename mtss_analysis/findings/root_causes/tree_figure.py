"""The picture of a split: bars of the first factor's categories, and under each the second one's."""

from mtss_analysis.findings.root_causes.columns import Kind
from mtss_analysis.findings.root_causes.factor_words import name_category
from mtss_analysis.findings.root_causes.results import Drill, Tree
from mtss_analysis.show import Figure, IntervalRow, ReferenceLine, count_of, draw_intervals

LIMITS: dict[Kind, tuple[float, float]] = {"level": (-1.0, 1.0), "change": (-0.5, 0.5)}
MOST_ROWS = 40
INDENT = "\u00a0" * 6
"""Hard spaces, which the layout keeps."""


def draw_tree(drill: Drill, kind: Kind | None, *, name: str, population: str) -> Figure | None:
    """Draw what is named of a trend.

    Parameters
    ----------
    drill : Drill
        What the search shows.
    kind : {'level', 'change'} or None
        One of :func:`list_kinds`; None: nothing is drawn.
    name : str
        Name of the figure.
    population : {'district', 'state'}
        Whose standard deviations.

    Returns
    -------
    Figure or None
        None where nothing is drawn.
    """
    if kind is None:
        return None
    tree = drill.trees[kind]
    rows = _list_rows(tree, kind)
    first, second = tree.first.factor.label, ""
    if tree.second is not None and any(_is_leaf(row) for row in rows):
        second = f", and under each by {tree.second.split.second.label}"
    what = "Change in standing a year" if kind == "change" else "Mean standing"
    return draw_intervals(
        name=name,
        caption=f"{what} in {drill.target.label} by {first}{second}, all years together.",
        rows=rows[:MOST_ROWS],
        x_label=f"{what} against the school's average, {population} standard deviations",
        limits=LIMITS[kind],
        lines=[ReferenceLine(value=0.0, label="school's average")],
        less="lower" if kind == "level" else "falling behind",
        more="higher" if kind == "level" else "gaining",
        signed=True,
    )


def list_kinds(drill: Drill) -> tuple[Kind, ...]:
    """List what there is to draw of a trend.

    Parameters
    ----------
    drill : Drill
        What the search shows.

    Returns
    -------
    tuple of {'change', 'level'}
        A change, which is nearer to the trend, before standing; none where nothing is named that may be printed.
    """
    return tuple(
        kind
        for kind in ("change", "level")
        if kind in drill.trees and any(row.estimate is not None for row in _list_rows(drill.trees[kind], kind))
    )


def _list_rows(tree: Tree, kind: Kind) -> list[IntervalRow]:
    factor = tree.first.factor
    rows = [IntervalRow(label=factor.label[:1].upper() + factor.label[1:], heading=True)]
    for one in tree.first.categories():
        value = one.value(kind)
        label = name_category(factor, one.category)
        if one.category not in tree.first.printable:
            continue
        if value is None:
            rows.append(IntervalRow(label=label, reason=one.reason or "cannot be estimated"))
            continue
        counted = f"{label} ({count_of(one.n_students, 'student')})"
        rows.append(IntervalRow(label=counted, estimate=value.estimate, low=value.ci_low, high=value.ci_high))
        rows += _list_leaves(tree, category=one.category)
    return rows


def _list_leaves(tree: Tree, *, category: str) -> list[IntervalRow]:
    if tree.second is None:
        return []
    return [
        IntervalRow(
            label=f"{INDENT}{name_category(tree.second.split.second, leaf.second)} ({leaf.n_students})",
            estimate=leaf.value.estimate,
            low=leaf.value.ci_low,
            high=leaf.value.ci_high,
            role="others",
        )
        for leaf in tree.leaves
        if leaf.first == category and leaf.value is not None and (leaf.first, leaf.second) in tree.printable
    ]


def _is_leaf(row: IntervalRow) -> bool:
    return row.label.startswith(INDENT)
