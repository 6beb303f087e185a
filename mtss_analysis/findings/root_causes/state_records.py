"""What is recorded of factors across all schools."""

from typing import Any

import pandas as pd

from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Factor, Indicator, Settings

METHOD = (
    "within school, grade and year; students, classrooms and teachers random (REML ratios of all schools); F test by "
    "Fai and Cornelius; Benjamini-Hochberg over factors, Benjamini-Bogomolov beneath them"
)
LEAST_PRINTED = 100
"""A category across all schools is printed from this many scores on: fewer would be a handful in some school."""


def pick_categories(factors: pd.DataFrame, *, factor: Factor) -> pd.DataFrame:
    """Pick the categories of a factor that may be printed; see ``LEAST_PRINTED``."""
    rows = factors[factors["factor"] == factor.id]
    if "category" not in rows:
        return rows.iloc[:0]
    return rows[rows["category"].notna() & rows["deviation"].notna() & (rows["n"] >= LEAST_PRINTED)]


def read_first(factors: pd.DataFrame, *, factor: Factor, column: str) -> float | None:
    """Read a number that all rows of a factor share; None where there is none."""
    rows = factors[factors["factor"] == factor.id]
    if rows.empty or column not in rows or pd.isna(rows[column].iloc[0]):
        return None
    return float(rows[column].iloc[0])


def record_state_factor(
    factor: Factor,
    *,
    factors: pd.DataFrame,
    pairs: pd.DataFrame,
    school: School,
    settings: Settings,
    indicator: Indicator,
) -> list[Record]:
    """Record one factor: its share of the spread, its categories, and second splits beneath it.

    Parameters
    ----------
    factor : Factor
        Declared.
    factors, pairs : DataFrame
        Adjusted rows of the measure.
    school : School
        Whose packet it is.
    settings : Settings
        Population, confidence level.
    indicator : Indicator
        The measure.

    Returns
    -------
    list of Record
        The share first.
    """
    n, clusters = (
        read_first(factors, factor=factor, column="n_all"),
        read_first(factors, factor=factor, column="n_clusters"),
    )
    share = read_first(factors, factor=factor, column="share_pct")
    keys: dict[str, Any] = {
        "requirement": "R13",
        "district_id": school.district_id,
        "school_id": None,
        "domain": indicator.domain,
        "measure": indicator.measure,
        "level": settings.population,
        "method": METHOD,
        "design": "association",
        "ci_level": settings.ci_level,
    }
    records = [
        Record(
            **keys,
            finding="factor_share",
            group=factor.id,
            estimate=share,
            unit="percent of the spread within schools and years",
            ci_low=read_first(factors, factor=factor, column="share_low"),
            ci_high=read_first(factors, factor=factor, column="share_high"),
            p_value=read_first(factors, factor=factor, column="level_p"),
            q_value=read_first(factors, factor=factor, column="level_q"),
            family=f"factors of the {settings.population}, level and change",
            n=int(n) if n is not None and share is not None else None,
            n_clusters=int(clusters) if clusters is not None and share is not None else None,
            status="ok" if share is not None else "not_estimable",
            reason=None if share is not None else "the factor cannot be split",
        )
    ]
    records += [
        Record(
            **keys,
            finding="factor_category",
            group=f"{factor.id}={row['category']}",
            estimate=float(row["deviation"]),
            unit=f"{settings.population} SD from the average of school and year",
            std_error=float(row["std_error"]),
            ci_low=float(row["ci_low"]),
            ci_high=float(row["ci_high"]),
            n=int(row["n"]),
            n_clusters=int(row["n_teachers"]),
        )
        for row in pick_categories(factors, factor=factor).to_dict("records")
    ]
    records += [
        Record(
            **keys,
            finding=f"factor_{what}",
            group=f"{row['kind']}: {row['second']} beneath {row['first']}",
            p_value=float(row[f"{what}_p"]),
            q_value=float(row[f"{what}_q"]),
            family="second splits beneath the factors that are named",
        )
        for row in pairs[pairs["first"] == factor.id].to_dict("records")
        for what in ("added", "together")
        if pd.notna(row[f"{what}_p"]) and pd.notna(row[f"{what}_q"])
    ]
    return records
