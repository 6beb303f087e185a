"""Renders packets to HTML and PDF: with Quarto where it is installed, else with Python packages alone."""

import shutil
from typing import Literal

from mtss_analysis.errors import ParameterError
from mtss_analysis.packet.render.renderer import FORMATS, Format, Renderer, RenderResult

RendererName = Literal["auto", "quarto", "builtin"]

__all__ = ["FORMATS", "Format", "RenderResult", "Renderer", "RendererName", "choose_renderer"]


def choose_renderer(name: RendererName = "auto") -> Renderer:
    """Choose what renders the packets.

    Parameters
    ----------
    name : {"auto", "quarto", "builtin"}
        ``auto``: Quarto where it is on the PATH, otherwise the built-in renderer.

    Returns
    -------
    Renderer
        Both give the same content, numbering and cross-references.

    Raises
    ------
    ParameterError
        There is no renderer of this name, or Quarto was asked for and is not on the PATH.
    """
    # Imported here: each brings programs that a run with the other does not need.
    from mtss_analysis.packet.render.builtin import BuiltinRenderer  # noqa: PLC0415
    from mtss_analysis.packet.render.quarto import QuartoRenderer  # noqa: PLC0415

    match name:
        case "quarto":
            return QuartoRenderer()
        case "builtin":
            return BuiltinRenderer()
        case "auto":
            return QuartoRenderer() if shutil.which("quarto") else BuiltinRenderer()
    raise ParameterError(f"there is no renderer {name!r}", next_step="Use auto, quarto or builtin")
