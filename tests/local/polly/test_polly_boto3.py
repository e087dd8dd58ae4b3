"""A real boto3 client against the engine over HTTP: what is answered is what botocore reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.services.polly import service
from tests.local.engine_client import engine_client
from tests.local.polly.builders import frames


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("polly", service.handle) as made:
        yield made


def test_speech(client: Any) -> None:
    answer = client.synthesize_speech(
        Text="<speak>Mary had a <break/>lamb.</speak>",
        TextType="ssml",
        VoiceId="Joanna",
        Engine="neural",
        OutputFormat="mp3",
    )
    assert answer["ContentType"] == "audio/mpeg"
    assert answer["RequestCharacters"] == len("Mary had a lamb.")
    with answer["AudioStream"] as stream:
        assert len(frames(stream.read()[45:])) > 40


def test_voices(client: Any) -> None:
    answer = client.describe_voices(Engine="neural", LanguageCode="en-IN", IncludeAdditionalLanguageCodes=True)
    assert [voice["Id"] for voice in answer["Voices"]] == ["Kajal"]
    assert len(client.describe_voices()["Voices"]) > 100


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"TextType": "ssml"}, "InvalidSsmlException"),
        ({"SampleRate": "1"}, "InvalidSampleRateException"),
        ({"VoiceId": "Nobody"}, "ValidationException"),
        ({"LexiconNames": ["w3c"]}, "LexiconNotFoundException"),
        ({"Text": "a" * 3001}, "TextLengthExceededException"),
        ({"Engine": "long-form"}, "EngineNotSupportedException"),
    ],
)
def test_errors_have_the_classes_of_the_client(client: Any, members: dict[str, Any], name: str) -> None:
    wish = {"Text": "Hello.", "VoiceId": "Joanna", "Engine": "neural", "OutputFormat": "mp3", **members}
    with pytest.raises(ClientError) as caught:
        client.synthesize_speech(**wish)
    assert caught.value.response["Error"]["Code"] == name
    if hasattr(client.exceptions, name):
        assert isinstance(caught.value, getattr(client.exceptions, name))
    assert caught.value.response["ResponseMetadata"]["RequestId"]
