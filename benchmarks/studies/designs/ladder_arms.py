"""Two arms by lot through the whole ladder: tables of eight schools, graded, compared and chosen as in a run."""

from functools import partial

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.across import compare_effects
from mtss_analysis.findings.effects.arms_design import describe_arms
from mtss_analysis.findings.effects.designs import gather_pupils
from mtss_analysis.findings.effects.ladder import climb
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.stats import Estimate
from studies.designs.ladder import INDICATOR, QUESTION, Students
from studies.designs.tally import Summary, Tally, Which, choose

SIZE, CLASSROOMS = 60, 4
LOST = 0.06
"""Share of students without a spring score, whatever their arm."""


def study_randomised(
    seeds: range, *, tally: Tally | None = None, which: Which = "both", effect: float = 0.2, n_schools: int = 8
) -> Summary:
    """Climb the ladder where lots were drawn within eight schools whose effects differ."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            tables = _draw(np.random.default_rng(seed), effect=planted, n_schools=n_schools)
            tally.add(partial(_climb, tables), read=lambda found: found, truth=planted)
    return tally.summarise()


def _draw(rng: np.random.Generator, *, effect: float, n_schools: int) -> dict[str, pd.DataFrame]:
    drawn = Students(rng=rng, n_schools=n_schools, n_years=1, size=SIZE)
    n = drawn.school.size
    treated = rng.permuted(np.tile(np.arange(SIZE) < SIZE // 2, (n_schools, 1)), axis=1).ravel()
    own = effect + 0.1 * rng.normal(size=n_schools)[drawn.school]
    seen = rng.uniform(size=n) >= LOST
    ids = np.char.add("s", np.arange(n).astype("U"))
    school = drawn.school.astype("U")
    keys = {"student_id": ids, "district_id": "01", "school_id": school, "school_year": "2020-21"}
    enrollments = pd.DataFrame(
        keys | {"grade": "3", "classroom_id": np.char.add("c", (np.arange(n) % CLASSROOMS).astype("U"))}
    )
    scores = {"fall": drawn.fall, "spring": drawn.spring + treated * own}
    dates = {"fall": "2020-09-01", "spring": "2021-05-03"}
    screenings = pd.concat(
        [
            pd.DataFrame(keys | {"measure": "score", "score": score}).assign(window=window, date=dates[window])
            for window, score in scores.items()
        ],
        ignore_index=True,
    )
    screenings = screenings[(screenings["window"] == "fall") | np.tile(seen, 2)].reset_index(drop=True)
    services = pd.DataFrame(
        keys | {"intervention_id": np.where(treated, "programme", "usual"), "assigned": "yes"}
    ).assign(start_date=pd.Timestamp("2020-09-08"))
    interventions = pd.DataFrame(
        {"intervention_id": ["programme", "usual"], "name": ["programme", "usual"], "assignment": "random"}
    )
    return {
        "enrollments": enrollments,
        "screenings": screenings.assign(date=pd.to_datetime(screenings["date"])),
        "services": services.drop(columns="school_year"),
        "interventions": interventions.assign(district_id="01"),
    }


def _climb(drawn: dict[str, pd.DataFrame]) -> Estimate:
    tables = GivenTables(drawn)
    settings = Settings(indicators=(INDICATOR,), effects=(QUESTION,), follow="grade", population="district")
    pooled = compare_effects(tables, scores_by_measure={}, settings=settings)[1]
    pupils = gather_pupils(tables, question=QUESTION, intervention=drawn["interventions"].iloc[0], indicator=INDICATOR)
    by_lot, _ = describe_arms(
        tables, question=QUESTION, indicator=INDICATOR, pupils=pupils, pooled=pooled, ci_level=0.95
    )
    chosen = climb(assignment="random", pupils=pupils, given=[by_lot], ci_level=0.95).chosen
    if chosen is None or chosen.estimate is None or chosen.design != "randomised":
        raise TooFewError(by_lot.reason)
    return chosen.estimate
