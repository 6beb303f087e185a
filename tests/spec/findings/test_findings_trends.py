"""Levels, slopes and gaps are arithmetic, and what may be printed of them is decided together."""

import math

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.settings import Cut, Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.across import compare_levels, compare_slopes
from mtss_analysis.findings.trends.chapter import find_below_cut, find_levels, find_trends
from mtss_analysis.findings.trends.gaps import estimate_gaps
from mtss_analysis.findings.trends.levels import summarise_levels
from mtss_analysis.findings.trends.slopes import cluster_ids, estimate_slopes

BY_SEX = StudentGroup(
    column="sex", label="sex", focus="male", reference="female", focus_label="boys", reference_label="girls"
)
ORF = Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="points", cut=Cut(score=50.0))
SETTINGS = Settings(indicators=(ORF,), groups=(BY_SEX,), follow="cohort")


def _rows(counts: dict[str, tuple[int, int]], *, district: str = "D", year: str = "2023-24") -> pd.DataFrame:
    """Make rows of schools with ``(below the cut, not below it)`` students, all girls."""
    frames = []
    for school, (below, above) in counts.items():
        n = below + above
        frames.append(
            pd.DataFrame(
                {
                    "district_id": district,
                    "school_id": school,
                    "school_year": year,
                    "trend_grade": "all",
                    "grade": "3",
                    "student_id": [f"{school}-{at}" for at in range(n)],
                    "classroom_id": [f"R{at % 4}" for at in range(n)],
                    "sex": "female",
                    "score": np.arange(n, dtype="float64"),
                    "standing": np.arange(n) / 10.0,
                    "below_cut": [100.0] * below + [0.0] * above,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _years(slope: float, *, noise: float, seed: int = 3, years: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frames = []
    for at in range(years):
        rows = _rows({"A": (0, 40)}, year=f"{2020 + at}-{21 + at}")
        standing = 0.3 + slope * at + noise * rng.normal(size=40)
        frames.append(rows.assign(standing=standing, below_cut=np.nan))
    return pd.concat(frames, ignore_index=True)


def test_levels_are_means_and_counts():
    """A school's level counts enrolled and tested students, their mean, spread, and those below the cut."""
    rows = _rows({"A": (2, 3)})
    rows.loc[0, ["score", "standing", "below_cut"]] = np.nan
    rows.loc[3:, "sex"] = "male"
    rows.loc[4, "sex"] = None
    levels = summarise_levels(rows, groups=(BY_SEX,)).set_index("group")
    everybody = levels.loc["all"]
    assert (everybody["n_enrolled"], everybody["n"], everybody["n_below"], everybody["n_cut"]) == (5, 4, 1, 4)
    assert everybody["mean_score"] == (1 + 2 + 3 + 4) / 4
    assert everybody["sd_score"] == pytest.approx(math.sqrt((1.5**2 + 0.5**2 + 0.5**2 + 1.5**2) / 3))
    assert levels["n"].to_dict() == {"all": 4, "sex=female": 2, "sex=male": 1}
    assert everybody["grades"] == "3"


def test_nobody_enrolled_gives_no_level():
    """Where there are no rows there are no levels, not a level of nothing."""
    assert summarise_levels(_rows({"A": (0, 3)}).iloc[:0], groups=(BY_SEX,)).empty


def test_a_district_is_the_mean_of_its_students():
    """District and state means weigh schools by their students, and hold no counts."""
    levels = compare_levels({"orf": _rows({"A": (10, 10), "B": (20, 20)})}, settings=SETTINGS)
    for level in ("district", "state"):
        row = levels[(levels["level"] == level) & (levels["group"] == "all")].iloc[0]
        assert row["mean_score"] == pytest.approx((20 * 9.5 + 40 * 19.5) / 60)
        assert math.isnan(row["n_below"])
        assert math.isnan(row["n_cut"])


def _share_kinds(counts: dict[str, tuple[int, int]]) -> dict[str, str]:
    levels = compare_levels({"orf": _rows(counts)}, settings=SETTINGS)
    rows = levels[levels["group"] == "all"]
    names = rows["school_id"].fillna(rows["level"])
    return dict(zip(names, rows["share_kind"], strict=True)) | {
        f"{name} pct": pct for name, pct in zip(names, rows["below_pct"], strict=True)
    }


@pytest.mark.parametrize("others", [{"B": (20, 20)}, {"B": (20, 20), "C": (15, 25)}, {"B": (30, 10), "C": (4, 36)}])
def test_a_share_of_few_is_a_limit_and_no_sum_gives_it_away(others):
    """4 of 40 below the cut is never exact, and the district's and the other schools' shares do not tell it."""
    kinds = _share_kinds({"A": (4, 36), **others})
    assert kinds["A"] in ("below", "withheld")
    exact = [name for name in (*others, "district") if kinds[name] == "exact"]
    assert len(exact) < len(others) + 1
    assert math.isnan(kinds["district pct"]) == ("district" not in exact)
    assert math.isnan(kinds["state pct"]) == ("district" not in exact)


def test_enough_students_below_the_cut_are_printed_exactly():
    """Where every school has ten below and ten not below, school and district are exact."""
    kinds = _share_kinds({"A": (12, 28), "B": (20, 20)})
    assert {kinds[name] for name in ("A", "B", "district")} == {"exact"}
    assert kinds["district pct"] == pytest.approx(100 * 32 / 80)
    assert kinds["state pct"] == pytest.approx(100 * 32 / 80)


def _pool_of(levels: pd.DataFrame) -> pd.DataFrame:
    """Rows of all students of the districts and the state."""
    return levels[(levels["level"] != "school") & (levels["group"] == "all")]


def test_wider_means_are_those_of_the_schools_that_are_printed():
    """Nine withheld students move neither the district's nor the state's mean, so that nothing of them follows."""
    large, small = {"A": (20, 20)}, {"B": (4, 5)}
    with_both = _pool_of(compare_levels({"orf": _rows(large | small)}, settings=SETTINGS))
    alone = _pool_of(compare_levels({"orf": _rows(large)}, settings=SETTINGS))
    for column in ("mean_score", "mean_standing"):
        assert with_both[column].tolist() == alone[column].tolist() == [alone[column].iloc[0]] * 2
        assert alone[column].notna().all()


def test_a_district_whose_schools_are_all_withheld_has_no_mean():
    """Where no school is printed, no mean is, and the state's is that of the other districts."""
    rows = pd.concat([_rows({"A": (20, 20)}, district="D1"), _rows({"B": (4, 5)}, district="D2")], ignore_index=True)
    pooled = _pool_of(compare_levels({"orf": rows}, settings=SETTINGS)).set_index(["level", "district_id"])
    assert math.isnan(pooled.loc[("district", "D2"), "mean_score"])
    assert pooled["mean_score"].dropna().tolist() == [19.5, 19.5]


def test_shares_of_student_groups_are_those_of_no_district_and_of_no_state():
    """A group's share below the cut is decided for nobody, so that it stands nowhere but in the cells of schools."""
    levels = compare_levels({"orf": _rows({"A": (20, 20), "B": (15, 15)})}, settings=SETTINGS)
    of_groups = levels[(levels["level"] != "school") & (levels["group"] != "all")]
    assert len(of_groups) > 0
    assert of_groups["below_pct"].isna().all()


@pytest.mark.parametrize("slope", [-0.2, 0.0, 0.35])
def test_the_slope_is_the_change_per_year(slope):
    """With hardly any noise, the slope is the planted change per year, whatever the number of years."""
    for years in (3, 4):
        cells = estimate_slopes(_years(slope, noise=1e-6, years=years), groups=(), ci_level=0.95)
        (standing,) = [cell for cell in cells if cell.kind == "standing"]
        assert standing.slope is not None
        assert standing.slope.estimate == pytest.approx(slope, abs=1e-6)
        assert (standing.n, standing.n_clusters) == (40 * years, 4 * years)


def test_two_years_are_no_trend():
    """From two years there is no slope, and the reason says how many there are."""
    cells = estimate_slopes(_years(0.2, noise=1.0, years=2), groups=(), ci_level=0.95)
    assert [cell.slope for cell in cells] == [None, None]
    assert "there are 2" in cells[0].reason


def test_a_year_left_out_counts_as_a_year():
    """Scores of 2020, 2021 and 2023 that rise by one a year have a slope of one, not of more."""
    rows = _years(1.0, noise=1e-6)
    rows = rows[rows["school_year"] != "2022-23"]
    cells = estimate_slopes(rows, groups=(), ci_level=0.95)
    assert cells[0].slope is not None
    assert cells[0].slope.estimate == pytest.approx(1.0, abs=1e-5)


def test_clusters_are_classrooms_of_a_year_or_else_the_grade():
    """The same room in two years is two clusters; children whose room is not known share one by year and grade."""
    rows = pd.DataFrame(
        {
            "school_year": ["2023-24", "2024-25", "2024-25", "2024-25", "2024-25", "2024-25"],
            "grade": ["3", "4", "4", "4", "4", "5"],
            "classroom_id": ["R1", "R1", "R1", None, None, None],
        }
    )
    ids = cluster_ids(rows).tolist()
    assert ids[1] == ids[2]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 4
    assert len(set(cluster_ids(rows.drop(columns="classroom_id")))) == 3


def test_a_gap_is_the_reference_minus_the_focus():
    """Girls at 1 and boys at 0.4 on average have a gap of 0.6; students of unknown sex are in neither."""
    rows = _rows({"A": (0, 6)}).assign(
        sex=["female", "female", "female", "male", "male", None], standing=[0.9, 1.0, 1.1, 0.3, 0.5, 50.0]
    )
    (cell,) = estimate_gaps(rows, groups=(BY_SEX,), ci_level=0.95)
    assert cell.gap is not None
    assert cell.gap.estimate == pytest.approx((0.9 + 1.0 + 1.1) / 3 - (0.3 + 0.5) / 2)
    assert cell.gap.std_error == pytest.approx(math.sqrt(0.01 / 3 + 0.02 / 2))
    assert (cell.n_reference, cell.n_focus) == (3, 2)


@pytest.mark.parametrize("standings", [[0.1] * 6, [0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2, 0.7, 0.7, 0.7]])
def test_groups_whose_scores_are_all_alike_have_no_gap(standings):
    """Where the members of each group score alike, rounding is no evidence of a gap."""
    rows = _rows({"A": (0, 6)}).assign(sex=["female"] * 3 + ["male"] * 3, standing=standings)
    (cell,) = estimate_gaps(rows, groups=(BY_SEX,), ci_level=0.95)
    assert cell.gap is None
    assert "alike" in cell.reason


def test_slopes_of_fewer_than_three_schools_are_not_shrunken():
    """With two schools nothing is known of how schools differ, so no shrunken slope is given."""
    two = pd.concat([_years(0.1, noise=1.0).assign(school_id=name) for name in ("A", "B")])
    slopes = compare_slopes({"orf": two}, settings=SETTINGS)
    assert slopes["shrunken"].isna().all()
    three = pd.concat([two, _years(0.3, noise=1.0, seed=9).assign(school_id="C")])
    slopes = compare_slopes({"orf": three}, settings=SETTINGS)
    assert slopes.loc[(slopes["kind"] == "standing") & (slopes["group"] == "all"), "shrunken"].notna().all()


def _spoil(below: list[int]):
    """Give a school so many students under a score of 50 in each year."""

    def change(tables):
        screenings = tables["screenings"]
        for year, count in zip(sorted(screenings["school_year"].unique()), below, strict=True):
            mine = (screenings["school_id"] == "0012") & (screenings["measure"] == "orf")
            rows = screenings.index[mine & (screenings["school_year"] == year)]
            screenings.loc[rows, "score"] = [40.0 + at / 100 for at in range(count)] + [
                60.0 + at / 100 for at in range(len(rows) - count)
            ]

    return change


@pytest.mark.parametrize(("below", "printed"), [([12, 15, 18], True), ([12, 4, 18], False), ([12, 36, 18], False)])
def test_a_trend_of_shares_does_not_tell_a_share_that_is_a_limit(ask_state, shape, below, printed):
    """Where one year's share is printed as a limit, its slope, which would tell it, is withheld; standing is not."""
    apart = shape(districts={"D1": ("0012",), "D2": ("0021",), "D3": ("0031",)})
    asked = ask_state(shape=apart, change=_spoil(below), indicators=(ORF,))
    (found,) = asked.find(find_trends, "0012")
    trends = {(one.group, one.kind): one.cell for one in found.trends}
    assert {cell is not None for (_, kind), cell in trends.items() if kind == "below_cut"} == {printed}
    assert trends["all", "standing"] is not None


def test_that_nobody_is_below_the_cut_is_not_told(ask_state):
    """A share that is none in every year is printed as a limit, and its trend is withheld without a telling reason."""
    asked = ask_state(change=_spoil([0, 0, 0]), indicators=(ORF,))
    (found,) = asked.find(find_trends, "0012")
    mine = [record for record in found.records() if "below_cut" in record.unit and record.finding == "trend"]
    assert {record.status for record in mine} == {"withheld"}
    (below,) = asked.find(find_below_cut, "0012")
    shares = [record for record in below.records() if record.finding == "share_below_cut"]
    assert {(record.status, record.estimate, record.verdict) for record in shares} == {("withheld", None, "<25%")}


def test_a_year_without_any_test_does_not_hide_a_trend(ask_state, shape):
    """A year in which no student of the school was tested is no year of the trend, of all students or of a group."""

    def forget_a_year(tables):
        screenings = tables["screenings"]
        tables["screenings"] = screenings[screenings["school_year"] != "2021-22"]

    asked = ask_state(shape=shape(years=(2020, 2021, 2022, 2023)), change=forget_a_year)
    (found,) = asked.find(find_trends, "0012")
    standing = {one.group: one.cell for one in found.trends if one.kind == "standing"}
    assert all(cell is not None and cell.slope is not None for cell in standing.values())
    (levels,) = asked.find(find_levels, "0012")
    assert [record.status for record in levels.records() if record.school_year == "2021-22"] == ["not_estimable"] * 2


def test_two_schools_cannot_say_which_trends_stand_out(ask_state, shape):
    """With too few schools to compare with, nothing is claimed of a trend, not even that it is noise."""
    asked = ask_state(shape=shape(districts={"D1": ("0012", "0013")}))
    (found,) = asked.find(find_trends, "0012")
    assert found.sentence().startswith("We cannot say which trends")
    assert found.promising() == found.concerning() == ()
