"""The counts on absence and behaviour of all schools as one list of linked cells."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtss_analysis.disclosure import Relation, get_profile
from mtss_analysis.findings.settings import Settings, StudentGroup
from mtss_analysis.findings.tiers.protect import protect_in_turn
from mtss_analysis.measures.groups import ALL, find_members, name_group

ABSENCE, TRIANGLE, REFERRALS, DOMAINS = "absence", "triangle", "referrals", "domains"
N, CHRONIC, REGULAR = "n", "chronic", "regular"
FEW, MORE, SOME, MANY = "0_1", "2_more", "2_5", "6_more"
NONE, ONE, TWO, THREE = "0", "1", "2", "3_more"
YEAR, GROUP, GRADE, MONTH, VIEW = "year", "group", "grade", "month", "view"
TURNS = (YEAR, GROUP, GRADE, MONTH, VIEW)
"""What is printed most prominently is decided first."""
VIEWS = ("level", "weekday", "time", "location", "behavior")
SAME, REST = "same months", "other months"

PLACE = ["district_id", "school_id"]
COLUMNS = [*PLACE, "topic", "turn", "school_year", "slice", "cell", "count", "n_students"]
SPLITS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    ABSENCE: {N: (CHRONIC, REGULAR)},
    TRIANGLE: {N: (FEW, MORE), MORE: (SOME, MANY)},
    DOMAINS: {N: (NONE, ONE, MORE), MORE: (TWO, THREE)},
    REFERRALS: {},
}
"""Which cells of a topic add up to which."""


def list_absence_cells(students: pd.DataFrame, *, groups: Sequence[StudentGroup]) -> pd.DataFrame:
    """List how many students were chronically absent: by year; by grade and group in a school's latest year.

    Parameters
    ----------
    students : DataFrame
        One row per student, school and year that is counted: ``chronic``, ``grade`` and the groups' columns.
    groups : sequence of StudentGroup
        Declared pairs of groups.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``.
    """
    latest = students[students["school_year"] == students.groupby(PLACE)["school_year"].transform("max")]
    blocks = [students.assign(turn=YEAR, slice=ALL)]
    graded = latest[latest["grade"].notna()]
    blocks.append(
        graded.assign(turn=GRADE, slice=[name_group(column="grade", value=grade) for grade in graded["grade"]])
    )
    for group in groups:
        members = find_members(values=latest[group.column], column=group.column, shown=(group.focus, group.reference))
        blocks.append(latest.assign(turn=GROUP, slice=members)[members.notna()])
    rows = pd.concat(blocks, ignore_index=True)
    rows["chronic"] = rows["chronic"].astype("int64")
    grouped = rows.groupby([*PLACE, "turn", "school_year", "slice"], sort=True)["chronic"]
    counted = pd.DataFrame({N: grouped.size(), CHRONIC: grouped.sum()})
    counted[REGULAR] = counted[N] - counted[CHRONIC]
    return _lengthen(counted, topic=ABSENCE)


def list_count_cells(students: pd.DataFrame, *, column: str, topic: str) -> pd.DataFrame:
    """List how many students have how many referrals, or are at risk in how many domains.

    Parameters
    ----------
    students : DataFrame
        One row per student, school and year.
    column : str
        The number of each student.
    topic : {'triangle', 'domains'}
        Which bounds: 0-1, 2-5, 6 or more; or 0, 1, 2, 3 or more.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``.
    """
    number = students[column]
    if topic == TRIANGLE:
        bands = {FEW: number <= 1, MORE: number >= 2, SOME: number.between(2, 5), MANY: number >= 6}
    else:
        bands = {NONE: number == 0, ONE: number == 1, MORE: number >= 2, TWO: number == 2, THREE: number >= 3}
    marked = students[[*PLACE, "school_year"]].assign(turn=YEAR, slice=ALL, **{N: 1})
    marked = marked.assign(**{name: band.astype("int64") for name, band in bands.items()})
    counted = marked.groupby([*PLACE, "turn", "school_year", "slice"], sort=True)[[N, *bands]].sum()
    return _lengthen(counted, topic=topic)


def list_referral_cells(referrals: pd.DataFrame, *, days: pd.DataFrame) -> pd.DataFrame:
    """List how many referrals a school wrote: by year and month; by view in its latest year.

    Parameters
    ----------
    referrals : DataFrame
        From :func:`mtss_analysis.measures.referrals.describe_referrals`.
    days : DataFrame
        Months in which students had school days: ``district_id, school_id, school_year, month``, each once. Months
        without a referral count as zero.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``; of the latest two years also the months that both have, together.
    """
    blocks = [referrals.assign(turn=YEAR, slice=ALL), referrals.assign(turn=MONTH, slice="month=" + referrals["month"])]
    latest = referrals[referrals["school_year"] == referrals.groupby(PLACE)["school_year"].transform("max")]
    blocks += [latest.assign(turn=VIEW, slice=view + "=" + latest[view]) for view in VIEWS]
    blocks.append(_find_same_months(referrals, days=days).assign(turn=MONTH))
    rows = pd.concat(blocks, ignore_index=True)
    keys = [*PLACE, "turn", "school_year", "slice"]
    counted = (
        rows.groupby(keys, sort=True).agg(count=("month", "size"), n_students=("student_id", "nunique")).reset_index()
    )
    here = days.merge(counted[[*PLACE, "school_year"]].drop_duplicates(), on=[*PLACE, "school_year"])
    every = here.assign(turn=MONTH, slice="month=" + here["month"])[keys]
    counted = counted.merge(every, on=keys, how="outer").fillna({"count": 0, "n_students": 0})
    return counted.assign(topic=REFERRALS, cell=N)[COLUMNS].astype({"count": "int64", "n_students": "int64"})


def protect_cells(cells: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Decide, school by school and topic by topic, which counts may be printed.

    Parameters
    ----------
    cells : DataFrame
        Columns ``COLUMNS``, unique index.
    settings : Settings
        Disclosure profile.

    Returns
    -------
    DataFrame
        With ``status``: ``ok`` or ``withheld``. No count of one school is a sum of others'.
    """
    profile = get_profile(settings.profile)
    statuses = [
        protect_in_turn(block, turns=TURNS, relations=relate_cells(block), profile=profile)
        for _, block in cells.groupby([*PLACE, "topic"], sort=True)
    ]
    if not statuses:
        return cells.assign(status=pd.Series(dtype="str"))
    return cells.assign(status=pd.concat(statuses).reindex(cells.index))


def relate_cells(cells: pd.DataFrame) -> list[Relation]:
    """List which counts of one school and topic add up to which.

    Parameters
    ----------
    cells : DataFrame
        Columns ``COLUMNS`` of one school and topic.

    Returns
    -------
    list of Relation
        Bands to students, grades and groups to the school, months and views to the year.
    """
    relations: list[Relation] = []
    splits = SPLITS[str(cells["topic"].iloc[0])]
    for _, block in cells.groupby(["school_year", "slice"], sort=True):
        at = dict(zip(block["cell"], block.index, strict=True))
        relations += [
            Relation(total=at[total], parts=tuple(at[part] for part in parts)) for total, parts in splits.items()
        ]
    for _, block in cells.groupby(["school_year", "cell"], sort=True):
        at = dict(zip(block["slice"], block.index, strict=True))
        if ALL in at:
            relations += _relate_slices(at)
    return relations


def _relate_slices(at: dict[str, int]) -> list[Relation]:
    kinds = {name.split("=")[0] for name in at if "=" in name}
    relations = []
    for kind in sorted(kinds):
        parts = tuple(label for name, label in at.items() if name.split("=")[0] == kind)
        # Students whose group is not recorded are no group to protect; views name those that are not recorded.
        relations.append(Relation(total=at[ALL], parts=parts, protects_rest=kind in (*VIEWS, "month", "grade")))
    if SAME in at and REST in at:
        relations.append(Relation(total=at[ALL], parts=(at[SAME], at[REST])))
    return relations


def _find_same_months(referrals: pd.DataFrame, *, days: pd.DataFrame) -> pd.DataFrame:
    """Mark the referrals of the latest two years by whether both years have their month, where some do not."""
    shared = find_shared_months(days)
    marked = referrals.merge(shared, on=[*PLACE, "school_year", "month"], how="inner")
    marked = marked.assign(slice=marked["is_shared"].map({True: SAME, False: REST}))
    kinds = marked.groupby([*PLACE, "school_year"])["slice"].transform("nunique")
    return marked[kinds == 2].drop(columns="is_shared")


def find_shared_months(days: pd.DataFrame) -> pd.DataFrame:
    """Find which months of a school's latest two years are in both.

    Parameters
    ----------
    days : DataFrame
        ``district_id, school_id, school_year, month``, each once.

    Returns
    -------
    DataFrame
        The rows of the latest two years, with ``is_shared``. None of a school that has a single year.
    """
    held = days[[*PLACE, "school_year", "month"]].drop_duplicates()
    rank = held.groupby(PLACE)["school_year"].rank(method="dense", ascending=False)
    two = held[rank <= 2]
    two = two[two.groupby(PLACE)["school_year"].transform("nunique") == 2]
    calendar_month = two["month"].str[5:]
    number = (
        two.assign(calendar_month=calendar_month)
        .groupby([*PLACE, "calendar_month"])["school_year"]
        .transform("nunique")
    )
    return two.assign(is_shared=number == 2).reset_index(drop=True)


def _lengthen(counted: pd.DataFrame, *, topic: str) -> pd.DataFrame:
    cells = counted.reset_index().melt(
        id_vars=[*PLACE, "turn", "school_year", "slice"], var_name="cell", value_name="count"
    )
    cells = cells.assign(topic=topic, n_students=cells["count"])
    return cells[COLUMNS].astype({"count": "int64", "n_students": "int64"})
