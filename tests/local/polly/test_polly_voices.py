"""The table of voices, and DescribeVoices."""

from __future__ import annotations

import json

import pytest
from botocore.loaders import Loader

from local.services.polly import service
from local.services.polly.voices import languages, voices
from tests.local.polly.builders import error, pcm_seconds, request, speak

SHAPES = Loader().load_service_model("polly", "service-2")["shapes"]


def describe(**query: str) -> list[dict[str, object]]:
    response = service.handle(request("GET", "/v1/voices", **query))
    assert response.status == 200, response.body
    found: list[dict[str, object]] = json.loads(response.body)["Voices"]
    return found


def test_every_voice_id_of_the_service_model_is_in_the_table_and_no_other() -> None:
    assert set(voices()) == set(SHAPES["VoiceId"]["enum"])


def test_every_language_and_engine_is_one_of_the_service_models() -> None:
    assert set(languages()) == set(SHAPES["LanguageCode"]["enum"])
    for voice in voices().values():
        assert {voice.language, *voice.also} <= set(languages())
        assert voice.engines
        assert set(voice.engines) <= set(SHAPES["Engine"]["enum"])
        assert voice.gender in SHAPES["Gender"]["enum"]


def test_every_language_has_a_voice() -> None:
    assert {code for voice in voices().values() for code in (voice.language, *voice.also)} == set(languages())


def test_no_two_voices_share_a_sound() -> None:
    sounds = [(languages()[v.language].espeak, v.variant, v.pitch) for v in voices().values()]
    assert len(set(sounds)) == len(sounds)


@pytest.mark.parametrize("code", sorted(languages()))
def test_every_language_can_be_spoken(code: str) -> None:
    voice = next(v for v in voices().values() if code in (v.language, *v.also))
    members = {"Engine": voice.engines[0], "VoiceId": voice.id, "LanguageCode": code, "OutputFormat": "pcm"}
    assert pcm_seconds(speak("1 2 3", **members)) > 0.5


def test_describe_voices_answers_in_the_shape_of_the_model() -> None:
    found = describe()
    assert len(found) == len(voices())
    members = set(SHAPES["Voice"]["members"])
    assert all(set(voice) <= members for voice in found)
    aditi = next(voice for voice in found if voice["Id"] == "Aditi")
    assert aditi == {
        "Gender": "Female",
        "Id": "Aditi",
        "LanguageCode": "en-IN",
        "LanguageName": "Indian English",
        "Name": "Aditi",
        "SupportedEngines": ["standard"],
        "AdditionalLanguageCodes": ["hi-IN"],
    }
    assert next(voice for voice in found if voice["Id"] == "Lea")["Name"] == "Léa"


def test_describe_voices_filters() -> None:
    assert {voice["LanguageCode"] for voice in describe(LanguageCode="de-DE")} == {"de-DE"}
    assert {voice["Id"] for voice in describe(Engine="long-form")} == {"Danielle", "Gregory", "Ruth"}
    assert {voice["Id"] for voice in describe(Engine="neural", LanguageCode="de-DE")} == {"Vicki", "Daniel"}
    assert describe(LanguageCode="hi-IN") == []
    both = describe(LanguageCode="hi-IN", IncludeAdditionalLanguageCodes="true")
    assert {voice["Id"] for voice in both} == {"Aditi", "Kajal"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"Engine": "turbo"}, "400 ValidationException"),
        ({"LanguageCode": "tlh"}, "400 ValidationException"),
        ({"IncludeAdditionalLanguageCodes": "maybe"}, "400 ValidationException"),
        ({"NextToken": "made up"}, "400 InvalidNextTokenException"),
    ],
)
def test_describe_voices_refuses(query: dict[str, str], expected: str) -> None:
    assert error(service.handle(request("GET", "/v1/voices", **query))) == expected
