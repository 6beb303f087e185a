"""Check the rules that a table's schema declares beyond the type of its cells."""

from collections.abc import Iterator, Mapping

from mtss_analysis.district import check_dates, check_people, check_plan, check_plan_order, check_spells, check_values
from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.table_rows import RuleCheck, TableRows

# Families of rules; a schema file names one of them in each entry of its list `rules`.
FAMILIES: Mapping[str, RuleCheck] = {
    "order": check_values.find_larger,
    "constant_within": check_values.find_deviating,
    "outlier": check_values.find_outliers,
    "varies": check_values.find_constant,
    "filled": check_values.find_empty_columns,
    "in_year": check_dates.find_outside_year,
    "known_year": check_dates.find_unknown_years,
    "plausible_year": check_dates.find_implausible_years,
    "month_in_year": check_dates.find_months_outside_year,
    "month_length": check_dates.find_too_many_days,
    "far_from_window": check_dates.find_far_from_window,
    "window_order": check_dates.find_windows_out_of_order,
    "overlap": check_spells.find_overlaps,
    "same_day": check_spells.find_same_days,
    "tier_skipped": check_spells.find_skipped_tiers,
    "grade_falls": check_spells.find_falling_grades,
    "grade_jumps": check_spells.find_jumping_grades,
    "employed": check_people.find_not_employed,
    "not_enrolled": check_people.find_not_enrolled,
    "not_instructional": check_people.find_days_without_school,
    "without_service": check_people.find_without_service,
    "negative": check_plan.find_negative,
    "several": check_plan.find_several,
    "words": check_plan.find_other_words,
    "known": check_plan.find_unknown,
    "indicator": check_plan.find_unknown_indicators,
    "statistic": check_plan.find_other_statistics,
    "student_group": check_plan.find_unknown_groups,
    "year_text": check_plan.find_other_years,
    "milestones": check_plan.find_unreadable_milestones,
    "circular": check_plan_order.find_circles,
    "before_plan": check_plan_order.find_before_plan,
    "year_order": check_plan_order.find_years_out_of_order,
}


def check_rules(rows: TableRows, *, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Check all rules of a table beyond its cells, keys and links.

    Parameters
    ----------
    rows : TableRows
        The table; at least one row.
    tables : mapping of str to TableRows
        All tables that are there. A rule that needs one that is not there, or a column that is not there, finds
        nothing.

    Yields
    ------
    ProblemKind
        In the order of the rules, then of the files.
    """
    for rule in rows.schema.rules:
        yield from FAMILIES[rule.kind](rows, rule, tables)
