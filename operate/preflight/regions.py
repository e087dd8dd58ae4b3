"""Does the Region have the services that the parameters use? By the list of the locked botocore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from operate.errors import OperateError


class NotInRegion(OperateError):
    """The Region lacks a service that a pipeline needs; the sentence says what to leave out."""


DEFAULTS = {
    "UseNarration": "true",
    "UseDocuments": "true",
    "UseTrips": "true",
    "UseLlm": "true",
    "UseQuestions": "false",
    "UseKnowledge": "false",
    "UseTraining": "false",
    "Rollout": "AllAtOnce",
    "DetectEntities": "on",
    "Redact": "none",
    "ModelProvider": "bedrock",
    "SampleSimilarity": "1",
    "SampleSentiment": "1",
    "SampleToxicity": "1",
}
"""As template.yaml has them."""


def needed(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each service that not every Region has, with what to set where there is none. ``given``: parameters."""
    value = {**DEFAULTS, **given}
    if value["UseNarration"] == "true":
        yield "polly", "UseNarration=false"
    if value["UseDocuments"] == "true":
        yield "textract", "UseDocuments=false"
        if value["ModelProvider"] == "bedrock":
            yield "bedrock", "ModelProvider=sagemaker or UseDocuments=false"
        if value["DetectEntities"] == "on" or value["Redact"] != DEFAULTS["Redact"]:
            yield "comprehend", f"DetectEntities=off Redact={DEFAULTS['Redact']}"
    if value["UseLlm"] == "true":
        if float(value["SampleSimilarity"]) > 0:
            yield "bedrock", "SampleSimilarity=0"
        if float(value["SampleSentiment"]) > 0 or float(value["SampleToxicity"]) > 0:
            yield "comprehend", "SampleSentiment=0 SampleToxicity=0"
    if value["UseQuestions"] == "true":
        yield "bedrock", "UseQuestions=false"
    if value["UseKnowledge"] == "true":
        yield "bedrock", "UseKnowledge=false"
        yield "s3vectors", "UseKnowledge=false"
    if value["UseTraining"] == "true":
        yield "sagemaker", "UseTraining=false"
    if value["Rollout"] != DEFAULTS["Rollout"]:
        yield "codedeploy", "Rollout=AllAtOnce"


def check(region: str, given: Mapping[str, str]) -> str:
    """A line where the Region has all. Raises NotInRegion."""
    import botocore
    from botocore.exceptions import UnknownRegionError
    from botocore.session import Session

    session = Session()
    try:
        partition = session.get_partition_for_region(region)
    except UnknownRegionError:
        partition = ""
    if partition != "aws":
        return f"regions: {region} is not of the partition aws, and nothing was tried there (docs/limits.md)."
    for service, instead in needed(given):
        if region not in session.get_available_regions(service):
            raise NotInRegion(
                f"{region} has no {service.capitalize()}, by the list of botocore {botocore.__version__}. Set "
                f"{instead} in parameter_overrides of samconfig.toml, or deploy into another Region (docs/limits.md). "
                "Where AWS has it since: make deploy SKIP=regions."
            )
    return f"regions: {region} has what the parameters use."
