"""Load what notebooks use and pay for its first use, leaving every option as it was."""

import builtins
import contextlib
import importlib
import pkgutil
import random
import warnings
from collections.abc import Iterator
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np

# pyplot chooses no backend until a figure is asked for, so every notebook still chooses its own.
_LIBRARIES = (
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.crashhandler",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.display",
    "PIL.PngImagePlugin",
    "matplotlib.pyplot",
    "mtss_analysis.parameters.analysis",
    "mtss_analysis.parameters.overview",
    "mtss_analysis.show.charts",
    "mtss_analysis.stats",
    "pandas.core.arrays.arrow.extension_types",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "scipy.optimize",
    "scipy.stats",
    "sqlite3",
)


def warm_up() -> None:
    """Import the libraries and the findings, draw a figure and fit a model that nobody sees.

    What cannot be imported is left out: a notebook that needs it then fails with the reason.
    """
    with _as_in_a_notebook():
        importlib.import_module("pandas")
    package = importlib.import_module("mtss_analysis.findings")
    findings = pkgutil.walk_packages(package.__path__, "mtss_analysis.findings.", onerror=_leave_out)
    for name in (*_LIBRARIES, *(module.name for module in findings)):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    with _keep_options(), contextlib.suppress(Exception):
        _draw_and_fit()


def _leave_out(_name: str) -> None:
    """Go on after a package that cannot be imported."""


@contextlib.contextmanager
def _as_in_a_notebook() -> Iterator[None]:
    """Let pandas, which looks once, find a notebook: in a terminal it would fit tables to the window."""
    vars(builtins)["get_ipython"] = lambda: SimpleNamespace(kernel=None)
    try:
        yield
    finally:
        del vars(builtins)["get_ipython"]


@contextlib.contextmanager
def _keep_options() -> Iterator[None]:
    chance, legacy_chance = random.getstate(), np.random.get_state()  # noqa: NPY002 - both are shared by all code
    with mpl.rc_context(), warnings.catch_warnings():
        yield
    random.setstate(chance)
    np.random.set_state(legacy_chance)  # noqa: NPY002 - see above


def _draw_and_fit() -> None:
    from mtss_analysis.show.charts import (  # noqa: PLC0415 - may be what cannot be imported
        IntervalRow,
        Series,
        draw_intervals,
        draw_spark,
        draw_trend,
    )
    from mtss_analysis.stats import partition_variance  # noqa: PLC0415 - see above

    figure = draw_spark(name="spark", caption="Warming", values=[1.0, 3.0, 2.0], end_label="2")
    figure._repr_mimebundle_()
    # Fonts, bold ones too, and markers are loaded when they are first drawn.
    rows = [IntervalRow(label="Warming", heading=True), IntervalRow(label="Row", estimate=0.0, low=-1.0, high=1.0)]
    draw_intervals(name="rows", caption="Warming", rows=rows, x_label="Warming", less="lower", more="higher")
    lines = [Series(label="This school", role="this_school", values=[1.0, 2.0], low=[0.0, 1.0], high=[2.0, 3.0])]
    draw_trend(name="trend", caption="Warming", series=lines, x_labels=["2024", "2025"], y_label="Warming")
    outcome = np.sin(np.arange(60.0))
    partition_variance(outcome=outcome, levels={"school": np.arange(60) // 10})
