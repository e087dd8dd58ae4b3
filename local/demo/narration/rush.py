"""Two dozen articles at once, while Polly takes half of its rate: all wait their turn, and none fails."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from local.demo.account import Tell
from local.demo.newsroom import Newsroom

ARTICLES = 24
SHARE = 0.5
"""Of Polly's quotas: as if others in the account took the rest: four neural requests per second."""
VOICE = "Amy"
"""Spoken by nobody else in the demo, so that no fragment is there before."""


class Polly:
    """The switches of the local Polly."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_local/polly/"
        self._opener = build_opener(ProxyHandler({}))

    def leave(self, share: float | None) -> None:
        """Leaves this share of every quota; None: all of it again."""
        body = json.dumps({"setting": None if share is None else str(share)}).encode()
        self._opener.open(Request(self._url + "throttle", body, method="POST"), timeout=30).close()  # noqa: S310

    def requests(self) -> int:
        """Answered so far."""
        with self._opener.open(self._url + "usage", timeout=30) as answer:
            return int(json.load(answer)["requests"])


def play(newsroom: Newsroom, polly: Polly, tell: Tell) -> int:
    """Publishes the articles and prints a row for each promise; how many were broken."""
    messages = [_message(number) for number in range(1, ARTICLES + 1)]
    tell(f"\nA rush: {ARTICLES} articles at once, while Polly takes {SHARE:.0%} of its rate ...\n")
    asked, begun = polly.requests(), time.monotonic()
    polly.leave(SHARE)
    try:
        ended = newsroom.publish_all(messages)
    finally:
        polly.leave(None)
    asked, took = polly.requests() - asked, time.monotonic() - begun
    published = sum(newsroom.is_published(message["id"]) for message in messages)
    failed = sum(count for status, count in ended.items() if status != "SUCCEEDED")
    rows = [
        (published == ARTICLES, f"{published} of {ARTICLES} articles are published, after {took:.1f} s"),
        (asked == ARTICLES, f"Polly answered {asked} requests for {ARTICLES} fragments: none is paid for twice"),
        (failed == 0, f"{failed} executions failed"),
    ]
    for kept, promise in rows:
        tell(f"{'yes' if kept else 'NO '}  {promise}")
    return sum(not kept for kept, _ in rows)


def _message(number: int) -> dict[str, Any]:
    return {
        "id": f"departure-{number}",
        "version": 1,
        "title": f"Departure {number}",
        "language": "en-GB",
        "status": "published",
        "voice": VOICE,
        "priority": "low",
        "paragraphs": [{"kind": "text", "text": f"The night train on platform {number} is on time."}],
    }
