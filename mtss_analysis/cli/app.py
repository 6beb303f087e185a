"""The application ``mtss``: its commands register themselves here."""

from typing import Annotated

import typer

from mtss_analysis import __version__

EXIT_CODES = """Exit codes: 0 all done; 1 some schools failed, the rest are there; 2 the run file or the data
cannot be used; 3 a disclosure check stopped publication; 130 interrupted (the next run continues)."""

app = typer.Typer(
    name="mtss",
    help="Report packets for schools from a district's MTSS data.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def show_version(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False
) -> None:
    """Report packets for schools from a district's MTSS data."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
