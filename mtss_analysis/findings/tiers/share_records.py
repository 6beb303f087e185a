"""The published numbers on tiers of one window."""

from collections.abc import Iterator

from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import SUPPORTED
from mtss_analysis.findings.tiers.own import TierShare, TierWindow
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.tiers import NOT_SCREENED, TIERS

METHOD = "share of students with a known tier, modified Wilson interval"
TOO_FEW = "too few students to print"


def record_window(window: TierWindow, *, school: School, scope: str, settings: Settings) -> Iterator[Record]:
    """Write the records of one window: each tier's share, its bounds, and who was not screened.

    Parameters
    ----------
    window : TierWindow
        The window.
    school : School
        Which school.
    scope : str
        ``overall`` or a domain; it stands in ``domain``.
    settings : Settings
        The guide, which stands in ``design``.

    Yields
    ------
    Record
        ``tier_share``, ``tier_share_worst`` and ``tier_share_best`` with ``measure`` such as ``tier_1_spring``, and
        ``tier_not_screened``.
    """
    for tier in (*TIERS, SUPPORTED):
        share = window.shares[tier]
        measure = f"tier_{tier}_{window.window}"
        yield _record_share(window, share=share, school=school, scope=scope, measure=measure, settings=settings)
        for end, value in (("worst", share.worst), ("best", share.best)):
            withheld = share.share is None or value is None
            yield Record(
                finding=f"tier_share_{end}",
                requirement="R1",
                district_id=school.district_id,
                school_id=school.school_id,
                school_year=window.school_year,
                domain=scope,
                measure=measure,
                grade=ALL,
                group=ALL,
                method="bound: none or all of those not screened in the tier; at least the disclosure minimum less one",
                design=f"guide {settings.tiers.guide}",
                estimate=None if withheld else value,
                unit="percent",
                n=None if withheld else window.n_known,
                status="withheld" if withheld else "ok",
                reason=TOO_FEW if withheld else None,
            )
    n_all = window.n_all
    yield Record(
        finding="tier_not_screened",
        requirement="R1",
        district_id=school.district_id,
        school_id=school.school_id,
        school_year=window.school_year,
        domain=scope,
        measure=f"{NOT_SCREENED}_{window.window}",
        grade=ALL,
        group=ALL,
        method="share of enrolled students without a known tier",
        design="descriptive",
        estimate=None if n_all is None else 100 * (window.n_not_screened or 0) / n_all,
        unit="percent",
        n=n_all,
        status="withheld" if n_all is None else "ok",
        reason=TOO_FEW if n_all is None else None,
    )


def _record_share(
    window: TierWindow, *, share: TierShare, school: School, scope: str, measure: str, settings: Settings
) -> Record:
    value = share.share
    return Record(
        finding="tier_share",
        requirement="R1",
        district_id=school.district_id,
        school_id=school.school_id,
        school_year=window.school_year,
        domain=scope,
        measure=measure,
        grade=ALL,
        group=ALL,
        method=METHOD,
        design=f"guide {settings.tiers.guide}",
        estimate=value.estimate if value else None,
        unit="percent",
        ci_low=value.ci_low if value else None,
        ci_high=value.ci_high if value else None,
        ci_level=value.ci_level if value else None,
        n=window.n_known if value else None,
        verdict=share.verdict if value else None,
        status="ok" if value else "withheld",
        reason=None if value else TOO_FEW,
    )
