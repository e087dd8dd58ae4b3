"""A real boto3 client against one engine over HTTP: what is answered is what botocore reads."""

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
def engine_client(service: str, handle: Handler, *, looks: bool = True, **config: Any) -> Iterator[Any]:
    """A client of ``service`` whose calls ``handle`` answers; it tries once unless ``config`` says otherwise.

    One that does not look (``looks``) sends what breaks the model's constraints too.
    """

    class Front(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(
                self.command, unquote(url.path), parse_qs(url.query), headers, body, "us-east-1", "123456789012"
            )
            response = handle(request)
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names http.server calls

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
            config=Config(proxies={}, parameter_validation=looks, retries={"total_max_attempts": 1, **config}),
        )
        server.shutdown()
        thread.join()
