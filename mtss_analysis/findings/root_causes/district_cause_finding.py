"""Candidate root causes of a whole district: in which schools each is seen, and with which trends it goes."""

from typing import Any

import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.overview.source import OverviewSource
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.candidates import read_causes
from mtss_analysis.findings.root_causes.cause_finding import LINK_FAMILY, LINK_METHOD
from mtss_analysis.findings.root_causes.cause_incidence import SYSTEMIC, CauseRow, read_incidence
from mtss_analysis.findings.root_causes.cause_words import (
    NOT_CAUSE,
    capitalise,
    name_owner,
    say_changeable,
    say_counted,
    say_owner,
    say_undeclared,
)
from mtss_analysis.findings.root_causes.school_values import ABSENCE
from mtss_analysis.show import Column, Table, count_of, format_p, format_with_interval, join_words, say_number

TITLE = "Candidate root causes in the district"
NAME = "district-root-cause"

School = tuple[str, str]


def find_district_causes(source: OverviewSource, *, comparison: Comparison) -> ToldFinding:
    """Find where candidate root causes are seen in a district, and which are candidate systemic.

    Parameters
    ----------
    source : OverviewSource
        The district's overview.
    comparison : Comparison
        Has the frames ``causes``, ``cause_trends`` and ``cause_links``.

    Returns
    -------
    ToldFinding
        Where the run file declares no causes, they are what can be counted of schools; one sentence where there is
        nothing.
    """
    declared = bool(source.settings.causes)
    settings = read_causes(comparison, settings=source.settings)
    if not settings.causes:
        return ToldFinding(title=TITLE, said=say_undeclared())
    names = {
        (str(district), str(school)): str(name)
        for district, school, name in source.roster[["district_id", "school_id", "school_name"]].itertuples(index=False)
    }
    incidence = {
        school: read_incidence(comparison, district_id=school[0], school_id=school[1], settings=settings)
        for school in names
    }
    frame = comparison.frame("causes")
    whole = frame[(frame["district_id"] == source.district_id) & (frame["school_id"] == "")]
    links = comparison.frame("cause_links")
    links = links[links["population"] == ("state" if settings.population == "state" else source.district_id)]
    parts: list[str] = []
    cells: list[tuple[str, ...]] = []
    records: list[Record] = []
    for cause in settings.causes:
        own = whole[whole["cause"] == cause.id].to_dict("records")
        if not own:
            continue
        by_school = {school: row for school, rows in incidence.items() for row in rows if row.cause.id == cause.id}
        systemic = [school for school, row in by_school.items() if row.systemic]
        if systemic:
            parts.append(_say_systemic(by_school[systemic[0]], systemic, names=names))
        cells.append(
            (
                capitalise(cause.label), str(own[0]["text"]), str(own[0]["level_shown"]) or "–",
                SYSTEMIC if systemic else "–", "", "", say_owner(cause),
            )
        )  # fmt: skip
        cells += _list_trends(by_school, links[links["cause"] == cause.id], names=names)
        linked = links[links["cause"] == cause.id]
        records += _record(own[0], systemic=systemic, links=linked, ci_level=settings.ci_level)
    counted = count_of(len(settings.causes), "candidate root cause")
    short = " ".join(parts) or f"None of {counted} goes with two or more concerning trends of a school."
    said = short if declared else f"{say_counted()} {short}"
    titles = (
        "Candidate root cause, and beneath it the concerning trends", "Where it is seen", "Shown at the level of",
        "Together?", "Trend worsens more where it is seen, a year (likely range)", "q-value", "Who answers for it",
    )  # fmt: skip
    return ToldFinding(
        title=TITLE,
        said=f"{said} See @tbl-{NAME}.",
        short=short,
        listed=Table(
            name=NAME,
            caption=f"Candidate root causes{' of the run file' if declared else ''} in the district, with concerning "
            "trends of schools beneath.",
            columns=tuple(
                Column(title=title, align="right" if at in (4, 5) else "left") for at, title in enumerate(titles)
            ),
            rows=tuple(cells),
        ),
        kept_in_mind=(NOT_CAUSE,),
        published=tuple(records),
        offered=tuple({"kind": "attention", "topic": "cause", "measure": NAME, "sentence": one} for one in parts[:1]),
    )


def _say_systemic(row: CauseRow, schools: list[School], *, names: dict[School, str]) -> str:
    where = join_words([names[school] for school in schools])
    trends = join_words([f"{'rising' if one.trend == ABSENCE else 'falling'} {one.label}" for one in row.filled])
    owner = f"; {name_owner(row.cause.owner)} answers for it" if row.cause.owner else ""
    count = say_number(len(row.filled))
    return (
        f"{capitalise(row.cause.label)} goes with {count} concerning trends, {trends}, in {where}, "
        f"so it is {SYSTEMIC}; {say_changeable(row.cause)}{owner}."
    )


def _list_trends(
    by_school: dict[School, CauseRow], links: pd.DataFrame, *, names: dict[School, str]
) -> list[tuple[str, ...]]:
    """List beneath a cause each trend that is concerning in a school in which it is seen."""
    found: dict[str, list[tuple[School, str]]] = {}
    labels: dict[str, str] = {}
    for school, row in by_school.items():
        for one in row.symptoms:
            if one.filled:
                found.setdefault(one.trend, []).append((school, one.state))
                labels[one.trend] = f"{'rising' if one.trend == ABSENCE else 'falling'} {one.label}"
    cells: list[tuple[str, ...]] = []
    for trend, places in found.items():
        link = links[(links["trend"] == trend) & (links["status"] == "ok")].to_dict("records")
        more = quotient = "–"
        if link:
            numbers = (float(link[0][name]) for name in ("estimate", "ci_low", "ci_high"))
            value, low, high = numbers
            more = format_with_interval(value, low=low, high=high, signed=True)
            quotient = format_p(float(link[0]["q_value"])) if pd.notna(link[0]["q_value"]) else "–"
        where = join_words([names[school] for school, _ in places])
        cells.append((f"– {labels[trend]}", where, "", places[0][1], more, quotient, ""))
    return cells


def _record(row: dict[Any, Any], *, systemic: list[School], links: pd.DataFrame, ci_level: float) -> list[Record]:
    common: dict[str, Any] = {
        "requirement": "R16", "district_id": str(row["district_id"]), "school_id": None, "level": "district",
        "group": str(row["cause"]),
    }  # fmt: skip
    records = [
        Record(
            **common, finding="root_cause_of_trends", measure=str(row["shown_by"]) or None, design="association",
            estimate=float(len(systemic)), unit="schools in which it is candidate systemic",
            verdict=SYSTEMIC if systemic else str(row["present"]), sentence=str(row["text"]),
        )
    ]  # fmt: skip
    for link in links[links["status"] == "ok"].to_dict("records"):
        q_value = float(link["q_value"]) if pd.notna(link["q_value"]) else None
        records.append(
            Record(
                **common, finding="trend_beside_root_cause", measure=str(link["trend"]), design="association",
                method=LINK_METHOD, estimate=float(link["estimate"]), std_error=float(link["std_error"]),
                ci_low=float(link["ci_low"]), ci_high=float(link["ci_high"]), ci_level=ci_level,
                p_value=float(link["p_value"]), q_value=q_value, family=LINK_FAMILY if q_value is not None else None,
                n_clusters=int(link["n_schools"]),
            )
        )  # fmt: skip
    return records
