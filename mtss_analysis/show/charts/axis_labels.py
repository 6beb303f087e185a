"""Labels under an axis, made to fit: as given, wrapped, smaller, and at last only every second or third."""

from collections.abc import Sequence

from mtss_analysis.show.charts.sheet import SMALL_PT, measure_line, measure_text, wrap_text

_SMALLEST_PT = 8.5
_GAP_IN = 0.08
_STEPS = 8


def fit_axis_labels(labels: Sequence[str], *, room: float, edge: float) -> tuple[list[str], float]:
    """Make labels fit under equally spaced points.

    Parameters
    ----------
    labels : sequence of str
        One for each point, in order; may hold line breaks.
    room : float
        Inches between two points.
    edge : float
        Inches that the first label may take before it runs off the sheet.

    Returns
    -------
    tuple of (list of str, float)
        As many labels as given, empty ones where they are left out, and their size in points.
    """
    width = min(room - _GAP_IN, edge)
    for size_pt in (SMALL_PT, _SMALLEST_PT):
        if all(measure_text(label, size_pt=size_pt)[0] <= width for label in labels):
            return list(labels), size_pt
        widest = _measure_widest_word(labels, size_pt=size_pt)
        if widest <= width:
            return _wrap_alike(labels, least=widest, most=width, size_pt=size_pt), size_pt
    return _thin(labels, room=room, edge=edge), SMALL_PT


def _thin(labels: Sequence[str], *, room: float, edge: float) -> list[str]:
    last = len(labels) - 1
    for step in range(2, len(labels) + 1):
        width = max(min(step * room - _GAP_IN, edge), _GAP_IN)
        kept = {place: label for place, label in enumerate(labels) if (last - place) % step == 0}
        widest = _measure_widest_word(list(kept.values()), size_pt=SMALL_PT)
        if all(measure_text(label, size_pt=SMALL_PT)[0] <= width for label in kept.values()):
            return [kept.get(place, "") for place in range(len(labels))]
        if widest <= width:
            shown = [kept.get(place, "") for place in range(len(labels))]
            return _wrap_alike(shown, least=widest, most=width, size_pt=SMALL_PT)
    # One label is left, and it is wider than its room: words are cut.
    return [*([""] * last), wrap_text(labels[-1], width_in=edge, size_pt=SMALL_PT)]


def _wrap_alike(labels: Sequence[str], *, least: float, most: float, size_pt: float) -> list[str]:
    """Wrap at the smallest width that needs no more lines than the largest: like labels break alike."""
    lines = max(_count_lines(label, most, size_pt) for label in labels)
    width = most
    for step in range(_STEPS):
        narrower = least + (most - least) * step / _STEPS
        if max(_count_lines(label, narrower, size_pt) for label in labels) <= lines:
            width = narrower
            break
    return [wrap_text(label, width_in=width, size_pt=size_pt) for label in labels]


def _count_lines(label: str, width: float, size_pt: float) -> int:
    return wrap_text(label, width_in=width, size_pt=size_pt).count("\n") + 1


def _measure_widest_word(labels: Sequence[str], *, size_pt: float) -> float:
    words = [word for label in labels for word in label.split()]
    return max((measure_line(word, size_pt=size_pt) for word in words), default=0.0)
