"""Rows for a drill-down: a student's standing, the category of every factor, and what is held constant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mtss_analysis.findings.frames import name_schools
from mtss_analysis.findings.root_causes.numbers import number_names
from mtss_analysis.findings.root_causes.providers import find_providers, varies_by_provider
from mtss_analysis.findings.settings import Factor
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures import attach_factor
from mtss_analysis.measures.factors import DERIVED
from mtss_analysis.measures.groups import GRADES, name_categories
from mtss_analysis.stats.arrays import CodeArray, FloatArray

NOT_COMPARED = -1
LEAST_TEACHERS = 3
"""No teacher can be recognised in a number that rests on three or more."""
MOST_CATEGORIES = 15
"""A column with more categories is none that students can be split by."""

NOT_RECORDED = "it is not recorded"
FEW = "too few students or teachers are in all categories but one"

ReadTable = Callable[[str], pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorRows:
    """The category of one factor in every row.

    Parameters
    ----------
    names : tuple of str
        Categories that are compared, in order.
    codes : (n,) int array
        Place of each row's category in ``names``; -1: not known, or too few students to be compared.
    within_cells : bool
        Whether it varies within grade and year; the grade itself does not.
    unknown_pct : float
        Percent of the scores without a category.
    reason : str
        Why it cannot be split; empty if it can.
    providers : (n,) int array or None
        Who delivered it, whose students share what that person does, numbered; -1: no service. None: it is not a
        service, or the teacher delivers it.
    by_provider : bool
        Whether it varies between providers rather than among the students of one.
    """

    factor: Factor
    names: tuple[str, ...]
    codes: CodeArray
    within_cells: bool
    unknown_pct: float
    reason: str
    providers: CodeArray | None = None
    by_provider: bool = False

    @property
    def usable(self) -> bool:
        """Whether students can be split by it."""
        return not self.reason


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrillRows:
    """All rows with a standing of one school, or of many.

    Groupings are numbered in the order of their names, which sorts and compares faster than text and takes a tenth of
    its room.

    Parameters
    ----------
    standing : (n,) float array
        Standard deviations.
    years : (n,) float array
        First calendar year of the school year.
    students, classrooms, teachers, schools : (n,) int arrays
        ``classrooms`` are those of a year; a teacher who is not recorded is the classroom.
    cells, year_cells, cohorts : (n,) int arrays
        School, year and trend grade; school and year; year and trend grade.
    factors : tuple of FactorRows
        In the order of the run file.
    """

    standing: FloatArray
    years: FloatArray
    students: CodeArray
    classrooms: CodeArray
    teachers: CodeArray
    schools: CodeArray
    cells: CodeArray
    year_cells: CodeArray
    cohorts: CodeArray
    factors: tuple[FactorRows, ...]

    def keep(self, kept: np.ndarray) -> "DrillRows":
        """Keep some of the rows."""
        arrays = {name: getattr(self, name)[kept] for name in DrillRows.__dataclass_fields__ if name != "factors"}
        return DrillRows(
            **arrays,
            factors=tuple(
                replace(
                    one,
                    codes=one.codes[kept],
                    providers=None if one.providers is None else one.providers[kept],
                )
                for one in self.factors
            ),
        )

    @property
    def centred_years(self) -> FloatArray:
        """Years from the middle of the rows."""
        return np.asarray(self.years - self.years.mean() if self.years.size else self.years, dtype=np.float64)

    def clusters(self, factor: FactorRows) -> CodeArray:
        """Whom a factor varies between: students, providers, or teachers, each of whom teaches one grade."""
        if factor.providers is not None:
            return factor.providers
        of_students = factor.factor.level == "student" and factor.within_cells
        return self.students if of_students else self.teachers


def gather_rows(
    read: ReadTable, *, has: Callable[[str], bool], scores: pd.DataFrame, factors: Sequence[Factor], minimum: int
) -> DrillRows:
    """Gather what a drill-down needs.

    Parameters
    ----------
    read : callable
        Gives a table by its name.
    has : callable
        Whether there is a table of that name.
    scores : DataFrame
        From :func:`mtss_analysis.findings.frames.place_scores`; rows without a standing are left out.
    factors : sequence of Factor
        Declared factors.
    minimum : int
        Students from which on a category is compared.

    Returns
    -------
    DrillRows
        A factor whose table is absent says so.
    """
    scores = scores[scores["standing"].notna()].reset_index(drop=True)
    schools = name_schools(scores)
    cells = number_names(_name_cells(scores))
    teachers = number_names(name_teachers(scores))
    return DrillRows(
        standing=scores["standing"].to_numpy(dtype="float64"),
        years=np.asarray(scores["school_year"].str.slice(0, 4), dtype=np.float64),
        students=number_names(scores["student_id"]),
        classrooms=number_names(schools + " " + pd.Series(cluster_ids(scores), index=scores.index)),
        teachers=teachers,
        schools=number_names(schools),
        cells=cells,
        year_cells=number_names(schools + " " + scores["school_year"]),
        cohorts=number_names(scores["school_year"] + " " + scores["trend_grade"]),
        factors=tuple(
            _code_factor(read, has=has, scores=scores, factor=factor, cells=cells, teachers=teachers, minimum=minimum)
            for factor in factors
        ),
    )


def _code_factor(
    read: ReadTable,
    *,
    has: Callable[[str], bool],
    scores: pd.DataFrame,
    factor: Factor,
    cells: CodeArray,
    teachers: CodeArray,
    minimum: int,
) -> FactorRows:
    categories, reason = _find_categories(read, has=has, scores=scores, factor=factor)
    providers = None
    if categories is not None and factor.table == "services":
        providers, reason = find_providers(read(factor.table), scores=scores, factor=factor, known=categories.notna())
        categories = categories if not reason else None
    names: list[str] = []
    unknown = pd.Series(dtype="bool") if categories is None else categories.isna()
    if categories is not None:
        if factor.is_unit:
            categories = (_name_cells(scores) + " " + categories).where(categories.notna())
        students = scores.groupby(categories)["student_id"].nunique()
        enough = students >= (2 if factor.is_unit else minimum)
        if factor.level != "student" and not factor.is_unit:
            enough &= pd.Series(teachers).groupby(categories).nunique() >= LEAST_TEACHERS
        names = sorted(map(str, students.index[enough]), key=sort_key)
        reason = _say_why_not(names, categories=students.index.size, factor=factor)
        categories = categories.where(categories.isin(names))
    place = {name: at for at, name in enumerate(names)}
    codes = np.full(len(scores), NOT_COMPARED, dtype=np.intp)
    if categories is not None and names:
        codes = np.asarray(categories.map(place).fillna(NOT_COMPARED), dtype=np.intp)
    varies = pd.Series(codes).groupby(cells).nunique()
    known = codes != NOT_COMPARED
    return FactorRows(
        factor=factor,
        names=tuple(names),
        codes=codes,
        within_cells=bool(len(varies) and varies.max() > 1),
        unknown_pct=100.0 if categories is None else 100 * float(unknown.mean()) if len(unknown) else 0.0,
        reason=reason,
        providers=providers,
        by_provider=providers is not None
        and varies_by_provider(codes[known], cells=cells[known], providers=providers[known]),
    )


def _find_categories(
    read: ReadTable, *, has: Callable[[str], bool], scores: pd.DataFrame, factor: Factor
) -> tuple[pd.Series | None, str]:
    if factor.table != "enrollments" and not has(factor.table):
        return None, f"the district gave no data in the table {factor.table}"
    table = scores if factor.table == "enrollments" else read(factor.table)
    wanted = (
        {"delivered_pct": ["minutes_planned", "minutes_delivered"], "absent_pct": ["days_enrolled", "days_absent"]}[
            factor.column
        ]
        if factor.column in DERIVED.get(factor.table, ())
        else [factor.column]
    )
    needed = [*wanted, *(["intervention_id"] if factor.only else [])]
    if missing := [name for name in needed if name not in table]:
        return None, f"the table {factor.table} has no column {missing[0]}"
    categories = attach_factor(
        scores=scores,
        table=table,
        source=factor.table,
        column=factor.column,
        bands=factor.bands,
        only=factor.only,
        without=factor.without,
    )
    if not factor.bands and factor.table == "enrollments":
        categories = name_categories(scores[factor.column])
    return categories, ""


def _say_why_not(names: Sequence[str], *, categories: int, factor: Factor) -> str:
    if not categories:
        return NOT_RECORDED
    if len(names) < 2:
        return "all students are in one category" if categories < 2 else FEW
    if len(names) > MOST_CATEGORIES and not factor.is_unit:
        return f"it has {len(names)} categories, too many to split by; give it bands"
    return ""


def sort_key(category: str) -> tuple[int, float, str]:
    """Sort bands by their lower bound, grades from the youngest, and other categories by name."""
    if category in GRADES:
        return (0, float(GRADES.index(category) - 1), category)
    head = category.split("–", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    try:
        return (0, float(head), category)
    except ValueError:
        return (1, 0.0, category)


def name_teachers(scores: pd.DataFrame) -> pd.Series:
    """Name the cluster of each row: its teacher; where none is recorded, its classroom, and else its whole grade.

    Parameters
    ----------
    scores : DataFrame
        ``school_id``, ``school_year``, ``grade`` and, if recorded, ``teacher_id`` and ``classroom_id``.

    Returns
    -------
    (n,) text Series
        On the index of ``scores``.
    """
    names = "classroom " + name_schools(scores) + " " + pd.Series(cluster_ids(scores), index=scores.index)
    if "teacher_id" in scores.columns:
        teachers = "teacher " + name_schools(scores) + " " + scores["teacher_id"].astype("str")
        names = teachers.where(scores["teacher_id"].notna(), names)
    return names


def _name_cells(scores: pd.DataFrame) -> pd.Series:
    return name_schools(scores) + " " + scores["school_year"] + " " + scores["trend_grade"]
