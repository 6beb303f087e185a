"""Resources against need: students in Tier 2 or 3 for each full position, school by school."""

from dataclasses import dataclass

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.overview.source import PLACE, OverviewSource
from mtss_analysis.findings.record import Record
from mtss_analysis.show import Column, Figure, Table, cannot_say, format_school_year

NOT_SUPPORT = frozenset({"teacher", "principal"})
"""Roles that every school has for all its students."""
MOST_ROLES = 4
NAME = "support-positions"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StaffFinding:
    """Positions beside the students who get support."""

    source: OverviewSource
    roles: tuple[str, ...]
    rows: pd.DataFrame

    def heading(self) -> str:
        """Heading of its section."""
        return "Resources against need"

    def sentence(self) -> str:
        """How many students in support there are for each full position, least and most."""
        question = "how positions stand to the students in Tier 2 or 3"
        if self.source.support.empty:
            return cannot_say(question, reason="no school's numbers of students in Tier 2 or 3 may be printed")
        if not self.roles:
            return cannot_say(
                question, reason="no staff table has positions (fte) beside those of teachers and principals"
            )
        said = []
        for role in self.roles:
            loads = (self.rows["n_support"] / self.rows[role]).where(self.rows[role] > 0).dropna()
            if len(loads) > 1:
                said.append(
                    f"for every full position of {_name(role)} there are between {loads.min():.0f} and "
                    f"{loads.max():.0f} students in Tier 2 or 3"
                )
        if not said:
            return cannot_say(question, reason="fewer than two schools have both a position and a number to print")
        year = format_school_year(str(self.source.staff["school_year"].max()))
        return f"In {year}, {'; '.join(said)}. See @tbl-{NAME}."

    def answer(self) -> str:
        """Nothing: it stands in its section."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing: the table says it."""
        return None

    def table(self) -> Table | None:
        """Every school in the order of the roster."""
        if not self.roles or self.source.support.empty:
            return None
        keys = self.source.keys()
        titles = ["School", "Students in Tier 2 or 3", "Per 100 students"]
        for role in self.roles:
            titles += [f"{_name(role).capitalize()}, full positions", f"Students per {_name(role)}"]
        rows = []
        for row in self.rows.to_dict("records"):
            place = (str(row["district_id"]), str(row["school_id"]))
            known = pd.notna(row["n_support"])
            cells = [f"{keys.get(place, '')} {row['school_name']}".strip()]
            cells += [
                str(int(row["n_support"])) if known else WITHHELD_MARK,
                f"{100 * row['n_support'] / row['n_known']:.0f}" if known else WITHHELD_MARK,
            ]
            for role in self.roles:
                fte = row[role]
                cells.append(f"{fte:.1f}" if pd.notna(fte) else "–")
                load = row["n_support"] / fte if known and pd.notna(fte) and fte > 0 else None
                cells.append(WITHHELD_MARK if not known else "–" if load is None else f"{load:.0f}")
            rows.append(tuple(cells))
        return Table(
            name=NAME,
            caption="Positions beside the students in Tier 2 or 3, latest year; schools in the order of the roster.",
            columns=tuple(
                Column(title=title, align="left" if place == 0 else "right") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if self.rows["n_support"].isna().any() else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if not self.roles or self.source.support.empty:
            return ()
        return (
            "Positions are counted as the staff table has them, also where a person works in Tier 1 or with the "
            "whole school. How hard the work is with a student is not in these numbers.",
        )

    def records(self) -> tuple[Record, ...]:
        """Students in Tier 2 or 3 for each full position, by school and role."""
        if not self.roles:
            return ()
        records = []
        for row in self.rows.to_dict("records"):
            for role in self.roles:
                fte = row[role]
                if pd.isna(row["n_support"]) or pd.isna(fte) or fte <= 0:
                    continue
                records.append(
                    Record(
                        finding="students_in_support_per_position", requirement="R41",
                        district_id=str(row["district_id"]), school_id=str(row["school_id"]), group=role,
                        school_year=str(row["school_year"]), estimate=float(row["n_support"] / fte),
                        unit="students per full position", design="descriptive", n=int(row["n_support"]),
                    )
                )  # fmt: skip
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()


def find_resources(source: OverviewSource) -> StaffFinding:
    """Set positions against the students who get support.

    Parameters
    ----------
    source : OverviewSource
        A district's schools.

    Returns
    -------
    StaffFinding
        It says so where there are no positions, or no numbers to print.
    """
    staff = source.staff
    there = (
        staff.groupby("role")["fte"].sum().sort_values(ascending=False) if len(staff) else pd.Series(dtype="float64")
    )
    roles = tuple(str(role) for role in there.index if role not in NOT_SUPPORT and there[role] > 0)[:MOST_ROLES]
    wide = staff.pivot_table(index=PLACE, columns="role", values="fte", aggfunc="sum") if roles else pd.DataFrame()
    rows = source.roster[[*PLACE, "school_name"]].merge(source.support, on=PLACE, how="left")
    for role in roles:
        rows = rows.merge(wide[role].rename(role).reset_index(), on=PLACE, how="left")
    return StaffFinding(source=source, roles=roles, rows=rows)


def _name(role: str) -> str:
    return role.replace("_", " ")
