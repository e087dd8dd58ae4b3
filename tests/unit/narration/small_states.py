"""A small interpreter for the real state machine: one state a step, so that executions can be interleaved.

It knows what ``narrate_article.asl.yaml`` uses (Task on a Lambda function or behind a queue, Choice, inline Map,
Succeed, Fail, Retry, Catch, Output in JSONata) and nothing else; the tests under
tests/workflow run the same file on the local cloud.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonata
import yaml

DEFINITION = Path(__file__).parents[3] / "statemachines" / "narration" / "narrate_article.asl.yaml"
Handlers = dict[str, Callable[[dict[str, Any]], Any]]


@cache
def _definition() -> dict[str, Any]:
    text = DEFINITION.read_text()
    for lane in ("First", "Next"):
        text = text.replace(f"${{Speech{lane}QueueUrl}}", f"lane-{lane}")
    return dict(yaml.safe_load(text))


@cache
def _parsed(expression: str) -> Any:
    return jsonata.Jsonata(expression.removeprefix("{%").removesuffix("%}").strip())


@dataclass
class Execution:
    """One execution. ``step`` runs one task (or one iteration of the map) and returns whether there is more to do."""

    payload: dict[str, Any]
    handlers: Handlers
    states: dict[str, Any] = field(repr=False)
    at: str | None
    data: Any = None
    status: str = "RUNNING"
    error: str | None = None
    left: list[Any] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)
    tokens: int = 0
    failures: int = 0
    most_failures: int = 4
    """A task fails for good after so many crashes; AWS's six tries would only make the examples longer."""

    @classmethod
    def start(cls, payload: dict[str, Any], handlers: Handlers) -> Execution:
        definition = _definition()
        return cls(payload, handlers, definition["States"], definition["StartAt"], payload)

    def step(self) -> None:
        state = self.states[str(self.at)]
        kind = state["Type"]
        if kind == "Choice":
            chosen = next((c for c in state["Choices"] if self._value(c["Condition"], self.data)), {})
            self.data = self._template(chosen.get("Output", "{% $states.input %}"), {"input": self.data})
            self._go(chosen.get("Next", state["Default"]))
        elif kind == "Map":
            self._iterate(state)
        elif kind == "Task":
            self._task(str(self.at), state, self.data, self._advance)
        else:
            self.status = {"Succeed": "SUCCEEDED", "Fail": "FAILED"}[kind]
            self.error = state.get("Error")

    def _go(self, name: str) -> None:
        self.at, self.failures = name, 0
        state = self.states[name]
        if state["Type"] == "Map":
            items = list(self._value(state["Items"], self.data))
            self.left = [self._template(state["ItemSelector"], {"input": self.data, "item": item}) for item in items]
            self.results = []

    def _iterate(self, state: dict[str, Any]) -> None:
        if not self.left:
            self.data = self._template(state["Output"], {"input": self.data, "result": self.results})
            self._go(state["Next"])
            return
        name = state["ItemProcessor"]["StartAt"]
        inner = state["ItemProcessor"]["States"][name]
        self._task(name, inner, self.left[0], self._iterated)

    def _iterated(self, _state: Any, output: Any) -> None:
        self.left.pop(0)
        self.results.append(output)
        self.tokens += 1
        self.failures = 0

    def _task(self, name: str, state: dict[str, Any], data: Any, done: Callable[[Any, Any], Any]) -> None:
        queued = state["Resource"].startswith("arn:aws:states:::sqs:")
        arguments = self._template(state["Arguments"], {"input": data})
        payload = arguments if queued else arguments["Payload"]
        try:
            result = self.handlers[name](json.loads(json.dumps(payload)))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit | AssertionError):
                raise
            self._failed(state, type(error).__name__, error)
            return
        self.failures = 0
        result = result if queued else {"Payload": result}
        output = self._template(state.get("Output"), {"input": data, "result": result})
        done(state, json.loads(json.dumps(output)))

    def _advance(self, state: dict[str, Any], output: Any) -> None:
        self.data = output
        if state.get("End"):
            self.status = "SUCCEEDED"
        else:
            self._go(state["Next"])

    def _failed(self, state: dict[str, Any], name: str, error: BaseException) -> None:
        cause = json.dumps({"errorType": name, "errorMessage": str(error)})
        for catch in state.get("Catch", []):
            if name in catch["ErrorEquals"]:
                context = {"input": self.data, "errorOutput": {"Error": name, "Cause": cause}}
                self.data = self._template(catch["Output"], context)
                self._go(catch["Next"])
                return
        self.failures += 1
        retried = any(name in retry["ErrorEquals"] for retry in state["Retry"]) or name in {"Crash", "NotAnswered"}
        if not retried or self.failures > self.most_failures:
            self.status, self.error = "FAILED", f"{name}: {error}"

    def _template(self, template: Any, states: dict[str, Any]) -> Any:
        if isinstance(template, dict):
            return {key: self._template(value, states) for key, value in template.items()}
        if isinstance(template, str) and template.startswith("{%"):
            return self._value(template, states["input"], states)
        return template

    def _value(self, expression: str, data: Any, states: dict[str, Any] | None = None) -> Any:
        context = {
            "Execution": {"Input": self.payload, "StartTime": "2026-01-02T03:04:05.678Z"},
            "State": {"EnteredTime": "2026-01-02T03:04:05.678Z"},
            "Task": {"Token": f"{id(self)}-{self.tokens}"},
            "Map": {"Item": {"Value": (states or {}).get("item")}},
        }
        bound = {"input": data, "context": context, **(states or {})}
        parsed = _parsed(expression)
        frame = parsed.create_frame()
        frame.bind("states", bound)
        return parsed.evaluate(None, frame)
