"""Make ``frictionless.json``: faulty tables, and the cells and rows that frictionless refuses in them.

``python make_frictionless.py TARGET.json`` with frictionless 5.21.0 installed, in an environment of its own: the kit
does not need it. The tables are made from a seed; the schemas are those of the kit, whose additions frictionless
ignores.
"""

import csv
import io
import json
import random
import sys
from pathlib import Path

import frictionless
from frictionless import Resource, Schema

SCHEMAS = Path(__file__).resolve().parents[3] / "mtss_analysis" / "district" / "schema"
TABLES = (
    "attendance", "calendar", "enrollments", "fidelity", "interventions", "progress", "referrals", "schools",
    "screenings", "services", "staff", "surveys", "tiers", "trainings", "walkthroughs",
)  # fmt: skip
TABLES_OF_EACH = 4
ROWS = 12
# What a cell may hold, sound or not, by the type of its column. Not here, because the kit differs on purpose:
# NaN and INF, which Table Schema counts as numbers.
CELLS = {
    "string": ["a", "0012", "NO", "x y", "2024-25", "2024-5", "fall", "Fall", "reading", "13:45",
    "25:00", "2024-09", "1"],
    "number": ["0", "1", "41.5", "-3", "1e3", "+7", ".5", "7.", "101", "3,5", "1,234", "55%",
    "high", "#REF!", "1e", "--1"],
    "integer": ["0", "1", "2", "3", "-1", "1.5", "one", "2x", "007"],
    "boolean": ["true", "FALSE", "yes", "N", "1", "0", "sometimes", "2", "tRUE"],
    "date": ["2024-09-10", "2025-02-28", "2024-02-29", "2025-02-29", "2024-13-01", "3/4/25",
    "45173", "2024-09-10 10:00", "x"],
}  # fmt: skip


def main() -> None:
    """Write the file."""
    made = random.Random(20251122)  # noqa: S311 - not for secrets
    cases = []
    for table in TABLES * TABLES_OF_EACH:
        schema = json.loads((SCHEMAS / f"{table}.json").read_text(encoding="utf-8"))
        rows = make_rows(schema, made)
        text = write_rows(rows)
        cases.append({"table": table, "text": text, **judge(schema, text)})
    what = {
        "made_by": f"tests/reference/district/make_frictionless.py, frictionless {frictionless.__version__}",
        "cells": "row, column and error type of each refused cell; rows are counted from 1 without the header",
        "doubled": "rows whose primary key an earlier row has",
        "cases": cases,
    }
    Path(sys.argv[1]).write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")


def make_rows(schema: dict, made: random.Random) -> list[dict[str, str]]:
    """Make rows of which about every fifth cell is faulty or empty, and some of which come twice."""
    rows = []
    for _ in range(ROWS):
        row = {}
        for field in schema["fields"]:
            constraints = field.get("constraints", {})
            sound = constraints.get("enum", [])
            pool = [*sound, *sound, *CELLS[field["type"]], ""]
            row[field["name"]] = made.choice(sound) if sound and made.random() < 0.6 else made.choice(pool)
        rows.append(dict(made.choice(rows)) if rows and made.random() < 0.15 else row)
    return rows


def write_rows(rows: list[dict[str, str]]) -> str:
    """Write rows as CSV."""
    target = io.StringIO()
    writer = csv.DictWriter(target, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def judge(schema: dict, text: str) -> dict:
    """Ask frictionless which cells and which keys are refused."""
    descriptor = {"fields": schema["fields"], "primaryKey": schema["primaryKey"], "missingValues": [""]}
    resource = Resource(text.encode(), format="csv", schema=Schema.from_descriptor(descriptor))
    errors = resource.validate(limit_errors=1_000_000).tasks[0].errors
    cells = [
        [one.row_number - 1, one.field_name, one.type]
        for one in errors
        if one.type in ("type-error", "constraint-error")
    ]
    other = {one.type for one in errors} - {"type-error", "constraint-error", "primary-key"}
    if other:
        raise ValueError(f"not foreseen: {other}")
    return {"cells": cells, "doubled": [one.row_number - 1 for one in errors if one.type == "primary-key"]}


if __name__ == "__main__":
    main()
