"""What an export does not say in its rows: settings and crosswalk files."""

import re
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from pathlib import Path

from mtss_analysis.district.imports.mapping import Block, FileLayout, Mapping, Setting
from mtss_analysis.district.imports.source import Source, read_source
from mtss_analysis.district.imports.steps import plain
from mtss_analysis.district.schema import find_nearest
from mtss_analysis.errors import DataError, ParameterError, Place


def fill_settings(
    mapping: Mapping,
    *,
    blocks: Sequence[Block],
    given: MappingOf[str, str],
    bundles: Sequence[MappingOf[str, Source]],
) -> dict[str, str]:
    """Give every setting that the blocks use its value.

    Parameters
    ----------
    mapping : Mapping
        Declares the settings.
    blocks : sequence of Block
        The tables that are imported.
    given : mapping of str to str
        Values that come with the command; they win.
    bundles : sequence of mapping of str to Source
        The export, in which a setting may be found.

    Returns
    -------
    dict of str to str
        By name.

    Raises
    ------
    ParameterError
        A setting is unknown, or one that is used has no value.
    DataError
        The export holds several values of a setting.
    """
    for name in given:
        if name not in mapping.settings:
            near = find_nearest(name, known=mapping.settings)
            known = ", ".join(mapping.settings) or "none"
            raise ParameterError(
                f"The mapping {mapping.name} asks for no setting {name!r}",
                next_step=f"Write --set {near}=…" if near else f"Its settings: {known}",
            )
    used = {rule.setting for block in blocks for rule in block.columns if rule.setting is not None}
    values: dict[str, str] = {}
    for name in sorted(used):
        setting = mapping.settings[name]
        value = given.get(name, setting.value)
        if value is None and setting.header:
            value = _find_in_export(name, setting=setting, bundles=bundles)
        if value is None:
            what = f" ({setting.ask})" if setting.ask else ""
            raise ParameterError(
                f"The export does not say {name!r}{what}",
                next_step=f"Add --set {name}=VALUE to the command, or write it under `settings:` of the mapping",
            )
        values[name] = value
    return values


def read_crosswalks(mapping: Mapping, *, blocks: Sequence[Block]) -> dict[str, dict[str, str]]:
    """Read the crosswalk files of the blocks: the district's id by the vendor's, by the column that is filled.

    Raises
    ------
    DataError
        A file is not there, lacks a column, or gives one vendor id two ids of the district.
    """
    crosswalks: dict[str, dict[str, str]] = {}
    for rule in (rule for block in blocks for rule in block.columns):
        if rule.crosswalk is None:
            continue
        path = Path(mapping.folder) / rule.crosswalk.file
        if not path.is_file():
            raise DataError(
                "The crosswalk file is not there",
                next_step="Put it beside the mapping, or correct `crosswalk:`",
                place=Place(file=path),
            )
        names = [rule.crosswalk.vendor, rule.crosswalk.district]
        source = read_source(path.read_bytes(), path=path, layout=FileLayout(), wanted=names)
        ids: dict[str, str] = {}
        pairs = zip(*(source.column(name).to_pylist() for name in names), strict=True)
        for row, (vendor, district) in zip(source.rows.tolist(), pairs, strict=True):
            if vendor is None or district is None:
                continue
            if ids.setdefault(vendor.strip(), district.strip()) != district.strip():
                raise DataError(
                    "The crosswalk file gives one vendor id two ids of the district",
                    next_step="Keep one of the rows",
                    place=Place(file=path, row=row, column=rule.crosswalk.vendor),
                )
        crosswalks[rule.target] = ids
    return crosswalks


def _find_in_export(name: str, *, setting: Setting, bundles: Sequence[MappingOf[str, Source]]) -> str | None:
    values: set[str] = set()
    for bundle in bundles:
        source = bundle.get(setting.file or "export")
        if source is None:
            continue
        cells = source.column(setting.header).to_pylist()
        where = source.column(setting.where).to_pylist() if setting.where else [setting.where_is] * len(cells)
        values |= {
            re.sub(r"\s+", " ", cell).strip()
            for cell, condition in zip(cells, where, strict=True)
            if cell and plain(condition or "") == plain(setting.where_is)
        }
    if len(values) > 1:
        raise DataError(
            f"The export holds {len(values)} values of {name!r}: {', '.join(sorted(values)[:10])}",
            next_step=f"Say with --set {name}=VALUE which one counts",
        )
    return next(iter(values), None)
