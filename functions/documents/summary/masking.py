"""What the model may see of a document: with redaction its text without personal data, as ``[NAME]``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from documents.model import Extraction, Form, Secret

HIDES = frozenset({"model", "both"})
"""Values of Redact under which the model sees no personal data."""


def visible(extraction: Extraction, secrets: Sequence[Secret] | None) -> tuple[list[str], tuple[Form, ...]]:
    """The lines' texts and the forms that the model may see; ``secrets``: what it must not, None without redaction.

    With redaction the forms are left out: their values stand in the text, masked there.
    """
    texts = [line.text for line in extraction.lines]
    return (texts, extraction.forms) if secrets is None else (masked(texts, secrets), ())


def masked(lines: Sequence[str], secrets: Sequence[Secret]) -> list[str]:
    """Each line with every secret in it replaced by its type: ``Patient: [NAME], born [DATE_TIME]``.

    Secrets that overlap become one, named after the longest of them.
    """
    by_line: dict[int, list[Secret]] = defaultdict(list)
    for secret in secrets:
        by_line[secret.line].append(secret)
    return [_masked(line, by_line[number]) if number in by_line else line for number, line in enumerate(lines)]


def _masked(line: str, secrets: list[Secret]) -> str:
    joined: list[tuple[int, int, str, int]] = []
    for secret in sorted(secrets, key=lambda each: (each.start, -each.end)):
        length = secret.end - secret.start
        if joined and secret.start < joined[-1][1]:
            start, end, kind, longest = joined[-1]
            kind, longest = (secret.type, length) if length > longest else (kind, longest)
            joined[-1] = (start, max(end, secret.end), kind, longest)
        else:
            joined.append((secret.start, secret.end, secret.type, length))
    for start, end, kind, _ in reversed(joined):
        line = f"{line[:start]}[{kind}]{line[end:]}"
    return line
