"""The command that brings exports in."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mtss_analysis.cli.app import EXIT_CODES, app
from mtss_analysis.errors import ParameterError

REPORTS = Path("reports") / "_imports"


@app.command("import", epilog=EXIT_CODES)
def import_(
    export: Annotated[Path, typer.Argument(help="Export: a text file, a folder of them, or a zip.")],
    *,
    mapping: Annotated[str, typer.Option(help="Mapping: a .yml file, or the name of one in parameters/mappings.")] = "",
    into: Annotated[Path | None, typer.Option(help="District folder; made if it is not there.")] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="Draft a mapping for the export and stop.")] = False,
    out: Annotated[Path | None, typer.Option(help="File for the draft of --suggest, instead of the terminal.")] = None,
    table: Annotated[list[str] | None, typer.Option(help="Only this table of the mapping; may be given again.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="What the export does not say, such as school_year=2025-26."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only try it: nothing is written but the report.")] = False,
    without_refused: Annotated[
        bool, typer.Option("--without-refused", help="Import the rest where some records cannot be used.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="File for the list of refused, conflicting and unknown records; confidential.")
    ] = None,
    form: Annotated[
        Literal["csv", "parquet"], typer.Option("--format", help="Form of tables that are not there yet.")
    ] = "csv",
) -> None:
    """Import an export into a district folder: all of it or nothing; what is there is never overwritten."""
    if suggest:
        _suggest(export, out=out)
        return
    if not mapping or into is None:
        raise ParameterError(
            "An import needs --mapping NAME and --into FOLDER",
            next_step="Add them, or draft a mapping with mtss import --suggest EXPORT",
        )
    from mtss_analysis.district.imports import describe_import, import_export, write_report
    from mtss_analysis.parameters.mapping_files import read_mapping

    chosen = read_mapping(mapping)
    report_file = report or REPORTS / f"{into.resolve().name}_{chosen.name}.csv"
    _refuse_report_in_data(report_file, into=into)
    result = import_export(
        export,
        mapping=chosen,
        folder=into,
        settings=_read_settings(setting or []),
        tables=table or (),
        without_refused=without_refused,
        dry_run=dry_run,
        target=form,
    )
    for line in describe_import(result):
        typer.echo(line)
    if write_report(result, path=report_file):
        typer.echo(f"Listed in {report_file}: it holds ids of students; keep it confidential.")
    if result.stopped:
        typer.echo("Nothing was written. Mend what is refused, or import the rest with --without-refused.")
    elif dry_run:
        typer.echo("Only tried: nothing was written.")
    else:
        typer.echo(f"{into}: {len(result.changed)} {'file' if len(result.changed) == 1 else 'files'} changed")
        if result.changed:
            typer.echo(f"Next: mtss check {into}")
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def _suggest(export: Path, *, out: Path | None) -> None:
    from mtss_analysis.district.imports.suggest import suggest_mapping
    from mtss_analysis.parameters.mapping_files import list_mappings, read_mapping

    shipped = [read_mapping(path) for path in list_mappings().values()]
    suggestion = suggest_mapping(export, shipped=shipped)
    if out is None:
        typer.echo(suggestion.text, nl=False)
    elif out.exists():
        raise ParameterError(f"{out} is there already", next_step="Name another file, or take it away first")
    else:
        out.write_text(suggestion.text, encoding="utf-8")
    for line in suggestion.advice:
        typer.echo(line, err=True)


def _read_settings(written: list[str]) -> dict[str, str]:
    settings: dict[str, str] = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise ParameterError(f"--set {text}: this is no setting", next_step="Write --set school_year=2025-26")
        settings[name.strip()] = value.strip()
    return settings


def _refuse_report_in_data(report: Path, *, into: Path) -> None:
    if into.resolve() in report.resolve().parents:
        raise ParameterError(
            f"--report {report}: the report must not lie among the tables", next_step="Name a file outside the folder"
        )
