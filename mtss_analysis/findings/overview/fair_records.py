"""A school's numbers of the fair comparison as records."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.special import ndtri

from mtss_analysis.findings.record import Record


def record_school(row: SimpleNamespace, *, keys: Mapping[str, Any], whole: str, ci_level: float) -> list[Record]:
    """Write a school's numbers as records, or that they are withheld.

    Parameters
    ----------
    row : SimpleNamespace
        The school with the columns of :func:`mtss_analysis.findings.overview.stand.stand_apart`.
    keys : mapping
        Fields that all records of the indicator share.
    whole : str
        Whom schools are compared with: ``district`` or ``state``.
    ci_level : float
        Confidence level of the intervals, 0 to 1.

    Returns
    -------
    list of Record
        One or more; none of a school that is withheld holds a number that its own packet does not.
    """
    keys = {
        **keys, "district_id": row.district_id, "school_id": row.school_id, "level": "school",
        "school_year": str(row.school_year), "ci_level": ci_level,
    }  # fmt: skip
    half = float(ndtri((1 + ci_level) / 2))
    records = []
    if np.isfinite(row.raw):
        records.append(
            Record(
                **keys, finding="mean_as_it_is", estimate=row.raw, std_error=row.raw_se,
                ci_low=row.raw - half * row.raw_se, ci_high=row.raw + half * row.raw_se,
                n=int(row.n), n_clusters=int(row.n_clusters),
            )
        )  # fmt: skip
    if row.status != "ok":
        reason = "too few students to print" if row.status == "withheld" else "students' spread cannot be seen"
        return [*records, Record(**keys, finding="mean_like_for_like", status=row.status, reason=reason)]
    judged = np.isfinite(row.p_value)
    records.append(
        Record(
            **keys, finding="mean_like_for_like", estimate=row.like, std_error=row.like_se,
            ci_low=row.like - half * row.like_se, ci_high=row.like + half * row.like_se, n=int(row.n),
            n_clusters=int(row.n_clusters), p_value=float(row.p_value) if judged else None,
            q_value=float(row.q_value) if judged else None,
            family=f"schools of the {whole}" if judged else None, verdict=row.verdict,
        )
    )  # fmt: skip
    if np.isfinite(row.shrunken):
        records.append(
            Record(
                **keys, finding="mean_like_for_like_shrunken", estimate=row.shrunken, ci_low=row.shrunken_low,
                ci_high=row.shrunken_high,
            )
        )  # fmt: skip
        places = {**keys, "unit": f"place among {int(row.n_schools)} schools, 1 for the lowest"}
        records.append(
            Record(**places, finding="likely_places", ci_low=float(row.rank_low), ci_high=float(row.rank_high))
        )
    return records
