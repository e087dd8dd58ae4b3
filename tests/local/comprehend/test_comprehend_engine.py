"""What the stand-in finds: sentiment, languages, toxicity, entities and PII."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.services.comprehend import entities
from local.services.comprehend import language as comprehend_language
from local.services.comprehend import pii as comprehend_pii
from local.services.comprehend import sentiment as comprehend_sentiment
from local.services.comprehend.toxicity import LABELS, judge


def top(text: str, language: str = "en") -> str:
    scores = comprehend_sentiment.scores(text, language)
    return max(scores, key=lambda name: scores[name])


@pytest.mark.parametrize(
    ("text", "language", "sentiment"),
    [
        ("I love this product, it is wonderful!", "en", "Positive"),
        ("The service was terrible and the staff were rude.", "en", "Negative"),
        ("The meeting is at ten in the morning.", "en", "Neutral"),
        ("Great camera, but the battery is awful.", "en", "Mixed"),
        ("Das Essen war furchtbar und der Kellner unhöflich.", "de", "Negative"),
        ("Le service est excellent, merci, je recommande.", "fr", "Positive"),
        ("这个产品非常糟糕", "zh", "Negative"),
        ("とても便利で最高です", "ja", "Positive"),
        ("Der Zug fährt um zehn.", "de", "Neutral"),
    ],
)
def test_sentiment(text: str, language: str, sentiment: str):
    assert top(text, language) == sentiment


def test_one_warm_sentence_in_a_long_neutral_text_does_not_decide():
    assert top("I am glad to help. " + "The cable goes into the port at the back of the device. " * 20) == "Neutral"


@given(st.text(max_size=200), st.sampled_from(["en", "de", "ja", "ar"]))
def test_scores_are_a_whole(text: str, language: str):
    scores = comprehend_sentiment.scores(text, language)
    assert set(scores) == {"Positive", "Negative", "Neutral", "Mixed"}
    assert all(0 <= value <= 1 for value in scores.values())
    assert sum(scores.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello, how are you today?", "en"),
        ("How do I reset my password on the device", "en"),
        ("Wie kann ich mein Passwort ändern?", "de"),
        ("¿Cómo puedo cambiar mi contraseña?", "es"),
        ("Comment puis-je changer mon mot de passe ?", "fr"),
        ("Como posso mudar a minha senha do roteador?", "pt"),
        ("Come posso cambiare la mia password del router?", "it"),
        ("写真を撮るのが好きですとても楽しいです今日も", "ja"),
        ("这个产品非常好我很喜欢它真的很好用谢谢你们", "zh"),
        ("Как я могу изменить свой пароль?", "ru"),
    ],
)
def test_languages(text: str, code: str):
    found = comprehend_language.languages(text)
    assert found[0].code == code
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found == comprehend_language.languages(text), "the same text gives the same answer"


def test_a_text_without_letters_has_no_language():
    assert comprehend_language.languages("12345 67890 12345 67890") == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("You are such an idiot", "INSULT"),
        ("you 1d10t", "INSULT"),
        ("you id*ot", "INSULT"),
        ("you i d i o t", "INSULT"),
        ("you i.d.i.o.t!", "INSULT"),
        ("you idiooooot", "INSULT"),
        ("you ïdìöt", "INSULT"),
        ("you id\u200biot", "INSULT"),
        ("What the f**k is this", "PROFANITY"),
        ("complete bull$hit", "PROFANITY"),
        ("I will find you and kill you", "VIOLENCE_OR_THREAT"),
        ("nobody likes you", "HARASSMENT_OR_ABUSE"),
        ("go back to your country", "HATE_SPEECH"),
        ("there were brains splattered all over the wall", "GRAPHIC"),
    ],
)
def test_toxicity(text: str, label: str):
    found = judge(text)
    assert found.labels[label] > 0.7
    assert found.toxicity >= found.labels[label]


@pytest.mark.parametrize(
    "text",
    [
        "Please kill the process and restart the server.",
        "The residents of Scunthorpe assess the class and pass the bass.",
        "Shoot me an email when you have the figures.",
        "The battery died, so I will hit the road tomorrow.",
        "Sort the list with a * b and print it!",
        "",
    ],
)
def test_innocent_look_alikes(text: str):
    found = judge(text)
    assert found.toxicity < 0.2, "below every threshold, and as bad as its words sound"
    assert max(found.labels.values()) < 0.1


def test_what_is_not_aimed_at_anybody_is_milder():
    assert judge("this stupid printer").toxicity < 0.5 < judge("you are stupid").toxicity


@given(st.text(max_size=300))
def test_every_text_has_every_label(text: str):
    found = judge(text)
    assert tuple(found.labels) == LABELS
    assert all(0 <= score <= 0.99 for score in (*found.labels.values(), found.toxicity))


LETTER = """Name: Jane Q. Doe
Dear Mr. John Smith, Acme Widgets Inc. was founded in Seattle in 1999 by Maria García; it sold 2,500 units for
$1.2 million at the Denver Robotics Summit on May 4, 1980. Write to 123 Main Street, Apt 4B, Springfield, IL 62704."""


def named(text: str, language: str = "en") -> set[tuple[str, str]]:
    return {(one.type, text[one.begin : one.end]) for one in entities.entities(text, language)}


def test_entities():
    assert named(LETTER) >= {
        ("PERSON", "Jane Q. Doe"),
        ("PERSON", "John Smith"),
        ("PERSON", "Maria García"),
        ("ORGANIZATION", "Acme Widgets Inc."),
        ("LOCATION", "Seattle"),
        ("LOCATION", "123 Main Street, Apt 4B, Springfield, IL 62704"),
        ("DATE", "1999"),
        ("DATE", "May 4, 1980"),
        ("QUANTITY", "2,500 units"),
        ("QUANTITY", "$1.2 million"),
        ("EVENT", "Denver Robotics Summit"),
    }


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("see “The Old Man and the Sea” again", "TITLE", "The Old Man and the Sea"),
        ("on an iPhone with Windows", "COMMERCIAL_ITEM", "iPhone"),
        ("ask info@example.org now", "OTHER", "info@example.org"),
        ("el 4 de mayo de 2020", "DATE", "4 de mayo de 2020"),
        ("am 3. Oktober 1990", "DATE", "3. Oktober 1990"),
        ("due 2026-11-20", "DATE", "2026-11-20"),
        ("weighs 12.5 kg", "QUANTITY", "12.5 kg"),
        ("rose by 7 %", "QUANTITY", "7 %"),
        ("the University of Michigan", "ORGANIZATION", "University of Michigan"),
        ("JOHN SMITH signed", "PERSON", "JOHN SMITH"),
    ],
)
def test_an_entity(text: str, kind: str, part: str):
    assert (kind, part) in named(text)


def test_offsets_are_in_characters():
    text = "😀😀 Dr. Ada Lovelace"
    (found,) = entities.entities(text, "en")
    assert text[found.begin : found.end] == "Ada Lovelace"
    assert found.begin == 7


@given(st.text(alphabet="Jane Doe 12/3-4@.$ Main Street\n", max_size=200))
def test_entities_lie_in_the_text_and_not_on_each_other(text: str):
    for found in (entities.entities(text, "en"), comprehend_pii.entities(text, "en")):
        end = 0
        for one in found:
            assert end <= one.begin < one.end <= len(text)
            end = one.end


def secrets(text: str, language: str = "en") -> set[tuple[str, str]]:
    return {(one.type, text[one.begin : one.end]) for one in comprehend_pii.entities(text, language)}


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("my SSN is 123-45-6789.", "SSN", "123-45-6789"),
        ("Social Security Number: 123456789", "SSN", "123456789"),
        ("ITIN 912-70-1234", "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER", "912-70-1234"),
        ("card 4111 1111 1111 1111 exp", "CREDIT_DEBIT_NUMBER", "4111 1111 1111 1111"),
        ("amex 378282246310005", "CREDIT_DEBIT_NUMBER", "378282246310005"),
        ("expires 04/27", "CREDIT_DEBIT_EXPIRY", "04/27"),
        ("CVV: 123", "CREDIT_DEBIT_CVV", "123"),
        ("PIN: 1234", "PIN", "1234"),
        ("Account number: 0098765432", "BANK_ACCOUNT_NUMBER", "0098765432"),
        ("Routing No. 021000021", "BANK_ROUTING", "021000021"),
        ("DE89 3704 0044 0532 0130 00", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "DE89 3704 0044 0532 0130 00"),
        ("SWIFT: DEUTDEFF500", "SWIFT_CODE", "DEUTDEFF500"),
        ("call (555) 010-1234 now", "PHONE", "(555) 010-1234"),
        ("call +44 20 7946 0018 now", "PHONE", "+44 20 7946 0018"),
        ("mail jane.doe+x@example.co.uk, please", "EMAIL", "jane.doe+x@example.co.uk"),
        ("see https://example.com/a?b=c.", "URL", "https://example.com/a?b=c"),
        ("from 192.168.0.1 today", "IP_ADDRESS", "192.168.0.1"),
        ("from 2001:db8::1 today", "IP_ADDRESS", "2001:db8::1"),
        ("MAC 00:1B:44:11:3A:B7", "MAC_ADDRESS", "00:1B:44:11:3A:B7"),
        ("she is 34 years old", "AGE", "34 years old"),
        ("born May 4, 1980", "DATE_TIME", "May 4, 1980"),
        ("Passport No: C12345678", "PASSPORT_NUMBER", "C12345678"),
        ("Driver's License: D123-4567-8901", "DRIVER_ID", "D123-4567-8901"),
        ("VIN 1HGCM82633A004352", "VEHICLE_IDENTIFICATION_NUMBER", "1HGCM82633A004352"),
        ("License plate: 7ABC123", "LICENSE_PLATE", "7ABC123"),
        ("NI number AB 12 34 56 C", "UK_NATIONAL_INSURANCE_NUMBER", "AB 12 34 56 C"),
        ("NHS 943 476 5919", "UK_NATIONAL_HEALTH_SERVICE_NUMBER", "943 476 5919"),
        ("SIN 046 454 286", "CA_SOCIAL_INSURANCE_NUMBER", "046 454 286"),
        ("PAN ABCPE1234F", "IN_PERMANENT_ACCOUNT_NUMBER", "ABCPE1234F"),
        ("Aadhaar 2345 6789 0123", "IN_AADHAAR", "2345 6789 0123"),
        ("username: jdoe42", "USERNAME", "jdoe42"),
        ("password: hunter2!", "PASSWORD", "hunter2!"),
        ("key AKIAIOSFODNN7EXAMPLE", "AWS_ACCESS_KEY", "AKIAIOSFODNN7EXAMPLE"),
        ("lives at 12 Oak Avenue, Dayton, OH 45402", "ADDRESS", "12 Oak Avenue, Dayton, OH 45402"),
        ("Patient: Robert Ellis", "NAME", "Robert Ellis"),
    ],
)
def test_pii(text: str, kind: str, part: str):
    assert (kind, part) in secrets(text)


def test_pii_in_spanish():
    found = secrets("Me llamo María López, vivo en la Calle Mayor 12, mi correo es ml@ejemplo.es", "es")
    assert {("NAME", "María López"), ("ADDRESS", "Calle Mayor 12"), ("EMAIL", "ml@ejemplo.es")} <= found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("card 4111 1111 1111 1112", "CREDIT_DEBIT_NUMBER"),
        ("zeros 0000 0000 0000 0000", "CREDIT_DEBIT_NUMBER"),
        ("part 000-12-3456", "SSN"),
        ("part 666-12-3456", "SSN"),
        ("DE89 3704 0044 0532 0130 01", "INTERNATIONAL_BANK_ACCOUNT_NUMBER"),
        ("Routing No. 021000022", "BANK_ROUTING"),
        ("version 1.2.3.456", "IP_ADDRESS"),
        ("NHS 943 476 5918", "UK_NATIONAL_HEALTH_SERVICE_NUMBER"),
        ("the ratio is 3:2", "IP_ADDRESS"),
        ("see std::vector for it", "IP_ADDRESS"),
    ],
)
def test_what_only_looks_like_pii(text: str, kind: str):
    assert kind not in {found for found, _ in secrets(text)}


def test_types_are_those_of_the_service_model():
    from botocore.loaders import Loader

    shapes = Loader().load_service_model("comprehend", "service-2")["shapes"]
    pii = {rule.type for rule in comprehend_pii._rules()} | {"NAME", "DATE_TIME", "PHONE"}
    assert pii == set(shapes["PiiEntityType"]["enum"]) - {"ALL"}
    assert {rule.type for rule in entities.rules()} == set(shapes["EntityType"]["enum"])
    assert set(LABELS) == set(shapes["ToxicContentType"]["enum"])
    assert set(comprehend_sentiment.scores("x", "en")) == set(shapes["SentimentScore"]["members"])
