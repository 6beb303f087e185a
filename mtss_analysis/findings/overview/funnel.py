"""The funnel of schools: each by its number of students, with limits for schools that are like the others."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from mtss_analysis.findings.overview.rows import list_rows
from mtss_analysis.findings.overview.source import OverviewSource
from mtss_analysis.findings.overview.stand import HIGHER, LOWER
from mtss_analysis.show import Figure, Role, count_of
from mtss_analysis.show.charts.points import Curve, Point, draw_points

N_PLACES = 60
ROOM = 0.04
ROLES: dict[str, Role] = {HIGHER: "promising", LOWER: "concerning"}


def draw_funnel(
    *, name: str, caption: str, finding: str, shown: pd.DataFrame, source: OverviewSource, y_label: str
) -> Figure:
    """Draw schools against their numbers of students, within limits.

    Parameters
    ----------
    name, caption, finding : str
        As in :func:`mtss_analysis.show.charts.points.draw_points`.
    shown : DataFrame
        Schools that may be printed, with the columns of :func:`stand_apart`.
    source : OverviewSource
        Whose overview it is.
    y_label : str
        What is measured.

    Returns
    -------
    Figure
        Own schools in front; the limits are those of a school with as many students and ordinary classrooms, while the
        verdict rests on each school's own.
    """
    target, tau = float(shown["target"].iloc[0]), float(shown["tau"].iloc[0])
    half = float(ndtri((1 + source.settings.ci_level) / 2))
    unit = float(np.median(shown["like_se"] ** 2 * shown["n"]))
    least, most = float(shown["n"].min()), float(shown["n"].max())
    start, end = max(least * 0.85, 1.0), most * 1.05
    sizes = np.linspace(start, end, N_PLACES)
    curves = [Curve(x=[start, end], y=[target, target], label="average of the schools", role="state")]
    limits: list[tuple[float, str, Role]] = [(0.0, "chance alone", "others")]
    if tau > 0:
        limits.append((tau, "schools that are like the others", "district"))
    for spread, label, role in limits:
        reach = half * np.sqrt(unit / sizes + spread**2)
        for side in (1, -1):
            curve = [float(value) for value in target + side * reach]
            curves.append(Curve(x=[float(n) for n in sizes], y=curve, label=label if side == 1 else "", role=role))
    keys = source.keys()
    names = {(row.district_id, row.school_id): str(row.school_name) for row in list_rows(source.roster)}
    points = []
    for row in list_rows(shown):
        place = (row.district_id, row.school_id)
        mine = place in names and source.level == "district"
        apart = row.verdict in (HIGHER, LOWER)
        drawn_as: Role = "others"
        if mine or (apart and source.level == "state"):
            drawn_as = ROLES.get(row.verdict, "this_school")
        points.append(
            Point(
                x=float(row.n),
                y=float(row.like),
                role=drawn_as,
                key=keys.get(place, "") if mine else "",
                name=names.get(place, "") if mine or (apart and source.level == "state") else "",
            )
        )
    n_others = sum(point.role == "others" for point in points)
    note = "Grey dots: other schools of the state. " if n_others and source.level == "district" else ""
    drawn = [*shown["like"], *(value for curve in curves for value in curve.y)]
    low, high = float(min(drawn)), float(max(drawn))
    room = ROOM * (high - low)
    return draw_points(
        name=name,
        caption=f"{caption} {_say_limits(shown, ci_level=source.settings.ci_level)}",
        finding=finding,
        points=points,
        x_label="Students with a score",
        y_label=y_label,
        curves=curves,
        x_limits=(start, end),
        y_limits=(low - room, high + room),
        note=(note + ("Letters as in the table." if keys and source.level == "district" else "")).strip(),
    )


def _say_limits(shown: pd.DataFrame, *, ci_level: float) -> str:
    inside = int(((shown["like"] >= shown["low"]) & (shown["like"] <= shown["high"])).sum())
    return (
        f"Of {count_of(len(shown), 'school')}, {inside} lie within the limits in which {100 * ci_level:g} of every 100 "
        "schools that are like the others are expected."
    )
