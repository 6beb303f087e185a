"""The methods in plain words with their references, and the words of certainty with what they stand for."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, get_profile
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import CERTAINTY_PHRASES, Column, Figure, Table

METHODS: tuple[tuple[str, str, str], ...] = (
    (
        "Likely range of one year's mean or share",
        "How far the number could lie from that of many students like these. It does not count that another "
        "teacher would have "
        "taught the same class differently.",
        "Student's t; Wilson (1927), JASA 22, near none and all as in Brown et al. (2001)",
    ),
    (
        "Standing",
        "How many standard deviations of the state's scores the school's mean lies above the state's mean of "
        "the same grade (and, "
        "where a cohort is followed, the same year). The percentile is that of an average student if scores "
        "follow a bell curve.",
        "Standard scores",
    ),
    (
        "Trends, factors and effects",
        "Students of one classroom resemble each other, so chance is reckoned between classrooms (or teachers, "
        "or schools), not between students, with a correction for few of them.",
        "Bell & McCaffrey (2002); Pustejovsky & Tipton (2018)",
    ),
    (
        "Data that cannot be true",
        "What a school reports in a month is held against its own other months and against what the district's other "
        "schools report then. It is named only where chance would hardly make any school of the district look so.",
        "Gamma-Poisson prediction; Gelman et al. (2013), section 2.6",
    ),
    (
        "Shrunken estimates",
        "Each school's estimate is drawn towards the mean of all schools, the more the less its own data say. "
        "It errs less often than "
        "the raw estimate, above all for small schools.",
        "Morris (1983), JASA 78; Rubin (1981)",
    ),
    (
        "Many questions at once",
        "When many trends are examined, some look striking by chance. The q-value holds down the share of "
        "false alarms among those "
        "that are named.",
        "Benjamini & Hochberg (1995), JRSS B 57",
    ),
    (
        "Share of the spread",
        "How much of the differences between students of the same school and year goes with a factor, with the "
        "part that chance "
        "alone would give taken out.",
        "Partial R², delete-one jackknife",
    ),
    (
        "Who or how (mix and rate)",
        "A mean changes when the mix of students changes or when groups do differently. The change is split "
        "into these two parts.",
        "Kitagawa (1955), JASA 50",
    ),
    (
        "Levels (variance parts)",
        "The differences between all students of all schools are divided into those between districts, "
        "schools, classrooms and "
        "students.",
        "Restricted maximum likelihood; Raudenbush & Bryk (2002)",
    ),
    (
        "Intention to treat",
        "Students are counted in the group that chance gave them, whatever they attended later, so that moves "
        "do not tilt the comparison.",
        "Krueger (1999), QJE 114",
    ),
    (
        "The strongest design",
        "Whether a programme helped is judged by the strongest comparison that the data support: chance, students on "
        "both sides of a cut score, similar students, schools that start later, a series over time, single cases, "
        "growth. Without any of them no effect is named.",
        "What Works Clearinghouse 5.0; Calonico et al. (2014); Callaway & Sant'Anna (2021)",
    ),
    (
        "Practice after training",
        "Lessons seen by observers, by weeks after the training. The search over practices, groups of teachers and "
        "weeks is allowed for.",
        "Maximum of the tests over the search; intervals by teacher",
    ),
    (
        "Candidate root causes",
        "A cause is seen where what shows it is worse than in the median of comparable schools, by a step and beyond "
        "chance over all causes and schools. It is candidate systemic where two or more concerning trends go with it.",
        "Benjamini & Hochberg (1995); Benjamini & Bogomolov (2014)",
    ),
    (
        "Action plan",
        "Each goal and action is held against the data: what schools like this one achieved, where root causes sit, "
        "hours and money that are there. A goal is behind only where the difference is beyond noise.",
        "SMART goals; the seven questions of the planning guide",
    ),
    (
        "Effect size and rating",
        "The difference over the spread of students' scores, and the highest rating that the design can reach "
        "by attrition and "
        "baseline.",
        "What Works Clearinghouse, Procedures and Standards Handbook 5.0",
    ),
    (
        "ESSA tier",
        "How strong the evidence is under federal law: 1 strong, 2 moderate, 3 promising. One school can reach "
        "Tier 3 at most.",
        "Every Student Succeeds Act, section 8101(21)",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MethodsFinding:
    """How the numbers of a packet are made."""

    def heading(self) -> str:
        """Heading of its section."""
        return "How the numbers are made"

    def sentence(self) -> str:
        """Where the methods stand."""
        return "Each method in plain words, with where it is described, is in @tbl-methods."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """One row per method."""
        return Table(
            name="methods",
            caption="Methods in plain words.",
            columns=(Column(title="Method"), Column(title="In plain words"), Column(title="Described in")),
            rows=METHODS,
        )

    def caveats(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def records(self) -> tuple[Record, ...]:
        """No numbers."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WordsFinding:
    """What the words of certainty stand for, and what is withheld."""

    settings: Settings

    def heading(self) -> str:
        """Heading of its section."""
        return "Words of certainty, and what is withheld"

    def sentence(self) -> str:
        """The rule of disclosure."""
        profile = get_profile(self.settings.profile)
        return (
            "The same words mean the same everywhere in this packet, see @tbl-words. Numbers that rest on fewer than "
            f"{profile.minimum} students are withheld and marked {WITHHELD_MARK}; so are others from which "
            "such a number could be "
            "worked out, and shares that would give a small number away are printed as a limit. A number about "
            "teachers rests on at "
            f"least three of them. The disclosure profile is “{profile.name}”."
        )

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """One row per word."""
        return Table(
            name="words",
            caption="Words of certainty and what they stand for.",
            columns=(Column(title="Words"), Column(title="Stand for")),
            rows=CERTAINTY_PHRASES,
        )

    def caveats(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def records(self) -> tuple[Record, ...]:
        """No numbers."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()


def find_methods(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[MethodsFinding, WordsFinding]:
    """Give the methods and words of a packet.

    Parameters
    ----------
    district : District
        Not used; every finding is called alike.
    school_id : str
        Not used.
    settings : Settings
        Disclosure profile.
    comparison : Comparison
        Not used.

    Returns
    -------
    tuple of MethodsFinding and WordsFinding
        The same in every packet of a run.
    """
    del district, school_id, comparison
    return MethodsFinding(), WordsFinding(settings=settings)
