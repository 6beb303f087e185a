"""What a cell prints is kept alike, however its kernel cuts it into messages."""

from types import SimpleNamespace

import nbformat
import pytest

from mtss_analysis.packet.printed import BoundedClient

STDOUT, STDERR = "stdout", "stderr"


def message(kind: str, **content: object) -> dict[str, object]:
    """Give a message of a kernel."""
    return {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {}, "content": content}


def printed(name: str, text: str) -> dict[str, object]:
    """Give a message with printed text."""
    return message("stream", name=name, text=text)


SHOWN = message("display_data", data={"text/plain": "shown"}, metadata={})


@pytest.fixture
def keep():
    """Give what a cell keeps of messages: name and text, or what is shown."""

    def keep(*messages):
        cell = nbformat.v4.new_code_cell("")
        notebook = nbformat.v4.new_notebook(cells=[cell])
        client = BoundedClient(SimpleNamespace(nb=notebook, autosave_cell=lambda: None))
        client.reset_execution_trackers()
        client.clear_before_next_output = client.record_timing = False
        client._pieces = {}
        for one in (*messages, message("status", execution_state="busy")):
            client.process_message(one, cell, 0)
        return [(output.get("name", "shown"), output.get("text", "")) for output in cell.outputs]

    return keep


def test_pieces_are_one_output(keep):
    """Text that comes in two messages is one output, as where it comes in one."""
    whole = keep(printed(STDOUT, "one\ntwo\n"), printed(STDERR, "err\n"))
    assert keep(printed(STDOUT, "one\n"), printed(STDERR, "err\n"), printed(STDOUT, "two\n")) == whole
    assert keep(printed(STDERR, "err\n"), printed(STDOUT, "one\ntwo\n")) == whole
    assert whole == [(STDOUT, "one\ntwo\n"), (STDERR, "err\n")]


def test_what_is_shown_parts_what_is_printed(keep):
    """Text before and after something that is shown stays before and after it."""
    kept = keep(printed(STDERR, "a"), SHOWN, printed(STDOUT, "b"), printed(STDOUT, "c"))
    assert kept == [(STDERR, "a"), ("shown", ""), (STDOUT, "bc")]
