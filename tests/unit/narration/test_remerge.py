"""A jingle may be in every article there is: they are looked at side by side, and one that fails holds up no other."""

from __future__ import annotations

import json
import threading

import pytest

from common import aws as common_aws
from common.errors import StorageUnavailable
from common.objects import Bucket
from narration.handlers import remerge
from narration.publishing import keys
from tests.unit.narration.fake_aws import FakeAws
from tests.unit.narration.test_protocol import CONTEXT, ENVIRONMENT

SOUND = "sounds/gong.wav"
ARTICLES = ["a", "b", "../c", "d"]
EVENT = {"id": "e", "detail": {"object": {"key": SOUND}}}
BATCH = {"Records": [{"messageId": "1", "body": json.dumps(EVENT), "eventSource": "aws:sqs", "attributes": {}}]}


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    fake = FakeAws()
    monkeypatch.setattr(common_aws, "client", fake.client)
    for article in ARTICLES:
        Bucket("audio").put(keys.use(SOUND, article), b"")
    return fake


def test_articles_are_looked_at_side_by_side(monkeypatch):
    together, seen = threading.Barrier(len(ARTICLES), timeout=10), []

    def look(_audio, _machine, article, *_):
        together.wait()
        seen.append(article)
        return True

    monkeypatch.setattr(remerge, "_article", look)
    assert remerge.handler(BATCH, CONTEXT) == {"batchItemFailures": []}
    assert sorted(seen) == sorted(ARTICLES)


def test_one_that_fails_comes_again_and_holds_up_no_other(monkeypatch):
    seen = []

    def look(_audio, _machine, article, *_):
        seen.append(article)
        if article == ARTICLES[0]:
            raise StorageUnavailable("Not now.")
        return True

    monkeypatch.setattr(remerge, "_article", look)
    assert remerge.handler(BATCH, CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert sorted(seen) == sorted(ARTICLES)
