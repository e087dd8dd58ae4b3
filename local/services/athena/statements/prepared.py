"""Prepared statements of a workgroup: PREPARE, EXECUTE ... USING, DEALLOCATE PREPARE."""

from __future__ import annotations

from local.services.athena.answer import Answer
from local.services.athena.errors import QueryError
from local.services.athena.sql.text import Statement, read, with_parameters
from local.services.athena.statements.select import Session
from local.services.athena.statements.words import Words


def prepare(statement: Statement, session: Session) -> Answer:
    """PREPARE name FROM query."""
    words = Words(statement)
    words.want("prepare")
    name = words.name()
    words.want("from")
    text = words.rest()
    read(text)
    session.world.prepare(name, text)
    return Answer(plain=True)


def deallocate(statement: Statement, session: Session) -> Answer:
    """DEALLOCATE PREPARE name."""
    words = Words(statement)
    words.want("deallocate", "prepare")
    name = words.name()
    words.end()
    _text(session, name)
    session.world.prepare(name, None)
    return Answer(plain=True)


def execute(statement: Statement, session: Session) -> Statement:
    """The statement that EXECUTE name [USING value, ...] means."""
    words = Words(statement)
    words.want("execute")
    text = _text(session, words.name())
    values = _split(words.rest()) if words.take("using") else []
    if not values:
        words.end()
    return read(with_parameters(text, values))


def _text(session: Session, name: str) -> str:
    text = session.world.prepared(name)
    if text is None:
        raise QueryError("NOT_FOUND", f"Prepared statement not found: {name}")
    return text


def _split(text: str) -> list[str]:
    """Values with commas between them, which may stand in quotes."""
    found, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == "'"
        depth += (letter in "([") - (letter in ")]") if not quoted else 0
        if letter == "," and not quoted and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [value.strip() for value in found]
