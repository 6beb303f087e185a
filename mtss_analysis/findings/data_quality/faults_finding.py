"""What is incomplete and what cannot be true in a school's data; nothing is said where nothing is wrong."""

from dataclasses import dataclass

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import Aspect, Fault
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Column, Figure, Table, count_of, format_school_year

HEADINGS: dict[str, str] = {
    "completeness": "What is incomplete",
    "plausibility": "What cannot be taken as it stands",
}
MOST_SAID = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaultsFinding:
    """Faults of one aspect.

    Parameters
    ----------
    faults : tuple of (Fault, str)
        At least one, each with its sentence.
    """

    aspect: Aspect
    faults: tuple[tuple[Fault, str], ...]
    kept_records: tuple[Record, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return HEADINGS[self.aspect]

    def sentence(self) -> str:
        """What is wrong, a sentence each."""
        said = _say_once(self.faults)
        more = len(said) - MOST_SAID
        rest = f" There {'is' if more == 1 else 'are'} {count_of(more, 'more', plural='more')}." if more > 0 else ""
        return f"{' '.join(said[:MOST_SAID])}{rest} See @tbl-{self._name}."

    def answer(self) -> str:
        """The first of what is wrong."""
        return _say_once(self.faults)[0]

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """One row for each fault."""
        titles = ("Table", "Year", "What is wrong", "What follows")
        return Table(
            name=self._name,
            caption=f"{HEADINGS[self.aspect]} in this school's data.",
            columns=tuple(Column(title=title) for title in titles),
            rows=tuple(
                (
                    fault.source,
                    format_school_year(fault.school_year) if fault.school_year else "–",
                    said,
                    "cannot be used" if fault.left_out else "used with care",
                )
                for fault, said in self.faults
            ),
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        kept = ["Numbers that rest on what is named here cannot be compared with others."]
        if self.aspect == "plausibility":
            kept.append(
                "A source is named only where chance would hardly make it look so in any school of the district; "
                "whether it is true all the same, and if not why, only the school can say."
            )
        return tuple(kept)

    def records(self) -> tuple[Record, ...]:
        """One record for each fault, with its reason."""
        return self.kept_records

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    @property
    def _name(self) -> str:
        return f"data-{self.aspect}"


def find_completeness(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[FaultsFinding, ...]:
    """Find what is incomplete: columns, months of attendance, weeks of the calendar.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``quality`` and the disclosure profile.
    comparison : Comparison
        What is wrong with the sources of all schools.

    Returns
    -------
    tuple of FaultsFinding
        One, or none where nothing is wrong.
    """
    asked = {"school_id": school_id, "settings": settings, "comparison": comparison}
    return _find(district, aspect="completeness", **asked)  # type: ignore[arg-type]


def find_plausibility(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[FaultsFinding, ...]:
    """Find what cannot be true: referrals that stop, months without absence, scores that are all the same.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``quality`` and the disclosure profile.
    comparison : Comparison
        What is wrong with the sources of all schools.

    Returns
    -------
    tuple of FaultsFinding
        One, or none where nothing is wrong.
    """
    asked = {"school_id": school_id, "settings": settings, "comparison": comparison}
    return _find(district, aspect="plausibility", **asked)  # type: ignore[arg-type]


def _find(
    district: District, *, aspect: Aspect, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[FaultsFinding, ...]:
    sources = find_usable_sources(district, school_id=school_id, settings=settings, comparison=comparison)
    faults = sources.of_aspect(aspect)
    if not faults:
        return ()
    return (FaultsFinding(aspect=aspect, faults=faults, kept_records=sources.records(aspect)),)


def _say_once(faults: tuple[tuple[Fault, str], ...]) -> list[str]:
    return list(dict.fromkeys(said for _, said in faults))
