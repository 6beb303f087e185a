"""The run file: what a run asks for, read and checked before any notebook starts."""

from typing import TYPE_CHECKING

from mtss_analysis.parameters.reading import read_run_file
from mtss_analysis.parameters.run_file import RunFile

if TYPE_CHECKING:
    from mtss_analysis.parameters.analysis import Analysis, open_analysis
    from mtss_analysis.parameters.overview import Overview, open_overview, open_records

__all__ = ["Analysis", "Overview", "RunFile", "open_analysis", "open_overview", "open_records", "read_run_file"]


def __getattr__(name: str) -> object:
    """Import what needs pandas only when it is asked for: reading a run file does not."""
    if name in {"Analysis", "open_analysis"}:
        from mtss_analysis.parameters import analysis  # noqa: PLC0415 - as the docstring says

        return getattr(analysis, name)
    if name in {"Overview", "open_overview", "open_records"}:
        from mtss_analysis.parameters import overview  # noqa: PLC0415 - as the docstring says

        return getattr(overview, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
