"""What the data show of each root cause that a plan may aim at: whether it is there, where, and at which level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.plan.practice_evidence import list_practices, see_practice
from mtss_analysis.findings.plan.sight import Presence, Sight, combine
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.settings import Settings

FRAME = "causes"
SHARED_LEVELS = ("district", "classroom", "student", "")
"""Levels of a cause that, shown in the district as a whole, is shown for each of its schools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One cause that a plan may aim at, and what the data show of it everywhere in the district.

    Parameters
    ----------
    cause_id, label : str
        As actions write it, and as a sentence does.
    declared : Cause or None
        What the run file says of it; None: a practice of the walkthroughs that the run file does not name.
    shown_by : str
        What shows it in the data, as in the run file.
    sights : tuple of Sight
        By school; an empty school is the district as a whole.
    """

    cause_id: str
    label: str
    declared: Cause | None
    shown_by: str
    sights: tuple[Sight, ...]

    @property
    def practice(self) -> str:
        """The practice of the walkthroughs that it is about; empty: none."""
        kind, _, name = self.shown_by.partition(":")
        return name if kind == "implementation" else ""

    def sights_for(self, subject: Subject) -> tuple[Sight, ...]:
        """Give what is shown where the subject's plan reaches.

        Of a school: its own, and what is shown of the whole district where that holds for every school. Of a district:
        everything.
        """
        if subject.school_id is None:
            return self.sights
        return tuple(
            sight
            for sight in self.sights
            if sight.school_id == subject.school_id or (not sight.school_id and sight.level in SHARED_LEVELS)
        )

    def presence(self, subject: Subject) -> Presence:
        """Tell whether the data show it where the subject's plan reaches."""
        return combine(sight.present for sight in self.sights_for(subject))

    def levels(self, subject: Subject) -> tuple[str, ...]:
        """Give the levels at which the data show it where the plan reaches; empty: they do not show one."""
        found = [sight.level for sight in self.sights_for(subject) if sight.present == "yes" and sight.level]
        return tuple(dict.fromkeys(found))

    def wanted_levels(self, subject: Subject) -> tuple[str, ...]:
        """Give the levels at which an action against it should work: those shown, else the declared one, else none.

        What is counted school by school shows where it is, not whether it sits in the school, above it or below: where
        the data show schools alone, an action at the declared level fits, too.
        """
        shown = self.levels(subject)
        declared = (self.declared.level,) if self.declared else ()
        return tuple(dict.fromkeys((*declared, *shown))) if shown == ("school",) else shown or declared

    def schools(self) -> tuple[str, ...]:
        """List the schools of which the data show it."""
        return tuple(sight.school_id for sight in self.sights if sight.school_id and sight.present == "yes")

    def said(self, subject: Subject) -> str:
        """Say in one sentence what the data show where the plan reaches; empty: nothing is known."""
        seen = self.sights_for(subject)
        wanted = self.presence(subject)
        own_first = sorted(seen, key=lambda sight: (sight.school_id != (subject.school_id or ""), sight.school_id))
        return next((sight.said for sight in own_first if sight.present == wanted and sight.said), "")


def gather_evidence(comparison: FrameReader, *, district_id: str, settings: Settings) -> tuple[Evidence, ...]:
    """Gather what the data show of every cause of the run file, and of every further practice of the walkthroughs.

    Parameters
    ----------
    comparison : Comparison
        With the frames ``causes`` and ``implementation``.
    district_id : str
        The district.
    settings : Settings
        ``causes`` of the run file.

    Returns
    -------
    tuple of Evidence
        Those of the run file in its order, then practices by name. That a cause is there is said under control of
        errors over all that was searched: the causes and schools of the frame; the practices, groups of teachers and
        weeks of the search for a breakdown; the practices and schools that are compared.
    """
    frame = comparison.frame(FRAME)
    judged = frame[frame["district_id"] == district_id]
    practices = list_practices(comparison, district_id=district_id)
    declared = tuple(
        _read_declared(
            cause,
            rows=judged[judged["cause"] == cause.id],
            practices=practices,
            comparison=comparison,
            district_id=district_id,
        )
        for cause in settings.causes
    )
    known = {one for each in declared for one in (each.cause_id, each.practice)}
    return (*declared, *_read_further(practices, known=known, comparison=comparison, district_id=district_id))


def find_evidence(causes: Sequence[Evidence], wanted: Iterable[str]) -> tuple[Evidence, ...]:
    """Find the causes that an action names; those that nobody knows are left out.

    Parameters
    ----------
    causes : sequence of Evidence
        From :func:`gather_evidence`.
    wanted : iterable of str
        As the action writes them: an id of the run file, or a practice.

    Returns
    -------
    tuple of Evidence
        In the order in which the action writes them.
    """
    by_name = {one.practice: one for one in causes if one.practice} | {one.cause_id: one for one in causes}
    return tuple(by_name[name] for name in wanted if name in by_name)


def _read_declared(
    cause: Cause, *, rows: pd.DataFrame, practices: Sequence[str], comparison: FrameReader, district_id: str
) -> Evidence:
    evidence = Evidence(cause_id=cause.id, label=cause.label, declared=cause, shown_by=cause.shown_by, sights=())
    sights = _read_sights(rows)
    if evidence.practice in practices:
        whole = see_practice(comparison, practice=evidence.practice, district_id=district_id)[0]
        sights = tuple(_tell_more(sight, whole) for sight in sights)
    return replace(evidence, sights=sights)


def _tell_more(sight: Sight, whole: Sight) -> Sight:
    """Say a breakdown of the whole district with its numbers."""
    return replace(sight, said=whole.said) if not sight.school_id and whole.present == "yes" else sight


def _read_sights(rows: pd.DataFrame) -> tuple[Sight, ...]:
    return tuple(_read_sight(row) for row in rows.to_dict("records"))


def _read_sight(row: Mapping[object, object]) -> Sight:
    written = _text(row.get("present"))
    present: Presence = "yes" if written == "yes" else "no" if written == "no" else "cannot tell"
    return Sight(
        school_id=_text(row.get("school_id")),
        present=present,
        level=_text(row.get("level_shown")),
        said=_text(row.get("text")),
    )


def _read_further(
    practices: Sequence[str], *, known: set[str], comparison: FrameReader, district_id: str
) -> Iterable[Evidence]:
    return [
        Evidence(
            cause_id=practice,
            label=name_practice(practice),
            declared=None,
            shown_by=f"implementation:{practice}",
            sights=see_practice(comparison, practice=practice, district_id=district_id),
        )
        for practice in practices
        if practice not in known
    ]


def _text(cell: object) -> str:
    return "" if cell is None or pd.isna(cell) else str(cell)  # type: ignore[call-overload]
