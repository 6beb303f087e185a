"""The newest year of a written district as dirty exports, for ``mtss simulate --dirt``."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mtss_analysis.district.read import read_table
from mtss_analysis.district.simulate.exports import USUAL_DIRT, write_exports
from mtss_analysis.district.simulate.sizes import Sizes

EXPORTS = "exports"
EXPORTED_TABLES = ("schools", "enrollments", "staff", "screenings")


def write_dirty_exports(folders: Sequence[Path], *, sizes: Sizes) -> tuple[Path, ...]:
    """Write vendors' exports with the usual dirt beside the tables of written districts.

    Parameters
    ----------
    folders : sequence of Path
        District folders, from ``write_district``.
    sizes : Sizes
        Sizes and seed they were drawn with.

    Returns
    -------
    tuple of Path
        The folders ``exports``; each holds ``dirt.json``, which says what was done to which file.
    """
    written = []
    for folder in folders:
        tables = {name: read_table(folder, table=name) for name in EXPORTED_TABLES}
        planted = write_exports(
            folder / EXPORTS, tables=tables, school_year=sizes.school_years[-1], seed=sizes.seed, dirt=USUAL_DIRT
        )
        text = json.dumps([asdict(one) for one in planted], indent=1, ensure_ascii=False)
        (folder / EXPORTS / "dirt.json").write_text(text + "\n", encoding="utf-8")
        written.append(folder / EXPORTS)
    return tuple(written)
