"""Pairs, and clients of Comprehend and Titan that are as strict as the local engines: no request passes unlooked at."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from llm.model import Pair, Sample
from local.cloud.http import Request, Response
from local.services.bedrock import titan
from local.services.comprehend import service

AT = datetime(2026, 11, 20, 12, 30, 15, tzinfo=UTC)
ANSWER = "Hold the reset button of the router for ten seconds, then its password is the one on the label."
QUESTION = "How do I reset the password of my router?"


def pair(request_id: str = "r1", **members: Any) -> Pair:
    values: dict[str, Any] = {
        "timestamp": AT,
        "source": "s3",
        "operation": "Converse",
        "model_id": "anthropic.claude-3-haiku-20240307-v1:0",
        "model_family": "claude-3-haiku",
        "app": "",
        "prompt": QUESTION,
        "completion": ANSWER,
        "stop_reason": "end_turn",
    }
    return Pair(request_id=request_id, **{**values, **members})


def values(samples: Iterable[Sample], metric: str) -> list[float]:
    return [sample.value for sample in samples if sample.metric == metric]


def metrics(samples: Iterable[Sample]) -> Counter[str]:
    return Counter(sample.metric for sample in samples)


def refusal(code: str, operation: str = "Call", status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


def _request(headers: dict[str, str], body: dict[str, Any]) -> Request:
    return Request("POST", "/", {}, headers, json.dumps(body).encode(), "us-east-1", "123456789012")


def _read(response: Response, operation: str) -> Any:
    body = json.loads(response.body)
    if response.status != 200:
        code = next(value for name, value in response.headers.items() if name == "x-amzn-errortype")
        raise refusal(code, operation, response.status)
    return body


@dataclass
class Comprehend:
    """A client of Comprehend; ``asked`` is every request, ``before`` may raise. Rates are off."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = "".join(part.capitalize() for part in name.split("_"))

        def call(**members: Any) -> Any:
            self.before(operation)
            self.asked.append((operation, members))
            return _read(
                service.handle(_request({"x-amz-target": f"{service.TARGET}.{operation}"}, members)), operation
            )

        return call

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.asked)


@dataclass
class Titan:
    """A bedrock-runtime client with Titan behind it; ids that do not name a model stand for ``behind``."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    vector: list[float] | None = None
    behind: str = "amazon.titan-embed-text-v2:0"

    def invoke_model(self, modelId: str, body: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        wish = json.loads(body)
        self.before(wish["inputText"])
        self.asked.append(wish)
        answer = _read(
            titan.invoke(_request({}, wish), modelId if titan.serves(modelId) else self.behind), "InvokeModel"
        )
        if self.vector is not None:
            answer["embedding"] = self.vector
        return {"body": io.BytesIO(json.dumps(answer).encode())}


def documents(text: str) -> list[dict[str, Any]]:
    """The EMF documents that were printed."""
    return [json.loads(line) for line in text.splitlines() if re.match(r'\{.*"_aws"', line)]


def total(text: str, metric: str) -> float:
    """The sum of a metric under [service] alone."""
    found = 0.0
    for document in documents(text):
        if document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]] and metric in document:
            value = document[metric]
            found += sum(value) if isinstance(value, list) else value
    return found
