"""A finding whose words, picture, table and records have been written, as a chapter lays it out."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.show import Figure, Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToldFinding:
    """One answer about implementation.

    Parameters
    ----------
    title : str
        Heading of its section.
    said : str
        The answer in a few sentences, with references to figure and table.
    short : str
        The answer in one sentence, for the opening of the chapter; empty: not opened with.
    drawn : Figure or None
        The picture.
    listed : Table or None
        The numbers.
    kept_in_mind : tuple of str
        Caveats.
    published : tuple of Record
        Every published number.
    offered : tuple of Note
        For page one.
    """

    title: str
    said: str
    short: str = ""
    drawn: Figure | None = None
    listed: Table | None = None
    kept_in_mind: tuple[str, ...] = ()
    published: tuple[Record, ...] = ()
    offered: tuple[Note, ...] = ()

    def heading(self) -> str:
        """Heading of its section."""
        return self.title

    def sentence(self) -> str:
        """The answer."""
        return self.said

    def answer(self) -> str:
        """The answer in one sentence."""
        return self.short

    def figure(self) -> Figure | None:
        """The picture of the answer."""
        return self.drawn

    def table(self) -> Table | None:
        """The numbers behind it."""
        return self.listed

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return self.kept_in_mind

    def records(self) -> tuple[Record, ...]:
        """Every published number."""
        return self.published

    def notes(self) -> tuple[Note, ...]:
        """Candidates for page one."""
        return self.offered


def record_fact(fact: Fact, *, school: School, finding: str, requirement: str, **fields: Any) -> Record:  # noqa: ANN401
    """Write a fact as a record.

    Parameters
    ----------
    fact : Fact
        The number.
    school : School
        For the district of a fact about all of it.
    finding, requirement : str
        As in a record.
    **fields : object
        Further fields of the record; they take precedence.

    Returns
    -------
    Record
        Of the school, or of the district where the fact is of no school.
    """
    estimable = fact.status == "ok" and fact.estimate is not None
    numbers: dict[str, Any] = {
        "school_id": fact.school_id or None,
        "level": "school" if fact.school_id else "district",
        "measure": fact.subject or None,
        "group": " ".join(part for part in (fact.group, fact.part) if part) or None,
        "estimate": fact.estimate,
        "std_error": fact.std_error,
        "ci_low": fact.ci_low,
        "ci_high": fact.ci_high,
        "p_value": fact.p_value,
        "q_value": fact.q_value,
        "n": fact.n,
        "n_clusters": fact.n_clusters,
        "status": fact.status if fact.status != "ok" or estimable else "not_estimable",
        "reason": None if estimable else fact.text or "cannot be estimated",
    }
    return Record(finding=finding, requirement=requirement, district_id=school.district_id, **(numbers | fields))


def record_reason(
    *, finding: str, requirement: str, reason: str, sentence: str, school: School, whole: bool = False
) -> tuple[Record, ...]:
    """Write as a record that something cannot be had.

    Parameters
    ----------
    finding, requirement : str
        As in a record.
    reason, sentence : str
        Why, and the sentence that says so.
    school : School
        Whose.
    whole : bool
        Whether it speaks of the whole district.

    Returns
    -------
    tuple of Record
        One.
    """
    return (
        Record(
            finding=finding,
            requirement=requirement,
            district_id=school.district_id,
            school_id=None if whole else school.school_id,
            level="district" if whole else "school",
            design="descriptive",
            status="not_estimable",
            reason=reason,
            sentence=sentence,
        ),
    )
