"""Messages between two processes of this machine: JSON, with its length before it, over a socket."""

import base64
import datetime as dt
import json
import math
import numbers
import socket
import struct
import threading
from collections.abc import Iterable, Mapping
from typing import Any

Message = dict[str, Any]
_LENGTH = struct.Struct("!Q")
_PIECE_BYTES = 1 << 20


class Wire:
    """One end of a connected pair of sockets.

    Parameters
    ----------
    end : socket
        A stream socket; it is closed with the wire.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._arrived = bytearray()
        self._sending = threading.RLock()

    def fileno(self) -> int:
        """Return the descriptor, so that one can wait for the wire."""
        return self._end.fileno()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; waits while the other end does not read.

        Parameters
        ----------
        message : mapping
            Anything that JSON or a notebook can hold; bytes are sent as base64, as Jupyter does.

        Raises
        ------
        BrokenPipeError
            The other end is closed.
        """
        body = _encode(message)
        with self._sending:
            self._end.sendall(_LENGTH.pack(len(body)))
            self._end.sendall(body)

    def receive(self) -> Message | None:
        """Wait for a message; None where the other end is closed."""
        while (message := self.take()) is None:
            if not self.fill():
                return None
        return message

    def take(self) -> Message | None:
        """Give the next message that has arrived whole; None where there is none yet."""
        if len(self._arrived) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._arrived)
        end = _LENGTH.size + length
        if len(self._arrived) < end:
            return None
        message: Message = json.loads(self._arrived[_LENGTH.size : end])
        del self._arrived[:end]
        return message

    def fill(self) -> bool:
        """Wait for bytes and keep them; False where the other end is closed."""
        try:
            piece = self._end.recv(_PIECE_BYTES)
        except ConnectionResetError:
            return False
        self._arrived += piece
        return bool(piece)

    def close(self) -> None:
        """Close this end."""
        self._end.close()


def _encode(message: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(message, default=_simplify, allow_nan=False)
    except ValueError:
        # A notebook holds no NaN; Jupyter writes it as text.
        text = json.dumps(_name_what_is_not_finite(message), default=_simplify)
    return text.encode("ascii")


def _simplify(value: object) -> object:
    """Give what Jupyter would write for a value that JSON does not have."""
    match value:
        case dt.datetime() | dt.date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case numbers.Integral():
            return int(value)
        case numbers.Real():
            return float(value)
        case Iterable():
            return list(value)
    msg = f"{value!r} cannot be part of a notebook's output"
    raise TypeError(msg)


def _name_what_is_not_finite(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return repr(value)
        case Mapping():
            return {key: _name_what_is_not_finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_name_what_is_not_finite(inner) for inner in value]
    return value
