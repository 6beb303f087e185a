"""The files of an export: one text file, a folder of them, or a zip archive."""

import fnmatch
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from mtss_analysis.district.imports.mapping import Block, ColumnRule, Mapping
from mtss_analysis.district.imports.source import Source, read_source
from mtss_analysis.errors import DataError, Place

TEXT_SUFFIXES = (".csv", ".txt", ".tsv")


def read_export(path: Path, *, mapping: Mapping, blocks: tuple[Block, ...]) -> list[dict[str, Source]]:
    """Read what a mapping needs of an export.

    Parameters
    ----------
    path : Path
        A text file, a folder or a zip archive.
    mapping : Mapping
        Says which files there are.
    blocks : tuple of Block
        The tables that are imported.

    Returns
    -------
    list of dict of str to Source
        For a mapping of one file, one item for each text file; for a mapping of several, one item with all of
        them by the names the mapping uses.

    Raises
    ------
    DataError
        The export is not there, or a file of it is missing or cannot be read.
    """
    contents = dict(list_contents(path))
    if not contents:
        raise DataError("There is no text file in it", next_step="Export the data as CSV files", place=Place(file=path))
    if not mapping.files:
        wanted = find_wanted(mapping, blocks=blocks, file="")
        return [
            {"export": read_source(content, path=name, layout=mapping.layout, wanted=wanted)}
            for name, content in contents.items()
        ]
    sources: dict[str, Source] = {}
    used = {name for block in blocks for name in (block.rows_of, *(join.file for join in block.joins)) if name}
    used |= {setting.file for setting in mapping.settings.values() if setting.file}
    for alias, pattern in mapping.files.items():
        found = [name for name in contents if fnmatch.fnmatch(name.name.lower(), pattern.lower())]
        if alias not in used or (not found and alias in mapping.optional_files):
            continue
        if len(found) != 1:
            there = ", ".join(sorted(name.name for name in contents)[:12])
            raise DataError(
                f"The export has {'no' if not found else len(found)} files {pattern!r}",
                next_step=f"It holds {there}; correct `files:` in the mapping, or export the file, too",
                place=Place(file=path),
            )
        wanted = find_wanted(mapping, blocks=blocks, file=alias)
        sources[alias] = read_source(contents[found[0]], path=found[0], layout=mapping.layout, wanted=wanted)
    return [sources]


def list_contents(path: Path) -> Iterator[tuple[Path, bytes]]:
    """Give each text file of an export with what it holds, in the order of names.

    Raises
    ------
    DataError
        The export is not there, or is a damaged archive.
    """
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.suffix.lower() in TEXT_SUFFIXES and file.is_file() and not file.name.startswith("."):
                yield file, file.read_bytes()
        return
    if not path.is_file():
        raise DataError("There is no such export", next_step="Check the path", place=Place(file=path))
    content = path.read_bytes()
    if path.suffix.lower() != ".zip":
        yield path, content
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in sorted(archive.namelist()):
                inside = Path(name)
                is_hidden = inside.name.startswith(".") or "__MACOSX" in inside.parts
                if inside.suffix.lower() in TEXT_SUFFIXES and not is_hidden:
                    yield path / inside.name, archive.read(name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise DataError(
            "The archive is damaged or locked with a password",
            next_step="Export it again without a password",
            place=Place(file=path),
        ) from error


def find_wanted(mapping: Mapping, *, blocks: tuple[Block, ...], file: str) -> set[str]:
    """Find the headers that the blocks name in one of the export's files."""
    wanted: set[str] = set()
    for block in blocks:
        main = block.rows_of or next(iter(mapping.files), "")
        files = {join.alias: join.file for join in block.joins}
        named = {header for group in block.groups for rule in block.columns for header in _headers(rule.fill(group))}
        named |= {rule.header for rule in block.rows} | {join.here for join in block.joins}
        named |= {block.repeat_for} if block.repeat_for else set()
        for header in named:
            alias, _, rest = header.partition(".")
            if rest and alias in files:
                if files[alias] == file:
                    wanted.add(rest)
            elif main == file:
                wanted.add(header)
        wanted |= {join.there for join in block.joins if join.file == file}
    for setting in mapping.settings.values():
        if setting.header and setting.file == file:
            wanted |= {setting.header, setting.where} - {""}
    return wanted


def _headers(rule: ColumnRule) -> tuple[str, ...]:
    return (*rule.headers, *rule.first_of, *rule.flags.values(), *rule.text_headers)
