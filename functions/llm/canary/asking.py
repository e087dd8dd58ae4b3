"""Each prompt to the model once, some at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from common.observability import logger
from llm.canary.prompts import Prompt
from services import bedrock

MOST_TOKENS = 200
"""Of an answer: whether a model refuses shows in its first sentences."""
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model said to a prompt."""

    prompt: Prompt
    text: str
    stop_reason: str


def ask(model: str, prompts: Iterable[Prompt]) -> list[Heard]:
    """Answers in the order of the prompts; one that does not come is left out, and the log names the error."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [heard for heard in pool.map(lambda prompt: _ask(model, prompt), prompts) if heard is not None]


def _ask(model: str, prompt: Prompt) -> Heard | None:
    request: dict[str, Any] = {
        "modelId": model,
        "messages": [{"role": "user", "content": [{"text": prompt.text}]}],
        "inferenceConfig": {"maxTokens": MOST_TOKENS, "temperature": 0},
    }
    try:
        with bedrock.patient(model):
            answer = bedrock.converse(request)
    except Exception as error:  # noqa: BLE001 - one prompt's failure is counted (CanaryFailed) and not the others'
        logger().error("canary unanswered", extra={"prompt": prompt.name, "error": type(error).__name__})
        return None
    blocks = answer["output"]["message"]["content"]
    text = "".join(block["text"] for block in blocks if "text" in block)
    return Heard(prompt, text, answer["stopReason"])
