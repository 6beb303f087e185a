"""Which arm of an intervention each student was assigned to, and whether the outcome was seen."""

import pandas as pd

from mtss_analysis.district import find_school_year


def assign_arms(*, services: pd.DataFrame, interventions: pd.DataFrame) -> pd.DataFrame:
    """List the arms to which each student was assigned at random, and since when.

    Intention to treat: later moves between arms that chance did not decide do not count.

    Parameters
    ----------
    services : DataFrame
        One row per student, intervention and start date; ``assigned`` says whether chance assigned the student to it.
    interventions : DataFrame
        ``intervention_id`` and ``assignment``; only arms with ``assignment`` = ``random`` count.

    Returns
    -------
    DataFrame
        One row per student and school year of an assignment: ``student_id``, ``arm`` (intervention id), ``since`` and
        ``started`` (school year and day of this assignment), ``first_year`` and ``first_school_id`` (where and when
        chance first decided; with ``first_district_id`` where ``services`` has a ``district_id``), sorted by student
        and year. Students never assigned at random are absent.
    """
    random = interventions.loc[interventions["assignment"] == "random", "intervention_id"]
    assigned = services[services["intervention_id"].isin(random) & is_true(services["assigned"])]
    assigned = assigned.assign(since=find_school_year(assigned["start_date"]))
    assigned = assigned.sort_values(["student_id", "start_date", "intervention_id"])
    assigned = assigned.drop_duplicates(["student_id", "since"])
    names = {"since": "first_year", "school_id": "first_school_id", "district_id": "first_district_id"}
    first = assigned.drop_duplicates("student_id").rename(columns=names)
    first = first[["student_id", *(name for name in names.values() if name in first)]]
    columns = {"intervention_id": "arm", "since": "since", "start_date": "started"}
    arms = assigned[["student_id", *columns]].rename(columns=columns)
    return arms.merge(first, on="student_id").reset_index(drop=True)


def arms_in_year(arms: pd.DataFrame, *, school_year: str) -> pd.DataFrame:
    """Find the arm that each student was last assigned to, up to a year.

    Parameters
    ----------
    arms : DataFrame
        From :func:`assign_arms`.
    school_year : str
        The year.

    Returns
    -------
    DataFrame
        One row per student assigned in that year or before, columns as in ``arms``.
    """
    until = arms[arms["since"] <= school_year]
    return until.drop_duplicates("student_id", keep="last").reset_index(drop=True)


def is_true(values: pd.Series) -> pd.Series:
    """Say which values of a yes-or-no column mean yes; missing does not.

    Parameters
    ----------
    values : (n,) boolean or text Series
        ``True``, ``true``, ``yes`` or ``1`` mean yes.

    Returns
    -------
    (n,) boolean Series
        Without missing values.
    """
    return values.astype("str").str.lower().isin(["true", "yes", "1"])
