"""As much of S3 on the loopback address as the doors talk to: objects to read, and the place where answers go."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote, urlsplit

BUCKET = "originals"
TOKEN = "token"
MODIFIED = "Fri, 20 Nov 2026 10:00:00 GMT"


@dataclass
class Stored:
    """How a GET or HEAD is answered. ``stall`` seconds pass before the body; ``length`` is what the header says."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stall: float = 0.0
    length: int | None = None


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class S3:
    url: str = ""
    objects: dict[str, Stored] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def put(self, key: str, body: bytes = b"", **more: Any) -> None:
        self.objects[f"/{BUCKET}/{key}"] = Stored(body, **more)

    def refuse(self, key: str, status: int, code: str) -> None:
        self.put(key, f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode(), status=status)

    def presigned(self, key: str, signed: str = "host", more: str = "") -> str:
        return f"{self.url}/{BUCKET}/{quote(key)}?X-Amz-SignedHeaders={quote(signed)}&X-Amz-Signature=abc{more}"

    @property
    def answers(self) -> list[Request]:
        """The WriteGetObjectResponse calls."""
        return [request for request in self.requests if request.method == "POST"]


@contextmanager
def running() -> Iterator[S3]:
    s3 = S3()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            s3.requests.append(Request(self.command, self.path, headers, body))
            if self.command == "POST":
                self._send(Stored())
                return
            path = unquote(urlsplit(self.path).path)
            self._send(s3.objects.get(path, Stored(b"<Error><Code>NoSuchKey</Code></Error>", 404)))

        do_GET = do_HEAD = do_POST = _answer  # noqa: N815 - http.server's names

        def _send(self, stored: Stored) -> None:
            headers = {"ETag": '"original"', "Last-Modified": MODIFIED, **stored.headers}
            self.send_response(stored.status)
            for name, value in headers.items():
                self.send_header(name, value)
            length = len(stored.body) if stored.length is None else stored.length
            self.send_header("Content-Length", str(length))
            if length != len(stored.body):
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            self.wfile.flush()
            time.sleep(stored.stall)
            if self.command != "HEAD":
                try:
                    self.wfile.write(stored.body)
                except OSError:
                    self.close_connection = True  # the other side has heard enough

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Clients that hang up early are part of the tests; anything else is a defect of this stub."""
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    s3.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield s3
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
