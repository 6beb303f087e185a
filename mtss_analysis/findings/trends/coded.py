"""Shares below the cut as they may be printed, schools and their districts protected together."""

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import CodedShare, get_profile, protect_shares, relations_by
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL

DISTRICT_TOTAL = "(district)"


def add_coded_shares(levels: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Code the shares below the cut of all students of every school and district, linked by addition.

    Parameters
    ----------
    levels : DataFrame
        Rows of schools, districts (``school_id`` missing) and the state, of one measure: ``level``, ``group``,
        ``n_below``, ``n_cut``, ``status``, ``below_pct``.
    settings : Settings
        Disclosure profile.

    Returns
    -------
    DataFrame
        With ``share_kind`` (missing: there is no share), ``share_pct``, ``share_inclusive``, ``share_numerator`` and
        ``share_denominator``; a district whose share may not be printed exactly loses ``below_pct``, districts and the
        state have none of student groups, and keep no counts.
    """
    profile = get_profile(settings.profile)
    cells = levels[(levels["group"] == ALL) & levels["level"].isin(["school", "district"]) & (levels["n_cut"] > 0)]
    shares = pd.Series(dtype="object")
    if len(cells):
        cells = cells.assign(school_id=cells["school_id"].fillna(DISTRICT_TOTAL))
        relations = relations_by(
            cells,
            over="school_id",
            total=DISTRICT_TOTAL,
            within=["district_id", "trend_grade", "school_year"],
        )
        relations += relations_by(
            cells, over="trend_grade", total=ALL, within=["district_id", "school_id", "school_year"]
        )
        shares = protect_shares(cells, numerator="n_below", denominator="n_cut", relations=relations, profile=profile)[
            "share"
        ]
    coded = levels.join(
        pd.DataFrame(
            {
                "share_kind": pd.Series([share.kind for share in shares], index=shares.index, dtype="str"),
                "share_pct": pd.Series([share.pct for share in shares], index=shares.index, dtype="float64"),
                "share_inclusive": pd.Series(
                    [share.inclusive for share in shares], index=shares.index, dtype="boolean"
                ),
                "share_numerator": pd.Series(
                    [share.numerator for share in shares], index=shares.index, dtype="float64"
                ),
                "share_denominator": pd.Series(
                    [share.denominator for share in shares], index=shares.index, dtype="float64"
                ),
            }
        )
    )
    # Shares of student groups are decided for no one.
    undecided = (coded["level"] == "state") & (coded["group"] != ALL)
    undecided |= (coded["level"] == "district") & (coded["share_kind"] != "exact")
    coded.loc[undecided, "below_pct"] = float("nan")
    coded.loc[_find_exposing(coded), "below_pct"] = float("nan")
    coded.loc[coded["level"] != "school", ["n_below", "n_cut", "share_numerator", "share_denominator"]] = float("nan")
    return coded


def _find_exposing(coded: pd.DataFrame) -> np.ndarray:
    """Find the state's shares from which one district's could be worked out: all but one are printed exactly."""
    keys = ["trend_grade", "school_year"]
    district = coded[(coded["level"] == "district") & (coded["group"] == ALL)]
    hidden = district[(district["n_cut"] > 0) & (district["share_kind"] != "exact")].groupby(keys).size()
    state = ((coded["level"] == "state") & (coded["group"] == ALL)).to_numpy()
    alone = pd.MultiIndex.from_frame(coded[keys]).isin(hidden.index[hidden == 1])
    return np.asarray(state & alone)


def read_coded_share(row: pd.Series) -> CodedShare | None:
    """Read back a share that :func:`add_coded_shares` wrote.

    Parameters
    ----------
    row : Series
        A school's row.

    Returns
    -------
    CodedShare or None
        None where there is no share.
    """
    if pd.isna(row["share_kind"]):
        return None
    return CodedShare(
        kind=row["share_kind"],
        pct=None if pd.isna(row["share_pct"]) else float(row["share_pct"]),
        inclusive=bool(row["share_inclusive"]),
        numerator=None if pd.isna(row["share_numerator"]) else int(row["share_numerator"]),
        denominator=None if pd.isna(row["share_denominator"]) else int(row["share_denominator"]),
    )
