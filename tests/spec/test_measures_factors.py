"""The category of a factor stands beside the right score, and bands are named by their bounds."""

import pandas as pd
import pytest

from mtss_analysis.measures import attach_factor
from mtss_analysis.measures.factors import band_numbers, name_bands
from mtss_analysis.measures.groups import OTHER, find_members, name_categories, name_group


def test_names_of_bands():
    """Whole bounds give closed bands, single numbers stand alone, and other bounds say where they end."""
    assert name_bands([0, 4, 10, 20]) == ["0–3", "4–9", "10–19", "20 or more"]
    assert name_bands([0, 1, 2]) == ["0", "1", "2 or more"]
    assert name_bands([0, 4.5]) == ["0 to under 4.5", "4.5 or more"]
    assert name_bands([5]) == ["5 or more"]


def test_a_bound_belongs_to_the_band_that_it_opens():
    """3 is in 0–3, 4 in 4–9, 9.5 in 4–9 too; under the first bound and missing there is no band."""
    numbers = pd.Series([3, 4, 9.5, 10, 40, -1, None], index=list("abcdefg"))
    banded = band_numbers(numbers, bands=[0, 4, 10])
    assert banded.index.tolist() == list("abcdefg")
    assert banded.iloc[:5].tolist() == ["0–3", "4–9", "4–9", "10 or more", "10 or more"]
    assert banded.iloc[5:].isna().all()


SCORES = pd.DataFrame(
    {
        "student_id": ["1", "2", "3"],
        "school_id": ["A", "A", "B"],
        "school_year": ["2023-24", "2024-25", "2024-25"],
        "teacher_id": ["0007", "0007", None],
        "sex": ["female", None, "male"],
    },
    index=[4, 5, 6],
)


def test_a_teachers_factor_is_that_of_school_and_year():
    """A teacher's experience is looked up in the school and year of the score; no teacher, no category."""
    staff = pd.DataFrame(
        {
            "staff_id": ["0007", "0007", "0007", "7"],
            "school_id": ["A", "A", "B", "A"],
            "school_year": ["2023-24", "2024-25", "2024-25", "2024-25"],
            "years_experience": [3.0, 4.0, 30.0, 20.0],
        }
    )
    category = attach_factor(scores=SCORES, table=staff, source="staff", column="years_experience", bands=(0, 4))
    assert category.index.tolist() == [4, 5, 6]
    assert category.iloc[:2].tolist() == ["0–3", "4 or more"]
    assert pd.isna(category.iloc[2])


def test_a_service_counts_in_the_school_year_in_which_it_began():
    """Of several services the first of the year counts; one of another year does not."""
    services = pd.DataFrame(
        {
            "student_id": ["1", "1", "2", "3"],
            "intervention_id": ["late", "early", "other year", "mine"],
            "start_date": pd.to_datetime(["2024-02-01", "2023-09-01", "2023-09-01", "2024-07-01"]),
        }
    )
    category = attach_factor(scores=SCORES, table=services, source="services", column="intervention_id")
    assert category.iloc[[0, 2]].tolist() == ["early", "mine"]
    assert pd.isna(category.iloc[1])


def test_a_students_factor_is_a_column_of_the_scores():
    """A column of enrollments is taken as it stands, missing as missing."""
    category = attach_factor(scores=SCORES, table=SCORES, source="enrollments", column="sex")
    assert category.dropna().to_dict() == {4: "female", 6: "male"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([True, False, None], dtype="boolean"), ["yes", "no", None]),
        (pd.Series(["black", None, "white"], dtype="str"), ["black", None, "white"]),
        (pd.Series([None, None], dtype="boolean"), [None, None]),
        (pd.Series(["0012", "12"], dtype="str"), ["0012", "12"]),
    ],
)
def test_categories_are_text(values, expected):
    """Yes-or-no columns read yes and no, ids keep their zeros, and missing stays missing."""
    named = name_categories(values)
    assert [None if pd.isna(value) else value for value in named] == expected


def test_groups_that_are_not_shown_are_put_together():
    """A value outside the declared pair is (other); a missing one belongs to no group."""
    values = pd.Series(["black", "white", "asian", None], dtype="str")
    members = find_members(values=values, column="race_ethnicity", shown=("black", "white"))
    assert members.iloc[:3].tolist() == [
        name_group(column="race_ethnicity", value=value) for value in ("black", "white", OTHER)
    ]
    assert pd.isna(members.iloc[3])


def test_days_absent_are_summed_over_the_months_of_a_school_and_year():
    """9 of 100 and 1 of 100 days are 5 percent; 11 of 100 are 11; days in another school do not count."""
    attendance = pd.DataFrame(
        {
            "student_id": ["1", "1", "2", "3", "3"],
            "school_id": ["A", "A", "A", "A", "B"],
            "school_year": ["2023-24", "2023-24", "2024-25", "2024-25", "2024-25"],
            "days_enrolled": [100.0, 100.0, 100.0, 100.0, 0.0],
            "days_absent": [9.0, 1.0, 11.0, 50.0, 0.0],
        }
    )
    category = attach_factor(
        scores=SCORES, table=attendance, source="attendance", column="absent_pct", bands=(0, 5, 10)
    )
    assert category.iloc[:2].tolist() == ["5 to under 10", "10 or more"]
    assert pd.isna(category.iloc[2])


def test_minutes_and_fidelity_of_several_services():
    """Minutes of all services together: 150 of 200 planned; fidelity is their mean, and only the named ones count."""
    services = pd.DataFrame(
        {
            "student_id": ["1", "1", "2"],
            "intervention_id": ["boost", "other", "other"],
            "start_date": pd.to_datetime(["2023-10-01", "2023-11-01", "2024-10-01"]),
            "minutes_planned": [100.0, 100.0, 100.0],
            "minutes_delivered": [100.0, 50.0, None],
            "fidelity_pct": [90.0, 50.0, 40.0],
        }
    )
    asked = {"scores": SCORES, "table": services, "source": "services"}
    minutes = attach_factor(**asked, column="delivered_pct", bands=(0, 80))
    assert minutes.iloc[0] == "0 to under 80"
    assert minutes.iloc[1:].isna().all()
    fidelity = attach_factor(**asked, column="fidelity_pct", bands=(0, 70))
    assert fidelity.iloc[:2].tolist() == ["70 or more", "0 to under 70"]
    program = attach_factor(**asked, column="intervention_id", only=("boost",), without="no program")
    assert program.tolist() == ["boost", "no program", "no program"]
