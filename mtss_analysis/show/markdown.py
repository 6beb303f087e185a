r"""Plain text written as Pandoc Markdown so that every character survives.

Captions, cells, titles and alternative texts come from data: a school may be called ``P.S. 8: "Oak" | $_@``.
Here they are escaped once, at the border to Markdown. Only cross-references (``@fig-…``, ``@tbl-…``,
``@sec-…``) stay alive.
"""

import json
import re

CROSS_REFERENCE = re.compile(r"(?<![\w\\])-?@((?:fig|tbl|sec)-[a-z0-9]+(?:-[a-z0-9]+)*)", re.ASCII)

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|$@^~#\"'&])")
_ITEM = re.compile(r"\A(?=(?:\(?\w+[.)]|[:+=-])(?:\s|\Z))(\(?\w*)(.)", re.DOTALL)
_SMART = re.compile(r"-(?=-)|(?<=-)-|\.(?=\.\.)|(?<=\.)\.(?=\.)|(?<=\.\.)\.")


def escape_text(text: str) -> str:
    """Write plain text as one line of Markdown in which nothing is markup.

    Parameters
    ----------
    text : str
        Any text; line breaks become spaces.

    Returns
    -------
    str
        Markdown that Pandoc reads back as exactly this text.
    """
    return _ITEM.sub(r"\1\\\2", _escape_inline(" ".join(text.split())))


def escape_caption(text: str) -> str:
    """Write a caption or note as one line of Markdown in which only cross-references are markup.

    Parameters
    ----------
    text : str
        Plain text that may refer to ``@fig-…``, ``@tbl-…`` and ``@sec-…``.

    Returns
    -------
    str
        Markdown.
    """
    parts: list[str] = []
    line = " ".join(text.split())
    end = 0
    for found in CROSS_REFERENCE.finditer(line):
        parts += [_escape_inline(line[end : found.start()]), found[0]]
        end = found.end()
    return _ITEM.sub(r"\1\\\2", "".join([*parts, _escape_inline(line[end:])]))


def escape_table_caption(text: str) -> str:
    """Write the caption of a table: as ``escape_caption``, with leading braces of words in spans.

    Quarto takes the first word that begins with a brace for the beginning of the table's attributes.
    """
    return re.sub(r"(?<!\S)\\\{", r"[\\{]{.brace}", escape_caption(text))


def escape_attribute(text: str) -> str:
    """Write plain text as a quoted attribute value, such as ``fig-alt="…"``.

    Parameters
    ----------
    text : str
        Any text; line breaks become spaces.

    Returns
    -------
    str
        The value with its quotation marks. What could be taken for markup by someone who scans the source (a
        reference, a label, a Quarto shortcode) is written as an entity, which Pandoc decodes.
    """
    line = " ".join(text.split()).replace("&", "&amp;")
    line = re.sub(r"[<@{}\[\]]", lambda found: f"&#{ord(found[0])};", line)
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_yaml(text: str) -> str:
    """Write text as a double-quoted YAML scalar (JSON strings are YAML)."""
    return json.dumps(text, ensure_ascii=False)


def _escape_inline(line: str) -> str:
    return _SMART.sub(lambda found: "\\" + found[0], _MARKUP.sub(r"\\\1", line))
