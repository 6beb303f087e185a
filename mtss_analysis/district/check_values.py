"""Rules on values: one larger than it can be, one unlike those it belongs with, none where one is expected."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.problems import ProblemKind, whole
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.table_rows import IntArray, TableRows, combine_codes, look_up

# Beyond this many times the distance from the median to the 95th (5th) percentile lies no clean value of an
# exponential distribution: the chance is exp(-23.7), 5 in 100 billion.
OUTLIER_FACTOR = 10
# And it stands alone: more than twice as far from the median as any value within.
OUTLIER_GAP = 2
# Scores that are never negative may be more skewed: there, the logarithms have to lie as far out as a normal
# variable does with a chance of 4 in a billion (3.5 times 1.645 standard deviations).
OUTLIER_FACTOR_OF_LOGARITHMS = 3.5
FEWEST_TO_JUDGE = 30
FEWEST_ALIKE = 50


def find_larger(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find rows in which the first column is larger (for dates, later) than the second times the factor.

    Rows in which a column ``by`` is larger than the second, too, are left to the rule on that column.
    """
    low, high = (rows.array(name) for name in rule.columns)
    # NaN and NaT are larger than nothing.
    where = low > high if rule.factor == 1 else low > rule.factor * high
    for name in rule.by:
        where &= ~(rows.array(name) > high)
    yield from rows.find(rule, np.flatnonzero(where))


def find_deviating(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find rows whose value is not the most frequent one among the rows that agree in the columns ``by``."""
    own = [rows.as_codes(name) for name in rule.by if "." not in name]
    for name in rule.by:
        if "." in name:
            looked_up = look_up(rows, name=name, tables=tables)
            if looked_up is None:
                return
            own.append(looked_up)
    group = combine_codes(own)
    value = rows.as_codes(rule.columns[0]).codes
    usable = np.flatnonzero((group >= 0) & (value >= 0))
    if len(usable) == 0:
        return
    dense, groups = pd.factorize(group[usable])
    value = value[usable]
    differs = value != _first_of_group(value, group=dense, size=len(groups))[dense]
    if not differs.any():
        return
    is_mixed = np.zeros(len(groups), dtype=np.bool_)
    is_mixed[dense[differs]] = True
    inside = np.flatnonzero(is_mixed[dense])
    frame = pd.DataFrame({"group": dense[inside], "value": value[inside]})
    sizes = frame.groupby(["group", "value"], sort=False).size().reset_index(name="n")
    usual = sizes.sort_values("n", ascending=False, kind="stable").drop_duplicates("group")
    usual_by_group = usual.set_index("group")["value"]
    odd = frame["value"].to_numpy() != frame["group"].map(usual_by_group).to_numpy()
    yield from rows.find(rule, usable[inside[odd]])


def find_outliers(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find values that lie far outside all others of their group, and alone."""
    values = rows.array(rule.columns[0])
    group, _ = pd.factorize(rows.group(*rule.by))
    usable = np.flatnonzero(~np.isnan(values) & (rows.group(*rule.by) >= 0))
    order = usable[np.argsort(group[usable], kind="stable")]
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    found = [part[_is_outlier(values[part])] for part in np.split(order, starts[1:])]
    yield from rows.find(rule, np.sort(np.concatenate(found)))


def _is_outlier(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Mark gross outliers among the values of one group.

    Parameters
    ----------
    values : (n,) float array
        No missing values.

    Returns
    -------
    (n,) bool array
        True beyond ``OUTLIER_FACTOR`` times the distance between median and 95th (5th) percentile, if also more
        than ``OUTLIER_GAP`` times as far from the median as every value within; of scores that are never
        negative, those above also as far out in logarithms. All false for fewer than 30
        values, and on a side where half of the values and the percentile are the same.
    """
    if len(values) < FEWEST_TO_JUDGE:
        return np.zeros(len(values), dtype=np.bool_)
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    outlying = np.zeros(len(values), dtype=np.bool_)
    for distance, spread in ((values - median, high - median), (median - values, median - low)):
        beyond = distance > OUTLIER_FACTOR * spread
        if spread > 0 and beyond.any():
            farthest_within = distance[~beyond].max()
            if distance[beyond].min() > OUTLIER_GAP * farthest_within:
                outlying |= beyond
    above = outlying & (values > median)
    if above.any() and values[~outlying].min() >= 0:
        limit = np.log1p(median) + OUTLIER_FACTOR_OF_LOGARITHMS * (np.log1p(high) - np.log1p(median))
        outlying[above] = np.log1p(values[above]) > limit
    return outlying


def find_constant(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find columns that have the same value in all of at least 50 rows, of a group or of the table."""
    column = rule.columns[0]
    values = rows.array(column)
    group = rows.group(*rule.by) if rule.by else np.zeros(rows.size, dtype=np.int64)
    usable = np.flatnonzero(~np.isnan(values) & (group >= 0))
    if len(usable) < FEWEST_ALIKE:
        return
    dense, groups = pd.factorize(group[usable])
    values = values[usable]
    differs = values != _first_of_group(values, group=dense, size=len(groups))[dense]
    counts = np.bincount(dense, minlength=len(groups))
    alike = (np.bincount(dense[differs], minlength=len(groups)) == 0) & (counts >= FEWEST_ALIKE)
    for number in np.flatnonzero(alike):
        first = usable[np.flatnonzero(dense == number)[:1]]
        label = rows.show(first, columns=rule.by)
        of_group = f" of {', '.join(rule.by)} {label[0].as_py()}" if label is not None else ""
        yield whole(
            rows.name,
            column=column,
            rule=rule.name,
            severity=rule.severity,
            problem=f"All {counts[number]} values{of_group} are {values[dense == number][0]:g}",
            next_step=rule.next_step,
        )


def find_empty_columns(
    rows: TableRows,
    rule: Rule,
    tables: Mapping[str, TableRows],  # noqa: ARG001
) -> Iterator[ProblemKind]:
    """Find columns that the files have, but that hold nothing."""
    for column in rule.columns:
        filled = [file.filled[column] for file in rows.files if column in file.filled]
        if filled and not any(filled):
            yield whole(
                rows.name,
                column=column,
                rule=rule.name,
                severity=rule.severity,
                problem=rule.problem,
                next_step=rule.next_step,
            )


def _first_of_group(values: npt.NDArray[np.generic], *, group: IntArray, size: int) -> npt.NDArray[np.generic]:
    first = np.empty(size, dtype=values.dtype)
    first[group[::-1]] = values[::-1]  # the last one written stays, which is the first row
    return first
