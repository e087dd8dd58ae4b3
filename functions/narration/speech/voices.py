"""Which voice reads an article: the publisher's choice where there is one, else the settings in ``voices.toml``.

What Polly offers differs by Region and grows with time, so every choice is checked against what it offers here. A
voice that a publisher names is taken or the article is refused, for a listener knows it again. An engine is a matter of
price and polish: where the voice has not the one asked for, or set as default, it speaks with another one, and the
choice says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from narration.article.language_tags import canonical, primary
from narration.article.text import excerpt
from narration.errors import UnknownVoice
from narration.model import Article, Engine, Voice

ENGINES: tuple[Engine, ...] = ("neural", "standard", "long-form", "generative")
"""In the order in which they are taken where no engine is asked for: price and sound both fit news."""


@dataclass(frozen=True, slots=True)
class AvailableVoice:
    """A voice that Polly offers in this Region; ``language_codes`` begins with its own and goes on with others."""

    id: str
    language_codes: tuple[str, ...]
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A voice, and a sentence that says what was wanted where it is not that."""

    voice: Voice
    fallback: str | None = None


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


def choose(article: Article, offered: Sequence[AvailableVoice]) -> Choice:
    """The voice for ``article`` out of those offered.

    Raises UnknownVoice with a few valid ids where no voice here speaks the article's language, or where the voice that
    it names does not exist or does not speak it.
    """
    code = polly_language(article.language)
    speakers = _speakers(code, offered)
    if article.voice is not None:
        voice = _named(article, article.voice, speakers, offered)
        return _choice(voice, article.engine or _default_engine(voice), code, wanted=voice.id)
    if not speakers:
        raise UnknownVoice(
            f"No voice here speaks language {excerpt(article.language)}: use one of {_some(_languages(offered), 8)}."
        )
    default = _settings().defaults.get(code or "")
    engine = article.engine or (default.engine if default else None)
    # Another voice of the same region that has the engine asked for is nearer to the wish than the default one.
    able = [voice for voice in speakers if article.engine in voice.engines and _is_near(voice, speakers[0], code)]
    return _choice((able or speakers)[0], engine, code, wanted=default.voice if default else None)


def _named(
    article: Article, name: str, speakers: Sequence[AvailableVoice], offered: Sequence[AvailableVoice]
) -> AvailableVoice:
    found = next((voice for voice in offered if voice.id.lower() == name.lower()), None)
    advice = "leave voice out"
    if speakers:
        advice += f", or use one of {_some([voice.id for voice in speakers])}"
    if found is None:
        raise UnknownVoice(f"Polly has no voice {excerpt(name)} here: {advice}.")
    if found not in speakers:
        raise UnknownVoice(f"Voice {found.id} does not speak {excerpt(article.language)}: {advice}.")
    return found


def _is_near(voice: AvailableVoice, best: AvailableVoice, code: str | None) -> bool:
    return _spoken(voice, code) == _spoken(best, code)


def _choice(voice: AvailableVoice, engine: Engine | None, code: str | None, *, wanted: str | None) -> Choice:
    """``voice`` with ``engine``, or the best engine that it has; ``wanted`` is the voice that was to be taken."""
    preferred = (engine, *ENGINES) if engine else ENGINES
    taken = next(one for one in preferred if one in voice.engines)
    chosen = Voice(voice.id, taken, _spoken(voice, code))
    if wanted is not None and wanted != voice.id:
        return Choice(chosen, f"{wanted} with engine {engine} is not offered here; {voice.id} with {taken} was taken.")
    if engine is not None and engine != taken:
        return Choice(chosen, f"{voice.id} has no engine {engine} here; {taken} was taken.")
    return Choice(chosen)


def _spoken(voice: AvailableVoice, code: str | None) -> str:
    """The code under which ``voice`` speaks the article's language: its region's, or the voice's nearest one."""
    if code in voice.language_codes:
        return str(code)
    return next(own for own in voice.language_codes if code and primary(own) == primary(code))


def _default_engine(voice: AvailableVoice) -> Engine | None:
    """The engine that the settings give this voice; None if they do not name it, and then its best one is taken."""
    return next((default.engine for default in _settings().defaults.values() if default.voice == voice.id), None)


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
