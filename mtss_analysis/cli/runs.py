"""Commands that make packets, and the one that opens a notebook."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from mtss_analysis.cli.app import EXIT_CODES, app
from mtss_analysis.errors import ParameterError

if TYPE_CHECKING:
    from mtss_analysis.packet.progress import Reporter
    from mtss_analysis.packet.render.renderer import Format

INTERRUPTED = 130

RunFileArgument = Annotated[Path, typer.Argument(metavar="RUN.yml", help="Run file, such as parameters/star.yml.")]
WorkersOption = Annotated[int, typer.Option(min=0, help="Schools at the same time; 0: as the run file says.")]
RendererOption = Annotated[
    Literal["auto", "quarto", "builtin"], typer.Option(help="Quarto, or the renderer that is built in.")
]
EngineOption = Annotated[
    Literal["auto", "warm", "fresh"],
    typer.Option(help="Notebooks in children of a warm process (Linux), or in fresh kernels; same packets."),
]
FormatOption = Annotated[str, typer.Option("--format", help="html, pdf or both, with a comma.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Also schools whose inputs have not changed.")]


@app.command(epilog=EXIT_CODES)
def demo(
    data: Annotated[Literal["star", "riverbend"], typer.Argument(help="Data set that ships with the kit.")] = "star",
    *,
    schools: Annotated[int, typer.Option(min=0, help="How many schools; 0 for all.")] = 0,
    workers: WorkersOption = 0,
    renderer: RendererOption = "auto",
    engine: EngineOption = "auto",
) -> None:
    """Make the packets of a data set that ships with the kit, and print where they are."""
    from mtss_analysis.packet.demo import choose_demo_schools, find_demo_run_file
    from mtss_analysis.parameters import read_run_file

    run_file = find_demo_run_file(data)
    chosen = choose_demo_schools(read_run_file(run_file), count=schools)
    _run(run_file, schools=chosen, notebooks=(), workers=workers, renderer=renderer, engine=engine)


@app.command(epilog=EXIT_CODES)
def run(
    run_file: RunFileArgument,
    *,
    school: Annotated[list[str] | None, typer.Option(help="Only this school; may be given again.")] = None,
    notebook: Annotated[
        list[str] | None,
        typer.Option(help="Only this chapter; may be given again. Packets then hold no other."),
    ] = None,
    workers: WorkersOption = 0,
    renderer: RendererOption = "auto",
    formats: FormatOption = "html,pdf",
    engine: EngineOption = "auto",
    force: ForceOption = False,
) -> None:
    """Make the packets of a run file; a school whose inputs have not changed is not run again."""
    _run(
        run_file,
        schools=school or (),
        notebooks=notebook or (),
        workers=workers,
        renderer=renderer,
        formats=_read_formats(formats),
        engine=engine,
        force=force,
    )


@app.command(
    epilog="Exit codes: 0 every school is done; 1 a run would have something to do; 2 the run file or the data "
    "cannot be used."
)
def status(
    target: Annotated[Path, typer.Argument(metavar="RUN", help="Run file, or the folder of its packets.")],
    *,
    every: Annotated[bool, typer.Option("--all", help="List the schools that are done too.")] = False,
) -> None:
    """Say which schools of a run are done, stale (and why), failed or missing; nothing is run."""
    from mtss_analysis.packet.asked import find_run_file
    from mtss_analysis.packet.status import STANDINGS, find_standings
    from mtss_analysis.parameters import read_run_file

    found = find_standings(read_run_file(find_run_file(target)))
    listed = [one for one in found.schools if every or one.standing != "done"]
    width = max((len(one.school.key) for one in listed), default=0)
    for one in listed:
        why = f": {one.why}" if one.why else ""
        typer.echo(f"{one.standing:<7}  {one.school.key:<{width}}  {one.school.school_name}{why}")
    counts = ", ".join(f"{found.count(standing)} {standing}" for standing in STANDINGS)
    typer.echo(f"{found.folder.name}: {counts} of {len(found.schools)}; last run: {found.state}")
    raise typer.Exit(found.exit_code)


@app.command(epilog=EXIT_CODES)
def explore(
    run_file: RunFileArgument,
    *,
    school: Annotated[str, typer.Option(help="The school whose numbers the notebook opens.")],
    notebook: Annotated[str, typer.Option(help="The notebook; empty for the run file's first.")] = "",
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Open JupyterLab on a scratch copy of a notebook with a school's parameters filled in."""
    from mtss_analysis.packet.explore import open_lab, write_scratch_copy
    from mtss_analysis.parameters import read_run_file

    opened = write_scratch_copy(read_run_file(run_file), school_id=school, notebook=notebook)
    typer.echo(f"Scratch copy, yours to keep or delete: {opened}")
    raise typer.Exit(open_lab(opened, browser=browser))


def _run(
    run_file: Path,
    *,
    schools: Sequence[str],
    notebooks: Sequence[str],
    workers: int,
    renderer: Literal["auto", "quarto", "builtin"],
    engine: Literal["auto", "warm", "fresh"],
    formats: "tuple[Format, ...]" = ("html", "pdf"),
    force: bool = False,
) -> NoReturn:
    from mtss_analysis.packet.run import run_schools
    from mtss_analysis.parameters import read_run_file

    asked = read_run_file(run_file)

    try:
        with _open_reporter() as progress:
            result = run_schools(
                asked,
                schools=schools,
                notebooks=notebooks,
                workers=workers,
                renderer=renderer,
                formats=formats,
                engine=engine,
                force=force,
                progress=progress,
            )
    except KeyboardInterrupt:
        typer.echo("mtss: interrupted; the same command continues where this one stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    counts = [f"{result.count(status)} {status}" for status in ("done", "skipped", "failed")]
    typer.echo(f"{', '.join(counts)}. Open {result.folder / 'index.html'}")
    raise typer.Exit(result.exit_code)


@contextlib.contextmanager
def _open_reporter() -> "Iterator[Reporter]":
    from rich.console import Console

    from mtss_analysis.packet.progress import Bar, Lines

    console = Console()
    if console.is_terminal:
        with Bar(console) as bar:
            yield bar
    else:
        yield Lines()


def _read_formats(text: str) -> "tuple[Format, ...]":
    known: tuple[Format, ...] = ("html", "pdf")
    words = [word.strip().lower() for word in text.split(",")]
    unknown = [word for word in words if word not in known]
    if unknown:
        raise ParameterError(
            f"--format {text}: there is no format {unknown[0]!r}", next_step="Write html, pdf or html,pdf"
        )
    return tuple(format_ for format_ in known if format_ in words)
