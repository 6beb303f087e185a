"""Whether the schools of a district use the same screeners, cut scores, referral codes, instruments and scales."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pandas as pd

from mtss_analysis.district import find_school_year
from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables

LEAST_SCHOOLS = 3
"""Schools among which there is a usual way."""
LEAST_USES = 10
"""A screening, or a referral code of a school's own, that was used less often in a year is not looked at."""
USUAL_SHARE = 0.25
"""A referral code that fewer of the other schools use, where a school uses it, is its own."""

Ways: TypeAlias = pd.DataFrame
"""``school_id``, ``what`` (a grade and window, a measure), ``way`` (what the school does)."""


def tell_consistency(tables: Tables, *, district_id: str, settings: Settings) -> Iterator[Fact]:
    """Say what differs between schools of a district, how much and where.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    district_id : str
        Which district.
    settings : Settings
        Not used but for what is asked in common.

    Yields
    ------
    Fact
        ``consistency``: by ``subject`` (screeners, cut scores …) the number of schools that do something else than most
        (``estimate``) of those compared (``n``); with a school, that this school differs and in what (``text``).
    """
    del settings
    for subject, (table, list_ways) in SUBJECTS.items():
        if not tables.has(table):
            yield _missing(subject, district_id=district_id, text=f"the district gave no data in the table {table}")
            continue
        rows = tables(table)
        rows = rows[rows["district_id"] == district_id]
        if "school_id" not in rows or not len(rows):
            yield _missing(subject, district_id=district_id, text=f"the table {table} does not say which school")
            continue
        grades = tables("enrollments") if table == "screenings" else rows
        ways = list_ways(rows, grades[grades["district_id"] == district_id])
        n_schools = int(ways["school_id"].nunique())
        if n_schools < LEAST_SCHOOLS:
            yield _missing(subject, district_id=district_id, text="fewer than three schools can be compared")
            continue
        differing = _find_differing(ways, own_codes=subject in OWN_CODES)
        yield Fact(
            topic="consistency",
            district_id=district_id,
            subject=subject,
            estimate=float(len(differing)),
            n=n_schools,
            text="; ".join(differing),
        )
        for school, what in differing.items():
            yield Fact(
                topic="consistency",
                district_id=district_id,
                school_id=school,
                subject=subject,
                estimate=float(len(what)),
                text="; ".join(what),
            )


def _missing(subject: str, *, district_id: str, text: str) -> Fact:
    return Fact(topic="consistency", district_id=district_id, subject=subject, status="not_estimable", text=text)


def _find_differing(ways: Ways, *, own_codes: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for what, same in ways.groupby("what", sort=True):
        if same["school_id"].nunique() < LEAST_SCHOOLS:
            continue
        if own_codes:
            n_others = same["school_id"].nunique() - 1
            users = same.groupby("way")["school_id"].nunique()
            often = same[same["uses"] >= LEAST_USES]
            rare = often[(often["way"].map(users) - 1) < USUAL_SHARE * n_others]
            for school, codes in rare.groupby("school_id", sort=True)["way"]:
                found.setdefault(str(school), []).append(f"{what}: {', '.join(sorted(codes))}")
            continue
        counts = same["way"].value_counts()
        if len(counts) < 2 or counts.iloc[0] <= len(same) / 2:
            if len(counts) > 1:
                found.setdefault("", []).append(f"{what}: no way that most schools share")
            continue
        for school, way in same.loc[same["way"] != counts.index[0], ["school_id", "way"]].itertuples(index=False):
            found.setdefault(str(school), []).append(f"{what}: {way} instead of {counts.index[0]}")
    found.pop("", None)
    return dict(sorted(found.items()))


def _list_screeners(screenings: pd.DataFrame, enrollments: pd.DataFrame) -> Ways:
    rows = _add_grade(screenings, enrollments)
    uses = rows.groupby(["school_id", "grade", "window", "domain", "measure"]).size()
    used = uses[uses >= LEAST_USES].reset_index()
    what = used["domain"].str.replace("_", " ") + ", grade " + used["grade"] + ", " + used["window"]
    used = used.assign(what=what)
    found: pd.DataFrame = (
        used.groupby(["school_id", "what"])["measure"]
        .agg(lambda names: " and ".join(sorted(names)))
        .rename("way")
        .reset_index()
    )
    return found


def _list_cuts(screenings: pd.DataFrame, enrollments: pd.DataFrame) -> Ways:
    rows = _add_grade(screenings, enrollments)
    if "cut_score" not in rows:
        return pd.DataFrame({"school_id": [], "what": [], "way": []})
    rows = rows[rows["cut_score"].notna()]
    counts = rows.groupby(["school_id", "measure", "grade", "window", "cut_score"]).size().rename("uses").reset_index()
    counts = counts[counts["uses"] >= LEAST_USES].sort_values(["uses", "cut_score"], ascending=[False, True])
    usual = counts.drop_duplicates(["school_id", "measure", "grade", "window"])
    what = usual["measure"].str.replace("_", " ") + ", grade " + usual["grade"] + ", " + usual["window"]
    found: pd.DataFrame = usual.assign(what=what, way=usual["cut_score"].map("{:g}".format))[
        ["school_id", "what", "way"]
    ]
    return found


def _add_grade(screenings: pd.DataFrame, enrollments: pd.DataFrame) -> pd.DataFrame:
    last = screenings["school_year"].max()
    rows = screenings[(screenings["school_year"] == last) & screenings["score"].notna()]
    grades = enrollments.loc[enrollments["school_year"] == last, ["student_id", "school_id", "grade"]]
    rows = rows.drop(columns=[name for name in ("grade",) if name in rows])
    found: pd.DataFrame = rows.merge(
        grades.drop_duplicates(["student_id", "school_id"]), on=["student_id", "school_id"]
    )
    return found


def _list_codes(referrals: pd.DataFrame, _: pd.DataFrame) -> Ways:
    years = find_school_year(referrals["date"])
    rows = referrals[years == years.max()]
    parts = []
    for column, words in (("behavior", "behavior codes"), ("location", "location codes"), ("level", "levels")):
        if column in rows:
            uses = rows.groupby(["school_id", column]).size().rename("uses").reset_index()
            parts.append(uses.rename(columns={column: "way"}).assign(what=words))
    joined: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return joined


def _list_instruments(fidelity: pd.DataFrame, _: pd.DataFrame) -> Ways:
    years = find_school_year(fidelity["date"])
    rows = fidelity[years == years.max()]
    ways = rows.groupby("school_id")["instrument"].agg(lambda names: " and ".join(sorted(set(names))))
    found: pd.DataFrame = ways.rename("way").reset_index().assign(what="fidelity instrument")
    return found


def _list_scales(surveys: pd.DataFrame, _: pd.DataFrame) -> Ways:
    years = find_school_year(surveys["date"])
    rows = surveys[(years == years.max()) & surveys["scale"].notna()]
    ways = rows.groupby(["school_id", "respondent_group"])["scale"].agg(lambda names: " and ".join(sorted(set(names))))
    ways = ways.rename("way").reset_index()
    found: pd.DataFrame = ways.assign(what="survey of " + ways["respondent_group"])
    return found


SUBJECTS: dict[str, tuple[str, Callable[[pd.DataFrame, pd.DataFrame], Ways]]] = {
    "screeners": ("screenings", _list_screeners),
    "cut scores": ("screenings", _list_cuts),
    "referral codes": ("referrals", _list_codes),
    "fidelity instruments": ("fidelity", _list_instruments),
    "survey scales": ("surveys", _list_scales),
}
OWN_CODES = ("referral codes",)
