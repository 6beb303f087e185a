"""Is progress monitored as planned: probes that were given against those that should have been."""

from collections.abc import Iterator

import pandas as pd

from mtss_analysis.disclosure import Relation, get_profile
from mtss_analysis.disclosure.linked_shares import protect_shares
from mtss_analysis.district import find_school_year
from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.settings import Settings

PERSON = ["school_id", "student_id", "intervention_id"]


def tell_probes(
    progress: pd.DataFrame,
    services: pd.DataFrame,
    calendar: pd.DataFrame | None,
    *,
    district_id: str,
    settings: Settings,
) -> Iterator[Fact]:
    """Count probes given against probes expected, and students whose series can be decided on, school by school.

    Parameters
    ----------
    progress, services : DataFrame
        Of one district.
    calendar : DataFrame or None
        Of one district; weeks without instruction expect no probe. None: every week does.
    district_id : str
        The district.
    settings : Settings
        ``implementation`` and the disclosure profile.

    Yields
    ------
    Fact
        ``probes``: percent of the probes expected that were given; ``ready``: percent of the students served for long
        enough whose series has enough probes over enough weeks. Latest year with probes, interventions that are
        monitored. An empty school is the district.

    References
    ----------
    National Center on Intensive Intervention, progress monitoring: six data points or more over six weeks or more.
    """
    asked = settings.implementation
    series = _count(progress, services, calendar, days_between=asked.days_between_probes)
    if not len(series):
        text = "no student with a service has a probe"
        yield Fact(topic="probes", district_id=district_id, status="not_estimable", text=text)
        return
    minimum = get_profile(settings.profile).minimum
    long_enough = series["expected"] * asked.days_between_probes >= 7 * asked.least_probe_weeks
    ready = (series["given"] >= asked.least_probes) & (series["span_days"] >= 7 * asked.least_probe_weeks)
    series = series.assign(long_enough=long_enough, ready=long_enough & ready)
    year = str(series["school_year"].iloc[0])
    n_students = series.groupby("school_id")["student_id"].nunique()
    hides_one = (n_students < minimum).sum() == 1
    for school, own in [*series.groupby("school_id", sort=True), ("", series)]:
        few = own["student_id"].nunique() < minimum or (school == "" and hides_one)
        share = 100 * min(float(own["given"].sum()) / max(float(own["expected"].sum()), 1.0), 1.0)
        yield Fact(
            topic="probes",
            district_id=district_id,
            school_id=str(school),
            part=year,
            estimate=None if few else share,
            status="withheld" if few else "ok",
            n=None if few else int(own["expected"].sum()),
        )
    yield from _tell_ready(series[series["long_enough"]], district_id=district_id, year=year, settings=settings)


def _tell_ready(series: pd.DataFrame, *, district_id: str, year: str, settings: Settings) -> Iterator[Fact]:
    students = series.groupby(["school_id", "student_id"])["ready"].min().reset_index()
    students = students[students["school_id"] != ""]
    by_school = students.groupby("school_id", sort=True)["ready"].agg(numerator="sum", denominator="size")
    if not len(by_school):
        return
    parts = tuple(by_school.index)
    every = pd.DataFrame({"numerator": [students["ready"].sum()], "denominator": [len(students)]}, index=[""])
    cells = pd.concat([by_school, every]).astype("int64")
    decided = protect_shares(
        cells,
        numerator="numerator",
        denominator="denominator",
        relations=[Relation(total="", parts=parts)],
        profile=get_profile(settings.profile),
    )
    for school, share in decided["share"].items():
        exact = share.kind == "exact"
        yield Fact(
            topic="ready",
            district_id=district_id,
            school_id=str(school),
            part=year,
            estimate=share.pct if exact else None,
            n=share.denominator if exact else None,
            status="ok" if exact else "withheld",
            text=share.write(),
        )


def _count(
    progress: pd.DataFrame, services: pd.DataFrame, calendar: pd.DataFrame | None, *, days_between: int
) -> pd.DataFrame:
    if "intervention_id" not in progress:
        return pd.DataFrame()
    probes = progress[progress["score"].notna() & progress["intervention_id"].notna()]
    if not len(probes):
        return pd.DataFrame()
    last_year = find_school_year(probes["date"]).max()
    newest = probes["date"].max()
    served = services[services["intervention_id"].isin(probes["intervention_id"].unique())]
    served = served.assign(school_year=find_school_year(served["start_date"]))
    served = served[served["school_year"] == last_year]
    if "school_id" not in served:
        served = served.assign(school_id="")
    ends = served["end_date"] if "end_date" in served else pd.Series(newest, index=served.index)
    served = served.assign(end_date=ends.fillna(newest).clip(upper=newest)).reset_index(drop=True)
    joined = served.reset_index(names="spell").merge(
        probes[["student_id", "intervention_id", "date"]].drop_duplicates(), on=["student_id", "intervention_id"]
    )
    joined = joined[(joined["date"] >= joined["start_date"]) & (joined["date"] <= joined["end_date"])]
    found = joined.groupby("spell")["date"].agg(given="size", first="min", last="max")
    spells = served.join(found)
    span = (spells["last"] - spells["first"]).dt.days
    counted: pd.DataFrame = spells.assign(
        given=spells["given"].fillna(0).astype("int64"),
        span_days=span.fillna(0),
        expected=_expect(spells, calendar, days_between=days_between),
    )
    return counted


def _expect(spells: pd.DataFrame, calendar: pd.DataFrame | None, *, days_between: int) -> pd.Series:
    """Count the probes that are planned in a spell: one for so many days of weeks with instruction."""
    if calendar is None or not len(calendar):
        weeks = ((spells["end_date"] - spells["start_date"]).dt.days + 1) // 7
        return (weeks * 7 // days_between).clip(lower=0)
    held = calendar[calendar["instructional"].astype("boolean").fillna(value=False)]
    start = pd.Timestamp("2000-01-03")
    taught = pd.DataFrame({"school_id": held["school_id"], "week": (held["date"] - start).dt.days // 7})
    by_school = {str(school): sorted(set(own["week"])) for school, own in taught.groupby("school_id")}
    counts = []
    for school, first, last in zip(spells["school_id"], spells["start_date"], spells["end_date"], strict=True):
        own = pd.Index(by_school.get(str(school), []))
        # A spell's first and last week are seldom whole, so the last one expects nothing.
        low, high = ((day - start).days // 7 for day in (first, last))
        counts.append(int(own.searchsorted(high)) - int(own.searchsorted(low)))
    return (pd.Series(counts, index=spells.index) * 7 // days_between).clip(lower=0)
