"""Rules of a table beyond the type of its cells, as its schema file declares them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, cast

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule over several cells, rows or tables.

    Parameters
    ----------
    name : str
        Short name, by which a finding says which rule is broken.
    kind : str
        The family of rules that computes it, a key of ``check_rules.FAMILIES``.
    columns : tuple of str
        Columns it looks at; what each stands for is said by its family.
    by : tuple of str
        Columns whose equal values make a group; empty: all rows are one.
    factor : float
        How many times the larger column may be exceeded; other families ignore it.
    values : tuple of str
        Words that are allowed, or known beside those of a table; other families ignore them.
    severity : {"error", "warning"}
        An error stops a run.
    problem, next_step : str
        What is wrong and what to do, each one sentence without a full stop.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    by: tuple[str, ...]
    factor: float
    severity: Severity
    problem: str
    next_step: str
    values: tuple[str, ...] = ()

    def about(self, column: str) -> Self:
        """Give the same rule for one of its columns."""
        return replace(self, columns=(column,))


def read_rule(rule: Mapping[str, Any]) -> Rule:
    """Read one entry of the list ``rules`` of a schema file.

    Parameters
    ----------
    rule : mapping
        With ``name``, ``kind``, ``columns``, ``severity``, ``problem`` and ``next_step``; ``by``, ``factor``
        and ``values`` where the family uses them.

    Returns
    -------
    Rule
        With ``by`` and ``values`` empty and ``factor`` 1 where they are not given.
    """
    return Rule(
        name=rule["name"],
        kind=rule["kind"],
        columns=tuple(rule["columns"]),
        by=tuple(rule.get("by", ())),
        factor=float(rule.get("factor", 1)),
        severity=cast("Severity", rule["severity"]),
        problem=rule["problem"],
        next_step=rule["next_step"],
        values=tuple(rule.get("values", ())),
    )
