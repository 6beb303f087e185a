"""The last gate: small counts and student ids do not get out, and messages do not tell them."""

import pytest

from mtss_analysis.disclosure import IdScanner, check_counts, check_files, get_profile
from mtss_analysis.errors import DisclosureError

N10 = get_profile("n10")


def test_counts_at_the_minimum_pass():
    """Counts from the minimum on pass, and so does what is not published."""
    check_counts([("trends", 10), ("gaps", 250), ("tiers", None)], profile=N10)


def test_small_counts_are_stopped_by_name():
    """A count under the minimum stops publication; findings are named, counts are not."""
    with pytest.raises(DisclosureError) as stopped:
        check_counts([("trends", 7), ("gaps", 250), ("trends", 8), ("tiers", 0)], profile=N10)
    assert "trends (2 times), tiers" in str(stopped.value)
    assert "gaps" not in str(stopped.value)
    assert not any(digit in str(stopped.value) for digit in ("7", "8"))
    assert stopped.value.exit_code == 3


@pytest.mark.parametrize(
    "text",
    [
        "10023",
        "id,score\n10023,614\n",
        '{"id":"10023"}',
        "figures/10023.png",
        "see 10023.",
        "10023.0",
        "x=10023;",
    ],
)
def test_id_is_found_where_it_stands_whole(text):
    """An id is found between any signs, also when a program has made it a number."""
    assert IdScanner(["10023", "10024"]).count(text) == 1


@pytest.mark.parametrize("text", ["110023", "10023a", "0.10023", "10023.75", "1.10023e5", "a_10023", "1002 3", ""])
def test_id_is_not_found_in_something_longer(text):
    """Digits of longer words, numbers and decimals are no ids."""
    assert IdScanner(["10023"]).count(text) == 0


def test_ids_with_other_signs():
    """Ids may hold hyphens, dots and blanks; the whole id must stand there, and zeros at its front count."""
    scanner = IdScanner(["AB-12.x", "Ünal 7", "000412"])
    assert scanner.count("(AB-12.x) and Ünal 7; 000412") == 3
    assert scanner.count("AB-12.xy, Ünal 77, 412, 0000412, AB-12") == 0


def test_different_ids_are_counted_once():
    """The number of different ids is told, however often they occur."""
    assert IdScanner(["10023", "10024", "10025"]).count("10023 10023 10025") == 2


def test_short_numbers_are_left_out_and_said_so():
    """Numbers of few digits cannot be told from counts; the scanner says how many it leaves out."""
    scanner = IdScanner(["412", "10023", "A12", ""])
    assert scanner.n_ignored == 1
    assert scanner.count("412 students, A12") == 1
    assert IdScanner(["412"], shortest_number=3).count("412") == 1


def test_files_with_ids_are_stopped(tmp_path):
    """Publication is stopped with the name of each file and how many ids it holds, and without any id."""
    clean, leaky = tmp_path / "packet.html", tmp_path / "gaps.csv"
    clean.write_text("<p>120 students</p>", encoding="utf-8")
    leaky.write_bytes(b"\xff\xfe id\n10023\n10024\n")
    scanner = IdScanner(["10023", "10024"])
    check_files([clean], scanner=scanner)
    with pytest.raises(DisclosureError, match=r"gaps\.csv \(2\)") as stopped:
        check_files([clean, leaky], scanner=scanner)
    assert "packet.html" not in str(stopped.value)
    assert "1002" not in str(stopped.value)
