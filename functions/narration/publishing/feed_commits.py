"""Keeps the feeds in step with the pointers.

Three kinds of objects, of which only the last one can be reached from outside:

- ``listings/articles/<id>.json`` names every section whose feed an article was ever in. It only grows, and it is
  written before anything else: so the run that moves the article's pointer later knows all the feeds that must change.
- ``listings/sections/<section>/<order>/<id>/<edition>.json`` says what the feed shows of one edition, and never
  changes. One LIST request gives the newest articles of a section. An entry is only a candidate: it counts if the
  article's pointer names its edition now, and is removed if it does not. A pointer never comes back to an edition.
- ``feeds/<section>.xml`` is made from the entries by compare-and-swap: its entity tag is read before the entries are,
  so one that was made from an older view loses against one that was made from a newer one. Then everything is read
  again, until the feed is what the entries and pointers say.

A run that dies in between is completed by its own retry, by a redrive, or by the next article of the section.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, encode
from narration.model import SCHEMA, Pointer
from narration.publishing import audio_bucket, feeds, keys, pointers

if TYPE_CHECKING:
    from narration.publishing.plan_documents import Plan

LOOKERS = 16
"""Threads that read entries and pointers; a feed of 100 articles needs both of each."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The feeds an article was ever in, and since when: its date where the publisher gives none."""

    sections: tuple[str, ...]
    since: str


def settle(audio: Bucket, article_id: str, base_url: str, now: str) -> None:
    """Makes every feed say of an article what its pointer says. ``now`` is an RFC 3339 time.

    Raises ConcurrentUpdate where the article or a feed kept changing, EditionGone where the plan has vanished.
    """
    for _ in range(pointers.MOST_LOOKS):
        seen = pointers.read(audio, article_id)
        if seen is None:
            return
        sections = _list(audio, seen.pointer, now)
        for section in sections:
            _refresh(audio, section, base_url)
        again = pointers.read(audio, article_id)
        if again is not None and again.etag == seen.etag:
            return
    raise ConcurrentUpdate(f"Article {article_id!r} kept changing; try again.")


def _list(audio: Bucket, pointer: Pointer, now: str) -> tuple[str, ...]:
    """Writes the entry of what is published, and names all sections whose feeds have to be looked at."""
    plan = audio_bucket.plan(audio, pointer.edition) if pointer.status == "published" and pointer.edition else None
    if plan is None or plan.section is None:
        known = _listing(audio, pointer.article)[0]
        return known.sections if known else ()
    listing = _add(audio, pointer.article, plan.section, now)
    published = plan.published_at or listing.since
    key = keys.entry(plan.section, feeds.order(published), pointer.article, str(pointer.edition))
    if audio.head(key) is None:
        entry = _entry(audio, pointer, plan, published)
        if entry is not None:
            audio.put_if_absent(key, feeds.dump(entry))
    return listing.sections


def _listing(audio: Bucket, article_id: str) -> tuple[Listing | None, str]:
    stored = audio.get(keys.listing(article_id))
    if stored is None:
        return None, ABSENT
    document = stored.json()
    return Listing(tuple(document["sections"]), document["since"]), stored.etag


def _add(audio: Bucket, article_id: str, section: str, now: str) -> Listing:
    for _ in range(pointers.MOST_LOOKS):
        known, etag = _listing(audio, article_id)
        if known is not None and section in known.sections:
            return known
        sections = (*known.sections, section) if known else (section,)
        wanted = Listing(sections, known.since if known else now)
        document = {"schema": SCHEMA, "article": article_id, "sections": list(wanted.sections), "since": wanted.since}
        if audio.put(keys.listing(article_id), encode(document), if_match=etag):
            return wanted
    raise ConcurrentUpdate(f"The listing of article {article_id!r} kept changing; try again.")


def _entry(audio: Bucket, pointer: Pointer, plan: Plan, published: str) -> feeds.Entry | None:
    """What the feed shows of an edition, from its public objects alone; None if a newer commit has removed it."""
    home = keys.edition(pointer.article, plan.edition)
    name = home + (keys.TEASER if pointer.premium else keys.FULL)
    head, timeline = audio.head(name), audio.get(home + keys.TIMELINE)
    if head is None or timeline is None:
        return None
    document = timeline.json()
    return feeds.Entry(
        article=pointer.article,
        edition=plan.edition,
        title=plan.title,
        description=feeds.describe(document),
        language=plan.language,
        published=published,
        audio=name,
        bytes=head.size,
        samples=document["samples"],
        sample_rate=document["sample_rate"],
        url=plan.url,
        chapters=_present(audio, home + keys.CHAPTERS_JSON),
        captions=_present(audio, home + keys.CAPTIONS),
    )


def _present(audio: Bucket, key: str) -> str | None:
    return key if audio.head(key) is not None else None


def _refresh(audio: Bucket, section: str, base_url: str) -> None:
    """Writes the feed until it is what entries and pointers say."""
    about = feeds.channel(section, base_url)
    entries: dict[str, Any] = {}
    for _ in range(pointers.MOST_LOOKS):
        stored = audio.get(keys.feed(section))
        body = feeds.render(about, _latest(audio, section, entries))
        if stored is not None and stored.body == body:
            return
        audio.put(
            keys.feed(section),
            body,
            content_type=feeds.CONTENT_TYPE,
            cache_control=pointers.STABLE_CACHE,
            if_match=stored.etag if stored else ABSENT,
        )
    raise ConcurrentUpdate(f"The feed of section {section} kept changing; try again.")


def _latest(audio: Bucket, section: str, known: dict[str, Any]) -> list[feeds.Entry]:
    """The newest entries that count. ``known`` keeps what was read, for an entry never changes."""
    found: list[feeds.Entry] = []
    candidates = audio.keys(keys.listed(section))
    with ThreadPoolExecutor(LOOKERS) as pool:
        while len(found) < feeds.LATEST:
            batch = list(islice(candidates, feeds.LATEST - len(found)))
            if not batch:
                break
            entries = pool.map(lambda key: _counted(audio, key, known), batch)
            found += [entry for entry in entries if entry is not None]
    return found


def _counted(audio: Bucket, key: str, known: dict[str, Any]) -> feeds.Entry | None:
    article, edition = key.removesuffix(".json").split("/")[-2:]
    seen = pointers.read(audio, unquote(article))
    if seen is None or seen.pointer.status != "published" or seen.pointer.edition != edition:
        audio.delete(key)
        return None
    if key not in known:
        stored = audio.get(key)
        known[key] = feeds.load(stored.json()) if stored else None
    entry: feeds.Entry | None = known[key]
    return entry
