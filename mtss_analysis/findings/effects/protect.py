"""Which schools' counts of students may be printed beside the count of all schools together."""

import pandas as pd

from mtss_analysis.disclosure import get_profile, protect_counts, relations_by
from mtss_analysis.findings.settings import Settings


def protect_schools(frame: pd.DataFrame, *, count: str, settings: Settings) -> pd.Series:
    """Decide which rows may be printed, so that no small count is found by taking the others off the total.

    Parameters
    ----------
    frame : DataFrame
        One row per school, and one for all with an empty ``school_id``.
    count : str
        Column of the counts, students.
    settings : Settings
        Disclosure profile.

    Returns
    -------
    (n,) text Series
        ``ok`` or ``withheld``, on the index of ``frame``.
    """
    if frame.empty:
        return pd.Series(dtype="object", index=frame.index)
    school = frame["district_id"].astype("str") + " " + frame["school_id"].astype("str")
    cells = pd.DataFrame({"school": school.where(frame["school_id"] != "", "(all)"), "n": frame[count].astype("int64")})
    # Students who were in two schools count in both, so the parts may add up to more than the total says.
    cells.loc[cells["school"] == "(all)", "n"] = int(cells.loc[cells["school"] != "(all)", "n"].sum())
    relations = relations_by(cells, over="school", total="(all)", within=[], protects_rest=False)
    status = protect_counts(cells, count="n", relations=relations, profile=get_profile(settings.profile))
    return status.where(status == "ok", "withheld")
