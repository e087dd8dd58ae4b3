"""Records of Bedrock's model invocation log -> pairs, and a reason for each record that gives none.

The format is the user guide's "Monitor model invocation using CloudWatch Logs and Amazon S3" with the members that
real logs have beside it (``errorCode``, ``inputBodyS3Path``, ``cacheReadInputTokenCount``, lists of chunks). Nothing
here raises because of what a line holds, and nothing here knows S3, a clock or the environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from llm import model_families
from llm.logs.bodies import Reply, prompt_of, reply_of
from llm.logs.bodies.reply import GUARDRAIL, tokens
from llm.model import Pair

MOST_CHARACTERS = 32_768
"""Of a prompt and of a completion each. Titan takes 50,000, Comprehend's sentiment 5 KB; people rarely write more."""

INTERVENED = frozenset({GUARDRAIL, "content_filtered"})
"""Stops after which an answer without any text is still one: the user was shown that there is none."""

NO_TEXT = "SkippedNoText"
TOOL_USE = "SkippedToolUse"
EMBEDDING = "SkippedEmbedding"
SELF = "SkippedSelf"
ERROR = "SkippedError"
METADATA_ONLY = "SkippedMetadataOnly"
MALFORMED = "SkippedMalformed"
TOO_LONG = "SkippedTooLong"
FOREIGN = "SkippedForeign"
DUPLICATE = "SkippedDuplicate"
BODY_MISSING = "BodyOffloadedMissing"
REASONS = (
    NO_TEXT,
    TOOL_USE,
    EMBEDDING,
    SELF,
    ERROR,
    METADATA_ONLY,
    MALFORMED,
    TOO_LONG,
    FOREIGN,
    DUPLICATE,
    BODY_MISSING,
)
"""Each is a metric; docs/llm.md says what to do about it."""

_PAID_FOR = frozenset({NO_TEXT, TOOL_USE, METADATA_ONLY, TOO_LONG, BODY_MISSING})
_OPERATIONS = frozenset({"Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"})


class BodyMissing(Exception):
    """An off-loaded body is not there (yet)."""


class BodyTooLong(Exception):
    """An off-loaded body is larger than anybody wants to read."""


class _Skip(Exception):
    """Internal: this record gives no pair, for ``reason``; ``reply`` is what is known of the answer all the same."""

    def __init__(self, reason: str, reply: Reply | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reply = reply or Reply()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that gives no pair. ``reason`` is one of REASONS; ``timestamp`` None where the record has none.

    ``call`` is the pair without its texts, where somebody else's model was called and paid for: a turn that only calls
    tools has no text to judge, and costs tokens like any other.
    """

    reason: str
    timestamp: datetime | None = None
    family: str = ""
    operation: str = ""
    app: str = ""
    call: Pair | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """``own_roles``: names of this application's roles that call models; ``profiles`` as ``families.family`` takes
    them; ``app_key``: the member of requestMetadata that names an application; ``apps``: those with metrics of their
    own."""

    own_roles: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()
    app_key: str = ""
    profiles: Mapping[str, str] = field(default_factory=dict)


def _nobody(_path: str) -> object:
    raise BodyMissing


def read(
    lines: Iterable[bytes | None], rules: Rules | None = None, *, fetch: Callable[[str], object] = _nobody
) -> Iterator[Pair | Skipped]:
    """One answer a record, in the order of the lines.

    ``lines``: without their ends; None stands for a line that was too long to be read. ``fetch``: the parsed body
    behind an ``s3://`` path; raises BodyMissing or BodyTooLong. An array on one line, or one record a line between
    brackets and commas, is read as well: some tools rewrite logs in that way.
    """
    chosen = rules or Rules()
    for line in lines:
        if line is None:
            yield Skipped(TOO_LONG)
            continue
        bare = line.strip()
        if bare in _NOTHING:
            continue
        record = parse(bare)
        records = record if isinstance(record, list) else (record,)
        for one in records:
            yield pair_of(one, chosen, fetch)


_NOTHING = frozenset({b"", b"[", b"]", b","})


def parse(line: bytes) -> Any:
    """The JSON of a line; None where it is none, as half a line at the end of a cut file."""
    try:
        return json.loads(line.rstrip(b",").decode())
    except (ValueError, RecursionError):
        return None


def pair_of(record: Any, rules: Rules, fetch: Callable[[str], object] = _nobody) -> Pair | Skipped:
    """What one record says. Decided by who called and what failed before anything is fetched."""
    if not isinstance(record, dict):
        return Skipped(MALFORMED)
    at = timestamp_of(record.get("timestamp"))
    if record.get("schemaType") != "ModelInvocationLog":
        return Skipped(FOREIGN, at)
    model_id, operation = record.get("modelId"), record.get("operation")
    if at is None or not isinstance(model_id, str) or not model_id or not isinstance(operation, str):
        return Skipped(MALFORMED, at)
    operation = operation if operation in _OPERATIONS else model_families.OTHER
    family, app = model_families.family(model_id, rules.profiles), app_of(record.get("requestMetadata"), rules)
    known = (at, operation, model_id, family, app)
    try:
        reply, prompt = _texts(record, model_id, rules, fetch)
    except _Skip as skip:
        call = _pair(record, skip.reply, "", "", known) if skip.reason in _PAID_FOR else None
        return Skipped(skip.reason, at, family, operation, app, call)
    return _pair(record, reply, prompt, reply.text, known)


def _texts(record: dict[str, Any], model_id: str, rules: Rules, fetch: Callable[[str], object]) -> tuple[Reply, str]:
    """The answer and the prompt of a record that has both; raises _Skip with the reason otherwise."""
    if is_own(record.get("identity"), rules.own_roles):
        raise _Skip(SELF)
    if model_families.is_embedding(model_id):
        raise _Skip(EMBEDDING)
    if record.get("errorCode"):
        raise _Skip(ERROR)
    output = _body(record.get("output"), "output", fetch)
    reply = reply_of(output)
    if reply.embedding or reply.failed:
        raise _Skip(EMBEDDING if reply.embedding else ERROR)
    given = _body(record.get("input"), "input", fetch)
    if output is None:
        raise _Skip(METADATA_ONLY if given is None else NO_TEXT)
    if not reply.text.strip() and reply.stop_reason not in INTERVENED:
        raise _Skip(TOOL_USE if reply.tool_use else NO_TEXT, reply)
    return reply, prompt_of(given)


def _body(side: Any, name: str, fetch: Callable[[str], object]) -> object:
    """The body in a record's ``input`` or ``output``, wherever it is; None where it was not delivered at all."""
    if not isinstance(side, dict):
        return None
    body = side.get(f"{name}BodyJson")
    if body is not None:
        return body
    path = side.get(f"{name}BodyS3Path")
    if not isinstance(path, str) or not path:
        return None
    try:
        return fetch(path)
    except BodyMissing:
        raise _Skip(BODY_MISSING) from None
    except BodyTooLong:
        raise _Skip(TOO_LONG) from None


def _pair(
    record: dict[str, Any], reply: Reply, prompt: str, completion: str, known: tuple[datetime, str, str, str, str]
) -> Pair:
    at, operation, model_id, family, app = known
    request_id = record.get("requestId")
    counted = _counted(record)
    asked, asked_more = cut(prompt)
    answered, answered_more = cut(completion)
    return Pair(
        request_id=request_id if isinstance(request_id, str) else "",
        timestamp=at,
        source="logs",
        operation=operation,
        model_id=model_id,
        model_family=family,
        app=app,
        prompt=asked,
        completion=answered,
        stop_reason=reply.stop_reason,
        input_tokens=_either(counted[0], reply.input_tokens),
        output_tokens=_either(counted[1], reply.output_tokens),
        cache_read_tokens=_either(counted[2], reply.cache_read_tokens),
        cache_write_tokens=_either(counted[3], reply.cache_write_tokens),
        latency_ms=reply.latency_ms,
        truncated=asked_more or answered_more,
    )


def _counted(record: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    """The record's own counts: input, output, read from and written to the cache."""
    given, output = record.get("input"), record.get("output")
    given = given if isinstance(given, dict) else {}
    output = output if isinstance(output, dict) else {}
    return (
        tokens(given.get("inputTokenCount")),
        tokens(output.get("outputTokenCount")),
        tokens(given.get("cacheReadInputTokenCount")),
        tokens(given.get("cacheWriteInputTokenCount")),
    )


def _either(recorded: int | None, said: int | None) -> int | None:
    return said if recorded is None else recorded


def cut(text: str, most: int = MOST_CHARACTERS) -> tuple[str, bool]:
    """The first characters of a text, and whether there were more. JSON may hold halves of characters that no service
    takes; they become question marks."""
    short = text[:most]
    if not short.isascii():
        short = short.encode("utf-8", "replace").decode()
    return short, len(text) > most


def timestamp_of(value: object) -> datetime | None:
    """UTC of an ISO 8601 time, with or without a fraction; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_own(identity: object, own_roles: frozenset[str]) -> bool:
    """Whether this application itself called the model: its roles' sessions are
    ``arn:aws:sts::<account>:assumed-role/<role>/<session>``."""
    arn = identity.get("arn") if isinstance(identity, dict) else None
    if not isinstance(arn, str) or ":assumed-role/" not in arn:
        return False
    return arn.partition(":assumed-role/")[2].partition("/")[0] in own_roles


def app_of(metadata: object, rules: Rules) -> str:
    """The application that the caller named: an allow-listed name, "other", or "" where it named none."""
    if not rules.app_key or not isinstance(metadata, dict):
        return ""
    named = metadata.get(rules.app_key)
    if not isinstance(named, str) or not named:
        return ""
    return named if named in rules.apps else model_families.OTHER


def offloaded(lines: Iterable[bytes | None], rules: Rules) -> Iterator[str]:
    """Paths of all bodies that reading these lines would fetch, without fetching any."""
    for line in lines:
        if line is not None and b"BodyS3Path" in line:
            record = parse(line.strip())
            for one in record if isinstance(record, list) else (record,):
                yield from _paths(one, rules)


def _paths(record: Any, rules: Rules) -> list[str]:
    found: list[str] = []

    def note(path: str) -> object:
        found.append(path)
        return {}

    pair_of(record, rules, note)
    return found
