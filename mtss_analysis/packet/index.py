"""``index.html``: every packet of a run, state by state, district by district, searchable."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import jinja2
from markupsafe import Markup

from mtss_analysis.packet.render.theme import THEME

Status = Literal["done", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A packet as listed in the index.

    Parameters
    ----------
    district_id : str or None
        Code of the district; None for the overview of a state.
    district_name : str
        District; its code where no name is known.
    school_id : str or None
        Code of the school; None for the overview of a district or state.
    school_name : str
        School, or what the overview is called.
    status : {"done", "failed", "skipped"}
        How the run ended for it.
    state_name : str
        State; empty where a run has one state that needs no naming.
    reason : str
        Why there is no packet or why it was not made anew, in one line; empty where there is nothing to say.
    html, pdf : str or None
        Where the renderings are, relative to the index, with forward slashes; None where there is none.
    """

    district_id: str | None
    district_name: str
    school_id: str | None
    school_name: str
    status: Status
    state_name: str = ""
    reason: str = ""
    html: str | None = None
    pdf: str | None = None

    @property
    def words(self) -> str:
        """What the search looks at."""
        parts = [
            self.school_name,
            self.school_id,
            self.district_name,
            self.district_id,
            self.state_name,
            self.status,
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class _District:
    name: str
    code: str
    schools: Sequence[IndexEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    name: str
    overviews: Sequence[IndexEntry]
    districts: Sequence[_District]


def write_index(entries: Iterable[IndexEntry], *, path: Path, title: str, language: str = "en") -> None:
    """Write the index of a run.

    Parameters
    ----------
    entries : iterable of IndexEntry
        Packets in any order; listed by name, numbers in names by size, overviews first.
    path : Path
        The file.
    title : str
        Heading of the page.
    language : str
        BCP 47 code of the page's language.
    """
    listed = sorted(entries, key=_order_of)
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(THEME), autoescape=True)
    packets = templates.get_template("packets.html")
    page = templates.get_template("index.html").render(
        language=language,
        title=title,
        style=Markup((THEME / "index.css").read_text(encoding="utf-8")),  # noqa: S704  # the kit's own style sheet
        counts=_count(listed),
        states=[_group_state(name, list(group)) for name, group in groupby(listed, key=lambda entry: entry.state_name)],
        write_packets=lambda group: Markup(packets.render(entries=group)),  # noqa: S704  # escaped by its own template
    )
    path.write_text(page + "\n", encoding="utf-8", newline="\n")


def _group_state(name: str, entries: Sequence[IndexEntry]) -> _State:
    in_districts = [entry for entry in entries if entry.district_id is not None]
    districts = [
        _District(name=district_name, code=code or "", schools=list(group))
        for (district_name, code), group in groupby(
            in_districts, key=lambda entry: (entry.district_name, entry.district_id)
        )
    ]
    overviews = [entry for entry in entries if entry.district_id is None]
    return _State(name=name, overviews=overviews, districts=districts)


def _order_of(entry: IndexEntry) -> tuple[object, ...]:
    return (
        _natural(entry.state_name),
        _natural(entry.district_name),
        _natural(entry.district_id or ""),
        entry.school_id is not None,
        _natural(entry.school_name),
        _natural(entry.school_id or ""),
    )


def _natural(text: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", text.casefold())
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts] + [(2, 0, text)]


def _count(entries: Sequence[IndexEntry]) -> str:
    count = Counter(entry.status for entry in entries)
    stated = [f"{count[status]} {status}" for status in ("done", "failed", "skipped") if count[status]]
    packets = "1 packet" if len(entries) == 1 else f"{len(entries)} packets"
    return f"{packets}: {', '.join(stated)}" if stated else "No packets"
