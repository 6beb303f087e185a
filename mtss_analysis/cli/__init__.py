"""The command ``mtss``: parses arguments, calls what does the work, turns errors into exit codes.

What needs pandas, papermill or a renderer is imported by the command that uses it: ``mtss --help`` answers at once.
"""

from mtss_analysis.cli import data, imports, merge, plan, runs, simulate
from mtss_analysis.cli.app import app
from mtss_analysis.cli.main import main

__all__ = ["app", "data", "imports", "main", "merge", "plan", "runs", "simulate"]
