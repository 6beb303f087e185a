"""Build the synthetic district Riverbend from its seed.

``python scripts/build_riverbend.py [--into FOLDER]`` replaces the tables in ``data/riverbend`` and leaves its README.
"""

import argparse
import shutil
from pathlib import Path

from mtss_analysis.district.simulate import Sizes, write_district

RIVERBEND_FOLDER = Path(__file__).resolve().parents[1] / "data" / "riverbend"
RIVERBEND_SIZES = Sizes(students=6000, schools=12, years=3, seed=20260801)


def main() -> None:
    """Write the district folder and say how large it is."""
    parser = argparse.ArgumentParser(description="Build the synthetic district Riverbend.")
    parser.add_argument("--into", type=Path, default=RIVERBEND_FOLDER, help="folder to write into")
    folder = parser.parse_args().into
    build_riverbend(folder)
    files = [file for file in folder.rglob("*") if file.is_file()]
    print(f"{folder}: {len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.1f} MB")


def build_riverbend(folder: Path) -> None:
    """Replace the tables of a folder by those that the seed gives; its README stays.

    Parameters
    ----------
    folder : Path
        District folder; made where it is not there.
    """
    readme = folder / "README.md"
    kept = readme.read_text(encoding="utf-8") if readme.is_file() else None
    if folder.is_dir():
        shutil.rmtree(folder)
    write_district(folder, sizes=RIVERBEND_SIZES, workers=1)
    if kept is not None:
        readme.write_text(kept, encoding="utf-8")


if __name__ == "__main__":
    main()
