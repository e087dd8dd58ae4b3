"""Every paid call has a ceiling: parameters, what the pages say of them, and alarms of each pipeline that buys."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from common import admission
from common.spending import accounts, pauses
from llm.spending import CANARY_CALLS
from local.cloud.deploying.template import Template, read_template
from local.cloud.testing import ROOT
from narration.admission.ranges import BLOCK_CHARACTERS
from operate.cost import prices
from operate.spending.ceilings import INSTEAD, KINDS, PIPELINES
from tests.template import rules
from tests.template.resources import of_type
from tests.template.translate import TEMPLATE, resolved

COST, LIMITS = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("cost.md", "limits.md"))
PARAMETERS = read_template(TEMPLATE)["Parameters"]
PAID = {
    "polly:SynthesizeSpeech": "narration",
    "textract:AnalyzeDocument": "documents",
    "textract:StartDocumentAnalysis": "documents",
    "comprehend:DetectEntities": "documents",
    "comprehend:DetectPiiEntities": "documents",
    "comprehend:BatchDetectDominantLanguage": "llm",
    "comprehend:BatchDetectSentiment": "llm",
    "comprehend:DetectToxicContent": "llm",
    "bedrock:InvokeModel": "",
    "bedrock:ApplyGuardrail": "documents",
    "sagemaker:InvokeEndpoint": "documents",
    "sagemaker:CreateTrainingJob": "training",
}
"""Actions that are billed per use, and whose account they are taken from; empty for several."""
SERVICES = frozenset(action.partition(":")[0] for action in PAID)
FREE = {
    *("polly:PutLexicon", "polly:DescribeVoices", "textract:GetDocumentAnalysis", "bedrock:GetModelInvocationJob"),
    *("sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob", "sagemaker:AddTags", "sagemaker:ListTags"),
    *(f"sagemaker:{verb}ModelPackageGroup" for verb in ("Create", "Describe")),
    *(f"sagemaker:{verb}ModelPackage" for verb in ("Create", "Describe", "Update")),
    *(f"sagemaker:{verb}{what}" for verb in ("Create", "Describe", "Delete") for what in ("Model", "EndpointConfig")),
    *("sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint", "sagemaker:ListEndpoints"),
    # Serverless: billed by what it is asked, as Lambda is, and nothing while idle.
    "sagemaker:CreateEndpoint",
}
BOUGHT_BEFORE: Mapping[tuple[str, str], str] = {
    ("TrainModelRole", "sagemaker:CreateTrainingJob"): "TrainingPrepareRole",
    ("TrainingPredictRole", "sagemaker:InvokeEndpoint"): "",
    ("TrainingSmokeRole", "sagemaker:InvokeEndpoint"): "",
    ("TrainingEvaluateRole", "sagemaker:InvokeEndpoint"): "",
}
"""(role, action) -> the role that takes it from the day's account before; none for a serverless endpoint of the stack,
which costs by the millisecond as Lambda does."""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.parameter], ids=lambda kind: kind.name)
def test_a_ceiling_is_a_parameter_that_the_pages_name(kind):
    default = PARAMETERS[kind.parameter]["Default"]
    assert PARAMETERS[kind.parameter]["MinValue"] == 0, "0 buys nothing"
    assert re.search(rf"\| `{kind.parameter}` \|.*\| {default:,} \|", COST)
    assert f"`{kind.parameter}` {default:,}" in LIMITS


def test_what_a_day_may_cost_is_reckoned_at_the_listed_prices():
    polly, documents = prices.polly(), prices.documents()
    millions = PARAMETERS["DailyCharacters"]["Default"] / 1e6
    said = {name: f"{price * millions:.0f} {name}" for name, price in polly.items()}
    assert all(text in COST for text in said.values()), said
    page = documents["textract_forms_page"] + documents["textract_tables_page"]
    assert f"| {page * PARAMETERS['DailyPages']['Default']:.0f} with FORMS and TABLES |" in COST
    calls = PARAMETERS["DailyModelCalls"]["Default"] * documents["model_million_input_tokens"] / 1e6
    assert f"| {calls * 60_000 / 4:.0f} for prompts of 60,000 characters" in COST
    assert f"{calls * 1_600:.1f} for 1,600 tokens |" in COST
    assert f"| {CANARY_CALLS:,} |" in COST
    assert f"in blocks of {BLOCK_CHARACTERS:,}" in COST


def test_a_thousand_articles_and_documents_fit_into_a_day():
    assert PARAMETERS["DailyCharacters"]["Default"] >= 1_000 * 5_000
    assert PARAMETERS["DailyPages"]["Default"] >= 1_000 * 2
    assert PARAMETERS["DailyModelCalls"]["Default"] >= 1_000
    assert PARAMETERS["DailyComprehendCharacters"]["Default"] >= 1_000 * 5_000 * 2, "entities, and personal data"


def test_limits_are_those_of_the_code():
    shortest, longest = admission.HELD_SECONDS
    assert f"{shortest} to {longest} seconds between two looks" in LIMITS
    assert f"known to each worker after {pauses.SECONDS:.0f} seconds" in LIMITS
    assert longest < 300, "the alarms on waiting allow five minutes"
    assert accounts.KEPT_SECONDS > 86_400


def _leading_keys(template: Template, role: str) -> list[str]:
    """Of the table, those that a role's policies name."""
    conditions = [
        one.get("Condition", {}).get("ForAllValues:StringLike", {}) for one in rules.statements(template, role)
    ]
    return [key for one in conditions for key in one.get("dynamodb:LeadingKeys", ())]


def test_who_may_buy_may_take_from_the_days_account():
    """A role that may call what is billed, and no account, would buy without a bound."""
    template, found = (
        resolved(
            CanaryModel="eu.amazon.nova-2-lite-v1:0", UseQuestions="true", UseKnowledge="true", UseTraining="true"
        ),
        set(),
    )
    for name in of_type(template, "AWS::IAM::Role"):
        allowed = rules.statements(template, name)
        actions = {action for one in allowed for action in rules.listed(one["Action"])}
        services = {action for action in actions if action.partition(":")[0] in SERVICES}
        assert services <= PAID.keys() | FREE, name
        keys = _leading_keys(template, name)
        for action in services & PAID.keys():
            found.add(action)
            before = BOUGHT_BEFORE.get((name, action))
            if before == "":
                continue
            if before:
                keys = _leading_keys(template, before)
            pipelines = [PAID[action]] if PAID[action] else PIPELINES
            assert any(f"spending#{pipeline}#*" in keys for pipeline in pipelines), f"{name} may {action}"
    assert {"polly:SynthesizeSpeech", "textract:AnalyzeDocument", "bedrock:InvokeModel"} <= found


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_that_buys_tells_its_pause(pipeline):
    alarms = of_type(resolved(UseQuestions="true", UseKnowledge="true", UseTraining="true"), "AWS::CloudWatch::Alarm")
    kinds = ("Paused",) if pipeline == "llm" else ("Ceiling", "Spending", "Paused")
    assert {f"{pipeline.capitalize()}{kind}Alarm" for kind in kinds} <= alarms.keys()


def test_every_pipeline_can_be_paused_or_says_why_not():
    switches = {
        name[3:].lower()
        for name in PARAMETERS
        if re.fullmatch("Use(Narration|Documents|Images|Trips|Llm|Questions|Knowledge|Training)", name)
    }
    assert switches == set(PIPELINES) | INSTEAD.keys()
