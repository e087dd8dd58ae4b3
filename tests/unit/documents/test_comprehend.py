"""What Comprehend finds, put back into the document; and the document without it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from common import aws
from common.content import language_guess
from common.errors import ServiceUnavailable
from documents.errors import LanguageServiceThrottled
from documents.meaning import entities
from documents.model import Secret
from documents.summary import masking
from tests.unit.documents.meaning import FakeComprehend, document, refusal


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeComprehend:
    fake = FakeComprehend()
    monkeypatch.setattr(aws, "client", lambda name, **_: {"comprehend": fake}[name])
    return fake


def test_an_entity_is_kept_once_a_page(service: FakeComprehend):
    service.words = {"Ann": "PERSON", "Reno": "LOCATION"}
    found = entities.entities(document("1| Ann and Ann", "2| Ann in Reno"), "en")
    assert [(each.type, each.text, each.page) for each in found] == [
        ("PERSON", "Ann", 1),
        ("PERSON", "Ann", 2),
        ("LOCATION", "Reno", 2),
    ]


def test_a_secret_is_a_place_in_each_line_it_touches(service: FakeComprehend):
    service.words = {"12 Main\nReno": "ADDRESS", "Zoë": "NAME"}
    found = entities.secrets(document("Zoë, 12 Main", "Reno, Zoë"), "en")
    assert sorted((each.type, each.line, each.start, each.end) for each in found) == [
        ("ADDRESS", 0, 5, 12),
        ("ADDRESS", 1, 0, 4),
        ("NAME", 0, 0, 3),
        ("NAME", 1, 6, 9),
    ]


def test_text_over_the_limit_goes_in_pieces_whose_places_still_fit(service: FakeComprehend):
    service.words = {"Ann": "NAME"}
    lines = ["é" * 30_000, "Ann", "x" * 70_000, "y" * 150_000 + " Ann", ""]
    found = entities.secrets(document(*lines), "en")
    assert [(each.line, each.start) for each in found] == [(1, 0), (3, 150_001)]
    assert len(service.asked) >= 3


def test_a_document_without_text_asks_nothing(service: FakeComprehend):
    assert entities.entities(document("", " "), "en") == []
    assert service.asked == []


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (refusal("ThrottlingException", 400), LanguageServiceThrottled),
        (refusal("TooManyRequestsException", 400), LanguageServiceThrottled),
        (refusal("InternalServerException", 500), ServiceUnavailable),
        (ConnectTimeoutError(endpoint_url="x"), ServiceUnavailable),
        (refusal("AccessDeniedException", 400), ClientError),
    ],
)
def test_errors_have_the_names_that_machines_know(service: FakeComprehend, error: Exception, name: type[Exception]):
    service.error = error
    with pytest.raises(name):
        entities.secrets(document("Ann"), "en")


def secret(kind: str, line: int, start: int, end: int) -> Secret:
    return Secret(kind, line, start, end, 0.9)


def test_secrets_become_their_types():
    lines = ["Call Ann at 555-0123", "no secret"]
    assert masking.masked(lines, [secret("PHONE", 0, 12, 20), secret("NAME", 0, 5, 8)]) == [
        "Call [NAME] at [PHONE]",
        "no secret",
    ]


@pytest.mark.parametrize(
    ("secrets", "text"),
    [
        ([("NAME", 0, 3), ("ADDRESS", 2, 8)], "[ADDRESS]ij"),
        ([("ADDRESS", 0, 8), ("NAME", 2, 3)], "[ADDRESS]ij"),
        ([("NAME", 0, 3), ("NAME", 3, 5)], "[NAME][NAME]fghij"),
        ([("NAME", 0, 3), ("ADDRESS", 2, 8), ("PHONE", 7, 10)], "[ADDRESS]"),
    ],
)
def test_secrets_that_overlap_leave_nothing_of_each_other(secrets: list[Any], text: str):
    made = [secret(kind, 0, start, end) for kind, start, end in secrets]
    assert masking.masked(["abcdefghij"], made) == [text]


@pytest.mark.parametrize(
    ("text", "default", "code"),
    [
        ("The patient was seen by the doctor and is to be sent to the ward for the night.", "de", "en"),
        ("Der Patient wurde von der Klinik und dem Arzt nicht mit den Unterlagen entlassen.", "en", "de"),
        ("Le patient est sorti de la clinique et une lettre est envoyée dans les jours.", "en", "fr"),
        ("El paciente fue dado de alta por el médico y se le dio una carta para el centro de la zona.", "en", "es"),
        ("請求書 合計金額は以下のとおりです", "en", "ja"),
        ("发票 总金额 如下所示", "en", "zh"),
        ("Счёт на оплату услуг", "en", "ru"),
        ("Total 4.32 Cash 5.00", "es", "es"),
        ("", "en", "en"),
    ],
)
def test_a_language_is_guessed_only_where_the_text_is_clear(text: str, default: str, code: str):
    assert language_guess.guess(text, default) == code
