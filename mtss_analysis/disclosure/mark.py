"""How a withheld value is printed: neither zero nor missing."""

WITHHELD_MARK = "†"
"""The dagger: in the packet's font, told from a digit, a dash and an empty cell, read aloud as "dagger"."""

WITHHELD_WORD = "withheld"
"""The same in a file that a program reads, in alternative text and in a sentence."""

WITHHELD_NOTE = (
    f"{WITHHELD_MARK} (dagger): withheld to protect students' privacy, because the group is small or "
    "because it would give a small group away. It does not mean zero, and it does not mean missing."
)
"""The note under what has a mark; one wording for both reasons: telling them apart would tell sizes."""
