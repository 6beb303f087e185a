"""Studies of the trends in a run's measures: power and coverage of a slope, and false names among many cells."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.district.simulate.truths import PlantedTrend, Trends
from mtss_analysis.findings.comparison import Ground
from mtss_analysis.findings.data_quality.fault import frame_faults
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.trends.across import compare_slopes
from mtss_analysis.findings.trends.families import share_of_measures
from mtss_analysis.findings.trends.judged import judge_schools
from mtss_analysis.findings.trends.verdicts import Trend
from mtss_analysis.measures.groups import ALL
from studies.study import Outcome, Study, register

TABLES = {"schools", "enrollments", "screenings", "staff"}
READING = Indicator(measure="reading_scale", window="spring", domain="reading", label="reading", unit="points")
MATH = Indicator(measure="math_scale", window="spring", domain="math", label="mathematics", unit="points")
INCOME = StudentGroup(
    column="economically_disadvantaged",
    label="family income",
    focus="yes",
    reference="no",
    focus_label="economically disadvantaged students",
    reference_label="other students",
)
DISABILITY = StudentGroup(
    column="disability",
    label="disability",
    focus="yes",
    reference="no",
    focus_label="students with disabilities",
    reference_label="students without disabilities",
)
SETTINGS = Settings(indicators=(READING, MATH), groups=(INCOME, DISABILITY), follow="grade", population="district")
WITHOUT_GROUPS = replace(SETTINGS, groups=())
READING_SD = 14.0
"""Standard deviation about the norm of ``reading_scale`` in the simulator, in which slopes are planted."""
NOTHING = Truths().without(["all"])
STOOD_OUT = ("promising", "concerning")
SLOPE_SD = 0.10
SHARE_PLANTED = 0.10
ELEMENTARY, MIDDLE = ("K", "1", "2", "3", "4", "5"), ("6", "7", "8")
SCHOOLS: tuple[tuple[Literal["elementary", "middle"], int, tuple[str, ...]], ...] = (
    *(("elementary", position, ELEMENTARY) for position in range(6)),
    *(("middle", position, MIDDLE) for position in range(2)),
)
"""Level, position and grades of the eight schools, in the order of their ids."""
NO_FAULTS = frame_faults([])
N_STUDENTS = 500
"""Students of the schools in which a slope is planted."""


def plant_slopes(sizes: Sizes) -> dict[int, float]:
    """Choose the two elementary schools of a draw that are nearest to 500 students a year, and their slopes.

    Parameters
    ----------
    sizes : Sizes
        Of the draw; how large each school is follows from its seed.

    Returns
    -------
    dict of int to float
        Slope by position, SD a year: 0.10 in the nearest, -0.10 in the next.
    """
    tables = simulate_district(sizes, NOTHING, tables={"schools", "enrollments"}).tables
    by_year = tables["enrollments"].groupby(["school_id", "school_year"]).size().groupby("school_id").mean().to_numpy()
    levels = tables["schools"].drop_duplicates("school_id").sort_values("school_id")["level"]
    elementary = [position for position, level in enumerate(levels) if level == "elementary"]
    first, second = sorted(elementary, key=lambda position: abs(by_year[position] - N_STUDENTS))[:2]
    return {first: SLOPE_SD, second: -SLOPE_SD}


def study_slope_of_a_school(seed: int, planted: bool) -> Sequence[Outcome]:
    """Slopes of 0.10 and -0.10 SD a year in two schools of about 500 over three years; false alarms in the others."""
    return _study_slopes(Sizes(students=4800, schools=8, years=3, seed=seed), planted=planted)


def study_slope_among_twelve(seed: int, planted: bool) -> Sequence[Outcome]:
    """The same among as many schools as Riverbend has, which tell better how much students and classrooms differ."""
    return _study_slopes(Sizes(students=7200, schools=12, years=3, seed=seed), planted=planted)


def _study_slopes(sizes: Sizes, *, planted: bool) -> Sequence[Outcome]:
    slopes = plant_slopes(sizes)
    cells = [
        PlantedTrend(level="elementary", position=position, measure=READING.measure, slope_sd=slope)
        for position, slope in slopes.items()
    ]
    truths = replace(NOTHING, trends=Trends(planted=planted, cells=tuple(cells)))
    judged = judge(simulate_district(sizes, truths, tables=TABLES).tables, settings=WITHOUT_GROUPS)
    outcomes: list[Outcome] = []
    for position, trends in enumerate(judged.trends):
        slope = slopes.get(position, 0.0) if planted else 0.0
        whole = next(trend for trend in trends if trend.measure == READING.measure and trend.is_whole)
        if whole.cell is None or whole.cell.slope is None:
            continue
        own = whole.cell.slope
        named = [trend for trend in trends if trend.verdict in STOOD_OUT]
        wrong = [one for one in named if one.measure == READING.measure and one.goodness * slope < 0]
        outcomes.append(
            Outcome(
                quantity="slope", estimate=own.estimate, low=own.ci_low, high=own.ci_high, true=slope * judged.scale
            )
        )
        if position in slopes:
            told = own.p_value <= SETTINGS.false_discovery_rate * share_of_measures(SETTINGS)
            outcomes.append(Outcome(quantity="slope named", named=whole.verdict in STOOD_OUT))
            outcomes.append(Outcome(quantity="slope named, were it the only measure", named=told))
            if planted:
                outcomes.append(Outcome(quantity="wrong sign", named=bool(wrong)))
        else:
            outcomes.append(Outcome(quantity="any trend named in a school without", named=bool(named)))
    return outcomes


def plant_one_in_ten(seed: int, *, measures: Sequence[str]) -> list[PlantedTrend]:
    """Choose one in ten schools and measures, and of the others one in ten grades.

    Parameters
    ----------
    seed : int
        Of the draw.
    measures : sequence of str
        Which measures.

    Returns
    -------
    list of PlantedTrend
        0.15 SD a year either way in a school, 0.30 in a grade.
    """
    rng = np.random.default_rng([seed, 10])
    cells = []
    for level, position, grades in SCHOOLS:
        for measure in measures:
            sign = rng.choice([-1.0, 1.0])
            whole = rng.random() < SHARE_PLANTED
            chosen = () if whole else tuple(grade for grade in grades if rng.random() < SHARE_PLANTED)
            if whole or chosen:
                slope = (0.15 if whole else 0.30) * sign
                cells.append(
                    PlantedTrend(level=level, position=position, measure=measure, slope_sd=slope, grades=chosen)
                )
    return cells


def study_one_in_ten(seed: int, planted: bool) -> Sequence[Outcome]:
    """Slopes in one of ten schools and measures, and in one of ten of the other grades."""
    cells = plant_one_in_ten(seed, measures=(READING.measure, MATH.measure))
    truths = replace(NOTHING, trends=Trends(planted=planted, cells=tuple(cells)))
    sizes = Sizes(students=4000, schools=8, years=3, seed=seed)
    judged = judge(simulate_district(sizes, truths, tables=TABLES).tables, settings=SETTINGS)
    outcomes: list[Outcome] = []
    for trends, (level, position, _) in zip(judged.trends, SCHOOLS, strict=True):
        mine = [cell for cell in cells if planted and (cell.level, cell.position) == (level, position)]
        signs = [find_true_sign(one, cells=mine) for one in trends if one.verdict in STOOD_OUT]
        outcomes += [
            Outcome(
                quantity="share of named trends that are none",
                estimate=signs.count(0.0) / max(len(signs), 1),
                true=0.0,
            ),
            *([Outcome(quantity="wrong sign", named=any(sign < 0 for sign in signs))] if signs else []),
            Outcome(quantity="any trend named", named=bool(signs)),
        ]
    return outcomes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Trends of all schools of a drawn district, in the order of their ids.

    Parameters
    ----------
    ground : Ground
        Gives frames and tables.
    trends : list of list of Trend
        By school.
    scale : float
        Standard deviations of the district in one of the simulator's reading: what a planted slope is in standing.
    """

    ground: Ground
    trends: list[list[Trend]]
    scale: float


def judge(tables: Mapping[str, pd.DataFrame], *, settings: Settings) -> Judged:
    """Judge trends as packets do, of a district whose scores have no faults.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As ``simulate_district`` gives them.
    settings : Settings
        What is asked.

    Returns
    -------
    Judged
        Nothing that no trend needs is computed.
    """
    district_id = str(tables["schools"]["district_id"].iloc[0])
    named = {name: frame.assign(district_id=district_id) for name, frame in tables.items()}
    ground = Ground(tables=GivenTables(named), settings=settings)
    places = [(district_id, school_id) for school_id in sorted(tables["schools"]["school_id"].unique())]
    norms = ground.norms[ground.norms["measure"] == READING.measure].drop_duplicates("grade")
    first = _Frames(ground, settings=settings)
    judged = dict(judge_schools(first, schools=places, settings=settings))
    moved = {one.measure for trends in judged.values() for one in trends if one.verdict in STOOD_OUT}
    if moved:
        # Grades and groups are judged only within measures in which a school moved, so the others' are not needed.
        judged = dict(judge_schools(first.widen(moved), schools=places, settings=settings))
    return Judged(
        ground=ground,
        trends=[judged[place] for place in places],
        scale=float((READING_SD / norms["sd"]).mean()),
    )


class _Frames:
    """Frames of which only all students' slopes are estimated, and all slopes of measures that are asked for."""

    def __init__(self, ground: Ground, *, settings: Settings) -> None:
        self._ground, self._settings = ground, settings
        whole = {measure: scores.assign(below_cut=np.nan) for measure, scores in ground.scores_by_measure.items()}
        self._slopes = self._compare(whole, whole_only=True)

    def widen(self, measures: Collection[str]) -> "_Frames":
        """Estimate all slopes of these measures."""
        wanted = {name: scores for name, scores in self._ground.scores_by_measure.items() if name in measures}
        rest = self._slopes[~self._slopes["measure"].isin(measures)]
        self._slopes = pd.concat([self._compare(wanted, whole_only=False), rest], ignore_index=True)
        return self

    def _compare(self, scores: dict[str, pd.DataFrame], *, whole_only: bool) -> pd.DataFrame:
        return compare_slopes(scores, settings=self._settings, whole_only=whole_only)

    def frame(self, name: str) -> pd.DataFrame:
        """Give a frame."""
        known = {"faults": NO_FAULTS, "slopes": self._slopes}
        return known[name] if name in known else self._ground.frame(name)


def find_true_sign(trend: Trend, *, cells: Sequence[PlantedTrend]) -> float:
    """Compare a named trend with the planted ones.

    Parameters
    ----------
    trend : Trend
        Named.
    cells : sequence of PlantedTrend
        Planted in its school; a slope in some grades is one of all of them together, too.

    Returns
    -------
    float
        Above 0: there is one that goes the same way; below 0: the other way; 0: there is none.
    """
    for cell in cells:
        graded = trend.trend_grade == ALL or not cell.grades or trend.trend_grade in cell.grades
        if cell.measure == trend.measure and graded:
            return cell.slope_sd * trend.goodness
    return 0.0


register(
    Study(
        name="slope-of-a-school",
        truth="trends: 0.10 SD a year in schools of 500, three years",
        requirement="R6",
        run=study_slope_of_a_school,
        fast_seeds=2,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="slope-among-twelve",
        truth="trends: 0.10 SD a year in schools of 500, three years, twelve schools",
        requirement="R6",
        run=study_slope_among_twelve,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="one-trend-in-ten",
        truth="trends: one in ten schools and measures, and one in ten of the other grades",
        requirement="R6",
        run=study_one_in_ten,
        most_false_alarms=0.05,
    )
)
