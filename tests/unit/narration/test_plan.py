from __future__ import annotations

import json

import pytest

from common import aws as common_aws
from narration.errors import VersionConflict
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


def run(aws, body, key="inbox/m.json"):
    common_aws.client("s3").put_object(Bucket="audio", Key=key, Body=body)
    answer = plan.handler({"message": key}, CONTEXT)
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


def test_a_replaced_sound_does_not_read_the_article_as_a_new_profile_would(aws, counted):
    """Nor by a new lexicon; both hold from the next version on."""
    s3 = common_aws.client("s3")
    told = [{"kind": "text", "text": f"{ONE} [1] SQL"}, {"kind": "sound", "sound": "sounds/gong.wav"}]
    s3.put_object(Bucket="audio", Key="sounds/gong.wav", Body=b"old")
    answer, made = run(aws, message(paragraphs=told))
    assert counted["PartsLeftOut"] == (1, {"rule": "footnotes"})
    pointer = Pointer(answer["article"], answer["version"], "published", answer["edition"], "inbox/m.json")
    s3.put_object(Bucket="audio", Key=keys.pointer(answer["article"]), Body=pointers.dump(pointer))
    own = b'[rule.footnotes]\noff = true\n[[word]]\ntext = "SQL"\nalias = "Sequel"\n[pauses]\nsound = 50\n'
    s3.put_object(Bucket="audio", Key=keys.PROFILE, Body=own)
    s3.put_object(Bucket="audio", Key=keys.lexicon("de-DE"), Body=b"<lexicon/>")
    s3.put_object(Bucket="audio", Key="sounds/gong.wav", Body=b"new")
    answer, again = run(aws, message(paragraphs=told))
    assert answer["action"] == "remerge"
    assert (again.fragments, again.reading) == (made.fragments, made.reading)
    answer, newer = run(aws, message(version=8, paragraphs=told), "inbox/n.json")
    assert answer["action"] == "synthesize"
    assert newer.reading != made.reading
    assert newer.items[0].pause == 50
    (fragment,) = newer.fragments
    assert "[1] <sub" in fragment.ssml
    assert len(fragment.lexicons) == 1


def test_changed_rules_plan_a_text_anew_and_bill_nothing_where_it_sounds_the_same(aws, counted):
    s3 = common_aws.client("s3")
    answer, made = run(aws, message())
    pointer = Pointer(answer["article"], answer["version"], "published", answer["edition"], "inbox/m.json")
    s3.put_object(Bucket="audio", Key=keys.pointer(answer["article"]), Body=pointers.dump(pointer))
    s3.put_object(Bucket="audio", Key=keys.PROFILE, Body=b"[rule.footnotes]\noff = true\n")
    answer, newer = run(aws, message(version=8), "inbox/n.json")
    assert answer["action"] == "retag"
    assert newer.audio == made.audio


def test_an_estimate_tells_what_another_voice_would_bill_and_leaves_nothing_behind(aws):
    before = dict(aws.objects)
    body = message().decode()
    told = plan.handler({"estimate": body}, CONTEXT)
    assert told["characters"] == told["requested"] == len(ONE) + len(TWO)
    assert {key.rpartition("/")[0] for key in aws.objects.keys() - before.keys()} == {"reading/kept"}, (
        "no plan, no wish"
    )
    _, made = run(aws, body.encode())
    speak(aws, made, ONE)
    assert plan.handler({"estimate": body}, CONTEXT)["characters"] == len(TWO), "what is spoken is kept"
    other = message(voice="Joanna", language="en-US").decode()
    assert plan.handler({"estimate": other}, CONTEXT)["voice"] == "Joanna"


def test_an_estimate_of_what_would_be_refused_is_an_answer_and_no_error_of_the_function(aws):
    """A dry run rings no alarm."""
    assert plan.handler({"estimate": "{}"}, CONTEXT)["refused"] == "InvalidArticle"
    refused = plan.handler({"estimate": message(voice="Nobody").decode()}, CONTEXT)
    assert refused["refused"] == "UnknownVoice"
    assert refused["sentence"].startswith("Polly has no voice")


def published(aws, body, key):
    """What is published by this message, once it is spoken; the key of the message."""
    answer, _ = run(aws, body, key)
    revision = int(answer["action"] == "remerge")
    pointer = Pointer(answer["article"], answer["version"], "published", answer["edition"], key, False, revision)
    common_aws.client("s3").put_object(Bucket="audio", Key=keys.pointer("harbour-7"), Body=pointers.dump(pointer))
    return key


def replay_of(key, **changes):
    return message(priority="low", replays=key, **changes)


@pytest.fixture
def replayed(aws, counted):
    """A message and two replays of it, one by the other."""
    names = [f"inbox/{digit * 40}.json" for digit in "abc"]
    published(aws, message(), names[0])
    published(aws, replay_of(names[0], voice="Daniel"), names[1])
    published(aws, replay_of(names[1], voice="Vicki", engine="standard"), names[2])
    return names


@pytest.mark.parametrize("again", [message(), message(priority="high"), encoded(json.loads(message()) | {"more": 1})])
def test_the_publishers_own_message_once_more_repeats_what_is_replayed_by_now(aws, replayed, again):
    common_aws.client("s3").put_object(Bucket="audio", Key="inbox/late.json", Body=again)
    assert plan.handler({"message": "inbox/late.json"}, CONTEXT)["action"] == "nothing"


def test_a_replay_that_comes_late_once_more_repeats_it_too(aws, replayed):
    assert plan.handler({"message": replayed[1]}, CONTEXT)["action"] == "nothing"
    assert plan.handler({"message": replayed[2]}, CONTEXT)["action"] == "nothing"


@pytest.mark.parametrize(
    "other",
    [
        message(title="Anders"),
        message(voice="Vicki", engine="neural"),  # the publisher's own wish, which this version did not have
        replay_of("inbox/" + "c" * 40 + ".json", voice="Daniel", title="Anders"),
        replay_of("inbox/" + "a" * 40 + ".json", voice="Daniel", engine="neural"),
    ],
)
def test_what_says_something_else_under_the_version_of_a_replay_is_refused(aws, replayed, other):
    """``replays`` lets voice and engine differ, and nothing else, and only from what is published."""
    common_aws.client("s3").put_object(Bucket="audio", Key="inbox/other.json", Body=other)
    with pytest.raises(VersionConflict):
        plan.handler({"message": "inbox/other.json"}, CONTEXT)


def test_a_body_in_s3_that_was_changed_meanwhile_is_no_repeat(aws, counted):
    s3, told = common_aws.client("s3"), {"paragraphs": None, "body_s3": "s3://audio/inbox/bodies/1.html"}
    s3.put_object(Bucket="audio", Key="inbox/bodies/1.html", Body=b"<p>Eins.</p>")
    first = published(aws, message(**told), "inbox/" + "a" * 40 + ".json")
    published(aws, replay_of(first, voice="Daniel", **told), "inbox/" + "b" * 40 + ".json")
    assert plan.handler({"message": first}, CONTEXT)["action"] == "nothing"
    s3.put_object(Bucket="audio", Key="inbox/bodies/1.html", Body=b"<p>Zwei.</p>")
    with pytest.raises(VersionConflict):
        plan.handler({"message": first}, CONTEXT)


def test_without_the_message_that_was_replayed_nothing_can_be_said(aws, replayed):
    del aws.objects[replayed[0]]
    common_aws.client("s3").put_object(Bucket="audio", Key="inbox/late.json", Body=message())
    with pytest.raises(VersionConflict):
        plan.handler({"message": "inbox/late.json"}, CONTEXT)


def test_an_estimate_tells_whether_it_would_change_anything(aws, counted, monkeypatch):
    """A replay without a voice speaks by the parameters of now; where those are the same there is nothing to send."""
    key = published(aws, message(), "inbox/" + "a" * 40 + ".json")
    again = replay_of(key).decode()
    assert plan.handler({"estimate": again}, CONTEXT)["same"] is True
    monkeypatch.setenv("GRANULARITY", "sentence")
    assert plan.handler({"estimate": again}, CONTEXT)["same"] is False
    assert plan.handler({"estimate": message(version=8).decode()}, CONTEXT)["same"] is False
