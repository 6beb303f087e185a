"""Plans written as YAML, one file for each school and one for the district: where they lie, and their rows."""

from mtss_analysis.district.plan_files.places import DISTRICT, FOLDER, SUFFIX, TABLES, find_plans, name_plan
from mtss_analysis.district.plan_files.reading import PlanFile, read_plan_file
from mtss_analysis.district.plan_files.shape import PlanProblem

__all__ = [
    "DISTRICT",
    "FOLDER",
    "SUFFIX",
    "TABLES",
    "PlanFile",
    "PlanProblem",
    "find_plans",
    "name_plan",
    "read_plan_file",
]
