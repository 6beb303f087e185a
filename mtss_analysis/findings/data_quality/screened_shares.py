"""The shares of enrolled students with a score, as they may be printed."""

import pandas as pd

from mtss_analysis.disclosure import CodedShare, get_profile, protect_shares, relations_by
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL

TEST = ["school_year", "measure", "window"]


def code_screened(
    comparison: Comparison, *, school: School, school_years: tuple[str, ...], settings: Settings
) -> dict[tuple[str, str, str, str], CodedShare]:
    """Code the shares of one school's grades, linked by their total.

    Parameters
    ----------
    comparison : Comparison
        Counts of all schools, and which of the school's levels are withheld.
    school : School
        Whose shares.
    school_years : tuple of str
        Which years.
    settings : Settings
        Indicators and disclosure profile.

    Returns
    -------
    dict
        Share by (school year, measure, window, grade). Where a level of a followed measure is withheld, so are all
        shares of that measure, window and year.
    """
    rows = of_school(comparison.frame("screened"), school=school)
    rows = rows[rows["school_year"].isin(school_years)]
    if rows.empty:
        return {}
    totals = rows.groupby(TEST, sort=True)[["n_enrolled", "n_screened"]].sum().reset_index().assign(grade=ALL)
    several = rows.groupby(TEST)["grade"].nunique().rename("grades").reset_index()
    totals = totals.merge(several[several["grades"] > 1][TEST], on=TEST)
    cells = pd.concat([rows, totals], ignore_index=True)
    relations = relations_by(cells, over="grade", total=ALL, within=TEST)
    coded = protect_shares(
        cells,
        numerator="n_screened",
        denominator="n_enrolled",
        relations=relations,
        profile=get_profile(settings.profile),
    )
    hidden = _find_hidden(comparison, school=school, settings=settings)
    keys = cells[[*TEST, "grade"]].itertuples(index=False, name=None)
    return {
        key: CodedShare(kind="withheld") if key[:3] in hidden else share
        for key, share in zip(keys, coded["share"], strict=True)
    }


def _find_hidden(comparison: Comparison, *, school: School, settings: Settings) -> set[tuple[str, str, str]]:
    levels = of_school(comparison.frame("levels"), school=school, group=ALL)
    hidden = levels[(levels["status"] != "ok") & (levels["n"] > 0)]
    windows = {indicator.measure: indicator.window for indicator in settings.indicators}
    pairs = zip(hidden["school_year"], hidden["measure"], strict=True)
    return {(str(year), str(measure), windows[str(measure)]) for year, measure in pairs}
