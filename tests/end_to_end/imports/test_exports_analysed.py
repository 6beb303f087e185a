"""A district that is only there as exports is imported, checked and analysed, and gives the numbers of its tables."""

from pathlib import Path

import pytest

from mtss_analysis.district import check_folder, count_errors, open_state, read_table
from mtss_analysis.district.imports import import_export
from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.district.simulate.exports import write_exports
from mtss_analysis.findings.comparison import prepare_comparison
from mtss_analysis.findings.settings import Cut, Indicator, Settings
from mtss_analysis.findings.trends.chapter import find_levels
from mtss_analysis.parameters.mapping_files import read_mapping
from mtss_analysis.show.words import check_sentence

YEAR = "2025-26"
PROJECT = Path(__file__).resolve().parents[3]
SAMPLES = PROJECT.parent / "shared" / "data" / "vendor_samples"


@pytest.fixture(scope="module")
def drawn():
    """Draw a district of three schools and one year."""
    sizes = Sizes(students=900, schools=3, years=1, first_year=2025)
    return simulate_district(sizes, Truths().without(["all"]))


@pytest.fixture(scope="module")
def imported(drawn, tmp_path_factory):
    """Write the district's exports and import them into an empty folder, the roster first."""
    exports, into = tmp_path_factory.mktemp("exports"), tmp_path_factory.mktemp("district") / "new"
    write_exports(exports, tables=drawn.tables, school_year=YEAR, seed=1)
    for name, export in (("oneroster_1_2", "oneroster_1_2"), ("nwea_map_growth", "nwea_map_growth.csv")):
        result = import_export(exports / export, mapping=read_mapping(name), folder=into)
        assert result.exit_code == 0
    return into


def _ask(folder: Path, *, measure: str, window: str):
    indicator = Indicator(
        measure=measure,
        window=window,
        domain="reading",
        label="reading",
        unit="points",
        cut=Cut(state_percentile=25),
    )
    settings = Settings(indicators=(indicator,), population="district")
    state = open_state(folder)
    comparison = prepare_comparison(state, settings=settings)
    findings = {}
    for district_id, school_id in zip(state.roster["district_id"], state.roster["school_id"], strict=True):
        district = state.open_district(district_id, school_id=school_id)
        asked = {"district": district, "school_id": school_id, "settings": settings, "comparison": comparison}
        (findings[school_id],) = find_levels(**asked)
    return findings


def test_imported_tables_pass_the_check(imported):
    """What was imported breaks no rule."""
    assert [problem for problem in check_folder(imported) if problem.severity == "error"] == []


def test_imported_scores_are_those_of_the_tables(imported, drawn):
    """Every reading score that the export holds is the score of the same student and window in the tables."""
    key = ["student_id", "window"]
    scores = read_table(imported, table="screenings")
    scores = scores[scores["measure"] == "map_growth_reading"].set_index(key)["score"]
    truth = drawn.tables["screenings"]
    truth = truth[truth["measure"] == "reading_scale"].set_index(key)["score"].dropna()
    both = scores.to_frame("imported").join(truth.rename("drawn"), how="left")
    assert len(scores) > 0.98 * len(truth)
    assert (both["imported"] == both["drawn"]).mean() > 0.999


def test_imported_tables_are_analysed_as_the_tables_they_came_from(imported, drawn):
    """The mean of every school and grade is the one of the district's own tables."""
    truth = drawn.tables["screenings"].merge(drawn.tables["enrollments"], on=["student_id", "school_id", "school_year"])
    truth = truth[(truth["measure"] == "reading_scale") & (truth["window"] == "spring")]
    means = truth.groupby(["school_id", "grade"])["score"].mean()
    findings = _ask(imported, measure="map_growth_reading", window="spring")
    assert set(findings) == set(drawn.tables["schools"]["school_id"])
    compared = 0
    for school_id, finding in findings.items():
        assert check_sentence(finding.sentence()) == []
        for record in finding.records():
            if record.finding == "mean_score" and record.estimate is not None:
                assert record.estimate == pytest.approx(means[school_id, record.grade], abs=0.5)
                compared += 1
    assert compared >= 6


@pytest.mark.parametrize(
    "sample", ["iready_ela", "renaissance_star_reading", "fastbridge_areading", "dibels_8_benchmark"]
)
def test_published_samples_are_analysed(sample, tmp_path):
    """A published sample of a few students is imported and analysed: what is too few to print is said to be."""
    path = SAMPLES / f"{sample}.csv"
    if not path.is_file():
        pytest.skip("the published samples are not beside the project")
    mapping = read_mapping(sample.removesuffix("_benchmark"))
    blocks = [block.name for block in mapping.blocks]
    into = tmp_path / "new"
    settings = dict.fromkeys(mapping.settings, "D1")
    import_export(path, mapping=mapping, folder=into, settings=settings, tables=blocks)
    assert count_errors(check_folder(into)) == 0
    first = read_table(into, table="screenings").iloc[0]
    for finding in _ask(into, measure=first["measure"], window=first["window"]).values():
        assert check_sentence(finding.sentence()) == []
        assert all(record.n is None for record in finding.records())
