"""Services: who takes part in which intervention, for how long, how many minutes, and how faithfully."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from mtss_analysis.district.simulate.assignment import assign_by_cut, assign_lowest, draw_lot, is_there_for_lot
from mtss_analysis.district.simulate.ground import Ground
from mtss_analysis.district.simulate.interventions import WEEKS
from mtss_analysis.district.simulate.people import Bools, Ints
from mtss_analysis.district.simulate.screenings import Scores
from mtss_analysis.district.simulate.text import write_dates, write_text
from mtss_analysis.district.simulate.tiers import TierPath

USUAL_FIDELITY = 88.0
FIDELITY_SPREAD = 30.0
"""Sum of the parameters of the beta distribution of a service's fidelity."""
DELIVERED = 0.88
START = (10, 6)
END = (5, 22)
READING_GROUP_GRADES = (1, 2, 3, 4, 5)
NUMBER_TALKS_GRADES = (1, 2, 3, 4, 5)
MINUTES = {
    "tier2_reading": 90, "reading_boost": 120, "math_catch_up": 90, "number_talks": 60, "word_groups": 60,
    "word_usual": 60, "check_in": 50,
}  # fmt: skip

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Participants:
    """Students of one school who are assigned to, or take part in, one intervention.

    Parameters
    ----------
    intervention_id : str
        The intervention.
    rows : (n,) int array
        Rows of the ground.
    start, end : (n,) datetime64[D] array
        First and last day.
    assigned, takes_part : (n,) bool array
        As the rule says, and in fact.
    """

    intervention_id: str
    rows: Ints
    start: Days
    end: Days
    assigned: Bools
    takes_part: Bools


def find_participants(
    ground: Ground, *, scores: dict[str, Scores], paths: dict[str, TierPath]
) -> tuple[Participants, ...]:
    """Find who takes part in the interventions of one school, single cases left out.

    Parameters
    ----------
    ground : Ground
        The school.
    scores : dict of str to Scores
        Observed scores by measure.
    paths : dict of str to TierPath
        Tiers by domain.

    Returns
    -------
    tuple of Participants
        One per intervention that the school has.
    """
    truths = ground.truths
    start = _on(ground, *START)
    found = [_join_reading_group(ground, paths["reading"])]
    if truths.cut_score_effect.planted:
        one = scores["oral_reading"]
        assigned, takes_part = assign_by_cut(ground, rows=one.rows, fall=one.score[:, 0])
        found.append(_take(ground, "reading_boost", one.rows, start, assigned=assigned, takes_part=takes_part))
    if truths.null_intervention.planted:
        one = scores["math_scale"]
        chosen = assign_lowest(ground, rows=one.rows, fall=one.score[:, 0])
        found.append(_take(ground, "math_catch_up", one.rows, start, assigned=chosen, takes_part=chosen))
    adoption = ground.planned.adoption
    if adoption is not None:
        rows = np.flatnonzero((ground.year >= adoption) & np.isin(ground.grade, NUMBER_TALKS_GRADES))
        everybody = np.ones(len(rows), dtype=np.bool_)
        found.append(_take(ground, "number_talks", rows, start, assigned=everybody, takes_part=everybody))
    if truths.randomised_effect.planted:
        rows = scores["vocabulary"].rows
        there, treated = is_there_for_lot(ground, rows=rows), draw_lot(ground, rows=rows)
        for name, arm in (("word_groups", treated), ("word_usual", there & ~treated)):
            found.append(_take(ground, name, rows, start, assigned=arm, takes_part=arm))
    return tuple(found)


def write_services(ground: Ground, *, participants: Sequence[Participants]) -> pd.DataFrame:
    """Write the services table of one school.

    Parameters
    ----------
    ground : Ground
        The school.
    participants : sequence of Participants
        By intervention.

    Returns
    -------
    DataFrame
        Columns of the services table.
    """
    parts = [_deliver(ground, part) for part in participants]
    rows = np.concatenate([part.rows for part in participants]) if participants else np.empty(0, dtype=np.int64)
    which = np.concatenate([np.full(len(part.rows), at) for at, part in enumerate(participants)] or [rows])
    planned, delivered, fidelity = (
        np.concatenate([part[at] for part in parts]) if parts else np.empty(0) for at in range(3)
    )
    staff = ground.school.staff
    providers = pa.array(sorted(staff.loc[staff["role"] == "interventionist", "staff_id"].unique()), pa.string())
    by_teacher = np.isin(which, [at for at, part in enumerate(participants) if part.intervention_id in _BY_TEACHER])
    teacher = ground.school.students["teacher_id"].array
    provider = write_text(providers, np.where(by_teacher, -1, rows % max(len(providers), 1)))
    frame = pd.DataFrame(
        {
            "student_id": ground.write_ids(rows),
            "intervention_id": write_text([part.intervention_id for part in participants], which),
            "start_date": write_dates(_join([part.start for part in participants])),
            "end_date": write_dates(_join([part.end for part in participants])),
            "school_id": ground.write_school(len(rows)),
            "assigned": pd.array(
                np.concatenate([part.assigned for part in participants] or [np.empty(0, dtype=bool)]), dtype="boolean"
            ),
            "minutes_planned": planned,
            "minutes_delivered": delivered,
            "fidelity_pct": fidelity,
            "provider_id": provider,
        }
    )
    frame["provider_id"] = frame["provider_id"].where(~by_teacher, pd.Series(teacher.take(rows), dtype=provider.dtype))
    return frame


_BY_TEACHER = ("number_talks", "word_groups", "word_usual", "check_in")


def _join_reading_group(ground: Ground, path: TierPath) -> Participants:
    """Let everybody who is in Tier 2 or 3 of reading after the fall review join the reading group for the year."""
    chosen = (path.tier[:, 0] >= 2) & np.isin(ground.grade, READING_GROUP_GRADES)
    rows = np.flatnonzero(chosen)
    assigned = np.ones(len(rows), dtype=np.bool_)
    return _take(ground, "tier2_reading", rows, _on(ground, 10, 8), assigned=assigned, takes_part=assigned)


def _take(
    ground: Ground, intervention_id: str, rows: Ints, start: Days, *, assigned: Bools, takes_part: Bools
) -> Participants:
    begins = np.maximum(start[rows], ground.entry[rows])
    ends = np.minimum(_on(ground, *END)[rows], ground.leaving[rows])
    kept = (assigned | takes_part) & (begins <= ends)
    return Participants(
        intervention_id=intervention_id,
        rows=rows[kept],
        start=begins[kept],
        end=ends[kept],
        assigned=assigned[kept],
        takes_part=takes_part[kept],
    )


def _deliver(ground: Ground, part: Participants) -> tuple[npt.NDArray[np.float64], ...]:
    stream = ground.open_stream("services", part.intervention_id)
    count = len(part.rows)
    days = (part.end - part.start).astype(np.int64) + 1
    weeks = np.minimum(days / 7.0, WEEKS)
    planned = np.round(weeks * MINUTES[part.intervention_id])
    low = ground.planned.low_fidelity
    share = stream.beta(DELIVERED * 25, (1 - DELIVERED) * 25, count)
    usual = stream.beta(*_beta(USUAL_FIDELITY), count)
    poor = stream.beta(*_beta(ground.truths.low_fidelity.fidelity_pct), count)
    fidelity = np.round(100 * (poor if low else usual))
    delivered = np.where(part.takes_part, np.round(planned * share), 0.0)
    return planned, delivered, np.where(part.takes_part, fidelity, np.nan)


def _beta(percent: float) -> tuple[float, float]:
    return percent / 100 * FIDELITY_SPREAD, (1 - percent / 100) * FIDELITY_SPREAD


def _on(ground: Ground, month: int, day: int) -> Days:
    """Give the day of each row's school year."""
    firsts = [int(str(days.first)[:4]) + (month < 7) for days in ground.days]
    return np.array([f"{first}-{month:02d}-{day:02d}" for first in firsts], dtype="datetime64[D]")[ground.year]


def _join(parts: Sequence[Days]) -> Days:
    return np.concatenate(list(parts)) if parts else np.empty(0, dtype="datetime64[D]")
