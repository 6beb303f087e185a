"""What the sections on attendance, behaviour and social-emotional learning are made of."""

from mtss_analysis.district import District
from mtss_analysis.findings.climate.absence_finding import find_chronic_absence
from mtss_analysis.findings.climate.absent_finding import ClimateAbsentFinding
from mtss_analysis.findings.climate.attendance_finding import find_attendance
from mtss_analysis.findings.climate.disproportion_finding import find_disproportion
from mtss_analysis.findings.climate.domain_finding import find_several_domains
from mtss_analysis.findings.climate.own import Asked
from mtss_analysis.findings.climate.referral_finding import find_referrals
from mtss_analysis.findings.climate.scale_finding import find_scales
from mtss_analysis.findings.climate.spread_finding import find_referral_spread
from mtss_analysis.findings.climate.view_finding import find_referral_views
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.layout import Finding
from mtss_analysis.findings.school import name_school, of_school
from mtss_analysis.findings.settings import Settings

__all__ = ["find_climate"]


def find_climate(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[Finding, ...]:
    """Find all about a school's attendance, behaviour and social-emotional learning.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``climate``, groups, indicators, confidence level, disclosure profile.
    comparison : Comparison
        Counts and rates of all schools with what may be printed.

    Returns
    -------
    tuple of Finding
        Chronic absence, attendance by month, referrals, their spread and views, screeners and surveys, students at
        risk in
        several domains, disproportionality. One finding of one sentence where the district has none of the tables.

    Raises
    ------
    DataError
        The district has no such school.
    """
    school = name_school(district, school_id=school_id)
    has_scales = len(of_school(comparison.frame("climate_scales"), school=school)) > 0
    if not (district.has("attendance") or district.has("referrals") or district.has("surveys") or has_scales):
        return (ClimateAbsentFinding(),)
    asked = Asked(
        school=school,
        settings=settings,
        comparison=comparison,
        sources=find_usable_sources(district, school_id=school_id, settings=settings, comparison=comparison),
    )
    return (
        find_chronic_absence(asked),
        find_attendance(asked),
        find_referrals(asked),
        find_referral_spread(asked),
        find_referral_views(asked),
        find_scales(asked),
        find_several_domains(asked),
        find_disproportion(asked),
    )
