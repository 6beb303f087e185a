"""What every measure that a plan or a cause names stood at, in all schools and districts, with what may be printed."""

from dataclasses import replace

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.caseload import LEAST_TYPICAL, sum_caseloads
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.values.elsewhere import find_hidden_elsewhere
from mtss_analysis.findings.values.keys import (
    SPLIT_BY_STUDENT,
    STATISTICS,
    WINDOWS,
    ValueKey,
    find_baseline_windows,
    find_kind,
    list_keys,
)
from mtss_analysis.findings.values.observed import TIME, Observed, observe
from mtss_analysis.findings.values.protect import (
    OK,
    WITHHELD,
    keep_pooled,
    list_breakdowns,
    protect_students,
    protect_teachers,
)
from mtss_analysis.findings.values.summed import CELL_COLUMNS, CHANGE_COLUMNS, sum_up
from mtss_analysis.measures.groups import ALL

KEY = ["measure", "statistic", "grade", "group"]
VALUE_COLUMNS = [*KEY, "level", "school_level", *CELL_COLUMNS, "status"]
CHANGE_FRAME_COLUMNS = [*KEY, "level", "school_level", *CHANGE_COLUMNS, "status"]
NUMBERS = ["value", "std_error", "df", "n", "n_clusters"]
CHANGE_NUMBERS = ["from_value", "change", "std_error", "df"]
VALUE_FRAMES = ("values", "value_changes")


def compare_values(tables: Tables, *, settings: Settings, reader: FrameReader | None = None) -> dict[str, pd.DataFrame]:
    """Compute what every measure that a goal, an action or a cause names stood at, in every school and district.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        Causes, what chronic absence is, disclosure profile.
    reader : FrameReader, optional
        Gives ``norms`` (cut scores where the screenings have none of their own), and ``climate_cells``, ``levels`` and
        ``whole_levels``: what these chapters withhold of the same students is withheld here, too.

    Returns
    -------
    dict of str to DataFrame
        ``values``: per key (``measure, statistic, grade, group``), ``level``, ``school_level`` (such as elementary;
        empty: not recorded), district, school (empty: the district's own), year and window: ``value``, ``std_error``,
        ``df``, ``n`` students, lessons or items, ``n_clusters`` classrooms, teachers or items, ``status``.
        ``value_changes``: per key, place and pair of times the value at the first (``from_value``) and the ``change``
        to the second with its standard error. Withheld rows hold no number. Shares are in percent, referrals per 100
        students and day.
    """
    keys = list_keys(tables, settings=settings)
    windows = find_baseline_windows(tables)
    values, changes = [], []
    for measure, statistic in dict.fromkeys((key.measure, key.statistic) for key in keys):
        if statistic not in STATISTICS[find_kind(measure)]:
            continue
        asked = [key for key in keys if (key.measure, key.statistic) == (measure, statistic)]
        if find_kind(measure) == "caseload":
            values.append(_sum_caseload(tables, key=asked[0], settings=settings))
            continue
        observed = observe(
            measure,
            statistic,
            tables=tables,
            settings=settings,
            columns=list(list_breakdowns(asked)),
            find_norms=None if reader is None else lambda: reader.frame("norms"),
        )
        if observed is None:
            continue
        status = None
        if observed.repeats == "students":
            elsewhere, hidden = find_hidden_elsewhere(observed, keys=asked, settings=settings, reader=reader)
            status = protect_students(
                observed, keys=asked, settings=settings, printed_elsewhere=elsewhere, hidden=hidden
            )
        for key in asked:
            own = _restrict(observed, key=key)
            if own is None:
                continue
            value, change = _sum(own, key=key, windows=windows.get((measure, statistic), set()), status=status)
            values.append(_hide(value, key=key, status=status, observed=own, settings=settings))
            changes.append(_hide_changes(change, values=values[-1]))
    levels = _find_school_levels(tables)
    return {
        "values": _join(values, columns=VALUE_COLUMNS, levels=levels),
        "value_changes": _join(changes, columns=CHANGE_FRAME_COLUMNS, levels=levels),
    }


def _restrict(observed: Observed, *, key: ValueKey) -> Observed | None:
    """Take the observations of the key's grades and group; None where the measure cannot be had of them."""
    if key.grade == ALL and key.group == ALL:
        return observed
    if find_kind(key.measure) not in SPLIT_BY_STUDENT:
        return None
    column, _, wanted = key.group.partition("=")
    if key.group != ALL and column not in observed.rows:
        return None

    def take(rows: pd.DataFrame) -> pd.DataFrame:
        kept = pd.Series(data=True, index=rows.index)
        if key.grade != ALL:
            kept &= rows["grade"].isin(key.grade.split(";"))
        if key.group != ALL:
            kept &= rows[column] == wanted
        return rows[kept]

    return replace(observed, rows=take(observed.rows), whole=None if observed.whole is None else take(observed.whole))


def _sum(
    observed: Observed, *, key: ValueKey, windows: set[str], status: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    whole = observed.rows if observed.whole is None else observed.whole
    if status is not None:
        whole = keep_pooled(whole, status, grade=key.grade, group=key.group)
    own = sum_up(observed.rows, repeats=observed.repeats, baseline_windows=windows)
    district = sum_up(whole, repeats=observed.repeats, baseline_windows=windows, by_district=True)
    fixed = {name: getattr(key, name) for name in KEY}
    joined = []
    for schools, districts in zip(own, district, strict=True):
        parts = [schools.assign(level="school"), districts.assign(level="district")]
        joined.append(pd.concat([part for part in parts if len(part)] or parts, ignore_index=True).assign(**fixed))
    return joined[0], joined[1]


def _hide(
    values: pd.DataFrame, *, key: ValueKey, status: pd.DataFrame | None, observed: Observed, settings: Settings
) -> pd.DataFrame:
    if status is not None:
        place = ["district_id", "school_id", *TIME]
        here = status[(status["grade"] == key.grade) & (status["group"] == key.group)]
        values = values.merge(here[[*place, "status"]], on=place, how="left")
        values["status"] = values["status"].fillna(WITHHELD)
        if find_kind(key.measure) == "referrals":
            few = _count_events(observed, settings=settings)
            is_few = pd.MultiIndex.from_frame(values[place]).isin(few)
            values["status"] = values["status"].where(~is_few, WITHHELD)
    elif observed.repeats == "teachers":
        values = values.assign(status=protect_teachers(values, settings=settings))
    else:
        values = values.assign(status=OK)
    hidden = values["status"] == WITHHELD
    for name in NUMBERS:
        values[name] = values[name].astype("float64").where(~hidden)
    return values


def _count_events(observed: Observed, *, settings: Settings) -> pd.MultiIndex:
    """Find the schools and times with fewer referrals, or students referred, than may be printed.

    The district of a school that is alone in this is found with it.
    """
    profile = get_profile(settings.profile)
    place = ["district_id", "school_id", *TIME]
    events = observed.rows.assign(events=observed.rows["num"] / 100, people=observed.rows["num"] > 0)
    sums = events.groupby(place, sort=True)[["events", "people"]].sum().round().reset_index()
    is_few = [
        profile.hides(int(number)) or profile.hides(int(people))
        for number, people in zip(sums["events"], sums["people"], strict=True)
    ]
    few = sums[is_few]
    alone = few.groupby(["district_id", *TIME])["school_id"].transform("size") == 1
    return pd.MultiIndex.from_frame(
        pd.concat([few[place], few.loc[alone, place].assign(school_id="")], ignore_index=True)
    )


def _hide_changes(changes: pd.DataFrame, *, values: pd.DataFrame) -> pd.DataFrame:
    """Withhold a change where one of its two values is."""
    shown = pd.MultiIndex.from_frame(values.loc[values["status"] == OK, ["district_id", "school_id", *TIME]])
    both = pd.Series(data=True, index=changes.index)
    for end in ("from", "to"):
        ends = changes[["district_id", "school_id", f"{end}_year", f"{end}_window"]]
        both &= pd.Series(pd.MultiIndex.from_frame(ends).isin(shown), index=changes.index)
    changes = changes.assign(status=np.where(both, OK, WITHHELD))
    for name in CHANGE_NUMBERS:
        changes[name] = changes[name].astype("float64").where(both)
    return changes


def _sum_caseload(tables: Tables, *, key: ValueKey, settings: Settings) -> pd.DataFrame:
    """Give each year's Tier 2 and 3 students for each interventionist; of a district the median, as in its chapter."""
    if not tables.has("tiers") or not tables.has("staff"):
        return pd.DataFrame(columns=VALUE_COLUMNS)
    profile = get_profile(settings.profile)
    tiers, staff = tables("tiers"), tables("staff")
    blocks = []
    for district_id in sorted(tables("schools")["district_id"].unique()):
        years = sum_caseloads(tiers[tiers["district_id"] == district_id], staff[staff["district_id"] == district_id])
        if years.empty:
            continue
        small = [
            profile.hides(int(students)) or profile.hides(int(returns))
            for students, returns in zip(years["students"], years["returns"], strict=True)
        ]
        own = years.assign(status=np.where(small, WITHHELD, OK), value=years["caseload"], n=years["students"])
        printed = own[own["status"] == OK].groupby("school_year")["value"].agg(["median", "size"]).reset_index()
        printed = printed[printed["size"] >= LEAST_TYPICAL]
        median = pd.DataFrame(
            {"school_year": printed["school_year"], "value": printed["median"], "school_id": "", "status": OK}
        )
        blocks.append(pd.concat([own, median], ignore_index=True).assign(district_id=district_id))
    if not blocks:
        return pd.DataFrame(columns=VALUE_COLUMNS)
    values = pd.concat(blocks, ignore_index=True)
    values = values.assign(
        window=WINDOWS[-1],
        level=np.where(values["school_id"] == "", "district", "school"),
        **{name: getattr(key, name) for name in KEY},
    ).reindex(columns=VALUE_COLUMNS)
    for name in NUMBERS:
        values[name] = values[name].astype("float64").where(values["status"] == OK)
    return values


def _find_school_levels(tables: Tables) -> pd.DataFrame:
    """Give the level of each school in its latest year."""
    schools = tables("schools")
    if "level" not in schools:
        schools = schools.assign(level="")
    latest = schools.sort_values("school_year", kind="stable").drop_duplicates(
        ["district_id", "school_id"], keep="last"
    )
    return latest[["district_id", "school_id"]].assign(school_level=latest["level"].fillna(""))


def _join(blocks: list[pd.DataFrame], *, columns: list[str], levels: pd.DataFrame) -> pd.DataFrame:
    filled = [block for block in blocks if len(block)]
    numbers = {*NUMBERS, *CHANGE_NUMBERS}
    types = {name: "float64" if name in numbers else "str" for name in columns}
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
    given = [name for name in columns if name != "school_level"]
    joined = pd.concat([block[given] for block in filled], ignore_index=True)
    joined = joined.merge(levels, on=["district_id", "school_id"], how="left").fillna({"school_level": ""})
    joined = joined[columns].astype(types)
    places = [name for name in columns if name not in numbers and name != "status"]
    return joined.sort_values(places, ignore_index=True, kind="stable")
