"""Random streams by name: what one table draws changes nothing in another."""

import hashlib

import numpy as np


def open_stream(seed: int, *names: str | int) -> np.random.Generator:
    """Open the random stream that belongs to a seed and a name.

    Parameters
    ----------
    seed : int
        Seed of the whole simulation.
    *names : str or int
        What is drawn, such as ``"screenings", school_id``; other names give an independent stream.

    Returns
    -------
    numpy.random.Generator
        Always the same for the same seed and names, on every machine.
    """
    digest = hashlib.sha256("\x1f".join(str(name) for name in names).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence([seed, *np.frombuffer(digest[:16], dtype=np.uint32).tolist()]))
