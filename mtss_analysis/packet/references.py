"""Every cross-reference must have its target: a broken one would only show in the printed packet."""

import re
from collections import Counter

from mtss_analysis.errors import RenderError

_CODE = re.compile(
    r"^(```+|~~~+).*?^\1[`~]*\s*$|(?<![\\`])(`+)(?!`)(?:(?!\n\n).)*?(?<!`)\2(?!`)",
    re.DOTALL | re.MULTILINE,
)
_REFERENCE = re.compile(
    r"(?<![\w\\])@\{?((?:fig|tbl|sec|eq|lst|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg|tip|nte|wrn|imp|cau)-[\w-]*\w)"
)
_LABEL = re.compile(r"(?<!\\)\{[^{}\n]*?#([\w-]+)[^{}\n]*\}")
_HEADING = re.compile(r"^#{1,6} .*?(\{[^{}\n]*\})\s*$", re.MULTILINE)
_HEADING_LEVEL = re.compile(r"^(#{1,6}) +([^{\n]*)", re.MULTILINE)
_LINK = re.compile(r"(?<![\\!])\[((?:[^\[\]\\\n]|\\.)*)\]\(#((?:tbl|fig)-[\w-]+)\)")
_PICTURE = re.compile(r"(?<!\\)!\[(?:[^\]\\]|\\.)*\](\([^)\s]*|\[[^\]]*\])?")


def check_references(markdown: str, *, whose: str, pictures: frozenset[str]) -> None:
    """Refuse a packet source with a dangling reference, a repeated label or a picture that is not its own.

    Parameters
    ----------
    markdown : str
        The whole source without its front matter.
    whose : str
        Name of the school, for the message.
    pictures : frozenset of str
        Paths of the pictures that belong to the packet, such as ``figures/reading.png``.

    Raises
    ------
    RenderError
        A reference has no target or the target has no number, a label occurs twice, a heading skips a level
        (PDF/UA-1 forbids it), or a picture is none of ``pictures`` (it would be fetched from elsewhere and
        has no alternative text).
    """
    prose = _CODE.sub("", markdown)
    _check_headings(prose, whose=whose)
    labels = [found[1] for found in _LABEL.finditer(prose)]
    repeated = sorted(label for label, count in Counter(labels).items() if count > 1)
    if repeated:
        raise RenderError(
            f"packet of {whose}: the label {repeated[0]} occurs twice",
            next_step="Give every figure, table and section of the notebooks a name of its own",
        )
    _check_targets(prose, labels=frozenset(labels), whose=whose)
    for found in _PICTURE.finditer(prose):
        path = (found[1] or "").removeprefix("(")
        if path not in pictures:
            raise RenderError(
                f"packet of {whose}: the picture {path or found[0]} is not one of the packet's own figures",
                next_step="Show pictures from a code cell as a Figure, which carries alternative text",
            )


def drop_dead_links(markdown: str) -> str:
    """Write links to figures and tables that a packet does not have as plain text.

    Parameters
    ----------
    markdown : str
        The whole source without its front matter.

    Returns
    -------
    str
        The same, with links such as ``[here](#tbl-levels)`` only where that table is.
    """
    labels = {found[1] for found in _LABEL.finditer(_CODE.sub("", markdown))}
    return _LINK.sub(lambda found: found[0] if found[2] in labels else found[1], markdown)


def _check_headings(prose: str, *, whose: str) -> None:
    previous = 0
    for marks, text in _HEADING_LEVEL.findall(prose):
        if len(marks) > previous + 1:
            raise RenderError(
                f'packet of {whose}: the heading "{text.strip()}" skips from {previous} to {len(marks)}',
                next_step="Take away a # or put a heading of the level between above it",
            )
        previous = len(marks)


def _check_targets(prose: str, *, labels: frozenset[str], whose: str) -> None:
    unnumbered = {
        label[1]
        for found in _HEADING.finditer(prose)
        if ".unnumbered" in found[1] or "{-" in found[1]
        for label in _LABEL.finditer(found[1])
    }
    for found in _REFERENCE.finditer(prose):
        target = found[1]
        if target in unnumbered:
            raise RenderError(
                f"packet of {whose}: @{target} refers to a section that has no number",
                next_step="Take .unnumbered from that heading or name the section in words",
            )
        if target not in labels:
            raise RenderError(
                f"packet of {whose}: @{target} refers to nothing in this packet",
                next_step="Correct the name in the sentence, or show the figure, table or section it means",
            )
