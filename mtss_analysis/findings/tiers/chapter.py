"""What the sections on tiers are made of."""

from mtss_analysis.findings.tiers.exit_finding import find_tier_exits
from mtss_analysis.findings.tiers.grade_finding import find_grade_support
from mtss_analysis.findings.tiers.growth_finding import find_tier_growth
from mtss_analysis.findings.tiers.move_finding import find_tier_moves
from mtss_analysis.findings.tiers.share_finding import find_tier_shares
from mtss_analysis.findings.tiers.time_finding import find_tier_times

__all__ = [
    "find_grade_support",
    "find_tier_exits",
    "find_tier_growth",
    "find_tier_moves",
    "find_tier_shares",
    "find_tier_times",
]
