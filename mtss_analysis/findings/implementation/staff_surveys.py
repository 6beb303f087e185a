"""What the staff of each school answer: scale scores, who answered, and how far the items measure the same."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.disclosure.shares import code_share
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.facts import Fact, estimated
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.surveys import list_answers, score_scales
from mtss_analysis.stats import estimate_mean
from mtss_analysis.stats.reliability import estimate_alpha

STAFF = "staff"


def tell_staff_surveys(
    surveys: pd.DataFrame, staff: pd.DataFrame | None, *, district_id: str, settings: Settings
) -> Iterator[Fact]:
    """Score the latest staff survey of a district.

    Parameters
    ----------
    surveys : DataFrame
        Of one district.
    staff : DataFrame or None
        Of one district, for who was asked; None: the response rate is not known.
    district_id : str
        The district.
    settings : Settings
        Confidence level and disclosure profile.

    Yields
    ------
    Fact
        ``staff_scale`` (mean answer, by school and scale; an empty school is the district), ``response`` (percent of
        the staff) and ``alpha`` (Cronbach's, by scale, over the district).
    """
    profile = get_profile(settings.profile)
    answers = list_answers(surveys[surveys["respondent_group"] == STAFF])
    if not len(answers):
        yield Fact(
            topic="staff_scale", district_id=district_id, status="not_estimable", text="no staff survey was given"
        )
        return
    answers = answers[answers["school_year"] == answers["school_year"].max()]
    year = str(answers["school_year"].iloc[0])
    season = answers["season"].iloc[-1]
    answers = answers[answers["season"] == season]
    scores = score_scales(surveys[surveys["respondent_group"] == STAFF])
    scores = scores[(scores["school_year"] == year) & (scores["season"] == season)]
    hidden = _find_hidden(scores, minimum=profile.minimum)
    for scale, of_scale in scores.groupby("scale", sort=True):
        most = of_scale["max_value"].max()
        keys: dict[str, Any] = {"district_id": district_id, "subject": str(scale), "part": f"{season} {year}"}
        for school, own in [*of_scale.groupby("school_id", sort=True), ("", of_scale)]:
            if school in hidden or len(own) < profile.minimum:
                yield Fact(
                    topic="staff_scale",
                    school_id=str(school),
                    **keys,
                    status="withheld",
                    text="too few answers to print",
                )
                continue
            try:
                mean = estimate_mean(values=own["score"].to_numpy(dtype="float64"), ci_level=settings.ci_level)
            except TooFewError as error:
                yield Fact(topic="staff_scale", school_id=str(school), **keys, status="not_estimable", text=str(error))
                continue
            text = "" if np.isnan(most) else f"{most:g}"
            yield Fact(topic="staff_scale", school_id=str(school), **keys, **estimated(mean), n=len(own), text=text)
        yield _tell_alpha(answers[answers["scale"] == scale], keys=keys, settings=settings)
    yield from _tell_response(scores, staff, hidden=hidden, year=year, district_id=district_id, settings=settings)


def _find_hidden(scores: pd.DataFrame, *, minimum: int) -> set[str]:
    """Hide schools with few answers and, where that is a single one, the next smallest: the district gives it away."""
    sizes = scores.groupby("school_id")["response_id"].nunique().sort_values(kind="stable")
    n_small = int((sizes < minimum).sum())
    return set(sizes.index[: n_small + (n_small == 1)])


def _tell_alpha(answers: pd.DataFrame, *, keys: dict[str, Any], settings: Settings) -> Fact:
    table = answers.pivot_table(index="response_id", columns="item", values="value").dropna()
    try:
        alpha = estimate_alpha(answers=table.to_numpy(dtype="float64"), ci_level=settings.ci_level)
    except TooFewError as error:
        return Fact(topic="alpha", **keys, status="not_estimable", text=str(error))
    return Fact(topic="alpha", **keys, **estimated(alpha), n=len(table))


def _tell_response(
    scores: pd.DataFrame,
    staff: pd.DataFrame | None,
    *,
    hidden: set[str],
    year: str,
    district_id: str,
    settings: Settings,
) -> Iterator[Fact]:
    if staff is None:
        text = "without a staff table it is not known who was asked"
        yield Fact(topic="response", district_id=district_id, status="not_estimable", text=text)
        return
    answered = scores.groupby("school_id")["response_id"].nunique()
    here = staff[staff["school_year"] == year]
    there = here.groupby("school_id")["staff_id"].nunique()
    rows = [(str(school), int(answered.get(school, 0)), int(n)) for school, n in there.items()]
    rows.append(("", int(answered.sum()), int(here["staff_id"].nunique())))
    for school, n_answered, n_asked in rows:
        share = code_share(
            numerator=min(n_answered, n_asked), denominator=n_asked, profile=get_profile(settings.profile)
        )
        exact = share.kind == "exact" and school not in hidden
        yield Fact(
            topic="response",
            district_id=district_id,
            school_id=school,
            part=year,
            estimate=share.pct if exact else None,
            n=share.denominator if exact else None,
            status="ok" if exact else "withheld",
            text="" if school in hidden else share.write(),
        )
