"""A run file becomes typed settings, or all that is wrong with it is said at once."""

from pathlib import Path

import pytest

from mtss_analysis.errors import ParameterError
from mtss_analysis.findings.settings import Cut, EffectQuestion, Factor, Indicator, StudentGroup
from mtss_analysis.parameters import read_run_file
from mtss_analysis.parameters.nearest import suggest

STAR = Path(__file__).parents[2] / "parameters" / "star.yml"
SHORT = """\
run: tiny
title: Tiny packet
data: ../data
notebooks: [trends]
indicators:
  - measure: oral
    window: spring
    domain: reading
    label: reading
    unit: words
"""


@pytest.fixture
def folder(tmp_path):
    """Give a folder for run files beside a data folder and notebooks."""
    for name in ("data", "data/star", "notebooks", "parameters", "texts"):
        (tmp_path / name).mkdir()
    for name in ("trends", "root_causes", "intervention_effects", "data_quality"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    return tmp_path / "parameters"


def read(folder, text):
    """Read a run file with the given text."""
    path = folder / "run.yml"
    path.write_text(text, encoding="utf-8")
    return read_run_file(path)


def refusal(folder, text):
    """Give the message with which a run file is refused."""
    with pytest.raises(ParameterError) as refused:
        read(folder, text)
    return str(refused.value)


def test_star_asks_what_its_file_says(folder):
    """The shipped run file becomes the settings that stand in it."""
    run = read(folder, STAR.read_text(encoding="utf-8"))
    settings = run.settings
    assert (run.name, run.schools, run.language, run.workers, run.notebook_seconds) == (
        "star",
        (),
        "en",
        0,
        300,
    )
    assert run.data == folder.parent / "data" / "star"
    assert run.folder == folder.parent / "reports" / "star"
    assert run.notebooks == ("trends", "root_causes", "intervention_effects", "data_quality")
    assert (settings.follow, settings.ci_level, settings.profile) == ("cohort", 0.95, "n10")
    assert settings.indicators[1] == Indicator(
        measure="sat_math", window="spring", domain="math", label="mathematics", unit="scaled-score points",
        cut=Cut(state_percentile=25),
    )  # fmt: skip
    assert settings.groups[1] == StudentGroup(
        column="race_ethnicity", label="race and ethnicity", focus="black", reference="white",
        focus_label="Black students", reference_label="white students",
    )  # fmt: skip
    assert (settings.groups[0].focus, settings.groups[0].reference) == ("yes", "no")
    assert settings.factors[0] == Factor(
        id="teacher_experience", label="the teacher's years of experience", table="staff",
        column="years_experience", level="classroom", bands=(0, 4, 10, 20), controllable=True, unit="years",
    )  # fmt: skip
    assert settings.effects == (
        EffectQuestion(
            intervention_id="small_class", comparison_id="regular_class", label="small classes",
            comparison_label="regular classes", outcomes=("sat_reading", "sat_math"),
            minimum_worthwhile_sd=0.1,
        ),
    )  # fmt: skip


def test_ids_need_no_quotes(folder):
    """Ids stay as written, and `all` and a missing key both mean all schools."""
    assert read(folder, SHORT + "schools: [0012, NO/7, '08']\n").schools == ("0012", "NO/7", "08")
    assert read(folder, SHORT + "schools: all\n").schools == ()
    assert read(folder, SHORT).schools == ()


def test_yes_and_no_are_understood_where_they_are_meant(folder):
    """A yes-or-no key takes yes, no, true and false; the same words elsewhere are text."""
    factor = "factors:\n  - {{id: NO, label: x, table: staff, column: degree, level: classroom, controllable: {}}}\n"
    for written, meant in (("yes", True), ("no", False), ("true", True), ("False", False)):
        (made,) = read(folder, SHORT + factor.format(written)).settings.factors
        assert (made.id, made.controllable) == ("NO", meant)


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("scools: all\n", "line 11: unknown key `scools` (did you mean `schools`?)"),
        ("limits: {workerz: 2}\n", "line 11: unknown key `limits.workerz` (did you mean `workers`?)"),
        ("ci_level: high\n", "line 11: `ci_level` must be a number, not `high`"),
        ("ci_level: 95\n", "line 11: `ci_level` must be less than 1.0, not `95`"),
        ("ci_level: nan\n", "line 11: `ci_level` must be"),
        ("limits: {notebook_seconds: 0}\n", "`limits.notebook_seconds` must be greater than 0, not `0`"),
        ("limits: {workers: 1.5}\n", "`limits.workers` must be a whole number, not `1.5`"),
        (
            "disclosure: n01\n",
            "line 11: `disclosure`: there is no disclosure profile `n01` (did you mean `n10`?)",
        ),
        ("follow: cohorts\n", "line 11: `follow` must be one of 'cohort' or 'grade', not `cohorts`"),
        ("groups: sex\n", "line 11: `groups` must be a list, not `sex`"),
        ("groups: [sex]\n", "line 11: `groups[1]` must be a group of keys, not `sex`"),
        ("language:\n", "line 11: `language` is empty"),
        ("title: again\n", "line 11: the key `title` is written a second time"),
        ("narratives: ../nowhere\n", "line 11: `narratives`: there is no folder ../nowhere"),
        ("schools: [7, 0012, 7]\n", "line 11: `schools`: `7` stands there twice"),
        ("reports: [a, b]\n", "line 11: `reports` must be text, not a list"),
    ],
)
def test_each_mistake_is_named_with_its_line(folder, added, message):
    """A mistake is said in plain words with file, line, key and value."""
    refused = refusal(folder, SHORT + added)
    assert message in refused
    assert "run.yml" in refused


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("run: tiny", "run: ../tiny", "line 1: `run` must be one word"),
        ("run: tiny", "run: _tiny", "line 1: `run` must be one word"),
        ("run: tiny\n", "", "the key `run` is missing"),
        ("data: ../data", "data: ../dat", "line 3: `data`: there is no folder ../dat"),
        ("[trends]", "[trend]", "line 4: `notebooks`: there is no notebook `trend` (did you mean `trends`?)"),
        ("[trends]", "[]", "line 4: `notebooks` must name at least 1"),
        ("window: spring", "window: sprng", "line 7: `indicators[1].window` must be one of"),
        ("    label: reading\n", "", "line 6: the key `indicators[1].label` is missing"),
        ("unit: words", "unit: words\n    cut: {}", "line 11: `indicators[1].cut`: takes either"),
        ("unit: words", "unit: words\n    cut: {score: 1, state_percentile: 2}", "exactly one"),
    ],
)
def test_each_mistake_in_a_required_key_is_named(folder, old, new, message):
    """The same for what every run file must have."""
    assert old in SHORT
    assert message in refusal(folder, SHORT.replace(old, new))


def test_all_mistakes_are_said_at_once(folder):
    """Every mistake stands in one message, in the order of the lines."""
    text = SHORT.replace("title:", "titel:").replace("spring", "sprng").replace("../data", "../dat")
    refused = refusal(folder, text + "ci_level: high\nrun: again\n")
    places = [refused.index(word) for word in ("`title` is missing", "`titel`", "../dat", "sprng", "`high`", "second")]
    assert places == sorted(places)
    assert "6 problems" in refused


def test_effects_ask_for_followed_measures(folder):
    """An outcome that no indicator follows is refused with the nearest measure."""
    effects = (
        "effects:\n  - {intervention_id: a, comparison_id: b, label: x, comparison_label: y,"
        " outcomes: [oral, orl], minimum_worthwhile_sd: 0.1}\n"
    )
    assert "`orl` is no measure of `indicators` (did you mean `oral`?)" in refusal(folder, SHORT + effects)


def test_bands_ascend(folder):
    """Bounds of bands that do not ascend are refused."""
    factor = "factors:\n  - {id: a, label: x, table: staff, column: b, level: classroom, bands: [0, 4, 4]}\n"
    assert "must ascend" in refusal(folder, SHORT + factor)


def test_the_nearest_word_is_suggested():
    """A near word is suggested; where none is near, the known ones are listed."""
    assert suggest("trend", known=["trends", "effects"]) == " (did you mean `trends`?)"
    assert suggest("xyz", known=["b", "a"]) == " (known: `a`, `b`)"
    assert suggest("xyz", known=[]) == ""


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            "groups:\n  - {column: sexx, label: a, focus: b, reference: c, focus_label: d, reference_label: e}\n",
            "`enrollments` has no column `sexx` (did you mean `sex`?)",
        ),
        (
            "factors:\n  - {id: a, label: b, table: staff, column: years_experienced, level: classroom}\n",
            "`staff` has no column `years_experienced` (did you mean `years_experience`?)",
        ),
    ],
)
def test_a_column_that_no_table_has_is_refused(folder, added, said):
    """A group's or factor's column that its table does not have is refused with the nearest one and the line."""
    message = refusal(folder, SHORT + added)
    assert said in message
    assert "line 12" in message
