"""What an overview is made of: a roster and frames of what is printed of its schools."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import KNOWN, SUPPORTED
from mtss_analysis.findings.trends.judged import judge_schools
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.tiers import OVERALL

PLACE = ["district_id", "school_id"]
TREND_COLUMNS = (
    "district_id", "school_id", "measure", "trend_grade", "group", "kind", "slope", "std_error", "verdict",
)  # fmt: skip
MOST_KEYS = 26
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Level = Literal["district", "state"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverviewSource:
    """All that the findings of an overview are asked with; nothing in it may not be printed.

    Parameters
    ----------
    level : {'district', 'state'}
        Whose overview it is.
    district_id : str
        The district; empty for a state.
    name : str
        As printed.
    settings : Settings
        What the run asks.
    roster : DataFrame
        One row per school of the overview, in the order of the ids: ``district_id``, ``district_name``, ``school_id``,
        ``school_name``.
    fair : DataFrame
        See :func:`mtss_analysis.findings.overview.across.compare_overview`; all schools that are compared, of which the
        overview's own may be a part.
    held : DataFrame
        What is held constant, by measure.
    trends : DataFrame
        One row per printable trend of a school, ``TREND_COLUMNS``.
    yearly : DataFrame
        ``measure, school_year, standing``: mean standing of the overview's own schools by year, of printable cells.
    support : DataFrame
        ``district_id, school_id, n_known, n_support, school_year, window``: students in Tier 2 or 3, where printable.
    staff : DataFrame
        ``district_id, school_id, school_year, role, fte``.
    """

    level: Level
    district_id: str
    name: str
    settings: Settings
    roster: pd.DataFrame
    fair: pd.DataFrame
    held: pd.DataFrame
    trends: pd.DataFrame
    yearly: pd.DataFrame
    support: pd.DataFrame
    staff: pd.DataFrame

    @property
    def whole(self) -> str:
        """The word for whom schools are compared with."""
        return self.settings.population

    def own(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Take the rows of the overview's own schools with their names, in the order of the roster."""
        order = self.roster[[*PLACE, "district_name", "school_name"]].assign(order=range(len(self.roster)))
        return frame.merge(order, on=PLACE).sort_values("order", kind="stable", ignore_index=True)

    def keys(self) -> dict[tuple[str, str], str]:
        """Letters for a district's schools in the order of the roster; none where the alphabet is too short."""
        if self.level == "state":
            return {}
        pairs = list(zip(self.roster["district_id"], self.roster["school_id"], strict=True))
        return dict(zip(pairs, LETTERS, strict=False)) if len(pairs) <= MOST_KEYS else {}


def gather_district(
    comparison: Comparison, *, roster: pd.DataFrame, district_id: str, settings: Settings
) -> OverviewSource:
    """Gather a district's overview from the comparison.

    Parameters
    ----------
    comparison : Comparison
        What all schools are compared with.
    roster : DataFrame
        All schools of the run, in the order of the ids: ``district_id``, ``district_name``, ``school_id``,
        ``school_name``.
    district_id : str
        Which district.
    settings : Settings
        What the run asks.

    Returns
    -------
    OverviewSource
        With all schools of the population as the background of its own.
    """
    mine = roster[roster["district_id"] == district_id].reset_index(drop=True)
    fair, held = comparison.frame("fair"), comparison.frame("fair_held")
    population = "state" if settings.population == "state" else district_id
    staff = comparison.frame("fair_staff")
    return OverviewSource(
        level="district",
        district_id=district_id,
        name=str(mine["district_name"].iloc[0]),
        settings=settings,
        roster=mine,
        fair=fair[fair["population"] == population].reset_index(drop=True),
        held=held[held["population"] == population].reset_index(drop=True) if len(held) else held,
        trends=judge_all(comparison, schools=list(mine[PLACE].itertuples(index=False, name=None)), settings=settings),
        yearly=average_years(_read_levels(comparison, district_id=district_id)),
        support=_read_support(comparison, district_id=district_id),
        staff=staff[staff["district_id"] == district_id].reset_index(drop=True),
    )


def judge_all(comparison: Comparison, *, schools: Sequence[tuple[str, str]], settings: Settings) -> pd.DataFrame:
    """Judge the trends of schools from the comparison, as each school's own packet does.

    Parameters
    ----------
    comparison : Comparison
        Slopes and what may be printed.
    schools : sequence of (district_id, school_id)
        Which schools.
    settings : Settings
        Indicators and false-discovery rate.

    Returns
    -------
    DataFrame
        ``TREND_COLUMNS``; trends that may not be printed or cannot be estimated are left out.
    """
    rows: list[dict[str, object]] = []
    for school, trends in judge_schools(comparison, schools=schools, settings=settings):
        for trend in trends:
            if trend.cell is None or trend.cell.slope is None:
                continue
            values = (
                *school, trend.measure, trend.trend_grade, trend.group, trend.kind, trend.cell.slope.estimate,
                trend.cell.slope.std_error, trend.verdict,
            )  # fmt: skip
            rows.append(dict(zip(TREND_COLUMNS, values, strict=True)))
    return pd.DataFrame(rows, columns=list(TREND_COLUMNS))


def average_years(means: pd.DataFrame) -> pd.DataFrame:
    """Average schools' printed mean standings by year, weighted by students.

    Parameters
    ----------
    means : DataFrame
        ``measure, school_year, n, standing``, one row per school and trend grade.

    Returns
    -------
    DataFrame
        ``measure, school_year, standing``, the earliest year first.
    """
    sums = means.assign(weighted=means["n"] * means["standing"]).groupby(["measure", "school_year"], sort=True)
    averaged = sums[["n", "weighted"]].sum().reset_index()
    return averaged.assign(standing=averaged["weighted"] / averaged["n"])[["measure", "school_year", "standing"]]


def _read_levels(comparison: Comparison, *, district_id: str) -> pd.DataFrame:
    levels = comparison.frame("levels")
    mine = (levels["level"] == "school") & (levels["district_id"] == district_id)
    shown = levels[mine & (levels["group"] == ALL) & (levels["status"] == "ok") & levels["mean_standing"].notna()]
    return shown.rename(columns={"mean_standing": "standing"})[["measure", "school_year", "n", "standing"]]


def _read_support(comparison: Comparison, *, district_id: str) -> pd.DataFrame:
    columns = [*PLACE, "school_year", "window", "n_known", "n_support"]
    cells = comparison.frame("tier_cells")
    cells = cells[
        (cells["district_id"] == district_id)
        & (cells["scope"] == OVERALL)
        & (cells["grade"] == ALL)
        & (cells["window"] != ALL)
        & (cells["status"] == "ok")
        & cells["cell"].isin([KNOWN, SUPPORTED])
    ]
    if cells.empty:
        return pd.DataFrame(columns=columns)
    wide = cells.pivot_table(
        index=[*PLACE, "school_year", "window"], columns="cell", values="count", aggfunc="first"
    ).reset_index()
    if not {KNOWN, SUPPORTED} <= set(wide.columns):
        return pd.DataFrame(columns=columns)
    wide = wide.dropna(subset=[KNOWN, SUPPORTED]).rename(columns={KNOWN: "n_known", SUPPORTED: "n_support"})
    order = {"fall": 0, "winter": 1, "spring": 2}
    wide = wide.assign(order=wide["window"].map(order)).sort_values([*PLACE, "school_year", "order"])
    latest = wide.drop_duplicates(PLACE, keep="last")
    return latest[columns].astype({"n_known": "int64", "n_support": "int64"}).reset_index(drop=True)
