"""The fixed words of certainty, the numbers they stand for, and a check that prose keeps to them.

One word means one thing in the whole packet: "likely" is said of a statement with a probability
of 90 to 99 in 100 and of a 95 % interval, never of less.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

from mtss_analysis.show.numbers import NOT_ESTIMABLE, format_interval

Direction = Literal["rose", "fell", "stayed about the same", "cannot tell"]

INTERVAL_LEVEL = 0.95
FALSE_DISCOVERY_LIMIT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyWord:
    """A word of certainty and the probabilities it stands for, ``low`` included and ``high`` not."""

    word: str
    low: float
    high: float

    def meaning(self) -> str:
        """Say what the word stands for: ``60 to 90 in 100``."""
        if self.low <= 0:
            return f"less than {100 * self.high:.0f} in 100"
        if self.high > 1:
            return f"{100 * self.low:.0f} in 100 or more"
        return f"{100 * self.low:.0f} to {100 * self.high:.0f} in 100"


CERTAINTY_WORDS: tuple[CertaintyWord, ...] = (
    CertaintyWord(word="almost certain", low=0.99, high=math.inf),
    CertaintyWord(word="likely", low=0.90, high=0.99),
    CertaintyWord(word="more likely than not", low=0.60, high=0.90),
    CertaintyWord(word="about as likely as not", low=0.40, high=0.60),
    CertaintyWord(word="less likely than not", low=0.10, high=0.40),
    CertaintyWord(word="unlikely", low=0.01, high=0.10),
    CertaintyWord(word="almost ruled out", low=0.0, high=0.01),
)

CERTAINTY_PHRASES: tuple[tuple[str, str], ...] = (
    *((entry.word, f"a probability of {entry.meaning()}") for entry in CERTAINTY_WORDS),
    ("likely between A and B", "a 95% interval: made so, it holds the true value in 95 of 100 cases"),
    (
        "rose, fell, higher, lower",
        "the whole interval lies on one side, also after control of false discoveries",
    ),
    ("stayed about the same", "the whole interval lies within what the run file calls too small to matter"),
    ("cannot say", "the interval holds both directions, or there are too few students"),
    ("goes with", "the two are found together; which brings about which, if either, is not known"),
)
"""Every fixed phrase and what it stands for, for the methods chapter."""

_FORBIDDEN: tuple[tuple[str, str], ...] = (
    (r"(?i)\b(in|non-?)?significan(t|ce|tly)\b", "say how sure, not {found!r}"),
    (r"(?i)\b(leads?|led|leading) to\b", "an association goes with, never {found!r}"),
    (r"(?i)\bcaus(ed|ing)\b|(?<!root )(?<!systemic )\bcauses\b", "an association goes with, never {found!r}"),
    (r"(?i)\bpro(ves?|ved|ven|of)\b", "data do not prove: {found!r}"),
    (r"(?i)\bp\s*[<>=≤≥]\s*\.?\d|\bp-values?\b", "p-values belong in tables: {found!r}"),
    (
        r"(?i)\b(excellent|outstanding|disappointing|failing|blame|bad|poor)\b",
        "no praise, no blame: {found!r}",
    ),
    (r"\b(nan|NaN|NaT|inf)\b|<NA>", "a missing value was printed: {found!r}"),
    (r"\bNone\b(?! of\b)", "a missing value was printed: {found!r}"),
    (r"[{}]|%[sd]\b", "a placeholder was left: {found!r}"),
    (r"(?<=\S)  +(?=\S)", "double space"),
    (r"\s[,.;:!?](\s|$)", "space before punctuation"),
    (r"\.\.(?!\.)|,,|\(\s*\)", "doubled or empty punctuation: {found!r}"),
    (r"(?<![\w–-])-\d", "a hyphen stands for a minus sign: {found!r}"),
    (r"−0(\.0+)?(?!\.?\d)", "minus zero: {found!r}"),
    (r"\d\.\d{4,}", "too many digits: {found!r}"),
    (
        r"(?<![\d.,])1 (students|schools|teachers|classrooms|points|grades|years|weeks)\b",
        "plural of one: {found!r}",
    ),
)
_ENDS = re.compile(r"[.!?:][)\"'”’*_]*$")


def certainty(probability: float | None) -> str:
    """Say a probability in the packet's fixed words.

    Parameters
    ----------
    probability : float or None
        Probability that the statement is true, 0 to 1; None: not estimable.

    Returns
    -------
    str
        A word of `CERTAINTY_WORDS`, or ``cannot say``.

    Raises
    ------
    ValueError
        The probability is not between 0 and 1.
    """
    if probability is None:
        return "cannot say"
    if not 0 <= probability <= 1:
        msg = f"a probability lies between 0 and 1, not {probability}"
        raise ValueError(msg)
    return next(entry.word for entry in CERTAINTY_WORDS if probability >= entry.low)


def direction(
    *,
    low: float | None,
    high: float | None,
    q: float | None = None,
    negligible: float | None = None,
    q_limit: float = FALSE_DISCOVERY_LIMIT,
) -> Direction:
    """Say which way a change or difference goes, if that can be told.

    Parameters
    ----------
    low, high : float or None
        Interval of the change; None: not estimable.
    q : float or None
        False-discovery-adjusted p-value within the family of the finding; None: a single, declared question.
    negligible : float or None
        Size below which a change does not matter, in its own unit; None: not declared.
    q_limit : float
        Largest q at which a direction is said.

    Returns
    -------
    {'rose', 'fell', 'stayed about the same', 'cannot tell'}
        A change whose whole interval lies within ``negligible`` stayed about the same, whatever its sign.

    References
    ----------
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    if low is None or high is None:
        return "cannot tell"
    if negligible is not None and -negligible < low and high < negligible:
        return "stayed about the same"
    if q is not None and q > q_limit:
        return "cannot tell"
    if low > 0:
        return "rose"
    return "fell" if high < 0 else "cannot tell"


def likely_between(*, low: float | None, high: float | None, unit: str = "", decimals: int | None = None) -> str:
    """Say a 95 % interval: ``likely between 49 and 63``; ``likely range not known`` if there is none."""
    within = format_interval(low=low, high=high, unit=unit, decimals=decimals)
    return "likely range not known" if within == NOT_ESTIMABLE else f"likely {within}"


def cannot_say(question: str, *, reason: str) -> str:
    """Say that a question cannot be answered: ``We cannot say whether attendance changed: …``.

    Parameters
    ----------
    question : str
        What is asked, as it follows "We cannot say": ``whether attendance changed``.
    reason : str
        Why, without a full stop.

    Returns
    -------
    str
        One sentence.
    """
    return f"We cannot say {question}: {reason}."


def check_sentence(text: str) -> list[str]:
    """List what a published sentence or paragraph says that it must not say.

    Parameters
    ----------
    text : str
        One or more sentences, Markdown.

    Returns
    -------
    list of str
        One complaint each; empty where the text keeps to the rules.
    """
    stripped = text.strip()
    if not stripped:
        return ["the text is empty"]
    complaints = [
        complaint.format(found=found[0].strip())
        for pattern, complaint in _FORBIDDEN
        if (found := re.search(pattern, stripped)) is not None
    ]
    if not _ENDS.search(stripped):
        complaints.append("no full stop at the end")
    if stripped[0].islower():
        complaints.append("does not begin with a capital letter")
    if stripped.count("(") != stripped.count(")"):
        complaints.append("a bracket is not closed")
    if stripped != text:
        complaints.append("white space at an end")
    return complaints
