"""What a message says of the version that is published, where it is another message than the published one. Pure.

A replay (``operate replay``) publishes the same words under the same version with another voice, by a message of its
own. The publisher's message stays what it was: when it comes once more it repeats what is published, whatever voice
speaks by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from narration.article import messages
from narration.errors import RejectedArticle

Said = Literal["otherwise", "replay", "repeat"]
"""``replay``: the published message's words, to be spoken otherwise. ``repeat``: a message that the published one
replays, by one step or several. Else ``otherwise``: whether it is a change, the content decides."""


def said(message: messages.Message, published: str, kept: Callable[[str], bytes | None]) -> Said:
    """``published``: the key of the published message; ``kept``: the bytes of a message by its key, None where gone."""
    latest = _read(kept(published))
    if latest is None:
        return "otherwise"
    if message.article.replays == published and _words(message) == _words(latest):
        return "replay"
    # Each names the one before it by a hash of its bytes, so there is an end.
    older: messages.Message | None = latest
    while older is not None and older.article.replays is not None:
        older = _read(kept(older.article.replays))
        if older is not None and _asked(message) == _asked(older):
            return "repeat"
    return "otherwise"


def _read(data: bytes | None) -> messages.Message | None:
    try:
        return None if data is None else messages.read(data)
    except RejectedArticle:
        return None  # a release that took it has published it; this one cannot compare with it


def _asked(message: messages.Message) -> messages.Message:
    """Without what changes no sound."""
    return replace(message, article=replace(message.article, priority="normal", replays=None, ignored=()))


def _words(message: messages.Message) -> messages.Message:
    """Without who speaks, too."""
    asked = _asked(message)
    return replace(asked, article=replace(asked.article, voice=None, engine=None))
