"""Texts of cells whose letters have looks of their own (ECMA-376, 18.4): a run of them may be white, or tiny."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from documents.reading.workbooks import looks

if TYPE_CHECKING:
    from documents.reading.workbooks.looks import Colour, Looks

_CHUNK: Final = 1 << 18


@dataclass(slots=True)
class Run:
    """``ink`` is None where the run does not say it."""

    text: str = ""
    ink: Colour | None = None
    tiny: bool = False


class Runs:
    """Takes the events of one ``si`` or ``is`` element; ``runs`` is what it holds."""

    def __init__(self, theme: looks.Theme) -> None:
        self.runs: list[Run] = []
        self._theme = theme
        self._in_text = self._in_sound = False

    def start(self, local: str, attributes: dict[str, Any]) -> None:
        if local == "r":
            self.runs.append(Run())
        elif local == "rPh":
            self._in_sound = True
        elif local == "t":
            self._in_text = not self._in_sound
            if self._in_text and not self.runs:
                self.runs.append(Run())
        elif local == "color" and self.runs:
            self.runs[-1].ink = self._theme.colour(attributes)
        elif local == "sz" and self.runs:
            self.runs[-1].tiny = looks.is_tiny(attributes.get("val"))

    def end(self, local: str) -> None:
        if local == "t":
            self._in_text = False
        elif local == "rPh":
            self._in_sound = False

    def text(self, text: str) -> None:
        if self._in_text:
            self.runs[-1].text += text

    @property
    def is_plain(self) -> bool:
        return all(run.ink is None and not run.tiny for run in self.runs)


def shared(strings: bytes | None, theme: looks.Theme) -> dict[int, list[Run]]:
    """The shared strings with runs that have a colour or a size of their own, by number. Raises ExpatError."""
    if strings is None or b"rPr" not in strings:
        return {}
    from xml.parsers import expat

    found: dict[int, list[Run]] = {}
    number, current = -1, Runs(theme)

    def start(name: str, attributes: dict[str, Any]) -> None:
        nonlocal number, current
        local = name.rpartition(" ")[2]
        if local == "si":
            number, current = number + 1, Runs(theme)
        else:
            current.start(local, attributes)

    def end(name: str) -> None:
        local = name.rpartition(" ")[2]
        current.end(local)
        if local == "si" and not current.is_plain:
            found[number] = current.runs

    def text(piece: str) -> None:
        current.text(piece)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    stream = io.BytesIO(strings)
    while chunk := stream.read(_CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return found


def split(runs: list[Run], style: int, look: Looks) -> tuple[str, str]:
    """What shows of a cell's text, and what does not."""
    shown, hidden = "", ""
    for run in runs:
        if _is_unseen(run, style, look):
            hidden += run.text
        else:
            shown += run.text
    return " ".join(shown.split()), hidden


def _is_unseen(run: Run, style: int, look: Looks) -> bool:
    if run.tiny or style in look.blank:
        return True
    return style in look.unseen if run.ink is None else looks.is_alike(run.ink, look.ground(style))
