"""Is a goal measurable: an indicator of the data, and a baseline that agrees with them."""

from collections.abc import Iterator
from difflib import get_close_matches

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.goal_view import GoalView
from mtss_analysis.findings.plan.letters import Letter, agrees, miss, say_baseline
from mtss_analysis.findings.plan.measure_words import name_measure, say_time, write_amount
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import STATISTICS, WINDOWS, ValueKey, find_kind, is_school_year
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import join_words

MOST_NAMED = 4


def check_measurable(view: GoalView, *, settings: Settings, comparison: FrameReader) -> Letter:
    """Check the letter M.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.
    settings : Settings
        Labels of indicators and groups.
    comparison : Comparison
        With the frame ``values``, for the measures that the data hold.

    Returns
    -------
    Letter
        Not met for ``not_measurable``, ``no_baseline``, ``unknown_window`` (of the baseline) and ``wrong_baseline``;
        None where the value may not be printed or is not in the data.
    """
    found = next(_find_faults(view, settings=settings, comparison=comparison), None)
    if found is not None or view.key is None or view.goal.baseline is None or view.start is None:
        return found or Letter(letter="M", met=None, said="Nobody can tell.")
    named = name_measure(view.key, settings=settings)
    if view.baseline is None or view.baseline.value is None:
        why = "may not be printed" if view.baseline is not None else "is not in the data"
        said = f"It is measured by the {named}; the value of {say_time(view.start)} {why}."
        return Letter(letter="M", met=None, said=said)
    stated = write_amount(view.goal.baseline, key=view.key)
    said = f"It is measured by the {named}; its baseline of {stated} agrees with the data."
    return Letter(letter="M", met=True, said=said)


def _find_faults(view: GoalView, *, settings: Settings, comparison: FrameReader) -> Iterator[Letter]:
    goal, key = view.goal, view.key
    if key is None or not view.is_known:
        yield _say_unknown(view, comparison=comparison)
        return
    if not view.values and (key.group != ALL or key.grade != ALL):
        yield miss(
            view,
            letter="M",
            kind="not_measurable",
            column="student_group" if key.group != ALL else "grade",
            said=f"The data do not hold the {name_measure(key, settings=settings)}.",
            mend="Choose students whom the data tell apart, or all of them.",
        )
    if goal.baseline is None:
        known = say_baseline(view)
        yield miss(
            view,
            letter="M",
            kind="no_baseline",
            column="baseline",
            said="It has no baseline." + (f" The data say {known}." if known else ""),
            mend="Write where the measure stood.",
        )
    if view.start is None:
        yield miss(
            view,
            letter="M",
            kind="no_baseline",
            column="baseline_window" if goal.baseline_school_year else "baseline_school_year",
            said="It does not say when its baseline was taken.",
            mend="Write school year and window.",
        )
        return
    year, window = view.start
    if not is_school_year(year) or window not in WINDOWS:
        yield miss(
            view,
            letter="M",
            kind="unknown_window",
            column="baseline_window" if is_school_year(year) else "baseline_school_year",
            said=f"Its baseline is of {window} of {year}, a time that does not exist.",
            mend=f"Write a school year such as 2025-26 and one of {join_words(list(view.windows))}.",
        )
    yield from _find_wrong_baseline(view, key=key)


def _find_wrong_baseline(view: GoalView, *, key: ValueKey) -> Iterator[Letter]:
    stated, found = view.goal.baseline, view.baseline
    if agrees(view) or stated is None or found is None or found.value is None:
        return
    yield miss(
        view,
        letter="M",
        kind="wrong_baseline",
        column="baseline",
        said=f"Its baseline is {write_amount(stated, key=key)}, and the data say {say_baseline(view)}.",
        mend=f"Write {write_amount(found.value, key=key)} as the baseline and think the target over.",
    )


def _say_unknown(view: GoalView, *, comparison: FrameReader) -> Letter:
    key = view.key
    frame = comparison.frame("values")
    known = sorted(frame.loc[frame["district_id"] == view.subject.district_id, "measure"].unique())
    column = "measure"
    if key is None:
        said, mend = "It names no measure.", "Name a measure that the data hold."
    elif key.statistic not in STATISTICS[find_kind(key.measure)] and STATISTICS[find_kind(key.measure)]:
        column = "statistic"
        said = f"The measure {key.measure} cannot be summed up as {key.statistic}."
        mend = f"Write {join_words(list(STATISTICS[find_kind(key.measure)]), last='or')} as its statistic."
    else:
        said = f"The data hold no measure named {key.measure}."
        nearest = get_close_matches(key.measure, known, n=1, cutoff=0.6)
        choices = nearest or [name for name in known if ":" not in name][:MOST_NAMED]
        mend = f"Name a measure that the data hold, such as {join_words(choices)}." if choices else "Name another one."
    return miss(view, letter="M", kind="not_measurable", column=column, said=said, mend=mend)
