"""Coverage of intervals of gaps between groups of students, of one year and of a change, also in small groups."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtss_analysis.findings.trends.gaps import estimate_gaps
from mtss_analysis.findings.trends.steady_gaps import compare_gaps
from studies.study import Outcome, Study, register
from studies.trends import INCOME

SIZES = ((15, 15), (15, 45), (60, 150))
"""Students of the focus and of the reference group in a school and year."""
GAP, LATER_GAP = 0.7, 0.4
CLASSROOM_SD, CLASSROOM = 0.25, 20
FOCUS_SD = 0.8


def study_gaps(seed: int, planted: bool) -> Sequence[Outcome]:
    """A gap of 0.7 that falls to 0.4, or none: skewed scores, groups that differ in spread and share classrooms."""
    outcomes = []
    for place, (n_focus, n_reference) in enumerate(SIZES):
        rng = np.random.default_rng([seed, place, int(planted)])
        gaps = (GAP, LATER_GAP) if planted else (0.0, 0.0)
        years = ("2023-24", "2024-25")
        parts = [
            _draw_year(rng, year=year, gap=gap, n=(n_focus, n_reference)) for year, gap in zip(years, gaps, strict=True)
        ]
        scores = pd.concat(parts, ignore_index=True)
        named = f"{n_focus} and {n_reference} students"
        latest = estimate_gaps(scores[scores["school_year"] == years[1]], groups=(INCOME,), ci_level=0.95)[0].gap
        if latest is not None:
            outcomes.append(
                Outcome(
                    quantity=f"gap, {named}", estimate=latest.estimate, low=latest.ci_low, high=latest.ci_high,
                    true=gaps[1],
                )
            )  # fmt: skip
        change = compare_gaps(scores, group=INCOME, others=(), first=years[0], last=years[1], ci_level=0.95)[0].change
        if change is not None:
            outcomes.append(
                Outcome(
                    quantity=f"change of a gap, {named}", estimate=change.estimate, low=change.ci_low,
                    high=change.ci_high, true=gaps[1] - gaps[0],
                )
            )  # fmt: skip
    return outcomes


def _draw_year(rng: np.random.Generator, *, year: str, gap: float, n: tuple[int, int]) -> pd.DataFrame:
    """Draw scores of one grade: other students every year, teachers who stay with half of their effect."""
    in_focus = np.repeat([True, False], n)
    count = in_focus.size
    room = rng.permutation(np.arange(count) % max(round(count / CLASSROOM), 2))
    effects = CLASSROOM_SD * rng.standard_normal(room.max() + 1)
    # Squares of normal values are skewed to the right by 0.6 here; the focus group spreads less.
    own = rng.standard_normal(count)
    own = (own + 0.15 * (own**2 - 1)) / np.sqrt(1 + 2 * 0.15**2)
    standing = np.where(in_focus, FOCUS_SD * own - gap, own) + effects[room]
    return pd.DataFrame(
        {
            "district_id": "D",
            "school_id": "S",
            "school_year": year,
            "grade": "3",
            "trend_grade": "3",
            "student_id": [f"{year}-{at}" for at in range(count)],
            "classroom_id": [f"r{at}" for at in room],
            "teacher_id": [f"t{at}" for at in room],
            "standing": standing,
            INCOME.column: np.where(in_focus, INCOME.focus, INCOME.reference),
        }
    )


register(
    Study(
        name="gaps",
        truth="a gap of 0.7 SD that falls to 0.4, in groups of 15 to 150",
        requirement="R5",
        run=study_gaps,
        fast_seeds=5,
        seeds=2000,
    )
)
