"""Which indicators move together: the trends of schools, and a school's seasons, at once or one before the other."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.trends.season_panel import WINDOWS, Panel, gather_panel
from mtss_analysis.findings.trends.slopes import MIN_YEARS
from mtss_analysis.stats import adjust_p_values, associate_within, correlate_units
from mtss_analysis.stats.arrays import FloatArray

ACROSS, WITHIN = "across", "within"
LAGS = (0, 1, -1)
COLUMNS = {
    "scope": "str", "first": "str", "second": "str", "lag": "int64", "estimate": "float64", "std_error": "float64",
    "ci_low": "float64", "ci_high": "float64", "p_value": "float64", "q_value": "float64", "n": "int64",
    "n_schools": "int64", "reason": "str",
}  # fmt: skip

_NOTHING: dict[str, object] = {"str": "", "int64": 0, "float64": np.nan}
_EMPTY: dict[str, object] = {name: _NOTHING[dtype] for name, dtype in COLUMNS.items()}


def compare_connections(tables: Tables, *, settings: Settings) -> pd.DataFrame:
    """Associate every pair of indicators, across schools and within them.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        Indicators, confidence level.

    Returns
    -------
    DataFrame
        One row per scope, pair and lag: ``scope`` ("across": correlation of the schools' yearly slopes; "within":
        standard deviations of the second for one of the first, both as deviations from the school's usual and from
        all schools' season), ``first``, ``second``, ``lag`` (seasons by which the first comes before), ``is_strongest``
        (at once, or a lead that no other lag outdoes), ``estimate``,
        ``std_error``, ``ci_low``, ``ci_high``, ``p_value``, ``q_value`` (over all pairs and lags of the scope), ``n``,
        ``n_schools``, ``reason``.

    References
    ----------
    Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 2nd ed., section 10.5.
    """
    panel = gather_panel(tables, settings=settings)
    rows: list[dict[str, object]] = []
    for first, second in combinations(panel.indicators, 2):
        rows.append(_correlate_slopes(panel, first, second, ci_level=settings.ci_level))
        rows += _associate(panel, first, second, ci_level=settings.ci_level)
    found = pd.DataFrame([_EMPTY | row for row in rows], columns=list(COLUMNS)).astype(COLUMNS)
    for scope in (ACROSS, WITHIN):
        mine = (found["scope"] == scope).to_numpy()
        found.loc[mine, "q_value"] = adjust_p_values(found.loc[mine, "p_value"].to_numpy(dtype="float64"))
    return found.assign(is_strongest=_find_strongest(found))


def _find_strongest(found: pd.DataFrame) -> pd.Series:
    """Tell whether no other lag of the pair is stronger.

    Seasons of a year resemble each other, so that two indicators that go together at once do so a season apart, too,
    though more weakly; that is no lead.
    """
    size = found["estimate"].abs()
    largest = size.groupby([found["scope"], found["first"], found["second"]]).transform("max")
    return (size == largest) | (found["lag"] == 0)


def _correlate_slopes(panel: Panel, first: str, second: str, *, ci_level: float) -> dict[str, object]:
    place: dict[str, object] = {"scope": ACROSS, "first": first, "second": second, "lag": 0}
    slopes = [_find_slopes(panel.indicators[name]) for name in (first, second)]
    both = np.isfinite(slopes[0]) & np.isfinite(slopes[1])
    place |= {"n": int(both.sum()), "n_schools": int(both.sum())}
    try:
        found = correlate_units(first=slopes[0], second=slopes[1], ci_level=ci_level)
    except TooFewError as error:
        return {**place, "reason": str(error)}
    # The interval is Fisher's; its p-value is that of the same normal approximation.
    distance = np.abs(np.arctanh(np.clip(found.estimate, -1 + 1e-12, 1 - 1e-12))) * np.sqrt(both.sum() - 3)
    p_value = float(2 * ndtr(-distance))
    return {
        **place,
        "estimate": found.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_value": p_value,
    }


def _associate(panel: Panel, first: str, second: str, *, ci_level: float) -> list[dict[str, object]]:
    places: list[dict[str, object]] = [{"scope": WITHIN, "first": first, "second": second, "lag": lag} for lag in LAGS]
    try:
        found = associate_within(
            first=panel.indicators[first], second=panel.indicators[second], lags=LAGS, ci_level=ci_level
        )
    except TooFewError as error:
        return [{**place, "reason": str(error)} for place in places]
    rows = []
    for place, one in zip(places, found, strict=True):
        if one is None:
            rows.append({**place, "reason": "too few schools have both in at least two seasons"})
            continue
        slope = one.slope
        rows.append(
            {
                **place,
                "estimate": slope.estimate,
                "std_error": slope.std_error,
                "ci_low": slope.ci_low,
                "ci_high": slope.ci_high,
                "p_value": slope.p_value,
                "n": one.n,
                "n_schools": one.n_units,
            }
        )
    return rows


def _find_slopes(values: FloatArray) -> FloatArray:
    """Slope of each school's yearly means over the years that have all seasons that any year of it has."""
    by_year = values.reshape(len(values), -1, len(WINDOWS))
    slopes = np.full(len(values), np.nan)
    for at, years in enumerate(by_year):
        seasons = np.isfinite(years).any(axis=0)
        if not seasons.any():
            continue
        means = years[:, seasons].mean(axis=1)
        known = np.isfinite(means)
        if known.sum() >= MIN_YEARS:
            when = np.flatnonzero(known).astype(np.float64)
            when -= when.mean()
            slopes[at] = float(when @ means[known]) / float(when @ when)
    return slopes
