"""Segments and subsegments by trace, as X-Ray keeps them: what comes apart is put together by its parents.

Rules of a document are those of the developer guide, "X-Ray segment documents". The names of their errors are this
module's own: AWS does not publish its.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

MOST_BYTES = 65_536
"""Of a document."""
MOST_TRACES = 5_000
"""What one machine keeps, the newest; AWS keeps all of 30 days."""
_TRACE = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_IDENTIFIER = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}")
_KEY = re.compile(r"[A-Za-z0-9_]{1,500}")
_FLAGS = ("fault", "error", "throttle", "in_progress")

Document = dict[str, Any]
_Kept = tuple[float, str]
"""When it began, and its text: parsed, a document takes five times the memory."""


class BadSegment(ValueError):
    """A document that X-Ray would not take; ``segment`` is its id where it has one."""

    def __init__(self, code: str, message: str, segment: str = "") -> None:
        super().__init__(message)
        self.code, self.segment = code, segment


class Traces:
    """All traces of this cloud; safe for threads."""

    def __init__(self, most: int = MOST_TRACES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._traces: OrderedDict[str, dict[str, _Kept]] = OrderedDict()

    def put(self, text: str) -> None:
        """Keep a document; one with the same id takes the place of the one before, as that of a segment in progress.

        Raises:
            BadSegment: it is no JSON, too large, or breaks a rule of the schema.
        """
        document = checked(text)
        with self._lock:
            self._traces.setdefault(document["trace_id"], {})[document["id"]] = (document["start_time"], text)
            while len(self._traces) > self._most:
                self._traces.popitem(last=False)

    def documents(self, trace: str) -> list[Document] | None:
        """A trace's segments with their subsegments in them, the oldest first; None where there is no such trace.

        What came before its parent, or without one, stands by itself.
        """
        with self._lock:
            found = self._traces.get(trace)
            if found is None:
                return None
            texts = sorted(found.values())
        read: dict[str, Document] = {each["id"]: each for each in (json.loads(text) for _, text in texts)}
        tops = []
        for document in read.values():
            parent = read.get(document.get("parent_id", "")) if document.get("type") == "subsegment" else None
            if parent is None:
                tops.append(document)
            else:
                parent["subsegments"] = [*parent.get("subsegments", []), document]
        return tops

    def between(self, begin: float, end: float) -> list[str]:
        """Ids of the traces that began in a time, Unix seconds; the newest first."""
        with self._lock:
            starts = {name: min(kept.values())[0] for name, kept in self._traces.items()}
        return sorted((name for name, at in starts.items() if begin <= at <= end), key=lambda n: -starts[n])

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._traces.clear()


def walk(documents: list[Document]) -> Iterator[Document]:
    """Every segment and subsegment, those within others too."""
    for document in documents:
        yield document
        yield from walk(document.get("subsegments", []))


def checked(text: str) -> Document:
    """A document that follows the schema. Raises BadSegment for one that does not."""
    if len(text.encode()) > MOST_BYTES:
        raise BadSegment("DocumentTooLarge", f"A segment document has at most {MOST_BYTES} bytes.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadSegment("ParseError", "The segment document is not JSON.") from error
    if not isinstance(document, dict):
        raise BadSegment("ParseError", "The segment document is not a JSON object.")
    wrong = next(_problems(document), None)
    if wrong:
        raise BadSegment("InvalidDocument", wrong, str(document.get("id", "")))
    return document


def _problems(document: Document) -> Iterator[str]:
    for member, pattern in (("name", _NAME), ("id", _IDENTIFIER), ("trace_id", _TRACE)):
        if not isinstance(document.get(member), str) or not pattern.fullmatch(document[member]):
            yield f"{member} is missing or not of its form."
    if not _number(document.get("start_time")):
        yield "start_time is no number of seconds."
    if not _number(document.get("end_time")) and document.get("in_progress") is not True:
        yield "It has neither end_time nor in_progress."
    if document.get("type") not in (None, "subsegment"):
        yield "type is subsegment, or left out."
    if document.get("type") == "subsegment" and not _IDENTIFIER.fullmatch(str(document.get("parent_id", ""))):
        yield "A subsegment that comes alone needs parent_id."
    if document.get("namespace") not in (None, "aws", "remote"):
        yield "namespace is aws or remote."
    if any(not isinstance(document.get(flag, False), bool) for flag in _FLAGS):
        yield f"{', '.join(_FLAGS)} are Booleans."
    yield from _problems_of_members(document)


def _problems_of_members(document: Document) -> Iterator[str]:
    for member in ("aws", "http", "annotations", "metadata"):
        if not isinstance(document.get(member, {}), Mapping):
            yield f"{member} is an object."
            return
    status = document.get("http", {}).get("response", {}).get("status", 200)
    if not isinstance(status, int):
        yield "http.response.status is a number."
    for key, value in document.get("annotations", {}).items():
        if not _KEY.fullmatch(key) or not isinstance(value, str | int | float | bool):
            yield "annotations have names of letters, digits and underscores, and texts, numbers or Booleans."
    causes = document.get("cause", {})
    exceptions = causes.get("exceptions", []) if isinstance(causes, Mapping) else []
    if any(not isinstance(each, Mapping) or not _IDENTIFIER.fullmatch(str(each.get("id"))) for each in exceptions):
        yield "An exception of cause needs an id."


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TRACES = Traces()
"""Those of this process."""
