"""Studies of the fair comparison of schools: who is said to stand apart, shrunken means, likely places, the mix."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import compare_tables
from mtss_analysis.findings.overview.stand import HIGHER, LOWER
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.tables import GivenTables
from studies.study import Outcome, Study, register

APART = (HIGHER, LOWER)
ORAL = Indicator(measure="oral", window="spring", domain="reading", label="reading", unit="points")
SCALE = Indicator(
    measure="social_emotional_scale", window="spring", domain="social_emotional", label="the scale", unit="points"
)
LUNCH = StudentGroup(
    column="economically_disadvantaged", label="income", focus="yes", reference="no", focus_label="some",
    reference_label="others",
)  # fmt: skip
CLASSROOM_SD = 0.25
SMALL = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnSchools:
    """Schools of one year and grade with their true means, in SD of students of one school.

    Parameters
    ----------
    tables : dict of str to DataFrame
        ``schools``, ``enrollments``, ``screenings`` of one district.
    means : (k,) float array
        True means of the schools, the mix of students left out.
    """

    tables: dict[str, pd.DataFrame]
    means: np.ndarray


def draw_schools(
    seed: int, *, sizes: Sequence[int], spread: float, shares: Sequence[float] = (), gap: float = 0.0,
    apart: float = 0.0,
) -> DrawnSchools:  # fmt: skip
    """Draw schools whose true means are normal, with classrooms, and groups of students that differ by a gap.

    Parameters
    ----------
    seed : int
        Of the draw.
    sizes : sequence of int
        Students of each school.
    spread : float
        SD of the schools' true means.
    shares : sequence of float
        Share of the lower group in each school; empty: half.
    gap : float
        By how much the lower group is lower, SD.
    apart : float
        Added to the first school's mean.

    Returns
    -------
    DrawnSchools
        About 20 students a classroom, whose own effects have an SD of 0.25.
    """
    rng = np.random.default_rng([19, seed])
    means = rng.normal(0, spread, len(sizes)) if spread else np.zeros(len(sizes))
    means[0] += apart
    enrollments, screenings = [], []
    for school, n in enumerate(sizes):
        rooms = max(round(n / 20), 1)
        effects = rng.normal(0, CLASSROOM_SD, rooms)
        room = np.arange(n) % rooms
        low = rng.random(n) < (shares[school] if len(shares) else 0.5)
        score = 100 + 15 * (means[school] + effects[room] - gap * low + rng.normal(size=n))
        ids = [f"s{school:03d}-{at:04d}" for at in range(n)]
        enrollments.append(
            pd.DataFrame(
                {
                    "student_id": ids, "school_id": f"{school:03d}", "school_year": "2025-26", "grade": "3",
                    "classroom_id": [f"c{school:03d}-{at}" for at in room],
                    "economically_disadvantaged": np.where(low, "yes", "no"),
                }
            )
        )  # fmt: skip
        screenings.append(
            pd.DataFrame(
                {
                    "student_id": ids, "school_id": f"{school:03d}", "school_year": "2025-26", "window": "spring",
                    "measure": "oral", "domain": "reading", "score": score,
                }
            )
        )  # fmt: skip
    roster = pd.DataFrame(
        {"school_id": [f"{at:03d}" for at in range(len(sizes))], "school_year": "2025-26", "district_name": "Drawn"}
    )
    roster = roster.assign(school_name="School " + roster["school_id"], level="elementary")
    tables = {
        "schools": roster,
        "enrollments": pd.concat(enrollments, ignore_index=True),
        "screenings": pd.concat(screenings, ignore_index=True),
    }
    return DrawnSchools(tables=tables, means=means)


def compare(tables: dict[str, pd.DataFrame], *, settings: Settings) -> pd.DataFrame:
    """Compare the schools of a district as a run does: one row per school and measure."""
    named = {name: frame.assign(district_id="D") for name, frame in tables.items()}
    return compare_tables(GivenTables(named), settings=settings).frame("fair")


def study_ordinary_schools(seed: int, planted: bool) -> Sequence[Outcome]:
    """Twelve schools that differ as schools do, or not at all: none stands apart but one planted 1.5 SD below."""
    settings = Settings(indicators=(ORAL,), population="district")
    outcomes = []
    for name, spread in (("schools that do not differ", 0.0), ("schools that differ by 0.2 SD", 0.2)):
        drawn = draw_schools(seed, sizes=[80] * 12, spread=spread, apart=-1.5 if planted else 0.0)
        fair = compare(drawn.tables, settings=settings)
        named = fair.loc[fair["school_id"] == "000", "verdict"] == LOWER if planted else fair["verdict"].isin(APART)
        outcomes.append(Outcome(quantity=f"stands apart, {name}", named=bool(named.any())))
    return outcomes


def study_noise_only(seed: int, planted: bool) -> Sequence[Outcome]:
    """The simulated district's social-emotional scale, in which neither schools nor classrooms differ."""
    truths = Truths() if not planted else Truths().without(["noise_only"])
    sizes = Sizes(students=3000, schools=12, years=1, seed=seed)
    drawn = simulate_district(sizes, truths, tables={"schools", "enrollments", "screenings"})
    fair = compare(dict(drawn.tables), settings=Settings(indicators=(SCALE,), population="district"))
    return [Outcome(quantity="any school stands apart", named=bool(fair["verdict"].isin(APART).any()))]


def study_small_schools(seed: int, planted: bool) -> Sequence[Outcome]:
    """True means of schools with an SD of 0.15: shrunken against raw ones in small schools, and likely places."""
    sizes = [25, 30, 35, 40, 45, 50, 60, 80, 120, 200, 300, 400]
    drawn = draw_schools(seed, sizes=sizes, spread=0.15 if planted else 0.0)
    fair = compare(drawn.tables, settings=Settings(indicators=(ORAL,), population="district"))
    scores = drawn.tables["screenings"]["score"]
    weights = np.array(sizes) / sum(sizes)
    true = 15 * (drawn.means - float(weights @ drawn.means)) / float(scores.std())
    order = drawn.means.argsort().argsort() + 1
    outcomes = []
    for row in fair.itertuples():
        at = int(row.school_id)
        if sizes[at] <= SMALL:
            outcomes.append(Outcome(quantity="raw mean, small schools", estimate=row.like, true=float(true[at])))
            outcomes.append(
                Outcome(quantity="shrunken mean, small schools", estimate=row.shrunken, true=float(true[at]))
            )
        half = 1.959964 * row.like_se
        outcomes.append(
            Outcome(quantity="mean", estimate=row.like, low=row.like - half, high=row.like + half, true=float(true[at]))
        )
        outcomes.append(
            Outcome(
                quantity="shrunken mean", estimate=row.shrunken, low=row.shrunken_low, high=row.shrunken_high,
                true=float(true[at]),
            )
        )  # fmt: skip
        if planted:
            outcomes.append(
                Outcome(
                    quantity="likely places", estimate=(row.rank_low + row.rank_high) / 2, low=row.rank_low,
                    high=row.rank_high, true=float(order[at]),
                )
            )  # fmt: skip
    return outcomes


def study_mix_alone(seed: int, planted: bool) -> Sequence[Outcome]:
    """Schools that differ in their mix of students alone (a gap of 0.8 SD): like for like they do not differ."""
    shares = [0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.6, 0.6, 0.95]
    drawn = draw_schools(seed, sizes=[150] * 12, spread=0.0, shares=shares, gap=0.8 if planted else 0.0)
    fair = compare(drawn.tables, settings=Settings(indicators=(ORAL,), groups=(LUNCH,), population="district"))
    row = fair[fair["school_id"] == "011"].iloc[0]
    half = 1.959964 * row["like_se"]
    mean = {"estimate": row["like"], "low": row["like"] - half, "high": row["like"] + half, "true": 0.0}
    return [
        Outcome(quantity="a school said to stand apart for its mix", named=row["verdict"] in APART),
        Outcome(quantity="like for like, the school with most of the lower group", **mean),
        Outcome(quantity="as it is, the same school", estimate=row["raw"], true=0.0),
    ]


register(
    Study(
        name="schools-apart",
        truth="one school 1.5 SD below eleven others that differ by 0 or 0.2 SD",
        requirement="R41",
        run=study_ordinary_schools,
        fast_seeds=3,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="schools-noise-only",
        truth="(k) noise_only switched off: schools differ in the social-emotional scale",
        requirement="R41",
        run=study_noise_only,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="schools-small",
        truth="true means of schools with an SD of 0.15; small schools have 60 students or fewer",
        requirement="R41",
        run=study_small_schools,
        fast_seeds=3,
    )
)
register(
    Study(
        name="schools-mix",
        truth="a gap of 0.8 SD between groups, schools with 10 to 95 percent of the lower one, no other difference",
        requirement="R41",
        run=study_mix_alone,
        fast_seeds=3,
        most_false_alarms=0.05,
    )
)
