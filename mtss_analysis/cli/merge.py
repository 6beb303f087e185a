"""The command that puts the published findings of several runs together."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mtss_analysis.cli.app import EXIT_CODES, app


@app.command(epilog=EXIT_CODES)
def merge(
    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs, such as reports/star.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for findings.parquet, the state's packet and the index.")],
    name: Annotated[str, typer.Option(help="What the state is called.")] = "All districts",
    renderer: Annotated[Literal["auto", "quarto", "builtin"], typer.Option(help="Who renders.")] = "auto",
    force: Annotated[bool, typer.Option(help="Make the overview anew also where nothing has changed.")] = False,
) -> None:
    """Roll up a state from what its districts publish; no student's row is read."""
    from mtss_analysis.packet.merge import merge_runs
    from mtss_analysis.packet.progress import describe_entry

    result = merge_runs(runs, out=out, name=name, renderer=renderer, force=force)
    typer.echo(describe_entry(result.entry))
    typer.echo(
        f"{len(runs)} runs, {result.districts} districts, {result.schools} schools, {result.records} findings. "
        f"Open {result.folder / 'index.html'}"
    )
    raise typer.Exit(result.exit_code)
