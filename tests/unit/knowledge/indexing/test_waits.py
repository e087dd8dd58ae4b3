"""One message of the index: what is waited for, what is sent again, and what a person has to mend."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from knowledge.errors import ModelThrottled, ModelUnavailable, VectorsThrottled, VectorsUnavailable
from knowledge.handlers import index
from knowledge.indexing import pointers, turns, vectors
from knowledge.indexing.messages import Message
from services.s3vectors import Vector
from tests.unit.knowledge.indexing import builders
from tests.unit.knowledge.indexing.builders import KEY
from tests.unit.knowledge.indexing.fakes import DOCUMENT, FIRST, NEXT, Context, Index, Titan

LONG = [f"Line {number} of this page is about boilers of the kind B-{number:04}." for number in range(40)]


# Waiting


def later(world, lane=FIRST):
    [found] = world.sent(lane)
    return found


@pytest.mark.parametrize("trouble", [ModelThrottled("x"), ModelUnavailable("x")])
def test_a_model_that_throttles_for_a_moment_is_waited_for(world, trouble):
    Titan.troubles = [trouble] * 3
    world.document()
    assert world.take(DOCUMENT) == []
    world.is_right()
    assert world.total("IndexHandedBack") == 0


@pytest.mark.parametrize("trouble", [VectorsThrottled("x"), VectorsUnavailable("x")])
def test_so_is_an_index(world, trouble):
    Index.troubles = [trouble] * 3
    world.document()
    assert world.take(DOCUMENT) == []
    world.is_right()


@pytest.mark.parametrize("lane", [FIRST, NEXT])
def test_without_time_left_the_message_is_sent_again_on_its_lane(world, lane):
    world.document()
    Titan.troubles = [ModelThrottled("x")] * 50
    assert world.take(DOCUMENT, lane, Context(left=[900_000] * 10 + [60_000])) == []
    assert later(world, lane) == Message(document=KEY, since=1.0, handed=1)
    assert ("IndexHandedBack", 1, {"reason": "time"}) in world.counted
    Titan.troubles = []
    world.take(DOCUMENT)
    world.is_right()


def test_a_turn_that_ends_while_it_puts_lets_go(world):
    """The next turn need not wait until this worker must be dead."""
    world.document()
    Index.troubles = [VectorsThrottled("x")] * 1_000
    world.take(DOCUMENT, context=Context(left=[900_000] * 12 + [60_000]))
    [begun] = world.pointer().pending
    assert begun.at == 0
    Index.troubles = []
    world.take(later(world))
    world.is_right()


def test_another_worker_at_the_same_version_is_left_to_it(world):
    world.document()
    world.take(DOCUMENT)
    world.bucket("inbox").put("access.json", builders.access("boss"))
    pointer = world.pointer()
    other = pointers.Pending(pointer.version, 2, "other", int(time.time()))
    pointers.move(world.bucket("knowledge"), pointer.with_(other))
    before = dict(Index.kept)
    world.take(DOCUMENT)
    assert Index.kept == before
    assert later(world) == Message(document=KEY, since=1.0, handed=1)


def test_a_dead_worker_s_vectors_are_tidied_up(world):
    world.document()
    world.take(DOCUMENT)
    pointer, long_ago = world.pointer(), int(time.time()) - pointers.LIVING_SECONDS - 1
    orphan = vectors.key(pointer.doc, "f" * 16, 0)
    Index.kept = {**Index.kept, orphan: Vector(orphan, (1.0,), {"acl": pointer.acl})}
    pointers.move(world.bucket("knowledge"), pointer.with_(pointers.Pending("f" * 16, 3, "dead", long_ago)))
    world.take(DOCUMENT)
    world.is_right()


def test_a_living_one_s_are_looked_at_later(world):
    world.document()
    world.take(DOCUMENT)
    pointers.move(
        world.bucket("knowledge"), world.pointer().with_(pointers.Pending("f" * 16, 3, "other", int(time.time())))
    )
    world.take(DOCUMENT)
    assert later(world, NEXT) == Message(document=KEY, handed=1)


def test_at_the_day_s_ceiling_it_waits_and_pays_nothing_twice(world, monkeypatch):
    monkeypatch.setenv("DAILY_EMBEDDED_TOKENS", "1000")
    world.document(KEY, LONG, LONG[::-1])
    world.take(DOCUMENT)
    assert ("IndexHandedBack", 1, {"reason": "money"}) in world.counted
    assert world.pointer() is None
    paid = list(Titan.asked)
    assert 0 < len(paid) < 10
    monkeypatch.setenv("DAILY_EMBEDDED_TOKENS", "1000000")
    world.take(later(world))
    world.is_right()
    assert sorted(Titan.asked) == sorted(set(Titan.asked))
    assert set(paid) < set(Titan.asked)


# What a person has to mend


def denied(operation: str, code: str = "AccessDeniedException") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, operation
    )


def test_no_access_to_the_model_comes_back(world):
    world.document()
    Titan.troubles = [denied("InvokeModel")]
    assert world.take(DOCUMENT) == [{"itemIdentifier": "m"}]
    assert world.sent(FIRST) == []


@pytest.mark.parametrize("code", sorted(turns.FORBIDDEN))
def test_no_right_on_the_index_comes_back_by_name(metrics, world, code, capsys):
    world.document()
    Index.troubles = [denied("PutVectors", code)]
    assert world.take(DOCUMENT) == [{"itemIdentifier": "m"}]
    assert "VectorsForbidden" in capsys.readouterr().out


def test_what_is_no_message_comes_back(world):
    record = {"messageId": "m", "body": "{}", "eventSourceARN": f"arn:aws:sqs:us-east-1:1:{FIRST}"}
    assert index.handler({"Records": [record]}, Context()) == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_an_index_that_was_lost_is_filled_again_where_somebody_asks(world):
    world.document()
    world.take(DOCUMENT)
    Index.kept = {}
    world.take(DOCUMENT)
    assert Index.kept == {}
    world.take(Message(document=KEY, check=True))
    world.is_right()
    assert len(Index.kept) == 2
    assert sorted(Titan.asked) == ["one", "two"]


def test_no_line_of_the_log_has_a_key_or_a_text(metrics, world, capsys):
    world.document("jane doe/letter.pdf", ["Jane Doe is ill."])
    world.take(Message(document="jane doe/letter.pdf"))
    lines = capsys.readouterr().out
    assert "looked at" in lines
    assert not any(word in lines.casefold() for word in ("jane", "ill."))
    assert json.loads(next(line for line in lines.splitlines() if "looked at" in line))["done"] == ["index"]
