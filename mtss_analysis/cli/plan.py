"""Commands on a district's plan."""

from pathlib import Path
from typing import Annotated

import typer

from mtss_analysis.cli.app import EXIT_CODES, app
from mtss_analysis.cli.runs import RunFileArgument
from mtss_analysis.errors import ParameterError

plan = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Write the action plan of a school or district.")
app.add_typer(plan, name="plan")


@plan.callback()
def _plan() -> None:
    """Write the action plan of a school or district."""


@plan.command(epilog=EXIT_CODES)
def new(
    run_file: RunFileArgument,
    *,
    school: Annotated[str, typer.Option(help="The school whose plan is drafted.")] = "",
    district: Annotated[bool, typer.Option("--district", help="Draft the district's own plan.")] = False,
    district_id: Annotated[str, typer.Option(help="Which district, where the data hold several.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Where the file goes; by default plans/ in the district's folder.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a plan that is there.")] = False,
) -> None:
    """Draft a plan from a run's findings: goals with baseline and target, and gaps for people to fill."""
    from mtss_analysis.packet.plan_draft import draft_from_run
    from mtss_analysis.parameters import read_run_file

    if bool(school) == district:
        raise ParameterError(
            "one plan is drafted at a time: a school's or the district's", next_step="Give --school ID or --district"
        )
    typer.echo("Looking for what the plan should answer; this takes a minute or more where the run is not made yet.")
    written = draft_from_run(
        read_run_file(run_file), school_id=school or None, district_id=district_id, out=out, force=force
    )
    goals, gaps = _number(written.goals, "goal"), _number(written.gaps, "gap")
    typer.echo(
        f"{written.path}: {goals} from the findings, {gaps} for people to fill (look for `fill in`). "
        "Then: mtss check, and the chapter on the action plan."
    )


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
