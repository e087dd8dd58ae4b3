"""What the model is asked, and what it is not shown, with the parameters that decide it: Guardrail and TypesBy."""

from __future__ import annotations

import json

import pytest

from local.samples.documents import page
from tests.workflow.documents import papers

GUARDRAIL = "localwatch:1"
"""Of ``local/services/bedrock/guardrails.toml``: blocks the words below and numbers of the social security, masks
addresses of e-mail."""
DENIED = "Operation Nightingale"
BILL = """Invoice Number: 2044
Total Due: $318.40

The roof of the shed was repaired in May. The total of this invoice is due in June.
"""


@pytest.fixture(scope="module")
def guarded(cloud, quiet):
    from tests.workflow.documents.desk import Desk

    with Desk(cloud).with_parameters(Guardrail=GUARDRAIL, TypesBy="model"):
        yield


pytestmark = pytest.mark.usefixtures("guarded")


def codes(summary):
    return [flag["code"] for flag in summary["flags"]]


def test_a_document_that_the_guardrail_refuses_keeps_all_but_its_sentences(desk):
    """A scan, so that there is a copy to keep. The prompt is refused before the model is asked, and once."""
    version = desk.upload(page("Patient Name: Ada Lovelace", f"She was at {DENIED}.", "She went home."))
    before = {name: desk.model_usage(name) for name in ("requests", "tokens")}
    assert desk.run(version).outcome == "summarized"
    summary = desk.summary(version)
    assert summary["summary"] == []
    (flag,) = [flag for flag in summary["flags"] if flag["code"] == "SUMMARY_UNAVAILABLE"]
    assert "guardrail" in flag["message"]
    assert summary["model"]["stop_reason"] == "guardrail_intervened"
    assert any(form["key"].startswith("Patient Name") for form in summary["forms"]), summary["forms"]
    assert desk.read(summary["outputs"]["searchable"]).startswith(b"%PDF-")
    assert {key.partition("/")[0] for key in desk.results(version)} == {"summaries", "searchable", "boxes", "text"}
    # Once for the type and once for the sentences.
    assert desk.model_usage("requests") == before["requests"] + 2
    assert desk.model_usage("tokens") == before["tokens"]


def test_what_the_guardrail_masks_is_masked_for_the_model_alone(desk):
    body = (
        b"Patient: Ada Lovelace\nEmail: ada@example.com\n\nThe patient writes from ada@example.com and is well again.\n"
    )
    version = desk.upload(body, "masked.txt")
    before = desk.model_usage("guardrails")
    assert desk.run(version).outcome == "summarized"
    summary = desk.summary(version)
    said = " ".join(summary["summary"])
    assert "{EMAIL}" in said
    assert "ada@example.com" not in said
    assert {"key": "Email", "value": "ada@example.com"} in summary["forms"]
    assert "SUMMARY_UNAVAILABLE" not in codes(summary)
    # The model is made to call a tool, whose input Converse does not look into.
    assert desk.model_usage("guardrails") == before + 1


def test_a_guardrail_that_may_not_be_used_fails_and_a_redrive_ends_well(desk):
    version = desk.upload(papers.note())
    with desk.forbidden("DocumentsSummarize", "bedrock:ApplyGuardrail"):
        ended = desk.run(version)
    assert (ended.status, ended.error) == ("FAILED", "ModelRefused")
    assert "bedrock:ApplyGuardrail" in ended.cause
    assert desk.run(json.loads(desk.failed(ended.arn)["detail"]["input"])).outcome == "summarized"


def test_the_model_is_asked_for_the_type_once(desk):
    version = desk.upload(BILL.encode(), "bill.txt")
    before = desk.model_usage("requests")
    assert desk.run(version).outcome == "summarized"
    assert desk.summary(version)["type"] | {"confidence": 0} == {"name": "invoice", "confidence": 0, "by": "model"}
    assert desk.model_usage("requests") == before + 2
    again = desk.by_hand(version.key, again="once more")
    assert desk.run(again).outcome == "summarized"


def test_a_model_that_tells_no_type_leaves_it_to_the_rules(desk):
    desk.model_answers("prose", None)
    version = desk.upload(BILL.encode(), "bill of no type.txt")
    assert desk.run(version).outcome == "summarized"
    summary = desk.summary(version)
    assert summary["type"]["by"] == "rules"
    assert "TYPE_BY_RULES" in codes(summary)
    assert summary["forms"]


def test_enrich_may_not_ask_the_model(desk):
    version = desk.upload(papers.note())
    with desk.forbidden("DocumentsEnrich", "bedrock:InvokeModel"):
        ended = desk.run(version)
    assert (ended.status, ended.error) == ("FAILED", "ModelRefused")
    assert desk.run(json.loads(desk.failed(ended.arn)["detail"]["input"])).outcome == "summarized"
