"""How many of those who moved back to Tier 1 needed Tier 2 or Tier 3 again in the next window."""

import pandas as pd

from mtss_analysis.disclosure import CodedShare, code_share, get_profile
from mtss_analysis.findings.settings import Settings

_KEYS = ["district_id", "school_id"]


def summarise_relapse(moves: pd.DataFrame, *, scope: str, settings: Settings) -> pd.DataFrame:
    """Count relapses of every school, all years together, coded as they may be printed.

    Parameters
    ----------
    moves : DataFrame
        From :func:`mtss_analysis.measures.tiers.list_moves`.
    scope : str
        ``overall`` or a domain.
    settings : Settings
        Disclosure profile.

    Returns
    -------
    DataFrame
        ``scope, district_id, school_id`` and the fields of :class:`mtss_analysis.disclosure.CodedShare` as
        ``share_kind``, ``share_pct``, ``share_inclusive``, ``share_numerator``, ``share_denominator``: relapses among
        those who moved back and whose tier in the next window of the year is known. A school without any has no row.
    """
    back = moves[moves["from_state"].isin(["2", "3"]) & (moves["to_state"] == "1")]
    known = back["next_state"].isin(["1", "2", "3"])
    again = back["next_state"].isin(["2", "3"])
    rows = []
    for keys, school in back.groupby(_KEYS, sort=True):
        followed, relapsed = school[known[school.index]], school[again[school.index]]
        if followed.empty:
            continue
        share = _code(school, followed=followed, relapsed=relapsed, settings=settings)
        place = dict(zip(_KEYS, keys, strict=True))
        rows.append({"scope": scope, **place, **write_share(share)})
    return pd.DataFrame(rows, columns=["scope", *_KEYS, *write_share(CodedShare(kind="withheld"))])


def write_share(share: CodedShare) -> dict[str, object]:
    """Write a coded share as the columns of a frame."""
    return {
        "share_kind": share.kind,
        "share_pct": share.pct,
        "share_inclusive": share.inclusive,
        "share_numerator": share.numerator,
        "share_denominator": share.denominator,
    }


def _code(school: pd.DataFrame, *, followed: pd.DataFrame, relapsed: pd.DataFrame, settings: Settings) -> CodedShare:
    """Code the share; the moves back are printed, so those who were not followed must not be few either."""
    profile = get_profile(settings.profile)
    n_rest = len(school) - len(followed)
    n_students = followed["student_id"].nunique()
    if profile.hides(n_students) or (n_rest and profile.hides(n_rest)):
        return CodedShare(kind="withheld")
    share = code_share(numerator=len(relapsed), denominator=len(followed), profile=profile)
    held = followed.drop(relapsed.index)
    few = profile.hides(relapsed["student_id"].nunique()) or profile.hides(held["student_id"].nunique())
    return CodedShare(kind="withheld") if share.kind == "exact" and few else share
