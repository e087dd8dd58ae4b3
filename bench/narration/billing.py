"""Characters that Polly bills over the life of one article, by what an edit pays for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bench.narration import texts

if TYPE_CHECKING:
    from narration.speech.fragments import Granularity


def run() -> None:
    versions = texts.trace()
    edits = Counter(version.edit for version in versions[1:])
    print(f"{len(versions)} versions of one article: " + ", ".join(f"{n} x {edit}" for edit, n in edits.most_common()))
    billed = {
        "whole text, at each save": sum(_length(version) for version in versions),
        "whole text, if it changed": _whole_if_changed(versions),
        "paragraph hash": _by_fragment(versions, "paragraph"),
        "sentence hash": _by_fragment(versions, "sentence"),
    }
    base = billed["whole text, at each save"]
    first = _length(versions[0])
    print(f"{'':<28}{'characters':>12}{'of whole':>10}{'per edit':>10}")
    for name, characters in billed.items():
        edit = (characters - first) / (len(versions) - 1)
        print(f"{name:<28}{characters:>12,}{characters / base:>10.3f}{edit:>10,.0f}")


def _length(version: texts.Version) -> int:
    return sum(map(len, version.paragraphs))


def _whole_if_changed(versions: list[texts.Version]) -> int:
    seen: set[tuple[str, ...]] = set()
    billed = 0
    for version in versions:
        billed += 0 if version.paragraphs in seen else _length(version)
        seen.add(version.paragraphs)
    return billed


def _by_fragment(versions: list[texts.Version], granularity: Granularity) -> int:
    """What the application itself would ask Polly for: every fragment whose hash is new."""
    from narration.model import Article, Paragraph, Run, Voice
    from narration.speech import fragments

    voice = Voice("Joanna", "neural", "en-US")
    paid: dict[str, int] = {}
    for number, version in enumerate(versions):
        spoken = tuple(Paragraph("text", (Run(text),)) for text in version.paragraphs)
        article = Article("bench", number, "Bench", "en-US", "published", spoken)
        _, planned = fragments.plan(article, voice, granularity=granularity)
        paid |= {name: fragment.characters for name, fragment in planned.items()}
    return sum(paid.values())
