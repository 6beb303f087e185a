"""What is published of STAR gives away no small number and no child, and an attack on it finds none."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from mtss_analysis.disclosure import WITHHELD_MARK, IdScanner, get_profile

MINIMUM = get_profile("n10").minimum
COUNTS = ("Students with a score", "Rows of this school", "Scores", "With a score", "Assigned")
DRAWN = 4


@pytest.fixture(scope="module")
def records(findings_by_school) -> pd.DataFrame:
    """Every record of every school that was asked."""
    return pd.DataFrame(
        [
            {"of": school_id, **record.to_dict()}
            for (_, school_id), findings in findings_by_school.items()
            for finding in findings
            for record in finding.records()
        ]
    )


@pytest.fixture(scope="module")
def tables(findings_by_school) -> list[tuple[str, object]]:
    """Every table of every school that was asked."""
    return [
        (school_id, table)
        for (_, school_id), findings in findings_by_school.items()
        for finding in findings
        if (table := finding.table()) is not None
    ]


def test_no_record_rests_on_fewer_than_ten_students(records):
    """No published number of students is under the minimum."""
    assert records["n"].notna().sum() > 1000
    assert records["n"].min() >= MINIMUM


def test_withheld_records_hold_no_number(records):
    """A withheld record has a reason and neither an estimate nor anything from which it follows."""
    withheld = records[records["status"] == "withheld"]
    assert len(withheld) > 100
    numbers = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "q_value", "n", "n_clusters"]
    assert withheld[numbers].isna().all(axis=None)
    assert withheld["reason"].notna().all()


def test_no_table_shows_a_count_of_few_students(tables):
    """In columns that count students, every cell is the mark or at least the minimum."""
    seen = 0
    for _, table in tables:
        for place, column in enumerate(table.columns):
            if column.title not in COUNTS:
                continue
            rows = [row for row in table.rows if row[0] not in ("schools", "staff", "interventions")]
            for cell in (row[place] for row in rows):
                seen += 1
                assert cell in (WITHHELD_MARK, "–") or int(cell.replace(",", "")) >= MINIMUM, (table.name, cell)
    assert seen > 100


@pytest.fixture(scope="module")
def texts(findings_by_school) -> list[str]:
    """Every sentence, answer, caveat and note of every school that was asked, and what stands beside some figures."""
    written = []
    for findings in findings_by_school.values():
        for finding in findings:
            written += [finding.sentence(), finding.answer(), *finding.caveats()]
            written += [str(note) for note in finding.notes()]
    for findings in itertools.islice(findings_by_school.values(), DRAWN):
        figures = [figure for finding in findings if (figure := finding.figure()) is not None]
        written += [text for figure in figures for text in (figure.caption, figure.alt)]
    return written


def test_no_student_id_stands_in_what_is_published(star, texts, records, tables):
    """No id of any student stands in a sentence, a table, a record, a note, a caption or an alternative text."""
    scanner = IdScanner(star.table("enrollments")["student_id"].unique())
    every = [*texts, *(table.to_csv() for _, table in tables)]
    every += [records[name].fillna("").str.cat(sep="\n") for name in records.select_dtypes("str")]
    assert scanner.count("student 105750") == 1
    assert scanner.count("\n".join(every)) == 0


def test_a_trend_of_shares_is_printed_only_beside_exact_shares(records):
    """Where a year's share below the cut is a limit or withheld, no slope is printed from which it could be solved."""
    shares = records[records["finding"] == "share_below_cut"]
    limits = shares[shares["status"] == "withheld"].groupby("of")["measure"].agg(set)
    trends = records[
        (records["finding"].isin(["trend", "trend_shrunken"]))
        & records["unit"].str.startswith("below_cut")
        & (records["status"] == "ok")
    ]
    assert len(trends) > 0
    told = [(one.of, one.measure) for one in trends.itertuples() if one.measure in limits.get(one.of, set())]
    assert told == []


def _published(
    mine: pd.DataFrame, *, focus: str, reference: str
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Numbers of students that a reader finds: all by year, both groups by year, each group over the years."""
    scored = mine[(mine["finding"] == "mean_score") & mine["n"].notna()]
    everybody = dict(zip(scored["school_year"], scored["n"].astype(int), strict=True))
    column = focus.split("=", maxsplit=1)[0]
    gaps = mine[(mine["finding"] == "gap") & mine["group"].str.startswith(f"{column}=") & mine["n"].notna()]
    both = dict(zip(gaps["school_year"], gaps["n"].astype(int), strict=True))
    trends = mine[(mine["finding"] == "trend") & mine["unit"].str.startswith("standing") & mine["n"].notna()]
    own = {group: int(n) for group, n in zip(trends["group"], trends["n"], strict=True) if group in (focus, reference)}
    return everybody, both, own


def test_numbers_of_groups_do_not_give_a_withheld_one_away(star, records):
    """Solved for all that is published, a group of under ten in a year could be anything from none to ten or more."""
    levels = star.comparison.frame("levels")
    attacked = 0
    for (school_id, measure), mine in records.dropna(subset="measure").groupby(["of", "measure"]):
        truth = levels[(levels["school_id"] == school_id) & (levels["measure"] == measure)]
        for pair in star.settings.groups:
            names = [f"{pair.column}={value}" for value in (pair.focus, pair.reference, "(other)")]
            everybody, both, own = _published(mine, focus=names[0], reference=names[1])
            years = sorted(everybody)
            n = truth.set_index(["group", "school_year"])["n"]
            true = np.array([[n.get((name, year), 0) for year in years] for name in names])
            small = [(g, t) for g, t in np.argwhere((true > 0) & (true < MINIMUM))]
            if not small:
                continue
            # Students whose group is not recorded are taken to be known to the reader.
            unknown = np.array([everybody[year] for year in years]) - true.sum(axis=0)
            index = np.arange(true.size).reshape(true.shape)
            left, right = [], []
            for t, year in enumerate(years):
                for cells, total in ((index[:, t], everybody[year] - unknown[t]), (index[:2, t], both.get(year))):
                    if total is not None:
                        left.append(np.isin(index.ravel(), cells).astype(float))
                        right.append(total)
            for g, name in enumerate(names[:2]):
                if name in own:
                    left.append(np.isin(index.ravel(), index[g]).astype(float))
                    right.append(own[name])
            never = [(0, 0) if (name, year) not in n.index else (0, None) for name in names for year in years]
            for g, t in small:
                aim = (index.ravel() == index[g, t]).astype(float)
                low, high = (
                    linprog(sign * aim, A_eq=np.array(left), b_eq=np.array(right), bounds=never) for sign in (1, -1)
                )
                attacked += 1
                assert low.status == high.status == 0
                assert (round(low.fun), round(-high.fun) >= MINIMUM) == (0, True), (school_id, measure, names[g])
    assert attacked > 50


def test_effects_of_a_school_rest_on_two_arms_that_may_be_printed(star, records):
    """A school's own effect is published only where each arm has at least the minimum of students."""
    own = records[(records["finding"] == "effect_own") & (records["status"] == "ok")]
    effects = star.comparison.frame("effects").set_index(["school_id", "measure", "school_year"])
    for one in own.itertuples():
        row = effects.loc[(one.of, one.measure, one.school_year)]
        assert min(row["n_treated"], row["n_comparison"]) >= MINIMUM
        assert one.n == row["n_treated"] + row["n_comparison"]


def test_sentences_hold_no_number_of_few_students(texts):
    """No sentence counts fewer than ten students."""
    counted = re.compile(r"\b(\d+) (students|children|boys|girls|pupils)\b")
    assert [text for text in texts if any(int(found[1]) < MINIMUM for found in counted.finditer(text))] == []
