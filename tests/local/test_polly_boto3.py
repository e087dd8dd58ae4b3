"""A real boto3 client against the engine over HTTP: what is answered is what botocore reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.http import Request
from local.services.polly import service
from tests.local.polly_builders import frames


class _Front(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = service.handle(
            Request(self.command, url.path, parse_qs(url.query), headers, body, "us-east-1", "123456789012")
        )
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = _answer  # noqa: N815 - the names http.server calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Front) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield boto3.session.Session().client(
            "polly",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )
        server.shutdown()
        thread.join()


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
