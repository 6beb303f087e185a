"""Records of an export with one key: the same row again, rows that are combined, and the choice among tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from mtss_analysis.district.imports.mapping import Block, Choice
from mtss_analysis.district.imports.refusals import Refusal
from mtss_analysis.district.imports.shape import FILE, ROW
from mtss_analysis.district.schema import TableSchema

_SUM = {"sum": "sum", "earliest": "min", "latest": "max", "filled": "first"}


@dataclass(slots=True, kw_only=True, eq=False)
class Resolved:
    """Records with one row for each key.

    Parameters
    ----------
    table : pyarrow.Table
        The records kept, in the order of the export.
    left_out : dict of str to int
        Records left out, by reason.
    refused : int
        Records with one key that differ, without a rule that chooses.
    refusals : list of Refusal
        One for each of them.
    """

    table: pa.Table
    left_out: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def resolve_doubled(table: pa.Table, *, schema: TableSchema, block: Block | None, files: Sequence[str]) -> Resolved:
    """Keep one record for each key.

    Parameters
    ----------
    table : pyarrow.Table
        Records with ``__row`` and ``__file``.
    schema : TableSchema
        The table, with its key.
    block : Block or None
        Rules of the mapping; None: only rows that are the same are left out.
    files : sequence of str
        Names of the files by the number in ``__file``.

    Returns
    -------
    Resolved
        Records in are records kept, left out and refused.
    """
    code = _code_keys(table, key=schema.primary_key)
    is_doubled = pd.Series(code).duplicated(keep=False).to_numpy()
    if not is_doubled.any():
        return Resolved(table=table)
    resolved = Resolved(table=table)
    single = table.filter(pa.array(~is_doubled))
    frame = table.filter(pa.array(is_doubled)).to_pandas(types_mapper=_nullable)
    frame["__key"] = code[is_doubled]
    values = [name for name in frame.columns if name not in {ROW, FILE, "__key"}]
    combine: dict[str, str] = dict(block.combine) if block is not None else {}
    choices = block.choices if block is not None else ()
    if combine:
        frame = _combine(frame, combine=combine)
    else:
        again = frame.duplicated(subset=["__key", *values]).to_numpy()
        _count(resolved, reason="the same row again", count=int(again.sum()))
        frame = frame.loc[~again]
    if choices:
        frame = _sort(frame, choices=choices)
    first = frame.loc[~frame["__key"].duplicated()]
    rest = frame.loc[frame["__key"].duplicated()]
    if choices:
        ties = _find_ties(frame, choices=choices)
        _count(
            resolved,
            reason=f"another row chosen ({', '.join(f'{choice.which} {choice.column}' for choice in choices)})",
            count=int((~rest["__key"].isin(ties)).sum()),
        )
    elif combine:
        compared = [name for name in values if name not in combine]
        agrees = ~frame["__key"].isin(_find_different(frame, columns=compared))
        ties = set(frame.loc[~agrees, "__key"])
        _count(resolved, reason="combined with another row", count=int((~rest["__key"].isin(ties)).sum()))
    else:
        ties = set(rest["__key"])
    for _, row in frame.loc[frame["__key"].isin(ties)].head(10_000).iterrows():
        resolved.refusals.append(
            Refusal(
                table=schema.name,
                file=files[int(row[FILE])],
                row=int(row[ROW]),
                column=", ".join(schema.primary_key),
                header="",
                value=", ".join(_written(row[name]) for name in schema.primary_key),
                personal=any(schema.field(name).personal for name in schema.primary_key),
                problem="Several rows of the export have this key and differ",
                next_step="Say with `when_doubled:` in the mapping which one counts, such as [last date, last row]",
            )
        )
    resolved.refused = int(frame["__key"].isin(ties).sum())
    first = first.loc[~first["__key"].isin(ties), [*values, ROW, FILE]]
    chosen = pa.Table.from_pandas(first, preserve_index=False).select(table.column_names).cast(table.schema)
    whole = pa.concat_tables([single, chosen])
    resolved.table = whole.sort_by([(FILE, "ascending"), (ROW, "ascending")])
    return resolved


def _count(resolved: Resolved, *, reason: str, count: int) -> None:
    if count:
        resolved.left_out[reason] = resolved.left_out.get(reason, 0) + count


def _code_keys(table: pa.Table, *, key: Sequence[str]) -> npt.NDArray[np.int64]:
    code = np.zeros(table.num_rows, dtype=np.int64)
    for name in key:
        encoded = table[name].combine_chunks().dictionary_encode()
        indices = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        combined = code * (len(encoded.dictionary) + 1) + indices.astype(np.int64)
        code = pd.factorize(combined)[0].astype(np.int64)
    return code


def _nullable(stored: pa.DataType) -> pd.api.extensions.ExtensionDtype | None:
    return pd.ArrowDtype(stored)


def _combine(frame: pd.DataFrame, *, combine: Mapping[str, str]) -> pd.DataFrame:
    """Put the combined value into every row of a key; a sum over nothing but missing values stays missing."""
    frame = frame.copy()
    grouped = frame.groupby("__key", sort=False)
    for column, how in combine.items():
        if column not in frame.columns:
            continue
        if how == "sum":
            total = frame.assign(__value=frame[column].astype("Float64")).groupby("__key", sort=False)["__value"]
            frame[column] = total.transform("sum", min_count=1).astype(frame[column].dtype)
        else:
            values = grouped[column].agg(_SUM[how])
            frame[column] = frame["__key"].map(values).astype(frame[column].dtype)
    return frame


def _sort(frame: pd.DataFrame, *, choices: Sequence[Choice]) -> pd.DataFrame:
    for choice in reversed(choices):
        keys = _sort_keys(frame, choice=choice)
        frame = frame.iloc[np.argsort(keys, kind="stable")]
    return frame.iloc[np.argsort(frame["__key"].to_numpy(), kind="stable")]


def _sort_keys(frame: pd.DataFrame, *, choice: Choice) -> npt.NDArray[np.float64]:
    """Give each row its place: the smaller, the sooner chosen; missing values come last."""
    if choice.column == "row":
        order = frame[FILE].astype("int64") * 10**10 + frame[ROW].astype("int64")
    else:
        order = frame[choice.column]
    if choice.which == "filled":
        return np.asarray(order.isna(), dtype=np.float64)
    ranks = np.asarray(order.rank(method="dense").astype("Float64").to_numpy(dtype=float, na_value=np.nan))
    if choice.which in {"last", "highest"}:
        ranks = -ranks
    return np.where(np.isnan(ranks), np.inf, ranks)


def _find_ties(frame: pd.DataFrame, *, choices: Sequence[Choice]) -> set[int]:
    """Find the keys whose first two rows no rule tells apart."""
    keys = frame["__key"].to_numpy()
    order = np.column_stack([_sort_keys(frame, choice=choice) for choice in choices])
    first = ~frame["__key"].duplicated().to_numpy()
    second = np.concatenate([[False], first[:-1]]) & ~first
    at = np.flatnonzero(second)
    same = (order[at] == order[at - 1]).all(axis=1)
    return set(keys[at[same]].tolist())


def _find_different(frame: pd.DataFrame, *, columns: Sequence[str]) -> set[int]:
    """Find the keys whose rows differ in some of the columns."""
    distinct = frame[["__key", *columns]].drop_duplicates()
    return set(distinct.loc[distinct["__key"].duplicated(), "__key"])


def _written(value: object) -> str:
    text = str(value)
    return text.removesuffix(" 00:00:00")
