"""Text columns from codes, as the tables hold them, without a Python object a row."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

TEXT = pd.StringDtype(na_value=np.nan)


def write_text(labels: Sequence[str] | pa.Array, codes: npt.NDArray[np.int64]) -> pd.api.extensions.ExtensionArray:
    """Write labels by their codes.

    Parameters
    ----------
    labels : sequence of str or pyarrow string array
        What the codes stand for.
    codes : (n,) int array
        Positions in ``labels``; −1 is missing.

    Returns
    -------
    (n,) array of str
        As ``read_table`` gives text.
    """
    words = labels if isinstance(labels, pa.Array) else pa.array(labels, pa.string())
    taken = words.take(pa.array(codes, mask=codes < 0))
    return TEXT.construct_array_type()(pa.chunked_array([taken]), dtype=TEXT)  # type: ignore[call-arg]


def repeat_text(label: str, count: int) -> pd.api.extensions.ExtensionArray:
    """Write the same text in every row."""
    return write_text([label], np.zeros(count, dtype=np.int64))


def write_dates(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
    """Give days the type that tables have; missing stays missing."""
    return days.astype("datetime64[us]")
