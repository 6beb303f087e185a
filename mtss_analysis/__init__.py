"""Analysis and reporting kit for multi-tiered systems of support (MTSS) in school districts."""

__version__ = "0.1.0"
