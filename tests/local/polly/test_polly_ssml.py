# ruff: noqa: RUF001 - IPA is meant
"""What each engine refuses in SSML, and that no text whatever gets more than a refusal out of it."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.services.polly import ssml as rules
from local.services.polly.errors import InvalidSsml
from local.services.polly.lower import lower
from tests.local.polly.builders import error, marks, pcm_seconds, speak, ssml

ENGINES = ("standard", "neural", "long-form", "generative")
# Danielle and Joanna between them have all four engines.
VOICE = {"standard": "Joanna", "neural": "Joanna", "long-form": "Danielle", "generative": "Joanna"}

EVERYWHERE = [
    '<break time="500ms"/>Hello.',
    '<break time="10s"/>',
    '<break strength="x-strong"/>Hello.',
    "<break/>",
    '<lang xml:lang="fr-FR">Bonjour.</lang>',
    '<mark name="here"/>Hello.',
    "<p>Hello.</p><p><s>Hello.</s><s>Again.</s></p>",
    '<phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme>',
    '<phoneme alphabet="x-sampa" ph=\'pI"kA:n\'>pecan</phoneme>',
    '<prosody rate="85%">Hello there.</prosody>',
    '<prosody volume="x-loud">Hello there.</prosody>',
    '<p><prosody rate="slow">A heading</prosody></p>',
    '<say-as interpret-as="digits">123</say-as>',
    '<say-as interpret-as="date" format="mdy">12/24/2025</say-as>',
    '<sub alias="Mercury">Hg</sub>',
    '<w role="amazon:VB">read</w>',
    "<!-- a comment -->Hello.",
    "A &amp; B &lt; C &#169; &#x41;.",
    "<![CDATA[Hello.]]>",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("inner", EVERYWHERE)
def test_what_every_engine_takes(engine: str, inner: str) -> None:
    assert ssml(inner, Engine=engine, VoiceId=VOICE[engine], OutputFormat="pcm").status == 200


SOME = [
    ("<emphasis>really</emphasis>", {"standard"}),
    ('<emphasis level="strong">really</emphasis>', {"standard"}),
    ('<prosody pitch="high">Hello.</prosody>', {"standard"}),
    ('<prosody pitch="-10%" rate="slow">Hello.</prosody>', {"standard"}),
    ('<prosody amazon:max-duration="2s">Hello.</prosody>', {"standard"}),
    ("<amazon:breath/>", {"standard"}),
    ("<amazon:auto-breaths>Hello.</amazon:auto-breaths>", {"standard"}),
    ('<amazon:effect name="whispered">Hello.</amazon:effect>', {"standard"}),
    ('<amazon:effect phonation="soft">Hello.</amazon:effect>', {"standard"}),
    ('<amazon:effect vocal-tract-length="+15%">Hello.</amazon:effect>', {"standard"}),
    ('<amazon:effect name="drc">Hello.</amazon:effect>', {"standard", "neural", "long-form"}),
    ('<amazon:domain name="news">Hello.</amazon:domain>', {"neural"}),
    ('I <prosody rate="85%">really</prosody> mean it.', {"standard", "neural", "long-form"}),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("inner", "takers"), SOME)
def test_what_only_some_engines_take(engine: str, inner: str, takers: set[str]) -> None:
    response = ssml(inner, Engine=engine, VoiceId=VOICE[engine], OutputFormat="pcm")
    if engine in takers:
        assert response.status == 200
    else:
        assert error(response) == "400 InvalidSsmlException"
        assert f"Unsupported {engine.capitalize()} feature" in json.loads(response.body)["message"]


def test_newscasters_are_some_voices_only() -> None:
    news = '<amazon:domain name="news">Hello.</amazon:domain>'
    assert ssml(news, VoiceId="Matthew").status == 200
    assert error(ssml(news, VoiceId="Kendra")) == "400 InvalidSsmlException"


NOWHERE = [
    "Hello there",
    "",
    "   ",
    "<p>Hello</p>",
    "<speak>Hello",
    "<speak>Hello</p></speak>",
    "<speak>A & B</speak>",
    "<speak>1 < 2</speak>",
    "<speak>a</speak><speak>b</speak>",
    "<speak>a<speak>b</speak></speak>",
    "text before <speak>a</speak>",
    "<speak><audio src='https://example.org/a.mp3'/></speak>",
    "<speak><voice name='Brian'>a</voice></speak>",
    "<speak><blink>a</blink></speak>",
    "<speak><Break/></speak>",
    "<speak><break time='11s'/></speak>",
    "<speak><break time='-1s'/></speak>",
    "<speak><break time='1'/></speak>",
    "<speak><break strength='huge'/></speak>",
    "<speak><break>a</break></speak>",
    "<speak><break><p>a</p></break></speak>",
    "<speak><lang>a</lang></speak>",
    "<speak><lang xml:lang='xx-XX'>a</lang></speak>",
    "<speak><mark/></speak>",
    "<speak><p>a<p>b</p></p></speak>",
    "<speak><s>a<s>b</s></s></speak>",
    "<speak><s>a<p>b</p></s></speak>",
    "<speak><phoneme ph='a'>a</phoneme></speak>",
    "<speak><phoneme alphabet='arpabet' ph='a'>a</phoneme></speak>",
    "<speak><prosody>a</prosody></speak>",
    "<speak><prosody rate='19%'>a</prosody></speak>",
    "<speak><prosody rate='201%'>a</prosody></speak>",
    "<speak><prosody volume='loudest'>a</prosody></speak>",
    "<speak><say-as>a</say-as></speak>",
    "<speak><say-as interpret-as='song'>a</say-as></speak>",
    "<speak><sub>a</sub></speak>",
    "<speak><w>a</w></speak>",
    "<speak id='1'>a</speak>",
    "<speak><p class='x'>a</p></speak>",
    "<speak>\x01</speak>",
    "<speak>\x00</speak>",
    "<speak>&#0;</speak>",
    "<speak>&#xD800;</speak>",
    "<speak>&nbsp;</speak>",
    "<speak><?php echo 1 ?></speak>",
    "<!DOCTYPE speak><speak>a</speak>",
    '<!DOCTYPE speak SYSTEM "file:///etc/passwd"><speak>a</speak>',
    '<!DOCTYPE speak [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>',
    '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><speak>&b;</speak>',
]


@pytest.mark.parametrize("text", NOWHERE)
def test_what_no_engine_takes(text: str) -> None:
    response = speak(text, TextType="ssml", Engine="standard")
    assert error(response) == "400 InvalidSsmlException"
    assert json.loads(response.body)["message"].startswith("Invalid SSML request: ")


def test_xml_head_and_namespaces_are_taken() -> None:
    head = '<?xml version="1.0"?><speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">'
    assert speak(f"{head}Hello.</speak>", TextType="ssml").status == 200


def test_deep_nesting_is_only_spoken_deeply() -> None:
    depth = 150
    text = '<prosody rate="90%">' * depth + "Hello." + "</prosody>" * depth
    assert pcm_seconds(ssml(text, OutputFormat="pcm")) < 5


def test_the_table_says_when_and_knows_every_engine() -> None:
    table = rules.rules()
    assert table["as_of"] == "2026-03"
    for tag, rule in table["tags"].items():
        assert set(rule["engines"]) <= set(ENGINES), tag
        assert set(rule.get("within", [])) <= set(table["tags"]), tag
        assert set(rule.get("required", [])) <= set(rule["attributes"]), tag


# -- any text at all ------------------------------------------------------------------------------------------

_words = ["Hello there.", "A lamb, a dog; 25.", "Dr. Smith's 1/2 £3.50?", "\n", "日本語。", "مرحبا", "...", "{"]
_text = st.one_of(st.sampled_from(_words), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
_attribute = st.tuples(
    st.sampled_from(["time", "strength", "rate", "volume", "xml:lang", "name", "alias", "interpret-as", "level"]),
    st.one_of(
        st.sampled_from(["1s", "300ms", "strong", "slow", "80%", "+3dB", "de-DE", "ja-JP", "digits", "expletive"]),
        _text,
    ),
)


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def build(tag: str, attributes: list[tuple[str, str]], inner: list[str]) -> str:
        given = "".join(f" {name}={quoteattr(value)}" for name, value in dict(attributes).items())
        return f"<{tag}{given}>{''.join(inner)}</{tag}>"

    tags = st.sampled_from([*rules.rules()["tags"], "audio"])
    return st.builds(build, tags, st.lists(_attribute, max_size=2), st.lists(children, max_size=3))


_VALID = {
    "break": '<break time="{n}ms"/>',
    "lang": '<lang xml:lang="{lang}">{inner}</lang>',
    "p": "<p>{inner}</p>",
    "s": "<s>{inner}</s>",
    "mark": '<mark name="m{n}"/>',
    "prosody": '<prosody rate="{rate}%" volume="-3dB" pitch="+5%">{inner}</prosody>',
    "emphasis": '<emphasis level="strong">{inner}</emphasis>',
    "sub": '<sub alias="one {n} two">{inner}</sub>',
    "say-as": '<say-as interpret-as="{kind}">{inner}</say-as>',
}


def _valid(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda form, inner, n, lang, rate, kind: form.format(inner=inner, n=n, lang=lang, rate=rate, kind=kind),
        st.sampled_from(list(_VALID.values())),
        st.lists(children, max_size=3).map("".join),
        st.integers(0, 900),
        st.sampled_from(["de-DE", "en-US", "fr-FR", "cmn-CN", "arb"]),
        st.integers(20, 200),
        st.sampled_from(["digits", "expletive", "characters", "date"]),
    )


_loose = st.recursive(_text.map(escape), _element, max_leaves=6)
_tight = st.recursive(_text.map(escape), _valid, max_leaves=6)


@settings(max_examples=60)
@given(inner=st.one_of(_loose, _tight), engine=st.sampled_from(ENGINES), is_json=st.booleans())
def test_any_ssml_is_spoken_or_refused(inner: str, engine: str, is_json: bool) -> None:
    output = {"OutputFormat": "json", "SpeechMarkTypes": ["sentence", "word", "ssml", "viseme"]}
    wanted = output if is_json else {"OutputFormat": "pcm"}
    response = ssml(inner, Engine=engine, VoiceId=VOICE[engine], **wanted)
    if is_json and engine == "generative":
        assert error(response) == "400 EngineNotSupportedException"
    elif response.status != 200:
        assert error(response) == "400 InvalidSsmlException"
    elif is_json:
        source = f"<speak>{inner}</speak>".encode()
        for mark in marks(response):
            assert mark["time"] >= 0
            if mark["type"] in ("sentence", "word"):
                assert source[mark["start"] : mark["end"]].decode() == mark["value"]
    else:
        assert pcm_seconds(response) > 0.3


@settings(max_examples=400)
@given(text=st.one_of(_text, _loose, _loose.map(lambda inner: f"<speak>{inner}</speak>"), st.text(max_size=80)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # such text never gets here; see the test of half a surrogate pair
    for engine in ENGINES:
        try:
            pieces = rules.parse(text, engine, VOICE[engine])
        except InvalidSsml:
            continue
        assert rules.billed_characters(pieces) <= len(text)
        for run in lower(pieces, "en-US"):
            assert len(run.origin) == len(run.ssml)


@settings(max_examples=300)
@given(inner=_tight)
def test_what_is_lowered_is_well_formed(inner: str) -> None:
    from xml.etree import ElementTree

    text = f"<speak>{inner}</speak>"
    try:
        pieces = rules.parse(text, "standard", "Joanna")
    except InvalidSsml:
        return
    for run in lower(pieces, "en-US"):
        ElementTree.fromstring(f"<speak>{run.ssml}</speak>")


@settings(max_examples=200)
@given(text=st.text(max_size=200))
def test_plain_text_never_becomes_markup(text: str) -> None:
    """Whatever is typed, eSpeak NG is handed one run without a tag or a control character in it."""
    clean = text.encode("utf-8", "ignore").decode()
    for run in lower(rules.plain(clean), "en-US"):
        assert "<" not in run.ssml
        assert not any(ord(character) < 32 and character not in "\t\n\r" for character in run.ssml)
