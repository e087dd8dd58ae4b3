"""Records of Bedrock's model invocation log -> pairs, and a reason for each record that gives none.

The format is the user guide's "Monitor model invocation using CloudWatch Logs and Amazon S3" with the members that
real logs have beside it (``errorCode``, ``inputBodyS3Path``, ``cacheReadInputTokenCount``, lists of chunks). Nothing
here raises because of what a line holds, and nothing here knows S3, a clock or the environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from common.content import text_cuts
from llm import model, model_families, stops
from llm.logs import lines as splitting
from llm.logs.bodies import Reply, parsed, prompt_of, reply_of
from llm.logs.bodies.reply import tokens
from llm.logs.rules import Rules
from llm.model import INTERVENED, Answer, Pair, Skipped

MOST_CHARACTERS = 32_768
"""Of a prompt and of a completion each. Titan takes 50,000, Comprehend's sentiment 5 KB; people rarely write more."""

_PAID_FOR = frozenset(
    {model.NO_TEXT, model.TOOL_USE, model.MEDIA, model.METADATA_ONLY, model.TOO_LONG, model.BODY_MISSING}
)
SCHEMA = "ModelInvocationLog"
_OPERATIONS = frozenset(
    {
        "Batch",
        "Converse",
        "ConverseStream",
        "InvokeModel",
        "InvokeModelWithBidirectionalStream",
        "InvokeModelWithResponseStream",
        "StartAsyncInvoke",
    }
)
MOST_ELEMENTS = 100_000
"""Records in one line."""


class BodyMissing(Exception):
    """An off-loaded body is not there (yet)."""


class BodyTooLong(Exception):
    """An off-loaded body is too large to be read."""


class _Skip(Exception):
    """Internal: this record gives no pair, for ``reason``; ``reply`` is what is known of the answer all the same."""

    def __init__(self, reason: str, reply: Reply | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reply = reply


def _nobody(_path: str) -> object:
    raise BodyMissing


def read(
    lines: Iterable[bytes | None], rules: Rules | None = None, *, fetch: Callable[[str], object] = _nobody
) -> Iterator[Answer]:
    """One answer per record, in the order of the lines.

    ``lines``: without their ends; None stands for a line that was too long to be read. ``fetch``: the parsed body
    behind an ``s3://`` path; raises BodyMissing or BodyTooLong. What tools make of logs is read as well: an array on
    one line or over many, records printed over many lines, records one after the other without a line's end.
    """
    chosen = rules or Rules()
    for line in splitting.records(lines):
        if line is None:
            yield Skipped(model.TOO_LONG)
            continue
        bare = line.strip()
        if bare in _NOTHING:
            continue
        value = parse(bare)
        if isinstance(value, list):
            yield from (pair_of(one, chosen, fetch) for one in _records_of(value))
        else:
            yield pair_of(value, chosen, fetch)


_NOTHING = frozenset({b"", b"[", b"]", b","})


def _records_of(value: list[Any]) -> list[Any]:
    """The records in a list. One without any, as the chunks of a stream that lost their record, is one thing that is
    no record, not hundreds."""
    if any(isinstance(each, dict) and "schemaType" in each for each in value[:MOST_ELEMENTS]):
        return value
    return [{}] if value else []


_DECODER = json.JSONDecoder()


def parse(line: bytes) -> Any:
    """The JSON of a line, a list where it holds several; None where it is none, as half a line at the end of a file."""
    try:
        text = line.rstrip(b",").decode()
        return json.loads(text)
    except json.JSONDecodeError as error:
        return _one_by_one(text) if error.msg == "Extra data" else None
    except (ValueError, RecursionError):
        return None


def _one_by_one(text: str) -> list[Any] | None:
    """JSON after JSON, as Firehose writes what has no line's end of its own."""
    found: list[Any] = []
    at = 0
    try:
        while at < len(text) and len(found) < MOST_ELEMENTS:
            value, at = _DECODER.raw_decode(text, at)
            found.append(value)
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
    except (ValueError, RecursionError):
        return None
    return found


def pair_of(record: Any, rules: Rules, fetch: Callable[[str], object] = _nobody) -> Answer:
    """What one record says. Decided by who called and what failed before anything is fetched."""
    if not isinstance(record, dict):
        return Skipped(model.MALFORMED)
    at = timestamp_of(record.get("timestamp"))
    if record.get("schemaType") != SCHEMA:
        return Skipped(model.FOREIGN, at)
    model_id, operation = record.get("modelId"), record.get("operation")
    if at is None or not isinstance(model_id, str) or not model_id or not isinstance(operation, str):
        return Skipped(model.MALFORMED, at)
    operation = operation if operation in _OPERATIONS else model_families.OTHER
    family, app = model_families.family(model_id, rules.profiles), _app(record.get("requestMetadata"), rules)
    known = (at, operation, model_id, family, app)
    try:
        reply, prompt, text = _texts(record, model_id, family, rules, fetch)
    except _Skip as skip:
        known = _routed(known, skip.reply, rules)
        paid = skip.reply is not None or skip.reason in _PAID_FOR
        call = _pair(record, skip.reply or Reply(), "", "", known) if paid else None
        return Skipped(skip.reason, at, known[3], operation, app, call)
    return _pair(record, reply, prompt, text, _routed(known, reply, rules) if reply.invoked else known)


Known = tuple[datetime, str, str, str, str]
"""Time, operation, model's id, its family, the application."""


def _routed(known: Known, reply: Reply | None, rules: Rules) -> Known:
    """A prompt router's id says nothing; the trace names the model that it chose."""
    if reply is None or not reply.invoked:
        return known
    at, operation, _, _, app = known
    return at, operation, reply.invoked, model_families.family(reply.invoked, rules.profiles), app


def _texts(
    record: dict[str, Any], model_id: str, family: str, rules: Rules, fetch: Callable[[str], object]
) -> tuple[Reply, str, str]:
    """The answer, the prompt and the text of a record that has them; raises _Skip with the reason otherwise."""
    if rules.is_own(record.get("identity")):
        raise _Skip(model.SELF)
    if model_families.is_embedding(model_id, family):
        raise _Skip(model.EMBEDDING)
    if record.get("errorCode"):
        raise _Skip(model.ERROR)
    output = _body(record.get("output"), "output", fetch)
    reply = reply_of(output)
    if reply.embedding or reply.failed:
        raise _Skip(model.EMBEDDING if reply.embedding else model.ERROR)
    request = _body(record.get("input"), "input", fetch)
    if output is None and model_families.is_media(family):
        raise _Skip(model.MEDIA)
    if output is None:
        raise _Skip(model.METADATA_ONLY if request is None else model.NO_TEXT)
    text = judged_text(reply, family)
    return reply, prompt_of(request) or "\n".join(reply.heard), text


def judged_text(reply: Reply, family: str) -> str:
    """What there is to judge, "" where the provider itself took it away; raises _Skip where there is nothing."""
    text = reply.text
    if stops.kind_of(reply.stop_reason) == "skipped":
        raise _Skip(model.ERROR, reply)
    if (text and not text.isspace()) or reply.stop_reason in INTERVENED:
        return text
    if reply.tool_use:
        raise _Skip(model.TOOL_USE, reply)
    raise _Skip(model.MEDIA if reply.media or model_families.is_media(family) else model.NO_TEXT, reply)


def _body(side: Any, name: str, fetch: Callable[[str], object]) -> object:
    """The body in a record's ``input`` or ``output``, wherever it is; None where it was not delivered at all."""
    if not isinstance(side, dict):
        return None
    body = side.get(f"{name}BodyJson")
    if body is not None:
        return parsed(body) if isinstance(body, str) else body
    path = side.get(f"{name}BodyS3Path")
    if not isinstance(path, str) or not path:
        return None
    try:
        return fetch(path)
    except BodyMissing:
        raise _Skip(model.BODY_MISSING) from None
    except BodyTooLong:
        raise _Skip(model.TOO_LONG) from None


def _pair(record: dict[str, Any], reply: Reply, prompt: str, completion: str, known: Known) -> Pair:
    at, operation, model_id, family, app = known
    request_id = record.get("requestId")
    counted = _counted(record)
    short_prompt, prompt_cut = cut(prompt)
    short_completion, completion_cut = cut(completion)
    return Pair(
        request_id=request_id if isinstance(request_id, str) else "",
        timestamp=at,
        source="logs",
        operation=operation,
        model_id=model_id,
        model_family=family,
        app=app,
        prompt=short_prompt,
        completion=short_completion,
        stop_reason=reply.stop_reason,
        input_tokens=_either(counted[0], reply.input_tokens),
        output_tokens=_either(counted[1], reply.output_tokens),
        cache_read_tokens=_either(counted[2], reply.cache_read_tokens),
        cache_write_tokens=_either(counted[3], reply.cache_write_tokens),
        latency_ms=reply.latency_ms,
        truncated=prompt_cut or completion_cut,
        category=reply.category,
        policies=reply.guard.names,
        first_byte_ms=reply.first_byte_ms,
    )


def _counted(record: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    """The record's own counts: input, output, read from and written to the cache."""
    request, output = record.get("input"), record.get("output")
    request = request if isinstance(request, dict) else {}
    output = output if isinstance(output, dict) else {}
    return (
        tokens(request.get("inputTokenCount")),
        tokens(output.get("outputTokenCount")),
        tokens(request.get("cacheReadInputTokenCount")),
        tokens(request.get("cacheWriteInputTokenCount")),
    )


def _either(recorded: int | None, said: int | None) -> int | None:
    return said if recorded is None else recorded


def cut(text: str, most: int = MOST_CHARACTERS) -> tuple[str, bool]:
    """The first characters of a text, and whether there were more. JSON may hold halves of characters that no service
    takes; they become question marks."""
    return text_cuts.clean(text[:most]), len(text) > most


def timestamp_of(value: object) -> datetime | None:
    """UTC of an ISO 8601 time, with or without a fraction; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is UTC:
            return found
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _app(metadata: object, rules: Rules) -> str:
    return rules.app_of(metadata.get(rules.app_key)) if rules.app_key and isinstance(metadata, dict) else ""


def offloaded(lines: Iterable[bytes | None], rules: Rules) -> Iterator[str]:
    """Paths of all bodies that reading these lines would fetch, without fetching any."""
    for line in splitting.records(lines):
        if line is not None and b"BodyS3Path" in line:
            value = parse(line.strip())
            for one in _records_of(value) if isinstance(value, list) else (value,):
                yield from _paths(one, rules)


def _paths(record: Any, rules: Rules) -> list[str]:
    found: list[str] = []

    def note(path: str) -> object:
        found.append(path)
        return {}

    pair_of(record, rules, note)
    return found
