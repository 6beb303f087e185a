"""The counts on tiers of all schools as one list of linked cells: windows, grades, moves."""

from collections.abc import Sequence

import pandas as pd

from mtss_analysis.disclosure import Relation
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.measures.groups import ALL, find_members
from mtss_analysis.measures.tiers import ENTERED, LEFT, NOT_SCREENED, TIERS

KNOWN = "known"
SUPPORTED = "2_or_3"
FROM_STATES = ("1", SUPPORTED, NOT_SCREENED, ENTERED)
TO_STATES = ("1", SUPPORTED, NOT_SCREENED, LEFT)
WINDOW, RATE, GROUP, GRADE, MOVE = "window", "rate", "group", "grade", "move"
TURNS = (WINDOW, RATE, GROUP, GRADE, MOVE)
"""What is printed most prominently is decided first."""

PLACE = ["scope", "district_id", "school_id"]
COLUMNS = [*PLACE, "turn", "school_year", "window", "grade", "group", "cell", "count", "n_students"]

BACK = f"{SUPPORTED}>1"
RISE = f"1>{SUPPORTED}"
ESCALATE = "2>3"
OTHER = "other"
RATES = {BACK: f"{SUPPORTED}>", RISE: "1>", ESCALATE: "2>"}
"""Moves whose share is printed, and of how many; the others of them are not printed and yet not given away."""
TELLING = (f"{NOT_SCREENED}>", f">{NOT_SCREENED}", f"{NOT_SCREENED}>{NOT_SCREENED}")
"""Of a window in which few were not screened, a limit is printed; beside it, these would tell how few."""


def list_window_cells(counts: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    """List the counts of every window and grade.

    Parameters
    ----------
    counts : DataFrame
        From :func:`mtss_analysis.measures.tiers.count_tiers`.
    scope : str
        ``overall`` or a domain.

    Returns
    -------
    DataFrame
        One row per count, columns ``COLUMNS``: ``cell`` is ``known``, a tier, ``2_or_3`` or ``not_screened``. Grades
        are counted in the school's latest year, and only ``known``, ``1`` and ``2_or_3``: the rest is small nearly
        everywhere.
    """
    wide = counts.assign(**{SUPPORTED: counts["n_2"] + counts["n_3"]})
    wide[KNOWN] = wide["n_1"] + wide[SUPPORTED]
    wide = wide.rename(columns={"n_1": "1", "n_2": "2", "n_3": "3", "n_not_screened": NOT_SCREENED})
    keys = ["district_id", "school_id", "school_year", "window", "grade"]
    values = [KNOWN, *TIERS, SUPPORTED, NOT_SCREENED]
    cells = wide.melt(id_vars=keys, value_vars=values, var_name="cell", value_name="count")
    whole = cells["grade"] == ALL
    latest = cells.groupby(["district_id", "school_id"])["school_year"].transform("max")
    cells = cells[whole | (cells["cell"].isin([KNOWN, "1", SUPPORTED]) & (cells["school_year"] == latest))]
    turn = (cells["grade"] == ALL).map({True: WINDOW, False: GRADE})
    return cells.assign(scope=scope, turn=turn, group=ALL, n_students=cells["count"])[COLUMNS]


def list_move_cells(moves: pd.DataFrame, *, scope: str, groups: Sequence[StudentGroup]) -> pd.DataFrame:
    """List the counts of moves from window to window, all windows and years of a school together.

    Parameters
    ----------
    moves : DataFrame
        From :func:`mtss_analysis.measures.tiers.list_moves`.
    scope : str
        ``overall`` or a domain.
    groups : sequence of StudentGroup
        Declared pairs of groups.

    Returns
    -------
    DataFrame
        One row per count, columns ``COLUMNS``: ``cell`` is ``from>to`` for every pair of states, with Tier 2 and Tier 3
        joined; ``from>`` and ``>to`` for the totals; ``2>3`` and ``2>``; ``from>other`` beside each of ``RATES``;
        ``2_or_3>1`` and ``2_or_3>`` by group too.
    """
    place = ["district_id", "school_id"]
    known = moves.reset_index(drop=True)
    joined = {"2": SUPPORTED, "3": SUPPORTED}
    start, end = known["from_state"].replace(joined), known["to_state"].replace(joined)
    rises = known["from_state"] == "2"
    blocks = [
        known.assign(cell=start + ">" + end),
        known.assign(cell=start + ">"),
        known.assign(cell=">" + end),
        known.assign(cell=f"{SUPPORTED}>{OTHER}")[(start == SUPPORTED) & (end != "1")],
        known.assign(cell=f"1>{OTHER}")[(start == "1") & (end != SUPPORTED)],
        known.assign(cell="2>")[rises],
        known.assign(cell=ESCALATE)[rises & (known["to_state"] == "3")],
        known.assign(cell=f"2>{OTHER}")[rises & (known["to_state"] != "3")],
    ]
    rows = [_count(block.assign(group=ALL), by=place) for block in blocks]
    cells = _fill_matrix(pd.concat(rows, ignore_index=True))
    supported = known[start == SUPPORTED]
    left_support = known[(start == SUPPORTED) & (end == "1")].assign(cell=BACK)
    supported = pd.concat([supported.assign(cell=f"{SUPPORTED}>"), left_support], ignore_index=True)
    splits = []
    for group in groups:
        members = find_members(
            values=supported[group.column], column=group.column, shown=(group.focus, group.reference)
        )
        split = supported.assign(group=members)[members.notna()]
        splits.append(_count(split, by=place).assign(turn=GROUP))
    cells = pd.concat([cells, *splits], ignore_index=True)
    return cells.assign(scope=scope, school_year=ALL, window=ALL, grade=ALL)[COLUMNS]


def relate_cells(cells: pd.DataFrame, *, groups: Sequence[StudentGroup]) -> list[Relation]:
    """List which counts add up to which.

    Parameters
    ----------
    cells : DataFrame
        Columns ``COLUMNS``, unique index, all schools.
    groups : sequence of StudentGroup
        Declared pairs of groups.

    Returns
    -------
    list of Relation
        Tiers to students with a known tier, grades to schools, moves to their totals and these to the windows, groups
        to all.
    """
    relations: list[Relation] = []
    for _, school in cells.groupby(PLACE, sort=False):
        margins = school[school["turn"].isin([WINDOW, GRADE])]
        keys = zip(margins["school_year"], margins["window"], margins["grade"], margins["cell"], strict=True)
        at = dict(zip(keys, margins.index, strict=True))
        relations += _relate_margins(at)
        moved = school[school["turn"].isin([RATE, MOVE, GROUP])]
        named = dict(zip(zip(moved["group"], moved["cell"], strict=True), moved.index, strict=True))
        relations += _relate_moves(named, at=at)
        relations += _relate_groups(named, groups=groups)
    return relations


def _count(rows: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    grouped = rows.groupby([*by, "group", "cell"], sort=True)["student_id"]
    return grouped.agg(count="size", n_students="nunique").reset_index()


def _fill_matrix(cells: pd.DataFrame) -> pd.DataFrame:
    """Add the pairs of states between which nobody moved: that nobody did is a count, too."""
    turns = dict.fromkeys(_pair(FROM_STATES, TO_STATES), MOVE)
    others = [f"{total}{OTHER}" for total in RATES.values()]
    turns.update(dict.fromkeys([*RATES, *RATES.values(), *others], RATE))
    schools = cells[["district_id", "school_id"]].drop_duplicates()
    names = pd.DataFrame({"cell": list(turns), "turn": list(turns.values()), "group": ALL})
    filled = schools.merge(names, how="cross").merge(
        cells, on=["district_id", "school_id", "cell", "group"], how="left", validate="one_to_one"
    )
    filled[["count", "n_students"]] = filled[["count", "n_students"]].fillna(0).astype("int64")
    return filled


def _pair(starts: Sequence[str], ends: Sequence[str]) -> list[str]:
    inside = [f"{start}>{end}" for start in starts for end in ends if _is_move(start, end)]
    return [*inside, *(f"{start}>" for start in starts), *(f">{end}" for end in ends)]


def _relate_margins(at: dict[tuple[str, str, str, str], int]) -> list[Relation]:
    relations = []
    for (year, window, grade, cell), label in at.items():
        if cell == KNOWN:
            relations.append(
                Relation(total=label, parts=(at[year, window, grade, "1"], at[year, window, grade, SUPPORTED]))
            )
        if cell == SUPPORTED and grade == ALL:
            relations.append(Relation(total=label, parts=(at[year, window, ALL, "2"], at[year, window, ALL, "3"])))
        if grade == ALL and cell in (KNOWN, "1", SUPPORTED):
            parts = tuple(
                other for key, other in at.items() if key[:2] == (year, window) and key[2] != ALL and key[3] == cell
            )
            relations.append(Relation(total=label, parts=parts))
    return relations


def _relate_moves(named: dict[tuple[str, str], int], *, at: dict[tuple[str, str, str, str], int]) -> list[Relation]:
    """Relate moves to their totals, and these to the windows; rates to what is left of them."""
    label = {cell: index for (group, cell), index in named.items() if group == ALL}
    firsts, lasts = _pair_windows(at)
    wanted = [(total, [part, f"{total}{OTHER}"]) for part, total in RATES.items()]
    wanted += [(f"{start}>", [f"{start}>{end}" for end in TO_STATES if _is_move(start, end)]) for start in FROM_STATES]
    wanted += [(f">{end}", [f"{start}>{end}" for start in FROM_STATES if _is_move(start, end)]) for end in TO_STATES]
    relations = [
        Relation(total=label[total], parts=tuple(label[name] for name in names))
        for total, names in wanted
        if total in label and all(name in label for name in names)
    ]
    for state in ("1", "2", SUPPORTED, NOT_SCREENED):
        for total, windows in ((f"{state}>", firsts), (f">{state}", lasts)):
            if total in label:
                parts = tuple(at[year, window, ALL, state] for year, window in windows)
                relations.append(Relation(total=label[total], parts=parts))
    return relations


def _is_move(start: str, end: str) -> bool:
    return (start, end) != (ENTERED, LEFT)


def _relate_groups(named: dict[tuple[str, str], int], *, groups: Sequence[StudentGroup]) -> list[Relation]:
    relations = []
    for group in groups:
        for cell in (BACK, f"{SUPPORTED}>"):
            parts = tuple(
                label for (name, one), label in named.items() if one == cell and name.split("=")[0] == group.column
            )
            if parts:
                relations.append(Relation(total=named[ALL, cell], parts=parts, protects_rest=False))
    return relations


def _pair_windows(
    at: dict[tuple[str, str, str, str], int],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """List the windows that moves start from and those that they end in."""
    order = {"fall": 0, "winter": 1, "spring": 2}
    held: dict[str, list[str]] = {}
    for year, window, grade, cell in at:
        if grade == ALL and cell == KNOWN:
            held.setdefault(year, []).append(window)
    firsts, lasts = [], []
    for year, windows in held.items():
        windows.sort(key=order.__getitem__)
        firsts += [(year, window) for window in windows[:-1]]
        lasts += [(year, window) for window in windows[1:]]
    return firsts, lasts
