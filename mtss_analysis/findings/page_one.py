"""Page one: at most six indicators with a sentence each, what goes well and what needs attention."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtss_analysis.findings.since_last import Change
from mtss_analysis.show import Figure, Text, draw_spark
from mtss_analysis.show.markdown import escape_text

MOST_INDICATORS = 6
MOST_LISTED = 3
MOST_CHARACTERS = 700
"""Of one list; the first sentence is printed whatever its length."""
MOST_TOGETHER = 1000
"""Of the longest list of each row together, two lists a row, so that page one stays one page; 1,200 still fit."""
PLACES = {"tiers": 1, "standing": 2, "absence": 1, "referrals": 1, "below_cut": 2, "gap": 1, "effect": 1}
"""How many indicators of each topic page one holds before any topic gets more."""

Note = Mapping[str, Any]


def write_page_one(
    notes: Sequence[Note], *, changes: Sequence[Change] | None = None, subject: str = "trend of this school"
) -> list[Text | Figure]:
    """Write page one from what the chapters offer for it.

    Parameters
    ----------
    notes : sequence of mapping
        From the chapters' record sets, in reading order: indicators (``kind`` ``kpi``), things that go ``well`` or need
        ``attention``, what would be done ``next``. A list holds one thing of each ``topic`` before a second of any.
    changes : sequence of Change or None
        What changed since the last packet, the most important first; None: there is no earlier packet.
    subject : str
        Of what is said that none stands out, where none does.

    Returns
    -------
    list of Text and Figure
        The text names the small pictures; empty where the chapters offer nothing.
    """
    chosen = choose_indicators([note for note in notes if note["kind"] == "kpi"])
    if not chosen:
        return []
    pictures = [_draw(note, place) for place, note in enumerate(chosen, start=1)]
    cards = "\n\n".join(_write_card(note, picture) for note, picture in zip(chosen, pictures, strict=True))
    lists = "\n\n".join(_write_lists(_choose_lists(notes, changes, subject=subject)))
    return [Text(markdown=f":::: {{.kpis}}\n{cards}\n::::\n\n:::: {{.lists}}\n{lists}\n::::"), *pictures]


def choose_indicators(offered: Sequence[Note]) -> list[Note]:
    """Choose at most six indicators, each topic its places first, in the order of the topics.

    Parameters
    ----------
    offered : sequence of mapping
        Indicators in reading order.

    Returns
    -------
    list of mapping
        At most six.
    """
    topics = list(PLACES)
    first = [note for topic in topics for note in [one for one in offered if one["topic"] == topic][: PLACES[topic]]]
    rest = [note for note in offered if note not in first]
    chosen = [*first, *rest][:MOST_INDICATORS]
    return sorted(chosen, key=lambda note: topics.index(note["topic"]) if note["topic"] in topics else len(topics))


def _draw(note: Note, place: int) -> Figure:
    return draw_spark(
        name=f"at-a-glance-{place}",
        caption=str(note["title"]),
        values=note["values"],
        what=str(note["what"]),
        limits=(float(note["limits"][0]), float(note["limits"][1])),
        reference=note["reference"],
    )


def _write_card(note: Note, picture: Figure) -> str:
    change = f" [{escape_text(note['change'])}]{{.kpi-change}}" if note.get("change") else ""
    return (
        "::: {.kpi}\n"
        f"[{escape_text(note['title'])}]{{.kpi-label}}\n\n"
        f"[{escape_text(note['number'])}]{{.kpi-number}}{change}\n\n"
        f"![](figures/{picture.name}.png){{.spark}}\n\n"
        f"{escape_text(note['sentence'])}\n"
        ":::"
    )


def _choose_lists(
    notes: Sequence[Note], changes: Sequence[Change] | None, *, subject: str
) -> list[tuple[str, list[str], str]]:
    """Choose the lists: heading, sentences, and what is said where there are none."""
    told = {
        kind: [str(note["sentence"]) for note in _take_turns([note for note in notes if note["kind"] == kind])]
        for kind in ("well", "attention", "next")
    }
    lists = [
        ("What goes well", told["well"], f"No {subject} stands out as promising beyond noise."),
        ("What needs attention", told["attention"], f"No {subject} stands out as concerning beyond noise."),
    ]
    if told["next"]:
        lists.append(("What we would do next", told["next"], ""))
    if changes is not None:
        nothing = "Nothing that could be compared changed by more than noise."
        lists.append(("What changed since the last packet", [change.sentence() for change in changes], nothing))
    return lists


def _take_turns(offered: Sequence[Note]) -> list[Note]:
    """Put the first of each topic before the rest; the order stays otherwise."""
    firsts = list({note.get("topic", ""): note for note in reversed(offered)}.values())
    return sorted(offered, key=lambda note: not any(note is first for first in firsts))


def _write_lists(lists: Sequence[tuple[str, list[str], str]]) -> Iterator[str]:
    """Write the lists, two a row: what a row takes, the next ones do not have."""
    left = MOST_TOGETHER
    for place in range(0, len(lists), 2):
        most = min(MOST_CHARACTERS, left)
        row = [
            (heading, _choose_sentences(sentences, most=most) or [nothing])
            for heading, sentences, nothing in lists[place : place + 2]
        ]
        left -= max(sum(map(len, sentences)) for _, sentences in row)
        yield from (_write_list(heading, sentences) for heading, sentences in row)


def _choose_sentences(sentences: Sequence[str], *, most: int) -> list[str]:
    chosen = list(sentences[:1])
    for sentence in sentences[1:MOST_LISTED]:
        if sum(map(len, chosen)) + len(sentence) <= most:
            chosen.append(sentence)
    return chosen


def _write_list(heading: str, sentences: Sequence[str]) -> str:
    items = "\n".join(f"- {escape_text(sentence)}" for sentence in sentences)
    return f"::: {{.list}}\n## {heading} {{.unnumbered .unlisted}}\n\n{items}\n:::"
