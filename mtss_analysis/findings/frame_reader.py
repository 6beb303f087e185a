"""What a comparison can do for those who are themselves a part of it."""

from typing import Protocol

import pandas as pd


class FrameReader(Protocol):
    """Gives frames by name, as :class:`mtss_analysis.findings.comparison.Comparison` does."""

    def frame(self, name: str) -> pd.DataFrame:
        """Give a frame; ``KeyError`` if there is none of that name."""
