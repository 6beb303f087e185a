"""Classrooms and grades that stand out from the rest of their school, in all schools together."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.classroom_means import GRADE, sum_units
from mtss_analysis.findings.root_causes.school_values import PLACE
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import adjust_p_values
from mtss_analysis.stats.standing_out import find_departures

STAND_OUT_FRAME = "stand_outs"
BELOW, ABOVE = "below", "above"
OVERALL, ALONE = "overall", "alone"
LEAST_TEACHERS = 3
"""Teachers below which a number, or a sentence, could be read as one teacher's; as in the drill-down."""
STAND_OUT_COLUMNS = (
    "kind", *PLACE, "grade", "measure", "direction", "how", "departure", "std_error", "mean", "shrunken", "p_value",
    "q_value", "named", "n", "n_years", "n_units", "status", "teacher_id", "classroom_id",
)  # fmt: skip


def compare_units(
    scores_by_measure: Mapping[str, pd.DataFrame], *, levels: pd.DataFrame, settings: Settings
) -> dict[str, pd.DataFrame]:
    """Find the classrooms and grades that stand out, with one family of tests over all schools that are compared.

    Parameters
    ----------
    scores_by_measure : mapping of str to DataFrame
        Placed scores of all schools, by measure.
    levels : DataFrame
        What may be printed of each school's grades.
    settings : Settings
        Groups, false-discovery rate, population, disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``stand_outs``: one row per classroom and grade with what it stands out in most, ``STAND_OUT_COLUMNS``: ``how``
        is "overall" (further from its school's others than classrooms ordinarily are) or "alone" (unlike what its other
        measures let expect); ``named`` where the q-value over all classrooms, grades, measures and both ways is within
        the run's rate. ``status`` is "ok" for grades whose numbers may be printed and "withheld" for the others and for
        every classroom, which is one teacher's. ``teacher_id`` and ``classroom_id`` are for the analyst alone.
    """
    minimum = get_profile(settings.profile).minimum
    units = sum_units(scores_by_measure, settings=settings, minimum=minimum)
    parts = [("", units)] if settings.population == "state" else list(units.groupby("district_id", sort=True))
    found = [_find(part, settings=settings) for _, part in parts if len(part)]
    found = [one for one in found if len(one)]
    if not found:
        return {STAND_OUT_FRAME: pd.DataFrame(columns=list(STAND_OUT_COLUMNS))}
    frame = pd.concat(found, ignore_index=True)
    frame["status"] = np.where((frame["kind"] == GRADE) & _is_printable(frame, levels=levels), "ok", "withheld")
    return {STAND_OUT_FRAME: frame[list(STAND_OUT_COLUMNS)]}


def _find(units: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Test the units of one population, and keep of each the test that it stands out in most."""
    keys = ["kind", *PLACE, "grade", "unit"]
    tested = []
    for _, own in units.groupby("kind", sort=True):
        wide = {name: own.pivot_table(index=keys, columns="measure", values=name, aggfunc="first", sort=True)
                for name in ("mean", "n")}  # fmt: skip
        try:
            departures = find_departures(
                values=wide["mean"].to_numpy(dtype="float64"),
                sizes=wide["n"].fillna(0).to_numpy(dtype="float64"),
                row_variances=_pool_spread(own, measures=list(wide["mean"].columns)),
            )
        except TooFewError:
            continue
        measures = list(wide["mean"].columns)
        for at, measure in enumerate(measures):
            for way, how in enumerate((OVERALL, ALONE)):
                block = wide["mean"].index.to_frame(index=False).assign(
                    measure=measure, how=how, departure=departures.departures[:, at, way],
                    std_error=departures.std_errors[:, at, way], p_value=departures.p_values[:, at, way],
                    shrunken=departures.shrunken[:, at],
                )  # fmt: skip
                tested.append(block)
    if not tested:
        return pd.DataFrame(columns=list(STAND_OUT_COLUMNS))
    rows = pd.concat(tested, ignore_index=True)
    rows = rows[rows["p_value"].notna()].reset_index(drop=True)
    rows["q_value"] = adjust_p_values(rows["p_value"].to_numpy(dtype="float64"))
    rows = rows.sort_values([*keys, "p_value", "measure", "how"]).drop_duplicates(keys)
    rows = rows.merge(units.drop(columns=["n_units"]), on=[*keys, "measure"], how="left")
    rows = rows.merge(units.groupby(keys)["n_units"].max().reset_index(), on=keys)
    return rows.assign(
        direction=np.where(rows["departure"] < 0, BELOW, ABOVE),
        named=rows["q_value"] <= settings.false_discovery_rate,
        status="withheld",
    )


def _pool_spread(units: pd.DataFrame, *, measures: list[str]) -> np.ndarray:
    """Pool the variance of scores within units, by measure."""
    sums = units.groupby("measure")[["spread", "n"]].sum()
    counts = units.groupby("measure").size()
    pooled = sums["spread"] / (sums["n"] - counts).clip(lower=1)
    return pooled.loc[measures].to_numpy(dtype="float64")


def _is_printable(frame: pd.DataFrame, *, levels: pd.DataFrame) -> np.ndarray:
    """Tell whose grade had three teachers and all years' numbers in print."""
    schools = levels[(levels["level"] == "school") & (levels["group"] == ALL) & (levels["n"] > 0)]
    keys = [*PLACE, "trend_grade", "measure"]
    shown = schools.assign(ok=schools["status"] == "ok").groupby(keys)["ok"].all().reset_index()
    joined = frame[[*PLACE, "grade", "measure"]].merge(
        shown.rename(columns={"trend_grade": "grade"}), on=[*PLACE, "grade", "measure"], how="left"
    )
    ok = joined["ok"].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    enough = (frame["n_units"] >= LEAST_TEACHERS).to_numpy(dtype=bool)
    return np.asarray(ok & enough)


def may_name_grade(n_named: int, *, n_units: int) -> bool:
    """Say whether a grade may be named in which classrooms stand out: no more than one in three of at least three.

    Parameters
    ----------
    n_named, n_units : int
        Classrooms of the grade that stand out on one side, and teachers of the grade in the latest year.

    Returns
    -------
    bool
    """
    return n_units >= LEAST_TEACHERS * max(n_named, 1)
