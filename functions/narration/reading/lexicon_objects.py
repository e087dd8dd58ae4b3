"""Pronunciation lexicons (W3C PLS) in the bucket: the publisher's own of a language, and each one that a plan names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from common.objects import Bucket
from narration.errors import BrokenProfile
from narration.publishing import keys
from narration.publishing.plan_documents import Plan

PREFIX = "Millrace"
"""Begins the name of every lexicon that this application stores in Polly: its role may put no other ones."""
_NAME = 20
"""Characters of a lexicon's name at most (polly/2016-06-10, LexiconName), letters and digits only."""
_LANGUAGE = re.compile(r"<lexicon\b[^>]*?\bxml:lang\s*=\s*[\"']\s*([^\"'<>\s]+)")


def name_of(content: bytes) -> str:
    """The name under which Polly keeps a lexicon: it holds a hash, so that the same name is always the same content."""
    return PREFIX + hashlib.sha256(content).hexdigest()[: _NAME - len(PREFIX)]


def of(audio: Bucket, kept: Plan | None) -> Callable[[str], tuple[str, ...]]:
    """By language, the names of the lexicons: today's, or those of the plan by which the very same message is
    published already."""

    def names(language: str) -> tuple[str, ...]:
        if kept and kept.reading and kept.language == language:
            return kept.fragments[0].lexicons
        return current(audio, language)

    return names


def current(audio: Bucket, language: str) -> tuple[str, ...]:
    """The names of the lexicons for voices of ``language``; each is kept for the plans that name it.

    Raises BrokenProfile where one is not text, or says another language: Polly would take it and never use it. Whether
    it is a lexicon, Polly says when it is put there.
    """
    key = keys.lexicon(language)
    stored = audio.get(key)
    if stored is None:
        return ()
    try:
        said = _LANGUAGE.search(stored.body.decode())
    except UnicodeDecodeError as error:
        raise BrokenProfile(f"{key} must be UTF-8 text; byte {error.start} is not.") from None
    if said and said[1].lower() != language.lower():
        raise BrokenProfile(
            f'{key} says xml:lang="{said[1]}", so no voice of {language} would use it: write xml:lang="{language}".'
        )
    name = name_of(stored.body)
    if audio.head(keys.kept_lexicon(name)) is None:
        audio.put_if_absent(keys.kept_lexicon(name), stored.body, content_type="application/pls+xml")
    return (name,)


def content(audio: Bucket, name: str) -> str:
    """A lexicon as it was when a plan named it. Raises BrokenProfile where it was deleted since."""
    stored = audio.get(keys.kept_lexicon(name))
    if stored is None:
        raise BrokenProfile(
            f"{keys.kept_lexicon(name)} is gone: put it back and redrive, or publish the article under a new version."
        )
    return stored.body.decode()
