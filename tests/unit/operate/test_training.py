"""``operate models`` of the training pipeline, and the endpoints that go before a stack does: what is told and done."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from common.objects import Bucket
from common.table import Table
from operate import cli
from operate.clients import Target
from operate.delete import command as deletion
from operate.delete.inventory import Inventory
from operate.errors import OperateError
from operate.training import deciding, manifests, overview, retiring, why
from tests.unit.training.manifests.manifest import manifest
from training.deploying import approvals, endpoints
from training.errors import ManifestInvalid
from training.manifests import sources
from training.model import Pointer
from training.serving import pointers
from training.steps import Run

MODELS, TABLE, PREFIX = "models", "state", "mr-test"
ONE, TWO = "1" * 32, "12" * 16
AT = "2026-12-01T10:00:00Z"
ENDPOINT, LOST, OTHER = f"{PREFIX}-rides-11111111-1", f"{PREFIX}-rides-22222222-1", "mr-test2-rides-11111111-1"


class SageMaker:
    """Endpoints, configurations and models by name; whatever is not there is refused as SageMaker does it."""

    def __init__(self, *names: str) -> None:
        self.there = {kind: set(names) for kind in ("endpoint", "config", "model")}

    def _delete(self, kind: str, name: str) -> None:
        if name not in self.there[kind]:
            said = {"Code": "ValidationException", "Message": f"Could not find {kind} {name}."}
            raise ClientError({"Error": said}, f"Delete {kind}")
        self.there[kind].remove(name)

    def delete_endpoint(self, **named: str) -> None:
        self._delete("endpoint", named["EndpointName"])

    def delete_endpoint_config(self, **named: str) -> None:
        self._delete("config", named["EndpointConfigName"])

    def delete_model(self, **named: str) -> None:
        self._delete("model", named["ModelName"])

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_endpoints"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, **named: str) -> Iterator[dict[str, Any]]:
        for name in sorted(self.there["endpoint"]):
            if named["NameContains"] in name:
                yield {"Endpoints": [{"EndpointName": name}]}


class Decider:
    """The function that decides: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}
        self.error = False

    def invoke(self, **named: str) -> dict[str, Any]:
        assert (named["FunctionName"], named["Qualifier"]) == ("decided", "live")
        self.asked.append(json.loads(named["Payload"]))
        answer = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return answer | ({"FunctionError": "Unhandled"} if self.error else {})


class Account:
    """The stack's bucket, table and clients."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {name: boto3.client(name) for name in ("s3", "dynamodb", "sts")}
        self.clients["s3"].create_bucket(Bucket=MODELS)
        self.clients["dynamodb"].create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.sagemaker, self.decider = SageMaker(), Decider()
        self.clients |= {"sagemaker": self.sagemaker, "lambda": self.decider}
        self.bucket, self.table = Bucket(MODELS, self.clients["s3"]), Table(TABLE, self.clients["dynamodb"])
        self.outputs = {
            "ModelsBucketName": MODELS,
            "StateTableName": TABLE,
            "TrainingPrefix": PREFIX,
            "TrainingApprovalDecidedName": "decided",
        }

    def serves(self, version: str | None = ONE, endpoint: str = "", **more: Any) -> Pointer:
        kind = "serverless" if endpoint else "function"
        return pointers.move(self.bucket, None, Pointer("rides", version, kind, endpoint, moved_at=AT, **more))

    def reports(self, version: str = ONE, accepted: bool = True) -> None:
        document = {
            "accepted": accepted,
            "reasons": ["roc_auc 0.7100 is at least 0.6"],
            "cautions": ["few rows"],
            "counts": {"tested": 1_600},
            "new": {"roc_auc": 0.71, "log_loss": None},
            "live": None,
            "baseline": {"accuracy": 0.5},
            "above_live": None,
        }
        self.bucket.put(f"models/rides/{version}/report.json", json.dumps(document).encode())

    def refused(self, version: str, error: str, at: str = AT, message: str = "Too little.") -> None:
        document = {"name": "rides", "version": version, "error": error, "message": message, "at": at}
        self.bucket.put(f"rejected/rides/{version}.json", json.dumps(document).encode())

    def asks(self, version: str = TWO) -> None:
        run = Run(name="rides", version=version, execution="arn:run", at=AT, order="1", attempt=1, source={})
        approvals.ask(self.table, run, "arn:package", "token")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        made = Account()
        monkeypatch.setattr(Target, "client", lambda _self, name: made.clients[name])
        monkeypatch.setattr(Target, "outputs", lambda _self: made.outputs)
        monkeypatch.setattr(Target, "parameters", lambda _self: {})
        yield made


# What there is


def test_the_list_says_what_serves_what_waits_and_which_endpoints_nobody_is_sent_to(account):
    account.serves(ONE, ENDPOINT, previous=TWO)
    account.asks(TWO)
    account.sagemaker.there["endpoint"] |= {ENDPOINT, LOST, OTHER}
    assert list(overview.command(Target())) == [
        f"rides 11111111 serves since {AT} by endpoint {ENDPOINT}, 12121212 served before",
        "rides 12121212 waits for a person: models approve or refuse rides 12121212",
        f"{LOST} is an endpoint that no pointer names; a run may be about to, else delete it",
    ]


def test_the_list_of_a_stack_without_models_says_so(account):
    assert list(overview.command(Target())) == ["No model serves, or ever did."]


def test_a_stack_without_training_is_told_how_to_get_it(account):
    account.outputs.clear()
    with pytest.raises(OperateError, match="UseTraining=true"):
        list(overview.command(Target()))


# Why


def test_why_tells_the_figures_of_what_serves_and_the_last_refusals(account):
    account.serves()
    account.reports()
    account.refused(TWO, "GateRefused")
    lines = list(why.command(Target(), "rides", ""))
    assert lines[0] == f"rides {ONE}: accepted by its gate"
    assert "  this one: roc_auc 0.7100 on 1,600 rows" in lines
    assert "  the commoner class: accuracy 0.5000 on 1,600 rows" in lines
    assert "  caution: few rows" in lines
    assert lines[-1] == f"rides 12121212 was refused at {AT}: GateRefused: Too little."


def test_why_tells_five_refusals_the_last_ones(account):
    for number in range(7):
        account.refused(f"{number}" * 32, "ClassEmpty", at=f"2026-12-0{number + 1}T10:00:00Z")
    lines = list(why.command(Target(), "rides", ""))
    assert lines[0] == "No version of rides serves."
    assert [line.split()[1][0] for line in lines[1:]] == ["2", "3", "4", "5", "6"]


def test_why_of_a_version_takes_its_beginning_where_only_one_begins_so(account):
    account.reports(ONE)
    account.refused(TWO, "GateRefused")
    (line,) = why.command(Target(), "rides", "12")
    assert "GateRefused" in line
    with pytest.raises(OperateError, match="2 versions of rides begin so: 1"):
        list(why.command(Target(), "rides", "1"))
    with pytest.raises(OperateError, match="No version of rides begins so: 9"):
        list(why.command(Target(), "rides", "9"))


def test_why_of_a_model_that_nobody_knows_names_where_manifests_are_put(account):
    with pytest.raises(OperateError, match=r"s3://models/manifests/"):
        list(why.command(Target(), "rides", ""))


def test_why_of_a_manifest_whose_dataset_was_never_built_says_what_it_waits_for(account):
    waits = manifest(name="rides", channels=None, dataset="trips")
    for key, body in (("any", waits), ("other", waits | {"name": "boats"}), ("broken", {"name": "rides"})):
        account.bucket.put(f"manifests/{key}.json", json.dumps(body).encode())
    lines = list(why.command(Target(), "rides", ""))
    assert lines[0] == "No version of rides serves."
    (line,) = lines[1:]
    assert line.startswith("s3://models/manifests/any.json waits for TrainingSetBuilt")
    account.refused(TWO, "GateRefused")
    assert list(why.command(Target(), "rides", ""))[-1] == line
    sources.built(account.table, "trips", {"bucket": "lake", "key": "training/1.json"}, AT)
    assert line not in list(why.command(Target(), "rides", ""))


def test_what_people_wrote_reaches_no_terminal_as_it_is(account):
    account.refused(TWO, "GateRefused", message="\x1b[2Jgone")
    assert "\x1b" not in "".join(why.command(Target(), "rides", TWO))


# Approve and refuse


def decided(account: Account, state: str, *, won: bool = True, by: str = "ann", heard: bool = True) -> None:
    account.decider.answer = {"state": state, "by": by, "at": AT, "won": won, "heard": heard}
    account.reports(TWO)


def test_a_decision_goes_to_the_function_that_decides_with_who_and_why(account):
    decided(account, "refused")
    lines = list(deciding.command(Target(), "rides", "12", approve=False, reason="half a month"))
    assert lines == [f"rides {TWO} is refused", "its run ends as ApprovalRefused"]
    (said,) = account.decider.asked
    assert (said["name"], said["version"], said["decision"]) == ("rides", TWO, "refused")
    assert said["by"].endswith(' ("half a month")')


@pytest.mark.parametrize("approve", [True, False])
def test_a_decision_that_no_run_waits_for_does_not_say_that_one_goes_on(account, approve):
    decided(account, "approved" if approve else "refused", heard=False)
    lines = list(deciding.command(Target(), "rides", TWO, approve=approve, reason="half"))
    assert lines[1].startswith("nobody waits for it: its run was stopped, or has failed.")
    assert len(lines) == 2


def test_the_same_decision_once_more_changes_nothing_and_another_is_an_error(account):
    decided(account, "approved", won=False)
    assert list(deciding.command(Target(), "rides", TWO, approve=True, reason="")) == [
        f"rides {TWO} was approved before, by ann at {AT}"
    ]
    with pytest.raises(OperateError, match=f"is approved already, by ann at {AT}"):
        list(deciding.command(Target(), "rides", TWO, approve=False, reason="no"))


def test_a_version_that_nobody_asks_about_and_a_function_that_fails_are_errors(account):
    decided(account, "unknown", won=False)
    with pytest.raises(OperateError, match="Nobody has asked"):
        list(deciding.command(Target(), "rides", TWO, approve=True, reason=""))
    account.decider.answer, account.decider.error = {"errorMessage": "away"}, True
    with pytest.raises(OperateError, match="decided failed: away"):
        list(deciding.command(Target(), "rides", TWO, approve=True, reason=""))


def test_a_reason_that_nobody_keeps_whole_is_refused(account):
    with pytest.raises(OperateError, match="400 are kept"):
        list(deciding.command(Target(), "rides", TWO, approve=False, reason="x" * 401))
    assert account.decider.asked == []


# Retire


def test_a_model_is_retired_with_its_endpoint_and_no_run_that_has_begun_brings_it_back(account):
    account.serves(ONE, ENDPOINT, order="9" * 30)
    account.sagemaker.there = SageMaker(ENDPOINT, LOST).there
    account.table.put(endpoints.key(ENDPOINT), {"made": 1}, seconds=1_000)
    lines = list(retiring.command(Target(), "rides", lambda: True))
    assert lines[-1] == f"its endpoint {ENDPOINT} is deleted"
    after = pointers.read(account.bucket, "rides")
    assert after is not None
    assert (after.version, after.endpoint, after.previous, after.order) == (None, "", ONE, "9" * 30)
    assert account.sagemaker.there == SageMaker(LOST).there
    assert endpoints.made(account.table, ENDPOINT) is None
    with pytest.raises(OperateError, match="No version of rides serves"):
        list(retiring.command(Target(), "rides", lambda: True))


def test_nothing_is_retired_before_somebody_agrees(account):
    account.serves(ONE, ENDPOINT)
    account.sagemaker.there = SageMaker(ENDPOINT).there
    with pytest.raises(OperateError, match="Nothing was retired"):
        list(retiring.command(Target(), "rides", lambda: False))
    assert account.sagemaker.there == SageMaker(ENDPOINT).there
    found = pointers.read(account.bucket, "rides")
    assert found is not None
    assert found.version == ONE


def test_a_program_that_does_not_say_yes_has_not_agreed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert retiring.agreed(yes=False) is False
    assert retiring.agreed(yes=True) is True


def test_an_endpoint_that_is_gone_in_part_is_deleted_and_another_error_is_told():
    client = SageMaker()
    client.there["model"].add(ENDPOINT)
    retiring.delete(client, ENDPOINT)
    assert client.there == SageMaker().there

    def denied(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "DeleteEndpoint")

    client.delete_endpoint = denied  # type: ignore[method-assign]
    with pytest.raises(ClientError, match="AccessDenied"):
        retiring.delete(client, ENDPOINT)


# Before a stack is deleted


def test_the_endpoints_of_a_stack_are_told_and_go_before_it(account, monkeypatch):
    account.sagemaker.there = SageMaker(ENDPOINT, LOST, OTHER).there
    account.clients["cloudformation"] = SimpleNamespace(meta=SimpleNamespace(region_name="us-east-1"))
    account.clients["sqs"] = None
    monkeypatch.setattr(deletion.inventory, "read", lambda _: Inventory("millrace", ()))
    monkeypatch.setattr(deletion, "check_gone", lambda _: None)
    monkeypatch.setattr(deletion.orphans, "found", lambda *_: iter(()))
    monkeypatch.setattr(deletion, "_of_sam", lambda _: iter(()))
    at_deletion: list[set[str]] = []
    lines = list(
        deletion.command(Target(), lambda _: at_deletion.append(set(account.sagemaker.there["endpoint"])), lambda: True)
    )
    assert f"  before it the endpoint {ENDPOINT}, which the pipeline made" in lines
    assert f"endpoint {LOST} is deleted; no template names it" in lines
    assert at_deletion == [{OTHER}]
    assert account.sagemaker.there == SageMaker(OTHER).there


def test_a_deletion_that_nobody_agrees_to_leaves_the_endpoints(account, monkeypatch):
    account.sagemaker.there = SageMaker(ENDPOINT).there
    account.clients["cloudformation"] = SimpleNamespace(meta=SimpleNamespace(region_name="us-east-1"))
    account.clients["sqs"] = None
    monkeypatch.setattr(deletion.inventory, "read", lambda _: Inventory("millrace", ()))
    with pytest.raises(OperateError, match="Nothing was deleted"):
        list(deletion.command(Target(), lambda _: None, lambda: False))
    assert account.sagemaker.there == SageMaker(ENDPOINT).there


def test_a_stack_without_training_is_asked_for_no_endpoints(account):
    del account.outputs["TrainingPrefix"]
    account.clients["sagemaker"] = None
    assert list(retiring.all_of(Target())) == []


# Train


def test_a_manifest_is_looked_at_and_put_where_the_pipeline_reads_it(account, tmp_path):
    file = tmp_path / "any.json"
    file.write_bytes(json.dumps(manifest(name="rides", colour="red")).encode())
    lines = list(manifests.command(Target(), file))
    assert lines[0] == "put s3://models/manifests/rides.json"
    assert "nobody reads: colour" in lines
    stored = account.bucket.get("manifests/rides.json")
    assert stored is not None
    assert stored.body == file.read_bytes()


def test_a_manifest_with_mistakes_is_put_nowhere(account, tmp_path):
    file = tmp_path / "any.json"
    file.write_bytes(json.dumps(manifest(target=7)).encode())
    with pytest.raises(ManifestInvalid, match="target"):
        list(manifests.command(Target(), file))
    assert list(account.bucket.keys("manifests/")) == []


# The command line


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "rides"], "Leave rides out"),
        (["why"], "Say which model: models why NAME"),
        (["train"], "Name the file"),
        (["train", "a.json", ONE], "Leave 1"),
        (["retire", "rides", ONE], "a model is retired whole"),
        (["approve", "rides"], "Say which version: models approve rides VERSION"),
        (["refuse", "rides", ONE], "Say why: --reason"),
    ],
)
def test_what_is_missing_or_too_much_is_one_sentence(account, capsys, words, sentence):
    assert cli.main(["models", *words]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_the_command_retires_with_yes_and_asks_no_one(account, capsys):
    account.serves()
    assert cli.main(["models", "retire", "rides", "--yes"]) == 0
    assert "rides is retired" in capsys.readouterr().out
