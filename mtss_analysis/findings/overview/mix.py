"""What schools' means would be with the same mix of students, without giving away how small a group is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.overview.rows import list_rows
from mtss_analysis.findings.settings import Settings, StudentGroup
from mtss_analysis.measures.groups import ALL, name_categories, name_group
from mtss_analysis.stats.arrays import FloatArray, number_groups, sum_by_group

PLACE = ["district_id", "school_id"]
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixShift:
    """By how much each school's mean moves when its mix of students is made that of all schools together.

    Parameters
    ----------
    shift : mapping of (district_id, school_id) to float
        Added to the school's mean; a school whose mix cannot be told without giving a small group away is left out.
    std_error : mapping of (district_id, school_id) to float
        From the uncertainty of the differences between groups.
    fitted : (n,) float array
        For each row, what its groups add to its score, about the mean of all rows; 0 where no group is held constant.
    held : tuple of str
        Labels of the breakdowns that are held constant.
    """

    shift: Mapping[tuple[str, str], float]
    std_error: Mapping[tuple[str, str], float]
    fitted: FloatArray
    held: tuple[str, ...]


def shift_mix(scores: pd.DataFrame, *, cells: pd.DataFrame, settings: Settings) -> MixShift:
    """Hold the mix of declared student groups constant, by differences between groups within schools.

    Parameters
    ----------
    scores : DataFrame
        One row per student with a score: ``district_id, school_id, cluster, standing`` and the groups' columns.
    cells : DataFrame
        Printable and other counts of the same rows: ``district_id``, ``school_id``, ``trend_grade``, ``group``, ``n``,
        ``status``.
    settings : Settings
        Groups and disclosure profile.

    Returns
    -------
    MixShift
        Schools without any shift where no group can be held constant.

    Notes
    -----
    The differences between groups are those within schools (school fixed effects), so that what a school does for all
    its students is not taken away from it. A school's share of a group of which the number is withheld enters as the
    middle of what a reader may know of it, see :func:`_find_shares`: an adjusted mean beside the mean as it is would
    otherwise give the number away.

    References
    ----------
    Raudenbush & Willms (1995), Journal of Educational and Behavioral Statistics 20, 307-335: comparison of schools for
    the same students ("type A", recalled).
    """
    groups = [group for group in settings.groups if group.column in scores]
    schools = list(dict.fromkeys(zip(scores["district_id"], scores["school_id"], strict=True)))
    members = np.column_stack([_mark(scores, group) for group in groups]) if groups else np.zeros((len(scores), 0))
    codes = scores.groupby(PLACE, sort=False).ngroup().to_numpy()
    centred = _centre(members, codes=codes)
    used = (centred**2).mean(axis=0) > LEAST_VARIANCE
    groups = [group for group, kept in zip(groups, used, strict=True) if kept]
    nothing = MixShift(
        shift=dict.fromkeys(schools, 0.0), std_error=dict.fromkeys(schools, 0.0), fitted=np.zeros(len(scores)), held=()
    )
    if not groups or len(schools) < 2:
        return nothing
    centred, members = centred[:, used], members[:, used]
    y = _centre(scores[["standing"]].to_numpy(dtype="float64"), codes=codes)[:, 0]
    if np.linalg.matrix_rank(centred) < len(groups):
        return nothing
    inverse = np.linalg.inv(centred.T @ centred)
    coefficients = inverse @ centred.T @ y
    clusters, n_clusters = number_groups(
        scores["cluster"].to_numpy(dtype=object).astype("U"), n=len(y), what="clusters"
    )
    pulls = sum_by_group(centred * (y - centred @ coefficients)[:, None], codes=clusters, n_groups=n_clusters)
    variance = inverse @ (pulls.T @ pulls) @ inverse
    mean = members.mean(axis=0)
    shift: dict[tuple[str, str], float] = {}
    error: dict[tuple[str, str], float] = {}
    for school in schools:
        own = cells[(cells["district_id"] == school[0]) & (cells["school_id"] == school[1])]
        shares = _find_shares(own, groups=groups, settings=settings)
        if shares is not None:
            away = shares - mean
            shift[school] = -float(away @ coefficients)
            error[school] = float(np.sqrt(max(away @ variance @ away, 0.0)))
    return MixShift(
        shift=shift,
        std_error=error,
        fitted=(members - mean) @ coefficients,
        held=tuple(group.label for group in groups),
    )


def _mark(scores: pd.DataFrame, group: StudentGroup) -> FloatArray:
    """Mark the students of the focus group; one whose group is not recorded counts as the average student."""
    values = name_categories(scores[group.column])
    marked = (values == group.focus).astype("float64").where(values.notna())
    filled = marked.fillna(marked.mean() if marked.notna().any() else 0.0)
    return np.asarray(filled, dtype=np.float64)


def _centre(columns: FloatArray, *, codes: np.ndarray) -> FloatArray:
    n_groups = int(codes.max()) + 1 if codes.size else 0
    sizes = np.bincount(codes, minlength=n_groups).astype(np.float64)
    means = sum_by_group(columns, codes=codes.astype(np.intp), n_groups=n_groups) / sizes[:, None]
    return np.asarray(columns - means[codes], dtype=np.float64)


def _find_shares(own: pd.DataFrame, *, groups: Sequence[StudentGroup], settings: Settings) -> FloatArray | None:
    """Give a school's shares as a reader may know them; None where one cannot be told without giving a count away.

    Grade by grade: a printed number of the focus group counts as it is; a withheld one under the minimum, or a rest
    under the minimum, counts as half the minimum, as in a share of which only a limit is printed; one that is withheld
    for others' sake follows from the reference group, if that is printed, less half the minimum for all others.
    """
    half = get_profile(settings.profile).minimum / 2
    counts = {(row.trend_grade, row.group): (int(row.n), row.status == "ok") for row in list_rows(own)}
    shares = []
    for group in groups:
        focus_name = name_group(column=group.column, value=group.focus)
        reference_name = name_group(column=group.column, value=group.reference)
        total = members = 0.0
        for grade in sorted({grade for grade, name in counts if name == ALL}):
            n, printed = counts[grade, ALL]
            if not printed or n == 0:
                continue
            focus, focus_ok = counts.get((grade, focus_name), (0, False))
            reference, reference_ok = counts.get((grade, reference_name), (0, False))
            total += n
            if focus_ok:
                members += focus
            elif get_profile(settings.profile).hides(focus):
                members += min(half, n / 2)
            elif reference_ok:
                members += min(max(n - reference - half, 0.0), n)
            elif get_profile(settings.profile).hides(n - focus):
                members += max(n - half, n / 2)
            else:
                return None
        shares.append(members / total if total else 0.0)
    return np.array(shares, dtype=np.float64)
