"""Pointers move from where they were seen, and never otherwise; models are read once and no more than fit."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from common.errors import ConcurrentUpdate
from tests.doors import one_request_at_a_time
from tests.unit.training import builders
from tests.unit.training.serving.conftest import MODELS
from training.errors import ModelUnusable, NoSuchModel
from training.model import Pointer
from training.serving import models, pointers
from training.serving.models import LOOK_SECONDS, Models

ONE = Pointer("trips", "1" * 32, moved_at="2026-11-30T00:00:00Z", order="1")


def test_a_pointer_is_read_as_it_was_moved(account):
    assert pointers.read(account.bucket, "trips") is None
    first = pointers.move(account.bucket, None, ONE)
    assert pointers.read(account.bucket, "trips") == first == replace(ONE, etag=first.etag)
    second = replace(ONE, version="2" * 32, kind="serverless", endpoint="stack-trips-2", previous="1" * 32)
    moved = pointers.move(account.bucket, first, second)
    assert pointers.read(account.bucket, "trips") == moved


def test_who_has_not_seen_the_last_move_does_not_move_it(account):
    first = pointers.move(account.bucket, None, ONE)
    with pytest.raises(ConcurrentUpdate):
        pointers.move(account.bucket, None, replace(ONE, version="3" * 32))
    pointers.move(account.bucket, first, replace(ONE, version="2" * 32))
    with pytest.raises(ConcurrentUpdate):
        pointers.move(account.bucket, first, replace(ONE, version="3" * 32))
    assert pointers.read(account.bucket, "trips").version == "2" * 32


def test_of_racing_deployments_each_sees_what_it_replaces(account, monkeypatch):
    """Ten at once, each looks again when it loses: every version but the last is somebody's ``previous``, once."""
    one_request_at_a_time(monkeypatch)

    def deploy(number):
        for _ in range(100):
            before = pointers.read(account.bucket, "trips")
            after = Pointer("trips", f"{number:032}", previous=before.version if before else None)
            try:
                return pointers.move(account.bucket, before, after)
            except ConcurrentUpdate:
                continue
        raise AssertionError("it lost a hundred times")

    with ThreadPoolExecutor(10) as pool:
        moved = list(pool.map(deploy, range(10)))
    last = pointers.read(account.bucket, "trips").version
    assert {each.version for each in moved} - {last} == {each.previous for each in moved} - {None}
    assert sorted(each.previous or "" for each in moved) == sorted({each.previous or "" for each in moved})


@pytest.mark.parametrize(
    "document",
    [b"{", b"[]", b"null", {"name": "trips"}, {"name": "other", "version": "1"}, {"name": "trips", "version": 7},
     {"name": "trips", "version": "1", "kind": "instances"}, {"name": "trips", "version": "1", "endpoint": None}],
)  # fmt: skip
def test_what_is_no_pointer_is_named(account, document):
    account.put("pointers/trips.json", document)
    with pytest.raises(ModelUnusable):
        pointers.read(account.bucket, "trips")


class Counted:
    """Reads of the bucket, by key."""

    def __init__(self, monkeypatch):
        self.keys = []
        real = models.Bucket.get

        def get(bucket, key, **options):
            self.keys.append(key)
            return real(bucket, key, **options)

        monkeypatch.setattr(models.Bucket, "get", get)


def test_a_pointer_is_looked_at_again_after_its_seconds_and_a_model_never(account, monkeypatch):
    now, counted = [100.0], Counted(monkeypatch)
    known = Models(account.bucket, clock=lambda: now[0])
    account.model()
    account.point()
    counted.keys.clear()
    for _ in range(3):
        assert known.of("trips")[1].version == builders.VERSION
    assert counted.keys == ["pointers/trips.json", f"models/trips/{builders.VERSION}/model.json"]
    account.model(version="2" * 32)
    account.point(version="2" * 32)
    now[0] += LOOK_SECONDS - 0.1
    assert known.of("trips")[0].version == builders.VERSION
    now[0] += 0.2
    assert known.of("trips")[1].version == "2" * 32
    account.point()  # back again: the older one is held still
    now[0] += LOOK_SECONDS
    counted.keys.clear()
    assert known.of("trips")[1].version == builders.VERSION
    assert counted.keys == ["pointers/trips.json"]


def test_more_models_than_fit_answer_right_all_the_same(account, monkeypatch):
    size = 0
    for number in range(12):
        document = builders.trees(base=float(number), trees=[])
        account.model(document, name=f"m{number}")
        account.point(f"m{number}")
        size = account.s3.head_object(Bucket=MODELS, Key=f"models/m{number}/{builders.VERSION}/model.json")[
            "ContentLength"
        ]
    counted, chance = Counted(monkeypatch), random.Random(1)
    known = Models(account.bucket, most_bytes=4 * size + 100)
    for _ in range(150):
        number = min(11, int(chance.paretovariate(1)) - 1)
        assert known.of(f"m{number}")[1].scored.score([None, None, None]) == number
        assert sum(held for _, held in known._models.values()) <= 4 * size + 100
    loads = [key for key in counted.keys if key.startswith("models/")]
    assert 12 < len(loads) < 100
    huge = Models(account.bucket, most_bytes=1)  # one is always held
    assert huge.of("m3")[1].name == "m3"


def test_what_does_not_serve_is_no_model(account):
    known = Models(account.bucket, clock=iter(range(0, 1_000, 10)).__next__)
    for move in (lambda: None, lambda: account.point(version=None), lambda: account.point(kind="none"), account.point):
        move()
        with pytest.raises(NoSuchModel):
            known.of("trips")


@pytest.mark.parametrize("document", [b"{", b"\xff", b"[" * 100_000, b'{"schema": 1}', {"name": "other"}, b"7"])
def test_a_file_that_is_no_model_is_named(account, document):
    if isinstance(document, dict):
        document = builders.trees() | document
    account.put(f"models/trips/{builders.VERSION}/model.json", document)
    account.point()
    with pytest.raises(ModelUnusable):
        Models(account.bucket).of("trips")


def test_a_file_that_is_too_large_is_named(account, monkeypatch):
    account.model()
    account.point()
    monkeypatch.setattr(models, "LARGEST", 100)
    with pytest.raises(ModelUnusable, match="100 bytes"):
        Models(account.bucket).of("trips")
