"""Records, names, changes, layout and page one: what is written, and what must never be."""

import json
import math

import pytest

from mtss_analysis.district import District
from mtss_analysis.errors import DataError, ParameterError
from mtss_analysis.findings.changes import say_change
from mtss_analysis.findings.effects.chapter import find_designs, find_effects, find_evidence
from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter
from mtss_analysis.findings.page_one import MOST_CHARACTERS, MOST_INDICATORS, choose_indicators, write_page_one
from mtss_analysis.findings.record import RECORD_FIELDS, Record
from mtss_analysis.findings.root_causes.chapter import find_factors
from mtss_analysis.findings.school import count_units, label_time, name_school, name_time, say_students
from mtss_analysis.show import MTSS_MIME, Figure, Table, check_sentence
from mtss_analysis.stats import Interval

KEYS = {"finding": "mean_score", "requirement": "R6", "district_id": "D1", "school_id": "0012"}


@pytest.mark.parametrize("name", ["estimate", "std_error", "ci_low", "ci_high", "p_value", "q_value"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_record_holds_no_number_that_is_none(name, value):
    """NaN and infinity are refused in every number of a record."""
    with pytest.raises(ValueError, match=name):
        Record(**KEYS, **{name: value})


@pytest.mark.parametrize(
    "numbers", [{"estimate": 1.0}, {"n": 4}, {"ci_low": 0.0}, {"std_error": 0.1}, {"p_value": 0.5}]
)
def test_a_withheld_record_holds_no_number(numbers):
    """A record that is withheld cannot be made with a number in it."""
    with pytest.raises(ValueError, match="withheld"):
        Record(**KEYS, status="withheld", **numbers)


def test_a_record_is_written_in_the_contracts_order_and_as_json():
    """A record has the contract's columns in order, nine digits, and null for what is not there."""
    written = Record(**KEYS, estimate=1 / 3, n=12).to_dict()
    assert tuple(written) == RECORD_FIELDS
    assert written["estimate"] == 0.333333333
    assert json.loads(json.dumps(written, allow_nan=False))["ci_low"] is None


@pytest.mark.parametrize(
    ("window", "named"), [("fall", "fall 1985"), ("winter", "winter 1986"), ("spring", "spring 1986")]
)
def test_a_window_is_named_by_its_calendar_year(window, named):
    """Spring of 1985-86 is spring 1986, fall of it fall 1985; spring of 1999-00 is spring 2000."""
    assert name_time(school_year="1985-86", window=window) == named
    assert name_time(school_year="1999-00", window="spring") == "spring 2000"


def test_students_and_times_are_named_by_their_grades():
    """One grade has its own word, a few are listed, many are students; an axis names the grade if there is one."""
    assert say_students("3") == "third-graders"
    assert say_students("K") == "kindergartners"
    assert say_students("3,4") == "students of grade 3 and grade 4"
    assert say_students("1,2,3,4") == say_students("") == "students"
    assert label_time(school_year="1985-86", grades="K") == "1985–86\nkindergarten"
    assert label_time(school_year="1985-86", grades="1,2") == "1985–86"


@pytest.mark.parametrize(
    ("size", "unit", "said"),
    [
        ("6", "scaled-score points", "6 points"),
        ("1", "points", "1 point"),
        ("−1", "points", "−1 point"),
        ("+1", "words a minute", "+1 word a minute"),
        ("1.0", "points", "1.0 points"),
        ("21", "points", "21 points"),
    ],
)
def test_a_number_of_units(size, unit, said):
    """A number is written with the measure's own unit, one of them in the singular."""
    assert count_units(size, unit=unit) == said


def test_the_name_of_a_school_is_its_latest(ask_state):
    """A school is printed by the name of its latest year, found by the id with its zeros; 12 is not 0012."""

    def rename(tables):
        schools = tables["schools"]
        schools.loc[(schools["school_id"] == "0012") & (schools["school_year"] == "2023-24"), "school_name"] = "New"

    district: District = ask_state(change=rename).state.open_district("D1")
    school = name_school(district, school_id="0012")
    assert (school.school_name, school.district_name, school.school_id) == ("New", "District D1", "0012")
    with pytest.raises(DataError):
        name_school(district, school_id="12")


def _at(estimate: float, *, half: float = 5.0) -> Interval:
    return Interval(estimate=estimate, ci_low=estimate - half, ci_high=estimate + half, ci_level=0.95)


def _say(*series: Interval | None, years: tuple[str, ...] = ("2022-23", "2023-24")) -> str:
    return say_change(series, school_years=years, write=lambda value: f"{value:.0f}%")


def test_a_change_is_told_where_it_is_more_than_noise():
    """Two half-widths of 5 make one of √50 ≈ 7.07: a change of 8 is told, one of 7 is not."""
    assert _say(_at(40), _at(48)) == "up from 40% last year"
    assert _say(_at(48), _at(40)) == "down from 48% last year"
    assert _say(_at(40), _at(47)) == "40% last year, no change beyond noise"


def test_a_change_is_not_told_without_the_year_before():
    """Without a number for this year or the one before nothing is said of a change."""
    assert _say(_at(40), years=("2023-24",)) == ""
    assert _say(None, _at(40)) == _say(_at(40), None) == ""


def test_a_year_further_back_is_not_last_year():
    """Where a year is missing in between, the earlier year is named."""
    assert _say(_at(40), _at(60), years=("2021-22", "2023-24")) == "up from 40% in 2021–22"


def _note(topic: str, at: int, **more: object) -> dict[str, object]:
    return {
        "kind": "kpi", "topic": topic, "measure": "orf", "title": f"{topic} {at}", "number": str(at), "change": "",
        "sentence": f"It was {at}.", "values": [1.0, None, float(at)], "reference": 0.0, "limits": [-2.0, 2.0],
        "what": "a number", **more,
    }  # fmt: skip


def test_page_one_holds_at_most_six_indicators_each_topic_in_its_place():
    """Of many indicators, each topic has its places first, in the order of the topics."""
    offered = [_note(topic, at) for at in range(4) for topic in ("effect", "gap", "below_cut", "standing")]
    chosen = choose_indicators(offered)
    assert len(chosen) == MOST_INDICATORS
    assert [note["title"] for note in chosen] == [
        "standing 0", "standing 1", "below_cut 0", "below_cut 1", "gap 0", "effect 0",
    ]  # fmt: skip


def test_empty_places_are_given_to_what_is_left():
    """Where only one topic is offered, it fills the page; an unknown topic comes last."""
    assert len(choose_indicators([_note("standing", at) for at in range(9)])) == MOST_INDICATORS
    assert [note["topic"] for note in choose_indicators([_note("attendance", 1), _note("gap", 1)])] == [
        "gap",
        "attendance",
    ]
    assert choose_indicators([]) == []
    assert write_page_one([]) == []


def test_page_one_names_at_most_three_trends_or_says_that_there_is_none():
    """Three of four trends are listed; where none goes well, page one says so instead of staying silent."""
    notes = [_note("standing", 1)]
    notes += [{"kind": "attention", "measure": "orf", "sentence": f"Trend {at} fell."} for at in range(4)]
    text, *pictures = write_page_one(notes)
    assert "Trend 2 fell" in text.markdown
    assert "Trend 3 fell" not in text.markdown
    assert "No trend of this school stands out as promising beyond noise." in text.markdown
    assert [picture.name for picture in pictures] == ["at-a-glance-1"]


def test_page_one_lists_one_thing_of_each_topic_before_a_second():
    """What else needs attention stands beside the first of many trends; what is too long is left out."""
    notes = [_note("standing", 1)]
    notes += [{"kind": "attention", "sentence": f"Trend {at} fell."} for at in range(3)]
    notes += [{"kind": "attention", "topic": topic, "sentence": f"{topic} is low."} for topic in ("practice", "cause")]
    listed = write_page_one(notes)[0].markdown.split("What needs attention")[1]
    assert [line for line in listed.splitlines() if line.startswith("- ")] == [
        "- Trend 0 fell.", "- practice is low.", "- cause is low.",
    ]  # fmt: skip
    long = [{"kind": "attention", "topic": "practice", "sentence": "It is low. " * MOST_CHARACTERS}]
    listed = write_page_one([*notes[:2], *long])[0].markdown.split("What needs attention")[1]
    assert [line for line in listed.splitlines() if line.startswith("- ")] == ["- Trend 0 fell."]


def test_long_lists_leave_less_for_the_row_beneath_them():
    """What goes well or needs attention at its fullest leaves less room for what comes next."""
    long, step = "It is low. " * 20, "We meet. " * 12
    notes = [_note("standing", 1)]
    notes += [{"kind": "attention", "topic": str(at), "sentence": f"{at} {long}"} for at in range(3)]
    notes += [{"kind": "next", "sentence": f"{at} {step}"} for at in range(3)]
    attention, coming = (
        write_page_one(notes)[0].markdown.split("What needs attention")[1].split("What we would do next")
    )
    assert [attention.count(f"- {at} ") for at in range(3)] == [1, 1, 1]
    assert [coming.count(f"- {at} ") for at in range(3)] == [1, 1, 1]
    longer = [{"kind": "next", "sentence": f"{at} {step}{step}"} for at in range(3)]
    coming = write_page_one([*notes[:4], *longer])[0].markdown.split("What we would do next")[1]
    assert [coming.count(f"- {at} ") for at in range(3)] == [1, 0, 0]


class _Finding:
    def __init__(self, *caveats: str, answer: str = "") -> None:
        self._caveats, self._answer = caveats, answer

    def heading(self) -> str:
        return "Heading"

    def sentence(self) -> str:
        return "Sentence."

    def answer(self) -> str:
        return self._answer

    def figure(self) -> Figure | None:
        return None

    def table(self) -> Table | None:
        return None

    def caveats(self) -> tuple[str, ...]:
        return self._caveats

    def records(self) -> tuple[Record, ...]:
        return (Record(**KEYS),)

    def notes(self) -> tuple[dict[str, object], ...]:
        return ()


def test_a_caveat_that_findings_share_is_said_once(monkeypatch):
    """Of two findings shown together, the second repeats no caveat of the first, and has no empty list of them."""
    shown = []
    monkeypatch.setattr("mtss_analysis.findings.layout.display", lambda text: shown.append(text.markdown))
    lay_out([_Finding("Both.", "First."), _Finding("Both."), _Finding("Both.", "Third.")])
    together = "\n".join(shown)
    assert together.count("Both.") == 1
    assert together.count("Keep in mind") == 2
    assert "- Third." in together


def test_a_chapter_opens_with_its_answers_and_closes_with_its_records():
    """The opening joins the answers that there are; the records of all findings stand together."""
    findings = [_Finding(answer="One."), _Finding()], _Finding(answer="Two.")
    assert "One. Two." in open_chapter(*findings).markdown
    records = collect_records(*findings)
    assert len(records.records) == 3
    assert MTSS_MIME in records._repr_mimebundle_()


def test_a_school_that_can_be_estimated_alone_is_not_said_to_be_inestimable(ask_state, shape):
    """Where too few schools are there to shrink, the school's own difference is said, as its table shows it."""
    asked = ask_state(shape=shape(districts={"D1": ("0012", "0013")}))
    (found,) = asked.find(find_effects, "0012")
    assert found.years[0].own is not None
    assert found.years[0].shrunken is None
    assert "cannot be estimated" not in found.answer()
    assert "from its own classes alone" in found.answer()


def test_nothing_above_tier_3_is_claimed_of_one_school(ask_state):
    """Every own effect of a school that is published says that one school reaches Tier 3 at most."""
    asked = ask_state()
    (found,) = asked.find(find_effects, "0012")
    own = [record for record in found.records() if record.finding == "effect_own" and record.status == "ok"]
    assert own
    assert {record.verdict for record in own} == {"ESSA Tier 3 at most: one school"}
    assert any("Tier 3 at most" in caveat for caveat in found.caveats())
    assert not any("Tier 1" in text or "Tier 2" in text for text in (found.answer(), *found.caveats()))


def test_evidence_without_a_draw_is_not_graded(ask_state):
    """Where nobody was assigned by chance, there is no rating and the sentence says why."""

    def select(tables):
        tables["interventions"] = tables["interventions"].assign(assignment="selected")

    asked = ask_state(change=select)
    assert asked.find(find_evidence, "0012") == []
    designs = asked.find(find_designs, "0012")
    assert designs
    for found in designs:
        assert check_sentence(found.sentence()) == []
        assert all("without reservations" not in (record.verdict or "") for record in found.records())


def test_a_measure_that_the_run_does_not_follow_is_refused(ask_state):
    """Asking to drill into an unknown measure names those that the run follows."""
    asked = ask_state()
    with pytest.raises(ParameterError, match="orf"):
        find_factors(**asked.of("0012"), measure="spelling")
