"""The findings that a goal may answer, what each is about, and the table in which a packet shows it."""

from collections.abc import Mapping
from typing import Literal

About = Literal["measure", "practice", "cause", "other"]

_BY_TABLE: Mapping[tuple[About, str], str] = {
    ("measure", "levels-{measure}"): "mean_score mean_standing",
    ("measure", "below-{measure}"): "share_below_cut",
    ("measure", "gaps-{measure}"): "gap",
    ("measure", "gap-change-{measure}"): "steady_gap steady_gap_change",
    ("measure", "growth-{measure}"): "growth growth_elsewhere growth_excess",
    ("measure", "mix-{measure}"): "mix_total mix_mix mix_rate",
    ("measure", "tier-growth-{measure}"): "tier_path_growth",
    ("measure", "trend-list"): "trend trend_shrunken",
    ("measure", "shared-trends"): "trend_shared",
    ("measure", "factors"): (
        "factor_added factor_category factor_category_change factor_change factor_change_added "
        "factor_change_category factor_change_held_out factor_change_share factor_held_out factor_leaf "
        "factor_leaf_change factor_leaf_held_out factor_share factor_together"
    ),
    ("measure", "mix-and-rate"): "change_total change_mix change_rate",
    ("measure", "variance"): "variance_share",
    ("measure", "fair-{measure}"): (
        "mean_as_it_is mean_like_for_like mean_like_for_like_shrunken likely_places schools_average "
        "spread_between_schools change_of_school difference_by_year_of_implementation"
    ),
    ("practice", "practice-after-training"): (
        "practice_breakdown practice_break practice_cut practice_drop practice_share practice_share_by_period "
        "practice_share_by_week practice_share_of_school"
    ),
    ("practice", "practice-retention"): "practice_still_seen",
    ("practice", "who-was-observed"): "trained_not_observed",
    ("practice", "experience-and-support"): (
        "drop_difference experience_support_overlap missing_contrast teachers_by_experience_and_support"
    ),
    ("cause", "root-cause-seen"): "root_cause_seen",
    ("cause", "root-cause-trends"): "root_cause_of_trends trend_beside_root_cause",
    ("other", "screened"): "share_screened",
    ("other", "chronic-absence"): "chronic_absence",
    ("other", "attendance-months"): "attendance_rate attendance_rate_change",
    ("other", "referral-months"): "referral_rate referral_rate_change",
    ("other", "referral-spread"): "referral_spread",
    ("other", "referral-views"): "referral_view referrals_by_most_referring_tenth",
    ("other", "scales"): "scale_low scale_mean",
    ("other", "several-domains"): "students_at_risk",
    ("other", "risk-ratios"): "risk_ratio alternate_risk_ratio",
    ("other", "connections"): "connection_across connection_within",
    ("other", "tiers"): "tier_share tier_share_best tier_share_worst tier_not_screened",
    ("other", "tier-grades"): "tier_share_by_grade tier_classrooms_differ",
    ("other", "tier-moves"): "tier_move tier_entry_rate tier_escalation_rate tier_relapse_rate",
    ("other", "tier-exits"): "tier_exit_rate",
    ("other", "tier-times"): "tier_time",
    ("other", "standing-out"): "classroom_stands_out grade_stands_out units_standing_out",
    ("other", "what-differs"): "positive_deviant deviant_difference",
    ("other", "fidelity-parts"): "fidelity observer_agreement observer_drift",
    ("other", "probes"): "probes_given series_ready",
    ("other", "consistency"): "consistency",
    ("other", "staff-survey"): "staff_scale response_rate scale_reliability",
    ("other", "coaching"): "coaching_dose coaching_hours",
    ("other", "caseload"): (
        "caseload positions_to_median_caseload return_by_caseload return_to_tier_1 students_in_support_per_position"
    ),
    ("other", ""): (
        "attrition_differential attrition_overall cost_per_effect cost_per_student delivery_dose delivery_fidelity "
        "design_effect design_effect_other design_effect_own design_effect_shrunken design_effect_size "
        "design_effect_size_other design_meta_mean design_prediction design_wild effect_own effect_pooled "
        "effect_shrunken effect_size_pooled expected_gain improvement_index progress_decision_ready "
        "progress_dual_discrepancy progress_error_four_points progress_error_median_of_three "
        "progress_error_trend_line progress_goal_slope progress_rule_four_points progress_rule_median_of_three "
        "progress_rule_trend_line progress_slope subgroup_difference typical_growth worthwhile_probability"
    ),
}

ABOUT: Mapping[str, About] = {name: about for (about, _), names in _BY_TABLE.items() for name in names.split()}
"""Every finding that a goal may answer, and what the second part of its id is: a measure of screenings or what else
trends are followed of, a practice of the walkthroughs, a root cause (or what shows it), or something else. The plan's
own findings, and what says only how a packet was made, are not among them: no goal answers them."""

TABLES: Mapping[str, str] = {name: table for (_, table), names in _BY_TABLE.items() for name in names.split() if table}
"""The table of a packet in which a finding stands; ``{measure}`` stands for the measure."""

FINDING_NAMES = frozenset(ABOUT)
