"""The demo's rows on the paywall and on a rush of articles say NO where a promise is broken."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from local.demo.narration import paywall, rush
from operate import sign

ARTICLE, LAST = "night", "The end of it."


class Bucket:
    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.objects if key.startswith(prefix)]

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)


class Newsroom:
    """As many characters as it is told, and what the bucket holds."""

    def __init__(self, opened: int = 100, ended: str = "SUCCEEDED", missing: str = "", **public: bytes) -> None:
        self.opened, self.ended, self.missing = opened, ended, missing
        self.audio = Bucket({
            f"articles/{ARTICLE}/teaser.mp3": b"teaser",
            f"articles/{ARTICLE}/members/timeline.json": LAST.encode(),
            **{f"articles/{ARTICLE}/{name}": body for name, body in public.items()},
        })  # fmt: skip

    @staticmethod
    def key(article: str, name: str) -> str:
        return f"articles/{article}/{name}"

    def spoken(self, _article: str, folder: str) -> int:
        return 2_000 if folder else self.opened

    def publish_all(self, messages: list[dict[str, Any]]) -> Counter[str]:
        return Counter(["SUCCEEDED"] * (len(messages) - 1) + [self.ended])

    def is_published(self, article: str) -> bool:
        return article != self.missing


class Site:
    """A distribution that looks at cookies and signatures, or (``open_to_all``) at nothing."""

    def __init__(self, open_to_all: bool = False) -> None:
        self.open_to_all = open_to_all

    def cookie(self, article: str) -> str:
        return f"for={article}"

    def address(self, article: str, name: str) -> str:
        return f"/articles/{article}/members/{name}?Signature=x"

    def get(self, path: str, cookie: str = "") -> tuple[int, bytes]:
        if "/members/" in path and not (self.open_to_all or "Signature" in path or cookie == f"for={ARTICLE}"):
            return 403, b"<Code>MissingKey</Code>"
        return 200, b"teaser" if path.endswith("teaser.mp3") else b"all of the audio"


def rows(newsroom: Any, site: Any) -> list[str]:
    said: list[str] = []
    broken = paywall.play(newsroom, site, ARTICLE, LAST, said.append)
    assert broken == sum(row.startswith("NO ") for row in said)
    return [row for row in said if row.startswith("NO ")]


def test_a_paywall_that_holds() -> None:
    assert rows(Newsroom(), Site()) == []


@pytest.mark.parametrize(
    ("newsroom", "site", "broken"),
    [
        (Newsroom(opened=401), Site(), ["everybody hears"]),
        (Newsroom(opened=0), Site(), ["everybody hears"]),
        (Newsroom(**{"captions.vtt": b"Once.\n" + LAST.encode()}), Site(), ["in reach"]),
        (Newsroom(**{"full.mp3": b""}), Site(), ["in reach"]),
        (Newsroom(), Site(open_to_all=True), ["refused without a cookie", "cookie of another article"]),
    ],
    ids=["too much", "nothing", "captions tell", "audio lies open", "nobody asks"],
)
def test_a_paywall_that_does_not(newsroom: Newsroom, site: Site, broken: list[str]) -> None:
    found = rows(newsroom, site)
    assert len(found) == len(broken)
    assert all(part in row for part, row in zip(broken, found, strict=True))


class Polly:
    def __init__(self, more: int = 0) -> None:
        self.more, self.asked, self.shares = more, 0, list[float | None]()

    def leave(self, share: float | None) -> None:
        self.shares.append(share)

    def requests(self) -> int:
        self.asked += 1
        return 7 if self.asked == 1 else 7 + rush.ARTICLES + self.more


@pytest.mark.parametrize(
    ("newsroom", "polly", "broken"),
    [
        (Newsroom(), Polly(), 0),
        (Newsroom(missing="departure-3"), Polly(), 1),
        (Newsroom(), Polly(more=1), 1),
        (Newsroom(ended="FAILED"), Polly(), 1),
    ],
    ids=["as promised", "one is not published", "one fragment is paid for twice", "one failed"],
)
def test_a_rush(newsroom: Any, polly: Any, broken: int) -> None:
    said: list[str] = []
    assert rush.play(newsroom, polly, said.append) == broken
    assert sum(row.startswith("NO ") for row in said) == broken
    assert polly.shares == [rush.SHARE, None], "the rate is given back"


def test_the_keys_of_the_demo_sign(tmp_path: Path) -> None:
    private, public = paywall.key_pair(tmp_path)
    assert public.startswith("-----BEGIN PUBLIC KEY-----")
    site = paywall.site_of("http://127.0.0.1:1", {"DistributionDomain": "d.example", "MembersKeyId": "K1"}, private)
    assert site.members == sign.Signer("K1", private)
    assert "CloudFront-Key-Pair-Id=K1" in site.cookie(ARTICLE)
    assert site.address(ARTICLE, "full.mp3").startswith(f"/articles/{ARTICLE}/members/full.mp3?")
