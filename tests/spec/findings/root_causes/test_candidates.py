"""Candidate root causes: declared ones, those that can be counted, referrals, and fidelity over a year."""

import numpy as np
import pandas as pd

from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.candidates import choose_causes
from mtss_analysis.findings.root_causes.cause_words import say_changeable, say_contrast, say_owner
from mtss_analysis.findings.root_causes.presence import contrast_schools, judge_contrasts
from mtss_analysis.findings.root_causes.school_values import (
    _rate_fidelity,
    rate_school_referrals,
)
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables

SETTINGS = Settings(indicators=(), population="district")
REFERRALS = Cause(id="behavior", label="referrals", level="school", shown_by="referrals")


def test_what_is_counted_of_four_schools_is_a_candidate_where_none_is_declared():
    """Each such measure becomes one cause with the measure's name; declared causes stay alone."""
    counted = ["chronic_absence"] * 4 + ["caseload"] * 3 + ["implementation:co_teaching"] * 5
    causes = choose_causes(SETTINGS, measures=counted).causes
    assert [(one.id, one.label, one.shown_by) for one in causes] == [
        ("chronic_absence", "chronic absence", "chronic_absence"),
        ("implementation:co_teaching", "co-teaching", "implementation:co_teaching"),
    ]
    declared = Settings(indicators=(), causes=(REFERRALS,))
    assert choose_causes(declared, measures=counted) is declared


def test_nobody_is_said_to_be_able_to_change_what_nobody_declared():
    """Owner and controllability are the run file's to say."""
    (own,) = choose_causes(SETTINGS, measures=["caseload"] * 4).causes
    assert say_changeable(own) == "whether it can be changed is for the team to say"
    assert say_owner(own) == "nobody named"
    assert say_changeable(REFERRALS) == "it can be changed"


def rates(*, first):
    """Referrals a day of eight schools in two years, the first school apart in the latest."""
    rows = []
    for year, shift in (("2023-24", 0.0), ("2024-25", 1.0)):
        for school, rate in enumerate([0.5 + shift * (first - 0.5), *np.linspace(0.45, 0.55, 7)]):
            rows.append(
                {
                    "kind": "referred", "span": "year", "school_year": year, "district_id": "D",
                    "school_id": str(school), "estimate": rate, "ci_low": rate - 0.08, "ci_high": rate + 0.08,
                    "n": 400, "status": "ok",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def judge(frame):
    """Verdict and sentence of the first school."""
    found = rate_school_referrals(frame)
    contrasts = contrast_schools(found, levels={}, settings=SETTINGS)
    keyed = {("referrals", *school): contrast for school, contrast in contrasts.items()}
    verdicts = judge_contrasts(keyed, rises={}, rate=0.05)
    return verdicts["referrals", "D", "0"][0], say_contrast(contrasts["D", "0"], cause=REFERRALS)


def test_referrals_show_a_cause_where_the_latest_year_has_a_step_more():
    """Half a referral more for 100 students and a day is seen and said; a rate like the others' is not seen."""
    verdict, said = judge(rates(first=1.0))
    assert verdict == "yes"
    assert said.startswith("There were 1.0 referrals for 100 students and a day, 0.5 more than the median")
    assert judge(rates(first=0.5))[0] != "yes"


def test_a_withheld_rate_of_referrals_is_not_judged():
    """A rate that may not be printed has no number to compare."""
    frame = rates(first=1.0)
    frame["status"] = frame["status"].mask(frame["school_id"] == "0", "withheld")
    frame.loc[frame["school_id"] == "0", ["estimate", "ci_low", "ci_high"]] = np.nan
    found = rate_school_referrals(frame)
    assert ("D", "0") not in contrast_schools(found, levels={}, settings=SETTINGS)


def fidelity(scores):
    """Tier 1 items on given days: date, instrument, item, score of two."""
    return pd.DataFrame(
        [
            {
                "district_id": "D", "school_id": "S", "date": pd.Timestamp(day), "instrument": instrument,
                "item": item, "tier": "1", "score": score, "max_score": 2.0,
            }
            for day, instrument, item, score in scores
        ]
    )  # fmt: skip


def test_fidelity_is_that_of_all_occasions_of_the_latest_year():
    """Fall and spring count together, an item once; earlier years and an instrument given up do not count."""
    table = fidelity(
        [
            ("2024-10-01", "TFI 3", "1", 0.0),
            ("2025-09-30", "TFI 2", "1", 0.0),
            ("2025-10-01", "TFI 3", "1", 0.0), ("2025-10-01", "TFI 3", "2", 2.0),
            ("2026-04-01", "TFI 3", "1", 1.0), ("2026-04-01", "TFI 3", "2", 2.0), ("2026-04-01", "TFI 3", "3", 2.0),
        ]
    )  # fmt: skip
    (row,) = _rate_fidelity(GivenTables({"fidelity": table}))
    assert row["value"] == 100 * 7 / 10
    assert row["n_clusters"] == 3.0
