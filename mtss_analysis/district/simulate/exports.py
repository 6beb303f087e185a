"""A simulated district as the exports it would come from, clean or with the usual dirt."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

import pandas as pd

from mtss_analysis.district.simulate.exports_dirt import USUAL_DIRT, Dirt, PlantedDirt, spoil
from mtss_analysis.district.simulate.exports_oneroster import shape_oneroster
from mtss_analysis.district.simulate.exports_vendors import shape_dibels, shape_nwea
from mtss_analysis.district.simulate.streams import open_stream

ExportFormat = Literal["nwea_map_growth", "dibels_8", "oneroster_1_2"]
FORMATS: tuple[ExportFormat, ...] = ("nwea_map_growth", "dibels_8", "oneroster_1_2")

IDS: Mapping[str, tuple[str, ...]] = {
    "nwea_map_growth.csv": ("StudentID", "Student_StateID", "School_StateID"),
    "dibels_8.csv": ("Student Primary ID", "Primary ID - Student ID (State ID)", "Primary School ID"),
    "users.csv": ("identifier",),
    "orgs.csv": ("identifier",),
}
DATES: Mapping[str, tuple[str, ...]] = {
    "nwea_map_growth.csv": ("TestStartDate",),
    "dibels_8.csv": ("Client Date", "Enrollment Date"),
    "enrollments.csv": ("beginDate", "endDate"),
}

__all__ = ["FORMATS", "USUAL_DIRT", "Dirt", "ExportFormat", "PlantedDirt", "write_exports"]


def write_exports(
    folder: Path,
    *,
    tables: Mapping[str, pd.DataFrame],
    school_year: str,
    seed: int,
    formats: Collection[ExportFormat] = FORMATS,
    dirt: Dirt | None = None,
) -> tuple[PlantedDirt, ...]:
    """Write one year of a simulated district as vendors' exports.

    Parameters
    ----------
    folder : Path
        Where ``nwea_map_growth.csv``, ``dibels_8.csv`` and the folder ``oneroster_1_2`` go; it is made where it is not
        there.
    tables : mapping of str to DataFrame
        ``schools``, ``enrollments``, ``staff`` and ``screenings`` of the district.
    school_year : str
        The year, such as ``2025-26``.
    seed : int
        For where the dirt falls.
    formats : collection of str
        Which exports; all by default.
    dirt : Dirt or None
        What is done to them; None: they are clean. ``USUAL_DIRT`` is some of everything.

    Returns
    -------
    tuple of PlantedDirt
        What was done to which file; empty: nothing.
    """
    dirt = dirt or Dirt()
    folder.mkdir(parents=True, exist_ok=True)
    planted: list[PlantedDirt] = []
    if "nwea_map_growth" in formats:
        nwea = shape_nwea(tables, school_year=school_year)
        planted += _write(folder / "nwea_map_growth.csv", nwea, name="nwea_map_growth.csv", seed=seed, dirt=dirt)
    if "dibels_8" in formats:
        dibels = shape_dibels(tables, school_year=school_year)
        planted += _write(folder / "dibels_8.csv", dibels, name="dibels_8.csv", seed=seed, dirt=dirt)
    if "oneroster_1_2" in formats:
        (folder / "oneroster_1_2").mkdir(exist_ok=True)
        for name, frame in shape_oneroster(tables, school_year=school_year).items():
            planted += _write(folder / "oneroster_1_2" / name, frame, name=name, seed=seed, dirt=dirt)
    return tuple(planted)


def _write(path: Path, frame: pd.DataFrame, *, name: str, seed: int, dirt: Dirt) -> tuple[PlantedDirt, ...]:
    content, planted = spoil(
        frame,
        file=name,
        dirt=dirt,
        ids=IDS.get(name, ()),
        dates=DATES.get(name, ()),
        rng=open_stream(seed, "exports", name),
    )
    path.write_bytes(content)
    return planted
