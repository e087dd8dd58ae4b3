"""One engine behind HTTP, and a real boto3 client of it: what is answered is what botocore reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from botocore.config import Config

from local.cloud.http import Handler, Request


@contextmanager
def client_of(handle: Handler, service: str) -> Iterator[Any]:
    """A client of ``service`` whose calls ``handle`` answers, never retried."""

    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = handle(
                Request("POST", unquote(url.path), parse_qs(url.query), headers, body, "us-east-1", "123456789012")
            )
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield boto3.session.Session().client(
            service,
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )
        server.shutdown()
        thread.join()
