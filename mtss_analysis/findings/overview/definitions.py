"""What a run's numbers mean, as records: those of several runs are put together only where they mean the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from mtss_analysis.disclosure.profiles import PROFILES
from mtss_analysis.district.state import in_natural_order
from mtss_analysis.errors import DataError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.overview.rows import list_rows
from mtss_analysis.findings.record import DIGITS, Record
from mtss_analysis.findings.settings import Cut, Indicator, Settings, StudentGroup
from mtss_analysis.show import Figure, Table

RUN, INDICATOR, DISTRICT, SCHOOL = "definition_of_run", "definition_of_indicator", "name_of_district", "name_of_school"
DEFINITIONS = (RUN, INDICATOR, DISTRICT, SCHOOL)
NORMS = "norms"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Definitions:
    """Definitions and names of a district's overview; it has records alone."""

    district_id: str
    settings: Settings
    roster: pd.DataFrame
    norms: dict[str, str]

    def heading(self) -> str:
        """Heading of its section."""
        return "Definitions"

    def sentence(self) -> str:
        """Nothing to say."""
        return ""

    def answer(self) -> str:
        """Nothing to say."""
        return ""

    def figure(self) -> Figure | None:
        """Nothing to draw."""
        return None

    def table(self) -> Table | None:
        """Nothing to tabulate."""
        return None

    def caveats(self) -> tuple[str, ...]:
        """Nothing to keep in mind."""
        return ()

    def notes(self) -> tuple[Note, ...]:
        """Nothing for page one."""
        return ()

    def records(self) -> tuple[Record, ...]:
        """The run's and each indicator's definition as JSON in ``method``; names in ``sentence``."""
        common: dict[str, Any] = {"requirement": "R41", "district_id": self.district_id, "level": "district"}
        records = [Record(**common, school_id=None, finding=RUN, method=_write(describe_run(self.settings)))]
        records += [
            Record(
                **common,
                school_id=None,
                finding=INDICATOR,
                domain=one.domain,
                measure=one.measure,
                method=_write({**asdict(one), NORMS: self.norms.get(one.measure, "")}),
            )
            for one in self.settings.indicators
        ]
        name = str(self.roster["district_name"].iloc[0])
        records.append(Record(**common, school_id=None, finding=DISTRICT, sentence=name))
        records += [
            Record(**{**common, "level": "school"}, school_id=row.school_id, finding=SCHOOL, sentence=row.school_name)
            for row in list_rows(self.roster)
        ]
        return tuple(records)


def find_definitions(
    comparison: Comparison, *, district_id: str, roster: pd.DataFrame, settings: Settings
) -> Definitions:
    """Collect what a district's numbers mean.

    Parameters
    ----------
    comparison : Comparison
        Its norms are hashed: schools that were compared with other children are told apart.
    district_id : str
        The district.
    roster : DataFrame
        Its schools: ``district_name, school_id, school_name``.
    settings : Settings
        What the run asks.

    Returns
    -------
    Definitions
        Records for ``findings.json``.
    """
    norms = comparison.frame("norms")
    keys = ["school_year", "grade"]
    hashes = {}
    for one in settings.indicators:
        own = norms[norms["measure"] == one.measure]
        if settings.population == "district" and "district_id" in own:
            own = own[own["district_id"] == district_id]
        values = own.sort_values(keys)[[*keys, "mean", "sd"]].itertuples(index=False, name=None)
        text = "\n".join(f"{year} {grade} {mean:.{DIGITS}g} {sd:.{DIGITS}g}" for year, grade, mean, sd in values)
        hashes[one.measure] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Definitions(district_id=district_id, settings=settings, roster=roster, norms=hashes)


def describe_run(settings: Settings) -> dict[str, Any]:
    """Describe what of the settings all numbers of a run share.

    Parameters
    ----------
    settings : Settings
        What the run asks.

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        "disclosure": settings.profile,
        "follow": settings.follow,
        "ci_level": settings.ci_level,
        "false_discovery_rate": settings.false_discovery_rate,
        "compare_with": settings.population,
        "tiers": asdict(settings.tiers),
        "groups": [asdict(group) for group in settings.groups],
    }


def read_definitions(records_by_run: Mapping[str, pd.DataFrame]) -> tuple[Settings, dict[str, bool]]:
    """Read the definitions of one or several runs and refuse those that differ.

    Parameters
    ----------
    records_by_run : mapping of str to DataFrame
        Records as in ``findings.parquet``, by what the run is called in an error.

    Returns
    -------
    settings : Settings
        Indicators, groups, levels and profile that all runs share.
    same_norms : dict of str to bool
        By measure: whether all schools were compared with the same children.

    Raises
    ------
    DataError
        A run has no definitions (it has no district overview), or two runs define something differently; the message
        names both runs and what differs.
    """
    runs: dict[str, dict[str, Any]] = {}
    indicators: dict[str, dict[str, dict[str, Any]]] = {}
    norms: dict[str, set[str]] = {}
    for run, records in records_by_run.items():
        rows = records[records["finding"].isin([RUN, INDICATOR])]
        if not (rows["finding"] == RUN).any():
            raise DataError(
                f"{run} holds no definitions, so its numbers cannot be put together with others",
                next_step="Run it again for all schools of its districts, so that their overviews are made",
            )
        for row in rows.itertuples():
            told = json.loads(str(row.method))
            if row.finding == RUN:
                _refuse_difference(runs, run=run, told=told, what="")
                runs.setdefault(run, told)
                continue
            norms.setdefault(str(row.measure), set()).add(str(told.pop(NORMS, "")))
            known = indicators.setdefault(str(row.measure), {})
            _refuse_difference(known, run=run, told=told, what=f" of {row.measure}")
            known.setdefault(run, told)
    told = next(iter(runs.values()))
    settings = Settings(
        indicators=tuple(_read_indicator(next(iter(known.values()))) for known in indicators.values()),
        groups=tuple(StudentGroup(**group) for group in told["groups"]),
        follow=told["follow"],
        ci_level=float(told["ci_level"]),
        false_discovery_rate=float(told["false_discovery_rate"]),
        profile=told["disclosure"] if told["disclosure"] in PROFILES else "n10",
        population="state",
    )
    return settings, {measure: len(hashes) == 1 for measure, hashes in norms.items()}


def read_names(records: pd.DataFrame) -> pd.DataFrame:
    """Read the names of districts and schools.

    Parameters
    ----------
    records : DataFrame
        Records as in ``findings.parquet``.

    Returns
    -------
    DataFrame
        ``district_id, district_name, school_id, school_name``, one row per school in the order of the ids.
    """
    schools = records.loc[records["finding"] == SCHOOL, ["district_id", "school_id", "sentence"]]
    districts = records.loc[records["finding"] == DISTRICT].drop_duplicates("district_id")
    names = dict(zip(districts["district_id"], districts["sentence"], strict=True))
    schools = schools.drop_duplicates(["district_id", "school_id"]).rename(columns={"sentence": "school_name"})
    schools.insert(1, "district_name", schools["district_id"].map(names).fillna(schools["district_id"]))
    order = sorted(
        range(len(schools)),
        key=lambda at: [in_natural_order(str(schools[name].iloc[at])) for name in ("district_id", "school_id")],
    )
    return schools.iloc[order].reset_index(drop=True)


def _refuse_difference(known: Mapping[str, dict[str, Any]], *, run: str, told: dict[str, Any], what: str) -> None:
    for other, definition in known.items():
        differing = [name for name in sorted({*told, *definition}) if told.get(name) != definition.get(name)]
        if differing:
            name = differing[0]
            raise DataError(
                f"{other} and {run} define {name}{what} differently: {_say(definition.get(name))} and "
                f"{_say(told.get(name))}",
                next_step="Give their run files the same definitions and run again, or merge them apart",
            )


def _read_indicator(told: Mapping[str, Any]) -> Indicator:
    cut = told.get("cut")
    return Indicator(**{**told, "cut": None if cut is None else Cut(**cut)})


def _say(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _write(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
