# ruff: noqa: RUF001 - sentences end in other scripts too
"""From Polly's SSML to what eSpeak NG is given: runs of one language each, every character's origin kept.

eSpeak NG drops its voice variant where SSML switches the language, so a switch ends a run and each run is spoken
with its own voice file. Pauses at the edges of a run are kept as numbers: silence there is trimmed and set anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from local.services.polly.ssml import Piece, seconds
from local.services.polly.voices import languages

# Milliseconds at eSpeak NG's normal speed. Polly names them only as "after a comma, a sentence, a paragraph".
_STRENGTH = {"none": 0, "x-weak": 0, "weak": 200, "medium": 200, "strong": 450, "x-strong": 800}
_BLOCK_PAUSE = {"p": _STRENGTH["x-strong"], "s": _STRENGTH["strong"]}  # from sound to sound
_BREATH = 350
_SENTENCE_END = ".!?…。！？؟।"
_CLOSERS = "\"'”’»)]"
# Amplitudes in percent; the loud names are 3 dB apart, as +6 dB is the most there is room for.
_VOLUME = {"silent": 0, "x-soft": 25, "soft": 50, "default": 100, "medium": 100, "loud": 141, "x-loud": 200}


@dataclass(slots=True)
class Run:
    """Text in one language for eSpeak NG.

    ``origin[i]`` is the (start, end) in bytes of the request's text that character ``i`` of ``ssml`` came from, or
    None for markup. ``marks`` holds (name, start, end) in the order of the ``<mark name="0">``, ``"1"`` ... put into
    ``ssml``. Pauses are milliseconds of silence.
    """

    language: str
    starts_sentence: bool
    ssml: str = ""
    origin: list[tuple[int, int] | None] = field(default_factory=list)
    marks: list[tuple[str, int, int]] = field(default_factory=list)
    pause_before: int = 0
    pause_after: int = 0
    spoken: bool = False
    ends_sentence: bool = False
    """Whether the next run begins a new sentence."""

    def add_markup(self, markup: str) -> None:
        self.ssml += markup
        self.origin.extend([None] * len(markup))

    def add_text(self, text: str, spans: Sequence[tuple[int, int]]) -> None:
        """Escape ``text``; ``spans`` gives each of its characters' place in the input."""
        for character, span in zip(text, spans, strict=True):
            escaped = escape(character)
            self.ssml += escaped
            self.origin.extend([span] * len(escaped))


def lower(pieces: Sequence[Piece], language: str) -> list[Run]:
    """Turn checked pieces into runs; ``language`` is the voice's own."""
    lowering = _Lowering(language)
    for piece in pieces:
        if piece.kind == "text":
            lowering.text(piece)
        elif piece.kind == "open":
            lowering.open(piece)
        else:
            lowering.close(piece)
    return lowering.finish()


class _Lowering:
    def __init__(self, language: str) -> None:
        self.languages = [language]
        self.runs: list[Run] = []
        self.run = Run(language, starts_sentence=True)
        self.held = 0
        """Breaks met since the last spoken character: inside a run they become one, at its end a number."""
        self.block = 0
        """The pause of a paragraph or sentence that has ended; it comes to nothing where nothing follows."""
        self.open_markup: list[tuple[str, str]] = []
        """(tag, markup) of the elements eSpeak NG has to see opened, outermost first."""
        self.elements: list[Piece] = []
        self.muted = 0
        """Depth inside elements whose text is replaced (sub) or silenced (expletive)."""

    def text(self, piece: Piece) -> None:
        if not self.muted:
            self._speak(piece.text, _spans(piece))

    def open(self, piece: Piece) -> None:
        self.elements.append(piece)
        attributes = piece.attributes or {}
        if piece.tag == "break":
            self.held += _break(attributes)
            self.run.add_markup(" ")  # words end here even where no space is written
        elif piece.tag == "amazon:breath":
            self.held += _BREATH
        elif piece.tag == "mark":
            self._mark(piece)
        elif piece.tag == "lang":
            self._switch(attributes["xml:lang"])
        elif piece.tag in ("p", "s"):
            self._block_edge(0)
        elif piece.tag == "sub":
            self._substitute(piece)
        elif attributes.get("interpret-as") == "expletive":
            self.held += _BREATH
            self.muted += 1
        elif markup := _markup(piece.tag, attributes):
            self.open_markup.append((piece.tag, markup))
            self.run.add_markup(markup)

    def close(self, piece: Piece) -> None:
        opened = self.elements.pop()
        attributes = opened.attributes or {}
        if piece.tag == "lang":
            self._switch(None)
        elif piece.tag in ("p", "s"):
            self._block_edge(_BLOCK_PAUSE[piece.tag])
        elif piece.tag == "sub" or attributes.get("interpret-as") == "expletive":
            self.muted -= 1
        elif _markup(piece.tag, attributes):
            self.open_markup.pop()
            self.run.add_markup(f"</{piece.tag}>")

    def finish(self) -> list[Run]:
        self._end_run()
        return self.runs

    def _speak(self, text: str, spans: Sequence[tuple[int, int]]) -> None:
        if text.strip():
            self._release_pause()
            self.run.spoken = True
            stripped = text.rstrip().rstrip(_CLOSERS)
            self.run.ends_sentence = stripped.endswith(tuple(_SENTENCE_END))
        self.run.add_text(text, spans)

    def _release_pause(self) -> None:
        """Silence met before this text: a number before the first word, a break between words."""
        if not self.run.spoken:
            self.run.pause_before += self.held + self.block
            self.block = 0
        elif self.held:
            self.run.add_markup(f'<break time="{self.held}ms"/>')
        self.held = 0

    def _mark(self, piece: Piece) -> None:
        name = (piece.attributes or {})["name"]
        if self.run.spoken:
            self._release_pause()
        self.run.add_markup(f'<mark name="{len(self.run.marks)}"/>')
        self.run.marks.append((name, piece.start, piece.end))

    def _substitute(self, piece: Piece) -> None:
        alias = (piece.attributes or {})["alias"]
        if not self.muted:
            self._speak(alias, [(piece.start, piece.end)] * len(alias))
        self.muted += 1

    def _block_edge(self, pause: int) -> None:
        """A paragraph or sentence begins or ends: what follows is a new run, and so a new sentence."""
        if self.run.spoken:
            self.run.ends_sentence = True
            self._next_run(self.run.language)
        self.run.starts_sentence = True
        if self.runs:
            self.block = max(self.block, pause)

    def _switch(self, code: str | None) -> None:
        if code is None:
            self.languages.pop()
        else:
            self.languages.append(code)
        if languages()[self.languages[-1]].espeak != languages()[self.run.language].espeak:
            self._next_run(self.languages[-1])

    def _next_run(self, language: str) -> None:
        ended = self._end_run()
        self.run = Run(language, starts_sentence=ended)
        for _, markup in self.open_markup:
            self.run.add_markup(markup)

    def _end_run(self) -> bool:
        """Close the run; true where the next one begins a sentence."""
        for tag, _ in reversed(self.open_markup):
            self.run.add_markup(f"</{tag}>")
        if not self.run.spoken:
            self.run.pause_before += self.held
            self.run.ends_sentence = self.run.starts_sentence
        else:
            self.run.pause_after = self.held
        self.held = 0
        if self.run.spoken or self.run.pause_before or self.run.marks:
            self.runs.append(self.run)
        return self.run.ends_sentence


def _spans(piece: Piece) -> list[tuple[int, int]]:
    """Where each character of a text piece stands in the input, in bytes."""
    if len(piece.text.encode()) != piece.end - piece.start:  # an entity: all of it stands for the character
        return [(piece.start, piece.end)] * len(piece.text)
    spans = []
    at = piece.start
    for character in piece.text:
        after = at + len(character.encode())
        spans.append((at, after))
        at = after
    return spans


def _break(attributes: Mapping[str, str]) -> int:
    """Milliseconds; an explicit time wins over a strength, and neither means medium."""
    if "time" in attributes:
        return round(seconds(attributes["time"]) * 1000)
    return _STRENGTH[attributes.get("strength", "medium")]


def _markup(tag: str, attributes: Mapping[str, str]) -> str:
    """The start tag eSpeak NG is given, or "" for what it has no sound for."""
    if tag == "prosody":
        return _prosody(attributes)
    if tag == "emphasis":
        return f'<emphasis level="{attributes.get("level", "moderate")}">'
    spelt = ("characters", "spell-out", "digits", "telephone")
    if tag == "say-as" and attributes["interpret-as"] in spelt:
        return '<say-as interpret-as="characters">'
    return ""


def _prosody(attributes: Mapping[str, str]) -> str:
    given = []
    if "volume" in attributes:
        given.append(f'volume="{_amplitude(attributes["volume"])}%"')
    if "rate" in attributes:
        given.append(f'rate="{_whole_percent(attributes["rate"])}"')
    if "pitch" in attributes and attributes["pitch"] != "default":
        given.append(f'pitch="{_whole_percent(attributes["pitch"])}"')
    return f"<prosody {' '.join(given)}>" if given else ""


def _amplitude(volume: str) -> int:
    """Percent of the normal amplitude; +6 dB is the most that eSpeak NG has room for."""
    if volume in _VOLUME:
        return _VOLUME[volume]
    return min(200, round(100 * 10 ** (float(volume.removesuffix("dB")) / 20)))


def _whole_percent(value: str) -> str:
    """eSpeak NG reads whole percents only; names pass as they are."""
    if not value.endswith("%"):
        return value
    sign = "+" if value.startswith("+") else ""
    return f"{sign}{round(float(value[:-1]))}%"
