# ruff: noqa: RUF001 - the quotation marks and full stops of other scripts are meant
"""Parts of text joined to a paragraph's runs: white space collapsed, and the ends of lines that are heard. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from narration.article.text import collapse, printable
from narration.model import Run

Stretch: TypeAlias = "tuple[list[str], str | None]"
"""Parts of text in one language. Joined only once: a paragraph may have very many inline elements."""
BR = "\0"
"""A <br> among the parts: the rules of HTML let no such character into a text."""

_LINE_ENDS = re.compile(r" ?\n[ \n]*")
_PAUSED = re.compile(r"[.,:;!?…،؛؟۔।॥。，：；！？、–—][\s\"'”’»“‘«›)\]}」』）】〉》]*$")
"""Punctuation at which a voice pauses by itself, with what closes behind it."""
_NEAR = 12
"""Characters in front of a line's end in which such punctuation is looked for."""


def runs(pending: Iterable[Stretch]) -> tuple[Run, ...]:
    """White space collapsed across borders, neighbours in one language joined.

    A line that ends without punctuation ends in a line feed; behind punctuation the voice pauses anyway.
    """
    stretches: list[Stretch] = []
    after = " "
    for parts, lang in pending:
        text = _collapsed("".join(parts))
        if text.startswith("\n") and after == " " and stretches:
            stretches[-1][0].append(stretches[-1][0].pop().removesuffix(" "))
        elif text.startswith((" ", "\n")) and after in (" ", "\n"):
            text = text[1:]
        if not text:
            continue
        after = text[-1]
        if stretches and (stretches[-1][1] == lang or text in (" ", "\n")):
            stretches[-1][0].append(text)
        else:
            stretches.append(([text], lang))
    return _heard(Run("".join(parts), lang) for parts, lang in stretches)


def _collapsed(text: str) -> str:
    if BR not in text:
        return collapse(printable(text))
    return _LINE_ENDS.sub("\n", "\n".join(collapse(printable(line)) for line in text.split(BR)))


def _heard(joined: Iterable[Run]) -> tuple[Run, ...]:
    """Without white space at the end, and with line feeds only where nothing else makes a pause."""
    before = ""

    def ended(match: re.Match[str]) -> str:
        near = (before + match.string[max(0, match.start() - _NEAR) : match.start()])[-_NEAR:]
        return " " if _PAUSED.search(near) else "\n"

    found = []
    for run in joined:
        text = re.sub("\n", ended, run.text) if "\n" in run.text else run.text
        found.append(Run(text, run.lang))
        before = (before + text)[-_NEAR:]
    if found:
        found[-1] = Run(found[-1].text.rstrip(" \n"), found[-1].lang)
    return tuple(found)
