"""`mtss plan new` and the chapter on the action plan, from plan files to a school's packet."""

import json
import shutil
from pathlib import Path

import pytest

from mtss_analysis.district import open_state
from mtss_analysis.findings.plan.chapter import collect_records, find_district_plan, find_plan
from mtss_analysis.packet.overview_inputs import describe_district
from mtss_analysis.packet.overview_places import list_places
from mtss_analysis.packet.populations import Population
from mtss_analysis.packet.schools import choose_schools
from mtss_analysis.parameters import open_analysis, open_overview, read_run_file

pypdf = pytest.importorskip("pypdf")
pytestmark = [
    pytest.mark.xdist_group("plan"),
    # Left to others: nbclient and zmq close their event loop and sockets late.
    pytest.mark.filterwarnings("default::ResourceWarning"),
]
ROOT = Path(__file__).parents[2]
ONLY_HTML = ("--format", "html", "--renderer", "builtin")
SAY = 'from mtss_analysis.show.display import Text\nText(markdown=f"School {school_id}.")'
PLAN = """\
goals:
  - goal_id: G-1
    planned_on: 2024-07-15
    statement: Students read 110 words a minute in spring 2025-26
    domain: reading
    measure: oral
    statistic: mean
    grade: [all]
    student_group: all
    baseline: 100
    baseline_school_year: 2024-25
    baseline_window: spring
    target: 110
    target_school_year: 2025-26
    target_window: spring
    owner: principal
    relevance: Reading opens every other subject
    actions:
      - action_id: A-1
        description: Read aloud in pairs for fifteen minutes a day
        owner: reading_coach
        start_date: 2025-09-01
        end_date: 2026-05-15
        next_check: 2026-01-15
        status: planned
"""


LONG = "Give teachers of one class a common planning hour each week and let them look at their students' work together"


def _write_long_plan(*, goals: int, actions: int) -> str:
    """Write a plan whose every sentence is long."""
    lines = ["goals:"]
    for goal in range(goals):
        lines += [
            f"  - goal_id: G-{goal}",
            f"    statement: {LONG}, so that more of them read fluently",
            "    actions:",
        ]
        lines[-1:-1] = [
            "    measure: oral", "    statistic: mean", "    grade: [all]", "    student_group: all",
            "    baseline: 100", "    target: 110", "    owner: director_of_curriculum_and_instruction",
        ]  # fmt: skip
        for action in range(actions):
            lines += [
                f"      - action_id: A-{goal}-{action}", f"        description: {LONG}",
                "        owner: director_of_special_education", "        start_date: 2025-09-01",
                "        end_date: 2026-05-15", "        next_check: 2026-01-15",
            ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _write_plan(project, name: str, text: str = PLAN) -> Path:
    path = project.data / "plans" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_draft_is_written_and_never_lost(project, mtss):
    """A draft goes to its place in the district's folder; one that is there is kept unless it is forced."""
    first = mtss("plan", "new", project.run_file, "--school", "0012")
    path = project.data / "plans" / "0012.yml"
    assert (first.exit_code, first.err) == (0, "")
    assert str(path) in first.out
    assert "0 goals" in first.out
    path.write_text(PLAN, encoding="utf-8")
    again = mtss("plan", "new", project.run_file, "--school", "0012")
    assert again.exit_code == 2
    assert "--force" in again.err
    assert path.read_text(encoding="utf-8") == PLAN
    assert mtss("plan", "new", project.run_file, "--school", "0012", "--force").exit_code == 0
    assert path.read_text(encoding="utf-8") != PLAN
    assert mtss("check", project.data, "--report", project.root / "check").exit_code == 0


def test_the_districts_draft_goes_elsewhere_if_asked(project, mtss):
    """The district's plan has a name of its own, and --out another place."""
    assert mtss("plan", "new", project.run_file, "--district").exit_code == 0
    assert (project.data / "plans" / "district.yml").is_file()
    out = project.root / "drafts" / "ours.yml"
    assert mtss("plan", "new", project.run_file, "--district", "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("# The plan of the district, District NO")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--school ID or --district"),
        (("--school", "7", "--district"), "--school ID or --district"),
        (("--school", "012"), "0012"),
        (("--district", "--district-id", "N0"), "NO"),
    ],
)
def test_what_is_asked_wrongly_is_refused(project, mtss, options, said):
    """Neither a school nor a district, both, or one that is not there: exit code 2, and what to write."""
    ended = mtss("plan", "new", project.run_file, *options)
    assert ended.exit_code == 2
    assert said in ended.err
    assert not (project.data / "plans").exists()


def test_a_changed_plan_makes_its_school_stale(project, mtss):
    """Where a plan has changed, the packet of its school has to be made again."""
    project.write_notebook("short", SAY)
    _write_plan(project, "0012.yml")
    assert mtss("run", project.run_file, *ONLY_HTML).exit_code == 0
    assert mtss("status", project.run_file).exit_code == 0
    _write_plan(project, "0012.yml", PLAN.replace("target: 110", "target: 112"))
    ended = mtss("status", project.run_file)
    assert ended.exit_code == 1
    assert any(line.startswith("stale") and "NO/0012" in line for line in ended.out.splitlines())


def test_a_plan_that_cannot_be_read_stops_the_run_with_its_lines(project, mtss):
    """A run is refused where a plan has unknown keys, and each is named by file and line."""
    _write_plan(project, "0012.yml", PLAN.replace("    owner: principal", "    ownr: principal"))
    ended = mtss("run", project.run_file, *ONLY_HTML)
    assert ended.exit_code == 2
    assert "plans/0012.yml, column ownr" in ended.err
    assert "line 16" in ended.err
    assert "'owner'" in ended.err


def _use_the_chapter(project) -> None:
    shutil.copy(ROOT / "notebooks" / "action_plan.ipynb", project.root / "notebooks")
    run = project.run_file.read_text(encoding="utf-8").replace("[short]", "[action_plan]")
    project.run_file.write_text(run, encoding="utf-8")


def _find_page(path: Path, text: str) -> int:
    """Find the page after the contents on which a heading stands."""
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]
    return next(at for at, page in enumerate(pages) if text in page and "Contents" not in page)


def test_a_packet_has_the_chapter(project, mtss):
    """A school with a plan gets the wall and the faults, one without gets one sentence, in HTML and PDF.

    However long the plan, its wall is one page of the PDF: what does not fit is in the table's file.
    """
    _use_the_chapter(project)
    _write_plan(project, "0012.yml")
    _write_plan(project, "0013.yml", _write_long_plan(goals=9, actions=4).replace("G-", "H-").replace("A-", "B-"))
    ended = mtss("run", project.run_file, "--renderer", "builtin")
    assert ended.exit_code == 0, ended.err + ended.out
    planned, without = (project.reports / "NO" / school for school in ("0012", "7"))
    for folder in (planned, without):
        assert (folder / "packet.html").is_file()
        assert (folder / "packet.pdf").is_file()
    source = (planned / "packet.qmd").read_text(encoding="utf-8")
    assert "# Action plan {#sec-action-plan}" in source
    assert "{#sec-plan-held}" in source
    wall = (planned / "tables" / "plan-wall.csv").read_text(encoding="utf-8").splitlines()
    assert len(wall) == 1 + 2
    assert "Read aloud in pairs" in wall[2]
    assert "reading coach" in wall[2]
    records = json.loads((planned / "findings.json").read_text(encoding="utf-8"))
    faults = {(one["verdict"], one["group"]) for one in records if one["finding"] == "plan_fault"}
    assert ("no_risks", "actions A-1") in faults
    assert ("no_deliverable", "actions A-1") in faults
    aims = [one["verdict"] for one in records if one["finding"] == "action_aim"]
    assert aims == ["no cause"]
    other = (without / "packet.qmd").read_text(encoding="utf-8")
    assert "The data hold no plan of this school" in other
    assert "{#sec-plan-held}" not in other
    assert not list(without.glob("tables/plan-*.csv"))
    long = project.reports / "NO" / "0013"
    assert len((long / "tables" / "plan-wall.csv").read_text(encoding="utf-8").splitlines()) == 1 + 9 * 5
    for folder in (planned, long):
        wall_page, next_page = (
            _find_page(folder / "packet.pdf", text) for text in ("1 Action plan", "2 The plan held")
        )
        assert next_page == wall_page + 1


def _hold_plans(run_file: Path) -> dict[str, object]:
    """Hold the plan of a school and of its district against the findings, as their notebooks do."""
    analysis = open_analysis(run_file=str(run_file), district_id="NO", school_id="0012")
    overview = open_overview(run_file=str(run_file), district_id="NO")
    return {
        "0012": find_plan(**analysis.asked, previous=analysis.previous),
        "_district": find_district_plan(overview.source, comparison=overview.comparison, previous=overview.previous),
    }


def test_the_chapter_says_what_has_changed_since_the_last_packet(project):
    """School and district read what their own last packet said of the same goals, by the run file's ``previous``."""
    _write_plan(project, "0012.yml")
    district = _write_plan(project, "district.yml", PLAN.replace("G-1", "H-1").replace("A-1", "B-1"))
    for place, chapter in _hold_plans(project.run_file).items():
        assert "last packet" not in chapter.track[0].sentence()
        path = project.root / "reports" / "earlier" / "NO" / place / "findings.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(collect_records(chapter.all).records), encoding="utf-8")
    later = project.run_file.with_name("later.yml")
    run = project.run_file.read_text(encoding="utf-8") + "previous: ../reports/earlier\n"
    later.write_text(run, encoding="utf-8")
    district.write_text(district.read_text(encoding="utf-8").replace("target: 110", "target: 112"), encoding="utf-8")
    held = _hold_plans(later)
    assert "Since the last packet, no goal's verdict has changed." in held["0012"].track[0].sentence()
    assert "H-1 has another target than in the last packet" in held["_district"].track[0].sentence()


def test_an_overview_is_stale_once_its_earlier_one_has_changed(project):
    """The numbers of the earlier overview are among the inputs of an overview, where the run names an earlier one."""
    shutil.copy(ROOT / "notebooks" / "district_overview.ipynb", project.root / "notebooks")
    later = project.run_file.with_name("later.yml")
    text = project.run_file.read_text(encoding="utf-8")
    later.write_text(text + "previous: ../reports/earlier\n", encoding="utf-8")
    earlier = project.root / "reports" / "earlier" / "NO" / "_district" / "findings.json"
    earlier.parent.mkdir(parents=True)

    def describe(path):
        run = read_run_file(path)
        state = open_state(run.data)
        place = list_places(choose_schools(state))[0]
        population = Population(state=state, comparison=project.root / "comparison", stamp=project.root / "stamp")
        return describe_district(run, state=state, place=place, population=population, drawn_by={})

    without = describe(later)
    earlier.write_text("[]", encoding="utf-8")
    first = describe(later)
    earlier.write_text("[ ]", encoding="utf-8")
    assert without["inputs"] == describe(project.run_file)["inputs"]
    assert without["inputs"] != first["inputs"] != describe(later)["inputs"]
    assert "Numbers of the earlier overview" in first["provenance"]


def test_a_goal_that_answers_no_finding_is_named_before_and_in_the_chapter(project, mtss):
    """`mtss check` warns of the name by its line, with the nearest one; the chapter has it among what to mend."""
    path = _write_plan(project, "0012.yml", PLAN.replace("    domain:", "    finding_id: [trnd:oral]\n    domain:", 1))
    line = next(at for at, text in enumerate(path.read_text().splitlines(), start=1) if "trnd" in text)
    ended = mtss("check", project.data, "--report", project.root / "check")
    problems = (project.root / "check" / "problems.csv").read_text(encoding="utf-8")
    assert ended.exit_code == 0
    (problem,) = [text for text in problems.splitlines() if "unknown_finding" in text]
    assert problem.startswith(f"plans/0012.yml,{line},finding_id")
    assert "'trend'" in problem
    chapter = _hold_plans(project.run_file)["0012"]
    faults = [one for one in chapter.aims[0].records() if one.verdict == "unknown_finding"]
    assert [one.reason for one in faults] == ["Write trend:oral, if that is meant."]
    assert [row[1] for row in chapter.faults[0].table().rows if "trnd" in row[1]] == [faults[0].sentence]
