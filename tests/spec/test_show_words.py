"""The fixed words of certainty, and the check that prose keeps to them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtss_analysis.show import (
    CERTAINTY_PHRASES,
    CERTAINTY_WORDS,
    cannot_say,
    certainty,
    check_sentence,
    direction,
    likely_between,
)


def test_words_cover_every_probability_once():
    """The words of certainty follow each other without gap or overlap from 0 to 1."""
    assert CERTAINTY_WORDS[-1].low == 0
    assert CERTAINTY_WORDS[0].high > 1
    for upper, lower in pairwise(CERTAINTY_WORDS):
        assert upper.low == lower.high


def test_words_are_symmetric():
    """A statement and its opposite get words from the same distance to either end."""
    edges = [word.low for word in CERTAINTY_WORDS[:-1]]
    assert sorted(edges) == pytest.approx(sorted(1 - edge for edge in edges))


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (1.0, "almost certain"),
        (0.99, "almost certain"),
        (0.95, "likely"),
        (0.90, "likely"),
        (0.75, "more likely than not"),
        (0.50, "about as likely as not"),
        (0.25, "less likely than not"),
        (0.05, "unlikely"),
        (0.0, "almost ruled out"),
        (None, "cannot say"),
    ],
)
def test_certainty(probability, word):
    """A probability has one word."""
    assert certainty(probability) == word


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_certainty_refuses_what_is_no_probability(probability):
    """A number that is no probability is refused rather than worded."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        certainty(probability)


def test_words_say_their_numbers():
    """Each word says the numbers it stands for."""
    meanings = [word.meaning() for word in CERTAINTY_WORDS]
    assert meanings[0] == "99 in 100 or more"
    assert meanings[1] == "90 to 99 in 100"
    assert meanings[-1] == "less than 1 in 100"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"low": 0.5, "high": 3.0}, "rose"),
        ({"low": -3.0, "high": -0.5}, "fell"),
        ({"low": -1.0, "high": 2.0}, "cannot tell"),
        ({"low": 0.0, "high": 2.0}, "cannot tell"),
        ({"low": None, "high": None}, "cannot tell"),
        ({"low": 0.5, "high": 3.0, "q": 0.2}, "cannot tell"),
        ({"low": 0.5, "high": 3.0, "q": 0.01}, "rose"),
        ({"low": -0.4, "high": 0.8, "negligible": 1.0}, "stayed about the same"),
        ({"low": -0.4, "high": 1.8, "negligible": 1.0}, "cannot tell"),
        ({"low": 0.2, "high": 0.8, "negligible": 1.0}, "stayed about the same"),
        ({"low": 0.2, "high": 1.8, "negligible": 1.0}, "rose"),
    ],
)
def test_direction(arguments, expected):
    """A direction is said only where the whole interval, and the false-discovery control, allow it."""
    assert direction(**arguments) == expected


@given(low=st.floats(-10, 10), width=st.floats(0, 10))
def test_direction_turns_with_the_sign(low, width):
    """Turning an interval round zero turns the direction."""
    turned = {"rose": "fell", "fell": "rose"}
    said = direction(low=low, high=low + width)
    assert direction(low=-(low + width), high=-low) == turned.get(said, said)


def test_likely_between():
    """A likely range is worded with the digits of its width, and its absence is said."""
    assert likely_between(low=48.9, high=63.2) == "likely between 49 and 63"
    assert likely_between(low=1.2, high=6.4, unit="points") == "likely between 1 and 6 points"
    assert likely_between(low=None, high=None) == "likely range not known"


def test_cannot_say_is_a_sentence_that_passes():
    """What cannot be told is a whole sentence that keeps to the rules."""
    sentence = cannot_say("whether attendance changed", reason="the difference is within what chance produces")
    assert sentence.startswith("We cannot say whether attendance changed: ")
    assert check_sentence(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "In spring 2026, 56 of every 100 third-graders met the benchmark (likely between 49 and 63).",
        "None of the 12 schools differs from the others.",
        "Scores fell by 3.2 points (−5.1 to −1.3) from 1985–86 to 1986-87; see @fig-trend.",
        "The change was −0.05 standard deviations.",
        "False discoveries are controlled within each family of findings.",
        "Possible root causes stand in the next chapter.",
        "What do you see?",
        "**We cannot tell.**",
        "Students aged 5-6 gained 11 points in 1 school and 21 points in 21 schools.",
    ],
)
def test_plain_sentences_pass(sentence):
    """A sentence that says number, comparison and certainty in everyday words has nothing against it."""
    assert check_sentence(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("The change was statistically significant.", "significant"),
        ("An insignificant change.", "insignificant"),
        ("Coaching leads to higher scores.", "leads to"),
        ("Coaching led to higher scores.", "led to"),
        ("This was caused by absence.", "caused"),
        ("Absence causes low scores.", "causes"),
        ("The trial proves it.", "proves"),
        ("Scores differ (p < 0.05).", "p-values"),
        ("The p-value is small.", "p-values"),
        ("The mean is nan.", "missing value"),
        ("The mean is None.", "missing value"),
        ("The mean is <NA> here.", "missing value"),
        ("The mean is {mean:.1f}.", "placeholder"),
        ("Two  spaces.", "double space"),
        ("A space .", "space before punctuation"),
        ("Two stops..", "doubled"),
        ("It changed by -3 points.", "minus sign"),
        ("It changed by −0.0 points.", "minus zero"),
        ("It is 0.12345 points.", "too many digits"),
        ("There is 1 students.", "plural of one"),
        ("No full stop", "no full stop"),
        ("small letter first.", "capital"),
        ("A bracket (is open.", "bracket"),
        ("White space at the end. ", "white space"),
        ("A failing school.", "no praise, no blame"),
        ("  ", "empty"),
    ],
)
def test_forbidden_words_are_found(sentence, complaint):
    """Every rule of the house for sentences refuses the sentence that breaks it."""
    assert any(complaint in found for found in check_sentence(sentence))


def test_fixed_phrases_are_for_printing():
    """Every fixed phrase has an explanation that itself keeps to the rules."""
    for phrase, meaning in CERTAINTY_PHRASES:
        assert check_sentence(f"{phrase[0].upper()}{phrase[1:]} means {meaning}.") == []
