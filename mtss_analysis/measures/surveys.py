"""Scale scores of surveys: one row per response and scale."""

import pandas as pd

from mtss_analysis.district.years import find_school_year

FORM = ["district_id", "school_id", "respondent_group", "school_year", "season", "scale"]
LEAST_ANSWERED = 0.5
"""A response needs so many of a scale's items: the half rule, a convention."""


def score_scales(surveys: pd.DataFrame) -> pd.DataFrame:
    """Score each response on each scale by the mean of its answers.

    Parameters
    ----------
    surveys : DataFrame
        One row per response and item with ``district_id``; rows without a date, a scale or an answer do not count.

    Returns
    -------
    DataFrame
        One row per response and scale: ``district_id, school_id, respondent_group, school_year, season`` (fall,
        winter or
        spring), ``scale, response_id, score`` (points of an item), ``max_value`` (missing: not known).
    """
    rows = list_answers(surveys)
    n_items = rows.groupby(FORM[:1] + FORM[2:])["item"].nunique().rename("n_items").reset_index()
    scored = rows.groupby([*FORM, "response_id"], sort=True).agg(
        score=("value", "mean"), answered=("item", "nunique"), max_value=("max_value", "max")
    )
    scored = scored.reset_index().merge(n_items, on=FORM[:1] + FORM[2:], how="left")
    enough = scored["answered"] >= LEAST_ANSWERED * scored["n_items"]
    return scored[enough].drop(columns=["answered", "n_items"]).reset_index(drop=True)


def list_answers(surveys: pd.DataFrame) -> pd.DataFrame:
    """List the answers that count, with school year and season.

    Parameters
    ----------
    surveys : DataFrame
        As for :func:`score_scales`.

    Returns
    -------
    DataFrame
        One row per response and item.
    """
    if "scale" not in surveys or "value" not in surveys or "date" not in surveys:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in [*FORM, "response_id", "item"]}).assign(
            value=0.0, max_value=0.0
        )
    kept = surveys[surveys["scale"].notna() & surveys["value"].notna() & surveys["date"].notna()]
    kept = kept.assign(school_year=find_school_year(kept["date"]), season=_name_season(kept["date"]))
    if "max_value" not in kept:
        kept = kept.assign(max_value=float("nan"))
    return kept.drop_duplicates([*FORM, "response_id", "item"])[[*FORM, "response_id", "item", "value", "max_value"]]


def _name_season(dates: pd.Series) -> pd.Series:
    month = dates.dt.month
    return (
        pd.Series("winter", index=dates.index, dtype="str")
        .mask(month.isin([7, 8, 9, 10, 11]), "fall")
        .mask(month.isin([3, 4, 5, 6]), "spring")
    )
