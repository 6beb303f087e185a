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
    "Effect size, SD (likely range)",
    "Students",
    "Schools",
    "WWC rating",
    "ESSA tier",
    "Why not, or what stands against it",
)
NOTE = (
    "WWC: What Works Clearinghouse, 5.0, the highest rating that the design can reach. q-values (Benjamini and "
    "Hochberg) over "
    "the chosen designs of all interventions of the run. Standard errors: CR2, Satterthwaite; wild bootstrap: "
    "restricted, by school."
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
            Column(title=title, align="right" if 0 < place < 5 else "left") for place, title in enumerate(TITLES)
        ),
        rows=tuple(row for rung in finding.rungs for row in (_write_row(rung), *_write_wild(rung))),
        note=NOTE,
    )


def _write_row(rung: Rung) -> tuple[str, ...]:
    value, low, high = (rung.number(name) for name in ("estimate", "ci_low", "ci_high"))
    n = int(rung.row["n_treated"] + rung.row["n_comparison"])
    against = str(rung.row["reason"] or "") or "; ".join(str(rung.row["rating_reasons"]).split("; "))
    known = value is not None
    tier = rung.number("essa_tier")
    return (
        capitalise(NAMES[rung.design]),
        format_with_interval(value, low=low, high=high, signed=True),
        format_with_interval(rung.number("g"), low=rung.number("g_low"), high=rung.number("g_high"), signed=True),
        format_count(n if known else None),
        format_count(int(rung.row["n_clusters"]) if known and rung.design != "single_case" else None),
        str(rung.row["rating"]) if known else "not used",
        ("none" if tier is None else f"{tier:.0f}") if known else "none",
        capitalise(against) or "nothing",
    )


def _write_wild(rung: Rung) -> tuple[tuple[str, ...], ...]:
    """Write the interval of the wild bootstrap under the estimate, where few schools stand behind it."""
    low, high = rung.number("wild_low"), rung.number("wild_high")
    if low is None or high is None or not rung.is_chosen:
        return ()
    told = format_with_interval(rung.number("estimate"), low=low, high=high, signed=True)
    return (("The same, wild bootstrap", told, "", "", "", "", "", "The method for fewer than ten schools"),)
