"""Amazon Polly's SynthesizeSpeech and DescribeVoices, spoken by eSpeak NG.

The wire is AWS's: names, limits, errors and status codes come from the service model polly/2016-06-10, which
botocore carries. The sound is a stand-in and every answer says so in ``x-millrace-engine``.
"""

from __future__ import annotations

import os
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud.http import Request, Response, as_json
from local.services.errors import InvalidMembers, ServiceError
from local.services.polly import encode, espeak, lexicons, marks, speech, ssml, switches
from local.services.polly.engines import engines
from local.services.polly.lower import Run, lower
from local.services.polly.voices import Voice, languages, voices
from local.services.shapes import ServiceModel, json_object, problem

MAX_CHARACTERS = 6000
MAX_BILLED_CHARACTERS = 3000
MARKED_ENGINES = frozenset({"standard", "neural", "long-form"})
"""Engines that give speech marks (Polly developer guide, "Speech marks")."""

MODEL = ServiceModel("polly", "2016-06-10")
control = switches.control
# More at a time only makes every one slower; the rest wait their turn and count as concurrent meanwhile.
_SLOTS = threading.BoundedSemaphore(2 * (os.cpu_count() or 2))


def handle(request: Request) -> Response:
    """Answer one Polly call; signature and permissions were checked before."""
    named = {"x-amzn-requestid": str(uuid.uuid4()), "x-millrace-engine": espeak.NAME}
    try:
        response = _route(request)
    except ServiceError as error:
        return error.response(named)
    return Response(response.status, {**response.headers, **named}, response.body)


def _route(request: Request) -> Response:
    if request.path == "/v1/speech" and request.method == "POST":
        return _synthesize_speech(request)
    if request.path == "/v1/voices" and request.method == "GET":
        return _describe_voices(request)
    if found := re.fullmatch(r"/v1/lexicons(?:/([^/]+))?", request.path):
        return _lexicons(request, found[1])
    if re.match(r"/v1/(synthesisTasks|synthesisStream)(/|$)", request.path):
        raise ServiceError(
            "NotImplementedLocally",
            f"The local Polly has SynthesizeSpeech, DescribeVoices and lexicons, not {request.method} {request.path}.",
            501,
        )
    raise ServiceError("UnknownOperationException", f"Polly has no {request.method} {request.path}.", 404)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A SynthesizeSpeech request whose members each fit their shape."""

    text: str
    text_type: str
    voice: Voice
    engine: str
    language: str | None
    output: str
    rate: str | None
    lexicons: tuple[str, ...]
    marks: tuple[str, ...]


def _synthesize_speech(request: Request) -> Response:
    wish = _wish(MODEL.read("SynthesizeSpeech", request.body))
    with switches.THROTTLES.of(request.account, request.region).running(wish.engine):
        silent = switches.strike(wish.text)
        rate = _check(wish)
        pieces = _pieces(wish)
        billed = ssml.billed_characters(pieces)
        if billed > MAX_BILLED_CHARACTERS:
            raise _too_long()
        language = wish.language or wish.voice.language
        known = lexicons.STORE.of(request.account, request.region)
        runs = lower(known.applied(pieces, wish.lexicons, language), language)
        with _SLOTS:
            body = b"" if silent else _body(wish, runs, rate)
    switches.USAGE.count(requests=1, characters=billed)
    form = encode.FORMATS[wish.output]
    return Response(200, {"content-type": form.content_type, "x-amzn-requestcharacters": str(billed)}, body)


def _body(wish: _Wish, runs: list[Run], rate: int) -> bytes:
    engine = engines()[wish.engine]
    sound = speech.speak(runs, wish.voice, engine)
    if wish.output == "json":
        return marks.speech_marks(sound, runs, wish.text, wish.marks)
    return encode.encode(sound.samples, sound.rate, wish.output, rate, engine.gain_db(wish.voice), wish.engine)


def _wish(members: Mapping[str, Any]) -> _Wish:
    return _Wish(
        text=members["Text"],
        text_type=members.get("TextType", "text"),
        voice=voices()[members["VoiceId"]],
        engine=members.get("Engine", "standard"),
        language=members.get("LanguageCode"),
        output=members["OutputFormat"],
        rate=members.get("SampleRate"),
        lexicons=tuple(members.get("LexiconNames", ())),
        marks=tuple(members.get("SpeechMarkTypes", ())),
    )


def _check(wish: _Wish) -> int:
    """Rules between members; the sample rate in Hz."""
    if len(wish.text) > MAX_CHARACTERS:
        raise _too_long()
    if wish.engine not in wish.voice.engines:
        raise ServiceError(
            "EngineNotSupportedException", f"This voice does not support the selected engine: {wish.engine}"
        )
    if wish.language is not None and wish.language not in (wish.voice.language, *wish.voice.also):
        raise ServiceError(
            "LanguageNotSupportedException",
            f"The voice {wish.voice.id} does not support the selected language: {wish.language}",
        )
    _check_marks(wish)
    form = encode.FORMATS[wish.output]
    rate = wish.rate or str(form.default or engines()[wish.engine].sample_rate)
    if rate not in {str(valid) for valid in form.rates}:
        raise ServiceError("InvalidSampleRateException", "The specified sample rate is not valid.")
    return int(rate)


def _check_marks(wish: _Wish) -> None:
    if wish.marks and wish.engine not in MARKED_ENGINES:
        # The guide names the engines that have marks, but not this error; it is the one of Polly's own about engines.
        raise ServiceError(
            "EngineNotSupportedException", f"Speech marks are not supported for the selected engine: {wish.engine}"
        )
    if wish.marks and wish.output != "json":
        raise ServiceError(
            "MarksNotSupportedForFormatException",
            f"Speech marks are not supported for the selected OutputFormat: {wish.output}",
        )
    if wish.output == "json" and not wish.marks:
        raise InvalidMembers(problem(None, "speechMarkTypes", "Member must not be null where OutputFormat is json"))
    if "ssml" in wish.marks and wish.text_type != "ssml":
        raise ServiceError(
            "SsmlMarksNotSupportedForTextTypeException",
            "SSML speech marks are not supported for plain text-type input.",
        )


def _pieces(wish: _Wish) -> list[ssml.Piece]:
    if wish.text_type == "ssml":
        return ssml.parse(wish.text, wish.engine, wish.voice.id)
    return ssml.plain(wish.text)


def _too_long() -> ServiceError:
    return ServiceError("TextLengthExceededException", "Maximum text length has been exceeded")


def _lexicons(request: Request, name: str | None) -> Response:
    known = lexicons.STORE.of(request.account, request.region)
    if name is None and request.method == "GET":
        return as_json(200, {"Lexicons": known.described()})
    if name is not None and request.method == "PUT":
        content = MODEL.members("PutLexicon", {**json_object(request.body), "Name": name})["Content"]
        known.put(name, content)
        return as_json(200, {})
    if name is not None and request.method == "GET":
        return as_json(200, known.get(name))
    if name is not None and request.method == "DELETE":
        known.delete(name)
        return as_json(200, {})
    raise ServiceError("UnknownOperationException", f"Polly has no {request.method} {request.path}.", 404)


def _describe_voices(request: Request) -> Response:
    query = {name: values[0] for name, values in request.query.items()}
    also = query.get("IncludeAdditionalLanguageCodes", "false").lower()
    if also not in ("true", "false"):
        raise InvalidMembers(problem(also, "includeAdditionalLanguageCodes", "Member must be true or false"))
    members = MODEL.members("DescribeVoices", {**query, "IncludeAdditionalLanguageCodes": also == "true"})
    if members.get("NextToken"):
        # Every answer is whole, so no token was ever given out.
        raise ServiceError(
            "InvalidNextTokenException",
            "The NextToken is invalid. Verify that it's spelled correctly, and then try again.",
        )
    described = [
        _described(voice)
        for voice in voices().values()
        if members.get("Engine") in (None, *voice.engines)
        and members.get("LanguageCode") in (None, voice.language, *(voice.also if also == "true" else ()))
    ]
    return as_json(200, {"Voices": described})


def _described(voice: Voice) -> dict[str, Any]:
    described: dict[str, Any] = {
        "Gender": voice.gender,
        "Id": voice.id,
        "LanguageCode": voice.language,
        "LanguageName": languages()[voice.language].name,
        "Name": voice.name,
        "SupportedEngines": list(voice.engines),
    }
    if voice.also:
        described["AdditionalLanguageCodes"] = list(voice.also)
    return described
