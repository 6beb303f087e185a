"""The staff of a school: teachers who stay, gain experience and are replaced, and the others by the school's size."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.simulate.district_plan import PlannedSchool
from mtss_analysis.district.simulate.measures import GRADES, Floats
from mtss_analysis.district.simulate.practice_trainings import draw_induction_support
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.text import write_text

TEACHER_TURNOVER = 0.10
MOST_CLASSES = 40
OTHER_ROLES = ("principal", "coach", "counselor", "interventionist", "interventionist")
DEGREES = ("bachelor", "master", "master_plus", "specialist")


def draw_staff(
    planned: PlannedSchool, *, sizes: Sizes, practice: PracticeTruths, classes: npt.NDArray[np.int64], students: float
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], Floats]:
    """Draw the staff of a school.

    Parameters
    ----------
    planned : PlannedSchool
        The school.
    sizes : Sizes
        Of the simulation.
    practice : PracticeTruths
        Who has induction support.
    classes : (year, grade 9) int array
        Classrooms in use.
    students : float
        Students of an average year, for how many interventionists there are.

    Returns
    -------
    staff : DataFrame
        As in ``DrawnSchool.staff``.
    teacher : (year, grade 9, classroom) int array
        Position of the classroom's teacher among the distinct people of ``staff``, in the order of their ids.
    quality : (person,) array
        Standard normal, in the same order.
    """
    years = sizes.years
    stream = open_stream(sizes.seed, "staff", planned.school_id)
    posts = len(GRADES) * MOST_CLASSES
    draws = {
        "leaves": stream.random((posts, years)),
        "experience": stream.gamma(1.6, 7.0, (posts, years)),
        "beginner": stream.exponential(4.0, (posts, years)),
        "degree": stream.random((posts, years)),
        "quality": stream.standard_normal((posts, years)),
    }
    others = open_stream(sizes.seed, "other_staff", planned.school_id)
    other = {
        "experience": others.gamma(3.0, 4.5, len(OTHER_ROLES)),
        "degree": others.random(len(OTHER_ROLES)),
        "quality": others.standard_normal(len(OTHER_ROLES)),
        "fte": others.uniform(0.6, 1.4, len(OTHER_ROLES)),
    }
    if planned.outlying_grade is not None:
        draws["leaves"][planned.outlying_grade * MOST_CLASSES] = 1.0
    is_new = draws["leaves"] < TEACHER_TURNOVER
    is_new[:, 0] = False
    came = np.maximum.accumulate(np.where(is_new, np.arange(years), 0), axis=1)
    used = np.arange(MOST_CLASSES)[None, None, :] < classes[:, :, None]
    year, grade, room = np.nonzero(used)
    post = grade * MOST_CLASSES + room
    arrival = came[post, year]
    experience = np.where(arrival == 0, draws["experience"][post, 0], draws["beginner"][post, arrival])
    fte = np.ones(len(OTHER_ROLES))
    fte[1] = 0.5
    for at in (3, 4):
        fte[at] = float(np.clip(round(other["fte"][at] * students / 360, 1), 0.1, 2.0))
    number = np.concatenate([post * years + arrival, np.tile(posts * years + np.arange(len(OTHER_ROLES)), years)])
    all_years = np.concatenate([year, np.repeat(np.arange(years), len(OTHER_ROLES))])
    grown = np.floor(np.concatenate([np.minimum(experience, 40), np.tile(other["experience"], years)]))
    grown = grown + all_years - np.concatenate([arrival, np.zeros(len(OTHER_ROLES) * years, dtype=np.int64)])
    level = np.concatenate([draws["degree"][post, arrival], np.tile(other["degree"], years)])
    quality = np.concatenate([draws["quality"][post, arrival], np.tile(other["quality"], years)])
    roles = np.concatenate([np.zeros(len(post), dtype=np.int64), np.tile([1, 2, 3, 4, 4], years)])
    people, first, person = np.unique(number, return_index=True, return_inverse=True)
    ids = [f"{planned.school_id}-{at + 101}" for at in range(len(people))]
    degree = np.where(grown < 3, level < 0.25, level < 0.6).astype(np.int64) + ((grown > 12) & (level < 0.2))
    staff = pd.DataFrame(
        {
            "staff_id": write_text(ids, person),
            "school_year": write_text(sizes.school_years, all_years),
            "year_index": all_years,
            "role": write_text(["teacher", "principal", "coach", "counselor", "interventionist"], roles),
            "fte": np.concatenate([np.ones(len(post)), np.tile(fte, years)]),
            "years_experience": grown,
            "degree": write_text(DEGREES, degree),
            "quality": quality,
        }
    )
    support = draw_induction_support(staff, seed=sizes.seed, school_id=planned.school_id, truths=practice)
    is_teacher = pd.Series(roles == 0)
    staff["induction_support"] = pd.array(support, dtype="boolean")
    staff.loc[~is_teacher, "induction_support"] = pd.NA
    teacher = np.full((years, len(GRADES), MOST_CLASSES), -1)
    teacher[year, grade, room] = person[: len(post)]
    order = np.lexsort((person, all_years))
    return staff.iloc[order].reset_index(drop=True), teacher, quality[first]
