"""Studies of the lists of promising and concerning trends."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.district.simulate.truths import PlantedTrend, Trends
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.list_finding import find_trends
from studies.asked import Asked, ask, pick
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
SCHOOLS = (
    *(("elementary", position, ELEMENTARY) for position in range(6)),
    *(("middle", position, MIDDLE) for position in range(2)),
)
"""Level, position and grades of the eight schools, in the order of their ids."""
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
    enrollments = simulate_district(sizes, NOTHING, tables={"schools", "enrollments"}).tables["enrollments"]
    by_year = enrollments.groupby(["school_id", "school_year"]).size().groupby("school_id").mean().to_numpy()
    elementary = [position for position, (level, _, _) in enumerate(SCHOOLS) if level == "elementary"]
    first, second = sorted(elementary, key=lambda position: abs(by_year[position] - N_STUDENTS))[:2]
    return {first: SLOPE_SD, second: -SLOPE_SD}


def study_slope_of_a_school(seed: int, planted: bool) -> Sequence[Outcome]:
    """Slopes of 0.10 and -0.10 SD a year in two schools of about 500 over three years; false alarms in the others."""
    sizes = Sizes(students=4800, schools=8, years=3, seed=seed)
    slopes = plant_slopes(sizes)
    cells = [
        PlantedTrend(level="elementary", position=position, measure=READING.measure, slope_sd=slope)
        for position, slope in slopes.items()
    ]
    truths = replace(NOTHING, trends=Trends(planted=planted, cells=tuple(cells)))
    drawn = simulate_district(sizes, truths, tables=TABLES)
    asked = ask(drawn.tables, settings=WITHOUT_GROUPS)
    scale = _find_scale(asked.comparison.frame("norms"))
    outcomes: list[Outcome] = []
    for position, school_id in enumerate(asked.school_ids):
        slope = slopes.get(position, 0.0) if planted else 0.0
        records = pick(_list(asked, school_id), finding="trend")
        named = [record for record in records if record.verdict in STOOD_OUT]
        whole = pick(records, measure=READING.measure, group="all", grade="all")[0]
        moved = pick(named, measure=READING.measure)
        wrong = [record for record in moved if (record.estimate or 0.0) * slopes.get(position, 0.0) < 0]
        outcomes.append(
            Outcome(
                quantity="slope",
                estimate=whole.estimate,
                low=whole.ci_low,
                high=whole.ci_high,
                true=slope * scale,
            )
        )
        if position in slopes:
            outcomes.append(Outcome(quantity="slope named", named=whole.verdict in STOOD_OUT))
            outcomes.append(Outcome(quantity="slope named, were it the only measure", named=_is_told(whole)))
            if planted:
                outcomes.append(Outcome(quantity="wrong sign", named=bool(wrong)))
        else:
            outcomes.append(Outcome(quantity="any trend named in a school without", named=bool(named)))
    return outcomes


def study_one_in_ten(seed: int, planted: bool) -> Sequence[Outcome]:
    """Slopes of 0.15 SD a year in one of ten schools and measures, and of 0.30 in one of ten of the other grades."""
    rng = np.random.default_rng([seed, 10])
    cells = []
    for level, position, grades in SCHOOLS:
        for measure in (READING.measure, MATH.measure):
            sign = rng.choice([-1.0, 1.0])
            if rng.random() < SHARE_PLANTED:
                cells.append(PlantedTrend(level=level, position=position, measure=measure, slope_sd=0.15 * sign))
                continue
            chosen = tuple(grade for grade in grades if rng.random() < SHARE_PLANTED)
            if chosen:
                slope = 0.30 * sign
                cells.append(
                    PlantedTrend(level=level, position=position, measure=measure, slope_sd=slope, grades=chosen)
                )
    truths = replace(NOTHING, trends=Trends(planted=planted, cells=tuple(cells)))
    drawn = simulate_district(Sizes(students=4000, schools=8, years=3, seed=seed), truths, tables=TABLES)
    asked = ask(drawn.tables, settings=SETTINGS)
    outcomes: list[Outcome] = []
    for school_id, (level, position, _) in zip(asked.school_ids, SCHOOLS, strict=True):
        mine = [cell for cell in cells if planted and (cell.level, cell.position) == (level, position)]
        named = [record for record in _list(asked, school_id) if record.verdict in STOOD_OUT]
        signs = [float(_find_true_sign(record, cells=mine) * (record.estimate or 0.0)) for record in named]
        outcomes += [
            Outcome(
                quantity="share of named trends that are none",
                estimate=signs.count(0.0) / max(len(signs), 1),
                true=0.0,
            ),
            *([Outcome(quantity="wrong sign", named=any(sign < 0 for sign in signs))] if signs else []),
            Outcome(quantity="any trend named", named=bool(named)),
        ]
    return outcomes


def _find_true_sign(record: Record, *, cells: Sequence[PlantedTrend]) -> float:
    """Sign of the true trend that a record speaks of; a slope in some grades is one of all of them together, too."""
    for cell in cells:
        if cell.measure == record.measure and (record.grade == "all" or not cell.grades or record.grade in cell.grades):
            return cell.slope_sd
    return 0.0


def _is_told(record: Record) -> bool:
    return record.p_value is not None and record.p_value <= SETTINGS.false_discovery_rate


def _find_scale(norms: pd.DataFrame) -> float:
    """Standard deviations of the district in one of the simulator: what a planted slope is in standing."""
    mine = norms[norms["measure"] == READING.measure].drop_duplicates("grade")
    return float((READING_SD / mine["sd"]).mean())


def _list(asked: Asked, school_id: str) -> list[Record]:
    return list(find_trends(**asked.about(school_id)).records())


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
        name="one-trend-in-ten",
        truth="trends: one in ten schools and measures, and one in ten of the other grades",
        requirement="R6",
        run=study_one_in_ten,
        most_false_alarms=0.05,
    )
)
