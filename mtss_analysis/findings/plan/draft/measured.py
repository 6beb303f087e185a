"""What the measures of a draft stood at, computed as they will be once its goals stand in the plan."""

from collections.abc import Iterable

import pandas as pd

from mtss_analysis.district.schema import read_schema
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.values.across import compare_values
from mtss_analysis.findings.values.keys import ValueKey

GOALS = "goals"


def measure_keys(keys: Iterable[ValueKey], *, tables: Tables, comparison: Comparison, settings: Settings) -> Comparison:
    """Compute the values of a draft's measures beside those that the plans name already.

    Parameters
    ----------
    keys : iterable of ValueKey
        What the draft measures.
    tables : Tables
        The tables of all districts.
    comparison : Comparison
        Gives norms, and what its chapters withhold.
    settings : Settings
        What the run asks.

    Returns
    -------
    Comparison
        With the frames ``values`` and ``value_changes``. What may be printed is decided as for a plan that has these
        goals, so that the draft holds no number which its packet would withhold.
    """
    return Comparison(frames=compare_values(_WithGoals(tables, keys=keys), settings=settings, reader=comparison))


class _WithGoals:
    """Tables whose plan has goals for the measures of a draft, too."""

    def __init__(self, tables: Tables, *, keys: Iterable[ValueKey]) -> None:
        self._tables = tables
        columns = ["district_id", *read_schema(GOALS).column_names]
        there = tables(GOALS).reindex(columns=columns) if tables.has(GOALS) else pd.DataFrame(columns=columns)
        added = pd.DataFrame(
            [
                {"measure": key.measure, "statistic": key.statistic, "grade": key.grade, "student_group": key.group}
                for key in keys
            ],
            columns=columns,
        )
        self._goals = pd.concat([there.astype("object"), added.astype("object")], ignore_index=True)

    def __call__(self, name: str, /) -> pd.DataFrame:
        return self._goals if name == GOALS else self._tables(name)

    def has(self, name: str, /) -> bool:
        return name == GOALS or self._tables.has(name)
