"""What lies behind which door of the distribution, and what the CDN has to forget."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common import aws
from local.cloud.deploying.template import read_yaml
from local.gaps.cloudfront import _paths
from local.gaps.cloudfront._javascript.program import evaluate
from narration.model import Pointer
from narration.publishing import distribution, keys

TEMPLATE = read_yaml(Path(__file__).parents[3] / "pipelines" / "narration.yaml")
IDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: text not in {".", ".."}
)


def _config() -> dict[str, Any]:
    config: dict[str, Any] = TEMPLATE["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    return config


def _open_function(uri: str) -> bool:
    """Whether the viewer-request function of the default door lets a path through."""
    code = TEMPLATE["Resources"]["OpenPaths"]["Properties"]["FunctionCode"]
    request = {"uri": uri}
    answer = evaluate(code, {"request": request})
    assert answer is request or answer["statusCode"] == 403
    return bool(answer is request)


def _reached_without_signature(uri: str) -> bool:
    """Whether CloudFront compares a path as it came or normalised: the door must hold either way."""
    assert _config()["DefaultCacheBehavior"]["FunctionAssociations"][0]["EventType"] == "viewer-request"
    seen = [_at_open_door(compared) and _open_function(uri) for compared in (uri, _paths.normalized(uri))]
    return any(seen)


def _at_open_door(compared: str) -> bool:
    for behavior in _config().get("CacheBehaviors", []):
        if _paths.matches(behavior["PathPattern"], compared):
            assert behavior["TrustedKeyGroups"]
            return False
    return True


@given(IDS)
@example("members")
def test_members_files_are_never_reached_without_a_signature(article: str):
    for name in (keys.FULL, keys.TIMELINE, keys.CHAPTERS):
        stable = f"{keys.article(article)}members/{name}"
        edition = keys.edition(article, "e" * 64, members=True) + name
        for key in (stable, edition):
            assert not _at_open_door(distribution.path(key)), "members come in by the other door"
            assert not _reached_without_signature(distribution.path(key))
            # The same object under other spellings of its path: S3 decodes once, whatever CloudFront compared.
            assert not _reached_without_signature("/" + quote(key).replace("members", "%6Dembers"))
            assert not _reached_without_signature("/" + quote(key).replace("/members/", "%2Fmembers%2F"))


@given(IDS)
@example("members")
def test_open_files_are_reached(article: str):
    for name in (keys.FULL, keys.TEASER, keys.TIMELINE, keys.CHAPTERS):
        assert _reached_without_signature(distribution.path(keys.article(article) + name))
        assert _reached_without_signature(distribution.path(keys.edition(article, "e" * 64) + name))
    assert _reached_without_signature("/feeds/travel.xml")


@pytest.mark.parametrize(
    "key", [keys.message("m"), keys.plan("p"), keys.fragment_audio("f"), keys.rejected("r"), "sounds/a.wav"]
)
def test_nothing_else_is_reached(key: str):
    assert not _reached_without_signature(distribution.path(key))
    assert not _reached_without_signature(f"/articles/../{key}")


def test_the_bucket_lets_the_distribution_read_nothing_else():
    statements = TEMPLATE["Resources"]["AudioBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (conditional,) = [s["Fn::If"][1] for s in statements if "Fn::If" in s]
    assert conditional["Action"] == "s3:GetObject"
    assert [r["Fn::Sub"] for r in conditional["Resource"]] == [
        "${AudioBucket.Arn}/articles/*",
        "${AudioBucket.Arn}/feeds/*",
    ]
    own, attached = conditional["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::If"][1:]
    assert own["Fn::Sub"].endswith(":distribution/${Distribution}")
    assert attached["Fn::Sub"].endswith(":distribution/${ExistingDistributionId}")


class Cloudfront:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def create_invalidation(self, **arguments: Any) -> None:
        self.asked.append(arguments)


@pytest.mark.parametrize(
    ("pointer", "paths"),
    [
        (Pointer("a/1", 2, "withdrawn", None, "m"), ["/articles/a%252F1/*"]),
        (Pointer("a/1", 2, "published", "e", "m", premium=True), ["/articles/a%252F1/*"]),
        (Pointer("a/1", 2, "published", "e", "m"), None),
    ],
)
def test_what_was_withdrawn_or_became_premium_is_forgotten(
    pointer: Pointer, paths: list[str] | None, monkeypatch: pytest.MonkeyPatch
):
    fake = Cloudfront()
    monkeypatch.setattr(aws, "client", lambda service: {"cloudfront": fake}[service])
    distribution.invalidate("D1", pointer)
    distribution.invalidate("D1", pointer)
    batches = [one["InvalidationBatch"] for one in fake.asked]
    assert [batch["Paths"]["Items"] for batch in batches] == ([paths, paths] if paths else [])
    assert len({batch["CallerReference"] for batch in batches}) == (1 if paths else 0)
