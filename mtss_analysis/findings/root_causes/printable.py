"""What may be printed of a factor's categories and of their combinations: no few students, no teacher to recognise."""

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import Profile, protect_counts, relations_by
from mtss_analysis.findings.root_causes.columns import combine_codes
from mtss_analysis.findings.root_causes.rows import LEAST_TEACHERS, NOT_COMPARED, DrillRows, FactorRows

TEACHERS = Profile(name="teachers", minimum=LEAST_TEACHERS)
"""No teacher can be recognised in a number that rests on three or more."""
TOTAL = "(total)"


def find_printable(rows: DrillRows, *, factor: FactorRows, profile: Profile) -> frozenset[str]:
    """Find the categories of a factor whose numbers may be printed.

    Parameters
    ----------
    rows : DrillRows
        Of one school.
    factor : FactorRows
        Which factor; of classrooms and teachers no category may.
    profile : Profile
        The run's disclosure profile.

    Returns
    -------
    frozenset of str
        Categories.
    """
    if factor.factor.is_unit or not factor.usable:
        return frozenset()
    known = factor.codes != NOT_COMPARED
    names = np.array(factor.names)[factor.codes[known]]
    printable = _protect(names, rows.students[known], profile=profile)
    if factor.factor.level != "student":
        printable &= _protect(names, rows.teachers[known], profile=TEACHERS)
    return printable


def find_printable_pairs(
    rows: DrillRows, *, first: FactorRows, second: FactorRows, profile: Profile
) -> frozenset[tuple[str, str]]:
    """Find the combinations of two factors whose numbers may be printed beside those of either factor.

    Parameters
    ----------
    rows : DrillRows
        Of one school.
    first, second : FactorRows
        The two factors.
    profile : Profile
        The run's disclosure profile.

    Returns
    -------
    frozenset of tuple of str
        Pairs of categories; none where a category that is printed by itself would have to be withheld for them.
    """
    codes = combine_codes(first, second)
    known = codes != NOT_COMPARED
    firsts = np.array(first.names)[codes[known] // len(second.names)]
    seconds = np.array(second.names)[codes[known] % len(second.names)]
    printable = _protect_pairs(firsts, seconds, rows.students[known], profile=profile)
    if {first.factor.level, second.factor.level} != {"student"}:
        printable &= _protect_pairs(firsts, seconds, rows.teachers[known], profile=TEACHERS)
    return printable


def _protect(names: np.ndarray, units: np.ndarray, *, profile: Profile) -> frozenset[str]:
    known = pd.DataFrame({"category": names, "unit": units})
    cells = known.groupby("category")["unit"].nunique().rename("n").reset_index()
    if not any(profile.hides(int(n)) for n in cells["n"]):
        return frozenset(cells["category"])
    total = pd.DataFrame({"category": [TOTAL], "n": [known["unit"].nunique()]})
    cells = pd.concat([cells, total], ignore_index=True)
    relations = relations_by(cells, over="category", total=TOTAL, within=[], protects_rest=False)
    statuses = protect_counts(cells, count="n", relations=relations, profile=profile)
    if statuses[cells["category"] == TOTAL].ne("ok").any():
        return frozenset()
    return frozenset(cells.loc[(statuses == "ok") & (cells["category"] != TOTAL), "category"])


def _protect_pairs(
    firsts: np.ndarray, seconds: np.ndarray, units: np.ndarray, *, profile: Profile
) -> frozenset[tuple[str, str]]:
    known = pd.DataFrame({"first": firsts, "second": seconds, "unit": units})
    leaves = known.groupby(["first", "second"])["unit"].nunique().rename("n").reset_index()
    if not any(profile.hides(int(n)) for n in leaves["n"]):
        return frozenset(leaves[["first", "second"]].itertuples(index=False, name=None))
    cells = pd.concat(
        [
            leaves,
            known.groupby("first")["unit"].nunique().rename("n").reset_index().assign(second=TOTAL),
            known.groupby("second")["unit"].nunique().rename("n").reset_index().assign(first=TOTAL),
            pd.DataFrame({"first": [TOTAL], "second": [TOTAL], "n": [known["unit"].nunique()]}),
        ],
        ignore_index=True,
    )
    relations = relations_by(cells, over="second", total=TOTAL, within=["first"], protects_rest=False)
    relations += relations_by(cells, over="first", total=TOTAL, within=["second"], protects_rest=False)
    statuses = protect_counts(cells, count="n", relations=relations, profile=profile)
    margin = (cells["first"] == TOTAL) | (cells["second"] == TOTAL)
    if (margin & (statuses != "ok")).any():
        return frozenset()
    kept = cells[~margin & (statuses == "ok")]
    return frozenset(kept[["first", "second"]].itertuples(index=False, name=None))
