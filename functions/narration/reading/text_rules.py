"""What of a paragraph's text is not read: patterns that are taken out of it, and paragraphs that go whole. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from narration.model import Run
from narration.reading.rules import Rule, Rules, TextRule

Note = Callable[[Rule, str], None]
"""Is told each rule that held, and what it took."""

_SPACES = re.compile(r"[ \u00a0]{2,}")
_LINE_ENDS = re.compile(r"[ \u00a0]*\n\s*")
_BEFORE_STOP = re.compile(r"[ \n](?=[.,;!?](?:\s|$))")
_CLOSING = re.compile(r"[.,;:!?)\]}»”\u2019\"']+$")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(slots=True)
class Cut:
    """A paragraph after the rules: what is left of it, and whether it is a pause now."""

    runs: tuple[Run, ...]
    pause: bool = False
    rule: Rule | None = None
    """The rule that took the whole of it."""
    _kept: list[Run] = field(default_factory=list)


def cut(runs: Sequence[Run], rules: Rules, note: Note, *, linked: float = 0.0, given: bool = False) -> Cut:
    """``runs`` as they are read aloud. ``linked``: share of the characters that stand in links.

    ``given``: the publisher wrote the paragraph for reading, so only the rules for such text are asked.
    """
    whole = "".join([run.text for run in runs]).replace("\n", " ").strip()
    if not whole:
        return Cut(())
    for one in rules.paragraphs:
        if (one.rule.paragraphs or not given) and one.takes(whole, linked):
            note(one.rule, whole)
            return Cut((), one.rule.pause, one.rule)
    before = left = tuple(runs)
    for one in rules.texts:
        if one.asked(whole) and (one.rule.paragraphs or not given):
            left = tuple(_taken_out(run, one, note) for run in left)
    if left == before:
        return Cut(left)
    left = _tidied(left)
    return cut(left, rules, note, linked=linked, given=given) if left else Cut(())


def _taken_out(run: Run, one: TextRule, note: Note) -> Run:
    def replaced(match: re.Match[str]) -> str:
        said = host(match[0]) if one.rule.say == "host" else ""
        if said != match[0]:
            note(one.rule, match[0].strip())
        return said

    text = one.pattern.sub(replaced, run.text)
    return run if text == run.text else Run(text, run.lang)


def host(address: str) -> str:
    """The host of an address as it is spoken, with the punctuation that ends the sentence around it."""
    closing = _CLOSING.search(address)
    after = closing[0] if closing else ""
    rest = _SCHEME.sub("", address.removesuffix(after))
    name = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return name.lower().removeprefix("www.") + after


def _tidied(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Without the white space that a gap leaves: doubled, before a full stop, at the ends."""
    found = [Run(_BEFORE_STOP.sub("", _LINE_ENDS.sub("\n", _SPACES.sub(" ", run.text))), run.lang) for run in runs]
    kept = [run for run in found if run.text]
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[0] = Run(kept[0].text.lstrip(), kept[0].lang)
        kept[-1] = Run(kept[-1].text.rstrip(), kept[-1].lang)
    return tuple(kept)
