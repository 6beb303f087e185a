"""What the walkthroughs of a whole district say of its trained practices, for its overview."""

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.breakdown_finding import tell_breakdowns
from mtss_analysis.findings.implementation.facts import read_facts
from mtss_analysis.findings.implementation.separation_finding import tell_separation
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.overview.source import OverviewSource
from mtss_analysis.findings.school import School


def find_district_practices(source: OverviewSource, *, comparison: Comparison) -> tuple[ToldFinding, ...]:
    """Find in which practice, in whom and when implementation falls off, and whether support could be why.

    Parameters
    ----------
    source : OverviewSource
        The district's overview.
    comparison : Comparison
        What is known of implementation in all schools.

    Returns
    -------
    tuple of ToldFinding
        What every school's packet says of the district; where no breakdown is named, one finding that says what was
        looked at, or what is missing.
    """
    facts = read_facts(comparison, district_id=source.district_id)
    whole = School(district_id=source.district_id, school_id="", school_name=source.name, district_name=source.name)
    breakdowns = tell_breakdowns(facts, school=whole, settings=source.settings)
    if not any(one.offered for one in breakdowns):
        return breakdowns
    return (*breakdowns, tell_separation(facts, school=whole, settings=source.settings))
