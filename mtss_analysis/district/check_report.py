"""Write what a check found as a CSV file and as a page."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from mtss_analysis.district.check import Check
from mtss_analysis.district.plan_files.places import FOLDER as PLANS
from mtss_analysis.district.possible import WORDS, find_possible
from mtss_analysis.district.problems import Problem, ProblemKind, group_kinds, list_all, name_unit, write_problems_csv
from mtss_analysis.district.schema import table_names
from mtss_analysis.errors import DataError, Place

# A page with more rows of one kind is slow to open and read by nobody; the CSV file has them all.
ROWS_ON_THE_PAGE = 1_000
CSV_NAME = "problems.csv"
PAGE_NAME = "index.html"

_STYLE = Markup("""
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 60rem; margin: 0 auto;
  padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { font-size: 1.3rem; margin-top: 2rem; border-bottom: 2px solid #1b1b1b; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
a { color: #0b4f9e; } a:focus, [tabindex]:focus { outline: 3px solid #0b4f9e; outline-offset: 2px; }
table { border-collapse: collapse; min-width: 100%; overflow-wrap: break-word; }
caption { text-align: left; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #767676; }
th { background: #f0f0f0; overflow-wrap: normal; } td { min-width: 4rem; }
td code { background: #f0f0f0; white-space: pre-wrap; font: inherit; }
td.number, th.number { text-align: right; white-space: nowrap; }
.scroll { overflow: auto; max-height: 30rem; } #possible ~ .whole { max-height: none; }
.error { color: #9b1c1c; } .warning { color: #6b4e00; }
nav ul { padding-left: 1.2rem; } nav a, td a { display: inline-block; padding: .2rem 0; }
""")


def write_report(check: Check, *, folder: Path, report: Path) -> None:
    """Write ``problems.csv``, with every problem, and ``index.html``.

    Parameters
    ----------
    check : Check
        What was found.
    folder : Path
        The folder that was checked; only its name is printed.
    report : Path
        Where the two files go; made if it is not there. Never the folder that was checked, nor one in it.

    Raises
    ------
    DataError
        The report would lie among the data, or cannot be written.
    """
    if report.resolve().is_relative_to(folder.resolve()):
        raise DataError(
            "The report would be written among the data",
            next_step="Name another place with --report FOLDER",
            place=Place(file=report),
        )
    try:
        report.mkdir(parents=True, exist_ok=True)
        write_problems_csv(list_all(check.kinds), path=report / CSV_NAME)
        (report / PAGE_NAME).write_text(write_page(check, name=folder.resolve().name), encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"The report cannot be written: {error.strerror or 'unknown reason'}",
            next_step="Name another place with --report FOLDER",
            place=Place(file=report),
        ) from error


def write_page(check: Check, *, name: str) -> str:
    """Write the page.

    Parameters
    ----------
    check : Check
        What was found.
    name : str
        Name of the folder that was checked.

    Returns
    -------
    str
        HTML that needs no other file and no script; of each kind of problem the first 1,000 rows.
    """
    groups = group_kinds(check.kinds)
    by_table: dict[str, list[list[ProblemKind]]] = {}
    for alike in groups:
        by_table.setdefault(_table_of(alike[0].file, several=len(check.districts) > 1), []).append(alike)
    title = f"Check of {_printable(name)}"
    parts = [
        Markup(
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{}</title>\n'
            '<link rel="icon" href="data:,">\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n<p>{}</p>\n'
        ).format(title, _STYLE, title, _sentence(check)),
        _contents(by_table),
        *_possible(check),
        *(_section(table, kinds) for table, kinds in sorted(by_table.items())),
        Markup("</main>\n</body>\n</html>\n"),
    ]
    return "".join(map(str, parts))


def _sentence(check: Check) -> Markup:
    errors, warnings = check.count("error"), check.count("warning")
    if not errors and not warnings:
        return Markup("No problem was found.")
    stops = "Errors stop a run; warnings do not." if errors else "Warnings do not stop a run."
    return Markup(
        '<strong class="error">{}</strong> and <strong class="warning">{}</strong> were found. {} '
        'The file <a href="{}">{}</a> has every one of them, one a row. Rows are counted without the header; '
        "of plan files, lines are counted."
    ).format(_number(errors, "error"), _number(warnings, "warning"), stops, CSV_NAME, CSV_NAME)


def _contents(by_table: dict[str, list[list[ProblemKind]]]) -> Markup:
    links = [Markup('<li><a href="#possible">What you can analyse</a></li>\n')]
    for table, groups in sorted(by_table.items()):
        counts = [
            _number(count, severity)
            for severity in ("error", "warning")
            if (count := sum(len(kind) for alike in groups for kind in alike if kind.severity == severity))
        ]
        links.append(Markup('<li><a href="#{}">{}</a>: {}</li>\n').format(_anchor(table), table, " and ".join(counts)))
    return Markup('<nav aria-label="Contents">\n<ul>\n{}</ul>\n</nav>\n').format(Markup("").join(links))


def _possible(check: Check) -> Iterator[Markup]:
    yield Markup('<h2 id="possible">What you can analyse with this data, and what is missing for the rest</h2>\n')
    for district in check.districts:
        rows = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n').format(
                one.analysis.requirement, one.analysis.what, WORDS[one.extent], "; ".join(one.missing)
            )
            for one in find_possible(district)
        )
        yield Markup("<p>Rows read: {}.</p>\n").format(_sizes(district.rows))
        yield _table(
            f"District folder {_printable(district.name)}",
            header=("Number", "Analysis", "Possible", "Missing"),
            rows=rows,
            kind="scroll whole",
        )


def _sizes(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{table} {size:,}" for table, size in rows.items())


def _section(table: str, groups: Sequence[Sequence[ProblemKind]]) -> Markup:
    parts = [Markup('<h2 id="{}">{}</h2>\n').format(_anchor(table), table)]
    for alike in groups:
        first = alike[0]
        count = sum(len(kind) for kind in alike)
        where = f"{first.file}, column {first.column}" if first.column else first.file
        parts.append(
            Markup('<h3><span class="{}">{}</span>: {} <small>({})</small></h3>\n').format(
                first.severity, first.severity.capitalize(), where, first.rule
            )
        )
        shown = [problem for kind in alike for problem in kind.list(stop=ROWS_ON_THE_PAGE)]
        shown = sorted(shown, key=lambda problem: problem.row or 0)[:ROWS_ON_THE_PAGE]
        steps = {(problem.problem, problem.next_step) for problem in shown}
        what = f"{first.problem}. {first.next_step}." if len(steps) == 1 else f"{first.problem}."
        if shown[0].row is None:
            parts.append(Markup("<p>{}</p>\n").format(Markup("<br>").join(f"{one}. {two}." for one, two in steps)))
        else:
            rest = (
                f" The first {ROWS_ON_THE_PAGE:,} of {count:,} rows; the CSV file has all."
                if count > len(shown)
                else ""
            )
            parts.append(_rows(shown, caption=f"{what}{rest}", with_steps=len(steps) > 1))
    return Markup("").join(parts)


def _rows(problems: Sequence[Problem], *, caption: str, with_steps: bool) -> Markup:
    has_values = any(problem.value is not None for problem in problems)
    columns = [("Value", has_values), ("What to do", with_steps)]
    header = (name_unit(problems[0].file).capitalize(), *(name for name, is_there in columns if is_there))
    rows = []
    for problem in problems:
        cells: list[str | Markup] = [Markup("<code>{}</code>").format(problem.value or "")] if has_values else []
        cells += [f"{problem.next_step}."] if with_steps else []
        rows.append(
            Markup('<tr><th scope="row" class="number">{}</th>{}</tr>\n').format(
                problem.row, Markup("").join(Markup("<td>{}</td>").format(cell) for cell in cells)
            )
        )
    return _table(caption, header=header, rows=Markup("").join(rows))


def _table(caption: str, *, header: Sequence[str], rows: Markup, kind: str = "scroll") -> Markup:
    return Markup(
        '<div class="{}" role="region" aria-label="{}" tabindex="0">\n<table>\n<caption>{}</caption>\n'
        "<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>\n</div>\n"
    ).format(
        kind,
        caption,
        caption,
        Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in header),
        rows,
    )


def _table_of(file: str, *, several: bool) -> str:
    """Name the table, behind its district's folder where there are several, or the folder as a whole."""
    parts = file.split("/")
    district = parts.pop(0) if several else ""
    name = parts[0].rsplit(".", maxsplit=1)[0] if parts else ""
    table = name if name in {*table_names(), PLANS} else "Folder"
    return f"{district}: {table}" if district else table


def _anchor(table: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in table)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
