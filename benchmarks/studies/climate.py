"""Studies of rates of absence and referrals: coverage of intervals, and changes called where there is none."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.climate.cells import list_referral_cells, protect_cells
from mtss_analysis.findings.climate.rates import CHANGE, rate_attendance, rate_referrals
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.own import estimate_pct
from mtss_analysis.measures.absence import sum_months
from mtss_analysis.measures.referrals import KEYS, count_student_days, describe_referrals
from mtss_analysis.stats.ratios_by_unit import estimate_event_rate
from studies.study import Outcome, Study, register

SETTINGS = Settings(indicators=(), population="district")
SHARES = (0.01, 0.05, 0.2)
SIZES = (15, 40, 350)
RISK_SD = 1.55
"""As the simulator draws students' risks of referral: about nine in ten have none or one in a year."""


def study_rate_intervals(seed: int, planted: bool) -> Sequence[Outcome]:
    """Intervals of a share and of a rate of clustered events, small and large schools; planted: rates are higher."""
    rng = np.random.default_rng([seed, int(planted)])
    outcomes = []
    for n in SIZES:
        for share in SHARES:
            true = share * (1.5 if planted else 1.0)
            within = estimate_pct(successes=int(rng.binomial(n, true)), n=n, ci_level=0.95)
            outcomes.append(
                Outcome(
                    quantity=f"share {share:g}, n = {n}",
                    estimate=within.estimate,
                    low=within.ci_low,
                    high=within.ci_high,
                    true=100 * true,
                )
            )
        mean = 0.8 if planted else 0.4
        years = rng.uniform(0.5, 1.0, n)
        risk = np.exp(RISK_SD * rng.standard_normal(n) - RISK_SD**2 / 2)
        counts = rng.poisson(mean * risk * years).astype(float)
        rate = estimate_event_rate(counts=counts, exposures=years)
        outcomes.append(
            Outcome(
                quantity=f"referral rate, n = {n}",
                estimate=rate.estimate,
                low=rate.ci_low,
                high=rate.ci_high,
                true=mean,
            )
        )
    return outcomes


def study_changes(seed: int, planted: bool) -> Sequence[Outcome]:
    """Change of the same months in drawn schools; planted: absence rises by half and referrals double at the end."""
    truths = Truths().without(["all"])
    tables = {"schools", "enrollments", "attendance", "referrals", "calendar", "staff"}
    drawn = simulate_district(Sizes(students=1600, schools=4, years=2, seed=seed), truths, tables=tables).tables
    named = {name: frame.assign(district_id="1") for name, frame in drawn.items()}
    last = named["attendance"]["school_year"].max()
    attendance, referrals = named["attendance"], named["referrals"]
    if planted:
        rng = np.random.default_rng(seed)
        late = (attendance["school_year"] == last).to_numpy()
        more = rng.poisson(0.5 * attendance["days_absent"].fillna(0.0))
        absent = np.minimum(attendance["days_absent"] + np.where(late, more, 0), attendance["days_enrolled"])
        attendance = attendance.assign(days_absent=absent)
        again = referrals[referrals["date"] >= pd.Timestamp(f"{last[:4]}-07-01")]
        referrals = pd.concat([referrals, again.assign(referral_id="x" + again["referral_id"])], ignore_index=True)
    rated = rate_attendance(sum_months(attendance), settings=SETTINGS)
    days = count_student_days(enrollments=named["enrollments"], calendar=named["calendar"])
    described = describe_referrals(referrals).merge(days[KEYS[:4]].drop_duplicates(), on=KEYS[:4])
    counts = described.groupby(KEYS).size().rename("referrals").reset_index()
    events = days.merge(counts, on=KEYS, how="outer").fillna({"days": 0.0, "referrals": 0})
    cells = list_referral_cells(described, days=days[KEYS[:4]].drop_duplicates())
    cells = protect_cells(cells, settings=SETTINGS)
    rates = pd.concat([rated, rate_referrals(events, cells=cells, settings=SETTINGS)], ignore_index=True)
    changes = rates[(rates["span"] == CHANGE) & (rates["status"] == "ok")]
    outcomes = []
    for row in changes.to_dict("records"):
        same = 0.0 if row["kind"] == "attended" else 1.0
        told = bool(row["ci_high"] < same if row["kind"] == "attended" else row["ci_low"] > same)
        either = not row["ci_low"] <= same <= row["ci_high"]
        outcomes.append(Outcome(quantity=f"change of {row['kind']} called", named=told if planted else either))
    return outcomes


register(
    Study(
        name="rate-intervals",
        truth="shares and rates drawn from known ones, students differ",
        requirement="R9",
        run=study_rate_intervals,
        fast_seeds=40,
        seeds=2000,
    )
)
register(
    Study(
        name="attendance-and-referral-changes",
        truth="absence half as much again, referrals twice as many in the last year",
        requirement="R9",
        run=study_changes,
        fast_seeds=3,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
