"""Mapping files: YAML that says how an export becomes rows of the district's tables, read and checked."""

from mtss_analysis.parameters.mapping_files.reading import find_mapping_file, list_mappings, read_mapping

__all__ = ["find_mapping_file", "list_mappings", "read_mapping"]
