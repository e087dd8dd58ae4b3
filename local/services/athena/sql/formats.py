"""Patterns of dates and times: MySQL's (date_format, date_parse), Java's (format_datetime, parse_datetime, projection),
each as DuckDB's or Python's strftime has it.
"""

from __future__ import annotations

import re

from local.services.athena.errors import QueryError, unbuilt

# %W is a weekday's name in MySQL and a week's number in strftime; so is %i for minutes, %s for seconds...
_MYSQL = {
    "a": "%a",
    "b": "%b",
    "c": "%-m",
    "d": "%d",
    "e": "%-d",
    "f": "%f",
    "H": "%H",
    "h": "%I",
    "I": "%I",
    "i": "%M",
    "j": "%j",
    "k": "%-H",
    "l": "%-I",
    "M": "%B",
    "m": "%m",
    "p": "%p",
    "r": "%I:%M:%S %p",
    "S": "%S",
    "s": "%S",
    "T": "%H:%M:%S",
    "v": "%V",
    "W": "%A",
    "x": "%G",
    "Y": "%Y",
    "y": "%y",
    "%": "%%",
}
_JAVA = {
    "yyyy": "%Y",
    "y": "%Y",
    "YYYY": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "DDD": "%j",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "SSSSSS": "%f",
    "a": "%p",
    "E": "%a",
    "EEE": "%a",
    "EEEE": "%A",
    "Z": "%z",
    "ZZ": "%z",
    "ww": "%V",
    "xxxx": "%G",
    "e": "%u",
}
_JAVA_PARTS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


def mysql_to_duckdb(pattern: str) -> str:
    """Raises QueryError for what Trino refuses or what is not here."""
    found, at = "", 0
    while at < len(pattern):
        letter = pattern[at]
        if letter != "%" or at + 1 == len(pattern):
            found += letter
            at += 1
            continue
        code = pattern[at + 1]
        if code in "DUuVwX":
            raise QueryError("INVALID_FUNCTION_ARGUMENT", f"%{code} not supported in date format string")
        found += _MYSQL.get(code, code)
        at += 2
    return found


def java_to_duckdb(pattern: str) -> str:
    """Raises QueryError for letters that are not here."""
    found = ""
    for part in _JAVA_PARTS.finditer(pattern):
        word = part[0]
        if word.startswith("'"):
            found += (part[1] or "'").replace("''", "'").replace("%", "%%")
        elif part[2] is None:
            found += word.replace("%", "%%")
        elif word in _JAVA:
            found += _JAVA[word]
        else:
            raise unbuilt(f"The letters {word} in a pattern of dates")
    return found


def java_to_python(pattern: str) -> str:
    """For datetime's strftime."""
    return java_to_duckdb(pattern).replace("%g", "%f")


_PRINTF = re.compile(r"%(?:%|n|[-+0, #]*\d*(?:\.\d+)?[a-zA-Z])")


def printf(pattern: str) -> list[tuple[bool, str]]:
    """Java's format string in pieces: whether it is a conversion, and its text.

    Raises:
        QueryError: a conversion that is not here.
    """
    pieces: list[tuple[bool, str]] = []
    at = 0
    for part in _PRINTF.finditer(pattern):
        pieces.append((False, pattern[at : part.start()]))
        word = part[0]
        at = part.end()
        if word in ("%%", "%n"):
            pieces.append((False, "%" if word == "%%" else "\n"))
            continue
        if word[-1] not in "sdfex" or "," in word:
            raise unbuilt(f"{word} in a format string")
        pieces.append((True, word))
    return [piece for piece in [*pieces, (False, pattern[at:])] if piece[1]]
