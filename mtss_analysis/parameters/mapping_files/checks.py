"""What a JSON Schema cannot say of a mapping: tables, columns, patterns and date formats that fit together."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtss_analysis.district.imports.dates import is_date_format
from mtss_analysis.district.schema import TableSchema, read_schema, table_names
from mtss_analysis.district.yaml_text import Location
from mtss_analysis.parameters.mapping_files.build import as_list, is_yes, read_choice, read_groups
from mtss_analysis.parameters.mapping_files.problems import MappingProblem, Tree
from mtss_analysis.parameters.nearest import suggest

SOURCES = ("from", "text", "first_of", "value", "setting", "flags")
GAP = "TODO"
_CHOICES = ("first", "last", "highest", "lowest", "filled")
_UNMAPPED = ("error", "keep", "empty")


def check_mapping(tree: Mapping[str, Any]) -> Iterator[MappingProblem]:
    """Check a mapping that its JSON Schema allows.

    Parameters
    ----------
    tree : mapping
        The mapping with what it takes from its parents.

    Yields
    ------
    MappingProblem
        Unknown tables and columns with the nearest known ones, required columns that are not filled, gaps left
        as ``TODO``, patterns and date formats that cannot be understood.
    """
    yield from _find_gaps(tree, location=())
    tables: Mapping[str, Tree | None] = tree.get("tables") or {}
    if not tables:
        yield MappingProblem(location=("tables",), words="the mapping fills no table: the key `tables` is missing")
    if (footer := (tree.get("file") or {}).get("footer")) is not None:
        yield from _check_pattern(footer, location=("file", "footer"))
    for name, block in tables.items():
        if block is None:
            continue
        location: Location = ("tables", name)
        table = block.get("table", name)
        if table not in table_names():
            yield MappingProblem(
                location=(*location, "table") if "table" in block else location,
                words=f"there is no table `{table}`{suggest(table, known=table_names())}",
            )
            continue
        schema = read_schema(table)
        yield from _check_columns(block, schema=schema, tree=tree, location=location)
        yield from _check_rows(block, schema=schema, tree=tree, location=location)


def _find_gaps(value: object, *, location: Location) -> Iterator[MappingProblem]:
    if isinstance(value, str) and re.match(rf"{GAP}\b", value):
        words = ".".join(str(part) for part in location)
        yield MappingProblem(location=location, words=f"`{words}` is still to be filled in ({value})")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _find_gaps(inner, location=(*location, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _find_gaps(inner, location=(*location, at))


def _check_columns(
    block: Tree, *, schema: TableSchema, tree: Mapping[str, Any], location: Location
) -> Iterator[MappingProblem]:
    columns: Mapping[str, Any] = block.get("columns") or {}
    for name in schema.required_columns:
        if columns.get(name) is None:
            yield MappingProblem(
                location=(*location, "columns"),
                words=f"the table `{schema.name}` needs its column `{name}`: say where it comes from",
            )
    for name, written in columns.items():
        at = (*location, "columns", name)
        if name not in schema.column_names:
            near = suggest(name, known=schema.column_names)
            yield MappingProblem(location=at, words=f"the table `{schema.name}` has no column `{name}`{near}")
            continue
        if written is None:
            continue
        rule: Tree = written if isinstance(written, dict) else {"from": written}
        yield from _check_source(rule, tree=tree, name=name, location=at)
        yield from _check_steps(rule, location=at)
        field = schema.field(name)
        for key, value in (rule.get("values") or {}).items():
            if field.allowed and value is not None and value not in field.allowed and not value.startswith(GAP):
                near = suggest(value, known=field.allowed)
                yield MappingProblem(
                    location=(*at, "values", key), words=f"the column `{name}` cannot hold `{value}`{near}"
                )


def _check_source(rule: Tree, *, tree: Mapping[str, Any], name: str, location: Location) -> Iterator[MappingProblem]:
    sources = [key for key in SOURCES if key in rule]
    if len(sources) != 1 and not (not sources and is_yes(rule.get("window_date"))):
        how = "several of them" if sources else "none of them"
        yield MappingProblem(location=location, words=f"`{name}` must have one of {', '.join(SOURCES)}; it has {how}")
    setting = rule.get("setting")
    known = tree.get("settings") or {}
    if setting is not None and setting not in known:
        near = suggest(setting, known=known)
        yield MappingProblem(
            location=(*location, "setting"), words=f"there is no setting `{setting}` under `settings:`{near}"
        )
    if is_yes(rule.get("window_date")) and not tree.get("window_dates"):
        yield MappingProblem(location=(*location, "window_date"), words="the mapping lacks `window_dates:`")
    if rule.get("give") == "window" and not tree.get("windows"):
        yield MappingProblem(location=(*location, "give"), words="the mapping lacks `windows:`")


def _check_steps(rule: Tree, *, location: Location) -> Iterator[MappingProblem]:
    if "find" in rule:
        yield from _check_pattern(rule["find"], location=(*location, "find"))
    for pattern in rule.get("patterns") or {}:
        yield from _check_pattern(pattern, location=(*location, "patterns", pattern))
    for written in as_list(rule.get("date")):
        if not is_date_format(written) and not written.startswith(GAP):
            yield MappingProblem(
                location=(*location, "date"),
                words=f"`{written}` is no date format; write one with YYYY or YY, M or MM or MMM, and D or DD, "
                "such as M/D/YYYY",
            )
    unmapped = rule.get("unmapped")
    if isinstance(unmapped, str) and unmapped not in _UNMAPPED:
        near = suggest(unmapped, known=_UNMAPPED)
        yield MappingProblem(location=(*location, "unmapped"), words=f"`unmapped` cannot be `{unmapped}`{near}")


def _check_rows(
    block: Tree, *, schema: TableSchema, tree: Mapping[str, Any], location: Location
) -> Iterator[MappingProblem]:
    yield from _check_named_columns(block, schema=schema, location=location)
    for key in ("keep_rows", "leave_out_rows"):
        for at, rule in enumerate(block.get(key) or ()):
            if sum(condition in rule for condition in ("is", "matches", "filled")) != 1:
                yield MappingProblem(
                    location=(*location, key, at), words="a condition needs one of `is`, `matches` and `filled`"
                )
            if "matches" in rule:
                yield from _check_pattern(rule["matches"], location=(*location, key, at, "matches"))
    yield from _check_files(block, tree=tree, location=location)
    yield from _check_placeholders(block, location=location)


def _check_named_columns(block: Tree, *, schema: TableSchema, location: Location) -> Iterator[MappingProblem]:
    """Check the keys that name columns of the table, which the block then has to fill."""
    filled = list(block.get("columns") or {})
    named = [("skip_if_empty", column) for column in as_list(block.get("skip_if_empty"))]
    for line in as_list(block.get("when_doubled")):
        choice = read_choice(line)
        if choice.which not in _CHOICES or not choice.column:
            yield MappingProblem(
                location=(*location, "when_doubled"),
                words=f"`{line}` must begin with one of {', '.join(_CHOICES)} and name a column, such as `last date`",
            )
        elif choice.column != "row":
            named.append(("when_doubled", choice.column))
    for column in block.get("combine") or {}:
        named.append(("combine", column))
        if column in schema.primary_key:
            yield MappingProblem(location=(*location, "combine"), words=f"`{column}` is a key and cannot be combined")
    for key, column in named:
        if column not in filled:
            near = suggest(column, known=filled)
            yield MappingProblem(location=(*location, key), words=f"`{column}` is not filled under `columns:`{near}")


def _check_files(block: Tree, *, tree: Mapping[str, Any], location: Location) -> Iterator[MappingProblem]:
    files: Sequence[str] = list(tree.get("files") or {})
    if files and "rows_of" not in block:
        yield MappingProblem(location=location, words="the block needs `rows_of`, since the export has several files")
    named: list[tuple[Location, str | None]] = [(("rows_of",), block.get("rows_of"))]
    named += [(("join", alias), join.get("file", alias)) for alias, join in (block.get("join") or {}).items()]
    for key, file in named:
        if file is not None and file not in files:
            near = suggest(file, known=files)
            yield MappingProblem(location=(*location, *key), words=f"there is no file `{file}` under `files:`{near}")


def _check_placeholders(block: Tree, *, location: Location) -> Iterator[MappingProblem]:
    """Check that braces in headers and values name words of ``for_each``; in ``text`` they may name headers."""
    groups = read_groups(block.get("for_each"))
    if "for_each" in block and not groups:
        yield MappingProblem(location=(*location, "for_each"), words="`for_each` has no line")
    for column, written in (block.get("columns") or {}).items():
        rule: Tree = written if isinstance(written, dict) else {"from": written}
        texts = itertools.chain(
            as_list(rule.get("from")), as_list(rule.get("first_of")), as_list(rule.get("value")) if rule else ()
        )
        for text in texts if written is not None else ():
            for word in re.findall(r"\{([^{}]+)\}", text):
                if any(word not in group for group in groups):
                    near = suggest(word, known={name for group in groups for name in group})
                    yield MappingProblem(
                        location=(*location, "columns", column),
                        words=f"`{{{word}}}` is no word of every line of `for_each`{near}",
                    )


def _check_pattern(pattern: str, *, location: Location) -> Iterator[MappingProblem]:
    try:
        re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        yield MappingProblem(location=location, words=f"`{pattern}` is no regular expression: {error}")
