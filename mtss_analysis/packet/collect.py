"""``findings.parquet``: the published numbers of all packets of a run."""

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mtss_analysis.findings.record import RECORD_FIELDS

_WHOLE_NUMBERS = frozenset({"n", "n_clusters"})
_NUMBERS = frozenset({"estimate", "std_error", "ci_low", "ci_high", "ci_level", "p_value", "q_value"})


def write_findings(packets: Iterable[Path], *, path: Path) -> int:
    """Put the records of packets into one Parquet file.

    Parameters
    ----------
    packets : iterable of Path
        Folders of packets, in the order of the rows.
    path : Path
        The file; replaced when it is complete.

    Returns
    -------
    int
        Number of records.
    """
    beside = path.with_name(f".{path.name}.new")
    count = 0
    with pq.ParquetWriter(beside, _schema()) as writer:
        for packet in packets:
            records = json.loads((packet / "findings.json").read_text(encoding="utf-8"))
            writer.write_table(pa.Table.from_pylist(records, schema=_schema()))
            count += len(records)
    beside.replace(path)
    return count


def _schema() -> pa.Schema:
    return pa.schema([(name, _type_of(name)) for name in RECORD_FIELDS])


def _type_of(name: str) -> pa.DataType:
    if name in _WHOLE_NUMBERS:
        return pa.int64()
    return pa.float64() if name in _NUMBERS else pa.string()
