"""Amazon Polly's SynthesizeSpeech and DescribeVoices, spoken by eSpeak NG.

The wire is AWS's: names, limits, errors and status codes come from the service model polly/2016-06-10, which
botocore carries. The sound is a stand-in and every answer says so in ``x-millrace-engine``.
"""

from __future__ import annotations

import json
import os
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.cloud.http import Request, Response
from local.services.polly import encode, espeak, faults, marks, speech, ssml
from local.services.polly.errors import InvalidParameter, PollyError, Unreadable
from local.services.polly.lower import lower
from local.services.polly.throttle import Throttles
from local.services.polly.voices import Voice, languages, voices

MAX_CHARACTERS = 6000
MAX_BILLED_CHARACTERS = 3000
MARKED_ENGINES = frozenset({"standard", "neural", "long-form"})
"""Engines that give speech marks (Polly developer guide, "Speech marks")."""

THROTTLES = Throttles()
# More at a time only makes every one slower; the rest wait their turn and count as concurrent meanwhile.
_SLOTS = threading.BoundedSemaphore(2 * (os.cpu_count() or 2))


def handle(request: Request) -> Response:
    """Answer one Polly call; signature and permissions were checked before."""
    try:
        response = _route(request)
    except PollyError as error:
        response = Response(
            error.status,
            {"content-type": "application/json", "x-amzn-errortype": error.code},
            json.dumps({"message": error.message}).encode(),
        )
    named = {"x-amzn-requestid": str(uuid.uuid4()), "x-millrace-engine": espeak.NAME}
    return Response(response.status, {**response.headers, **named}, response.body)


def _route(request: Request) -> Response:
    if request.path == "/v1/speech" and request.method == "POST":
        return _synthesize_speech(request)
    if request.path == "/v1/voices" and request.method == "GET":
        return _describe_voices(request)
    if re.match(r"/v1/(lexicons|synthesisTasks|synthesisStream)(/|$)", request.path):
        raise PollyError(
            "NotImplementedLocally",
            f"The local Polly has SynthesizeSpeech and DescribeVoices, not {request.method} {request.path}.",
            501,
        )
    raise PollyError("UnknownOperationException", f"Polly has no {request.method} {request.path}.", 404)


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
    wish = _wish(_body(request))
    with THROTTLES.of(request.account, request.region).admit(wish.engine):
        faults.strike(wish.text)
        rate = _check(wish)
        pieces = _pieces(wish)
        billed = ssml.billed_characters(pieces)
        if billed > MAX_BILLED_CHARACTERS:
            raise _too_long()
        runs = lower(pieces, wish.language or wish.voice.language)
        with _SLOTS:
            sound = speech.speak(runs, wish.voice)
            if wish.output == "json":
                body = marks.speech_marks(sound, runs, wish.text, wish.marks)
            else:
                body = encode.encode(sound.samples, sound.rate, wish.output, rate, wish.voice.gain_db)
    faults.count(billed)
    form = encode.FORMATS[wish.output]
    return Response(200, {"content-type": form.content_type, "x-amzn-requestcharacters": str(billed)}, body)


@cache
def _shapes() -> dict[str, Any]:
    """The shapes of AWS's own model of Polly."""
    from botocore.loaders import Loader

    shapes: dict[str, Any] = Loader().load_service_model("polly", "service-2", "2016-06-10")["shapes"]
    return shapes


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, nested without end
        raise Unreadable("The request's body is not JSON.") from error
    if not isinstance(body, dict):
        raise Unreadable("The request's body is not a JSON object.")
    return body


def _wish(body: Mapping[str, Any]) -> _Wish:
    """Check every member against its shape, and say all that is wrong at once, as AWS does."""
    problems: list[str] = []
    members = _shapes()["SynthesizeSpeechInput"]["members"]
    values: dict[str, Any] = {}
    for name, member in members.items():
        values[name] = _member(name, member["shape"], body.get(name), problems)
    for name in _shapes()["SynthesizeSpeechInput"]["required"]:
        if values[name] is None:
            problems.append(_problem("null", name, "Member must not be null"))
    if problems:
        raise InvalidParameter(*problems)
    return _Wish(
        text=values["Text"],
        text_type=values["TextType"] or "text",
        voice=voices()[values["VoiceId"]],
        engine=values["Engine"] or "standard",
        language=values["LanguageCode"],
        output=values["OutputFormat"],
        rate=values["SampleRate"],
        lexicons=tuple(values["LexiconNames"] or ()),
        marks=tuple(values["SpeechMarkTypes"] or ()),
    )


def _member(name: str, shape_name: str, value: object, problems: list[str]) -> Any:
    """``value`` if it has the JSON type of its shape; what breaks a constraint is added to ``problems``."""
    if value is None:
        return None
    shape = _shapes()[shape_name]
    if shape["type"] == "list":
        if not isinstance(value, list):
            raise Unreadable(f"{name} must be a list.")
        if len(value) > shape["max"]:
            limit = f"Member must have length less than or equal to {shape['max']}"
            problems.append(_problem(value, name, limit))
        return [_member(name, shape["member"]["shape"], item, problems) for item in value if item is not None]
    if not isinstance(value, str):
        raise Unreadable(f"{name} must be a string.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Unreadable(f"{name} holds half of a surrogate pair, which is no character.") from error
    if "enum" in shape and value not in shape["enum"]:
        members = ", ".join(shape["enum"])
        problems.append(_problem(value, name, f"Member must satisfy enum value set: [{members}]"))
    if "pattern" in shape and not re.fullmatch(shape["pattern"], value):
        rule = f"Member must satisfy regular expression pattern: {shape['pattern']}"
        problems.append(_problem(value, name, rule))
    return value


def _problem(value: object, name: str, constraint: str) -> str:
    shown = "Value null" if value == "null" else f"Value '{value}'"
    return f"{shown} at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: {constraint}"


def _check(wish: _Wish) -> int:
    """Rules between members; the sample rate in Hz."""
    if len(wish.text) > MAX_CHARACTERS:
        raise _too_long()
    if wish.engine not in wish.voice.engines:
        raise PollyError(
            "EngineNotSupportedException", f"This voice does not support the selected engine: {wish.engine}"
        )
    if wish.language is not None and wish.language not in (wish.voice.language, *wish.voice.also):
        raise PollyError(
            "LanguageNotSupportedException",
            f"The voice {wish.voice.id} does not support the selected language: {wish.language}",
        )
    if wish.lexicons:
        # No lexicon can be stored here, so none can be found.
        raise PollyError("LexiconNotFoundException", f"Lexicon not found: {wish.lexicons[0]}", 404)
    _check_marks(wish)
    form = encode.FORMATS[wish.output]
    rate = wish.rate or str(form.default[wish.engine])
    if rate not in {str(valid) for valid in form.rates}:
        raise PollyError("InvalidSampleRateException", "The specified sample rate is not valid.")
    return int(rate)


def _check_marks(wish: _Wish) -> None:
    if wish.marks and wish.engine not in MARKED_ENGINES:
        # The guide names the engines that have marks, but not this error; it is the one of Polly's own about engines.
        raise PollyError(
            "EngineNotSupportedException", f"Speech marks are not supported for the selected engine: {wish.engine}"
        )
    if wish.marks and wish.output != "json":
        raise PollyError(
            "MarksNotSupportedForFormatException",
            f"Speech marks are not supported for the selected OutputFormat: {wish.output}",
        )
    if wish.output == "json" and not wish.marks:
        raise InvalidParameter(
            _problem("null", "SpeechMarkTypes", "Member must not be null where OutputFormat is json")
        )
    if "ssml" in wish.marks and wish.text_type != "ssml":
        raise PollyError(
            "SsmlMarksNotSupportedForTextTypeException",
            "SSML speech marks are not supported for plain text-type input.",
        )


def _pieces(wish: _Wish) -> list[ssml.Piece]:
    if wish.text_type == "ssml":
        return ssml.parse(wish.text, wish.engine, wish.voice.id)
    return ssml.plain(wish.text)


def _too_long() -> PollyError:
    return PollyError("TextLengthExceededException", "Maximum text length has been exceeded")


def _describe_voices(request: Request) -> Response:
    problems: list[str] = []
    shapes = {"Engine": "Engine", "LanguageCode": "LanguageCode"}
    given = {name: _first(request, name) for name in (*shapes, "NextToken")}
    for name, shape in shapes.items():
        _member(name, shape, given[name], problems)
    also = (_first(request, "IncludeAdditionalLanguageCodes") or "false").lower()
    if also not in ("true", "false"):
        problems.append(_problem(also, "IncludeAdditionalLanguageCodes", "Member must be true or false"))
    if problems:
        raise InvalidParameter(*problems)
    if given["NextToken"]:
        # Every answer is whole, so no token was ever given out.
        raise PollyError(
            "InvalidNextTokenException",
            "The NextToken is invalid. Verify that it's spelled correctly, and then try again.",
        )
    found = [
        _described(voice)
        for voice in voices().values()
        if given["Engine"] in (None, *voice.engines)
        and given["LanguageCode"] in (None, voice.language, *(voice.also if also == "true" else ()))
    ]
    return Response(200, {"content-type": "application/json"}, json.dumps({"Voices": found}).encode())


def _first(request: Request, name: str) -> str | None:
    values = request.query.get(name)
    return values[0] if values else None


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
