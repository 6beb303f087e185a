"""Did the school move, or did its students change? Named where every group rose and the school fell."""

from dataclasses import dataclass
from typing import Any

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school, of_school
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.breaks import find_start
from mtss_analysis.findings.trends.mixes import Mix, Within, divide_change
from mtss_analysis.measures.groups import ALL, name_group
from mtss_analysis.show import (
    Column,
    Figure,
    Part,
    Table,
    cannot_say,
    draw_decomposition,
    format_school_year,
    format_signed,
    format_with_interval,
    join_words,
    likely_between,
)
from mtss_analysis.stats import Estimate

METHOD = "Kitagawa decomposition, interaction shared equally; cluster jackknife by teacher"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixFinding:
    """The change of one indicator from the first to the last year, by each declared pair of groups.

    Parameters
    ----------
    mixes : tuple of Mix
        Those that can be printed.
    withheld : tuple of StudentGroup
        Pairs that cannot.
    """

    school: School
    settings: Settings
    indicator: Indicator
    mixes: tuple[Mix, ...]
    withheld: tuple[StudentGroup, ...]

    def heading(self) -> str:
        """Heading of its section."""
        return f"Who the students are: {self.indicator.label}"

    def sentence(self) -> str:
        """The change that is one of the mix of students, or that there is none."""
        if not self._known():
            return cannot_say(
                f"whether a change in {self.indicator.label} is one of students or of how they do",
                reason="there are too few students, years or declared groups",
            )
        named = self._named()
        if named is not None:
            return f"{self._say(named)} See @fig-{self._name} and @tbl-{self._name}."
        shown = self._known()[0]
        return (
            f"From {format_school_year(shown.first)} to {format_school_year(shown.last)}, no change in "
            f"{self.indicator.label} has to be put down to a different mix of students by "
            f"{join_words([mix.group.label for mix in self._known()])}. See @tbl-{self._name}."
        )

    def answer(self) -> str:
        """A change of the mix that must be known before a trend is read."""
        named = self._named()
        return self._say(named) if named is not None else ""

    def figure(self) -> Figure | None:
        """The parts of a change that is named."""
        mix = self._named()
        if mix is None or mix.change is None:
            return None
        change = mix.change
        return draw_decomposition(
            name=self._name,
            caption=(
                f"Change in standing in {self.indicator.label} from {format_school_year(mix.first)} to "
                f"{format_school_year(mix.last)}: {_signed(change.mix)} goes with a different mix by "
                f"{mix.group.label}, "
                f"{_signed(change.rate)} with how students of the same group do."
            ),
            parts=[
                Part(label=f"Who: a different mix by {mix.group.label}", kind="mix", **_limits(change.mix)),
                Part(label="How: different standing within groups", kind="rate", **_limits(change.rate)),
                Part(label="Total change", kind="total", **_limits(change.total)),
            ],
            x_label=f"Change in mean standing, {self.settings.population} standard deviations",
            limits=(-1.0, 1.0),
            less="lower than before",
            more="higher than before",
        )

    def table(self) -> Table | None:
        """Total, mix and rate by each pair of groups."""
        if not self.mixes and not self.withheld:
            return None
        titles = ("Groups by", "Total change (likely range)", "Mix: who (likely range)", "Rate: how (likely range)")
        rows = [self._write_row(mix) for mix in self.mixes]
        rows += [(group.label, *[WITHHELD_MARK] * 3) for group in self.withheld]
        return Table(
            name=self._name,
            caption=f"Change in mean standing in {self.indicator.label}, in {self.settings.population} standard "
            "deviations.",
            columns=tuple(
                Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if self.withheld else "",
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        return (
            "A mean moves when other students come, even if no student does otherwise. Only groups that the run file "
            "declares are looked at; others may have changed, too.",
        )

    def records(self) -> tuple[Record, ...]:
        """Total, mix and rate, and the name of the change."""
        records = []
        for mix in self.mixes:
            for part in ("total", "mix", "rate"):
                value: Estimate | None = getattr(mix.change, part) if mix.change else None
                is_headline = part == "mix" and mix.kind != "neither"
                records.append(
                    Record(
                        **self._keys(mix.group, part=part),
                        school_year=mix.last,
                        estimate=value.estimate if value else None,
                        std_error=value.std_error if value else None,
                        ci_low=value.ci_low if value else None,
                        ci_high=value.ci_high if value else None,
                        ci_level=value.ci_level if value else None,
                        n_clusters=mix.change.n_clusters if mix.change else None,
                        verdict=mix.kind if part == "mix" and value else None,
                        status="ok" if value else "not_estimable",
                        reason=mix.reason or None,
                        sentence=self._say(mix) if is_headline else None,
                    )
                )
        for group in self.withheld:
            keys = self._keys(group, part="mix")
            records.append(Record(**keys, status="withheld", reason="too few students to print"))
        return tuple(records)

    def notes(self) -> tuple[Note, ...]:
        """A change of the mix, for page one."""
        named = self._named()
        if named is None or named.change is None:
            return ()
        kind = "attention" if named.change.total.estimate < 0 else "well"
        return ({"kind": kind, "measure": self.indicator.measure, "sentence": self._say(named)},)

    @property
    def _name(self) -> str:
        return "mix-" + self.indicator.measure.replace("_", "-")

    def _known(self) -> list[Mix]:
        return [mix for mix in self.mixes if mix.change is not None]

    def _named(self) -> Mix | None:
        """The largest change that is named, reversals first."""
        found = [(mix, mix.change) for mix in self.mixes if mix.change is not None and mix.kind != "neither"]
        if not found:
            return None
        return max(found, key=lambda pair: (pair[0].kind == "reversal", abs(pair[1].mix.estimate)))[0]

    def _say(self, mix: Mix) -> str:
        change = mix.change
        if change is None:
            return ""
        years = f"Between {format_school_year(mix.first)} and {format_school_year(mix.last)}"
        label, sd = self.indicator.label, f"{self.settings.population} standard deviations"
        moved = "rose" if change.total.estimate > 0 else "fell"
        shares = (
            f"the share of {mix.group.focus_label} went from {mix.share_first_pct:.0f} to {mix.share_last_pct:.0f} of "
            "every 100"
        )
        total = f"{_signed(change.total)} {sd} ({likely_between(low=change.total.ci_low, high=change.total.ci_high)})"
        if mix.kind == "reversal":
            other = "rose" if change.rate.estimate > 0 else "fell"
            return (
                f"{years}, {label} {other} among {mix.group.focus_label} and among {mix.group.reference_label}, while "
                f"the mean of the whole school {moved}: {total}. That goes with a different mix of students: {shares}. "
                f"{_say_rate(mix, rate=change.rate)}"
            )
        return (
            f"{years}, mean standing in {label} {moved}: {total}. Most of that goes with a different mix of students, "
            f"not with how they do: {shares}. {_say_rate(mix, rate=change.rate)}"
        )

    def _write_row(self, mix: Mix) -> tuple[str, ...]:
        if mix.change is None:
            return (mix.group.label, *["–"] * 3)
        parts = (mix.change.total, mix.change.mix, mix.change.rate)
        return (
            mix.group.label,
            *(format_with_interval(part.estimate, low=part.ci_low, high=part.ci_high, signed=True) for part in parts),
        )

    def _keys(self, group: StudentGroup, *, part: str) -> dict[str, Any]:
        return {
            "finding": f"mix_{part}",
            "requirement": "R5",
            "district_id": self.school.district_id,
            "school_id": self.school.school_id,
            "domain": self.indicator.domain,
            "measure": self.indicator.measure,
            "grade": ALL,
            "group": group.column,
            "method": METHOD,
            "design": "descriptive",
            "unit": f"{self.settings.population} SD since the first year",
        }


def find_mix(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[MixFinding, ...]:
    """Find changes that are due to a different mix of students, one finding per indicator.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators, declared groups, confidence level.
    comparison : Comparison
        Norms and what may be printed.

    Returns
    -------
    tuple of MixFinding
        In the order of the run file.

    Raises
    ------
    DataError
        The district has no such school, or no ``screenings`` table.
    """
    school = name_school(district, school_id=school_id)
    return tuple(
        _find(district, school=school, indicator=indicator, settings=settings, comparison=comparison)
        for indicator in settings.indicators
    )


def _find(
    district: District, *, school: School, indicator: Indicator, settings: Settings, comparison: Comparison
) -> MixFinding:
    frame = "whole_levels" if settings.follow == "grade" else "levels"
    levels = of_school(comparison.frame(frame), school=school, measure=indicator.measure)
    printable = set(levels.loc[levels["status"] == "ok", ["school_year", "group"]].itertuples(index=False, name=None))
    start, _ = find_start(comparison.frame("scale_changes"), measure=indicator.measure, kind="standing")
    printable = {(year, name) for year, name in printable if year >= start}
    mixes: list[Mix] = []
    withheld: list[StudentGroup] = []
    scores = place_scores(district.table, indicator=indicator, norms=comparison.frame("norms"), settings=settings)
    scores = scores[scores["school_id"] == school.school_id].reset_index(drop=True)
    trends = _read_trends(comparison, school=school, indicator=indicator, settings=settings)
    for group in settings.groups:
        pair = [name_group(column=group.column, value=value) for value in (group.focus, group.reference)]
        years = sorted(year for year, name in printable if name == ALL)
        years = [year for year in years if all((year, name) in printable for name in pair)]
        if len(years) < 2:
            withheld.append(group)
            continue
        mixes += divide_change(
            scores,
            groups=[group],
            first=years[0],
            last=years[-1],
            ci_level=settings.ci_level,
            trends=trends,
        )
    return MixFinding(
        school=school, settings=settings, indicator=indicator, mixes=tuple(mixes), withheld=tuple(withheld)
    )


def _read_trends(
    comparison: Comparison, *, school: School, indicator: Indicator, settings: Settings
) -> dict[str, Within]:
    """Read the trends over all grades with the mix held constant; none where trends follow a cohort."""
    if settings.follow != "grade":
        return {}
    rows = of_school(
        comparison.frame("slopes"), school=school, measure=indicator.measure, trend_grade=ALL, kind="standing"
    )
    slopes = {row["group"]: row for row in rows[rows["slope"].notna()].to_dict("records")}
    found = {}
    for group in settings.groups:
        names = [name_group(column=group.column, value=value) for value in (group.focus, group.reference)]
        if {ALL, *names} <= set(slopes):
            whole = {name: float(slopes[ALL][name]) for name in ("std_error", "df", "ci_low", "ci_high", "p_value")}
            rate = Estimate(estimate=float(slopes[ALL]["slope"]), ci_level=settings.ci_level, **whole)
            found[group.column] = Within(rate=rate, by_group={name: float(slopes[name]["slope"]) for name in names})
    return found


def _say_rate(mix: Mix, *, rate: Estimate) -> str:
    value, often = (mix.within.rate, " a year") if mix.within else (rate, "")
    return (
        f"With the mix held constant, the change is {_signed(value)}{often} "
        f"({likely_between(low=value.ci_low, high=value.ci_high)})."
    )


def _signed(value: Estimate) -> str:
    return format_signed(value.estimate, low=value.ci_low, high=value.ci_high)


def _limits(value: Estimate) -> dict[str, Any]:
    return {"estimate": value.estimate, "low": value.ci_low, "high": value.ci_high}
