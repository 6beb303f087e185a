"""What trends of absence, referrals, support and further screeners are estimated from: a row per student and year."""

from collections.abc import Mapping

import pandas as pd

from mtss_analysis.findings.climate.across import find_absence, find_referrals
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.tiers.across import place_in_tiers
from mtss_analysis.measures import join_scores
from mtss_analysis.measures.tiers import NOT_SCREENED, OVERALL

CHRONIC, SUPPORT, REFERRALS = "chronic_absence", "tier_2_or_3", "referrals"
KEYS = ["district_id", "school_id", "school_year", "student_id"]
LAST_WINDOW = "spring"


def gather_other_rows(tables: Tables, *, settings: Settings) -> Mapping[str, pd.DataFrame]:
    """Gather the values of each further indicator beside the enrollments.

    Parameters
    ----------
    tables : Tables
        The tables of all districts, with ``district_id``.
    settings : Settings
        What chronic absence is, domains of tiers, and the measures that are followed already.

    Returns
    -------
    mapping of str to DataFrame
        By indicator, the columns of ``enrollments`` and ``value``: 100 or 0 for who was chronically absent or in Tier 2
        or Tier 3 in spring, referrals per 100 school days, or a score in the screener's own points. Only students whose
        value is known.
    """
    enrollments = tables("enrollments").drop_duplicates(KEYS)
    found: dict[str, pd.DataFrame] = {}
    if tables.has("attendance"):
        absence = find_absence(tables, settings=settings)
        counted = absence[absence["counted"]]
        found[CHRONIC] = counted[KEYS].assign(value=100.0 * counted["chronic"].to_numpy())
    placed = place_in_tiers(tables, settings=settings)
    if len(placed):
        known = placed[(placed["window"] == LAST_WINDOW) & placed[OVERALL].notna() & (placed[OVERALL] != NOT_SCREENED)]
        found[SUPPORT] = known[KEYS].assign(value=100.0 * (known[OVERALL] != "1").to_numpy())
    events, _, _ = find_referrals(tables)
    if events is not None:
        sums = events.groupby(KEYS, sort=True)[["days", "referrals"]].sum().reset_index()
        sums = sums[sums["days"] >= settings.climate.least_days]
        found[REFERRALS] = sums[KEYS].assign(value=(100 * sums["referrals"] / sums["days"]).to_numpy())
    rows = {name: enrollments.merge(values.drop_duplicates(KEYS), on=KEYS) for name, values in found.items()}
    return rows | {measure: _read_screener(tables, measure=measure) for measure in _list_screeners(tables, settings)}


def _list_screeners(tables: Tables, settings: Settings) -> list[str]:
    """List screeners of the last window in domains that the run follows no measure of, and no outcome of effects."""
    if not tables.has("screenings"):
        return []
    screenings = tables("screenings")
    listed = screenings.loc[screenings["window"] == LAST_WINDOW, ["measure", "domain"]].drop_duplicates()
    domains = {indicator.domain for indicator in settings.indicators}
    asked = {outcome.measure for outcome in settings.outcome_measures}
    return sorted(set(listed.loc[~listed["domain"].isin(domains), "measure"]) - asked)


def _read_screener(tables: Tables, *, measure: str) -> pd.DataFrame:
    rows = join_scores(
        enrollments=tables("enrollments"), screenings=tables("screenings"), measure=measure, window=LAST_WINDOW
    )
    return rows[rows["score"].notna()].rename(columns={"score": "value"}).astype({"value": "float64"})
