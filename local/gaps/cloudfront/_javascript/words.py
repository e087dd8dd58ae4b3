"""The words of a program; texts and regular expressions in Python's spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias


class NotKnown(ValueError):
    """The program uses what this part of the language has not; the message says what."""


_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<regex>/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*)
    |(?P<sign>===|!==|&&|\|\||[{}()\[\];,.?:!+=])""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = frozenset(
    ("function", "var", "let", "const", "return", "if", "else", "try", "catch", "true", "false", "null", "undefined")
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "'": "'", '"': '"', "\\": "\\", "/": "/"}
Token: TypeAlias = tuple[str, str]


def tokens(code: str) -> Iterator[Token]:
    """Kind and spelling of each word, at last of the end. Raises NotKnown."""
    place = 0
    while place < len(code):
        found = _TOKEN.match(code, place)
        if found is None:
            raise NotKnown(f"not known here: {code[place : place + 20].splitlines()[0]!r}")
        place = found.end()
        kind = str(found.lastgroup)
        if kind != "space":
            yield ("sign" if found[0] in _KEYWORDS else kind), found[0]
    yield "end", ""


def text(literal: str) -> str:
    """What a text in quotes stands for."""

    def escaped(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise NotKnown(f"not known here: the escape {found[0]}")
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", escaped, literal[1:-1], flags=re.DOTALL)


def pattern(literal: str) -> re.Pattern[str]:
    """A regular expression in Python's spelling; only what both languages mean alike."""
    body, _, flags = literal[1:].rpartition("/")
    parts = re.findall(r"\\.|\[\^?(?:\\.|[^\]\\])*\]|\(\?|.", body)
    if flags or "(?" in parts or any(re.search(r"\\[A-Za-z0-9]", part) for part in parts):
        raise NotKnown(f"not known here: the regular expression {literal}")
    spelled = {"$": r"\Z", ".": "[^\n\r\u2028\u2029]", "\\/": "/"}
    try:
        return re.compile("".join(spelled.get(part, part) for part in parts))
    except re.error as error:
        raise NotKnown(f"not known here: the regular expression {literal}") from error
