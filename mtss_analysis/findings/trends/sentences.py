"""Phrases that several trend findings share."""

from mtss_analysis.disclosure import WITHHELD_MARK, CodedShare
from mtss_analysis.findings.trends.own import YearLevel
from mtss_analysis.show import format_percent, format_school_year, of_every_100


def say_share(share: CodedShare | None, *, in_words: bool = False) -> str:
    """Write a share for a table: ``56%``, ``<17%`` or the mark.

    Parameters
    ----------
    share : CodedShare or None
        As it may be printed; None: there is no share.
    in_words : bool
        Whether a limit is written ``fewer than 17%``, for a sentence.

    Returns
    -------
    str
        Cell text.
    """
    if share is None:
        return format_percent(None)
    if share.pct is None:
        return WITHHELD_MARK
    if share.kind == "exact":
        return format_percent(share.pct)
    sign = "<" if share.kind == "below" else ">"
    return f"{_side(share)} {share.pct:.0f}%" if in_words else f"{sign}{share.pct:.0f}%"


def say_share_of_100(share: CodedShare) -> str:
    """Write a share for a sentence: ``56 of every 100``, ``fewer than 17 of every 100``.

    Parameters
    ----------
    share : CodedShare
        A share that is not withheld.

    Returns
    -------
    str
        Words.
    """
    if share.pct is None:
        return "a share that is withheld"
    if share.kind == "exact":
        return of_every_100(share.pct)
    return f"{_side(share)} {share.pct:.0f} of every 100"


def say_coverage(year: YearLevel) -> str:
    """Say how many of the enrolled students had a score.

    Parameters
    ----------
    year : YearLevel
        The year.

    Returns
    -------
    str
        One sentence.
    """
    when = format_school_year(year.school_year)
    if year.screened.pct is None:
        return f"How many of the enrolled students had a score in {when} is withheld, because the group is small."
    return f"In {when}, {say_share_of_100(year.screened)} enrolled students had a score."


def _side(share: CodedShare) -> str:
    return "fewer than" if share.kind == "below" else "more than"
