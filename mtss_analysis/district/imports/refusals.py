"""Records of an export that cannot be written, each with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mtss_analysis.district.columns import Fault
from mtss_analysis.district.imports.distinct import Applied
from mtss_analysis.district.imports.mapping import ColumnRule
from mtss_analysis.district.schema import Field

LISTED_OF_EACH = 10_000
# Separates cells that are read together; it occurs in no export.
BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A record that cannot be written, and one reason.

    Parameters
    ----------
    table : str
        The district's table.
    file, row : str, int
        File of the export and its row, counted from 1 below the header.
    column, header : str, str
        Column of the table, and where its value comes from in the export.
    value : str or None
        What stands there.
    personal : bool
        Whether it stands for a person.
    problem, next_step : str
        What is wrong and what to do, without full stops.
    """

    table: str
    file: str
    row: int
    column: str
    header: str
    value: str | None
    personal: bool
    problem: str
    next_step: str


@dataclass(slots=True, kw_only=True, eq=False)
class Refused:
    """The records that one column refuses.

    Parameters
    ----------
    table, file : str
        The district's table and the file of the export.
    rule : ColumnRule
        What the mapping says of the column.
    column : Field
        The column.
    numbers : (n,) int array
        Row of the export of each record.
    skipped : (n,) bool array
        Records that are left out whatever they hold.
    seen : (n,) bool array
        Records refused.
    refusals : list of Refusal
        The first 10,000 of each problem.
    """

    table: str
    file: str
    rule: ColumnRule
    column: Field
    numbers: npt.NDArray[np.int64]
    skipped: npt.NDArray[np.bool_]
    seen: npt.NDArray[np.bool_] = field(init=False)
    refusals: list[Refusal] = field(default_factory=list)
    _listed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with no record refused."""
        self.seen = np.zeros(len(self.numbers), dtype=np.bool_)

    def add_unusable(self, applied: Applied) -> None:
        """Refuse the records whose cell the mapping's steps could not use."""
        self.seen[applied.bad_rows] = True
        for position, which in zip(applied.bad_rows.tolist(), applied.which.tolist(), strict=True):
            if not self.skipped[position]:
                trouble = applied.troubles[which]
                shown = trouble.value.replace(BETWEEN, " ")
                self._add(position, value=shown, problem=trouble.problem, next_step=trouble.next_step)

    def add_faults(self, faults: Iterable[Fault], *, values: pa.Array) -> None:
        """Refuse the records that break a rule of the column."""
        for fault in faults:
            if fault.severity == "warning":
                continue
            next_step = self._next_step(fault)
            for position in fault.rows[~self.seen[fault.rows] & ~self.skipped[fault.rows]].tolist():
                self._add(position, value=values[position].as_py(), problem=fault.problem, next_step=next_step)
            self.seen[fault.rows] = True

    def _add(self, position: int, *, value: str | None, problem: str, next_step: str) -> None:
        self._listed[problem] = self._listed.get(problem, 0) + 1
        if self._listed[problem] > LISTED_OF_EACH:
            return
        self.refusals.append(
            Refusal(
                table=self.table,
                file=self.file,
                row=int(self.numbers[position]),
                column=self.rule.target,
                header=_describe_source(self.rule),
                value=value,
                personal=self.column.personal,
                problem=problem,
                next_step=next_step,
            )
        )

    def _next_step(self, fault: Fault) -> str:
        if fault.rule == "required":
            return (
                "Fill it in the export, name another column in the mapping, or leave the row out with `leave_out_rows`"
            )
        if self.rule.values or self.rule.patterns:
            return f"{fault.next_step}, under `values:` of this column in the mapping"
        return fault.next_step


def _describe_source(rule: ColumnRule) -> str:
    if rule.setting is not None:
        return f"--set {rule.setting}"
    return " or ".join((*rule.headers, *rule.first_of, *rule.flags.values())) or rule.text or rule.value or ""
