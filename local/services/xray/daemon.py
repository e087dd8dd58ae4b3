"""X-Ray's daemon, as functions see it: an address of 127.0.0.1 that takes datagrams.

A datagram is ``{"format": "json", "version": 1}``, a line's end, and a document (developer guide, "Sending trace data
to X-Ray"). AWS's daemon drops what it cannot read and tells nobody; here it is counted (``GET /_local/xray/usage``) and
logged, so that a test sees it.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from functools import cache

from local.cloud.settings import HOST
from local.services.switchboard import Usage
from local.services.xray.traces import TRACES, BadSegment, Traces

HEADER = {"format": "json", "version": 1}
_DATAGRAM = 65_536
_BUFFER = 4 << 20
"""Bytes that wait to be read: eight functions may tell of a hundred calls at once."""

USAGE = Usage("received", "refused")
logger = logging.getLogger("local")


@cache
def address() -> str:
    """``host:port`` of this cloud's daemon, which the first question starts."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    made.bind((HOST, 0))
    threading.Thread(target=_receive, args=(made,), name="x-ray daemon", daemon=True).start()
    return f"{HOST}:{made.getsockname()[1]}"


def _receive(receiver: socket.socket) -> None:
    while True:
        take(receiver.recv(_DATAGRAM), TRACES)


def take(datagram: bytes, traces: Traces) -> bool:
    """Keep what a datagram tells; False where it could not be read."""
    try:
        header, _, document = datagram.decode().partition("\n")
        if json.loads(header) != HEADER:
            raise BadSegment("Header", f"The first line is not {json.dumps(HEADER)}.")
        traces.put(document)
    except ValueError as error:  # no UTF-8, no JSON, BadSegment
        USAGE.count(refused=1)
        logger.warning("X-Ray's daemon could not read a datagram: %s", error)
        return False
    USAGE.count(received=1)
    return True
