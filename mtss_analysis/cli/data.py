"""Commands on a district's tables."""

from pathlib import Path
from typing import Annotated

import typer

from mtss_analysis.cli.app import EXIT_CODES, app


@app.command(epilog=EXIT_CODES)
def check(
    folder: Annotated[Path, typer.Argument(help="District folder, or state folder of district folders.")],
    report: Annotated[
        Path | None,
        typer.Option(help="Folder for problems.csv and index.html; by default check/ and the folder's name."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Run file whose candidate causes the actions of the plan may name.")
    ] = None,
) -> None:
    """Check the tables of a folder: every broken rule by file, row, column and value."""
    from mtss_analysis.district.check import check_tables
    from mtss_analysis.district.check_report import PAGE_NAME, write_report
    from mtss_analysis.district.possible import describe_possible, describe_possible_in_state, find_possible
    from mtss_analysis.district.problems import describe_kinds
    from mtss_analysis.findings.plan.finding_names import FINDING_NAMES

    found = check_tables(folder, causes=_read_causes(run), findings=FINDING_NAMES)
    place = report if report is not None else Path("check") / (folder.resolve().name or "folder")
    write_report(found, folder=folder, report=place)
    for line in describe_kinds(found.kinds):
        typer.echo(line)
    possible = {district.name: find_possible(district) for district in found.districts}
    is_state = len(possible) > 1
    for line in describe_possible_in_state(possible) if is_state else describe_possible(*possible.values()):
        typer.echo(line)
    errors, warnings = found.count("error"), found.count("warning")
    typer.echo(
        f"{folder}: {_number(errors, 'error')}, {_number(warnings, 'warning')}; {place / PAGE_NAME} has them all"
    )
    if errors:
        raise typer.Exit(2)


def _read_causes(run: Path | None) -> list[str]:
    if run is None:
        return []
    from mtss_analysis.parameters import read_run_file

    return [cause.id for cause in read_run_file(run).settings.causes]


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
