"""How a finding is laid out in a chapter: heading, answer, figure, table, caveats, one after the other."""

from collections.abc import Sequence
from typing import Protocol

from IPython.display import display

from mtss_analysis.findings.record import Record
from mtss_analysis.show import Figure, RecordSet, Table, Text

Note = dict[str, object]


class Finding(Protocol):
    """What every finding can say of itself; None where there is nothing to draw or to tabulate."""

    def heading(self) -> str:
        """Heading of its section."""

    def sentence(self) -> str:
        """The answer in one to three sentences."""

    def answer(self) -> str:
        """The answer in one sentence without references, for the opening of the chapter."""

    def figure(self) -> Figure | None:
        """The picture of the answer."""

    def table(self) -> Table | None:
        """The numbers behind it."""

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind, one sentence each."""

    def records(self) -> tuple[Record, ...]:
        """Every published number."""

    def notes(self) -> tuple[Note, ...]:
        """Candidates for page one."""


def lay_out(findings: Finding | Sequence[Finding]) -> None:
    """Show findings one after the other in a notebook; a caveat that several share is said once.

    Parameters
    ----------
    findings : Finding or sequence of Finding
        What to show.
    """
    said: set[str] = set()
    for finding in findings if isinstance(findings, Sequence) else (findings,):
        figure, table = finding.figure(), finding.table()
        sentence = point_to_what_is_shown(finding.sentence(), figure=figure, table=table)
        _show(Text(markdown=f"## {finding.heading()}\n\n{sentence}"))
        for shown in (figure, table):
            if shown is not None:
                _show(shown)
        if caveats := [caveat for caveat in finding.caveats() if caveat not in said]:
            listed = "\n".join(f"- {caveat}" for caveat in caveats)
            _show(Text(markdown=f"::: {{.caveat}}\nKeep in mind:\n\n{listed}\n:::"))
            said.update(caveats)


def point_to_what_is_shown(sentence: str, *, figure: Figure | None, table: Table | None) -> str:
    """Take the figure or the table of the same name out of a sentence where only the other one is shown.

    Parameters
    ----------
    sentence : str
        May point to ``@fig-<name> and @tbl-<name>``.
    figure, table : Figure or Table or None
        What is shown; None: nothing can be drawn or tabulated.

    Returns
    -------
    str
        The sentence, pointing to what is there.
    """
    if table is not None and figure is None:
        return sentence.replace(f"@fig-{table.name} and @tbl-{table.name}", f"@tbl-{table.name}")
    if figure is not None and table is None:
        return sentence.replace(f"@fig-{figure.name} and @tbl-{figure.name}", f"@fig-{figure.name}")
    return sentence


def collect_records(*findings: Finding | Sequence[Finding]) -> RecordSet:
    """Collect the published numbers of a chapter, and its candidates for page one.

    Parameters
    ----------
    *findings : Finding or sequence of Finding
        All findings of the chapter.

    Returns
    -------
    RecordSet
        Shown by the last cell of a notebook.
    """
    every = [one for item in findings for one in (item if isinstance(item, Sequence) else (item,))]
    return RecordSet(
        records=tuple(record.to_dict() for one in every for record in one.records()),
        notes=tuple(note for one in every for note in one.notes()),
    )


def open_chapter(*findings: Finding | Sequence[Finding]) -> Text:
    """Open a chapter with its answer: what each of its main findings answers.

    Parameters
    ----------
    *findings : Finding or sequence of Finding
        The findings that answer the chapter's question.

    Returns
    -------
    Text
        One paragraph.
    """
    every = [one for item in findings for one in (item if isinstance(item, Sequence) else (item,))]
    return Text(markdown="::: {.answer}\n" + " ".join(text for one in every if (text := one.answer())) + "\n:::")


def _show(shown: Figure | Table | Text) -> None:
    display(shown)  # type: ignore[no-untyped-call]  # IPython is untyped here
