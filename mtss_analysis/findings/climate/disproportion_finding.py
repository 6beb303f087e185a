"""Whether referrals, suspensions or disability are found more often among students of one race or ethnicity."""

from dataclasses import dataclass

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.findings.climate.disproportion import GroupRisk, read_group_risks
from mtss_analysis.findings.climate.own import Asked
from mtss_analysis.findings.climate.phrases import RACES, record_keys
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Level, Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    IntervalRow,
    ReferenceLine,
    Table,
    cannot_say,
    draw_intervals,
    format_percent,
    format_school_year,
    format_with_interval,
    join_words,
    say_number,
)

NAME = "risk-ratios"
LABELS = {"referral": "Referred", "suspension": "Suspended", "disability": "Identified with a disability"}
METHOD = "risk of the group over that of all others, Koopman's score interval"
WIDEST = (0.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DisproportionFinding:
    """Risk ratios of one school and of its district.

    Parameters
    ----------
    own, district : tuple of GroupRisk
        By outcome and group.
    faulty : bool
        Whether referrals of a school of the district cannot be used in that year.
    """

    school: School
    settings: Settings
    own: tuple[GroupRisk, ...]
    district: tuple[GroupRisk, ...]
    faulty: bool

    def heading(self) -> str:
        """Heading of its section."""
        return "Whether some groups are referred, suspended or identified more often"

    def sentence(self) -> str:
        """Which ratios differ from 1 beyond noise, in the school and in the district."""
        if not self.own and not self.district:
            reason = "the enrollments say nothing of race or ethnicity"
            return cannot_say("whether some groups are referred, suspended or identified more often", reason=reason)
        said = [self._say(self.own, where="this school"), self._say(self.district, where="the district")]
        shown = [f"@fig-{NAME}"] if self._is_drawn() else []
        return f"{' '.join(part for part in said if part)} See {join_words([*shown, f'@tbl-{NAME}'])}."

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """Ratios of the district, and of the school where they may be printed."""
        if not self._is_drawn():
            return None
        rows = []
        for outcome, label in LABELS.items():
            drawn = [
                IntervalRow(
                    label=f"{_name(one.group)}{', this school' if own else ''}",
                    estimate=one.ratio.estimate,
                    low=one.ratio.ci_low,
                    high=one.ratio.ci_high,
                    role="this_school" if own else "district",
                )
                for own, risks in ((False, self.district), (True, self.own))
                for one in risks
                if one.outcome == outcome and one.ratio is not None
            ]
            if drawn:
                rows += [IntervalRow(label=label, heading=True), *drawn]
        return draw_intervals(
            name=NAME,
            caption=self._say(self.district, where="the district") or self._say(self.own, where="this school"),
            rows=rows[:40],
            x_label="Risk of the group over that of all others",
            limits=WIDEST,
            lines=[ReferenceLine(value=1.0, label="as often as others")],
            less="less often",
            more="more often",
        )

    def table(self) -> Table | None:
        """Every group and outcome, with the reason where there is no ratio."""
        if not self.own and not self.district:
            return None
        listed = [
            (one, (LABELS[one.outcome], _name(one.group), where, *_write(one)))
            for where, risks in (("District", self.district), ("This school", self.own))
            for one in risks
            if where == "District" or one.ratio is not None
        ]
        listed.sort(key=lambda pair: pair[0].ratio is None)
        rows = [row for _, row in listed]
        titles = ("What", "Group", "Where", "Students", "Of these", "Risk", "Others' risk", "Risk ratio (likely range)")
        marked = any(WITHHELD_MARK in row for row in rows)
        least = self.settings.climate
        note = (
            f"A ratio needs {least.least_cases} cases and {least.least_n} students in the group and among the others; "
            f"{NOT_ESTIMABLE} stands where that is not so. Rows of this school stand where they may be printed."
        )
        return Table(
            name=NAME,
            caption="Risk of each group over that of all other students.",
            columns=tuple(
                Column(title=title, align="right" if place > 2 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=f"{note} {WITHHELD_NOTE}" if marked else note,
            printed=sum(one.ratio is not None for one, _ in listed) or None,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        faulty = (
            "One school of the district did not report all of its referrals, which the district's ratios of referrals "
            "suffer from.",
        )
        return (
            (
                "Ratios and minima follow 34 CFR 300.647, here for all students, one year and every referral or "
                "suspension. They "
                "are not the state's determination under that section.",
                "A ratio says that something is found more often in a group, not why.",
                *(faulty if self.faulty else ()),
            )
            if self.own or self.district
            else ()
        )

    def records(self) -> tuple[Record, ...]:
        """Every ratio of the school, and of the district."""
        scopes: tuple[tuple[Level, tuple[GroupRisk, ...]], ...] = (("school", self.own), ("district", self.district))
        return tuple(self._record(one, level=level) for level, risks in scopes for one in risks)

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _is_drawn(self) -> bool:
        return any(one.ratio for one in (*self.own, *self.district))

    def _say(self, risks: tuple[GroupRisk, ...], *, where: str) -> str:
        known = [one for one in risks if one.ratio is not None]
        if not known:
            return f"In {where}, no risk ratio can be printed." if risks else ""
        year = format_school_year(known[0].school_year)
        told = [
            f"{RACES.get(one.group, one.group)} were {_verb(one.outcome)} {one.ratio.estimate:.1f} times as often "
            f"as others "
            f"(likely between {one.ratio.ci_low:.1f} and {one.ratio.ci_high:.1f})"
            for one in known
            if one.ratio is not None and not one.ratio.ci_low <= 1 <= one.ratio.ci_high
        ]
        if not told:
            return f"In {where} in {year}, none of {len(known)} risk ratios can be told apart from 1."
        by_chance = round(1 / (1 - self.settings.ci_level))
        return (
            f"In {where} in {year}, {join_words(told)}. {say_number(len(known)).capitalize()} ratios were looked at; "
            f"even if no group differed from the others, chance alone would set about one in {say_number(by_chance)} "
            "apart."
        )

    def _record(self, one: GroupRisk, *, level: Level) -> Record:
        keys = record_keys(
            self.school,
            school_year=one.school_year,
            domain="behavior",
            measure=one.outcome,
            group=f"race_ethnicity={one.group}",
        )
        if level == "district":
            keys["school_id"] = None
        ratio = one.ratio
        return Record(
            **keys,
            level=level,
            finding=one.kind.replace(" ", "_") or "risk_ratio",
            method=METHOD,
            estimate=ratio.estimate if ratio else None,
            unit="ratio",
            ci_low=ratio.ci_low if ratio else None,
            ci_high=ratio.ci_high if ratio else None,
            ci_level=ratio.ci_level if ratio else None,
            n=one.n if ratio else None,
            status="ok" if ratio else "withheld" if one.status == "withheld" else "not_estimable",
            reason=None if ratio else one.reason,
        )


def find_disproportion(asked: Asked) -> DisproportionFinding:
    """Find whether some groups are referred, suspended or identified more often.

    Parameters
    ----------
    asked : Asked
        School, settings, comparison and usable sources.

    Returns
    -------
    DisproportionFinding
        Also where nothing is known of race or ethnicity: then it says so.
    """
    place = {"district_id": asked.school.district_id, "ci_level": asked.settings.ci_level}
    own = read_group_risks(asked.comparison, school_id=asked.school.school_id, **place)  # type: ignore[arg-type]
    district = read_group_risks(asked.comparison, **place)  # type: ignore[arg-type]
    faults = asked.comparison.frame("faults")
    of_district = faults[(faults["district_id"] == asked.school.district_id) & (faults["source"] == "referrals")]
    years = {one.school_year for one in district}
    faulty = bool((of_district["left_out"].astype("boolean") & of_district["school_year"].isin(years)).any())
    kept = tuple(
        one
        for one in own
        if one.outcome != "referral" or asked.sources.why_not("referrals", school_year=one.school_year) is None
    )
    return DisproportionFinding(
        school=asked.school, settings=asked.settings, own=kept, district=district, faulty=faulty
    )


def _name(group: str) -> str:
    """Name a group in a table: ``White``, ``Two or more races``."""
    words = RACES.get(group, group).removeprefix("students of ").removesuffix(" students")
    return words[:1].upper() + words[1:]


def _verb(outcome: str) -> str:
    return {"referral": "referred", "suspension": "suspended", "disability": "identified with a disability"}[outcome]


def _write(one: GroupRisk) -> tuple[str, ...]:
    ratio = one.ratio
    nothing = WITHHELD_MARK if one.status == "withheld" else NOT_ESTIMABLE
    both = one.n is not None and one.cases is not None
    return (
        WITHHELD_MARK if one.n is None else str(one.n),
        WITHHELD_MARK if one.cases is None else str(one.cases),
        format_percent(100 * one.cases / one.n) if both and one.n and one.cases is not None else WITHHELD_MARK,
        nothing if one.comparison_risk_pct is None else format_percent(one.comparison_risk_pct),
        nothing
        if ratio is None
        else format_with_interval(ratio.estimate, low=ratio.ci_low, high=ratio.ci_high)
        + (" (alternate)" if one.kind == "alternate risk ratio" else ""),
    )
