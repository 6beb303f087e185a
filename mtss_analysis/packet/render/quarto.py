"""The renderer that calls Quarto: one project for many packets, and a look at everything that comes out.

Quarto reports success (exit code 0) for missing files and unresolved references, writes ``.quarto/`` beside
its sources and stops at the first document that fails. So packets are rendered in a folder of their own,
every rendering is verified, and what a failed neighbour kept from being rendered is rendered again alone.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from mtss_analysis.errors import ParameterError, RenderError
from mtss_analysis.packet.render.renderer import FORMATS, Format, RenderResult
from mtss_analysis.packet.render.theme import THEME, find_fonts
from mtss_analysis.packet.render.verify import verify_html, verify_pdf
from mtss_analysis.packet.source import PacketSource

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LAST_LINES = 6


class QuartoRenderer:
    """Renders with the ``quarto`` found on the PATH.

    Parameters
    ----------
    executable : Path, optional
        The program; found on the PATH when absent.

    Raises
    ------
    ParameterError
        There is no ``quarto``.
    """

    name = "quarto"

    def __init__(self, executable: Path | None = None) -> None:
        found = str(executable) if executable is not None else shutil.which("quarto")
        if found is None:
            raise ParameterError(
                "quarto is not on the PATH",
                next_step="Install Quarto (https://quarto.org) or use --renderer builtin",
            )
        self._executable = found

    def describe(self) -> str:
        """Name the program and its version, for provenance."""
        done = subprocess.run([self._executable, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        return f"Quarto {done.stdout.strip() or 'of unknown version'}"

    def render(self, packets: Sequence[PacketSource], formats: Sequence[Format] = FORMATS) -> list[RenderResult]:
        """Render all packets as one Quarto project, each result into its packet's own folder.

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
        if not packets:
            return []
        results = self._render_project(packets, formats=formats)
        if len(packets) == 1:
            return results
        again = [[] if result.ok else self._render_project([result.packet], formats=formats) for result in results]
        return [(alone or [result])[0] for result, alone in zip(results, again, strict=True)]

    def _render_project(self, packets: Sequence[PacketSource], *, formats: Sequence[Format]) -> list[RenderResult]:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="mtss-quarto-") as scratch:
            project = Path(scratch)
            names = _lay_out_project(packets, formats=formats, project=project)
            environment = {**os.environ, "NO_COLOR": "1"}
            done = subprocess.run(  # noqa: S603  # quarto itself
                [self._executable, "render"], cwd=project, env=environment, capture_output=True, check=False
            )
            said = _read_last_lines(done.stdout + b"\n" + done.stderr)
            errors = [
                _find_fault(project, name=name, packet=packet, formats=formats)
                for name, packet in zip(names, packets, strict=True)
            ]
            if done.returncode != 0 and not any(errors):
                errors = [f"quarto ended with exit code {done.returncode}" for _ in packets]
            each = (time.perf_counter() - start) / len(packets)
            return [
                _collect(project, name=name, packet=packet, formats=formats, fault=fault, said=said, seconds=each)
                for name, packet, fault in zip(names, packets, errors, strict=True)
            ]


def write_project(*, render: Sequence[str], formats: Sequence[Format], theme: str, fonts: Sequence[str]) -> str:
    """Write the ``_quarto.yml`` that gives packets their look.

    Parameters
    ----------
    render : sequence of str
        The documents, relative to the project.
    formats : sequence of {"html", "pdf"}
        What to make.
    theme : str
        Folder with the templates, relative to the project.
    fonts : sequence of str
        Folders with the fonts of the PDF; empty: the computer's own.

    Returns
    -------
    str
        YAML.
    """
    html = {
        "theme": "none",
        "minimal": True,
        "template": f"{theme}/packet.html",
        "css": f"{theme}/packet.css",
        "embed-resources": True,
    }
    pdf: dict[str, object] = {
        "template": f"{theme}/packet.typ",
        "keep-typ": True,
        "pdf-standard": ["ua-1", "a-2a"],
    }
    if fonts:
        pdf["font-paths"] = list(fonts)
    written: Mapping[str, tuple[str, Mapping[str, object]]] = {"html": ("html", html), "pdf": ("typst", pdf)}
    project = {
        "project": {"type": "default", "output-dir": "_rendered", "render": list(render)},
        "execute": {"enabled": False},
        "filters": ["quarto", f"{theme}/look.lua"],
        "format": dict(written[made] for made in formats),
    }
    return yaml.safe_dump(project, sort_keys=False, allow_unicode=True)


def _lay_out_project(packets: Sequence[PacketSource], *, formats: Sequence[Format], project: Path) -> list[str]:
    names = [f"packet{number:05d}" for number in range(1, len(packets) + 1)]
    for name, packet in zip(names, packets, strict=True):
        (project / name).mkdir()
        shutil.copyfile(packet.qmd, project / name / "packet.qmd")
        shutil.copytree(packet.folder / "figures", project / name / "figures")
    shutil.copytree(THEME, project / "theme")
    documents = [f"{name}/packet.qmd" for name in names]
    text = write_project(render=documents, formats=formats, theme="theme", fonts=[str(find_fonts())])
    (project / "_quarto.yml").write_text(text, encoding="utf-8")
    return names


def _find_fault(project: Path, *, name: str, packet: PacketSource, formats: Sequence[Format]) -> str | None:
    rendered = project / "_rendered" / name
    try:
        for made in formats:
            if not (rendered / f"packet.{made}").is_file():
                return f"packet.{made} is missing"
            if made == "html":
                verify_html((rendered / "packet.html").read_text(encoding="utf-8"), packet=packet)
            else:
                written = project / name / "packet.typ"
                source = written.read_text(encoding="utf-8") if written.is_file() else ""
                verify_pdf(rendered / "packet.pdf", typst_source=source, packet=packet)
    except RenderError as error:
        return error.problem
    return None


def _collect(
    project: Path,
    *,
    name: str,
    packet: PacketSource,
    formats: Sequence[Format],
    fault: str | None,
    said: str,
    seconds: float,
) -> RenderResult:
    if fault is not None:
        error = RenderError(
            f"Quarto did not render the packet of {packet.meta.school_name}: {fault}. Quarto said: {said}",
            next_step="Mend what Quarto names, or use --renderer builtin",
        )
        return RenderResult(packet=packet, files=(), seconds=seconds, error=error)
    files = tuple(packet.folder / f"packet.{made}" for made in formats)
    for path in files:
        shutil.copyfile(project / "_rendered" / name / path.name, path)
    return RenderResult(packet=packet, files=files, seconds=seconds)


def _read_last_lines(output: bytes) -> str:
    text = _COLOUR.sub("", output.decode(errors="replace"))
    told = (line.strip() for line in text.splitlines())
    lines = [line for line in told if line and not line.startswith(("at ", "Stack trace"))]
    return " | ".join(lines[-_LAST_LINES:]) or "nothing"
