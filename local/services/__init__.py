"""The stand-in engines behind the local cloud's AI services.

``ROUTES`` maps the service name in a request's signature to the function that answers it; ``CONTROL`` maps
AWS-free path prefixes to the switches that tests use. Each engine is a package whose module ``service`` has ``handle``
and ``control``, imported with its first call: a cloud that reads no documents never loads an OCR model.

athena: Athena, by sqlglot and a locked DuckDB
polly: Polly, spoken by eSpeak NG
textract: Textract, by OCR and rules of layout
comprehend: Comprehend, by lexicons, rules and patterns
bedrock: Bedrock's Converse, guardrails and Titan embeddings, by an extractive summariser and hashed n-grams
sagemaker: SageMaker: training jobs and endpoints as bounded processes; an extractive summariser behind some names
s3vectors: S3 Vectors, by numpy: buckets, indexes, filters, the exactly nearest
xray: X-Ray: segments by datagram and by API, traces as its API gives them
shapes: requests checked against AWS's service models: types, lengths, enums, patterns, and how a problem is worded
errors: the error that an engine raises, and its answer on the wire
throttle: token buckets and bounds on what runs at once, by account and Region; ``LOCAL_<SERVICE>_THROTTLE``
switchboard: faults on request and usage counts, and their HTTP form below ``/_local/<service>/``
model_switches: the same for the language models: bad answers (prose, cut, looping ...) and errors by name
extractive: the summariser and classifier behind the language models (LexRank)
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from local.cloud.http import Handler, Request, Response


def _late(module: str, name: str) -> Handler:
    @cache
    def load() -> Handler:
        handler: Handler = getattr(import_module(f"local.services.{module}"), name)
        return handler

    def call(request: Request) -> Response:
        return load()(request)

    return call


ENGINES = ("polly", "textract", "comprehend", "bedrock", "sagemaker", "s3vectors", "xray")
ROUTES: dict[str, Handler] = {name: _late(f"{name}.service", "handle") for name in ENGINES}
CONTROL: dict[str, Handler] = {f"/_local/{name}": _late(f"{name}.service", "control") for name in ENGINES}
