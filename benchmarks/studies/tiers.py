"""Tier percentages, verdicts, moves, times in support and classrooms, in schools whose truth is drawn here."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import frame_faults
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.tiers.across import compare_tiers
from mtss_analysis.findings.tiers.grade_finding import find_grade_support
from mtss_analysis.findings.tiers.move_finding import find_tier_moves
from mtss_analysis.findings.tiers.own import estimate_pct
from mtss_analysis.findings.tiers.share_finding import find_tier_shares
from mtss_analysis.findings.tiers.time_finding import find_tier_times
from studies.asked import Asked, pick
from studies.study import Outcome, Study, register

DAYS = {"fall": "2024-09-20", "winter": "2025-01-20", "spring": "2025-05-01"}
SCHOOL = {"district_id": "D1", "school_id": "S1"}
NONE = "-"
NO_FAULTS = {"faults": frame_faults([]), "screened": pd.DataFrame(columns=[*SCHOOL, "school_year"])}
EXIT, RISE = 0.25, 0.04
"""Probability, from one window to the next, of moving back to Tier 1 and of moving up from it, on average."""


def draw_school(
    states: pd.DataFrame, *, rooms: Sequence[str] | None = None, spells: pd.DataFrame | None = None
) -> Asked:
    """Make one school of which every student's state in each window is given, and compare it.

    Parameters
    ----------
    states : DataFrame
        One row per student, one column per window: ``1``, ``2``, ``3`` or ``-`` (neither screened nor in support).
    rooms : sequence of str, optional
        Classroom of each student.
    spells : DataFrame, optional
        ``student``, ``start_date``, ``end_date``, ``tier`` instead of those that follow from the states.

    Returns
    -------
    Asked
        Ready for ``find_tier_…(**asked.about("S1"))``.
    """
    ids = np.char.add("P", np.char.zfill(np.arange(len(states)).astype(str), 6))
    enrollments = pd.DataFrame({"student_id": ids, "school_year": "2024-25", "grade": "3", **SCHOOL})
    if rooms is not None:
        enrollments["classroom_id"] = list(rooms)
    windows = list(states.columns)
    long = states.assign(student_id=ids).melt(id_vars="student_id", var_name="window", value_name="tier")
    seen = long[long["tier"] != NONE]
    scores = seen.assign(
        school_year="2024-25",
        measure="orf",
        domain="reading",
        score=50.0,
        date=_read(seen["window"].map(DAYS)),
        **SCHOOL,
    )
    ends = {first: pd.Timestamp(DAYS[then]) - pd.Timedelta(days=1) for first, then in pairwise(windows)}
    tiers = seen.assign(
        domain="reading", start_date=_read(seen["window"].map(DAYS)), end_date=_read(seen["window"].map(ends)), **SCHOOL
    )
    if spells is not None:
        tiers = spells.assign(student_id=ids[spells["student"]], domain="reading", **SCHOOL)
    schools = pd.DataFrame(
        [{**SCHOOL, "school_year": "2024-25", "school_name": "School", "district_name": "District", "level": "middle"}]
    )
    tables = {
        "schools": schools,
        "enrollments": enrollments,
        "screenings": scores.drop(columns="tier"),
        "tiers": tiers[["student_id", "domain", "start_date", "end_date", "tier", *SCHOOL]],
    }
    indicator = Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="points")
    settings = Settings(indicators=(indicator,), population="district")
    frames = compare_tiers(GivenTables(tables), settings=settings) | NO_FAULTS
    return Asked(tables=tables, settings=settings, comparison=Comparison(frames=frames))


def _read(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).astype("datetime64[us]")


def _first(records: Sequence[Record], **keys: object) -> Record | None:
    found = pick(list(records), **keys)
    return found[0] if found else None


def _to_outcome(quantity: str, record: Record | None, *, true: float) -> Outcome:
    if record is None:
        return Outcome(quantity=quantity, true=true)
    return Outcome(quantity=quantity, estimate=record.estimate, low=record.ci_low, high=record.ci_high, true=true)


def run_shares(seed: int, planted: bool) -> list[Outcome]:
    """Shares in Tier 1: arithmetic alone for few students and rates near 0 and 1, and as printed of a school of 400."""
    rng = np.random.default_rng(seed)
    outcomes = []
    near = (0.01, 0.10) if planted else (0.30, 0.70)
    for n in (15, 40, 200):
        rate = float(rng.uniform(*near))
        rate = rate if rng.random() < 0.5 else 1 - rate
        share = estimate_pct(successes=int(rng.binomial(n, rate)), n=n, ci_level=0.95)
        name = f"share of {n}, " + ("rate near 0 or 1" if planted else "rate .3 to .7")
        outcomes.append(
            Outcome(quantity=name, estimate=share.estimate, low=share.ci_low, high=share.ci_high, true=100 * rate)
        )
    rate = 0.8
    tier = np.where(rng.random(400) < rate, "1", np.where(rng.random(400) < 0.75, "2", "3"))
    found = find_tier_shares(**draw_school(pd.DataFrame({"spring": tier})).about("S1"))
    record = _first(found.records(), finding="tier_share", measure="tier_1_spring", domain="overall")
    return [*outcomes, _to_outcome("printed share of 400, rate .8", record, true=100 * rate)]


def run_unscreened(seed: int, planted: bool) -> list[Outcome]:
    """70 of 100 are in Tier 1. Planted: six of ten students who need support are neither screened nor placed."""
    rng = np.random.default_rng(seed)
    tier = np.where(rng.random(600) < 0.70, "1", np.where(rng.random(600) < 0.75, "2", "3"))
    if planted:
        tier = np.where((tier != "1") & (rng.random(600) < 0.60), NONE, tier)
    found = find_tier_shares(**draw_school(pd.DataFrame({"spring": tier})).about("S1"))
    record = _first(found.records(), finding="tier_share", measure="tier_1_spring", domain="overall")
    verdict = record.verdict if record else None
    return [
        Outcome(quantity="verdict cannot tell, named", named=verdict == "cannot tell"),
        Outcome(quantity="verdict within the guide", named=verdict == "within"),
    ]


def run_moves(seed: int, planted: bool) -> list[Outcome]:
    """Exit and entry rates. Planted: students differ in how soon they move back; else all are alike."""
    rng = np.random.default_rng(seed)
    n = 600
    supported = rng.random(n) < 0.3
    own = np.where(rng.random(n) < 0.5, EXIT - 0.15, EXIT + 0.15) if planted else np.full(n, EXIT)
    paths = {}
    at_risk, expected = 0, 0.0
    for place, window in enumerate(DAYS):
        if place:
            at_risk += int(supported.sum())
            expected += float(own[supported].sum())
            supported = np.where(supported, rng.random(n) >= own, rng.random(n) < RISE)
        paths[window] = np.where(supported, np.where(rng.random(n) < 0.75, "2", "3"), "1")
    (found,) = find_tier_moves(**draw_school(pd.DataFrame(paths)).about("S1"))
    exits = _first(found.records(), finding="tier_exit_rate")
    entries = _first(found.records(), finding="tier_entry_rate")
    return [
        _to_outcome("exit rate", exits, true=100 * expected / at_risk),
        _to_outcome("entry rate", entries, true=100 * RISE),
    ]


def run_times(seed: int, planted: bool) -> list[Outcome]:
    """Share still in support after 18 and 36 weeks. Planted: a third leaves the study early; else few do."""
    rng = np.random.default_rng(seed)
    n, mean = 120, 40.0
    weeks = rng.exponential(mean, n)
    follow = rng.exponential(60.0 if planted else 400.0, n)
    days = np.maximum(np.floor(7 * np.minimum(weeks, follow)).astype(int), 1)
    start = np.datetime64("2023-09-01")
    student = np.arange(n)
    stays = pd.DataFrame(
        {"student": student, "start_date": start, "end_date": start + days.astype("timedelta64[D]") - 1, "tier": "2"}
    )
    back = stays[weeks <= follow]
    after = back.assign(
        start_date=back["end_date"] + pd.Timedelta(days=1), end_date=pd.Series(pd.NaT, index=back.index), tier="1"
    )
    spells = pd.concat([stays, after], ignore_index=True)
    spells[["start_date", "end_date"]] = spells[["start_date", "end_date"]].astype("datetime64[us]")
    asked = draw_school(pd.DataFrame({"spring": np.full(n, "1")}), spells=spells)
    (found,) = find_tier_times(**asked.about("S1"))
    return [
        _to_outcome(
            f"still in support after {mark} weeks",
            _first(found.records(), domain="overall", group="all", measure=f"still_in_support_{mark}_weeks"),
            true=100 * float(np.exp(-mark / mean)),
        )
        for mark in (18, 36)
    ]


def run_classrooms(seed: int, planted: bool) -> list[Outcome]:
    """Four classrooms of 22. Planted: 10, 25, 40 and 55 of 100 need support; else 32 of 100 in each."""
    rng = np.random.default_rng(seed)
    room = np.repeat(np.arange(4), 22)
    rate = np.array([0.10, 0.25, 0.40, 0.55])[room] if planted else np.full(len(room), 0.32)
    tier = np.where(rng.random(len(room)) < rate, "2", "1")
    asked = draw_school(pd.DataFrame({"spring": tier}), rooms=[f"R{one}" for one in room])
    found = find_grade_support(**asked.about("S1"))
    record = _first(found[0].records(), finding="tier_classrooms_differ") if found else None
    return [Outcome(quantity="classrooms that differ, named", named=record is not None and record.verdict == "differ")]


register(
    Study(
        name="tier_shares",
        truth="students drawn with known rates; planted: rates from .01 to .10 or .90 to .99",
        requirement="R1",
        run=run_shares,
        fast_seeds=3,
        seeds=2000,
    )
)
register(
    Study(
        name="tier_unscreened",
        truth="students who need support are not screened",
        requirement="R1",
        run=run_unscreened,
        fast_seeds=3,
        seeds=500,
        least_power=0.95,
        most_false_alarms=0.05,
    )
)
register(
    Study(
        name="tier_moves",
        truth="students who differ in how soon they move back",
        requirement="R3",
        run=run_moves,
        fast_seeds=3,
        seeds=500,
    )
)
register(
    Study(
        name="tier_times",
        truth="stays cut off before they end",
        requirement="R3",
        run=run_times,
        fast_seeds=3,
        seeds=500,
    )
)
register(
    Study(
        name="tier_classrooms",
        truth="classrooms of a grade that differ",
        requirement="R2",
        run=run_classrooms,
        fast_seeds=3,
        seeds=500,
        least_power=0.80,
        most_false_alarms=0.06,
    )
)
