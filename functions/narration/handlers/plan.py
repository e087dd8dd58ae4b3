"""Plan: a message -> what has to be done for it, as a plan document in S3 and a few counts in the state."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from common import aws, settings
from common.objects import Bucket
from common.observability import count, logger, observed
from narration.article import messages
from narration.audio import speech_marks as timing
from narration.errors import BodyUnavailable, EditionGone
from narration.model import Article, Fragment, Item, Pointer
from narration.publishing import actions, audio_bucket, keys, plan_documents, pointers
from narration.speech import fragments, voices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

MOST_BODY_BYTES = 5 * 1024 * 1024
MOST_REPLANNED = 5
"""How often in a row an execution may find what it builds on gone. A race is over after one or two."""
LOOKERS = 16
"""Threads that ask S3 which fragments exist; a HEAD takes some 15 ms and an article may have 2,000 fragments."""


@dataclass(frozen=True)
class Settings:
    """The template's parameters; see plans.Options."""

    granularity: str = "paragraph"
    merge_mode: str = "mastered"
    speech_marks: str = "none"


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """``{"message": key}`` in; ``action`` with what the later states need out (see ``decision.Action``).

    ``replanned`` comes in and goes out where a later state has found what it builds on gone, and counts how often.
    Raises a RejectedArticle for everything the publisher has to change, EditionGone where planning again does not help.
    """
    audio = audio_bucket.bucket()
    replanned = _replanned(event)
    wanted = _read(audio, event["message"])
    count("MembersIgnored", len(wanted.ignored))
    seen = pointers.read(audio, wanted.id)
    published = seen.pointer if seen else None
    current = _current(audio, published)
    options = _options(published, current, event["message"])
    plan = _plan(audio, wanted, event["message"], options) if wanted.status == "published" else None
    action = actions.decide(wanted, plan, published, current)
    if action == "retag" and replanned > 1:
        # No race: the published edition is damaged. Its fragments are there, so merging it anew bills nothing.
        action = "synthesize"
    result: dict[str, Any] = {
        "action": action,
        "article": wanted.id,
        "version": wanted.version,
        "message": event["message"],
        "from": published.edition if published else None,
        **({"replanned": replanned} if replanned else {}),
    }
    if action == "draft":
        count("ArticlesDrafts")
    if plan is None or action in {"superseded", "nothing"}:
        return result
    if action == "remerge" and published is not None:
        plan = plan_documents.revised(plan, published.sounds_revision + 1)
    # Before the commit, so that whoever replaces a sound afterwards finds the article.
    for sound in plan.sounds:
        audio.put_if_absent(keys.use(sound, plan.article), b"")
    audio.put_if_absent(keys.plan(plan.edition), plan_documents.dump(plan))
    return result | {"edition": plan.edition} | _work(audio, plan, action)


def _replanned(event: dict[str, Any]) -> int:
    replanned = int(event.get("replanned", 0))
    if replanned > MOST_REPLANNED:
        raise EditionGone(
            f"What the article is built from was gone {replanned} times in a row. The execution's history names the "
            f"object, such as a fragment's .mp3 without which its .json must go too; delete that, then redrive."
        )
    return replanned


def _read(audio: Bucket, key: str) -> Article:
    stored = audio.get(key)
    if stored is None:
        raise EditionGone(f"The message s3://{audio.name}/{key} is gone; publish the article again.")
    message = messages.read(stored.body)
    return messages.build(message, _body(*message.body_s3) if message.body_s3 else None)


def _body(bucket: str, key: str) -> bytes:
    """The body that a message points to. A refusal by S3 is the publisher's to mend, not ours to repeat."""
    from botocore.exceptions import ClientError

    source = Bucket(bucket)
    try:
        found = source.head(key)
        stored = source.get(key) if found is not None and found.size <= MOST_BODY_BYTES else None
    except ClientError as error:
        raise BodyUnavailable(
            f"body_s3 cannot be read ({aws.code_of(error)}); put it in the audio bucket under inbox/, or name its "
            f"bucket in the parameter BodiesBucketName."
        ) from error
    if found is None:
        raise BodyUnavailable("body_s3 names an object that does not exist; upload the body before the message.")
    if stored is None:
        raise BodyUnavailable(f"body_s3 has {found.size} bytes; at most {MOST_BODY_BYTES} are read.")
    return stored.body


@cache
def _voices() -> tuple[voices.AvailableVoice, ...]:
    """What Polly offers in this Region, once in the life of a worker."""
    with aws.patient("Polly"):
        pages = aws.client("polly").get_paginator("describe_voices").paginate(IncludeAdditionalLanguageCodes=True)
        return voices.available(voice for page in pages for voice in page["Voices"])


def _plan(audio: Bucket, wanted: Article, message: str, options: plan_documents.Options) -> plan_documents.Plan:
    choice = voices.choose(wanted, _voices())
    voice = choice.voice
    items, spoken = fragments.plan(wanted, voice, granularity=options.granularity)
    teaser: tuple[Item, ...] = ()
    if wanted.premium:
        teaser, noted = fragments.teaser(wanted, items, voice)
        spoken = {**spoken, **noted}
    sounds = {}
    for name in dict.fromkeys(item.sound for item in (*items, *teaser) if item.sound):
        found = audio.head(name)
        sounds[name] = found.etag if found else ""
    count("VoiceFallbacks", choice.fallback is not None)
    if choice.fallback:
        logger().warning("another voice", extra={"article": wanted.id, "reason": choice.fallback})
    return plan_documents.make(
        wanted, voice, items, teaser, spoken, sounds, message, options=options, voice_fallback=choice.fallback
    )


def _options(published: Pointer | None, current: plan_documents.Plan | None, message: str) -> plan_documents.Options:
    """The template's parameters; for a message that is published already, those it was published with.

    Whoever replaces a sound does not ask for other fragments: with new ones, one jingle would have all its articles
    spoken anew, and paid for.
    """
    if published is not None and current is not None and published.message == message:
        return current.options
    known = settings.read(Settings)
    return plan_documents.Options(known.granularity, known.merge_mode, known.speech_marks)  # type: ignore[arg-type]


def _current(audio: Bucket, published: Pointer | None) -> plan_documents.Plan | None:
    if published is None or published.edition is None:
        return None
    stored = audio.get(keys.plan(published.edition))
    return plan_documents.load(stored.json()) if stored else None


def _work(audio: Bucket, plan: plan_documents.Plan, action: actions.Action) -> dict[str, Any]:
    """Counts and ranges of what is missing; audio that is kept as it is needs no look at its fragments."""
    missing = _missing(audio, plan) if action in {"synthesize", "remerge"} else {}
    requested = sum(fragment.characters * len(_bought(plan, fragment)) for fragment in plan.fragments)
    absent = sum(fragment.characters * missing.get(fragment.hash, 0) for fragment in plan.fragments)
    engine = plan.fragments[0].engine
    count("CharactersRequested", requested, engine=engine)
    count("CharactersReused", requested - absent, engine=engine)
    count("CharactersByParagraph", _by_paragraph(plan, missing, absent), engine=engine)
    count("FragmentsReused", len(plan.fragments) - len(missing))
    return {
        "counts": {"requested": requested, "reused": requested - absent, "fragments": len(plan.fragments)},
        "ranges": [{"edition": plan.edition, **r} for r in plan_documents.ranges(plan.fragments, missing)],
    }


def _missing(audio: Bucket, plan: plan_documents.Plan) -> dict[str, int]:
    """How many requests to Polly each fragment still lacks, by hash, where it lacks any."""
    bought = [(fragment.hash, key) for fragment in plan.fragments for key in _bought(plan, fragment)]
    with ThreadPoolExecutor(LOOKERS) as pool:
        found = pool.map(lambda entry: audio.head(entry[1]), bought)
        lacking = Counter(name for (name, _), stored in zip(bought, found, strict=True) if stored is None)
    return dict(lacking)


def _by_paragraph(plan: plan_documents.Plan, missing: Mapping[str, int], absent: int) -> int:
    """Characters that this save bills where a paragraph is the least that is paid for, to compare with ``absent``."""
    if plan.options.granularity == "paragraph":
        return absent
    spoken: dict[tuple[str, int | None], list[str]] = {}
    for item in (*plan.items, *plan.teaser):
        if item.fragment and item.fragment not in spoken.setdefault((item.kind, item.paragraph), []):
            spoken[item.kind, item.paragraph].append(item.fragment)
    edited = {tuple(names) for names in spoken.values() if not missing.keys().isdisjoint(names)}
    price = {fragment.hash: fragment.characters * len(_bought(plan, fragment)) for fragment in plan.fragments}
    return sum(price[name] for names in edited for name in names)


def _bought(plan: plan_documents.Plan, fragment: Fragment) -> list[str]:
    """Keys that show what was paid for: the sidecar, written after its audio, and the speech marks if wanted."""
    marks = [keys.fragment_marks(fragment.hash)] if timing.wanted(plan.options.marks, fragment) else []
    return [keys.fragment_sidecar(fragment.hash), *marks]
