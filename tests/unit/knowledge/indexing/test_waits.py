"""One message of the index: what is waited for, what is sent again, and what a person has to mend."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from common import aws
from knowledge.errors import ModelThrottled, ModelUnavailable, VectorsThrottled, VectorsUnavailable
from knowledge.handlers import index
from knowledge.indexing import pointers, turns, vectors
from knowledge.indexing.messages import Message
from knowledge.passages import sources
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from services.s3vectors import Vector
from tests.unit.knowledge.indexing import builders
from tests.unit.knowledge.indexing.builders import KEY
from tests.unit.knowledge.indexing.fakes import DOCUMENT, FIRST, NEXT, Context, Index, Titan, record

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
    assert ("IndexHandedBack", 1, {"reason": "busy"}) in world.counted


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


def test_what_waits_for_money_looks_into_its_purse_before_it_reads(world, monkeypatch):
    monkeypatch.setenv("DAILY_EMBEDDED_TOKENS", "1000")
    monkeypatch.setattr(turns, "MOST_DELAY", 900)
    delays = sent_delays()
    world.document(KEY, LONG, LONG[::-1])
    message, asked = DOCUMENT, []
    monkeypatch.setattr(turns, "_again", keep_and_send(asked, turns._again))
    for _ in range(8):
        world.take(message, NEXT)
        message = asked[-1]
        if len(asked) == 1:
            monkeypatch.setattr(turns, "reconcile", None)  # whoever reads the document again fails
    assert (message.unpaid, message.handed) == (8, 8)
    assert [reason for name, _, reason in world.counted if name == "IndexHandedBack"] == [{"reason": "money"}] * 8
    assert delays[0] <= 15 < delays[4]
    assert 450 <= delays[-1] <= 900


def test_what_waits_in_the_first_lane_looks_more_often(world, monkeypatch):
    monkeypatch.setenv("DAILY_EMBEDDED_TOKENS", "0")
    monkeypatch.setattr(turns, "MOST_DELAY", 900)
    delays = sent_delays()
    world.document()
    for lane in (FIRST, NEXT):
        assert world.take(Message(document=KEY, unpaid=20), lane) == []
    first, other = delays
    assert first <= 240 < other


def test_a_deletion_and_a_right_that_changes_need_no_money(world, monkeypatch):
    world.document()
    world.take(DOCUMENT)
    monkeypatch.setenv("DAILY_EMBEDDED_TOKENS", "0")
    world.bucket("inbox").put("access.json", builders.access("boss"))
    world.take(DOCUMENT)
    world.is_right()
    assert world.total("DocumentsRetagged") == 1
    world.forget()
    world.take(DOCUMENT)
    assert (Index.kept, world.total("DocumentsRemoved")) == ({}, 1)


def test_who_could_buy_again_begins_to_count_anew(world):
    """Else one that was held for a day would wait for a quarter of an hour at its next ceiling."""
    world.document()
    Titan.troubles = [ModelThrottled("x")] * 50
    world.take(Message(document=KEY, handed=4, unpaid=4), context=Context(left=[900_000] * 10 + [60_000]))
    assert later(world) == Message(document=KEY, handed=5)


def sent_delays() -> list[int]:
    """Of messages that are sent from now on."""
    found: list[int] = []
    events = aws.client("sqs").meta.events
    events.register("provide-client-params.sqs.SendMessage", lambda params, **_: found.append(params["DelaySeconds"]))
    return found


def keep_and_send(kept, send):
    def again(known, lane, message, seconds, handed=None, unpaid=0):
        kept.append(replace(message, handed=message.handed + 1, unpaid=unpaid))
        send(known, lane, message, seconds, handed, unpaid)

    return again


# What a person has to mend


def hidden_seconds() -> list[int]:
    """For which messages are hidden from now on."""
    found: list[int] = []
    events = aws.client("sqs").meta.events
    events.register(
        "provide-client-params.sqs.ChangeMessageVisibility",
        lambda params, **_: found.append(params["VisibilityTimeout"]),
    )
    return found


def test_what_fails_comes_back_within_minutes_and_is_dead_within_the_hour(world):
    """The queue's own time is an hour and a half, five times."""
    world.document()
    seconds = hidden_seconds()
    for received in range(1, 6):
        Titan.troubles = [denied("InvokeModel")]
        answer = index.handler({"Records": [record(DOCUMENT.body(), received=received)]}, Context())
        assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert seconds[::2] == [910] * 5
    assert seconds[1::2] == list(turns.AGAIN_SECONDS)
    assert sum(turns.AGAIN_SECONDS) < 3600
    assert max(turns.AGAIN_SECONDS) <= 900
    assert turns.AGAIN_SECONDS[-1] == 0


def test_a_message_that_failed_is_there_again_before_the_queue_s_own_time(world, monkeypatch):
    monkeypatch.setattr(turns, "AGAIN_SECONDS", (0,))
    queue, sqs = world.queues[FIRST], aws.client("sqs")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "5400"})
    sqs.send_message(QueueUrl=queue, MessageBody=DOCUMENT.body())
    world.document()
    for trouble in ([denied("InvokeModel")], []):
        Titan.troubles = list(trouble)
        [found] = sqs.receive_message(QueueUrl=queue)["Messages"]
        answer = index.handler({"Records": [record(found["Body"], receipt=found["ReceiptHandle"])]}, Context())
        assert bool(answer["batchItemFailures"]) == bool(trouble)
    world.is_right()


def test_the_queues_give_up_with_the_last_of_these_times():
    resources = read_template(ROOT / "pipelines" / "knowledge.yaml")["Resources"]
    for name in ("IndexFirstQueue", "IndexNextQueue"):
        assert resources[name]["Properties"]["RedrivePolicy"]["maxReceiveCount"] == len(turns.AGAIN_SECONDS)
    assert sum(turns.AGAIN_SECONDS) == 36 * 60, "docs/limits.md says so"


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
    assert index.handler({"Records": [record("{}")]}, Context()) == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_another_index_is_filled_by_messages_that_ask_for_nothing_more(world, monkeypatch):
    """With another KmsKeyArn CloudFormation makes an empty one; the pointers say what the one before had."""
    world.document()
    world.take(DOCUMENT)
    Index.kept = {}
    monkeypatch.setenv("VECTOR_INDEX_ARN", "arn:another")
    world.take(Message(document=KEY), NEXT)
    world.is_right()
    assert (len(Index.kept), world.pointer().index) == (2, "arn:another")
    assert sorted(Titan.asked) == ["one", "two"], "nothing is paid for again"
    assert world.total("DocumentsElsewhere") == 1
    world.take(DOCUMENT)
    assert world.total("DocumentsIndexed") == 2


def test_in_another_index_a_text_that_is_yet_to_come_is_waited_for(world, monkeypatch):
    """Nobody has the text of the version that counts, and its next one comes."""
    world.document()
    world.take(DOCUMENT)
    Index.kept = {}
    monkeypatch.setenv("VECTOR_INDEX_ARN", "arn:another")
    newer = builders.about(KEY, world.upload(KEY, "e2"), "02")
    world.bucket("summaries").put(sources.text(KEY), builders.text(newer, ["three"]))
    assert world.take(DOCUMENT) == []
    assert Index.kept == {}
    world.bucket("summaries").put(sources.summary(KEY), builders.summary(newer))
    world.take(DOCUMENT)
    world.is_right()
    assert world.pointer().index == "arn:another"


def test_a_document_that_is_gone_is_taken_out_though_its_index_is_gone_too(world, monkeypatch):
    world.document()
    world.take(DOCUMENT)
    monkeypatch.setenv("VECTOR_INDEX_ARN", "arn:another")
    world.forget()
    world.take(DOCUMENT)
    assert (world.pointer().version, world.pointer().pending) == (None, ())
    world.take(DOCUMENT)
    assert world.total("DocumentsRemoved") == 1


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
