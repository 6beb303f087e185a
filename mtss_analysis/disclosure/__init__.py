"""What may be published: profiles, withheld counts and shares, and the attack that proves them safe."""

from mtss_analysis.disclosure.audit import AuditResult, audit
from mtss_analysis.disclosure.gate import check_counts
from mtss_analysis.disclosure.ids import IdScanner, check_files
from mtss_analysis.disclosure.linked_shares import protect_shares
from mtss_analysis.disclosure.mark import WITHHELD_MARK, WITHHELD_NOTE, WITHHELD_WORD
from mtss_analysis.disclosure.profiles import PROFILES, Profile, ShareBand, get_profile
from mtss_analysis.disclosure.relations import Relation, relations_by
from mtss_analysis.disclosure.shares import CodedShare, code_share
from mtss_analysis.disclosure.suppression import CountStatus, join_statuses, protect_counts

__all__ = [
    "PROFILES",
    "WITHHELD_MARK",
    "WITHHELD_NOTE",
    "WITHHELD_WORD",
    "AuditResult",
    "CodedShare",
    "CountStatus",
    "IdScanner",
    "Profile",
    "Relation",
    "ShareBand",
    "audit",
    "check_counts",
    "check_files",
    "code_share",
    "get_profile",
    "join_statuses",
    "protect_counts",
    "protect_shares",
    "relations_by",
]
