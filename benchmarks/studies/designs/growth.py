"""Growth models: a programme given to half of the schools changes their students' slopes."""

from functools import partial

import numpy as np

from mtss_analysis.stats.growth import fit_growth
from studies.designs.tally import Summary, Tally, Which, choose


def study_growth(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_schools: int = 8,
    n_students: int = 20,
    n_occasions: int = 4,
    effect: float = 0.15,
) -> Summary:
    """Estimate the change of slope where schools and students differ in level and slope."""
    tally = Tally() if tally is None else tally
    rows_a_school = n_students * n_occasions
    for seed in seeds:
        for planted in choose(effect, which):
            rng = np.random.default_rng(seed)
            school = np.repeat(np.arange(n_schools), rows_a_school)
            student = np.repeat(np.arange(n_schools * n_students), n_occasions)
            time = np.tile(np.arange(n_occasions, dtype=float) - (n_occasions - 1) / 2, n_schools * n_students)
            treated = (school % 2).astype(float)
            outcome = (
                (0.3 * rng.normal(size=n_schools))[school]
                + (0.7 * rng.normal(size=n_schools * n_students))[student]
                + (0.4 + planted * treated) * time
                + (0.08 * rng.normal(size=n_schools))[school] * time
                + (0.1 * rng.normal(size=n_schools * n_students))[student] * time
                + 0.5 * rng.normal(size=school.size)
            )
            estimate = partial(
                fit_growth,
                outcome=outcome,
                time=time,
                levels={"school": school, "student": student},
                random_slopes=("school", "student"),
                design=np.column_stack([np.ones(school.size), time, treated, treated * time]),
                names=["constant", "time", "treated", "treated × time"],
            )
            tally.add(estimate, read=lambda found: found.coefficients["treated × time"], truth=planted)
    return tally.summarise()
