"""The table of a design ladder: what each design gives, its grade, or why it is not used."""

from typing import TYPE_CHECKING

from mtss_analysis.findings.effects.design_rows import Rung
from mtss_analysis.findings.effects.design_words import NAMES, capitalise
from mtss_analysis.show import Column, Table, format_count, format_with_interval

if TYPE_CHECKING:
    from mtss_analysis.findings.effects.design_finding import DesignFinding

TITLES = (
    "Design",
    "Effect (likely range)",
    "Size, SD (likely range)",
    "Students",
    "Grade",
    "Why not, or what stands against it",
)
NOT_BY_CHANCE = "The groups were not formed by chance"
"""Begins a reason that the grade itself says."""
NOTE = (
    "Grade: the highest rating by What Works Clearinghouse, 5.0, that the design can reach, and the ESSA tier. "
    "q-values (Benjamini and Hochberg) over the chosen designs of all interventions of the run. Standard errors: CR2, "
    "Satterthwaite; wild bootstrap: restricted, by school."
)


def tabulate_designs(finding: "DesignFinding") -> Table:
    """Tabulate the designs that were tried.

    Parameters
    ----------
    finding : DesignFinding
        With at least one rung.

    Returns
    -------
    Table
        One row per design, the one that is used first.
    """
    return Table(
        name=finding.name,
        caption=(
            f"Designs tried for {finding.question.label} and {finding.indicator.label} ({finding.indicator.unit}), "
            "the one that is "
            "used first."
        ),
        columns=tuple(
            Column(title=title, align="right" if 0 < place < 4 else "left") for place, title in enumerate(TITLES)
        ),
        rows=write_design_rows(finding),
        note=NOTE,
    )


def write_design_rows(finding: "DesignFinding") -> tuple[tuple[str, ...], ...]:
    """Write one row per design that was tried, the wild bootstrap's under that of the chosen one.

    Parameters
    ----------
    finding : DesignFinding
        With at least one rung.

    Returns
    -------
    tuple of tuple of str
        Cells of :data:`TITLES`.
    """
    return tuple(row for rung in finding.rungs for row in (_write_row(rung), *_write_wild(rung)))


def _write_row(rung: Rung) -> tuple[str, ...]:
    value, low, high = (rung.number(name) for name in ("estimate", "ci_low", "ci_high"))
    n = int(rung.row["n_treated"] + rung.row["n_comparison"])
    reasons = [one for one in str(rung.row["rating_reasons"]).split("; ") if not one.startswith(NOT_BY_CHANCE)]
    against = str(rung.row["reason"] or "") or "; ".join(reasons)
    if value is None:
        return (capitalise(NAMES[rung.design]), "–", "–", "–", "not used", capitalise(against) or "nothing")
    schools = "" if rung.design == "single_case" else f", {format_count(int(rung.row['n_clusters']))} schools"
    tier = rung.number("essa_tier")
    return (
        capitalise(NAMES[rung.design]),
        format_with_interval(value, low=low, high=high, signed=True),
        format_with_interval(rung.number("g"), low=rung.number("g_low"), high=rung.number("g_high"), signed=True),
        f"{format_count(n)}{schools}",
        f"{rung.row['rating']}, {'no tier' if tier is None else f'Tier {tier:.0f}'}",
        capitalise(against) or "nothing",
    )


def _write_wild(rung: Rung) -> tuple[tuple[str, ...], ...]:
    """Write the interval of the wild bootstrap under the estimate, where few schools stand behind it."""
    low, high = rung.number("wild_low"), rung.number("wild_high")
    if low is None or high is None or not rung.is_chosen:
        return ()
    told = format_with_interval(rung.number("estimate"), low=low, high=high, signed=True)
    return (("The same, wild bootstrap", told, "", "", "", "The method for fewer than ten schools"),)
