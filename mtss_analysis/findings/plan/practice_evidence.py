"""What walkthroughs show of a practice: a breakdown among some teachers, or weakness in a whole school."""

from collections.abc import Hashable, Mapping
from typing import Any

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.breakdown_words import say_breakdown
from mtss_analysis.findings.implementation.facts import FRAME, Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.practice_rows import ALL
from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.plan.sight import Presence, Sight
from mtss_analysis.show import format_number, likely_between

NOT_SHOWN = "No drop after training and no difference from the other schools can be told apart from noise."
NOT_PRINTED = "Too few teachers were observed to print a number."


def list_practices(comparison: FrameReader, *, district_id: str) -> tuple[str, ...]:
    """List the practices that walkthroughs of a district observed after a training.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``implementation``.
    district_id : str
        The district.

    Returns
    -------
    tuple of str
        By name.
    """
    frame = comparison.frame(FRAME)
    own = frame[(frame["district_id"] == district_id) & frame["topic"].isin(["search", "building"])]
    return tuple(sorted(set(own["subject"]) - {""}))


def see_practice(comparison: FrameReader, *, practice: str, district_id: str) -> tuple[Sight, ...]:
    """Say where a practice is weak: among some teachers of the district, or throughout a school.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``implementation``.
    practice : str
        The practice.
    district_id : str
        The district.

    Returns
    -------
    tuple of Sight
        The district's first: there where a breakdown was named over all practices, groups and weeks that were searched,
        in classrooms if it was located among some teachers. Then each school's: there where it stands below the
        district's others with its q-value under the false-discovery rate, over all practices and schools; at the level
        of the school, or of classrooms where the breakdown was located among teachers.
    """
    frame = comparison.frame(FRAME)
    own = frame[frame["district_id"] == district_id]
    buildings = own[(own["topic"] == "building") & (own["subject"] == practice)]
    facts = read_facts(comparison, district_id=district_id)
    searched = pick_facts(facts, topic="search", subject=practice)
    district = _see_district(searched[0] if searched else None, facts)
    means = buildings.loc[buildings["school_id"] == "", "estimate"]
    mean = float(means.iloc[0]) if len(means) and means.notna().iloc[0] else None
    rows = buildings[buildings["school_id"] != ""].to_dict("records")
    return (district, *(_see_school(row, mean=mean, district=district) for row in rows))


def _see_district(searched: Fact | None, facts: tuple[Fact, ...]) -> Sight:
    if searched is None or searched.text != "named":
        reason = NOT_SHOWN if searched is not None else "No drop after training could be searched."
        return Sight(school_id="", present="cannot tell", level="", said=reason)
    level = "" if searched.group == ALL else "classroom"
    return Sight(school_id="", present="yes", level=level, said=say_breakdown(searched, facts))


def _see_school(row: Mapping[Hashable, Any], *, mean: float | None, district: Sight) -> Sight:
    school_id = str(row["school_id"])
    if row["status"] != "ok":
        return Sight(school_id=school_id, present="cannot tell", level="", said=NOT_PRINTED)
    present: Presence = "yes" if row["text"] == "lower" else "no" if row["text"] == "higher" else "cannot tell"
    if present == "cannot tell":
        return Sight(school_id=school_id, present=present, level="", said=NOT_SHOWN)
    others = "" if mean is None else f", in the district in {format_number(mean, decimals=0)}"
    said = (
        f"In school {school_id}, {name_practice(str(row['subject']))} was fully in place in "
        f"{format_number(float(row['estimate']), decimals=0)} of 100 observations after training "
        f"({likely_between(low=float(row['ci_low']), high=float(row['ci_high']))}){others}."
    )
    level = (district.level or "school") if present == "yes" else ""
    return Sight(school_id=school_id, present=present, level=level, said=said)
