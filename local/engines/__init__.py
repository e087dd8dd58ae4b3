"""The stand-in engines behind the local cloud's AI services.

``ROUTES`` maps the service name in a request's signature to the function that answers it; ``CONTROL`` maps
AWS-free path prefixes to the switches that tests use. Each engine is one module with ``handle``, and ``control`` where
it has switches, imported with its first call: a cloud that reads no documents never loads an OCR model.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from local.http import Handler, Request, Response


def _late(module: str, name: str) -> Handler:
    @cache
    def found() -> Handler:
        handler: Handler = getattr(import_module(f"local.engines.{module}"), name)
        return handler

    def call(request: Request) -> Response:
        return found()(request)

    return call


ROUTES: dict[str, Handler] = {
    "polly": _late("polly", "handle"),
    "textract": _late("textract", "handle"),
    "comprehend": _late("comprehend", "handle"),
    "bedrock": _late("bedrock", "handle"),
    "sagemaker": _late("sagemaker", "handle"),
}
CONTROL: dict[str, Handler] = {
    "/_local/polly": _late("faults", "control"),
    "/_local/textract": _late("textract", "control"),
    "/_local/comprehend": _late("comprehend", "control"),
    "/_local/bedrock": _late("bedrock", "control"),
    "/_local/sagemaker": _late("sagemaker", "control"),
}
