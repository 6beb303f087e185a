"""The school's own text, made to fit into the packet: nothing in it can break the structure around it."""

import re
import subprocess
from pathlib import Path

import pypandoc

from mtss_analysis.errors import Place, RenderError

_PLAIN = "markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-latex_macros"
_READ = f"{_PLAIN}-yaml_metadata_block-pandoc_title_block"
_WRITE = f"{_PLAIN}-smart-simple_tables-multiline_tables"
_FRONT_MATTER = re.compile(r"\A---\s*\n.*?\n(?:---|\.\.\.)\s*\n", re.DOTALL)
_FILTER = Path(__file__).with_name("narrative.lua")


def read_narrative(path: Path) -> str:
    """Read a school's text and rewrite it so that it stands under a heading of level 1.

    Parameters
    ----------
    path : Path
        Markdown, UTF-8; front matter is dropped.

    Returns
    -------
    str
        Markdown whose highest heading has level 2 and whose heading labels are its own (``narrative-…``).

    Raises
    ------
    RenderError
        The file cannot be read, or it holds a picture, which would have no place in the packet.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(
            f"the narrative cannot be read ({error})",
            next_step="Save it as UTF-8 text or take it away",
            place=Place(file=path),
        ) from error
    command = [
        pypandoc.get_pandoc_path(),
        f"--from={_READ}",
        f"--to={_WRITE}",
        f"--lua-filter={_FILTER}",
        "--quiet",
        "--wrap=none",
    ]
    source = _FRONT_MATTER.sub("", text.replace("\r\n", "\n"))
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)  # noqa: S603  # pandoc itself
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["pandoc failed"]
        raise RenderError(
            f"the narrative cannot be used: {reason[0].removeprefix('Error running filter narrative.lua: ')}",
            next_step="Mend the text, or take the narrative away",
            place=Place(file=path),
        )
    return done.stdout.decode()
