"""Studies of positive deviants: a school clearly above others like it is named, with what tells it apart."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtss_analysis.findings.root_causes.concerns import CONCERN_COLUMNS
from mtss_analysis.findings.root_causes.deviants import compare_deviants
from mtss_analysis.findings.root_causes.school_values import VALUE_COLUMNS
from mtss_analysis.findings.settings import Settings
from studies.overview import ORAL, compare, draw_schools
from studies.study import Outcome, Study, register

SETTINGS = Settings(indicators=(ORAL,), population="district")
SCHOOLS, STUDENTS, APART, MORE = 12, 80, 1.5, 25.0
"""Planted: the first school stands 1.5 SD above, and has a practice in 25 more of 100 lessons."""
PRACTICES = ("a", "b", "c", "d")
LESSONS_SE = 5.0
"""Standard error of a school's share of lessons, as of some eighty lessons with a dozen teachers."""


class _Frames:
    """Gives the frames that deviants are found from."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self._frames = frames

    def frame(self, name: str) -> pd.DataFrame:
        return self._frames[name]


def draw_values(seed: int, *, planted: bool) -> pd.DataFrame:
    """Draw the shares of lessons with each practice, the same in all schools but for the planted one.

    Parameters
    ----------
    seed : int
        Of the draw.
    planted : bool
        Whether the first school has more of the first practice.

    Returns
    -------
    DataFrame
        ``VALUE_COLUMNS``.
    """
    rng = np.random.default_rng([23, seed])
    rows = [
        {
            "measure": f"implementation:{practice}", "district_id": "D", "school_id": f"{school:03d}",
            "value": 55 + LESSONS_SE * rng.normal() + (MORE if planted and practice == "a" and school == 0 else 0.0),
            "std_error": LESSONS_SE, "df": 15.0, "n": 80.0, "n_clusters": 12.0, "status": "ok",
        }
        for practice in PRACTICES
        for school in range(SCHOOLS)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(VALUE_COLUMNS))


def study_deviants(seed: int, planted: bool) -> Sequence[Outcome]:
    """Twelve schools that differ by 0.2 SD or not at all, one of them 1.5 SD above, or none."""
    outcomes: list[Outcome] = []
    levels = {("D", f"{school:03d}"): "elementary" for school in range(SCHOOLS)}
    for name, spread in (("schools that do not differ", 0.0), ("schools that differ by 0.2 SD", 0.2)):
        drawn = draw_schools(seed, sizes=[STUDENTS] * SCHOOLS, spread=spread, apart=APART if planted else 0.0)
        reader = _Frames(
            {
                "fair": compare(drawn.tables, settings=SETTINGS),
                "cause_trends": pd.DataFrame(columns=list(CONCERN_COLUMNS)),
                "school_values": draw_values(seed, planted=planted),
            }
        )
        frames = compare_deviants(reader, levels=levels, settings=SETTINGS)
        named = set(frames["deviants"]["school_id"])
        if not planted:
            outcomes.append(Outcome(quantity=f"any deviant named, {name}", named=bool(named)))
            continue
        told = frames["deviant_differences"]
        told = told[told["told"].astype(bool) & (told["school_id"] == "000")]
        right = set(told.loc[told["better"].astype(bool), "measure"])
        outcomes += [
            Outcome(quantity=f"deviant, {name}{', named' if not spread else ': found'}", named="000" in named),
            Outcome(quantity=f"another school named, {name}", named=bool(named - {"000"})),
        ]
        if "000" in named:
            outcomes += [
                Outcome(quantity=f"what it does more of, {name}, named", named="implementation:a" in right),
                Outcome(
                    quantity=f"something else told of it, {name}",
                    named=bool(set(told["measure"]) - {"implementation:a"}),
                ),
            ]
    return outcomes


register(
    Study(
        name="positive-deviants",
        truth="one of twelve schools 1.5 SD above the others, with a practice in 25 more of 100 lessons",
        requirement="R18",
        run=study_deviants,
        fast_seeds=4,
        seeds=300,
        least_power=0.90,
        most_false_alarms=0.05,
    )
)
