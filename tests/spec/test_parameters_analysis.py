"""A notebook's parameters are checked before anything is opened."""

import pytest

from mtss_analysis.errors import ParameterError
from mtss_analysis.parameters import open_analysis

GIVEN = {"run_file": "star.yml", "district_id": "11", "school_id": "14", "comparison_folder": ""}


@pytest.mark.parametrize("name", list(GIVEN))
@pytest.mark.parametrize("value", [12, False, None, ["14"]])
def test_what_is_not_text_is_refused(name, value):
    """A number, truth value or list in the place of text is refused, naming the parameter."""
    with pytest.raises(ParameterError, match=f"{name} is .*, which is not text"):
        open_analysis(**GIVEN | {name: value})


@pytest.mark.parametrize("name", ["run_file", "district_id", "school_id"])
def test_what_is_empty_is_refused(name):
    """A parameter without a value is refused."""
    with pytest.raises(ParameterError, match=f"{name} is empty"):
        open_analysis(**GIVEN | {name: ""})
