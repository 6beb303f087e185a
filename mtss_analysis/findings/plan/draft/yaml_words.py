"""Write a draft as a YAML file that a school team can read and fill in."""

import json
import re
import textwrap
from collections.abc import Iterator

from mtss_analysis.findings.plan.draft.drafting import Draft
from mtss_analysis.findings.plan.draft.rows import Cell, DraftRow, Value

WIDTH = 110
FILL_IN = "fill in"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _./;()+-]*")
_NO_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def write_draft(draft: Draft) -> str:
    """Write the file.

    Parameters
    ----------
    draft : Draft
        The drafted plan.

    Returns
    -------
    str
        YAML with comments; read back, it gives the rows of the draft.
    """
    lines = [*_open(draft)]
    if draft.goals:
        lines.append("goals:")
        for goal in draft.goals:
            lines += ["", *_write_row(goal, indent=2)]
    else:
        lines += ["# No trend is concerning and no root cause is shown, so there is nothing to draft.", "goals: []"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _open(draft: Draft) -> Iterator[str]:
    subject = draft.subject
    whose = f"school {subject.school_id}, {subject.name}" if subject.school_id else f"the district, {subject.name}"
    yield from _comment(f"The plan of {whose}: a draft from the findings of the run {draft.run}.", indent=0)
    yield from _comment(
        f"Numbers, ids and levels come from the data, as the comments say. A line with `{FILL_IN}` is for the team: "
        "write behind the colon. Change whatever you know better, and take out the goals that have to wait. "
        "docs/plan.md explains every key; `mtss check` and the chapter on the action plan say what is missing.",
        indent=0,
    )
    for reason in draft.unmeasured:
        name = reason.cause.cause_id if reason.cause else reason.label
        said = " ".join(reason.said)
        yield from _comment(
            f"The data also show {reason.label} ({name}), which no measure of a goal follows. {said}".strip(), indent=0
        )
    yield ""


def _write_row(row: DraftRow, *, indent: int) -> Iterator[str]:
    for sentence in row.said:
        yield from _comment(sentence, indent=indent)
    for at, cell in enumerate(row.cells):
        yield from _write_cell(cell, dash=at == 0, indent=indent)
    for table in dict.fromkeys(inner.table for inner in row.inside):
        yield f"{' ' * (indent + 2)}{table}:"
        for inner in row.inside:
            if inner.table == table:
                yield from _write_row(inner, indent=indent + 4)


def _write_cell(cell: Cell, *, dash: bool, indent: int) -> Iterator[str]:
    start = f"{' ' * indent}- " if dash else " " * (indent + 2)
    if cell.value is None:
        yield f"{start}{cell.key}:{f'  # {FILL_IN}: {cell.fill_in}' if cell.fill_in else ''}"
        return
    written = f"{start}{cell.key}: {_write_value(cell.value)}"
    if isinstance(cell.value, str) and len(written) > WIDTH:
        yield f"{start}{cell.key}: >-"
        within = " " * (indent + 4)
        yield from textwrap.wrap(cell.value, width=WIDTH, initial_indent=within, subsequent_indent=within)
        return
    note = f"  # {cell.source}" if cell.source else ""
    if note and len(written) + len(note) > WIDTH:
        yield from _comment(f"{cell.key}: {cell.source}", indent=indent + 2)
        note = ""
    yield written + note


def _write_value(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, tuple):
        return f"[{', '.join(_quote(one, within=True) for one in value)}]"
    return _quote(value)


def _quote(text: str, *, within: bool = False) -> str:
    """Put text into quotes wherever a reader of YAML might take it for something else."""
    is_day = re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text) is not None
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _NO_TEXT and text == text.strip()
    return text if plain or (is_day and not within) else json.dumps(text, ensure_ascii=False)


def _comment(text: str, *, indent: int) -> Iterator[str]:
    start = f"{' ' * indent}# "
    yield from textwrap.wrap(text, width=WIDTH, initial_indent=start, subsequent_indent=start)
