"""Where schools are going, grade by grade and over all grades: the change per year among comparable students."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.findings.trends.slopes import KINDS, MIN_YEARS, SlopeCell, cluster_ids, split_groups
from mtss_analysis.measures.groups import ALL, name_categories, order_grade
from mtss_analysis.stats import (
    CrossedData,
    Estimate,
    VarianceRatios,
    collect_crossed_data,
    estimate_ratios,
    fit_crossed,
    weigh_columns,
)
from mtss_analysis.stats.arrays import FloatArray

_Place = tuple[str, str]
CURVE = "year off the line "
UNEVEN_FROM = 0.02
"""With it, eight schools name 5 to 11 of 100 trends that are none where years scatter, instead of up to 26, and power
where they do not is a point lower; reckoning with scatter always would cost 17 points (normal theory, three years)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """How much students, teachers, classrooms and perhaps years differ; without ratios, why not."""

    ratios: VarianceRatios | None = None
    reason: str = ""
    with_years: bool = False


def estimate_mixed_slopes(
    scores: pd.DataFrame,
    *,
    groups: Sequence[StudentGroup],
    ci_level: float,
    whole_only: bool = False,
    uneven_from: float = UNEVEN_FROM,
) -> Iterator[tuple[_Place, SlopeCell]]:
    """Estimate every trend of every school in one measure, with students, teachers and classrooms as random effects.

    The outcome is regressed on the year, with the grade and the declared groups held constant. How much students,
    teachers and the classrooms of a year differ is estimated once, from all schools and students, as ratios to the
    variance of a row; the variance of a row is each trend's own.

    Where schools' years scatter about their lines more than students and classrooms explain, what is common to a school
    and year is a random effect, too: a year that was out of the ordinary is then no trend.

    Parameters
    ----------
    scores : DataFrame
        Placed scores of one measure of all schools, with ``trend_grade`` the grade.
    groups : sequence of StudentGroup
        Declared pairs of groups.
    ci_level : float
        Confidence level, 0 to 1.
    whole_only : bool
        Whether to estimate the trends of all students over all grades alone; grades and groups are held constant all
        the same.
    uneven_from : float
        From which p-value on, over all schools together, that the years lie on lines is doubted; 1: always.

    Yields
    ------
    tuple of district and school, and SlopeCell
        By school; grades from the youngest and then all together, groups and kinds in order.

    References
    ----------
    Raudenbush & Bryk (2002), Hierarchical Linear Models, 2nd ed., chapter 12: students crossed with teachers.
    """
    schools = {
        (str(district_id), str(school_id)): _Rows(rows=rows, groups=groups)
        for (district_id, school_id), rows in scores.groupby(["district_id", "school_id"], sort=True)
    }
    has_teachers = any(one.teachers_stay for one in schools.values())
    for one in schools.values():
        one.has_teachers = has_teachers
    # Where nobody has a score, each trend still says that it has none.
    kinds = [kind for kind in KINDS if scores[kind].notna().any()] or list(KINDS)[:1]
    models = {kind: _find_model(list(schools.values()), kind=kind, uneven_from=uneven_from) for kind in kinds}
    for place, rows in schools.items():
        for trend_grade, inside in rows.grades():
            if whole_only and trend_grade != ALL:
                continue
            for group, members in rows.members.items():
                if whole_only and group != ALL:
                    continue
                for kind, model in models.items():
                    yield (
                        place,
                        rows.estimate(
                            inside & members,
                            trend_grade=trend_grade,
                            group=group,
                            kind=kind,
                            model=model,
                            ci_level=ci_level,
                        ),
                    )


@dataclass(kw_only=True, eq=False)
class _Rows:
    """One school's rows, from which all its trends are estimated."""

    rows: pd.DataFrame
    groups: Sequence[StudentGroup]
    has_teachers: bool = True

    @cached_property
    def outcomes(self) -> dict[str, FloatArray]:
        return {kind: self.rows[kind].to_numpy(dtype="float64", na_value=np.nan) for kind in KINDS}

    @cached_property
    def members(self) -> dict[str, NDArray[np.bool_]]:
        return dict(split_groups(self.rows, self.groups))

    @cached_property
    def classrooms(self) -> np.ndarray:
        return cluster_ids(self.rows)

    @cached_property
    def teachers(self) -> np.ndarray:
        """The teacher of each row; where none is recorded, the classroom of that year."""
        if "teacher_id" not in self.rows:
            return self.classrooms
        named = ("teacher " + self.rows["teacher_id"].astype("str")).to_numpy(dtype=object)
        known = self.rows["teacher_id"].notna().to_numpy()
        return np.where(known, named, self.classrooms).astype("U")

    @cached_property
    def units(self) -> dict[str, NDArray[np.intp]]:
        """Students, classrooms, teachers and school years as numbers in the order of their names."""
        names = ("students", "classrooms", "teachers", "school_years")
        return {name: np.unique(getattr(self, name), return_inverse=True)[1] for name in names}

    @cached_property
    def years(self) -> FloatArray:
        return self.school_years.astype("U4").astype(np.float64)

    @cached_property
    def held_values(self) -> FloatArray:
        return self.held_constant.to_numpy()

    @property
    def teachers_stay(self) -> bool:
        """Whether some teacher is seen in two classrooms or years; otherwise teachers are no level of their own."""
        pairs = pd.DataFrame({"teacher": self.teachers, "classroom": self.classrooms}).drop_duplicates()
        return bool(pairs["teacher"].duplicated().any())

    @cached_property
    def students(self) -> np.ndarray:
        return self.rows["student_id"].to_numpy(dtype=object).astype("U")

    @cached_property
    def school_years(self) -> np.ndarray:
        return self.rows["school_year"].to_numpy(dtype=object).astype("U")

    @cached_property
    def held_constant(self) -> pd.DataFrame:
        """Dummy columns of grades and of the declared groups."""
        columns = {f"grade={grade}": self.rows["grade"] == grade for grade in _sort(self.rows["grade"])[1:]}
        for group in self.groups:
            values = name_categories(self.rows[group.column])
            columns |= {f"{group.column}={value}": values == value for value in sorted(values.dropna().unique())[1:]}
            columns |= {f"{group.column} not known": values.isna()}
        filled = {name: column.fillna(value=False) for name, column in columns.items()}
        return pd.DataFrame(filled, index=self.rows.index, dtype="float64")

    def grades(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Each grade and then all grades, with the rows that are in it."""
        for grade in _sort(self.rows["trend_grade"]):
            yield grade, (self.rows["trend_grade"] == grade).to_numpy(dtype=np.bool_)
        yield ALL, np.ones(len(self.rows), dtype=np.bool_)

    def collect(self, known: NDArray[np.bool_], *, kind: str, with_years: bool, curved: bool = False) -> CrossedData:
        """Collect the sums of these rows: years as a random effect, or as free to leave the line."""
        years = self.years[known]
        larger = [
            "classrooms",
            *(["teachers"] if self.has_teachers else []),
            *(["school_years"] if with_years else []),
        ]
        free = np.unique(years)[1:-1] if curved else np.empty(0)
        return collect_crossed_data(
            outcome=self.outcomes[kind][known],
            design=np.column_stack(
                [np.ones(years.size), years - years.mean(), years[:, None] == free, self.held_values[known]]
            ),
            names=("constant", "year", *(f"{CURVE}{one:.0f}" for one in free), *self.held_constant.columns),
            small_units=self.units["students"][known],
            larger_units=[self.units[name][known] for name in larger],
        )

    def estimate(
        self,
        inside: NDArray[np.bool_],
        *,
        trend_grade: str,
        group: str,
        kind: str,
        model: _Model,
        ci_level: float,
    ) -> SlopeCell:
        """Estimate one trend."""
        reason = model.reason
        values = self.outcomes[kind]
        known = inside & ~np.isnan(values)
        n_years = np.unique(self.units["school_years"][known]).size
        slope: Estimate | None = None
        if n_years < MIN_YEARS:
            reason = f"a trend needs scores from at least {MIN_YEARS} years, and there are {n_years}"
        elif model.ratios is not None:
            try:
                data = self.collect(known, kind=kind, with_years=model.with_years)
                slope = fit_crossed(data=data, ratios=model.ratios, name="year", ci_level=ci_level)
            except TooFewError as error:
                reason = str(error)
        return SlopeCell(
            trend_grade=trend_grade,
            group=group,
            kind=kind,
            slope=slope,
            n=int(known.sum()),
            n_clusters=np.unique(self.units["classrooms"][known]).size,
            varies=bool(known.any()) and float(np.ptp(values[known])) > 0,
            reason="" if slope else reason,
        )


def _find_model(schools: Sequence[_Rows], *, kind: str, uneven_from: float) -> _Model:
    """Estimate the ratios from all schools with scores of enough years, or say why not."""
    even = _estimate_ratios(schools, kind=kind, with_years=False) if uneven_from < 1 else None
    if even is not None:
        ratios = even.ratios
        if ratios is None or not _is_uneven(schools, kind=kind, ratios=ratios, uneven_from=uneven_from):
            return even
    uneven = _estimate_ratios(schools, kind=kind, with_years=True)
    if uneven.ratios is not None:
        return uneven
    return even or _estimate_ratios(schools, kind=kind, with_years=False)


def _estimate_ratios(schools: Sequence[_Rows], *, kind: str, with_years: bool) -> _Model:
    data = list(_collect_all(schools, kind=kind, with_years=with_years))
    if not data:
        return _Model(reason="no school has enough scores of enough years")
    try:
        return _Model(ratios=estimate_ratios(data), with_years=with_years)
    except TooFewError as error:
        return _Model(reason=str(error))


def _is_uneven(schools: Sequence[_Rows], *, kind: str, ratios: VarianceRatios, uneven_from: float) -> bool:
    """Tell whether years leave their schools' lines by more than students, teachers and classrooms explain."""
    statistic, freedom = 0.0, 0
    for data in _collect_all(schools, kind=kind, with_years=False, curved=True):
        names = [name for name in data.names if name.startswith(CURVE)]
        of_school, count = weigh_columns(data=data, ratios=ratios, names=names)
        statistic, freedom = statistic + of_school, freedom + count
    return freedom > 0 and float(chdtrc(freedom, statistic)) <= uneven_from


def _collect_all(
    schools: Sequence[_Rows], *, kind: str, with_years: bool, curved: bool = False
) -> Iterator[CrossedData]:
    for one in schools:
        known = ~np.isnan(one.outcomes[kind])
        if len(set(one.school_years[known])) >= MIN_YEARS:
            try:
                yield one.collect(known, kind=kind, with_years=with_years, curved=curved)
            except TooFewError:
                continue


def _sort(grades: pd.Series) -> list[str]:
    return sorted({str(grade) for grade in grades.dropna()}, key=order_grade)
