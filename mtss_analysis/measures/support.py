"""How long students stay in Tier 2 or Tier 3: spells joined to episodes of support, each with how it ended."""

import numpy as np
import pandas as pd

EPISODE = ["district_id", "domain", "student_id"]
DAYS_OBSERVED = 30
"""Where Tier 1 is not recorded, a student still enrolled so many days after a spell has left support: a convention."""


def list_support_episodes(
    *, tiers: pd.DataFrame, enrollments: pd.DataFrame, last_days: pd.DataFrame, bridge_days: int
) -> pd.DataFrame:
    """Join spells in Tier 2 and Tier 3 to episodes and say how each ended.

    Parameters
    ----------
    tiers : DataFrame
        One row per spell, with ``district_id``, ``school_id``; an end that is missing is open.
    enrollments : DataFrame
        One row per student, school and year.
    last_days : DataFrame
        Last day of each school's year: ``district_id, school_id, school_year, last_day``.
    bridge_days : int
        Spells of the same student, domain and school with at most so many days between them, such as a summer, are one.

    Returns
    -------
    DataFrame
        One row per episode: ``district_id, school_id, domain, student_id, start_date, first_tier, weeks`` (calendar
        weeks, summers included) and ``ended`` (True: the student went back to Tier 1; False: the student left, changed
        the school, or is still in support).

    Notes
    -----
    Where the district records Tier 1 in a domain, an episode has ended when a spell in Tier 1 follows within
    ``bridge_days``. Where it does not, it has ended when the student is still enrolled 30 days after it. Open episodes
    are followed to the latest day in the tiers table or of a school year, never to today.
    """
    spells = tiers.sort_values([*EPISODE, "start_date"], ignore_index=True)
    if "end_date" not in spells:
        spells["end_date"] = pd.NaT
    is_support = spells["tier"].isin(["2", "3"])
    same = (spells[EPISODE] == spells[EPISODE].shift(1)).all(axis=1) & (
        spells["school_id"] == spells["school_id"].shift(1)
    )
    gap = (spells["start_date"] - spells["end_date"].shift(1)).dt.days - 1
    near = same & (gap.isna() | (gap <= bridge_days))
    goes_on = near & is_support & is_support.shift(1, fill_value=False)
    back_next = (near & (spells["tier"] == "1")).shift(-1, fill_value=False)
    spells = spells.assign(episode=(~goes_on).cumsum(), back_next=back_next)[is_support]
    episodes = spells.groupby("episode", sort=True).agg(
        **{name: (name, "first") for name in [*EPISODE, "school_id", "start_date"]},
        first_tier=("tier", "first"),
        end_date=("end_date", lambda ends: ends.iloc[-1]),
        back_next=("back_next", "last"),
    )
    episodes = episodes.reset_index(drop=True)
    newest = _find_newest(tiers, last_days=last_days)
    is_open = episodes["end_date"].isna()
    followed = episodes["end_date"].where(~is_open, episodes["district_id"].map(newest))
    recorded = tiers.loc[tiers["tier"] == "1", ["district_id", "domain"]].drop_duplicates().assign(recorded=True)
    records = episodes[["district_id", "domain"]].merge(recorded, how="left")["recorded"].notna().to_numpy()
    seen = _find_last_seen(episodes, enrollments=enrollments, last_days=last_days)
    stays = (seen - followed).dt.days > DAYS_OBSERVED
    ended = np.where(records, episodes["back_next"], stays) & ~is_open.to_numpy()
    weeks = np.maximum((followed - episodes["start_date"]).dt.days + 1, 0) / 7
    columns = ["district_id", "school_id", "domain", "student_id", "start_date", "first_tier"]
    return episodes[columns].assign(weeks=weeks, ended=ended)


def _find_newest(tiers: pd.DataFrame, *, last_days: pd.DataFrame) -> pd.Series:
    dates = [tiers[["district_id", "start_date"]].set_axis(["district_id", "day"], axis=1)]
    if "end_date" in tiers:
        dates.append(tiers[["district_id", "end_date"]].set_axis(["district_id", "day"], axis=1))
    dates.append(last_days[["district_id", "last_day"]].set_axis(["district_id", "day"], axis=1))
    return pd.concat(dates, ignore_index=True).groupby("district_id")["day"].max()


def _find_last_seen(episodes: pd.DataFrame, *, enrollments: pd.DataFrame, last_days: pd.DataFrame) -> pd.Series:
    keys = ["district_id", "school_id", "student_id"]
    there = enrollments.merge(last_days, on=["district_id", "school_id", "school_year"], how="left")
    left = there["exit_date"] if "exit_date" in there else pd.Series(pd.NaT, index=there.index)
    seen = there.assign(seen=left.fillna(there["last_day"])).groupby(keys, sort=True)["seen"].max().reset_index()
    return episodes[keys].merge(seen, on=keys, how="left")["seen"]
