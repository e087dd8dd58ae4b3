"""What an edition is made of, written down once: the plan document and its hashes. Pure.

Three hashes, each over less than the one before:

- ``edition``: all of it, the version and the revision of its sounds included, so that an edition belongs to exactly
  one state of its article and can be removed without asking who else uses it;
- ``content``: all of it but the version; the same content means that nothing has changed;
- ``audio``: what changes the sound, the way to merge included; the same audio under other content means new tags on
  the same frames.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from common.objects import encode
from narration.model import SCHEMA, Article, Fragment, Item, Pointer, SpokenTitle, Voice


@dataclass(frozen=True, slots=True)
class Options:
    """How this stack narrates, from the template's parameters (``common.settings``). A plan keeps them, so that every
    later step of an execution and every redrive follows the plan and not a deployment that came in between."""

    granularity: Literal["paragraph", "sentence"] = "paragraph"
    """What an edit pays for: its paragraph, or only its sentence."""
    merge: Literal["mastered", "express"] = "mastered"
    marks: Literal["none", "sentence", "word"] = "none"
    """Speech marks asked of Polly beside the audio; they are billed like the audio."""
    teaser_characters: int = 400
    """The most of a premium article's text that everybody may hear; the share of it, in per cent, bounds it too."""
    teaser_share: int = 25
    title: SpokenTitle = "none"
    """What is said before the text. A title that is said costs what it is long whenever it changes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the later steps need, kept in S3 because a state may carry only 262,144 bytes."""

    article: str
    version: int | str
    edition: str
    content: str
    audio: str
    message: str
    title: str
    language: str
    premium: bool
    published_at: str | None
    section: str | None
    url: str | None
    items: tuple[Item, ...]
    teaser: tuple[Item, ...]
    """Items of a premium article's teaser; empty for any other."""
    fragments: tuple[Fragment, ...]
    """Distinct fragments in the order in which they are first heard."""
    sounds: Mapping[str, str]
    """Entity tag of each sound when the plan was made; empty where the sound was not there."""
    recipe: str = ""
    """How the audio is merged: ``narration.audio.recipe.digest``. Empty in a plan of a release that had none."""
    options: Options = Options()
    sounds_revision: int = 0
    voice_fallback: str | None = None
    """Why another voice or engine speaks than the one that was asked for."""
    reading: str = ""
    """The digest of the rules by which the body was read. Empty in a plan of a release that had none."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How often each of these rules left something out, by its name."""


def make(
    article: Article,
    voice: Voice,
    items: Sequence[Item],
    teaser: Sequence[Item],
    fragments: Mapping[str, Fragment],
    sounds: Mapping[str, str],
    message: str,
    *,
    options: Options = Options(),
    voice_fallback: str | None = None,
) -> Plan:
    """The plan of one version of an article. Deterministic: the same arguments give the same hashes."""
    from narration.audio import recipe  # it stands for the whole merge, which only Plan and Merge need

    way = recipe.digest(options.merge)
    audio = _audio(items, teaser, sounds, options, way, premium=article.premium)
    described = {
        "article": article.id,
        "title": article.title,
        "language": article.language,
        "premium": article.premium,
        "published_at": article.published_at,
        "section": article.section,
        "url": article.url,
        "reading": article.reading,
        "texts": [i.text for i in (*items, *teaser)],
        "audio": audio,
    }
    content = _hash(described)
    return Plan(
        article=article.id,
        version=article.version,
        edition=_edition(content, article.version, 0),
        content=content,
        audio=audio,
        message=message,
        title=article.title,
        language=voice.language,
        premium=article.premium,
        published_at=article.published_at,
        section=article.section,
        url=article.url,
        items=tuple(items),
        teaser=tuple(teaser),
        fragments=_in_order([*items, *teaser], fragments),
        sounds=dict(sounds),
        recipe=way,
        options=options,
        voice_fallback=voice_fallback,
        reading=article.reading,
        left_out=dict(article.left_out),
    )


def _audio(
    items: Sequence[Item],
    teaser: Sequence[Item],
    sounds: Mapping[str, str],
    options: Options,
    recipe: str,
    *,
    premium: bool,
) -> str:
    return _hash(
        {
            "recipe": recipe,
            "merge": options.merge,
            # No sound comes of it, but it is the merge that knows where a fragment's marks are heard.
            "marks": options.marks,
            "items": [_heard(item) for item in items],
            "teaser": [_heard(item) for item in teaser],
            "sounds": dict(sounds),
            "premium": premium,
        }
    )


def _heard(item: Item) -> list[object]:
    heard: list[object] = [item.kind, item.paragraph, item.fragment, item.sound]
    return heard if item.pause is None else [*heard, item.pause]


def kept(published: Pointer | None, current: Plan | None, message: str) -> Plan | None:
    """The plan that ``message`` is published with already, None where it is not: its options and its profile hold on.

    A replaced sound asks for no other fragments: with the parameters, rules and words of today, one jingle would have
    all its articles spoken anew, and paid for.
    """
    return current if published and current and published.message == message else None


def revised(plan: Plan, sounds_revision: int) -> Plan:
    """The same version merged once more because its sounds changed: another edition, ordered behind the last one."""
    edition = _edition(plan.content, plan.version, sounds_revision)
    return replace(plan, sounds_revision=sounds_revision, edition=edition)


def _edition(content: str, version: int | str, sounds_revision: int) -> str:
    return _hash({"content": content, "version": version, "sounds_revision": sounds_revision})


def _in_order(items: Iterable[Item], fragments: Mapping[str, Fragment]) -> tuple[Fragment, ...]:
    hashes = dict.fromkeys(item.fragment for item in items if item.fragment)
    return tuple(fragments[name] for name in hashes)


def _hash(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(encode(document)).hexdigest()


def dump(plan: Plan) -> bytes:
    return encode({"schema": SCHEMA, **asdict(plan)})


def load(document: Mapping[str, Any]) -> Plan:
    """A plan read back from S3; members written by a newer release are ignored."""
    known = {one.name for one in fields(Plan)}
    values = {name: value for name, value in document.items() if name in known}
    values["items"] = tuple(Item(**item) for item in document["items"])
    values["teaser"] = tuple(Item(**item) for item in document["teaser"])
    values["options"] = Options(**document["options"])
    values["fragments"] = tuple(
        Fragment(**{**one, "lexicons": tuple(one.get("lexicons", ()))}) for one in document["fragments"]
    )
    return Plan(**values)
