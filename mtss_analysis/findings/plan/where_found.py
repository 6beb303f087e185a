"""In which table of a packet the numbers behind a goal or an action stand."""

from mtss_analysis.show import LinkedText

BY_MEASURE = {
    "chronic_absence": "tbl-chronic-absence",
    "referrals": "tbl-referral-months",
    "caseload": "tbl-caseload",
}
BY_KIND = {"implementation": "tbl-practice-after-training", "fidelity": "tbl-fidelity-parts"}
"""Of measures such as ``fidelity:tier1``: the table of their kind."""

BY_STATISTIC = {"mean": "tbl-levels-", "at_cut_pct": "tbl-below-"}


def find_table(*, measure: str | None, statistic: str | None) -> str | None:
    """Find the table in which the numbers of a goal's measure stand.

    Parameters
    ----------
    measure, statistic : str or None
        In the words of the goals table.

    Returns
    -------
    str or None
        Label of a table, which a packet need not have; None where no table holds such a number.
    """
    if not measure:
        return None
    kind = measure.partition(":")[0]
    known = BY_MEASURE.get(measure) or BY_KIND.get(kind if ":" in measure else "")
    if known or not statistic or statistic not in BY_STATISTIC:
        return known
    return BY_STATISTIC[statistic] + measure.replace("_", "-")


def lead_to_table(text: str, *, measure: str | None, statistic: str | None) -> str:
    """Let a text lead to the table in which the numbers of a measure stand.

    Parameters
    ----------
    text : str
        A cell.
    measure, statistic : str or None
        In the words of the goals table.

    Returns
    -------
    str
        The same text; a :class:`LinkedText` where a table holds such numbers.
    """
    table = find_table(measure=measure, statistic=statistic)
    return text if table is None else LinkedText(text, to=table)
