"""The narration chapter: an article lives through a week of edits, and each costs what it should."""

from __future__ import annotations

import io
import json
import math
import struct
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.account import Tell
from local.demo.narration import granularity, left_out, paywall, podcast, rush
from local.demo.newsroom import Newsroom, Outcome

TEXTS = Path(__file__).with_name("texts")
ENGLISH, GERMAN, PREMIUM = "night-trains", "nachtzuege", "night-trains-members"
SECTION = "travel"
CHIME = "sounds/chime.wav"
LAST_WORDS = "The next departure is on Friday, and it is sold out."
NOTE = "Subscribers hear the rest of this story."
KINDS = {"# ": "heading", "## ": "heading", "> ": "quote"}
HEAD = f"{'what happens':<46}{'characters billed':>18}{'reused':>8}{'audio':>9}{'took':>8}  as promised"


@dataclass(frozen=True)
class Scene:
    """One message and what is promised of it: ``holds`` gets this outcome and the one before of the same article."""

    what: str
    message: dict[str, Any]
    promise: str
    holds: Callable[[Outcome, Outcome | None], bool]


def play(newsroom: Newsroom, site: paywall.Site, polly: rush.Polly, folder: Path, tell: Tell) -> int:
    """Plays every scene, prints a row for each, saves what is published; returns how many promises were broken."""
    newsroom.audio.put(CHIME, chime())
    tell("\nNarration: articles on SNS become audio\n")
    tell(HEAD)
    tell("-" * (len(HEAD) + 32))
    last: dict[str, Outcome] = {}
    frames: dict[str, bytes] = {}
    broken, html_edition = 0, ""
    for scene in scenes():
        article = scene.message["id"]
        outcome = newsroom.publish(scene.message)
        same_frames = _frames_kept(newsroom, scene, frames)
        kept = scene.holds(outcome, last.get(article)) and same_frames
        broken += not kept
        last[article] = outcome
        tell(_row(scene, outcome, kept))
        if scene.message.get("body_html"):
            html_edition = outcome.pointer["edition"]
        if outcome.pointer.get("status") == "published":
            newsroom.download(newsroom.key(article, ""), folder / article)
    broken += _jingle(newsroom, folder, tell)
    broken += left_out.play(newsroom, html_edition, tell)
    broken += paywall.play(newsroom, site, PREMIUM, LAST_WORDS, tell)
    broken += podcast.play(newsroom, SECTION, {ENGLISH: "full.mp3", PREMIUM: "teaser.mp3"}, tell)
    broken += granularity.play(newsroom, TEXTS / "night-trains.en.md", tell)
    broken += rush.play(newsroom, polly, tell)
    return broken + _closing(newsroom, folder, tell)


def scenes() -> list[Scene]:
    """The week of edits, in order."""
    english = paragraphs((TEXTS / "night-trains.en.md").read_text())
    typo = [{**p, "text": p["text"].replace("expensive piece", "very expensive piece")} for p in english]
    longer = [*typo, {"kind": "text", "text": LAST_WORDS}]
    late = [{**p, "text": p["text"].upper()} for p in english]
    edited = len(next(p for p in typo if "very expensive" in p["text"])["text"])
    added = len(longer[-1]["text"])
    html = (TEXTS / "nachtzuege.de.html").read_text()
    title, new_title = "The quiet return of the night train", "Why the night train came back"
    premium = {"premium": True, "teaser": {"sound": CHIME, "note": NOTE}}
    return [
        Scene(
            f"English article, {len(english)} paragraphs",
            _message(ENGLISH, 1, title, english),
            "all is billed",
            _all_new,
        ),
        Scene("German article, as HTML", _german(html), "all is billed", _all_new),
        Scene(
            "a typo mended",
            _message(ENGLISH, 2, title, typo),
            f"one paragraph is billed ({edited})",
            lambda now, before: now.billed == edited and _changed(now, before),
        ),
        Scene(
            "only the title changed",
            _message(ENGLISH, 3, new_title, typo),
            "0 billed, audio frames the same",
            lambda now, before: now.outcome == "retag" and now.billed == 0 and _changed(now, before),
        ),
        Scene(
            "nothing changed",
            _message(ENGLISH, 4, new_title, typo),
            "0 billed, the same edition",
            lambda now, before: now.billed == 0 and not _changed(now, before),
        ),
        Scene(
            "a paragraph added",
            _message(ENGLISH, 5, new_title, longer),
            f"that paragraph is billed ({added})",
            lambda now, before: now.billed == added and _changed(now, before),
        ),
        Scene(
            "an old version comes late",
            _message(ENGLISH, 2, title, late),
            "it changes nothing",
            lambda now, before: now.outcome == "superseded" and now.billed == 0 and not _changed(now, before),
        ),
        Scene(
            "the same text for subscribers, with a teaser",
            {**_message(PREMIUM, 1, new_title, longer), **premium},
            f"its note ({len(NOTE)}) and at most {paywall.MOST_OPEN} of its text are billed",
            lambda now, _: len(NOTE) <= now.billed <= len(NOTE) + paywall.MOST_OPEN,
        ),
        Scene(
            "a jingle put in front",
            _message(ENGLISH, 6, new_title, [{"kind": "sound", "sound": CHIME}, *longer]),
            "0 billed, merged again",
            lambda now, before: now.billed == 0 and _changed(now, before),
        ),
        Scene(
            "the German article withdrawn",
            {"id": GERMAN, "version": 2, "status": "withdrawn"},
            "its audio is gone",
            lambda now, _: now.outcome == "withdraw" and now.pointer["status"] == "withdrawn",
        ),
    ]


def _all_new(now: Outcome, before: Outcome | None) -> bool:
    return now.outcome == "synthesize" and now.billed > 0 and now.reused == 0 and before is None


def _changed(now: Outcome, before: Outcome | None) -> bool:
    return before is not None and now.pointer["edition"] != before.pointer["edition"]


def _message(article: str, version: int, title: str, text: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": article,
        "version": version,
        "title": title,
        "language": "en-GB",
        "status": "published",
        "section": SECTION,
        "published_at": "2026-03-02T06:00:00Z",
        "paragraphs": text,
    }


def _german(html: str) -> dict[str, Any]:
    return {
        "id": GERMAN,
        "version": 1,
        "title": "Die leise Rückkehr der Nachtzüge",
        "language": "de-DE",
        "status": "published",
        "body_html": html,
    }


def paragraphs(text: str) -> list[dict[str, str]]:
    """A text with blank lines between paragraphs, "# " before headings and "> " before quotations."""
    found = []
    for block in filter(None, (part.strip() for part in text.split("\n\n"))):
        mark = next((mark for mark in KINDS if block.startswith(mark)), "")
        found.append({"kind": KINDS.get(mark, "text"), "text": block.removeprefix(mark)})
    return found


def _jingle(newsroom: Newsroom, folder: Path, tell: Tell) -> int:
    """An editor replaces the jingle; no message is published."""
    users = [ENGLISH, PREMIUM]
    billed, took = newsroom.replace_sound(CHIME, chime(low=440, high=587), users)
    for article in users:
        newsroom.download(newsroom.key(article, ""), folder / article)
    kept = billed == 0
    tell(
        f"{'the jingle replaced by another one':<46}{billed:>18,}{'-':>8}{'-':>9}{took:>6.1f} s"
        f"  {'yes' if kept else 'NO '}  0 billed, both articles have new editions"
    )
    return int(not kept)


def chime(low: int = 660, high: int = 880) -> bytes:
    """A WAV of two soft notes (hertz), 1.2 seconds: jingle and teaser sound."""
    rate = 24_000
    samples = [
        0.3 * math.exp(-3 * t) * math.sin(2 * math.pi * (low if t < 0.4 else high) * t)
        for t in (n / rate for n in range(int(1.2 * rate)))
    ]
    out = io.BytesIO()
    with wave.open(out, "wb") as target:
        target.setparams((1, 2, rate, len(samples), "NONE", ""))
        target.writeframes(b"".join(struct.pack("<h", round(32767 * s)) for s in samples))
    return out.getvalue()


def _frames_kept(newsroom: Newsroom, scene: Scene, frames: dict[str, bytes]) -> bool:
    """Compares the MP3's frames with those of the scene before, where the promise speaks of them."""
    article = scene.message["id"]
    audio = newsroom.audio.get(newsroom.key(article, "full.mp3"))
    if audio is None:
        return True
    now = _without_tag(audio)
    before, frames[article] = frames.get(article), now
    return "frames the same" not in scene.promise or now == before


def _without_tag(mp3: bytes) -> bytes:
    """Skips the ID3v2 tag: ten bytes and as many as its size says, seven bits a byte."""
    size = sum(byte << shift for byte, shift in zip(mp3[6:10], (21, 14, 7, 0), strict=True))
    return mp3[10 + size :] if mp3.startswith(b"ID3") else mp3


def _row(scene: Scene, outcome: Outcome, kept: bool) -> str:
    audio = f"{outcome.audio_seconds:.1f} s" if outcome.audio_seconds else "-"
    return (
        f"{scene.what:<46}{outcome.billed:>18,}{outcome.reused:>8,}{audio:>9}{outcome.took_seconds:>6.1f} s"
        f"  {'yes' if kept else 'NO '}  {scene.promise}"
    )


def _closing(newsroom: Newsroom, folder: Path, tell: Tell) -> int:
    """What lies in reach of whom, and where the files are."""
    left = newsroom.audio.keys(newsroom.key(GERMAN, ""))
    gone = left == [newsroom.key(GERMAN, "latest.json")]
    tell("")
    tell(f"withdrawn: {'only a tombstone is left of it' if gone else f'STILL THERE: {left}'}")
    tell(f"\nListen: {folder}")
    for path in sorted(folder.rglob("*.mp3")):
        timeline = json.loads(path.with_name("timeline.json").read_text())
        chapters = len(timeline["chapters"])
        told = f"{chapters} chapter{'s' * (chapters != 1)}"
        tell(f"  {path.relative_to(folder)!s:<44}{path.stat().st_size / 1000:>7.0f} kB  {told}")
    return int(not gone)
