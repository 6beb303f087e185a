"""What other chapters print, and withhold, of the very students that a value counts."""

from collections.abc import Sequence

import pandas as pd

from mtss_analysis.findings.climate.cells import ABSENCE, CHRONIC, REFERRALS, REGULAR, N
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import AT_CUT, WINDOWS, ValueKey, find_kind
from mtss_analysis.findings.values.observed import Observed
from mtss_analysis.findings.values.protect import CELL, OK
from mtss_analysis.measures.groups import ALL

NOTHING = pd.DataFrame({name: pd.Series(dtype="str") for name in CELL})


def find_hidden_elsewhere(
    observed: Observed, *, keys: Sequence[ValueKey], settings: Settings, reader: FrameReader | None
) -> tuple[bool, pd.DataFrame]:
    """Find out whether another chapter prints the same counts, and which of them it withholds.

    Parameters
    ----------
    observed : Observed
        Observations of one measure and statistic, one a student.
    keys : sequence of ValueKey
        Grades and groups asked for, of that measure and statistic.
    settings : Settings
        Indicators and their cuts.
    reader : FrameReader or None
        Gives the other chapters' frames; None: there are none.

    Returns
    -------
    printed_elsewhere : bool
        Whether the same students are counted in the same way: chronic absence and referrals, or the share below a cut
        that is that of the run file.
    hidden : DataFrame
        Cells of schools that are withheld there.
    """
    if reader is None:
        return False, NOTHING
    kind, measure = find_kind(keys[0].measure), keys[0].measure
    graded = any(key.grade != ALL for key in keys)
    if kind == "absence":
        return True, _hide_as_climate(reader.frame("climate_cells"), topic=ABSENCE)
    if kind == "referrals":
        return True, _hide_as_climate(reader.frame("climate_cells"), topic=REFERRALS)
    if kind != "screening" or measure not in {one.measure for one in settings.indicators}:
        return False, NOTHING
    indicator = settings.indicator(measure)
    same = keys[0].statistic == AT_CUT and indicator.cut is not None
    same = same and (observed.has_run_cut or (indicator.cut is not None and indicator.cut.score is not None))
    if not same and not graded:
        return False, NOTHING
    frames = [reader.frame(name) for name in ("levels", "whole_levels")]
    levels = pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)
    levels = levels[(levels["measure"] == measure) & (levels["level"] == "school")]
    hidden = levels["status"] != OK
    if same:
        hidden |= (levels["group"] == ALL) & (levels["share_kind"] != "exact")
    return same, levels[hidden].assign(grade=levels["trend_grade"], window=indicator.window)[CELL]


def _hide_as_climate(cells: pd.DataFrame, *, topic: str) -> pd.DataFrame:
    here = cells[(cells["topic"] == topic) & cells["school_id"].notna() & cells["cell"].isin([N, CHRONIC, REGULAR])]
    here = here[here["status"] != OK]
    graded = here["slice"].str.startswith("grade=")
    return here.assign(
        window=WINDOWS[-1],
        grade=here["slice"].str.removeprefix("grade=").where(graded, ALL),
        group=here["slice"].where(~graded, ALL),
    )[CELL].drop_duplicates()
