"""Absence, referrals, scales and disproportionality of all schools, each with what may be printed of it."""

import pandas as pd

from mtss_analysis.disclosure import Relation, audit, get_profile
from mtss_analysis.findings.climate.cells import (
    ABSENCE,
    CHRONIC,
    COLUMNS,
    DOMAINS,
    PLACE,
    REGULAR,
    TRIANGLE,
    YEAR,
    N,
    list_absence_cells,
    list_count_cells,
    list_referral_cells,
    protect_cells,
    relate_cells,
)
from mtss_analysis.findings.climate.rates import COLUMNS as RATE_COLUMNS
from mtss_analysis.findings.climate.rates import rate_attendance, rate_referrals
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.absence import attach_enrollment, find_chronic, sum_absence, sum_months
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.referrals import KEYS, count_student_days, describe_referrals, take_student_days
from mtss_analysis.measures.risks import count_domains, find_low_scores

LEAST_WRITERS = 10
LEAST_AMONG_THEM = 3
"""A number about staff rests on at least three of them."""


def compare_climate(tables: Tables, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Count and rate absence and referrals of all schools, and decide what may be printed.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``climate``, groups, confidence level and disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``climate_cells``: counts with ``status``; a district's have no ``school_id``. ``climate_rates``: rates by
        year and
        month with intervals. ``climate_basis``: by school and year where school days come from, how many students were
        enrolled too few days to count, and how referrals are spread over staff. Empty where no district has the tables.
    """
    found = [_nothing(COLUMNS)]
    rates = []
    basis = []
    chronic = None
    if tables.has("attendance"):
        chronic = find_absence(tables, settings=settings)
        counted = attach_enrollment(
            chronic[chronic["counted"]],
            enrollments=tables("enrollments"),
            columns=list(dict.fromkeys(["grade", *(group.column for group in settings.groups)])),
        )
        found.append(list_absence_cells(counted, groups=settings.groups))
        rates.append(rate_attendance(sum_months(tables("attendance")), settings=settings))
        few = chronic.groupby([*PLACE, "school_year"], sort=True)["counted"].agg(lambda values: int((~values).sum()))
        basis.append(few.rename("n_too_short").reset_index())
    events, described, source = find_referrals(tables)
    if events is not None:
        by_student = (
            events.groupby([*PLACE, "school_year", "student_id"], sort=True)[["days", "referrals"]].sum().reset_index()
        )
        counted = by_student[by_student["days"] >= settings.climate.least_days]
        found.append(list_count_cells(counted, column="referrals", topic=TRIANGLE))
        found.append(list_referral_cells(described, days=events[KEYS[:4]].drop_duplicates()))
        basis += [source, _count_writers(described)]
    found.append(_count_risks(tables, chronic=chronic, events=events, settings=settings))
    cells = pd.concat(found, ignore_index=True).astype({"count": "int64", "n_students": "int64"})
    cells = protect_cells(cells, settings=settings)
    if events is not None:
        rates.append(rate_referrals(events, cells=cells[cells["topic"] == "referrals"], settings=settings))
    if chronic is not None:
        cells = pd.concat([cells, _add_districts(tables, cells=cells, settings=settings)], ignore_index=True)
    basis.append(_find_level(tables))
    return {
        "climate_cells": cells,
        "climate_rates": pd.concat(rates, ignore_index=True) if rates else _nothing(RATE_COLUMNS),
        "climate_basis": _join_basis(basis),
    }


def _nothing(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})


def find_absence(tables: Tables, *, settings: Settings, across_schools: bool = False) -> pd.DataFrame:
    """Find who was chronically absent.

    Parameters
    ----------
    tables : Tables
        The tables of all districts, with ``attendance``.
    settings : Settings
        ``climate``: from which share of days on, and after how many days.
    across_schools : bool
        Whether a student of several schools of a district counts once.

    Returns
    -------
    DataFrame
        One row per student and year, see :func:`mtss_analysis.measures.absence.find_chronic`.
    """
    return find_chronic(
        sum_absence(tables("attendance"), across_schools=across_schools),
        chronic_pct=settings.climate.chronic_pct,
        least_days=settings.climate.least_days,
    )


def find_referrals(tables: Tables) -> tuple[pd.DataFrame | None, pd.DataFrame, pd.DataFrame]:
    """Give student days with referrals by month, the referrals that fall on them, and where the days come from.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.

    Returns
    -------
    events : DataFrame or None
        One row per school, year, month and student with a school day: ``days`` and ``referrals``; None where no
        district has both referrals and days.
    described : DataFrame
        The referrals that fall on them.
    source : DataFrame
        By school and year, where the days come from.
    """
    nothing = pd.DataFrame()
    if not tables.has("referrals"):
        return None, nothing, nothing
    described = describe_referrals(tables("referrals"))
    if described.empty:
        return None, nothing, nothing
    newest = tables("referrals").groupby("district_id")["date"].max()
    days = pd.DataFrame({name: pd.Series(dtype="str") for name in KEYS}).assign(days=0.0, basis="")
    if tables.has("calendar"):
        calendar = tables("calendar")
        # A calendar reaches into the future, where nobody could have been referred yet.
        calendar = calendar[calendar["date"] <= calendar["district_id"].map(newest)]
        days = count_student_days(enrollments=tables("enrollments"), calendar=calendar).assign(basis="calendar")
    if tables.has("attendance"):
        taken = take_student_days(tables("attendance"))
        taken = taken[taken["month"] <= taken["district_id"].map(newest.dt.strftime("%Y-%m"))]
        there = pd.MultiIndex.from_frame(days[[*PLACE, "school_year"]])
        missing = ~pd.MultiIndex.from_frame(taken[[*PLACE, "school_year"]]).isin(there)
        days = pd.concat([days, taken[missing].assign(basis="attendance")], ignore_index=True)
    if days.empty:
        return None, nothing, nothing
    months = days[KEYS[:4]].drop_duplicates()
    described = described.merge(months, on=KEYS[:4], how="inner")
    counts = described.groupby(KEYS, sort=True).size().rename("referrals").reset_index()
    # A referral of a student who has no school day in that month still counts, without days.
    events = days.drop(columns="basis").merge(counts, on=KEYS, how="outer").fillna({"days": 0.0, "referrals": 0})
    source = days[[*PLACE, "school_year", "basis"]].drop_duplicates([*PLACE, "school_year"])
    return events, described, source


def _find_level(tables: Tables) -> pd.DataFrame:
    """Find the level of each school and year, so that schools are compared with their like."""
    schools = tables("schools") if tables.has("schools") else _nothing([*PLACE, "school_year", "level"])
    schools = schools if "level" in schools else schools.assign(level=None)
    return schools[[*PLACE, "school_year", "level"]].drop_duplicates([*PLACE, "school_year"])


def _count_writers(described: pd.DataFrame) -> pd.DataFrame:
    """Count who writes referrals, and what share the tenth writes that writes most, three people at least."""
    rows = []
    known = described[described["reported_by"].notna()]
    for place, block in known.groupby([*PLACE, "school_year"], sort=True):
        counts = block["reported_by"].value_counts().to_numpy()
        n_most = max(LEAST_AMONG_THEM, -(-len(counts) // 10))
        enough = len(counts) >= LEAST_WRITERS
        rows.append(
            {
                **dict(zip([*PLACE, "school_year"], place, strict=True)),
                "n_writers": len(counts) if enough else None,
                "n_most": n_most if enough else None,
                "most_pct": 100 * float(counts[:n_most].sum()) / float(counts.sum()) if enough else None,
            }
        )
    return pd.DataFrame(rows, columns=[*PLACE, "school_year", "n_writers", "n_most", "most_pct"])


def _count_risks(
    tables: Tables, *, chronic: pd.DataFrame | None, events: pd.DataFrame | None, settings: Settings
) -> pd.DataFrame:
    """Count the domains in which students are at risk; only schools of which two domains or more are known."""
    keys = [*PLACE, "school_year", "student_id"]
    risks = {}
    if tables.has("screenings"):
        screenings = tables("screenings")
        for domain in ("reading", "math"):
            measures = [one.measure for one in settings.indicators if one.domain == domain]
            if measures:
                risks[domain] = find_low_scores(screenings, measure=measures[0])
    if events is not None:
        sums = events.groupby(keys, sort=True)[["referrals", "days"]].sum().reset_index()
        risks["behavior"] = sums[keys].assign(low=(sums["referrals"] >= 2).to_numpy())[sums["days"] > 0]
    if chronic is not None:
        kept = chronic[chronic["counted"]]
        risks["attendance"] = kept[keys].assign(low=kept["chronic"].to_numpy())
    risks = {name: rows for name, rows in risks.items() if len(rows)}
    if len(risks) < 2:
        return _nothing(COLUMNS)
    enrolled = tables("enrollments")[keys].drop_duplicates()
    counted = count_domains(enrolled, risks=risks)
    several = _count_known(risks)
    counted = counted.merge(several[several["n_known"] >= 2], on=keys[:3], how="inner")
    return list_count_cells(counted[counted["n_domains"].notna()], column="n_domains", topic=DOMAINS)


def _count_known(risks: dict[str, pd.DataFrame]) -> pd.DataFrame:
    keys = [*PLACE, "school_year"]
    known = pd.concat([rows[keys].drop_duplicates() for rows in risks.values()], ignore_index=True)
    return known.groupby(keys, sort=True).size().rename("n_known").reset_index()


def _add_districts(tables: Tables, *, cells: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Count each district's chronically absent students, everybody once, and print what gives no school away.

    Schools have been decided. A district's count comes on top, and is printed where even beside it every withheld count
    of the schools stays as uncertain as the profile demands.
    """
    profile = get_profile(settings.profile)
    totals = find_absence(tables, settings=settings, across_schools=True)
    counted = (
        totals[totals["counted"]].groupby(["district_id", "school_year"], sort=True)["chronic"].agg(["size", "sum"])
    )
    absence = cells[cells["topic"] == ABSENCE]
    added = []
    for row in counted.reset_index().to_dict("records"):
        district_id, year = row["district_id"], row["school_year"]
        schools = absence[(absence["district_id"] == district_id) & (absence["school_year"] == year)]
        n, chronic = int(row["size"]), int(row["sum"])
        own = pd.DataFrame(
            {"cell": [N, CHRONIC, REGULAR], "count": [n, chronic, n - chronic]}, index=["n", "chronic", "regular"]
        )
        own = own.assign(
            district_id=district_id,
            school_id=None,
            topic=ABSENCE,
            turn=YEAR,
            school_year=year,
            slice=ALL,
            n_students=own["count"],
            status="ok",
        )
        if any(profile.hides(int(count)) for count in own["count"]):
            own["status"] = "withheld"
        else:
            every = pd.concat([schools, own])
            relations = [one for _, school in schools.groupby(PLACE) for one in relate_cells(school)]
            relations.append(Relation(total="n", parts=("chronic", "regular")))
            for name in (N, CHRONIC, REGULAR):
                parts = tuple(schools.index[(schools["slice"] == ALL) & (schools["cell"] == name)])
                relations.append(Relation(total=name, parts=parts))
            statuses = every["status"].replace("withheld", "complementary")
            if not audit(every, statuses, count="count", relations=relations, profile=profile).passed:
                own["status"] = "withheld"
        added.append(own)
    return pd.concat(added, ignore_index=True)[[*COLUMNS, "status"]] if added else _nothing([*COLUMNS, "status"])


def _join_basis(parts: list[pd.DataFrame]) -> pd.DataFrame:
    keys = [*PLACE, "school_year"]
    columns = [*keys, "level", "basis", "n_too_short", "n_writers", "n_most", "most_pct"]
    joined = _nothing(keys)
    for part in parts:
        joined = joined.merge(part, on=keys, how="outer")
    return joined.reindex(columns=columns).sort_values(keys, ignore_index=True)
