"""The known word nearest to a misspelt one."""

import difflib
from collections.abc import Iterable

_ALIKE = 0.5


def suggest(word: str, *, known: Iterable[str]) -> str:
    """Write `` (did you mean `x`?)``, or which words there are where none is near.

    Parameters
    ----------
    word : str
        What the user wrote.
    known : iterable of str
        What would have been understood.

    Returns
    -------
    str
        Starts with a space and goes behind a problem; empty where nothing is known.
    """
    choices = sorted(set(known))
    nearest = difflib.get_close_matches(word, choices, n=1, cutoff=_ALIKE)
    if nearest:
        return f" (did you mean `{nearest[0]}`?)"
    if not choices:
        return ""
    shown = ", ".join(f"`{choice}`" for choice in choices[:12])
    return f" (known: {shown}{', …' if len(choices) > 12 else ''})"
