"""The log reader: every object counts once, whatever comes twice, late, broken, or dies on the way."""

from __future__ import annotations

import gzip
import json
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common import batches
from common.objects import Bucket
from common.table import Table
from llm import model
from llm.emission import measuring
from llm.errors import NotAnObjectEvent
from llm.handlers import read_logs
from llm.logs import claims, log_objects, messages
from llm.logs.claims import LEASE_SECONDS, Claims
from llm.logs.offloaded_bodies import Bodies
from llm.modules.ingest import Ingest
from tests.unit.llm import builders, emf, worker
from tests.unit.llm.builders import converse, key, log
from tests.unit.llm.worker import BUCKET, Context


@pytest.fixture(autouse=True)
def _worker(account, monkeypatch, request):
    ingest = Ingest(lambda: builders.AT.timestamp() + 60)
    with worker.running(monkeypatch, request.node.name, ingest, worker.Counting()):
        yield


def records(number, **changes):
    return [converse(request_id=f"req-{index}", **changes) for index in range(number)]


@pytest.fixture
def totals(capsys):
    """What was counted since the last look."""
    return lambda: emf.totals(capsys.readouterr().out)


def test_an_object_is_measured(totals):
    worker.put(key(), log(*records(3), builders.failed(), b"{"))
    assert worker.read(key()) == []
    found = totals()
    assert (found["Seen"], found["PairsEvaluated"], found["RecordsRead"]) == (3, 3, 5)
    assert (found["SkippedError"], found["SkippedMalformed"], found["ObjectsRead"]) == (1, 1, 1)


def test_only_records_of_the_log_show_that_it_speaks(totals):
    """Own calls and failed ones do; lines of another kind do not."""
    worker.put(key(), log(*records(2), builders.failed(), b"{", b'{"a": 1}'))
    worker.put(key("other"), log(b'{"a": 1}', b'{"a": 2}'))
    assert worker.read(key(), key("other")) == []
    assert totals()["RecordsArrived"] == 3


def test_an_object_counts_once(totals):
    worker.put(key(), log(*records(3)))
    for _ in range(3):
        assert worker.read(key()) == []
    found = totals()
    assert (found["Seen"], found["ObjectsRead"], found["ObjectsDuplicate"]) == (3, 1, 2)


def test_the_same_key_with_other_content_is_another_object(totals):
    for number in (1, 2):
        worker.put(key(), log(*records(number)))
        worker.read(key())
    assert totals()["Seen"] == 3


def test_a_late_event_of_what_was_replaced_counts_nothing(totals):
    old = worker.put(key(), log(*records(1)))
    worker.put(key(), log(*records(5)))
    assert worker.handle(worker.message(worker.event_of(key(), old))) == []
    assert totals() == {"ObjectsReplaced": 1}
    worker.read(key())
    assert totals()["Seen"] == 5


def test_a_request_counts_once_within_an_object(totals):
    worker.put(key(), log(*records(3), *records(2)))
    worker.read(key())
    found = totals()
    assert (found["Seen"], found["SkippedDuplicate"], found["RecordsRead"]) == (3, 2, 5)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (key(), "log"),
        (key(prefix="team/bedrock/"), "log"),
        (builders.body_key(), "beside"),
        (builders.body_key(side="input"), "beside"),
        (f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/amazon-bedrock-logs-permission-check", "beside"),
        ("amazon-bedrock-logs-permission-check", "beside"),
        ("pairs/2026/11/20/abc.json", "foreign"),
        (f"AWSLogs/{builders.ACCOUNT}/CloudTrail/us-east-1/2026/11/20/x.json.gz", "foreign"),
        (f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/us-east-1/2026/11/20/09/notes.txt", "foreign"),
        (key("data"), "log"),
    ],
)
def test_keys_tell_what_an_object_is(name, kind):
    assert messages.kind_of(name) == kind


def test_what_is_no_log_is_counted_and_not_opened(totals):
    worker.put(builders.body_key(), b"\0")
    assert worker.read(builders.body_key(), "pairs/x.json") == []
    assert totals() == {"ObjectsBeside": 1, "ObjectsForeign": 1}


def test_another_bucket_is_none_of_ours(totals):
    assert worker.handle(worker.message(worker.event_of(key(), bucket="somebody-elses"))) == []
    assert totals() == {"ObjectsForeign": 1}


def test_an_object_that_is_gone_is_done_with(totals):
    assert worker.read(key()) == []
    assert totals() == {"ObjectsMissing": 1}


def test_the_text_is_in_no_line_of_the_log(capsys, monkeypatch):
    secret = "Mallory Blackwood's diagnosis"
    monkeypatch.setattr(measuring, "free", lambda: (worker.Failing(), worker.Counting()))
    worker.put(key(), log(converse(secret, secret), f"{{{secret}"))
    worker.read(key())
    printed = capsys.readouterr()
    assert "Mallory" not in printed.out + printed.err
    assert '"error":"ValueError"' in printed.out
    assert emf.totals(printed.out)["Seen"] == 1


def test_a_module_that_fails_is_counted_under_its_name(capsys, monkeypatch):
    monkeypatch.setattr(measuring, "free", lambda: (worker.Failing(), worker.Counting()))
    worker.put(key(), log(*records(2)))
    worker.read(key())
    found = emf.series(capsys.readouterr().out)
    named = {dimensions: values for (name, dimensions, _), values in found.items() if name == "ModuleErrors"}
    assert named == {(): [1], (("Module", "failing"),): [1]}


# Bodies that land late


def late(*ids):
    return [builders.off_loaded(answered=f"s3://{BUCKET}/{builders.body_key(one)}", request_id=one) for one in ids]


def land(*ids):
    for one in ids:
        worker.put_body(converse()["output"]["outputBodyJson"], one)


def test_nothing_is_counted_before_all_bodies_are_there(totals, monkeypatch):
    seconds = worker.visibility(monkeypatch)
    worker.put(key(), log(*records(2), *late("a", "b")))
    land("a")
    assert len(worker.read(key())) == 1
    assert totals() == {"ObjectsWaiting": 1}
    land("b")
    later(monkeypatch, 60)
    assert worker.read(key()) == []
    found = totals()
    assert (found["Seen"], found["ObjectsRead"], seconds) == (4, 1, [60])
    assert model.BODY_MISSING not in found


def test_bodies_lie_below_the_prefix_of_the_logging_configuration(totals):
    body = gzip.compress(json.dumps(converse()["output"]["outputBodyJson"]).encode())
    ours = builders.body_key("a", prefix="bedrock/eu/")
    worker.put(ours, body)
    worker.put(key(prefix="bedrock/eu/"), log(builders.off_loaded(answered=f"s3://{BUCKET}/{ours}")))
    assert worker.read(key(prefix="bedrock/eu/")) == []
    assert totals()["Seen"] == 1


def test_a_body_that_may_not_be_read_is_missing_and_is_not_waited_for(totals, monkeypatch):
    path = worker.put_body(converse()["output"]["outputBodyJson"])
    worker.put(key(), log(builders.off_loaded(answered=path), converse(request_id="other")))

    def refuse(self, operation, name, *more):
        if "/data/" in name:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")
        return original(self, operation, name, *more)

    original = Bucket._look
    monkeypatch.setattr(Bucket, "_look", refuse)
    assert worker.read(key()) == []
    found = totals()
    assert (found["Seen"], found[model.BODY_MISSING], found["ObjectsRead"]) == (1, 1, 1)


def test_after_three_waits_the_rest_is_measured(totals, monkeypatch):
    seconds = worker.visibility(monkeypatch)
    worker.put(key(), log(*records(2), *late("a")))
    for _ in range(3):
        assert len(worker.read(key())) == 1
        later(monkeypatch, 60)
    assert totals() == {"ObjectsWaiting": 3}
    assert worker.read(key()) == []
    found = totals()
    assert (found["Seen"], found[model.BODY_MISSING], seconds) == (2, 1, [60, 60, 60])
    assert (found["RecordsRead"], found["ObjectsRead"]) == (3, 1)


def test_a_body_in_another_bucket_is_not_waited_for(totals):
    worker.put(key(), log(builders.off_loaded(answered="s3://elsewhere/body.json.gz")))
    assert worker.read(key()) == []
    assert totals()[model.BODY_MISSING] == 1


@pytest.mark.parametrize(
    "path",
    [
        "s3://",
        f"s3://{BUCKET}/",
        f"s3://{BUCKET}/pairs/x.json",
        f"s3://{BUCKET}/AWSLogs/\0",
        f"s3://{BUCKET}/AWSLogs/{'x' * 2000}",
        "http://x/y",
        "/etc/passwd",
        "../../x",
    ],
)
def test_a_path_that_is_none_is_a_missing_body(totals, path):
    worker.put(key(), log(builders.off_loaded(answered=path)))
    assert worker.read(key()) == []
    assert totals()[model.BODY_MISSING] == 1


def test_a_body_may_be_plain_and_may_be_nonsense(totals):
    worker.put(builders.body_key("a"), json.dumps(converse()["output"]["outputBodyJson"]).encode())
    worker.put(builders.body_key("b"), gzip.compress(b"no json"))
    worker.put(key(), log(*late("a", "b")))
    worker.read(key())
    found = totals()
    assert (found["Seen"], found[model.NO_TEXT]) == (1, 1)


def test_a_body_that_unpacks_for_ever_is_too_long(totals, monkeypatch):
    monkeypatch.setattr("llm.logs.offloaded_bodies.MOST_BODY", 100_000)
    worker.put(builders.body_key("a"), gzip.compress(b" " * 10_000_000))
    worker.put(key(), log(*late("a")))
    worker.read(key())
    assert totals()[model.TOO_LONG] == 1


# Dying and racing


class Died(BaseException):
    """A worker that is killed: nothing after it runs."""


def test_whoever_takes_over_goes_on_at_the_checkpoint(totals, monkeypatch):
    monkeypatch.setattr(measuring, "CHUNK_PAIRS", 10)
    worker.put(key(), log(*records(35)))
    original, calls = Claims.checkpoint, []

    def dying(self, claim, position):
        calls.append(position)
        if len(calls) == 3:
            raise Died
        return original(self, claim, position)

    with monkeypatch.context() as broken:
        broken.setattr(Claims, "checkpoint", dying)
        broken.setattr(Claims, "release", lambda *a, **k: None)
        with pytest.raises(Died):
            worker.read(key())
    assert totals()["Seen"] == 30
    assert len(worker.read(key())) == 1, "the dead worker's lease holds"
    lease_ends(monkeypatch)
    assert worker.read(key()) == []
    assert totals()["Seen"] == 15, "ten were sent and not written down"


def lease_ends(monkeypatch):
    later(monkeypatch, LEASE_SECONDS + 1)


def later(monkeypatch, seconds):
    """The claims' clock goes on."""
    now = claims.time.time() + seconds
    monkeypatch.setattr(claims, "time", SimpleNamespace(time=lambda: now))
    read_logs._objects.cache_clear()


def test_a_worker_that_was_taken_for_dead_stops(totals, monkeypatch):
    """It wakes up after its lease, when another has begun: what it held it no longer holds."""
    monkeypatch.setattr(measuring, "CHUNK_PAIRS", 10)
    etag = worker.put(key(), log(*records(25)))
    original = measuring.measure

    def slow(answers, **how):
        monkeypatch.setattr(measuring, "measure", original)
        found = original(answers, **how)
        lease_ends(monkeypatch)
        taken = Claims(Table(worker.TABLE)).take(BUCKET, key(), etag)
        assert taken is not None
        return found

    monkeypatch.setattr(measuring, "measure", slow)
    assert len(worker.read(key())) == 1
    assert totals()["Seen"] == 10


def test_a_message_comes_back_with_the_end_of_a_worker_that_dies(totals, monkeypatch):
    """Not with the queue's half hour, and when the claim is free: nothing is tried in vain."""
    worker.put(key(), log(*records(3)))
    held, hide = [], read_logs._hide
    monkeypatch.setattr(read_logs, "_hide", lambda record, seconds: (held.append(seconds), hide(record, seconds)))
    with monkeypatch.context() as broken:
        broken.setattr(measuring, "measure", lambda *_, **__: (_ for _ in ()).throw(Died))
        broken.setattr(Claims, "release", lambda *a, **k: None)
        with pytest.raises(Died):
            worker.read(key(), context=Context(250_000, 249_000))
    assert held == [worker.HELD]
    later(monkeypatch, held[0])
    assert worker.read(key()) == []
    assert totals()["Seen"] == 3


def test_a_message_that_is_not_held_any_more_is_read_all_the_same(totals):
    """As one that somebody hands over by hand; whoever holds the claim measures."""
    worker.put(key(), log(*records(3)))
    by_hand = {**worker.message(worker.event_of(key())), "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a"}
    assert worker.handle(by_hand) == []
    assert totals()["Seen"] == 3


@pytest.mark.parametrize(
    ("code", "said", "held"),
    [
        ("MessageNotInflight", "", False),
        ("AWS.SimpleQueueService.MessageNotInflight", "", False),
        ("ReceiptHandleIsInvalid", "", False),
        ("InvalidParameterValue", "Value AQEB for parameter ReceiptHandle is invalid. Reason: it expired.", False),
        ("InvalidParameterValue", "Value 50000 for parameter VisibilityTimeout is invalid.", True),
        ("AccessDenied", "User is not authorized for ReceiptHandle", True),
    ],
)
def test_only_what_is_said_of_the_receipt_is_passed_over(monkeypatch, code, said, held):
    def refuse(**_):
        raise ClientError({"Error": {"Code": code, "Message": said}}, "ChangeMessageVisibility")

    client = SimpleNamespace(change_message_visibility=refuse)
    monkeypatch.setattr(batches.aws, "client", lambda _service: client)
    if not held:
        batches.hold("url", "receipt", 10)
        return
    with pytest.raises(ClientError):
        batches.hold("url", "receipt", 10)


def test_an_object_in_work_is_left_alone_for_a_while(totals, monkeypatch):
    seconds = worker.visibility(monkeypatch)
    etag = worker.put(key(), log(*records(1)))
    assert Claims(Table(worker.TABLE)).take(BUCKET, key(), etag) is not None
    assert len(worker.read(key())) == 1
    assert (totals(), seconds) == ({}, [120])


def test_time_that_runs_out_ends_at_a_checkpoint(totals, monkeypatch):
    seconds = worker.visibility(monkeypatch)
    monkeypatch.setattr(measuring, "CHUNK_PAIRS", 10)
    worker.put(key(), log(*records(35)))
    assert len(worker.read(key(), context=Context(250_000, 250_000, 200_000, 20_000))) == 1
    assert totals()["Seen"] == 20
    assert worker.read(key()) == []
    assert (totals()["Seen"], seconds) == (15, [0])


def test_what_was_done_before_is_not_fetched_again(totals, monkeypatch):
    monkeypatch.setattr(measuring, "CHUNK_PAIRS", 2)
    land("a", "b", "c")
    worker.put(key(), log(*late("a", "b", "c"), *late("a")))
    assert len(worker.read(key(), context=Context(250_000, 250_000, 20_000))) == 1
    assert totals()["Seen"] == 2
    fetched, original = [], Bodies.fetch
    monkeypatch.setattr(Bodies, "fetch", lambda self, path: fetched.append(path) or original(self, path))
    assert worker.read(key()) == []
    found = totals()
    assert (found["Seen"], found["SkippedDuplicate"]) == (1, 1)
    assert [path.rpartition("/")[2] for path in fetched] == ["c_output.json.gz", "a_output.json.gz"]


def test_a_storage_that_fails_is_tried_again_after_a_growing_pause(totals, monkeypatch):
    seconds = worker.visibility(monkeypatch)
    etag = worker.put(key(), log(*records(2)))
    original, down = Bucket.download, [True]

    def download(self, *arguments, **options):
        if down[0]:
            raise EndpointConnectionError(endpoint_url="https://s3")
        return original(self, *arguments, **options)

    monkeypatch.setattr(Bucket, "download", download)
    for received in (1, 2, 9):
        assert len(worker.handle(worker.message(worker.event_of(key(), etag), received))) == 1
    assert (totals(), seconds) == ({"ObjectsFailed": 3}, [30, 60, 900])
    down[0] = False
    assert worker.read(key()) == []
    assert totals()["Seen"] == 2


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"detail": 7}', '{"detail": {"bucket": {"name": 7}}}'])
def test_a_message_that_is_no_event_goes_to_the_dead_letters(totals, body):
    good = key()
    etag = worker.put(good, log(*records(1)))
    bad = worker.message(body or " ")
    assert worker.handle(bad, worker.message(worker.event_of(good, etag))) == [bad["messageId"]]
    found = totals()
    assert (found["ObjectsFailed"], found["Seen"]) == (1, 1)


def test_no_event_has_a_name():
    with pytest.raises(NotAnObjectEvent, match="delete it"):
        messages.object_of("{")


# Damage


@pytest.mark.parametrize(
    ("body", "outcome", "seen"),
    [
        (log(converse())[:-9], "ObjectsDamaged", 1),
        (gzip.compress(b"")[:4], "ObjectsDamaged", 0),
        (b"".join(line + b"\n" for line in builders.lines(converse())), "ObjectsRead", 1),
        (json.dumps([converse()]).encode(), "ObjectsRead", 1),
        (b"", "ObjectsRead", 0),
        (gzip.compress(json.dumps({"tool": "another", "rows": [1, 2]}, indent=1).encode()), "ObjectsForeign", 0),
        (gzip.compress(b"\n".join(builders.lines(*records(2))), 0)[:200], "ObjectsDamaged", 0),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "ObjectsForeign", 0),
    ],
    ids=["cut", "cut at once", "plain", "array", "empty", "another tool's", "cut in its first record", "image"],
)
def test_damage_has_a_name(totals, body, outcome, seen):
    worker.put(key(), body)
    assert worker.read(key()) == []
    found = totals()
    assert (found[outcome], found.get("Seen", 0)) == (1, seen)


def test_another_tools_lines_are_not_read_to_their_end(totals, monkeypatch):
    monkeypatch.setattr(measuring, "CHUNK_PAIRS", 100)
    worker.put(key(), gzip.compress(b'{"level": "INFO"}\n' * 50_000))
    worker.read(key())
    found = totals()
    assert (found["SkippedForeign"], found["ObjectsForeign"]) == (100, 1)


@pytest.mark.parametrize("pack", [bytes, lambda body: gzip.compress(body, 0)], ids=["plain", "gzip"])
def test_an_object_larger_than_the_disk_is_read_as_far_as_it_goes(totals, monkeypatch, pack):
    body = pack(b"".join(line + b"\n" for line in builders.lines(*records(100))))
    monkeypatch.setattr(log_objects, "MOST_PACKED", len(body) // 2)
    worker.put(key(), body)
    assert worker.read(key()) == []
    found = totals()
    assert found["ObjectsTooLarge"] == 1
    assert 40 < found["Seen"] <= 50


def test_the_batch_is_answered_message_by_message(totals):
    worker.put(key("a"), log(*records(1)))
    worker.put(key("b"), log(*late("x")))
    waiting = worker.read(key("a"), key("b"))
    assert len(waiting) == 1
    assert totals()["Seen"] == 1


def test_bucket_names_never_reach_claims_in_clear():
    etag = worker.put(key(), log(*records(1)))
    worker.read(key())
    items = boto3.client("dynamodb").scan(TableName=worker.TABLE)["Items"]
    assert len(items) == 1
    assert builders.ACCOUNT not in items[0]["pk"]["S"]
    assert items[0]["state"]["S"] == "done"
    assert etag
