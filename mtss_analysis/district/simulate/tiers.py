"""Tiers: given by the fall score and judgement, reviewed in winter and spring, carried into the next year."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.simulate.ground import Ground
from mtss_analysis.district.simulate.people import Ints
from mtss_analysis.district.simulate.screenings import Scores
from mtss_analysis.district.simulate.text import write_dates, write_text

MEASURE_BY_DOMAIN = {"reading": "reading_scale", "math": "math_scale", "behavior": "behavior_rating"}
TIER_3_BELOW, TIER_2_BELOW = -1.75, -1.0
"""Standing in the fall, SD about the norm, below which a student who is new comes into the tier."""
RETURNS_BELOW = -1.5
"""Standing below which a student comes back from Tier 1 at a review."""
JUDGEMENT_SD = 0.35
ONE_DAY = np.timedelta64(1, "D").astype("timedelta64[D]")
ESCALATES = 0.05
REVIEWS = ((9, 29), (1, 28), (5, 12))
"""Month and day on which the tiers of the fall, winter and spring begin."""

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TierPath:
    """Tiers of one domain.

    Parameters
    ----------
    domain : str
        Reading, math or behavior.
    tier : (n, 3) int array
        Tier after the fall, winter and spring review, by row of the ground; 0: none yet.
    start : (n, 3) datetime64[D] array
        First day of each of the three stretches.
    """

    domain: str
    tier: Ints
    start: Days


def draw_tier_paths(ground: Ground, *, scores: dict[str, Scores]) -> dict[str, TierPath]:
    """Draw the tiers of every student and year of one school.

    Parameters
    ----------
    ground : Ground
        The school.
    scores : dict of str to Scores
        Scores of the measures of ``MEASURE_BY_DOMAIN``.

    Returns
    -------
    dict of str to TierPath
        By domain.
    """
    count = len(ground.year)
    judged, chance = {}, {}
    for domain, measure in MEASURE_BY_DOMAIN.items():
        stream = ground.open_stream("tiers", domain)
        one = scores[measure]
        norm = one.measure.norm[ground.grade[one.rows]]
        standing = np.full((count, 3), np.nan)
        standing[one.rows] = (one.score - norm) / one.measure.sd
        judged[domain] = standing + JUDGEMENT_SD * stream.standard_normal((count, 3))
        chance[domain] = stream.random((count, 3))
    tiers = {domain: np.zeros((count, 3), dtype=np.int64) for domain in MEASURE_BY_DOMAIN}
    before = {domain: np.zeros(ground.person.max(initial=-1) + 1, dtype=np.int64) for domain in MEASURE_BY_DOMAIN}
    carried = {domain: np.zeros(count, dtype=np.int64) for domain in MEASURE_BY_DOMAIN}
    # Who comes from another school begins in Tier 2 at most: Tier 3 is reached from Tier 2.
    first_days = np.array([days.first for days in ground.days])[ground.year]
    most = np.where((ground.year == 0) & (ground.entry == first_days), 3, 2)
    for year in range(len(ground.days)):
        rows = np.flatnonzero(ground.year == year)
        for domain in MEASURE_BY_DOMAIN:
            carried[domain][rows] = before[domain][ground.person[rows]]
            tiers[domain][rows, 0] = _begin(judged[domain][rows, 0], carried=carried[domain][rows], most=most[rows])
        exit_rate = ground.plan.practice.caseload.exit_rate(_find_caseload(ground, tiers, rows=rows, year=year))
        for domain in MEASURE_BY_DOMAIN:
            for window in (1, 2):
                tier = tiers[domain][rows, window - 1]
                reviewed = _review(
                    tier,
                    judged=judged[domain][rows, window],
                    chance=chance[domain][rows, window],
                    exit_rate=exit_rate,
                    most=most[rows],
                )
                # Who comes back after the review keeps the tier of before.
                there = _find_review(ground, year=year, window=window) >= ground.entry[rows]
                tiers[domain][rows, window] = np.where(there, reviewed, tier)
            before[domain][ground.person[rows]] = tiers[domain][rows, 2]
    return {
        domain: TierPath(domain=domain, tier=tiers[domain], start=_find_starts(ground, carried=carried[domain]))
        for domain in MEASURE_BY_DOMAIN
    }


def write_tiers(ground: Ground, *, paths: dict[str, TierPath]) -> pd.DataFrame:
    """Write the tiers table of one school.

    Returns
    -------
    DataFrame
        One row per spell, columns of the tiers table; a spell that is open at the end of the last year has no end.
    """
    parts = [_spells(ground, path=path) for path in paths.values()]
    rows, start, end, tier = (np.concatenate([part[at] for part in parts]) for at in range(4))
    domain = np.concatenate([np.full(len(part[0]), at) for at, part in enumerate(parts)])
    return pd.DataFrame(
        {
            "student_id": ground.write_ids(rows),
            "domain": write_text(list(paths), domain),
            "start_date": write_dates(start),
            "end_date": write_dates(end),
            "tier": write_text(["1", "2", "3"], tier - 1),
            "school_id": ground.write_school(len(rows)),
        }
    )


def _begin(judged: npt.NDArray[np.float64], *, carried: Ints, most: Ints) -> Ints:
    """Tier after the fall review: what a student brings from last spring, or what the score says."""
    by_score = _by_score(judged, most=most)
    falls_back = (carried == 1) & (judged < RETURNS_BELOW)
    begun: Ints = np.where(carried == 0, by_score, np.where(falls_back, 2, carried))
    return begun


def _review(
    tier: Ints,
    *,
    judged: npt.NDArray[np.float64],
    chance: npt.NDArray[np.float64],
    exit_rate: float,
    most: Ints,
) -> Ints:
    first = _by_score(judged, most=most)
    supported = np.where(chance < exit_rate, 1, np.where((tier == 2) & (chance > 1 - ESCALATES), 3, tier))
    in_core = np.where(judged < RETURNS_BELOW, 2, 1)
    reviewed: Ints = np.where(tier == 0, first, np.where(tier == 1, in_core, supported))
    return reviewed


def _by_score(judged: npt.NDArray[np.float64], *, most: Ints) -> Ints:
    tier = np.where(judged < TIER_3_BELOW, 3, np.where(judged < TIER_2_BELOW, 2, 1))
    return np.where(np.isnan(judged), 0, np.minimum(tier, most))


def _find_caseload(ground: Ground, tiers: dict[str, Ints], *, rows: Ints, year: int) -> float:
    """Students in Tier 2 or 3 of any domain after the fall review, per full-time interventionist."""
    staff = ground.school.staff
    inside = (staff["role"] == "interventionist") & (staff["year_index"] == year)
    fte = float(staff.loc[inside, "fte"].sum())
    highest = np.max([tiers[domain][rows, 0] for domain in tiers], axis=0, initial=0)
    return float((highest >= 2).sum()) / max(fte, 0.1)


def _find_starts(ground: Ground, *, carried: Ints) -> Days:
    starts = np.empty((len(ground.year), 3), dtype="datetime64[D]")
    for year in range(len(ground.days)):
        inside = ground.year == year
        for window in range(len(REVIEWS)):
            starts[inside, window] = _find_review(ground, year=year, window=window)
    starts[:, 0] = np.where(carried > 0, ground.entry, np.maximum(starts[:, 0], ground.entry))
    return starts


def _find_review(ground: Ground, *, year: int, window: int) -> np.datetime64:
    month, day = REVIEWS[window]
    first = int(str(ground.days[year].first)[:4])
    return np.datetime64(f"{first + (month < 7)}-{month:02d}-{day:02d}")


def _spells(ground: Ground, *, path: TierPath) -> tuple[Ints, Days, Days, Ints]:
    """Join stretches of the same tier to spells, and end them where the student leaves."""
    tier, start = path.tier, path.start
    changes = np.ones(tier.shape, dtype=np.bool_)
    changes[:, 1:] = tier[:, 1:] != tier[:, :-1]
    begins = changes & (tier > 0) & (start <= ground.leaving[:, None]) & (start >= ground.entry[:, None])
    rows, window = np.nonzero(begins)
    next_start = np.full(tier.shape, np.datetime64("NaT"), dtype="datetime64[D]")
    after = np.full(len(tier), np.datetime64("NaT"), dtype="datetime64[D]")
    for column in (2, 1, 0):
        next_start[:, column] = after
        after = np.where(changes[:, column], start[:, column], after)
    end = next_start[rows, window] - ONE_DAY
    leaving = ground.leaving[rows]
    ended = np.where(np.isnat(end) | (end > leaving), leaving, end)
    last_year = ground.year[rows] == len(ground.days) - 1
    is_open = last_year & (ended == np.array([days.last for days in ground.days])[ground.year[rows]])
    return rows, start[rows, window], np.where(is_open, np.datetime64("NaT"), ended), tier[rows, window]
