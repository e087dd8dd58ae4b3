"""SSML for Polly: built as a tree, lowered to what the engine takes, cut to Polly's limits, escaped once at the end.

An article's own text is never read as markup. What looks like SSML or HTML in a plain paragraph is text, and is
spoken as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from html import escape
from itertools import accumulate, groupby
from pathlib import Path

from narration.article.language_tags import primary
from narration.article.text import speakable, utf16_length
from narration.model import Engine, Paragraph, Run, Say, Voice
from narration.speech import sentences, voices

MAX_TOTAL = 6_000
"""Characters of a SynthesizeSpeech request, tags and escapes included (Polly's quotas)."""
MAX_BILLED = 3_000
"""Characters of a SynthesizeSpeech request that are billed: the text without tags (Polly's quotas)."""

_FRAME = utf16_length("<speak></speak>")
_LINE_END = '<break strength="medium"/>'
"""As after a comma (Amazon Polly Developer Guide, "Adding a pause"): in the voice's own time, and not billed."""


@dataclass(frozen=True, slots=True)
class Node:
    """An SSML element; children are text or elements. Text is kept as it sounds, not escaped."""

    tag: str
    children: tuple[Node | str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one request to Polly says. ``characters`` is what Polly bills: the length of ``text``."""

    ssml: str
    text: str

    @property
    def characters(self) -> int:
        return len(self.text)


def pieces(paragraph: Paragraph, voice: Voice, *, by_sentence: bool = False) -> list[Piece]:
    """The requests that speak ``paragraph``: one, or several where it is longer than Polly takes at once.

    Cuts are made at sentence ends where there are any, see ``narration.speech.sentences``. Nothing for a paragraph
    without sound. Each piece keeps to both of Polly's limits, its tags and escapes counted. ``by_sentence``: a request
    for each sentence, whose melody then begins and ends with it; a heading stays whole, it is one thing to say.
    """
    runs = _spoken_runs(paragraph.runs, voice)
    if not (by_sentence and paragraph.kind != "heading"):
        return _fitting(runs, voice)
    groups = sentences.groups(_text(runs))
    return [piece for part in _cut(runs, map(len, groups)) for piece in _fitting(part, voice)]


def lower(node: Node, engine: Engine) -> Node:
    """``node`` with every tag and attribute that ``engine`` would refuse taken away; what they held stays."""
    return Node(node.tag, tuple(_lowered_children(node, engine)), _allowed(node, engine) or {})


def to_xml(node: Node | str) -> str:
    """Well-formed XML of a tree; the only place where text is escaped."""
    if isinstance(node, str):
        return _escaped(node)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in sorted(node.attributes.items()))
    if not node.children:
        return f"<{node.tag}{attributes}/>"
    return f"<{node.tag}{attributes}>{''.join(map(to_xml, node.children))}</{node.tag}>"


def _escaped(text: str) -> str:
    """Character data of XML. xml.sax.saxutils says the same, and loads urllib.request for a cold start to pay."""
    return escape(text, quote=False)


def text_of(node: Node | str) -> str:
    """The text of a tree without its tags."""
    return node if isinstance(node, str) else "".join(map(text_of, node.children))


def _lowered_children(node: Node, engine: Engine) -> Iterator[Node | str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        elif _allowed(child, engine) is None:
            yield from _lowered_children(child, engine)
        else:
            yield lower(child, engine)


def _allowed(node: Node, engine: Engine) -> dict[str, str] | None:
    """The attributes of ``node`` that ``engine`` takes, None if it does not take the tag, or not without the rest."""
    support = _support()[engine]
    if node.tag in support.full:
        return dict(node.attributes)
    taken = support.partial.get(node.tag, ())
    return {name: value for name, value in node.attributes.items() if name in taken} or None


def _fitting(runs: tuple[Run, ...], voice: Voice) -> list[Piece]:
    """One piece that says all of ``runs``, or as many as Polly's limits ask for; those without sound are left out."""
    text = _text(runs)
    if not speakable(text):
        return []
    if _fits(runs):
        return [_piece(runs, voice)]
    cut = sentences.split(text, _Reach(runs))
    return [_piece(part, voice) for words, part in zip(cut, _cut(runs, map(len, cut)), strict=True) if speakable(words)]


def _text(runs: tuple[Run, ...]) -> str:
    return "".join(run.text for run in runs)


@dataclass(frozen=True, slots=True)
class _Support:
    """What one engine takes: tags with all attributes, and tags with only those listed."""

    full: frozenset[str]
    partial: Mapping[str, Sequence[str]]


@cache
def _support() -> dict[str, _Support]:
    import tomllib  # 18 ms that a cold start without speech need not pay

    with Path(__file__).with_name("ssml_support.toml").open("rb") as file:
        engines = tomllib.load(file)["engines"]
    return {engine: _Support(frozenset(tags["full"]), tags.get("partial", {})) for engine, tags in engines.items()}


def _piece(runs: tuple[Run, ...], voice: Voice) -> Piece:
    tree = lower(Node("speak", tuple(part for run in _stripped(runs) for part in _elements(run))), voice.engine)
    return Piece(to_xml(tree), text_of(tree))


def _elements(run: Run) -> tuple[Node | str, ...]:
    said = (Node(run.say.tag, (run.text,), dict(run.say.attributes)),) if run.say else _lines(run.text)
    return (Node("lang", said, {"xml:lang": run.lang}),) if run.lang else said


def _lines(text: str) -> tuple[Node | str, ...]:
    """``text`` with a pause and a space where one of its lines ends."""
    first, *others = text.split("\n")
    ends = ((Node("break", (), {"strength": "medium"}), f" {line}") for line in others)
    return (first, *(part for end in ends for part in end))


def _written(text: str) -> str:
    """The XML of ``text`` without a language: character by character as long as it is in one piece."""
    return _escaped(text).replace("\n", f"{_LINE_END} ")


def _spoken_runs(runs: tuple[Run, ...], voice: Voice) -> tuple[Run, ...]:
    """Runs with their language as Polly writes it; None where the tag would not help this voice.

    That is a language Polly does not know, or the voice's own in another region: "de-AT" inside of "de-DE".
    """

    def lang_of(run: Run) -> str | None:
        lang = voices.polly_language(run.lang) if run.lang else None
        return lang if lang and primary(lang) != primary(voice.language) else None

    def both(run: Run) -> tuple[str | None, Say | None, int]:
        # Two words that are said otherwise stay two.
        return lang_of(run), run.say, id(run) if run.say else 0

    return tuple(Run("".join(run.text for run in group), lang, say) for (lang, say, _), group in groupby(runs, both))


def _stripped(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Without white space at either end: a cut leaves some, and it has no sound there."""
    kept = list(runs)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return tuple(kept)


def _cut(runs: tuple[Run, ...], lengths: Iterable[int]) -> Iterator[tuple[Run, ...]]:
    """``runs`` dealt out into parts of so many characters each, which together are all of them.

    A word that is cut in two is said as it is written: neither half is the word.
    """
    remaining = iter(runs)
    rest, lang, say = "", None, None
    for length in lengths:
        part: list[Run] = []
        wanted = length
        while wanted:
            if not rest:
                run = next(remaining)
                rest, lang, say = run.text, run.lang, run.say
            say = say if len(rest) <= wanted else None
            part.append(Run(rest[:wanted], lang, say))
            rest = rest[wanted:]
            wanted -= len(part[-1].text)
        yield tuple(part)


def _tag_cost(run: Run) -> int:
    return sum(utf16_length(to_xml(part)) for part in _elements(replace(run, text="")))


def _fits(runs: tuple[Run, ...]) -> bool:
    billed = sum(utf16_length(run.text) for run in runs)
    total = _FRAME + sum(_tag_cost(run) + utf16_length(_written(run.text)) for run in runs)
    return billed <= MAX_BILLED and total <= MAX_TOTAL


class _Reach:
    """How far a piece that begins at some position may go, as ``narration.speech.sentences.split`` asks."""

    def __init__(self, runs: tuple[Run, ...]) -> None:
        self._billed = [utf16_length(character) for run in runs for character in run.text]
        self._total = [utf16_length(_written(character)) for run in runs for character in run.text]
        self._tags = [_tag_cost(run) for run in runs for _ in run.text]
        self._begins = {end - len(run.text) for run, end in zip(runs, _ends(runs), strict=True)}

    def __call__(self, start: int) -> int:
        billed, total = 0, _FRAME
        for position in range(start, len(self._billed)):
            billed += self._billed[position]
            total += self._total[position]
            if position == start or position in self._begins:
                total += self._tags[position]
            if billed > MAX_BILLED or total > MAX_TOTAL:
                return position
        return len(self._billed)


def _ends(runs: tuple[Run, ...]) -> list[int]:
    return list(accumulate(len(run.text) for run in runs))
