"""Preflight: credentials, services of the Region, access to models. What is wrong is told in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.stub import Stubber

from operate import cli, preflight
from operate.clients import NoStack, Target
from operate.preflight import identity, models, regions
from operate.preflight.identity import NoAccess
from operate.preflight.models import NoModel
from operate.preflight.regions import NotInRegion
from tests.template.translate import source

PROFILE = "eu.amazon.nova-2-lite-v1:0"


class Asked:
    """A target whose clients are these."""

    def __init__(self, profile: str | None = None, **clients: Any) -> None:
        self.stack, self.profile, self.region, self._clients = "millrace", profile, "eu-west-1", clients

    def client(self, service: str) -> Any:
        found = self._clients[service]
        if isinstance(found, Exception):
            raise found
        return found


def target(profile: str | None = None, **clients: Any) -> Target:
    made: Target = Asked(profile, **clients)  # type: ignore[assignment] # it has what the checks ask
    return made


def stubbed(service: str, region: str = "eu-west-1") -> Any:
    """A client with a stub, as `.stub`: what AWS would answer, by botocore's model."""
    made: Any = boto3.client(service, region_name=region, aws_access_key_id="k", aws_secret_access_key="s")
    made.stub = Stubber(made)
    made.stub.activate()
    return made


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ExpiredToken", "The credentials in the profile work have expired; run aws sso login --profile work"),
        ("InvalidClientTokenId", "AWS does not take the credentials in the profile work"),
    ],
)
def test_credentials_that_do_not_work(code: str, sentence: str):
    sts = stubbed("sts")
    sts.stub.add_client_error("get_caller_identity", code)
    with pytest.raises(NoAccess, match=sentence):
        identity.account(target("work", sts=sts))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (exceptions.NoCredentialsError(), "There are no AWS credentials in the profile work; run aws configure"),
        (exceptions.ProfileNotFound(profile="work"), "There is no AWS profile of the name work"),
        (exceptions.NoRegionError(), "No Region is set in the profile work; set AWS_REGION"),
        (exceptions.UnauthorizedSSOTokenError(), "is over or incomplete; run aws sso login --profile work"),
        (exceptions.EndpointConnectionError(endpoint_url="https://sts"), "AWS cannot be reached from here"),
    ],
)
def test_no_credentials_and_no_way_to_aws(error: Exception, sentence: str):
    with pytest.raises(NoAccess, match=sentence):
        identity.account(target("work", sts=error))


def test_a_right_that_is_missing_is_told_as_aws_tells_it():
    sts = stubbed("sts")
    sts.stub.add_client_error("get_caller_identity", "AccessDenied")
    with pytest.raises(exceptions.ClientError, match="AccessDenied"):
        identity.account(target(sts=sts))


def test_the_account_is_named():
    sts = stubbed("sts")
    sts.stub.add_response("get_caller_identity", {"Account": "123456789012"})
    assert identity.account(target(sts=sts)) == "123456789012"


def test_without_credentials_the_command_ends_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert cli.main(["preflight", "--region", "eu-west-1"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith("error: There are no AWS credentials in the profile default; run aws configure")
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_the_defaults_are_those_of_the_template():
    declared = source()["Parameters"]
    assert {name: str(declared[name]["Default"]) for name in regions.DEFAULTS} == regions.DEFAULTS
    assert declared["EmbeddingModel"]["Default"] == models.EMBEDDINGS
    assert declared["ModelId"]["Default"] == ""


@pytest.mark.parametrize(
    ("region", "given", "sentence"),
    [
        ("eu-north-1", {}, "eu-north-1 has no Textract.* Set UseDocuments=false"),
        ("eu-south-1", {}, "eu-south-1 has no Polly.* Set UseNarration=false"),
        ("eu-west-3", {}, "eu-west-3 has no Comprehend.* Set DetectEntities=off Redact=none"),
        (
            "eu-north-1",
            {"UseDocuments": "false"},
            "eu-north-1 has no Comprehend.* Set SampleSentiment=0 SampleToxicity=0",
        ),
    ],
)
def test_a_region_that_lacks_a_service(region: str, given: dict[str, str], sentence: str):
    with pytest.raises(NotInRegion, match=sentence):
        regions.check(region, given)


def test_what_the_sentences_advise_is_let_through():
    given = {"UseDocuments": "false", "SampleSentiment": "0", "SampleToxicity": "0"}
    assert regions.check("eu-north-1", given) == "regions: eu-north-1 has what the parameters use."
    assert "not of the partition aws" in regions.check("cn-north-1", {})


AVAILABLE = {
    "agreementAvailability": {"status": "AVAILABLE"},
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}


def available(bedrock: Any, model: str, **changed: Any) -> None:
    answer = {"modelId": model, **AVAILABLE, **changed}
    bedrock.stub.add_response("get_foundation_model_availability", answer, {"modelId": model})


def profile(bedrock: Any, name: str, model: str) -> None:
    arns = [
        {"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model}"} for region in ("eu-west-1", "eu-north-1")
    ]
    answer = {
        "inferenceProfileName": "n",
        "inferenceProfileArn": f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{name}",
        "inferenceProfileId": name,
        "models": arns,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }
    bedrock.stub.add_response("get_inference_profile", answer, {"inferenceProfileIdentifier": name})


@pytest.fixture
def bedrock() -> Iterator[Any]:
    made = stubbed("bedrock")
    yield made
    made.stub.assert_no_pending_responses()


def test_the_default_model_is_asked_by_its_profile_and_embeddings_by_their_id(bedrock: Any):
    profile(bedrock, PROFILE, models.NOVA)
    available(bedrock, models.NOVA, regionAvailability="NOT_AVAILABLE")  # the profile goes elsewhere
    available(bedrock, models.EMBEDDINGS)
    assert list(models.check(target(bedrock=bedrock), {})) == [
        f"models: ModelId {PROFILE}: may be called.",
        f"models: EmbeddingModel {models.EMBEDDINGS}: may be called.",
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"regionAvailability": "NOT_AVAILABLE"}, "eu-west-1 does not have it"),
        ({"agreementAvailability": {"status": "NOT_AVAILABLE"}}, "its terms are not agreed to"),
        ({"authorizationStatus": "NOT_AUTHORIZED"}, "this account is not authorised"),
        ({"entitlementAvailability": "NOT_AVAILABLE"}, "this account is not entitled to it"),
    ],
)
def test_a_model_that_cannot_be_called(bedrock: Any, changed: dict[str, Any], sentence: str):
    available(bedrock, models.EMBEDDINGS, **changed)
    with pytest.raises(NoModel, match=f"EmbeddingModel is .*{sentence}.*Or set SampleSimilarity=0"):
        list(models.check(target(bedrock=bedrock), {"UseDocuments": "false"}))


def test_a_profile_that_is_not_there(bedrock: Any):
    bedrock.stub.add_client_error("get_inference_profile", "ResourceNotFoundException")
    with pytest.raises(NoModel, match=r"ModelId is xx\.a\.b-v1:0, and Bedrock in eu-west-1 does not know it"):
        list(models.check(target(bedrock=bedrock), {"ModelId": "xx.a.b-v1:0"}))


def test_where_the_right_to_ask_is_missing_it_says_so_and_goes_on(bedrock: Any):
    bedrock.stub.add_client_error("get_foundation_model_availability", "AccessDeniedException")
    (line,) = models.check(target(bedrock=bedrock), {"UseDocuments": "false"})
    assert line.endswith("not known, Bedrock answered AccessDeniedException.")


def test_only_what_will_be_called_is_asked(bedrock: Any):
    given = {"UseDocuments": "false", "SampleSimilarity": "0"}
    assert list(models.check(target(bedrock=bedrock), given)) == []
    own = "arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/abc"
    available(bedrock, models.EMBEDDINGS)
    lines = list(models.check(target(bedrock=bedrock), {**given, "CanaryModel": own}))
    assert lines[-1] == f"models: CanaryModel {own}: the account's own, not asked."


@pytest.mark.parametrize("status", ["InService", "Failed", None])
def test_the_endpoint_of_sagemaker(bedrock: Any, status: str | None):
    sagemaker = stubbed("sagemaker")
    answer = {
        "EndpointName": "e",
        "EndpointArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e",
        "EndpointStatus": status,
        "CreationTime": 0,
        "LastModifiedTime": 0,
    }
    if status:
        sagemaker.stub.add_response("describe_endpoint", answer, {"EndpointName": "e"})
    else:
        sagemaker.stub.add_client_error("describe_endpoint", "ValidationException")
    given = {"ModelProvider": "sagemaker", "SageMakerEndpoint": "e", "UseLlm": "false"}
    asked = target(bedrock=bedrock, sagemaker=sagemaker)
    if status == "InService":
        assert list(models.check(asked, given)) == ["models: SageMakerEndpoint e: InService."]
        return
    with pytest.raises(NoModel, match="has to be InService" if status else "There is no SageMaker endpoint e"):
        list(models.check(asked, given))


class Local(Asked):
    """The local cloud. ``there``: parameters of the stack; None: there is none."""

    there: dict[str, str] | None = None

    def parameters(self) -> dict[str, str]:
        if self.there is None:
            raise NoStack("none")
        return self.there


def local(limit: int, there: dict[str, str] | None = None) -> Any:
    sts = stubbed("sts")
    sts.stub.add_response("get_caller_identity", {"Account": "000000000000"})
    meta = SimpleNamespace(endpoint_url="http://127.0.0.1:4566", region_name="us-east-1")
    answer = {"AccountLimit": {"ConcurrentExecutions": limit}}
    made = Local(sts=sts, **{"lambda": SimpleNamespace(meta=meta, get_account_settings=lambda: answer)})
    made.there = there
    return made


def test_on_the_local_cloud_it_says_what_it_does_not_look_at():
    lines = list(preflight.command(local(1000), {}, skip=("lake",)))
    assert lines[1] == "stack: millrace"
    assert "regions, models: not looked at, for the local cloud has its own stand-ins." in lines
    assert "lake: skipped, as asked." in lines
    assert len([line for line in lines if line.endswith("that fits.")]) == 2


def test_a_deployment_keeps_the_switches_and_the_workers_of_the_stack():
    off = {"UseNarration": "false", "UseDocuments": "false", "UseLlm": "false", "UseTrips": "false"}
    assert [line for line in preflight.command(local(10, off), {}, skip=("lake",)) if "workers" in line] == []
    with pytest.raises(preflight.TooManyWorkers, match="would be workers of narration"):
        list(preflight.command(local(10, off), {"UseNarration": "true"}, skip=("lake",)))
    few = off | {"UseNarration": "true", "SpeechWorkers": "2", "SpeechFirstWorkers": "2"}
    assert any("narration: 4 workers" in line for line in preflight.command(local(10, few), {}, skip=("lake",)))


def test_what_takes_places_without_a_parameter_is_told_in_a_small_account():
    def told(limit: int, **given: str) -> list[str]:
        answer = {"AccountLimit": {"ConcurrentExecutions": limit}}
        return list(preflight.fixed(SimpleNamespace(get_account_settings=lambda: answer), given))

    assert [line.partition(":")[0] for line in told(10)] == ["llm", "trips"]
    assert told(1000) == []
    assert told(10, UseLlm="false", UseTrips="false") == []


def test_the_readers_of_logs_are_as_many_as_the_template_says():
    events = source()["Resources"]["LlmReadLogs"]["Properties"]["Events"]
    assert events["Logs"]["Properties"]["ScalingConfig"]["MaximumConcurrency"] == preflight.LOG_READERS
