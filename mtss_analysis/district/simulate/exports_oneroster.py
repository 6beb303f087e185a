"""People and classes in the shape of OneRoster 1.2 (CSV): one file for each kind of object."""

from collections.abc import Iterable, Mapping

import pandas as pd

STATUS = {"status": "active", "dateLastModified": "2026-06-30T00:00:00.000Z"}
RACES: Mapping[str, str] = {
    "americanIndianOrAlaskaNative": "american_indian_alaska_native",
    "asian": "asian",
    "blackOrAfricanAmerican": "black",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_pacific_islander",
    "white": "white",
    "demographicRaceTwoOrMoreRaces": "two_or_more",
    "hispanicOrLatinoEthnicity": "hispanic",
}
ROLES: Mapping[str, str] = {"teacher": "teacher", "principal": "principal", "counselor": "counselor"}


def shape_oneroster(tables: Mapping[str, pd.DataFrame], *, school_year: str) -> dict[str, pd.DataFrame]:
    """Write the people of a year as OneRoster 1.2 exports them.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``schools``, ``enrollments`` and ``staff``.
    school_year : str
        The year, such as ``2025-26``.

    Returns
    -------
    dict of str to DataFrame
        By file name (``orgs.csv`` …); text in every cell. Roles that OneRoster does not know are written as ``aide``.

    References
    ----------
    1EdTech OneRoster 1.2, CSV binding: orgs, academicSessions, courses, classes, users, roles, enrollments,
    demographics.
    """
    schools = tables["schools"].loc[tables["schools"]["school_year"] == school_year]
    enrolled = tables["enrollments"].loc[tables["enrollments"]["school_year"] == school_year]
    staff = tables["staff"].loc[tables["staff"]["school_year"] == school_year]
    students = enrolled.drop_duplicates("student_id")
    people = staff.drop_duplicates("staff_id")
    year = int(school_year[:4])
    session = f"SY{year + 1}"
    district = str(schools["district_id"].iloc[0])
    classes = enrolled.dropna(subset=["classroom_id"]).drop_duplicates(["school_id", "classroom_id"])
    class_ids = classes["school_id"] + "-" + classes["classroom_id"]
    files = {
        "manifest.csv": pd.DataFrame(
            {
                "propertyName": ["manifest.version", "oneroster.version", "source.systemName"],
                "value": ["1.0", "1.2", "Riverbend"],
            }
        ),
        "orgs.csv": _frame(
            sourcedId=[f"org-{district}", *("org-" + schools["school_id"])],
            name=[str(schools["district_name"].iloc[0]), *schools["school_name"]],
            type=["district", *("school" for _ in range(len(schools)))],
            identifier=[district, *schools["school_id"]],
            parentSourcedId=["", *(f"org-{district}" for _ in range(len(schools)))],
        ),
        "academicSessions.csv": _frame(
            sourcedId=[session],
            title=[f"{year}-{year + 1}"],
            type=["schoolYear"],
            startDate=[f"{year}-07-01"],
            endDate=[f"{year + 1}-06-30"],
            parentSourcedId=[""],
            schoolYear=[str(year + 1)],
        ),
        "classes.csv": _frame(
            sourcedId=class_ids,
            title="Homeroom " + classes["classroom_id"],
            grades=_grades(classes["grade"]),
            courseSourcedId="homeroom",
            classCode=classes["classroom_id"],
            classType="homeroom",
            location="",
            schoolSourcedId="org-" + classes["school_id"],
            termSourcedIds=session,
        ),
        "courses.csv": _frame(
            sourcedId=["homeroom"], schoolYearSourcedId=[session], title=["Homeroom"], orgSourcedId=[f"org-{district}"]
        ),
        "users.csv": _frame(
            sourcedId=[*("stu-" + students["student_id"]), *("emp-" + people["staff_id"])],
            enabledUser="true",
            username=[*students["student_id"], *people["staff_id"]],
            givenName=[*("Student" for _ in range(len(students))), *("Staff" for _ in range(len(people)))],
            familyName=[*students["student_id"].str[-4:], *people["staff_id"].str[-3:]],
            identifier=[*students["student_id"], *people["staff_id"]],
            grades=[*_grades(students["grade"]), *("" for _ in range(len(people)))],
        ),
        "roles.csv": _roles(enrolled, staff),
        "enrollments.csv": _enrollments(enrolled, classes),
        "demographics.csv": _frame(
            sourcedId="stu-" + students["student_id"],
            sex=students["sex"],
            **{
                name: (students["race_ethnicity"] == race).map({True: "true", False: "false"})
                for name, race in RACES.items()
            },
        ),
    }
    return {name: _text(frame) for name, frame in files.items()}


def _roles(enrolled: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    pupils = enrolled.drop_duplicates(["student_id", "school_id"])
    adults = staff.drop_duplicates(["staff_id", "school_id"])
    users = [*("stu-" + pupils["student_id"]), *("emp-" + adults["staff_id"])]
    return _frame(
        sourcedId=[f"role-{number}" for number in range(len(users))],
        userSourcedId=users,
        roleType="primary",
        role=[*("student" for _ in range(len(pupils))), *(ROLES.get(str(role), "aide") for role in adults["role"])],
        beginDate="",
        endDate="",
        orgSourcedId=[*("org-" + pupils["school_id"]), *("org-" + adults["school_id"])],
    )


def _enrollments(enrolled: pd.DataFrame, classes: pd.DataFrame) -> pd.DataFrame:
    pupils = enrolled.dropna(subset=["classroom_id"])
    taught = classes.dropna(subset=["teacher_id"])
    count = len(pupils) + len(taught)
    return _frame(
        sourcedId=[f"enr-{number}" for number in range(count)],
        classSourcedId=[
            *(pupils["school_id"] + "-" + pupils["classroom_id"]),
            *(taught["school_id"] + "-" + taught["classroom_id"]),
        ],
        schoolSourcedId=[*("org-" + pupils["school_id"]), *("org-" + taught["school_id"])],
        userSourcedId=[*("stu-" + pupils["student_id"]), *("emp-" + taught["teacher_id"])],
        role=[*("student" for _ in range(len(pupils))), *("teacher" for _ in range(len(taught)))],
        primary=[*("false" for _ in range(len(pupils))), *("true" for _ in range(len(taught)))],
        beginDate=[*_dates(pupils["entry_date"]), *("" for _ in range(len(taught)))],
        endDate=[*_dates(pupils["exit_date"]), *("" for _ in range(len(taught)))],
    )


def _frame(sourcedId: Iterable[str], **columns: Iterable[str]) -> pd.DataFrame:  # noqa: N803 (the standard's name)
    first = pd.Series(list(sourcedId), dtype=object)
    values = {name: column if isinstance(column, str) else list(column) for name, column in columns.items()}
    return pd.DataFrame({"sourcedId": first, **STATUS, **values}, index=first.index)


def _grades(grades: pd.Series) -> list[str]:
    return ["KG" if grade == "K" else str(grade).zfill(2) for grade in grades]


def _dates(dates: pd.Series) -> list[str]:
    return [str(day) for day in dates.dt.strftime("%Y-%m-%d").fillna("")]


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    plain = frame.astype(object)
    return plain.where(plain.notna(), "").astype(str)
