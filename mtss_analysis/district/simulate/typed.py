"""Frames with the columns and types that reading the same table gives."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mtss_analysis.district.schema import FieldType, read_schema

DTYPES: dict[FieldType, str] = {
    "string": "str",
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
    "date": "datetime64[us]",
}


def type_table(table: str, *, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Make a frame of a table with all columns of its schema.

    Parameters
    ----------
    table : str
        Table name.
    columns : mapping of str to array or value
        Values by column, all of one length; a column that is left out is empty.

    Returns
    -------
    DataFrame
        Columns in the order of the schema, of the types that ``read_table`` gives; the index counts from 0.

    Raises
    ------
    KeyError
        The table has no such column.
    """
    schema = read_schema(table)
    for name in columns:
        schema.field(name)
    length = max((len(values) for values in columns.values() if not isinstance(values, str)), default=0)
    index = pd.RangeIndex(length)
    return pd.DataFrame(
        {field.name: _typed(columns.get(field.name), dtype=DTYPES[field.type], index=index) for field in schema.fields},
        index=index,
    )


def _typed(values: object, *, dtype: str, index: pd.RangeIndex) -> pd.Series:
    if isinstance(values, pd.Series):
        values = values.array
    return pd.Series(values, index=index, dtype=dtype)
