"""Keep ids of people out of what a check shows where a row has slipped and they stand in another column."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.table_rows import TableRows

# Where the tables say who is who.
PEOPLE = (("enrollments", "student_id"), ("staff", "staff_id"))
# Shorter ids are also grades, counts and scores, which have to be shown.
SHORTEST_ID = 5


def withhold_people(kinds: Iterable[ProblemKind], *, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Leave out values that are ids of students or staff members.

    Parameters
    ----------
    kinds : iterable of ProblemKind
        What a check found; personal columns show no values anyway.
    tables : mapping of str to TableRows
        All tables that are there.

    Yields
    ------
    ProblemKind
        The same, with the value missing wherever it is somebody's id of at least five characters.
    """
    parts = [tables[table].coded(column).distinct for table, column in PEOPLE if _has(tables, table, column)]
    people = pc.drop_null(pc.unique(pa.chunked_array(parts, pa.string())))
    people = people.filter(pc.greater_equal(pc.utf8_length(people), SHORTEST_ID))
    for kind in kinds:
        if kind.values is None or len(people) == 0:
            yield kind
            continue
        is_person = pc.is_in(kind.values, value_set=people)
        shown = pc.if_else(is_person, pa.scalar(None, pa.string()), kind.values)
        yield replace(kind, values=shown) if pc.any(is_person).as_py() else kind


def _has(tables: Mapping[str, TableRows], table: str, column: str) -> bool:
    return table in tables and tables[table].has(column)
