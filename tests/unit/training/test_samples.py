"""The samples in events/training are what the functions take, and the manifests of `make seed` are what Claim takes."""

from __future__ import annotations

import json
import re

import pytest

from common.doors import identity, requests
from common.doors.identity import Trust
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from local.samples import training
from tests import samples
from training.manifests import parser
from training.model import Column
from training.steps import Run
from training.transform import rows

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
EXTRA = {"training_predict_token"}
STATES = (
    "validate", "prepare", "choose", "evaluate", "gate", "register", "approval_ask", "endpoint_deploy", "endpoint_look",
    "smoke", "point", "retire",
)  # fmt: skip


def test_every_function_and_the_machine_have_a_sample():
    resources = read_template(ROOT / "pipelines" / "training.yaml")["Resources"]
    kinds = {"AWS::Serverless::Function", "AWS::Serverless::StateMachine"}
    names = [name for name, entry in resources.items() if entry["Type"] in kinds]
    wanted = {samples.path_of(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()) for name in names}
    assert {*wanted, *map(samples.path_of, EXTRA)} == set((samples.EVENTS / "training").glob("*.json"))


@pytest.mark.parametrize("name", STATES)
def test_samples_of_steps_are_of_one_run(name):
    state = samples.document(f"training_{name}", WaitingModelVersion="0" * 32, ServingModelVersion="1" * 32)
    run = Run.of(state)
    assert run.source["key"] == f"manifests/{run.name}.json"
    assert run.name in training.RUNS.values()
    assert state.get("model", run.folder) == run.folder


@pytest.mark.parametrize("name", ["training_predict", "training_predict_token"])
def test_the_door_finds_rows_in_both_forms(name):
    request = requests.read(samples.document(name))
    assert request.parameters == {"name": training.SERVING}
    assert (request.method, request.route) == ("POST", "/models/{name}/predictions")
    columns = [Column(column, kind) for column, kind in training.COLUMNS.items()]
    body = requests.body(request, rows.MOST_BYTES)
    assert rows.parse(body, request.headers["content-type"], columns) == [["7", "yes"], ["19", "no"]]


def test_the_token_counts_where_its_issuer_is_trusted():
    found = identity.of(samples.document("training_predict_token"), Trust(ISSUER, "cognito:groups"), 0)
    assert found.groups == ("analysts", "night shift")


@pytest.mark.parametrize("more", [{}, {"approval": "manual"}, {"gate": {"at_least": 0.999}}])
def test_manifests_of_the_seed_are_taken_whole(more):
    manifest, ignored = parser.parse(json.dumps(training.manifest("a-bucket", training.SERVING, **more)).encode())
    assert ignored == []
    assert {channel.name for channel in manifest.channels} == {"train", "test"}
