"""Rows of a frame, with their values by name."""

from types import SimpleNamespace

import pandas as pd


def list_rows(frame: pd.DataFrame) -> list[SimpleNamespace]:
    """Give the rows of a frame with their values by name.

    Parameters
    ----------
    frame : DataFrame
        Its columns have names that Python can write.

    Returns
    -------
    list of SimpleNamespace
        In the order of the rows.
    """
    return [SimpleNamespace(**{str(name): value for name, value in row.items()}) for row in frame.to_dict("records")]
