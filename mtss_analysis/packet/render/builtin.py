"""The renderer that needs Python packages alone: Pandoc writes HTML and Typst, Typst writes PDF/UA-1."""

import base64
import functools
import importlib.metadata
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pypandoc
import typst

from mtss_analysis.errors import RenderError
from mtss_analysis.packet.assemble import SOURCE_FORMAT
from mtss_analysis.packet.render.renderer import FORMATS, Format, RenderResult
from mtss_analysis.packet.render.theme import THEME, find_fonts
from mtss_analysis.packet.render.verify import verify_html, verify_pdf
from mtss_analysis.packet.source import PacketSource

PDF_STANDARDS = ["ua-1", "a-2a"]
_STYLE = "packet.css"


class BuiltinRenderer:
    """Renders with ``pypandoc-binary`` and ``typst``, both Python packages."""

    name = "builtin"

    def describe(self) -> str:
        """Name the programs and versions that render, for provenance."""
        return f"built-in (pandoc {_read_pandoc_version()}, typst {importlib.metadata.version('typst')})"

    def render(self, packets: Sequence[PacketSource], formats: Sequence[Format] = FORMATS) -> list[RenderResult]:
        """Render each packet into its own folder.

        Parameters
        ----------
        packets : sequence of PacketSource
            Assembled packets.
        formats : sequence of {"html", "pdf"}
            What to make.

        Returns
        -------
        list of RenderResult
            One for each packet, in order; a packet that fails does not stop the others.
        """
        return [_render_packet(packet, formats=formats) for packet in packets]


def _render_packet(packet: PacketSource, *, formats: Sequence[Format]) -> RenderResult:
    start = time.perf_counter()
    files: list[Path] = []
    error = None
    try:
        parsed = _parse(packet) if len(formats) > 1 else None
        files = [_write_html(packet, parsed) if made == "html" else _write_pdf(packet, parsed) for made in formats]
    except RenderError as failure:
        error, files = failure, []
    return RenderResult(packet=packet, files=tuple(files), seconds=time.perf_counter() - start, error=error)


def _parse(packet: PacketSource) -> bytes:
    """Have Pandoc read the source once for all formats; what it makes of it is handed on as JSON."""
    return _call_pandoc(packet, f"--from={SOURCE_FORMAT}", "--to=json", packet.qmd.name)


def _write_html(packet: PacketSource, parsed: bytes | None = None) -> Path:
    html = _run_pandoc(
        packet,
        "--to=html5",
        f"--template={THEME / 'packet.html'}",
        f"--css={_STYLE}",
        "--section-divs",
        "--number-sections",
        "--toc",
        "--toc-depth=2",
        parsed=parsed,
    )
    html = _embed(html, packet=packet)
    verify_html(html, packet=packet)
    path = packet.folder / "packet.html"
    path.write_text(html, encoding="utf-8", newline="\n")
    return path


def _embed(html: str, *, packet: PacketSource) -> str:
    """Put the style sheet and the pictures into the page, which Pandoc does in half a second more.

    In text, Pandoc writes a quotation mark as an entity: nothing but a picture of its own matches.
    """

    def embed(picture: re.Match[str]) -> str:
        try:
            content = (packet.folder / picture[1]).read_bytes()
        except OSError as error:
            raise _refuse(packet, what="the packet", lines=[f"{picture[1]}: {error.strerror}"]) from error
        return f'src="data:image/png;base64,{base64.b64encode(content).decode("ascii")}"'

    style = (THEME / _STYLE).read_text(encoding="utf-8")
    html = html.replace(f'<link rel="stylesheet" href="{_STYLE}">', f"<style>\n{style}</style>", 1)
    return re.sub(r'(?<=<img )src="(figures/[a-z0-9-]+\.png)"', embed, html)


def _write_pdf(packet: PacketSource, parsed: bytes | None = None) -> Path:
    source = _run_pandoc(packet, "--to=typst", f"--template={THEME / 'packet.typ'}", parsed=parsed)
    try:
        pdf, warnings = typst.compile_with_warnings(  # type: ignore[call-overload]  # its stub wants one type of path
            source.encode(),
            root=packet.folder,
            font_paths=_load_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=PDF_STANDARDS,
            timestamp=0,
        )
    except typst.TypstError as error:
        raise _refuse(packet, what="the PDF", lines=[error.message, *error.hints]) from error
    if warnings:
        raise _refuse(packet, what="the PDF", lines=[warning.message for warning in warnings])
    path = packet.folder / "packet.pdf"
    path.write_bytes(pdf)
    verify_pdf(path, typst_source=source, packet=packet)
    return path


def _run_pandoc(packet: PacketSource, *options: str, parsed: bytes | None) -> str:
    shared = (
        "--standalone",
        f"--data-dir={THEME}",
        f"--lua-filter={THEME / 'numbering.lua'}",
        f"--lua-filter={THEME / 'look.lua'}",
    )
    if parsed is None:
        return _call_pandoc(packet, f"--from={SOURCE_FORMAT}", *shared, *options, packet.qmd.name).decode()
    return _call_pandoc(packet, "--from=json", *shared, *options, given=parsed).decode()


def _call_pandoc(packet: PacketSource, *options: str, given: bytes | None = None) -> bytes:
    command = [pypandoc.get_pandoc_path(), "--wrap=none", *options]
    done = subprocess.run(  # noqa: S603  # pandoc itself
        command, cwd=packet.folder, capture_output=True, check=False, input=given
    )
    complaints = done.stderr.decode(errors="replace").strip()
    if done.returncode != 0 or complaints:
        lines = complaints.splitlines() or [f"pandoc ended with exit code {done.returncode}"]
        raise _refuse(packet, what="the packet", lines=lines)
    return done.stdout


def _refuse(packet: PacketSource, *, what: str, lines: Sequence[str]) -> RenderError:
    reason = "; ".join(line.strip() for line in lines if line.strip())[:600]
    return RenderError(
        f"{what} of {packet.meta.school_name} could not be rendered: {reason}",
        next_step="Look at packet.qmd in the packet's folder for what the message names",
    )


@functools.cache
def _load_fonts() -> "typst.Fonts":
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[find_fonts()])


@functools.cache
def _read_pandoc_version() -> str:
    return str(pypandoc.get_pandoc_version())
