"""The command that makes a synthetic district whose truth is known."""

from pathlib import Path
from typing import Annotated

import typer

from mtss_analysis.cli.app import EXIT_CODES, app


@app.command(epilog=EXIT_CODES)
def simulate(
    folder: Annotated[Path, typer.Argument(help="Folder to write, new or empty.")],
    *,
    students: Annotated[int, typer.Option(help="Students enrolled at one time, about.")] = 6000,
    schools: Annotated[int, typer.Option(help="Schools, all districts together.")] = 12,
    districts: Annotated[int, typer.Option(help="Districts; more than one make a state folder.")] = 1,
    years: Annotated[int, typer.Option(help="School years.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same files.")] = 20260801,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="Leave this truth out, or all of them: all. May be given again."),
    ] = None,
    truths: Annotated[Path | None, typer.Option("--truths", help="YAML file with the sizes of truths.")] = None,
    dirt: Annotated[
        bool, typer.Option("--dirt", help="Add vendors' exports of the last year, with the usual dirt, in exports/.")
    ] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes at the same time; 0: as many as processors.")] = 0,
) -> None:
    """Make a synthetic district, with truths planted that the analyses should find, and truth.json that tells them."""
    from mtss_analysis.district.simulate import Sizes, Truths, write_district
    from mtss_analysis.district.simulate.dirty import write_dirty_exports
    from mtss_analysis.district.simulate.truths_file import read_truths

    planted = (read_truths(truths) if truths is not None else Truths()).without(without or [])
    sizes = Sizes(students=students, schools=schools, districts=districts, years=years, seed=seed)
    written = write_district(folder, sizes=sizes, truths=planted, workers=workers)
    if dirt:
        write_dirty_exports(written, sizes=sizes)
    typer.echo(f"{schools} schools in {len(written)} {'district' if len(written) == 1 else 'districts'}: {folder}")
    typer.echo(f"What is true of them is written in {written[0] / 'truth.json'}")
