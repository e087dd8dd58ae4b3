"""The rules of reading: what they take in CPU, against the same walk through the same pages without any rule.

The pages are those of the tests, a hand-written one in each of five CMS styles, repeated with prose between them to
the length of a long article.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.narration import texts

PAGES = Path(__file__).resolve().parents[2] / "tests" / "unit" / "narration" / "pages"
ROUNDS = 7
PROSE = 40
"""Paragraphs of prose behind each page: about what a newspaper's long read has."""


def run() -> None:
    from narration.reading import html_body
    from narration.reading.rules import Rules, own

    short = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PAGES.glob("*.html"))}
    pages = {**short, **{f"{name}, long": page + _prose(page) for name, page in short.items()}}
    nothing = Rules(())
    print(f"{'':<24}{'without':>10}{'with':>10}{'ratio':>8}{'left out':>10}")
    for name, page in pages.items():
        bare = _cpu(partial(html_body.read, page, "en-GB", rules=nothing))
        ruled = _cpu(partial(html_body.read, page, "en-GB", rules=own()))
        left = len(html_body.read(page, "en-GB").left_out)
        print(f"{name:<24}{bare * 1000:>7.2f} ms{ruled * 1000:>7.2f} ms{ruled / bare:>8.2f}{left:>10}")


def _prose(page: str) -> str:
    source = random.Random(len(page))
    paragraphs = [texts.text(one) for one in texts.article(source, PROSE)]
    return "\n\n".join(f"<p>{one}</p>" if "<p>" in page else one for one in paragraphs)


def _cpu(read: Callable[[], object]) -> float:
    """The least CPU seconds of one reading."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(10):
            read()
        best = min(best, (time.process_time() - begun) / 10)
    return best
