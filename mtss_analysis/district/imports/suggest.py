"""Draft a mapping for an export from its headers and the shape of its values."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.district.imports.dates import guess_date_format
from mtss_analysis.district.imports.export_files import list_contents
from mtss_analysis.district.imports.headers import find_header, write_close
from mtss_analysis.district.imports.mapping import FileLayout, Mapping
from mtss_analysis.district.imports.source import Source, read_source
from mtss_analysis.district.imports.spellings import SPELLINGS, read_yes_no
from mtss_analysis.district.imports.steps import plain
from mtss_analysis.district.imports.synonyms import SIGNS, SYNONYMS
from mtss_analysis.district.schema import Field, TableSchema, read_schema
from mtss_analysis.errors import DataError, Place

LOOKED_AT = 2000
MOST_VALUES = 40
_ALIKE = 0.86
_SEASON = re.compile(r"\b(fall|winter|spring|boy|moy|eoy)\b", re.IGNORECASE)
_NUMBER = re.compile(r"^[+-]?[\d,]*\.?\d+%?$")
# What exports of all kinds hold beside the columns of a table.
_OFTEN_BESIDE = ("grade", "sex", "race_ethnicity", "english_learner", "disability", "district_id", "district_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A drafted mapping.

    Parameters
    ----------
    text : str
        YAML with comments; what only a person can say is marked ``TODO``.
    advice : tuple of str
        What to do with it, for the terminal.
    shipped : str or None
        Name of the mapping that fits as it is.
    gaps : tuple of str
        Columns a person has to fill in.
    """

    text: str
    advice: tuple[str, ...]
    shipped: str | None
    gaps: tuple[str, ...] = ()


def suggest_mapping(export: Path, *, shipped: Sequence[Mapping]) -> Suggestion:
    """Draft a mapping for an export.

    Parameters
    ----------
    export : Path
        A text file, a folder of them or a zip archive.
    shipped : sequence of Mapping
        Mappings that may fit as they are.

    Returns
    -------
    Suggestion
        The draft names no value of a column that stands for a person.

    Raises
    ------
    DataError
        The export cannot be read.
    """
    contents = list(list_contents(export))
    if not contents:
        raise DataError("There is no text file in it", next_step="Export the data as CSV", place=Place(file=export))
    names = [path.name.lower() for path, _ in contents]
    path, content = contents[0]
    source = read_source(content, path=path, layout=FileLayout(), wanted=None)
    known = recognise(shipped, header=source.header, files=names)
    if known is not None:
        return _extend(known, export=export)
    return _draft(source, export=export, several=len(contents) > 1)


def recognise(shipped: Sequence[Mapping], *, header: Sequence[str], files: Sequence[str]) -> Mapping | None:
    """Find the mapping whose every sign the export has; of several, the one with the most signs.

    Parameters
    ----------
    shipped : sequence of Mapping
        Mappings, of one text file or of several.
    header : sequence of str
        Headers of the first file.
    files : sequence of str
        Names of the files, in small letters.

    Returns
    -------
    Mapping or None
        None where none fits.
    """
    fitting: list[tuple[int, Mapping]] = []
    for mapping in shipped:
        signs = mapping.recognise_by
        if mapping.files:
            needed = [name.lower() for name in (*signs, *mapping.files.values())]
            optional = {mapping.files[name].lower() for name in mapping.optional_files}
            fits = bool(signs) and all(name in files for name in needed if name not in optional)
        else:
            fits = bool(signs) and all(find_header(sign, header=header) is not None for sign in signs)
        if fits:
            fitting.append((len(mapping.files) or len(signs), mapping))
    return max(fitting, key=lambda item: item[0])[1] if fitting else None


def _extend(known: Mapping, *, export: Path) -> Suggestion:
    settings = sorted({rule.setting for block in known.blocks for rule in block.columns if rule.setting})
    ask = "".join(f" --set {name}=…" for name in settings if known.settings[name].value is None
                  and not known.settings[name].header and _is_needed(known, setting=name))  # fmt: skip
    command = f"mtss import {export} --mapping {known.name} --into FOLDER{ask}"
    text = (
        f"# This export is that of {known.title}, for which a mapping is there. Import it with\n"
        f"#     {command}\n"
        "# Where your district's export differs, save this as a file of its own and write the differences below.\n"
        f"extends: {known.name}\n"
        "tables:\n"
    )
    for block in known.blocks:
        if block.on_request:
            continue
        text += f"  {block.name}:\n    columns:\n"
        ids = [rule for rule in block.columns if rule.target in {"student_id", "school_id"} and rule.headers]
        for rule in ids or [next(rule for rule in block.columns if rule.headers)]:
            headers = ", ".join(_quote(header) for header in rule.headers)
            written = f"[{headers}]" if len(rule.headers) > 1 else headers
            if rule.look_up_school:
                written = f"{{from: {written}, look_up: schools}}"
            text += f"      {rule.target}: {written}\n"
        break
    return Suggestion(text=text, advice=(f"This is {known.title}: {command}",), shipped=known.name)


def _is_needed(known: Mapping, *, setting: str) -> bool:
    return any(rule.setting == setting for block in known.blocks if not block.on_request for rule in block.columns)


def _draft(source: Source, *, export: Path, several: bool) -> Suggestion:
    cells = {
        name: [cell for cell in source.columns[at].slice(0, LOOKED_AT).to_pylist() if cell and cell.strip()]
        for at, name in enumerate(source.header)
        if name and source.header.index(name) == at
    }
    seasons = _find_seasons(list(cells))
    headers = {name: _SEASON.sub(" ", name) if name in seasons else name for name in cells}
    table = _choose_table([*headers.values(), *(["window"] if seasons else [])])
    schema = read_schema(table)
    matches = _match(schema, headers=headers, seasons=seasons)
    lines = [
        f"# Draft of a mapping for {export.name}. Look through it, fill in each TODO, then try it:",
        "#     mtss import EXPORT --mapping THIS_FILE.yml --into FOLDER --dry-run",
        "# docs/import.md explains every key.",
        f"title: {_quote(export.stem)}",
    ]
    if several:
        lines.append("# The folder holds several files; each is read with this mapping, so keep one kind in a folder.")
    lines += ["", "tables:", f"  {table}:                    # {schema.description}"]
    words: list[str] = []
    if seasons:
        words = list(dict.fromkeys(seasons.values()))
        lines += [f"    for_each: {{season: [{', '.join(words)}]}}"]
        if table == "screenings":
            lines += ["    skip_if_empty: [score]"]
    if "date" in matches and "date" not in schema.primary_key:
        lines += ["    when_doubled: [last date, last row]       # of several rows with one key"]
    lines += ["    columns:"]
    gaps: list[str] = []
    for field in schema.fields:
        drafted = _draft_column(field, header=matches.get(field.name), cells=cells, seasons=seasons, matches=matches)
        if drafted is None:
            if field.required:
                gaps.append(field.name)
                lines.append(f"      {field.name}: {_gap(field)}")
            continue
        lines += [f"      {line}" for line in drafted]
        gaps += [field.name] if any("TODO" in line for line in drafted) else []
    used = {_SEASON.sub("*", name) if name in seasons else name for name in matches.values()}
    left = [name for name in cells if (_SEASON.sub("*", name) if name in seasons else name) not in used]
    if left:
        lines += ["", "# Not used: " + _fold([_plain_header(name) for name in left])]
    advice = (
        (f"{len(gaps)} {'gap' if len(gaps) == 1 else 'gaps'} to be filled in (TODO): {', '.join(gaps)}",)
        if gaps
        else ("The draft has no gaps; look through it, then try it with --dry-run",)
    )
    return Suggestion(text="\n".join(lines) + "\n", advice=advice, shipped=None, gaps=tuple(gaps))


def _choose_table(headers: Sequence[str]) -> str:
    scores = {}
    for table, signs in SIGNS.items():
        scores[table] = sum(max((_likeness(header, column=sign) for header in headers), default=0) for sign in signs)
        scores[table] /= len(signs) ** 0.5
    return max(scores, key=lambda table: scores[table])


def _likeness(header: str, *, column: str) -> float:
    """How well a header fits a column, from 0 to 1; earlier synonyms fit better."""
    words = re.sub(r"[^0-9a-z]+", " ", _split_camel(header).casefold()).strip()
    if not words:
        return 0.0
    best = 0.0
    for place, synonym in enumerate((column.replace("_", " "), *SYNONYMS.get(column, ()))):
        ratio = difflib.SequenceMatcher(None, words, synonym).ratio() if words != synonym else 1.0
        contained = f" {synonym} " in f" {words} " and len(synonym) > 4
        ratio = max(ratio if ratio >= _ALIKE else 0.0, 0.9 if contained else 0.0)
        best = max(best, ratio - place * 0.004)
    return best


def _match(schema: TableSchema, *, headers: dict[str, str], seasons: dict[str, str]) -> dict[str, str]:
    """Give each column of the table the header that fits best; a header is given once, but for dates and terms."""
    others = [column for column in _OFTEN_BESIDE if column not in schema.column_names]
    elsewhere = {
        header: max((_likeness(words, column=column) for column in others), default=0)
        for header, words in headers.items()
    }
    pairs = sorted(
        (
            (-_likeness(words, column=field.name), at, field.name, header)
            for at, (header, words) in enumerate(headers.items())
            for field in schema.fields
            if _likeness(words, column=field.name) > elsewhere[header]
        ),
    )
    matches: dict[str, str] = {}
    used: set[str] = set()
    shared = {"school_year", "window"}
    for minus_likeness, _, column, header in pairs:
        if minus_likeness > -0.5:
            break
        taken = header in used and not (column in shared and _holders(header, matches=matches) <= shared)
        if column in matches or taken or (column == "window" and seasons):
            continue
        matches[column] = header
        used.add(header)
    for late in ("school_year", "month"):
        if late in schema.column_names and late not in matches and "date" in matches:
            matches[late] = matches["date"]
    return matches


def _holders(header: str, *, matches: dict[str, str]) -> set[str]:
    return {column for column, name in matches.items() if name == header}


def _find_seasons(headers: Sequence[str]) -> dict[str, str]:
    """Find headers that differ in a season alone, such as ``Fall Score`` and ``Winter Score``."""
    by_rest: dict[str, dict[str, str]] = {}
    for header in headers:
        found = _SEASON.search(_split_camel(header))
        if found and len(_SEASON.findall(header)) == 1:
            by_rest.setdefault(write_close(_SEASON.sub("*", header)), {})[header] = found.group(1)
    return {header: word for alike in by_rest.values() if len(alike) > 1 for header, word in alike.items()}


def _draft_column(
    field: Field,
    *,
    header: str | None,
    cells: dict[str, list[str]],
    seasons: dict[str, str],
    matches: dict[str, str],
) -> list[str] | None:
    if field.name == "window" and seasons:
        return ['window: {value: "{season}"}']
    if header is None:
        return None
    values = cells[header]
    source = _quote(_SEASON.sub("{season}", header, count=1) if header in seasons else header)
    if "{season}" in source and not source.startswith('"'):
        source = f'"{source}"'
    is_the_date = matches.get("date") == header
    keys = [f"from: {source}", *_draft_keys(field, values=values, is_the_date=is_the_date)]
    lines = [f"{field.name}: {keys[0].removeprefix('from: ')}"] if len(keys) == 1 else [
        f"{field.name}: {{{', '.join(keys)}}}"
    ]  # fmt: skip
    unknown = _unknown_values(field, values=values) if not any("find:" in key for key in keys) else []
    if unknown:
        lines = [f"{field.name}:", *(f"  {key}" for key in keys), "  values:"]
        wanted = ", ".join(field.allowed) if field.allowed else "yes, no"
        lines += [f"    {_quote(value)}: TODO            # {wanted}" for value in unknown]
    return lines


def _draft_keys(field: Field, *, values: Sequence[str], is_the_date: bool) -> list[str]:
    """Draft what has to happen to a cell, from the column's type and the shape of the values."""
    if field.type == "date":
        date = guess_date_format(list(values[:200]))
        return ["date: TODO (such as M/D/YYYY)"] if date is None else [f"date: {date}"] if date else []
    if field.name in {"school_year", "month"} and is_the_date:
        date = guess_date_format(list(values[:200]))
        return [*([f"date: {date}"] if date else []), f"give: {field.name}"]
    if field.is_school_year and values and all(re.fullmatch(r"\d{4}", value.strip()) for value in values[:200]):
        return ["year_is: TODO (start or end)"]
    if field.name == "school_id" and _is_name(values):
        return ["look_up: schools"]
    if field.name == "window" and values and all(_SEASON.search(value) for value in values):
        return [r'find: "(Fall|Winter|Spring|BOY|MOY|EOY)"']
    return _number_keys(values) if field.type in {"number", "integer"} else []


def _number_keys(values: Sequence[str]) -> list[str]:
    keys: list[str] = []
    if any(re.match(r"^[<>]", value.strip()) for value in values):
        keys.append("bounds: number")
    rest = [value.strip() for value in values if not re.match(r"^[<>]", value.strip())]
    if rest and not all(_NUMBER.match(value) for value in rest) and all(re.search(r"\d", value) for value in rest):
        keys.append(r'find: "[0-9.]+"')
    return keys


def _unknown_values(field: Field, *, values: Sequence[str]) -> list[str]:
    """List the values of a column of fixed words that no common spelling explains."""
    if field.personal or not (field.allowed or field.type == "boolean"):
        return []
    read = read_yes_no if field.type == "boolean" else SPELLINGS.get(field.name, lambda _: None)
    by_plain = {plain(word) for word in field.allowed}
    distinct = list(dict.fromkeys(re.sub(r"\s+", " ", value).strip() for value in values))
    unknown = [value for value in distinct if plain(value) not in by_plain and read(value) is None]
    return unknown if len(unknown) <= MOST_VALUES else []


def _is_name(values: Sequence[str]) -> bool:
    return bool(values) and sum(bool(re.search(r"[A-Za-z]{3,}", value)) for value in values) > len(values) / 2


def _gap(field: Field) -> str:
    if field.allowed:
        return f"{{value: TODO}}            # one of {', '.join(field.allowed)}, or from: and values:"
    return f"TODO            # {field.description.rstrip('.')}; a header, or {{value: …}}"


def _split_camel(header: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)


def _plain_header(name: str) -> str:
    return re.sub(r"\s+", " ", name)


def _fold(names: Sequence[str]) -> str:
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > 100:
            lines.append(line.rstrip())
            line = ""
        line += f"{name}, "
    return "\n#     ".join([*lines, line.rstrip(", ")])


def _quote(text: str) -> str:
    """Write a text as YAML; in quotes where it would otherwise mean something else."""
    plain_enough = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _/().-]*", text) and not text.endswith(" ")
    is_word = text.casefold() in {"null", "yes", "no", "true", "false", "todo"} or text.startswith("TODO")
    if plain_enough and not is_word:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
