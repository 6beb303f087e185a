"""What screeners of behaviour and social-emotional learning and surveys say, who answered, and how reliably."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK, WITHHELD_NOTE, CodedShare, code_share, get_profile
from mtss_analysis.findings.climate.own import Asked
from mtss_analysis.findings.climate.phrases import record_keys
from mtss_analysis.findings.climate.scales import SCREENING
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_time, of_school
from mtss_analysis.findings.trends.sentences import say_share, say_share_of_100
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Figure,
    Table,
    cannot_say,
    count_of,
    format_with_interval,
)
from mtss_analysis.stats import Interval

METHOD = "mean with t interval"
NAME = "scales"
SEASONS = {"fall": 0, "winter": 1, "spring": 2}
LEAST_RELIABLE = 0.7
"""Below it a scale's mean is called unreliable: Nunnally (1978), Psychometric Theory, 2nd ed., page 245 (recalled)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """A scale of one school at one time, with nothing that may not be printed.

    Parameters
    ----------
    kind : {'screening', 'survey'}
        Where it comes from.
    n : int or None
        Who answered; None if withheld.
    answered : CodedShare or None
        Share of those who could have answered; None if their number is not known.
    low : CodedShare or None
        Share below the cut, or with a low mean answer; None if there is no cut.
    reliability : float or None
        Of the scale in the whole district.
    """

    kind: str
    who: str
    scale: str
    school_year: str
    season: str
    n: int | None
    mean: Interval | None
    answered: CodedShare | None
    low: CodedShare | None
    max_value: float | None
    reliability: float | None
    status: Literal["ok", "withheld", "not_estimable"]
    reason: str

    @property
    def time(self) -> str:
        """When: ``spring 2026``."""
        return name_time(school_year=self.school_year, window=self.season)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleFinding:
    """Screeners and survey scales of one school.

    Parameters
    ----------
    scores : tuple of ScaleScore
        By kind, respondents, scale and time.
    low_answer_pct : float
        From which percent of the highest answer on a mean answer is not low.
    """

    school: School
    scores: tuple[ScaleScore, ...]
    low_answer_pct: float

    def heading(self) -> str:
        """Heading of its section."""
        return "What screeners and surveys say of behaviour, feelings and climate"

    def sentence(self) -> str:
        """The latest screener of each domain, and which survey answers can be shown."""
        latest = self._latest()
        if not latest:
            reason = "there is no screener of behaviour or social-emotional learning and no survey of this school"
            return cannot_say("what screeners and surveys say", reason=reason)
        said = [
            self._say(score)
            for score in latest
            if score.kind == SCREENING and score.low is not None and score.low.pct is not None
        ]
        surveys = [score for score in latest if score.kind != SCREENING]
        if surveys:
            shown = sum(score.mean is not None for score in surveys)
            said.append(
                f"Of {count_of(len(surveys), 'survey scale')}, {shown or 'none'} can be shown; the others have too "
                f"few answers."
                if shown < len(surveys)
                else f"{count_of(len(surveys), 'survey scale')} can be shown."
            )
        unreliable = sorted(
            {
                _name(score.scale)
                for score in latest
                if score.reliability is not None and score.reliability < LEAST_RELIABLE
            }
        )
        if unreliable:
            said.append(
                f"Answers to the items of {' and '.join(unreliable)} hang together too loosely (reliability under "
                f"{LEAST_RELIABLE}) to read much into a single mean."
            )
        return f"{' '.join(said)} See @tbl-{NAME}.".strip()

    def answer(self) -> str:
        """Nothing for the opening of the chapter."""
        return ""

    def figure(self) -> Figure | None:
        """None: scales have different units, and their means do not belong on one axis."""
        return None

    def table(self) -> Table | None:
        """Every scale at every time of the latest two years; printed is the latest time of each."""
        if not self.scores:
            return None
        years = sorted({score.school_year for score in self.scores})[-2:]
        latest = self._latest()
        shown = [score for score in self.scores if score.school_year in years]
        ordered = [*(score for score in shown if score in latest), *(score for score in shown if score not in latest)]
        rows = [self._write(score) for score in ordered]
        titles = ("Scale", "Who", "When", "Answers", "Of those asked", "Mean (likely range)", "Low", "Reliability")
        return Table(
            name=NAME,
            caption="Screeners and survey scales of the latest two years.",
            columns=tuple(
                Column(title=title, align="right" if place > 2 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note=WITHHELD_NOTE if any(WITHHELD_MARK in row for row in rows) else "",
            printed=sum(score in latest for score in shown) or None,
        )

    def caveats(self) -> tuple[str, ...]:
        """What must be kept in mind."""
        if not self.scores:
            return ()
        return (
            "Low is a score below the screener's own cut, or a mean answer under "
            f"{self.low_answer_pct:g}% of the highest one. Reliability is that of the whole district: Cronbach's "
            f"alpha for "
            "surveys, from the standard errors of scores for screeners.",
            "Those who did not answer may think differently. Of families, one for each student is taken to have "
            "been asked, "
            "which makes their share too low where families have several children in the school.",
        )

    def records(self) -> tuple[Record, ...]:
        """Mean and share below the cut of every scale and time."""
        latest = self._latest()
        return tuple(
            record
            for score in self.scores
            for record in (self._record_mean(score, headline=score in latest), self._record_low(score))
            if record is not None
        )

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def _latest(self) -> list[ScaleScore]:
        last: dict[tuple[str, str, str], ScaleScore] = {}
        for score in self.scores:
            last[score.kind, score.who, score.scale] = score
        return list(last.values())

    def _say(self, score: ScaleScore) -> str:
        if score.low is None:
            return ""
        share = say_share_of_100(score.low)
        return f"In {score.time}, {share} students with a score were below the cut in {_name(score.scale)}."

    def _write(self, score: ScaleScore) -> tuple[str, ...]:
        mark = NOT_ESTIMABLE if score.status == "not_estimable" else WITHHELD_MARK
        named = _name(score.scale)
        return (
            named[:1].upper() + named[1:],
            score.who[:1].upper() + score.who[1:],
            score.time,
            mark if score.n is None else str(score.n),
            say_share(score.answered) if score.n is not None else mark,
            mark
            if score.mean is None
            else format_with_interval(score.mean.estimate, low=score.mean.ci_low, high=score.mean.ci_high),
            say_share(score.low) if score.n is not None else mark,
            NOT_ESTIMABLE if score.reliability is None else f"{score.reliability:.2f}",
        )

    def _record_mean(self, score: ScaleScore, *, headline: bool) -> Record:
        return Record(
            **self._keys(score),
            finding="scale_mean",
            method=METHOD,
            estimate=score.mean.estimate if score.mean else None,
            unit="points" if score.max_value is None else f"points of {score.max_value:g}",
            ci_low=score.mean.ci_low if score.mean else None,
            ci_high=score.mean.ci_high if score.mean else None,
            ci_level=score.mean.ci_level if score.mean else None,
            n=score.n if score.mean else None,
            status=score.status,
            reason=None if score.mean else score.reason or "too few answers to print",
            sentence=self._say(score)
            if headline
            and score.mean
            and score.kind == SCREENING
            and score.low is not None
            and score.low.pct is not None
            else None,
        )

    def _record_low(self, score: ScaleScore) -> Record | None:
        if score.low is None:
            return None
        exact = score.low.kind == "exact"
        return Record(
            **self._keys(score),
            finding="scale_low",
            method="share below the cut",
            estimate=score.low.pct if exact else None,
            unit="percent",
            n=score.low.denominator if exact else None,
            verdict=say_share(score.low) if score.low.kind in ("below", "above") else None,
            status="ok" if exact else "withheld",
            reason=None if exact else "too few to print",
        )

    def _keys(self, score: ScaleScore) -> dict[str, Any]:
        domain = "social_emotional" if score.kind == SCREENING else "climate"
        return record_keys(
            self.school,
            school_year=score.school_year,
            domain=domain,
            measure=score.scale,
            group=f"{score.who} {score.season}",
        )


def find_scales(asked: Asked) -> ScaleFinding:
    """Find what screeners and surveys of a school say.

    Parameters
    ----------
    asked : Asked
        School, settings and comparison.

    Returns
    -------
    ScaleFinding
        Also where there is none: then it says so.
    """
    rows = of_school(asked.comparison.frame("climate_scales"), school=asked.school)
    scores = [_read(row, asked=asked) for row in rows.to_dict("records")]
    scores.sort(key=lambda one: (one.kind, one.who, one.scale, one.school_year, SEASONS.get(one.season, 3)))
    return ScaleFinding(school=asked.school, scores=tuple(scores), low_answer_pct=asked.settings.climate.low_answer_pct)


def _read(row: Mapping[Hashable, Any], *, asked: Asked) -> ScaleScore:
    profile = get_profile(asked.settings.profile)
    n, n_low, n_cut = (int(row[name]) for name in ("n", "n_low", "n_cut"))
    shown = row["status"] == "ok"
    n_asked = None if pd.isna(row["n_asked"]) else int(row["n_asked"])
    numbers = {name: float(row[name]) for name in ("mean", "ci_low", "ci_high")}
    reliability, most = row["reliability"], row["max_value"]
    return ScaleScore(
        kind=str(row["kind"]),
        who=str(row["who"]),
        scale=str(row["scale"]),
        school_year=str(row["school_year"]),
        season=str(row["season"]),
        n=n if shown else None,
        mean=Interval(
            estimate=numbers["mean"],
            ci_low=numbers["ci_low"],
            ci_high=numbers["ci_high"],
            ci_level=asked.settings.ci_level,
        )
        if shown
        else None,
        answered=code_share(numerator=n, denominator=n_asked, profile=profile)
        if shown and n_asked is not None and n_asked >= n
        else None,
        low=code_share(numerator=n_low, denominator=n_cut, profile=profile) if shown and n_cut else None,
        max_value=None if pd.isna(most) else float(most),
        reliability=None if pd.isna(reliability) else float(reliability),
        status="ok" if shown else "withheld" if row["status"] == "withheld" else "not_estimable",
        reason=str(row["reason"]),
    )


def _name(scale: str) -> str:
    return scale.replace("_", " ")
