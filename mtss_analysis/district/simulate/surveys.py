"""Surveys of staff and families: scales whose reliability is known, and forms that do not come back."""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.practice_fidelity import find_school_day
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.typed import type_table

POINTS = 5
LEFT_OUT = 0.02
BETWEEN_SCALES = 0.5
SCHOOL_SHARE = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A scale of a survey.

    Parameters
    ----------
    name : str
        Name of the scale; its items are the name and a number.
    items : int
        Number of items, each answered from 1 to 5.
    alpha : float
        Cronbach's alpha of the answers over all respondents of the district.
    mean : float
        Mean answer, in standard deviations of an answer above 3.
    """

    name: str
    items: int
    alpha: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey of one group.

    Parameters
    ----------
    group : str
        ``respondent_group`` of the surveys table.
    scales : tuple of Scale
        Its scales.
    months : tuple of int
        Calendar months in which it is held.
    response : float
        Mean share of those asked who answer.
    """

    group: str
    scales: tuple[Scale, ...]
    months: tuple[int, ...]
    response: float


SURVEYS = (
    Survey(
        group="staff",
        scales=(
            Scale(name="engagement", items=5, alpha=0.86, mean=0.5),
            Scale(name="implementation_support", items=4, alpha=0.80, mean=0.2),
            Scale(name="workload", items=3, alpha=0.62, mean=-0.1),
        ),
        months=(10, 4),
        response=0.72,
    ),
    Survey(
        group="families",
        scales=(
            Scale(name="belonging", items=4, alpha=0.84, mean=0.7),
            Scale(name="communication", items=3, alpha=0.75, mean=0.3),
        ),
        months=(4,),
        response=0.34,
    ),
)
RESPONSE_SPREAD = 0.06


def describe_scales() -> list[dict[str, object]]:
    """Describe the scales for ``truth.json``.

    Returns
    -------
    list of dict
        One for each scale: group, scale, items, alpha.
    """
    return [
        {"respondent_group": survey.group, "scale": scale.name, "items": scale.items, "alpha": scale.alpha}
        for survey in SURVEYS
        for scale in survey.scales
    ]


def draw_surveys(school: DrawnSchool, *, truths: PracticeTruths) -> pd.DataFrame:
    """Draw the answers of staff (fall and spring) and families (spring) in all years.

    Parameters
    ----------
    school : DrawnSchool
        The school; one family is asked for each student.
    truths : PracticeTruths
        For the school that hardly answers.

    Returns
    -------
    DataFrame
        The surveys table. Who does not answer has no rows; an item left out has a row without a value.
    """
    rng = open_stream(school.seed, "surveys", school.school_id)
    parts = []
    for survey in SURVEYS:
        people = school.staff if survey.group == "staff" else school.students
        asked_by_year = people.groupby("school_year").size()
        shift = rng.standard_normal(len(survey.scales))
        usual = np.clip(survey.response + RESPONSE_SPREAD * rng.standard_normal(), 0.05, 0.95)
        for year in school.years:
            for month in survey.months:
                asked = int(asked_by_year.get(year, 0))
                answers = rng.random(asked)
                rate = _response_rate(school, survey=survey, truths=truths, usual=float(usual))
                values = _draw_answers(survey, count=asked, shift=shift, rng=rng)[answers < rate]
                parts.append(_long(school, survey=survey, year=year, month=month, values=values))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return type_table("surveys", columns=columns)


@functools.cache
def item_correlation(*, items: int, alpha: float, mean: float) -> float:
    """Find the correlation of two items, before they are cut into 1 to 5, that gives the scale its alpha.

    Parameters
    ----------
    items : int
        Items of the scale.
    alpha : float
        Cronbach's alpha wanted.
    mean : float
        Mean answer, in standard deviations above 3.

    Returns
    -------
    float
        Between 0 and 1.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297-334. Alpha of
    items that correlate by r is ``items r / (1 + (items - 1) r)``; the correlation of the cut answers is that of their
    expectations, given what the items share.
    """
    wanted = alpha / (items - alpha * (items - 1))
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()

    def missing(correlation: float) -> float:
        above = ndtr((mean + np.sqrt(correlation) * nodes[:, None] - _cuts()) / np.sqrt(1 - correlation))
        expected = above.sum(axis=1)
        common = (weights * expected**2).sum() - (weights * expected).sum() ** 2
        marginal = ndtr(mean - _cuts())
        values = np.arange(POINTS)
        chance = -np.diff(np.concatenate([[1.0], marginal, [0.0]]))
        variance = (chance * values**2).sum() - (chance * values).sum() ** 2
        return float(common / variance - wanted)

    return float(brentq(missing, 1e-4, 0.999))


def _cuts() -> npt.NDArray[np.float64]:
    """Give the limits between the answers: with mean 0, one in ten answers 1 and one in ten 5."""
    return np.asarray(ndtri([0.10, 0.30, 0.70, 0.90]), dtype=float)


def _draw_answers(
    survey: Survey, *, count: int, shift: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    general = rng.standard_normal(count)
    answers = []
    for position, scale in enumerate(survey.scales):
        own = np.sqrt(BETWEEN_SCALES) * general + np.sqrt(1 - BETWEEN_SCALES) * rng.standard_normal(count)
        trait = np.sqrt(SCHOOL_SHARE) * shift[position] + np.sqrt(1 - SCHOOL_SHARE) * own
        correlation = item_correlation(items=scale.items, alpha=scale.alpha, mean=scale.mean)
        noise = rng.standard_normal((count, scale.items))
        latent = scale.mean + np.sqrt(correlation) * trait[:, None] + np.sqrt(1 - correlation) * noise
        answers.append(1.0 + np.searchsorted(_cuts(), latent))
    values = np.concatenate(answers, axis=1)
    return np.where(rng.random(values.shape) < LEFT_OUT, np.nan, values)


def _response_rate(school: DrawnSchool, *, survey: Survey, truths: PracticeTruths, usual: float) -> float:
    low = truths.low_response
    return low.rate if low.planted and survey.group == "families" and school.index == low.school else usual


def _long(
    school: DrawnSchool, *, survey: Survey, year: str, month: int, values: npt.NDArray[np.float64]
) -> dict[str, npt.NDArray[np.generic]]:
    forms, items = values.shape
    label = f"S-{school.school_id}-{survey.group[0]}{year[2:4]}{month:02d}"
    names = [f"{scale.name}_{number + 1}" for scale in survey.scales for number in range(scale.items)]
    scales = [scale.name for scale in survey.scales for _ in range(scale.items)]
    day = find_school_day(school, year=year, month=month)
    size = forms * items
    return {
        "response_id": np.repeat(np.array([f"{label}-{number:04d}" for number in range(forms)], dtype=object), items),
        "item": np.array(names * forms, dtype=object),
        "school_id": np.full(size, school.school_id, dtype=object),
        "respondent_group": np.full(size, survey.group, dtype=object),
        "date": np.full(size, day),
        "scale": np.array(scales * forms, dtype=object),
        "value": values.ravel(),
        "max_value": np.full(size, float(POINTS)),
    }
