"""Studies of factors of services whose few providers differ: what goes with a provider is not what is delivered."""

from collections.abc import Sequence

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.columns import KINDS
from mtss_analysis.findings.root_causes.numbers import number_pairs
from mtss_analysis.findings.root_causes.providers import varies_by_provider
from mtss_analysis.findings.root_causes.ratios import find_ratios
from mtss_analysis.findings.root_causes.rows import NOT_COMPARED, DrillRows, FactorRows
from mtss_analysis.findings.root_causes.splits import split_by_factors
from mtss_analysis.findings.settings import Factor
from studies.study import Outcome, Study, register

SCHOOLS, YEARS, GRADES, ROOMS, SEATS, PROVIDERS = 8, 3, 3, 2, 20, 3
STUDENT_SD, TEACHER_SD, ROOM_SD, NOISE_SD = 0.75, 0.30, 0.17, 0.48
IN_SERVICE, GAP, GAP_SD, GAP_BY_YEAR_SD = 0.35, -0.8, 0.25, 0.15
"""Share of students with the service, how far below the others they stand, and how schools and their years differ."""
PROVIDER_SD, BY_YEAR_SD = 0.30, 0.10
"""How far the students of providers differ beyond all this, and by year."""
EFFECT = -0.5
"""Planted: standing of students served with low fidelity."""
NAMES = ("between providers", "among a provider's students", "of both kinds")
FACTORS = tuple(
    Factor(id=name, label=name, table="services", column="fidelity_pct", level="student", bands=(0, 70))
    for name in NAMES
)


def draw_district(seed: int, *, planted: bool) -> DrillRows:
    """Draw a district whose providers deliver with more or less fidelity and differ in other ways, too.

    Parameters
    ----------
    seed : int
        Of the draw.
    planted : bool
        Whether fidelity does anything; providers and schools differ in any case.

    Returns
    -------
    DrillRows
        Of all schools, with three factors: fidelity as a habit of the provider, by chance, and half and half.
    """
    rng = np.random.default_rng(seed)
    per_grade = ROOMS * SEATS
    shape = (SCHOOLS, YEARS, GRADES, per_grade)
    school, year, grade, seat = (one.ravel() for one in np.meshgrid(*map(np.arange, shape), indexing="ij"))
    student = (school * (GRADES + YEARS) + grade - year + YEARS) * per_grade + seat
    served = rng.random(student.max() + 1)[student] < IN_SERVICE
    provider = school * PROVIDERS + rng.integers(PROVIDERS, size=student.size)
    habit = rng.random(SCHOOLS * PROVIDERS) < 0.4
    chance = rng.random(student.size) < 0.4
    low = np.column_stack([habit[provider], chance, np.where(rng.random(student.size) < 0.5, habit[provider], chance)])
    teacher = (school * GRADES + grade) * ROOMS + rng.integers(ROOMS, size=student.size)
    room = teacher * YEARS + year
    gap = GAP + GAP_SD * rng.normal(size=SCHOOLS)[school]
    gap = gap + GAP_BY_YEAR_SD * rng.normal(size=SCHOOLS * YEARS)[school * YEARS + year]
    gap = gap + PROVIDER_SD * rng.normal(size=SCHOOLS * PROVIDERS)[provider]
    gap = gap + BY_YEAR_SD * rng.normal(size=SCHOOLS * PROVIDERS * YEARS)[provider * YEARS + year]
    gap = gap + (EFFECT * low[:, 0] if planted else 0.0)
    standing = (
        STUDENT_SD * rng.normal(size=student.max() + 1)[student]
        + TEACHER_SD * rng.normal(size=teacher.max() + 1)[teacher]
    )
    standing = standing + ROOM_SD * rng.normal(size=room.max() + 1)[room] + NOISE_SD * rng.normal(size=student.size)
    standing = standing + np.where(served, gap, 0.0)
    year_cells = number_pairs(school, year)
    cells = number_pairs(year_cells, grade)
    providers = np.where(served, provider, NOT_COMPARED)
    codes = [np.where(served, one.astype(np.intp), NOT_COMPARED) for one in low.T]
    return DrillRows(
        standing=standing,
        years=year.astype(np.float64),
        students=student,
        classrooms=room,
        teachers=teacher,
        schools=school,
        cells=cells,
        year_cells=year_cells,
        cohorts=number_pairs(year, grade),
        factors=tuple(
            FactorRows(
                factor=factor,
                names=("70 or more", "0 to under 70"),
                codes=own,
                within_cells=True,
                unknown_pct=100 * float(1 - served.mean()),
                reason="",
                providers=providers,
                by_provider=varies_by_provider(own[served], cells=cells[served], providers=providers[served]),
            )
            for factor, own in zip(FACTORS, codes, strict=True)
        ),
    )


def study_providers(seed: int, planted: bool) -> Sequence[Outcome]:
    """What is told apart of fidelity in the whole district and in one school of it."""
    rows = draw_district(seed, planted=planted)
    try:
        ratios = find_ratios(rows)
    except TooFewError:
        return []
    outcomes = []
    for where, own in (("district", rows), ("one school", rows.keep(rows.schools == 0))):
        for split in split_by_factors(own, ratios=ratios, ci_level=0.95):
            for kind in KINDS:
                test = split.test(kind)
                if test is not None:
                    outcomes.append(
                        Outcome(quantity=f"{where}, {kind}, {split.factor_id}: p under .05", named=test.p_value <= 0.05)
                    )
            first = split.categories[-1].deviation
            if where == "district" and first is not None and split.factor_id == NAMES[0]:
                share = split.categories[0].n / sum(one.n for one in split.categories)
                outcomes.append(
                    Outcome(
                        quantity="district, level of low fidelity",
                        estimate=first.estimate,
                        low=first.ci_low,
                        high=first.ci_high,
                        true=share * EFFECT if planted else 0.0,
                    )
                )
    return outcomes


register(
    Study(
        name="factors-of-services",
        truth="fidelity of a service, 0.5 SD between providers who differ by 0.3 SD anyway, in eight schools",
        requirement="R13",
        run=study_providers,
        fast_seeds=4,
        seeds=300,
        most_false_alarms=0.05,
    )
)
