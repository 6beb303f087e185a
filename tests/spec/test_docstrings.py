"""Public functions say what they take, give and raise, in numpydoc's form."""

import importlib
import inspect

import pytest

validate = pytest.importorskip("numpydoc.validate").validate

PACKAGES = (
    "mtss_analysis.disclosure",
    "mtss_analysis.district",
    "mtss_analysis.measures",
    "mtss_analysis.stats",
    "mtss_analysis.parameters",
    "mtss_analysis.findings.comparison",
    "mtss_analysis.findings.frames",
    "mtss_analysis.findings.layout",
    "mtss_analysis.findings.page_one",
    "mtss_analysis.findings.trends.chapter",
    "mtss_analysis.findings.root_causes.chapter",
    "mtss_analysis.findings.effects.chapter",
    "mtss_analysis.findings.data_quality.chapter",
    "mtss_analysis.findings.overview.chapter",
    "mtss_analysis.district.imports",
    "mtss_analysis.district.simulate",
    "mtss_analysis.parameters.mapping_files",
)
# No docstring, a parameter missing or unknown, no type, no Returns, no full stop after the summary.
RULES = {"GL08", "PR01", "PR02", "PR04", "RT01", "SS03"}


def list_public_functions():
    """List the functions that packages hand out, by the module in which they are written."""
    found = {}
    for package in PACKAGES:
        module = importlib.import_module(package)
        names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
        for name in names:
            thing = getattr(module, name)
            if inspect.isfunction(thing) and thing.__module__.startswith("mtss_analysis"):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return sorted(found)


@pytest.mark.parametrize("name", list_public_functions())
def test_docstring_matches_the_function(name):
    """Every parameter of a public function is described with its type, and so is what it gives."""
    errors = [f"{code}: {text}" for code, text in validate(name)["errors"] if code in RULES]
    assert errors == []
