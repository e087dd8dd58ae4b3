"""Records of Bedrock's invocation log, and three invented models that write them."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ACCOUNT = "123456789012"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/help-desk/i-0a1b2c3d4e5f"


@dataclass(frozen=True)
class Model:
    """A model, what the metrics call it, how it is called, and its share of the traffic."""

    id: str
    family: str
    operation: str
    share: float


MODELS = (
    Model("us.anthropic.claude-3-5-haiku-20241022-v1:0", "anthropic.claude-3-5-haiku", "Converse", 0.5),
    Model("amazon.nova-lite-v1:0", "amazon.nova-lite", "ConverseStream", 0.3),
    Model("meta.llama3-8b-instruct-v1:0", "meta.llama3-8b-instruct", "InvokeModel", 0.2),
)


def record(
    chance: random.Random, at: datetime, region: str, model: Model, given: Any, answer: Any, tokens: tuple[Any, Any]
) -> dict[str, Any]:
    """The log's own form (Bedrock user guide, "Monitor model invocation"); ``tokens``: of the prompt and the answer."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "accountId": ACCOUNT,
        "identity": {"arn": CALLER},
        "region": region,
        "requestId": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "operation": model.operation,
        "modelId": model.id,
        "input": {
            "inputContentType": "application/json", "inputBodyJson": given, "inputTokenCount": tokens[0],
        },
        "output": {
            "outputContentType": "application/json", "outputBodyJson": answer, "outputTokenCount": tokens[1],
        },
    }  # fmt: skip


def asked(model: Model, text: str) -> dict[str, Any]:
    """The request's body: Converse's, or that of Llama's prompt template."""
    if model.operation == "InvokeModel":
        return {
            "prompt": f"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{text}<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            "max_gen_len": 512,
        }
    return {"messages": [{"role": "user", "content": [{"text": text}]}], "inferenceConfig": {"maxTokens": 512}}


def answered(chance: random.Random, model: Model, text: str, tokens: tuple[int, int]) -> dict[str, Any]:
    """The answer's body, whole."""
    if model.operation == "InvokeModel":
        return {
            "generation": text,
            "prompt_token_count": tokens[0],
            "generation_token_count": tokens[1],
            "stop_reason": "stop",
        }
    return converse([{"text": text}], "end_turn", tokens, chance)


def converse(content: list[Any], stop: str, tokens: tuple[int, int], chance: random.Random) -> dict[str, Any]:
    """An answer of Converse."""
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "metrics": {"latencyMs": chance.randint(300, 2500)},
        "usage": {"inputTokens": tokens[0], "outputTokens": tokens[1], "totalTokens": sum(tokens)},
    }
