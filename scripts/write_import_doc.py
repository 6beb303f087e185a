"""Write the tables of docs/import.md from the schema of mappings and the mappings themselves."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mtss_analysis.parameters.mapping_files import list_mappings, read_mapping
from mtss_analysis.parameters.mapping_files.problems import read_mapping_schema

TARGET = Path(__file__).resolve().parent.parent / "docs" / "import.md"


def fill_tables(page: str) -> str:
    """Fill the places between ``<!-- name -->`` and ``<!-- end -->``.

    Parameters
    ----------
    page : str
        Markdown.

    Returns
    -------
    str
        The page with its tables.
    """
    schema = read_mapping_schema()
    properties = schema["properties"]
    block = properties["tables"]["additionalProperties"]["properties"]
    tables = {
        "mappings": _list_mappings(),
        "top": _list_keys(properties),
        "file": _list_keys(properties["file"]["properties"]),
        "settings": _list_keys(properties["settings"]["additionalProperties"]["properties"]),
        "table": _list_keys(block),
        "rows": _list_keys(block["keep_rows"]["items"]["properties"]),
        "column": _list_keys(schema["$defs"]["column"]["properties"]),
    }
    for name, lines in tables.items():
        text = f"<!-- {name} -->\n\n" + "\n".join(lines) + "\n\n<!-- end -->"
        page = re.sub(rf"<!-- {name} -->.*?<!-- end -->", lambda _, text=text: text, page, flags=re.DOTALL)
    return page


def _list_keys(properties: Mapping[str, Any]) -> Iterator[str]:
    yield "| Key | Meaning |"
    yield "|---|---|"
    for key, about in properties.items():
        yield f"| `{key}` | {about['description'].replace('|', chr(92) + '|')} |"


def _list_mappings() -> Iterator[str]:
    yield "| Mapping | Export | Tables; in brackets: on request |"
    yield "|---|---|---|"
    for name, path in list_mappings().items():
        if path.parent.parent.parent == TARGET.parent.parent:
            mapping = read_mapping(path)
            tables = [f"({block.name})" if block.on_request else block.name for block in mapping.blocks]
            yield f"| `{name}` | {mapping.title} | {', '.join(tables)} |"


if __name__ == "__main__":
    TARGET.write_text(fill_tables(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
