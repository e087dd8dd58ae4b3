"""A publisher's own profile: laid over the house's by name, refused with a sentence where it is not of its form."""
# ruff: noqa: RUF001 - phonemes

from __future__ import annotations

import json

import pytest

from common import aws as common_aws
from common.objects import Bucket
from narration.errors import BrokenProfile
from narration.publishing import keys
from narration.reading import html_body, lexicon_objects, profile, profile_objects
from narration.speech.pronunciation import Word
from tests.unit.narration import builders
from tests.unit.narration.fake_aws import FakeAws, FakeObject

OWN = """
[rule.our-boxes]
why = "a box of ours"
classes = ["our box"]

[rule.deleted]
off = true

[pauses]
heading = 900
ornament = 2000

[[word]]
text = "SQL"
language = "en"
alias = "sequel"

[[word]]
text = "Norwick"
phoneme = "ˈnɒrɪk"
alphabet = "ipa"
"""


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    made = FakeAws()
    monkeypatch.setattr(common_aws, "client", made.client)
    return made


def own(text: str = OWN) -> profile.Profile:
    return profile.read(text.encode())


def test_rules_are_laid_over_the_houses_by_name():
    html = '<p>The <del>old</del> house.</p><div class="our-box">x</div><figcaption>A house</figcaption>'
    found = html_body.read(html, "en-GB", rules=own().rules)
    assert [one.text for one in found.paragraphs] == ["The old house."]
    assert found.counts == {"caption": 1, "our-boxes": 1}


def test_everything_in_it_changes_the_digest():
    assert own().digest != profile.house().digest
    for changed in (OWN.replace("900", "901"), OWN.replace("sequel", "S Q L"), OWN.replace("our box", "their box")):
        assert own(changed).digest != own().digest
    assert own(OWN + "\n# a remark\n").digest == own().digest


def test_what_is_kept_is_read_back_as_it_was():
    kept = profile.load(json.loads(own().dump()))
    assert kept == own()
    assert kept.digest == own().digest
    assert kept.words == (Word("SQL", "en", alias="sequel"), Word("Norwick", phoneme="ˈnɒrɪk"))
    newer = json.loads(own().dump())
    newer["rules"][0]["mood"] = "sunny"
    assert profile.load(newer) == own()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[rule", "must be TOML"),
        ("rule = 5", "rule"),
        ("[rules.a]\nwhy = 'x'", "rules is not known here: correct its name"),
        ("[rule.a]\nclass = ['x']", "rule.a.class is not known here"),
        ("[rule.A_b]\nwhy = 'x'", "rule.A_b"),
        ("[rule.a]\nclasses = ['Read More']", "rule.a.classes.0 must be up to six words of a-z"),
        ("[rule.a]\npattern = '('", "rule.a.pattern is no pattern that Python can read"),
        ("[rule.a]\nguards = ['some']", "rule.a.guards.0"),
        ("[pauses]\nheading = 20000", "pauses.heading"),
        ("[pauses]\nheading = '700'", "pauses.heading"),
        ("[[word]]\ntext = 'a'", "word.0 needs one of alias, phoneme and say_as"),
        ("[[word]]\ntext = 'a'\nalias = 'b'\nsay_as = 'digits'", "word.0 needs one of"),
        ("[[word]]\ntext = 'a'\nalias = 'b'\nlanguage = 'german'", "word.0.language must be a BCP 47"),
        ("[[word]]\ntext = 'a'\nalias = 'b'\nalphabet = 'ipa'", "has an alphabet but no phoneme"),
        ("#" * (profile.MAX_BYTES + 1), "at most 262144 are read"),
    ],
)
def test_a_broken_profile_is_refused_with_a_sentence(text: str, sentence: str):
    with pytest.raises(BrokenProfile) as caught:
        own(text)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("reading/profile.toml")


def test_a_profile_that_is_not_text_is_refused():
    with pytest.raises(BrokenProfile, match="byte 0 is not"):
        profile.read(b"\xff")


def test_a_message_that_is_published_is_read_by_the_profile_of_its_plan(fake: FakeAws):
    """A replaced jingle has nothing read, and billed, anew, whatever has become of the profile since."""
    audio = Bucket("audio")
    fake.objects[keys.PROFILE] = FakeObject(OWN.encode(), '"1"', {})
    then = profile_objects.of(audio, None)
    assert then == own()
    fake.objects[keys.PROFILE] = FakeObject(b"[rule", '"2"', {})
    plan = builders.plan_of(builders.article())
    published = type(plan)(**{**{n: getattr(plan, n) for n in plan.__dataclass_fields__}, "reading": then.digest})
    assert profile_objects.of(audio, published) == then
    with pytest.raises(BrokenProfile):
        profile_objects.of(audio, None)
    del fake.objects[keys.kept_profile(then.digest)]
    with pytest.raises(BrokenProfile, match="is gone: put it back and redrive"):
        profile_objects.of(audio, published)


def test_a_lexicons_name_is_its_content(fake: FakeAws):
    audio = Bucket("audio")
    assert lexicon_objects.current(audio, "de-DE") == ()
    fake.objects[keys.lexicon("de-DE")] = FakeObject("<lexicon>ä</lexicon>".encode(), '"1"', {})
    (name,) = lexicon_objects.current(audio, "de-DE")
    assert len(name) == 20
    assert name.isalnum()
    assert lexicon_objects.current(audio, "de-DE") == (name,)
    fake.objects[keys.lexicon("de-DE")] = FakeObject(b"<lexicon/>", '"2"', {})
    assert lexicon_objects.current(audio, "de-DE") != (name,)
    assert lexicon_objects.content(audio, name) == "<lexicon>ä</lexicon>"
    with pytest.raises(BrokenProfile, match="put it back"):
        lexicon_objects.content(audio, "MillraceNone")
    fake.objects[keys.lexicon("de-DE")] = FakeObject(b"\xff", '"3"', {})
    with pytest.raises(BrokenProfile, match="must be UTF-8"):
        lexicon_objects.current(audio, "de-DE")


def test_a_lexicon_of_another_language_is_no_silence(fake: FakeAws):
    """Polly takes it, and uses it for no voice of the language that it was meant for."""
    audio = Bucket("audio")
    pls = '<?xml version="1.0"?>\n<lexicon version="1.0"\n alphabet="ipa" xml:lang="{}"><lexeme/></lexicon>'
    fake.objects[keys.lexicon("en-US")] = FakeObject(pls.format("de-DE").encode(), '"1"', {})
    with pytest.raises(BrokenProfile, match=r'says xml:lang="de-DE".*write xml:lang="en-US"'):
        lexicon_objects.current(audio, "en-US")
    fake.objects[keys.lexicon("en-US")] = FakeObject(pls.format("en-us").encode(), '"2"', {})
    assert len(lexicon_objects.current(audio, "en-US")) == 1


@pytest.mark.parametrize("text", ["[rule.captoin]\noff = true", '[rule.x]\nwhy = "nothing"', "[rule.x]\nclasses = []"])
def test_a_rule_that_would_do_nothing_is_a_slip_of_the_pen(text: str):
    with pytest.raises(BrokenProfile, match="is no rule of the house and holds for nothing: correct its name"):
        own(text)


def test_elements_and_roles_may_be_written_in_capitals():
    rules = own('[rule.x]\nelements = ["DIV"]\nroles = ["Note"]').rules
    found = html_body.read('<p>One.</p><div>Two.</div><p role="note">Three.</p>', "en-GB", rules=rules)
    assert [one.text for one in found.paragraphs] == ["One."]
