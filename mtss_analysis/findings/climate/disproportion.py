"""How much more often something happens to students of one race or ethnicity: risk ratios of districts and schools."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import Relation, get_profile
from mtss_analysis.district.years import find_school_year
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.tiers.protect import protect_in_turn
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import Interval, Risk, find_disproportionality
from mtss_analysis.stats.risk_ratios import RiskRatio

COLUMN = "race_ethnicity"
OUTCOMES = ("referral", "suspension", "disability")
DISTRICT, SCHOOL = "district", "school"
LEAST_OTHER_DISTRICTS = 2
"""From the others of a single district its counts could be worked out."""
TURNS = (DISTRICT, "school total", SCHOOL)
_UNIT = ["district_id", "school_id"]
RISK_COLUMNS = [
    "district_id", "school_id", "school_year", "outcome", "group", "kind", "ratio", "ci_low", "ci_high", "cases", "n",
    "comparison_risk_pct", "status", "reason",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRisk:
    """What happened to the students of a group, against all others.

    Parameters
    ----------
    outcome : {'referral', 'suspension', 'disability'}
        One referral or more, one day suspended or more, identified with a disability.
    group : str
        Value of ``race_ethnicity``.
    kind : str
        ``risk ratio``, ``alternate risk ratio``, or empty where there is none.
    ratio : Interval or None
        None: see ``reason``. The upper limit is finite, since the others meet the minima, too.
    cases, n : int or None
        Students to whom it happened, and all of the group; None where withheld.
    status : {'ok', 'withheld', 'not_estimable'}
        Why there is no ratio.
    reason : str
        Why it was not computed; empty where it was.
    """

    outcome: str
    group: str
    school_year: str
    kind: str
    ratio: Interval | None
    cases: int | None
    n: int | None
    comparison_risk_pct: float | None
    status: str
    reason: str


def compare_risks(tables: Tables, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Find the risk ratios of all districts and schools in each district's latest year, and what may be printed.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``climate`` (the minima), confidence level and disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``climate_risks``: columns ``RISK_COLUMNS``; a district's rows have no ``school_id``. A ratio is printed
        where the
        counts that it is made of may be, schools and their district protected together.
    """
    enrollments = tables("enrollments")
    blocks = [pd.DataFrame(columns=RISK_COLUMNS)]
    if COLUMN in enrollments and enrollments[COLUMN].notna().any():
        students = _mark_outcomes(tables)
        latest = students.groupby("district_id")["school_year"].transform("max")
        students = students[students["school_year"] == latest]
        outcomes = [name for name in OUTCOMES if name in students]
        counted = _count(students, outcomes=outcomes)
        decided = [_protect(block, settings=settings) for _, block in counted.groupby("district_id", sort=True)]
        cells = pd.concat(decided) if decided else counted.assign(status="ok")
        blocks.append(_find_ratios(cells, outcomes=outcomes, settings=settings))
    return {"climate_risks": pd.concat([block for block in blocks if len(block)] or blocks, ignore_index=True)}


def read_group_risks(
    comparison: FrameReader, *, district_id: str, school_id: str | None = None, ci_level: float = 0.95
) -> tuple[GroupRisk, ...]:
    """Read the risk ratios of a district, or of one of its schools, as they may be printed.

    Parameters
    ----------
    comparison : Comparison
        Has the frame ``climate_risks``.
    district_id : str
        The district.
    school_id : str or None
        A school; None: the whole district.
    ci_level : float
        Confidence level of the run.

    Returns
    -------
    tuple of GroupRisk
        By outcome and group; those that were not computed say why.
    """
    frame = comparison.frame("climate_risks")
    rows = frame[frame["district_id"] == district_id]
    rows = rows[rows["school_id"].isna()] if school_id is None else rows[rows["school_id"] == school_id]
    return tuple(_read(row, ci_level=ci_level) for row in rows.to_dict("records"))


def _read(row: Mapping[Hashable, Any], *, ci_level: float) -> GroupRisk:
    def number(name: str) -> float | None:
        value = row[name]
        return None if value is None or pd.isna(value) else float(value)

    ratio, low, high = number("ratio"), number("ci_low"), number("ci_high")
    cases, n = number("cases"), number("n")
    return GroupRisk(
        outcome=str(row["outcome"]),
        group=str(row["group"]),
        school_year=str(row["school_year"]),
        kind=str(row["kind"] or ""),
        ratio=None
        if ratio is None or low is None or high is None
        else Interval(estimate=ratio, ci_low=low, ci_high=high, ci_level=ci_level),
        cases=None if cases is None else int(cases),
        n=None if n is None else int(n),
        comparison_risk_pct=number("comparison_risk_pct"),
        status=str(row["status"]),
        reason=str(row["reason"] or ""),
    )


def _mark_outcomes(tables: Tables) -> pd.DataFrame:
    """Give one row per student, school and year, with a column for each outcome that the data know of."""
    keys = [*_UNIT, "school_year", "student_id"]
    enrollments = tables("enrollments")
    students = enrollments[[*keys, COLUMN]].drop_duplicates(keys, keep="last").reset_index(drop=True)
    if tables.has("referrals") and "student_id" in tables("referrals"):
        referrals = tables("referrals")
        dated = referrals[referrals["student_id"].notna() & referrals["date"].notna()]
        dated = dated.assign(school_year=find_school_year(dated["date"]))
        students["referral"] = _is_in(students, dated[keys])
    if tables.has("attendance") and "days_suspended" in tables("attendance"):
        attendance = tables("attendance")
        if attendance["days_suspended"].notna().any():
            students["suspension"] = _is_in(students, attendance.loc[attendance["days_suspended"] > 0, keys])
    if "disability" in enrollments and enrollments["disability"].notna().any():
        with_one = enrollments["disability"].astype("boolean").fillna(value=False)
        students["disability"] = _is_in(students, enrollments.loc[with_one, keys])
    return students


def _is_in(students: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    there = rows.drop_duplicates().assign(there=True)
    return students.merge(there, on=list(rows.columns), how="left")["there"].notna().set_axis(students.index)


def _count(students: pd.DataFrame, *, outcomes: list[str]) -> pd.DataFrame:
    """Count students and cases by district and school and by group; in a district everybody once."""
    known = students[students[COLUMN].notna()]
    across = known.groupby(["district_id", "school_year", "student_id"], sort=True)
    once = across[outcomes].max().reset_index() if outcomes else across.size().reset_index()
    once[COLUMN] = across[COLUMN].last().to_numpy()
    once["school_id"] = None
    blocks = []
    for rows, turn in ((once, DISTRICT), (known, SCHOOL)):
        for group in (ALL, None):
            at = "school total" if turn == SCHOOL and group else turn
            named = rows.assign(group=ALL if group else rows[COLUMN], turn=at)
            counted = named.groupby([*_UNIT, "school_year", "turn", "group"], sort=True, dropna=False)
            wide = counted[outcomes].sum().assign(n=counted.size())
            blocks.append(wide.reset_index())
    wide = pd.concat(blocks, ignore_index=True)
    for name in outcomes:
        wide[f"not {name}"] = wide["n"] - wide[name]
    values = ["n", *outcomes, *(f"not {name}" for name in outcomes)]
    cells = wide.melt(
        id_vars=[*_UNIT, "school_year", "turn", "group"], value_vars=values, var_name="cell", value_name="count"
    )
    return cells.assign(count=cells["count"].astype("int64"), n_students=cells["count"].astype("int64"))


def _protect(cells: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    relations: list[Relation] = []
    unit = cells["school_id"].astype("object").where(cells["school_id"].notna(), "(district)")
    at = dict(zip(zip(unit, cells["group"], cells["cell"], strict=True), cells.index, strict=True))
    units, groups, names = sorted(set(unit)), sorted(set(cells["group"]) - {ALL}), sorted(set(cells["cell"]))
    for one in units:
        for name in names:
            parts = tuple(at[one, group, name] for group in groups if (one, group, name) in at)
            relations.append(Relation(total=at[one, ALL, name], parts=parts))
        for group in (ALL, *groups):
            relations += [
                Relation(total=at[one, group, "n"], parts=(at[one, group, name], at[one, group, f"not {name}"]))
                for name in names
                if (one, group, name) in at and f"not {name}" in names
            ]
    for group in (ALL, *groups):
        for name in names:
            parts = tuple(at[one, group, name] for one in units if one != "(district)" and (one, group, name) in at)
            relations.append(Relation(total=at["(district)", group, name], parts=parts))
    status = protect_in_turn(cells, turns=TURNS, relations=relations, profile=get_profile(settings.profile))
    return cells.assign(status=status)


def _find_ratios(cells: pd.DataFrame, *, outcomes: list[str], settings: Settings) -> pd.DataFrame:
    rows = []
    districts = cells[cells["turn"] == DISTRICT]
    for unit, block in cells.groupby([*_UNIT, "school_year"], sort=True, dropna=False):
        count = {
            (str(row["group"]), str(row["cell"])): (int(row["count"]), row["status"] == "ok")
            for row in block.to_dict("records")
        }
        elsewhere = districts[(districts["district_id"] != unit[0]) & (districts["school_year"] == unit[2])]
        for outcome in outcomes:
            rows += [
                {
                    **dict(zip([*_UNIT, "school_year"], unit, strict=True)),
                    "outcome": outcome,
                    "group": group,
                    **_find_ratio(count, outcome=outcome, group=group, elsewhere=elsewhere, settings=settings),
                }
                for group in sorted(set(block["group"]) - {ALL})
            ]
    return pd.DataFrame(rows, columns=RISK_COLUMNS)


def _find_ratio(
    count: Mapping[tuple[str, str], tuple[int, bool]],
    *,
    outcome: str,
    group: str,
    elsewhere: pd.DataFrame,
    settings: Settings,
) -> dict[str, object]:
    cells = ((group, outcome), (group, "n"), (group, f"not {outcome}"), (ALL, outcome), (ALL, "n"))
    (cases, cases_shown), (n, n_shown) = count[group, outcome], count[group, "n"]
    total, total_n = count[ALL, outcome][0], count[ALL, "n"][0]
    written: dict[str, object] = {
        "kind": "", "ratio": np.nan, "ci_low": np.nan, "ci_high": np.nan, "comparison_risk_pct": np.nan,
        "cases": cases if cases_shown and n_shown else np.nan, "n": n if n_shown else np.nan, "reason": "",
    }  # fmt: skip
    found: RiskRatio | None = None
    try:
        found = find_disproportionality(
            group=Risk(cases=cases, n=n),
            others=Risk(cases=total - cases, n=total_n - n),
            state_others=_sum_others(elsewhere, outcome=outcome, group=group, own=(total - cases, total_n - n)),
            least_cases=settings.climate.least_cases,
            least_n=settings.climate.least_n,
            ci_level=settings.ci_level,
        )
    except TooFewError as few:
        # Which minimum was missed says how many there are; the counts themselves say as much where they are printed.
        shown = cases_shown and n_shown
        status = "not_estimable" if shown else "withheld"
        return {**written, "status": status, "reason": str(few) if shown else "too few students to print"}
    if not all(count[cell][1] for cell in cells):
        return {**written, "status": "withheld", "reason": "it would give a small group away"}
    return {
        **written,
        "kind": found.kind,
        "ratio": found.ratio.estimate,
        "ci_low": found.ratio.ci_low,
        "ci_high": found.ratio.ci_high,
        "comparison_risk_pct": 100 * found.comparison_risk,
        "status": "ok",
    }


def _sum_others(elsewhere: pd.DataFrame, *, outcome: str, group: str, own: tuple[int, int]) -> Risk | None:
    """Sum the other groups of all districts of the run, this one's included."""
    if elsewhere["district_id"].nunique() < LEAST_OTHER_DISTRICTS:
        return None
    others = elsewhere[~elsewhere["group"].isin([ALL, group])]
    cases = int(others.loc[others["cell"] == outcome, "count"].sum())
    n = int(others.loc[others["cell"] == "n", "count"].sum())
    return Risk(cases=own[0] + cases, n=own[1] + n)
