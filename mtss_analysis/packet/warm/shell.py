"""IPython's shell for a notebook's process: what it shows becomes messages on a wire."""

import builtins
import getpass
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from mtss_analysis.packet.warm.streams import Stream, StreamName

Send = Callable[[str, dict[str, Any]], None]

# What Jupyter's kernel sets, so that programs started by a notebook colour and do not page.
_TERMINAL = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}


def _find_compiler() -> type[CachingCompiler]:
    """Return the compiler of Jupyter's kernel, whose names for cells decide how tracebacks look.

    Its file alone is loaded: the package would load zmq, which must not be there before a fork.
    """
    package = importlib.util.find_spec("ipykernel")
    places = package.submodule_search_locations if package is not None else None
    spec = importlib.util.spec_from_file_location("_ipykernel_compiler", Path(next(iter(places or ()))) / "compiler.py")
    if spec is None or spec.loader is None:
        return CachingCompiler
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("type[CachingCompiler]", module.XCachingCompiler)


_COMPILER = _find_compiler()


class Publisher(DisplayPublisher):
    """Sends what ``display()`` is given."""

    def publish(  # type: ignore[override] # IPython's own has a deprecated positional argument
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: object,
    ) -> None:
        """Send a display, or the new content of one shown before."""
        _flush_streams()
        content = {"data": data, "metadata": metadata or {}, "transient": transient or {}}
        _sender(self.shell)("update_display_data" if update else "display_data", content)

    def clear_output(self, wait: bool = False) -> None:
        """Say that what the cell has shown is to be taken away."""
        _flush_streams()
        _sender(self.shell)("clear_output", {"wait": wait})


class ResultHook(DisplayHook):
    """Sends the value of a cell's last expression."""

    content: dict[str, Any] | None = None

    def start_displayhook(self) -> None:
        """Begin a result."""
        self.content = {"execution_count": self.prompt_count, "data": {}, "metadata": {}}

    def write_output_prompt(self) -> None:
        """Write nothing: the result carries its number."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        """Take the result in all its formats."""
        if self.content is not None:
            self.content |= {"data": format_dict, "metadata": md_dict or {}}

    def finish_displayhook(self) -> None:
        """Send the result."""
        _flush_streams()
        if self.content is not None and self.content["data"]:
            _sender(self.shell)("execute_result", self.content)
        self.content = None


# pandas, rich and tqdm look for this name to find out whether they are in a notebook.
class ZMQInteractiveShell(InteractiveShell):
    """A shell without terminal, history file or event loop of its own."""

    displayhook_class = Type(ResultHook)
    display_pub_class = Type(Publisher)
    compiler_class = Type(_COMPILER)
    send: Send
    last_traceback: Sequence[str] = ()
    failed_showing = False
    # pandas asks for it, to tell a notebook from a terminal.
    kernel = None

    def init_environment(self) -> None:
        """Set what programs that a notebook starts look for."""
        os.environ.update(_TERMINAL)

    def enable_gui(self, gui: str | None = None) -> None:
        """Accept that there is no window system, which `%matplotlib inline` asks for."""
        if gui is not None:
            msg = f"there is no event loop {gui!r} here: use %matplotlib inline"
            raise UsageError(msg)

    def ask_exit(self) -> None:
        """End the process after this cell, as `exit` and `quit` ask."""
        self.exit_now = True

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: Sequence[str]) -> None:
        _flush_streams()
        self.last_traceback = stb
        # A value that cannot be shown fails its cell, although every statement has run.
        self.failed_showing = self.failed_showing or cast("ResultHook", self.displayhook).content is not None
        self.send("error", {"ename": etype.__name__, "evalue": str(evalue), "traceback": self.last_traceback})

    def run_notebook_cell(self, source: str) -> dict[str, Any]:
        """Run a cell and give the content of the reply.

        Parameters
        ----------
        source : str
            The cell.

        Returns
        -------
        dict
            ``status``, and of an error its name, value and traceback, as a kernel replies.
        """
        self.last_traceback = ()
        self.failed_showing = False
        result = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        _flush_streams()
        reply: dict[str, Any] = {"status": "ok", "execution_count": self.execution_count - 1}
        error = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
        if not result.success or self.failed_showing:
            reply |= {"status": "error", "ename": type(error).__name__, "evalue": str(error)}
            reply["traceback"] = self.last_traceback
        return reply


def open_shell(send: Send) -> ZMQInteractiveShell:
    """Start the one shell of this process, and lead what is printed and asked through it.

    Parameters
    ----------
    send : callable
        Is given a message's type and content.

    Returns
    -------
    ZMQInteractiveShell
        What ``get_ipython()`` gives from now on.
    """
    config = Config()
    # Its file of earlier inputs would need a thread of its own.
    config.HistoryManager.enabled = False
    # tqdm finds out by it that it is in a notebook.
    config.IPKernelApp.tqdm = "in a notebook"
    shell = ZMQInteractiveShell.instance(config=config)
    shell.send = send

    def send_text(name: StreamName, text: str) -> None:
        send("stream", {"name": name, "text": text})

    sys.stdout = Stream(name="stdout", send=send_text)
    sys.stderr = Stream(name="stderr", send=send_text)
    builtins.input = _refuse_input
    getpass.getpass = _refuse_input
    return shell


def _refuse_input(*_: object, **__: object) -> NoReturn:
    msg = "raw_input was called, but this frontend does not support input requests."
    raise StdinNotImplementedError(msg)


def _sender(shell: InteractiveShell | None) -> Send:
    return cast("ZMQInteractiveShell", shell).send


def _flush_streams() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
