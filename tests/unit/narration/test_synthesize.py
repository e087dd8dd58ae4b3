"""Synthesize: what is paid for is kept, whatever happens in between."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args
from unittest import mock

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from common import aws as common_aws
from common.spending import pauses
from narration.admission import ranges, wanted
from narration.audio import silence
from narration.audio.codecs import mp3
from narration.errors import MergeFailed, SpeechRefused, SpeechUnavailable
from narration.handlers import give_up, synthesize
from narration.model import Clip, Engine, Pointer, Voice
from narration.publishing import audio_bucket, keys, plan_documents, pointers, purchases
from narration.speech import fragments, polly
from tests.unit.narration import builders, speaking
from tests.unit.narration.fake_aws import FakeAws, FakeObject, refusal


@dataclass
class Context:
    """Lambda's, with a clock that a test sets."""

    left: int = 120_000
    function_name: str = "f"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:f"
    aws_request_id: str = "1"

    def get_remaining_time_in_millis(self) -> int:
        return self.left


class Crash(BaseException):
    pass


@pytest.fixture
def account(monkeypatch) -> Iterator[FakeAws]:
    monkeypatch.setenv("AUDIO_BUCKET", "audio")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Narration")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "narration")
    for name, value in speaking.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda _: None)
    fake = FakeAws()
    with (
        mock.patch.object(common_aws, "client", fake.client),
        mock.patch.object(mp3, "measure", lambda data: mp3.Frames(len(data), len(data) * 576, 24_000)),
        mock.patch.object(silence, "measure_clip", lambda data: Clip(len(data) * 576, 0, 0)),
        mock.patch.object(purchases, "LOOKERS", 1),
    ):
        yield fake


def planned(
    fake: FakeAws, marks: str = "none", engine: str = "neural", lexicons: tuple[str, ...] = (), **changes: Any
) -> tuple[plan_documents.Plan, dict[str, Any]]:
    """A plan of three fragments in the bucket, and the event of the range that holds them all."""
    voice = Voice("Vicki", engine, "de-DE")
    article = builders.article(**changes)
    items, spoken = fragments.plan(article, voice, lexicons)
    spoken = {name: replace(one, lexicons=lexicons) for name, one in spoken.items()}
    made = plan_documents.make(
        article, voice, items, (), spoken, {}, "inbox/x.json", options=plan_documents.Options(marks=marks)
    )
    fake.objects[keys.plan(made.edition)] = FakeObject(plan_documents.dump(made), '"1"', {})
    work = {"edition": made.edition, "start": 0, "stop": len(made.fragments)}
    return made, {**work, "article": made.article, "version": made.version}


def run(fake: FakeAws, work: dict[str, Any], context: Context | None = None) -> Any:
    """What the state gets, whoever has to be asked how often. Raises what it fails under."""
    message = {"QueueUrl": "lane-next", "MessageBody": speaking.body(work, "t")}
    fake.tokens.pop("t", None)
    return speaking.speak(fake, message, lambda event: synthesize.handler(event, context or Context()))


def once(fake: FakeAws, work: dict[str, Any], context: Context | None = None, **changes: Any) -> Any:
    """One delivery of an ask that is waited for; the answer to its token, None where there was none."""
    fake.tokens.setdefault("t", None)
    answer = synthesize.handler(speaking.event(speaking.body(work, "t", **changes)), context or Context())
    assert answer == {"batchItemFailures": []}
    return fake.tokens["t"]


def length(made: plan_documents.Plan) -> int:
    return sum(len(fragment.ssml) for fragment in made.fragments)  # what the fake bills


def missing(made: plan_documents.Plan) -> dict[str, int]:
    return purchases.missing(audio_bucket.bucket(), made)


def test_audio_and_marks_are_two_requests_and_three_objects(account):
    made, event = planned(account, "word")
    assert set(missing(made).values()) == {2}
    assert run(account, event) == {"characters": 2 * length(made), "fragments": 3}
    assert missing(made) == {}
    for fragment in made.fragments:
        assert json.loads(account.objects[keys.fragment_marks(fragment.hash)].body)["marks"]
        assert keys.fragment_sidecar(fragment.hash) in account.objects
    assert run(account, event) == {"characters": 0, "fragments": 0}


def test_damaged_audio_is_named_for_whoever_has_to_delete_it(account):
    made, event = planned(account)

    def damaged(_data: bytes) -> Clip:
        raise MergeFailed("The fragment holds no MP3 audio; synthesize it again.")

    key = keys.fragment_audio(made.fragments[0].hash)
    said = f"holds no MP3 audio.* kept as s3://audio/{key}: delete that object"
    # Not by monkeypatch, which would put the account's own stand-in back after the account is gone.
    with mock.patch.object(silence, "measure_clip", damaged), pytest.raises(Exception, match=said) as failed:
        run(account, event)
    assert type(failed.value).__name__ == "MergeFailed"
    assert key in account.objects


@pytest.mark.parametrize("answer", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x05" + bytes(5)])
def test_an_answer_without_audio_is_a_silent_fragment_and_bought_once(account, answer):
    """Polly has no sound for some texts; a merge that failed on it would have every redrive buy it again."""
    made, event = planned(account)
    with mock.patch.object(polly, "speech", return_value=(answer, 7)):
        assert run(account, event)["characters"] == 7 * len(made.fragments)
    sidecar = json.loads(account.objects[keys.fragment_sidecar(made.fragments[0].hash)].body)
    assert (sidecar["frames"], sidecar["samples"], sidecar["sample_rate"]) == (0, 0, 24_000)
    assert missing(made) == {}
    assert run(account, event) == {"characters": 0, "fragments": 0}


@pytest.fixture
def lexicon(account):
    account.objects[keys.kept_lexicon("MillraceAbc")] = FakeObject(b"<lexicon/>", '"1"', {})
    polly.put_lexicon.cache_clear()
    return ("MillraceAbc",)


def test_lexicons_are_put_before_they_are_used_once_in_a_workers_life(account, lexicon):
    made, event = planned(account, lexicons=lexicon)
    for _ in range(2):
        run(account, event)
    assert account.lexicons == [("MillraceAbc", "<lexicon/>")]
    assert account.applied == [["MillraceAbc"]] * len(made.fragments)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("InvalidLexiconException", "it is no PLS document; mend it under reading/lexicons/"),
        ("MaxLexiconsNumberExceededException", "the account has 100 already"),
    ],
)
def test_a_lexicon_that_polly_does_not_take(account, lexicon, code, sentence):
    _, event = planned(account, lexicons=lexicon)
    account.lexicon_error = refusal(code, 400, "PutLexicon")
    with pytest.raises(Exception, match=sentence) as failed:
        run(account, event)
    assert type(failed.value).__name__ == SpeechRefused.__name__
    assert account.billed == 0


def test_a_lexicon_that_polly_does_not_know_yet_is_put_there_again(account, lexicon, monkeypatch):
    made, event = planned(account, lexicons=lexicon)
    account.polly_error = refusal("LexiconNotFoundException", 404, "SynthesizeSpeech")
    monkeypatch.setattr("time.sleep", lambda _: setattr(account, "polly_error", None))
    assert run(account, event)["fragments"] == len(made.fragments)
    assert len(account.lexicons) == 2


def test_without_marks_none_are_asked_for(account):
    made, event = planned(account)
    assert run(account, event)["characters"] == length(made)
    assert {form for form, _ in account.spoken} == {"mp3"}


def test_generative_voices_are_not_asked_for_what_they_do_not_have(account):
    made, event = planned(account, "word", "generative")
    assert run(account, event)["characters"] == length(made)
    assert {form for form, _ in account.spoken} == {"mp3"}
    assert missing(made) == {}


def test_marks_switched_on_later_cost_the_marks_alone(account):
    _, event = planned(account)
    run(account, event)
    later, event = planned(account, "sentence")
    assert set(missing(later).values()) == {1}
    before = account.billed
    assert run(account, event) == {"characters": length(later), "fragments": 0}
    assert account.billed - before == length(later)
    assert missing(later) == {}
    words, _ = planned(account, "word")
    assert missing(words) == {}


@pytest.mark.parametrize("call", range(1, 52))
def test_a_crash_between_any_two_calls_loses_at_most_the_answer_on_its_way(account, call):
    """Killed after its nth call and delivered again: nothing is billed twice but one answer that was never stored."""
    made, work = planned(account, "word")
    calls: list[str] = []

    def count(where: str) -> None:
        if sum(where.startswith("after") for where in calls) == call:
            raise Crash  # who is dead calls nobody
        calls.append(where)
        if sum(where.startswith("after") for where in calls) == call:
            raise Crash

    account.hook = count
    lost = False
    try:
        once(account, work)
    except Crash:
        lost = calls[-1] == "after polly.synthesize_speech"
    account.hook = lambda _: None
    assert once(account, work)[0] == "success"
    assert missing(made) == {}
    times = Counter(account.spoken)
    assert len(times) == 6
    assert sum(times.values()) == 6 + lost


@pytest.mark.parametrize("call", range(30))
def test_the_same_message_twice_at_once_buys_at_most_one_fragment_twice(account, call):
    """The twin runs whole between two calls of the first; and of two in step the one that loses stops at once."""
    made, work = planned(account)
    calls = []

    def twin(where: str) -> None:
        calls.append(where)
        if len(calls) == call + 1:
            account.hook = lambda _: None
            once(account, work)

    account.hook = twin
    once(account, work)
    account.hook = lambda _: None
    assert account.tokens["t"][0] == "success"
    assert missing(made) == {}
    assert len(account.spoken) <= 3 + 1


def test_of_two_in_step_the_one_that_loses_leaves_the_range_to_the_other(account):
    made, work = planned(account)
    account.tokens["t"] = None

    def other_was_first(where: str) -> None:
        if where == "after polly.synthesize_speech":
            account.hook = lambda _: None
            key = keys.fragment_audio(made.fragments[0].hash)
            account.objects[key] = FakeObject(b"<speak>", '"1"', {"bought-for": made.edition})

    account.hook = other_was_first
    assert once(account, work) is None
    assert len(account.spoken) == 1
    (sent,) = account.sent
    assert sent["DelaySeconds"] >= 120, "the other one has its whole turn"
    assert json.loads(sent["MessageBody"])["handed"] == 1


def test_a_fragment_that_another_article_has_bought_meanwhile_stops_nobody(account):
    made, work = planned(account)

    def other_was_first(where: str) -> None:
        if where == "after polly.synthesize_speech":
            account.hook = lambda _: None
            key = keys.fragment_audio(made.fragments[0].hash)
            account.objects[key] = FakeObject(b"<speak>", '"1"', {"bought-for": "another"})

    account.hook = other_was_first
    assert once(account, work)[0] == "success"
    assert missing(made) == {}


# Is it still wanted?


def pointer(fake: FakeAws, article: str, version: Any, status: str = "published") -> None:
    found = Pointer(article, version, status, None, "inbox/other.json")
    fake.objects[keys.pointer(article)] = FakeObject(pointers.dump(found), '"1"', {})


@pytest.mark.parametrize("status", ["published", "withdrawn"])
def test_what_is_published_or_withdrawn_meanwhile_is_not_bought(account, status):
    _, work = planned(account)
    pointer(account, work["article"], work["version"] + 1, status)
    assert run(account, work) == {"superseded": True}
    assert account.spoken == []


def test_what_a_newer_version_is_planned_for_is_not_bought(account):
    _, work = planned(account)
    wanted.note(audio_bucket.bucket(), work["article"], work["version"] + 1)
    assert run(account, work) == {"superseded": True}
    assert account.spoken == []


@pytest.mark.parametrize("other", [-1, 0])
def test_what_is_as_new_as_anything_is_bought(account, other):
    made, work = planned(account)
    pointer(account, work["article"], work["version"] - 1)
    wanted.note(audio_bucket.bucket(), work["article"], work["version"] + other)
    assert run(account, work)["fragments"] == len(made.fragments)


def test_versions_without_an_order_are_left_to_the_commit(account):
    _, work = planned(account)
    pointer(account, work["article"], "2026-11-20T08:30:00Z")
    assert run(account, work)["fragments"] == 3


def test_nobody_waits_and_nothing_is_bought(account):
    """Aborted, or answered before: the message is done with."""
    _, work = planned(account)
    account.tokens["t"] = ("success", "{}")
    assert once(account, work) == ("success", "{}")
    assert account.spoken == []
    assert account.sent == []


def test_it_is_asked_again_every_ten_fragments(account, monkeypatch):
    made, work = planned(account)
    monkeypatch.setattr(ranges, "ASK_EVERY", 1)

    def withdrawn(where: str) -> None:
        if where == "after polly.synthesize_speech":
            pointer(account, work["article"], work["version"] + 1, "withdrawn")

    account.hook = withdrawn
    assert run(account, work) == {"superseded": True}
    assert len(account.spoken) == 1
    assert len(missing(made)) == 2


# Polly is busy, away, or says no


def busy(account: FakeAws, code: str, status: int, times: int) -> None:
    """Polly refuses so often, then it answers."""
    left = [times]

    def hook(where: str) -> None:
        if where == "before polly.synthesize_speech":
            account.polly_error = refusal(code, status, "SynthesizeSpeech") if left[0] > 0 else None
            left[0] -= 1

    account.hook = hook


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("ServiceFailureException", 500)])
def test_a_busy_polly_is_waited_for_in_place(account, code, status):
    made, work = planned(account)
    busy(account, code, status, 7)
    assert once(account, work)[0] == "success"
    assert account.sent == []
    assert len(account.spoken) == len(made.fragments)


def test_at_the_deadline_the_rest_is_a_new_message_and_counts_no_receive(account):
    made, work = planned(account)
    context = Context()

    def late(where: str) -> None:
        if where == "after polly.synthesize_speech":
            context.left = 19_999

    account.hook = late
    assert once(account, work, context, handed=6) is None
    (sent,) = account.sent
    assert sent["QueueUrl"] == speaking.QUEUES["next"]
    assert json.loads(sent["MessageBody"]) == speaking.body(work, "t", handed=7)
    account.hook = lambda _: None
    assert synthesize.handler(speaking.event(sent["MessageBody"]), Context()) == {"batchItemFailures": []}
    assert account.tokens["t"][0] == "success"
    assert len(account.spoken) == len(made.fragments)


def test_an_outage_lets_the_worker_go_and_the_message_wait(account, monkeypatch):
    _, work = planned(account)
    account.polly_error = refusal("ServiceFailureException", 500, "SynthesizeSpeech")
    clock = iter(range(0, 10_000, 7))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    assert once(account, work) is None
    (sent,) = account.sent
    assert 30 <= sent["DelaySeconds"] <= 60


def test_a_message_of_the_first_lane_stays_in_it(account):
    _, work = planned(account)
    account.tokens["t"] = None
    synthesize.handler(speaking.event(speaking.body(work, "t"), "first"), Context(left=10_000))
    assert [message["QueueUrl"] for message in account.sent] == [speaking.QUEUES["first"]]


def test_a_queue_that_is_no_lane_says_so(account):
    _, work = planned(account)
    message = speaking.event(speaking.body(work, "t"), "elsewhere")
    assert synthesize.handler(message, Context()) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


@pytest.mark.parametrize(
    "body", ["no JSON", "[]", "{}", '{"work": {}, "token": "", "asked_at": "2026-01-01T00:00:00Z"}']
)
def test_what_is_no_ask_comes_back_and_ends_as_a_dead_letter(account, body):
    assert synthesize.handler(speaking.event(body), Context()) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert give_up.handler(speaking.event(body), Context()) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("InvalidSsmlException", 400, "SynthesizeSpeech"), "SpeechRefused"),
        (refusal("AccessDeniedException", 400, "SynthesizeSpeech"), "ClientError"),
        (ReadTimeoutError(endpoint_url="https://polly"), "SpeechBroken"),
    ],
)
def test_what_does_not_pass_fails_the_execution_under_its_name(account, error, expected):
    _, work = planned(account)
    account.polly_error = error
    kind, name, cause = once(account, work)
    assert (kind, name) == ("failure", expected)
    assert cause


@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectTimeoutError])
def test_a_polly_that_cannot_be_reached_has_billed_nothing_and_is_waited_for(account, error):
    made, _ = planned(account)
    account.polly_error = error(endpoint_url="https://polly")
    with pytest.raises(SpeechUnavailable):
        polly.speech(made.fragments[0])


def test_polly_is_asked_once_a_try(account):
    made, _ = planned(account)
    asked = []
    # Not by monkeypatch, as above.
    with mock.patch.object(
        common_aws, "client", lambda *name, **options: asked.append(options) or account.client(*name)
    ):
        polly.speech(made.fragments[0])
    assert asked == [{"attempts": 1, "read_timeout": polly.READ_SECONDS}]


def test_standard_voices_are_asked_eight_at_a_time(account):
    """Eight requests are under way before the first of them is answered."""
    texts = [{"kind": "text", "text": f"Absatz Nummer {number}."} for number in range(12)]
    _, work = planned(account, engine="standard", paragraphs=texts)
    together, first_eight = threading.Barrier(8), iter(range(8))

    def meet(where: str) -> None:
        if where == "before polly.synthesize_speech" and next(first_eight, None) is not None:
            together.wait(30)

    account.hook = meet
    assert run(account, work)["fragments"] == 12


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("workers", [2, 4, 6, 12, 40])
def test_all_workers_together_give_polly_what_it_takes_at_once_and_a_quarter_more(engine, workers):
    width = ranges.side_by_side(engine, workers)
    assert width * workers <= ranges.AT_ONCE[engine] * 1.25 or width == 1
    assert width >= 1


def test_of_several_at_a_time_the_first_that_fails_stops_the_others(account, monkeypatch):
    texts = [{"kind": "text", "text": f"Absatz Nummer {number}."} for number in range(20)]
    made, work = planned(account, engine="standard", paragraphs=texts)
    account.polly_error = refusal("InvalidSsmlException", 400, "SynthesizeSpeech")
    asked = []
    account.hook = lambda where: asked.append(where) if where == "before polly.synthesize_speech" else None
    kind, name, _ = once(account, work)
    assert (kind, name) == ("failure", "SpeechRefused")
    assert len(asked) < len(made.fragments)


def test_a_dead_letter_answers_its_token(account):
    _, work = planned(account)
    account.tokens["t"] = None
    assert give_up.handler(speaking.event(speaking.body(work, "t")), Context()) == {"batchItemFailures": []}
    kind, error, cause = account.tokens["t"]
    assert (kind, error) == ("failure", "SpeechAbandoned")
    assert cause.endswith("then redrive.")
    assert give_up.handler(speaking.event(speaking.body(work, "t")), Context()) == {"batchItemFailures": []}


def test_marks_that_cannot_be_read_are_not_kept(account, monkeypatch):
    made, event = planned(account, "word")
    monkeypatch.setattr(ranges.speech_marks, "document", mock.Mock(side_effect=ValueError("no marks")))
    with pytest.raises(Exception, match="SpeechMarks"):
        run(account, event)
    assert keys.fragment_marks(made.fragments[0].hash) not in account.objects
    assert missing(made)[made.fragments[0].hash] == 1


# What may be bought in a day


PAUSED = {"by": {"S": "arn:me"}, "at": {"S": "12:00"}, "expires": {"N": "4102444800"}}


def account_of(fake: FakeAws) -> int:
    return sum(value for key, value in fake.counters.items() if key.startswith("spending#narration#characters#"))


def test_what_is_billed_is_what_the_days_account_counts(account):
    made, work = planned(account, "word")
    once(account, work)
    assert account_of(account) == account.billed == 2 * length(made)
    once(account, work)
    assert account_of(account) == account.billed, "what is there is not paid for"


def test_at_the_ceiling_a_range_is_sent_again_and_a_raise_lets_the_rest_come_once(account, monkeypatch):
    made, work = planned(account)
    one = made.fragments[0]
    monkeypatch.setenv("DAILY_CHARACTERS", str(len(one.ssml) + 1))
    monkeypatch.setattr(ranges, "BLOCK_CHARACTERS", 1)
    assert once(account, work) is None, "nobody is told that it failed"
    assert [text for _, text in account.spoken] == [one.ssml]
    assert account_of(account) == len(one.ssml), "the rest is given back"
    ask = json.loads(account.sent[-1]["MessageBody"])
    assert (ask["work"], ask["handed"]) == (work, 1)
    monkeypatch.setenv("DAILY_CHARACTERS", "5000000")
    assert once(account, work)[0] == "success"
    assert Counter(account.spoken).most_common(1)[0][1] == 1
    assert account_of(account) == account.billed == length(made)


def test_in_a_pause_nothing_is_bought_and_what_is_there_goes_on(account):
    made, work = planned(account)
    account.items["spending#narration#paused"] = PAUSED
    assert once(account, work) is None
    assert account.spoken == []
    account.items.clear()
    pauses.forget()
    once(account, work)
    account.tokens.clear()
    account.items["spending#narration#paused"] = PAUSED
    pauses.forget()
    assert once(account, work)[0] == "success", "what is bought already needs no money"
    assert missing(made) == {}


def test_what_polly_refuses_is_not_counted(account):
    _, work = planned(account)
    account.polly_error = refusal("InvalidSsmlException", 400, "SynthesizeSpeech")
    assert once(account, work)[0] == "failure"
    assert account_of(account) == 0
