"""The samples in events/training are what the functions take, and the manifests of `make seed` are what Claim takes."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from common.doors import requests
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from local.samples import training
from tests import samples
from training.manifests import parser
from training.model import Column
from training.steps import Run
from training.transform import rows

STATES = (
    "validate", "prepare", "choose", "evaluate", "gate", "register", "approval_ask", "endpoint_deploy", "endpoint_look",
    "smoke", "point", "retire",
)  # fmt: skip


def test_every_function_and_the_machine_have_a_sample():
    resources = read_template(ROOT / "pipelines" / "training.yaml")["Resources"]
    kinds = {"AWS::Serverless::Function", "AWS::Serverless::StateMachine"}
    names = [name for name, entry in resources.items() if entry["Type"] in kinds]
    wanted = {samples.path_of(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()) for name in names}
    assert wanted == set((samples.EVENTS / "training").glob("*.json"))


def test_samples_of_steps_are_of_one_version():
    runs = [Run.of(samples.document(f"training_{name}")) for name in STATES]
    assert {run.name for run in runs} <= {training.NAME, training.ASKED, training.DECIDED}
    assert len({(run.version, run.order, run.attempt, run.at) for run in runs}) == 1


def test_the_door_finds_rows_of_the_model_that_serves():
    request = requests.read(samples.document("training_predict"))
    assert request.parameters == {"name": training.LIVE}
    assert (request.method, request.route) == ("POST", "/models/{name}/predictions")
    kinds = {"age": "number", "season": "category", "weather": "category", "minutes": "number"}
    assert list(kinds) == [name for name in training.HEADER if name != "kind"]
    columns = [Column(name, kind) for name, kind in kinds.items()]
    assert rows.parse(requests.body(request, rows.MOST_BYTES), request.headers["content-type"], columns)


@pytest.mark.parametrize("name", [training.LIVE, "visitors"])
def test_manifests_of_the_seed_are_taken_whole(name):
    stack = SimpleNamespace(outputs={"ModelsBucketName": "a-bucket"})
    manifest, ignored = parser.parse(json.dumps(training.manifest(stack, name)).encode())
    assert ignored == []
    assert {channel.name for channel in manifest.channels} == set(training.COUNTS)
