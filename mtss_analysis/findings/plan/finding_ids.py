"""What a goal says that it answers: ids of findings, checked against the kit and against what the run follows."""

from collections.abc import Iterator
from dataclasses import dataclass

from mtss_analysis.district.schema import find_nearest
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.finding_names import ABOUT, FINDING_NAMES, TABLES, About
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.practice_evidence import list_practices
from mtss_analysis.findings.record_names import name_record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.other_rows import CHRONIC, REFERRALS, SUPPORT
from mtss_analysis.show import LinkedText, join_words

REQUIREMENT = "R39"
KIND = "unknown_finding"
_WHAT = {
    "measure": "measure that the run follows",
    "practice": "practice that walkthroughs observed after a training",
    "cause": "root cause of the run file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingId:
    """The id of a finding: ``<finding>``, ``<finding>:<measure>`` or ``<finding>:<measure>:<grade or group>``.

    Parameters
    ----------
    written : str
        As the plan has it.
    finding : str
        The field ``finding`` of the records, such as ``share_below_cut``.
    rest : str
        What follows the first colon: the field ``measure``, and of whom; measures may hold colons. Empty: nothing.
    """

    written: str
    finding: str
    rest: str

    @property
    def starts(self) -> tuple[str, ...]:
        """What the measure may be: the rest up to each of its colons, the longest first."""
        parts = self.rest.split(":")
        return tuple(":".join(parts[:count]) for count in range(len(parts), 0, -1)) if self.rest else ()


def read_finding_id(written: str) -> FindingId:
    """Read the id of a finding.

    Parameters
    ----------
    written : str
        Such as ``trend:reading_scale`` or ``share_below_cut:reading_scale:3``.

    Returns
    -------
    FindingId
        Of a finding that need not exist.
    """
    finding, _, rest = written.partition(":")
    return FindingId(written=written.strip(), finding=finding.strip(), rest=rest.strip())


def check_finding_ids(plan: Plan, *, settings: Settings, comparison: FrameReader) -> tuple[PlanFault, ...]:
    """Check that the findings which the goals of a plan answer are among those of the kit and of the run.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Indicators, outcome measures, causes.
    comparison : Comparison
        With the frames ``implementation``, ``cause_trends`` and ``other_slopes``.

    Returns
    -------
    tuple of PlanFault
        Kind ``unknown_finding``, one for each goal with such an id. Of whom a finding is (its grade or group) is not
        checked, nor the measure of a finding that is about none of the run's measures, practices and causes.
    """
    known = _Known(settings=settings, comparison=comparison, district_id=plan.subject.district_id)
    faults = []
    for goal in plan.goals:
        wrong = [read_finding_id(one) for one in goal.finding_id]
        wrong = [one for one in wrong if not known.holds(one)]
        if wrong:
            faults.append(
                PlanFault(
                    requirement=REQUIREMENT,
                    kind=KIND,
                    table="goals",
                    row_id=goal.goal_id,
                    column="finding_id",
                    said=f"Goal {goal.goal_id} answers {join_words([_say_wrong(one) for one in wrong])}.",
                    mend=_say_mend(wrong[0], known=known),
                )
            )
    return tuple(faults)


def link_findings(plan: Plan, *, settings: Settings, comparison: FrameReader) -> dict[str, str]:
    """Say which findings each goal of a plan answers, as text that leads to the first of them.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Indicators, outcome measures, causes.
    comparison : Comparison
        As in :func:`check_finding_ids`.

    Returns
    -------
    dict of str to str
        By goal; without goals that name no finding. One that does not exist is named as it is written, without a link.
    """
    known = _Known(settings=settings, comparison=comparison, district_id=plan.subject.district_id)
    links: dict[str, str] = {}
    for goal in plan.goals:
        named = [read_finding_id(one) for one in goal.finding_id]
        if not named:
            continue
        sound = [one for one in named if known.holds(one)]
        said = [known.say(one) if one in sound else f"{one.written} (unknown)" for one in named]
        text = f"answers: {'; '.join(dict.fromkeys(said))}"
        table = next((table for one in sound if (table := known.find_table(one))), "")
        links[goal.goal_id] = LinkedText(text, to=f"tbl-{table}") if table else text
    return links


class _Known:
    """What ids of findings may hold in a run."""

    def __init__(self, *, settings: Settings, comparison: FrameReader, district_id: str) -> None:
        self._settings = settings
        self._comparison = comparison
        self._district_id = district_id
        self._lists: dict[About, frozenset[str]] = {}

    def holds(self, one: FindingId) -> bool:
        """Whether there is such a finding, about something that the run follows."""
        about = ABOUT.get(one.finding)
        if about is None:
            return False
        return about == "other" or not one.rest or self.find_measure(one) != ""

    def find_measure(self, one: FindingId) -> str:
        """Give the part of an id that is its measure, practice or cause; empty: none that is known."""
        known = self.list_names(ABOUT[one.finding])
        return next((start for start in one.starts if start in known), "")

    def list_names(self, about: About) -> frozenset[str]:
        """List what the second part of an id may be; empty: it is not checked."""
        if about not in self._lists:
            self._lists[about] = frozenset(self._gather(about))
        return self._lists[about]

    def say(self, one: FindingId) -> str:
        """Name a finding as a sentence does."""
        measure = self.find_measure(one) or one.rest.partition(":")[0]
        whom = one.rest[len(measure) :].lstrip(":")
        is_grade = whom.isdecimal() or whom in ("K", "PK")
        named = measure.partition(":")[2] or measure
        return name_record(
            {
                "finding": one.finding, "measure": named, "domain": None, "grade": whom if is_grade else None,
                "group": None if is_grade else whom.replace("=", ": "),
            }
        )  # fmt: skip

    def find_table(self, one: FindingId) -> str:
        """Give the name of the table in which a finding stands; empty: it has none of its own."""
        name = TABLES.get(one.finding, "")
        measure = self.find_measure(one)
        if "{measure}" not in name:
            return name
        return name.format(measure=measure.replace("_", "-")) if measure else ""

    def _gather(self, about: About) -> Iterator[str]:
        if about == "practice":
            yield from list_practices(self._comparison, district_id=self._district_id)
        if about == "cause":
            yield from (name for cause in self._settings.causes for name in (cause.id, cause.shown_by) if name)
        if about in ("measure", "cause"):
            yield from self._list_measures()

    def _list_measures(self) -> Iterator[str]:
        asked = self._settings
        yield from (one.measure for one in (*asked.indicators, *asked.outcome_measures))
        yield from (CHRONIC, REFERRALS, SUPPORT)
        yield from self._comparison.frame("cause_trends")["trend"].astype("str").unique()
        # Screeners that are no indicators of the run, whose trends it follows all the same.
        yield from self._comparison.frame("other_slopes")["measure"].astype("str").unique()


def _say_wrong(one: FindingId) -> str:
    if one.finding not in ABOUT:
        return f"“{one.written}”, but no finding of the packets is called “{one.finding}”"
    return f"“{one.written}”, which names no {_WHAT[ABOUT[one.finding]]}"


def _say_mend(one: FindingId, *, known: _Known) -> str:
    if one.finding not in ABOUT:
        nearest = find_nearest(one.finding, known=FINDING_NAMES)
        if nearest is not None:
            return f"Write {':'.join(part for part in (nearest, one.rest) if part)}, if that is meant."
        return "Write the name of a finding and its measure, such as trend:reading_scale; docs/plan.md lists them."
    about = ABOUT[one.finding]
    nearest = find_nearest(one.rest, known=known.list_names(about))
    if nearest is not None:
        return f"Write {one.finding}:{nearest}, if that is meant."
    return f"Write after the colon a {_WHAT[about]}."
