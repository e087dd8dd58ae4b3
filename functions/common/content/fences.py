"""Strangers' text in a prompt: it is data, and stands in a fence whose name it cannot know beforehand.

The name hashes all that is enclosed, so nothing inside can hold it; and whatever inside begins like a fence of ours
loses its bracket, so that nothing looks like one either.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache

_BRACKETS = dict.fromkeys("\u2039\u2329\u27e8\u3008\u276e\u2770\u1438\u02c2", "<")
"""Signs that a reader takes for a bracket, beside those that NFKC knows."""
_LOOKALIKES = {
    "\u0501": "d",
    "\u03bf": "o",
    "\u043e": "o",
    "\u0441": "c",
    "\u03f2": "c",
    "\u03c5": "u",
    "\u057d": "u",
} | {
    "\u043c": "m",
    "\u0435": "e",
    "\u0578": "n",
    "\u043f": "n",
    "\u0442": "t",
    "\u03c4": "t",
    "\u051b": "q",
    "\u0566": "q",
}
"""Letters of other scripts that a reader takes for those of the names in use: ``document`` and ``quoted``."""
_BETWEEN = r"[\W_]{0,8}"
"""Signs between a bracket and a name, or within it, that hide it from a search and not from a reader."""


def named(name: str, *insides: str) -> str:
    """A fence's name, ``name`` with a hash of all that is enclosed. The same text has the same fence."""
    data = "\0".join(insides).encode("utf-8", "replace")
    return f"{name}-{hashlib.sha256(data).hexdigest()[:32]}"


def between(inside: str, fence: str) -> str:
    """``inside``, which ends with a line feed or stands directly before the closing end, between a fence's ends."""
    return f"<{fence}>\n{inside}</{fence}>"


def fenced(parts: Mapping[str, str], name: str) -> str:
    """Each part in a fence ``name-<its own name>-<hash>``, in their order. One hash over all of it: who knows one part
    still does not know the end of any fence."""
    insides = {part: without(text, name) for part, text in parts.items()}
    hashed = named("", *insides.values())
    return "\n\n".join(between(text, f"{name}-{part}{hashed}") for part, text in insides.items())


def without(text: str, name: str) -> str:
    """``text`` with the bracket of whatever reads like an end of a fence made another sign: ``</document-1>`` becomes
    ``(/document-1>``, in whatever width, case or spacing it is written. ``name``: without a hash."""
    folded = text
    if not text.isascii():
        # Sign by sign, so that places stay: full-width and small brackets and letters become the plain ones.
        plain = {sign: unicodedata.normalize("NFKC", sign) for sign in set(text)}
        folded = "".join(_plain(sign, plain[sign]) for sign in text)
    kept, at = [], 0
    for found in _like(name).finditer(folded):
        kept += [text[at : found.start()], "("]
        at = found.start() + 1
    return "".join([*kept, text[at:]])


@cache
def _like(name: str) -> re.Pattern[str]:
    return re.compile(rf"<(?={_BETWEEN}{_BETWEEN.join(name)})", re.IGNORECASE)


def _plain(sign: str, normal: str) -> str:
    """What a reader takes ``sign`` for; ``normal``: its form by NFKC."""
    sign = normal if len(normal) == 1 else sign
    return _BRACKETS.get(sign) or _LOOKALIKES.get(sign.lower(), sign)
