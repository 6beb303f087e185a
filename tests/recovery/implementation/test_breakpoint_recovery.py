"""A planted drop is found where and when it is, and none is found where there is none."""

import numpy as np
import pytest

from mtss_analysis.stats.breakpoint import estimate_break, estimate_cut, search_drops

TRUE_DAY = 14
N_TEACHERS, N_VISITS = 80, 10
SEEDS = range(40)


def _draw(seed: int, *, drop: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    teacher = np.repeat(np.arange(N_TEACHERS), N_VISITS)
    years = np.repeat(rng.integers(0, 20, N_TEACHERS), N_VISITS)
    day = rng.integers(0, 84, len(teacher)).astype(float)
    lasting = 0.12 * rng.standard_normal(N_TEACHERS)[teacher]
    share = np.clip(0.74 + lasting - drop * ((day >= TRUE_DAY) & (years >= 4)), 0.02, 0.98)
    full = (rng.random((2, len(teacher))) < share).mean(axis=0)
    return {"outcome": full, "day": day, "teacher": teacher, "years": years.astype(float)}


def _search(data: dict[str, np.ndarray]) -> list[tuple[int, float, float]]:
    upper = data["years"] >= 4
    found = search_drops(
        outcome=data["outcome"],
        time=data["day"] / 7,
        clusters=data["teacher"],
        series=np.repeat("modeling", len(upper)),
        levels=upper.astype(int),
        groups=np.column_stack([np.ones(len(upper)), upper, ~upper]).astype(float),
        breaks=range(1, 10),
    )
    return [(drop.group, drop.at, drop.p_value) for drop in found.drops]


def test_planted_drop_is_found() -> None:
    """Of 40 seeds, at least 34 name a drop, in the right teachers, within a week of the right one."""
    found = [_search(_draw(seed, drop=0.33))[0] for seed in SEEDS]
    right = [group == 1 and abs(week - TRUE_DAY / 7) <= 1 and p <= 0.05 for group, week, p in found]
    assert sum(right) >= 34


def test_nothing_is_named_where_nothing_is_planted() -> None:
    """Of 40 seeds without a drop, at most five have a p-value of 5 percent or less: binomial, beyond 98 percent."""
    assert sum(_search(_draw(seed, drop=0.0))[0][2] <= 0.05 for seed in SEEDS) <= 5


def test_interval_of_the_break_covers() -> None:
    """Of 40 seeds the 95 percent interval holds the true day in at least 34: binomial, beyond 99 percent."""
    covered = 0
    for seed in SEEDS:
        data = _draw(seed, drop=0.33)
        inside = data["years"] >= 4
        found = estimate_break(
            outcome=data["outcome"][inside],
            time=data["day"][inside],
            clusters=data["teacher"][inside],
            levels=np.zeros(int(inside.sum())),
            breaks=range(2, 70),
        )
        covered += found.ci_low <= TRUE_DAY <= found.ci_high
    assert covered >= 34


@pytest.mark.parametrize("upwards", [True, False])
def test_cut_is_found_on_either_side(upwards: bool) -> None:
    """The years from which, or under which, it falls off are found, and the interval holds them, in 17 of 20 seeds."""
    covered = 0
    for seed in range(20):
        data = _draw(seed, drop=0.5)
        years = data["years"] if upwards else 19 - data["years"]
        found = estimate_cut(
            outcome=data["outcome"],
            after=(data["day"] >= TRUE_DAY).astype(float),
            years=years,
            clusters=data["teacher"],
            levels=np.zeros(len(years)),
            cuts=range(1, 20),
            upwards=upwards,
        )
        covered += found.ci_low <= (4 if upwards else 16) <= found.ci_high
    assert covered >= 17
