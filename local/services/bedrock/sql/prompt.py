"""The tables, the question, the session and the failures out of a prompt of ``questions.generation.prompts``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"<(quoted-(\w+)-[0-9a-f]{32})>\n(.*?)</\1>", re.DOTALL)
_DATABASE = re.compile(r'in the database ("(?:[^"]|"")+"|[\w-]+)')
_TEXT = r'"(?:[^"\\]|\\.)*"'
_NAME = r'"(?:[^"]|"")+"|[^\s"]+'
_TABLE = re.compile(rf"TABLE ({_NAME})(?: COMMENT ({_TEXT}))?")
_COLUMN = re.compile(rf"  ({_NAME}) (.*?)( PARTITION KEY)?(?: COMMENT ({_TEXT}))?(?: VALUES (\[.*\]))?")
_ATTEMPT = re.compile(
    rf"^ATTEMPT \d+\n(.*?)\nERROR ({_TEXT})(?: LINE (\d+) COLUMN (\S+))? MESSAGE ({_TEXT})(?:\nNEAREST (\[.*?\]))?$",
    re.DOTALL | re.MULTILINE,
)
_QUESTION = re.compile(rf"^QUESTION ({_TEXT})$", re.MULTILINE)


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    partition: bool = False
    comment: str = ""
    values: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        return self.type.startswith(("varchar", "char"))

    @property
    def is_number(self) -> bool:
        return self.type.startswith(("tinyint", "smallint", "int", "bigint", "real", "double", "decimal"))


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    comment: str = ""


@dataclass(frozen=True)
class Failure:
    """A statement and what was said of it: ``said`` is the error's name, its sentence and the nearest names."""

    sql: str
    said: str
    line: int | None = None


@dataclass(frozen=True)
class Asked:
    """``turns``: earlier questions of the session, oldest first."""

    database: str
    tables: tuple[Table, ...]
    question: str
    turns: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


def read(system: str, user: str) -> Asked | None:
    """None for a prompt that is not about SQL."""
    parts = {found[2]: found[3] for found in _FENCE.finditer(user)}
    if not {"tables", "question"} <= parts.keys():
        return None
    database = _DATABASE.search(system)
    return Asked(
        _plain(database[1]) if database else "",
        tuple(_tables(parts["tables"])),
        parts["question"].strip(),
        tuple(json.loads(text) for text in _QUESTION.findall(parts.get("session", ""))),
        tuple(_failures(parts.get("attempts", ""))),
    )


def _tables(text: str) -> Iterator[Table]:
    for block in re.split(r"\n(?=TABLE )", text):
        head, *rows = block.strip("\n").split("\n")
        found = _TABLE.fullmatch(head)
        if found:
            columns = (_column(row) for row in rows)
            yield Table(_plain(found[1]), tuple(each for each in columns if each), _said(found[2]))


def _column(row: str) -> Column | None:
    found = _COLUMN.fullmatch(row)
    if found is None or row.startswith("  ("):
        return None
    values = tuple(str(value) for value in json.loads(found[5] or "[]"))
    return Column(_plain(found[1]), found[2], bool(found[3]), _said(found[4]), values)


def _failures(text: str) -> Iterator[Failure]:
    for found in _ATTEMPT.finditer(text):
        nearest = " ".join(json.loads(found[6] or "[]"))
        said = f"{json.loads(found[2])} {json.loads(found[5])} {nearest}"
        yield Failure(found[1], said, int(found[3]) if found[3] else None)


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _said(text: str | None) -> str:
    return str(json.loads(text)) if text else ""
