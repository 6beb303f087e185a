"""A limit on the memory of one notebook, so that a runaway computation ends by itself and takes nothing with it."""

import resource
import sys
from collections.abc import Mapping

VARIABLE = "MTSS_NOTEBOOK_MEMORY_MB"
"""Environment variable that tells a notebook's process its limit."""


def limit_memory(environment: Mapping[str, str]) -> None:
    """Limit what this process may allocate, as the environment says.

    The limit counts what a process allocates for itself (RLIMIT_DATA, Linux 4.7 or newer); files that are mapped
    into memory, as Arrow does, do not count. Elsewhere the system does not enforce it, and nothing is done.

    Parameters
    ----------
    environment : mapping of str to str
        ``MTSS_NOTEBOOK_MEMORY_MB``: megabytes (2²⁰ bytes); absent or 0: no limit.
    """
    megabytes = int(environment.get(VARIABLE, "0") or "0")
    if megabytes and sys.platform == "linux":
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = megabytes << 20
        resource.setrlimit(
            resource.RLIMIT_DATA, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most)
        )
