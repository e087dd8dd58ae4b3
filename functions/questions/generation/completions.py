"""What a model answered: a statement, what is missing, or neither. Any answer can be read; no answer is an error.

A statement is taken as it was written: whether it may run is the guard's to say. So a second statement in the same
block, or words behind it, stay in it and are refused there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from questions.model import MOST_SQL, Problem
from services import completions

MOST_MISSING: Final = 300
_FENCE = re.compile(r"(?:```|~~~)[ \t]*([\w+-]*)[^\S\n]*\n?(.*?)(?:```|~~~|\Z)", re.DOTALL)
_OF_SQL = frozenset({"sql", "athena", "trino", "presto", "prestosql", "hive", "mysql", "postgresql", "sparksql"})
_CANNOT = re.compile(r"^[^\w\n]{0,20}_{0,3}CANNOT[ \t*_`]*[:\u2013\u2014-]?[ \t*_`]*(.*)$", re.MULTILINE)
_WORDS = (
    "select|with|insert|update|delete|merge|create|drop|alter|truncate|unload|explain|show|describe|desc|values|table"
    "|call|execute|prepare|deallocate|grant|revoke|msck|vacuum|optimize|set|use|using|analyze"
)
_BEGIN = re.compile(rf"^[ \t]*\(*[ \t]*(?:{_WORDS})\b", re.IGNORECASE | re.MULTILINE)
_MIDDLE = re.compile(r"\bSELECT\b|\bWITH\s{1,9}\w{1,99}\s{1,9}AS\b")
"""In the middle of a line, in capitals: prose says select, too."""
_MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Completion:
    """``sql``: the statement, empty where there is none or its end is missing. ``missing``: what the tables lack, in
    the model's words, None where it did not say that they cannot answer. ``tokens``: in and out together."""

    sql: str
    missing: str | None
    stop_reason: str
    tokens: int

    @property
    def cut(self) -> bool:
        return self.stop_reason == completions.CUT

    @property
    def filtered(self) -> bool:
        """A content filter or a guardrail stopped it; the same question is stopped again."""
        return self.stop_reason in completions.FILTERED

    def problem(self) -> Problem | None:
        """What is wrong with the answer itself, before any look at its SQL; None where there is a whole statement, or
        it said that the tables cannot answer."""
        if self.missing is not None:
            return None
        if self.filtered:
            return Problem("COMPLETION_FILTERED", "A content filter stopped the answer.", final=True)
        if self.cut:
            return Problem("COMPLETION_CUT", "The answer was longer than there was room. Write a shorter statement.")
        if len(self.sql) > MOST_SQL:
            return Problem("TOO_LONG", f"The statement is longer than {MOST_SQL:,} characters.")
        if not self.sql:
            form = "Answer with one ```sql block, or with one line that begins with CANNOT:"
            return Problem("NO_STATEMENT", f"The answer held no statement. {form} and what is missing.")
        return None


def read(answer: Mapping[str, Any]) -> Completion:
    """Reads a Converse answer of any form."""
    said = completions.read(answer)
    if said.filtered or said.cut:
        # What was cut may read like a whole statement, and answer another question.
        return Completion("", None, said.stop_reason, said.tokens)
    missing = _missing(said.text)
    return Completion("" if missing is not None else _statement(said.text), missing, said.stop_reason, said.tokens)


def _missing(text: str) -> str | None:
    """Said before any block: what stands behind it is then no answer, but the nearest thing to one."""
    found = _CANNOT.search(text, 0, block.start() if (block := _FENCE.search(text)) else len(text))
    return None if found is None else (" ".join(found[1].split())[:MOST_MISSING].strip(" .*`") or "more than was said")


def _statement(text: str) -> str:
    """The last SQL block; else the last block that begins like a statement; else what begins like one in prose.

    The last, since models that correct themselves write their final answer last.
    """
    blocks = [(found[1].lower(), found[2].strip()) for found in _FENCE.finditer(text)]
    named = [body for language, body in blocks if language in _OF_SQL and body]
    begun = [body for language, body in blocks if body and language not in _OF_SQL and _BEGIN.match(_uncommented(body))]
    for found in (named, begun):
        if found:
            return _bare(found[-1])
    if (packed := next(_packed(text), "")) or blocks:
        return packed
    return _bare(_from_prose(text))


def _from_prose(text: str) -> str:
    """From the line that begins like a statement to the end of its paragraph; prose rarely begins a line so."""
    for found in islice(_BEGIN.finditer(text), _MOST_TRIES):
        paragraph = re.split(r"\n\s*\n", text[found.start() :], maxsplit=1)[0]
        if re.search(r"\b(from|table|values|into|set|select|to)\b|\d", paragraph, re.IGNORECASE):
            return paragraph.strip()
    middle = _MIDDLE.search(text)
    rest = re.split(r"\n\s*\n", text[middle.start() :], maxsplit=1)[0].strip() if middle else ""
    return rest if re.search(r"\bFROM\b", rest) else ""


def _packed(text: str) -> Iterator[str]:
    """The statement in ``{"sql": "..."}``, which some models answer whatever they are asked for."""
    decoder = json.JSONDecoder()
    for place in [found.start() for found in re.finditer(r"\{", text)][:_MOST_TRIES]:
        try:
            value, _ = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            for name in ("sql", "query", "statement", "SQL"):
                if isinstance(value.get(name), str) and value[name].strip():
                    yield _bare(value[name])


def _bare(sql: str) -> str:
    """Without the semicolon that ends it, and a language's name left over from a fence in one line."""
    sql = re.sub(r"\Asql\s+(?=select\b|with\b)", "", sql.strip(), flags=re.IGNORECASE)
    return sql.rstrip().rstrip(";").rstrip()


def _uncommented(body: str) -> str:
    """Without the comments before the first word."""
    while body.startswith(("--", "/*")):
        _, _, body = body.partition("\n" if body.startswith("--") else "*/")
        body = body.lstrip()
    return body
