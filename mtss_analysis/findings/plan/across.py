"""The plans of all districts as frames of the comparison: a plan has no student in it."""

import pandas as pd

from mtss_analysis.district.schema import read_schema
from mtss_analysis.findings.tables import Tables

PLAN_TABLES = ("goals", "actions", "deliverables", "initiatives", "capacity")
PLAN_FRAMES = tuple(f"plan_{name}" for name in PLAN_TABLES)


def gather_plans(tables: Tables) -> dict[str, pd.DataFrame]:
    """Gather the plan tables of all districts.

    Parameters
    ----------
    tables : Tables
        The tables of all districts, with ``district_id``.

    Returns
    -------
    dict of str to DataFrame
        ``plan_goals`` and so on: the columns of the table's schema and ``district_id``, as text, dates and numbers; no
        row where no district has the table.
    """
    return {f"plan_{name}": _gather(tables, name=name) for name in PLAN_TABLES}


def _gather(tables: Tables, *, name: str) -> pd.DataFrame:
    columns = ["district_id", *read_schema(name).column_names]
    if not tables.has(name):
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    return tables(name).reindex(columns=columns).reset_index(drop=True)
