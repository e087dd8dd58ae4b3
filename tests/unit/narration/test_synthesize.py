"""Synthesize: what is paid for is kept, whatever happens in between."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from unittest import mock

import pytest

from common import aws as common_aws
from narration.audio import mp3, silence
from narration.errors import MergeFailed, SpeechRefused, SpeechThrottled, SpeechUnavailable
from narration.handlers import synthesize
from narration.model import Clip, Voice
from narration.publishing import audio_bucket, keys, plan_documents, purchases
from narration.speech import fragments, polly
from tests.unit.narration import builders
from tests.unit.narration.fake_aws import FakeAws, FakeObject, refusal

CONTEXT = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
    aws_request_id="1",
)


class Crash(BaseException):
    pass


@pytest.fixture
def account(monkeypatch) -> Iterator[FakeAws]:
    monkeypatch.setenv("AUDIO_BUCKET", "audio")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Narration")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "narration")
    fake = FakeAws()
    with (
        mock.patch.object(common_aws, "client", fake.client),
        mock.patch.object(mp3, "measure", lambda data: mp3.Frames(len(data), len(data) * 576, 24_000)),
        mock.patch.object(silence, "measure_clip", lambda data: Clip(len(data) * 576, 0, 0)),
        mock.patch.object(purchases, "LOOKERS", 1),
    ):
        yield fake


def planned(
    fake: FakeAws, marks: str = "none", engine: str = "neural", lexicons: tuple[str, ...] = ()
) -> tuple[plan_documents.Plan, dict[str, object]]:
    """A plan of three fragments in the bucket, and the event of the range that holds them all."""
    voice = Voice("Vicki", engine, "de-DE")
    article = builders.article()
    items, spoken = fragments.plan(article, voice, lexicons)
    spoken = {name: replace(one, lexicons=lexicons) for name, one in spoken.items()}
    made = plan_documents.make(
        article, voice, items, (), spoken, {}, "inbox/x.json", options=plan_documents.Options(marks=marks)
    )
    fake.objects[keys.plan(made.edition)] = FakeObject(plan_documents.dump(made), '"1"', {})
    return made, {"edition": made.edition, "start": 0, "stop": len(made.fragments)}


def length(made: plan_documents.Plan) -> int:
    return sum(len(fragment.ssml) for fragment in made.fragments)  # what the fake bills


def missing(made: plan_documents.Plan) -> dict[str, int]:
    return purchases.missing(audio_bucket.bucket(), made)


def test_audio_and_marks_are_two_requests_and_three_objects(account):
    made, event = planned(account, "word")
    assert set(missing(made).values()) == {2}
    assert synthesize.handler(event, CONTEXT) == {"characters": 2 * length(made), "fragments": 3}
    assert missing(made) == {}
    for fragment in made.fragments:
        assert json.loads(account.objects[keys.fragment_marks(fragment.hash)].body)["marks"]
        assert keys.fragment_sidecar(fragment.hash) in account.objects
    assert synthesize.handler(event, CONTEXT) == {"characters": 0, "fragments": 0}


def test_damaged_audio_is_named_for_whoever_has_to_delete_it(account):
    made, event = planned(account)

    def damaged(_data: bytes) -> Clip:
        raise MergeFailed("The fragment holds no MP3 audio; synthesize it again.")

    key = keys.fragment_audio(made.fragments[0].hash)
    said = f"holds no MP3 audio.* kept as s3://audio/{key}: delete that object"
    # Not by monkeypatch, which would put the account's own stand-in back after the account is gone.
    with mock.patch.object(silence, "measure_clip", damaged), pytest.raises(MergeFailed, match=said):
        synthesize.handler(event, CONTEXT)
    assert key in account.objects


@pytest.mark.parametrize("answer", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x05" + bytes(5)])
def test_an_answer_without_audio_is_a_silent_fragment_and_bought_once(account, answer):
    """Polly has no sound for some texts; a merge that failed on it would have every redrive buy it again."""
    made, event = planned(account)
    with mock.patch.object(polly, "speech", return_value=(answer, 7)):
        assert synthesize.handler(event, CONTEXT)["characters"] == 7 * len(made.fragments)
    sidecar = json.loads(account.objects[keys.fragment_sidecar(made.fragments[0].hash)].body)
    assert (sidecar["frames"], sidecar["samples"], sidecar["sample_rate"]) == (0, 0, 24_000)
    assert missing(made) == {}
    assert synthesize.handler(event, CONTEXT) == {"characters": 0, "fragments": 0}


def test_lexicons_are_put_before_they_are_used_once_in_a_workers_life(account):
    made, event = planned(account, lexicons=("MillraceAbc",))
    account.objects[keys.kept_lexicon("MillraceAbc")] = FakeObject(b"<lexicon/>", '"1"', {})
    polly.put_lexicon.cache_clear()
    for _ in range(2):
        synthesize.handler(event, CONTEXT)
    assert account.lexicons == [("MillraceAbc", "<lexicon/>")]
    assert account.applied == [["MillraceAbc"]] * len(made.fragments)


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        ("InvalidLexiconException", SpeechRefused, "it is no PLS document; mend it under reading/lexicons/"),
        ("MaxLexiconsNumberExceededException", SpeechRefused, "the account has 100 already"),
        ("ThrottlingException", SpeechThrottled, "two lexicons a second"),
    ],
)
def test_a_lexicon_that_polly_does_not_take(account, code, error, sentence):
    _, event = planned(account, lexicons=("MillraceAbc",))
    account.objects[keys.kept_lexicon("MillraceAbc")] = FakeObject(b"<lexicon/>", '"1"', {})
    polly.put_lexicon.cache_clear()
    account.lexicon_error = refusal(code, 400, "PutLexicon")
    with pytest.raises(error, match=sentence):
        synthesize.handler(event, CONTEXT)
    assert account.billed == 0


def test_a_lexicon_that_polly_does_not_know_yet_is_put_there_again(account):
    _, event = planned(account, lexicons=("MillraceAbc",))
    account.objects[keys.kept_lexicon("MillraceAbc")] = FakeObject(b"<lexicon/>", '"1"', {})
    polly.put_lexicon.cache_clear()
    account.polly_error = refusal("LexiconNotFoundException", 404, "SynthesizeSpeech")
    with pytest.raises(SpeechUnavailable, match="put there once more"):
        synthesize.handler(event, CONTEXT)
    account.polly_error = None
    synthesize.handler(event, CONTEXT)
    assert len(account.lexicons) == 2


def test_without_marks_none_are_asked_for(account):
    made, event = planned(account)
    assert synthesize.handler(event, CONTEXT)["characters"] == length(made)
    assert {form for form, _ in account.spoken} == {"mp3"}


def test_generative_voices_are_not_asked_for_what_they_do_not_have(account):
    made, event = planned(account, "word", "generative")
    assert synthesize.handler(event, CONTEXT)["characters"] == length(made)
    assert {form for form, _ in account.spoken} == {"mp3"}
    assert missing(made) == {}


def test_marks_switched_on_later_cost_the_marks_alone(account):
    _, event = planned(account)
    synthesize.handler(event, CONTEXT)
    later, event = planned(account, "sentence")
    assert set(missing(later).values()) == {1}
    before = account.billed
    assert synthesize.handler(event, CONTEXT) == {"characters": length(later), "fragments": 0}
    assert account.billed - before == length(later)
    assert missing(later) == {}
    words, _ = planned(account, "word")
    assert missing(words) == {}


@pytest.mark.parametrize("call", range(1, 40))
def test_a_crash_between_any_two_calls_loses_at_most_the_answer_on_its_way(account, call):
    """Killed after its nth call and run again: no request is billed twice but one whose answer was never stored."""
    made, event = planned(account, "word")
    calls = []

    def count(where: str) -> None:
        calls.append(where)
        if sum(where.startswith("after") for where in calls) == call and where.startswith("after"):
            raise Crash

    account.hook = count
    try:
        synthesize.handler(event, CONTEXT)
    except Crash:
        lost = calls[-1] == "after polly.synthesize_speech"
    else:
        lost = False
    account.hook = lambda _: None
    synthesize.handler(event, CONTEXT)
    assert missing(made) == {}
    times = Counter(account.spoken)
    assert len(times) == 6
    assert sum(times.values()) == 6 + lost


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, SpeechThrottled),
        ("ServiceFailureException", 500, SpeechUnavailable),
        ("InvalidSsmlException", 400, SpeechRefused),
    ],
)
def test_pollys_errors_have_our_names(account, code, status, expected):
    _, event = planned(account)
    account.polly_error = refusal(code, status, "SynthesizeSpeech")
    with pytest.raises(expected):
        synthesize.handler(event, CONTEXT)


def test_marks_that_cannot_be_read_are_not_kept(account, monkeypatch):
    made, event = planned(account, "word")
    monkeypatch.setattr(synthesize.speech_marks, "document", mock.Mock(side_effect=ValueError("no marks")))
    with pytest.raises(SpeechRefused, match="SpeechMarks"):
        synthesize.handler(event, CONTEXT)
    assert keys.fragment_marks(made.fragments[0].hash) not in account.objects
    assert missing(made)[made.fragments[0].hash] == 1
