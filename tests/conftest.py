"""What holds for all tests: numerics at one thread, and the same examples in every run."""

from mtss_analysis.packet.threads import use_one_thread

use_one_thread()  # before any test imports numpy

from hypothesis import settings  # noqa: E402  # see above

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")
