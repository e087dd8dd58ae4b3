from __future__ import annotations

import json

import pytest

from common import aws as common_aws
from narration.handlers import plan
from narration.model import Pointer
from narration.publishing import keys, plan_documents, pointers
from narration.speech import polly
from tests.unit.narration.builders import article_message, encoded
from tests.unit.narration.fake_aws import FakeAws
from tests.unit.narration.test_protocol import CONTEXT, ENVIRONMENT

ONE = "Der Rat tagt heute. Wer zahlt, ist offen."
TWO = "Am Montag geht es weiter. Niemand fragt danach."


@pytest.fixture
def aws(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    fake = FakeAws()
    monkeypatch.setattr(common_aws, "client", fake.client)
    polly.offered.cache_clear()
    return fake


@pytest.fixture
def counted(monkeypatch):
    counts = {}

    def count(name, value=1, **split):
        counts[name] = (value, split)

    monkeypatch.setattr(plan, "count", count)
    return counts


def message(**changes):
    changes = {"paragraphs": [{"kind": "text", "text": ONE}, {"kind": "text", "text": TWO}], **changes}
    return encoded(article_message(**changes))


def run(aws, body):
    common_aws.client("s3").put_object(Bucket="audio", Key="inbox/m.json", Body=body)
    answer = plan.handler({"message": "inbox/m.json"}, CONTEXT)
    stored = aws.objects[keys.plan(answer["edition"])]
    return answer, plan_documents.load(json.loads(stored.body))


def speak(aws, made, *texts):
    for item in made.items:
        if item.text in texts:
            common_aws.client("s3").put_object(Bucket="audio", Key=keys.fragment_sidecar(item.fragment), Body=b"{}")


def test_an_edited_sentence_is_all_that_is_missing(aws, counted, monkeypatch):
    monkeypatch.setenv("GRANULARITY", "sentence")
    _, made = run(aws, message())
    speak(aws, made, *[item.text for item in made.items])
    edited = TWO.replace("Niemand", "Jeder")
    answer, made = run(
        aws, message(version=8, paragraphs=[{"kind": "text", "text": ONE}, {"kind": "text", "text": edited}])
    )
    assert made.options.granularity == "sentence"
    assert answer["counts"]["requested"] - answer["counts"]["reused"] == len("Jeder fragt danach.")
    assert counted["CharactersRequested"] == (len(ONE + edited) - 2, {"engine": "neural"})  # two cuts took a space each
    assert counted["CharactersByParagraph"] == (len(edited) - 1, {"engine": "neural"})


def test_in_paragraph_mode_both_ways_to_count_are_one(aws, counted):
    answer, made = run(aws, message())
    assert [item.text for item in made.items] == [ONE, TWO]
    assert counted["CharactersByParagraph"] == counted["CharactersRequested"] == (len(ONE + TWO), {"engine": "neural"})
    assert answer["counts"]["reused"] == 0


def test_a_fallback_is_kept_in_the_plan_and_counted(aws, counted):
    _, made = run(aws, message(engine="long-form"))
    assert made.voice_fallback == "Vicki has no engine long-form here; neural was taken."
    assert {fragment.engine for fragment in made.fragments} == {"neural"}
    assert counted["VoiceFallbacks"] == (1, {})
    _, made = run(aws, message(version=8))
    assert made.voice_fallback is None
    assert counted["VoiceFallbacks"] == (0, {})


def test_a_replaced_sound_does_not_speak_the_article_as_new_parameters_would(aws, counted, monkeypatch):
    """The promise is 0 billed; Granularity and SpeechMarks wait for the next version."""
    s3 = common_aws.client("s3")
    s3.put_object(Bucket="audio", Key="sounds/gong.wav", Body=b"old")
    told = [{"kind": "text", "text": ONE}, {"kind": "sound", "sound": "sounds/gong.wav"}]
    answer, made = run(aws, message(paragraphs=told))
    for fragment in made.fragments:
        s3.put_object(Bucket="audio", Key=keys.fragment_sidecar(fragment.hash), Body=b"{}")
    pointer = Pointer(answer["article"], answer["version"], "published", answer["edition"], "inbox/m.json")
    s3.put_object(Bucket="audio", Key=keys.pointer(answer["article"]), Body=pointers.dump(pointer))
    monkeypatch.setenv("GRANULARITY", "sentence")
    monkeypatch.setenv("MARKS", "word")
    s3.put_object(Bucket="audio", Key="sounds/gong.wav", Body=b"new")
    answer, again = run(aws, message(paragraphs=told))
    assert (answer["action"], answer["ranges"]) == ("remerge", [])
    assert again.options == made.options
    assert again.fragments == made.fragments
