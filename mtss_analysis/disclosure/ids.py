"""Looking for student ids in what is about to be published."""

import re
from collections.abc import Iterable
from pathlib import Path

from mtss_analysis.errors import DisclosureError

_WORD = re.compile(r"\w+")


class IdScanner:
    """Counts student ids in text, quickly for thousands of ids and megabytes; never tells which.

    An id is found where it stands as a whole: not as part of a longer word or number, nor as the digits of
    a decimal, but also where a program made it a number (``10023.0``).

    Parameters
    ----------
    ids : iterable of str
        Student ids.
    shortest_number : int
        Ids of digits alone with fewer digits than this cannot be told from the numbers that a packet is
        full of; they are left out and counted in ``n_ignored``.
    """

    def __init__(self, ids: Iterable[str], *, shortest_number: int = 5) -> None:
        given = {student_id.strip() for student_id in ids} - {""}
        sought = {one for one in given if not (one.isdecimal() and len(one) < shortest_number)}
        self.n_ignored = len(given) - len(sought)
        self._ids_by_first_word: dict[str, list[str]] = {}
        for one in sorted(sought):
            word = _WORD.search(one)
            if word is None:
                self.n_ignored += 1
            else:
                self._ids_by_first_word.setdefault(word.group(), []).append(one)

    def count(self, text: str) -> int:
        """Count the different ids that stand in a text.

        Parameters
        ----------
        text : str
            The text of a file.

        Returns
        -------
        int
            How many of the ids occur at least once.
        """
        suspects = self._ids_by_first_word.keys() & set(_WORD.findall(text))
        return sum(_stands_whole(text, student_id) for word in suspects for student_id in self._ids_by_first_word[word])


def check_files(paths: Iterable[Path], *, scanner: IdScanner) -> None:
    """Refuse to publish text files that hold student ids.

    Parameters
    ----------
    paths : iterable of Path
        Text files (HTML, Markdown, CSV, JSON, notebooks); bytes that are not UTF-8 are passed over.
    scanner : IdScanner
        The ids to look for.

    Raises
    ------
    DisclosureError
        A file holds ids; the message names each file and how many, never an id.
    """
    counts = {path: scanner.count(path.read_text(encoding="utf-8", errors="replace")) for path in paths}
    found = [f"{path.name} ({count})" for path, count in counts.items() if count]
    if found:
        raise DisclosureError(
            f"Student ids stand in files that would be published: {', '.join(found)}",
            next_step="Nothing was published; take the ids out of the texts that the run includes",
        )


def _stands_whole(text: str, student_id: str) -> bool:
    whole = rf"(?<!\w)(?<!\d\.){re.escape(student_id)}(?:\.0+)?(?!\w)(?!\.\d)"
    return re.search(whole, text) is not None
