"""``python -m mtss_analysis.cli`` is ``mtss``."""

from mtss_analysis.cli import main

main()
