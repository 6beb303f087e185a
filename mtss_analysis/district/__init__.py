"""The district's tables: what they must hold, reading them, and checking them."""

from mtss_analysis.district.check import check_folder
from mtss_analysis.district.district import District, open_district
from mtss_analysis.district.hashes import hash_slice
from mtss_analysis.district.problems import Problem, count_errors, describe_problems, write_problems_csv
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import Field, ForeignKey, TableSchema, read_schema, table_names
from mtss_analysis.district.state import State, open_state
from mtss_analysis.district.years import find_school_year

__all__ = [
    "District",
    "Field",
    "ForeignKey",
    "Problem",
    "State",
    "TableSchema",
    "check_folder",
    "count_errors",
    "describe_problems",
    "find_school_year",
    "hash_slice",
    "open_district",
    "open_state",
    "read_schema",
    "read_table",
    "table_names",
    "write_problems_csv",
]
