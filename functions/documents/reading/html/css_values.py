"""Values of CSS as they are meant: variables put in, sums worked out, escapes resolved (CSS Values 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

PIXELS: Final = {"px": 1.0, "pt": 4 / 3, "em": 16, "rem": 16, "ex": 8, "ch": 8, "cm": 37.8, "mm": 3.78, "in": 96,
                 "vw": 12, "vh": 8, "pc": 16, "%": 12}  # fmt: skip
MOST_LETTERS: Final = 2_000
"""Of a value with its variables put in; and as deep as that may go."""
MOST_ROUNDS: Final = 12
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|ex|ch|cm|mm|in|vw|vh|pc|%)?")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,\s*((?:[^()]|\([^()]*\))*))?\)")
_INNERMOST = re.compile(r"(calc|min|max|clamp)?\(([^()]*)\)")
_SUM = re.compile(r"\s*([-+]?\d*\.?\d+(?:e-?\d+)?)(px|pt|em|rem|ex|ch|cm|mm|in|vw|vh|pc|%)?\s*")


def with_variables(text: str, known: Mapping[str, str]) -> str:
    """A variable that is not known and has nothing in its stead makes the value say nothing."""
    for _ in range(MOST_ROUNDS):
        if "var(" not in text or len(text) > MOST_LETTERS:
            break
        text = _VARIABLE.sub(lambda match: known.get(match[1], match[2] or ""), text)
    return text if "var(" not in text and len(text) <= MOST_LETTERS else ""


def length(text: str) -> tuple[float, str] | None:
    """A number and its unit, "" where it has none; sums in pixels."""
    text = text.strip()
    match = _LENGTH.fullmatch(text)
    if match:
        return float(match[1]), match[2] or ""
    if not text.startswith(("calc(", "min(", "max(", "clamp(")) or len(text) > MOST_LETTERS:
        return None
    worked = _worked_out(text)
    return None if worked is None else (worked, "px")


def pixels(text: str) -> float | None:
    found = length(text)
    return None if found is None else found[0] * PIXELS[found[1] or "px"]


def _worked_out(text: str) -> float | None:
    for _ in range(MOST_ROUNDS):
        match = _INNERMOST.search(text)
        if match is None:
            return _sum(text)
        sides = [_sum(side) for side in match[2].split(",")]
        known = [side for side in sides if side is not None]
        if len(known) != len(sides) or not known:
            return None
        name = match[1] or "calc"
        if name == "clamp" and len(known) == 3:
            found = max(known[0], min(known[1], known[2]))
        else:
            found = {"min": min, "max": max}.get(name, lambda each: each[0])(known)
        text = f"{text[: match.start()]}{found:.6f}{text[match.end() :]}"
    return None


def _sum(text: str) -> float | None:
    """Products first, then sums; None for what is none."""
    total, product, sign, place = 0.0, None, "+", 0
    while match := _SUM.match(text, place):
        value = float(match[1]) * PIXELS[match[2] or "px"]
        place = match.end()
        if product is None:
            product = -value if sign == "-" else value
        elif sign == "/" and not value:
            return None
        else:
            product = product * value if sign == "*" else product / value
        sign, place = text[place : place + 1], place + 1
        if sign in {"+", "-"}:
            total, product = total + product, None
        elif sign not in {"*", "/"}:
            break
    return None if product is None or place < len(text) else total + product


def unescaped(text: str) -> str:
    r"""``d\69 splay`` is ``display`` (CSS Syntax 3, 4.3.7)."""
    if "\\" not in text:
        return text
    text = re.sub(r"\\([0-9a-fA-F]{1,6})(?:\s|(?![0-9a-fA-F]))", _letter, text)
    return re.sub(r"\\([^0-9a-fA-F\n])", r"\1", text)


def _letter(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
