"""A small district to read and to spoil."""

from collections.abc import Callable
from pathlib import Path

import pytest

TABLES = {
    "schools": """\
school_id,school_year,school_name,district_id,district_name,level
0012,2024-25,Oak School,D7,Riverside,elementary
NO,2024-25,Elm School,D7,Riverside,middle
""",
    "enrollments": """\
student_id,school_id,school_year,grade,sex,english_learner,entry_date
007,0012,2024-25,K,female,yes,2024-09-03
1E+05,0012,2024-25,1,male,,
NA,NO,2024-25,6,,false,2025-01-31
""",
    "screenings": """\
student_id,school_year,window,measure,school_id,domain,date,score
007,2024-25,fall,oral_reading,0012,reading,2024-09-10,41.5
1E+05,2024-25,fall,oral_reading,0012,reading,2024-09-10,
NA,2024-25,fall,oral_reading,NO,reading,2024-09-11,120
""",
}


@pytest.fixture
def write_district(tmp_path: Path) -> Callable[..., Path]:
    """Write the small district, with some tables replaced, added (text) or left out (None)."""

    def write(**changes: str | None) -> Path:
        folder = tmp_path / "district"
        folder.mkdir(exist_ok=True)
        for name, text in {**TABLES, **changes}.items():
            if text is not None:
                (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    return write
