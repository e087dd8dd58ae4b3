"""Documents as an earlier step leaves them, and the services that Enrich and Summarize ask, in memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from documents.model import Extraction, Form, Line

WORK = "a" * 40


def document(*texts: str, forms: list[tuple[str, str]] | None = None, pages: int | None = None) -> Extraction:
    """A line for each text; ``"2| text"`` stands on page 2."""
    lines = []
    for text in texts:
        page, mark, rest = text.partition("| ")
        lines.append(Line(int(page), rest) if mark and page.isdigit() else Line(1, text))
    made = tuple(Form(1, key, value, 99.0) for key, value in forms or [])
    return Extraction(pages or max((line.page for line in lines), default=1), tuple(lines), made)


def refusal(code: str, status: int, operation: str = "Converse", **members: Any) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **members}, operation)


def said(*sentences: str, reason: str = "tool_use", **members: Any) -> dict[str, Any]:
    """A Converse answer whose tool's input holds the sentences; ``input=...`` puts another input in its place."""
    given = members.get("input", {"sentences": list(sentences)})
    return _answer([{"toolUse": {"toolUseId": "t", "name": "record_summary", "input": given}}], reason)


def wrote(text: str, reason: str = "end_turn") -> dict[str, Any]:
    """A Converse answer of text alone."""
    return _answer([{"text": text}], reason)


def _answer(content: list[dict[str, Any]], reason: str) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reason,
        "usage": {"inputTokens": 90, "outputTokens": 10, "totalTokens": 100},
        "metrics": {"latencyMs": 1},
    }


Converse = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class FakeBedrock:
    """Answers one after the other, the last one for ever; a function gives its own, an error is raised."""

    answers: list[dict[str, Any] | Exception | Converse] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    blocked: str = ""
    """Words that a guardrail blocks, and that it masks."""
    masked: str = ""
    guarded: list[dict[str, Any]] = field(default_factory=list)

    def apply_guardrail(self, **request: Any) -> dict[str, Any]:
        """As Bedrock answers: whether it intervened, what each policy did, and what is left of the text."""
        self.guarded.append(request)
        (content,) = request["content"]
        text = content["text"]["text"]
        if self.blocked and self.blocked in text:
            assessments = [{"wordPolicy": {"customWords": [{"match": self.blocked, "action": "BLOCKED"}]}}]
            return {"action": "GUARDRAIL_INTERVENED", "outputs": [{"text": "Blocked."}], "assessments": assessments}
        if self.masked and self.masked in text:
            found = {"match": self.masked, "type": "NAME", "action": "ANONYMIZED"}
            assessments = [{"sensitiveInformationPolicy": {"piiEntities": [found]}}]
            left = text.replace(self.masked, "{NAME}")
            return {"action": "GUARDRAIL_INTERVENED", "outputs": [{"text": left}], "assessments": assessments}
        return {"action": "NONE", "outputs": [], "assessments": []}

    def converse(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer


@dataclass
class FakeSageMaker:
    """As FakeBedrock; an answer is the JSON of a model, or bytes as they are."""

    answers: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.asked.append({**request, "Body": json.loads(request["Body"])})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {"Body": io.BytesIO(answer if isinstance(answer, bytes) else json.dumps(answer).encode())}


@dataclass
class FakeComprehend:
    """Finds given words, with offsets in characters as Comprehend counts them."""

    words: dict[str, str] = field(default_factory=dict)
    """Type by word."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    error: Exception | None = None
    failing: dict[int, Exception] = field(default_factory=dict)
    """What the call of a number, counted from 1, raises instead."""

    def detect_entities(self, **request: Any) -> dict[str, Any]:
        return {
            "Entities": [
                {**each, "Text": request["Text"][each["BeginOffset"] : each["EndOffset"]]}
                for each in self._found("entities", **request)
            ]
        }

    def detect_pii_entities(self, **request: Any) -> dict[str, Any]:
        return {"Entities": self._found("pii", **request)}

    def _found(self, kind: str, Text: str, LanguageCode: str) -> list[dict[str, Any]]:  # noqa: N803
        assert Text.strip()
        assert len(Text.encode()) <= 100_000
        self.asked.append((kind, Text, LanguageCode))
        if error := self.failing.get(len(self.asked), self.error):
            raise error
        found = []
        for word, name in self.words.items():
            at = Text.find(word)
            while at >= 0:
                found.append({"Type": name, "BeginOffset": at, "EndOffset": at + len(word), "Score": 0.9})
                at = Text.find(word, at + 1)
        return found
