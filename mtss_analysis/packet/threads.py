"""Numerics at one thread: schools are worked on side by side, and sums in one order give the same bytes."""

import os
from collections.abc import Mapping
from types import MappingProxyType

ONE_THREAD: Mapping[str, str] = MappingProxyType(
    {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",
        "NUMEXPR_NUM_THREADS": "1",
    }
)
"""Environment of every process that computes. It counts only where it is set before numpy is imported."""


def use_one_thread() -> None:
    """Set the environment of this process and of those it starts; to be called before numpy is imported."""
    os.environ.update(ONE_THREAD)
