"""The gate of `make validate` fails on what is wrong in a nested template, and says where."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.cloud.deploying.template import Template, read_template
from local.cloud.testing import ROOT
from tests.template import gate
from tests.template.decided import VARIANTS, application
from tests.template.translate import packaged, templates, translate

NESTED = ROOT / "pipelines" / "documents" / "analysis.yaml"


@pytest.fixture(scope="module")
def nested() -> dict[str, Template]:
    """A nested template of a nested one, as it is translated and as it is decided."""
    for program in (gate.CFN_LINT, gate.AUDITOR):
        if not program.exists():
            pytest.skip(f"{program.relative_to(ROOT)} is not there: make validate installs it")
    (decided,) = (each.decided() for each in application().all() if each.path == NESTED)
    return {"translated/analysis": translate(packaged(NESTED)), "defaults/analysis": decided}


def policy(template: Template) -> dict[str, Any]:
    """The first statement of the function that starts jobs."""
    found = template["Resources"]["DocumentsStartAnalysisRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    return dict_of(found["Statement"][0])


def dict_of(value: Any) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def rename(template: Template) -> None:
    queue = template["Resources"]["AnalysisQueue"]["Properties"]
    queue["VisibilityTimeuot"] = queue.pop("VisibilityTimeout")


def dangle(template: Template) -> None:
    template["Resources"]["AnalysisTopic"].setdefault("Properties", {})["DisplayName"] = {"Ref": "Nothing"}


def unknown_service(template: Template) -> None:
    policy(template)["Action"] = "textrakt:StartDocumentAnalysis"


def unknown_action(template: Template) -> None:
    policy(template)["Action"] = "textract:StartDocumentAnalysys"


def wrong_resource(template: Template) -> None:
    policy(template).update(Action="s3:GetObject", Resource="arn:aws:sqs:us-east-1:123456789012:queue")


def wrong_condition(template: Template) -> None:
    policy(template)["Condition"] = {"StringEquals": {"sqs:LeadingKeys": "a"}}


def variable_without_version(template: Template) -> None:
    policy(template).update(Action="s3:GetObject", Resource="arn:aws:s3:::bucket/${aws:username}/*")


def test_what_stands_is_not_refused(nested: dict[str, Template], tmp_path: Path):
    gate.write(tmp_path, nested)
    assert gate.linted(tmp_path) == 0
    assert gate.audited(tmp_path) == 0


@pytest.mark.parametrize(
    ("form", "fault", "said"),
    [
        ("translated/analysis", rename, "VisibilityTimeuot"),
        ("defaults/analysis", rename, "VisibilityTimeuot"),
        ("translated/analysis", dangle, "'Nothing' is not one of"),
        ("translated/analysis", unknown_action, "W3037"),
    ],
)
def test_cfn_lint_refuses(
    nested: dict[str, Template],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    form: str,
    fault: Callable[[Template], None],
    said: str,
):
    broken = copy.deepcopy(nested[form])
    fault(broken)
    gate.write(tmp_path, {form: broken})
    assert gate.linted(tmp_path) != 0
    printed = capfd.readouterr().out
    assert said in printed
    assert f"{form}.json" in printed


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (unknown_action, "UNKNOWN_ACTION Unknown action textract:StartDocumentAnalysys"),
        (unknown_service, "UNKNOWN_PREFIX Unknown prefix textrakt"),
        (wrong_resource, "RESOURCE_MISMATCH"),
        (wrong_condition, "UNKNOWN_CONDITION_FOR_ACTION"),
        (variable_without_version, "a policy variable needs Version 2012-10-17"),
    ],
)
def test_parliament_refuses(
    nested: dict[str, Template],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    fault: Callable[[Template], None],
    said: str,
):
    broken = copy.deepcopy(nested["defaults/analysis"])
    fault(broken)
    gate.write(tmp_path, {"defaults/analysis": broken})
    assert gate.audited(tmp_path) != 0
    assert f"DocumentsStartAnalysisRole: {said}" in capfd.readouterr().out


def test_a_folder_without_templates_is_not_green(nested: dict[str, Template], tmp_path: Path):
    assert nested
    assert gate.audited(tmp_path) != 0


def test_every_resource_is_decided_under_some_parameters():
    """A branch that no variant takes would be read by nobody."""
    read = {
        (each.path, re.sub("[0-9a-f]{10}$", "", name))  # of a layer
        for parameters in VARIANTS.values()
        for each in application(given=parameters()).all()
        for name in each.template["Resources"]
    }
    written = {(path, name) for path in templates() for name in read_template(path)["Resources"]}
    # A pipeline that stands alone makes the table that it else shares, and the alarm that the root has for all.
    own = re.compile("StateTable|[A-Z][a-z]+ThrottledAlarm")
    alone = {(path, name) for path, name in written if own.fullmatch(name) and path.parent.name == "pipelines"}
    assert written - read == alone
