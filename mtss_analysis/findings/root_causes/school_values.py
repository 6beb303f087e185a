"""What can be counted of how schools carry out their programs, school by school, with what may be printed of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.district import find_school_year
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.climate.cells import CHRONIC, YEAR, N, list_absence_cells, protect_cells
from mtss_analysis.findings.implementation.hiding import REASON
from mtss_analysis.findings.implementation.observer_variance import (
    add_observers,
    estimate_observer_variance,
    widen_mean,
)
from mtss_analysis.findings.implementation.settings import ask_practices
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.absence import attach_enrollment, find_chronic, sum_absence
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.visits import observe_practices
from mtss_analysis.stats import Estimate
from mtss_analysis.stats.clustered_mean import estimate_clustered_mean
from mtss_analysis.stats.ratios_by_unit import estimate_ratio

PLACE = ["district_id", "school_id"]
VALUE_COLUMNS = ("measure", *PLACE, "value", "std_error", "df", "n", "n_clusters", "status")
ABSENCE, CASELOAD, FIDELITY, PRACTICE, REFERRALS = (
    "chronic_absence", "caseload", "fidelity", "implementation", "referrals",
)  # fmt: skip


NORMAL_95 = 1.959964
OK, HIDDEN, WITHHELD = "ok", "hidden", "withheld"
_NUMBERS = ["value", "std_error", "df", "n", "n_clusters"]
_TYPES = {**dict.fromkeys(("measure", *PLACE, "status"), "str"), **dict.fromkeys(_NUMBERS, "float64")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """How a kind of measure is judged. The steps are conventions of this kit.

    Parameters
    ----------
    worse : {1, -1}
        1: a larger value is worse; -1: a smaller one.
    step : float
        The smallest difference from comparable schools that counts, in the measure's unit; a fidelity instrument is
        held against its criterion instead.
    unit : str
        Unit of a value.
    """

    worse: int
    step: float
    unit: str


YARDSTICKS = {
    PRACTICE: Yardstick(worse=-1, step=10.0, unit="percent of observed lessons"),
    FIDELITY: Yardstick(worse=-1, step=0.0, unit="percent of points"),
    ABSENCE: Yardstick(worse=1, step=5.0, unit="percent of students"),
    CASELOAD: Yardstick(worse=1, step=10.0, unit="students per full-time position"),
    REFERRALS: Yardstick(worse=1, step=0.1, unit="referrals for 100 students and a day"),
}
"""Ten lessons of a hundred, five students of a hundred, ten students for each interventionist, one referral in ten days
of a hundred students."""


def find_kind(measure: str) -> str:
    """Name the kind of a measure: ``implementation`` of ``implementation:co_teaching``.

    Parameters
    ----------
    measure : str
        As a cause of the run file writes it.

    Returns
    -------
    str
        What stands before the colon, or all of it.
    """
    return measure.partition(":")[0]


def gather_school_values(
    tables: Tables, *, facts: pd.DataFrame, years: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Gather what can be counted of every school: practices after training, fidelity, chronic absence, caseload.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    facts : DataFrame
        The frame ``implementation``: practices and caseload are those of that chapter, with its decisions on printing.
    years : DataFrame
        From :func:`decide_chronic`.
    settings : Settings
        Implementation and disclosure profile.

    Returns
    -------
    DataFrame
        One row per measure and school, ``VALUE_COLUMNS``: the value of the latest year (practices: after training), its
        standard error (missing: it was counted and not sampled) with degrees of freedom, observations ``n`` and
        teachers or items ``n_clusters``. ``status`` is "ok", "hidden" (a practice: large enough, but printed it would
        give another school's number away: it may be judged, and :func:`mask_hidden` takes it out) or "withheld", and
        then there is no number.
    """
    facts_and_items = [*_read_facts(facts, shares=_share_practices(tables, settings=settings)), *_rate_fidelity(tables)]
    parts = [pd.DataFrame(facts_and_items, columns=list(VALUE_COLUMNS)), _share_chronic(years)]
    frame = pd.concat([part.astype(_TYPES) for part in parts], ignore_index=True)
    frame[_NUMBERS] = frame[_NUMBERS].where(frame["status"] != WITHHELD)
    return frame.sort_values(["measure", *PLACE], ignore_index=True)


def mask_hidden(values: pd.DataFrame) -> pd.DataFrame:
    """Take out the numbers of schools that would give another school's number away.

    Parameters
    ----------
    values : DataFrame
        From :func:`gather_school_values`.

    Returns
    -------
    DataFrame
        ``status`` is "ok" or "withheld".
    """
    ok = values["status"] == OK
    masked = values.assign(status=values["status"].where(ok, WITHHELD))
    masked[_NUMBERS] = masked[_NUMBERS].where(ok)
    return masked


def rate_school_referrals(rates: pd.DataFrame) -> pd.DataFrame:
    """Take every school's referrals of the latest year out of the rates of the chapter on behaviour.

    Parameters
    ----------
    rates : DataFrame
        The frame ``climate_rates``.

    Returns
    -------
    DataFrame
        ``VALUE_COLUMNS``; the standard error is that of an interval as wide as the printed one.
    """
    yearly = rates[(rates["kind"] == "referred") & (rates["span"] == "year")]
    latest = yearly[yearly["school_year"] == yearly["school_year"].max()]
    return pd.DataFrame(
        {
            "measure": REFERRALS, "district_id": latest["district_id"], "school_id": latest["school_id"],
            "value": latest["estimate"].astype("float64"),
            "std_error": (latest["ci_high"] - latest["ci_low"]).astype("float64") / (2 * NORMAL_95), "df": np.inf,
            "n": latest["n"].astype("float64"), "n_clusters": np.nan, "status": latest["status"],
        }
    )  # fmt: skip


def list_chronic(tables: Tables, *, settings: Settings) -> pd.DataFrame:
    """List the students of every school and year, and whether they were chronically absent.

    Parameters
    ----------
    tables : Tables
        The tables of all districts; without ``attendance`` there are no rows.
    settings : Settings
        What chronic absence is; groups.

    Returns
    -------
    DataFrame
        One row per student, school and year that is counted: ``chronic``, ``grade`` and the groups' columns.
    """
    columns = list(dict.fromkeys(["grade", *(group.column for group in settings.groups)]))
    if not tables.has("attendance"):
        return pd.DataFrame(columns=[*PLACE, "school_year", "student_id", "chronic", *columns])
    chronic = find_chronic(
        sum_absence(tables("attendance")),
        chronic_pct=settings.climate.chronic_pct,
        least_days=settings.climate.least_days,
    )
    return attach_enrollment(chronic[chronic["counted"]], enrollments=tables("enrollments"), columns=columns)


def decide_chronic(students: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Decide of which schools and years the number of chronically absent students may be printed.

    Parameters
    ----------
    students : DataFrame
        From :func:`list_chronic`.
    settings : Settings
        Groups and disclosure profile.

    Returns
    -------
    DataFrame
        One row per school and year: ``n``, ``chronic``, ``ok``. The decisions are those of the chapter on attendance.
    """
    columns = [*PLACE, "school_year", "n", "chronic", "ok"]
    if students.empty:
        return pd.DataFrame(columns=columns)
    cells = protect_cells(list_absence_cells(students, groups=settings.groups), settings=settings)
    yearly = cells[(cells["turn"] == YEAR) & (cells["slice"] == ALL)]
    wide = yearly.pivot_table(index=[*PLACE, "school_year"], columns="cell", values="count", aggfunc="first")
    ok = yearly.assign(ok=yearly["status"] == "ok").groupby([*PLACE, "school_year"])["ok"].all()
    return wide.rename(columns={N: "n", CHRONIC: "chronic"}).join(ok).reset_index()[columns]


def _share_practices(tables: Tables, *, settings: Settings) -> dict[tuple[str, str, str], Estimate]:
    """Estimate every school's share of full implementation after training, percent, by practice.

    A school is seen by a few observers, of whom one is stricter than the other, so that schools seem to differ where
    they do not: what observers of a school differ is part of the standard error. Where observers are not recorded, or
    every school has one of its own, schools cannot be told from observers, and there is no share to compare.
    """
    names = ("walkthroughs", "trainings", "training_attendance")
    if not all(tables.has(name) for name in names):
        return {}
    asked = ask_practices(settings)
    frames = {name: tables(name) for name in names}
    if not {"staff_id", "practice", "school_id"} <= set(frames["walkthroughs"].columns):
        return {}
    lessons = observe_practices(**frames)
    lessons = lessons[lessons["days_since"] < 7 * asked.weeks_followed]
    lessons = add_observers(lessons, walkthroughs=frames["walkthroughs"]).fillna({"observer_id": "", "school_id": ""})
    shares: dict[tuple[str, str, str], Estimate] = {}
    for district_id, here in lessons.groupby("district_id", sort=True):
        variance = estimate_observer_variance(
            outcome=100 * here["full"].to_numpy(dtype="float64"),
            practices=here["practice"].to_numpy(dtype="U"),
            schools=here["school_id"].to_numpy(dtype="U"),
            observers=here["observer_id"].to_numpy(dtype="U"),
        )
        if variance is None:
            continue
        for (school_id, practice), own in here.groupby(["school_id", "practice"], sort=True):
            if own["staff_id"].nunique() < asked.least_teachers:
                continue
            try:
                share = estimate_clustered_mean(
                    outcome=100 * own["full"].to_numpy(dtype="float64"), clusters=own["staff_id"].to_numpy(dtype="U")
                )
                shares[f"{PRACTICE}:{practice}", str(district_id), str(school_id)] = widen_mean(
                    share,
                    observers=own["observer_id"].to_numpy(dtype="U"),
                    variance=variance,
                    ci_level=settings.ci_level,
                )
            except TooFewError:
                continue
    return shares


def _read_facts(facts: pd.DataFrame, *, shares: dict[tuple[str, str, str], Estimate]) -> Iterator[dict[str, object]]:
    """Read practices and caseloads; of a school that is only hidden for another's sake, the share is known here."""
    known = facts[(facts["school_id"] != "") & facts["topic"].isin(["building", "caseload"])]
    for row in known.to_dict("records"):
        is_practice = row["topic"] == "building"
        measure = f"{PRACTICE}:{row['subject']}" if is_practice else CASELOAD
        share = shares.get((measure, str(row["district_id"]), str(row["school_id"]))) if is_practice else None
        if is_practice and share is None and row["status"] == OK:
            continue
        hidden = row["status"] != OK and row["text"] == REASON and share is not None
        yield {
            "measure": measure, "district_id": row["district_id"], "school_id": row["school_id"],
            "value": share.estimate if share else row["estimate"],
            "std_error": share.std_error if share else np.nan, "df": share.df if share else np.nan,
            "n": row["n"], "n_clusters": row["n_clusters"],
            "status": HIDDEN if hidden else OK if row["status"] == OK else WITHHELD,
        }  # fmt: skip


def _rate_fidelity(tables: Tables) -> Iterator[dict[str, object]]:
    """Rate each tier over the occasions of the latest school year; items stand for all that could be asked of the tier.

    One occasion of a dozen items tells a school under the criterion from chance in few cases; fall and spring together
    tell more, and an item counts once however often it was scored.
    """
    if not tables.has("fidelity"):
        return
    fidelity = tables("fidelity")
    if "tier" not in fidelity:
        return
    scored = fidelity[fidelity["score"].notna() & (fidelity["max_score"] > 0) & fidelity["tier"].notna()]
    scored = scored.assign(school_year=find_school_year(scored["date"]))
    for (district_id, school_id, tier), own in scored.groupby([*PLACE, "tier"], sort=True):
        latest = own[own["school_year"] == own["school_year"].max()]
        newest = latest.loc[latest["date"] == latest["date"].max(), "instrument"]
        items = latest[latest["instrument"].isin(newest)].groupby("item", sort=True)[["score", "max_score"]].sum()
        score, most = (items[name].to_numpy(dtype="float64") for name in ("score", "max_score"))
        row: dict[str, object] = {
            "measure": f"{FIDELITY}:tier{tier}", "district_id": district_id, "school_id": school_id,
            "value": 100 * score.sum() / most.sum(), "std_error": np.nan, "df": np.nan,
            "n": float(len(items)), "n_clusters": float(len(items)), "status": "ok",
        }  # fmt: skip
        try:
            ratio = estimate_ratio(numerators=score, denominators=most)
            row |= {"std_error": 100 * ratio.std_error, "df": ratio.df}
        except TooFewError:
            pass
        yield row


def _share_chronic(years: pd.DataFrame) -> pd.DataFrame:
    if years.empty:
        return pd.DataFrame(columns=list(VALUE_COLUMNS))
    latest = years[years["school_year"] == years.groupby("district_id")["school_year"].transform("max")]
    n, chronic = latest["n"].astype("float64"), latest["chronic"].astype("float64")
    # Two students on either side, so that a share of nearly all or none has a standard error (Agresti & Coull 1998).
    share = (chronic + 2) / (n + 4)
    return pd.DataFrame(
        {
            "measure": ABSENCE, "district_id": latest["district_id"], "school_id": latest["school_id"],
            "value": 100 * chronic / n, "std_error": 100 * np.sqrt(share * (1 - share) / (n + 4)), "df": np.inf,
            "n": n, "n_clusters": n, "status": np.where(latest["ok"], OK, WITHHELD),
        }
    )  # fmt: skip
