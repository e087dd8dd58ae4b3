"""How one publisher is read: the rules, the pauses and the words of the house, with his own laid over them. Pure.

His own are the object ``reading/profile.toml`` of the audio bucket (docs/reading.md). The profile by which an article
was planned is kept under its digest, so that an article that is only merged again is not read, and billed, anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache, cached_property
from typing import Any

from common.objects import encode
from narration.errors import BrokenProfile
from narration.reading import rules
from narration.reading.rules import Rule, Rules
from narration.speech.pronunciation import Word

MAX_BYTES = 256 * 1024
"""Of a publisher's profile; the rules of the house have some 20 KB."""


@dataclass(frozen=True)
class Profile:
    """``pauses``: milliseconds by kind (heading, text, quote, note, sound, title, within, ornament), where they are not
    those of ``narration.audio.timeline``."""

    rules: Rules
    pauses: Mapping[str, int] = field(default_factory=dict)
    words: tuple[Word, ...] = ()

    @cached_property
    def digest(self) -> str:
        """A hash of all that the profile says."""
        return hashlib.sha256(encode(self._document())).hexdigest()

    def dump(self) -> bytes:
        """The profile as it is kept."""
        return encode(self._document())

    def _document(self) -> dict[str, Any]:
        return {
            "rules": [asdict(rule) for rule in self.rules.rules],
            "pauses": dict(self.pauses),
            "words": [asdict(word) for word in self.words],
        }


@cache
def house() -> Profile:
    """The profile of who has none of his own."""
    return Profile(rules.own())


def read(data: bytes) -> Profile:
    """A publisher's ``profile.toml`` laid over the house's. Raises BrokenProfile with a sentence on what to change."""
    import tomllib

    from narration.reading import profile_form  # pydantic, which only a profile needs

    if len(data) > MAX_BYTES:
        raise BrokenProfile(f"reading/profile.toml has {len(data)} bytes: at most {MAX_BYTES} are read.")
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BrokenProfile(f"reading/profile.toml must be UTF-8 text; byte {error.start} is not.") from None
    except tomllib.TOMLDecodeError as error:
        raise BrokenProfile(f"reading/profile.toml must be TOML: {error}.") from None
    form = profile_form.checked(document)
    tables = {name: rule.model_dump(exclude_unset=True) for name, rule in form.rule.items()}
    _check_names(tables)
    words = tuple(Word(**word.model_dump(exclude_none=True, by_alias=False)) for word in form.word)
    return Profile(rules.merged(rules.own(), tables), form.pauses.model_dump(exclude_none=True), words)


_HOLD = ("elements", "roles", "epub_types", "attributes", "classes", "style", "logic", "pattern")
"""Members of a rule that say for what it holds."""


def _check_names(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises BrokenProfile for a rule that would do nothing, most likely because its name is a slip of the pen."""
    house_names = {rule.name for rule in rules.own().rules}
    for name, members in tables.items():
        if name not in house_names and not any(members.get(member) for member in _HOLD):
            raise BrokenProfile(
                f"reading/profile.toml: rule.{name} is no rule of the house and holds for nothing: correct its name, "
                "or give it elements, classes or a pattern."
            )


def load(document: Mapping[str, Any]) -> Profile:
    """A profile as ``dump`` wrote it; members of a newer release are ignored."""
    known = {one.name for one in fields(Rule)}
    tables = {rule["name"]: {key: rule[key] for key in rule.keys() & known} for rule in document["rules"]}
    kept = rules.merged(Rules(()), tables)
    return Profile(kept, document["pauses"], tuple(Word(**word) for word in document["words"]))
