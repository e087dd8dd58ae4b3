"""ApplyGuardrail, and what Converse does with a ``guardrailConfig``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.services.bedrock import guardrails
from local.services.bedrock.guardrails import Guardrail, Source, Verdict

STOPPED = "guardrail_intervened"
UNKNOWN = "The guardrail identifier or version provided in the request does not exist."


class UnknownGuardrail(Exception):
    """There is none of this id, version, account and Region."""


class TooLong(Exception):
    """More text units than one call takes."""


def apply(guardrail: Guardrail, body: Mapping[str, Any]) -> dict[str, Any]:
    """ApplyGuardrail's answer; ``body`` was checked against its shape. Raises TooLong."""
    begun = time.monotonic()
    source: Source = body["source"]
    texts = [block["text"]["text"] for block in body["content"] if "text" in block]
    if sum(map(len, texts)) > guardrails.MOST_UNITS * guardrails.UNIT:
        raise TooLong(f"The content is longer than the {guardrails.MOST_UNITS} text units of one call.")
    verdict = guardrails.check(guardrail, source, "\n".join(texts))
    outputs = [verdict] if verdict.blocked else [guardrails.check(guardrail, source, text) for text in texts]
    return {
        "usage": verdict.usage,
        "action": "GUARDRAIL_INTERVENED" if verdict.intervened else "NONE",
        "actionReason": _reason(verdict),
        "outputs": [{"text": each.text} for each in outputs] if verdict.intervened else [],
        "assessments": [verdict.assessment(_milliseconds(begun))],
        "guardrailCoverage": verdict.coverage(),
    }


@dataclass
class Guarded:
    """One Converse call behind a guardrail."""

    guardrail: Guardrail
    trace: bool
    _input: Verdict | None = None
    _output: Verdict | None = None

    def stopped(self, body: Mapping[str, Any]) -> str | None:
        """What is answered instead of the model; None where the prompt may go on, which ``body`` then holds masked.

        Blocks of guardContent are all that is looked at where there are any, else all texts of the messages.
        """
        blocks = list(_guarded(body))
        self._input = guardrails.check(self.guardrail, "INPUT", "\n".join(block["text"] for block in blocks))
        if self._input.blocked:
            return self._input.text
        for block in blocks:
            block["text"] = guardrails.check(self.guardrail, "INPUT", block["text"]).text
        return None

    def shown(self, content: list[dict[str, Any]], reason: str) -> tuple[list[dict[str, Any]], str]:
        """The model's answer as it may be shown, and why it ended. What the model gives to a tool is not looked at."""
        texts = [block["text"] for block in content if "text" in block]
        self._output = guardrails.check(self.guardrail, "OUTPUT", "\n".join(texts))
        if self._output.blocked:
            return [{"text": self._output.text}], STOPPED
        if not self._output.intervened:
            return content, reason
        masked = [
            {"text": guardrails.check(self.guardrail, "OUTPUT", block["text"]).text} if "text" in block else block
            for block in content
        ]
        return masked, STOPPED

    def told(self) -> dict[str, Any]:
        """``trace`` of the answer, where it was asked for."""
        if not self.trace or self._input is None:
            return {}
        seen: dict[str, Any] = {"inputAssessment": {self.guardrail.id: self._input.assessment(0)}}
        if self._output is not None:
            seen["outputAssessments"] = {self.guardrail.id: [self._output.assessment(0)]}
        if (last := self._output or self._input).intervened:
            seen["actionReason"] = _reason(last)
        return {"trace": {"guardrail": seen}}


def named(identifier: str, version: str, region: str, account: str) -> Guardrail:
    """Raises UnknownGuardrail."""
    found = guardrails.named(identifier, version, region, account)
    if found is None:
        raise UnknownGuardrail(UNKNOWN)
    return found


def of(body: Mapping[str, Any], region: str, account: str) -> Guarded | None:
    """What a Converse request asks for. Raises UnknownGuardrail."""
    config = body.get("guardrailConfig") or {}
    if not config.get("guardrailIdentifier"):
        return None
    found = named(config["guardrailIdentifier"], config.get("guardrailVersion", ""), region, account)
    return Guarded(found, config.get("trace", "disabled") != "disabled")


def _guarded(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What holds a ``text`` to look at."""
    blocks = [block for message in body["messages"] for block in message["content"]]
    marked = [block["guardContent"]["text"] for block in blocks if "text" in block.get("guardContent", {})]
    yield from marked or [block for block in blocks if isinstance(block.get("text"), str)]


def _reason(verdict: Verdict) -> str:
    if verdict.blocked:
        return "Guardrail blocked."
    return "Guardrail masked." if verdict.intervened else "No action."


def _milliseconds(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)
