"""What is drawn of one school before its tables: the people, the days and how well practices are used.

The tables of a school (screenings, attendance, walkthroughs …) are drawn from this alone, each by a function
``draw_<table>(school, *, plan, truths) -> DataFrame`` with the columns of the table's schema and a random stream of its
own.
"""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnSchool:
    """One school over all years.

    Parameters
    ----------
    school_id, school_name, district_id, level : str
        As in the schools table.
    index : int
        Position of the school in its district, from 0; planted truths name schools by it.
    seed : int
        Seed of the whole simulation, for ``open_stream(seed, table, school_id)``.
    years : tuple of str
        School years, such as ``2022-23``, oldest first.
    students : DataFrame
        One row per student and year: ``student_id, school_year, year_index, grade`` (text, K, 1 …),
        ``classroom_id, teacher_id`` (the homeroom or the subject teacher), ``entry_date, exit_date`` (datetime64,
        missing exit: stayed), ``exit_reason, sex, race_ethnicity, english_learner, disability,
        economically_disadvantaged`` and what no table shows: ``ability_reading, ability_math`` (SD units at the
        start of the year), ``behavior_risk, absence_risk`` (standard normal).
    staff : DataFrame
        One row per staff member and year: ``staff_id, school_year, year_index, role`` (teacher, interventionist, coach,
        principal, counselor), ``fte, years_experience, degree, induction_support`` (bool or missing, as the schema
        says) and ``quality`` (standard normal, the same person in all years).
    calendar : DataFrame
        One row per weekday: ``date, school_year, year_index, instructional`` (bool), ``event`` (text or missing).
    """

    school_id: str
    school_name: str
    district_id: str
    level: str
    index: int
    seed: int
    years: tuple[str, ...]
    students: pd.DataFrame
    staff: pd.DataFrame
    calendar: pd.DataFrame
