"""Where schools are going, grade by grade and over all grades: the change per year among comparable students."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
)
from mtss_analysis.stats.arrays import FloatArray

_Place = tuple[str, str]


def estimate_mixed_slopes(
    scores: pd.DataFrame, *, groups: Sequence[StudentGroup], ci_level: float, whole_only: bool = False
) -> Iterator[tuple[_Place, SlopeCell]]:
    """Estimate every trend of every school in one measure, with students, teachers and classrooms as random effects.

    The outcome is regressed on the year, with the grade and the declared groups held constant. How much students,
    teachers and the classrooms of a year differ is estimated once, from all schools and students, as ratios to the
    variance of a row; the variance of a row is each trend's own.

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
    ratios = {kind: _estimate_ratios(list(schools.values()), kind=kind) for kind in kinds}
    for place, rows in schools.items():
        for trend_grade, inside in rows.grades():
            if whole_only and trend_grade != ALL:
                continue
            for group, members in rows.members.items():
                if whole_only and group != ALL:
                    continue
                for kind, (known_ratios, reason) in ratios.items():
                    yield (
                        place,
                        rows.estimate(
                            inside & members,
                            trend_grade=trend_grade,
                            group=group,
                            kind=kind,
                            ratios=known_ratios,
                            reason=reason,
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
        return pd.DataFrame({name: column.fillna(value=False) for name, column in columns.items()}, dtype="float64")

    def grades(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Each grade and then all grades, with the rows that are in it."""
        for grade in _sort(self.rows["trend_grade"]):
            yield grade, (self.rows["trend_grade"] == grade).to_numpy(dtype=np.bool_)
        yield ALL, np.ones(len(self.rows), dtype=np.bool_)

    def collect(self, known: NDArray[np.bool_], *, kind: str) -> CrossedData:
        """Collect the sums of these rows."""
        years = self.school_years[known].astype("U4").astype(np.float64)
        held = self.held_constant
        larger = [self.classrooms[known], *([self.teachers[known]] if self.has_teachers else [])]
        return collect_crossed_data(
            outcome=self.outcomes[kind][known],
            design=np.column_stack([np.ones(years.size), years - years.mean(), held.to_numpy()[known]]),
            names=("constant", "year", *held.columns),
            small_units=self.students[known],
            larger_units=larger,
        )

    def estimate(
        self,
        inside: NDArray[np.bool_],
        *,
        trend_grade: str,
        group: str,
        kind: str,
        ratios: VarianceRatios | None,
        reason: str,
        ci_level: float,
    ) -> SlopeCell:
        """Estimate one trend."""
        values = self.outcomes[kind]
        known = inside & ~np.isnan(values)
        n_years = len(set(self.school_years[known]))
        slope: Estimate | None = None
        if n_years < MIN_YEARS:
            reason = f"a trend needs scores from at least {MIN_YEARS} years, and there are {n_years}"
        elif ratios is not None:
            try:
                slope = fit_crossed(data=self.collect(known, kind=kind), ratios=ratios, name="year", ci_level=ci_level)
            except TooFewError as error:
                reason = str(error)
        return SlopeCell(
            trend_grade=trend_grade,
            group=group,
            kind=kind,
            slope=slope,
            n=int(known.sum()),
            n_clusters=len(set(self.classrooms[known])),
            varies=len(set(values[known])) > 1,
            reason="" if slope else reason,
        )


def _estimate_ratios(schools: Sequence[_Rows], *, kind: str) -> tuple[VarianceRatios | None, str]:
    """Estimate the ratios from all schools with scores of enough years, or say why not."""
    data = []
    for one in schools:
        known = ~np.isnan(one.outcomes[kind])
        if len(set(one.school_years[known])) >= MIN_YEARS:
            try:
                data.append(one.collect(known, kind=kind))
            except TooFewError:
                continue
    if not data:
        return None, "no school has enough scores of enough years"
    try:
        return estimate_ratios(data), ""
    except TooFewError as error:
        return None, str(error)


def _sort(grades: pd.Series) -> list[str]:
    return sorted({str(grade) for grade in grades.dropna()}, key=order_grade)
