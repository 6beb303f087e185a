"""A checked tree of a mapping file as a mapping."""

import itertools
from pathlib import Path
from typing import Any, cast

from mtss_analysis.district.imports.mapping import (
    Block,
    Choice,
    ColumnRule,
    Crosswalk,
    FileLayout,
    Group,
    Join,
    Mapping,
    RowRule,
    Setting,
)

Tree = dict[str, Any]
_YES = frozenset({"yes", "true"})
_PARTS = {"first": 1, "last": -1}


def build_mapping(tree: Tree, *, path: Path) -> Mapping:
    """Build a mapping from its tree.

    Parameters
    ----------
    tree : dict
        As the JSON Schema allows it, parents merged in.
    path : Path
        Its file.

    Returns
    -------
    Mapping
        With ``name`` from the file.
    """
    files = {name: file if isinstance(file, dict) else {"file": file} for name, file in tree.get("files", {}).items()}
    return Mapping(
        name=path.stem,
        title=tree.get("title", path.stem),
        recognise_by=tuple(tree.get("recognise_by", ())),
        layout=_layout(tree.get("file") or {}),
        files={name: file["file"] for name, file in files.items()},
        optional_files=tuple(name for name, file in files.items() if is_yes(file.get("optional"))),
        settings={name: _setting(setting) for name, setting in tree.get("settings", {}).items()},
        windows={name: (days[0], days[1]) for name, days in tree.get("windows", {}).items()},
        window_dates=dict(tree.get("window_dates", {})),
        blocks=tuple(_block(name, block) for name, block in tree.get("tables", {}).items() if block is not None),
        folder=str(path.parent),
    )


def is_yes(text: object) -> bool:
    """Whether a mapping says yes."""
    return isinstance(text, str) and text.lower() in _YES


def read_groups(for_each: object) -> tuple[Group, ...]:
    """Read ``for_each``: a list of lines, or lists of words of which every combination is a line."""
    if isinstance(for_each, list):
        return tuple(dict(line) for line in for_each)
    if isinstance(for_each, dict):
        names = list(for_each)
        return tuple(
            dict(zip(names, words, strict=True)) for words in itertools.product(*(for_each[name] for name in names))
        )
    return ({},)


def as_list(value: object) -> tuple[str, ...]:
    """Read one word or a list of words."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (str(value),)


def _layout(tree: Tree) -> FileLayout:
    separator = tree.get("separator", "auto")
    return FileLayout(
        encoding=tree.get("encoding", "auto"),
        separator="\t" if separator == "tab" else separator,
        header_line=int(tree.get("header_line", 0)),
        footer=tree.get("footer"),
        missing=tuple(tree.get("missing", ())),
    )


def _setting(tree: Tree | str | None) -> Setting:
    if not isinstance(tree, dict):
        return Setting(value=tree)
    where = next(iter((tree.get("where") or {}).items()), ("", ""))
    return Setting(
        value=tree.get("value"),
        ask=tree.get("ask", ""),
        file=tree.get("file", ""),
        header=tree.get("column", ""),
        where=where[0],
        where_is=where[1],
    )


def _block(name: str, tree: Tree) -> Block:
    repeat = tree.get("repeat_for") or ""
    repeat = repeat if isinstance(repeat, dict) else {"column": repeat}
    rules = [_row_rule(rule, keep=True) for rule in tree.get("keep_rows") or ()]
    rules += [_row_rule(rule, keep=False) for rule in tree.get("leave_out_rows") or ()]
    return Block(
        name=name,
        table=tree.get("table", name),
        columns=tuple(_column(target, rule) for target, rule in tree.get("columns", {}).items() if rule is not None),
        on_request=is_yes(tree.get("on_request")),
        rows_of=tree.get("rows_of", ""),
        joins=tuple(
            Join(alias=alias, file=join.get("file", alias), here=join["where"], there=join["equals"])
            for alias, join in (tree.get("join") or {}).items()
        ),
        repeat_for=repeat["column"],
        repeat_separator=repeat.get("separator", ","),
        rows=tuple(rules),
        groups=read_groups(tree.get("for_each")),
        skip_if_empty=as_list(tree.get("skip_if_empty")),
        choices=tuple(read_choice(choice) for choice in as_list(tree.get("when_doubled"))),
        combine=dict(tree.get("combine") or {}),
    )


def read_choice(text: str) -> Choice:
    """Read a line of ``when_doubled`` such as ``last date``."""
    which, _, column = text.strip().partition(" ")
    return Choice(which=cast("Any", which), column=column.strip())


def _row_rule(tree: Tree, *, keep: bool) -> RowRule:
    filled = tree.get("filled")
    return RowRule(
        header=tree["column"],
        one_of=as_list(tree.get("is")) if "is" in tree else (),
        matches=tree.get("matches"),
        filled=None if filled is None else is_yes(filled),
        keep=keep,
        because=tree["because"],
        optional=is_yes(tree.get("optional")),
    )


def _column(target: str, tree: Tree | str | list[str]) -> ColumnRule:
    rule: Tree = tree if isinstance(tree, dict) else {"from": tree}
    unmapped = rule.get("unmapped", "error")
    crosswalk = rule.get("crosswalk")
    part = rule.get("part", "1")
    return ColumnRule(
        target=target,
        headers=as_list(rule.get("from")),
        text=rule.get("text"),
        first_of=as_list(rule.get("first_of")),
        value=rule.get("value"),
        setting=rule.get("setting"),
        flags=dict(rule.get("flags") or {}),
        several_flags=rule.get("several"),
        first_flags=as_list(rule.get("first")),
        window_date=is_yes(rule.get("window_date")),
        optional=is_yes(rule.get("optional")),
        find=rule.get("find"),
        split=rule.get("split"),
        part=_PARTS.get(part) or int(part),
        replace={old: new or "" for old, new in (rule.get("replace") or {}).items()},
        case=rule.get("case"),
        width=int(rule.get("width", 0)),
        drop_decimal=is_yes(rule.get("drop_decimal")),
        values=dict(rule.get("values") or {}),
        patterns=dict(rule.get("patterns") or {}),
        unmapped="value" if isinstance(unmapped, dict) else unmapped,
        unmapped_value=unmapped["value"] if isinstance(unmapped, dict) else None,
        crosswalk=None
        if crosswalk is None
        else Crosswalk(file=crosswalk["file"], vendor=crosswalk["from"], district=crosswalk["to"]),
        look_up_school=rule.get("look_up") == "schools",
        dates=as_list(rule.get("date")),
        give=rule.get("give"),
        year_is=rule.get("year_is"),
        decimal=rule.get("decimal", "."),
        bounds=rule.get("bounds", "error"),
        multiply=float(rule.get("multiply", 1)),
        if_empty=rule.get("if_empty"),
    )
