"""The Lambda Runtime API for one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html: the process polls `next`, then posts `response` or
`error`; a failure before the first poll goes to `init/error`.
"""

from __future__ import annotations

import queue
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from local.cloud.settings import HOST

# Bytes; the number of AWS's own error text for a buffered answer.
MAX_RESPONSE_BYTES = 6_291_556

_RESULT = re.compile(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)$")


@dataclass(frozen=True)
class Invocation:
    """One event on its way to the process; `deadline_ms` is Unix time in milliseconds."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str | None = None


@dataclass(frozen=True)
class Message:
    """What the process said: that it is ready for an event, an answer, or an error (JSON in `body`)."""

    kind: Literal["next", "response", "error", "init_error", "stopped"]
    request_id: str = ""
    body: bytes = b""


class RuntimeApi:
    """A small HTTP server on 127.0.0.1; messages from the process arrive in `inbox`."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue()
        self._jobs: queue.Queue[Invocation | None] = queue.Queue()
        self._closed = threading.Event()
        api = self

        class Handler(_Handler):
            runtime_api = api

        self._server = _Server((HOST, 0), Handler)
        self.address = f"{HOST}:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True, name="runtime-api"
        )
        self._thread.start()

    def send(self, invocation: Invocation) -> None:
        """Give the process its next event."""
        self._jobs.put(invocation)

    def take(self) -> Invocation | None:
        """Block until there is an event; None when the environment is being closed."""
        return None if self._closed.is_set() else self._jobs.get()

    def close(self) -> None:
        """Stop serving; a poll that is waiting is let go. The port is given back a moment later."""
        self._closed.set()
        self._jobs.put(None)
        threading.Thread(target=self._shut_down, daemon=True, name="runtime-api-end").start()

    def _shut_down(self) -> None:
        self._server.shutdown()  # takes up to one poll interval
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A process that was killed drops its connection; that is reported by the environment, not here."""
        import sys

        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    runtime_api: RuntimeApi
    protocol_version = "HTTP/1.1"
    # Buffered and without Nagle's algorithm: otherwise each answer waits about 40 ms for a delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if not self.path.endswith("/runtime/invocation/next"):
            self._answer(404)
            return
        self.runtime_api.inbox.put(Message("next"))
        job = self.runtime_api.take()
        if job is None:
            self._answer(500)
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": job.request_id,
            "Lambda-Runtime-Deadline-Ms": str(job.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": job.function_arn,
            "Content-Type": "application/json",
        }
        if job.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = job.trace_id
        self._answer(200, job.payload, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/runtime/init/error"):
            self.runtime_api.inbox.put(Message("init_error", body=body))
            self._answer(202)
            return
        match = _RESULT.search(self.path)
        if match is None:
            self._answer(404)
            return
        kind: Literal["response", "error"] = "response" if match.group(2) == "response" else "error"
        self.runtime_api.inbox.put(Message(kind, match.group(1), body))
        self._answer(202)

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """No access log: the function's own log is what counts."""
