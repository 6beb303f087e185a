"""Walkthroughs beside trainings: how long after a teacher's training a practice was seen, and with what support."""

import numpy as np
import pandas as pd

from mtss_analysis.district import find_school_year

FULL = 2
"""Score of an item that was fully implemented (``walkthroughs.implemented``)."""
NO_SUPPORT = "none"
LESSON = ["district_id", "staff_id", "date", "practice"]


def observe_practices(
    *,
    walkthroughs: pd.DataFrame,
    trainings: pd.DataFrame,
    training_attendance: pd.DataFrame,
    staff: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Say of every observed lesson how much of each practice was seen, and how long after the teacher's training.

    Parameters
    ----------
    walkthroughs : DataFrame
        The walkthroughs table with ``district_id``; one row is an item. Items without a score do not count.
    trainings, training_attendance : DataFrame
        The tables of trainings and of who was there, with ``district_id``.
    staff : DataFrame or None
        The staff table with ``district_id``, for the years of experience in the year of the visit; None: not known.

    Returns
    -------
    DataFrame
        One row per lesson (teacher and day) and practice, in the order of their keys: ``district_id``, ``school_id``,
        ``staff_id``, ``date``, ``practice``, ``full`` (share of items fully implemented, 0 to 1, over all observers),
        ``n_items``, ``days_since`` (days since the teacher's latest training in the practice; missing: not trained by
        then), ``training_id``, ``support`` (follow-up support of that training; missing: not recorded),
        ``years_experience``.
    """
    scored = walkthroughs[walkthroughs["implemented"].notna() & walkthroughs["staff_id"].notna()]
    scored = scored[scored["practice"].notna()].assign(full=scored["implemented"].eq(FULL).astype("float64"))
    lessons = (
        scored.groupby(LESSON, sort=True)
        .agg(school_id=("school_id", "first"), full=("full", "mean"), n_items=("full", "size"))
        .reset_index()
    )
    lessons = _add_training(lessons, list_trained(trainings=trainings, training_attendance=training_attendance))
    return _add_experience(lessons, staff)


def list_trained(*, trainings: pd.DataFrame, training_attendance: pd.DataFrame) -> pd.DataFrame:
    """List who was trained in which practice on which day.

    Parameters
    ----------
    trainings, training_attendance : DataFrame
        With ``district_id``.

    Returns
    -------
    DataFrame
        One row per teacher, practice and training: ``district_id``, ``staff_id``, ``practice``, ``training_id``,
        ``trained_on``, ``support``.
    """
    events = trainings[["district_id", "training_id", "practice", "date"]].rename(columns={"date": "trained_on"})
    events = events[events["practice"].notna() & events["trained_on"].notna()]
    there = training_attendance.rename(columns={"follow_up_support": "support"})
    if "support" not in there:
        there = there.assign(support=pd.Series(None, index=there.index, dtype="str"))
    there = there[["district_id", "training_id", "staff_id", "support"]].drop_duplicates()
    trained = there.merge(events, on=["district_id", "training_id"], how="inner")
    keys = ["district_id", "staff_id", "practice", "trained_on"]
    return trained.sort_values([*keys, "training_id"]).drop_duplicates(keys).reset_index(drop=True)


def pair_observers(walkthroughs: pd.DataFrame) -> pd.DataFrame:
    """Pair the scores that two observers gave the same item of the same lesson.

    Parameters
    ----------
    walkthroughs : DataFrame
        The walkthroughs table with ``district_id``.

    Returns
    -------
    DataFrame
        One row per item scored twice: ``district_id``, ``school_id``, ``staff_id``, ``date``, ``practice``, ``item``,
        ``first`` and ``second`` (scores, in the order of the observers' ids), ``observer_1``, ``observer_2``. Of
        three observers the first two count.
    """
    keys = ["district_id", "staff_id", "date", "practice", "item"]
    known = walkthroughs[walkthroughs["implemented"].notna() & walkthroughs["observer_id"].notna()]
    known = known.sort_values([*keys, "observer_id"]).drop_duplicates([*keys, "observer_id"])
    place = known.groupby(keys, sort=False).cumcount()
    first = known[place == 0].rename(columns={"implemented": "first", "observer_id": "observer_1"})
    second = known[place == 1].rename(columns={"implemented": "second", "observer_id": "observer_2"})
    pairs = first[[*keys, "school_id", "first", "observer_1"]].merge(second[[*keys, "second", "observer_2"]], on=keys)
    return pairs.astype({"first": "float64", "second": "float64"})


def _add_training(lessons: pd.DataFrame, trained: pd.DataFrame) -> pd.DataFrame:
    by = ["district_id", "staff_id", "practice"]
    found = pd.merge_asof(
        lessons.sort_values(["date", *by]),
        trained.sort_values(["trained_on", *by]),
        left_on="date",
        right_on="trained_on",
        by=by,
        direction="backward",
    ).sort_values(LESSON, ignore_index=True)
    return found.assign(days_since=(found["date"] - found["trained_on"]).dt.days.astype("float64"))


def _add_experience(lessons: pd.DataFrame, staff: pd.DataFrame | None) -> pd.DataFrame:
    if staff is None or "years_experience" not in staff:
        return lessons.assign(years_experience=np.nan)
    keys = ["district_id", "staff_id", "school_year"]
    known = staff[[*keys, "years_experience"]].dropna().sort_values([*keys, "years_experience"])
    found = lessons.assign(school_year=find_school_year(lessons["date"])).merge(
        known.drop_duplicates(keys), on=keys, how="left", validate="many_to_one"
    )
    return found.astype({"years_experience": "float64"})
