from __future__ import annotations

import tomllib
from pathlib import Path

import botocore.session
import pytest

from narration.errors import UnknownVoice
from narration.model import Voice
from narration.speech import voices
from narration.speech.voices import AvailableVoice, available, choose, polly_language
from tests.unit.narration.builders import OFFERED, article

SETTINGS = tomllib.loads((Path(voices.__file__).parent / "voices.toml").read_text())


@pytest.fixture(scope="module")
def polly():
    return botocore.session.get_session().get_service_model("polly")


def test_the_settings_name_only_what_polly_knows(polly):
    codes, ids, engines = (set(polly.shape_for(name).enum) for name in ("LanguageCode", "VoiceId", "Engine"))
    assert set(SETTINGS["defaults"]) == codes
    assert {entry["voice"] for entry in SETTINGS["defaults"].values()} <= ids
    assert {entry["engine"] for entry in SETTINGS["defaults"].values()} <= {"neural", "standard"} <= engines
    assert set(SETTINGS["aliases"].values()) <= codes
    assert set(voices.ENGINES) == engines


def test_every_language_has_a_usual_region():
    primaries = {code.split("-")[0] for code in SETTINGS["defaults"]}
    assert {tag: polly_language(tag) is not None for tag in primaries} == dict.fromkeys(primaries, True)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("de-AT", "de-AT"),
        ("de-at", "de-AT"),
        ("de", "de-DE"),
        ("de-LI", "de-DE"),
        ("de-DE-1996", "de-DE"),
        ("de-Latn-DE", "de-DE"),
        ("zh-Hans-CN", "cmn-CN"),
        ("zh-HK", "yue-CN"),
        ("ar-EG", "arb"),
        ("no", "nb-NO"),
        ("es-AR", "es-MX"),
        ("es", "es-ES"),
        ("tlh", None),
        ("x", None),
    ],
)
def test_pollys_code_for_a_tag(tag, code):
    assert polly_language(tag) == code


@pytest.mark.parametrize(
    ("changes", "voice"),
    [
        ({}, Voice("Vicki", "neural", "de-DE")),
        ({"language": "de-AT"}, Voice("Hannah", "neural", "de-AT")),
        ({"language": "de-CH"}, Voice("Vicki", "neural", "de-DE")),
        ({"language": "de"}, Voice("Vicki", "neural", "de-DE")),
        ({"language": "en-GB"}, Voice("Joanna", "neural", "en-US")),
        ({"language": "hi"}, Voice("Kajal", "neural", "hi-IN")),
        ({"language": "ar"}, Voice("Zeina", "standard", "arb")),
        ({"voice": "Daniel"}, Voice("Daniel", "neural", "de-DE")),
        ({"voice": "hannah"}, Voice("Hannah", "neural", "de-AT")),
        ({"voice": "Marlene"}, Voice("Marlene", "standard", "de-DE")),
        ({"engine": "standard"}, Voice("Vicki", "standard", "de-DE")),
        ({"engine": "long-form", "language": "en-US"}, Voice("Gregory", "long-form", "en-US")),
        ({"voice": "Vicki", "engine": "generative"}, Voice("Vicki", "generative", "de-DE")),
    ],
)
def test_choice(changes, voice):
    assert choose(article(**changes), OFFERED).voice == voice


@pytest.mark.parametrize(
    ("changes", "voice", "fallback"),
    [
        # the voice named has not the engine asked for: the voice stays
        ({"voice": "Daniel", "engine": "standard"}, "Daniel", "Daniel has no engine standard here; neural was taken."),
        (
            {"voice": "Zeina", "language": "ar", "engine": "neural"},
            "Zeina",
            "Zeina has no engine neural here; standard",
        ),
        # nobody of the region has it: the default voice stays, however well another region could
        ({"engine": "long-form"}, "Vicki", "Vicki has no engine long-form here; neural was taken."),
        ({"engine": "generative", "language": "de-AT"}, "Hannah", "Hannah has no engine generative here; neural was"),
        # somebody else of the region has it
        (
            {"engine": "long-form", "language": "en-US"},
            "Gregory",
            "Joanna with engine long-form is not offered here; Gre",
        ),
        # the Region has not the settings' voice
        (
            {"language": "de-CH"},
            "Vicki",
            "Sabrina with engine neural is not offered here; Vicki with neural was taken.",
        ),
        ({"language": "en-GB"}, "Joanna", "Amy with engine neural is not offered here; Joanna with neural was taken."),
    ],
)
def test_what_is_not_offered_is_replaced_and_said(changes, voice, fallback):
    choice = choose(article(**changes), OFFERED)
    assert choice.voice.id == voice
    assert choice.fallback is not None
    assert choice.fallback.startswith(fallback)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"voice": "Marlene"},
        {"voice": "Vicki", "engine": "generative"},
        {"engine": "standard"},
        {"language": "de-LI"},
        {"language": "ar"},
    ],
)
def test_what_was_wanted_needs_no_word(changes):
    assert choose(article(**changes), OFFERED).fallback is None


def test_a_default_voice_without_its_default_engine_speaks_with_another():
    without_neural = [
        AvailableVoice("Vicki", ("de-DE",), ("standard",)),
        AvailableVoice("Daniel", ("de-DE",), ("neural",)),
    ]
    choice = choose(article(), without_neural)
    assert choice.voice == Voice("Vicki", "standard", "de-DE")
    assert choice.fallback == "Vicki has no engine neural here; standard was taken."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"voice": "Nobody"}, "Polly has no voice 'Nobody' here: leave voice out, or use one of Vicki, Daniel"),
        ({"voice": "Joanna"}, "Voice Joanna does not speak 'de-DE'"),
        ({"language": "tlh"}, "No voice here speaks language 'tlh'"),
        ({"language": "fr-FR"}, "use one of arb, de-AT"),
        ({"language": "tlh", "voice": "Vicki"}, "Voice Vicki does not speak 'tlh': leave voice out."),
    ],
)
def test_refusals_say_what_to_use(changes, sentence):
    with pytest.raises(UnknownVoice) as caught:
        choose(article(**changes), OFFERED)
    assert sentence in str(caught.value)


def test_the_choice_does_not_depend_on_the_order_of_the_offer():
    without_defaults = [AvailableVoice(name, ("it-IT",), ("neural",)) for name in ("Carla", "Adriano", "Giorgio")]
    chosen = {choose(article(language="it"), offer).voice.id for offer in (without_defaults, without_defaults[::-1])}
    assert chosen == {"Adriano"}


def test_the_answer_of_describe_voices():
    described = [
        {
            "Id": "Aditi",
            "LanguageCode": "en-IN",
            "AdditionalLanguageCodes": ["hi-IN"],
            "SupportedEngines": ["standard"],
        },
        {"Id": "Vicki", "LanguageCode": "de-DE", "SupportedEngines": ["neural"]},
    ]
    assert available(described) == (
        AvailableVoice("Aditi", ("en-IN", "hi-IN"), ("standard",)),
        AvailableVoice("Vicki", ("de-DE",), ("neural",)),
    )
