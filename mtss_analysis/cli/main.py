"""Run the command line: errors become exit codes."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

import typer

from mtss_analysis.cli.app import app
from mtss_analysis.errors import MtssError
from mtss_analysis.packet.threads import use_one_thread


def main() -> NoReturn:
    """Run the command line; the entry point of ``mtss``."""
    use_one_thread()
    signal.signal(signal.SIGTERM, _interrupt)
    with _errors_as_exit_codes():
        app()
    sys.exit(0)


@contextlib.contextmanager
def _errors_as_exit_codes() -> Iterator[None]:
    try:
        yield
    except MtssError as error:
        typer.echo(f"mtss: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        typer.echo(f"mtss: {what}. Look at the folder's rights and the space on the disk.", err=True)
        sys.exit(2)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
