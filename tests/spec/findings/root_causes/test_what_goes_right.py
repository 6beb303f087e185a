"""Schools clearly above others like them, and in what they differ."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.overview.stand import HIGHER, WITHIN
from mtss_analysis.findings.root_causes.cause_finding import find_causes
from mtss_analysis.findings.root_causes.concerns import CONCERN_COLUMNS
from mtss_analysis.findings.root_causes.deviant_finding import find_what_goes_right
from mtss_analysis.findings.root_causes.deviants import compare_deviants
from mtss_analysis.findings.root_causes.school_values import mask_hidden
from mtss_analysis.findings.root_causes.stand_outs import STAND_OUT_COLUMNS
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.show import check_sentence

READING = Indicator(measure="reading", window="spring", domain="reading", label="reading", unit="points")
SETTINGS = Settings(indicators=(READING,), population="district")
SCHOOLS = [str(at) for at in range(8)]


class FakeDistrict:
    """A district of eight schools."""

    district_id = "D"
    district_name = "Drawn"

    def school_name(self, school_id):
        """Name a school."""
        return f"School {school_id}"


def values(*, first=95.0, error=3.0, measure="implementation:feedback", status="ok"):
    """Values of eight schools, the first apart."""
    return pd.DataFrame(
        {
            "measure": measure, "district_id": "D", "school_id": SCHOOLS,
            "value": [first, *np.linspace(66, 74, 7)], "std_error": error, "df": 20.0, "n": 100.0,
            "n_clusters": 21.0, "status": status,
        }
    )  # fmt: skip


def compare(school_values, *, above=("0",)):
    """A comparison in which some schools stand above the others in reading."""
    fair = pd.DataFrame(
        {
            "district_id": "D", "school_id": SCHOOLS, "measure": "reading", "shrunken": 0.5, "shrunken_low": 0.2,
            "shrunken_high": 0.8, "q_value": 0.01,
            "verdict": [HIGHER if one in above else WITHIN for one in SCHOOLS],
        }
    )  # fmt: skip
    frames = {
        "fair": fair,
        "cause_trends": pd.DataFrame(columns=list(CONCERN_COLUMNS)),
        "school_values": school_values,
        "stand_outs": pd.DataFrame(columns=list(STAND_OUT_COLUMNS)),
    }
    frames |= compare_deviants(Comparison(frames=frames), levels={}, settings=SETTINGS)
    return Comparison(frames=frames)


def find(comparison, *, school_id="0"):
    """What goes right in a school."""
    return find_what_goes_right(FakeDistrict(), school_id=school_id, settings=SETTINGS, comparison=comparison)


def test_a_school_above_others_is_named_with_what_tells_it_apart():
    """A practice 25 points above the median with an error of 3 is said, and is better."""
    comparison = compare(values())
    (row,) = comparison.frame("deviant_differences").to_dict("records")
    assert (row["told"], row["better"], row["difference"]) == (True, True, pytest.approx(95 - 70))
    said = find(comparison).sentence()
    assert "stands above schools like it in reading" in said
    assert "feedback in 95 of every 100 observed lessons, 25 more" in said


def test_nothing_that_was_counted_is_an_answer():
    """Where nothing is told apart, that is said."""
    assert "Nothing that was counted tells this school apart" in find(compare(values(first=71.0))).sentence()


def test_another_school_is_told_where_it_can_be_seen():
    """A school that is not above others reads of one that is, by name, and of what is better there alone."""
    said = find(compare(values()), school_id="3").sentence()
    assert said.startswith("This school is not clearly above comparable ones in any indicator. Elsewhere")
    assert "School 0 stands above" in said
    worse = find(compare(values(first=20.0)), school_id="3").sentence()
    assert "nothing that was counted tells it apart for the better" in worse


def test_no_school_above_others_is_an_answer():
    """Where no school stands above others nothing is compared."""
    comparison = compare(values(), above=())
    assert comparison.frame("deviants").empty
    assert "No other school of the district is clearly above others like it" in find(comparison).sentence()
    (record,) = find(comparison).records()
    assert record.verdict == "none"


def test_what_may_not_be_printed_is_not_compared():
    """Withheld values of a school above others make no difference to be printed."""
    hidden = values()
    hidden["status"] = hidden["status"].mask(hidden["school_id"] == "0", "hidden")
    masked = mask_hidden(hidden)
    assert masked.loc[masked["school_id"] == "0", "value"].isna().all()
    assert compare(masked).frame("deviant_differences").empty


def test_a_run_without_declared_causes_says_so_in_one_sentence():
    """Where nothing was counted either, the chapter says that none was declared, and nothing else."""
    nothing = compare(values().iloc[:0])
    (finding,) = find_causes(FakeDistrict(), school_id="0", settings=SETTINGS, comparison=nothing)
    assert finding.sentence().startswith("The run file declares no candidate root cause")
    assert finding.sentence().count(".") == 1
    assert (finding.table(), finding.records()) == (None, ())


def test_what_is_said_keeps_to_the_words_of_the_packet():
    """No sentence claims that one thing brings about another, or prints a missing value."""
    for comparison in (compare(values()), compare(values(first=71.0)), compare(values(), above=())):
        for school_id in ("0", "3"):
            finding = find(comparison, school_id=school_id)
            for text in (finding.sentence(), *finding.caveats()):
                assert check_sentence(text) == []
