"""Recovery studies: each module registers what it studies; ``benchmarks/recovery.py`` runs them over many seeds."""

import importlib
import pkgutil

from studies.study import STUDIES, Outcome, Study, register

__all__ = ["STUDIES", "Outcome", "Study", "load_studies", "register"]


def load_studies() -> dict[str, Study]:
    """Import every module of this folder, so that its studies are registered, and return them by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(STUDIES.items()))
