"""The whole ladder on drawn students of eight schools: the design it chooses, and what that design says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.arms import estimate_difference
from mtss_analysis.findings.effects.designs import Pupils
from mtss_analysis.findings.effects.ladder import climb
from mtss_analysis.findings.settings import EffectQuestion, Indicator
from mtss_analysis.stats import Estimate
from studies.designs.tally import Summary, Tally, Which, choose

SCHOOL_SD, YEAR_SD, STUDENT_SD, NOISE_SD = 0.3, 0.12, 0.8, 0.45
"""Of schools' levels, of a school's year about its level, of students, and of a test, in standard deviations."""
SELECTED = 0.3
NEVER = 99
QUESTION = EffectQuestion(
    intervention_id="programme", comparison_id="usual", label="programme", comparison_label="usual",
    outcomes=("score",), minimum_worthwhile_sd=0.1,
)  # fmt: skip
INDICATOR = Indicator(measure="score", window="spring", domain="reading", label="score", unit="points")


@dataclass(kw_only=True)
class Students:
    """Students drawn in the schools and years of a district, before anybody takes part."""

    rng: np.random.Generator
    n_schools: int
    n_years: int
    size: int
    school: np.ndarray = field(init=False)
    year: np.ndarray = field(init=False)
    poor: np.ndarray = field(init=False)
    fall: np.ndarray = field(init=False)
    winter: np.ndarray = field(init=False)
    spring: np.ndarray = field(init=False)
    grade: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Draw them."""
        rng, cells = self.rng, self.n_schools * self.n_years
        self.school = np.repeat(np.arange(cells) // self.n_years, self.size)
        self.year = np.repeat(np.arange(cells) % self.n_years, self.size)
        n = cells * self.size
        self.grade = np.full(n, "3")
        level = SCHOOL_SD * rng.normal(size=self.n_schools)[self.school]
        level = level + YEAR_SD * np.repeat(rng.normal(size=cells), self.size)
        self.poor = (rng.uniform(size=n) < 0.4).astype(float)
        true = level + STUDENT_SD * rng.normal(size=n) - 0.3 * self.poor
        growth = 0.15 * rng.normal(size=n) + 0.08 * np.repeat(rng.normal(size=cells), self.size)
        test = partial(rng.normal, 0.0, NOISE_SD, n)
        self.fall, self.winter, self.spring = true + test(), true + 0.5 * growth + test(), true + growth + test()

    def give(
        self, received: np.ndarray, *, effect: float | np.ndarray, assignment: str, distance: np.ndarray
    ) -> Pupils:
        """Let some take part, half of the effect being there in winter, and lay them out for the ladder."""
        ids = np.char.add("s", np.arange(received.size).astype("U"))
        names = pd.Series(2020 + self.year).astype("str") + "-" + pd.Series(21 + self.year).astype("str")
        rows = pd.DataFrame(
            {
                "student_id": ids,
                "district_id": "01",
                "school_id": pd.Series(self.school).astype("str"),
                "school": "01 " + pd.Series(self.school).astype("str"),
                "classroom": "01 " + pd.Series(self.school).astype("str"),
                "school_year": names,
                "grade": self.grade,
                "score": self.spring + received * effect,
                "raw_baseline": self.fall,
                "distance": distance,
                "received": received.astype(float),
                "economically_disadvantaged": self.poor,
            }
        )
        for name, source in (("outcome", "score"), ("baseline", "raw_baseline")):
            rows[name] = rows[source] - rows.groupby(["grade", "school_year"])[source].transform("mean")
        scores = {"fall": self.fall, "winter": self.winter + 0.5 * received * effect, "spring": rows["score"]}
        weeks = {"fall": 8.0, "winter": 26.0, "spring": 44.0}
        waves = pd.concat(
            [
                rows[["student_id", "school_year"]].assign(window=window, score=np.asarray(score), week=weeks[window])
                for window, score in scores.items()
            ],
            ignore_index=True,
        )
        taken = rows[rows["received"] > 0]
        begun = pd.to_datetime(taken["school_year"].str[:4] + "-08-26")
        return Pupils(
            question=QUESTION,
            indicator=INDICATOR,
            intervention=pd.Series({"intervention_id": "programme", "assignment": assignment, "treated_side": "below"}),
            rows=rows,
            services=taken[["student_id", "school_id", "school_year"]].assign(start_date=begun),
            covariates=("economically_disadvantaged",),
            waves=waves,
        )


def study_ladder(
    seeds: range,
    *,
    draw: Callable[[np.random.Generator, float], Pupils],
    design: str,
    tally: Tally | None = None,
    which: Which = "both",
    effect: float = 0.3,
) -> Summary:
    """Climb the ladder and read the effect of the design chosen; another design than that meant counts as declined."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            pupils = draw(np.random.default_rng(seed), planted)
            tally.add(partial(_climb, pupils, design=design), read=lambda found: found, truth=planted)
    return tally.summarise()


def study_arms(
    seeds: range, *, tally: Tally | None = None, which: Which = "both", effect: float = 0.2, n_schools: int = 8
) -> Summary:
    """Compare two arms drawn by lot within eight schools whose effects differ."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            rng = np.random.default_rng(seed)
            drawn = Students(rng=rng, n_schools=n_schools, n_years=1, size=60)
            treated = rng.permuted(np.tile(np.arange(60) < 30, (n_schools, 1)), axis=1).ravel()
            own = planted + 0.1 * rng.normal(size=n_schools)[drawn.school]
            school = "01 " + pd.Series(drawn.school).astype("str")
            year = pd.DataFrame(
                {
                    "arm": np.where(treated, "programme", "usual"),
                    "score": drawn.spring + treated * own,
                    "school": school,
                    "stratum": school,
                    "classroom": school + (np.arange(treated.size) % 4).astype("U"),
                    "classroom_id": "a",
                    "school_year": "2020-21",
                    "grade": "3",
                }
            )
            tally.add(partial(_compare, year), read=lambda found: found, truth=planted)
    return tally.summarise()


def draw_cut(rng: np.random.Generator, effect: float) -> Pupils:
    """Everybody below a whole-number cut score takes part."""
    drawn = Students(rng=rng, n_schools=8, n_years=2, size=110)
    drawn.fall = np.round(drawn.fall * 15) / 15
    cut = np.round(15 * np.quantile(drawn.fall, SELECTED)) / 15
    # The ladder looks for heaps on whole numbers, as screeners print them.
    distance = np.round(15 * (drawn.fall - cut))
    return drawn.give(distance < 0, effect=effect, assignment="cut_score", distance=distance)


def draw_fuzzy(rng: np.random.Generator, effect: float) -> Pupils:
    """Of those below the cut 85 in 100 take part, of the others 10."""
    drawn = Students(rng=rng, n_schools=8, n_years=2, size=160)
    drawn.fall = np.round(drawn.fall * 15) / 15
    cut = np.round(15 * np.quantile(drawn.fall, SELECTED)) / 15
    distance = np.round(15 * (drawn.fall - cut))
    received = rng.uniform(size=distance.size) < np.where(distance < 0, 0.85, 0.10)
    return drawn.give(received, effect=effect, assignment="cut_score", distance=distance)


def draw_selected(rng: np.random.Generator, effect: float) -> Pupils:
    """Teachers choose, the likelier the lower the score, for poor students, and in the higher of two grades."""
    drawn = Students(rng=rng, n_schools=8, n_years=1, size=90)
    higher = rng.uniform(size=drawn.fall.size) < 0.5
    odds = -2.0 - 0.9 * (drawn.fall - drawn.fall.mean()) + 0.4 * drawn.poor + 1.5 * higher
    received = rng.uniform(size=odds.size) < 1 / (1 + np.exp(-odds))
    drawn.grade = np.where(higher, "4", "3")
    for name in ("fall", "winter", "spring"):
        setattr(drawn, name, getattr(drawn, name) + 0.7 * higher)
    return drawn.give(received, effect=effect, assignment="selected", distance=np.full(odds.size, np.nan))


def draw_lowest(rng: np.random.Generator, effect: float) -> Pupils:
    """The lowest take part, judged by the fall score with some judgement of one's own."""
    drawn = Students(rng=rng, n_schools=8, n_years=1, size=90)
    judged = drawn.fall + rng.choice([0.1, 0.4, 0.8]) * rng.normal(size=drawn.fall.size)
    received = judged < np.quantile(judged, SELECTED)
    return drawn.give(received, effect=effect, assignment="selected", distance=np.full(judged.size, np.nan))


def draw_phased(
    rng: np.random.Generator, effect: float, *, n_years: int = 4, starts: tuple[int, ...] = (1, 2, NEVER)
) -> Pupils:
    """Schools start in different years, and the effect grows by half with each year of use."""
    drawn = Students(rng=rng, n_schools=8, n_years=n_years, size=40)
    start = np.array([starts[place % len(starts)] for place in range(8)])[drawn.school]
    use = drawn.year - start
    growing = effect * (1 + 0.5 * np.maximum(use, 0))
    # The mean over cohorts' years is the truth: the cohort of year 1 has used it 1 to 3 years, that of year 2 1 or 2.
    scale = 1.0 if n_years == 1 else float(np.average([1.5, 1.25], weights=[3, 3]))
    return drawn.give(use >= 0, effect=growing / scale, assignment="phased", distance=np.full(use.size, np.nan))


def draw_one_year(rng: np.random.Generator, effect: float) -> Pupils:
    """Half of the schools have it in the only year on record: growth since fall is all that can be compared."""
    return draw_phased(rng, effect, n_years=1, starts=(0, NEVER))


def draw_interrupted(rng: np.random.Generator, effect: float) -> Pupils:
    """All schools start in the fourth of six years, and whoever has had it keeps what it gave."""
    drawn = Students(rng=rng, n_schools=8, n_years=6, size=40)
    later, started = drawn.year > 3, drawn.year >= 3
    drawn.fall = drawn.fall + effect * later
    # Together with what `give` adds, winter of the first year has all of it.
    drawn.winter = drawn.winter + 0.5 * effect * started
    return drawn.give(started, effect=effect, assignment="phased", distance=np.full(started.size, np.nan))


def _climb(pupils: Pupils, *, design: str) -> Estimate:
    ladder = climb(assignment=str(pupils.intervention["assignment"]), pupils=pupils, ci_level=0.95)
    if ladder.chosen is None or ladder.chosen.estimate is None:
        raise TooFewError(ladder.others[0].reason if ladder.others else "no design")
    if design and ladder.chosen.design != design:
        raise TooFewError(f"chosen was {ladder.chosen.design}")
    return ladder.chosen.estimate


def _compare(year: pd.DataFrame) -> Estimate:
    found = estimate_difference(year, question=QUESTION, outcome="score", cluster_by="school", ci_level=0.95)
    if found.difference is None:
        raise TooFewError(found.reason)
    return found.difference
