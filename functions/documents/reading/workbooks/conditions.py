"""Conditional formats (ECMA-376, 18.3.1.10) by which a cell shows nothing: white ink, a fill like the ink, ";;;".

Only a spreadsheet program can tell for every formula whether it holds. Those that are plain are decided here; of the
others it is told that they may hide something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from documents.reading.workbooks import looks

if TYPE_CHECKING:
    from documents.reading.workbooks.looks import Looks

MOST_LOOKS: Final = 2_000_000
"""Cells times rules of a sheet; the rules behind count as not decided."""
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?")
_REFERENCE = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d{1,7})")
_COMPARED = re.compile(r"(.+?)(<>|<=|>=|=|<|>)(.+)")
_ASKED = re.compile(r"(ISERROR|ISERR|ISNA|ISBLANK|LEN|NOT)\((.*)\)", re.IGNORECASE)
_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "equal": lambda a, b: a == b, "notEqual": lambda a, b: a != b,
    "lessThan": lambda a, b: a < b, "lessThanOrEqual": lambda a, b: a <= b,
    "greaterThan": lambda a, b: a > b, "greaterThanOrEqual": lambda a, b: a >= b,
}  # fmt: skip
_SIGNS: Final = {"=": "equal", "<>": "notEqual", "<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan",
                 ">=": "greaterThanOrEqual"}  # fmt: skip

Value = float | str
Place = tuple[int, int]
Values = Callable[[int, int], Value]
"""What a cell holds by row and column; "" for nothing, an error by its name ("#N/A")."""


@dataclass(slots=True)
class Rule:
    """``format``: its number among the differential formats. ``bare``: a bar or a sign stands in the number's place."""

    ranges: tuple[tuple[Place, Place], ...]
    kind: str
    priority: int
    format: int = -1
    operator: str = ""
    text: str = ""
    stops: bool = False
    bare: bool = False
    formulas: list[str] = field(default_factory=list)

    @property
    def origin(self) -> Place:
        """The cell that a formula's references are written for."""
        return min(low[0] for low, _ in self.ranges), min(low[1] for low, _ in self.ranges)

    def reaches(self, row: int, column: int) -> bool:
        return any(top <= row <= bottom and left <= column <= right
                   for (top, left), (bottom, right) in self.ranges)  # fmt: skip


def ranges(text: str) -> tuple[tuple[Place, Place], ...]:
    found = []
    for piece in text.split():
        if match := _RANGE.fullmatch(piece):
            low = int(match[2]) - 1, column(match[1])
            high = (int(match[4]) - 1, column(match[3])) if match[3] else low
            found.append((low, high))
    return tuple(found)


def column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def hidden(
    rules: Sequence[Rule], filled: Iterator[Place], values: Values, style: Callable[[Place], int], look: Looks
) -> tuple[set[Place], int]:
    """Cells that show nothing, and the number of rules that may hide some and are not decided."""
    ordered = sorted((rule for rule in rules if rule.ranges), key=lambda rule: rule.priority)
    if not any(rule.bare or look.formats.may_hide(rule.format) for rule in ordered):
        return set(), 0
    unseen: set[Place] = set()
    unknown: set[int] = set()
    left = MOST_LOOKS
    for place in filled:
        reaching = [rule for rule in ordered if rule.reaches(*place)]
        left -= len(ordered)
        if left < 0:
            unknown |= {id(rule) for rule in ordered if rule.bare or look.formats.may_hide(rule.format)}
            break
        if reaching and _hides(place, reaching, values, style(place), look, unknown):
            unseen.add(place)
    return unseen, len(unknown)


def _hides(
    place: Place, rules: Sequence[Rule], values: Values, style: int, look: Looks, unknown: set[int]
) -> bool:  # fmt: skip
    ink = ground = None
    for rule in rules:
        if rule.bare:
            if isinstance(values(*place), float):
                return True
            continue
        holds = _holds(rule, place, values)
        if holds is None and look.formats.may_hide(rule.format):
            unknown.add(id(rule))
        if not holds:
            continue
        told = look.formats.at(rule.format)
        if told.blank:
            return True
        ink, ground = ink or told.ink, ground or told.ground
        if rule.stops:
            break
    if ink is None and ground is None:
        return False
    return looks.is_alike(ink or look.ink(style), ground or look.ground(style))


def _holds(rule: Rule, place: Place, values: Values) -> bool | None:
    """None where only a spreadsheet program can tell."""
    value = values(*place)
    known = {
        **dict.fromkeys(("colorScale", "dataBar", "iconSet"), False),
        "notContainsBlanks": True,
        "containsBlanks": False,
        "containsErrors": _is_error(value),
        "notContainsErrors": not _is_error(value),
    }
    if rule.kind in known:
        return known[rule.kind]
    text, wanted = str(value).lower(), rule.text.lower()
    if wanted:
        found = {"containsText": wanted in text, "notContainsText": wanted not in text,
                 "beginsWith": text.startswith(wanted), "endsWith": text.endswith(wanted)}  # fmt: skip
        if rule.kind in found:
            return found[rule.kind]
    read = _Formula(place, rule.origin, values)
    if rule.kind == "cellIs":
        return _compares(rule, value, [read.value(each) for each in rule.formulas])
    if rule.kind == "expression" and rule.formulas:
        return read.holds(rule.formulas[0])
    return None


def _compares(rule: Rule, value: Value, sides: list[Value | None]) -> bool | None:
    if not sides or None in sides:
        return None
    if rule.operator in {"between", "notBetween"} and len(sides) == 2:
        inside = _is("greaterThanOrEqual", value, sides[0]) and _is("lessThanOrEqual", value, sides[1])
        return inside == (rule.operator == "between")
    return _is(rule.operator, value, sides[0]) if rule.operator in _OPERATORS else None


def _is(operator: str, one: Value, other: Value | None) -> bool:
    """As a spreadsheet compares: every text comes behind every number, letters count alike."""
    return _OPERATORS[operator](_ranked(one), _ranked("" if other is None else other))


def _ranked(value: Value) -> tuple[int, float, str]:
    return (0, value, "") if isinstance(value, float) else (1, 0.0, value.lower())


def _is_error(value: Value) -> bool:
    return isinstance(value, str) and value.startswith("#")


class _Formula:
    """Formulas of a literal, of one cell, or of two of these compared."""

    def __init__(self, place: Place, origin: Place, values: Values) -> None:
        self._shift = place[0] - origin[0], place[1] - origin[1]
        self._values = values

    def holds(self, text: str) -> bool | None:
        text = text.strip().lstrip("=").strip()
        asked = _ASKED.fullmatch(text)
        if asked and asked[1].upper() == "NOT":
            inner = self.holds(asked[2])
            return None if inner is None else not inner
        if asked and asked[1].upper() != "LEN":
            value = self.value(asked[2])
            if value is None:
                return None
            return value == "" if asked[1].upper() == "ISBLANK" else _is_error(value)
        compared = _COMPARED.fullmatch(text)
        if compared:
            one, other = self.value(compared[1]), self.value(compared[3])
            return None if one is None or other is None else _is(_SIGNS[compared[2]], one, other)
        found = self.value(text)
        return found != 0 if isinstance(found, float) else None

    def value(self, text: str) -> Value | None:
        text = text.strip()
        if text.upper().rstrip("()") in {"TRUE", "FALSE"}:
            return float(text.upper().startswith("TRUE"))
        if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,15})?", text):
            return float(text)
        if re.fullmatch(r'"[^"]*"', text):
            return text[1:-1]
        asked = _ASKED.fullmatch(text)
        if asked and asked[1].upper() == "LEN":
            inner = self.value(re.sub(r"(?i)^TRIM\((.*)\)$", r"\1", asked[2].strip()))
            return None if inner is None else float(len(str(inner).strip()))
        match = _REFERENCE.fullmatch(text)
        if not match:
            return None
        across, down = (0 if fixed else by for fixed, by in ((match[1], self._shift[1]), (match[3], self._shift[0])))
        return self._values(int(match[4]) - 1 + down, column(match[2]) + across)
