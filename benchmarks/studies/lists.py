"""False names in a school's packet, over all of its lists of trends together."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mtss_analysis.district.simulate import Sizes, simulate_district
from mtss_analysis.district.simulate.truths import PlantedTrend, Trends
from mtss_analysis.findings.climate.scales import SURVEY
from mtss_analysis.findings.comparison import Ground
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.other_rows import SUPPORT, gather_other_rows
from mtss_analysis.findings.trends.other_slopes import PLACE, estimate_student_slopes, shrink_other_slopes
from mtss_analysis.findings.trends.other_trends import MOVED, OtherTrend, judge_other_trends
from mtss_analysis.findings.trends.survey_slopes import estimate_survey_slopes
from mtss_analysis.measures.surveys import FORM, score_scales
from studies.study import Outcome, Study, register
from studies.trends import MATH, NOTHING, READING, SCHOOLS, SETTINGS, STOOD_OUT, find_true_sign, judge, plant_one_in_ten

ALL_TABLES = {"schools", "enrollments", "screenings", "staff", "attendance", "referrals", "tiers", "surveys"}
RATINGS = ("behavior_rating", "social_emotional_scale")
NAMED = (*STOOD_OUT, MOVED)


def study_all_lists(seed: int, planted: bool) -> Sequence[Outcome]:
    """One in ten schools and measures has a slope, or none: all indicators of a packet are judged.

    Every trend counts as printed, which names more than a packet may.
    """
    cells = plant_one_in_ten(seed, measures=(READING.measure, MATH.measure, *RATINGS)) if planted else []
    truths = replace(NOTHING, trends=Trends(planted=planted, cells=tuple(cells)))
    drawn = simulate_district(Sizes(students=4000, schools=8, years=3, seed=seed), truths, tables=ALL_TABLES)
    judged = judge(drawn.tables, settings=SETTINGS)
    slopes = _estimate_others(judged.ground, settings=SETTINGS)
    school_ids = sorted(drawn.tables["schools"]["school_id"].unique())
    outcomes: list[Outcome] = []
    for school_id, trends, (level, position, _) in zip(school_ids, judged.trends, SCHOOLS, strict=True):
        mine = [cell for cell in cells if (cell.level, cell.position) == (level, position)]
        measures = [find_true_sign(one, cells=mine) for one in trends if one.verdict in NAMED]
        found = judge_other_trends(slopes[slopes["school_id"] == school_id], settings=SETTINGS)
        others = [_find_sign(one, cells=mine) for one in found if one.verdict in NAMED]
        signs = [*measures, *others]
        outcomes += [
            Outcome(quantity="any trend of a measure in the lists", named=bool(measures)),
            Outcome(quantity="any other indicator in the lists", named=bool(others)),
            Outcome(quantity="anything in the lists", named=bool(signs)),
            Outcome(quantity="false share of the lists", estimate=signs.count(0.0) / max(len(signs), 1), true=0.0),
            *([Outcome(quantity="wrong sign", named=any(sign < 0 for sign in signs))] if signs else []),
        ]
    return outcomes


def _estimate_others(ground: Ground, *, settings: Settings) -> pd.DataFrame:
    parts = [
        estimate_student_slopes(students, measure=measure, settings=settings)
        for measure, students in gather_other_rows(ground.tables, settings=settings).items()
    ]
    surveys = estimate_survey_slopes(ground.tables, reader=_AllPrinted(ground), settings=settings)
    parts.append(pd.DataFrame([{**dict(zip(PLACE, place, strict=True)), **row} for place, row in surveys]))
    return shrink_other_slopes([part.assign(status="ok") for part in parts], settings=settings)


class _AllPrinted:
    """Says of every survey that it is printed."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def frame(self, name: str) -> pd.DataFrame:
        if name != "climate_scales":
            raise KeyError(name)
        forms = score_scales(self._ground.tables("surveys"))[FORM].drop_duplicates()
        return forms.rename(columns={"respondent_group": "who"}).assign(kind=SURVEY, status="ok")


def _find_sign(trend: OtherTrend, *, cells: Sequence[PlantedTrend]) -> float:
    """Compare as of a measure; support follows scores, so that any slope of them the other way round is one of it."""
    slope = trend.shrunken or 0.0
    if trend.measure == SUPPORT:
        moving = [-cell.slope_sd * slope for cell in cells if cell.measure not in RATINGS[1:]]
        return max(moving, default=0.0)
    return next((cell.slope_sd * slope for cell in cells if cell.measure == trend.measure), 0.0)


register(
    Study(
        name="all-lists",
        truth="trends: one in ten schools and measures, of reading, mathematics and two screeners",
        requirement="R6",
        run=study_all_lists,
        fast_seeds=1,
        most_false_alarms=0.05,
    )
)
