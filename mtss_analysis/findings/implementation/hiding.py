"""What else is withheld so that a withheld number of few teachers cannot be had as a difference."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from mtss_analysis.findings.implementation.facts import Fact

REASON = "withheld, so that the number of few teachers cannot be worked out"


def withhold(fact: Fact) -> Fact:
    """Give a fact without its numbers."""
    return replace(
        fact,
        estimate=None,
        ci_low=None,
        ci_high=None,
        std_error=None,
        p_value=None,
        q_value=None,
        n=None,
        n_clusters=None,
        status="withheld",
        text=REASON,
    )


def hide_second(facts: Sequence[Fact], *, parts_of: Callable[[Fact], Hashable]) -> list[Fact]:
    """Withhold the next smallest part of every whole of which a single part is withheld.

    Parameters
    ----------
    facts : sequence of Fact
        Parts of wholes that are printed; parts of one whole do not overlap.
    parts_of : callable
        Names the whole of a part.

    Returns
    -------
    list of Fact
        In their order.
    """
    wholes: dict[Hashable, list[int]] = {}
    for place, fact in enumerate(facts):
        wholes.setdefault(parts_of(fact), []).append(place)
    out = list(facts)
    for places in wholes.values():
        hidden = [place for place in places if facts[place].status == "withheld"]
        shown = [place for place in places if facts[place].status != "withheld"]
        if len(hidden) == 1 and shown:
            smallest = min(shown, key=lambda place: (facts[place].n_clusters or 0, facts[place].n or 0))
            out[smallest] = withhold(facts[smallest])
    return out
