"""What a listener would hear of an article's body, and what not: by which rule, and where. No AWS call is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from operate import amounts
from operate.errors import OperateError

if TYPE_CHECKING:
    from narration.model import Run
    from narration.reading.html_body import Reading

MOST = 120
"""Characters of what is left out that are shown."""


def command(html: Path, language: str, profile: Path | None) -> Iterator[str]:
    """Lines: the paragraphs as they are spoken, then what is left out. ``profile``: a publisher's profile.toml.

    Raises OperateError where a file is not text, or the profile is not of its form.
    """
    from narration.errors import BrokenProfile, RejectedArticle
    from narration.reading import html_body
    from narration.reading import profile as profiles
    from narration.speech import pronunciation

    try:
        chosen = profiles.read(profile.read_bytes()) if profile else profiles.house()
        reading = html_body.read(_text(html), language, rules=chosen.rules)
    except (BrokenProfile, RejectedArticle) as error:
        raise OperateError(str(error)) from error
    told = tuple(pronunciation.paragraph(one, language, chosen.words) for one in reading.paragraphs)
    reading = replace(reading, paragraphs=told)
    return _lines(reading, {rule.name: rule.why for rule in chosen.rules.rules})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise OperateError(f"{path} must be UTF-8 text; byte {error.start} is not.") from None


def _lines(reading: Reading, why: dict[str, str]) -> Iterator[str]:
    characters = sum(len(one.text) for one in reading.paragraphs)
    yield f"Spoken: {amounts.of(len(reading.paragraphs), 'paragraph')}, {amounts.of(characters, 'character')}"
    for index, one in enumerate(reading.paragraphs):
        first, *lines = ("".join(map(_said, one.runs)) or "(silence)").split("\n")
        yield f"{index:>5}  {one.kind:<8} {first}"
        yield from (f"{'':16}{line}" for line in lines)
    yield ""
    yield f"Left out: {len(reading.left_out)}"
    for left in reading.left_out:
        yield f"before {left.after:>3}  {left.rule:<14} {left.where}: {_short(left.text)}"
    for rule, times in reading.counts.items():
        yield f"{times:>5} x {rule:<14} {why[rule]}"
    if reading.kept:
        yield ""
        yield "Kept, although a rule asked for it:"
        for rule, guard, text in dict.fromkeys(reading.kept):
            yield f"      {rule:<14} guard {guard}: {_short(text)}"


def _said(run: Run) -> str:
    """Its text, and behind a word of the profile's list how that is said."""
    return f"{run.text} [{run.say.attributes[-1][1]}]" if run.say else run.text


def _short(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:MOST]}..."
