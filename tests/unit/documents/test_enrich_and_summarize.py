"""The two handlers on an account in memory: what they leave, what they pay for, and what the model may see."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from common import aws
from common.errors import CeilingReached
from common.objects import Bucket
from documents import keys, steps
from documents.errors import (
    LanguageServiceThrottled,
    ModelRefused,
    ModelSettingsInvalid,
    RedactionListInvalid,
    RedactionUnavailable,
    WorkGone,
)
from documents.handlers import enrich, summarize, write
from documents.meaning import entities, packets
from documents.model import Extraction, Part
from tests.unit.documents import asking, pipeline_aws
from tests.unit.documents.meaning import (
    WORK,
    FakeBedrock,
    FakeComprehend,
    FakeSageMaker,
    document,
    refusal,
    said,
    wrote,
)

LETTER = document(
    "Discharge Summary",
    "Patient: Ann Lee",
    "The patient was admitted to the hospital and is to be discharged.",
    forms=[("Patient", "Ann Lee"), ("Discharge date", "03/04/2024"), ("Phone", "212-555-012")],
)
GERMAN = document("Der Patient wurde von der Klinik und dem Arzt nicht mit den Unterlagen entlassen.")


class Context:
    """What Lambda hands to a handler."""

    function_name = "documents"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:documents"
    aws_request_id = "request"


@dataclass
class Services:
    comprehend: FakeComprehend = field(default_factory=FakeComprehend)
    bedrock: FakeBedrock = field(default_factory=lambda: FakeBedrock([said("Ann Lee was discharged.")]))
    sagemaker: FakeSageMaker = field(default_factory=FakeSageMaker)
    state: dict[str, Any] = field(default_factory=dict)
    set: Callable[..., None] = lambda **_: None
    states: pipeline_aws.FakeStates | None = None

    def enrich(self) -> dict[str, Any]:
        return enrich.handler(self.state, Context())

    def summarize(self, *left: int) -> dict[str, Any]:
        """The state afterwards, Enrich first where a test has not run it with a Comprehend of its own; ``left``:
        milliseconds that the worker has, each time it asks."""
        if steps.summaries().head(keys.step(WORK, "enrichment")) is None:
            self.enrich()
        assert self.states is not None
        context = asking.Context(*left)
        return {**self.state, **(asking.answer(self.states, summarize.handler, self.state, context=context) or {})}


@pytest.fixture
def services(account: Any, monkeypatch: pytest.MonkeyPatch) -> Services:
    put(pipeline_aws.INBOX, "cases/7/letter.pdf", b"%PDF")
    made = Services(
        states=account.states,
        state={
            "document": {
                "bucket": pipeline_aws.INBOX,
                "key": "cases/7/letter.pdf",
                "etag": "e",
                "version_id": "v",
                "sequencer": "1",
                "size": 9,
            },
            "work": WORK,
            "received_at": "2026-11-20T10:00:00Z",
        },
        set=lambda **values: [monkeypatch.setenv(name.upper(), value) for name, value in values.items()],  # type: ignore[misc]
    )
    others = aws.client
    instead = {"comprehend": made.comprehend, "bedrock-runtime": made.bedrock, "sagemaker-runtime": made.sagemaker}
    monkeypatch.setattr(aws, "client", lambda name, **options: instead.get(name) or others(name, **options))
    made.set(locale="US", model_id="us.amazon.nova-2-lite-v1:0")
    leave(LETTER)
    return made


def leave(extraction: Extraction) -> None:
    steps.keep(WORK, "extraction", extraction.to_json())


def put(bucket: str, key: str, document: Any) -> None:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    Bucket(bucket).put(key, body)


# Enrich


def test_the_model_decides_the_type_where_that_is_asked_for(services: Services, capsys: pytest.CaptureFixture[str]):
    services.bedrock.answers = [said(input={"type": "lab_report", "confidence": 0.9})]
    services.set(types_by="model")
    assert services.enrich()["enrichment"]["type"] == "lab_report"
    found = steps.enrichment(WORK)
    assert (found.type.confidence, found.type.by) == (0.9, "model")
    assert [field.name for field in found.fields] == ["patient_name", None, None], "names are those of the type"
    assert '"TypeTokens":[100.0]' in capsys.readouterr().out.replace(" ", "")
    services.enrich()
    assert len(services.bedrock.asked) == 1


def test_a_run_that_died_behind_the_question_pays_it_once(services: Services):
    services.bedrock.answers = [said(input={"type": "lab_report", "confidence": 0.9})]
    services.set(types_by="model")
    services.comprehend.error = refusal("ThrottlingException", 400, "DetectEntities")
    with pytest.raises(LanguageServiceThrottled):
        services.enrich()
    services.comprehend.error = None
    services.enrich()
    assert len(services.bedrock.asked) == 1
    assert steps.enrichment(WORK).type.name == "lab_report"


def test_rules_decide_where_the_model_names_no_type(services: Services):
    services.bedrock.answers = [wrote("a poem")]
    services.set(types_by="model")
    assert services.enrich()["enrichment"]["type"] == "discharge_summary"
    assert "TYPE_BY_RULES" in [flag.code for flag in steps.enrichment(WORK).flags]


@pytest.mark.parametrize(("redact", "seen"), [("model", False), ("both", False), ("copy", True), ("none", True)])
def test_the_question_holds_no_personal_data_where_the_model_must_not_see_it(
    services: Services, redact: str, seen: bool
):
    services.comprehend.words = {"Ann Lee": "NAME"}
    services.bedrock.answers = [said(input={"type": "lab_report", "confidence": 0.9})]
    services.set(types_by="model", redact=redact)
    services.enrich()
    assert ("Ann Lee" in json.dumps(services.bedrock.asked)) is seen


@pytest.mark.parametrize("guardrail", ["", "abcd1234efgh:1"])
def test_another_guardrail_asks_again(services: Services, guardrail: str):
    services.set(guardrail="abcd1234efgh:2")
    services.summarize()
    services.set(guardrail=guardrail)
    services.summarize()
    assert len(services.bedrock.asked) == 2
    assert len(services.bedrock.guarded) == 1 + bool(guardrail)


def test_enrich_leaves_type_fields_flags_and_entities(services: Services):
    services.comprehend.words = {"Ann Lee": "PERSON"}
    state = services.enrich()
    assert state["enrichment"] == {"type": "discharge_summary", "flags": 1, "entities": 1, "secrets": 0}
    assert state["work"] == WORK, "the state goes on with its other members"
    made = steps.enrichment(WORK)
    assert [(field.kind, field.value) for field in made.fields] == [
        ("text", "Ann Lee"),
        ("date", "2024-03-04"),
        ("phone", None),
    ]
    assert [flag.code for flag in made.flags] == ["PHONE_DIGITS_MISSING"]
    assert [(each.text, each.page) for each in made.entities] == [("Ann Lee", 1)]


def test_enrich_counts_what_it_flagged_and_nothing_of_the_text(services: Services, capsys: pytest.CaptureFixture[str]):
    services.enrich()
    written = capsys.readouterr().out
    (metrics,) = [json.loads(line) for line in written.splitlines() if "_aws" in line]
    assert metrics["FlagsRaised"] == [1.0]
    assert metrics["LowConfidenceFields"] == [0.0]
    assert metrics["EnrichmentsHeld"] == [0.0]
    assert metrics["ComprehendUnits"] == [3.0], "what is billed at least"
    assert "Ann" not in written


def test_a_kept_answer_of_comprehend_is_not_counted_as_billed(
    services: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    services.enrich()
    monkeypatch.setenv("LOW_CONFIDENCE", "81")  # made anew, of the same answers
    services.enrich()
    assert capsys.readouterr().out.count("ComprehendUnits") == 2, "name and value, in one line"


def test_enrich_counts_what_it_could_not_buy_so_that_no_alarm_takes_it_for_a_failure(
    services: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DAILY_COMPREHEND_CHARACTERS", "0")
    with pytest.raises(CeilingReached):
        services.enrich()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [line["EnrichmentsHeld"] for line in lines if "EnrichmentsHeld" in line] == [[1.0]]


def test_enriching_again_pays_and_changes_nothing(services: Services):
    first = services.enrich()
    asked = len(services.comprehend.asked)
    services.comprehend.words = {"Ann Lee": "PERSON"}
    assert services.enrich() == first
    assert len(services.comprehend.asked) == asked


def test_what_was_found_without_redaction_is_not_shown_to_the_model_with_it(services: Services):
    """Summarize failed, Redact was switched on, the execution was redriven."""
    services.comprehend.words = {"Ann Lee": "NAME"}
    services.enrich()
    services.set(redact="model")
    assert services.enrich()["enrichment"]["secrets"] == 1
    services.summarize()
    assert "Ann" not in json.dumps(services.bedrock.asked)


def test_redaction_that_came_after_enrich_stops_the_document(services: Services):
    """A deployment reaches executions that are under way."""
    services.enrich()
    services.set(redact="model")
    with pytest.raises(WorkGone, match="redrive"):
        services.summarize()
    assert services.bedrock.asked == []


def test_what_was_made_of_another_extraction_is_made_anew(services: Services):
    """Fields are numbered like the extraction's forms: those of another one would name the wrong form."""
    services.enrich()
    leave(document("Invoice", forms=[("Total", "$5.00")]))
    services.enrich()
    assert [field.raw for field in steps.enrichment(WORK).fields] == ["$5.00"]


def test_a_try_that_was_throttled_pays_only_for_what_is_left(services: Services, monkeypatch: pytest.MonkeyPatch):
    leave(document("The first page of the letter.", "The second page of the letter."))
    monkeypatch.setattr(entities.comprehend, "MOST_TEXT_BYTES", 40)
    services.comprehend.failing = {2: refusal("ThrottlingException", 400)}
    with pytest.raises(LanguageServiceThrottled):
        services.enrich()
    services.enrich()
    assert [text for _, text, _ in services.comprehend.asked] == [
        "The first page of the letter.",
        "The second page of the letter.",
        "The second page of the letter.",
    ]


def test_entities_and_redaction_are_switched_by_settings(services: Services):
    services.set(detect_entities="off")
    services.enrich()
    assert services.comprehend.asked == []


@pytest.mark.parametrize("redact", ["model", "copy", "both"])
def test_personal_data_is_found_where_redaction_is_asked_for(services: Services, redact: str):
    services.comprehend.words = {"Ann Lee": "NAME"}
    services.set(redact=redact, detect_entities="off")
    assert services.enrich()["enrichment"]["secrets"] == 1
    assert [kind for kind, _, _ in services.comprehend.asked] == ["pii"]
    (secret,) = steps.enrichment(WORK).secrets
    assert (secret.type, secret.line, secret.start, secret.end) == ("NAME", 1, 9, 16)


def test_a_list_is_hidden_beside_the_personal_data_and_a_new_one_is_heeded(services: Services):
    services.comprehend.words = {"Ann Lee": "NAME"}
    services.set(redact="both", detect_entities="off")
    steps.summaries().put(keys.REDACTION_LIST, b'{"words": ["hospital"]}')
    assert services.enrich()["enrichment"]["secrets"] == 2
    listed = steps.enrichment(WORK).secrets[1]
    assert LETTER.lines[listed.line].text[listed.start : listed.end] == "hospital"
    services.summarize()
    (prompt,) = (json.dumps(request) for request in services.bedrock.asked)
    assert "[LISTED]" in prompt
    assert "hospital" not in prompt
    steps.summaries().put(keys.REDACTION_LIST, b'{"words": ["hospital", "admitted"]}')
    assert services.enrich()["enrichment"]["secrets"] == 3
    assert len(services.comprehend.asked) == 1


def test_a_list_that_cannot_be_used_stops_every_document_that_is_redacted(services: Services):
    steps.summaries().put(keys.REDACTION_LIST, b"{")
    services.enrich()
    services.set(redact="copy")
    with pytest.raises(RedactionListInvalid, match=r"redaction\.json"):
        services.enrich()


def test_a_language_without_redaction_goes_nowhere(services: Services):
    leave(GERMAN)
    services.set(redact="model")
    with pytest.raises(RedactionUnavailable, match="Redact=none"):
        services.enrich()
    services.set(redact="none")
    services.enrich()
    assert services.comprehend.asked[-1][2] == "de"


def test_a_language_without_entities_is_skipped_and_said(services: Services):
    leave(document("Счёт на оплату услуг"))
    services.enrich()
    assert services.comprehend.asked == []
    assert [flag.code for flag in steps.enrichment(WORK).flags] == ["LANGUAGE_UNSUPPORTED"]


def test_enrich_without_an_extraction_says_so(services: Services):
    services.state["work"] = "b" * 40
    with pytest.raises(WorkGone):
        services.enrich()


# Packets


def codes(services: Services) -> list[str]:
    services.enrich()
    return [flag.code for flag in steps.enrichment(WORK).flags if flag.code != "PHONE_DIGITS_MISSING"]


def sibling(key: str, kind: str) -> None:
    put(pipeline_aws.SUMMARIES, keys.summary(key), {"summary": [], "type": {"name": kind, "confidence": 1.0}})


def packet(*types: str) -> None:
    put(pipeline_aws.INBOX, "cases/7/packet.json", {"types": types})


def test_a_document_missing_from_its_packet(services: Services):
    packet("discharge_summary", "consent_form", "lab_report")
    sibling("cases/7/lab.pdf", "lab_report")
    sibling("cases/7/deeper/consent.pdf", "consent_form")
    sibling("cases/70/consent.pdf", "consent_form")
    assert codes(services) == ["DOCUMENT_MISSING"]
    assert "consent_form" in steps.enrichment(WORK).flags[-1].message


def test_a_whole_packet_and_a_folder_that_is_none_are_not_flagged(services: Services):
    packet("discharge_summary", "lab_report")
    sibling("cases/7/lab.pdf", "lab_report")
    assert codes(services) == []


def test_an_older_summary_of_the_document_itself_does_not_count(services: Services):
    packet("discharge_summary", "lab_report")
    sibling("cases/7/letter.pdf", "lab_report")
    assert codes(services) == ["DOCUMENT_MISSING"]


def test_a_pdf_that_was_split_counts_by_its_parts(services: Services):
    packet("discharge_summary", "lab_report", "consent_form")
    parts = [{"type": kind, "pages": [1, 1], "key": kind} for kind in ("lab_report", "consent_form")]
    whole = {"summary": [], "type": {"name": "invoice", "confidence": 1.0}, "parts": parts}
    put(pipeline_aws.SUMMARIES, keys.summary("cases/7/stack.pdf"), whole)
    assert codes(services) == []
    assert settled("cases/7/letter.pdf")["documents"] == {"lab_report": "lab_report", "consent_form": "consent_form"}
    packet("lab_report", "receipt")
    leave(replace(LETTER, parts=(Part("lab_report", 1, 1, "a"), Part("receipt", 2, 2, "b"))))
    assert codes(services) == []


def test_a_folder_without_a_packet_is_not_looked_at(services: Services):
    sibling("cases/7/lab.pdf", "lab_report")
    assert codes(services) == []


@pytest.mark.parametrize("body", [b"{", b"x" * 70_000])
def test_a_broken_packet_does_not_stop_the_document(services: Services, body: bytes):
    put(pipeline_aws.INBOX, "cases/7/packet.json", body)
    assert codes(services) == ["PACKET_UNREADABLE"]


def test_a_folder_with_too_many_documents_is_no_packet(services: Services, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packets, "MOST_DOCUMENTS", 2)
    packet("discharge_summary", "consent_form")
    for number in range(3):
        sibling(f"cases/7/{number}.pdf", "receipt")
    assert codes(services) == ["PACKET_UNREADABLE"]


def test_a_packet_costs_one_listing_whatever_lies_in_folders_below_it(services: Services):
    packet("discharge_summary", "receipt", "consent_form")
    sibling("cases/7/1.pdf", "receipt")
    bucket = Bucket(pipeline_aws.SUMMARIES)
    for number in range(2_100):
        bucket.put(keys.summary(f"cases/7/2025/{number}.pdf"), b"{}")
    pages: list[str] = []
    listen = aws.client("s3").meta.events
    listen.register("before-call.s3.ListObjectsV2", lambda **_: pages.append("page"), unique_id="pages")
    try:
        assert packets.siblings(bucket, "cases/7/letter.pdf") == {"cases/7/1.pdf": "receipt"}
    finally:
        listen.unregister("before-call.s3.ListObjectsV2", unique_id="pages")
    assert len(pages) == 1


def settled(key: str) -> dict[str, Any]:
    inbox, summaries = Bucket(pipeline_aws.INBOX), Bucket(pipeline_aws.SUMMARIES)
    status = packets.settle(inbox, summaries, key)
    stored = summaries.get("packets/cases/7/packet.json")
    assert status is not None
    assert stored is not None
    assert stored.json() == status
    return status


def test_a_packets_status_follows_its_documents_in_any_order(services: Services):
    packet("discharge_summary", "lab_report")
    sibling("cases/7/lab.pdf", "lab_report")
    first = settled("cases/7/lab.pdf")
    assert (first["complete"], first["missing"], first["documents"]) == (
        False,
        ["discharge_summary"],
        {"cases/7/lab.pdf": "lab_report"},
    )
    sibling("cases/7/letter.pdf", "discharge_summary")
    last = settled("cases/7/letter.pdf")
    assert (last["complete"], last["missing"]) == (True, [])
    assert settled("cases/7/lab.pdf") == last


def test_of_two_documents_that_end_at_once_the_newer_view_wins(services: Services, monkeypatch: pytest.MonkeyPatch):
    packet("discharge_summary", "lab_report")
    sibling("cases/7/lab.pdf", "lab_report")
    real = packets.siblings
    raced: list[None] = []

    def slow(*arguments: Any) -> dict[str, str]:
        seen = real(*arguments)
        if not raced:
            raced.append(None)
            sibling("cases/7/letter.pdf", "discharge_summary")
            packets.settle(Bucket(pipeline_aws.INBOX), Bucket(pipeline_aws.SUMMARIES), "cases/7/letter.pdf")
        return seen

    monkeypatch.setattr(packets, "siblings", slow)
    assert settled("cases/7/lab.pdf")["complete"]


def test_a_written_summary_brings_its_packet_up_to_date(services: Services):
    packet("discharge_summary", "lab_report")
    services.enrich()
    services.summarize()
    services.state["inspection"] = {"media_type": "text/plain", "pages": 1, "route": "text", "reason": ""}
    assert write.handler(services.state, Context())["outcome"] == "summarized"
    stored = Bucket(pipeline_aws.SUMMARIES).get("packets/cases/7/packet.json")
    assert stored is not None
    assert stored.json()["documents"] == {"cases/7/letter.pdf": "discharge_summary"}
    assert stored.json()["missing"] == ["lab_report"]


def test_a_folder_without_a_packet_has_no_status(services: Services):
    assert packets.settle(Bucket(pipeline_aws.INBOX), Bucket(pipeline_aws.SUMMARIES), "cases/7/letter.pdf") is None


# Summarize


def test_summarize_leaves_the_models_sentences(services: Services, capsys: pytest.CaptureFixture[str]):
    state = services.summarize()
    assert state["summary"] == {"sentences": 1, "stop_reason": "tool_use", "tokens": 100}
    assert steps.summary(WORK).sentences == ("Ann Lee was discharged.",)
    written = capsys.readouterr().out
    assert '"SummaryTokens":[100.0]' in written.replace(" ", "")
    assert '"ModelInputTokens":[90.0]' in written.replace(" ", "")
    assert '"ModelOutputTokens":[10.0]' in written.replace(" ", "")
    assert "discharged" not in written


def test_summarizing_again_pays_and_changes_nothing(services: Services):
    first = services.summarize()
    assert services.summarize() == first
    assert len(services.bedrock.asked) == 1


def test_a_run_that_died_goes_on_from_its_last_answer(services: Services):
    services.bedrock.answers = [wrote("prose"), refusal("ThrottlingException", 429), said("Ann Lee was discharged.")]
    assert "summary" not in services.summarize(600_000, 600_000, 0), "its time was over while the model throttled"
    services.summarize()
    assert len(services.bedrock.asked) == 3, "the prose was not asked for twice"
    assert steps.summary(WORK).model.tokens == 200


@pytest.mark.parametrize(("provider", "refused"), [("bedrock", 1), ("sagemaker", 1), ("sagemaker", 2)])
@pytest.mark.parametrize("times", [1, 20])
def test_a_check_that_is_throttled_pays_neither_the_model_nor_earlier_checks_again(
    services: Services, monkeypatch: pytest.MonkeyPatch, provider: str, refused: int, times: int
):
    """Within one turn, and over as many turns as it takes."""
    services.set(model_provider=provider, sagemaker_endpoint="writer", guardrail="abcd1234efgh:1")
    services.sagemaker.answers = [[{"generated_text": "Ann Lee was discharged."}]]
    check, passed, left = services.bedrock.apply_guardrail, 0, times

    def throttled(**request: Any) -> dict[str, Any]:
        nonlocal passed, left
        if passed == refused - 1 and left:
            left -= 1
            raise refusal("ThrottlingException", 429, "ApplyGuardrail")
        passed += 1
        return check(**request)

    monkeypatch.setattr(services.bedrock, "apply_guardrail", throttled)
    for _ in range(times + 1):
        if "summary" in services.summarize(600_000, 600_000, 600_000, 0):
            break
    assert steps.summary(WORK).sentences == ("Ann Lee was discharged.",)
    assert (len(services.bedrock.asked), len(services.sagemaker.asked)) == ((1, 0) if provider == "bedrock" else (0, 1))
    assert passed == (1 if provider == "bedrock" else 2)


@pytest.mark.parametrize("values", [{"model_id": "us.amazon.nova-pro-v1:0"}, {"chunk_characters": "20"}])
def test_a_summary_of_other_settings_is_made_anew(services: Services, values: dict[str, str]):
    services.summarize()
    services.set(**values)
    services.summarize()
    assert len(services.bedrock.asked) > 1
    assert steps.summary(WORK).model.id == values.get("model_id", "us.amazon.nova-2-lite-v1:0")


def test_a_summary_made_before_redaction_was_switched_on_is_made_anew(services: Services):
    services.comprehend.words = {"Ann Lee": "NAME"}
    services.enrich()
    services.summarize()
    services.set(redact="model")
    services.bedrock.answers = [said("[NAME] was discharged.")]
    services.enrich()
    services.summarize()
    assert steps.summary(WORK).sentences == ("[NAME] was discharged.",)


@pytest.mark.parametrize(
    ("answer", "asked", "counted"),
    [
        (said("No.", reason="guardrail_intervened"), 1, "1.0"),
        (wrote("prose"), 3, "1.0"),
        (said("Ann Lee was discharged."), 1, "0.0"),
    ],
)
def test_a_summary_that_fails_is_counted_and_nothing_is_lost(
    services: Services, capsys: pytest.CaptureFixture[str], answer: Any, asked: int, counted: str
):
    services.bedrock.answers = [answer]
    services.enrich()
    state = services.summarize()
    assert len(services.bedrock.asked) == asked
    assert state["summary"]["sentences"] == int(counted == "0.0")
    assert [flag.code for flag in steps.summary(WORK).flags] == ["SUMMARY_UNAVAILABLE"] * (counted == "1.0")
    assert f'"SummariesUnavailable":[{counted}]' in capsys.readouterr().out.replace(" ", "")
    assert services.summarize() == state, "twice is once"


def test_what_older_rules_made_is_made_anew_and_the_same_question_is_not_paid_again(services: Services):
    services.enrich()
    services.summarize()
    steps.keep(WORK, "enrichment", {**steps.enrichment(WORK).to_json(), "fields": [], "made_of": "older rules"})
    steps.keep(WORK, "summary", {**steps.summary(WORK).to_json(), "sentences": [], "made_of": "older rules"})
    services.enrich()
    services.summarize()
    assert len(steps.enrichment(WORK).fields) == 3
    assert steps.summary(WORK).sentences == ("Ann Lee was discharged.",)
    assert (len(services.comprehend.asked), len(services.bedrock.asked)) == (1, 1)


def test_an_answer_that_older_code_read_is_asked_for_again(services: Services, monkeypatch: pytest.MonkeyPatch):
    services.bedrock.answers = [wrote("prose")]
    services.summarize()
    asked = len(services.bedrock.asked)
    services.bedrock.answers = [said("Ann Lee was discharged.")]
    services.summarize()
    assert steps.summary(WORK).sentences == ()
    assert len(services.bedrock.asked) == asked, "it is remembered"
    monkeypatch.setattr(steps, "code", lambda *rooms: f"new {rooms}")
    services.summarize()
    assert steps.summary(WORK).sentences == ("Ann Lee was discharged.",)


def test_the_model_sees_no_personal_data_where_that_is_asked_for(services: Services):
    services.comprehend.words = {"Ann Lee": "NAME"}
    services.set(redact="model")
    services.bedrock.answers = [said("[NAME] was discharged.")]
    services.enrich()
    services.summarize()
    shown = json.dumps(services.bedrock.asked)
    assert "Ann" not in shown
    assert "Patient: [NAME]" in shown
    assert steps.summary(WORK).flags == ()


@pytest.mark.parametrize(
    ("title", "asked"), [("Discharge Summary", "each medicine with its dose"), ("Memo", "whom it is about")]
)
def test_a_type_with_a_prompt_is_asked_in_its_words(services: Services, title: str, asked: str):
    leave(document(title, "Ann Lee was seen today.", forms=[("Name", "Ann Lee")]))
    services.summarize()
    system = services.bedrock.asked[0]["system"][0]["text"]
    assert "Write 3 to 6 whole sentences: " in system
    assert asked in system


@pytest.mark.parametrize("redact", ["none", "copy"])
def test_otherwise_it_sees_the_text_and_the_forms(services: Services, redact: str):
    services.set(redact=redact)
    services.enrich()
    services.summarize()
    assert "- Phone: 212-555-012" in services.bedrock.asked[0]["messages"][0]["content"][0]["text"]


def test_an_endpoint_is_asked_with_several_settings(services: Services):
    services.set(
        model_provider="sagemaker",
        sagemaker_endpoint="millrace-writer",
        sagemaker_format="jumpstart",
        parameters_list='[{"max_length": 50}, {"max_length": 99, "no_repeat_ngram_size": 4}]',
    )
    services.sagemaker.answers = [
        {"generated_texts": ["Ann Lee was discharged. " * 5]},
        {"generated_texts": ["Ann Lee was discharged."]},
    ]
    services.summarize()
    assert [request["Body"]["max_length"] for request in services.sagemaker.asked] == [50, 99]
    found = steps.summary(WORK)
    assert (found.sentences, found.flags, found.model.id) == (
        ("Ann Lee was discharged.",),
        (),
        "sagemaker:millrace-writer",
    )


@pytest.mark.parametrize(
    "values",
    [
        {"model_id": ""},
        {"model_provider": "openai"},
        {"model_provider": "sagemaker"},
        {"model_provider": "sagemaker", "sagemaker_endpoint": "e", "sagemaker_format": "text"},
        {"parameters_list": "{"},
        {"parameters_list": '{"temperature": 0}'},
        {"parameters_list": "[1]"},
        {"parameters_list": "[{}, {}, {}, {}, {}, {}]"},
    ],
)
def test_settings_that_make_no_sense_say_what_to_set(services: Services, values: dict[str, str]):
    services.set(**values)
    with pytest.raises(ModelSettingsInvalid, match=r"^Set "):
        services.summarize()


def test_a_model_that_may_not_be_invoked_fails_the_execution(services: Services):
    services.bedrock.answers = [refusal("AccessDeniedException", 403)]
    with pytest.raises(ModelRefused):
        services.summarize()
    assert steps.summaries().get(keys.step(WORK, "summary")) is None
