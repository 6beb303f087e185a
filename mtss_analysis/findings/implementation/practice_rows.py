"""Observed lessons of one district as arrays: how much of a practice, how long after training, by whom, with what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.measures.factors import name_bands
from mtss_analysis.measures.visits import NO_SUPPORT
from mtss_analysis.stats.arrays import FloatArray

ALL = "all"
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PracticeRows:
    """One row is a practice in an observed lesson of a trained teacher.

    Parameters
    ----------
    full : (n,) float array
        Share of the practice's items that were fully implemented, 0 to 1.
    days : (n,) float array
        Days since the teacher's latest training in the practice, 0 and more.
    teacher, practice, school : (n,) text arrays
        Whose lesson, which practice, where.
    years : (n,) float array
        The teacher's years of experience; NaN: not known.
    supported : (n,) float array
        1: the training was followed up by coaching or support in the classroom; 0: by nothing; NaN: not recorded.
    support : (n,) text array
        Which support; empty: not recorded.
    observer : (n,) text array
        Who observed the lesson; empty: not recorded.
    bands : tuple of float
        Lower bounds of the bands of experience; empty where experience is not known.
    """

    full: FloatArray
    days: FloatArray
    teacher: TextArray
    practice: TextArray
    school: TextArray
    years: FloatArray
    supported: FloatArray
    support: TextArray
    observer: TextArray
    bands: tuple[float, ...]

    @property
    def weeks(self) -> FloatArray:
        """Weeks of seven days since the training."""
        return self.days / 7

    @property
    def level(self) -> npt.NDArray[np.intp]:
        """Number of the band of experience; −1: not known."""
        if not self.bands:
            return np.zeros(len(self.full), dtype=np.intp)
        band = np.searchsorted(np.asarray(self.bands[1:]), np.nan_to_num(self.years, nan=-1.0), side="right")
        return np.where(np.isnan(self.years), -1, band).astype(np.intp)

    def take(self, kept: BoolArray) -> "PracticeRows":
        """Give the rows that are kept."""
        names = ("full", "days", "teacher", "practice", "school", "years", "supported", "support", "observer")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def groups(self) -> list[str]:
        """List the groups of teachers that are searched: everybody, and those above and below each bound."""
        inner = [bound for bound in self.bands[1:] if np.nanmin(self.years) < bound <= np.nanmax(self.years)]
        return [ALL, *(f"{bound:g}+" for bound in inner), *(f"<{bound:g}" for bound in inner)]

    def is_in(self, group: str) -> BoolArray:
        """Tell which rows are of a group's teachers; unknown experience is in none but ``all``."""
        if group == ALL:
            return np.ones(len(self.full), dtype=np.bool_)
        bound = find_bound(group)
        return self.years >= bound if group.endswith("+") else self.years < bound

    def by_band(self) -> list[tuple[str, BoolArray]]:
        """List the bands by name, each with its rows."""
        if not self.bands:
            return []
        level = self.level
        return [(name, level == place) for place, name in enumerate(name_bands(self.bands))]

    def by_support(self) -> list[tuple[str, BoolArray]]:
        """List the kinds of follow-up support, each with its rows."""
        return [(str(kind), self.support == kind) for kind in np.unique(self.support) if kind]


def make_rows(lessons: pd.DataFrame, *, bands: Sequence[float], weeks_followed: int) -> PracticeRows:
    """Take the observed lessons after a training, up to a number of weeks.

    Parameters
    ----------
    lessons : DataFrame
        Of one district, from :func:`mtss_analysis.measures.visits.observe_practices`; with ``observer_id`` where
        observers are known.
    bands : sequence of float
        Lower bounds of the bands of experience.
    weeks_followed : int
        Lessons later than so many weeks after the training are left out.

    Returns
    -------
    PracticeRows
        Empty where no lesson was seen after a training.
    """
    after = lessons[lessons["days_since"].notna() & (lessons["days_since"] < 7 * weeks_followed)]
    years = after["years_experience"].to_numpy(dtype="float64")
    support = after["support"].fillna("").to_numpy(dtype="U")
    observer = after["observer_id"].fillna("").to_numpy(dtype="U") if "observer_id" in after else None
    return PracticeRows(
        full=after["full"].to_numpy(dtype="float64"),
        days=after["days_since"].to_numpy(dtype="float64"),
        teacher=after["staff_id"].to_numpy(dtype="U"),
        practice=after["practice"].to_numpy(dtype="U"),
        school=after["school_id"].fillna("").to_numpy(dtype="U"),
        years=years,
        supported=np.where(support == "", np.nan, (support != NO_SUPPORT).astype("float64")),
        support=support,
        observer=np.full(len(after), "") if observer is None else observer,
        bands=tuple(bands) if len(years) and not np.isnan(years).all() else (),
    )


def find_bound(group: str) -> float:
    """Find the bound in the key of a group, such as ``4+`` or ``<4``."""
    return float(group.strip("+<"))


def say_teachers(group: str) -> str:
    """Say whom the key of a group stands for.

    Parameters
    ----------
    group : str
        ``all``, ``4+`` or ``<4``.

    Returns
    -------
    str
        Such as ``teachers with 4 or more years of experience``.
    """
    if group == ALL:
        return "all trained teachers"
    if group.endswith("+"):
        return f"teachers with {find_bound(group):g} or more years of experience"
    return f"teachers with fewer than {find_bound(group):g} years of experience"


def turn_group(group: str) -> str:
    """Give the key of the other teachers: ``<4`` for ``4+``; empty for all."""
    if group == ALL:
        return ""
    return f"<{find_bound(group):g}" if group.endswith("+") else f"{find_bound(group):g}+"
