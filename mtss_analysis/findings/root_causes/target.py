"""Which trend is drilled down."""

from dataclasses import dataclass

from mtss_analysis.district import District
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.list_finding import TrendsFinding, find_trends
from mtss_analysis.findings.trends.verdicts import Trend
from mtss_analysis.measures.groups import ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The trend that is drilled down.

    Parameters
    ----------
    indicator : Indicator
        Its measure.
    trend : Trend or None
        The trend of all students' standing; None where there is none.
    reason : str
        Why this one: a clause that follows "We look at reading, ".
    """

    indicator: Indicator
    trend: Trend | None
    reason: str


def choose_target(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> Target:
    """Choose the trend to drill down: the one asked for, or the most concerning of all students' standing.

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
        Measure asked for; empty: the lowest shrunken slope.

    Returns
    -------
    Target
        With the reason for the choice.

    Raises
    ------
    ParameterError
        The run does not follow the measure.
    """
    names = [indicator.measure for indicator in settings.indicators]
    if measure and measure not in names:
        raise ParameterError(
            f"The run follows no measure {measure!r}",
            next_step=f"Use one of {', '.join(names)}, or leave it empty for the most concerning trend",
            place=Place(column="measure"),
        )
    found = _find_trends_once(district, school_id, settings, comparison)
    standing = [trend for trend in found.trends if trend.kind == "standing" and trend.group == ALL]
    if measure:
        mine = [trend for trend in standing if trend.measure == measure]
        return Target(indicator=settings.indicator(measure), trend=mine[0] if mine else None, reason="as asked")
    known = [trend for trend in standing if trend.shrunken is not None]
    if not known:
        return Target(
            indicator=settings.indicators[0],
            trend=None,
            reason="the first indicator, since no trend can be estimated",
        )
    lowest = min(known, key=lambda trend: (trend.goodness, trend.measure))
    told = lowest.verdict == "concerning"
    reason = (
        "its most concerning trend"
        if told
        else "its least favourable trend, though that cannot be told apart from noise"
    )
    return Target(indicator=settings.indicator(lowest.measure), trend=lowest, reason=reason)


_Asked = tuple[District, str, Settings, Comparison]
_found_last: list[tuple[_Asked, TrendsFinding]] = []


def _find_trends_once(*asked: *_Asked) -> TrendsFinding:
    """Find the trends, or give those found last for the same objects: every finding of the chapter asks for them."""
    if not (_found_last and all(one is other for one, other in zip(_found_last[0][0], asked, strict=True))):
        district, school_id, settings, comparison = asked
        found = find_trends(district, school_id=school_id, settings=settings, comparison=comparison)
        _found_last[:] = [(asked, found)]
    return _found_last[0][1]
