"""Read YAML without resolving anything: every scalar stays the text that was written, with its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from mtss_analysis.errors import MtssError, ParameterError, Place

Location = tuple[str | int, ...]
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
# Written in C where PyYAML was built with libyaml: a tenth of the time.
_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YamlText:
    """A YAML file as nested mappings, lists and text.

    Parameters
    ----------
    tree : mapping of str to text, list, mapping or None
        What the file says; an empty value is None, and ``0012`` and ``NO`` are the text written.
    lines : mapping of location to int
        Line, counted from 1, of every key and list item by its location: ``("indicators", 0, "measure")``.
    repeated : mapping of int to str
        Keys that are written a second time, by line.
    """

    tree: Mapping[str, Plain]
    lines: Mapping[Location, int]
    repeated: Mapping[int, str]

    def line(self, location: Location) -> int | None:
        """Return the line of a location, or of the nearest one around it that is in the file."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return None


def read_yaml_text(
    path: Path,
    *,
    what: str = "run file",
    example: str = "parameters/star.yml",
    error_kind: type[MtssError] = ParameterError,
    may_be_empty: bool = False,
) -> YamlText:
    """Read a YAML file whose top level is a list of keys.

    Parameters
    ----------
    path : Path
        A UTF-8 text file.
    what, example : str
        What kind of file it is and one that can be copied, for messages.
    error_kind : type of MtssError
        What is raised.
    may_be_empty : bool
        Whether a file without a key, such as one of comments alone, is an empty mapping.

    Returns
    -------
    YamlText
        The tree and the line of each of its places.

    Raises
    ------
    MtssError
        Of the kind asked for: the file cannot be read, is empty, is not UTF-8 or is not YAML.

    References
    ----------
    YAML 1.2.2, section 10: implicit types belong to a schema. PyYAML's default schema turns ``0012`` into 10
    and ``NO`` into false, so none is applied here.
    """
    try:
        return _read(path, what=what, example=example, may_be_empty=may_be_empty)
    except _UnreadableError as error:
        raise error_kind(error.problem, next_step=error.next_step, place=error.place) from error.__cause__


class _UnreadableError(MtssError):
    """What is wrong, before it is of the kind that was asked for."""


def _read(path: Path, *, what: str, example: str, may_be_empty: bool) -> YamlText:
    text = _read_text(path, what=what, example=example)
    try:
        try:
            root = _compose(text, path=path, what=what, loader=_FAST_LOADER)
        except yaml.YAMLError:
            # Its words are the same on every machine.
            root = _compose(text, path=path, what=what, loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _UnreadableError(
            f"this is not YAML: {error.problem}",
            next_step="Look at the indentation, colons and quotes of this line and the one above",
            place=Place(file=path, line=mark.line + 1 if mark is not None else None),
        ) from error
    except yaml.YAMLError as error:
        raise _UnreadableError(
            "this is not YAML: it holds a character that cannot be printed",
            next_step="Save it as plain text in UTF-8",
            place=Place(file=path),
        ) from error
    if root is None and may_be_empty:
        return YamlText(tree={}, lines={}, repeated={})
    if root is None:
        raise _UnreadableError(
            f"the {what} is empty",
            next_step=f"Start from a copy of {example}",
            place=Place(file=path),
        )
    if not isinstance(root, yaml.MappingNode):
        raise _UnreadableError(
            f"the {what} must be a list of `key: value` lines",
            next_step=f"Start from a copy of {example}",
            place=Place(file=path, line=1),
        )
    walk = _Walk(path=path)
    tree = walk.mapping(root, location=())
    return YamlText(tree=tree, lines=walk.lines, repeated=walk.repeated)


def _read_text(path: Path, *, what: str, example: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _UnreadableError(
            f"the {what} cannot be read ({error.strerror})",
            next_step=f"Name an existing {what}, such as {example}",
            place=Place(file=path),
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _UnreadableError(
            f"the {what} is not UTF-8 (byte 0x{content[error.start]:02x})",
            next_step="Save it as UTF-8 in your editor",
            place=Place(file=path, line=content.count(b"\n", 0, error.start) + 1),
        ) from error


def _compose(text: str, *, path: Path, what: str, loader: type[yaml.SafeLoader]) -> yaml.Node | None:
    _refuse_tags_and_aliases(text, path=path, what=what, loader=loader)
    return yaml.compose(text, Loader=loader)


def _refuse_tags_and_aliases(text: str, *, path: Path, what: str, loader: type[yaml.SafeLoader]) -> None:
    for event in yaml.parse(text, Loader=loader):
        is_alias = isinstance(event, yaml.AliasEvent)
        mark = event.start_mark
        if is_alias or getattr(event, "tag", None) is not None:
            raise _UnreadableError(
                f"YAML aliases (`*name`) and tags (`!name`) are not used in a {what}",
                next_step="Write the value out",
                place=Place(file=path, line=None if mark is None else mark.line + 1),
            )


@dataclass(slots=True, kw_only=True, eq=False)
class _Walk:
    path: Path
    lines: dict[Location, int] = field(default_factory=dict)
    repeated: dict[int, str] = field(default_factory=dict)

    def plain(self, node: yaml.Node, *, location: Location) -> Plain:
        self.lines.setdefault(location, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, location=location)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, location=(*location, at)) for at, item in enumerate(node.value)]
        is_bare = not getattr(node, "style", None)
        return None if is_bare and node.value in _NOTHING else str(node.value)

    def mapping(self, node: yaml.MappingNode, *, location: Location) -> dict[str, Plain]:
        mapping: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _UnreadableError(
                    "a key must be one word",
                    next_step="Write `key: value`",
                    place=Place(file=self.path, line=line),
                )
            key = str(key_node.value)
            if key in mapping:
                self.repeated[line] = key
                continue
            self.lines[*location, key] = line
            mapping[key] = self.plain(value_node, location=(*location, key))
        return mapping
