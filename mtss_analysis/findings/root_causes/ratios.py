"""How much students, classrooms and teachers differ, as ratios to the variance of a row, which schools share."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.root_causes.numbers import number_pairs
from mtss_analysis.findings.root_causes.rows import DrillRows, gather_rows
from mtss_analysis.stats import VarianceRatios, collect_crossed_data, estimate_ratios
from mtss_analysis.stats.crossed import CrossedData

FRAME = "factor_ratios"
UNITS = ("student", "classroom", "teacher")
MOST_SCHOOLS = 60
"""Ratios are estimated from at most so many schools, evenly chosen: more would tell them hardly better."""


def compare_ratios(scores_by_measure: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Estimate how much students, classrooms and teachers differ within grades and years, over all schools.

    Parameters
    ----------
    scores_by_measure : mapping of str to DataFrame
        Placed scores of all schools, by measure.

    Returns
    -------
    DataFrame
        One row per measure and unit (``student``, ``classroom`` and, where teachers stay for years, ``teacher``):
        ``ratio`` to the variance of a row, ``covariance_<unit>`` of the logarithms, ``n_schools``. A measure of which
        they cannot be estimated has no rows.
    """
    columns = ["measure", "unit", "ratio", *(f"covariance_{unit}" for unit in UNITS), "n_schools"]
    rows: list[dict[str, object]] = []
    for measure, scores in scores_by_measure.items():
        ratios = find_ratios(gather_rows(_no_table, has=_has_none, scores=scores, factors=(), minimum=1))
        if ratios is None:
            continue
        for at, unit in enumerate(UNITS[: ratios.ratios.size]):
            known = {f"covariance_{UNITS[to]}": float(value) for to, value in enumerate(ratios.covariance[at])}
            named = {"measure": measure, "unit": unit, "ratio": float(ratios.ratios[at]), "n_schools": ratios.n_sets}
            rows.append(named | known)
    return pd.DataFrame(rows, columns=columns)


def read_ratios(comparison: FrameReader, *, measure: str, rows: DrillRows) -> VarianceRatios | None:
    """Read the ratios of a measure; where the comparison has none, estimate them from these rows alone.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``factor_ratios``, if it was prepared with it.
    measure : str
        Which measure.
    rows : DrillRows
        The school's own rows.

    Returns
    -------
    VarianceRatios or None
        None where they cannot be estimated.
    """
    try:
        frame = comparison.frame(FRAME)
    except KeyError:
        return find_ratios(rows)
    mine = frame[frame["measure"] == measure]
    if mine.empty:
        return find_ratios(rows)
    units = list(mine["unit"])
    covariance = mine[[f"covariance_{unit}" for unit in units]].to_numpy(dtype="float64")
    return VarianceRatios(
        ratios=mine["ratio"].to_numpy(dtype="float64"), covariance=covariance, n_sets=int(mine["n_schools"].iloc[0])
    )


def larger_units(rows: DrillRows, *, ratios: VarianceRatios) -> list[np.ndarray]:
    """Give the groupings besides the student that the ratios are of."""
    return [rows.classrooms, rows.teachers][: ratios.ratios.size - 1]


def find_ratios(rows: DrillRows) -> VarianceRatios | None:
    """Estimate the ratios from all schools of the rows, with the means of grades and years taken out.

    Parameters
    ----------
    rows : DrillRows
        Of one school or of many.

    Returns
    -------
    VarianceRatios or None
        None where they cannot be estimated.
    """
    names = np.unique(rows.schools)
    if names.size > MOST_SCHOOLS:
        names = names[np.linspace(0, names.size - 1, MOST_SCHOOLS).round().astype(int)]
    pairs = np.unique(number_pairs(rows.teachers, rows.classrooms))
    teachers_stay = pairs.size > np.unique(rows.teachers).size
    data = []
    for name in names:
        inside = np.flatnonzero(rows.schools == name)
        try:
            data.append(_collect(rows, inside=inside, with_teachers=teachers_stay))
        except TooFewError:
            continue
    try:
        return estimate_ratios(data)
    except TooFewError:
        return None


def _collect(rows: DrillRows, *, inside: np.ndarray, with_teachers: bool) -> CrossedData:
    cells = np.unique(rows.cells[inside], return_inverse=True)[1]
    indicators = np.eye(int(cells.max()) + 1)[cells]
    return collect_crossed_data(
        outcome=rows.standing[inside],
        design=indicators,
        names=[str(at) for at in range(indicators.shape[1])],
        small_units=rows.students[inside],
        larger_units=[rows.classrooms[inside], *([rows.teachers[inside]] if with_teachers else [])],
    )


def _no_table(name: str) -> pd.DataFrame:
    raise KeyError(name)


def _has_none(name: str) -> bool:
    del name
    return False
