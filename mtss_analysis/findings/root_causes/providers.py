"""Who delivers a service: students of one provider share what that person does, as those of a classroom do."""

import numpy as np
import pandas as pd

from mtss_analysis.findings.frames import name_schools
from mtss_analysis.findings.root_causes.numbers import number_names, number_pairs
from mtss_analysis.findings.settings import Factor
from mtss_analysis.measures.factors import DELIVERED, FIDELITY, attach_providers
from mtss_analysis.stats.arrays import CodeArray

WHO_NOT_RECORDED = (
    "who delivers it is not recorded, so what one provider's students share cannot be told from what goes with it"
)
OWN_TEACHER = 0.95
"""Where so large a share of the students has it from their own teacher, teachers allow for it already."""
LEAST_WITHIN = 0.5
"""From this share of a factor's variation among the students of one provider on, they are compared with each other."""


def find_providers(
    services: pd.DataFrame, *, scores: pd.DataFrame, factor: Factor, known: pd.Series
) -> tuple[CodeArray | None, str]:
    """Find who delivered the service that a factor is of.

    Parameters
    ----------
    services : DataFrame
        The services table.
    scores : DataFrame
        One row per enrolment.
    factor : Factor
        Of the services table.
    known : (n,) bool Series
        Rows whose category is known.

    Returns
    -------
    providers : (n,) int array or None
        Numbered in the order of their names, -1 for rows without a service; None where teachers stand for providers.
    reason : str
        Why the factor cannot be tested: how much or how well was delivered, and not by whom.
    """
    named = attach_providers(scores=scores, table=services, only=factor.only)
    if not (named.notna() & known).any():
        declined = factor.column in (DELIVERED, FIDELITY) and factor.level == "student" and bool(known.any())
        return None, WHO_NOT_RECORDED if declined else ""
    # Two districts may have given the same id to different people.
    of_district = scores["district_id"].astype("str") + " " + named if "district_id" in scores else named
    if "teacher_id" in scores:
        own = ((named == scores["teacher_id"]) | (of_district == scores["teacher_id"])) & known
        if own.sum() >= OWN_TEACHER * known.sum():
            return None, ""
    schools = name_schools(scores)
    # Where nobody is named, all such students of a school may have had the same provider.
    unnamed = (schools + " provider not recorded").where(known & (not factor.without))
    return number_names(of_district.fillna(unnamed)), ""


def varies_by_provider(codes: CodeArray, *, cells: CodeArray, providers: CodeArray) -> bool:
    """Say whether a factor varies between providers rather than among the students of one.

    Parameters
    ----------
    codes : (n,) int array
        Categories, all known.
    cells, providers : (n,) int arrays
        School, grade and year; who delivered it.

    Returns
    -------
    bool
        Whether less than half of its variation within cells is left among students of the same provider.
    """
    if codes.size == 0:
        return False
    indicators = (codes[:, None] == np.unique(codes)[None, :]).astype(np.float64)
    whole, left = (_spread(indicators, groups=groups) for groups in (cells, number_pairs(cells, providers)))
    return left < LEAST_WITHIN * whole


def _spread(table: np.ndarray, *, groups: np.ndarray) -> float:
    codes = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(codes)
    means = np.column_stack([np.bincount(codes, weights=column) / sizes for column in table.T])
    return float(((table - means[codes]) ** 2).sum())
