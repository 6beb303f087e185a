"""Which roles the staff of each school have, so that a plan cannot ask for one that nobody has."""

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.tables import Tables

ROLES_FRAME = "plan_roles"
COLUMNS = ("district_id", "school_id", "staff_role")


def gather_roles(tables: Tables) -> dict[str, pd.DataFrame]:
    """Gather the roles of the staff of all schools, without saying how many or who.

    Parameters
    ----------
    tables : Tables
        The tables of all districts; ``staff`` with ``role``, if there is one.

    Returns
    -------
    dict of str to DataFrame
        ``plan_roles``: ``district_id``, ``school_id``, ``staff_role``, one row each, of the newest year of the
        district's staff table.
    """
    empty = {ROLES_FRAME: pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})}
    if not tables.has("staff") or "role" not in tables("staff"):
        return empty
    staff = tables("staff").dropna(subset=["role"])
    if "school_year" in staff:
        staff = staff[staff["school_year"] == staff.groupby("district_id")["school_year"].transform("max")]
    roles = staff.rename(columns={"role": "staff_role"}).reindex(columns=list(COLUMNS)).astype("str")
    return {ROLES_FRAME: roles.drop_duplicates().sort_values(list(COLUMNS), ignore_index=True)}


def list_roles(comparison: FrameReader, *, subject: Subject) -> frozenset[str]:
    """List the roles that anybody in the district has, by its staff table or its capacity table.

    Parameters
    ----------
    comparison : Comparison
        With the frames ``plan_roles`` and ``plan_capacity``.
    subject : Subject
        Of the district.

    Returns
    -------
    frozenset of str
        Empty where the district gave neither table.
    """
    frames = (comparison.frame(name) for name in (ROLES_FRAME, "plan_capacity"))
    return frozenset(
        role.strip()
        for frame in frames
        for role in frame.loc[frame["district_id"] == subject.district_id, "staff_role"].dropna().astype(str)
        if role.strip()
    )
