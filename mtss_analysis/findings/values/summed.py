"""Values of all schools and their changes, each with a standard error that reckons with who is counted twice."""

import itertools
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.findings.values.keys import order_time
from mtss_analysis.findings.values.observed import PLACE, TIME, Repeats
from mtss_analysis.stats.arrays import CodeArray, FloatArray

CELL_COLUMNS = [*PLACE, *TIME, "value", "std_error", "df", "n", "n_clusters"]
CHANGE_COLUMNS = [
    *PLACE, "from_year", "from_window", "to_year", "to_window", "from_value", "change", "std_error", "df",
]  # fmt: skip
LEAST_SHARE = 0.02
"""Of the variance of two independent values, what a change keeps at least: nobody is measured without error."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Coded:
    """Rows as numbers: place, time, stratum, unit and cluster of each, and its deviation from its stratum's mean."""

    place: CodeArray
    time: CodeArray
    cell: CodeArray
    stratum: CodeArray
    cluster: CodeArray
    unit: CodeArray
    deviation: FloatArray
    weight: FloatArray


def sum_up(
    rows: pd.DataFrame, *, repeats: Repeats, by_district: bool = False, baseline_windows: AbstractSet[str] = frozenset()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum observations to values by school, year and window, and to the changes between them.

    Parameters
    ----------
    rows : DataFrame
        Rows of an ``Observed``.
    repeats : {'students', 'teachers', 'items'}
        What comes again at another time.
    by_district : bool
        Whether districts are wanted and not their schools.
    baseline_windows : set of str
        Windows from which changes to every later window are wanted; others change to the same window of a later year.

    Returns
    -------
    values : DataFrame
        One row per place, year and window: ``CELL_COLUMNS``; the school of a district is empty. ``std_error`` is
        missing where fewer than two units differ, and of items, which are no sample.
    changes : DataFrame
        One row per place and pair of times: ``CHANGE_COLUMNS``; the standard error allows for the same students,
        teachers or items at both times.

    Notes
    -----
    Students: the variance within grades of a school, times a design effect for classrooms whose intraclass
    correlation is pooled over all schools; the covariance of two times is the correlation of the same student's
    deviations, pooled over all schools, times the share who are at both. Teachers and items: linearised, by cluster.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., eq. 6.13 and section 9.4; Kish (1965), Survey Sampling, section 5.4,
    on the design effect; Kish & Frankel (1974), JRSS B 36, 1-37, on changes of partly overlapping samples.
    """
    rows = rows[rows["den"] > 0]
    if rows.empty:
        return pd.DataFrame(columns=CELL_COLUMNS), pd.DataFrame(columns=CHANGE_COLUMNS)
    if by_district:
        rows = rows.assign(
            cluster=rows["school_id"] + " " + rows["cluster"],
            grade=rows["school_id"] + " " + rows["grade"],
            school_id="",
        )
    times = sorted(rows[TIME].drop_duplicates().itertuples(index=False, name=None), key=lambda time: order_time(*time))
    places = rows[PLACE].drop_duplicates().sort_values(PLACE, ignore_index=True)
    shape = (len(places), len(times))
    coded, sums, value = _code(rows, places=places, times=times, in_strata=repeats == "students")
    summed = (_sum_students if repeats == "students" else _sum_clusters)(coded, shape=shape, total=sums)
    there = np.argwhere(sums.reshape(shape) > 0)
    cells = places.iloc[there[:, 0]].reset_index(drop=True)
    flat = there[:, 0] * len(times) + there[:, 1]
    cells = cells.assign(
        school_year=[times[at][0] for at in there[:, 1]],
        window=[times[at][1] for at in there[:, 1]],
        value=value[flat],
        std_error=np.where(repeats == "items", np.nan, np.sqrt(summed.variance[flat])),
        df=summed.df[flat],
        n=np.bincount(coded.cell, minlength=len(sums))[flat],
        n_clusters=summed.n_clusters[flat],
    )
    changes = _list_changes(places, times=times, value=value.reshape(shape), summed=summed, windows=baseline_windows)
    return cells[CELL_COLUMNS], changes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Summed:
    """By place and time: variance, degrees of freedom, clusters; by pair of times: the variance of the change."""

    variance: FloatArray
    df: FloatArray
    n_clusters: CodeArray
    change_variance: dict[tuple[int, int], FloatArray]


def _code(
    rows: pd.DataFrame, *, places: pd.DataFrame, times: list[tuple[str, str]], in_strata: bool
) -> tuple[_Coded, FloatArray, FloatArray]:
    place = rows[PLACE].merge(places.reset_index(names="at"), on=PLACE, how="left")["at"].to_numpy()
    number = {time: at for at, time in enumerate(times)}
    time = np.array([number[one] for one in zip(rows["school_year"], rows["window"], strict=True)], dtype=np.intp)
    cell = place * len(times) + time
    num, den = (rows[name].to_numpy(dtype="float64") for name in ("num", "den"))
    size = len(places) * len(times)
    sums: FloatArray = np.bincount(cell, weights=den, minlength=size).astype(np.float64)
    value: FloatArray = np.divide(
        np.bincount(cell, weights=num, minlength=size), sums, out=np.full(size, np.nan), where=sums > 0
    )
    grade = pd.factorize(rows["grade"])[0] if in_strata else np.zeros(len(rows), dtype=np.intp)
    stratum = pd.factorize(cell.astype("int64") * (int(grade.max()) + 1) + grade, sort=True)[0]
    centre = np.bincount(stratum, weights=num) / np.bincount(stratum, weights=den)
    cluster = pd.factorize(rows["cluster"])[0]
    unit = pd.factorize(rows["unit" if in_strata else "cluster"])[0]
    coded = _Coded(
        place=place,
        time=time,
        cell=cell,
        stratum=stratum,
        cluster=pd.factorize(stratum.astype("int64") * (int(cluster.max()) + 1) + cluster, sort=True)[0],
        unit=pd.factorize(place.astype("int64") * (int(unit.max()) + 1) + unit, sort=True)[0],
        deviation=num - centre[stratum] * den,
        weight=den,
    )
    return coded, sums, value


def _sum_students(coded: _Coded, *, shape: tuple[int, int], total: FloatArray) -> _Summed:
    size = len(total)
    n = np.bincount(coded.cell, minlength=size)
    strata = np.unique(np.stack([coded.cell, coded.stratum]), axis=1)[0]
    free = n - np.bincount(strata, minlength=size)
    squares = np.bincount(coded.cell, weights=coded.deviation**2, minlength=size)
    spread = np.sqrt(np.divide(squares, free, out=np.full(size, np.nan), where=(free > 0) & (squares > 0)))
    cell_of_cluster = _first(coded.cell, by=coded.cluster)
    load = np.bincount(coded.cluster, weights=coded.weight)
    heaviness = np.bincount(cell_of_cluster, weights=load**2, minlength=size)
    alone = np.bincount(coded.cell, weights=coded.weight**2, minlength=size)
    icc = _find_icc(coded, spread=spread)
    effect = 1 + icc * np.maximum(np.divide(heaviness, alone, out=np.ones(size), where=alone > 0) - 1, 0)
    scale = np.divide(spread, total, out=np.full(size, np.nan), where=total > 0)
    variance = effect * n * scale**2
    units = int(coded.unit.max()) + 1
    flat = coded.unit.astype("int64") * shape[1] + coded.time
    z = np.bincount(flat, weights=np.nan_to_num(coded.deviation / spread[coded.cell]), minlength=units * shape[1])
    there = np.bincount(flat, minlength=units * shape[1]) > 0
    z, there = z.reshape(units, shape[1]), there.reshape(units, shape[1])
    place_of_unit = _first(coded.place, by=coded.unit)
    by_time = {name: array.reshape(shape) for name, array in (("var", variance), ("scale", scale), ("eff", effect))}
    change = {}
    for a, b in itertools.combinations(range(shape[1]), 2):
        both = there[:, a] & there[:, b]
        n_both = np.bincount(place_of_unit[both], minlength=shape[0])
        r = float((z[both, a] * z[both, b]).sum() / both.sum()) if both.any() else 0.0
        covariance = np.clip(r, 0, 1) * n_both * by_time["scale"][:, a] * by_time["scale"][:, b]
        change[a, b] = _bound(by_time["var"][:, a] + by_time["var"][:, b], covariance=covariance)
    return _Summed(
        variance=variance,
        df=np.where(free > 0, free, np.nan).astype(np.float64),
        n_clusters=np.bincount(cell_of_cluster, minlength=size),
        change_variance=change,
    )


def _sum_clusters(coded: _Coded, *, shape: tuple[int, int], total: FloatArray) -> _Summed:
    units = int(coded.unit.max()) + 1
    flat = coded.unit.astype("int64") * shape[1] + coded.time
    influence = coded.deviation / total[coded.cell]
    sums: FloatArray = np.bincount(flat, weights=influence, minlength=units * shape[1]).astype(np.float64)
    sums = sums.reshape(units, shape[1])
    there = np.bincount(flat, minlength=units * shape[1]).reshape(units, shape[1]) > 0
    place = _first(coded.place, by=coded.unit)

    def add(values: FloatArray) -> FloatArray:
        return np.bincount(place, weights=values, minlength=shape[0]).astype(np.float64)

    m = np.stack([add(there[:, at].astype(np.float64)) for at in range(shape[1])], axis=1)
    squares = np.stack([add(sums[:, at] ** 2) for at in range(shape[1])], axis=1)
    variance = _correct(squares, m)
    change = {
        (a, b): _correct(add((sums[:, b] - sums[:, a]) ** 2), np.minimum(m[:, a], m[:, b]))
        for a, b in itertools.combinations(range(shape[1]), 2)
    }
    return _Summed(
        variance=variance.ravel(),
        df=np.where(m > 1, m - 1, np.nan).ravel(),
        n_clusters=m.ravel().astype(np.intp),
        change_variance=change,
    )


def _correct(squares: FloatArray, m: FloatArray) -> FloatArray:
    usable = (m > 1) & (squares > 0)
    return np.asarray(np.where(usable, squares * m / np.maximum(m - 1, 1), np.nan), dtype=np.float64)


def _bound(independent: FloatArray, *, covariance: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(independent - 2 * covariance, LEAST_SHARE * independent), dtype=np.float64)


def _find_icc(coded: _Coded, *, spread: FloatArray) -> float:
    """Estimate the intraclass correlation of classrooms within grades, over all places and times at once."""
    z = coded.deviation / spread[coded.cell]
    known = ~np.isnan(z)
    stratum, cluster, z = coded.stratum[known], coded.cluster[known], z[known]
    if not len(z):
        return 0.0
    stratum_of = _first(stratum, by=cluster)
    used = np.bincount(cluster) > 0
    n_rooms = np.bincount(stratum_of[used], minlength=int(stratum.max()) + 1)
    several = n_rooms[stratum] > 1
    if not several.any():
        return 0.0
    stratum, cluster, z = stratum[several], cluster[several], z[several]
    n = np.bincount(cluster).astype(np.float64)
    means = np.divide(np.bincount(cluster, weights=z), n, out=np.zeros(len(n)), where=n > 0)
    of = stratum_of[: len(n)]
    rooms, groups = int((n > 0).sum()), len(np.unique(stratum))
    size = np.bincount(stratum).astype(np.float64)
    centres = np.divide(np.bincount(stratum, weights=z), size, out=np.zeros(len(size)), where=size > 0)
    within_free = len(z) - rooms
    if within_free <= 0 or rooms <= groups:
        return 0.0
    within = float(((z - means[cluster]) ** 2).sum()) / within_free
    held = n > 0
    between = float((n[held] * (means[held] - centres[of[held]]) ** 2).sum()) / (rooms - groups)
    evened = np.bincount(of[held], weights=n[held] ** 2, minlength=len(size))
    typical = (len(z) - float((evened[size > 0] / size[size > 0]).sum())) / (rooms - groups)
    among = max((between - within) / typical, 0.0)
    return among / (among + within) if among + within > 0 else 0.0


def _first(values: CodeArray, *, by: CodeArray) -> CodeArray:
    """Give the value of each code, which all of its rows share."""
    found = np.zeros(int(by.max()) + 1, dtype=np.intp)
    found[by] = values
    return found


def _list_changes(
    places: pd.DataFrame, *, times: list[tuple[str, str]], value: FloatArray, summed: _Summed, windows: AbstractSet[str]
) -> pd.DataFrame:
    df = summed.df.reshape(value.shape)
    parts = []
    for (a, b), variance in summed.change_variance.items():
        if times[a][1] != times[b][1] and times[a][1] not in windows:
            continue
        change = value[:, b] - value[:, a]
        part = places.assign(
            from_year=times[a][0],
            from_window=times[a][1],
            to_year=times[b][0],
            to_window=times[b][1],
            from_value=value[:, a],
            change=change,
            std_error=np.sqrt(variance),
            df=np.fmin(df[:, a], df[:, b]),
        )
        parts.append(part[~np.isnan(change)])
    return pd.concat(parts, ignore_index=True)[CHANGE_COLUMNS] if parts else pd.DataFrame(columns=CHANGE_COLUMNS)
