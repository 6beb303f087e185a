"""What a change of the mix is called, where trends break, how growth is judged, and trends in which order."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.trend_settings import ScaleChange, TrendSettings
from mtss_analysis.findings.trends.breaks import find_scale_changes, find_start, split_eras
from mtss_analysis.findings.trends.connections import LAGS, compare_connections
from mtss_analysis.findings.trends.growth import estimate_growth, pair_windows
from mtss_analysis.findings.trends.mixes import divide_change
from mtss_analysis.findings.trends.slopes import SlopeCell
from mtss_analysis.findings.trends.verdicts import Trend, judge_trends
from mtss_analysis.stats import Estimate

INCOME = StudentGroup(
    column="income", label="income", focus="low", reference="other", focus_label="low", reference_label="other"
)
READING = Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="points")


def _two_years(shares, means, *, students=400):
    """A school in two years: the focus group's share, and the mean of focus and reference group, in each."""
    rng = np.random.default_rng(3)
    blocks = []
    for at, year in enumerate(("2021-22", "2022-23")):
        low = np.arange(students) < shares[at] * students
        blocks.append(
            pd.DataFrame(
                {
                    "school_id": "S",
                    "school_year": year,
                    "grade": "3",
                    "student_id": [f"{year}{one}" for one in range(students)],
                    "teacher_id": [f"T{one % 20}" for one in range(students)],
                    "classroom_id": [f"R{one % 20}" for one in range(students)],
                    "income": np.where(low, "low", "other"),
                    "standing": np.where(low, means[at][0], means[at][1]) + 0.3 * rng.normal(size=students),
                }
            )
        )
    return pd.concat(blocks, ignore_index=True)


@pytest.mark.parametrize(
    ("shares", "means", "kind"),
    [
        ((0.2, 0.8), ((-0.5, 0.5), (-0.3, 0.7)), "reversal"),
        ((0.2, 0.7), ((-0.5, 0.5), (-0.5, 0.5)), "composition"),
        ((0.5, 0.5), ((-0.5, 0.5), (-0.2, 0.8)), "neither"),
        ((0.2, 0.8), ((0.0, 0.0), (0.3, 0.3)), "neither"),
        ((0.2, 0.8), ((-0.5, 0.5), (-0.9, 0.9)), "composition"),
    ],
)
def test_a_change_of_the_mix_is_called_what_it_is(shares, means, kind):
    """A reversal, where both groups rose and the school fell; composition, where only shares moved; else neither."""
    rows = _two_years(shares, means)
    (mix,) = divide_change(rows, groups=[INCOME], first="2021-22", last="2022-23", ci_level=0.95)
    assert mix.kind == kind
    assert (mix.share_first_pct, mix.share_last_pct) == pytest.approx((100 * shares[0], 100 * shares[1]))


def _trend(measure, p_value, *, grade="all", group="all", estimate=0.2):
    slope = Estimate(estimate=estimate, std_error=0.1, df=50, ci_low=0, ci_high=0, ci_level=0.95, p_value=p_value)
    cell = SlopeCell(
        trend_grade=grade, group=group, kind="standing", slope=slope, n=100, n_clusters=9, varies=True, reason=""
    )
    return Trend(
        measure=measure,
        trend_grade=grade,
        group=group,
        kind="standing",
        cell=cell,
        shrunken=estimate,
        shrunken_low=0.0,
        shrunken_high=0.4,
        q_value=None,
        verdict="cannot tell",
    )


def test_grades_and_groups_are_judged_where_the_school_moved():
    """A group of a measure that moved is named at q ≤ rate · chosen / tested; of one that did not, never."""
    trends = [
        _trend("orf", 0.01),
        _trend("orf", 0.004, grade="3"),
        _trend("cbm", 0.4, estimate=-0.2),
        _trend("cbm", 1e-6, grade="3", estimate=-0.2),
    ]
    judged = judge_trends(trends, rate=0.05)
    assert [trend.verdict for trend in judged] == ["promising", "promising", "cannot tell", "cannot tell"]
    assert [trend.q_value for trend in judged] == pytest.approx([0.02, 0.008, 0.4, None])


def test_without_a_trend_of_the_whole_school_the_smallest_adjusted_stands_for_it():
    """Where only grades can be printed, Simes' p-value stands for the measure: 2 · .004 here, of one measure."""
    judged = judge_trends([_trend("orf", 0.004, grade="3"), _trend("orf", 0.9, grade="4")], rate=0.05)
    assert judged[0].verdict == "promising"
    assert judged[1].verdict == "cannot tell"


def _screen(years, *, percentile):
    rows = [
        (f"s{one}", year, "spring", "orf", "S", 100.0 + one, percentile(year, one))
        for year in years
        for one in range(20)
    ]
    columns = ["student_id", "school_year", "window", "measure", "school_id", "score", "percentile"]
    screenings = pd.DataFrame(rows, columns=columns)
    enrollments = screenings[["student_id", "school_year", "school_id"]].assign(grade="3")
    return {"screenings": screenings, "enrollments": enrollments}


YEARS = ("2021-22", "2022-23", "2023-24")


def test_new_norms_are_seen_in_the_data():
    """Where the same scores have other percentiles from one year on, that year is named; else none."""
    same = _screen(YEARS, percentile=lambda _, one: 5 * one)
    new = _screen(YEARS, percentile=lambda year, one: 5 * one + (7 if year == "2023-24" else 0))
    settings = Settings(indicators=(READING,))
    assert find_scale_changes(same.__getitem__, settings=settings).empty
    found = find_scale_changes(new.__getitem__, settings=settings)
    assert found.to_dict("records") == [{"measure": "orf", "school_year": "2023-24", "what": "norm", "linked": False}]


def test_a_declared_link_lets_a_trend_go_on():
    """A change breaks a trend from its year on; one that is declared comparable does not; a new cut only shares."""
    tables = _screen(YEARS, percentile=lambda _, one: 5 * one)

    def start(kind, **change):
        declared = TrendSettings(changes=(ScaleChange(measure="orf", school_year="2022-23", **change),))
        changes = find_scale_changes(tables.__getitem__, settings=Settings(indicators=(READING,), trends=declared))
        eras = split_eras(pd.DataFrame({"school_year": YEARS}), changes=changes, measure="orf")
        return find_start(changes, measure="orf", kind=kind)[0], len(eras)

    assert start("standing", what="test") == ("2022-23", 2)
    assert start("standing", what="test", linked=True) == ("", 1)
    assert start("standing", what="cut") == ("", 1)
    assert start("below_cut", what="cut") == ("2022-23", 1)


def test_growth_pairs_windows_and_the_summer_leads_into_the_next_year():
    """A student's fall and spring of a year, and spring and the next fall, are paired; the changes are differences."""
    rows = [("a", "2021-22", "fall", 10.0), ("a", "2021-22", "spring", 18.0), ("a", "2022-23", "fall", 15.0)]
    screenings = pd.DataFrame(rows, columns=["student_id", "school_year", "window", "score"])
    screenings = screenings.assign(measure="orf", school_id="S")
    enrollments = screenings[["student_id", "school_year", "school_id"]].drop_duplicates().assign(grade="1")
    tables = {"screenings": screenings, "enrollments": enrollments}
    pairs = pair_windows(tables.__getitem__, indicator=READING)
    found = pairs.set_index(["segment", "school_year"])["change"].to_dict()
    assert found == {("fall to spring", "2021-22"): 8.0, ("summer", "2022-23"): -3.0}


def _pairs(end):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "school_id": "S",
            "school_year": "2021-22",
            "grade": "1",
            "teacher_id": [f"T{one % 5}" for one in range(50)],
            "segment": "fall to spring",
            "start": 10.0 + rng.normal(size=50),
            "end": end,
        }
    ).assign(change=lambda rows: rows["end"] - rows["start"])


SUMS = pd.DataFrame(
    {"school": ["S", "O"], "school_year": "2021-22", "grade": "1", "segment": "fall to spring", "n": [50, 100],
     "total": [0.0, 600.0]}
)  # fmt: skip
LIMITS = {"lowest": float("nan"), "highest": 20.0}


def test_growth_is_compared_with_the_other_schools():
    """Of 8 points here and 600 / 100 elsewhere, 2 are beyond the expected; the school's own sum is not in that."""
    (growth,) = estimate_growth(_pairs(18.0), school="S", sums=SUMS, limits=LIMITS, most_at_limit_pct=15, ci_level=0.95)
    assert growth.expected == pytest.approx(6.0)
    assert growth.change == pytest.approx(8.0, abs=0.5)
    assert growth.excess.estimate == pytest.approx(growth.change - 6.0)


def test_growth_at_the_ceiling_is_not_judged():
    """With a fifth of the students at the end of the scale there is no verdict, only the reason and the share."""
    end = np.where(np.arange(50) < 10, 20.0, 18.0)
    (growth,) = estimate_growth(_pairs(end), school="S", sums=SUMS, limits=LIMITS, most_at_limit_pct=15, ci_level=0.95)
    assert growth.excess is None
    assert growth.change is None
    assert growth.at_limit_pct == pytest.approx(20.0)
    assert "end of the scale" in growth.reason


class _Tables:
    def __init__(self, tables):
        self.tables = tables

    def __call__(self, name):
        return self.tables[name]

    def has(self, name):
        return name in self.tables


def _schools_that_lead(*, follows, schools=10, students=40):
    """Schools whose absence in a season, if it is followed, is one season before lower ratings."""
    rng = np.random.default_rng(8)
    enrollments, screenings, attendance = [], [], []
    for school in range(schools):
        shocks = rng.normal(size=9)
        for period, (year, (window, month)) in enumerate(
            (year, season) for year in YEARS for season in (("fall", "-10"), ("winter", "-01"), ("spring", "-04"))
        ):
            before = shocks[period - 1] if period and follows else 0.0
            for one in range(students):
                student = f"{school}-{one}"
                if window == "fall":
                    enrollments.append((student, f"S{school}", "D", year, "3"))
                score = 50 + 10 * rng.normal() - 4 * before
                screenings.append((student, year, window, "orf", f"S{school}", "behavior", score))
                absent = np.clip(round(4 + 1.5 * shocks[period] + 0.5 * rng.normal()), 0, 20)
                calendar = year[:4] if month == "-10" else str(int(year[:4]) + 1)
                attendance.append((student, f"S{school}", year, calendar + month, 20.0, float(absent)))
    names = ["student_id", "school_year", "window", "measure", "school_id", "domain", "score"]
    return _Tables(
        {
            "enrollments": pd.DataFrame(
                enrollments, columns=["student_id", "school_id", "district_id", "school_year", "grade"]
            ),
            "screenings": pd.DataFrame(screenings, columns=names),
            "attendance": pd.DataFrame(
                attendance,
                columns=["student_id", "school_id", "school_year", "month", "days_enrolled", "days_absent"],
            ).assign(district_id="D"),
        }
    )


def test_absence_that_comes_a_season_before_ratings_is_found_with_its_direction():
    """What was drawn a season before is told apart at that lag alone, and nothing is where nothing was drawn."""
    settings = Settings(indicators=(READING,), ci_level=0.95)
    led = compare_connections(_schools_that_lead(follows=True), settings=settings)
    within = led[led["scope"] == "within"].set_index("lag")
    assert set(within.index) == set(LAGS)
    # "orf" is first and absence second, so that absence comes before it at lag -1.
    assert within.loc[-1, "estimate"] < -0.3
    assert within.loc[-1, "q_value"] < 0.01
    alone = compare_connections(_schools_that_lead(follows=False), settings=settings)
    assert (alone["q_value"] > 0.05).all()
