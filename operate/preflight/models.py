"""May this account call the models that the parameters name, in this Region? Asked of Bedrock and SageMaker.

Bedrock tells it of foundation models (GetFoundationModelAvailability): whether the Region has it, whether its terms are
agreed to, whether the account is authorised and entitled. What an inference profile calls, GetInferenceProfile says. Of
provisioned, imported and custom models, which are the account's own, nothing is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operate.errors import OperateError
from operate.preflight.regions import DEFAULTS

if TYPE_CHECKING:
    from operate.clients import Target

EMBEDDINGS = "amazon.titan-embed-text-v2:0"
NOVA = "amazon.nova-2-lite-v1:0"
"""Defaults of EmbeddingModel and, by the profile of the Region's geography, of ModelId and QuestionsModelId."""

_OWN = re.compile(r":(provisioned-model|imported-model|custom-model-deployment)/")
_PROFILE = re.compile(r":(inference-profile|application-inference-profile)/|^[a-z]{2,6}(-[a-z]+)?\.[a-z0-9-]+\.")
_FOUNDATION = re.compile(r":foundation-model/")
_UNKNOWN = frozenset({"AccessDeniedException", "ThrottlingException", "InternalServerException"})


class NoModel(OperateError):
    """A model that the parameters name cannot be called; the sentence says what to do."""


@dataclass(frozen=True)
class Wanted:
    """``parameter`` names the model; ``instead``: what else one could do."""

    parameter: str
    model: str
    instead: str


def wanted(given: Mapping[str, str], region: str) -> Iterator[Wanted]:
    """The models of Bedrock that a deployment with these parameters will call."""
    value = {**DEFAULTS, **given}
    if value["UseDocuments"] == "true" and value["ModelProvider"] == "bedrock":
        yield Wanted("ModelId", value.get("ModelId") or _default(region), "set ModelId to another one")
    if value["UseQuestions"] == "true":
        questions = value.get("QuestionsModelId") or _default(region)
        yield Wanted("QuestionsModelId", questions, "set QuestionsModelId to another one")
    if value["UseKnowledge"] == "true":
        answering = value.get("KnowledgeModelId") or _default(region)
        yield Wanted("KnowledgeModelId", answering, "set KnowledgeModelId to another one")
        yield Wanted("UseKnowledge", EMBEDDINGS, "set UseKnowledge=false")  # no parameter: one model for all vectors
    if value["UseLlm"] != "true":
        return
    canary = value.get("CanaryModel", "")
    if float(value["SampleSimilarity"]) > 0 or canary:
        embeddings = value.get("EmbeddingModel") or EMBEDDINGS
        yield Wanted("EmbeddingModel", embeddings, "set SampleSimilarity=0, and no CanaryModel")
    if canary:
        yield Wanted("CanaryModel", canary, "set CanaryModel to another one or to nothing")


def _default(region: str) -> str:
    geography = region.partition("-")[0]
    return f"{({'us': 'us', 'ca': 'us', 'eu': 'eu'}).get(geography, 'jp')}.{NOVA}"


def check(target: Target, given: Mapping[str, str]) -> Iterator[str]:
    """A line per model that can be called, or of which nothing could be learnt. Raises NoModel."""
    bedrock = target.client("bedrock")
    for each in wanted(given, bedrock.meta.region_name):
        yield f"models: {each.parameter} {each.model}: {_asked(bedrock, each)}."
    value = {**DEFAULTS, **given}
    if value["UseDocuments"] == "true" and value["ModelProvider"] == "sagemaker":
        yield _endpoint(target.client("sagemaker"), value.get("SageMakerEndpoint", ""))


def _asked(bedrock: Any, each: Wanted) -> str:
    from botocore.exceptions import ClientError

    if _OWN.search(each.model):
        return "the account's own, not asked"
    through = bool(_PROFILE.search(each.model))
    try:
        for model in _behind(bedrock, each.model) if through else [_FOUNDATION.split(each.model)[-1]]:
            answer = bedrock.get_foundation_model_availability(modelId=model)
            lacking = _lacking(answer, bedrock.meta.region_name, through)
            if lacking:
                raise NoModel(f"{each.parameter} is {each.model}, and {lacking}. Or {each.instead}.")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _UNKNOWN:
            return f"not known, Bedrock answered {code}"
        raise NoModel(
            f"{each.parameter} is {each.model}, and Bedrock in {bedrock.meta.region_name} does not know it ({code}). "
            f"Take another Region, or {each.instead}."
        ) from error
    return "may be called"


def _behind(bedrock: Any, profile: str) -> list[str]:
    """Ids of the foundation models that an inference profile calls."""
    found = bedrock.get_inference_profile(inferenceProfileIdentifier=profile)["models"]
    return sorted({str(model["modelArn"]).rpartition("foundation-model/")[2] for model in found})


def _lacking(answer: Mapping[str, Any], region: str, through: bool) -> str:
    """What stands between the account and a model, with what to do; "" for nothing.

    A profile calls the model in other Regions, so that of its own Region nothing follows.
    """
    agreement = answer["agreementAvailability"]["status"]
    if answer["regionAvailability"] != "AVAILABLE" and not through:
        return f"{region} does not have it; choose one that it has"
    if agreement != "AVAILABLE":
        return (
            f"its terms are not agreed to ({agreement}); open it in the model catalog of Bedrock's console, and agree"
        )
    if answer["authorizationStatus"] != "AUTHORIZED":
        return "this account is not authorised; ask its administrator, or AWS Support"
    if answer["entitlementAvailability"] != "AVAILABLE":
        return "this account is not entitled to it; ask for access in Bedrock's console, and look at its payment method"
    return ""


def _endpoint(sagemaker: Any, name: str) -> str:
    from botocore.exceptions import ClientError

    try:
        status = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("AccessDenied"):
            return f"models: SageMakerEndpoint {name}: not known, sagemaker:DescribeEndpoint is not allowed."
        raise NoModel(
            f"There is no SageMaker endpoint {name} in this Region; set SageMakerEndpoint to one that is there."
        ) from error
    if status not in ("InService", "Updating", "SystemUpdating"):
        raise NoModel(f"The SageMaker endpoint {name} is {status}; it has to be InService.")
    return f"models: SageMakerEndpoint {name}: {status}."
