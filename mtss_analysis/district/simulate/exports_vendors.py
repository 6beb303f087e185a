"""Screenings in the shape of two vendors' exports: NWEA MAP Growth (long) and DIBELS 8 of mCLASS (wide)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

NWEA_COLUMNS = (
    "TermName", "DistrictName", "District_StateID", "SchoolName", "School_StateID", "StudentID", "Student_StateID",
    "Subject", "Course", "GrowthMeasureYN", "NormsReferenceData", "TestType", "TestName", "TestStartDate",
    "TestStartTime", "TestDurationMinutes", "TestRITScore", "TestStandardError", "TestPercentile",
    "AchievementQuintile", "PercentCorrect",
)  # fmt: skip
"""A subset of the vendor's columns, with those by which an export is recognised."""

DIBELS_COLUMNS = (
    "School Year", "State", "District Name", "District Primary ID", "School Name", "Primary School ID",
    "Student Last Name", "Student First Name", "Enrollment Date", "Enrollment Grade", "Gender", "Race",
    "Special Education", "ELL Status", "Assessment", "Assessment Edition", "Assessment Grade", "Benchmark Period",
    "Composite Level", "Composite Score", "Letter Sounds (NWF-CLS) - Level", "Letter Sounds (NWF-CLS) - Score",
    "Letter Sounds (NWF-CLS) - National Norm Percentile", "Reading Fluency (ORF) - Level",
    "Reading Fluency (ORF) - Score", "Reading Fluency (ORF) - National Norm Percentile", "Client Date", "Sync Date",
    "Student Primary ID", "Primary ID - Student ID (State ID)",
)  # fmt: skip

SUBJECTS: Mapping[str, str] = {"reading_scale": "Reading", "math_scale": "Mathematics"}
DIBELS_MEASURES: Mapping[str, str] = {
    "letter_sounds": "Letter Sounds (NWF-CLS)",
    "oral_reading": "Reading Fluency (ORF)",
}
PERIODS: Mapping[str, str] = {"fall": "BOY", "winter": "MOY", "spring": "EOY"}
QUINTILES = ("Low", "LoAvg", "Avg", "HiAvg", "High")


def shape_nwea(tables: Mapping[str, pd.DataFrame], *, school_year: str) -> pd.DataFrame:
    """Write reading and mathematics of a year as NWEA MAP Growth exports them: one row is a test.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``schools`` and ``screenings``.
    school_year : str
        The year, such as ``2025-26``.

    Returns
    -------
    DataFrame
        Text in every cell; columns ``NWEA_COLUMNS``.
    """
    rows = _of_year(tables, school_year=school_year, measures=SUBJECTS)
    subject = rows["measure"].map(SUBJECTS)
    percentile = rows["percentile"].fillna(50)
    values = {
        "TermName": rows["window"].str.capitalize() + " " + _long_year(school_year),
        "DistrictName": rows["district_name"],
        "District_StateID": rows["district_id"],
        "SchoolName": rows["school_name"],
        "School_StateID": rows["school_id"],
        "StudentID": rows["student_id"],
        "Student_StateID": rows["student_id"],
        "Subject": subject,
        "Course": subject + " K-12",
        "GrowthMeasureYN": "TRUE",
        "NormsReferenceData": "2020",
        "TestType": "Survey With Goals",
        "TestName": "Growth: " + subject + " K-8",
        "TestStartDate": rows["date"].dt.strftime("%m/%d/%Y"),
        "TestStartTime": "09:00:00",
        "TestDurationMinutes": "45",
        "TestRITScore": _whole(rows["score"]),
        "TestStandardError": rows["standard_error"].map("{:.2f}".format),
        "TestPercentile": _whole(percentile),
        "AchievementQuintile": np.array(QUINTILES, dtype=object)[np.clip(percentile // 20, 0, 4).astype(int)],
        "PercentCorrect": "50",
    }
    return _text(pd.DataFrame(values, index=rows.index, columns=list(NWEA_COLUMNS)))


def shape_dibels(tables: Mapping[str, pd.DataFrame], *, school_year: str) -> pd.DataFrame:
    """Write letter sounds and oral reading of a year as mCLASS exports DIBELS 8: one row is a student in a period.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``schools``, ``screenings`` and ``enrollments``.
    school_year : str
        The year.

    Returns
    -------
    DataFrame
        Text in every cell; columns ``DIBELS_COLUMNS``. Names of students are made up from their ids.
    """
    rows = _of_year(tables, school_year=school_year, measures=DIBELS_MEASURES)
    enrolled = tables["enrollments"]
    enrolled = enrolled.loc[enrolled["school_year"] == school_year].drop_duplicates(["student_id", "school_id"])
    rows = rows.merge(
        enrolled[["student_id", "school_id", "grade", "sex", "entry_date", "disability", "english_learner"]],
        on=["student_id", "school_id"],
        how="left",
    )
    keys = ["student_id", "school_id", "window"]
    wide = rows.drop_duplicates(keys).set_index(keys)
    long_year = _long_year(school_year)
    values: dict[str, object] = {
        "School Year": long_year,
        "State": "XX",
        "District Name": wide["district_name"],
        "District Primary ID": wide["district_id"],
        "School Name": wide["school_name"],
        "Primary School ID": wide.index.get_level_values("school_id"),
        "Student Last Name": wide.index.get_level_values("student_id").str[-4:],
        "Student First Name": "Student",
        "Enrollment Date": wide["entry_date"].dt.strftime("%Y-%m-%d"),
        "Enrollment Grade": wide["grade"],
        "Gender": wide["sex"].map({"female": "F", "male": "M"}),
        "Special Education": _yes_no(wide["disability"]),
        "ELL Status": _yes_no(wide["english_learner"]),
        "Assessment": "mCLASS",
        "Assessment Edition": "DIBELS 8th Edition",
        "Assessment Grade": wide["grade"],
        "Benchmark Period": wide.index.get_level_values("window").map(PERIODS),
        "Client Date": wide["date"].dt.strftime("%Y-%m-%d"),
        "Sync Date": wide["date"].dt.strftime("%Y-%m-%d"),
        "Student Primary ID": wide.index.get_level_values("student_id"),
        "Primary ID - Student ID (State ID)": wide.index.get_level_values("student_id"),
    }
    for measure, label in DIBELS_MEASURES.items():
        own = rows.loc[rows["measure"] == measure].drop_duplicates(keys).set_index(keys).reindex(wide.index)
        values[f"{label} - Level"] = own["benchmark_level"]
        values[f"{label} - Score"] = _whole(own["score"])
        values[f"{label} - National Norm Percentile"] = _whole(own["percentile"])
    return _text(pd.DataFrame(values, index=wide.index, columns=list(DIBELS_COLUMNS)))


def _of_year(tables: Mapping[str, pd.DataFrame], *, school_year: str, measures: Mapping[str, str]) -> pd.DataFrame:
    screenings = tables["screenings"]
    rows = screenings.loc[(screenings["school_year"] == school_year) & screenings["measure"].isin(list(measures))]
    schools = tables["schools"].loc[tables["schools"]["school_year"] == school_year]
    names = schools[["school_id", "school_name", "district_id", "district_name"]]
    return rows.merge(names, on="school_id", how="left")


def _long_year(school_year: str) -> str:
    return f"{school_year[:4]}-{int(school_year[:4]) + 1}"


def _whole(values: pd.Series) -> pd.Series:
    return values.round().astype("Int64").astype("string")


def _yes_no(values: pd.Series) -> pd.Series:
    return values.map({True: "Y", False: "N"})


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index(drop=True).astype(object).where(frame.reset_index(drop=True).notna(), "").astype(str)
