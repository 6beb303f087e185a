"""Write docs/data.md from the schema, so that the two cannot differ."""

from pathlib import Path

from mtss_analysis.district import TableSchema, read_schema, table_names

TARGET = Path(__file__).resolve().parent.parent / "docs" / "data.md"

OPENING = """# Tables and columns

A **district folder** holds one file per table, CSV (UTF-8) or Parquet; a large Parquet table is a folder
partitioned by `school_id`. A **state folder** is a folder of district folders. `schools`, `enrollments` and one table
of outcomes are required. An optional column may be absent or empty. The tables of the plan (`goals`, `actions`,
`deliverables`, `initiatives`, `capacity`) may also be written as YAML, see [plan.md](plan.md). This page is written
from the schema by `scripts/write_data_doc.py`.

Rules for all tables: ids and codes are text (`0012` stays `0012`, `NO` stays `NO`), dates are ISO (`2025-09-01`), a
school year is written `2025-26`, missing is an empty cell, and a column that the schema does not know is reported with
the nearest known name. A student without a row in `screenings` was not screened, which is never counted as success.

In each table the columns in **bold** together name a row; a column marked with * has to be filled in every row.
"""


def describe_tables() -> str:
    """Write the page.

    Returns
    -------
    str
        Markdown.
    """
    return OPENING + "".join(_describe(read_schema(name)) for name in table_names())


def _describe(schema: TableSchema) -> str:
    lines = [
        f"\n## `{schema.name}` ({schema.use})\n\n{schema.description}\n\n| Column | Type | Meaning |\n|---|---|---|\n"
    ]
    for field in schema.fields:
        name = f"**{field.name}**" if field.name in schema.primary_key else field.name
        unit = f", {field.unit}" if field.unit else ""
        allowed = f" One of: {', '.join(field.allowed)}." if field.allowed else ""
        meaning = f"{field.description}{allowed}".replace("|", "\\|")
        lines.append(f"| {name}{'*' if field.required else ''} | {field.type}{unit} | {meaning} |\n")
    return "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(describe_tables(), encoding="utf-8")
