"""Exports of vendors and student information systems become rows of the district's tables, as mappings say."""

from mtss_analysis.district.imports.importing import import_export
from mtss_analysis.district.imports.mapping import Mapping
from mtss_analysis.district.imports.report import ImportResult, describe_import, write_report

__all__ = ["ImportResult", "Mapping", "describe_import", "import_export", "write_report"]
