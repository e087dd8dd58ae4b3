# ruff: noqa: RUF001 - the dash is meant
"""SynthesizeSpeech: formats, the layout of Polly's MP3, limits, errors, speech marks."""

from __future__ import annotations

import json

import pytest

from local.services.polly import encode, service
from tests.local.polly.builders import SENTENCE, error, frames, hear, marks, pcm_seconds, request, speak, ssml

# -- the MP3 --------------------------------------------------------------------------------------------------


def test_an_mp3_begins_with_pollys_45_bytes() -> None:
    body = speak().body
    assert body[:10] == b"ID3\x04\x00\x00\x00\x00\x00\x23"
    assert body[10:45] == b"TSSE\x00\x00\x00\x0f\x00\x00\x03Lavf58.76.100\x00" + bytes(10)


def test_an_mp3_is_frames_of_24_khz_mono_48_kbit_and_nothing_else() -> None:
    found = frames(speak().body[45:])
    assert {(f.version, f.layer, f.sample_rate, f.channels, f.bitrate) for f in found} == {(2, 3, 24000, 1, 48)}
    assert {len(f.body) for f in found} == {144}


def test_an_mp3_has_no_xing_frame_and_starts_with_an_empty_reservoir() -> None:
    found = frames(speak().body[45:])
    assert not any(tag in f.body[:40] for f in found for tag in (b"Xing", b"Info", b"VBRI"))
    assert found[0].back == 0
    # As on the real files nearly all the others reach back: files join as wholes, never from the middle.
    assert sum(f.back > 0 for f in found) > 0.9 * len(found)


def test_the_same_request_gives_the_same_bytes_whatever_was_said_before() -> None:
    first = speak("One and the same.").body
    speak("Something else entirely, and longer.", VoiceId="Vicki")
    assert speak("One and the same.").body == first


@pytest.mark.parametrize("output", ["ogg_vorbis", "ogg_opus", "pcm", "mulaw", "alaw"])
def test_every_format_repeats_to_the_byte(output: str) -> None:
    assert speak(OutputFormat=output).body == speak(OutputFormat=output).body


@pytest.mark.parametrize(
    ("output", "content_type", "start"),
    [
        ("mp3", "audio/mpeg", b"ID3"),
        ("ogg_vorbis", "audio/ogg", b"OggS"),
        ("ogg_opus", "audio/ogg", b"OggS"),
        ("pcm", "audio/pcm", b""),
        ("mulaw", "audio/mulaw", b""),
        ("alaw", "audio/alaw", b""),
    ],
)
def test_each_format_has_its_content_type_and_sound(output: str, content_type: str, start: bytes) -> None:
    response = speak(OutputFormat=output)
    assert response.headers["content-type"] == content_type
    assert response.body.startswith(start)
    assert len(response.body) > 10_000


def test_formats_last_equally_long() -> None:
    seconds = pcm_seconds(speak(OutputFormat="pcm"))
    assert hear(speak(OutputFormat="mp3").body).seconds == pytest.approx(seconds, abs=0.1)
    assert hear(speak(OutputFormat="ogg_vorbis").body).seconds == pytest.approx(seconds, abs=0.02)
    assert hear(speak(OutputFormat="ogg_opus").body).seconds == pytest.approx(seconds, abs=0.02)
    assert len(speak(OutputFormat="alaw").body) / 8000 == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize(
    ("engine", "voice", "rate"),
    [
        (None, "Joanna", 22050),
        ("standard", "Joanna", 22050),
        ("neural", "Joanna", 24000),
        ("long-form", "Ruth", 24000),
        ("generative", "Ruth", 24000),
    ],
)
def test_the_default_sample_rate_is_the_engines(engine: str | None, voice: str, rate: int) -> None:
    response = speak("Hello.", Engine=engine, VoiceId=voice)
    assert {f.sample_rate for f in frames(response.body[45:])} == {rate}


@pytest.mark.parametrize("rate", ["8000", "16000", "22050", "24000", "44100", "48000"])
def test_an_mp3_has_the_sample_rate_asked_for(rate: str) -> None:
    assert {f.sample_rate for f in frames(speak("Hello.", SampleRate=rate).body[45:])} == {int(rate)}


@pytest.mark.parametrize(
    ("output", "rate"),
    [
        ("pcm", "22050"),
        ("pcm", "24000"),
        ("ogg_opus", "24000"),
        ("mulaw", "16000"),
        ("mp3", "11025"),
        ("mp3", "x"),
    ],
)
def test_other_sample_rates_are_refused(output: str, rate: str) -> None:
    assert error(speak(OutputFormat=output, SampleRate=rate)) == "400 InvalidSampleRateException"


# -- what is heard --------------------------------------------------------------------------------------------


def test_voices_of_one_language_all_sound_different() -> None:
    names = ("Joanna", "Kendra", "Kimberly", "Salli", "Ruth", "Danielle", "Ivy")
    names += ("Matthew", "Joey", "Justin", "Kevin", "Stephen", "Gregory")
    assert len({speak("Hello there.", VoiceId=name, OutputFormat="pcm").body for name in names}) == len(names)


def test_each_language_is_spoken_by_its_own_rules() -> None:
    text = "Restaurant garage information 25"
    chosen = ("Joanna", "Vicki", "Lea", "Bianca", "Lucia", "Olivia", "Laura", "Ola", "Ida", "Suvi")
    assert len({speak(text, VoiceId=name, OutputFormat="pcm").body for name in chosen}) == len(chosen)


def test_lang_switches_the_language_but_not_the_speaker() -> None:
    foreign = ssml('<lang xml:lang="de-DE">Guten Tag, ich bin Jürgen.</lang>', OutputFormat="pcm").body
    assert foreign != ssml("Guten Tag, ich bin Jürgen.", OutputFormat="pcm").body
    assert foreign != speak("Guten Tag, ich bin Jürgen.", VoiceId="Daniel", OutputFormat="pcm").body


def test_a_break_lasts_as_long_as_it_says() -> None:
    without = pcm_seconds(ssml("Hello there. Goodbye.", OutputFormat="pcm"))
    for place in ('<break time="3s"/>Hello there. Goodbye.', 'Hello there. Goodbye.<break time="3000ms"/>'):
        assert pcm_seconds(ssml(place, OutputFormat="pcm")) == pytest.approx(without + 3, abs=0.01)
    inside = 'Hello there. <break time="3s"/>Goodbye.'
    assert pcm_seconds(ssml(inside, OutputFormat="pcm")) == pytest.approx(without + 3, abs=0.5)


def test_prosody_rate_and_volume_are_heard() -> None:
    normal = hear(ssml(SENTENCE).body)
    slow = hear(ssml(f'<prosody rate="50%">{SENTENCE}</prosody>').body)
    assert slow.seconds > 1.7 * normal.seconds
    soft = hear(ssml(f'<prosody volume="-6dB">{SENTENCE}</prosody>').body)
    assert soft.loudness == pytest.approx(normal.loudness - 6, abs=0.7)
    loud = hear(ssml(f'<prosody volume="+6dB">{SENTENCE}</prosody>').body)
    assert loud.loudness == pytest.approx(normal.loudness + 6, abs=0.7)


def test_paragraphs_are_further_apart_than_sentences() -> None:
    sentences = pcm_seconds(ssml("<s>One fine day.</s><s>It rained.</s>", OutputFormat="pcm"))
    paragraphs = pcm_seconds(ssml("<p>One fine day.</p><p>It rained.</p>", OutputFormat="pcm"))
    assert paragraphs > sentences + 0.2


def test_sub_speaks_the_alias_and_say_as_spells() -> None:
    alias = ssml('<sub alias="World Wide Web">W3</sub>', OutputFormat="pcm").body
    assert alias == ssml("World Wide Web", OutputFormat="pcm").body
    spelt = ssml('<say-as interpret-as="characters">lamb</say-as>', OutputFormat="pcm")
    assert pcm_seconds(spelt) > pcm_seconds(ssml("lamb", OutputFormat="pcm"))


def test_plain_text_is_not_markup() -> None:
    response = speak("Is 1 < 2 & <break/> a tag?", TextType="text", OutputFormat="pcm")
    assert response.status == 200
    assert response.headers["x-amzn-requestcharacters"] == "26"


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01\x1b[31m", "....", "🙂", "\ufeff", "﷽"])
def test_text_without_words_is_answered_with_sound_or_silence(text: str) -> None:
    assert pcm_seconds(speak(text, OutputFormat="pcm")) > 0.3


# -- limits and billing ---------------------------------------------------------------------------------------


def test_markup_is_not_billed() -> None:
    response = ssml('<p>Mary had a <break time="1s"/>little <mark name="x"/>lamb &amp; more.</p>')
    assert response.headers["x-amzn-requestcharacters"] == str(len("Mary had a little lamb & more."))


def test_3000_billed_characters_are_the_most() -> None:
    text = "word " * 600
    assert speak(text, OutputFormat="json", SpeechMarkTypes=["sentence"]).status == 200
    assert error(speak(text + "x")) == "400 TextLengthExceededException"


def test_6000_characters_with_markup_are_the_most() -> None:
    padding = '<break time="1ms"/>' * 310
    assert 5900 < len(f"<speak>hello{padding}</speak>") < 6000
    assert ssml("hello" + padding, OutputFormat="pcm").status == 200
    assert error(ssml("hello" + padding + '<break time="1ms"/>' * 10)) == "400 TextLengthExceededException"


# -- errors, by the names and numbers of the service model ----------------------------------------------------


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"VoiceId": "Nobody"}, "400 ValidationException"),
        ({"VoiceId": None}, "400 ValidationException"),
        ({"OutputFormat": "wav"}, "400 ValidationException"),
        ({"OutputFormat": None}, "400 ValidationException"),
        ({"Engine": "turbo"}, "400 ValidationException"),
        ({"TextType": "html"}, "400 ValidationException"),
        ({"LanguageCode": "xx-XX"}, "400 ValidationException"),
        ({"LexiconNames": ["not a name"]}, "400 ValidationException"),
        ({"LexiconNames": ["a", "b", "c", "d", "e", "f"]}, "400 ValidationException"),
        ({"OutputFormat": "json"}, "400 ValidationException"),
        ({"OutputFormat": "json", "SpeechMarkTypes": ["syllable"]}, "400 ValidationException"),
        ({"VoiceId": 5}, "400 SerializationException"),
        ({"LexiconNames": "w3c"}, "400 SerializationException"),
        ({"Text": "half a pair \ud83d"}, "400 SerializationException"),
        ({"Engine": "long-form"}, "400 EngineNotSupportedException"),
        ({"VoiceId": "Olivia", "Engine": None}, "400 EngineNotSupportedException"),
        ({"LanguageCode": "de-DE"}, "400 LanguageNotSupportedException"),
        ({"LexiconNames": ["w3c"]}, "404 LexiconNotFoundException"),
        ({"SpeechMarkTypes": ["word"]}, "400 MarksNotSupportedForFormatException"),
        (
            {"OutputFormat": "json", "SpeechMarkTypes": ["ssml"]},
            "400 SsmlMarksNotSupportedForTextTypeException",
        ),
        (
            {"VoiceId": "Ruth", "Engine": "generative", "OutputFormat": "json", "SpeechMarkTypes": ["word"]},
            "400 EngineNotSupportedException",
        ),
    ],
)
def test_a_wrong_member_has_its_own_error(members: dict[str, object], expected: str) -> None:
    body = {"text": SENTENCE, **members}
    text = str(body.pop("Text", body.pop("text", "")))
    assert error(speak(text, **body)) == expected


def test_every_problem_is_named_at_once() -> None:
    response = speak(VoiceId="Nobody", OutputFormat="wav")
    message = json.loads(response.body)["message"]
    assert message.startswith("2 validation errors detected: ")
    assert "Value 'Nobody' at 'voiceId' failed to satisfy constraint: Member must satisfy enum value set: [" in message
    assert "'outputFormat'" in message


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_serialization_error(body: bytes) -> None:
    assert error(service.handle(request("POST", "/v1/speech", body))) == "400 SerializationException"


def test_a_missing_text_is_named() -> None:
    response = service.handle(request("POST", "/v1/speech", {"VoiceId": "Joanna", "OutputFormat": "mp3"}))
    assert "Value null at 'text'" in json.loads(response.body)["message"]


def test_bilingual_voices_take_both_languages() -> None:
    english = speak("25 kilometres", VoiceId="Aditi", Engine=None, OutputFormat="pcm")
    hindi = speak("25 kilometres", VoiceId="Aditi", Engine=None, OutputFormat="pcm", LanguageCode="hi-IN")
    assert english.status == hindi.status == 200
    assert english.body != hindi.body


def test_what_is_not_there_says_so() -> None:
    tasks = service.handle(request("GET", "/v1/synthesisTasks"))
    assert error(tasks) == "501 NotImplementedLocally"
    assert error(service.handle(request("GET", "/v1/nonsense"))) == "404 UnknownOperationException"


def test_every_answer_names_the_stand_in() -> None:
    assert speak().headers["x-millrace-engine"] == "espeak-ng 1.52"
    assert speak(VoiceId="Nobody").headers["x-millrace-engine"] == "espeak-ng 1.52"


def test_an_ffmpeg_that_fails_is_a_service_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "ffmpeg", lambda: "/bin/false")
    assert error(speak()) == "500 ServiceFailureException"


# -- speech marks ---------------------------------------------------------------------------------------------


def test_marks_of_the_developer_guides_example_stand_where_pollys_do() -> None:
    """Bytes and values of "Speech mark examples", example 1; times are the stand-in's own."""
    response = speak("Mary had a little lamb.", OutputFormat="json", SpeechMarkTypes=["word", "sentence"])
    assert response.headers["content-type"] == "application/x-json-stream"
    assert [(m["type"], m["start"], m["end"], m["value"]) for m in marks(response)] == [
        ("sentence", 0, 23, "Mary had a little lamb."),
        ("word", 0, 4, "Mary"),
        ("word", 5, 8, "had"),
        ("word", 9, 10, "a"),
        ("word", 11, 17, "little"),
        ("word", 18, 22, "lamb"),
    ]


def test_marks_of_ssml_count_its_markup() -> None:
    """Example 2 of the same page (without the word mark that Polly makes of a break)."""
    text = '<prosody volume="+20dB">Mary had <break time="300ms"/>a little <mark name="animal"/>lamb</prosody>'
    response = ssml(text, OutputFormat="json", SpeechMarkTypes=["sentence", "word", "ssml"])
    found = [(m["type"], m["start"], m["end"], m["value"]) for m in marks(response)]
    sentence = 'Mary had <break time="300ms"/>a little <mark name="animal"/>lamb'
    assert found == [
        ("sentence", 31, 95, sentence),
        ("word", 31, 35, "Mary"),
        ("word", 36, 39, "had"),
        ("word", 61, 62, "a"),
        ("word", 63, 69, "little"),
        ("ssml", 70, 91, "animal"),
        ("word", 91, 95, "lamb"),
    ]


def test_starts_and_ends_are_bytes_of_the_text() -> None:
    text = "Ärger, überall! Naïve 1 & 2 <3 – “quoted” 日本. Ende"
    for mark in marks(speak(text, OutputFormat="json", SpeechMarkTypes=["word", "sentence"], VoiceId="Vicki")):
        assert text.encode()[mark["start"] : mark["end"]].decode() == mark["value"]  # type: ignore[misc]


def test_sentences_cover_the_text_and_go_through_a_change_of_language() -> None:
    text = 'He said <lang xml:lang="fr-FR">bonjour</lang> to her. Then he left.'
    found = marks(ssml(text, OutputFormat="json", SpeechMarkTypes=["sentence"]))
    assert [m["value"] for m in found] == [text.partition(" Then")[0], "Then he left."]


@pytest.mark.parametrize(
    ("inner", "sentences"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ('<p>One <lang xml:lang="de-DE">zwei</lang></p><p>Three</p>', None),
        ("<s>One</s> <s>Two</s>", ["One", "Two"]),
        ("{", []),
        ("It is <mark name='a'/>here.", ["It is <mark name='a'/>here."]),
    ],
)
def test_sentences_of_ssml(inner: str, sentences: list[str] | None) -> None:
    expected = sentences if sentences is not None else ['One <lang xml:lang="de-DE">zwei', "Three"]
    found = marks(ssml(inner, OutputFormat="json", SpeechMarkTypes=["sentence"]))
    assert [m["value"] for m in found] == expected


def test_words_keep_their_apostrophes_and_end_at_a_break() -> None:
    text = "Mary's lamb won't go<break strength='none'/>there"
    found = marks(ssml(text, OutputFormat="json", SpeechMarkTypes=["word"]))
    assert [m["value"] for m in found] == ["Mary's", "lamb", "won't", "go", "there"]


def test_a_last_paragraph_adds_no_silence_but_a_last_break_does() -> None:
    plain = pcm_seconds(ssml("Hello.", OutputFormat="pcm"))
    assert pcm_seconds(ssml("<p>Hello.</p>", OutputFormat="pcm")) == plain
    assert pcm_seconds(ssml('<p>Hello.</p><break time="1s"/>', OutputFormat="pcm")) == pytest.approx(plain + 1)


def test_times_rise_and_stay_inside_the_sound() -> None:
    text = 'One two.<break time="1s"/> <lang xml:lang="de-DE">Drei vier.</lang> <p>Five.</p>'
    seconds = pcm_seconds(ssml(text, OutputFormat="pcm"))
    found = marks(ssml(text, OutputFormat="json", SpeechMarkTypes=["word", "viseme"]))
    times = [int(str(m["time"])) for m in found]
    assert times == sorted(times)
    assert 0 < times[0] < 100
    assert times[-1] < seconds * 1000 - 288
    words = {m["value"]: int(str(m["time"])) for m in found if m["type"] == "word"}
    assert list(words) == ["One", "two", "Drei", "vier", "Five"]
    assert words["Drei"] - words["two"] > 1000


def test_visemes_are_pollys_letters() -> None:
    """The guide's example has p E r i for "Mary"."""
    found = [m["value"] for m in marks(speak("Mary.", OutputFormat="json", SpeechMarkTypes=["viseme"]))]
    assert found[:4] == ["p", "E", "r", "i"]
    everything = marks(speak(OutputFormat="json", SpeechMarkTypes=["viseme"]))
    letters = {"p", "t", "S", "T", "f", "k", "i", "r", "s", "u", "@", "a", "e", "E", "o", "O", "sil"}
    assert {m["value"] for m in everything} <= letters


def test_marks_are_billed_like_sound() -> None:
    response = speak("Mary had.", OutputFormat="json", SpeechMarkTypes=["word"])
    assert response.headers["x-amzn-requestcharacters"] == "9"
