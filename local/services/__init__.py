"""The stand-in engines behind the local cloud's AI services.

``ROUTES`` maps the service name in a request's signature to the function that answers it; ``CONTROL`` maps
AWS-free path prefixes to the switches that tests use. Each engine is one module with ``handle``, and ``control`` where
it has switches, imported with its first call: a cloud that reads no documents never loads an OCR model.

textract: Textract, by OCR and rules of layout.
polly: Polly, spoken by eSpeak NG.
comprehend: Comprehend, by lexicons, rules and patterns.
bedrock: Bedrock, by an extractive summariser and hashed n-grams.
sagemaker: SageMaker's InvokeEndpoint, by an extractive summariser.
extractive: An extractive summariser:
model_switches: What a test may switch on the local language models:
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from local.cloud.http import Handler, Request, Response


def _late(module: str, name: str) -> Handler:
    @cache
    def found() -> Handler:
        handler: Handler = getattr(import_module(f"local.services.{module}"), name)
        return handler

    def call(request: Request) -> Response:
        return found()(request)

    return call


ROUTES: dict[str, Handler] = {
    "polly": _late("polly.service", "handle"),
    "textract": _late("textract.service", "handle"),
    "comprehend": _late("comprehend.service", "handle"),
    "bedrock": _late("bedrock.service", "handle"),
    "sagemaker": _late("sagemaker.service", "handle"),
}
CONTROL: dict[str, Handler] = {
    "/_local/polly": _late("polly.faults", "control"),
    "/_local/textract": _late("textract.service", "control"),
    "/_local/comprehend": _late("comprehend.service", "control"),
    "/_local/bedrock": _late("bedrock.service", "control"),
    "/_local/sagemaker": _late("sagemaker.service", "control"),
}
