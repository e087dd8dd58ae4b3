"""The paywall of the real template: what the distribution gives to everybody, to members, and to nobody.

Cookies and URLs are those that `python -m operate sign` prints.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from local.cloud.testing import ROOT
from tests import members
from tests.e2e import mail, stacks
from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import Newsroom, home
from tests.e2e.narration.stories import Story
from tests.workflow.account import Account, Stack, switches

OURS, THEIRS = members.rsa_key("publisher"), members.rsa_key("stranger")
ALIAS = "audio.example.org"
SITE: Mapping[str, str] = {
    "UseDistribution": "true",
    "DistributionAlias": ALIAS,
    "DistributionCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4",
    **switches("Narration"),
}
SECRET = [f"Only members may hear about matter {n} of" for n in range(5)]


@dataclass
class Site:
    """A stack with a distribution, as viewers and the publisher's web server see it."""

    account: Account
    stack: Stack
    folder: Path

    @property
    def host(self) -> str:
        return self.stack.outputs["DistributionDomain"]

    def get(self, path: str, host: str = "", **headers: str) -> members.Answer:
        return members.ask(self.account.cloud.url, host or self.host, path, **headers)

    def file(self, story: Story, name: str, **headers: str) -> members.Answer:
        return self.get("/" + quote(home(story.id) + name), **headers)

    def signed(self, *arguments: str, key: Any = OURS, key_id: str = "", base: str = "") -> str:
        """What the command prints."""
        command = [sys.executable, "-m", "operate", "sign", *arguments]
        command += ["--base-url", base or f"https://{self.host}"]
        command += ["--key-id", key_id or self.stack.outputs["MembersKeyId"]]
        command += ["--private-key", str(members.written(key, self.folder))]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()

    def cookie(self, *arguments: str, **more: Any) -> str:
        name, _, value = self.signed(*arguments, "--cookie-header", **more).partition(": ")
        assert name == "Cookie"
        return value


@pytest.fixture(scope="module")
def site(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Site:
    key = members.public_pem(OURS)
    stack = account.deploy("walled", MembersPublicKey=key, **SITE)
    return Site(account, stack, tmp_path_factory.mktemp("publisher"))


@pytest.fixture(scope="module")
def newsroom(site: Site) -> Iterator[Newsroom]:
    found = stacks.Stack("walled", site.account.cloud.client)
    with mail.listening(found) as events:
        yield Newsroom(found, events)


@pytest.fixture(scope="module")
def premium(newsroom: Newsroom) -> Story:
    """An article whose id has what addresses must encode."""
    story = Story()
    story.id = f"travel/über den Pass? {story.id}"
    newsroom.narrate(story.says("Everybody may hear this of", *SECRET, premium=True))
    return story


@pytest.fixture(scope="module")
def other(newsroom: Newsroom) -> Story:
    story = Story()
    newsroom.narrate(story.says("Everybody may hear this of", *SECRET, premium=True))
    return story


def test_everybody_hears_the_teaser(site: Site, premium: Story):
    answer = site.file(premium, "teaser.mp3")
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert sound.decoded_samples(answer.body)
    assert [site.file(premium, name).status for name in ("timeline.json", "captions.vtt", "latest.json")] == [200] * 3
    assert site.file(premium, "full.mp3").status == 403


def test_members_audio_is_closed_without_a_signature(site: Site, premium: Story):
    answer = site.file(premium, "members/full.mp3")
    assert (answer.status, answer.headers["content-type"]) == (403, "text/xml")
    assert b"<Code>MissingKey</Code>" in answer.body


def test_the_cookies_of_an_article_open_its_files_and_no_others(site: Site, premium: Story, other: Story):
    cookie = site.cookie(premium.id)
    full = site.file(premium, "members/full.mp3", Cookie=cookie)
    assert full.status == 200
    assert sound.decoded_samples(full.body) > sound.decoded_samples(site.file(premium, "teaser.mp3").body)
    part = site.file(premium, "members/full.mp3", Cookie=cookie, Range="bytes=0-99")
    assert (part.status, part.body) == (206, full.body[:100])
    assert site.file(premium, "members/timeline.json", Cookie=cookie).status == 200
    assert site.file(other, "members/full.mp3", Cookie=cookie).status == 403
    assert site.file(other, "members/full.mp3", Cookie=site.cookie()).status == 200, "for every article"


def test_the_distribution_answers_under_the_sites_own_domain(site: Site, premium: Story):
    """As a browser needs it, which sends cookies nowhere else."""
    path = "/" + quote(home(premium.id) + "members/full.mp3")
    cookie = site.cookie(premium.id, base=f"https://{ALIAS}")
    assert [site.get(path, host, Cookie=cookie).status for host in (ALIAS, site.host)] == [200, 403]


def test_a_signed_url_opens_one_file_in_any_player(site: Site, premium: Story):
    parts = urlsplit(site.signed(premium.id, "--url", "full.mp3"))
    assert parts.netloc == site.host
    assert site.get(f"{parts.path}?{parts.query}").status == 200
    assert site.file(premium, f"members/timeline.json?{parts.query}").status == 403


@pytest.mark.parametrize(
    "wrong",
    [{"key": THEIRS}, {"key_id": "KOTHER"}, {"base": "https://other.example.org"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_cookies_of_another_key_or_site_open_nothing(site: Site, premium: Story, wrong: dict[str, Any]):
    assert site.file(premium, "members/full.mp3", Cookie=site.cookie(premium.id, **wrong)).status == 403


def test_cookies_that_have_expired_or_were_changed_open_nothing(site: Site, premium: Story):
    from operate import sign

    key, place = members.written(OURS, site.folder), sign.members_of(f"https://{site.host}", premium.id)
    made = sign.signed_cookies(site.stack.outputs["MembersKeyId"], key, place, 1_700_000_000)
    expired = "; ".join(f"{name}={value}" for name, value in made.items())
    assert b"<Code>AccessDenied</Code>" in site.file(premium, "members/full.mp3", Cookie=expired).body
    later = sign.signed_cookies(site.stack.outputs["MembersKeyId"], key, place, 4_000_000_000)
    mixed = {**made, "CloudFront-Policy": later["CloudFront-Policy"]}
    changed = "; ".join(f"{name}={value}" for name, value in mixed.items())
    assert site.file(premium, "members/full.mp3", Cookie=changed).status == 403


SPELLINGS = [
    ("/members/", "/%6Dembers/"), ("/members/", "/%6dember%73/"), ("/members/", "%2Fmembers%2F"),
    ("/members/", "/members%2F"), ("/members/", "//members//"), ("/members/", "/./members/"),
    ("/members/", "/x/../members/"), ("/members/", "/%2e%2e/x/members/"), ("/members/", "/x/%2E%2E/members/"),
    ("/members/", "/members/%2e/"), ("/articles/", "//articles/"), ("/articles/", "/%61rticles/"),
    ("/articles/", "/feeds/../articles/"), ("/articles/", "/articles/%2F"), ("/articles/", "/x%2F..%2Farticles/"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "spelling"), SPELLINGS, ids=lambda text: text)
def test_no_spelling_of_the_path_passes_the_door_by(site: Site, premium: Story, other: Story, part: str, spelling: str):
    path = "/" + quote(home(premium.id) + "members/full.mp3")
    assert site.get(path.replace(part, spelling)).status == 403
    # The cookies of one article open no other, whatever the path says first.
    stolen = "/" + quote(home(other.id) + "members/full.mp3")
    assert site.get(stolen.replace(part, spelling), Cookie=site.cookie(premium.id)).status == 403


def test_nothing_but_articles_and_feeds_is_reached(site: Site, newsroom: Newsroom, premium: Story):
    assert site.file(premium, "none.mp3").status == 403
    for prefix in ("inbox/", "plans/", "fragments/"):
        key = next(iter(newsroom.objects(prefix)))
        for path in (f"/{quote(key)}", f"/articles/../{quote(key)}", f"/%2E%2E/{quote(key)}"):
            assert site.get(path).status == 403, path


def forgotten(newsroom: Newsroom) -> list[str]:
    """What CloudFront was asked to forget so far."""
    cloudfront = newsroom.stack.client("cloudfront")
    distribution = newsroom.stack.physical_id("Distribution")
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    asked = (cloudfront.get_invalidation(DistributionId=distribution, Id=each["Id"]) for each in listed)
    return [path for each in asked for path in each["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]]


def test_an_article_that_turns_premium_and_is_withdrawn(site: Site, newsroom: Newsroom):
    story = Story()
    place = f"/{quote(home(story.id))}*"
    newsroom.narrate(story.says(*SECRET))
    assert (site.file(story, "full.mp3").status, forgotten(newsroom).count(place)) == (200, 0)
    public = newsroom.pointer(story.id)["edition"]
    assert site.file(story, f"editions/{public}/full.mp3").status == 200
    newsroom.narrate(story.says(*SECRET, premium=True))
    assert site.file(story, "full.mp3").status == 403
    assert site.file(story, f"editions/{public}/full.mp3").status == 403
    cookie = site.cookie(story.id)
    assert site.file(story, "members/full.mp3", Cookie=cookie).status == 200
    assert forgotten(newsroom).count(place) == 1
    newsroom.narrate(story.says(*SECRET, premium=False))
    assert site.file(story, "full.mp3").status == 200
    assert site.file(story, "members/full.mp3", Cookie=cookie).status == 403
    newsroom.narrate(story.withdrawn())
    for name in ("full.mp3", "teaser.mp3", "members/full.mp3"):
        assert site.file(story, name, Cookie=cookie).status == 403, name
    assert forgotten(newsroom).count(place) == 2


def test_the_key_is_changed_without_closing_the_door(site: Site, premium: Story):
    """A second key beside the first, then the first place is emptied (docs/paywall.md)."""
    new = members.rsa_key("publisher's next")
    first, second = members.public_pem(OURS), members.public_pem(new)
    old = site.cookie(premium.id)
    both = site.account.deploy("walled", MembersPublicKey=first, MembersSecondPublicKey=second, **SITE)
    assert both.outputs["MembersKeyId"] == site.stack.outputs["MembersKeyId"]
    assert both.outputs["DistributionDomain"] == site.host
    cookie = site.cookie(premium.id, key=new, key_id=both.outputs["MembersSecondKeyId"])
    assert [site.file(premium, "members/full.mp3", Cookie=one).status for one in (old, cookie)] == [200, 200]
    site.stack = site.account.deploy("walled", MembersPublicKey="", MembersSecondPublicKey=second, **SITE)
    assert [site.file(premium, "members/full.mp3", Cookie=one).status for one in (old, cookie)] == [403, 200]
