"""Which trends are drilled down."""

from collections.abc import Iterable
from dataclasses import dataclass

from mtss_analysis.district import District
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.list_finding import TrendsFinding, find_trends
from mtss_analysis.findings.trends.verdicts import CANNOT_TELL, Trend, key_of
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import name_grade

SIGN = {"concerning": -1, "promising": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A trend that is drilled down.

    Parameters
    ----------
    indicator : Indicator
        Its measure.
    trend : Trend or None
        The trend in standing; None where there is none.
    reason : str
        Why this one: a clause that follows "We look at reading, ".
    grade : str
        The grade whose students it is about; ``all``: the whole school.
    sign : {-1, 1}
        Which way is looked for: -1 what stands low or falls, 1 what stands high or rises.
    """

    indicator: Indicator
    trend: Trend | None
    reason: str
    grade: str = ALL
    sign: int = -1

    @property
    def label(self) -> str:
        """The words for it: ``reading``, or ``reading in grade 3``."""
        return self.indicator.label if self.grade == ALL else f"{self.indicator.label} in {name_grade(self.grade)}"

    @property
    def slug(self) -> str:
        """The target in the name of a figure: letters, digits and hyphens."""
        name = self.indicator.measure if self.grade == ALL else f"{self.indicator.measure} {self.grade}"
        return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def choose_targets(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> tuple[Target, ...]:
    """Choose the trends to drill down: the one asked for, or the most concerning and the most promising one.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Indicators.
    comparison : Comparison
        Shrunken slopes.
    measure : str
        Measure asked for; empty: the most concerning and the most promising trend of all students' standing, in the
        whole school or in a grade that is told apart from noise. Where neither is told apart, the least and the most
        favourable one of the whole school.

    Returns
    -------
    tuple of Target
        One or two, the concerning one first.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    """
    names = [indicator.measure for indicator in settings.indicators]
    if measure and measure not in names:
        raise ParameterError(
            f"The run follows no measure {measure!r}",
            next_step=f"Use one of {', '.join(names)}, or leave it empty for the most concerning and promising trends",
            place=Place(column="measure"),
        )
    found = _find_trends_once(district, school_id, settings, comparison)
    standing = [trend for trend in found.trends if trend.kind == "standing" and trend.group == ALL]
    whole = [trend for trend in standing if trend.is_whole] or standing
    if measure:
        mine = [trend for trend in whole if trend.measure == measure]
        return (Target(indicator=settings.indicator(measure), trend=mine[0] if mine else None, reason="as asked"),)
    targets: list[Target] = []
    for verdict, sign in SIGN.items():
        told = [trend for trend in standing if trend.verdict == verdict]
        chosen = _choose(told, sign=sign) or _choose(whole, sign=sign)
        if chosen is not None and all(target.trend is not chosen for target in targets):
            targets.append(_name(chosen, settings=settings, verdict=verdict, sign=sign))
    if not targets:
        reason = "the first indicator, since no trend can be estimated"
        targets.append(Target(indicator=settings.indicators[0], trend=None, reason=reason))
    return tuple(targets)


def choose_target(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> Target:
    """Choose the first trend to drill down; see :func:`choose_targets`."""
    return choose_targets(district, school_id=school_id, settings=settings, comparison=comparison, measure=measure)[0]


def _choose(trends: Iterable[Trend], *, sign: int) -> Trend | None:
    """Choose the steepest trend of one direction, the whole school before a grade."""
    known = [trend for trend in trends if trend.shrunken is not None]
    return min(known, key=lambda trend: (not trend.is_whole, -sign * trend.goodness, key_of(trend)), default=None)


def _name(trend: Trend, *, settings: Settings, verdict: str, sign: int) -> Target:
    if trend.verdict == verdict:
        reason = f"its most {verdict} trend"
    else:
        reason = f"its {'least' if verdict == 'concerning' else 'most'} favourable trend"
        if trend.verdict == CANNOT_TELL:
            reason += ", though that cannot be told apart from noise"
    several = settings.follow == "grade"
    return Target(
        indicator=settings.indicator(trend.measure),
        trend=trend,
        reason=reason,
        grade=trend.trend_grade if several else ALL,
        sign=sign,
    )


_Asked = tuple[District, str, Settings, Comparison]
_found_last: list[tuple[_Asked, TrendsFinding]] = []


def _find_trends_once(*asked: *_Asked) -> TrendsFinding:
    """Find the trends, or give those found last for the same objects: every finding of the chapter asks for them."""
    if not (_found_last and all(one is other for one, other in zip(_found_last[0][0], asked, strict=True))):
        district, school_id, settings, comparison = asked
        found = find_trends(district, school_id=school_id, settings=settings, comparison=comparison)
        _found_last[:] = [(asked, found)]
    return _found_last[0][1]
