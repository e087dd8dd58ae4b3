"""What one step leaves in the summaries bucket for those that follow, and when it may be used again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from common import executions, settings
from common.objects import ABSENT, Bucket, encode
from documents import keys
from documents.errors import WorkGone
from documents.model import SCHEMA, Enrichment, Extraction, LaidLine, Summary

Left = TypeVar("Left", Extraction, Enrichment, Summary)


@dataclass(frozen=True)
class Settings:
    summaries_bucket: str


def summaries() -> Bucket:
    """The bucket of everything that is written: results, rejections, and the work between two steps."""
    return Bucket(settings.read(Settings).summaries_bucket)


def keep(work: str, name: str, document: Mapping[str, Any]) -> None:
    """Leaves one step's result (``extraction``, ``enrichment``, ``summary``) for those that follow."""
    summaries().put(keys.step(work, name), encode(document))


def keep_layout(work: str, path: Path) -> None:
    """Leaves where the lines of a step's ``extraction`` stand (a file of ``reading.laid_lines``), before that."""
    with path.open("rb") as file:
        summaries().put(keys.layout(work), file, content_type="application/gzip")


def layout(work: str, path: Path) -> list[LaidLine] | None:
    """By way of ``path``; None where there is none that can be read. It may be another run's than the extraction."""
    from documents.reading import laid_lines

    return None if summaries().download(keys.layout(work), path) is None else laid_lines.read(path)


def keep_once(work: str, name: str, made_of: str, make: Callable[[], Left]) -> Left | None:
    """Makes and leaves a step's result, unless one that was made of the same is there; None then.

    None, too, where another run of the step left its own meanwhile: that one stays.
    """
    bucket, place = summaries(), keys.step(work, name)
    seen = bucket.get(place)
    if seen is not None and seen.json().get("made_of") == made_of:
        return None
    result = make()
    body = encode({**result.to_json(), "made_of": made_of})
    return result if bucket.put(place, body, if_match=seen.etag if seen else ABSENT) else None


def made_of(settings: Mapping[str, Any], code: str, work: str, *names: str) -> str:
    """What a step's result depends on, in 16 hex: settings, ``code``, schema, results of the steps ``names``."""
    bucket = summaries()
    left = [bucket.head(keys.step(work, name)) for name in names]
    tags = [stored.etag.encode() if stored else b"" for stored in left]
    return executions.digest(encode({**settings, "schema": SCHEMA}), code.encode(), *tags)[:16]


@cache
def code(*rooms: str) -> str:
    """The modules and tables of some rooms of this pipeline, and of ``common.content``, as a digest: a result that was
    kept is made anew after a deployment that changed the rules it was made by, and no number has to be raised for that.
    """
    root = Path(__file__).parent
    folders = [*(root / room for room in rooms), root.parent / "common" / "content"]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".toml"})
    return executions.digest(*(path.read_bytes() for path in files))


def extraction(work: str) -> Extraction:
    """Raises WorkGone where Transform left none, or one of another schema."""
    return _load(work, "extraction", Extraction)


def enrichment(work: str, *, redacting: bool = False) -> Enrichment:
    """Raises WorkGone where Enrich left none, or one of another schema.

    ``redacting``: personal data is about to be hidden. Raises WorkGone, too, where Enrich has not looked for it, since
    Redact was switched on while the document was on its way: else it would be shown as if there were none.
    """
    left = _load(work, "enrichment", Enrichment)
    if redacting and not left.sought:
        raise WorkGone("Redact was switched on after Enrich; redrive the execution to look for personal data first.")
    return left


def summary(work: str) -> Summary:
    """Raises WorkGone where Summarize left none, or one of another schema."""
    return _load(work, "summary", Summary)


def _load(work: str, name: str, kind: type[Left]) -> Left:
    stored = summaries().get(keys.step(work, name))
    if stored is None:
        raise lost(work, name)
    try:
        document = stored.json()
        if document["schema"] == SCHEMA:
            return kind.from_json(document)
        reason: Exception | None = None
    except (KeyError, TypeError, ValueError) as error:
        reason = error
    place = f"steps/{work}/{name}.json"
    raise WorkGone(f"{place} was written by another version of the code; redrive to make it anew.") from reason


def lost(work: str, name: str, ending: str = "json") -> WorkGone:
    return WorkGone(
        f"steps/{work}/{name}.{ending} is gone (it is kept for a week); redrive the execution to make it anew."
    )
