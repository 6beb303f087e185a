"""What runs already: four tests, four verdicts, and what each frees."""

import pandas as pd
import pytest

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.facts import Fact, frame_facts
from mtss_analysis.findings.plan.initiative_finding import check_initiatives, find_initiatives, judge_initiatives
from mtss_analysis.findings.plan.plan import Subject, open_plan
from mtss_analysis.show import check_sentence

DISTRICT = Subject(district_id="01", school_id=None, name="Riverside")
FRAMES = ("plan_goals", "plan_actions", "plan_deliverables", "plan_initiatives", "plan_capacity", "plan_days")

SCREENING = {"student_id": "s1", "school_id": "0012", "school_year": "2025-26", "window": "fall", "measure": "orf",
             "date": "2025-09-15", "score": 1.0}  # fmt: skip


def _initiative(initiative_id, **cells):
    return {"initiative_id": initiative_id, "name": initiative_id.title(), "domain": "reading", "tier": "2",
            "grade": "all", "student_group": "all", "purpose": initiative_id, "cost_per_year": 1000.0,
            "staff_role": "coach", "staff_hours_per_week": 10.0, "students_served": 100.0, "mandated": False,
            **cells}  # fmt: skip


def _effect(intervention_id, **cells):
    """An effect of 0.2 SD with a standard error of 0.02, from a design that holds."""
    return {"intervention_id": intervention_id, "measure": "orf", "design": "weighted", "rank": 0, "estimate": 2.0,
            "std_error": 0.2, "df": float("inf"), "g": 0.2, "sd": 10.0, "rating": "with reservations",
            "q_value": 0.001, "reason": "", "cost": 10.0, "checks": "[]", **cells}  # fmt: skip


@pytest.fixture
def judge(plan_of, asked):
    """Judge initiatives given as rows, with the effects and facts that are known; give plan, comparison, verdicts."""

    def run(*initiatives, effects=(), delivery=(), facts=(), subject=DISTRICT):
        _, comparison = plan_of(initiatives=initiatives, screenings=[SCREENING])
        questions = [
            {"intervention_id": one["intervention_id"], "comparison_id": "", "label": "It", "comparison_label": "",
             "outcomes": "orf", "minimum_worthwhile_sd": 0.1, "better": "higher", "prior_sd": float("nan"),
             "fidelity_criterion_pct": 70.0, "staff_hour_cost": float("nan"), "is_random": False}
            for one in effects
        ]  # fmt: skip
        columns = list(_effect("none"))
        known = Comparison(
            frames={
                **{name: comparison.frame(name) for name in FRAMES},
                "questions": pd.DataFrame(questions, columns=["intervention_id", "comparison_id", "label",
                    "comparison_label", "outcomes", "minimum_worthwhile_sd", "better", "prior_sd",
                    "fidelity_criterion_pct", "staff_hour_cost", "is_random"]),
                "designs": pd.DataFrame(list(effects), columns=columns),
                "delivery": pd.DataFrame(list(delivery)),
                "implementation": frame_facts(facts),
            }
        )  # fmt: skip
        plan = open_plan(known, subject=subject)
        verdicts = judge_initiatives(plan, settings=asked, comparison=known)
        return {verdict.initiative.initiative_id: verdict for verdict in verdicts}, plan, known

    return run


def test_shown_effect_is_kept(judge):
    """An initiative whose effect is shown and against which nothing speaks is kept."""
    verdicts, _, _ = judge(_initiative("boost", intervention_id="boost"), effects=[_effect("boost")])
    assert verdicts["boost"].word == "keep"
    assert verdicts["boost"].dollars is None


def test_absent_evidence_is_no_verdict_against_it(judge):
    """What nobody evaluated, what no design could grade and what has a wide interval: not enough evidence, no fault."""
    rows = [
        _initiative("asked_of_nobody"),
        _initiative("no_question", intervention_id="other"),
        _initiative("declined", intervention_id="declined"),
        _initiative("wide", intervention_id="wide"),
        _initiative("many_asked", intervention_id="many_asked"),
    ]
    effects = [
        _effect("declined", rank=1, estimate=float("nan"), g=float("nan"), rating="does not meet standards",
                reason="the groups hardly overlap"),
        _effect("wide", estimate=0.1, g=0.01, std_error=1.0),
        _effect("many_asked", q_value=0.2),
    ]  # fmt: skip
    verdicts, _, _ = judge(*rows, effects=effects)
    assert {verdict.word for verdict in verdicts.values()} == {"not enough evidence"}
    assert "hardly overlap" in verdicts["declined"].why


def test_interval_below_the_worthwhile_effect_is_no_effect(judge):
    """Where the whole interval lies below the smallest worthwhile effect, the initiative is retired, with its money."""
    effects = [_effect("null", estimate=0.1, g=0.01)]  # 0.01 ± 0.04 SD against 0.10
    verdicts, _, _ = judge(_initiative("null", intervention_id="null"), effects=effects)
    assert verdicts["null"].word == "retire"
    assert [test.test for test in verdicts["null"].failed] == ["no_effect"]
    assert verdicts["null"].dollars == 1000.0
    assert verdicts["null"].hours == pytest.approx(10.0 * 36)


def test_no_effect_of_what_was_not_delivered_is_not_told(judge):
    """An effect that was not seen where fidelity is low says nothing of the initiative: it is to be delivered first."""
    effects = [_effect("null", estimate=0.1, g=0.01)]
    verdicts, _, _ = judge(_initiative("null", intervention_id="null", fidelity_pct=40.0), effects=effects)
    assert verdicts["null"].word == "streamline"
    assert [test.test for test in verdicts["null"].failed] == ["low_fidelity"]


def test_of_two_alike_the_one_with_an_effect_is_kept(judge):
    """Of two with the same purpose, domain, tier, grades and students, the one whose effect is shown stays."""
    rows = [
        _initiative("boost", purpose="Reading in tier 2", intervention_id="boost", cost_per_year=9000.0),
        _initiative("pages", purpose="reading  in Tier 2", cost_per_year=1000.0),
    ]
    verdicts, _, _ = judge(*rows, effects=[_effect("boost")])
    assert {key: verdict.word for key, verdict in verdicts.items()} == {"boost": "keep", "pages": "retire"}
    assert "boost" in verdicts["pages"].why


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "something else"}, {"domain": "math"}, {"tier": "3"}, {"grade": "3"},
        {"student_group": "disability=true"}, {"end_date": "2020-01-01"},
    ],
)  # fmt: skip
def test_all_five_must_be_the_same(judge, other):
    """Another purpose, domain, tier, grade or group, or one that has ended, is not redundant."""
    verdicts, _, _ = judge(_initiative("one", purpose="same"), _initiative("two", **{"purpose": "same", **other}))
    assert not any(verdict.failed for verdict in verdicts.values())


def test_fidelity_of_the_data_goes_before_the_plans_own(judge):
    """Records of delivery below the criterion are low fidelity, whatever the plan says; above it they are not."""
    rows = [
        _initiative("low", intervention_id="low", fidelity_pct=90.0),
        _initiative("high", intervention_id="high", fidelity_pct=40.0),
        _initiative("own", fidelity_pct=40.0),
    ]
    delivery = [
        {"intervention_id": key, "district_id": "", "school_id": "", "n_served": 200.0, "dose_pct": 90.0,
         "fidelity_pct": value, "status": "ok"}
        for key, value in (("low", 55.0), ("high", 80.0))
    ]  # fmt: skip
    verdicts, _, _ = judge(*rows, delivery=delivery)
    failed = {key: [test.test for test in verdict.failed] for key, verdict in verdicts.items()}
    assert failed == {"low": ["low_fidelity"], "high": [], "own": ["low_fidelity"]}
    assert verdicts["low"].word == "streamline"


@pytest.mark.parametrize(
    ("values", "outcome"),
    [((88.0, 87.0, 89.0, 50.0), "cannot tell"), ((50.0, 52.0, 48.0, 51.0), "fails"), ((88.0, 87.0, 89.0), "passes")],
)
def test_one_school_does_not_make_fidelity_low(judge, values, outcome):
    """Where schools differ so much that the interval about their mean holds the criterion, it cannot be told."""
    mean = sum(values) / len(values)
    rows = [("", "", mean), *(("01", f"00{place}", value) for place, value in enumerate(values))]
    delivery = [
        {"intervention_id": "boost", "district_id": district, "school_id": school, "n_served": 50.0, "dose_pct": 90.0,
         "fidelity_pct": value, "status": "ok"}
        for district, school, value in rows
    ]  # fmt: skip
    verdicts, _, _ = judge(_initiative("boost", intervention_id="boost", fidelity_pct=90.0), delivery=delivery)
    fidelity = next(test for test in verdicts["boost"].tests if test.test == "low_fidelity")
    assert fidelity.outcome == outcome


@pytest.mark.parametrize(
    ("own", "low", "high", "outcome"),
    [
        (None, 40.0, 55.0, "fails"),
        (50.0, 40.0, 55.0, "fails"),
        (82.0, 40.0, 55.0, "cannot tell"),
        (None, 72.0, 80.0, "passes"),
        (None, 60.0, 80.0, "cannot tell"),
        (82.0, 60.0, 80.0, "passes"),
    ],
)
def test_lessons_observed_against_the_plans_own_word(judge, own, low, high, outcome):
    """Lessons wholly below the criterion are low fidelity unless the plan says otherwise, which is then open."""
    facts = [Fact(topic="building", district_id="01", subject="co_teaching", estimate=(low + high) / 2, ci_low=low,
                  ci_high=high)]  # fmt: skip
    verdicts, _, _ = judge(_initiative("co", practice="co_teaching", fidelity_pct=own), facts=facts)
    fidelity = next(test for test in verdicts["co"].tests if test.test == "low_fidelity")
    assert fidelity.outcome == outcome


def test_staff_time_far_above_the_others_is_streamlined(judge):
    """Three times the median of the others of its domain and tier is the criterion; what exceeds it is freed."""
    rows = [*(_initiative(f"other{number}") for number in range(3)), _initiative("heavy", staff_hours_per_week=30.0)]
    verdicts, _, _ = judge(*rows)
    assert [test.test for test in verdicts["heavy"].failed] == ["staff_time"]
    assert verdicts["heavy"].word == "streamline"
    assert verdicts["heavy"].hours == pytest.approx((30.0 - 10.0) * 36)
    just_below, _, _ = judge(*rows[:3], _initiative("heavy", staff_hours_per_week=29.9))
    assert just_below["heavy"].failed == ()


def test_staff_time_is_not_judged_beside_too_few_or_others_unlike_it(judge):
    """With two others, or others of another tier, nothing is said against its staff time."""
    two, _, _ = judge(_initiative("a"), _initiative("b"), _initiative("heavy", staff_hours_per_week=90.0))
    assert two["heavy"].failed == ()
    rows = [*(_initiative(f"other{number}", tier="1") for number in range(3)),
            _initiative("heavy", tier="3", staff_hours_per_week=90.0)]  # fmt: skip
    unlike, _, _ = judge(*rows)
    assert unlike["heavy"].failed == ()


def test_what_law_binds_is_never_retired(judge):
    """A mandated initiative without effect is streamlined; of two alike the mandated one stays."""
    effects = [_effect("null", estimate=0.1, g=0.01)]
    verdicts, _, _ = judge(_initiative("null", intervention_id="null", mandated=True), effects=effects)
    assert verdicts["null"].word == "streamline"
    assert "Law or contract" in verdicts["null"].why
    both, _, _ = judge(_initiative("a", purpose="same"), _initiative("b", purpose="same", mandated=True))
    assert {key: verdict.word for key, verdict in both.items()} == {"a": "retire", "b": "not enough evidence"}


def test_few_students_give_no_hours_for_each(judge):
    """Of an initiative of fewer students than may be printed, no hours for each are said."""
    rows = [*(_initiative(f"other{number}") for number in range(3)),
            _initiative("small", students_served=4.0, staff_hours_per_week=30.0)]  # fmt: skip
    verdicts, _, _ = judge(*rows)
    assert verdicts["small"].tests[3].short == "withheld"
    assert verdicts["small"].failed == ()


def test_school_judges_its_own(judge, asked):
    """A school's plan judges its own initiatives, beside the district's, and says so where it has none."""
    school = Subject(district_id="01", school_id="0012", name="Oak")
    mine, _, _ = judge(
        _initiative("own", purpose="same", school_id="0012", cost_per_year=5000.0),
        _initiative("whole", purpose="same"),
        subject=school,
    )
    assert {key: verdict.word for key, verdict in mine.items()} == {"own": "retire"}
    _, plan, known = judge(_initiative("whole"), subject=school)
    finding = find_initiatives(plan, settings=asked, comparison=known)
    assert finding.table() is None
    assert "runs no initiative of its own" in finding.sentence()


def test_finding_says_what_is_freed(judge, asked):
    """The sentence names each verdict and what it frees; every initiative has a record with its verdict."""
    rows = [
        _initiative("boost", purpose="same", intervention_id="boost"),
        _initiative("pages", purpose="same"),
        _initiative("calm", fidelity_pct=41.0),
        _initiative("binders"),
    ]
    _, plan, known = judge(*rows, effects=[_effect("boost")])
    finding = find_initiatives(plan, settings=asked, comparison=known)
    assert finding.answer() == (
        "Of four initiatives that run, one should be retired (Pages), one should be streamlined (Calm), one cannot be "
        "judged yet for want of evidence (Binders) and one should be kept (Boost)."
    )
    assert "$1,000 a year and 360 hours a year in the role of coach" in finding.sentence()
    assert check_sentence(finding.sentence()) == []
    verdicts = {record.group: record.verdict for record in finding.records()}
    assert verdicts == {"boost": "keep", "pages": "retire", "calm": "streamline", "binders": "not enough evidence"}
    kinds = [(fault.kind, fault.row_id) for fault in check_initiatives(plan, settings=asked, comparison=known)]
    assert kinds == [("redundant", "pages"), ("low_fidelity", "calm")]
