"""A premium article behind the distribution: what everybody gets of it, and what a member's browser gets."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from local.demo.account import DemoError, Tell
from local.demo.newsroom import Newsroom
from operate import sign

MOST_OPEN = 400
"""Characters of a premium article in its teaser: the template's TeaserCharacters."""


def key_pair(folder: Path) -> tuple[Path, str]:
    """A publisher's new keys: the file with the private one, and the public one as CloudFront takes it (PEM)."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = folder / "members.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True)
class Site:
    """The distribution as viewers reach it: ``url`` is where it answers, ``host`` the name it answers under."""

    url: str
    host: str
    members: sign.Signer

    def get(self, path: str, cookie: str = "") -> tuple[int, bytes]:
        """Status and body."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request("GET", path, headers={"Host": self.host, **({"Cookie": cookie} if cookie else {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def cookie(self, article: str) -> str:
        """What the browser of a member sends who may hear this article for an hour."""
        return sign.cookie_header(self.members, f"https://{self.host}", article, 1).partition(": ")[2]

    def address(self, article: str, name: str) -> str:
        """Path and query of a signed URL."""
        parts = urlsplit(sign.file_url(self.members, f"https://{self.host}", article, 1, name))
        return f"{parts.path}?{parts.query}"


def play(newsroom: Newsroom, site: Site, article: str, last_words: str, tell: Tell) -> int:
    """Prints a row for each promise about a premium article that ends with ``last_words``; how many were broken."""
    tell(f'\nThe paywall: what the distribution gives of "{article}"\n')
    broken = 0
    for kept, promise in _promises(newsroom, site, article, last_words):
        broken += not kept
        tell(f"{'yes' if kept else 'NO '}  {promise}")
    return broken


def _promises(newsroom: Newsroom, site: Site, article: str, last_words: str) -> Iterator[tuple[bool, str]]:
    opened, whole = (newsroom.spoken(article, folder) for folder in ("", "members/"))
    bound = min(MOST_OPEN, whole // 4)
    yield 0 < opened <= bound, f"everybody hears {opened:,} of its {whole:,} characters; the bound is {bound:,}"
    public = [key for key in newsroom.audio.keys(newsroom.key(article, "")) if "/members/" not in key]
    told = [key for key in public if last_words.encode() in (newsroom.audio.get(key) or b"")]
    closed = not told and not any(key.endswith("full.mp3") for key in public)
    yield (
        closed,
        f"none of its {len(public)} public files says how it ends" if closed else f"in reach: {told or public}",
    )
    place = "/" + quote(newsroom.key(article, ""))
    status, teaser = site.get(f"{place}teaser.mp3")
    yield status == 200, f"the teaser is for everybody ({status}, {len(teaser) / 1000:,.0f} kB)"
    status, body = site.get(f"{place}members/full.mp3")
    yield status == 403 and b"MissingKey" in body, f"the whole audio is refused without a cookie ({status} MissingKey)"
    status, full = site.get(f"{place}members/full.mp3", site.cookie(article))
    yield status == 200 and len(full) > len(teaser), f"and given with a member's ({status}, {len(full) / 1000:,.0f} kB)"
    status, _ = site.get(f"{place}members/full.mp3", site.cookie(f"not-{article}"))
    yield status == 403, f"the cookie of another article does not open it ({status})"
    status, signed = site.get(site.address(article, "full.mp3"))
    yield (status, signed) == (200, full), f"a signed URL opens it in players that send no cookies ({status})"


def site_of(url: str, outputs: dict[str, str], private_key: Path) -> Site:
    """The distribution of a stack on the local cloud at ``url``. Raises DemoError where the stack has none."""
    if "DistributionDomain" not in outputs or "MembersKeyId" not in outputs:
        raise DemoError("The stack has no distribution for members; leave UseDistribution and MembersPublicKey alone.")
    return Site(url, outputs["DistributionDomain"], sign.Signer(outputs["MembersKeyId"], private_key))
