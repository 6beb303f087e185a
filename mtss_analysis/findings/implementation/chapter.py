"""What the part of the chapter on root causes that is about implementation is made of."""

from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.breakdown_finding import find_breakdown
from mtss_analysis.findings.implementation.consistency_finding import find_consistency
from mtss_analysis.findings.implementation.facts import FRAME
from mtss_analysis.findings.implementation.fidelity_finding import find_fidelity, find_probes
from mtss_analysis.findings.implementation.observation_finding import find_observation, find_retention
from mtss_analysis.findings.implementation.separation_finding import find_separation
from mtss_analysis.findings.implementation.staffing_finding import find_caseload, find_coaching
from mtss_analysis.findings.implementation.survey_finding import find_staff_survey
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.school import name_school
from mtss_analysis.findings.settings import Settings

NOTHING = ("walkthroughs", "fidelity", "progress", "surveys", "coaching")
"""Tables without all of which one sentence says so."""


def find_implementation(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[ToldFinding, ...]:
    """Find what the data say of implementation, in the order of the chapter.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        What is asked.
    comparison : Comparison
        What is known of implementation in all schools.

    Returns
    -------
    tuple of ToldFinding
        A single one with one sentence where the district has none of the tables.
    """
    frame = comparison.frame(FRAME)
    own = frame[frame["district_id"] == district.district_id]
    absent = {name for name in NOTHING if own["text"].eq(f"the district gave no data in the table {name}").any()}
    if absent == set(NOTHING):
        name_school(district, school_id=school_id)
        said = (
            "The district gave no walkthroughs, fidelity scores, probes, surveys or coaching, so "
            "nothing can be said of how "
            "its programs are carried out."
        )
        return (ToldFinding(title="Implementation", said=said),)
    asked: dict[str, Any] = {"school_id": school_id, "settings": settings, "comparison": comparison}
    return (
        *find_breakdown(district, **asked),
        find_separation(district, **asked),
        find_retention(district, **asked),
        find_observation(district, **asked),
        *find_fidelity(district, **asked),
        find_probes(district, **asked),
        find_consistency(district, **asked),
        find_staff_survey(district, **asked),
        find_coaching(district, **asked),
        find_caseload(district, **asked),
    )
