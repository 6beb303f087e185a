"""What a school is compared with: computed once for a run from all schools, and kept in a folder for every notebook.

It holds sums over schools, never a student's row, and each school's cell says whether it may be printed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from mtss_analysis.district import State
from mtss_analysis.errors import DataError, Place
from mtss_analysis.findings.climate.across import compare_climate
from mtss_analysis.findings.climate.disproportion import compare_risks
from mtss_analysis.findings.climate.scales import compare_scales
from mtss_analysis.findings.data_quality.across import compare_sources
from mtss_analysis.findings.effects.across import compare_effects
from mtss_analysis.findings.effects.ladder_across import LADDER_FRAMES, compare_designs
from mtss_analysis.findings.frames import place_scores, read_scores
from mtss_analysis.findings.implementation.across import compare_implementation
from mtss_analysis.findings.overview.across import OVERVIEW_FRAMES, compare_overview
from mtss_analysis.findings.plan.across import PLAN_FRAMES, gather_plans
from mtss_analysis.findings.plan.days import DAYS_FRAME, gather_days
from mtss_analysis.findings.plan.reach import REACH_FRAME, gather_reach
from mtss_analysis.findings.plan.roles import ROLES_FRAME, gather_roles
from mtss_analysis.findings.root_causes.across import FACTOR_FRAMES, compare_factors, partition_levels
from mtss_analysis.findings.root_causes.causes import CAUSE_FRAMES, compare_causes, find_levels
from mtss_analysis.findings.root_causes.deviants import DEVIANT_FRAMES, compare_deviants
from mtss_analysis.findings.root_causes.stand_outs import STAND_OUT_FRAME, compare_units
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import StateTables, Tables
from mtss_analysis.findings.tiers.across import TIER_FRAMES, compare_tiers
from mtss_analysis.findings.trends.across import compare_levels, compare_slopes, split_levels
from mtss_analysis.findings.trends.breaks import find_scale_changes, split_eras
from mtss_analysis.findings.trends.connections import compare_connections
from mtss_analysis.findings.trends.growth import compare_growth
from mtss_analysis.findings.trends.other_slopes import OTHER_FRAME, compare_other_slopes
from mtss_analysis.findings.values.across import VALUE_FRAMES, compare_values
from mtss_analysis.measures import summarise_norms

INDEX = "frames.txt"


class Ground:
    """What several frames are computed from: tables, settings, norms and placed scores, each once.

    Parameters
    ----------
    tables : Tables
        The tables of all districts, with ``district_id``.
    settings : Settings
        What the run asks for.
    """

    def __init__(self, *, tables: Tables, settings: Settings) -> None:
        self.tables = tables
        self.settings = settings
        self._computed: dict[str, pd.DataFrame] = {}

    def frame(self, name: str) -> pd.DataFrame:
        """Give a frame, computed when it is first asked for; ``KeyError`` if there is none of that name."""
        if name not in self._computed:
            compute = next((compute for names, compute in PARTS.items() if name in names), None)
            if compute is None:
                raise KeyError(name)
            self._computed |= compute(self)
        return self._computed[name]

    @cached_property
    def norms(self) -> pd.DataFrame:
        """Mean, standard deviation and cut of all indicators, by measure, year and grade."""
        norms = [
            _find_norms(self.tables, measure=one.measure, settings=self.settings, changes=self.scale_changes)
            for one in self.settings.indicators
        ]
        return pd.concat(norms, ignore_index=True)

    @cached_property
    def scale_changes(self) -> pd.DataFrame:
        """Changes of tests, norms and cut scores, declared or seen in the data."""
        return find_scale_changes(self.tables, settings=self.settings)

    @cached_property
    def scores_by_measure(self) -> dict[str, pd.DataFrame]:
        """Every score beside its norm, by measure."""
        return {
            one.measure: place_scores(self.tables, indicator=one, norms=self.norms, settings=self.settings)
            for one in self.settings.indicators
        }

    @cached_property
    def split_levels(self) -> dict[str, pd.DataFrame]:
        """Levels of what a trend follows, and of the whole school, decided together."""
        return split_levels(compare_levels(self.scores_by_measure, settings=self.settings), settings=self.settings)

    @property
    def levels(self) -> pd.DataFrame:
        """Levels of all schools, what may be printed of them decided."""
        return self.split_levels["levels"]


def _compare_effects(ground: Ground) -> dict[str, pd.DataFrame]:
    effects, pooled = compare_effects(
        ground.tables, scores_by_measure=ground.scores_by_measure, settings=ground.settings
    )
    ladder = compare_designs(ground.tables, settings=ground.settings, pooled=pooled)
    return {"effects": effects, "pooled": pooled, **ladder}


PARTS: dict[tuple[str, ...], Callable[[Ground], dict[str, pd.DataFrame]]] = {
    ("norms",): lambda ground: {"norms": ground.norms},
    ("levels", "whole_levels"): lambda ground: ground.split_levels,
    ("growth_sums", "score_limits"): lambda ground: dict(
        zip(("growth_sums", "score_limits"), compare_growth(ground.tables, settings=ground.settings), strict=True)
    ),
    ("connections",): lambda ground: {"connections": compare_connections(ground.tables, settings=ground.settings)},
    ("scale_changes",): lambda ground: {"scale_changes": ground.scale_changes},
    ("slopes",): lambda ground: {
        "slopes": compare_slopes(ground.scores_by_measure, settings=ground.settings, changes=ground.scale_changes)
    },
    (OTHER_FRAME,): lambda ground: {
        OTHER_FRAME: compare_other_slopes(ground.tables, reader=ground, settings=ground.settings)
    },
    FACTOR_FRAMES: lambda ground: compare_factors(
        ground.tables, scores_by_measure=ground.scores_by_measure, settings=ground.settings
    ),
    ("variance",): lambda ground: {"variance": partition_levels(ground.scores_by_measure, settings=ground.settings)},
    ("effects", "pooled", *LADDER_FRAMES): _compare_effects,
    ("screened", "latest", "faults"): lambda ground: compare_sources(ground.tables, settings=ground.settings),
    ("implementation",): lambda ground: compare_implementation(ground.tables, settings=ground.settings),
    CAUSE_FRAMES: lambda ground: compare_causes(ground.tables, reader=ground, settings=ground.settings),
    DEVIANT_FRAMES: lambda ground: compare_deviants(
        ground, levels=find_levels(ground.tables("schools")), settings=ground.settings
    ),
    (STAND_OUT_FRAME,): lambda ground: compare_units(
        ground.scores_by_measure, levels=ground.levels, settings=ground.settings
    ),
    TIER_FRAMES: lambda ground: compare_tiers(ground.tables, settings=ground.settings),
    OVERVIEW_FRAMES: lambda ground: compare_overview(
        ground.tables, levels=ground.levels, scores_by_measure=ground.scores_by_measure, settings=ground.settings
    ),
    ("climate_cells", "climate_rates", "climate_basis"): lambda ground: compare_climate(
        ground.tables, settings=ground.settings
    ),
    ("climate_scales",): lambda ground: compare_scales(ground.tables, settings=ground.settings),
    ("climate_risks",): lambda ground: compare_risks(ground.tables, settings=ground.settings),
    PLAN_FRAMES: lambda ground: gather_plans(ground.tables),
    VALUE_FRAMES: lambda ground: compare_values(ground.tables, settings=ground.settings, reader=ground),
    (DAYS_FRAME,): lambda ground: gather_days(ground.tables),
    (ROLES_FRAME,): lambda ground: gather_roles(ground.tables),
    (REACH_FRAME,): lambda ground: gather_reach(ground.tables, settings=ground.settings),
}
"""Which frames there are, and what computes them together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Frames that all schools of a run share, by name.

    ============  ===========================================================================================
    norms         the state's mean, standard deviation and cut by measure, year and grade
    levels        per school, measure, trend grade, year and group, with ``status``; also districts and state
    whole_levels  the same of all grades together, where trends follow a grade
    growth_sums   per school, measure, year, grade and segment of the year: students and their summed change
    score_limits  per measure: the ends of its scale, where scores heap
    connections   per pair of indicators and lag: how they move together across schools and within
    scale_changes per measure and year: a change of test, norms or cut, and whether a link is declared
    slopes        per school, measure, trend grade, group and kind, own and shrunken
    other_slopes  per school and further indicator (absence, referrals, support, screeners), own and shrunken
    factors       per measure, factor and category across the state
    factor_…      pairs of factors across the state; how much students, classrooms and teachers differ
    variance      per measure, year and level
    effects       per school, effect question, measure and year, own and shrunken
    pooled        per effect question, measure and year: the state's effect and its grade
    questions     per intervention asked about: what the run file or the data say of it
    designs       per question, outcome and design tried: the estimate or why it is declined, its checks and grade
    own_designs   per question, outcome and school: its own estimate by the chosen design, with ``status``
    delivery      per question and school: minutes and fidelity, with ``status``
    group_effects per question, outcome and student group: how far the effect differs
    monitoring    per intervention, measure and school: progress of its students, with ``status``
    screened      per school, year, grade, measure and window: enrolled students and those with a score
    latest        per table and school: the latest year and date
    faults        per school and source: what is wrong with it
    fair…         schools compared like for like, with what is held constant; positions; see ``overview.across``
    implementation  facts about practices, fidelity, monitoring and staff per district and school, with ``status``
    cause…        candidate root causes per school, concerning trends, and how they go together; see ``causes``
    deviant…      schools clearly above others like them, and in what they differ; see ``root_causes.deviants``
    stand_outs    classrooms and grades that stand out from the rest of their school; ids are for the analyst alone
    tier_…        tiers per school: counts and moves with ``status``, times in support, growth; see ``tiers.across``
    plan_…        goals, actions, deliverables, initiatives and capacity of all districts
    plan_roles    roles of the staff per school, of the newest year
    plan_reach    students of the newest year per school and grade, with ``status``
    plan_days     per school and district: school years, months, breaks, screening windows, the newest date
    value…        what every measure that a plan or a cause names stood at, and its changes, with ``status``
    climate_…     absence, referrals, survey scales, risk ratios per school with ``status``; see ``climate.across``
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


class _ComputedFrames(Mapping[str, pd.DataFrame]):
    """Frames that are computed when they are first asked for."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._ground.frame(name)

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __iter__(self) -> Iterator[str]:
        return (name for names in PARTS for name in names)

    def __len__(self) -> int:
        return sum(len(names) for names in PARTS)


class _FramesInFolder(Mapping[str, pd.DataFrame]):
    """Frames that are read when they are first asked for."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            # Without Arrow's data sets and threads, in half the time.
            with pq.ParquetFile(self._paths[name], memory_map=True, pre_buffer=False) as file:
                table = file.read(use_threads=False, use_pandas_metadata=True)
            self._read[name] = table.to_pandas(use_threads=False)
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
    """Compute what all schools are compared with from tables that are already read, each frame when it is asked for.

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
    return Comparison(frames=_ComputedFrames(Ground(tables=tables, settings=settings)))


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
    write_frames(comparison.frames, folder)
    write_index(comparison.frames, folder)


def write_frames(frames: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write some frames of a comparison, one Parquet file each.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        By their names.
    folder : Path
        Which is there.
    """
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def write_index(names: Iterable[str], folder: Path) -> None:
    """Write which frames there are, when all of them have been written.

    Parameters
    ----------
    names : iterable of str
        All frames of the comparison.
    folder : Path
        Which is there.
    """
    (folder / INDEX).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


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


def _find_norms(tables: Tables, *, measure: str, settings: Settings, changes: pd.DataFrame) -> pd.DataFrame:
    """Find the norms of a measure; years on both sides of a change without a link have norms of their own."""
    indicator = settings.indicator(measure)
    cut = indicator.cut
    scores = read_scores(tables, indicator=indicator)
    norms = pd.concat(
        [
            summarise_norms(
                scores=era,
                follow=settings.follow,
                cut_score=cut.score if cut else None,
                cut_percentile=cut.state_percentile if cut else None,
            )
            for era in split_eras(scores, changes=changes, measure=measure)
        ],
        ignore_index=True,
    )
    norms.insert(0, "measure", measure)
    return norms
