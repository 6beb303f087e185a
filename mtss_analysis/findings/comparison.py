"""What a school is compared with: computed once for a run from all schools, and kept in a folder for every notebook.

It holds sums over schools, never a student's row, and each school's cell says whether it may be printed.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from mtss_analysis.district import State
from mtss_analysis.errors import DataError, Place
from mtss_analysis.findings.effects.across import compare_effects
from mtss_analysis.findings.frames import place_scores, read_scores
from mtss_analysis.findings.root_causes.across import compare_factors, partition_levels
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.across import compare_levels, compare_slopes
from mtss_analysis.measures import summarise_norms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Frames that all schools of a run share.

    Parameters
    ----------
    norms : DataFrame
        The state's mean, standard deviation and cut by ``measure``, ``school_year`` and ``grade``.
    levels : DataFrame
        One row per school, measure, trend grade, year and group, with ``status``; also the districts' and the
        state's means (``school_id`` missing), without counts. See :func:`compare_levels`.
    slopes : DataFrame
        One row per school, measure, trend grade, group and kind, own and shrunken. See :func:`compare_slopes`.
    factors : DataFrame
        One row per measure, factor and category across the state. See :func:`compare_factors`.
    variance : DataFrame
        One row per measure, year and level. See :func:`partition_levels`.
    effects : DataFrame
        One row per school, effect question, measure and year, own and shrunken. See :func:`compare_effects`.
    pooled : DataFrame
        One row per effect question, measure and year: the state's effect and its grade.
    """

    norms: pd.DataFrame
    levels: pd.DataFrame
    slopes: pd.DataFrame
    factors: pd.DataFrame
    variance: pd.DataFrame
    effects: pd.DataFrame
    pooled: pd.DataFrame


def prepare_comparison(state: State, *, settings: Settings) -> Comparison:
    """Compute what all schools are compared with.

    Parameters
    ----------
    state : State
        All districts of the run.
    settings : Settings
        What the run asks for.

    Returns
    -------
    Comparison
        Frames sorted by their keys; the same input gives the same frames.

    Raises
    ------
    DataError
        A table that the run needs is absent from every district.
    """
    tables = _read_tables(state, settings=settings)
    norms = pd.concat(
        [_find_norms(tables, measure=indicator.measure, settings=settings) for indicator in settings.indicators],
        ignore_index=True,
    )
    scores_by_measure = {
        indicator.measure: place_scores(tables, indicator=indicator, norms=norms, settings=settings)
        for indicator in settings.indicators
    }
    effects, pooled = compare_effects(tables, scores_by_measure=scores_by_measure, settings=settings)
    return Comparison(
        norms=norms,
        levels=compare_levels(scores_by_measure, settings=settings),
        slopes=compare_slopes(scores_by_measure, settings=settings),
        factors=compare_factors(tables, scores_by_measure=scores_by_measure, settings=settings),
        variance=partition_levels(scores_by_measure, settings=settings),
        effects=effects,
        pooled=pooled,
    )


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write a comparison as one Parquet file per frame.

    Parameters
    ----------
    comparison : Comparison
        What :func:`prepare_comparison` gave.
    folder : Path
        Made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(Comparison):
        getattr(comparison, field.name).to_parquet(folder / f"{field.name}.parquet", index=False)


def read_comparison(folder: Path) -> Comparison:
    """Read what :func:`write_comparison` wrote.

    Parameters
    ----------
    folder : Path
        The folder.

    Returns
    -------
    Comparison
        The same frames.

    Raises
    ------
    DataError
        A file is missing.
    """
    frames = {}
    for field in fields(Comparison):
        path = folder / f"{field.name}.parquet"
        if not path.is_file():
            raise DataError(
                "A part of the comparison with other schools is missing",
                next_step="Run the whole run file again with --force, or leave comparison_folder empty",
                place=Place(file=path),
            )
        frames[field.name] = pd.read_parquet(path)
    return Comparison(**frames)


def _find_norms(tables: Callable[[str], pd.DataFrame], *, measure: str, settings: Settings) -> pd.DataFrame:
    indicator = settings.indicator(measure)
    cut = indicator.cut
    norms = summarise_norms(
        scores=read_scores(tables, indicator=indicator),
        follow=settings.follow,
        cut_score=cut.score if cut else None,
        cut_percentile=cut.state_percentile if cut else None,
    )
    norms.insert(0, "measure", measure)
    return norms


def _read_tables(state: State, *, settings: Settings) -> Callable[[str], pd.DataFrame]:
    """Give tables of the whole state in which the same id is the same person."""
    read: dict[str, pd.DataFrame] = {}
    people = ["staff_id", "teacher_id", *(["student_id"] if settings.student_ids == "district" else [])]

    def give(name: str) -> pd.DataFrame:
        if name not in read:
            table = state.read_table(name)
            named = {column: table["district_id"] + " " + table[column] for column in people if column in table}
            read[name] = table.assign(**named)
        return read[name]

    return give
