"""What a school is compared with: computed once for a run from all schools, and kept in a folder for every notebook.

It holds sums over schools, never a student's row, and each school's cell says whether it may be printed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from mtss_analysis.district import State
from mtss_analysis.errors import DataError, Place
from mtss_analysis.findings.effects.across import compare_effects
from mtss_analysis.findings.frames import place_scores, read_scores
from mtss_analysis.findings.root_causes.across import compare_factors, partition_levels
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import StateTables, Tables
from mtss_analysis.findings.trends.across import compare_levels, compare_slopes
from mtss_analysis.measures import summarise_norms

INDEX = "frames.txt"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Frames that all schools of a run share, by name.

    ============  ===========================================================================================
    norms         the state's mean, standard deviation and cut by measure, year and grade
    levels        per school, measure, trend grade, year and group, with ``status``; also districts and state
    slopes        per school, measure, trend grade, group and kind, own and shrunken
    factors       per measure, factor and category across the state
    variance      per measure, year and level
    effects       per school, effect question, measure and year, own and shrunken
    pooled        per effect question, measure and year: the state's effect and its grade
    ============  ===========================================================================================

    Parameters
    ----------
    frames : mapping of str to DataFrame
        A frame that was written to a folder is read when it is first asked for.
    """

    frames: Mapping[str, pd.DataFrame]

    def frame(self, name: str) -> pd.DataFrame:
        """Give a frame; ``KeyError`` if the comparison has none of that name."""
        return self.frames[name]


class _FramesInFolder(Mapping[str, pd.DataFrame]):
    """Frames that are read when they are first asked for."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = pd.read_parquet(self._paths[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


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
    return compare_tables(StateTables(state, settings=settings), settings=settings)


def compare_tables(tables: Tables, *, settings: Settings) -> Comparison:
    """Compute what all schools are compared with from tables that are already read.

    Parameters
    ----------
    tables : Tables
        The tables of all districts, with ``district_id``.
    settings : Settings
        What the run asks for.

    Returns
    -------
    Comparison
        Frames sorted by their keys.
    """
    norms = pd.concat(
        [_find_norms(tables, measure=indicator.measure, settings=settings) for indicator in settings.indicators],
        ignore_index=True,
    )
    scores_by_measure = {
        indicator.measure: place_scores(tables, indicator=indicator, norms=norms, settings=settings)
        for indicator in settings.indicators
    }
    effects, pooled = compare_effects(tables, scores_by_measure=scores_by_measure, settings=settings)
    frames = {
        "norms": norms,
        "levels": compare_levels(scores_by_measure, settings=settings),
        "slopes": compare_slopes(scores_by_measure, settings=settings),
        "factors": compare_factors(tables, scores_by_measure=scores_by_measure, settings=settings),
        "variance": partition_levels(scores_by_measure, settings=settings),
        "effects": effects,
        "pooled": pooled,
    }
    return Comparison(frames=MappingProxyType(frames))


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
    for name, frame in comparison.frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / INDEX).write_text("".join(f"{name}\n" for name in comparison.frames), encoding="utf-8")


def read_comparison(folder: Path) -> Comparison:
    """Open what :func:`write_comparison` wrote; each frame is read when it is first asked for.

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
    index = folder / INDEX
    names = index.read_text(encoding="utf-8").split() if index.is_file() else []
    paths = {name: folder / f"{name}.parquet" for name in names}
    missing = [path for path in paths.values() if not path.is_file()] if paths else [index]
    if missing:
        raise DataError(
            "A part of the comparison with other schools is missing",
            next_step="Run the whole run file again with --force, or leave comparison_folder empty",
            place=Place(file=missing[0]),
        )
    return Comparison(frames=_FramesInFolder(paths))


def _find_norms(tables: Tables, *, measure: str, settings: Settings) -> pd.DataFrame:
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
