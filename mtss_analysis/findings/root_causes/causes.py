"""Candidate root causes in all schools: whether each is seen, at which level, and with which trends it goes."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtr

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.facts import Fact, read_facts
from mtss_analysis.findings.implementation.practice_rows import say_teachers
from mtss_analysis.findings.implementation.words import name_practice, say_from
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.candidates import choose_causes
from mtss_analysis.findings.root_causes.cause_links import LINK_COLUMNS, School, link_causes
from mtss_analysis.findings.root_causes.cause_words import say_contrast, say_measure
from mtss_analysis.findings.root_causes.concerns import gather_concerns
from mtss_analysis.findings.root_causes.presence import Contrast, contrast_schools, judge_contrasts
from mtss_analysis.findings.root_causes.school_values import (
    ABSENCE,
    FIDELITY,
    OK,
    PLACE,
    PRACTICE,
    REFERRALS,
    VALUE_COLUMNS,
    WITHHELD,
    decide_chronic,
    find_kind,
    gather_school_values,
    list_chronic,
    mask_hidden,
    rate_school_referrals,
)
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.show import count_of
from mtss_analysis.stats import adjust_p_values

CAUSE_FRAMES = ("causes", "cause_trends", "cause_links", "school_values")
CAUSE_COLUMNS = (
    "cause", *PLACE, "shown_by", "present", "level_shown", "value", "yardstick", "estimate", "ci_low", "ci_high",
    "q_value", "n", "n_clusters", "status", "text",
)  # fmt: skip
YES, NO, CANNOT_TELL = "yes", "no", "cannot tell"
FACTOR = "factor"
NOT_PRINTED = "the number is withheld, so that another school's cannot be worked out"
HIDDEN_TEXT = {
    YES: f"It is worse than in comparable schools; {NOT_PRINTED}.",
    NO: f"It is not worse than in comparable schools; {NOT_PRINTED}.",
    CANNOT_TELL: f"It cannot be told apart from comparable schools; {NOT_PRINTED}.",
}


def compare_causes(tables: Tables, *, reader: FrameReader, settings: Settings) -> dict[str, pd.DataFrame]:
    """Judge every candidate root cause in every school, gather concerning trends, and ask which go together.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    reader : FrameReader
        Gives ``implementation``, ``slopes``, ``levels``, ``whole_levels``, ``other_slopes`` and, where a cause names
        them, ``factors`` and ``climate_rates``.
    settings : Settings
        Causes (none: what can be counted of schools, see ``candidates``) and all that is asked.

    Returns
    -------
    dict of str to DataFrame
        ``causes``: one row per cause and school, and one of the whole district (empty ``school_id``),
        ``CAUSE_COLUMNS``: ``present`` is "yes", "no" or "cannot tell"; ``level_shown`` where the data show it
        ("district", "school", "classroom", "student"; empty: nowhere); ``estimate`` the difference from comparable
        schools or from the criterion. ``cause_trends``: see :func:`gather_concerns`. ``cause_links``: see
        :func:`link_causes`.
        ``school_values``: see :func:`gather_school_values`.

    Notes
    -----
    All tests of causes in schools are one family for each population: Benjamini and Hochberg's q-values over causes ×
    schools. A breakdown of a practice is named over all practices, bands and weeks searched, see ``implementation``.
    """
    has_schools = tables("schools") if tables.has("schools") else pd.DataFrame(columns=PLACE)
    years = decide_chronic(list_chronic(tables, settings=settings), settings=settings)
    values = gather_school_values(tables, facts=reader.frame("implementation"), years=years, settings=settings)
    concerns = gather_concerns(reader, settings=settings)
    settings = choose_causes(settings, measures=values["measure"].astype(str))
    if not settings.causes:
        return {
            "causes": pd.DataFrame(columns=list(CAUSE_COLUMNS)),
            "cause_trends": concerns,
            "cause_links": pd.DataFrame(columns=list(LINK_COLUMNS)),
            "school_values": mask_hidden(values),
        }
    if any(cause.shown_by == REFERRALS for cause in settings.causes):
        values = pd.concat([values, rate_school_referrals(reader.frame("climate_rates"))], ignore_index=True)
    roster = has_schools[PLACE].drop_duplicates().sort_values(PLACE, ignore_index=True)
    levels = find_levels(has_schools)
    rows: list[dict[str, object]] = []
    links = []
    for population, schools in _split(roster, settings=settings):
        inside = pd.MultiIndex.from_frame(schools)
        judged = _Judged(_among(values, inside), levels=levels, concerns=_among(concerns, inside), settings=settings)
        seen: dict[str, dict[School, bool]] = {}
        for cause in settings.causes:
            own = list(_judge_cause(cause, schools=schools, judged=judged, reader=reader, settings=settings))
            rows += own
            seen[cause.id] = {
                (str(row["district_id"]), str(row["school_id"])): row["present"] == YES
                for row in own
                if row["school_id"] and (row["present"] == YES or row["judged"])
            }
        links.append(
            link_causes(
                settings.causes,
                seen=seen,
                concerns=_among(concerns, inside),
                population=population,
                ci_level=settings.ci_level,
                rate=settings.false_discovery_rate,
            )
        )
    return {
        "causes": _frame_causes(rows),
        "cause_trends": concerns,
        "cause_links": pd.concat(links, ignore_index=True),
        "school_values": mask_hidden(values)[list(VALUE_COLUMNS)],
    }


def find_levels(schools: pd.DataFrame) -> dict[School, str]:
    """Find the latest level of every school, such as "elementary"; empty where none is recorded.

    Parameters
    ----------
    schools : DataFrame
        The schools table with ``district_id``.

    Returns
    -------
    dict of (district_id, school_id) to str
    """
    if "level" not in schools:
        return {(str(one), str(two)): "" for one, two in schools[PLACE].itertuples(index=False)}
    latest = schools.sort_values("school_year") if "school_year" in schools else schools
    return {
        (str(one), str(two)): "" if pd.isna(level) else str(level)
        for one, two, level in latest[[*PLACE, "level"]].itertuples(index=False)
    }


class _Judged:
    """Contrasts and verdicts of all causes' measures in the schools of one population."""

    def __init__(
        self, values: pd.DataFrame, *, levels: Mapping[School, str], concerns: pd.DataFrame, settings: Settings
    ) -> None:
        wanted = sorted({cause.shown_by for cause in settings.causes})
        self.values = values[values["measure"].isin(wanted)]
        self.contrasts: dict[tuple[str, str, str], Contrast] = {}
        for measure, own in self.values.groupby("measure", sort=True):
            for school, contrast in contrast_schools(own, levels=levels, settings=settings).items():
                self.contrasts[(str(measure), *school)] = contrast
        self.rises = _find_rises(concerns)
        self.verdicts = judge_contrasts(self.contrasts, rises=self.rises, rate=settings.false_discovery_rate)
        self.rise_slopes = self._find_rise_slopes(concerns)
        self.rows = {
            (str(row["measure"]), str(row["district_id"]), str(row["school_id"])): {
                str(name): value for name, value in row.items()
            }
            for row in self.values.to_dict("records")
        }

    def _find_rise_slopes(self, concerns: pd.DataFrame) -> dict[School, float]:
        """Rises of absence that are concerning, or for which absence is said to be seen."""
        found = {}
        for row in concerns[concerns["trend"] == ABSENCE].to_dict("records"):
            school = (str(row["district_id"]), str(row["school_id"]))
            key = (ABSENCE, *school)
            seen = key in self.verdicts and self.verdicts[key][0] == YES
            by_rise = seen and self.rises.get(school, 1.0) < (self.contrasts[key].p_value or 0.0)
            if row["concerning"] or by_rise:
                found[school] = float(row["slope"])
        return found


def _find_rises(concerns: pd.DataFrame) -> dict[School, float]:
    """One-sided p-values that chronic absence rises."""
    known = concerns[(concerns["trend"] == ABSENCE) & (concerns["status"] == "ok")]
    return {
        (str(row["district_id"]), str(row["school_id"])): float(stdtr(row["df"], -row["slope"] / row["std_error"]))
        for row in known.to_dict("records")
    }


def _judge_cause(
    cause: Cause, *, schools: pd.DataFrame, judged: _Judged, reader: FrameReader, settings: Settings
) -> Iterator[dict[str, object]]:
    """Judge a cause in every school of a population, and then in each of its districts."""
    for district_id, own in schools.groupby("district_id", sort=True):
        broken = _find_breakdown(cause, reader=reader, district_id=str(district_id))
        rows = [
            _judge_school(cause, school=(str(district_id), str(school_id)), judged=judged, broken=broken)
            for school_id in own["school_id"]
        ]
        yield from rows
        yield _judge_district(
            cause, rows=rows, district_id=str(district_id), broken=broken, reader=reader, settings=settings
        )


def _judge_school(cause: Cause, *, school: School, judged: _Judged, broken: Fact | None) -> dict[str, object]:
    keys: dict[str, object] = {
        "cause": cause.id,
        "district_id": school[0],
        "school_id": school[1],
        "shown_by": cause.shown_by,
    }
    key = (cause.shown_by, *school)
    measured, contrast = judged.rows.get(key), judged.contrasts.get(key)
    if contrast is None or measured is None:
        withheld = measured is not None and measured["status"] != OK
        row = keys | {"present": CANNOT_TELL, "level_shown": "", "status": WITHHELD if withheld else "not_estimable"}
        row["judged"] = False
        reason = _say_why_not(cause, withheld=withheld, measured=measured is not None)
    else:
        verdict, q_value = judged.verdicts[key]
        row = keys | {"present": verdict, "level_shown": "school" if verdict == YES else "", "status": WITHHELD}
        row["judged"] = True
        reason = HIDDEN_TEXT[verdict]
        if measured["status"] == OK:
            row |= {
                "value": contrast.value, "yardstick": contrast.yardstick, "estimate": contrast.difference,
                "ci_low": contrast.low if contrast.std_error else np.nan,
                "ci_high": contrast.high if contrast.std_error else np.nan,
                "q_value": np.nan if q_value is None else q_value, "n": measured["n"],
                "n_clusters": measured["n_clusters"], "status": OK,
            }  # fmt: skip
            reason = say_contrast(contrast, cause=cause, rise=judged.rise_slopes.get(school))
    if broken is not None and row["present"] != YES:
        row |= {"present": YES, "level_shown": "classroom"}
        reason = f"{reason} {_say_breakdown(broken)}"
    return row | {"text": reason}


def _judge_district(
    cause: Cause,
    *,
    rows: list[dict[str, object]],
    district_id: str,
    broken: Fact | None,
    reader: FrameReader,
    settings: Settings,
) -> dict[str, object]:
    keys: dict[str, object] = {
        "cause": cause.id, "district_id": district_id, "school_id": "", "shown_by": cause.shown_by, "status": "ok",
    }  # fmt: skip
    if find_kind(cause.shown_by) == FACTOR:
        return keys | _judge_factor(cause, reader=reader, settings=settings)
    seen = [row for row in rows if row["level_shown"] == "school"]
    known = [row for row in rows if row["present"] != CANNOT_TELL]
    if broken is not None:
        counted = {"n_clusters": len(known), "q_value": broken.p_value if broken.p_value is not None else np.nan}
        return keys | counted | {"present": YES, "level_shown": "classroom", "text": _say_breakdown(broken)}
    counted = {"n_clusters": len(known)}
    if seen:
        everywhere = len(seen) == len(known) and find_kind(cause.shown_by) == FIDELITY
        text = f"It is seen in {len(seen)} of {count_of(len(rows), 'school')}{_say_unknown(rows)}."
        return keys | counted | {"present": YES, "level_shown": "district" if everywhere else "school", "text": text}
    if known:
        text = f"It is seen in none of {count_of(len(rows), 'school')}{_say_unknown(rows)}."
        return keys | counted | {"present": NO, "level_shown": "", "text": text}
    text = str(rows[0]["text"]) if rows else "There is no school."
    same = all(row["text"] == text for row in rows)
    said = text if same else "It can be told of no school."
    return keys | counted | {"present": CANNOT_TELL, "level_shown": "", "status": "not_estimable", "text": said}


def _say_unknown(rows: list[dict[str, object]]) -> str:
    unknown = sum(row["present"] == CANNOT_TELL for row in rows)
    return f"; of {unknown} it cannot be told" if unknown else ""


def _find_breakdown(cause: Cause, *, reader: FrameReader, district_id: str) -> Fact | None:
    """Find the breakdown of the cause's practice that was named in the district, if one was."""
    if find_kind(cause.shown_by) != PRACTICE:
        return None
    practice = cause.shown_by.partition(":")[2]
    facts = read_facts(reader, district_id=district_id)
    named = [one for one in facts if one.topic == "search" and one.subject == practice and one.text == "named"]
    return named[0] if named else None


def _say_breakdown(broken: Fact) -> str:
    practice, week = name_practice(broken.subject), int(float(broken.part))
    whom = say_teachers(broken.group)
    return f"In the whole district, {practice} falls off {say_from(week)} after training among {whom}."


def _say_why_not(cause: Cause, *, withheld: bool, measured: bool) -> str:
    if not cause.shown_by:
        return "Nothing in the data can show it."
    if find_kind(cause.shown_by) == FACTOR:
        return "A factor is drilled down over all schools, not school by school."
    if withheld:
        return "Too few people stand behind the number to print it."
    if measured:
        return "There are fewer than three schools to compare with."
    return f"The data have nothing on {say_measure(cause.shown_by)} here."


def _judge_factor(cause: Cause, *, reader: FrameReader, settings: Settings) -> dict[str, object]:
    """Judge a declared factor by how it splits students of all schools, over all causes that are factors."""
    factors = reader.frame("factors")
    named = [one.shown_by.partition(":")[2] for one in settings.causes if find_kind(one.shown_by) == FACTOR]
    p_values = []
    for name in named:
        has = {"factor", "level_p"} <= set(factors.columns)
        own = factors[(factors["factor"] == name) & factors["level_p"].notna()] if has else factors.iloc[:0]
        each = own.drop_duplicates("measure")["level_p"].to_numpy(dtype="float64") if has else np.zeros(0)
        q_values = adjust_p_values(each)
        p_values.append(float(q_values.min()) if each.size else np.nan)
    q_value = adjust_p_values(np.array(p_values))[named.index(cause.shown_by.partition(":")[2])]
    if not np.isfinite(q_value):
        text = "The factor cannot be told apart from what is held constant, or the data do not have it."
        return {"present": CANNOT_TELL, "level_shown": "", "status": "not_estimable", "text": text}
    told = bool(q_value <= settings.false_discovery_rate)
    level = next((one.level for one in settings.factors if one.id == cause.shown_by.partition(":")[2]), "")
    text = "Students differ along it within schools." if told else "Students do not differ along it beyond chance."
    return {
        "present": YES if told else NO, "level_shown": level if told else "", "q_value": float(q_value), "text": text,
    }  # fmt: skip


def _frame_causes(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(CAUSE_COLUMNS))
    numbers = ["value", "yardstick", "estimate", "ci_low", "ci_high", "q_value", "n", "n_clusters"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _split(roster: pd.DataFrame, *, settings: Settings) -> list[tuple[str, pd.DataFrame]]:
    if settings.population == "state":
        return [("state", roster)]
    return [(str(district), own) for district, own in roster.groupby("district_id", sort=True)]


def _among(frame: pd.DataFrame, schools: pd.MultiIndex) -> pd.DataFrame:
    return frame[pd.MultiIndex.from_frame(frame[PLACE]).isin(schools)]
