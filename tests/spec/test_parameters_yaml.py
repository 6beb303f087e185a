"""A run file is read as the text that was written, with the line of everything in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtss_analysis.district.yaml_text import read_yaml_text
from mtss_analysis.errors import ParameterError


def write(folder, content):
    """Write a run file."""
    path = folder / "run.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("written", ["0012", "NO", "yes", "1e3", "0x1F", "2025-11-22", "1_000", "12:30", ".5", "on"])
def test_scalars_stay_the_text_that_was_written(tmp_path, written):
    """No scalar becomes a number, a truth value or a date."""
    read = read_yaml_text(write(tmp_path, f"school: {written}\nschools: [{written}]\n"))
    assert read.tree == {"school": written, "schools": [written]}


@given(number=st.from_regex(r"[0-9]{1,12}", fullmatch=True))
def test_every_string_of_digits_stays_as_it_is(tmp_path_factory, number):
    """An id of digits is the same text with and without quotes."""
    folder = tmp_path_factory.mktemp("yaml")
    read = read_yaml_text(write(folder, f"plain: {number}\nquoted: '{number}'\n"))
    assert read.tree == {"plain": number, "quoted": number}


def test_nothing_is_none(tmp_path):
    """An empty value is None, an empty text in quotes is text."""
    read = read_yaml_text(write(tmp_path, "a:\nb: ~\nc: null\nd: ''\ne: 'null'\n"))
    assert read.tree == {"a": None, "b": None, "c": None, "d": "", "e": "null"}


def test_lines_are_known(tmp_path):
    """Every key and item has its line; what is missing has the line of what is around it."""
    read = read_yaml_text(write(tmp_path, "# comment\na: 1\nb:\n  - c: 1\n    d: 2\n  - c: 3\n"))
    assert read.line(("a",)) == 2
    assert read.line(("b", 0, "d")) == 5
    assert read.line(("b", 1, "c")) == 6
    assert read.line(("b", 1, "missing")) == 6
    assert read.line(("nowhere",)) is None


def test_repeated_keys_are_listed(tmp_path):
    """A key that is written twice is listed with its second line, also further in."""
    read = read_yaml_text(write(tmp_path, "a: 1\nb: {c: 1, c: 2}\na: 2\n"))
    assert read.repeated == {2: "c", 3: "a"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        (b"a: 1\nb: \xe9cole\n", r"run.yml, line 2: the run file is not UTF-8 \(byte 0xe9\)"),
        ("a: [1\nb: 2\n", "line 2: this is not YAML"),
        ("a: 1\n\tb: 2\n", "line 2: this is not YAML"),
        ("- a\n- b\n", "list of `key: value` lines"),
        ("a: &x 1\nb: *x\n", "line 2: YAML aliases"),
        ("a: !!python/name:os.system\n", "line 1: YAML aliases .* tags"),
        ("a: \x07\n", "this is not YAML"),
        ("[a]: 1\n", "line 1: a key must be one word"),
        ("a: 1\n---\nb: 2\n", "this is not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, content, message):
    """A file that is empty, not UTF-8 or not YAML is refused with file and line."""
    with pytest.raises(ParameterError, match=message):
        read_yaml_text(write(tmp_path, content))


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    """A file that an editor saved with a byte order mark reads as without."""
    assert read_yaml_text(write(tmp_path, b"\xef\xbb\xbfrun: star\n")).tree == {"run": "star"}


def test_a_missing_file_is_named(tmp_path):
    """A run file that is not there is an error with its name, as is a folder in its place."""
    with pytest.raises(ParameterError, match=r"nowhere.yml: the run file cannot be read"):
        read_yaml_text(tmp_path / "nowhere.yml")
    with pytest.raises(ParameterError, match="cannot be read"):
        read_yaml_text(tmp_path)
