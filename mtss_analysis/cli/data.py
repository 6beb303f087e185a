"""Commands on a district's tables."""

from pathlib import Path
from typing import Annotated

import typer

from mtss_analysis.cli.app import EXIT_CODES, app


@app.command(epilog=EXIT_CODES)
def check(
    folder: Annotated[Path, typer.Argument(help="District folder, or state folder of district folders.")],
) -> None:
    """Check the tables of a folder: every broken rule by file, row, column and value."""
    from mtss_analysis.district.check import check_folder
    from mtss_analysis.district.problems import count_errors, describe_problems

    problems = check_folder(folder)
    for line in describe_problems(problems):
        typer.echo(line)
    errors = count_errors(problems)
    typer.echo(f"{folder}: {_number(errors, 'error')}, {_number(len(problems) - errors, 'warning')}")
    if errors:
        raise typer.Exit(2)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
