"""Which voice reads an article: the publisher's choice where there is one, else the settings in ``voices.toml``.

What Polly offers differs by Region and grows with time, so every choice is checked against what it offers here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from narration.errors import UnknownVoice
from narration.language import canonical, primary
from narration.model import Article, Engine, Voice
from narration.text import excerpt

ENGINES: tuple[Engine, ...] = ("neural", "standard", "long-form", "generative")
"""In the order in which they are taken where nobody asks for one: price and sound both fit news."""


@dataclass(frozen=True, slots=True)
class AvailableVoice:
    """A voice that Polly offers in this Region; ``language_codes`` begins with its own and goes on with others."""

    id: str
    language_codes: tuple[str, ...]
    engines: tuple[str, ...]


def available(described: Iterable[Mapping[str, Any]]) -> tuple[AvailableVoice, ...]:
    """The ``Voices`` of DescribeVoices' answer (asked with IncludeAdditionalLanguageCodes)."""
    return tuple(
        AvailableVoice(
            voice["Id"],
            (voice["LanguageCode"], *voice.get("AdditionalLanguageCodes", ())),
            tuple(voice["SupportedEngines"]),
        )
        for voice in described
    )


@lru_cache(maxsize=1024)
def polly_language(tag: str) -> str | None:
    """Polly's own code for a BCP 47 tag: exact, else by its script or region, else the language's usual region.

    ``de-AT`` is ``de-AT``, ``de-LI`` and ``de`` are ``de-DE``, ``zh-Hans-CN`` is ``cmn-CN``; None for a language that
    Polly does not speak.
    """
    tag = canonical(tag) or ""
    settings = _settings()
    while tag:
        if tag in settings.defaults:
            return tag
        if tag in settings.aliases:
            return settings.aliases[tag]
        tag = tag.rpartition("-")[0]
    return None


def choose(article: Article, offered: Sequence[AvailableVoice]) -> Voice:
    """The voice for ``article`` out of those offered.

    Raises UnknownVoice with a few valid ids where the voice does not exist here, does not speak the article's
    language, or has not the engine asked for.
    """
    code = polly_language(article.language)
    if article.voice is not None:
        return _named(article, article.voice, code, offered)
    speakers = _speakers(code, offered)
    if not speakers:
        raise UnknownVoice(
            f"No voice here speaks language {excerpt(article.language)}: use one of {_some(_languages(offered), 8)}."
        )
    able = [voice for voice in speakers if article.engine is None or article.engine in voice.engines]
    if not able:
        raise UnknownVoice(
            f"No voice for {article.language} has engine {article.engine}: leave engine out, or use one of "
            f"{_some(sorted({engine for voice in speakers for engine in voice.engines}))}."
        )
    best = min(able, key=lambda voice: _rank(voice, code))
    return _voice(best, article.engine, code)


def _named(article: Article, name: str, code: str | None, offered: Sequence[AvailableVoice]) -> Voice:
    found = next((voice for voice in offered if voice.id.lower() == name.lower()), None)
    speakers = [voice.id for voice in _speakers(code, offered)]
    advice = f"leave voice out, or use one of {_some(speakers)}" if speakers else "leave voice out"
    if found is None:
        raise UnknownVoice(f"Polly has no voice {excerpt(name)} here: {advice}.")
    if found.id not in speakers:
        raise UnknownVoice(f"Voice {found.id} does not speak {excerpt(article.language)}: {advice}.")
    if article.engine is not None and article.engine not in found.engines:
        raise UnknownVoice(
            f"Voice {found.id} has no engine {article.engine}: leave engine out, or use one of {_some(found.engines)}."
        )
    return _voice(found, article.engine, code)


def _voice(voice: AvailableVoice, engine: Engine | None, code: str | None) -> Voice:
    return Voice(voice.id, engine or _engine(voice), _spoken(voice, code))


def _spoken(voice: AvailableVoice, code: str | None) -> str:
    """The code under which ``voice`` speaks the article's language: its region's, or the voice's nearest one."""
    if code in voice.language_codes:
        return str(code)
    return next(own for own in voice.language_codes if code and primary(own) == primary(code))


def _engine(voice: AvailableVoice) -> Engine:
    for default in _settings().defaults.values():
        if default.voice == voice.id and default.engine in voice.engines:
            return default.engine
    return next(engine for engine in ENGINES if engine in voice.engines)


def _speakers(code: str | None, offered: Sequence[AvailableVoice]) -> list[AvailableVoice]:
    """Voices of the language in the order of preference: same region first."""
    if code is None:
        return []
    near = [voice for voice in offered if any(primary(own) == primary(code) for own in voice.language_codes)]
    usable = [voice for voice in near if any(engine in voice.engines for engine in ENGINES)]
    return sorted(usable, key=lambda voice: _rank(voice, code))


def _rank(voice: AvailableVoice, code: str | None) -> tuple[bool, bool, bool, int, str]:
    """Smaller is better: the region's own voices, then the language's usual region, there the default voice, then
    the better engine, then by name."""
    spoken = _spoken(voice, code)
    default = _settings().defaults.get(spoken)
    return (
        spoken != code,
        spoken != polly_language(primary(spoken)),
        default is None or default.voice != voice.id,
        min(ENGINES.index(engine) for engine in ENGINES if engine in voice.engines),
        voice.id,
    )


def _languages(offered: Sequence[AvailableVoice]) -> list[str]:
    return sorted({code for voice in offered for code in voice.language_codes})


def _some(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) or "none"


@dataclass(frozen=True, slots=True)
class _Default:
    voice: str
    engine: Engine


@dataclass(frozen=True, slots=True)
class _Settings:
    defaults: dict[str, _Default]
    aliases: dict[str, str]


@cache
def _settings() -> _Settings:
    import tomllib  # 18 ms that a cold start without speech need not pay

    with Path(__file__).with_name("voices.toml").open("rb") as file:
        raw = tomllib.load(file)
    return _Settings(
        {code: _Default(entry["voice"], entry["engine"]) for code, entry in raw["defaults"].items()},
        raw["aliases"],
    )
