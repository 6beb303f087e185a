"""Schools that are clearly above others like them, and in what they differ from comparable schools."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtr

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.overview.stand import HIGHER
from mtss_analysis.findings.root_causes.cause_links import School
from mtss_analysis.findings.root_causes.presence import Contrast, contrast_schools
from mtss_analysis.findings.root_causes.school_values import OK, PLACE, YARDSTICKS, find_kind
from mtss_analysis.findings.settings import Settings
from mtss_analysis.stats import adjust_p_values

DEVIANT_FRAMES = ("deviants", "deviant_differences")
STANDING, TREND = "standing", "trend"
DEVIANT_COLUMNS = (*PLACE, "what", "measure", "label", "unit", "estimate", "ci_low", "ci_high", "q_value")
DIFFERENCE_COLUMNS = (
    *PLACE, "measure", "value", "median", "difference", "ci_low", "ci_high", "p_value", "q_value", "better", "told",
    "n", "n_clusters",
)  # fmt: skip
DIFFERENT_FAMILY = "schools that stand above others and what is counted of them"


def compare_deviants(
    reader: FrameReader, *, levels: Mapping[School, str], settings: Settings
) -> dict[str, pd.DataFrame]:
    """Find the schools that are clearly above others like them, and compare what is counted of them.

    Parameters
    ----------
    reader : FrameReader
        Gives ``fair``, ``cause_trends`` and ``school_values``.
    levels : mapping of (district_id, school_id) to str
        Levels of the schools, such as "elementary".
    settings : Settings
        Confidence level, false-discovery rate, population.

    Returns
    -------
    dict of str to DataFrame
        ``deviants``: one row per school and indicator in which it stands above others, like for like
        (``what`` "standing": the shrunken mean with its interval), or in which all its students gain ("trend": the
        change a year), ``DEVIANT_COLUMNS``. ``deviant_differences``: one row per such school and measure of
        ``school_values``, ``DIFFERENCE_COLUMNS``: the difference from the median of comparable schools; ``told`` where
        its two-sided q-value over all these schools and measures is within the run's rate, or, of what was counted and
        not sampled, where it is a step or more; ``better`` whether it lies on the better side.
    """
    deviants = _find_deviants(reader, settings=settings)
    values = reader.frame("school_values")
    parts = []
    for district_id, own in _split(deviants, settings=settings):
        schools = set(own[PLACE].itertuples(index=False, name=None))
        here = values if district_id is None else values[values["district_id"] == district_id]
        parts.append(_compare(schools, values=here, levels=levels, settings=settings))
    nothing = pd.DataFrame(columns=list(DIFFERENCE_COLUMNS))
    return {
        "deviants": deviants,
        "deviant_differences": pd.concat(parts, ignore_index=True) if parts else nothing,
    }


def _find_deviants(reader: FrameReader, *, settings: Settings) -> pd.DataFrame:
    labels = {one.measure: one.label for one in settings.indicators}
    fair = reader.frame("fair")
    above = fair[fair["verdict"] == HIGHER]
    standing = pd.DataFrame(
        {
            "district_id": above["district_id"], "school_id": above["school_id"], "what": STANDING,
            "measure": above["measure"], "label": above["measure"].map(labels),
            "unit": f"{settings.population} SD", "estimate": above["shrunken"], "ci_low": above["shrunken_low"],
            "ci_high": above["shrunken_high"], "q_value": above["q_value"],
        }
    )  # fmt: skip
    trends = reader.frame("cause_trends")
    rising = trends[trends["promising"].astype(bool) & (trends["status"] == OK)]
    gaining = rising[["district_id", "school_id", "label", "unit", "ci_low", "ci_high", "q_value"]].assign(
        what=TREND, measure=rising["trend"], estimate=rising["slope"]
    )
    both = [one[list(DEVIANT_COLUMNS)] for one in (standing, gaining) if len(one)]
    if not both:
        return pd.DataFrame(columns=list(DEVIANT_COLUMNS))
    return pd.concat(both, ignore_index=True).sort_values([*PLACE, "what", "measure"], ignore_index=True)


def _split(deviants: pd.DataFrame, *, settings: Settings) -> list[tuple[str | None, pd.DataFrame]]:
    if deviants.empty:
        return []
    if settings.population == "state":
        return [(None, deviants)]
    return [(str(district), own) for district, own in deviants.groupby("district_id", sort=True)]


def _compare(
    schools: set[School], *, values: pd.DataFrame, levels: Mapping[School, str], settings: Settings
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    printed = values[values["status"] == OK]
    for measure, own in printed.groupby("measure", sort=True):
        contrasts = contrast_schools(own, levels=levels, settings=settings, always_median=True)
        counts = {
            (str(one), str(two)): (n, n_clusters)
            for one, two, n, n_clusters in own[[*PLACE, "n", "n_clusters"]].itertuples(index=False)
        }
        for school in sorted(schools & set(contrasts)):
            row = _write(str(measure), school=school, contrast=contrasts[school])
            rows.append(row | dict(zip(("n", "n_clusters"), counts[school], strict=True)))
    frame = pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
    if frame.empty:
        return frame
    frame["q_value"] = adjust_p_values(frame["p_value"].to_numpy(dtype="float64"))
    tested = frame["p_value"].notna()
    stepped = (~tested) & frame["told"].astype(bool)
    frame["told"] = np.where(tested, frame["q_value"] <= settings.false_discovery_rate, stepped)
    return frame


def _write(measure: str, *, school: School, contrast: Contrast) -> dict[str, object]:
    rule = YARDSTICKS[find_kind(measure)]
    sampled = contrast.std_error > 0
    p_value = 2 * float(stdtr(contrast.df, -abs(contrast.difference) / contrast.std_error)) if sampled else np.nan
    return {
        "district_id": school[0], "school_id": school[1], "measure": measure, "value": contrast.value,
        "median": contrast.yardstick, "difference": contrast.difference,
        "ci_low": contrast.low if sampled else np.nan, "ci_high": contrast.high if sampled else np.nan,
        "p_value": p_value, "better": rule.worse * contrast.difference < 0,
        "told": not sampled and rule.step > 0 and abs(contrast.difference) >= rule.step,
    }  # fmt: skip
