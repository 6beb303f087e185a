"""What may be printed of values: students counted by school, grade and group, and all of them together, are linked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from mtss_analysis.disclosure import (
    Profile,
    code_share,
    get_profile,
    protect_counts,
    protect_shares,
    relations_by,
)
from mtss_analysis.disclosure.relations import Relation
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import ValueKey
from mtss_analysis.findings.values.observed import PLACE, TIME, Observed
from mtss_analysis.measures.groups import ALL, find_members

OK, WITHHELD = "ok", "withheld"
DISTRICT = "(district)"
CELL = [*PLACE, *TIME, "grade", "group"]
SMALL_SCHOOL = 4
"""Times the profile's minimum: below it, a share and its complement are seldom both large enough to print."""
LEFT_OUT = 0.05
"""Most of a district's students that its number may leave out: a convention of this kit."""


def protect_students(
    observed: Observed, *, keys: Sequence[ValueKey], settings: Settings, printed_elsewhere: bool, hidden: pd.DataFrame
) -> pd.DataFrame:
    """Decide which values of one measure and statistic may be printed of schools and districts.

    Parameters
    ----------
    observed : Observed
        Its observations, one a student.
    keys : sequence of ValueKey
        Grades and groups asked for.
    settings : Settings
        Disclosure profile.
    printed_elsewhere : bool
        Whether another chapter prints the same counts.
    hidden : DataFrame
        ``CELL`` columns of schools' cells that another chapter withholds.

    Returns
    -------
    DataFrame
        ``CELL`` columns, ``status``, a district with an empty school, and ``pooled``: whether the district's number
        counts the school.

    Notes
    -----
    Decided together are: schools and their district, a group and those outside it, grades and all of them; of a share
    also those counted and those not. Schools with fewer than four times the profile's minimum of students are left out
    of the district's number, where they have no more than 5 percent of its students, so that no larger school has to be
    withheld for their sake. Where another chapter prints the same counts, the district's number is that of the printed
    schools alone, from which nothing follows for the others, and withheld where these have more than 5 percent.
    """
    profile = get_profile(settings.profile)
    schools = _count(observed.rows, keys=keys)
    small = _find_small_schools(schools, profile=profile) if not printed_elsewhere else schools["n"] < 0
    schools = schools.assign(pooled=~small)
    cells = schools
    if not printed_elsewhere:
        whole = observed.rows if observed.whole is None else observed.whole
        district = _count(keep_pooled(whole, schools).assign(school_id=DISTRICT), keys=keys)
        cells = pd.concat([schools, district.assign(pooled=True)], ignore_index=True)
    statuses = [
        _decide(block, keys=keys, is_share=observed.is_share, profile=profile) for _, block in cells.groupby(TIME)
    ]
    status = (pd.concat(statuses) if statuses else pd.Series(dtype="str")).reindex(cells.index)
    if len(hidden):
        elsewhere = pd.MultiIndex.from_frame(cells[CELL]).isin(pd.MultiIndex.from_frame(hidden[CELL]))
        status = status.where(~elsewhere, WITHHELD)
    cells = cells.assign(status=status)
    if printed_elsewhere:
        cells = cells.assign(pooled=cells["status"] == OK)
        cells = pd.concat([cells, _pool_printed(cells)], ignore_index=True)
    return cells.assign(school_id=cells["school_id"].where(cells["school_id"] != DISTRICT, ""))[
        [*CELL, "status", "pooled"]
    ]


def keep_pooled(rows: pd.DataFrame, decided: pd.DataFrame, *, grade: str = ALL, group: str = ALL) -> pd.DataFrame:
    """Keep the observations of schools that the district's number counts.

    Parameters
    ----------
    rows : DataFrame
        Rows of an ``Observed``.
    decided : DataFrame
        ``CELL`` columns and ``pooled``.
    grade, group : str
        Cell whose pool is asked for.

    Returns
    -------
    DataFrame
        Rows of students without a school are kept where every school is.
    """
    place = [*PLACE, *TIME]
    cell = decided[(decided["grade"] == grade) & (decided["group"] == group) & (decided["school_id"] != "")]
    out = pd.MultiIndex.from_frame(cell.loc[~cell["pooled"], place])
    if not len(out):
        return rows
    return rows[~pd.MultiIndex.from_frame(rows[place]).isin(out) & (rows["school_id"] != "")]


def _find_small_schools(cells: pd.DataFrame, *, profile: Profile) -> pd.Series:
    """Tell which schools are so small that they are left out of the district's number, if all of them together are."""
    whole = cells[(cells["grade"] == ALL) & (cells["group"] == ALL)]
    few = whole["n"] < SMALL_SCHOOL * profile.minimum
    keys = ["district_id", *TIME]
    share = (whole["n"] * few).groupby([whole[key] for key in keys]).transform("sum") / whole.groupby(keys)[
        "n"
    ].transform("sum")
    out = pd.MultiIndex.from_frame(whole.loc[few & (share <= LEFT_OUT), [*PLACE, *TIME]])
    return pd.Series(pd.MultiIndex.from_frame(cells[[*PLACE, *TIME]]).isin(out), index=cells.index)


def _pool_printed(cells: pd.DataFrame) -> pd.DataFrame:
    """Give the district's cells, withheld where schools that are not printed have too many of its students."""
    keys = ["district_id", *TIME, "grade", "group"]
    sums = cells.assign(kept=cells["n"] * cells["pooled"]).groupby(keys, sort=True)[["n", "kept"]].sum().reset_index()
    enough = (sums["kept"] > 0) & (sums["kept"] >= (1 - LEFT_OUT) * sums["n"])
    status = pd.Series(OK, index=sums.index, dtype="str").where(enough, WITHHELD)
    return sums.assign(school_id=DISTRICT, pooled=True, status=status)


def protect_teachers(values: pd.DataFrame, *, settings: Settings) -> pd.Series:
    """Decide which values of observed lessons may be printed: as many teachers as the profile and the run ask for.

    Parameters
    ----------
    values : DataFrame
        Values of schools and districts (empty school): ``n_clusters`` teachers.
    settings : Settings
        Disclosure profile, ``implementation.least_teachers``.

    Returns
    -------
    Series of {'ok', 'withheld'}
        In the order of ``values``; schools and their district are decided together.
    """
    profile = get_profile(settings.profile)
    profile = replace(profile, minimum=max(profile.minimum, settings.implementation.least_teachers))
    cells = values.assign(school_id=values["school_id"].where(values["school_id"] != "", DISTRICT))
    relations = relations_by(cells, over="school_id", total=DISTRICT, within=["district_id", *TIME])
    status = protect_counts(cells, count="n_clusters", relations=relations, profile=profile)
    return status.where(status == OK, WITHHELD)


def _count(rows: pd.DataFrame, *, keys: Sequence[ValueKey]) -> pd.DataFrame:
    """Count students in every cell asked for, and in those from which one of them could be worked out."""
    blocks = [rows.assign(group=ALL)]
    for column, shown in list_breakdowns(keys).items():
        if column in rows:
            members = find_members(values=rows[column], column=column, shown=shown)
            blocks.append(rows.assign(group=members)[members.notna()])
    named = pd.concat(blocks, ignore_index=True)
    sets = [key.grade for key in keys if ";" in key.grade]
    graded = [named.assign(grade=ALL)]
    if any(key.grade != ALL for key in keys):
        graded.append(named)
        graded += [named[named["grade"].isin(one.split(";"))].assign(grade=one) for one in sorted(set(sets))]
    counted = pd.concat(graded, ignore_index=True)
    counted = counted.assign(counted=(counted["num"] > 0).astype("int64"))
    return counted.groupby(CELL, sort=True).agg(n=("unit", "nunique"), k=("counted", "sum")).reset_index()


def list_breakdowns(keys: Iterable[ValueKey]) -> dict[str, tuple[str, ...]]:
    """List the columns in which groups are asked for, with the values that are named.

    Parameters
    ----------
    keys : iterable of ValueKey
        What is asked for.

    Returns
    -------
    dict of str to tuple of str
        Values by column.
    """
    found: dict[str, list[str]] = {}
    for key in keys:
        if key.group != ALL:
            column, _, value = key.group.partition("=")
            found.setdefault(column, []).append(value)
    return {column: tuple(dict.fromkeys(values)) for column, values in sorted(found.items())}


def _decide(cells: pd.DataFrame, *, keys: Sequence[ValueKey], is_share: bool, profile: Profile) -> pd.Series:
    cells = cells.assign(k=cells["k"].clip(upper=cells["n"]))
    relations = _relate(cells, keys=keys)
    if not _has_small(cells, relations=relations, is_share=is_share, profile=profile):
        return pd.Series(OK, index=cells.index, dtype="str")
    if not is_share:
        status = protect_counts(cells, count="n", relations=relations, profile=profile)
        return status.where(status == OK, WITHHELD)
    shares = protect_shares(cells, numerator="k", denominator="n", relations=relations, profile=profile)
    exact = pd.Series([share.kind == "exact" for share in shares["share"]], index=cells.index)
    return pd.Series(OK, index=cells.index, dtype="str").where(exact & (shares["status"] == OK), WITHHELD)


def _relate(cells: pd.DataFrame, *, keys: Sequence[ValueKey]) -> list[Relation]:
    pooled = cells[cells["pooled"]]
    relations = relations_by(pooled, over="school_id", total=DISTRICT, within=["district_id", "grade", "group"])
    breakdown = cells["group"].str.partition("=")[0]
    for column in list_breakdowns(keys):
        linked = cells[(cells["group"] == ALL) | (breakdown == column)]
        relations += relations_by(linked, over="group", total=ALL, within=[*PLACE, "grade"], protects_rest=False)
    single = ~cells["grade"].str.contains(";")
    relations += relations_by(cells[single], over="grade", total=ALL, within=[*PLACE, "group"])
    for joined in sorted({key.grade for key in keys if ";" in key.grade}):
        part = cells[cells["grade"].isin([joined, *joined.split(";")])]
        relations += relations_by(part, over="grade", total=joined, within=[*PLACE, "group"])
    return relations


def _has_small(cells: pd.DataFrame, *, relations: Sequence[Relation], is_share: bool, profile: Profile) -> bool:
    """Tell whether anything is small at all, so that nothing has to be searched where all are many."""
    pairs = list(zip(cells["k"].tolist(), cells["n"].tolist(), strict=True))
    if any(profile.hides(n) for _, n in pairs):
        return True
    if is_share and any(code_share(numerator=k, denominator=n, profile=profile).kind != "exact" for k, n in pairs):
        return True
    count = cells["n"].to_dict()
    rests = [count[one.total] - sum(count[part] for part in one.parts) for one in relations if one.protects_rest]
    return any(rest > 0 and profile.hides(rest) for rest in rests)
