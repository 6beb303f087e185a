"""Write docs/check.md from the rules, so that the two cannot differ."""

from pathlib import Path

from mtss_analysis.district import read_schema, table_names
from mtss_analysis.district.cell_rules import CATALOGUE
from mtss_analysis.district.check_plan_files import CATALOGUE as PLAN_FILES

TARGET = Path(__file__).resolve().parent.parent / "docs" / "check.md"

OPENING = """# Checking the data

```
mtss check FOLDER [--report FOLDER] [--run RUN.yml]
```

checks a district folder, or all district folders of a state folder, against the tables in [data.md](data.md)
and the rules below, and changes nothing in it. Every finding names the file, the row (counted from 1, without
the header), the column, what stands there, the rule, and what to do. This page is written from the rules by
`scripts/write_check_doc.py`.

- An **error** stops `mtss run`: the value cannot be used, or contradicts another. A **warning** does not: it
  is a value that is probably wrong, or that leaves something out. Whether it is wrong only the district can
  say.
- The terminal lists the first twenty rows of each kind. `problems.csv` has **every** row of every kind,
  however many; `index.html` has the first 1,000 of each kind, by table, and needs neither a network nor a
  script. Both are written into `check/`, in a folder with the name of the folder that was checked, below the
  folder from which the command is called; `--report` names another place. The report is never written among
  the data.
- No finding shows the id of a student, a staff member or a respondent: look the row up by its number. A value
  in any other column that is a student's or staff member's id of five or more characters is left out, too,
  since the row has slipped. Reports still describe single rows: keep them as you keep the data.
- The exit code is 0 without errors (there may be warnings) and 2 with errors.
- The page begins with, and the terminal says in short, **what you can analyse** with these tables and what is
  missing for the rest, by requirement. It counts a column as there when a cell of it holds something.

## What to do with a long list

1. Mend what concerns a file as a whole first: `readable`, `header`, `column`, `stored_type`. One wrong export
   makes thousands of findings.
2. Then the ids: `link`, `lost_zeros`, `scientific_id`. A spreadsheet drops leading zeros and shortens long
   numbers; export again, and open CSV files in a spreadsheet only through its import, with id columns set to
   *text*.
3. Then the errors in cells, table by table, at the source: what is mended in the CSV file alone comes back
   with the next export.
4. Read the warnings once a term. A rule that is right for your district's practice can stay unmended.

A value that breaks a rule of its own cell is not held against other rows and tables, so that one slip is one
finding.
"""

WHOLE = (
    ("readable", "error", "The file cannot be read: empty, not UTF-8, no CSV or Parquet, an unclosed quotation mark"),
    ("header", "error", "The first line names no column of the table"),
    ("column", "error", "A required column is not there"),
    ("unknown_column", "warning", "A column that the kit does not know; the nearest known name is given"),
    ("stored_type", "error", "A Parquet column has a type that cannot hold its values, such as ids stored as numbers"),
    ("cells", "error", "A row has more or fewer cells than the header has columns"),
    ("empty_row", "error", "A row has commas, but no value"),
    ("table", "error", "A required table, or every table of outcomes, is not there"),
    ("rows", "error", "A required table has no rows"),
    ("unknown_file", "warning", "A file whose name is that of no table"),
    ("district", "error", "A folder holds two districts, or two folders hold the same one"),
    ("partition", "error", "A row names another school than the folder it lies in"),
    ("unique", "error", "The key of a row is that of an earlier one"),
    ("link", "error or warning", "A row names a school, student, intervention … that its table does not have"),
    ("lost_zeros", "warning", "Another row of the table has the same id with leading zeros"),
)


PLANS = """A plan may be written as YAML, in `plans/` ([plan.md](plan.md)). Its rows are then checked by the same rules
as those of CSV files, and named by file and **line**. What the chapter on the action plan finds weak, such as an
action without an owner, is not repeated here. With `--run RUN.yml`, actions whose `cause_id` is neither a cause of
that run file nor a practice of the walkthroughs are warned of, too (`unknown_cause`). A goal whose `finding_id` begins
with a name that no finding of the packets has is warned of with the nearest name (`unknown_finding`).
"""


def describe_rules() -> str:
    """Write the page.

    Returns
    -------
    str
        Markdown.
    """
    parts = [OPENING, "\n## Files, keys and links\n\n", _table(WHOLE), "\n## Cells\n\n", _table(CATALOGUE)]
    parts += ["\n## Plan files\n\n", PLANS, "\n", _table(PLAN_FILES)]
    parts.append("\n## Rows and tables\n")
    for name in table_names():
        rules = read_schema(name).rules
        if rules:
            rows = [
                (rule.name, rule.severity, f"{_columns(rule.columns)}: {rule.problem}. {rule.next_step}.")
                for rule in rules
            ]
            parts += [f"\n### `{name}`\n\n", _table(rows)]
    return "".join(parts) + CLOSING


CLOSING = """
## How the rules of judgement decide

- `outlier`: more than 10 times as far from the measure's median as its 95th (or 5th) percentile is, **and**
  more than twice as far as any value within that limit; scores that are never negative have to lie as far out
  in logarithms. Measures with fewer than 30 scores are not judged. Skewed scores stay silent: of an
  exponential distribution, one value in 20 billion lies so far out. It finds a digit too many and codes such
  as 999 or -999; it does not find a score that is merely unlikely. Limits of a scale are not known to the
  kit.
- `window_far`: more than 60 days from the median date of the year, window and measure, which needs at least 5
  dates.
- `constant`: at least 50 values, all the same.
- `overlap` lets two spells share the day of change; `two_schools` does not, since the last day enrolled and
  the first are different days. An empty `entry_date` or `exit_date` means the first or last day of the school
  year.
- `not_instructional`: the calendar says there is no school, or has at least 100 school days of that school
  and year, but not this one.
- Where equal rows disagree (`cut_score_changes`, `grade_differs` …), the less frequent value is reported; of
  two that are equally frequent, the later one.
- A school year begins on 1 July.
"""


def _columns(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _table(rows: tuple[tuple[str, str, str], ...] | list[tuple[str, str, str]]) -> str:
    lines = [f"| `{name}` | {severity} | {what.replace('|', chr(92) + '|')} |\n" for name, severity, what in rows]
    return "| Rule | Severity | What is wrong |\n|---|---|---|\n" + "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(describe_rules(), encoding="utf-8")
