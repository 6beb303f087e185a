"""Fidelity of the system by school: the Tiered Fidelity Inventory, in fall and spring of every year."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.typed import type_table

Layout = Mapping[str, tuple[tuple[str, int], ...]]

LAYOUTS: Mapping[str, Layout] = {
    "TFI 2.1": {
        "1": (("Teams", 2), ("Implementation", 9), ("Evaluation", 4)),
        "2": (("Teams", 4), ("Interventions", 5), ("Evaluation", 4)),
        "3": (("Teams", 4), ("Resources", 3), ("Support plans", 6), ("Evaluation", 4)),
    }
}
"""Subscales and numbers of items by tier.

Algozzine, B., et al. (2019). SWPBIS Tiered Fidelity Inventory, version 2.1: 15, 13 and 17 items scored 0, 1 or 2.
"""

MAX_SCORE = 2
USUAL_SHARE = {"1": 0.84, "2": 0.78, "3": 0.74}
SCHOOL_SD = 0.04
ITEM_SD = 0.10
RISE_PER_YEAR = 0.02
NOT_SCORED = 0.03
SHARE_LIMITS = (0.02, 0.98)
MONTHS = (10, 4)


def draw_fidelity(
    school: DrawnSchool, *, truths: PracticeTruths, hours_per_teacher: float = 0.0, instrument: str = "TFI 2.1"
) -> pd.DataFrame:
    """Draw the school's own assessment of how it runs the system.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    truths : PracticeTruths
        Low fidelity, and the effect of coaching on the spring of the last year.
    hours_per_teacher : float
        Hours of coaching per teacher of the school in the last year.
    instrument : str
        One of ``LAYOUTS``.

    Returns
    -------
    DataFrame
        The fidelity table, one row per item, fall and spring of every year. Tier 3 is not yet assessed in the first
        year of three or more; its items are there without a score, as are a few others.
    """
    rng = open_stream(school.seed, "fidelity", school.school_id)
    parts = [
        (tier, subscale, number)
        for tier, subscales in LAYOUTS[instrument].items()
        for number, subscale in enumerate(name for name, count in subscales for _ in range(count))
    ]
    tier = np.array([part[0] for part in parts], dtype=object)
    usual = np.array([USUAL_SHARE[part[0]] for part in parts])
    school_shift = SCHOOL_SD * rng.standard_normal()
    item_shift = ITEM_SD * rng.uniform(-1, 1, size=len(parts))
    low = truths.low_fidelity.planted and school.index in truths.low_fidelity.schools
    frames = []
    for position, year in enumerate(school.years):
        for occasion, month in enumerate(MONTHS):
            is_last = position == len(school.years) - 1
            share = usual + school_shift + RISE_PER_YEAR * (position - len(school.years) + 1)
            if low:
                share = np.full(len(parts), truths.low_fidelity.share) + school_shift
            if truths.coaching.planted and is_last and occasion == 1:
                share = share + truths.coaching.fidelity_gain_per_hour * hours_per_teacher
            score = (rng.random((MAX_SCORE, len(parts))) < np.clip(share + item_shift, *SHARE_LIMITS)).sum(axis=0)
            unscored = (rng.random(len(parts)) < NOT_SCORED) | (
                (tier == "3") & (position == 0) & (len(school.years) > 2)
            )
            frames.append((find_school_day(school, year=year, month=month), np.where(unscored, np.nan, score)))
    occasions = len(frames)
    return type_table(
        "fidelity",
        columns={
            "school_id": np.full(occasions * len(parts), school.school_id, dtype=object),
            "date": np.repeat(np.array([day for day, _ in frames], dtype="datetime64[D]"), len(parts)),
            "instrument": np.full(occasions * len(parts), instrument, dtype=object),
            "item": np.array([f"{part[0]}.{part[2] + 1}" for part in parts] * occasions, dtype=object),
            "tier": np.tile(tier, occasions),
            "subscale": np.array([part[1] for part in parts] * occasions, dtype=object),
            "score": np.concatenate([score for _, score in frames]),
            "max_score": np.full(occasions * len(parts), float(MAX_SCORE)),
        },
    )


def find_school_day(school: DrawnSchool, *, year: str, month: int) -> np.datetime64:
    """Find the school day nearest to the middle of a month.

    Parameters
    ----------
    school : DrawnSchool
        The school, for its calendar.
    year : str
        School year, such as ``2025-26``.
    month : int
        Calendar month; 1 to 6 lie in the second calendar year.

    Returns
    -------
    datetime64[D]
        A day on which school is held.
    """
    middle = np.datetime64(f"{int(year[:4]) + (month < 7)}-{month:02d}-14", "D")
    held = school.calendar.loc[school.calendar["instructional"].astype(bool), "date"].to_numpy().astype("datetime64[D]")
    day: np.datetime64 = held[np.argmin(np.abs((held - middle).astype(int)))]
    return day
