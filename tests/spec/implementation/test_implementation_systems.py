"""Fidelity, probes, consistency, staff surveys, coaching and caseload, with the arithmetic written out."""

import pandas as pd
import pytest

from mtss_analysis.findings.implementation.caseload import tell_caseload
from mtss_analysis.findings.implementation.consistency import tell_consistency
from mtss_analysis.findings.implementation.facts import Fact, frame_facts, read_facts
from mtss_analysis.findings.implementation.fidelity import tell_fidelity
from mtss_analysis.findings.implementation.probes import tell_probes
from mtss_analysis.findings.implementation.staff_surveys import tell_staff_surveys
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables

SETTINGS = Settings(indicators=(), population="district")
KEYS = {"district_id": "D1", "settings": SETTINGS}


def _pick(facts: list[Fact], **keys: str) -> list[Fact]:
    return [fact for fact in facts if all(getattr(fact, name) == value for name, value in keys.items())]


def test_unscored_items_are_not_zero() -> None:
    """Two points of four on the two items that were scored are 50 percent; the third item is counted as unscored."""
    scores = pd.DataFrame(
        {
            "school_id": "S1",
            "date": pd.Timestamp("2025-10-01"),
            "instrument": "TFI 3.0",
            "item": ["1.1", "1.2", "1.3"],
            "tier": "1",
            "subscale": ["Teams", "Teams", "Evaluation"],
            "score": [2.0, 0.0, None],
            "max_score": 2.0,
        }
    )
    facts = list(tell_fidelity(scores, **KEYS))
    tier = _pick(facts, school_id="S1", group="tier=1")[0]
    assert (tier.estimate, tier.n, tier.text) == (100 * (2 + 0) / (2 + 2), 2, "1")
    empty = _pick(facts, school_id="S1", group="subscale=1 Evaluation")[0]
    assert (empty.status, empty.estimate) == ("not_estimable", None)


def test_versions_are_not_mixed() -> None:
    """Two versions of an instrument at one school are two instruments."""
    row = {"school_id": "S1", "item": "1.1", "tier": "1", "subscale": "Teams", "max_score": 2.0}
    scores = pd.DataFrame(
        [
            row | {"date": pd.Timestamp("2025-10-01"), "instrument": "TFI 2.1", "score": 2.0},
            row | {"date": pd.Timestamp("2026-04-01"), "instrument": "TFI 3.0", "score": 0.0},
        ]
    )
    facts = [fact for fact in tell_fidelity(scores, **KEYS) if fact.group == "all"]
    assert [(fact.subject, fact.estimate) for fact in facts] == [("TFI 2.1", 100.0), ("TFI 3.0", 0.0)]


def _serve(n_students: int, probes: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    students = [f"{number:03d}" for number in range(n_students)]
    start = pd.Timestamp("2025-09-01")
    services = pd.DataFrame(
        {
            "student_id": students,
            "intervention_id": "group",
            "school_id": "S1",
            "start_date": start,
            "end_date": start + pd.Timedelta(days=10 * 7 - 1),
        }
    )
    progress = pd.DataFrame(
        [
            {"student_id": name, "intervention_id": "group", "date": start + pd.Timedelta(days=7 * week), "score": 1.0}
            for name in students
            for week in range(probes)
        ]
    )
    late = progress.iloc[[0]].assign(student_id="late", date=start + pd.Timedelta(days=90))
    return pd.concat([progress, late], ignore_index=True), services


@pytest.mark.parametrize(("probes", "expected"), [(10, 100.0), (5, 50.0)])
def test_probes_are_given_over_expected(probes: int, expected: float) -> None:
    """Ten weeks of service expect ten weekly probes; five of them are half."""
    progress, services = _serve(30, probes)
    facts = list(tell_probes(progress, services, None, **KEYS))
    own = _pick(facts, topic="probes", school_id="S1")[0]
    assert (own.estimate, own.n) == (expected, 30 * 10)


def test_series_need_probes_and_weeks() -> None:
    """Five probes in ten weeks are no series; of 30 students none is ready, which is printed as a limit alone."""
    progress, services = _serve(30, 5)
    ready = _pick(list(tell_probes(progress, services, None, **KEYS)), topic="ready", school_id="S1")[0]
    assert ready.estimate is None
    assert ready.text.startswith("fewer than") or ready.status == "withheld"


def test_few_students_are_withheld() -> None:
    """A school with nine monitored students has no number."""
    progress, services = _serve(9, 10)
    assert (
        _pick(list(tell_probes(progress, services, None, **KEYS)), topic="probes", school_id="S1")[0].status
        == "withheld"
    )


def test_school_with_its_own_codes_is_named() -> None:
    """Of four schools one writes a code that no other uses; it alone differs."""
    rows = [
        {
            "school_id": school,
            "date": pd.Timestamp("2025-10-01"),
            "behavior": code,
            "location": "hall",
            "district_id": "D1",
        }
        for school, code in [("S1", "defiance"), ("S2", "defiance"), ("S3", "defiance"), ("S4", "insubordination")]
        for _ in range(12)
    ]
    tables = GivenTables({"referrals": pd.DataFrame(rows)})
    facts = _pick(list(tell_consistency(tables, **KEYS)), subject="referral codes")
    assert [(fact.school_id, fact.text) for fact in facts] == [
        ("", "S4"),
        ("S4", "behavior codes: insubordination"),
    ]


def test_school_with_another_cut_score_is_named() -> None:
    """Three of four schools cut at 100, the fourth at 90."""
    students = [(f"{school}{number:02d}", school) for school in ("S1", "S2", "S3", "S4") for number in range(12)]
    screenings = pd.DataFrame(
        {
            "student_id": [name for name, _ in students],
            "school_id": [school for _, school in students],
            "district_id": "D1",
            "school_year": "2025-26",
            "window": "fall",
            "measure": "reading",
            "domain": "reading",
            "score": 100.0,
            "cut_score": [90.0 if school == "S4" else 100.0 for _, school in students],
        }
    )
    enrollments = screenings[["student_id", "school_id", "district_id", "school_year"]].assign(grade="3")
    tables = GivenTables({"screenings": screenings, "enrollments": enrollments})
    facts = _pick(list(tell_consistency(tables, **KEYS)), subject="cut scores")
    assert facts[0].text == "S4"
    assert facts[1].text == "reading, grade 3, fall: 90 instead of 100"


def test_staff_of_a_small_school_are_withheld_with_the_next() -> None:
    """A school with few answers is withheld, and so is the next smallest, since the district's mean is printed."""
    rows = [
        {
            "response_id": f"{school}{number}",
            "item": item,
            "school_id": school,
            "district_id": "D1",
            "respondent_group": "staff",
            "date": pd.Timestamp("2026-04-01"),
            "scale": "support",
            "value": float(1 + (number + place) % 5),
            "max_value": 5.0,
        }
        for school, n in (("S1", 4), ("S2", 15), ("S3", 30))
        for number in range(n)
        for place, item in enumerate(("a", "b", "c"))
    ]
    facts = list(tell_staff_surveys(pd.DataFrame(rows), None, **KEYS))
    status = {fact.school_id: fact.status for fact in _pick(facts, topic="staff_scale")}
    assert status == {"S1": "withheld", "S2": "withheld", "S3": "ok", "": "ok"}
    assert _pick(facts, topic="response")[0].status == "not_estimable"


def test_caseload_is_student_days_over_positions() -> None:
    """Forty students in Tier 2 all year and two full-time interventionists are 20 students a position."""
    spells = [
        {
            "student_id": f"{number:03d}",
            "domain": "reading",
            "tier": "2",
            "school_id": "S1",
            "start_date": pd.Timestamp("2025-09-01"),
            "end_date": pd.Timestamp("2025-12-31"),
        }
        for number in range(40)
    ]
    back = [
        spell | {"tier": "1", "start_date": pd.Timestamp("2026-01-01"), "end_date": pd.Timestamp("2026-06-10")}
        for spell in spells[:20]
    ]
    stay = [spell | {"start_date": back[0]["start_date"], "end_date": back[0]["end_date"]} for spell in spells[20:]]
    staff = pd.DataFrame({"staff_id": ["I1", "I2"], "school_id": "S1", "school_year": "2025-26"})
    staff = staff.assign(role="interventionist", fte=1.0)
    facts = list(tell_caseload(pd.DataFrame([*spells, *back, *stay]), staff, **KEYS))
    caseload = _pick(facts, topic="caseload", school_id="S1")[0]
    first, second = 122, 161
    days = 20 * first + 20 * max(first, second)
    assert caseload.estimate == pytest.approx(days / (first + second) / 2)
    assert _pick(facts, topic="return")[0].estimate == pytest.approx(100 * 20 / (days / 30.4))


def test_facts_survive_their_frame() -> None:
    """A fact that is written to the frame and read again is the same, missing numbers included."""
    facts = [
        Fact(topic="week", district_id="D1", subject="modeling", part="3", estimate=41.5, n=20, n_clusters=12),
        Fact(topic="week", district_id="D1", school_id="S2", status="withheld", text="too few"),
    ]

    class _Frames:
        def frame(self, name: str) -> pd.DataFrame:
            assert name == "implementation"
            return frame_facts(facts)

    assert read_facts(_Frames(), district_id="D1", school_id="S2") == tuple(facts)
    assert read_facts(_Frames(), district_id="D1") == tuple(facts[:1])
